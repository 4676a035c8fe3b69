"""Reading: a view is one branch at one transaction, and stays so whatever is written after it.

A view costs two small reads to make and holds no lock: it remembers the transaction it stands at, and when main or its
branch has moved on, sees the former versions of what changed since. Each question is answered within one read
transaction on a connection of its own, so readers never wait for the writer, nor for each other.

Documents leave as the bytes they are stored as; only entities with series are put together on the way out.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import apsw
import orjson

from madang import clock
from madang.entities.ages import with_ages
from madang.entities.entity import Document, attributes, instance_of, value_of
from madang.entities.evolution import Evolution
from madang.entities.qlanguage import hops_of
from madang.entities.query import Follow, Query, asks_for_times, matches, sorter
from madang.entities.transient import living_bytes
from madang.errors import CallerError, FileError
from madang.store import ageing, blobs, branches, counting, evolution, expiry, file, inventory, observations
from madang.store.branches import Lineage, Overlay
from madang.store.evolution import Wish
from madang.store.evolution_sources import documents_of
from madang.store.indexing import HEAD_BYTES, geometry_blobs
from madang.store.lanes import lane_of
from madang.store.names import Names, types_in
from madang.store.narrowing import is_several, led, one_after_the_other
from madang.store.observations import Observed
from madang.store.ordering import entities_in_order
from madang.store.planning import (
    Catalogue,
    Plan,
    branch_candidates,
    candidates,
    plan,
    read_catalogue,
    rectangle_candidates,
)
from madang.store.rows import every, first, only
from madang.store.transaction import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Version:
    """Since which transaction an entity is as it is, and when it and its present state came to be."""

    tx: int
    modified_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What was said from one recorded moment to the next (None: still), of an entity or of one attribute.

    `valid` is the time the value itself stands for: its observedAt, or its period.
    """

    tx: int
    recorded_from: datetime
    recorded_to: datetime | None
    document: Document | None
    deleted: bool
    valid: str | None = None


