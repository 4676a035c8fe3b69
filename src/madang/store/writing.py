"""Writing: one transaction, from the first put to its link in the chain.

What is put is kept in memory and applied in sorted batches (`FLUSH_AT`), so a load of a million entities and a change of
one go the same way. Applying compares the stored bytes: what says the same as before writes nothing. An entity changed
twice within one transaction leaves one version, and one that ends as it began leaves none.

Main's former version becomes a row of `md_ver`; if an open branch still sees it, it also enters the branch index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw
import numpy
import orjson

from madang import clock
from madang.entities.entity import Document, canonical_bytes, check_entity
from madang.entities.patch import merge_patch
from madang.errors import CallerError, ForbiddenError, NotFoundError
from madang.store import blobs, branches, geopackage, lanes, observations
from madang.store.branches import Row
from madang.store.indexing import A_TYPE, MANY, SERIES, geometry_blobs, kinds, values
from madang.store.names import Names, type_key
from madang.store.observations import Reading
from madang.store.transaction import (
    GENESIS,
    chain_hash,
    changed_hash,
    content_hash,
    observed_hash,
    said_hash,
    to_micros,
)

FLUSH_AT = 20_000
CREATED, UPDATED, DELETED = range(3)  # as `transaction.KINDS` names them

IndexRow = tuple[int, int, Any, int]  # type, attr, val, eid


@dataclass(frozen=True, slots=True)
class Pending:
    """What an entity is to be: `doc` None removes it."""

    lane: int
    key: str
    doc: Document | None
    data: bytes | None


class Desk:
    """What the writer knows between transactions; laid anew after one failed."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.learn()

    def learn(self) -> None:
        """Read it all from the tables, as they are now."""
        db = self.db
        self.names = Names()
        self.shapes: set[tuple[int, str, int]] = set()
        for kind_type, attr, kind in db.execute("SELECT type, attr, kind FROM md_shape"):
            self.shapes.add((kind_type, self.names.name(db, attr) if attr else "", kind))
        self.next_eid = (db.execute("SELECT max(eid) FROM md_ent").get or 0) + 1
        self.next_vid = (db.execute("SELECT max(vid) FROM md_ver").get or 0) + 1
        self.series: dict[tuple[str, str, str, int], int] = {}
        last = db.execute("SELECT number, at, hash FROM md_tx ORDER BY number DESC LIMIT 1").fetchone()
        self.last: tuple[int, int, str] = last or (0, 0, GENESIS)
        self.read_branches()

    def read_branches(self) -> None:
        """Learn the branches, and up to where open ones see each of the others."""
        self.branches = branches.rows(self.db)
        self.by_name = {row.name: row for row in self.branches.values()}
        self.seen_upto: dict[int, int] = {}
        for row in self.branches.values():
            if row.state == "open" and row.number:
                for number, at in branches.lineage(self.branches, row.number, row.fork_tx)[1:]:
                    self.seen_upto[number] = max(at, self.seen_upto.get(number, 0))


