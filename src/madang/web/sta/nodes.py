"""The eight kinds of SensorThings things, made of entities and their readings (OGC 18-088, 8).

    Thing               an entity of an observed type, or of one that has readings
    Location, FeatureOfInterest   the place of that entity; HistoricalLocation: a place it was recorded at
    Datastream          one attribute instance of it that has readings: id `<entity>|<attribute>[|<datasetId>]`
    ObservedProperty    the attribute; Sensor: the dataset or feed the readings came from
    Observation         one reading: id `<datastream>@<moment>`

A node is made when it is asked for and holds functions, not data, for what it leads to, so a page of things costs what
the page shows. Ids contain `|` and a last `@`, which no URI may (`|`) or which is searched from the end (`@`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from madang import clock
from madang.entities import vocabulary
from madang.entities.context import city_context
from madang.entities.entity import (
    Document,
    Instance,
    attributes,
    geometry_of,
    provenance_of,
    types_of,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.entities.units import is_unit, unit
from madang.errors import NotFoundError
from madang.store import View

SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "FeaturesOfInterest",
)  # fmt: skip
SET_OF = {
    "Thing": "Things", "Location": "Locations", "HistoricalLocation": "HistoricalLocations",
    "Datastream": "Datastreams", "Sensor": "Sensors", "ObservedProperty": "ObservedProperties",
    "Observation": "Observations", "FeatureOfInterest": "FeaturesOfInterest",
}  # fmt: skip
PAGE = 500
UNKNOWN_SENSOR = "unknown"
_OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"

Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing: its set, its id, its properties, and what it leads to (one node, or a way to many)."""

    set: str
    id: str
    fields: dict[str, Any]
    one: dict[str, Callable[[], Node | None]] = field(default_factory=dict)
    many: dict[str, Callable[[], Iterable[Node]]] = field(default_factory=dict)

    def links(self) -> list[str]:
        """The names of all that it leads to."""
        return [*self.one, *self.many]


