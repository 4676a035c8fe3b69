"""Any table of the city as an Excel workbook, out to be edited and in again without loss."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from madang.entities.vocabulary import label_of
from madang.errors import CallerError, NotFoundError
from madang.web.access import require_for_branch
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import Reply

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIX = ".xlsx"


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", "/api/cities/{tenant}/tables/{name}", door.reads(workbook)),
        ("POST", "/api/cities/{tenant}/tables", door.takes(load, media_type=XLSX, parameters=("reason", "name"))),
    ]


def workbook(asked: Asked) -> Reply:
    """The entities of the types named ("Task.xlsx", "Task,Target.xlsx") as a workbook."""
    name = asked.parts["name"]
    if not name.endswith(SUFFIX):
        raise NotFoundError("web.path-unknown", path=name)
    types = name.removesuffix(SUFFIX)
    with tempfile.TemporaryDirectory(prefix="madang-table-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "table.xlsx"
        asked.city.export(path, types)
        data = path.read_bytes()
    title = f"{asked.city.tenant} {label_of(types, asked.language)}{SUFFIX}"
    told = f"attachment; filename=\"table.xlsx\"; filename*=UTF-8''{quote(title)}"
    return Reply(200, data, XLSX.encode(), [(b"content-disposition", told.encode()), (b"cache-control", b"no-store")])


def load(asked: Asked, data: bytes) -> dict[str, Any]:
    """Load an edited workbook into the branch, all or nothing; gives what was read and the transaction."""
    require_for_branch(asked.caller, asked.city.branch_name)
    reason = asked.parameters.get("reason", "").strip()
    if not reason:
        raise CallerError("web.parameter-missing", parameter="reason", expected="a text")
    name = Path(asked.parameters.get("name", "table.xlsx")).name
    with tempfile.TemporaryDirectory(prefix="madang-table-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / (name if name.endswith(SUFFIX) else "table.xlsx")
        path.write_bytes(data)
        done = asked.city.load(path, reason=reason, by=asked.actor)
    changes = 0 if done.transaction is None else asked.city.store.transaction(done.transaction).changes
    return {"reports": done.reports, "transaction": done.transaction, "changes": changes}
