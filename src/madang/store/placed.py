"""Readings that need nothing but a row: their place in the document says all else that is said of them.

A sensor sends the same thing again and again, with another value and another moment. Of an entity of an observed type
the document keeps the place of each series: the instance without value and moment. When what comes in is exactly that
place with a value and a moment, the document stays as it is, and taking it apart to find that out is most of the work.
So the writer remembers the places of the entities it has met; whoever changes a document has them forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from madang.clock import from_text
from madang.entities.entity import ENTITY_MEMBERS, Document, Instance
from madang.store import observations
from madang.store.observations import Reading
from madang.store.transaction import to_micros

MOST = 400_000
PLAIN = (int, float, str, bool)


class Places(NamedTuple):
    """The type of an entity and the places in its document, by attribute and datasetId; `ends`: it has expiresAt."""

    type: Any
    places: Mapping[tuple[str, str], Instance]
    ends: bool


class Placed:
    """The places of entities that have been written to. Entities with the same places share one description."""

    def __init__(self) -> None:
        self._of: dict[str, Places] = {}
        self._shared: dict[bytes, Places] = {}

    def of(self, id: str) -> Places | None:
        """The places of an entity, if they are known."""
        return self._of.get(id)

    def learn(self, doc: Document) -> Places:
        """Note the places in a document as it is stored."""
        if len(self._of) >= MOST:
            self._of.clear()
            self._shared.clear()
        places = {
            (name, instance.get("datasetId", "")): instance
            for name, found in doc.items()
            if name not in ENTITY_MEMBERS
            for instance in (found if type(found) is list else [found])
            if instance["type"] == "Property" and "value" not in instance
        }
        made = Places(doc["type"], places, "expiresAt" in doc)
        mark = orjson.dumps([doc["type"], made.ends, list(places.values()), [name for name, _ in places]])
        shared = self._of[doc["id"]] = self._shared.setdefault(mark, made)
        return shared

    def forget(self, id: str) -> None:
        """An entity's document changes."""
        self._of.pop(id, None)


def placed_readings(id: str, fragment: Document, known: Places, *, merging: bool) -> list[Reading] | None:
    """The readings that a fragment is, or None if it is anything more; merged, it may leave out what the place says."""
    if known.ends or not known.places:
        return None
    readings = []
    for name, instance in fragment.items():
        if name in ("id", "type"):
            if name == "type" and instance != known.type:
                return None
            continue
        if type(instance) is not dict or instance.get("type") != "Property":
            return None
        dataset = instance.get("datasetId", "")
        place = known.places.get((name, dataset)) if type(dataset) is str else None
        value, at = instance.get("value"), instance.get("observedAt")
        if place is None or type(value) not in PLAIN or type(at) is not str or not observations.can_be_read(value):
            return None
        if value == "urn:ngsi-ld:null" or not (merging or len(instance) == len(place) + 2):
            return None
        if any(place.get(key) != said for key, said in instance.items() if key not in ("value", "observedAt")):
            return None
        try:
            moment = to_micros(from_text(at))
        except ValueError:
            return None
        readings.append(Reading(id, name, dataset, instance.get("unitCode"), moment, observations.to_stored(value)))
    return readings or None
