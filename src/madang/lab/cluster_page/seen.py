"""The city as a cluster's page sees it: entities by type, the boundary, names of things, and figures of one form.

A figure is {value, unit, period, status, source, address, band, note}. A stored one has the address of its record; one
that is counted here says so in its note; one that is unknown is null and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import shapely

from madang.entities.entity import Document, geometry_of, provenance_of, types_of, value_of
from madang.entities.vocabulary import type_info
from madang.errors import Pair, both
from madang.indicators.provenance import combine_status
from madang.indicators.stored import figure
from madang.lab.firm_share import place_of
from madang.lab.register import entities_of, ids_of, name_of, pair
from madang.store import Store, View

Figure = dict[str, Any]


@dataclass
class Seen:
    """One cluster on a branch, on a day, with what of the city its page reads; each type is read once."""

    store: Store
    branch: str
    cluster: Document
    today: date
    _types: dict[str, list[Document]] = field(default_factory=dict)
    _names: dict[str, Pair] = field(default_factory=dict)

    @cached_property
    def view(self) -> View:
        """The branch as it is now."""
        return self.store.view(self.branch)

    @property
    def id(self) -> str:
        """The cluster's id."""
        return str(self.cluster["id"])

    def all(self, type: str) -> list[Document]:
        """Every entity of a type, by id."""
        if type not in self._types:
            self._types[type] = entities_of(self.view, type)
        return self._types[type]

    def one(self, id: str) -> Document | None:
        """One entity."""
        return self.view.document(id)

    def name(self, id: str) -> Pair:
        """What people call an entity."""
        if id not in self._names:
            self._names[id] = name_of(self.view, id)
        return self._names[id]

    def named(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Ids with their names."""
        return [{"id": id, "name": self.name(id)} for id in ids]

    # -- places ----------------------------------------------------------------------------------------------------

    @cached_property
    def area(self) -> Any:
        """The boundary as a shape; None where the cluster has none."""
        line = geometry_of(self.cluster)
        if line is None or line.get("type") not in ("Polygon", "MultiPolygon"):
            return None
        shape = shapely.from_geojson(_json(line))
        shapely.prepare(shape)
        return shape

    @cached_property
    def _dong(self) -> tuple[list[Document], Any]:
        some = [one for one in self.all("Dong") if geometry_of(one)]
        return some, shapely.STRtree([shapely.from_geojson(_json(geometry_of(one) or {})) for one in some])

    def point(self, document: Document) -> tuple[float, float] | None:
        """The middle of where an entity stands; None where nobody said."""
        return place_of(document)

    def is_inside(self, document: Document) -> bool | None:
        """Whether an entity stands inside the boundary; None where either is not drawn."""
        at = self.point(document)
        return None if self.area is None or at is None else bool(shapely.intersects_xy(self.area, *at))

    def place(self, document: Document) -> dict[str, Any]:
        """Where an entity stands, as the page shows it."""
        at, dong = self.point(document), value_of(document, "refDong")
        if not isinstance(dong, str) and at is not None:
            some, tree = self._dong
            found = tree.query(shapely.Point(at), predicate="intersects")
            dong = some[int(min(found))]["id"] if len(found) else None
        return {
            "point": None if at is None else [round(at[0], 7), round(at[1], 7)],
            "dong": dong,
            "dongName": self.name(dong) if isinstance(dong, str) else None,
            "address": value_of(document, "address"),
            "isInside": self.is_inside(document),
        }

    # -- figures ---------------------------------------------------------------------------------------------------

    def stored(self, document: Document, attribute: str, *, unit: str | None = None) -> Figure:
        """An attribute as a figure; unknown where the entity does not say it."""
        made = figure(self.store, document, attribute, branch=self.branch)
        if made is None or made["value"] is None:
            return unknown(unit, both("clusters.page-not-stated"))
        return {**made, "unit": made["unit"] or unit, "band": None, "note": None}

    def counted(self, documents: Iterable[Document], *, note: Pair | None = None) -> Figure:
        """How many there are, on the strictest of their statuses."""
        some = list(documents)
        told = combine_status(provenance_of(one).status for one in some) if some else None
        return derived(len(some), "C62", status=told, note=note or both("clusters.page-counted"))


def derived(
    value: Any,
    unit: str | None,
    *,
    status: str | None = None,
    note: Pair | None = None,
    period: str | None = None,
    band: Mapping[str, Any] | None = None,
    address: str | None = None,
    source: str | None = None,
) -> Figure:
    """A figure that is computed here or comes from a run."""
    return {
        "value": value,
        "unit": unit,
        "period": period,
        "status": status,
        "source": source,
        "address": address,
        "band": None if band is None else dict(band),
        "note": note,
    }


def unknown(unit: str | None, note: Pair) -> Figure:
    """A figure that nobody knows, and why."""
    return derived(None, unit, note=note)


def type_label(document: Document) -> Pair:
    """What people call an entity's type."""
    return dict(type_info(types_of(document)[0]).label)


def told(document: Document) -> dict[str, Any]:
    """Status and source of an entity."""
    said = provenance_of(document)
    return {"status": said.status, "source": said.source}


def title_of(document: Document) -> Pair:
    """The name or title of an entity."""
    said = next((value_of(document, n) for n in ("name", "title", "company") if value_of(document, n)), None)
    return pair(said if said is not None else document["id"].rpartition(":")[2])


def ids(document: Document, attribute: str) -> list[str]:
    """The entities a relationship names."""
    return [one for one in ids_of(value_of(document, attribute)) if isinstance(one, str)]


def _json(geometry: Mapping[str, Any]) -> str:
    import orjson

    return orjson.dumps(dict(geometry)).decode()
