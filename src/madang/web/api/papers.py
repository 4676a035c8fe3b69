"""Papers made, downloaded and verified, as the pages ask for them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from madang.documents.files import MEDIA_TYPES
from madang.documents.paper import Paper
from madang.errors import CallerError, Language
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import Reply

PLACE = "/api/cities/{tenant}/papers"


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", PLACE, door.reads(kinds)),
        (
            "POST",
            PLACE + "/verify",
            door.takes(verify, media_type="application/octet-stream", parameters=("name",), role="read"),
        ),
        ("GET", PLACE + "/{kind}/{id}", door.reads(paper, parameters=("lang",))),
        ("GET", PLACE + "/{kind}", door.reads(paper, parameters=("lang",))),
    ]


def kinds(asked: Asked) -> dict[str, Any]:
    """The kinds of papers and the formats each can be had in."""
    return {"kinds": [asdict(kind) for kind in asked.city.papers.kinds()], "formats": list(MEDIA_TYPES)}


def paper(asked: Asked) -> Reply:
    """A paper as a web page, or as the file that the ending of its last part names."""
    name = asked.parts.get("id") or asked.parts["kind"]
    id, suffix = _split(name)
    kind = asked.parts["kind"] if "id" in asked.parts else id
    language = _language(asked.parameters.get("lang", "ko"))
    composed = asked.city.papers.compose(kind, id if "id" in asked.parts else None, language=language)
    made = asked.city.papers.make(composed, suffix)
    return Reply(200, made.data, MEDIA_TYPES[suffix].encode(), _headers(composed, suffix))


def verify(asked: Asked, data: bytes) -> dict[str, Any]:
    """A document, sent as it is, held against this city: how each of its figures stands."""
    name = PurePosixPath(asked.parameters.get("name", "").replace("\\", "/")).name
    return asked.city.papers.verify_bytes(data, name=name or "document").as_json()


def _language(told: str) -> Language:
    languages: dict[str, Language] = {"ko": "ko", "en": "en"}
    if told not in languages:
        raise CallerError("documents.language-unknown", found=told, known=", ".join(languages))
    return languages[told]


def _split(name: str) -> tuple[str, str]:
    """An id and the format asked for; without one that is known, the page."""
    for suffix in MEDIA_TYPES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], suffix
    return name, ".html"


def _headers(composed: Paper, suffix: str) -> list[tuple[bytes, bytes]]:
    name = "".join(letter for letter in composed.title if letter not in '\\/:*?"<>|')[:80].strip() or composed.kind
    shown = "inline" if suffix == ".html" else "attachment"
    told = f"{shown}; filename=\"{composed.kind}{suffix}\"; filename*=UTF-8''{quote(name + suffix, safe='')}"
    return [
        (b"content-disposition", told.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
