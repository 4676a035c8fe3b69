"""The latest readings of everything that is observed and has a place on the map.

A sensor stands at its own place, else in the middle of what it refers to: the road segment, the place, the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madang import clock
from madang.entities import vocabulary
from madang.entities.entity import Document, attributes, provenance_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError
from madang.store import Store, View
from madang.twin.freshness import INTERVALS, Freshness
from madang.twin.naming import first_type, label_of_attribute, label_of_type, name_of, point_of
from madang.twin.related import targets_of

MOST_SENSORS = 5000
PLACED_BY = ("refRoadSegment", "refPlace", "refDevice")  # in this order


@dataclass(frozen=True)
class Reading:
    """The latest reading of one attribute."""

    attribute: str
    unit: str | None
    value: float | int | str | bool
    at: datetime
    status: str | None
    source: str | None
    freshness: Freshness
    is_stale: bool

    def as_json(self) -> dict[str, Any]:
        """The reading as plain JSON."""
        return {
            "attribute": self.attribute,
            "label": label_of_attribute(self.attribute),
            "unit": self.unit,
            "value": self.value,
            "at": clock.to_text(self.at),
            "status": self.status,
            "stale": self.is_stale,
            "staleAfterS": self.freshness.stale_after_s,
            "staleReason": self.freshness.reason(),
        }


@dataclass(frozen=True)
class Sensor:
    """Something observed, where it stands, and what it said last."""

    id: str
    type: str
    name: Mapping[str, str] | None
    at: tuple[float, float]
    place: tuple[str, Mapping[str, str] | None] | None
    readings: Sequence[Reading]

    def as_json(self) -> dict[str, Any]:
        """The sensor as plain JSON."""
        place = None if self.place is None else {"id": self.place[0], "name": self.place[1]}
        return {
            "id": self.id,
            "type": self.type,
            "label": label_of_type(self.type),
            "name": self.name,
            "lon": self.at[0],
            "lat": self.at[1],
            "place": place,
            "readings": [reading.as_json() for reading in self.readings],
        }


@dataclass(frozen=True)
class Live:
    """All sensors at a moment; `more` are not listed."""

    now: datetime
    sensors: Sequence[Sensor]
    more: int

    def as_json(self) -> dict[str, Any]:
        """All sensors as plain JSON."""
        found = [sensor.as_json() for sensor in self.sensors]
        return {"now": clock.to_text(self.now), "sensors": found, "more": self.more}


def live(store: Store, branch: str, *, types: Sequence[str] | None = None) -> Live:
    """The sensors of a branch with their latest readings, by id; of some types only, where they are named."""
    view, now = store.view(branch), clock.now()
    found: list[Sensor] = []
    more = 0
    for name in observed_types(view, types):
        documents = view.documents(Query(types=parse_types(name)))
        for document in sorted(documents, key=lambda document: str(document["id"])):
            if len(found) >= MOST_SENSORS:
                more += _has_readings(document)
            elif (sensor := _sensor(view, document, now)) is not None:
                found.append(sensor)
    return Live(now, found, more)


def observed_types(view: View, types: Sequence[str] | None = None) -> list[str]:
    """The observed types that a branch holds; of those named, each of which must be one."""
    wanted = list(view.types()) if types is None else list(dict.fromkeys(types))
    for name in wanted if types is not None else ():
        if vocabulary.scope_of(name) != "observed":
            known = ", ".join(info.name for info in vocabulary.all_types() if info.scope == "observed")
            raise CallerError("twinreading.type-not-observed", type=name, known=known)
    return [name for name in wanted if vocabulary.scope_of(name) == "observed"]


def place_of(view: View, document: Document) -> tuple[tuple[float, float], Document | None] | None:
    """Where a sensor stands, and what it refers to there, if anything."""
    referred = dict(reversed(list(targets_of(document))))
    places = (view.document(referred[name]) for name in PLACED_BY if name in referred)
    place = next((one for one in places if one is not None), None)
    at = point_of(document) or (None if place is None else point_of(place))
    return None if at is None else (at, place)


def _has_readings(document: Document) -> bool:
    return any("observedAt" in instance for _, _, instance in attributes(document))


def _sensor(view: View, document: Document, now: datetime) -> Sensor | None:
    if not _has_readings(document) or (found := place_of(view, document)) is None:
        return None
    at, place = found
    readings = [
        _reading(view, document, name, instance, now)
        for name, dataset, instance in attributes(document)
        if dataset is None and "observedAt" in instance and isinstance(instance.get("value"), int | float | str)
    ]
    where = None if place is None else (str(place["id"]), name_of(place))
    return Sensor(document["id"], first_type(document), name_of(document), at, where, readings)


def _reading(view: View, document: Document, attribute: str, instance: Mapping[str, Any], now: datetime) -> Reading:
    """The reading in a document, and how often there is one as a rule."""
    at = clock.from_text(instance["observedAt"])
    moments = [one.observed_at for one in view.observations(document["id"], attribute, last=INTERVALS + 1)]
    provenance, fresh = provenance_of(document, attribute), Freshness.of(moments).stated_by(instance)
    return Reading(
        attribute,
        instance.get("unitCode"),
        instance["value"],
        at,
        provenance.status,
        provenance.source,
        fresh,
        fresh.is_stale(at, now),
    )
