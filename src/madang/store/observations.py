"""Observations: readings are rows of a series, never versions of a document.

A series is one attribute instance of one entity on one branch. Of an entity of an observed type, what is put splits:
each Property with `observedAt` becomes a reading, and the document keeps the rest of the instance (unit, source) as its
place. On output the latest reading goes back into its place. An entity of any other type can have series as well: what
is put back as it was read leaves no reading in the document, and of a planned type what was decided stands before any
reading. A series keeps the unit it began with.

A simulated series, on a branch, is that branch's own: it stands before main's, is marked synthetic, and never reaches
main. Readings never isolate, conflict or merge. A reading for a moment that has one is a correction: a new row, and the
one recorded last counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import apsw
import orjson

from madang.clock import from_text, to_text
from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.store import lanes
from madang.store.branches import Lineage
from madang.store.names import Names
from madang.store.transaction import from_micros, to_micros

LABEL = {"type": "Property", "value": "synthetic"}

Stored = int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading: when it was made, what it said, when it was recorded."""

    observed_at: datetime
    value: Any
    recorded_at: datetime


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
        found = db.execute(
            "SELECT at, val FROM md_obs WHERE sid = ? AND tx <= ? ORDER BY at DESC, tx DESC LIMIT 1", (sid, at)
        ).fetchone()
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
    db: apsw.Connection, sid: int, *, upto: int, since: int | None, until: int | None, last: int | None
) -> list[Observed]:
    """A series' readings in order of time, each as last recorded; `until` is exclusive, `last` counts from the end."""
    clauses, values = ["o.sid = ?", "o.tx <= ?"], [sid, upto]
    if since is not None:
        clauses.append("o.at >= ?")
        values.append(since)
    if until is not None:
        clauses.append("o.at < ?")
        values.append(until)
    found: dict[int, tuple[Stored, int]] = {}
    order = "DESC" if last is not None else "ASC"
    for at, val, recorded in db.execute(
        f"SELECT o.at, o.val, t.at FROM md_obs o JOIN md_tx t ON t.number = o.tx WHERE {' AND '.join(clauses)}"
        f" ORDER BY o.at {order}, o.tx DESC",
        values,
    ):
        if at not in found:
            if last is not None and len(found) == last:
                break
            found[at] = (val, recorded)
    moments: Sequence[int] = sorted(found)
    return [Observed(from_micros(at), from_stored(found[at][0]), from_micros(found[at][1])) for at in moments]
