"""Branches: what one is, in whose sight it stands, and which rows stand before main's.

A branch is one row. It sees itself on top of its parent as the parent was at the fork, and so on down to main. What is
seen is therefore a *lineage*: pairs (branch number, transaction up to which it is seen), the branch first, main last.

An overlay is the lineage worked out: for each entity that is not simply what main says now, the version that stands in
its place. It holds a branch's own rows, its parents' rows as of the fork, and the former versions of what main changed
since. Reading the past of main needs the same thing without any branch, so one mechanism serves both.

Which entities a branch keeps apart depends on the scope of their type (`lanes`): city types are isolated, records and
observed types are seen as main has them now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import apsw
import orjson

from madang.errors import CallerError, NotFoundError
from madang.store.rows import first, only
from madang.store.transaction import from_micros

MAIN = "main"
HIDDEN = 0  # instead of a version: the entity is not there

Lineage = Sequence[tuple[int, int]]

_ROW = "bid, name, parent, fork_tx, state, merged_tx"


@dataclass(frozen=True, slots=True)
class Branch:
    """An alternative city: its name, title in Korean and English, where it left its parent, and how it stands."""

    name: str
    title: Mapping[str, str]
    parent: str | None
    fork_tx: int
    state: str  # "open" or "merged"
    created_at: datetime | None
    changed: int
    merged_tx: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """A branch as its row says."""

    number: int
    name: str
    parent: int | None
    fork_tx: int
    state: str
    merged_tx: int | None = None


@dataclass(frozen=True)
class Overlay:
    """Versions that stand before main's current ones, by entity number, and those of them that no index knows.

    `facts` is room for what is worked out from it and from the rows it hides. When either changes, the overlay is a
    new one.
    """

    shadows: dict[int, int] = field(default_factory=dict)
    loose: frozenset[int] = frozenset()
    facts: dict[object, Any] = field(default_factory=dict, compare=False)


def rows(db: apsw.Connection) -> dict[int, Row]:
    """All branches by number."""
    return {row[0]: Row(*row) for row in db.execute(f"SELECT {_ROW} FROM md_branch")}


def find(db: apsw.Connection, name: str) -> Row:
    """A branch by name; an unknown name is answered with the near ones."""
    found = first(db, f"SELECT {_ROW} FROM md_branch WHERE name = ?", (name,))
    if found is None:
        known = [str(one) for (one,) in db.execute("SELECT name FROM md_branch ORDER BY bid")]
        raise NotFoundError("store.branch-unknown", branch=name, near=", ".join(_near(name, known)), known=known)
    return Row(*found)


def _near(name: str, known: list[str]) -> list[str]:
    return get_close_matches(name, known, n=3, cutoff=0.5) or known[:5]


def check_name(name: str) -> str:
    """Give a branch name back if it is a slug that a tenant and a layer can bear."""
    if not (0 < len(name) <= 40 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in name)):
        raise CallerError("store.branch-name", branch=name)
    return name


def described(db: apsw.Connection) -> list[Branch]:
    """All branches with what a list shows of them, main first."""
    found = db.execute(
        "SELECT b.bid, b.name, b.title, p.name, b.fork_tx, b.state, b.merged_tx, t.at,"
        " (SELECT count(*) FROM md_ver v JOIN md_ent e USING(eid)"
        "  WHERE v.branch = b.bid AND v.to_tx IS NULL AND e.lane = 0)"
        " FROM md_branch b LEFT JOIN md_branch p ON p.bid = b.parent LEFT JOIN md_tx t ON t.number = max(b.fork_tx, 1)"
        " ORDER BY b.bid"
    )
    return [
        Branch(
            name=name,
            title=orjson.loads(title),
            parent=parent,
            fork_tx=fork_tx,
            state=state,
            created_at=None if at is None else from_micros(at),
            changed=changed if bid else 0,
            merged_tx=merged_tx,
            number=bid,
        )
        for bid, name, title, parent, fork_tx, state, merged_tx, at, changed in found
    ]


def lineage(known: Mapping[int, Row], number: int, at: int) -> list[tuple[int, int]]:
    """What a branch sees at a transaction: itself up to then, its parents up to the forks, main last."""
    made = []
    while True:
        made.append((number, at))
        row = known[number]
        if row.parent is None:
            return made
        number, at = row.parent, min(at, row.fork_tx)


# --- working out an overlay ------------------------------------------------------------------------------------------

_PAST_OF_MAIN = """
SELECT c.eid, ifnull((SELECT v.vid FROM md_ver v
                      WHERE v.branch = 0 AND v.eid = c.eid AND v.from_tx <= :at AND v.to_tx > :at), 0)
