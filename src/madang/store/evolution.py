"""The evolution of entities in the file: versions, series, and instances of the temporal API, read as one.

Current state and evolution are one. An attribute's instances are those its versions say (each transaction that
changed it gives one), the readings of its series, and what the temporal API gave that no version holds. The entity's
deletion ends its evolution: what was before is told to audits only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import apsw
import orjson

from madang.entities.entity import Document, Instance, types_of
from madang.entities.evolution import (
    SCOPE,
    Columns,
    Evolution,
    Line,
    Period,
    Told,
    Version,
    from_versions,
    last_of,
    merged,
    within,
)
from madang.entities.evolution_given import with_current
from madang.store import lanes, observations
from madang.store.branches import Lineage
from madang.store.evolution_rows import ALL as ALL
from madang.store.evolution_rows import Corrections, Pair, Seen, corrections_of, pairs_of, seen_by, told_of
from madang.store.evolution_rows import Given as Given
from madang.store.evolution_rows import altered as altered
from madang.store.evolution_rows import count as count
from madang.store.evolution_rows import has_lines as has_lines
from madang.store.evolution_rows import said as said
from madang.store.evolution_rows import write as write
from madang.store.evolution_sources import columns_of, life_of, plain_columns, series_rows, until_first
from madang.store.names import Names
from madang.store.rows import every, first


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of an evolution is asked for: attributes, a period, and at most so many instances of each."""

    names: frozenset[str] | None = None
    period: Period = field(default_factory=Period)
    last: int | None = None  # the last n of each attribute
    first: int | None = None  # no more than the first n of each attribute need be read
    audit: bool = False  # everything ever recorded, what was taken out and corrected included
    columns: bool = False  # attributes that are nothing but a series of numbers as columns


# --- reading ---------------------------------------------------------------------------------------------------------


def read(db: apsw.Connection, names: Names, line: Lineage, id: str, wish: Wish) -> Evolution | None:
    """The evolution of an entity as a lineage sees it; None where it has none, or its entity was deleted."""
    row = first(db, "SELECT eid, lane FROM md_ent WHERE id = ?", (id,))
    if row is None:
        return None
    seen = seen_by(line, *row)
    life = life_of(db, line, seen, audit=wish.audit)
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


class _Gather:
    """The instances of one entity from everywhere, by attribute and dataset."""

    def __init__(
        self,
        db: apsw.Connection,
        names: Names,
        seen: Seen,
        line: Lineage,
        wish: Wish,
        floor: tuple[int, int] | None,
    ) -> None:
        self._db, self._names, self._seen, self._line, self._wish = db, names, seen, line, wish
        self._floor = floor
        self._told: dict[Pair, list[Told]] = defaultdict(list)
        self._readings: dict[Pair, Line] = {}
        self.columns: dict[Pair, Columns] = {}
        self._corrections = corrections_of(db, names, seen)
        self._as_columns = wish.columns and self._by_moment()

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
        rows = {(self._names.name(self._db, attr), dataset) for attr, dataset in pairs_of(self._db, self._seen.eid)}
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
            if self._as_columns and pair not in self._told and pair not in rows and not self._is_corrected(pair):
                since, until = self._bounds()
                columns = columns_of(series_rows(self._db, sid, upto, since, until, None))
                if columns is not None:
                    if len(columns[0]):
                        self.columns[pair] = columns
                    continue
            self._readings[pair] = self._series(sid, upto, attribute, dataset, place)

    def _series(self, sid: int, upto: int, attribute: str, dataset: str, place: Instance) -> Line:
        since, until = self._bounds()
        limit = None
        if self._by_moment() and not self._is_corrected((attribute, dataset)):
            limit = self._wish.last
            if limit is None and self._wish.first is not None:
                until = until_first(self._db, sid, self._wish.first, since, until)
        return [
            Told(
                attribute, dataset, f"o{at}", {**place, "value": value, "observedAt": at},  # text where it is shown
                at, recorded, recorded, None, tx,
            )
            for at, value, recorded, tx in series_rows(self._db, sid, upto, since, until, limit)
        ]  # fmt: skip

    def take_rows(self) -> None:
        """The instances that the temporal API gave."""
        db, seen = self._db, self._seen
        for attr, dataset in pairs_of(db, seen.eid):
            attribute = self._names.name(db, attr)
            if self._wish.names is not None and attribute not in self._wish.names:
                continue
            if self._as_columns and not self._is_corrected((attribute, dataset)):
                columns = self._plain_columns(attr, attribute, dataset)
                if columns is not None:
                    self.columns[attribute, dataset] = columns
                    self._told.pop((attribute, dataset), None)
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
                told_of(attribute, dataset, row, doc) for row, doc in zip(rows, docs, strict=True)
            ]

    def _plain_columns(self, attr: int, attribute: str, dataset: str) -> Columns | None:
        """Instances of versions and rows as columns, if all are numbers with moments."""
        where, bound = self._where(attr, dataset)
        rows = every(self._db, f"SELECT m.at, m.tx, m.doc FROM md_inst m WHERE {where}", bound)
        return plain_columns(within(self._told.get((attribute, dataset), []), self._wish.period), rows)

    def _where(self, attr: int, dataset: str) -> tuple[str, list[Any]]:
        seen = self._seen
        where = f"m.eid = ? AND m.attr = ? AND m.dataset = ? AND m.over = 0 AND {seen.sql}"
        bound: list[Any] = [seen.eid, attr, dataset, *seen.bound]
        if self._by_moment():
            since, until = self._bounds()
            for sql, value in (("m.at >= ?", since), ("m.at < ?", until)):
                if value is not None:
                    where += f" AND {sql}"
                    bound.append(value)
        return where, bound

    def _rows(self, attr: int, dataset: str, *, limited: bool) -> list[tuple[Any, ...]]:
        where, bound = self._where(attr, dataset)
        sql = "SELECT m.key, m.at, m.tx, t.at, m.doc FROM md_inst m JOIN md_tx t ON t.number = m.tx WHERE "
        number = self._wish.last or self._wish.first
        if not limited or number is None or not self._by_moment():
            return every(self._db, sql + where, bound)
        end, edge, order = ("min", ">=", "DESC") if self._wish.last else ("max", "<=", "ASC")
        some = f"SELECT DISTINCT m.at AS at FROM md_inst m WHERE {where} AND m.at IS NOT NULL"
        near = f"{where} AND m.at {edge} (SELECT {end}(at) FROM ({some} ORDER BY 1 {order} LIMIT ?))"
        timeless = every(self._db, f"{sql}{where} AND m.at IS NULL", bound)
        return every(self._db, sql + near, [*bound, *bound, number]) + timeless

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
            corrections = self._corrections.get(pair, Corrections())
            if self._wish.audit:
                yield pair, _everything([*others, *readings], corrections)
            elif not others and not self._is_corrected(pair):
                yield pair, readings
            else:
                floor = max((one for one in (self._floor, corrections.floor) if one), default=None)
                yield pair, merged([*others, *readings], corrections.by_key, floor)


def _everything(told: list[Told], corrections: Corrections) -> Line:
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
    corrections = corrections_of(db, names, seen_by(line, eid, lane))
    for name, dataset in series:
        if (name, dataset) not in corrections or name not in doc:
            continue
        found = read(db, names, line, doc["id"], Wish(names=frozenset({name})))
        told = [one for one in (found.lines.get(name, []) if found else []) if one.dataset == dataset]
        doc = with_current(doc, name, dataset, [one for one in told if one.deleted is None])
    return orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)