class Readers:
    """Connections that only read, lent one at a time, and what they have learnt of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = Names()
        self.catalogue = Catalogue()
        self.ages = ageing.Kept()
        self.inventories: dict[int, tuple[Lineage, inventory.Inventory]] = {}
        self._idle: list[apsw.Connection] = []
        self._all: list[apsw.Connection] = []
        self._change = threading.Lock()
        self._closed = False
        self._live: dict[int, tuple[int, int, Overlay]] = {}

    @contextmanager
    def lent(self) -> Iterator[apsw.Connection]:
        """A connection for the length of one question."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._open()
        try:
            with file.faults(self.path):
                yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection within one read transaction."""
        with self.lent() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    def known(self, db: apsw.Connection) -> Catalogue:
        """The catalogue as of the present read transaction."""
        rows = db.execute("SELECT max(rowid) FROM md_shape").get or 0
        if rows != self.catalogue.rows:
            self.catalogue = read_catalogue(db, self.names)
        return self.catalogue

    def overlay(self, db: apsw.Connection, line: Lineage, *, state: str, head: int) -> Overlay:
        """The overlay of a branch as it is now, kept from one view to the next."""
        own = line[0][0]
        kept = self._live.get(own)
        if kept is not None and kept[1] == line[-1][1] and kept[0] <= head and state == "open":
            overlay = branches.follow(db, kept[2], line, since=kept[0])
        else:
            overlay = branches.build(db, line, indexed=state == "open")
        if kept is None or kept[0] <= head:
            self._live[own] = (head, line[-1][1], overlay)
        return overlay

    def close(self) -> None:
        """Close every connection."""
        with self._change:
            for db in self._all:
                file.close(db, self.path)
            self._all.clear()
            self._idle.clear()
            self._closed = True

    def _open(self) -> apsw.Connection:
        with self._change:
            if self._closed:
                raise FileError("store.closed", path=str(self.path))
            db = file.open_reader(self.path)
            self._all.append(db)
        return db


def head_of(db: apsw.Connection) -> int:
    """The number of the last transaction."""
    return db.execute("SELECT max(number) FROM md_tx").get or 0


def transaction_at(db: apsw.Connection, at: datetime | int) -> int:
    """The last transaction that was recorded at a moment; a number stands for itself."""
    if isinstance(at, int):
        return min(at, head_of(db))
    if at.tzinfo is None:
        raise CallerError("store.at-without-zone", at=at.isoformat())
    return db.execute("SELECT max(number) FROM md_tx WHERE at <= ?", (to_micros(at),)).get or 0


def open_view(readers: Readers, branch: str, at: datetime | int | None) -> View:
    """A view of a branch, now or as it was recorded at a transaction or moment."""
    with readers.reading() as db:
        head = head_of(db)
        upto = head if at is None else transaction_at(db, at)
        if branch == branches.MAIN:
            line, state = [(0, upto)], "open"
        else:
            row = branches.find(db, branch)
            line, state = branches.lineage(branches.rows(db), row.number, upto), row.state
        if upto < head:
            overlay = branches.build(db, line, indexed=False)
        elif branch == branches.MAIN:
            overlay = Overlay()
        else:
            overlay = readers.overlay(db, line, state=state, head=head)
        ends = expiry.first_due(db) if at is None else None  # what had not ended then, is told of a former moment
        return View(readers, branch, line, overlay, head, readers.known(db), ends)


class View:
    """One branch at one transaction, to be asked."""

    def __init__(
        self,
        readers: Readers,
        branch: str,
        line: Lineage,
        overlay: Overlay,
        head: int,
        catalogue: Catalogue,
        ends: datetime | None = None,
    ) -> None:
        self.branch = branch
        self.tx = line[0][1]
        self._readers = readers
        self._names = readers.names
        self._line = line
        self._overlay = overlay
        self._head = head
        self._catalogue = catalogue
        self._city_at = line[-1][1]
        self._ends = ends  # when the first of what it sees ends of itself (NGSI-LD 4.22)

    # --- one entity --------------------------------------------------------------------------------------------------

    def get(self, id: str) -> bytes | None:
        """One entity as stored bytes, or None."""
        with self._readers.lent() as db:
            found = self._get(db, id)
        return living_bytes(found, clock.now()) if found is not None and self._is_ending() else found

    def is_ended(self, id: str) -> bool:
        """Whether an entity, or something of it, has ended but is still kept (NGSI-LD 4.22)."""
        with self._readers.lent() as db:
            found = self._get(db, id)
        return found is not None and living_bytes(found, clock.now()) is not found

    @property
    def has_ends(self) -> bool:
        """Whether anything of this file ends of itself (expiresAt); mostly nothing does."""
        return self._ends is not None

    def _is_ending(self) -> bool:
        """Whether something may have ended that nobody has taken away yet."""
        return self._ends is not None and self._ends <= clock.now()

    def document(self, id: str) -> Document | None:
        """One entity, or None."""
        found = self.get(id)
        return None if found is None else orjson.loads(found)

    def version(self, id: str) -> Version | None:
        """Since when an entity is as it is, or None if it is not there."""
        with self._asking() as db:
            entries = self._events(db, id)
            if not entries or entries[-1][2] is None:
                return None
            created = next(
                (later for later, former in zip(entries[::-1], entries[-2::-1], strict=False) if former[2] is None),
                entries[0],
            )
            return Version(entries[-1][0], from_micros(entries[-1][1]), from_micros(created[1]))

    def with_times(self, doc: Document) -> Document:
        """A document of this view with createdAt and modifiedAt of itself and of its parts (NGSI-LD 4.8)."""
        with self._asking() as db:
            return self._timed(db, doc)

    @contextmanager
    def timing(self) -> Iterator[Callable[[Document], Document]]:
        """What `with_times` does, for many documents within one question."""
        with self._asking() as db:
            yield lambda doc: self._timed(db, doc)

    def _timed(self, db: apsw.Connection, doc: Document) -> Document:
        row = first(db, "SELECT eid, lane, type, from_tx FROM md_ent WHERE id = ?", (doc["id"],))
        if row is None:
            return doc
        eid, lane, kind, from_tx = row
        vid, on_main = self._overlay.shadows.get(eid), False
        if vid:
            tx = int(only(db, "SELECT from_tx FROM md_ver WHERE vid = ?", (vid,))[0])
        elif vid is None and from_tx <= (self.tx if lane else self._city_at):
            tx, on_main = from_tx, True
        else:
            tx = branches.seen(db, self._line, eid)[1]
        own = self._line[0][0]
        known = self._readers.ages.of(own, eid)
        if known is None or known.tx != tx:
            events: list[ageing.Event] | None = None
            data: bytes = only(db, "SELECT CAST(doc AS BLOB) FROM md_ent WHERE eid = ?", (eid,))[0] if on_main else b""
            if on_main and not db.execute("SELECT 1 FROM md_ver WHERE branch = 0 AND eid = ? LIMIT 1", (eid,)).get:
                known = None
                events = [(tx, int(db.execute("SELECT at FROM md_tx WHERE number = ?", (tx,)).get), data)]
            elif on_main and own == 0 and known is not None and known.tx < tx:
                events = ageing.since(db, eid, known, (tx, data))
            if events is None:
                known, events = None, self._events(db, doc["id"])
            known = ageing.from_events(events, known)
            if known is None:
                return doc
            self._readers.ages.keep(own, eid, known)
        if kind in self._catalogue.series_types:
            known = ageing.with_readings(db, self._names, known, eid, self._line)
        return with_ages(doc, known.ages, known.created, known.modified)

    def blob(self, sha256: str) -> bytes:
        """The bytes behind a SHA-256 that an entity names; they are the city's, whatever the branch."""
        with self._readers.lent() as db:
            return blobs.get(db, sha256)

    def _get(self, db: apsw.Connection, id: str) -> bytes | None:
        row = db.execute(
            "SELECT eid, lane, type, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE id = ?", (id,)
        ).fetchone()
        if row is None:
            return None
        eid, lane, kind, from_tx, data = row
        vid = self._overlay.shadows.get(eid)
        if vid is not None:
            if vid == branches.HIDDEN:
                return None
            kind, data = only(db, "SELECT type, CAST(doc AS BLOB) FROM md_ver WHERE vid = ?", (vid,))
        elif from_tx > (self.tx if lane else self._city_at):
            kind, _, data = branches.seen(db, self._line, eid)
        if data is not None and kind in self._catalogue.series_types:
            return self._joined(db, eid, kind, data)
        return data  # type: ignore[no-any-return]

    def _joined(self, db: apsw.Connection, eid: int, kind: int, data: bytes) -> bytes:
        key = self._names.name(db, kind)
        rule = observations.Joining.of(key)
        joined = observations.join(db, self._names, data, eid=eid, line=self._line, rule=rule)
        return evolution.corrected(db, self._names, joined, eid=eid, line=self._line, lane=lane_of(key))

    # --- many entities -----------------------------------------------------------------------------------------------

    def query(self, query: Query) -> list[bytes]:
        """The entities a query asks for, as stored bytes; without `order_by` in an order that only repeats itself."""
        with self._asking() as db:
            if query.order_by:
                return self._in_order(db, query)
            if query.limit is None and not query.offset:
                return [data for _, data in self._rows(db, query)]
            return [data for _, data in _paged(self._rows(db, query), query)]

    def _in_order(self, db: apsw.Connection, query: Query) -> list[bytes]:
        if not query.ids and not self._overlay.shadows:
            made = plan(query, db, self._names, self._catalogue)
            if made.nothing:
                return []
            found = (
                None if self._needs_joining(made) else entities_in_order(db, query, made, self._names, self._catalogue)
            )
            if found is not None:
                sql = "SELECT type, CAST(doc AS BLOB) FROM md_ent WHERE eid = ?"
                rows = ((eid, *only(db, sql, (eid,))) for eid in found)
                checked = self._checked(db, query, rows) if made.residual else _bare(rows)
                return [data for _, data in _paged(checked, query)]
        timed = asks_for_times(query)
        sorting = sorter(query)
        stored, keys = [], []
        for _, data in self._rows(db, query):
            doc = orjson.loads(data)
            keys.append(sorting.keys(self._timed(db, doc) if timed else doc))
            stored.append(data)
        return [stored[place] for place in _page(sorting.places(keys), query)]

    def documents(self, query: Query) -> list[Document]:
        """The entities a query asks for."""
        return [orjson.loads(data) for data in self.query(query)]

    def ids(self, query: Query) -> list[str]:
        """The ids of the entities a query asks for."""
        if query.order_by:
            return [doc["id"] for doc in self.documents(query)]
        with self._asking() as db:
            sql = "SELECT id FROM md_ent WHERE eid = ?"
            found = _paged(self._rows(db, query), query)
            return [str(db.execute(sql, (eid,)).get) for eid, _ in found]

    def count(self, query: Query) -> int:
        """How many entities a query asks for, page apart."""
        with self._asking() as db:
            if not query.ids and not self._is_ending():
                made = plan(query, db, self._names, self._catalogue)
                if made.nothing:
                    return 0
                found = counting.count(db, self._names, made, self._overlay, self._layers)
                if found is not None:
                    return found
            return sum(1 for _ in self._rows(db, query))

    def types(self) -> dict[str, int]:
        """How many entities there are of each type."""
        with self._asking() as db:
            total: Counter[int] = Counter(
                dict(db.execute("SELECT type, count(*) FROM md_ent WHERE type IS NOT NULL GROUP BY type"))
            )
            if self._overlay.shadows:
                total.subtract(counting.hidden_by_type(db, self._overlay))
                sql = "SELECT type FROM md_ver WHERE vid = ?"
                total.update(db.execute(sql, (vid,)).get for vid in self._overlay.shadows.values() if vid)
            named: Counter[str] = Counter()
            for kind, number in total.items():
                for name in types_in(self._names.name(db, kind)):
                    named[name] += number
            return {name: named[name] for name in sorted(named) if named[name]}

    def types_with_series(self) -> frozenset[str]:
        """The types of which some entity has readings."""
        known = self._catalogue
        return frozenset(name for number in known.series_types for name in known.types.get(number, ()))

    def has_readings_of(self, attributes: Iterable[str]) -> bool:
        """Whether one of these attributes is read as a series somewhere, which no index answers."""
        series = self._catalogue.series_attributes
        if not series:
            return False
        with self._readers.lent() as db:
            return any(self._names.find(db, name) in series for name in attributes)

    def inventory(self) -> inventory.Inventory:
        """Which attributes there are on which types, of which kinds, and how often."""
        with self._asking() as db:
            own, here = self._line[0][0], list(self._line)
            kept = self._readers.inventories.get(own)
            made = inventory.read(db, self._names, self._overlay, here, kept)
            if kept is None or kept[0][0][1] <= self.tx:
                self._readers.inventories[own] = (here, made)
            return made

    @property
    def _layers(self) -> list[int]:
        return [number for number, _ in self._line]

    @contextmanager
    def _asking(self) -> Iterator[apsw.Connection]:
        """A read transaction in which the overlay is true."""
        with self._readers.reading() as db:
            head = head_of(db)
            if head != self._head:
                self._overlay = branches.hold(db, self._overlay, self._line, since=self._head)
                self._head = head
            yield db

    def _rows(self, db: apsw.Connection, query: Query) -> Iterator[tuple[int, bytes]]:
        """(entity number, bytes) of everything a query asks for, page and order apart."""
        found = self._stored_rows(db, query)
        return _living(found) if self._is_ending() else found

    def _stored_rows(self, db: apsw.Connection, query: Query) -> Iterator[tuple[int, bytes]]:
        if query.ids:
            return self._rows_by_id(db, query, query.ids)
        if query.selectors and all(one.ids for one in query.selectors):
            return self._rows_by_id(db, query, [id for one in query.selectors for id in one.ids])
        made = plan(query, db, self._names, self._catalogue)
        if made.nothing:
            return iter(())
        if made.rectangle:
            return self._in_rectangle(db, query, made)
        if is_several(made) and query.limit is not None and not query.order_by:
            page = self._dense_page(db, query, made) if (rare := led(db, made)) is None else None
            if page is not None:
                return iter(page)
            made = rare or made
        found = self._found(db, made)
        if made.residual or self._needs_joining(made):
            return self._checked(db, query, chain(found, self._loose(db, made)))
        if self._overlay.loose:
            return chain(_bare(found), self._checked(db, query, self._loose(db, made)))
        return _bare(found)

    def _dense_page(self, db: apsw.Connection, query: Query, made: Plan) -> list[tuple[int, bytes]] | None:
        """The answers up to the end of the page where a look at a few entities finds them; else None."""
        way = one_after_the_other(made)
        if way is None or self._overlay.shadows or query.limit is None:
            return None
        wanted, found = query.offset + query.limit, list[tuple[int, bytes]]()
        for row in self._checked(db, query, iter(db.execute(*way))):
            found.append(row)
            if len(found) >= wanted:
                return found
        return None

    def _in_rectangle(self, db: apsw.Connection, query: Query, made: Plan) -> Iterator[tuple[int, bytes]]:
        """Main's rows, matched only near the edge, then the overlay's."""
        shadows, series = self._overlay.shadows, self._catalogue.series_types
        sql, bound = rectangle_candidates(made)
        for eid, kind, data, inside in db.execute(sql, bound):
            if eid not in shadows:
                if inside and kind not in series:
                    yield eid, data
                else:
                    yield from self._checked(db, query, iter([(eid, kind, data)]))
        if shadows:
            yield from self._checked(db, query, chain(self._overlaid(db, made), self._loose(db, made)))

    def _rows_by_id(self, db: apsw.Connection, query: Query, ids: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        follow, timed = self._follow(db, query), asks_for_times(query)
        for id in dict.fromkeys(ids):
            data = self._get(db, id)
            if data is not None and self._is_asked_for(db, query, data, follow, timed=timed):
                yield int(db.execute("SELECT eid FROM md_ent WHERE id = ?", (id,)).get), data

    def _needs_joining(self, made: Plan) -> bool:
        series = self._catalogue.series_types
        return bool(series) and (made.types is None or not series.isdisjoint(made.types))

    def _checked(
        self, db: apsw.Connection, query: Query, rows: Iterator[tuple[int, int, bytes]]
    ) -> Iterator[tuple[int, bytes]]:
        series = self._catalogue.series_types
        follow, timed = self._follow(db, query), asks_for_times(query)
        for eid, kind, data in rows:
            if kind in series:
                data = self._joined(db, eid, kind, data)
            if self._is_asked_for(db, query, data, follow, timed=timed):
                yield eid, data

    def _is_asked_for(
        self, db: apsw.Connection, query: Query, data: bytes, follow: Follow | None, *, timed: bool
    ) -> bool:
        doc = orjson.loads(data)
        return matches(query, self._timed(db, doc) if timed else doc, follow)

    def _follow(self, db: apsw.Connection, query: Query) -> Follow | None:
        """The way from an id to its entity, for queries that follow relationships."""
        if query.q is None or not hops_of(query.q):
            return None
        timed, met = asks_for_times(query), dict[str, Document | None]()

        def follow(id: str) -> Document | None:
            if id not in met:
                data = self._get(db, id)
                doc = None if data is None else orjson.loads(data)
                met[id] = self._timed(db, doc) if timed and doc is not None else doc
            return met[id]

        return follow

    def _found(self, db: apsw.Connection, made: Plan) -> Iterator[tuple[int, int, bytes]]:
        """(entity number, type, bytes) that the index finds: main's that nothing hides, then the overlay's."""
        shadows = self._overlay.shadows
        sql, bound = candidates(made)
        if made.terms or made.box is not None:
            ordered = f"{sql} ORDER BY 1 LIMIT -1" if made.in_order else sql  # without a limit SQLite drops the order
            sql = f"SELECT e.eid, e.type, CAST(e.doc AS BLOB) FROM ({ordered}) c CROSS JOIN md_ent e ON e.eid = c.eid"
        else:
            sql = sql.replace("SELECT eid", "SELECT eid, type, CAST(doc AS BLOB)", 1)
        rows = db.execute(sql, bound)
        if not shadows:
            yield from rows
            return
        for row in rows:
            if row[0] not in shadows:
                yield row
        yield from self._overlaid(db, made)

    def _overlaid(self, db: apsw.Connection, made: Plan) -> Iterator[tuple[int, int, bytes]]:
        """The overlay's rows that the index finds."""
        shadows = self._overlay.shadows
        if len(self._overlay.loose) < len(shadows):
            sql = "SELECT type, CAST(doc AS BLOB) FROM md_ver WHERE vid = ?"
            for eid, vid in self._indexed(db, made):
                if shadows.get(eid) == vid and eid not in self._overlay.loose:
                    kind, data = only(db, sql, (vid,))
                    yield eid, kind, data

    def _loose(self, db: apsw.Connection, made: Plan) -> Iterator[tuple[int, int, bytes]]:
        """The overlay's rows that no index knows, of the asked types."""
        sql = "SELECT type, CAST(doc AS BLOB) FROM md_ver WHERE vid = ?"
        for eid in self._overlay.loose:
            if vid := self._overlay.shadows[eid]:
                kind, data = only(db, sql, (vid,))
                if made.types is None or kind in made.types:
                    yield eid, kind, data

    def _indexed(self, db: apsw.Connection, made: Plan) -> list[tuple[int, int]]:
        if made.types is None and made.box is None and not made.terms:
            return [(eid, vid) for eid, vid in self._overlay.shadows.items() if vid]
        sql, bound = branch_candidates(made, self._layers)
        return list(dict.fromkeys(db.execute(sql, bound)))

    # --- in columns --------------------------------------------------------------------------------------------------

    def geometries(self, type: str) -> tuple[list[str], list[bytes]]:
        """Ids and geometries (WKB, lon/lat) of all entities of a type that have one."""
        with self._asking() as db:
            ids: list[str] = []
            shapes: list[bytes] = []
            shadows = self._overlay.shadows
            kinds = self._types_named(type)
            for eid, id, blob in db.execute(
                "SELECT e.eid, e.id, g.geom FROM md_ent e JOIN md_geom g ON g.eid = e.eid"
                f" WHERE e.type IN ({','.join('?' * len(kinds))})",
                kinds,
            ):
                if eid not in shadows:
                    ids.append(id)
                    shapes.append(blob[HEAD_BYTES:])
            if shadows:
                made_plan = Plan(tuple(kinds), (), None, residual=False)
                own = chain(self._overlaid(db, made_plan), self._loose(db, made_plan))
                docs = [orjson.loads(data) for _, _, data in own]
                for doc, made in zip(docs, geometry_blobs(docs), strict=True):
                    if made is not None:
                        ids.append(doc["id"])
                        shapes.append(made[1][HEAD_BYTES:])
            return ids, shapes

    def documents_by_kind(self) -> dict[int, list[Document]]:
        """All entities, by the number of their type."""
        with self._asking() as db:
            made: dict[int, list[Document]] = {}
            everything = Plan(None, (), None, residual=False)
            for eid, kind, data in chain(self._found(db, everything), self._loose(db, everything)):
                joined = self._joined(db, eid, kind, data) if kind in self._catalogue.series_types else data
                made.setdefault(kind, []).append(orjson.loads(joined))
            return made

    def values(self, type: str, attribute: str) -> tuple[list[str], list[Any]]:
        """Ids and the values of one attribute, for all entities of a type; None where an entity has none."""
        docs = self.documents(Query(types=((type,),)))
        return [doc["id"] for doc in docs], [value_of(doc, attribute) for doc in docs]

    def _types_named(self, type: str) -> list[int]:
        return [number for number, own in self._catalogue.types.items() if type in own]

    # --- time --------------------------------------------------------------------------------------------------------

    def history(self, id: str, attribute: str | None = None) -> list[HistoryEntry]:
        """Everything this view's branch ever said of an entity, or of one attribute of it, oldest first."""
        with self._asking() as db:
            events = self._events(db, id)
        told: list[tuple[int, int, Document | None, bytes]] = []
        for tx, at, data in events:
            doc = None if data is None else orjson.loads(data)
            if attribute is not None:
                doc = _part(doc, attribute)
            mark = orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)
            if (told and told[-1][3] == mark) or (not told and doc is None):
                continue
            told.append((tx, at, doc, mark))
        ends = [*(at for _, at, _, _ in told[1:]), None][: len(told)]
        return [
            HistoryEntry(
                tx, from_micros(at), None if end is None else from_micros(end), doc, doc is None, _valid(doc, attribute)
            )
            for (tx, at, doc, _), end in zip(told, ends, strict=True)
        ]

    def _events(self, db: apsw.Connection, id: str) -> list[tuple[int, int, bytes | None]]:
        """(transaction, moment, bytes or None when it went) in the order in which this branch saw them."""
        row = first(db, "SELECT eid, lane, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE id = ?", (id,))
        if row is None:
            return []
        eid, lane, from_tx, data = row
        found: dict[int, bytes | None] = {}
        closed = 0
        for start, end, doc in db.execute(
            "SELECT from_tx, to_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = 0 AND eid = ? ORDER BY from_tx", (eid,)
        ):
            if closed and closed != start:
                found[closed] = None
            found[start] = doc
            closed = end
        if closed and closed != from_tx:
            found[closed] = None
        if data is not None or closed:
            found[from_tx] = data
        events = [(tx, doc) for tx, doc in found.items() if tx <= (self.tx if lane else self._city_at)]
        for number, upto in reversed(self._line[:-1]):
            own = every(
                db,
                "SELECT from_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = ? AND eid = ? AND from_tx <= ?"
                " ORDER BY from_tx",
                (number, eid, upto),
            )
            if own:
                events = [event for event in events if event[0] < own[0][0]] + [(tx, doc) for tx, doc in own]
        when = "SELECT at FROM md_tx WHERE number = ?"
        return [(tx, int(db.execute(when, (tx,)).get), doc) for tx, doc in events]

    def evolution(self, id: str, wish: Wish) -> Evolution | None:
        """An entity's evolution as this view's branch has it, or None."""
        with self._asking() as db:
            return evolution.read(db, self._names, self._line, id, wish)

    def evolutions(self, ids: Iterable[str], wish: Wish) -> Iterator[Evolution]:
        """The evolutions of entities, one after another, of those that have one."""
        with self._asking() as db:
            for id in ids:
                found = evolution.read(db, self._names, self._line, id, wish)
                if found is not None:
                    yield found

    def each_id(self, query: Query, may_fit: Callable[[Sequence[Document]], bool] | None = None) -> Iterator[str]:
        """The ids of the entities a query asks for, one after another; page and order apart.

        `may_fit` is shown all that was ever said of an entity, where documents of main are all there is, and leaves
        out those whose evolution need not be read.
        """
        with self._asking() as db:
            sql = "SELECT id FROM md_ent WHERE eid = ?"
            for eid, data in self._rows(db, query):
                if may_fit is not None and len(self._line) == 1:
                    said = documents_of(db, eid, data)
                    if said is not None and not may_fit(said):
                        continue
                yield str(db.execute(sql, (eid,)).get)

    def observations(
        self,
        id: str,
        attribute: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        dataset_id: str | None = None,
        last: int | None = None,
    ) -> list[Observed]:
        """Readings of one attribute in order of time: from `since`, before `until`, the `last` n of them."""
        with self._asking() as db:
            eid = db.execute("SELECT eid FROM md_ent WHERE id = ?", (id,)).get
            if eid is None:
                return []
            series = observations.nearest_series(db, self._names, eid, self._line).get((attribute, dataset_id or ""))
            if series is None:
                return []
            return observations.read(
                db,
                series[0],
                upto=series[3],
                since=None if since is None else to_micros(since),
                until=None if until is None else to_micros(until),
                last=last,
            )