FROM (SELECT DISTINCT eid FROM md_chg WHERE tx > :at AND branch = 0 AND lane {lanes}) c
"""
_CITY_SINCE = _PAST_OF_MAIN.format(lanes="= 0")
_OTHERS_SINCE = _PAST_OF_MAIN.format(lanes="> 0")
_OWN_ROWS = """
SELECT eid, CASE WHEN type IS NULL THEN 0 ELSE vid END FROM md_ver
WHERE branch = :branch AND from_tx <= :at AND (to_tx IS NULL OR to_tx > :at)
"""


def build(db: apsw.Connection, line: Lineage, *, indexed: bool) -> Overlay:
    """The overlay of a lineage, from nothing; `indexed` says that the index knows every row of it."""
    shadows: dict[int, int] = dict(db.execute(_CITY_SINCE, {"at": line[-1][1]}))
    shadows.update(db.execute(_OTHERS_SINCE, {"at": line[0][1]}))
    for number, at in reversed(line[:-1]):
        shadows.update(db.execute(_OWN_ROWS, {"branch": number, "at": at}))
    return Overlay(shadows, frozenset() if indexed else frozenset(shadows))


def follow(db: apsw.Connection, overlay: Overlay, line: Lineage, *, since: int) -> Overlay:
    """The overlay of an open branch as it is now, from the one it had at transaction `since`."""
    own, main_at = line[0][0], line[-1][1]
    if own == 0:
        return overlay
    touched = [row for row in _touched(db, own, since) if row[0] == own or row[2] == 0 or row[1] in overlay.shadows]
    if not touched:
        return overlay
    shadows = dict(overlay.shadows)
    for branch, eid, _ in touched:
        if branch == own:
            shadows[eid] = _own_row(db, own, eid)
        elif eid not in shadows:
            shadows[eid] = _version(db, eid, main_at)
    return Overlay(shadows, overlay.loose)


def hold(db: apsw.Connection, overlay: Overlay, line: Lineage, *, since: int) -> Overlay:
    """The overlay that keeps a view as it was at `since`, whatever was written after it."""
    own, main_at, at = line[0][0], line[-1][1], line[0][1]
    touched = _touched(db, own, since)
    if not touched:
        return overlay
    shadows, loose = dict(overlay.shadows), set(overlay.loose)
    for branch, eid, lane in touched:
        if branch == 0 and eid not in shadows:
            shadows[eid] = _version(db, eid, main_at if lane == 0 else at)
            loose.add(eid)
        elif branch == own and eid in shadows:
            loose.add(eid)  # its row may have been closed, and left the index
    return Overlay(shadows, frozenset(loose))


def _touched(db: apsw.Connection, own: int, since: int) -> list[tuple[int, int, int]]:
    sql = "SELECT branch, eid, lane FROM md_chg WHERE tx > ? AND branch IN (0, ?)"
    return list(db.execute(sql, (since, own)))


def _own_row(db: apsw.Connection, branch: int, eid: int) -> int:
    sql = "SELECT CASE WHEN type IS NULL THEN 0 ELSE vid END FROM md_ver WHERE branch = ? AND eid = ? AND to_tx IS NULL"
    return int(db.execute(sql, (branch, eid)).get or HIDDEN)


def _version(db: apsw.Connection, eid: int, at: int) -> int:
    """Main's version of an entity at a transaction that is over."""
    sql = "SELECT vid FROM md_ver WHERE branch = 0 AND eid = ? AND from_tx <= ? AND to_tx > ?"
    return int(db.execute(sql, (eid, at, at)).get or HIDDEN)


def seen(db: apsw.Connection, line: Lineage, eid: int) -> tuple[int | None, int, bytes | None]:
    """(type, from_tx, bytes) of one entity in a lineage, without an overlay; (None, 0, None) if it is not there."""
    for number, at in line[:-1]:
        own = first(db, _OWN_AT, (number, eid, at, at))
        if own is not None:
            return own[0], own[1], own[2]
    lane, kind, from_tx, doc = only(db, _NOW, (eid,))
    at = line[-1][1] if lane == 0 else line[0][1]
    if from_tx <= at:
        return kind, from_tx, doc
    former = first(db, _FORMER, (eid, at, at))
    return (None, 0, None) if former is None else (former[0], former[1], former[2])


_NOW = "SELECT lane, type, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE eid = ?"
_OWN_AT = (
    "SELECT type, from_tx, CAST(doc AS BLOB) FROM md_ver"
    " WHERE branch = ? AND eid = ? AND from_tx <= ? AND (to_tx IS NULL OR to_tx > ?)"
)
_FORMER = (
    "SELECT type, from_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = 0 AND eid = ? AND from_tx <= ? AND to_tx > ?"
)
