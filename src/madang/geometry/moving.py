"""Shapes moved and turned as rigid bodies: outlines in (lon, lat), solids in the coordinates of their data.

A motion is a turn about a middle, then a shift of that middle. Offsets from the middle are taken in metres at its
latitude and laid down in metres at the latitude it comes to, so a shape keeps its size wherever it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from madang.geometry.flat import Floats
from madang.geometry.footprints import metres_per_degree

DECIMALS = 9  # a tenth of a millimetre: a shape moved often stays itself
FARTHEST_M = 5_000.0  # a solid read this far from its outline was not understood


@dataclass(frozen=True)
class Motion:
    """A turn about (lon, lat), clockwise seen from above, and a shift to the east and north."""

    middle: tuple[float, float]
    east_m: float = 0.0
    north_m: float = 0.0
    clockwise_deg: float = 0.0

    @property
    def arrival(self) -> tuple[float, float]:
        """Where the middle comes to."""
        per_degree = metres_per_degree(np.array(self.middle[1]))
        lon, lat = np.array(self.middle) + np.array([self.east_m, self.north_m]) / per_degree
        return float(lon), float(lat)

    def apply(self, lonlat: Floats) -> Floats:
        """The places that (lon, lat) places come to, (n, 2)."""
        arrival = np.array(self.arrival)
        offset = (lonlat - np.array(self.middle)) * metres_per_degree(np.array(self.middle[1]))
        angle = np.radians(self.clockwise_deg)
        sine, cosine = np.sin(angle), np.cos(angle)
        turned = np.stack([offset @ (cosine, sine), offset @ (-sine, cosine)], axis=1)
        return np.asarray(arrival + turned / metres_per_degree(np.array(arrival[1])), dtype=np.float64)


def motion_to(middle: tuple[float, float], place: tuple[float, float]) -> Motion:
    """The shift that brings a middle to a place."""
    east, north = (np.array(place) - np.array(middle)) * metres_per_degree(np.array(middle[1]))
    return Motion(middle, float(east), float(north))


def middle_of(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """The centre of gravity of a GeoJSON geometry: turning about it leaves it where it is."""
    centre = shapely.centroid(shapely.geometry.shape(geometry))
    return float(centre.x), float(centre.y)


def moved_geometry(geometry: Mapping[str, Any], motion: Motion) -> dict[str, Any]:
    """A GeoJSON geometry after a motion; heights of its positions are left out."""
    if geometry["type"] == "GeometryCollection":
        return {"type": "GeometryCollection", "geometries": [moved_geometry(g, motion) for g in geometry["geometries"]]}
    return {"type": geometry["type"], "coordinates": _moved(geometry["coordinates"], motion)}


def moved_solid(solid: Mapping[str, Any], motion: Motion, *, rise_m: float = 0.0) -> dict[str, Any] | None:
    """A `geometry3d` after a motion, and lifted; None where its coordinates can't be told from its system."""
    transform = solid.get("transform") or {}
    scale = np.array(transform.get("scale", (1.0, 1.0, 1.0)), dtype=np.float64)
    origin = np.array(transform.get("translate", (0.0, 0.0, 0.0)), dtype=np.float64)
    vertices = np.array(solid.get("vertices", ()), dtype=np.float64)
    systems = _transformers(str(solid.get("crs")))
    if systems is None or vertices.ndim != 2 or vertices.shape[1] != 3 or not len(vertices):
        return None
    there, back = systems
    placed = vertices * scale + origin
    lonlat = np.stack(there.transform(placed[:, 0], placed[:, 1]), axis=1)
    away = np.abs((lonlat - np.array(motion.middle)) * metres_per_degree(np.array(motion.middle[1])))
    if not np.isfinite(away).all() or away.max() > FARTHEST_M:
        return None
    moved = np.stack(back.transform(*motion.apply(lonlat).T), axis=1)
    counted = vertices.copy()
    counted[:, :2] = (moved - origin[:2]) / scale[:2]
    counted[:, 2] += rise_m / scale[2]
    if "transform" in solid:
        return {**solid, "vertices": np.rint(counted).astype(np.int64).tolist()}
    return {**solid, "vertices": counted.tolist()}


def _moved(coordinates: Sequence[Any], motion: Motion) -> list[Any]:
    if isinstance(coordinates[0], int | float):
        return _rounded(motion.apply(np.array([coordinates[:2]], dtype=np.float64))[0])
    if isinstance(coordinates[0][0], int | float):
        lonlat = np.array([place[:2] for place in coordinates], dtype=np.float64)
        return [_rounded(place) for place in motion.apply(lonlat)]
    return [_moved(part, motion) for part in coordinates]


def _rounded(place: Floats) -> list[float]:
    return [round(float(value), DECIMALS) for value in place]


@lru_cache(maxsize=16)
def _transformers(crs: str) -> tuple[Any, Any] | None:
    """To (lon, lat) and back, of the horizontal part of a coordinate system."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(crs)
        flat = found.sub_crs_list[0] if found.is_compound else found.to_2d()
        if not (flat.is_projected or flat.is_geographic):
            return None
        return (
            Transformer.from_crs(flat, "EPSG:4326", always_xy=True),
            Transformer.from_crs("EPSG:4326", flat, always_xy=True),
        )
    except CRSError:
        return None
