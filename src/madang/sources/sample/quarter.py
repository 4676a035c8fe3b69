"""A made-up quarter as entities: buildings and parcels, streets and stops, a railway, water, green and trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import shapely

from madang.entities.entity import (
    Document,
    Instance,
    geo_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.sources.base import Loaded, Tally
from madang.sources.sample.estates import BUILDERS
from madang.sources.sample.layout import ARTERIAL, LANE, Layout, Way, laid_out
from madang.sources.sample.lots import Built
from madang.sources.sample.plane import Plane, code_of, draw_of, plane_of
from madang.sources.sample.words import KINDS, LAND, NOTICES, SPECIES, STATUS, TITLES, made_up, street_name
from madang.sources.shapes import geojson

SIZE_M = (1800.0, 1400.0)
AUTHORITY = "sample"
CLEAR_M = 6.0  # between what must stay free and what is built
STREET_TREE_M = 24.0
STOP_EVERY = 2  # stretches of an arterial


def sample_quarter(
    place: Document,
    *,
    seed: int = 0,
    middle: tuple[float, float] | None = None,
    size_m: tuple[float, float] = SIZE_M,
    clear: Iterable[Any] = (),
) -> Loaded:
    """A synthetic quarter around a place's middle (or another one), inside its boundary.

    `clear` are shapely geometries in degrees that nothing is built on.
    """
    plane, boundary = plane_of(place, middle)
    code, draw = code_of(place), draw_of(place, seed)
    layout = laid_out(boundary, size_m, np.random.default_rng(draw))
    kept_free = shapely.union_all([plane.metres(one) for one in clear]).buffer(CLEAR_M)
    made = _Made(place, code, dataset(code, "quarter"), plane, shapely.difference(layout.area, kept_free))
    for cell in layout.cells:
        rng = np.random.default_rng([*draw, cell.column, cell.row])
        made.block(BUILDERS[cell.use](cell, rng), cell.use)
    made.streets(layout.ways)
    made.rails(layout)
    made.nature(layout, np.random.default_rng([*draw, 7]))
    return Loaded(list(made.entities()), [made.dataset], {}, made.tally.report(f"sample:{code}"))


def dataset(code: str, part: str) -> Document:
    """The Dataset of a made-up part: whose it is, that it is made up, and that anybody may use it."""
    return {
        "id": urn("Dataset", "madang", f"sample-{part}-{code}"),
        "type": "Dataset",
        "title": language_property(TITLES[part]),
        "description": language_property(NOTICES[part]),
        "publisher": property_("Madang"),
        "licence": property_("CC0-1.0"),
        "status": property_(STATUS),
    }


# --- within ----------------------------------------------------------------------------------------------------------


@dataclass
class _Made:
    """What is made, in the plane, until all of it is turned into degrees at once."""

    place: Document
    code: str
    dataset: Document
    plane: Plane
    area: Any
    found: list[tuple[Any, Document]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    lanes: list[Any] = field(default_factory=list)
    tally: Tally = field(default_factory=lambda: Tally("buildings"))

    def __post_init__(self) -> None:
        shapely.prepare(self.area)

    def said(self, value: Any, unit: str | None = None) -> Instance:
        """A value that somebody made up."""
        return property_(value, unit=unit, source=self.dataset["id"], status=STATUS)

    def put(self, type: str, shape: Any, **attributes: Instance) -> str:
        """One entity; gives its id."""
        number = self.counts[type] = self.counts.get(type, 0) + 1
        id = urn(type, AUTHORITY, f"{self.code}-{number:04d}")
        self.found.append((shape, {"id": id, "type": type, **attributes}))
        return id

    def entities(self) -> Iterator[Document]:
        """Everything with its place in degrees and what all of it says."""
        drawn = np.array([shape for shape, _ in self.found], dtype=object)
        city = value_of(self.place, "refCity")
        shared: dict[str, Instance] = {"source": relationship(self.dataset["id"]), "status": property_(STATUS)}
        of_city = {"refCity": relationship(city)} if city else {}
        of_dong = {"refDong": relationship(self.place["id"])} if self.place["type"] == "Dong" else {}
        without_city = ("WaterBody", "PlantCover", "SolitaryVegetationObject")
        for geometry, (_, document) in zip(geojson(self.plane.degrees(drawn)), self.found, strict=True):
            document["location"] = geo_property(geometry, source=self.dataset["id"], status=STATUS)
            document |= shared
            if document["type"] not in without_city:
                document |= of_city
            if document["type"] == "Building":
                document |= of_dong
            yield document

    # -- blocks ----------------------------------------------------------------------------------------------------

    def block(self, built: Built, use: str) -> None:
        """A block's parcels, buildings, gardens and lanes, as far as they lie in the area."""
        inside = shapely.contains_properly(self.area, np.array([body.shape for body in built.bodies], dtype=object))
        self.tally.read += len(built.bodies)
        self.tally.kept += int(inside.sum())
        self.tally.leave_out("outside-area", len(built.bodies) - int(inside.sum()))
        land, zone = LAND[use]
        parcels: dict[int, str] = {}
        for number, shape in enumerate(built.lots):
            for part in _polygons(shapely.intersection(self.area, shape), 0.5 * shape.area):
                parcels[number] = self.put(
                    "Parcel", part, landCategory=self.said(land), landUse=self.said(zone),
                    area=self.said(float(f"{part.area / 1e6:.4g}"), "KMK"),
                )  # fmt: skip
        for body, fits in zip(built.bodies, inside, strict=True):
            if not fits:
                continue
            kind = KINDS[body.kind]
            about: dict[str, Instance] = {
                "category": self.said(kind.category),
                "use": self.said(kind.use),
                "structure": self.said(kind.structure),
                "floorsAboveGround": self.said(body.floors, "{floor}"),
                "height": self.said(round(body.floors * kind.storey_m, 1), "MTR"),
                "footprintArea": self.said(round(body.shape.area, 1), "MTK"),
                "floorArea": self.said(round(body.shape.area * body.floors, 1), "MTK"),
                "completionYear": self.said(body.year),
            }
            if body.name is not None:
                about["name"] = language_property(dict(body.name))
            if body.lot in parcels:
                about["refParcel"] = relationship(parcels[body.lot])
            self.put("Building", body.shape, **about)
        for shape, category in built.greens:
            self._area("PlantCover", shape, category)
        for shape in built.waters:
            self._area("WaterBody", shape, "pond")
        for shape in built.fields:
            self._area("LandUse", shape, "pitch")
        self.trees(built.trees)
        self.lanes += built.lanes

    def _area(self, type: str, shape: Any, category: str, least_m2: float = 100.0) -> None:
        for part in _polygons(shapely.intersection(self.area, shape), least_m2):
            size = self.said(float(f"{part.area / 1e6:.4g}"), "KMK")
            self.put(type, part, category=self.said(category), area=size)

    def trees(self, trees: Sequence[tuple[float, float, float, int]]) -> None:
        """Single trees that stand in the area."""
        for u, v, height, species in trees:
            if shapely.contains_xy(self.area, u, v):
                tall = self.said(round(height, 1), "MTR")
                kind = self.said(SPECIES[species])
                self.put("SolitaryVegetationObject", shapely.Point(u, v), height=tall, species=kind)

    # -- ways ------------------------------------------------------------------------------------------------------

    def streets(self, ways: Sequence[Way]) -> None:
        """Streets from crossing to crossing, the lanes within blocks, and stops and trees along the arterials."""
        for way in ways:
            name = street_name(way.number, way.street.category)
            more = {"bridge": self.said(True)} if way.on_bridge else {}
            self._street(way.line, way.street, name, more)
        most = max((way.number for way in ways), default=0)
        by_line = groupby(sorted(self.lanes, key=_ends), key=lambda line: round(_ends(line)[0], 1))
        for number, (_, lines) in enumerate(by_line, most + 1):
            for line in lines:
                for part in _lines(shapely.intersection(self.area, line)):
                    self._street(part, LANE, street_name(number, LANE.category), {})
        for number, way in enumerate(one for one in ways if one.street is ARTERIAL):
            if number % STOP_EVERY == 0 and not way.on_bridge:
                self._stops(way, number)

    def _street(self, line: Any, street: Any, name: Mapping[str, str], more: Mapping[str, Instance]) -> None:
        self.put(
            "RoadSegment", line, name=language_property(dict(name)), category=self.said(street.category),
            lanes=self.said(street.lanes, "C62"), width=self.said(street.width_m, "MTR"),
            maximumAllowedSpeed=self.said(street.speed_kmh, "KMH"), length=self.said(round(line.length, 1), "MTR"),
            **more,
        )  # fmt: skip

    def _stops(self, way: Way, number: int) -> None:
        """A stop on either side of a stretch of street, a little apart."""
        for side in (0, 1):
            along = way.line.interpolate(0.4 + 0.2 * side, normalized=True)
            off = (way.street.width_m / 2 + 2) * (1 - 2 * side)
            at = shapely.Point(along.x, along.y + off) if way.along else shapely.Point(along.x + off, along.y)
            if shapely.contains_properly(self.area, at):
                order = self.counts.get("BusStop", 0) + 1
                name = made_up(f"가온정류장 {order}", f"Gaon stop {order}")
                self.put("BusStop", at, name=language_property(name))

    def rails(self, layout: Layout) -> None:
        """A railway through the quarter, and its station with a hall."""
        line = made_up("한빛선", "Hanbit Line")
        for part in _lines(layout.rail):
            self.put("Railway", part, name=language_property(line), category=self.said("rail"),
                     length=self.said(round(part.length, 1), "MTR"))  # fmt: skip
        at = shapely.Point(*layout.station)
        if shapely.contains_properly(layout.area, at):
            name = language_property(made_up("가온역", "Gaon Station"))
            self.put("Station", at, name=name, category=self.said("station"), lines=self.said("한빛선(가상)"))

    # -- nature ----------------------------------------------------------------------------------------------------

    def nature(self, layout: Layout, rng: np.random.Generator) -> None:
        """The stream with its banks, and trees along the banks and the arterials."""
        name = made_up("가온천", "Gaon stream")
        for part in _polygons(layout.stream, 50.0):
            self.put("WaterBody", part, name=language_property(name), category=self.said("stream"),
                     area=self.said(float(f"{part.area / 1e6:.4g}"), "KMK"))  # fmt: skip
        for part in _polygons(layout.banks, 100.0):
            self._area("PlantCover", part, "grass")
        rows = [(line.line, line.street.width_m / 2 - 2, line.along) for line in layout.ways if line.street is ARTERIAL]
        for line, off, along in rows:
            for distance in np.arange(STREET_TREE_M / 2, line.length - STREET_TREE_M / 2, STREET_TREE_M):
                point = line.interpolate(float(distance))
                for side in (-off, off):
                    u, v = (point.x, point.y + side) if along else (point.x + side, point.y)
                    self.trees([(u, v, float(rng.uniform(6, 10)), 0)])
        for bank in _polygons(shapely.buffer(layout.banks, -4.0), 50.0):
            west, south, east, north = bank.bounds
            places = rng.uniform((west, south), (east, north), (60, 2))
            for u, v in places[shapely.contains_xy(bank, places[:, 0], places[:, 1])]:
                self.trees([(float(u), float(v), float(rng.uniform(4, 9)), 2)])


def _polygons(shape: Any, least_m2: float) -> list[Any]:
    """The polygons of a shape that are worth drawing."""
    parts = shapely.get_parts(shape)
    return [one for one in parts if one.geom_type == "Polygon" and one.area >= least_m2]


def _lines(shape: Any) -> list[Any]:
    return [one for one in shapely.get_parts(shape) if one.geom_type == "LineString" and one.length > 15]


def _ends(line: Any) -> tuple[float, float]:
    west, south, _, _ = line.bounds
    return south, west
