"""Differences of branches, their merge, and undoing a transaction.

The unit is (entity, attribute, datasetId): two branches conflict only where both changed the same one, each in its own
way (`entities.patch`). The base of a merge is what both saw last in common: their nearest common branch, at the earlier
of the two moments at which they left it. Only city types take part: records are shared, observations never merge.

Stored bytes are canonical, so equal bytes mean equal content, and most entities need no parsing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import apsw
import orjson

from madang.entities.entity import Document, canonical_bytes
from madang.entities.patch import AttributeChange, apply_changes, diff, merge_three
from madang.errors import CallerError, ConflictError
from madang.store import branches
from madang.store.applying import without_collecting
from madang.store.branches import Lineage, Row
from madang.store.names import type_key
from madang.store.rows import every
from madang.store.writing import Tx

Side = Literal["ours", "theirs"]
Resolve = Mapping[tuple[str, str, str | None] | str, Side]


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What became of one entity: added, changed or removed, and which attributes differ."""

    id: str
    type: str
    kind: Literal["added", "changed", "removed"]
    attributes: Sequence[AttributeChange]


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """One attribute that both sides changed; `ours` is the branch merged into."""

    id: str
    type: str
    attribute: str
    dataset_id: str | None
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Three:
    """One entity as the common base, the branch merged into, and the branch merged have it."""

    eid: int
    id: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


def base_line(known: Mapping[int, Row], ours: Lineage, theirs: Lineage) -> list[tuple[int, int]]:
    """The lineage that both saw last in common."""
    upto = dict(ours)
    for number, at in theirs:
        if number in upto:
            return branches.lineage(known, number, min(at, upto[number]))
    raise AssertionError("every branch descends from main")


def changed_since(db: apsw.Connection, line: Lineage, base: Lineage) -> Iterator[int]:
    """Numbers of the city entities that a lineage may see otherwise than its base does."""
    on_main = "SELECT DISTINCT eid FROM md_chg WHERE branch = ? AND tx > ? AND tx <= ? AND lane = 0"
    on_branch = (
        "SELECT v.eid FROM md_ver v JOIN md_ent e ON e.eid = v.eid"
        " WHERE v.branch = ? AND v.from_tx > ? AND v.from_tx <= ? AND e.lane = 0"
    )
    common = dict(base)
    found: set[int] = set()
    for number, at in line:
        sql = on_branch if number else on_main
        found.update(eid for (eid,) in db.execute(sql, (number, common.get(number, 0), at)))
    return iter(sorted(found))


def three_ways(db: apsw.Connection, known: Mapping[int, Row], ours: Lineage, theirs: Lineage) -> Iterator[Three]:
    """Every entity that the second lineage changed since the base, seen three ways."""
    if len(ours) == 1 and len(theirs) == 2:
        yield from _main_and_child(db, ours[0][1], theirs)
        return
    base = base_line(known, ours, theirs)
    name = "SELECT id FROM md_ent WHERE eid = ?"
    for eid in changed_since(db, theirs, base):
        was = branches.seen(db, base, eid)[2]
        their = branches.seen(db, theirs, eid)[2]
        if was != their:
            yield Three(eid, str(db.execute(name, (eid,)).get), was, branches.seen(db, ours, eid)[2], their)


_CHILD_ROWS = """
SELECT e.eid, e.id, e.from_tx, CAST(e.doc AS BLOB), CAST(v.doc AS BLOB) FROM md_ver v JOIN md_ent e ON e.eid = v.eid
WHERE v.branch = ? AND v.eid > ? AND v.from_tx <= ? AND (v.to_tx IS NULL OR v.to_tx > ?) AND e.lane = 0
ORDER BY v.eid LIMIT 5000
"""


def _main_and_child(db: apsw.Connection, main_at: int, theirs: Lineage) -> Iterator[Three]:
    """The common case, a branch of main and main, read in pages instead of entity by entity."""
    (child, child_at), (_, fork_at) = theirs
    last = 0
    while rows := every(db, _CHILD_ROWS, (child, last, child_at, child_at)):
        last = rows[-1][0]
        for eid, id, from_tx, on_main, their in rows:
            our = on_main if from_tx <= main_at else branches.seen(db, [(0, main_at)], eid)[2]
            base = on_main if from_tx <= fork_at else branches.seen(db, [(0, fork_at)], eid)[2]
            if base != their:
                yield Three(eid, id, base, our, their)


