"""Points spread evenly over façades, roofs and plots, in metres of a plane.

Spacing is the side of the patch that a point stands for: every edge and every height is cut into equal parts no longer
than that (by more than a hundredth), and the point is the middle of its part. Points on a façade stand a little in
front of it.
"""

from __future__ import annotations

import numpy as np
import shapely

from madang.geometry.flat import Floats, Ints, counting, following
from madang.geometry.rings import Rings
from madang.geometry.sunbeams import Points

OFF_WALL_M = 0.05
ABOVE_M = 0.02
SLACK = 0.01


def on_facades(rings: Rings, place: Floats, *, base_m: float, height_m: float, spacing_m: float) -> Points:
    """Points over the walls of one feature, each looking outwards."""
    start, end = place, place[following(rings.ring_offsets)]
    along = end - start
    length = np.hypot(*along.T)
    columns = _parts(length, spacing_m)
    levels = int(_parts(np.array(height_m), spacing_m))
    wall = np.repeat(np.arange(len(start)), columns)
    part = (counting(columns) + 0.5) / columns[wall]
    # Outer rings run counter-clockwise and holes clockwise, so the right hand is outside.
    outward = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.maximum(length, 1e-9)[:, None]
    foot = start[wall] + part[:, None] * along[wall] + OFF_WALL_M * outward[wall]
    heights = base_m + (np.arange(levels) + 0.5) * height_m / levels
    return Points(
        place=np.repeat(foot, levels, axis=0),
        height=np.tile(heights, len(foot)),
        facing=np.repeat(outward[wall], levels, axis=0),
    )


def on_level(shape: shapely.Geometry, *, height_m: float, spacing_m: float) -> Points:
    """Points of a grid over a polygon at one height; its own middle where the grid misses it."""
    west, south, east, north = shape.bounds
    columns, rows = (int(_parts(np.array(side), spacing_m)) for side in (east - west, north - south))
    xs = west + (np.arange(columns) + 0.5) * (east - west) / columns
    ys = south + (np.arange(rows) + 0.5) * (north - south) / rows
    grid = np.stack([np.repeat(xs, rows), np.tile(ys, columns)], axis=1)
    inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    if not len(inside):
        middle = shape.representative_point()
        inside = np.array([[middle.x, middle.y]])
    return Points(inside, np.full(len(inside), height_m + ABOVE_M), np.zeros_like(inside))


def number_on_facades(place: Floats, rings: Rings, *, height_m: float, spacing_m: float) -> int:
    """How many points `on_facades` would give, before any is made."""
    length = np.hypot(*(place[following(rings.ring_offsets)] - place).T)
    return int(_parts(length, spacing_m).sum() * _parts(np.array(height_m), spacing_m))


def _parts(length: Floats, spacing_m: float) -> Ints:
    """Into how many parts a length is cut; outlines are known to a centimetre, so a hair more is no part more."""
    return np.maximum(np.ceil(length / spacing_m - SLACK), 1).astype(np.int64)
