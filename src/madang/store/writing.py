"""Writing: one transaction, from the first put to its link in the chain.

What is put is kept in memory and applied in sorted batches (`FLUSH_AT`); a load of a million entities and a change of
one go the same way. Applying compares the stored bytes: what says the same as before writes nothing. An entity changed
twice within one transaction leaves one version, and one that ends as it began leaves none.

Main's former version becomes a row of `md_ver`; if an open branch still sees it, it also enters the branch index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import apsw
import numpy
import orjson

from madang import clock
from madang.entities.entity import ENTITY_MEMBERS, Document, canonical_bytes, check_entity, value_of
from madang.entities.evolution import Evolution
from madang.entities.patch import merge_patch
from madang.errors import CallerError, ForbiddenError, NotFoundError
from madang.store import blobs, branches, evolution, geopackage, hubbook, observations, segments
from madang.store.applying import MAIN_ROW, Batch, MainRow, Pending, Signed, without_collecting
from madang.store.branches import Row
from madang.store.desk import Desk
from madang.store.evolution import Wish
from madang.store.evolution_rows import Given
from madang.store.hubbook import Entry, Kind
from madang.store.indexing import SERIES
from madang.store.lanes import OBSERVED, RECORD, is_planned, lane_of
from madang.store.names import Names, type_key
from madang.store.observations import Reading
from madang.store.parts import ChangedTwice, Parts, Undo, said
from madang.store.placed import placed_readings
from madang.store.rows import first, only
from madang.store.transaction import ChangedLines, chain_hash, observed_hash, said_hash, to_micros

FLUSH_AT = 20_000


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
        self._prefixes: dict[int, bytes] = {}  # how the lines of a series begin
        self._new_types: set[int] = set()
        self._gave = False  # whether it may have given instances to an evolution
        self._blobs: dict[str, str] = {}  # media types
        self._fresh = desk.next_eid == 1  # nothing is in the file: ids need no looking up
        self._made: set[str] = set()
        self._lines = ChangedLines()
        self._rows: dict[str, MainRow] = {}  # main's rows as read and not yet written
        self._parts: Parts | None = None

    # --- what a caller says ------------------------------------------------------------------------------------------

    def put(self, doc: Document) -> None:
        """Create or replace an entity; what says the same as before writes nothing."""
        self._put(check_entity(doc))
        if len(self._pending) >= FLUSH_AT:
            self.flush()

    def put_many(self, docs: Iterable[Document]) -> int:
        """Create or replace entities that a source has checked (`check_entity`), and say how many were given."""
        number = 0
        with without_collecting():
            for doc in docs:
                number += 1
                self._put(doc)
                if len(self._pending) >= FLUSH_AT:
                    self.flush()
        return number

    def merge(self, id: str, patch: Document) -> Document:
        """Apply an NGSI-LD merge patch to an entity and give back the result."""
        doc = check_entity(merge_patch(self._require(id), patch))
        self.put(doc)
        return doc

    def delete(self, id: str) -> None:
        """Remove an entity, from this branch or, for a record, from the city."""
        key = type_key(self._require(id))
        self._pending[id] = Pending(lane_of(key), key, None, None)

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
        if not observations.can_be_read(value):
            raise CallerError("store.reading-value", id=id, attribute=attribute, found=repr(value))
        reading = Reading(id, attribute, dataset_id or "", unit, to_micros(observed_at), observations.to_stored(value))
        if (id, attribute, reading.dataset_id, self._space) not in self._desk.series:
            self._make_place(reading)
        self._readings.append(reading)
        if len(self._readings) >= FLUSH_AT:
            self.flush()

    def observe_again(self, id: str, fragment: Document, *, merging: bool = False) -> bool:
        """Add the readings of a fragment, if it is nothing else; False, with nothing done, if it says more.

        It is nothing else when the entity is of an observed type and each attribute has its place in the document,
        which says all of the instance but its value and moment. That is what sensors send all day.
        """
        if self._space or id in self._pending or (self._parts is not None and self._parts.has(id)):
            return False
        placed = self._desk.placed.of(id)
        if placed is None:
            found = self._seen(id)
            if found is None or lane_of(self._desk.names.name(self._db, found[1])) != OBSERVED:
                return False
            placed = self._desk.placed.learn(orjson.loads(found[2]))
        readings = placed_readings(id, fragment, placed, merging=merging)
        if readings is None:
            return False
        for reading in readings:
            if (id, reading.attribute, reading.dataset_id, 0) not in self._desk.series:
                self._make_place(reading)
        self._readings += readings
        return True

    def document(self, id: str) -> Document | None:
        """An entity as this transaction sees it now."""
        if self._readings or (self._parts is not None and self._parts.has_reading_of(id)):
            self.flush()
        waiting = self._pending.get(id)
        if waiting is None and self._parts is not None:
            waiting = self._parts.pending.get(id)
        if waiting is not None and waiting.lane != OBSERVED:
            return waiting.doc
        if waiting is not None:
            self.flush()
        found = self._seen(id)
        if found is None:
            return None
        eid, kind, data = found
        if self._desk.has_series(kind):
            data = self._joined(eid, kind, data)
        doc: Document = orjson.loads(data)
        return doc

    def put_blob(self, data: bytes, *, media_type: str) -> str:
        """Keep bytes under their SHA-256, and give it back; the same bytes are kept once."""
        self._touch()
        sha256, is_new = blobs.put(self._db, data, media_type=media_type, tx=self.number)
        if is_new:
            self._blobs[sha256] = media_type
        return sha256

    # --- the evolution -----------------------------------------------------------------------------------------------

    def evolution(self, id: str, wish: Wish) -> Evolution | None:
        """The evolution of an entity before this transaction, or None."""
        return evolution.read(self._db, self._desk.names, self._line, id, wish)

    def give(self, id: str, given: Sequence[Given]) -> None:
        """Add instances to an entity's evolution beside its document, or say something else of those that are there."""
        self.flush()
        row = first(self._db, "SELECT eid, lane FROM md_ent WHERE id = ?", (id,))
        if row is None:
            raise NotFoundError("store.entity-unknown", id=id, branch=self.branch)
        if self._parts is not None:
            self._parts.ids.add(id)
        if row[1] == OBSERVED:
            given = self._beside_readings(id, given)
        space = 0 if row[1] == RECORD else self._space
        evolution.write(self._db, self._desk.names, branch=space, eid=row[0], tx=self.number, given=given)
        self._gave = self._gave or bool(given)

    def _beside_readings(self, id: str, given: Sequence[Given]) -> list[Given]:
        """Take what is a mere reading of a place in the document as one, and give back the rest."""
        found = self._seen(id)
        places = observations.by_series(orjson.loads(found[2])) if found is not None else {}
        rest = []
        for one in given:
            if one.is_reading() and (one.attribute, one.dataset) in places:
                assert one.instance is not None
                self._readings.append(observations.reading_of(id, one.attribute, one.instance))
            else:
                rest.append(one)
        return rest

    # --- the hub's book ----------------------------------------------------------------------------------------------

    def put_entry(self, kind: Kind, id: str, doc: dict[str, Any]) -> None:
        """Say something of a subscription, a registration, a feed … of this branch; the log tells that it was said."""
        self._touch()
        hubbook.put(self._db, kind, self._space, id, doc, tx=self.number)
        self._note_entry(kind, id, "put")

    def remove_entry(self, kind: Kind, id: str) -> bool:
        """Take one out; says whether it was there."""
        self._touch()
        there = hubbook.remove(self._db, kind, self._space, id)
        if there:
            self._note_entry(kind, id, "remove")
        return there

    def entry(self, kind: Kind, id: str) -> Entry | None:
        """One as this transaction sees it, or None."""
        return hubbook.entry(self._db, kind, self._space, id)

    def entries(self, kind: Kind) -> list[Entry]:
        """All of a kind as this transaction sees them."""
        return list(hubbook.entries(self._db, kind, self._space))

    def _note_entry(self, kind: Kind, id: str, act: str) -> None:
        self._desk.said_of.add(kind)
        self.facts.setdefault("hub", []).append({"kind": kind, "id": id, "act": act})

    # --- within the store --------------------------------------------------------------------------------------------

    def put_bytes(self, id: str, data: bytes | None, doc: Document | None, key: str) -> None:
        """Make an entity what checked, canonical bytes say, or remove it (merge and revert)."""
        self._pending[id] = Pending(lane_of(key), key, doc, data)
        if len(self._pending) >= FLUSH_AT:
            self.flush()

    def branches_changed(self) -> None:
        """Look at the branches again: one was made or closed."""
        self._desk.read_branches()

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that may fail alone: an exception undoes just this part."""
        self.flush()
        undo = self._save()
        try:
            yield
            self.flush()
        except BaseException:
            self._undo(undo)
            raise
        else:
            self._release(undo)

    @contextmanager
    def joined_part(self) -> Iterator[None]:
        """A part like `part`, for many small ones: it is kept in memory, and all are applied to the tables at once.

        Only what has to touch the tables on its way (a new series, a blob) costs a savepoint of its own. An entity is
        changed by one part of a transaction at most: a second one is undone, raises `ChangedTwice`, and belongs into
        the next transaction. An error of the tables themselves shows when all are applied and concerns all of them.
        """
        parts = self._parts = self._parts or Parts()
        parts.begin(self.facts)
        try:
            yield
            if parts.undo is not None:
                self.flush()
            ids = parts.ids | self._pending.keys() | {reading.id for reading in self._readings}
            if not parts.changed.isdisjoint(ids):
                parts.changed |= ids  # what comes later and touches these too must not overtake this part
                raise ChangedTwice
        except BaseException:
            if parts.undo is not None:
                self._undo(parts.undo)
            else:
                self._pending.clear()
                self._readings.clear()
                self.facts = parts.facts
            raise
        else:
            if parts.undo is not None:
                self._release(parts.undo)
            parts.join(ids, self._pending, self._readings)
            self._pending, self._readings = {}, []
        finally:
            parts.end()

    def _touch(self) -> None:
        """Before a joined part writes to the tables: apply the parts before it, and set a savepoint."""
        parts = self._parts
        if parts is None or not parts.is_open or parts.undo is not None:
            return
        own = self._pending, self._readings
        self._pending, self._readings = parts.take()
        parts.is_open = False
        self.flush()
        parts.is_open = True
        self._pending, self._readings = own
        parts.undo = self._save(facts=parts.facts)

    def _save(self, *, facts: dict[str, Any] | None = None) -> Undo:
        observed, self._observed = self._observed, {}
        kept = facts if facts is not None else said(self.facts)
        undo = Undo(observed, dict(self._blobs), set(self._made), set(self._new_types), kept)
        self._db.execute("SAVEPOINT part")
        return undo

    def _undo(self, undo: Undo) -> None:
        if not self._db.in_transaction:
            return  # SQLite has given up the whole transaction
        self._db.execute("ROLLBACK TO part")
        self._db.execute("RELEASE part")
        self._pending.clear()
        self._readings.clear()
        self._rows.clear()
        self._observed, self._blobs, self._made, self._new_types = undo.observed, undo.blobs, undo.made, undo.new_types
        self.facts = undo.facts
        self._lines.in_order = False
        last = self._desk.last
        self._desk.learn()
        self._desk.last = last

    def _release(self, undo: Undo) -> None:
        self._db.execute("RELEASE part")
        self._observed = undo.observed | self._observed

    def _put(self, doc: Document) -> None:
        found = doc["type"]
        key = found if type(found) is str else type_key(doc)
        lane = lane_of(key)
        if lane == OBSERVED:
            doc, readings = observations.split(doc)
            self._readings += readings
        elif self._desk.any_series and observations.has_moments(doc):
            doc = self._without_readings(doc)
        self._pending[doc["id"]] = Pending(lane, key, doc, canonical_bytes(doc))

    def _require(self, id: str) -> Document:
        found = self.document(id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=id, branch=self.branch)
        return found

    def _seen(self, id: str) -> tuple[int, int, bytes] | None:
        """(number, type, stored bytes) of an entity as applied so far."""
        if not self._space:
            row = self._rows.get(id) or first(self._db, MAIN_ROW, (id,))
            if row is None:
                return None
            self._rows[id] = row
            return None if row[2] is None or row[4] is None else (row[0], row[2], row[4])
        eid = self._db.execute("SELECT eid FROM md_ent WHERE id = ?", (id,)).get
        if eid is None:
            return None
        kind, _, data = branches.seen(self._db, self._line, eid)
        return None if kind is None or data is None else (eid, kind, data)

    # --- observations ------------------------------------------------------------------------------------------------

    def _joined(self, eid: int, kind: int, data: bytes) -> bytes:
        names = self._desk.names
        key = names.name(self._db, kind)
        rule = observations.Joining.of(key)
        joined = observations.join(self._db, names, data, eid=eid, line=self._line, rule=rule)
        return evolution.corrected(self._db, names, joined, eid=eid, line=self._line, lane=lane_of(key))

    def _without_readings(self, doc: Document) -> Document:
        """The document without what came from series of its own: read, changed elsewhere, and put back.

        What is new and has a moment is a reading more; what the document itself says of that attribute stays.
        """
        joined = self._parts is not None and self._parts.has(doc["id"])
        if doc["id"] in self._pending or self._readings or joined:
            self.flush()
        found = self._seen(doc["id"])
        if found is None:
            return doc
        eid, kind, data = found
        series = observations.nearest_series(self._db, self._desk.names, eid, self._line)
        if not series:
            return doc
        stored, shown = (observations.by_series(orjson.loads(one)) for one in (data, self._joined(eid, kind, data)))
        made: Document = {}
        for name, part in doc.items():
            if name in ENTITY_MEMBERS:
                made[name] = part
                continue
            kept = []
            for instance in part if type(part) is list else [part]:
                key = (name, instance.get("datasetId") or "")
                if key in series and "observedAt" in instance and "value" in instance:
                    if instance != shown.get(key):
                        self._readings.append(observations.reading_of(doc["id"], name, instance))
                    if key not in stored:
                        continue
                    instance = stored[key]
                kept.append(instance)
            if kept:
                made[name] = kept if type(part) is list and len(kept) > 1 else kept[0]
        return made

    def _make_place(self, reading: Reading) -> None:
        """See that the entity is there and, if its type is observed, has a place for the readings."""
        self.flush()
        found = self._seen(reading.id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=reading.id, branch=self.branch)
        key = self._desk.names.name(self._db, found[1])
        stated = observations.by_series(orjson.loads(found[2]))
        if is_planned(key) and (reading.attribute, reading.dataset_id) in stated:
            raise ForbiddenError("store.planned-stands", id=reading.id, type=key, attribute=reading.attribute)
        if lane_of(key) == OBSERVED:
            placed = observations.place(orjson.loads(found[2]), reading.attribute, reading.dataset_id, reading.unit)
            if placed is not None:
                self._pending[reading.id] = Pending(OBSERVED, key, placed, canonical_bytes(placed))
                self.flush()
        self._series(reading)

    def _series(self, reading: Reading) -> int:
        """The number of a reading's series; it begins with its first reading."""
        key = (reading.id, reading.attribute, reading.dataset_id, self._space)
        known = self._desk.series.get(key)
        if known is not None:
            return self._same_unit(reading, *known)
        db, names = self._db, self._desk.names
        found = self._seen(reading.id)
        if found is None:
            raise NotFoundError("store.entity-unknown", id=reading.id, branch=self.branch)
        eid, kind, _ = found
        attr = names.take(db, reading.attribute)
        there = first(
            db,
            "SELECT sid, unit FROM md_series WHERE eid = ? AND attr = ? AND dataset = ? AND branch = ?",
            (eid, attr, reading.dataset_id, self._space),
        )
        if there is None:
            db.execute(
                "INSERT INTO md_series(branch, eid, type, attr, dataset, unit) VALUES(?, ?, ?, ?, ?, ?)",
                (self._space, eid, kind, attr, reading.dataset_id, reading.unit),
            )
            there = (db.last_insert_rowid(), reading.unit)
        if self._desk.learn_kind(kind, reading.attribute, SERIES):
            self._new_types.add(kind)
        self._desk.series[key] = there[0], there[1]
        return self._same_unit(reading, *there)

    def _same_unit(self, reading: Reading, sid: int, unit: str | None) -> int:
        """The series' number, if the reading is in its unit or names none; a kilowatt hour is no megawatt hour."""
        if reading.unit is not None and unit is not None and reading.unit != unit:
            raise CallerError(
                "store.other-unit", id=reading.id, attribute=reading.attribute, unit=unit, found=reading.unit
            )
        return sid

    def _apply_readings(self) -> None:
        db, number = self._db, self.number
        same = "SELECT val FROM md_obs WHERE sid = ? AND at = ? ORDER BY tx DESC LIMIT 1"
        rows = []
        until = segments.cold_until(db)
        old = () if until is None else {(self._series(one), one.at) for one in self._readings if one.at <= until}
        moved = observations.moved(db, old) if old else {}
        newest = self._desk.newest
        for reading in self._readings:
            sid = self._series(reading)
            key = (sid, reading.at)
            last = newest.get(sid)
            if last is None:
                last = db.execute("SELECT max(at) FROM md_obs WHERE sid = ?", (sid,)).get
            is_later = last is None or reading.at > last  # the common case, which needs no look at the table
            newest[sid] = reading.at if is_later else last
            if not is_later and key not in self._observed:
                found = first(db, same, key) or moved.get(key)
                if found is not None and type(found[0]) is type(reading.value) and found[0] == reading.value:
                    continue
            if sid not in self._prefixes:
                self._prefixes[sid] = _line_of(
                    reading.id,
                    reading.attribute,
                    reading.dataset_id,
                    self._space,
                    self._desk.unit_of(reading, self._space),
                )
            self._observed[key] = reading.value
            rows.append((sid, reading.at, number, reading.value))
        self._readings.clear()
        rows.sort(key=lambda row: row[:2])
        db.executemany("INSERT OR REPLACE INTO md_obs VALUES(?, ?, ?, ?)", rows)

    # --- applying ----------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Apply what is pending to the tables, within the transaction."""
        if self._parts is not None:
            if self._parts.is_open:
                self._touch()
                self._parts.ids |= self._pending.keys() | {reading.id for reading in self._readings}
            else:
                pending, readings = self._parts.take()
                self._pending, self._readings = pending | self._pending, readings + self._readings
        pending, self._pending = self._pending, {}
        if pending:
            if any(one.data is None for one in pending.values()):
                self._desk.series.clear()  # what is gone can't be observed any more
            own = {id: one for id, one in pending.items() if self._space and one.lane != RECORD}
            shared = {id: one for id, one in pending.items() if id not in own} if own else pending
            with without_collecting():
                if shared:
                    rows, self._rows = self._rows, {}
                    self._batch(0).apply_to_main(shared, rows)
                if own:
                    self._batch(self._space).apply_to_branch(own)
        if self._readings:
            self._apply_readings()

    def _batch(self, space: int) -> Batch:
        unseen = self._made if self._fresh and not space else None
        acting = self.kind == "merge" or bool(self.adopting) or "act" in self.facts
        signed = Signed(self.number, space, self._line, adopting=bool(self.adopting), acting=acting, unseen_ids=unseen)
        return Batch(self._desk, signed, new_types=self._new_types, lines=self._lines)

    def finish(self) -> int:
        """Apply the rest, link the transaction into the chain, and say how many entities it changed."""
        self.flush()
        if self.adopting:
            self._require_adopted(self.adopting)
        db, number = self._db, self.number
        if self._new_types:
            geopackage.refresh_layers(db, self._desk.names, self._new_types)
        lines = self._lines
        if not lines.in_order:
            lines = ChangedLines()
            lines.add(db.execute(CHANGED_LINES, (number,)))
        salt = os.urandom(16)
        series = sorted({sid for sid, _ in self._observed})
        lines_observed = observed_lines(db, self._desk.names, self._observed_rows(), known=self._prefixes)
        observed = observed_hash(salt, lines_observed)
        if self._blobs:
            self.facts["blobs"] = self._blobs
        if self._gave:
            self.facts |= evolution.said(db, self._desk.names, number, salt)
        said = said_hash(salt, actor=self.actor, reason=self.reason, source=self.source, facts=self.facts)
        link = chain_hash(
            number=number, at=self._at, branch=self.branch, kind=self.kind, said=said, changed=lines.digest(),
            observed=observed, previous=self._previous,
        )  # fmt: skip
        db.execute(
            "INSERT INTO md_tx VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, self._at, self._line[0][0], self.actor, self.reason, self.source, self.kind,
                orjson.dumps(self.facts, option=orjson.OPT_SORT_KEYS).decode(), lines.number, salt,
                numpy.array(series, "<u4").tobytes() if series else None, said, lines.digest(), observed,
                self._previous, link,
            ),
        )  # fmt: skip
        self._desk.last = (number, self._at, link)
        return lines.number

    def _require_adopted(self, id: str) -> None:
        """See that the proposal named is there, and says that this transaction adopts it, and with it this branch."""
        found = self.document(id) or {"type": None}
        said = [value_of(found, name) for name in ("state", "mergeTransaction", "branch")]
        merged = self.facts.get("merged", said[2])
        if found["type"] != "Proposal" or said != ["adopted", self.number, merged]:
            raise ForbiddenError("store.not-adopted", id=id)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed, observed, kept or said; true only before `finish`, after `flush`."""
        some = self._db.execute("SELECT 1 FROM md_chg WHERE tx = ? LIMIT 1", (self.number,)).get
        gave = self._gave and evolution.has_lines(self._db, self.number)
        return not (some or self._observed or self._blobs or gave or "hub" in self.facts)

    def _observed_rows(self) -> Iterator[tuple[int, int, Any]]:
        return ((sid, at, self._observed[sid, at]) for sid, at in sorted(self._observed))


CHANGED_LINES = (
    "SELECT c.branch, e.id, c.kind, c.hash FROM md_chg c JOIN md_ent e ON e.eid = c.eid"
    " WHERE c.tx = ? ORDER BY c.branch, c.eid"
)


def _line_of(id: str, attribute: str, dataset: str, branch: int, unit: str | None) -> bytes:
    stated = "" if unit is None else f"{unit}\t"
    return f"{id}\t{attribute}\t{dataset}\t{branch}\t{stated}".encode()


def _looked_up(db: apsw.Connection, names: Names, sid: int) -> bytes:
    id, attr, dataset, branch, unit = only(db, _SERIES, (sid,))
    return _line_of(id, names.name(db, attr), dataset, branch, unit)


_SERIES = (
    "SELECT e.id, s.attr, s.dataset, s.branch, s.unit FROM md_series s JOIN md_ent e ON e.eid = s.eid WHERE s.sid = ?"
)


def observed_lines(
    db: apsw.Connection, names: Names, rows: Iterable[tuple[int, int, Any]], *, known: Mapping[int, bytes] | None = None
) -> Iterator[bytes]:
    """The lines of (series, moment, value) rows that a transaction's hash covers; `known` are beginnings of lines."""
    last, prefix = None, b""
    for sid, at, val in rows:
        if sid != last:
            last = sid
            prefix = known[sid] if known is not None and sid in known else _looked_up(db, names, sid)
        yield b"%s%d\t%s\n" % (prefix, at, observations.to_json(val))
