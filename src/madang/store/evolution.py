"""The evolution of entities in the file: versions, series, and instances of the temporal API, read as one.

Current state and evolution are one. An attribute's instances are those its versions say (each transaction that
changed it gives one), the readings of its series, and what the temporal API gave that no version holds: rows of
`md_inst`. Facts are never altered. A correction is a row more (`over`), by the key of the instance it is about: another
content, or that it is no more; with the key `*` it is about all instances recorded so far. The entity's deletion ends
its evolution: what was before is told to audits only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apsw
import numpy
import orjson

from madang.entities.entity import Document, Instance, types_of
from madang.entities.evolution import (
    SCOPE,
    Columns,
    Evolution,
    Line,
    Override,
    Period,
    Told,
    Version,
    from_versions,
    last_of,
    merged,
    with_current,
    within,
)
from madang.entities.patch import is_null
from madang.store import lanes, observations, segments
from madang.store.branches import Lineage
from madang.store.names import Names
from madang.store.rows import every, first
from madang.store.transaction import observed_hash, to_micros

ALL = "*"  # as a key: every instance recorded so far; as a dataset: of every dataset

Pair = tuple[str, str]  # attribute, dataset
_OF_READING = {"type", "value", "observedAt", "unitCode", "datasetId"}


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of an evolution is asked for: attributes, a period, and at most so many instances of each."""

    names: frozenset[str] | None = None
    period: Period = field(default_factory=Period)
    last: int | None = None  # the last n of each attribute
    first: int | None = None  # no more than the first n of each attribute need be read
    audit: bool = False  # everything ever recorded, what was taken out and corrected included
    columns: bool = False  # attributes that are nothing but a series of numbers as columns


@dataclass(frozen=True, slots=True)
class Given:
    """An instance on its way in, or what is said of one that is there."""

    attribute: str
    dataset: str
    key: str
    at: int | None
    instance: Instance | None
    is_override: bool = False

    def is_reading(self) -> bool:
        """Whether it says no more than a row of a series can."""
        if self.is_override or self.instance is None or self.at is None or self.instance["type"] != "Property":
            return False
        return self.instance.keys() <= _OF_READING and not is_null(self.instance)


@dataclass(slots=True)
class _Corrections:
    """What rows that say something of other instances say, for one attribute and dataset."""

    by_key: dict[str, Override] = field(default_factory=dict)
    floor: tuple[int, int] | None = None
    transactions: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows of one entity that a lineage sees, as SQL and its values."""

    eid: int
    lane: int
    sql: str
    bound: tuple[int, ...]


# --- writing ---------------------------------------------------------------------------------------------------------


def write(db: apsw.Connection, names: Names, *, branch: int, eid: int, tx: int, given: Sequence[Given]) -> None:
    """Add rows; none is ever changed."""
    numbers = {one.attribute: names.take(db, one.attribute) for one in given}
    db.executemany(
        "INSERT INTO md_inst(branch, eid, attr, dataset, key, over, at, tx, doc) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                branch, eid, numbers[one.attribute], one.dataset, one.key, int(one.is_override), one.at, tx,
                None if one.instance is None else orjson.dumps(one.instance, option=orjson.OPT_SORT_KEYS).decode(),
            )
            for one in given
        ),
    )  # fmt: skip


def said(db: apsw.Connection, names: Names, tx: int, salt: bytes) -> dict[str, Any]:
    """What a transaction's facts, and so its hash, say of the instances it gave: how many, and their salted hash."""
    rows = list(_lines(db, names, tx))
    return {"instances": {"rows": len(rows), "hash": observed_hash(salt, rows)}} if rows else {}


def altered(db: apsw.Connection, names: Names) -> Iterator[int]:
    """The transactions whose instances are not what their facts say."""
    known = every(db, "SELECT number, salt, facts FROM md_tx WHERE facts LIKE '%\"instances\"%'")
    for number, salt, facts in known:
        if orjson.loads(facts).get("instances") != said(db, names, number, salt).get("instances"):
            yield number
    numbers = {row[0] for row in known}
    for (number,) in every(db, "SELECT DISTINCT tx FROM md_inst"):
        if number not in numbers:
            yield number