class Nodes:
    """All nodes of one view of a city."""

    def __init__(self, view: View) -> None:
        self._view = view
        kinds = view.types_with_series() | {name for name in view.types() if vocabulary.scope_of(name) == "observed"}
        self._types = parse_types(",".join(sorted(kinds))) if kinds else None

    # --- sets ----------------------------------------------------------------------------------------------------

    def every(self, set: str) -> Iterator[Node]:
        """All nodes of a set, in the order of the entities they are made of."""
        match set:
            case "Things":
                yield from map(self.thing, self._documents())
            case "Locations":
                yield from (self._location(doc) for doc in self._documents() if geometry_of(doc) is not None)
            case "FeaturesOfInterest":
                yield from (self._feature(doc) for doc in self._documents() if geometry_of(doc) is not None)
            case "HistoricalLocations":
                yield from (node for doc in self._documents() for node in self._places_of(doc))
            case "Datastreams":
                yield from (node for doc in self._documents() for node in self._streams_of(doc))
            case "Observations":
                yield from (one for node in self.every("Datastreams") for one in node.many["Observations"]())
            case "Sensors":
                yield from _distinct(self._sensor(part) for doc in self._documents() for part in _streams(doc))
            case "ObservedProperties":
                yield from _distinct(self._property(part[0]) for doc in self._documents() for part in _streams(doc))

    def get(self, set: str, id: str) -> Node:
        """One node by its id; NotFoundError when there is none."""
        found = self._get(set, id)
        if found is None:
            raise NotFoundError("sta.unknown", set=set, id=id)
        return found

    def _get(self, set: str, id: str) -> Node | None:
        if set in ("Sensors", "ObservedProperties"):
            return next((node for node in self.every(set) if node.id == id), None)
        stream, _, moment = id.rpartition("@") if set == "Observations" else (id, "", "")
        doc = self._view.document(stream.partition("|")[0])
        if doc is None:
            return None
        match set:
            case "Things":
                return self.thing(doc)
            case "Locations":
                return self._location(doc) if geometry_of(doc) is not None else None
            case "FeaturesOfInterest":
                return self._feature(doc) if geometry_of(doc) is not None else None
            case "HistoricalLocations":
                return next((node for node in self._places_of(doc) if node.id == id), None)
        node = next((node for node in self._streams_of(doc) if node.id == stream), None)
        if node is None or set == "Datastreams":
            return node
        return next((one for one in self._reading_at(node, doc, moment)), None)

    def _documents(self) -> Iterator[Document]:
        if self._types is None:
            return
        offset = 0
        while True:
            page = self._view.documents(Query(types=self._types, limit=PAGE, offset=offset))
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE

    # --- nodes ---------------------------------------------------------------------------------------------------

    def thing(self, doc: Document) -> Node:
        """An entity as a Thing."""
        fields = {"name": _name(doc), "description": _text(doc, "description"), "properties": _plain(doc)}
        return Node(
            "Things",
            doc["id"],
            fields,
            many={
                "Locations": lambda: [self._location(doc)] if geometry_of(doc) is not None else [],
                "HistoricalLocations": lambda: self._places_of(doc),
                "Datastreams": lambda: self._streams_of(doc),
            },
        )

    def _location(self, doc: Document) -> Node:
        fields = {**_place(doc), "location": geometry_of(doc)}
        ways: dict[str, Callable[[], Iterable[Node]]] = {
            "Things": lambda: [self.thing(doc)],
            "HistoricalLocations": lambda: self._places_of(doc),
        }
        return Node("Locations", doc["id"], fields, many=ways)

    def _feature(self, doc: Document) -> Node:
        observations = lambda: (one for node in self._streams_of(doc) for one in node.many["Observations"]())  # noqa: E731
        return Node(
            "FeaturesOfInterest",
            doc["id"],
            {**_place(doc), "feature": geometry_of(doc)},
            many={"Observations": observations},
        )

    def _places_of(self, doc: Document) -> list[Node]:
        found = []
        for entry in self._view.history(doc["id"], "location"):
            if entry.document is not None:
                at = clock.to_text(entry.recorded_from)
                then = {**doc, **entry.document}
                found.append(
                    Node(
                        "HistoricalLocations",
                        f"{doc['id']}|{at}",
                        {"time": at},
                        one={"Thing": lambda: self.thing(doc)},
                        many={"Locations": lambda then=then: [self._location(then)]},  # type: ignore[misc]
                    )
                )
        return found

    def _streams_of(self, doc: Document) -> list[Node]:
        return [self._stream(doc, part) for part in _streams(doc)]

    def _stream(self, doc: Document, part: Stream) -> Node:
        name, dataset, instance = part
        label = vocabulary.label_of(name, "en")
        value = instance.get("value")
        fields = {
            "name": f"{_name(doc)} {label}",
            "description": label,
            "unitOfMeasurement": _unit(instance.get("unitCode")),
            "observationType": _OM + _observation_type(value),
            "properties": _told(doc, name),
        }
        return Node(
            "Datastreams",
            stream_id(doc["id"], name, dataset),
            fields,
            one={
                "Thing": lambda: self.thing(doc),
                "Sensor": lambda: self._sensor(part),
                "ObservedProperty": lambda: self._property(name),
            },
            many={"Observations": lambda: self.readings(doc, part)},
        )

    def _sensor(self, part: Stream) -> Node:
        source = value_of(part[2], "source") if "source" in part[2] else None
        id = source if isinstance(source, str) else UNKNOWN_SENSOR
        about = self._view.document(id) if id != UNKNOWN_SENSOR else None
        name = _name(about) if about is not None else id
        return Node(
            "Sensors",
            id,
            {"name": name, "description": name, "encodingType": "text/plain", "metadata": id},
            many={"Datastreams": lambda: [n for n in self.every("Datastreams") if _id_of(n.one["Sensor"]()) == id]},
        )

    def _property(self, name: str) -> Node:
        label = vocabulary.label_of(name, "en")
        return Node(
            "ObservedProperties",
            name,
            {"name": label, "definition": city_context().expand(name), "description": label},
            many={"Datastreams": lambda: [n for n in self.every("Datastreams") if n.id.split("|")[1] == name]},
        )

    # --- readings ------------------------------------------------------------------------------------------------

    def readings(
        self, doc: Document, part: Stream, *, span: Span = (None, None), last: int | None = None
    ) -> Iterator[Node]:
        """The readings of one stream in order of time, from and before a moment, or the last n of them."""
        name, dataset, _ = part
        since, until = span
        for one in self._view.observations(doc["id"], name, since=since, until=until, dataset_id=dataset, last=last):
            yield self._observation(doc, part, one.observed_at, one.value, one.recorded_at)

    def stream_of(self, node: Node) -> tuple[Document, Stream] | None:
        """The entity and the attribute instance that a Datastream was made of."""
        doc = self._view.document(node.id.partition("|")[0])
        if doc is None:
            return None
        return next(((doc, part) for part in _streams(doc) if stream_id(doc["id"], part[0], part[1]) == node.id), None)

    def _reading_at(self, node: Node, doc: Document, moment: str) -> Iterator[Node]:
        try:
            at = clock.from_text(moment)
        except ValueError:
            return
        found = self.stream_of(node)
        if found is not None:
            yield from (
                one
                for one in self.readings(*found, span=(at, None))
                if one.fields["phenomenonTime"] == clock.to_text(at)
            )

    def _observation(self, doc: Document, part: Stream, at: datetime, value: Any, recorded: datetime) -> Node:
        moment = clock.to_text(at)
        return Node(
            "Observations",
            f"{stream_id(doc['id'], part[0], part[1])}@{moment}",
            {
                "phenomenonTime": moment,
                "resultTime": moment,
                "result": value,
                "parameters": {"recordedAt": clock.to_text(recorded)},
            },
            one={
                "Datastream": lambda: self._stream(doc, part),
                "FeatureOfInterest": lambda: self._feature(doc) if geometry_of(doc) is not None else None,
            },
        )


