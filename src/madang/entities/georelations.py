"""Geo-queries (NGSI-LD 4.10): does a geometry stand in a relation to a reference geometry?

Topological relations are computed in the plane of longitude and latitude, as GeoJSON defines its edges: exact to double
precision. `near` is in metres on the WGS 84 ellipsoid: between two points the geodesic; between other geometries the
geodesic between their closest points, which are found in a local projection (metres a degree at the reference's
latitude). That projection may choose a neighbouring point, so the distance is never too short and, for anything
within 100 km, too long by less than 0.1 %. The reference's buffer is closed: `maxDistance` includes its edge,
`minDistance` excludes it. Nothing here wraps around the antimeridian.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import orjson

from madang.entities.geojson import GEOMETRY_TYPES, bounds_of, check_geometry
from madang.errors import CallerError, DataError

if TYPE_CHECKING:
    from pyproj import Geod

Relation = Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]
RELATIONS = ("near", "within", "contains", "intersects", "equals", "disjoint", "overlaps")
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """A relation to a reference geometry; `near` takes a largest or a smallest distance in metres."""

    relation: Relation
    geometry: dict[str, Any] = field(hash=False)
    property: str = "location"
    max_distance_m: float | None = None
    min_distance_m: float | None = None

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise CallerError("entities.geo-relation", found=self.relation, known=", ".join(RELATIONS))
        if self.relation == "near":
            distances = [d for d in (self.max_distance_m, self.min_distance_m) if d is not None]
            if not distances or not all(math.isfinite(d) and d > 0 for d in distances):
                raise CallerError("entities.geo-distance")
        try:
            check_geometry(self.geometry, place="georel")
        except DataError as wrong:
            raise CallerError("entities.geo-geometry", problem=wrong) from wrong


def search_bounds(geo: GeoQuery) -> Bounds | None:
    """(west, south, east, north) outside of which nothing can match, or None if anything may."""
    if geo.relation == "disjoint":
        return None
    found = bounds_of(geo.geometry)
    if found is None:
        return None
    if geo.relation != "near":
        return found
    if geo.max_distance_m is None:
        return None
    return _grown(found, geo.max_distance_m)


def _grown(bounds: Bounds, metres: float) -> Bounds:
    """Bounds grown by a distance, rather too far than too short (a degree of latitude has at least 110,574 m)."""
    west, south, east, north = bounds
    up = metres * 1.01 / 110_574
    widest = min(89.9, max(abs(south - up), abs(north + up)))
    aside = metres * 1.01 / (111_319 * math.cos(math.radians(widest)))
    return west - aside, south - up, east + aside, north + up


def _overlap(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def holds(geo: GeoQuery, geometry: dict[str, Any] | None) -> bool:
    """Whether a geometry stands in the asked relation to the reference; an absent one never does."""
    if geometry is None or geometry.get("type") not in GEOMETRY_TYPES:
        return False
    searched, own = search_bounds(geo), bounds_of(geometry)
    if own is None or (searched is not None and not _overlap(searched, own)):
        return geo.relation == "disjoint" and own is not None
    return _shape_holds(geo, _shape(geometry))


def _shape_holds(geo: GeoQuery, shape: Any) -> bool:
    import shapely

    reference = _reference(orjson.dumps(geo.geometry))
    match geo.relation:
        case "near":
            distance = distance_m(reference, shape)
            return (geo.max_distance_m is None or distance <= geo.max_distance_m) and (
                geo.min_distance_m is None or distance > geo.min_distance_m
            )
        case "within":
            return bool(shapely.contains(reference, shape))
        case "contains":
            return bool(shapely.within(reference, shape))
        case "intersects":
            return bool(shapely.intersects(reference, shape))
        case "disjoint":
            return not shapely.intersects(reference, shape)
        case "equals":
            return bool(shapely.equals(reference, shape))
        case "overlaps":
            return bool(shapely.overlaps(reference, shape))


def distances_from(origin: dict[str, Any], geometries: Sequence[dict[str, Any]]) -> list[float]:
    """Metres from a GeoJSON geometry to each of others, as `near` counts them; points to points all at once."""
    points = [n for n, one in enumerate(geometries) if one["type"] == "Point"] if origin["type"] == "Point" else []
    found = [math.inf] * len(geometries)
    if points:
        lons, lats = zip(*(geometries[n]["coordinates"][:2] for n in points), strict=True)
        lon, lat = origin["coordinates"][:2]
        metres = _geod().inv([lon] * len(points), [lat] * len(points), lons, lats)[2]
        for n, metre in zip(points, metres, strict=True):
            found[n] = float(metre)
    reference = _reference(orjson.dumps(origin))
    for n in set(range(len(geometries))).difference(points):
        found[n] = distance_m(reference, _shape(geometries[n]))
    return found


def distance_m(a: Any, b: Any) -> float:
    """Metres between two shapely geometries in degrees; infinite if one is empty, 0 if they touch."""
    import shapely

    if a.is_empty or b.is_empty:
        return math.inf
    if a.geom_type == "Point" and b.geom_type == "Point":
        return float(_geod().inv(a.x, a.y, b.x, b.y)[2])
    if shapely.intersects(a, b):
        return 0.0
    middle = math.radians((a.bounds[1] + a.bounds[3]) / 2)
    scale = math.cos(middle)
    if scale < 1e-6:
        scale = 1e-6

    def squeezed(positions: Any) -> Any:
        return positions * (scale, 1.0)

    line = shapely.shortest_line(shapely.transform(a, squeezed), shapely.transform(b, squeezed))
    (x0, y0), (x1, y1) = line.coords
    return float(_geod().inv(x0 / scale, y0, x1 / scale, y1)[2])


def _shape(geometry: dict[str, Any]) -> Any:
    import shapely

    if geometry["type"] == "Point":
        return shapely.Point(geometry["coordinates"][:2])
    return shapely.from_geojson(orjson.dumps(geometry))


@lru_cache(maxsize=256)
def _reference(geojson: bytes) -> Any:
    import shapely

    shape = shapely.from_geojson(geojson)
    shapely.prepare(shape)
    return shape


@cache
def _geod() -> Geod:
    from pyproj import Geod

    return Geod(ellps="WGS84")