def count(db: apsw.Connection) -> int:
    """How many rows there are."""
    return int(db.execute("SELECT count(*) FROM md_inst").get)


def _lines(db: apsw.Connection, names: Names, tx: int) -> Iterator[bytes]:
    sql = (
        "SELECT e.id, m.attr, m.dataset, m.branch, m.key, m.over, m.at, m.doc FROM md_inst m"
        " JOIN md_ent e ON e.eid = m.eid WHERE m.tx = ? ORDER BY m.nid"
    )
    for id, attr, *rest in every(db, sql, (tx,)):
        yield orjson.dumps([id, names.name(db, attr), *rest]) + b"\n"


def has_lines(db: apsw.Connection, tx: int) -> bool:
    """Whether a transaction gave or corrected instances."""
    return bool(db.execute("SELECT 1 FROM md_inst WHERE tx = ? LIMIT 1", (tx,)).get)


# --- reading ---------------------------------------------------------------------------------------------------------


def read(db: apsw.Connection, names: Names, line: Lineage, id: str, wish: Wish) -> Evolution | None:
    """The evolution of an entity as a lineage sees it; None where it has none, or its entity was deleted."""
    row = first(db, "SELECT eid, lane FROM md_ent WHERE id = ?", (id,))
    if row is None:
        return None
    seen = _seen(line, *row)
    life = _life(db, line, seen, audit=wish.audit)
    newest = next((version for version in life if version.document is not None), None)
    if newest is None or newest.document is None:
        return None
    ended = next((version for version in life if version.document is None), None)
    floor = None if ended is None or wish.audit else (ended.at, ended.tx)
    alive = life if wish.audit else [version for version in life if version.document is not None]
    found = Evolution(id, newest.document["type"], alive[-1].at, alive[0].at)
    found.deleted = life[0].at if life[0].document is None else None
    gather = _Gather(db, names, seen, line, wish, floor)
    gather.take_versions(alive)
    gather.take_series(newest.document, found.type)
    gather.take_rows()
    for pair, told in sorted(gather.told()):
        found.lines.setdefault(pair[0], []).extend(told)
    found.columns = gather.columns
    for name, of_name in found.lines.items():
        of_name.sort(key=lambda told: told.order)
        found.lines[name] = _wished(of_name, wish)
    found.lines = {name: of_name for name, of_name in found.lines.items() if of_name}
    return found


def _wished(told: Line, wish: Wish) -> Line:
    return last_of(within(told, wish.period), wish.last)


def _seen(line: Lineage, eid: int, lane: int) -> _Seen:
    """Which rows of an entity count: a record's are main's; main's city rows as of the fork, others as they are."""
    pairs = [(number, upto) for number, upto in line[:-1] if lane != lanes.RECORD]
    pairs.append((0, line[-1][1] if lane == lanes.CITY else line[0][1]))
    sql = " OR ".join("(m.branch = ? AND m.tx <= ?)" for _ in pairs)
    return _Seen(eid, lane, f"({sql})", tuple(value for pair in pairs for value in pair))


def _life(db: apsw.Connection, line: Lineage, seen: _Seen, *, audit: bool) -> list[Version]:
    """The versions newest first, down to where the entity was last deleted; for an audit all of them."""
    found: list[Version] = []
    for version in _versions(db, line, seen):
        if not audit and version.document is None and found:
            return [*found, version]
        found.append(version)
        if not audit and version.document is None:
            return found
    while found and found[-1].document is None:
        found.pop()
    return found


