"""Observations: readings are rows of a series, never versions of a document.

A series is one attribute instance of one entity on one branch. Of an entity of an observed type, what is put splits:
each Property with `observedAt` becomes a reading, and the document keeps the rest of the instance (unit, source) as its
place. On output the latest reading goes back into its place. An entity of any other type can have series as well: what
is put back as it was read leaves no reading in the document, and of a planned type what was decided stands before any
reading. A series keeps the unit it began with.

A simulated series, on a branch, is that branch's own: it stands before main's, is marked synthetic, and never reaches
main. Readings never isolate, conflict or merge. A reading for a moment that has one is a correction: a new row, and the
one recorded last counts.

Old readings may have moved into Parquet segments beside the file (`segments`, `compaction`); `read` gives both as one.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from typing import Any

import apsw
import orjson

from madang.clock import from_text, to_text
from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.store import lanes
from madang.store import segments as cold
from madang.store.branches import Lineage
from madang.store.names import Names, types_in
from madang.store.rows import every, first, only
from madang.store.transaction import from_micros, to_micros

LABEL = {"type": "Property", "value": "synthetic"}

Stored = int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading: when it was made, what it said, when it was recorded."""

    observed_at: datetime
    value: Any
    recorded_at: datetime
    mean_s: int | None = None  # the seconds from observed_at on that a mean stands for; None: a reading


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading on its way in."""

    id: str
    attribute: str
    dataset_id: str
    unit: str | None
    at: int
    value: Stored


class Joining(Enum):
    """Where the readings of an entity go."""

    PLACED = "only where the document has a place"
    BESIDE = "where the document says something of the attribute, and beside it"
    AFTER = "only where the document says nothing of the attribute"

    @classmethod
    def of(cls, key: str) -> Joining:
        """The way of a type, or set of types."""
        if lanes.lane_of(key) == lanes.OBSERVED:
            return cls.PLACED
        return cls.AFTER if lanes.is_planned(key) else cls.BESIDE


def can_be_read(value: Any) -> bool:
    """Whether a value can be kept and given back as it is: what JSON can't say, it can't."""
    if type(value) is float:
        return math.isfinite(value)
    try:
        return bool(orjson.loads(orjson.dumps(value)) == value)
    except (TypeError, ValueError):
        return type(value) is int


def to_stored(value: Any) -> Stored:
    """A value as a row keeps it: numbers and text as they are, anything else as JSON."""
    if type(value) is str or type(value) is float or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def from_stored(value: Stored) -> Any:
    """The value behind a row's."""
    return orjson.loads(value) if type(value) is bytes else value


def to_json(value: Stored) -> bytes:
    """A row's value as canonical JSON."""
    return value if type(value) is bytes else orjson.dumps(value)


def split(doc: Document) -> tuple[Document, list[Reading]]:
    """The document without its readings, and the readings."""
    rest: Document = {}
    readings: list[Reading] = []
    for name, found in doc.items():
        if name in ENTITY_MEMBERS:
            rest[name] = found
        elif type(found) is list:
            rest[name] = [_split_instance(doc["id"], name, instance, readings) for instance in found]
        else:
            rest[name] = _split_instance(doc["id"], name, found, readings)
    return rest, readings


def _split_instance(id: str, name: str, instance: dict[str, Any], readings: list[Reading]) -> dict[str, Any]:
    if instance["type"] != "Property" or "observedAt" not in instance:
        return instance
    readings.append(reading_of(id, name, instance))
    label = instance.get("status") == LABEL
    return {k: v for k, v in instance.items() if k not in ("value", "observedAt") and not (label and k == "status")}


def reading_of(id: str, name: str, instance: dict[str, Any]) -> Reading:
    """The reading that a Property with `observedAt` is."""
    at = to_micros(from_text(instance["observedAt"]))
    return Reading(
        id, name, instance.get("datasetId") or "", instance.get("unitCode"), at, to_stored(instance["value"])
    )


