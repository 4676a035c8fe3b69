"""Degrees to the Earth's frame and to metres about a place.

Earth's frame: ECEF on WGS84, as 3D Tiles wants it, through one pyproj pipeline. Local frame: east, north, up in metres
about an origin. Heights are metres above the ellipsoid; a city without terrain stands on height 0, which in Korea lies
some 20 to 30 m below the sea's level, everywhere alike (the geoid), so nothing in one city moves against another.

Plan distances and areas are taken from the east and north of a local frame. Seen from its origin they shrink by the
square of (distance / Earth radius) / 2: 5 parts in a million at 20 km.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from pyproj import Transformer

from madang.geometry.flat import Floats

_A, _B = 6378137.0, 6356752.314245179  # WGS84 half axes in metres


def earth_from_degrees(lonlat: Floats, height_m: Floats | float = 0.0) -> Floats:
    """ECEF positions (n, 3) of (lon, lat) vertices at heights above the ellipsoid."""
    height = np.broadcast_to(np.asarray(height_m, dtype=np.float64), len(lonlat))
    return np.stack(_pipeline().transform(lonlat[:, 0], lonlat[:, 1], height), axis=1)


def up_from_ground(earth: Floats) -> Floats:
    """Unit normals of the ellipsoid at ECEF positions of height 0, without a sine or cosine."""
    gradient = earth / (_A * _A, _A * _A, _B * _B)
    return np.asarray(gradient / np.linalg.norm(gradient, axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True)
class Frame:
    """A local east-north-up frame about an origin on the ellipsoid."""

    origin: Floats
    axes: Floats  # rows: east, north, up

    @classmethod
    def at(cls, lon: float, lat: float) -> Frame:
        """The frame about a place."""
        origin = earth_from_degrees(np.array([[lon, lat]]))
        up = up_from_ground(origin)[0]
        turn = np.radians(lon)
        east = np.array([-np.sin(turn), np.cos(turn), 0.0])
        return cls(origin[0], np.stack([east, np.cross(up, east), up]))

    @classmethod
    def about(cls, lonlat: Floats) -> Frame:
        """The frame about the middle of the vertices' bounds."""
        lon, lat = (lonlat.min(axis=0) + lonlat.max(axis=0)) / 2
        return cls.at(float(lon), float(lat))

    def positions(self, earth: Floats) -> Floats:
        """ECEF positions in this frame."""
        return np.asarray((earth - self.origin) @ self.axes.T, dtype=np.float64)

    def directions(self, earth: Floats) -> Floats:
        """ECEF directions in this frame."""
        return np.asarray(earth @ self.axes.T, dtype=np.float64)

    def ground(self, lonlat: Floats) -> Floats:
        """(lon, lat) vertices on the ellipsoid, in this frame."""
        return self.positions(earth_from_degrees(lonlat))

    def to_earth(self) -> list[float]:
        """The matrix from this frame to ECEF, column by column, as 3D Tiles writes it."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes.T
        matrix[:3, 3] = self.origin
        return [float(x) for x in matrix.T.reshape(-1)]


@cache
def _pipeline() -> Any:
    return Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84"
    )
