"""The plane a quarter is laid out in: u metres along its axis and v across, from its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from madang.entities.entity import Document, geometry_of, value_of
from madang.errors import DataError
from madang.sources.shapes import WGS84, to_degrees, transformer_between

Geometries = NDArray[Any]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """A plane around a place in degrees, turned anticlockwise from east."""

    lon: float
    lat: float
    turn_deg: float

    @cached_property
    def wkt(self) -> str:
        """The plane's coordinate system before it is turned."""
        proj = f"+proj=tmerc +lat_0={self.lat:.6f} +lon_0={self.lon:.6f} +k=1 +ellps=GRS80 +units=m"
        return str(CRS.from_proj4(proj).to_wkt())

    @cached_property
    def _flat(self) -> Transformer:
        return transformer_between(WGS84, self.wkt)

    def degrees(self, drawn: Geometries) -> Geometries:
        """Geometries of the plane in longitude and latitude."""
        return to_degrees(shapely.transform(drawn, lambda points: _turned(points, self.turn_deg)), self.wkt)

    def metres(self, drawn: Any) -> Any:
        """Geometries in longitude and latitude in the plane."""
        return shapely.transform(drawn, self.places)

    def places(self, lonlat: Points) -> Points:
        """(u, v) of positions in longitude and latitude."""
        x, y = self._flat.transform(lonlat[:, 0], lonlat[:, 1])
        return _turned(np.column_stack([x, y]), -self.turn_deg)


def plane_of(place: Document, middle: tuple[float, float] | None) -> tuple[Plane, Any]:
    """The plane of a place with a boundary, along the longer side of it, and the boundary in the plane."""
    geometry = geometry_of(place)
    if geometry is None:
        raise DataError("sources.sample-without-boundary", id=place["id"])
    boundary = shapely.from_geojson(orjson.dumps(geometry))
    lon, lat = middle or boundary.centroid.coords[0]
    flat = Plane(round(lon, 6), round(lat, 6), 0.0)
    plane = Plane(flat.lon, flat.lat, _axis_deg(flat.metres(boundary)))
    return plane, shapely.make_valid(plane.metres(boundary))


def code_of(place: Document) -> str:
    """The code of a place, by which what stands in it is told apart."""
    return str(value_of(place, "code") or "place")


def draw_of(place: Document, seed: int) -> list[int]:
    """What the generators of random numbers of a place begin with."""
    code = code_of(place)
    return [seed, int(code) % 2**32 if code.isdigit() else 0]


def _axis_deg(flat: Any) -> float:
    """The direction of the longer side of the smallest rectangle around a boundary, between -45 and 45 degrees."""
    corners = np.array(flat.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    dx, dy = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    return round((math.degrees(math.atan2(dy, dx)) + 45) % 90 - 45, 3)


def _turned(points: Points, degrees: float) -> Points:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    u, v = points[:, 0], points[:, 1]
    return np.column_stack([cos * u - sin * v, sin * u + cos * v])
