"""What was drawn, checked before it is written: closed, valid, in the world, neither too small nor absurdly large.

Positions are (lon, lat) and rounded to a centimetre; heights of positions are left out. What can't be right is refused
with what to do about it; nothing is mended in silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from madang.errors import CallerError
from madang.geometry.footprints import metres_per_degree

DECIMALS = 7
MOST_POSITIONS = 2_000
SMALLEST_M2 = 1.0


@dataclass(frozen=True)
class Bounds:
    """How large a thing may be drawn: from corner to corner, and for a line its shortest length."""

    widest_m: float
    shortest_m: float = 0.0


BODY = Bounds(widest_m=3_000.0)  # the longest factories of the world are about a kilometre
LAND = Bounds(widest_m=50_000.0)
ROAD = Bounds(widest_m=100_000.0, shortest_m=1.0)


@dataclass(frozen=True)
class Outline:
    """A checked geometry as GeoJSON, with its area and its length in metres (0 where it has none)."""

    geometry: dict[str, Any]
    area_m2: float
    length_m: float


def checked_polygon(given: Any, bounds: Bounds) -> Outline:
    """A polygon that was drawn."""
    rings = _member(given, "Polygon")
    if not isinstance(rings, list) or not rings:
        raise CallerError("drawing.no-geometry", wanted="Polygon", found=_short(given))
    _few(sum(len(ring) if isinstance(ring, list) else 1 for ring in rings))
    placed = [_ring(ring, number) for number, ring in enumerate(rings, 1)]
    polygon = shapely.Polygon(placed[0], placed[1:])
    if not polygon.is_valid:
        raise CallerError("drawing.outline-crosses", problem=shapely.is_valid_reason(polygon))
    polygon = shapely.geometry.polygon.orient(polygon)
    _within(polygon, bounds)
    area = area_m2(polygon)
    if area <= SMALLEST_M2:
        raise CallerError("drawing.too-small", found=f"{area:.2f}", least=f"{SMALLEST_M2:g}")
    coordinates = [[list(place) for place in ring.coords] for ring in (polygon.exterior, *polygon.interiors)]
    return Outline({"type": "Polygon", "coordinates": coordinates}, area, 0.0)


def checked_line(given: Any, bounds: Bounds) -> Outline:
    """A line that was drawn."""
    places = _member(given, "LineString")
    if not isinstance(places, list) or len(places) < 2:
        raise CallerError("drawing.no-geometry", wanted="LineString", found=_short(given))
    _few(len(places))
    positions = [_position(place) for place in places]
    line = shapely.LineString(positions)
    _within(line, bounds)
    length = length_m(positions)
    if length < bounds.shortest_m:
        raise CallerError("drawing.too-short", found=f"{length:.2f}", least=f"{bounds.shortest_m:g}")
    return Outline({"type": "LineString", "coordinates": [list(place) for place in positions]}, 0.0, length)


def checked_point(given: Any) -> tuple[float, float]:
    """A place that was pointed at."""
    return _position(_member(given, "Point"))


def area_m2(polygon: shapely.Geometry) -> float:
    """The area of a polygon in (lon, lat), in square metres at its own latitude."""
    if polygon.is_empty:
        return 0.0
    return float(polygon.area * np.prod(metres_per_degree(np.array(polygon.centroid.y))))


def length_m(positions: list[tuple[float, float]]) -> float:
    """The length of a line through (lon, lat) positions."""
    places = np.array(positions)
    steps = np.diff(places, axis=0) * metres_per_degree((places[:-1, 1] + places[1:, 1]) / 2)
    return float(np.hypot(*steps.T).sum())


def _member(given: Any, wanted: str) -> Any:
    if not isinstance(given, Mapping) or given.get("type") != wanted or "coordinates" not in given:
        raise CallerError("drawing.no-geometry", wanted=wanted, found=_short(given))
    return given["coordinates"]


def _ring(given: Any, number: int) -> list[tuple[float, float]]:
    if not isinstance(given, list) or len(given) < 4:
        raise CallerError("drawing.ring-short", ring=number, found=len(given) if isinstance(given, list) else 0)
    ring = [_position(place) for place in given]
    if ring[0] != ring[-1]:
        raise CallerError("drawing.not-closed", ring=number)
    return ring


def _position(given: Any) -> tuple[float, float]:
    if not isinstance(given, list | tuple) or not 2 <= len(given) <= 3:
        raise CallerError("drawing.not-a-position", found=_short(given))
    lon, lat = given[0], given[1]
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (lon, lat))
    if not numbers or not (math.isfinite(lon) and math.isfinite(lat)):
        raise CallerError("drawing.not-a-position", found=_short(given))
    if not (-180 <= lon <= 180 and -89 <= lat <= 89):
        raise CallerError("drawing.outside-the-world", found=_short(given))
    return round(float(lon), DECIMALS), round(float(lat), DECIMALS)


def _within(shape: shapely.Geometry, bounds: Bounds) -> None:
    west, south, east, north = shape.bounds
    across = np.array([east - west, north - south]) * metres_per_degree(np.array((south + north) / 2))
    wide = float(np.hypot(*across))
    if wide > bounds.widest_m:
        raise CallerError("drawing.too-large", found=f"{wide / 1000:,.1f}", most=f"{bounds.widest_m / 1000:g}")


def _few(positions: int) -> None:
    if positions > MOST_POSITIONS:
        raise CallerError("drawing.too-many-positions", found=positions, most=MOST_POSITIONS)


def _short(given: Any) -> str:
    text = repr(given)[:80] if not isinstance(given, Mapping) else str(given.get("type"))[:80]
    return text or "-"
