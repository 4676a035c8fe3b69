"""Geometry as it enters: any coordinate system to longitude and latitude, valid polygons, GeoJSON.

Coordinates are rounded to 1e-7 degrees, a centimetre. A polygon whose rings cross themselves is taken apart with
`make_valid`, keeping polygons; whoever calls counts it. Arrays in, arrays out: nothing here loops over coordinates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from pyproj import CRS, Transformer

Geometries = npt.NDArray[np.object_]

DECIMALS = 7  # of a degree: one centimetre
WGS84 = "EPSG:4326"


def invalid(drawn: Geometries) -> npt.NDArray[np.bool_]:
    """Which geometries are not valid; None counts as valid."""
    wrong: npt.NDArray[np.bool_] = ~(shapely.is_valid(drawn) | shapely.is_missing(drawn))
    return wrong


def repaired(drawn: Geometries) -> Geometries:
    """The same geometries with invalid polygons taken apart; lines and points that this leaves are dropped."""
    bad = invalid(drawn)
    if not bad.any():
        return drawn
    drawn = drawn.copy()
    drawn[bad] = [_polygonal(part) for part in shapely.make_valid(drawn[bad], method="structure", keep_collapsed=False)]
    return drawn


def _polygonal(geometry: Any) -> Any:
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    return shapely.union_all([part for part in shapely.get_parts(geometry) if "Polygon" in part.geom_type])


def transformer_between(source: str | CRS, target: str | CRS) -> Transformer:
    """From one coordinate system to another, x before y on both sides."""
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def transformer(crs: str | CRS) -> Transformer:
    """From a coordinate system to longitude and latitude, x before y on both sides; made once."""
    return Transformer.from_crs(crs, WGS84, always_xy=True)


@lru_cache(maxsize=64)
def is_degrees(crs: str | CRS) -> bool:
    """Whether coordinates are longitude and latitude already."""
    return bool(CRS.from_user_input(crs).equals(CRS.from_epsg(4326), ignore_axis_order=True))


def to_degrees(drawn: Geometries, crs: str | CRS = WGS84) -> Geometries:
    """Geometries in longitude and latitude, rounded and still valid, outer rings anticlockwise; heights are kept."""
    change = None if is_degrees(crs) else transformer(crs)

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lon, lat = points[:, 0], points[:, 1]
        if change is not None:
            lon, lat = change.transform(lon, lat)
        columns = [np.round(lon, DECIMALS), np.round(lat, DECIMALS)]
        if points.shape[1] == 3:
            columns.append(np.round(points[:, 2], 3))
        return np.column_stack(columns)

    high = shapely.has_z(drawn)
    moved = shapely.transform(drawn, move) if not high.any() else np.empty(len(drawn), dtype=object)
    if high.any():
        moved[~high] = shapely.transform(drawn[~high], move)
        moved[high] = shapely.transform(drawn[high], move, include_z=True)
    turned: Geometries = shapely.orient_polygons(repaired(moved))
    return turned


def outside(moved: Geometries) -> npt.NDArray[np.bool_]:
    """Which geometries are not within the degrees of the world, or not finite: their stated system can't be theirs."""
    west, south, east, north = shapely.bounds(moved).T
    fits: npt.NDArray[np.bool_] = (west >= -180) & (south >= -90) & (east <= 180) & (north <= 90)
    return ~fits


def geojson(geometries: Geometries) -> list[dict[str, Any]]:
    """Geometries as GeoJSON objects."""
    return [orjson.loads(text) for text in shapely.to_geojson(geometries)]
