"""Bundles as the pages ask for them: what one would hold, and the file itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from madang.errors import CallerError
from madang.exports.crate.layout import COMPUTED
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import Reply

ROOT = "/api/cities/{tenant}/bundles/{subject}"
ENDING = ".zip"


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [("GET", ROOT, door.reads(bundle, parameters=("closed",)))]


def bundle(asked: Asked) -> Reply | dict[str, Any]:
    """`…/bundles/SUBJECT.zip` is the file; without the ending, what it would hold and on what terms."""
    subject, closed = asked.parts["subject"], asked.parameters.get("closed", "false")
    if closed not in ("true", "false"):
        raise CallerError("web.parameter-missing", parameter="closed", expected="true or false")
    if not subject.endswith(ENDING):
        return _about(asked, subject)
    data = asked.city.bundles.make(subject.removesuffix(ENDING), subject, only_open=closed == "false")
    told = f"attachment; filename=\"bundle.zip\"; filename*=UTF-8''{quote(subject, safe='')}"
    headers = [
        (b"content-disposition", told.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    return Reply(200, data, b"application/zip", headers)


def _about(asked: Asked, subject: str) -> dict[str, Any]:
    found = asked.city.bundles.contents(subject, only_open=False)
    return {
        "subject": subject,
        "title": dict(found.title),
        "question": found.question,
        "branches": [
            {"name": one.name, "title": dict(one.title), "changes": len(one.changes)} for one in found.branches
        ],
        "runs": len(found.of(*COMPUTED)),
        "figures": len(found.figures),
        "evaluations": len(found.of("Evaluation")),
        "isOpen": all(one.is_open for one in found.terms),
        "terms": [{**asdict(one), "isOpen": one.is_open} for one in found.terms],
    }