class Tx:
    """A transaction while it is written."""

    def __init__(
        self,
        desk: Desk,
        branch: Row,
        *,
        actor: str,
        reason: str,
        source: str | None,
        adopting: str | None,
        kind: str = "change",
        facts: dict[str, Any] | None = None,
    ) -> None:
        number, at, self._previous = desk.last
        self.number = number + 1
        self.branch = branch.name
        self.actor, self.reason, self.source, self.adopting, self.kind = actor, reason, source, adopting, kind
        self.facts = dict(facts or {}) | ({"adopting": adopting} if adopting else {})
        self._at = max(to_micros(clock.now()), at)
        self._desk = desk
        self._db = desk.db
        self._space = branch.number
        self._line = branches.lineage(desk.branches, branch.number, self.number)
        self._pending: dict[str, Pending] = {}
        self._readings: list[Reading] = []
        self._observed: dict[tuple[int, int], Any] = {}
        self._new_shapes: set[int] = set()
        self._blobs: set[str] = set()
        self._fresh = desk.next_eid == 1  # nothing is in the file: ids need no looking up
        self._made: set[str] = set()

    # --- what a caller says ------------------------------------------------------------------------------------------

    def put(self, doc: Document) -> None:
        """Create or replace an entity; what says the same as before writes nothing."""
        self._put(check_entity(doc))
        if len(self._pending) >= FLUSH_AT:
            self.flush()

    def put_many(self, docs: Iterable[Document]) -> int:
        """Create or replace entities, and say how many were given."""
        number = 0
        for number, doc in enumerate(docs, 1):  # noqa: B007
            self.put(doc)
        return number

    def merge(self, id: str, patch: Document) -> Document:
        """Apply an NGSI-LD merge patch to an entity and give back the result."""
        doc = check_entity(merge_patch(self._require(id), patch))
        self.put(doc)
        return doc

    def delete(self, id: str) -> None:
        """Remove an entity, from this branch or, for a record, from the city."""
        key = type_key(self._require(id))
        self._pending[id] = Pending(lanes.lane_of(key), key, None, None)

    def observe(
        self,
        id: str,
        attribute: str,
        value: Any,
        observed_at: datetime,
        *,
        unit: str | None = None,
        dataset_id: str | None = None,
    ) -> None:
        """Add a reading of an entity's attribute; a second one for the same moment corrects the first."""
        if observed_at.tzinfo is None:
            raise CallerError("store.time-without-zone", id=id, attribute=attribute)
        reading = Reading(id, attribute, dataset_id or "", unit, to_micros(observed_at), observations.to_stored(value))
        if (id, attribute, reading.dataset_id, self._space) not in self._desk.series:
            self._make_place(reading)
        self._readings.append(reading)
        if len(self._readings) >= FLUSH_AT:
            self.flush()

    def document(self, id: str) -> Document | None:
        """An entity as this transaction sees it now."""
        if self._readings:
            self.flush()
        waiting = self._pending.get(id)
        if waiting is not None and waiting.lane != lanes.OBSERVED:
            return waiting.doc
        if waiting is not None:
            self.flush()
        found = self._seen(id)
        if found is None:
            return None
        eid, kind, data = found
        if any(shape == kind and of == SERIES for shape, _, of in self._desk.shapes):
            placed = lanes.lane_of(self._desk.names.name(self._db, kind)) == lanes.OBSERVED
            data = observations.join(self._db, self._desk.names, data, eid=eid, line=self._line, placed=placed)
        doc: Document = orjson.loads(data)
        return doc

    def put_blob(self, data: bytes, *, media_type: str) -> str:
        """Keep bytes under their SHA-256, and give it back; the same bytes are kept once."""
        sha256, is_new = blobs.put(self._db, data, media_type=media_type, tx=self.number)
        if is_new:
            self._blobs.add(sha256)
        return sha256

    # --- within the store --------------------------------------------------------------------------------------------

    def put_bytes(self, id: str, data: bytes | None, doc: Document | None, key: str) -> None:
        """Make an entity what checked, canonical bytes say, or remove it (merge and revert)."""
        self._pending[id] = Pending(lanes.lane_of(key), key, doc, data)
        if len(self._pending) >= FLUSH_AT:
            self.flush()

    def branches_changed(self) -> None:
        """Look at the branches again: one was made or closed."""
        self._desk.read_branches()

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that may fail alone: an exception undoes just this part."""
        self.flush()
        observed, self._observed = self._observed, {}
        kept, made = set(self._blobs), set(self._made)
        self._db.execute("SAVEPOINT part")
        try:
            yield
            self.flush()
        except BaseException:
            self._db.execute("ROLLBACK TO part")
            self._pending.clear()
            self._readings.clear()
            self._observed, self._blobs, self._made = observed, kept, made
            last = self._desk.last
            self._desk.learn()
            self._desk.last = last
            raise
        else:
            self._observed = observed | self._observed
        finally:
            self._db.execute("RELEASE part")

    def _put(self, doc: Document) -> None:
        key = type_key(doc)
        lane = lanes.lane_of(key)
        if lane == lanes.OBSERVED:
            doc, readings = observations.split(doc)
            self._readings += readings
        self._pending[doc["id"]] = Pending(lane, key, doc, canonical_bytes(doc))

    def _require(self, id: str) -> Document:
        found = self.document(id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=id, branch=self.branch)
        return found

    def _seen(self, id: str) -> tuple[int, int, bytes] | None:
        """(number, type, stored bytes) of an entity as applied so far."""
        eid = self._db.execute("SELECT eid FROM md_ent WHERE id = ?", (id,)).get
        if eid is None:
            return None
        kind, _, data = branches.seen(self._db, self._line, eid)
        return None if kind is None or data is None else (eid, kind, data)

    # --- observations ------------------------------------------------------------------------------------------------

    def _make_place(self, reading: Reading) -> None:
        """See that the entity is there and, if its type is observed, has a place for the readings."""
        self.flush()
        found = self._seen(reading.id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=reading.id, branch=self.branch)
        key = self._desk.names.name(self._db, found[1])
        if lanes.lane_of(key) == lanes.OBSERVED:
            placed = observations.place(orjson.loads(found[2]), reading.attribute, reading.dataset_id, reading.unit)
            if placed is not None:
                self._pending[reading.id] = Pending(lanes.OBSERVED, key, placed, canonical_bytes(placed))
                self.flush()
        self._series(reading)

    def _series(self, reading: Reading) -> int:
        """The number of a reading's series; it begins with its first reading."""
        key = (reading.id, reading.attribute, reading.dataset_id, self._space)
        sid = self._desk.series.get(key)
        if sid is not None:
            return sid
        db, names = self._db, self._desk.names
        found = self._seen(reading.id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=reading.id, branch=self.branch)
        eid, kind, _ = found
        attr = names.take(db, reading.attribute)
        sid = db.execute(
            "SELECT sid FROM md_series WHERE eid = ? AND attr = ? AND dataset = ? AND branch = ?",
            (eid, attr, reading.dataset_id, self._space),
        ).get
        if sid is None:
            db.execute(
                "INSERT INTO md_series(branch, eid, type, attr, dataset, unit) VALUES(?, ?, ?, ?, ?, ?)",
                (self._space, eid, kind, attr, reading.dataset_id, reading.unit),
            )
            sid = db.last_insert_rowid()
        self._shape(kind, reading.attribute, SERIES)
        self._desk.series[key] = sid
        return int(sid)

    def _apply_readings(self) -> None:
        db, number = self._db, self.number
        same = "SELECT val FROM md_obs WHERE sid = ? AND at = ? ORDER BY tx DESC LIMIT 1"
        rows = []
        for reading in self._readings:
            sid = self._series(reading)
            key = (sid, reading.at)
            if key not in self._observed:
                found = db.execute(same, key).fetchone()
                if found is not None and type(found[0]) is type(reading.value) and found[0] == reading.value:
                    continue
            self._observed[key] = reading.value
            rows.append((sid, reading.at, number, reading.value))
        self._readings.clear()
        rows.sort(key=lambda row: row[:2])
        db.executemany("INSERT OR REPLACE INTO md_obs VALUES(?, ?, ?, ?)", rows)

    # --- applying ----------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Apply what is pending to the tables, within the transaction."""
        pending, self._pending = self._pending, {}
        if pending:
            if any(one.data is None for one in pending.values()):
                self._desk.series.clear()  # what is gone can't be observed any more
            own = {id: one for id, one in pending.items() if self._space and one.lane != lanes.RECORD}
            if len(own) < len(pending):
                _Batch(self, 0).apply_to_main([(id, one) for id, one in pending.items() if id not in own])
            if own:
                _Batch(self, self._space).apply_to_branch(list(own.items()))
        if self._readings:
            self._apply_readings()

    def refuse_planned(self, key: str, id: str) -> None:
        """Raise if a change of this type on main needs a proposal's adoption."""
        if not self.adopting and lanes.is_planned(key):
            raise ForbiddenError("store.planned-needs-adoption", type=key, id=id)

    def _shape(self, kind_type: int, attr: str, kind: int) -> None:
        if (kind_type, attr, kind) not in self._desk.shapes:
            db = self._db
            number = self._desk.names.take(db, attr) if attr else 0
            db.execute("INSERT OR IGNORE INTO md_shape VALUES(?, ?, ?)", (kind_type, number, kind))
            self._desk.shapes.add((kind_type, attr, kind))
            self._new_shapes.add(kind_type)

    def finish(self) -> int:
        """Apply the rest, link the transaction into the chain, and say how many entities it changed."""
        self.flush()
        db, number = self._db, self.number
        if self._new_shapes:
            geopackage.refresh_layers(db, self._desk.names, self._new_shapes)
        changes = 0

        def lines() -> Iterator[tuple[int, str, int, bytes]]:
            nonlocal changes
            for row in db.execute(CHANGED_LINES, (number,)):
                changes += 1
                yield row

        changed = changed_hash(lines())
        salt = os.urandom(16)
        series = sorted({sid for sid, _ in self._observed})
        observed = observed_hash(salt, observed_lines(db, self._desk.names, self._observed_rows()))
        if self._blobs:
            self.facts["blobs"] = sorted(self._blobs)
        said = said_hash(salt, actor=self.actor, reason=self.reason, source=self.source, facts=self.facts)
        link = chain_hash(
            number=number, at=self._at, branch=self.branch, kind=self.kind, said=said, changed=changed,
            observed=observed, previous=self._previous,
        )  # fmt: skip
        db.execute(
            "INSERT INTO md_tx VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, self._at, self._desk.by_name[self.branch].number, self.actor, self.reason, self.source, self.kind,
                orjson.dumps(self.facts, option=orjson.OPT_SORT_KEYS).decode(), changes, salt,
                numpy.array(series, "<u4").tobytes() if series else None, said, changed, observed, self._previous, link,
            ),
        )  # fmt: skip
        self._desk.last = (number, self._at, link)
        return changes

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed, observed or kept; true only before `finish`, after `flush`."""
        some = self._db.execute("SELECT 1 FROM md_chg WHERE tx = ? LIMIT 1", (self.number,)).get
        return not (some or self._observed or self._blobs)

    def _observed_rows(self) -> Iterator[tuple[int, int, Any]]:
        return ((sid, at, self._observed[sid, at]) for sid, at in sorted(self._observed))


CHANGED_LINES = (
    "SELECT c.branch, e.id, c.kind, c.hash FROM md_chg c JOIN md_ent e ON e.eid = c.eid"
    " WHERE c.tx = ? ORDER BY c.branch, c.eid"
)


def observed_lines(db: apsw.Connection, names: Names, rows: Iterable[tuple[int, int, Any]]) -> Iterator[bytes]:
    """The lines of (series, moment, value) rows that a transaction's hash covers."""
    last, prefix = None, b""
    for sid, at, val in rows:
        if sid != last:
            last = sid
            id, attr, dataset, branch = db.execute(
                "SELECT e.id, s.attr, s.dataset, s.branch FROM md_series s JOIN md_ent e ON e.eid = s.eid WHERE s.sid = ?",
                (sid,),
            ).fetchone()
            prefix = f"{id}\t{names.name(db, attr)}\t{dataset}\t{branch}\t".encode()
        yield b"%s%d\t%s\n" % (prefix, at, observations.to_json(val))


