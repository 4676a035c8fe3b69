"""A generated neighbourhood inside a real boundary, where there are no building data: every attribute is synthetic.

A grid of blocks is laid along the boundary's longer axis, streets are left between them, and each block is cut into
lots with a building on most. Heights are storeys times 4.0 m. The same boundary and seed give the same buildings on
every machine: the draws come from one seeded generator in a fixed order. Nothing in it is about any real building.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import CRS
from shapely import affinity

from madang.entities.entity import (
    Document,
    geo_property,
    geometry_of,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.errors import DataError
from madang.sources.base import Loaded, Tally
from madang.sources.shapes import WGS84, geojson, to_degrees, transformer_between

STOREY_M = 4.0
STREET_M = 14.0
BLOCK_M = (96.0, 64.0)
LOTS = (3, 2)
SETBACK_M = 4.0
EMPTY_SHARE = 0.12
USES = ((0.45, "residential"), (0.35, "office"), (0.15, "retail"), (0.05, "public"))
STATUS = "synthetic"
TITLE = {"ko": "생성한 건물 표본(가상)", "en": "Generated building sample (synthetic)"}
NOTICE = {
    "ko": "실제 건물이 아닙니다. 경계 안에 생성한 표본입니다.",
    "en": "No real building: generated inside the boundary.",
}


def sample_buildings(place: Document, *, seed: int = 0, count: int = 400) -> Loaded:
    """Up to `count` synthetic buildings inside a place's boundary, the nearest to its middle first."""
    geometry = geometry_of(place)
    if geometry is None:
        raise DataError("sources.sample-without-boundary", id=place["id"])
    boundary = shapely.from_geojson(orjson.dumps(geometry))
    plane = _plane(boundary)
    to_plane = transformer_between(WGS84, plane)
    flat = shapely.transform(boundary, lambda p: np.column_stack(to_plane.transform(p[:, 0], p[:, 1])))
    lots = _lots(flat)
    tally = Tally("lots", read=len(lots))
    rng = np.random.default_rng([seed, int(_code(place) or 0) % 2**32])
    built, floors, uses = _built(lots, rng, flat.centroid, count)
    tally.kept = len(built)
    tally.leave_out("open-space", len(lots) - len(built))
    dataset = _dataset(place)
    drawn = np.array(built, dtype=object)
    shapes = geojson(to_degrees(drawn, plane.to_wkt())) if len(built) else []
    entities = [
        _building(place, number, shape, lot.area, int(storeys), use, dataset["id"])
        for number, (shape, lot, storeys, use) in enumerate(zip(shapes, built, floors, uses, strict=True), 1)
    ]
    return Loaded(entities, [dataset], {}, tally.report(f"sample:{_code(place) or place['id']}"))


def _code(place: Document) -> str:
    return str(value_of(place, "code") or "")


def _plane(boundary: Any) -> CRS:
    """A plane in metres around the boundary's middle."""
    middle = boundary.centroid
    return CRS.from_proj4(f"+proj=tmerc +lat_0={middle.y:.4f} +lon_0={middle.x:.4f} +k=1 +ellps=GRS80 +units=m")


def _axis_degrees(flat: Any) -> float:
    """The direction of the longer side of the smallest rectangle around the boundary."""
    corners = np.array(flat.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    dx, dy = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    return math.degrees(math.atan2(dy, dx))


def _lots(flat: Any) -> list[Any]:
    """Lots of a street grid along the boundary's axis that lie wholly inside it, row by row."""
    angle, middle = _axis_degrees(flat), flat.centroid
    turned = affinity.rotate(flat, -angle, origin=middle)
    west, south, east, north = turned.bounds
    width, depth = BLOCK_M[0] / LOTS[0], BLOCK_M[1] / LOTS[1]
    xs = [x + i * width for x in np.arange(west, east, BLOCK_M[0] + STREET_M) for i in range(LOTS[0])]
    ys = [y + j * depth for y in np.arange(south, north, BLOCK_M[1] + STREET_M) for j in range(LOTS[1])]
    grid_x, grid_y = (a.ravel() for a in np.meshgrid(np.array(xs), np.array(ys)))
    boxes = shapely.box(grid_x + SETBACK_M, grid_y + SETBACK_M, grid_x + width - SETBACK_M, grid_y + depth - SETBACK_M)
    shapely.prepare(turned)
    inside = boxes[shapely.contains_properly(turned, boxes)]
    return [affinity.rotate(box, angle, origin=middle) for box in inside]


def _built(lots: list[Any], rng: np.random.Generator, middle: Any, count: int) -> tuple[list[Any], Any, list[str]]:
    """The lots that are built on, with storeys that fall from the middle outwards, and a use."""
    if not lots:
        return [], np.array([], dtype=int), []
    distance = shapely.distance(np.array(lots, dtype=object), middle)
    order = np.argsort(distance, kind="stable")
    open_space = rng.random(len(lots)) < EMPTY_SHARE
    chosen = [int(i) for i in order if not open_space[i]][:count]
    near = 1.0 - distance[chosen] / (distance[chosen].max() or 1.0)
    floors = np.clip(np.round(2 + 12 * near**2 + rng.exponential(2.5, len(chosen))), 1, 30).astype(int)
    shares = np.cumsum([share for share, _ in USES])
    uses = [
        USES[int(np.searchsorted(shares, draw, side="right").clip(max=len(USES) - 1))][1]
        for draw in rng.random(len(chosen))
    ]
    return [lots[i] for i in chosen], floors, uses


def _dataset(place: Document) -> Document:
    return {
        "id": urn("Dataset", "madang", f"sample-buildings-{_code(place) or 'place'}"),
        "type": "Dataset",
        "title": language_property(TITLE),
        "description": language_property(NOTICE),
        "publisher": property_("Madang"),
        "licence": property_("CC0-1.0"),
        "status": property_(STATUS),
    }


def _building(
    place: Document, number: int, shape: dict[str, Any], area_m2: float, storeys: int, use: str, source: str
) -> Document:
    def said(value: Any, unit: str | None = None) -> dict[str, Any]:
        return property_(value, unit=unit, source=source, status=STATUS)

    made: Document = {
        "id": urn("Building", "sample", f"{_code(place) or 'place'}-{number:04d}"),
        "type": "Building",
        "location": geo_property(shape, source=source, status=STATUS),
        "floorsAboveGround": said(storeys, "{floor}"),
        "height": said(storeys * STOREY_M, "MTR"),
        "footprintArea": said(round(area_m2, 1), "MTK"),
        "floorArea": said(round(area_m2 * storeys, 1), "MTK"),
        "use": said(use),
        "source": relationship(source),
        "status": property_(STATUS),
    }
    if place["type"] == "Dong":
        made["refDong"] = relationship(place["id"])
    city = value_of(place, "refCity")
    if city:
        made["refCity"] = relationship(city)
    return made