def _versions(db: apsw.Connection, line: Lineage, seen: _Seen) -> Iterator[Version]:
    below: int | None = None
    if seen.lane != lanes.RECORD:
        for number, upto in line[:-1]:
            sql = (
                "SELECT v.from_tx, t.at, CAST(v.doc AS BLOB) FROM md_ver v JOIN md_tx t ON t.number = v.from_tx"
                " WHERE v.branch = ? AND v.eid = ? AND v.from_tx <= ? ORDER BY v.from_tx DESC"
            )
            for tx, at, doc in db.execute(sql, (number, seen.eid, upto)):
                if below is None or tx < below:
                    yield Version(tx, at, None if doc is None else orjson.loads(doc))
            lowest = _lowest(db, number, seen.eid, upto)
            below = lowest if below is None else below if lowest is None else min(below, lowest)
    yield from _of_main(db, seen, below)


def _lowest(db: apsw.Connection, branch: int, eid: int, upto: int) -> int | None:
    sql = "SELECT min(from_tx) FROM md_ver WHERE branch = ? AND eid = ? AND from_tx <= ?"
    found = db.execute(sql, (branch, eid, upto)).get
    return None if found is None else int(found)


def _of_main(db: apsw.Connection, seen: _Seen, below: int | None) -> Iterator[Version]:
    upto = seen.bound[-1] if below is None else min(seen.bound[-1], below - 1)
    sql = "SELECT e.from_tx, CAST(e.doc AS BLOB) FROM md_ent e WHERE e.eid = ?"
    start, doc = first(db, sql, (seen.eid,)) or (0, None)
    moment = "SELECT at FROM md_tx WHERE number = ?"
    if start <= upto and (doc is not None or _was_on_main(db, seen.eid)):
        at = db.execute(moment, (start,)).get
        if at is not None:
            yield Version(start, at, None if doc is None else orjson.loads(doc))
    sql = (
        "SELECT v.from_tx, v.to_tx, t.at, CAST(v.doc AS BLOB) FROM md_ver v JOIN md_tx t ON t.number = v.from_tx"
        " WHERE v.branch = 0 AND v.eid = ? ORDER BY v.from_tx DESC"
    )
    for from_tx, to_tx, at, doc in db.execute(sql, (seen.eid,)):
        if to_tx != start and to_tx <= upto:
            yield Version(to_tx, int(db.execute(moment, (to_tx,)).get), None)
        if from_tx <= upto:
            yield Version(from_tx, at, orjson.loads(doc))
        start = from_tx


def _was_on_main(db: apsw.Connection, eid: int) -> bool:
    return bool(db.execute("SELECT 1 FROM md_ver WHERE branch = 0 AND eid = ? LIMIT 1", (eid,)).get)


