"""The clusters that announcements speak of, in the files of the real cities: their names, tags and what is about them.

`data/clusters.yaml` says which. Nothing is counted and no firm is made up: the page of such a cluster says what is
missing and which file would answer. What was chosen here (industry codes, the border of Pangyo) carries `assumption`.
They are written before the branches are made, so that a branch shows what it would add to them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import shapely
from shapely.geometry import shape

from madang import strict_yaml as y
from madang.civic.announced.entities import AUTHORITY, dataset_id
from madang.entities.entity import (
    Document,
    Instance,
    check_entity,
    geo_property,
    geometry_of,
    language_property,
    list_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.errors import Pair, both
from madang.sources.korea import city_codes
from madang.sources.korea.places import city_id
from madang.store import View


@dataclass(frozen=True)
class Border:
    """A boundary drawn of dong: their names, what it is called, and why it was taken for the announced place."""

    line: int
    dong: tuple[str, ...]
    name: Pair
    basis: Pair


@dataclass(frozen=True)
class Announced:
    """One cluster as announced."""

    line: int
    id: str
    city: str
    name: Pair
    tag: str
    codes: tuple[str, ...]
    announcement: str
    boundary: Border | None = None
    includes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _File:
    line: int
    format: str
    clusters: tuple[Announced, ...]


_border = y.record(Border, {"dong": y.list_of(y.text), "name": y.pair, "basis": y.pair}, {})
_announced = y.record(
    Announced,
    {"id": y.slug, "city": y.slug, "name": y.pair, "tag": y.slug, "codes": y.list_of(y.text), "announcement": y.slug},
    {"boundary": _border, "includes": y.mapping_of(y.list_of(y.slug))},
)
_FILE = y.record(_File, {"format": y.one_of("madang-clusters/1"), "clusters": y.list_of(_announced)}, {})


@cache
def announced_clusters() -> tuple[Announced, ...]:
    """The clusters of `data/clusters.yaml`."""
    text = resources.files("madang.civic.data").joinpath("clusters.yaml").read_text("utf-8")
    found: _File = _FILE(y.parse(text, file="clusters.yaml"))
    return found.clusters


def cluster_entities(view: View, city: str) -> list[Document]:
    """The announced clusters of a city, with the dong of its file as their borders."""
    return [check_entity(_entity(view, one)) for one in announced_clusters() if one.city == city]


# --- within ----------------------------------------------------------------------------------------------------------


def _entity(view: View, one: Announced) -> Document:
    about = both("civic.cluster-bounded" if one.boundary else "civic.cluster-unbounded")
    made: Document = {
        "id": urn("Cluster", AUTHORITY, one.id),
        "type": "Cluster",
        "name": language_property(dict(one.name)),
        "description": language_property(about),
        "ksicCodes": _assumed(list_property(list(one.codes)), both("civic.cluster-codes")),
        "strategicIndustry": property_(one.tag),
        "refCity": relationship(city_id(city_codes(one.city))),
        "source": relationship(dataset_id(one.announcement)),
        "status": property_("observed"),
    }
    includes = [urn(type, AUTHORITY, slug) for type, slugs in one.includes.items() for slug in slugs]
    if includes:
        made["includes"] = relationship(includes)
    if one.boundary is not None:
        line = geo_property(_union(view, one.boundary), status="estimated")
        made["location"] = _assumed(line, one.boundary.basis)
        made["boundaryName"] = language_property(dict(one.boundary.name))
    return made


def _union(view: View, border: Border) -> dict[str, Any]:
    """The dong of a border as one area."""
    dong = {value_of(one, "name")["ko"]: geometry_of(one) for one in view.documents(Query(types=parse_types("Dong")))}
    area = shapely.union_all([shape(dong[name]) for name in border.dong])
    found: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(area, 1e-6)))
    return found


def _assumed(instance: Instance, basis: Mapping[str, str]) -> Instance:
    return {**instance, "assumption": property_(True), "basis": language_property(dict(basis))}
