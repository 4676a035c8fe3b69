"""Whether the ground itself stands between a point and the sun.

The ground is sampled along each ray at steps that grow with distance: a cell near the point, a fiftieth of the distance
farther off. The Earth's curve (7 m at 10 km) is left out.
"""

from __future__ import annotations

import numpy as np

from madang.geometry.flat import Bools, Floats
from madang.geometry.footprints import metres_per_degree
from madang.geometry.terrain import Ground

GROWTH = 1.02
CLEAR_M = 0.5  # ground that rises less than this above a ray is within what a grid knows


def clear_of_ground(
    lonlat: Floats,
    height_m: Floats,
    ground: Ground,
    *,
    azimuth: Floats,
    elevation: Floats,
    reach_m: float,
    wanted: Bools,
) -> Bools:
    """For each moment and point whether no ground is in the way, (moments, points); True where not `wanted`."""
    clear = np.ones_like(wanted)
    if not len(lonlat):
        return clear
    places, which = np.unique(lonlat, axis=0, return_inverse=True)
    which = which.reshape(-1)
    distances = _distances(max(ground.grids[0].cell_m, 1.0), reach_m)
    scale = metres_per_degree(places[:, 1])
    for moment in np.flatnonzero(wanted.any(axis=1)):
        climb = float(np.tan(np.radians(elevation[moment])))
        far = distances[distances * climb < ground.highest_m - height_m.min()]
        if not len(far):
            continue
        angle = np.radians(azimuth[moment])
        step = np.array([np.sin(angle), np.cos(angle)]) / scale
        along = places[:, None, :] + step[:, None, :] * far[None, :, None]
        heights = ground.heights(along.reshape(-1, 2)).reshape(len(places), len(far))
        # A ray from height z clears the ground where z exceeds the highest of (ground - distance * climb).
        needed = np.nanmax(np.nan_to_num(heights, nan=-np.inf) - far * climb, axis=1)
        clear[moment] = height_m + CLEAR_M > needed[which]
    return clear | ~wanted


def _distances(cell_m: float, reach_m: float) -> Floats:
    made = [cell_m]
    while made[-1] < reach_m:
        made.append(made[-1] + max(cell_m, made[-1] * (GROWTH - 1)))
    return np.array(made)