class _Gather:
    """The instances of one entity from everywhere, by attribute and dataset."""

    def __init__(
        self,
        db: apsw.Connection,
        names: Names,
        seen: _Seen,
        line: Lineage,
        wish: Wish,
        floor: tuple[int, int] | None,
    ) -> None:
        self._db, self._names, self._seen, self._line, self._wish = db, names, seen, line, wish
        self._floor = floor
        self._told: dict[Pair, list[Told]] = defaultdict(list)
        self._readings: dict[Pair, Line] = {}
        self.columns: dict[Pair, Columns] = {}
        self._corrections = _corrections(db, names, seen)

    def take_versions(self, versions: Iterable[Version]) -> None:
        """The instances that versions say, but not what a correction within the same transaction says better."""
        for told in from_versions(versions, self._wish.names):
            corrected = self._corrections.get((told.attribute, told.dataset))
            if corrected is None or told.tx not in corrected.transactions:
                self._told[told.attribute, told.dataset].append(told)

    def take_series(self, doc: Document, kind: str | list[str]) -> None:
        """The readings of the entity's series, each with what its place in the document says of all of them."""
        series = observations.nearest_series(self._db, self._names, self._seen.eid, self._line)
        if not series:
            return
        places = observations.by_series(doc)
        rows = {(self._names.name(self._db, attr), dataset) for attr, dataset in _pairs(self._db, self._seen.eid)}
        observed = lanes.lane_of(" ".join(sorted(types_of({"type": kind})))) == lanes.OBSERVED
        for (attribute, dataset), (sid, unit, branch, upto) in series.items():
            if self._wish.names is not None and attribute not in self._wish.names:
                continue
            place: Instance = {"type": "Property"}
            if dataset:
                place["datasetId"] = dataset
            if observed:
                place |= places.get((attribute, dataset), {})
            if unit:
                place.setdefault("unitCode", unit)
            if branch:
                place["status"] = observations.LABEL
            pair = attribute, dataset
            if self._wish.columns and pair not in self._told and pair not in rows and not self._is_corrected(pair):
                since, until = self._bounds()
                columns = _columns(_series_rows(self._db, sid, upto, since, until, None))
                if columns is not None:
                    self.columns[pair] = columns
                    continue
            self._readings[pair] = self._series(sid, upto, attribute, dataset, place)

    def _series(self, sid: int, upto: int, attribute: str, dataset: str, place: Instance) -> Line:
        since, until = self._bounds()
        limit = None if self._is_corrected((attribute, dataset)) or not self._by_moment() else self._wish.last
        number = self._wish.first
        if limit is None and number is not None and self._by_moment():
            until = _until_first(self._db, sid, number, since, until)
        return [
            Told(
                attribute, dataset, f"o{at}", {**place, "value": value, "observedAt": at},  # text where it is shown
                at, recorded, recorded, None, tx,
            )
            for at, value, recorded, tx in _series_rows(self._db, sid, upto, since, until, limit)
        ]  # fmt: skip

    def take_rows(self) -> None:
        """The instances that the temporal API gave."""
        db, seen = self._db, self._seen
        for attr, dataset in _pairs(db, seen.eid):
            attribute = self._names.name(db, attr)
            if self._wish.names is not None and attribute not in self._wish.names:
                continue
            rows = self._rows(attr, dataset, limited=not self._is_corrected((attribute, dataset)))
            docs = orjson.loads("[" + ",".join(row[4] for row in rows) + "]")
            given = {row[2] for row in rows if attribute == SCOPE or '"urn:ngsi-ld:null"' in row[4]}
            self._told[attribute, dataset] = [
                told
                for told in self._told[attribute, dataset]
                if told.tx not in given or (told.deleted is None and attribute != SCOPE)
            ]
            self._told[attribute, dataset] += [
                _given(attribute, dataset, row, doc) for row, doc in zip(rows, docs, strict=True)
            ]

    def _rows(self, attr: int, dataset: str, *, limited: bool) -> list[tuple[Any, ...]]:
        seen = self._seen
        where = f"m.eid = ? AND m.attr = ? AND m.dataset = ? AND m.over = 0 AND {seen.sql}"
        bound: list[Any] = [seen.eid, attr, dataset, *seen.bound]
        if self._by_moment():
            since, until = self._bounds()
            for sql, value in (("m.at >= ?", since), ("m.at < ?", until)):
                if value is not None:
                    where += f" AND {sql}"
                    bound.append(value)
            number = self._wish.last or self._wish.first
            if limited and number is not None:
                end, edge, order = ("min", ">=", "DESC") if self._wish.last else ("max", "<=", "ASC")
                some = f"SELECT DISTINCT m.at AS at FROM md_inst m WHERE {where} AND m.at IS NOT NULL"
                where += (
                    f" AND (m.at IS NULL OR m.at {edge} (SELECT {end}(at) FROM ({some} ORDER BY 1 {order} LIMIT ?)))"
                )
                bound = [*bound, *bound, number]
        sql = f"SELECT m.key, m.at, m.tx, t.at, m.doc FROM md_inst m JOIN md_tx t ON t.number = m.tx WHERE {where}"
        return every(self._db, sql, bound)

    def _by_moment(self) -> bool:
        """Whether a period or a number concerns the moments of observation, which tables are in the order of."""
        return self._wish.period.property == "observedAt" and not self._wish.audit

    def _bounds(self) -> tuple[int | None, int | None]:
        period = self._wish.period
        return (period.since, period.until) if self._by_moment() else (None, None)

    def _is_corrected(self, pair: Pair) -> bool:
        return self._floor is not None or pair in self._corrections

    def told(self) -> Iterator[tuple[Pair, Line]]:
        """What counts of all that was gathered; for an audit everything."""
        for pair in {*self._told, *self._readings, *self._corrections}:
            if self._wish.names is not None and pair[0] not in self._wish.names:
                continue
            others, readings = self._told.get(pair, []), self._readings.get(pair, [])
            corrections = self._corrections.get(pair, _Corrections())
            if self._wish.audit:
                yield pair, _everything([*others, *readings], corrections)
            elif not others and not self._is_corrected(pair):
                yield pair, readings
            else:
                floor = max((one for one in (self._floor, corrections.floor) if one), default=None)
                yield pair, merged([*others, *readings], corrections.by_key, floor)


