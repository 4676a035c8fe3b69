"""GeoJSON geometries as they enter: what a good one is, and what to say about a bad one.

Positions are (lon, lat) in degrees of WGS 84, with an optional height in metres (NGSI-LD 4.7, RFC 7946). Nothing is
repaired here: a ring that is not closed is refused, because only whoever drew it knows what was meant.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from madang.errors import DataError

Geometry = dict[str, Any]

GEOMETRY_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
_NUMBERS = frozenset({int, float})


def is_geometry(value: Any) -> bool:
    """Whether a value has the shape of a GeoJSON geometry (its coordinates may still be wrong)."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), str)
        and value["type"] in GEOMETRY_TYPES
        and ("geometries" if value["type"] == "GeometryCollection" else "coordinates") in value
    )


def check_geometry(geometry: Any, *, place: str = "") -> Any:
    """Give the geometry back, or raise a DataError that says where and what is wrong with it."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in GEOMETRY_TYPES:
        raise DataError("entities.geometry-type", place=place, found=_short(kind if kind else geometry))
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if not isinstance(members, list):
            raise DataError("entities.geometry-coordinates", place=place, kind=kind, found=_short(members))
        for member in members:
            check_geometry(member, place=place)
        return geometry
    try:
        _CHECKS[kind](geometry.get("coordinates"), place)
    except (TypeError, ValueError, OverflowError):
        found = _short(geometry.get("coordinates"))
        raise DataError("entities.geometry-coordinates", place=place, kind=kind, found=found) from None
    return geometry


def positions_of(geometry: Geometry) -> list[list[float]]:
    """All positions of a geometry in one flat list, in the order in which they are written."""
    if geometry["type"] == "GeometryCollection":
        return [position for member in geometry["geometries"] for position in positions_of(member)]
    found = geometry["coordinates"]
    for _ in range(_DEPTH[geometry["type"]]):
        found = [inner for outer in found for inner in outer]
    return [found] if geometry["type"] == "Point" else found


def bounds_of(geometry: Geometry) -> tuple[float, float, float, float] | None:
    """(west, south, east, north) in degrees, or None for a geometry without positions."""
    positions = positions_of(geometry)
    if not positions:
        return None
    lons = [position[0] for position in positions]
    lats = [position[1] for position in positions]
    return min(lons), min(lats), max(lons), max(lats)


_DEPTH = {"Point": 0, "MultiPoint": 0, "LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}


def _check_positions(positions: Any, place: str, *, least: int = 0) -> None:
    """Check a list of positions; columns at a time, so that a coastline costs microseconds a hundred points."""
    if type(positions) is not list or len(positions) < least:
        raise ValueError
    if not positions:
        return
    if not set(map(len, positions)) <= {2, 3}:
        raise ValueError
    columns = list(zip(*positions, strict=False))
    for column in columns:
        if not set(map(type, column)) <= _NUMBERS:
            raise ValueError
        if not isfinite(sum(column)):
            raise DataError("entities.coordinates-not-finite", place=place, found=_short(positions))
    for column, limit in zip(columns, (180, 90), strict=False):
        if min(column) < -limit or max(column) > limit:
            worst = next(list(p) for p in positions if abs(p[0]) > 180 or abs(p[1]) > 90)
            raise DataError("entities.coordinates-out-of-range", place=place, found=_short(worst))


def _check_point(position: Any, place: str) -> None:
    _check_positions([position], place, least=1)


def _check_points(positions: Any, place: str) -> None:
    _check_positions(positions, place)


def _check_line(positions: Any, place: str) -> None:
    _check_positions(positions, place, least=2)


def _check_ring(ring: Any, place: str) -> None:
    _check_positions(ring, place, least=1)
    if ring[0] != ring[-1]:
        raise DataError("entities.ring-not-closed", place=place, first=ring[0], last=ring[-1])
    if len(ring) < 4:
        raise DataError("entities.ring-too-short", place=place, found=len(ring))


def _check_polygon(rings: Any, place: str) -> None:
    if type(rings) is not list:
        raise ValueError
    for ring in rings:
        _check_ring(ring, place)


def _check_lines(lines: Any, place: str) -> None:
    if type(lines) is not list:
        raise ValueError
    for line in lines:
        _check_line(line, place)


def _check_polygons(polygons: Any, place: str) -> None:
    if type(polygons) is not list:
        raise ValueError
    for polygon in polygons:
        _check_polygon(polygon, place)


_CHECKS = {
    "Point": _check_point,
    "MultiPoint": _check_points,
    "LineString": _check_line,
    "MultiLineString": _check_lines,
    "Polygon": _check_polygon,
    "MultiPolygon": _check_polygons,
}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