def differences(pairs: Iterator[tuple[str, bytes | None, bytes | None]]) -> list[EntityChange]:
    """What turns the first of each pair into the second, in order of id."""
    made = []
    for id, before, after in pairs:
        if before != after:
            old, new = _parsed(before), _parsed(after)
            some = new if new is not None else old
            assert some is not None
            kind: Literal["added", "changed", "removed"] = (
                "added" if old is None else "removed" if new is None else "changed"
            )
            made.append(EntityChange(id, type_key(some), kind, diff(old, new)))
    return sorted(made, key=lambda change: change.id)


def conflicts_of(three: Three) -> tuple[Document | None, list[MergeConflict]]:
    """Both sides in one document, with ours where they clash, and the clashes."""
    ours, theirs = _parsed(three.ours), _parsed(three.theirs)
    merged, found = merge_three(_parsed(three.base), ours, theirs)
    some = ours if ours is not None else theirs
    key = type_key(some) if some is not None else ""
    return merged, [MergeConflict(three.id, key, c.attribute, c.dataset_id, c.base, c.ours, c.theirs) for c in found]


def apply(tx: Tx, threes: Iterator[Three], resolve: Resolve | None) -> int:
    """Write a merge into a transaction; raises with every conflict that `resolve` leaves open."""
    open_conflicts: list[MergeConflict] = []
    with without_collecting():
        number = _apply(tx, threes, resolve, open_conflicts)
    if open_conflicts:
        raise merge_conflict(open_conflicts)
    return number


def _apply(tx: Tx, threes: Iterator[Three], resolve: Resolve | None, open_conflicts: list[MergeConflict]) -> int:
    number = 0
    for three in threes:
        number += 1
        if three.ours == three.base:
            _write(tx, three, three.theirs, _parsed(three.theirs))
            continue
        if three.ours == three.theirs:
            continue
        merged, found = conflicts_of(three)
        for conflict in found:
            side = _side(resolve, conflict)
            if side is None:
                open_conflicts.append(conflict)
            elif side == "theirs":
                merged = _with_theirs(merged, conflict, three)
        if not open_conflicts:
            _write(tx, three, None if merged is None else canonical_bytes(merged), merged)
    return number


def merge_conflict(found: Sequence[MergeConflict], *, code: str = "store.merge-conflict") -> ConflictError:
    """The error that names every clash, and the first of them in its sentence."""
    first = found[0]
    return ConflictError(
        code,
        count=len(found),
        id=first.id,
        attribute=first.attribute,
        dataset_id=first.dataset_id,
        conflicts=list(found),
    )


def undo(tx: Tx, db: apsw.Connection, number: int, line: Lineage) -> None:
    """Put back, attribute by attribute, what one transaction changed; what changed again since is a conflict."""
    rows = every(
        db, "SELECT c.branch, c.eid, e.id FROM md_chg c JOIN md_ent e ON e.eid = c.eid WHERE c.tx = ?", (number,)
    )
    if not rows:
        raise CallerError("store.nothing-to-revert", transaction=number)
    found: list[MergeConflict] = []
    for branch, eid, id in rows:
        space = line if branch == line[0][0] else [(0, line[0][1])]
        after = branches.seen(db, _as_of(space, number), eid)[2]
        before = branches.seen(db, _as_of(space, number - 1), eid)[2]
        three = Three(eid, id, after, branches.seen(db, space, eid)[2], before)
        if three.ours == three.base:
            _write(tx, three, before, _parsed(before))
            continue
        merged, clashes = conflicts_of(three)
        found += clashes
        if not clashes:
            _write(tx, three, None if merged is None else canonical_bytes(merged), merged)
    if found:
        raise merge_conflict(found, code="store.revert-conflict")


def _as_of(line: Lineage, at: int) -> list[tuple[int, int]]:
    """A lineage as its branch saw it at an earlier transaction."""
    return [(number, min(upto, at)) for number, upto in line]


def _write(tx: Tx, three: Three, data: bytes | None, doc: Document | None) -> None:
    some = doc if doc is not None else _parsed(three.ours)
    if some is not None:
        tx.put_bytes(three.id, data, doc, type_key(some))


def _side(resolve: Resolve | None, conflict: MergeConflict) -> Side | None:
    if not resolve:
        return None
    return resolve.get((conflict.id, conflict.attribute, conflict.dataset_id)) or resolve.get(conflict.id)


def _with_theirs(merged: Document | None, conflict: MergeConflict, three: Three) -> Document | None:
    """The merged document with one clash decided for the branch merged."""
    theirs = _parsed(three.theirs)
    if merged is None or theirs is None:
        return theirs
    change = AttributeChange(conflict.attribute, conflict.dataset_id, conflict.ours, conflict.theirs)
    return apply_changes(merged, [change], id=three.id)


def _parsed(data: bytes | None) -> Document | None:
    return None if data is None else orjson.loads(data)