def _given(attribute: str, dataset: str, row: Sequence[Any], instance: Instance) -> Told:
    key, at, tx, recorded, _ = row
    deleted = (at if at is not None else recorded) if is_null(instance) else None
    return Told(attribute, dataset, key, instance, at, recorded, recorded, deleted, tx)


def _pairs(db: apsw.Connection, eid: int) -> Iterator[tuple[int, str]]:
    """The attributes and datasets an entity has rows of, without going through all of them."""
    sql = "SELECT attr, dataset FROM md_inst WHERE eid = ? AND (attr, dataset) > (?, ?) ORDER BY attr, dataset LIMIT 1"
    row: tuple[Any, ...] | None = (-1, "")
    while row is not None and (row := first(db, sql, (eid, *row))) is not None:
        if row[1] != ALL:
            yield row[0], row[1]


def _series_rows(
    db: apsw.Connection, sid: int, upto: int, since: int | None, until: int | None, last: int | None
) -> list[tuple[int, Any, int, int | None]]:
    """(moment, value, recorded, transaction) of a series' readings in order; of several for a moment the last."""
    if segments.listed(db, since=since, until=until):
        return [
            (to_micros(one.observed_at), one.value, to_micros(one.recorded_at), None)
            for one in observations.read(db, sid, upto=upto, since=since, until=until, last=last)
        ]
    where, bound = "o.sid = ? AND o.tx <= ?", [sid, upto]
    for sql, value in (("o.at >= ?", since), ("o.at < ?", until)):
        if value is not None:
            where += f" AND {sql}"
            bound.append(value)
    if last is not None:
        where += f" AND o.at >= (SELECT min(at) FROM (SELECT DISTINCT o.at AS at FROM md_obs o WHERE {where}"
        where += " ORDER BY 1 DESC LIMIT ?))"
        bound = [*bound, *bound, last]
    sql = f"SELECT o.at, o.val, t.at, o.tx FROM md_obs o JOIN md_tx t ON t.number = o.tx WHERE {where}"
    rows = every(db, f"{sql} ORDER BY o.at, o.tx", bound)
    if len({row[0] for row in rows}) < len(rows):
        rows = list({row[0]: row for row in rows}.values())
    return [
        (at, observations.from_stored(val) if type(val) is bytes else val, recorded, tx)
        for at, val, recorded, tx in rows
    ]


def _columns(rows: Sequence[tuple[int, Any, int, int | None]]) -> Columns | None:
    """Moments and values as columns, if all values are numbers."""
    values = [row[1] for row in rows]
    if not set(map(type, values)) <= {int, float}:
        return None
    return numpy.array([row[0] for row in rows], numpy.int64), numpy.array(values, numpy.float64)


def _until_first(db: apsw.Connection, sid: int, number: int, since: int | None, until: int | None) -> int | None:
    """A moment before which a series has enough readings, so that no more of it is read; hot rows tell enough."""
    sql = "SELECT DISTINCT at FROM md_obs WHERE sid = ? AND at >= ? ORDER BY at LIMIT 1 OFFSET ?"
    found = db.execute(sql, (sid, -(2**63) if since is None else since, number)).get
    if found is None:
        return until
    return int(found) if until is None else min(int(found), until)