def has_moments(doc: Document) -> bool:
    """Whether some instance of a document has `observedAt`, and so may have come from a series."""
    for found in doc.values():
        if type(found) is dict:
            if "observedAt" in found:
                return True
        elif type(found) is list and any(type(one) is dict and "observedAt" in one for one in found):
            return True
    return False


def by_series(doc: Document) -> dict[tuple[str, str], dict[str, Any]]:
    """A document's instances by attribute and datasetId."""
    return {
        (name, instance.get("datasetId") or ""): instance
        for name, found in doc.items()
        if name not in ENTITY_MEMBERS
        for instance in (found if type(found) is list else [found])
    }


def place(doc: Document, attribute: str, dataset_id: str, unit: str | None) -> Document | None:
    """The document with a place for a series' readings, or None if it has one."""
    found = doc.get(attribute)
    instances = [] if found is None else found if type(found) is list else [found]
    if any((instance.get("datasetId") or "") == dataset_id for instance in instances):
        return None
    made: dict[str, Any] = {"type": "Property"}
    if unit:
        made["unitCode"] = unit
    if dataset_id:
        made["datasetId"] = dataset_id
    return {**doc, attribute: [*instances, made] if instances else made}


def join(db: apsw.Connection, names: Names, data: bytes, *, eid: int, line: Lineage, rule: Joining) -> bytes:
    """The stored bytes with each series' latest reading in its place."""
    doc: Document = orjson.loads(data)
    latest = {}
    for (attribute, dataset), (sid, unit, branch, at) in nearest_series(db, names, eid, line).items():
        found = newest(db, sid, at)
        if found is not None:
            latest[attribute, dataset] = (found[0], from_stored(found[1]), unit, branch)
    made: Document = {}
    for name, found in doc.items():
        if name in ENTITY_MEMBERS:
            made[name] = found
            continue
        instances = found if type(found) is list else [found]
        kept = []
        for instance in instances:
            reading = latest.pop((name, instance.get("datasetId") or ""), None)
            if reading is not None and not (rule is Joining.AFTER and "value" in instance):
                kept.append(_told(instance, *reading))
            elif instance["type"] != "Property" or "value" in instance:
                kept.append(instance)
        if kept:
            made[name] = kept if len(kept) > 1 else kept[0]
    if rule is not Joining.PLACED:
        for (name, dataset), reading in latest.items():
            bare = {"type": "Property", "datasetId": dataset} if dataset else {"type": "Property"}
            told = _told(bare, *reading)
            there = made.get(name)
            made[name] = told if there is None else [*(there if type(there) is list else [there]), told]
    return orjson.dumps(made, option=orjson.OPT_SORT_KEYS)


def _told(instance: dict[str, Any], at: int, value: Any, unit: str | None, branch: int) -> dict[str, Any]:
    told = {**instance, "value": value, "observedAt": to_text(from_micros(at))}
    if unit and "unitCode" not in told:
        told["unitCode"] = unit
    if branch:
        told["status"] = LABEL
    return told


def nearest_series(
    db: apsw.Connection, names: Names, eid: int, line: Lineage
) -> dict[tuple[str, str], tuple[int, str | None, int, int]]:
    """An entity's series by (attribute, datasetId): the nearest branch's, with the transaction it is seen up to.

    Main's readings are seen as they are now, not as of the fork.
    """
    order = dict(line)
    order[0] = line[0][1]
    ranks = {number: rank for rank, (number, _) in enumerate(line)}
    made: dict[tuple[str, str], tuple[int, str | None, int, int]] = {}
    for sid, branch, attr, dataset, unit in db.execute(
        "SELECT sid, branch, attr, dataset, unit FROM md_series WHERE eid = ?", (eid,)
    ):
        if branch in ranks:
            key = (names.name(db, attr), dataset)
            if key not in made or ranks[branch] < ranks[made[key][2]]:
                made[key] = (sid, unit, branch, order[branch])
    return made


