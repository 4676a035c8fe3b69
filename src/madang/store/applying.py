"""Applying a batch of changes to the tables: each table written once, in order.

An entity is taken apart once (`_take_apart`); of one that changes, only what differs moves in the index. Comparing is
by stored bytes: what says the same as before writes nothing, and what ends as the transaction found it leaves no trace.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.entities.index import TEXT_LIMIT
from madang.entities.transient import MARK
from madang.errors import CallerError, ForbiddenError
from madang.store import branches, expiry, lanes
from madang.store.desk import Desk
from madang.store.indexing import (
    DEEP,
    KIND_OF_TYPE,
    LINK,
    POINT,
    SERIES,
    SHAPES,
    alike,
    geometry_blobs,
    kind_of,
    values,
)
from madang.store.rows import every, first
from madang.store.transaction import ChangedLines

CREATED, UPDATED, DELETED = range(3)  # as `transaction.KINDS` names them

IndexRow = tuple[int, int, Any, int]  # type, attr, val, row
MainRow = tuple[Any, ...]  # one row of MAIN_ROW
MAIN_ROW = "SELECT eid, lane, type, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE id = ?"


class Pending(NamedTuple):
    """What an entity is to be: without `data`, gone."""

    lane: int
    key: str
    doc: Document | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Signed:
    """What of a transaction a batch needs to know."""

    number: int
    space: int
    line: Sequence[tuple[int, int]]
    adopting: bool
    acting: bool
    unseen_ids: set[str] | None  # ids put so far into a file that had none: others need no looking up


class Batch:
    """One batch of one transaction, for one space: main (0) or a branch."""

    def __init__(self, desk: Desk, signed: Signed, *, new_types: set[int], lines: ChangedLines) -> None:
        self._desk = desk
        self._db = desk.db
        self._signed = signed
        self._number = signed.number
        self._space = signed.space
        self._new_types = new_types
        self._lines = lines
        self._types: dict[str, int] = {}
        self._gone: list[IndexRow] = []
        self._come: list[IndexRow] = []
        self._boxes_gone: list[tuple[int]] = []
        self._boxes_come: list[tuple[int, Document]] = []
        self._changes: list[tuple[int, str, int, int, int, bytes | None]] = []  # eid, id, lane, type, act, data
        self._unchanged: list[int] = []

    # --- main --------------------------------------------------------------------------------------------------------

    def apply_to_main(self, items: Mapping[str, Pending], rows: Mapping[str, MainRow]) -> None:
        """Make main say what is pending; `rows` are those already read in this transaction."""
        db, desk, number = self._db, self._desk, self._number
        unseen = self._signed.unseen_ids
        pinned_upto = desk.seen_upto.get(0, 0)
        added: list[tuple[int, str, int, int, int, bytes]] = []
        altered: list[tuple[int | None, int, bytes | None, int]] = []
        closed: list[tuple[int, int, int, int, int, bytes]] = []
        kept: list[tuple[int, int, int, Document]] = []  # vid, eid, type, doc: what a branch still sees
        for id, one in items.items():
            is_new = unseen is not None and id not in unseen
            row = None if is_new else rows.get(id) or first(db, MAIN_ROW, (id,))
            if row is None:
                if one.data is not None and one.doc is not None:
                    if one.key not in self._types:
                        self._allow(one.key, id)
                    kind = self._type(one.key)
                    eid, desk.next_eid = desk.next_eid, desk.next_eid + 1
                    added.append((eid, id, one.lane, kind, number, one.data))
                    self._take_apart(self._come, kind, eid, one.doc)
                    if "location" in one.doc:
                        self._boxes_come.append((eid, one.doc))
                    if MARK in one.data:
                        expiry.note(db, 0, eid, None, one.data, seen=False)
                    self._changes.append((eid, id, one.lane, kind, CREATED, one.data))
                    if unseen is not None:
                        unseen.add(id)
                continue
            eid, lane, was_kind, from_tx, was = row
            if was == one.data:
                continue
            desk.placed.forget(id)
            self._allow(one.key, id)
            self._same_lane(id, lane, one.lane)
            if was is not None:
                self._allow(desk.names.name(db, was_kind), id)
            becomes = None if one.data is None else self._type(one.key)
            old: Document | None = None if was is None else orjson.loads(was)
            self._move(eid, was_kind, old, becomes, one.doc)
            self._note_end(eid, was, one.data, seen=lane == lanes.CITY and from_tx <= pinned_upto)
            before = was is not None
            if from_tx == number:
                former = self._former(0, eid)
                if former is not None and former[3] == one.data:
                    self._restore(former, eid)
                    continue
                before = former is not None
            elif was is not None:
                vid, desk.next_vid = desk.next_vid, desk.next_vid + 1
                closed.append((vid, eid, was_kind, from_tx, number, was))
                if lane == lanes.CITY and from_tx <= pinned_upto and old is not None:
                    kept.append((vid, eid, was_kind, old))
            altered.append((becomes, number, one.data, eid))
            self._change(eid, id, lane, becomes, was_kind, one.data, before=before)
        db.executemany("INSERT INTO md_ent VALUES(?, ?, ?, ?, ?, CAST(? AS TEXT))", added)
        db.executemany("INSERT INTO md_ver VALUES(?, 0, ?, ?, ?, ?, CAST(? AS TEXT))", closed)
        db.executemany("UPDATE md_ent SET type = ?, from_tx = ?, doc = CAST(? AS TEXT) WHERE eid = ?", altered)
        self._write_index()
        self._write_boxes()
        self._write_branch_index(0, kept)
        self._write_changes()

    def _move(
        self, eid: int, was_kind: int | None, old: Document | None, kind: int | None, new: Document | None
    ) -> None:
        """Move an entity in main's index and boxes from what it was to what it is to be, as far as they differ."""
        if old is not None and new is not None and was_kind == kind and kind is not None:
            stays = {name for name, found in new.items() if name in old and alike(old[name], found)}
            gone = {name: found for name, found in old.items() if name not in stays}
            come = {name: found for name, found in new.items() if name not in stays}
            if gone or come:
                self._take_apart(self._gone, kind, eid, gone)
                self._take_apart(self._come, kind, eid, come)
            if "location" not in gone and "location" not in come:
                return
        else:
            if old is not None and was_kind is not None:
                self._take_apart(self._gone, was_kind, eid, old)
            if new is not None and kind is not None:
                self._take_apart(self._come, kind, eid, new)
                if was_kind is not None and was_kind != kind:
                    self._move_series(eid, kind)
        if old is not None and "location" in old:
            self._boxes_gone.append((eid,))
        if new is not None and "location" in new:
            self._boxes_come.append((eid, new))

    def _move_series(self, eid: int, kind: int) -> None:
        """An entity that changes its type takes its series along."""
        db = self._db
        for (attr,) in every(db, "SELECT DISTINCT attr FROM md_series WHERE eid = ?", (eid,)):
            db.execute("UPDATE md_series SET type = ? WHERE eid = ?", (kind, eid))
            self._learn(kind, self._desk.names.name(db, attr), SERIES)

    def _former(self, space: int, eid: int) -> tuple[Any, ...] | None:
        """(vid, type, from_tx, data) of the version this transaction closed, if it did."""
        return first(
            self._db,
            "SELECT vid, type, from_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = ? AND eid = ? AND to_tx = ?",
            (space, eid, self._number),
        )

    def _restore(self, former: tuple[Any, ...], eid: int) -> None:
        """Main says again what it said before this transaction: leave no trace."""
        vid, kind, from_tx, data = former
        db = self._db
        db.execute("DELETE FROM md_ver WHERE vid = ?", (vid,))
        self._take_from_branch_index(0, vid, kind, data)
        sql = "UPDATE md_ent SET type = ?, from_tx = ?, doc = CAST(? AS TEXT) WHERE eid = ?"
        db.execute(sql, (kind, from_tx, data, eid))
        self._unchanged.append(eid)

    # --- a branch ----------------------------------------------------------------------------------------------------

    def apply_to_branch(self, items: Mapping[str, Pending]) -> None:
        """Make a branch say what is pending."""
        db, desk, number, space = self._db, self._desk, self._number, self._space
        lookup = (
            "SELECT e.eid, e.lane, e.type, e.from_tx, CAST(e.doc AS BLOB),"
            " v.vid, v.type, v.from_tx, CAST(v.doc AS BLOB) FROM md_ent e"
            " LEFT JOIN md_ver v ON v.branch = ? AND v.eid = e.eid AND v.to_tx IS NULL WHERE e.id = ?"
        )
        registered: list[tuple[int, str, int, int]] = []
        closed: list[tuple[int, int]] = []
        made: list[tuple[int, int, int, int | None, int, bytes | None]] = []
        indexed: list[tuple[int, int, int, Document]] = []
        for id, one in items.items():
            row = first(db, lookup, (space, id))
            if row is None:
                eid, desk.next_eid = desk.next_eid, desk.next_eid + 1
                registered.append((eid, id, one.lane, number))
                row = (eid, one.lane, None, number, None, None, None, None, None)
            eid, lane, *on_main, vid, was_kind, from_tx, was = row
            self._same_lane(id, lane, one.lane)
            if vid is None:
                was_kind, was = self._below(eid, lane, on_main)
            if was == one.data:
                continue
            kind = None if one.data is None else self._type(one.key)
            own = vid is not None
            self._note_end(eid, was if own else None, one.data, seen=own and from_tx <= desk.seen_upto.get(space, 0))
            before = was is not None
            if vid is not None and from_tx == number:
                self._take_back(vid, was_kind, was)
                former = self._former(space, eid)
                if former is not None and former[3] == one.data:
                    db.execute("UPDATE md_ver SET to_tx = NULL WHERE vid = ?", (former[0],))
                    if one.doc is not None:
                        indexed.append((former[0], eid, former[1], one.doc))
                    self._unchanged.append(eid)
                    continue
                below = former[3] if former is not None else self._below(eid, lane, on_main)[1]
                before = below is not None
            elif vid is not None:
                closed.append((number, vid))
                if from_tx > desk.seen_upto.get(space, 0):
                    self._take_from_branch_index(space, vid, was_kind, was)
            vid, desk.next_vid = desk.next_vid, desk.next_vid + 1
            made.append((vid, space, eid, kind, number, one.data))
            if one.doc is not None and kind is not None:
                indexed.append((vid, eid, kind, one.doc))
            self._change(eid, id, lane, kind, was_kind, one.data, before=before)
        db.executemany("INSERT INTO md_ent VALUES(?, ?, ?, NULL, ?, NULL)", registered)
        db.executemany("UPDATE md_ver SET to_tx = ? WHERE vid = ?", closed)
        db.executemany("INSERT INTO md_ver VALUES(?, ?, ?, ?, ?, NULL, CAST(? AS TEXT))", made)
        self._write_branch_index(space, indexed)
        self._write_changes()

    def _note_end(self, eid: int, was: bytes | None, data: bytes | None, *, seen: bool) -> None:
        """Keep when an entity ends, if it did or does."""
        if (data is not None and MARK in data) or (was is not None and MARK in was):
            expiry.note(self._db, self._space, eid, was, data, seen=seen)

    def _below(self, eid: int, lane: int, on_main: Sequence[Any]) -> tuple[int | None, bytes | None]:
        """(type, data) of what the branch sees where it says nothing itself."""
        line = self._signed.line[1:]
        at = line[-1][1] if lane == lanes.CITY else self._number
        if len(line) == 1 and on_main[1] <= at:
            return on_main[0], on_main[2]
        if on_main[1] == self._number and on_main[0] is None:
            return None, None  # registered by this transaction
        kind, _, data = branches.seen(self._db, [*line[:-1], (0, at)], eid)
        return kind, data

    def _take_back(self, vid: int, kind: int | None, data: bytes | None) -> None:
        """Take out a row that this transaction itself put in."""
        self._take_from_branch_index(self._space, vid, kind, data)
        self._db.execute("DELETE FROM md_ver WHERE vid = ?", (vid,))

    # --- the branch index --------------------------------------------------------------------------------------------

    def _take_from_branch_index(self, branch: int, vid: int, kind: int | None, data: bytes | None) -> None:
        if data is None or kind is None:
            return
        rows: list[IndexRow] = [(kind, 0, 0, vid)]
        self._take_apart(rows, kind, vid, orjson.loads(data))
        self._db.executemany(
            "DELETE FROM md_oix WHERE branch = ? AND type = ? AND attr = ? AND val = ? AND vid = ?",
            ((branch, *row) for row in rows),
        )
        self._db.execute("DELETE FROM md_ogeo WHERE vid = ?", (vid,))

    def _write_branch_index(self, branch: int, entries: Sequence[tuple[int, int, int, Document]]) -> None:
        """Enter rows (vid, eid, type, doc) of a branch, or of main's past that a branch sees."""
        if not entries:
            return
        rows: list[IndexRow] = []
        eids = {}
        for vid, eid, kind, doc in entries:
            eids[vid] = eid
            rows.append((kind, 0, 0, vid))
            self._take_apart(rows, kind, vid, doc)
        self._db.executemany(
            "INSERT OR IGNORE INTO md_oix VALUES(?, ?, ?, ?, ?, ?)",
            ((branch, *row, eids[row[3]]) for row in _in_order(rows)),
        )
        shapes = geometry_blobs([doc for _, _, _, doc in entries])
        self._db.executemany(
            "INSERT OR REPLACE INTO md_ogeo VALUES(?, ?, ?, ?, ?, ?, ?)",
            ((entry[0], branch, branch, *made[0]) for entry, made in zip(entries, shapes, strict=True) if made),
        )

    # --- both --------------------------------------------------------------------------------------------------------

    def _take_apart(self, into: list[IndexRow], of: int, row: int, doc: Document) -> None:
        """Add a document's index rows, and learn the kinds of its attributes.

        Says the same as `indexing.values`, which `verify` compares with; the common cases stand inline, because this
        runs for every attribute of every entity written.
        """
        parts = self._desk.parts[of]
        for name, found in doc.items():
            if name in ENTITY_MEMBERS:
                continue
            part = parts.get(name)
            if type(found) is dict and found["type"] == "Property" and "datasetId" not in found:
                value: Any = found.get("value")
                plain = type(value)
                kind = KIND_OF_TYPE.get(plain, DEEP)
                if part is None or kind not in part[1]:
                    part = self._learn(of, name, kind)
                if plain is float or (plain is str and len(value) <= TEXT_LIMIT):
                    into.append((of, part[0], value, row))
                    continue
            else:
                kind = kind_of(found)
                if part is None or kind not in part[1]:
                    part = self._learn(of, name, kind)
                if kind == LINK and len(found["object"]) <= TEXT_LIMIT:
                    into.append((of, part[0], found["object"], row))
                    continue
                if POINT <= kind <= SHAPES:
                    continue
            number = part[0]
            into += [(of, number, value, row) for _, value in values({name: found})]

    def _learn(self, of: int, name: str, kind: int) -> tuple[int, set[int]]:
        if self._desk.learn_kind(of, name, kind):
            self._new_types.add(of)
        return self._desk.parts[of][name]

    def _type(self, key: str) -> int:
        number = self._types.get(key)
        if number is None:
            number, is_new = self._desk.take_type(key)
            self._types[key] = number
            if is_new:
                self._new_types.add(number)
        return number

    def _allow(self, key: str, id: str) -> None:
        if not self._signed.adopting and lanes.is_planned(key):
            raise ForbiddenError("store.planned-needs-adoption", type=key, id=id)
        if not self._signed.acting and lanes.is_of_acts(key):
            raise ForbiddenError("store.written-by-acts", type=key, id=id)

    def _same_lane(self, id: str, lane: int, asked: int) -> None:
        if lane != asked:
            raise CallerError("store.scope-fixed", id=id, was=lanes.SCOPES[lane], asked=lanes.SCOPES[asked])

    def _change(
        self, eid: int, id: str, lane: int, kind: int | None, was_kind: int | None, data: bytes | None, *, before: bool
    ) -> None:
        if data is None and not before:
            self._unchanged.append(eid)
            return
        of = kind if kind is not None else was_kind
        assert of is not None
        act = DELETED if data is None else UPDATED if before else CREATED
        self._changes.append((eid, id, lane, of, act, data))

    def _write_index(self) -> None:
        """Take values out of main's index and put new ones in."""
        db = self._db
        if self._gone:
            gone, come = set(self._gone), set(self._come)
            sql = "DELETE FROM md_ix WHERE type = ? AND attr = ? AND val = ? AND eid = ?"
            db.executemany(sql, _in_order(gone - come))
            self._come = list(come - gone)
        db.executemany("INSERT OR IGNORE INTO md_ix VALUES(?, ?, ?, ?)", _in_order(self._come))

    def _write_boxes(self) -> None:
        db = self._db
        db.executemany("DELETE FROM md_geo WHERE eid = ?", self._boxes_gone)
        db.executemany("DELETE FROM md_geom WHERE eid = ?", self._boxes_gone)
        found = geometry_blobs([doc for _, doc in self._boxes_come])
        made = [(eid, one) for (eid, _), one in zip(self._boxes_come, found, strict=True) if one is not None]
        db.executemany("INSERT INTO md_geo VALUES(?, ?, ?, ?, ?)", [(eid, *box) for eid, (box, _) in made])
        db.executemany("INSERT INTO md_geom VALUES(?, ?)", [(eid, blob) for eid, (_, blob) in made])

    def _write_changes(self) -> None:
        """Note what changed, with the salted hash of the new content."""
        number, space = self._number, self._space
        self._changes.sort(key=_first)
        salts = os.urandom(16 * len(self._changes))
        rows = []
        for at, (eid, _, lane, kind, act, data) in enumerate(self._changes):
            salt = salts[16 * at : 16 * at + 16]
            rows.append((number, space, eid, lane, kind, act, salt, sha256(salt + (data or b"")).digest()))
        db = self._db
        db.executemany("INSERT OR REPLACE INTO md_chg VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows)
        if self._unchanged:
            self._lines.in_order = False
        if rows and self._lines.follow((space, rows[0][2]), (space, rows[-1][2])):
            self._lines.add((space, one[1], one[4], row[7]) for one, row in zip(self._changes, rows, strict=True))
        sql = "DELETE FROM md_chg WHERE tx = ? AND branch = ? AND eid = ?"
        db.executemany(sql, ((number, space, eid) for eid in self._unchanged))


def _first(row: tuple[int, str, int, int, int, bytes | None]) -> int:
    return row[0]


def _in_order(rows: Iterable[IndexRow]) -> list[IndexRow]:
    """Index rows in the order of the table: by type and attribute, numbers before text."""
    groups: dict[tuple[int, int, bool], list[IndexRow]] = {}
    for row in rows:
        groups.setdefault((row[0], row[1], type(row[2]) is str), []).append(row)
    made: list[IndexRow] = []
    for key in sorted(groups):
        group = groups[key]
        group.sort()
        made += group
    return made


@contextmanager
def without_collecting() -> Iterator[None]:
    """Hold Python's cycle collector while a large batch is applied: it would walk every document again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