class _Batch:
    """Rows of one flush, gathered so that each table is written once and in order."""

    def __init__(self, tx: Tx, space: int) -> None:
        self._tx = tx
        self._desk = tx._desk
        self._db = tx._db
        self._space = space
        self._gone: list[tuple[int, int, Document]] = []  # row number, type, document to take from the index
        self._come: list[tuple[int, int, Document]] = []
        self._eids: dict[int, int] = {}  # vid to eid, for rows of branches
        self._changes: list[tuple[int, int, int, int, bytes | None]] = []  # eid, lane, type, kind, data
        self._unchanged: list[int] = []
        self._kept: list[tuple[int, int, int, bytes]] = []  # vid, eid, type, data: main's rows a branch still sees

    # --- main --------------------------------------------------------------------------------------------------------

    def apply_to_main(self, items: Sequence[tuple[str, Pending]]) -> None:
        """Make main say what is pending."""
        db, desk, tx, number = self._db, self._desk, self._tx, self._tx.number
        lookup = "SELECT eid, lane, type, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE id = ?"
        added: list[tuple[int, str, int, int, int, bytes]] = []
        altered: list[tuple[int | None, int, bytes | None, int]] = []
        closed: list[tuple[int, int, int, int, int, bytes]] = []
        for id, one in items:
            row = None if tx._fresh and id not in tx._made else db.execute(lookup, (id,)).fetchone()
            if row is None:
                if one.data is None or one.doc is None:
                    continue
                self._allow(one.key, id)
                kind = self._type(one.key)
                eid, desk.next_eid = desk.next_eid, desk.next_eid + 1
                added.append((eid, id, one.lane, kind, number, one.data))
                self._come.append((eid, kind, one.doc))
                self._changes.append((eid, one.lane, kind, CREATED, one.data))
                if tx._fresh:
                    tx._made.add(id)
                continue
            eid, lane, was_kind, from_tx, was = row
            if was == one.data:
                continue
            if lane != one.lane:
                raise CallerError("store.scope-fixed", id=id, was=lanes.SCOPES[lane], asked=lanes.SCOPES[one.lane])
            self._allow(one.key, id)
            if was is not None:
                self._allow(desk.names.name(db, was_kind), id)
                self._gone.append((eid, was_kind, orjson.loads(was)))
            kind = None if one.data is None else self._type(one.key)
            if one.doc is not None and kind is not None:
                self._come.append((eid, kind, one.doc))
                if was_kind is not None and kind != was_kind:
                    self._move_series(eid, kind)
            if from_tx == number:
                former = self._former(0, eid)
                if former is not None and former[3] == one.data:
                    self._restore(former, eid)
                    continue
                before = former is not None
            else:
                before = was is not None
                if was is not None:
                    vid, desk.next_vid = desk.next_vid, desk.next_vid + 1
                    closed.append((vid, eid, was_kind, from_tx, number, was))
                    if lane == lanes.CITY and from_tx <= desk.seen_upto.get(0, 0):
                        self._kept.append((vid, eid, was_kind, was))
            altered.append((kind, number, one.data, eid))
            self._change(eid, lane, kind, was_kind, one.data, before=before)
        db.executemany("INSERT INTO md_ent VALUES(?, ?, ?, ?, ?, CAST(? AS TEXT))", added)
        db.executemany("INSERT INTO md_ver VALUES(?, 0, ?, ?, ?, ?, CAST(? AS TEXT))", closed)
        db.executemany("UPDATE md_ent SET type = ?, from_tx = ?, doc = CAST(? AS TEXT) WHERE eid = ?", altered)
        self._move_index()
        self._move_boxes()
        self._keep_for_branches()
        self._write_changes()

    def _allow(self, key: str, id: str) -> None:
        self._tx.refuse_planned(key, id)

    def _former(self, branch: int, eid: int) -> tuple[int, int, int, bytes | None] | None:
        """(vid, type, from_tx, data) of the version this transaction closed, if it did."""
        found = self._db.execute(
            "SELECT vid, type, from_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = ? AND eid = ? AND to_tx = ?",
            (branch, eid, self._tx.number),
        ).fetchone()
        return found  # type: ignore[no-any-return]

    def _restore(self, former: tuple[int, int, int, bytes | None], eid: int) -> None:
        """Main says again what it said before this transaction: leave no trace."""
        vid, kind, from_tx, data = former
        self._db.execute("DELETE FROM md_ver WHERE vid = ?", (vid,))
        self._db.execute("DELETE FROM md_ogeo WHERE vid = ?", (vid,))
        assert data is not None
        self._forget_branch_index(0, vid, kind, orjson.loads(data))
        self._db.execute(
            "UPDATE md_ent SET type = ?, from_tx = ?, doc = CAST(? AS TEXT) WHERE eid = ?", (kind, from_tx, data, eid)
        )
        self._unchanged.append(eid)

    def _move_series(self, eid: int, kind: int) -> None:
        """An entity that changes its type takes its series along."""
        db = self._db
        for (attr,) in db.execute("SELECT DISTINCT attr FROM md_series WHERE eid = ?", (eid,)).fetchall():
            db.execute("UPDATE md_series SET type = ? WHERE eid = ?", (kind, eid))
            self._tx._shape(kind, self._desk.names.name(db, attr), SERIES)

    def _move_index(self) -> None:
        """Take former values out of main's index and put new ones in, touching only what differs."""
        gone = {row for eid, kind, doc in self._gone for row in self._index_rows(eid, kind, doc)}
        if not gone:
            rows = [row for eid, kind, doc in self._come for row in self._index_rows(eid, kind, doc)]
            self._db.executemany("INSERT OR IGNORE INTO md_ix VALUES(?, ?, ?, ?)", _in_order(rows))
            return
        come = {row for eid, kind, doc in self._come for row in self._index_rows(eid, kind, doc)}
        self._db.executemany(
            "DELETE FROM md_ix WHERE type = ? AND attr = ? AND val = ? AND eid = ?", _in_order(gone - come)
        )
        self._db.executemany("INSERT OR IGNORE INTO md_ix VALUES(?, ?, ?, ?)", _in_order(come - gone))

    def _index_rows(self, number: int, kind: int, doc: Document) -> list[IndexRow]:
        db, take = self._db, self._desk.names.take
        pairs = values(doc, with_places=True) if self._has_places(kind) else values(doc, with_places=False)
        return [(kind, take(db, name), value, number) for name, value in pairs]

    def _has_places(self, kind: int) -> bool:
        return lanes.lane_of(self._desk.names.name(self._db, kind)) == lanes.OBSERVED

    def _move_boxes(self) -> None:
        gone = {eid: doc.get("location") for eid, _, doc in self._gone}
        come = [(eid, doc) for eid, _, doc in self._come if eid not in gone or gone[eid] != doc.get("location")]
        stays = {eid for eid, _, doc in self._come if eid in gone and gone[eid] == doc.get("location")}
        left = [(eid,) for eid, location in gone.items() if location is not None and eid not in stays]
        db = self._db
        db.executemany("DELETE FROM md_geo WHERE eid = ?", left)
        db.executemany("DELETE FROM md_geom WHERE eid = ?", left)
        made = [
            (eid, found)
            for (eid, _), found in zip(come, geometry_blobs([doc for _, doc in come]), strict=True)
            if found is not None
        ]
        db.executemany("INSERT INTO md_geo VALUES(?, ?, ?, ?, ?)", ((eid, *box) for eid, (box, _) in made))
        db.executemany("INSERT INTO md_geom VALUES(?, ?)", ((eid, blob) for eid, (_, blob) in made))

    def _keep_for_branches(self) -> None:
        """Main's former rows that an open branch still sees enter the branch index."""
        docs = []
        for vid, eid, kind, data in self._kept:
            self._eids[vid] = eid
            docs.append((vid, kind, orjson.loads(data)))
        self._index_branch_rows(0, docs)

    # --- a branch ----------------------------------------------------------------------------------------------------

    def apply_to_branch(self, items: Sequence[tuple[str, Pending]]) -> None:
        """Make a branch say what is pending."""
        db, desk, tx, number, space = self._db, self._desk, self._tx, self._tx.number, self._space
        inherited = tx._line[1:]
        for id, one in items:
            eid, lane = self._registered(id, one)
            if lane != one.lane:
                raise CallerError("store.scope-fixed", id=id, was=lanes.SCOPES[lane], asked=lanes.SCOPES[one.lane])
            own = db.execute(
                "SELECT vid, type, from_tx, CAST(doc AS BLOB) FROM md_ver"
                " WHERE branch = ? AND eid = ? AND to_tx IS NULL",
                (space, eid),
            ).fetchone()
            if own is None:
                kind_below, _, was = branches.seen(db, inherited if lane == 0 else [*inherited[:-1], (0, number)], eid)
                vid, was_kind, from_tx = None, kind_below, 0
            else:
                vid, was_kind, from_tx, was = own
            if was == one.data:
                continue
            kind = None if one.data is None else self._type(one.key)
            before = was is not None
            if vid is not None and from_tx == number:
                before = self._had_before(eid, inherited)
                self._take_out(vid, was_kind, was)
                db.execute("DELETE FROM md_ver WHERE vid = ?", (vid,))
                former = self._former(space, eid)
                if former is not None and former[3] == one.data:
                    db.execute("UPDATE md_ver SET to_tx = NULL WHERE vid = ?", (former[0],))
                    if one.doc is not None:
                        self._put_in(former[0], eid, former[1], one.doc)
                    self._unchanged.append(eid)
                    continue
            elif vid is not None:
                db.execute("UPDATE md_ver SET to_tx = ? WHERE vid = ?", (number, vid))
                if from_tx > desk.seen_upto.get(space, 0):
                    self._take_out(vid, was_kind, was)
            vid, desk.next_vid = desk.next_vid, desk.next_vid + 1
            db.execute(
                "INSERT INTO md_ver VALUES(?, ?, ?, ?, ?, NULL, CAST(? AS TEXT))",
                (vid, space, eid, kind, number, one.data),
            )
            if one.doc is not None and kind is not None:
                self._put_in(vid, eid, kind, one.doc)
            self._change(eid, lane, kind, was_kind, one.data, before=before)
        self._index_branch_rows(space, self._come)
        self._write_changes()

    def _registered(self, id: str, one: Pending) -> tuple[int, int]:
        found = self._db.execute("SELECT eid, lane FROM md_ent WHERE id = ?", (id,)).fetchone()
        if found is not None:
            return found  # type: ignore[no-any-return]
        eid, self._desk.next_eid = self._desk.next_eid, self._desk.next_eid + 1
        self._db.execute("INSERT INTO md_ent VALUES(?, ?, ?, NULL, ?, NULL)", (eid, id, one.lane, self._tx.number))
        return eid, one.lane

    def _had_before(self, eid: int, inherited: Sequence[tuple[int, int]]) -> bool:
        """Whether the branch had the entity before this transaction."""
        former = self._former(self._space, eid)
        if former is not None:
            return former[3] is not None
        return branches.seen(self._db, inherited, eid)[2] is not None

    def _put_in(self, vid: int, eid: int, kind: int, doc: Document) -> None:
        self._eids[vid] = eid
        self._come.append((vid, kind, doc))

    def _take_out(self, vid: int, kind: int | None, data: bytes | None) -> None:
        if data is not None and kind is not None:
            self._forget_branch_index(self._space, vid, kind, orjson.loads(data))
            self._db.execute("DELETE FROM md_ogeo WHERE vid = ?", (vid,))

    def _forget_branch_index(self, branch: int, vid: int, kind: int, doc: Document) -> None:
        rows = [(branch, *row[:3], vid) for row in self._index_rows(vid, kind, doc)]
        self._db.executemany(
            "DELETE FROM md_oix WHERE branch = ? AND type = ? AND attr = ? AND val = ? AND vid = ?",
            [*rows, (branch, kind, 0, 0, vid)],
        )

    def _index_branch_rows(self, branch: int, rows: Sequence[tuple[int, int, Document]]) -> None:
        if not rows:
            return
        index = [row for vid, kind, doc in rows for row in self._index_rows(vid, kind, doc)]
        index += [(kind, 0, 0, vid) for vid, kind, _ in rows]
        self._db.executemany(
            "INSERT OR IGNORE INTO md_oix VALUES(?, ?, ?, ?, ?, ?)",
            ((branch, *row, self._eids[row[3]]) for row in _in_order(index)),
        )
        found = geometry_blobs([doc for _, _, doc in rows])
        self._db.executemany(
            "INSERT INTO md_ogeo VALUES(?, ?, ?, ?, ?, ?, ?)",
            (
                (vid, branch, branch, *made[0])
                for (vid, _, _), made in zip(rows, found, strict=True)
                if made is not None
            ),
        )

    # --- both --------------------------------------------------------------------------------------------------------

    def _type(self, key: str) -> int:
        number = self._desk.names.take(self._db, key)
        self._tx._shape(number, "", A_TYPE)
        return number

    def _change(
        self, eid: int, lane: int, kind: int | None, was_kind: int | None, data: bytes | None, *, before: bool
    ) -> None:
        if data is None and not before:
            self._unchanged.append(eid)
            return
        of = kind if kind is not None else was_kind
        assert of is not None
        act = DELETED if data is None else UPDATED if before else CREATED
        self._changes.append((eid, lane, of, act, data))

    def _write_changes(self) -> None:
        number, space = self._tx.number, self._space
        shapes, add = self._desk.shapes, self._tx._shape
        for _, kind, doc in self._come:
            for name, of in kinds(doc):
                if (kind, name, of) not in shapes:
                    add(kind, name, of)
        salts = os.urandom(16 * len(self._changes))
        rows = []
        for n, (eid, lane, kind, act, data) in enumerate(self._changes):
            salt = salts[16 * n : 16 * n + 16]
            rows.append((number, space, eid, lane, kind, act, salt, content_hash(salt, data)))
        rows.sort(key=lambda row: row[2])
        self._db.executemany("INSERT OR REPLACE INTO md_chg VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany(
            "DELETE FROM md_chg WHERE tx = ? AND branch = ? AND eid = ?",
            ((number, space, eid) for eid in self._unchanged),
        )


def _in_order(rows: Iterable[IndexRow]) -> list[IndexRow]:
    """Index rows in the order of the table: by type and attribute, numbers before text."""
    found = list(rows)
    found.sort(key=lambda row: (row[0], row[1], isinstance(row[2], str), row[2], row[3]))
    return found