def read(
    db: apsw.Connection,
    sid: int,
    *,
    upto: int,
    since: int | None,
    until: int | None,
    last: int | None,
    means: bool = True,
) -> list[Observed]:
    """A series' readings in order of time, each as last recorded; `until` is exclusive, `last` counts from the end.

    Readings in segments are read as those in the file are. Where a rule has left hourly means of old readings, they
    stand in their place and say so (`mean_s`); `means=False` leaves them out.
    """
    found = _hot(db, sid, upto=upto, since=since, until=until, last=last)
    enough = last is not None and len(found) >= last
    from_ = min(found) if enough and found else since
    if last == 0 or not cold.listed(db, since=from_, until=until):
        return _told_in_order(found)
    key = key_of(db, sid)
    with cold.holding(db, since=from_, until=until) as held:
        folder = cold.folder_of(db)
        for one in reversed(held):
            if last is not None and len(found) >= last:
                from_ = sorted(found)[-last]
                if one.last < from_:
                    continue
            with cold.Reader(folder / one.path) as reader:
                for _, rows in reader.series(
                    {key: None}, upto=upto, since=from_, until=until, newest_first=last is not None
                ):
                    _add_cold(found, rows, means)
                    if last is not None and len(found) >= last:
                        bound = sorted(found)[-last]
                        found = {at: said for at, said in found.items() if at >= bound}
                        if rows[0].at < bound:
                            break
    return _told_in_order(found)


def read_many(
    db: apsw.Connection, sids: Mapping[int, int], *, since: int | None, until: int | None, means: bool = True
) -> dict[int, list[Observed]]:
    """The readings of many series, each up to its own transaction; every segment is gone through once."""
    found = {sid: _hot(db, sid, upto=upto, since=since, until=until, last=None) for sid, upto in sids.items()}
    if not cold.listed(db, since=since, until=until):
        return {sid: _told_in_order(rows) for sid, rows in found.items()}
    keys = {key_of(db, sid): sid for sid in sids}
    with cold.holding(db, since=since, until=until) as held:
        folder = cold.folder_of(db)
        for one in held:
            with cold.Reader(folder / one.path) as reader:
                for key, rows in reader.series(keys, since=since, until=until):
                    sid = keys[key]
                    _add_cold(found[sid], [row for row in rows if row.tx <= sids[sid]], means)
    return {sid: _told_in_order(rows) for sid, rows in found.items()}


def moved(db: apsw.Connection, moments: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[Stored]]:
    """What segments say, as last recorded, of moments of series, for those that have moved."""
    keys = {key_of(db, sid): sid for sid in {sid for sid, _ in moments}}
    since, until = min(at for _, at in moments), max(at for _, at in moments) + 1
    found: dict[tuple[int, int], tuple[int, Stored]] = {}
    with cold.holding(db, since=since, until=until) as held:
        for one in held:
            with cold.Reader(cold.folder_of(db) / one.path) as reader:
                for key, rows in reader.series(keys, since=since, until=until):
                    for row in rows:
                        at = (keys[key], row.at)
                        if at in moments and row.mean_s is None and (at not in found or found[at][0] < row.tx):
                            found[at] = (row.tx, row.value)
    return {at: (value,) for at, (_, value) in found.items()}


def key_of(db: apsw.Connection, sid: int) -> cold.Key:
    """How the rows of segments name a series."""
    found = only(
        db,
        "SELECT n.name, e.id, s.dataset, b.name FROM md_series s JOIN md_ent e ON e.eid = s.eid"
        " JOIN md_name n ON n.nid = s.attr JOIN md_branch b ON b.bid = s.branch WHERE s.sid = ?",
        (sid,),
    )
    return (found[0], found[1], found[2], found[3])


_Found = dict[int, tuple[int, Stored, int, int | None]]  # by moment: transaction, value, recorded, seconds of a mean


def _hot(db: apsw.Connection, sid: int, *, upto: int, since: int | None, until: int | None, last: int | None) -> _Found:
    clauses, values = ["o.sid = ?", "o.tx <= ?"], [sid, upto]
    if since is not None:
        clauses.append("o.at >= ?")
        values.append(since)
    if until is not None:
        clauses.append("o.at < ?")
        values.append(until)
    found: _Found = {}
    order = "DESC" if last is not None else "ASC"
    for at, val, tx, recorded in db.execute(
        f"SELECT o.at, o.val, o.tx, t.at FROM md_obs o JOIN md_tx t ON t.number = o.tx WHERE {' AND '.join(clauses)}"
        f" ORDER BY o.at {order}, o.tx DESC",
        values,
    ):
        if at not in found:
            if last is not None and len(found) == last:
                break
            found[at] = (tx, val, recorded, None)
    return found