def _corrections(db: apsw.Connection, names: Names, seen: _Seen) -> dict[Pair, _Corrections]:
    sql = (
        "SELECT m.attr, m.dataset, m.key, m.at, m.tx, t.at, m.doc FROM md_inst m JOIN md_tx t ON t.number = m.tx"
        f" WHERE m.eid = ? AND m.over = 1 AND {seen.sql} ORDER BY m.nid"
    )
    found: dict[Pair, _Corrections] = defaultdict(_Corrections)
    rows = every(db, sql, (seen.eid, *seen.bound))
    if not rows:
        return {}
    for attr, dataset, key, at, tx, recorded, doc in rows:
        name = names.name(db, attr)
        one = found[name, dataset]
        one.transactions.add(tx)
        if key == ALL:
            one.floor = max(one.floor or (recorded, tx), (recorded, tx))
            continue
        told = None
        if doc is not None:
            told = Told(name, dataset, key, orjson.loads(doc), at, recorded, recorded, None, tx, True)
        one.by_key[key] = Override(told, (recorded, tx))
    return _of_all_datasets(found)


def _of_all_datasets(found: Mapping[Pair, _Corrections]) -> dict[Pair, _Corrections]:
    """Corrections by dataset; what was said of every dataset of an attribute is looked up under any of them."""
    made = _ByPair(found)
    for (name, dataset), one in found.items():
        if dataset == ALL:
            made.of_all[name] = one
    return made


class _ByPair(dict[Pair, _Corrections]):
    """Corrections by attribute and dataset, those of all datasets included."""

    def __init__(self, found: Mapping[Pair, _Corrections]) -> None:
        super().__init__({pair: one for pair, one in found.items() if pair[1] != ALL})
        self.of_all: dict[str, _Corrections] = {}

    def __contains__(self, pair: object) -> bool:
        return super().__contains__(pair) or (isinstance(pair, tuple) and pair[0] in self.of_all)

    def get(self, pair: Pair, default: Any = None) -> Any:
        own, shared = super().get(pair), self.of_all.get(pair[0])
        if own is None or shared is None:
            return own or shared or default
        floors = [one for one in (own.floor, shared.floor) if one]
        return _Corrections(own.by_key, max(floors, default=None), own.transactions | shared.transactions)


def _everything(told: list[Told], corrections: _Corrections) -> Line:
    """All that was ever recorded, in order; what was taken out says when."""
    found = []
    for one in told:
        recorded = (one.modified, one.tx or 0)
        override = corrections.by_key.get(one.key)
        if override is not None and override.told is None and recorded <= override.recorded:
            one = replace(one, deleted=override.recorded[0])
        elif corrections.floor is not None and recorded <= corrections.floor:
            one = replace(one, deleted=corrections.floor[0])
        found.append(one)
    found += [override.told for override in corrections.by_key.values() if override.told is not None]
    return sorted(found, key=lambda one: one.order)


# --- the current state -----------------------------------------------------------------------------------------------


def corrected(db: apsw.Connection, names: Names, data: bytes, *, eid: int, line: Lineage, lane: int) -> bytes:
    """An entity's stored bytes with its series' readings, without those that were taken out or put differently."""
    if not db.execute("SELECT 1 FROM md_inst WHERE eid = ? AND over = 1 LIMIT 1", (eid,)).get:
        return data
    doc: Document = orjson.loads(data)
    series = observations.nearest_series(db, names, eid, line)
    corrections = _corrections(db, names, _seen(line, eid, lane))
    for name, dataset in series:
        if (name, dataset) not in corrections or name not in doc:
            continue
        found = read(db, names, line, doc["id"], Wish(names=frozenset({name})))
        told = [one for one in (found.lines.get(name, []) if found else []) if one.dataset == dataset]
        doc = with_current(doc, name, dataset, [one for one in told if one.deleted is None])
    return orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)