def _living(rows: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """What has not ended of rows; what has is as good as gone, though nobody has taken it away yet."""
    now = clock.now()
    for eid, data in rows:
        left = living_bytes(data, now)
        if left is not None:
            yield eid, left


def _bare(rows: Iterator[tuple[int, int, bytes]]) -> Iterator[tuple[int, bytes]]:
    return ((eid, data) for eid, _, data in rows)


def _paged(rows: Iterator[tuple[int, bytes]], query: Query) -> Iterator[tuple[int, bytes]]:
    """One page of rows, without looking further than its end."""
    end = None if query.limit is None else query.offset + query.limit
    if end == 0:
        return
    for n, row in enumerate(rows, 1):
        if n > query.offset:
            yield row
        if n == end:
            return


def _page(places: Sequence[int], query: Query) -> Sequence[int]:
    return places[query.offset : None if query.limit is None else query.offset + query.limit]


def _part(doc: Document | None, attribute: str) -> Document | None:
    return None if doc is None or attribute not in doc else {attribute: doc[attribute]}


def _valid(doc: Document | None, attribute: str | None) -> str | None:
    if doc is None or attribute is None:
        return None
    instance = instance_of(doc, attribute) or next((i for _, _, i in attributes(doc)), None)
    if instance is None:
        return None
    found = instance.get("observedAt") or (value_of(instance, "period") if "period" in instance else None)
    return None if found is None else str(found)
