"""Any geometry to a footprint: lines get a width, points a square, polygons stay.

Widths are metres; each geometry is scaled to metres about its own centre, so a line of several kilometres is wide by
its width to a few parts in ten thousand.
"""

from __future__ import annotations

import numpy as np
import shapely

from madang.geometry.flat import Bools, Floats, Ints
from madang.geometry.rings import Geometries

POINTS, LINES, POLYGONS = 0, 1, 2
_A, _E2 = 6378137.0, 0.0066943799901413165  # WGS84: half axis in metres, squared eccentricity


def footprints(geometries: Geometries, *, width_m: Floats) -> Geometries:
    """Polygons in (lon, lat) for points, lines and polygons; `width_m` is read for points and lines."""
    dimension = shapely.get_dimensions(geometries)
    out = geometries.copy()
    for kind, build in ((POINTS, _squares), (LINES, _ribbons)):
        chosen = np.flatnonzero((dimension == kind) & ~shapely.is_empty(geometries))
        if len(chosen):
            out[chosen] = build(geometries[chosen], width_m[chosen])
    return out


def is_symbolic(geometries: Geometries) -> Bools:
    """Which geometries are points: their footprint is a sign, not a shape."""
    return np.asarray(shapely.get_dimensions(geometries) == POINTS)


def metres_per_degree(lat: Floats) -> Floats:
    """Metres per degree of longitude and of latitude at latitudes, (n, 2)."""
    sine, cosine = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    curve = 1 - _E2 * sine * sine
    return np.radians(np.stack([_A * cosine / np.sqrt(curve), _A * (1 - _E2) / curve**1.5], axis=-1))


def _squares(points: Geometries, width_m: Floats) -> Geometries:
    centre = shapely.get_coordinates(shapely.centroid(points))
    half = width_m[:, None] / 2 / metres_per_degree(centre[:, 1])
    west_south, east_north = centre - half, centre + half
    return np.asarray(shapely.box(*west_south.T, *east_north.T), dtype=object)


def _ribbons(lines: Geometries, width_m: Floats) -> Geometries:
    middle = shapely.get_coordinates(shapely.centroid(lines))
    scale = metres_per_degree(middle[:, 1])
    wide = shapely.buffer(
        _scaled(lines, middle, scale), width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=2.0
    )
    return _scaled(wide, -middle * scale, 1 / scale)


def _scaled(geometries: Geometries, origin: Floats, scale: Floats) -> Geometries:
    """(position - origin) * scale, each geometry with its own."""
    flat: Floats
    owner: Ints
    flat, owner = shapely.get_coordinates(geometries, return_index=True)
    return np.asarray(shapely.set_coordinates(geometries.copy(), (flat - origin[owner]) * scale[owner]), dtype=object)