Stream = tuple[str, str | None, Instance]


def stream_id(id: str, attribute: str, dataset: str | None) -> str:
    """The id of a Datastream."""
    return "|".join((id, attribute, *([dataset] if dataset else ())))


def _streams(doc: Document) -> list[Stream]:
    """The attribute instances of an entity that have readings: a value and its moment."""
    return [
        part
        for part in attributes(doc)
        if part[2]["type"] == "Property" and "observedAt" in part[2] and "value" in part[2]
    ]


def _distinct(nodes: Iterable[Node]) -> Iterator[Node]:
    seen: set[str] = set()
    for node in nodes:
        if node.id not in seen:
            seen.add(node.id)
            yield node


def _id_of(node: Node | None) -> str | None:
    return None if node is None else node.id


def _name(doc: Document) -> str:
    return _text(doc, "name") or _text(doc, "title") or str(doc["id"])


def _text(doc: Document, name: str) -> str:
    found = value_of(doc, name)
    if isinstance(found, dict):
        found = found.get("ko") or found.get("en")
    return found if isinstance(found, str) else ""


def _plain(doc: Document) -> dict[str, Any]:
    """What else an entity says, as values: types, relationships, all but its name, its place and its streams."""
    streams = {part[0] for part in _streams(doc)}
    left = {"name", "title", "description", "location"} | streams
    told = {name: value_of(doc, name) for name, _, _ in attributes(doc) if name not in left}
    return {"type": list(types_of(doc)), **told}


def _told(doc: Document, name: str) -> dict[str, Any]:
    provenance = provenance_of(doc, name)
    found = {"status": provenance.status, "source": provenance.source}
    return {key: value for key, value in found.items() if value is not None}


def _place(doc: Document) -> dict[str, Any]:
    return {"name": _name(doc), "description": _text(doc, "address"), "encodingType": "application/geo+json"}


def _unit(code: str | None) -> dict[str, Any]:
    if code is None or not is_unit(code):
        return {"name": code, "symbol": code, "definition": None}
    known = unit(code)
    return {"name": known.label["en"], "symbol": known.symbol, "definition": f"{known.system}:{code}"}


def _observation_type(value: Any) -> str:
    if isinstance(value, bool):
        return "OM_TruthObservation"
    if isinstance(value, int):
        return "OM_CountObservation"
    if isinstance(value, float):
        return "OM_Measurement"
    return "OM_CategoryObservation" if isinstance(value, str) else "OM_Observation"
