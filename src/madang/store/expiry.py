"""When entities end: one row an entity that has an `expiresAt`, with the first moment at which something of it does.

A row stands for what one branch says. What other branches still see of it, because they were forked before it changed,
ends at the same moment: whoever sweeps looks at each branch below. Rows are written with the entity; of an entity that
has no `expiresAt`, writing only asks its bytes for the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import apsw
import orjson

from madang.entities.transient import MARK, first_end
from madang.store.transaction import from_micros, to_micros


class Due(NamedTuple):
    """An entity of which something has ended: when, and the number of the branch and of the entity that said so."""

    at: int
    branch: int
    eid: int
    id: str


def note(db: apsw.Connection, branch: int, eid: int, was: bytes | None, data: bytes | None, *, seen: bool) -> None:
    """Keep the row of an entity that says something else now; `seen`: a branch still sees what it said."""
    if was is not None and not seen and MARK in was:
        before = _end_of(was)
        if before is not None:
            db.execute("DELETE FROM md_expiry WHERE at = ? AND branch = ? AND eid = ?", (before, branch, eid))
    if data is not None and MARK in data:
        after = _end_of(data)
        if after is not None:
            db.execute("INSERT OR IGNORE INTO md_expiry VALUES(?, ?, ?)", (after, branch, eid))


def _end_of(data: bytes) -> int | None:
    end = first_end(orjson.loads(data))
    return None if end is None else to_micros(end)


def first_due(db: apsw.Connection) -> datetime | None:
    """The first moment at which something of this file ends; None as long as nothing does."""
    found = db.execute("SELECT min(at) FROM md_expiry").get
    return None if found is None else from_micros(found)


def due(db: apsw.Connection, now: datetime, *, most: int) -> list[Due]:
    """What has ended by now, the oldest first."""
    sql = (
        "SELECT x.at, x.branch, x.eid, e.id FROM md_expiry x JOIN md_ent e ON e.eid = x.eid"
        " WHERE x.at <= ? ORDER BY x.at, x.branch, x.eid LIMIT ?"
    )
    return [Due(*row) for row in db.execute(sql, (to_micros(now), most))]


def forget(db: apsw.Connection, rows: Sequence[Due]) -> None:
    """Take out rows whose entities have been looked at."""
    keys: list[tuple[Any, ...]] = [(row.at, row.branch, row.eid) for row in rows]
    db.executemany("DELETE FROM md_expiry WHERE at = ? AND branch = ? AND eid = ?", keys)