def _add_cold(found: _Found, rows: Sequence[cold.Cold], means: bool) -> None:
    """Take rows of a segment in; of several for one moment the one recorded last counts."""
    for row in rows:
        there = found.get(row.at)
        if (there is None or row.tx > there[0]) and (means or row.mean_s is None):
            found[row.at] = (row.tx, row.value, row.recorded, row.mean_s)


def _told_in_order(found: _Found) -> list[Observed]:
    return [
        Observed(from_micros(at), from_stored(val), from_micros(recorded), mean_s)
        for at, (_, val, recorded, mean_s) in sorted(found.items())
    ]


def newest(db: apsw.Connection, sid: int, upto: int) -> tuple[int, Stored] | None:
    """(moment, value) of a series' latest reading as known at a transaction.

    The newest reading of all always stays in the file. So only a view of before, or a series on which an old moment
    was all that was known then, has to look into segments.
    """
    found = first(
        db, "SELECT at, val FROM md_obs WHERE sid = ? AND tx <= ? ORDER BY at DESC, tx DESC LIMIT 1", (sid, upto)
    )
    until = cold.cold_until(db)
    if until is None or (found is not None and found[0] > until):
        return found
    if found is not None and found[0] == db.execute("SELECT max(at) FROM md_obs WHERE sid = ?", (sid,)).get:
        return found
    told = read(db, sid, upto=upto, since=None, until=None, last=1)
    return (to_micros(told[0].observed_at), to_stored(told[0].value)) if told else None


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a branch, as the rows of segments name it."""

    sid: int
    key: cold.Key  # attribute, entity, datasetId, branch
    type: str
    unit: str | None


def all_series(
    db: apsw.Connection, branch: int, *, type: str | None = None, attribute: str | None = None
) -> list[Series]:
    """A branch's own series in the order of segments, of one type or attribute where named."""
    found = every(
        db,
        "SELECT s.sid, n.name, e.id, s.dataset, b.name, t.name, s.unit FROM md_series s"
        " JOIN md_ent e ON e.eid = s.eid JOIN md_name n ON n.nid = s.attr JOIN md_name t ON t.nid = s.type"
        " JOIN md_branch b ON b.bid = s.branch WHERE s.branch = ?",
        (branch,),
    )
    made = [Series(row[0], (row[1], row[2], row[3], row[4]), row[5], row[6]) for row in found]
    chosen = [
        one
        for one in made
        if (type is None or type in types_in(one.type)) and (attribute is None or attribute == one.key[0])
    ]
    return sorted(chosen, key=lambda one: one.key)


def stream(
    db: apsw.Connection, wanted: Sequence[Series], *, upto: int, since: int | None = None, until: int | None = None
) -> Iterator[tuple[Series, list[Observed]]]:
    """The readings of many series, one series after another, hot and cold; in memory is one series at a time."""
    keys = {one.key: one for one in wanted}
    with cold.holding(db, since=since, until=until) as held, ExitStack() as files:
        parts: list[Iterator[tuple[cold.Key, list[cold.Cold]]]] = []
        for one in held:
            reader = files.enter_context(cold.Reader(cold.folder_of(db) / one.path))
            parts.append(reader.series(keys, upto=upto, since=since, until=until))
        merged = groupby(heapq.merge(*parts, key=lambda part: part[0]), key=lambda part: part[0])
        waiting = next(merged, None)
        for one_series in wanted:
            found = _hot(db, one_series.sid, upto=upto, since=since, until=until, last=None)
            if waiting is not None and waiting[0] == one_series.key:
                for _, rows in waiting[1]:
                    _add_cold(found, rows, means=True)
                waiting = next(merged, None)
            if found:
                yield one_series, _told_in_order(found)
