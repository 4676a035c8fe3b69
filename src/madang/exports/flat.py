"""Entities as flat columns, with what each value needs in order to stay honest beside it.

A column is an attribute (`population`), an instance of one told apart by its datasetId (`population[urn:…]`), or what
an attribute says about itself: `.unit`, `.period`, `.observedAt`, `.source`, `.status`. Such a column is there if any
entity says it, so an estimated or synthetic value keeps its label in every file. Geometry stands apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import shapely

from madang.entities.entity import Document, Instance, attributes, geometry_of, provenance_of, types_of, value_of

Scalar = str | float | int | bool | None


@dataclass(frozen=True)
class Flat:
    """Columns of equal length, in the order in which they were first met, and the geometries beside them."""

    columns: dict[str, list[Any]]
    geometries: list[Any]

    def __len__(self) -> int:
        return len(self.geometries)

    def rows(self) -> Iterable[dict[str, Any]]:
        """One dict an entity, without what it does not say."""
        for number in range(len(self)):
            yield {name: values[number] for name, values in self.columns.items() if values[number] is not None}


def flatten(documents: Sequence[Document]) -> Flat:
    """The entities' columns: id and type first, then attributes in the order of their first entity."""
    rows = [_row(document) for document in documents]
    names = dict.fromkeys(["id", "type", *(name for row in rows for name in row)])
    columns = {name: [row.get(name) for row in rows] for name in names}
    return Flat(columns, [_geometry(document) for document in documents])


def sources_of(documents: Sequence[Document]) -> list[str]:
    """The ids of all Dataset records that the entities name, each once, in order of id."""
    found = {provenance_of(document).source for document in documents}
    for document in documents:
        found |= {provenance_of(document, name).source for name, _, _ in attributes(document)}
    return sorted(source for source in found if source is not None)


def _row(document: Document) -> dict[str, Any]:
    row: dict[str, Any] = {"id": document["id"], "type": ",".join(types_of(document))}
    for name, dataset_id, instance in attributes(document):
        if name == "location" and instance["type"] == "GeoProperty":
            continue
        column = name if dataset_id is None else f"{name}[{dataset_id}]"
        row[column] = plain(_said(instance))
        for about, value in _about(instance):
            row[f"{column}.{about}"] = value
    return row


def _about(instance: Instance) -> Iterable[tuple[str, str]]:
    for name, member in (("unit", "unitCode"), ("observedAt", "observedAt")):
        if member in instance:
            yield name, str(instance[member])
    for name in ("period", "source", "status"):
        if name in instance:
            yield name, str(value_of(instance, name))


def _said(instance: Instance) -> Any:
    return value_of({"it": instance}, "it", instance.get("datasetId"))


def plain(value: Any) -> Scalar:
    """A value as one cell: numbers and texts as they are, a text in several languages in Korean first, else JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()) and "ko" in value:
        return str(value["ko"])
    return orjson.dumps(value).decode()


def _geometry(document: Document) -> Any:
    found = geometry_of(document)
    return None if found is None else shapely.from_geojson(orjson.dumps(found))
