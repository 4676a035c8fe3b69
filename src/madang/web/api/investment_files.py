"""Files of the investment room as the pages send and fetch them: registers (.xlsx, .csv), calls and weights (.yaml).

A register is sent with `reason`; `agreement` names what announced its sum, `columns` maps fields to headings
("company=업체,pledged=금액"), and `synthetic`, `again` and `dry_run` are "yes" or "no". What is wrong is told by row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from madang.errors import CallerError, sentence
from madang.web.access import require_for_branch
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import Reply

BASE = "/api/cities/{tenant}"
TABLES = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv"}
YAML = "application/yaml"
TOLD = ("reason", "agreement", "columns", "synthetic", "again", "dry_run", "name")


def routes(door: Door) -> Table:
    """The paths of files."""
    table: Table = [
        ("GET", f"{BASE}/investment/weights", door.reads(_weights, parameters=("as_of",))),
        ("POST", f"{BASE}/investment/weights", door.takes(_keep, media_type=YAML, parameters=("reason", "name"))),
        ("POST", f"{BASE}/calls", door.takes(_announce, media_type=YAML, parameters=("reason", "name"))),
    ]
    for suffix, media_type in TABLES.items():
        path = f"{BASE}/investment/register{suffix}"
        table += [
            ("GET", path, door.reads(_export(suffix), parameters=("as_of",))),
            ("POST", path, door.takes(_import(suffix), media_type=media_type, parameters=TOLD)),
        ]
    return table


def _export(suffix: str) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        with _folder() as folder:
            path = asked.city.investment.export_register(folder / f"register{suffix}", asked.parameters.get("as_of"))
            data = path.read_bytes()
        title = f"{asked.city.tenant} {sentence('investment.register-title', asked.language)}{suffix}"
        told = f"attachment; filename=\"register{suffix}\"; filename*=UTF-8''{quote(title, safe='')}"
        headers = [(b"content-disposition", told.encode()), (b"cache-control", b"no-store")]
        return Reply(200, data, TABLES[suffix].encode(), headers)

    return answer


def _import(suffix: str) -> Callable[[Asked, bytes], Any]:
    def act(asked: Asked, data: bytes) -> Any:
        with _file(asked, data, f"register{suffix}") as path:
            return asked.city.investment.import_register(
                path, agreement=asked.parameters.get("agreement") or None, columns=_columns(asked),
                status="synthetic" if _is(asked, "synthetic") else None, again=_is(asked, "again"),
                dry_run=_is(asked, "dry_run"), reason=_reason(asked), by=asked.actor,
            ).as_json()  # fmt: skip

    return act


def _announce(asked: Asked, data: bytes) -> dict[str, Any]:
    with _file(asked, data, "calls.yaml") as path:
        made = asked.city.investment.add_calls(path, reason=_reason(asked), by=asked.actor)
    return {"calls": [one["id"] for one in made]}


def _keep(asked: Asked, data: bytes) -> dict[str, Any]:
    with _file(asked, data, "weights.yaml") as path:
        kept = asked.city.investment.keep_weights(path, reason=_reason(asked), by=asked.actor)
    return {"weights": [one.as_json() for one in kept]}


def _weights(asked: Asked) -> Any:
    return asked.city.investment.weights(asked.parameters.get("as_of")).as_json()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="madang-register-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _file(asked: Asked, data: bytes, usual: str) -> Iterator[Path]:
    """What was sent, as a file under the name that its sender gave it; only to who may change this branch."""
    require_for_branch(asked.caller, asked.city.branch_name)
    _reason(asked)
    name = Path(asked.parameters.get("name", "").replace("\\", "/")).name
    fitting = name.isprintable() and len(name.encode()) <= 200 and name.endswith(Path(usual).suffix)
    with _folder() as folder:
        path = folder / (name if fitting else usual)
        path.write_bytes(data)
        yield path


def _reason(asked: Asked) -> str:
    reason = asked.parameters.get("reason", "").strip()
    if not reason:
        raise CallerError("web.parameter-missing", parameter="reason", expected="a text")
    return reason


def _is(asked: Asked, name: str) -> bool:
    told = asked.parameters.get(name, "no")
    if told not in ("yes", "no"):
        raise CallerError("investment.yes-or-no", field=name, found=told)
    return told == "yes"


def _columns(asked: Asked) -> dict[str, str] | None:
    found = {}
    for one in filter(None, asked.parameters.get("columns", "").split(",")):
        field, equals, heading = one.partition("=")
        if not (equals and field.strip() and heading.strip()):
            raise CallerError("investment.bad-column", found=one)
        found[field.strip()] = heading.strip()
    return found or None
