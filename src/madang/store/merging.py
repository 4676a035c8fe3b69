"""Differences of branches, their merge, and undoing a transaction.

The unit is (entity, attribute, datasetId): two branches conflict only where both changed the same one, each in its own
way (`entities.patch`). The base of a merge is what both have last in common: by descent, or because one was merged into
the other or into a branch it comes from (`merge_base`). So a branch can be brought up to main as often as one likes,
and one that left another before that was merged still merges. A merge that was undone counts as none. Only city types
take part: records are shared, observations never merge.

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
from madang.store import branches, lanes
from madang.store.applying import without_collecting
from madang.store.branches import Lineage, Row
from madang.store.names import type_key, types_in
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

    @property
    def types(self) -> list[str]:
        """The types of the entity, one by one."""
        return types_in(self.type)


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

    @property
    def types(self) -> list[str]:
        """The types of the entity, one by one."""
        return types_in(self.type)


@dataclass(frozen=True, slots=True)
class Three:
    """One entity as the common base, the branch merged into, and the branch merged have it."""

    eid: int
    id: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


_MERGES = "SELECT number, branch, kind, facts FROM md_tx WHERE kind IN ('merge', 'revert') ORDER BY number"


@dataclass(frozen=True, slots=True)
class Merged:
    """One branch brought into another by a transaction, and the transactions from which on that counts as undone."""

    into: int
    number: int
    merged: int
    undone: Sequence[tuple[int, int]]  # from, and up to before which, transaction

    def holds(self, at: int) -> bool:
        """Whether it counts at a transaction."""
        return self.number <= at and not any(start <= at < end for start, end in self.undone)


def merges(db: apsw.Connection, known: Mapping[int, Row]) -> list[Merged]:
    """Every merge, oldest first, as the transactions tell it."""
    numbers = {row.name: row.number for row in known.values()}
    made: dict[int, tuple[int, int, list[tuple[int, int]]]] = {}
    reverts: dict[int, int] = {}
    for number, branch, kind, text in every(db, _MERGES):
        facts = orjson.loads(text)
        if kind == "merge":
            made[number] = (branch, numbers[facts["merged"]], [])
            continue
        undone, times = facts["reverted"], 1
        while undone in reverts:  # undoing what undid it
            undone, times = reverts[undone], times + 1
        reverts[number] = facts["reverted"]
        if undone in made:
            spans = made[undone][2]
            if times % 2:
                spans.append((number, _NEVER))
            elif spans:
                spans[-1] = (spans[-1][0], number)
    return [Merged(into, number, merged, spans) for number, (into, merged, spans) in made.items()]


_NEVER = 1 << 62


def contents(known: Mapping[int, Row], line: Lineage, told: Sequence[Merged]) -> dict[int, int]:
    """Up to which transaction a lineage has what each branch said, by descent or by merges."""
    upto: dict[int, int] = {}
    new = list(line)
    while new:
        number, at = new.pop()
        if at <= upto.get(number, -1):
            continue
        upto[number] = at
        for one in told:
            if one.into == number and one.holds(at):
                new += branches.lineage(known, one.merged, one.number)
    return upto


def merge_base(
    known: Mapping[int, Row], ours: Lineage, theirs: Lineage, told: Sequence[Merged]
) -> list[tuple[int, int]]:
    """The lineage that both have last in common."""
    mine, other = contents(known, ours, told), contents(known, theirs, told)
    at, number = max((min(mine[number], other[number]), number) for number in mine.keys() & other.keys())
    return branches.lineage(known, number, at)


def base_line(known: Mapping[int, Row], ours: Lineage, theirs: Lineage) -> list[tuple[int, int]]:
    """The lineage from which both descend."""
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
    base = merge_base(known, ours, theirs, merges(db, known))
    if len(ours) == 1 and len(theirs) == 2 and len(base) == 1:
        yield from _main_and_child(db, ours[0][1], theirs, base[0][1])
        return
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


def _main_and_child(db: apsw.Connection, main_at: int, theirs: Lineage, base_at: int) -> Iterator[Three]:
    """The common case, a branch of main and main, read in pages instead of entity by entity."""
    child, child_at = theirs[0]
    last = 0
    while rows := every(db, _CHILD_ROWS, (child, last, child_at, child_at)):
        last = rows[-1][0]
        for eid, id, from_tx, on_main, their in rows:
            our = on_main if from_tx <= main_at else branches.seen(db, [(0, main_at)], eid)[2]
            base = on_main if from_tx <= base_at else branches.seen(db, [(0, base_at)], eid)[2]
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
    """Put back, attribute by attribute, what one transaction changed; what changed again since is a conflict.

    The records a merge brought with it stay: undoing what was decided does not undo that it was decided.
    """
    rows = every(db, _CHANGED_BY, (number,))
    if not rows:
        raise CallerError("store.nothing-to-revert", transaction=number)
    found: list[MergeConflict] = []
    undone = False
    for branch, eid, id in rows:
        space = line if branch == line[0][0] else [(0, line[0][1])]
        after = branches.seen(db, _as_of(space, number), eid)[2]
        before = branches.seen(db, _as_of(space, number - 1), eid)[2]
        three = Three(eid, id, after, branches.seen(db, space, eid)[2], before)
        if three.ours == three.base:
            _write(tx, three, before, _parsed(before))
            undone = True
            continue
        merged, clashes = conflicts_of(three)
        found += clashes
        data = None if merged is None else canonical_bytes(merged)
        if not clashes and data != three.ours:
            _write(tx, three, data, merged)
            undone = True
    if found:
        raise merge_conflict(found, code="store.revert-conflict")
    if not undone:
        raise CallerError("store.undone-already", transaction=number)


_CHANGED_BY = (
    "SELECT c.branch, c.eid, e.id FROM md_chg c JOIN md_ent e ON e.eid = c.eid JOIN md_tx t ON t.number = c.tx"
    f" WHERE c.tx = ? AND NOT (c.lane = {lanes.RECORD} AND t.kind = 'merge')"
)


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
