"""Which points the sun reaches: parallel rays against the upright walls of prisms, all points and walls of a moment at
once.

The rays of one moment are parallel, so the walls are looked at along them: every wall covers a span across the rays,
and every point lies at one place across. Points sorted by that place, the points a wall could shade are one slice. A
ray is stopped by a wall that it crosses below the wall's top. A prism is stopped by where the ray would enter it: its
top is level and a ray to the sun only climbs, so its walls say all there is to say.

Points and walls are (east, north) in metres of one plane, heights in metres above one level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.geometry.flat import Bools, Floats, Ints, following, spans
from madang.geometry.rings import Rings

TOUCHING_M = 0.01  # a wall nearer than this in front of a point is the one it stands on
GRAZING = 1e-6  # a wall seen this edge-on stops nothing that its neighbours do not


@dataclass(frozen=True)
class Walls:
    """Upright walls from their foot to `top`."""

    start: Floats
    end: Floats
    top: Floats

    def __len__(self) -> int:
        return len(self.top)


@dataclass(frozen=True)
class Points:
    """Places that the sun may reach; `facing` is the outward direction of a wall they lie on, zero for level ground."""

    place: Floats
    height: Floats
    facing: Floats

    def __len__(self) -> int:
        return len(self.height)

    def take(self, chosen: Ints | Bools) -> Points:
        """Some of the points."""
        return Points(self.place[chosen], self.height[chosen], self.facing[chosen])


def walls_of(rings: Rings, place: Floats, top: Floats) -> Walls:
    """The walls of features' outlines; `place` are the vertices in the plane, `top` one height a feature."""
    after = following(rings.ring_offsets)
    return Walls(place, place[after], top[rings.feature_of_vertices()])


def lit(points: Points, walls: Walls, *, azimuth: Floats, elevation: Floats, reach_m: float) -> Bools:
    """For each moment and point whether the sun reaches it, (moments, points); angles in degrees."""
    found = np.zeros((len(azimuth), len(points)), dtype=bool)
    if not len(points):
        return found
    for moment in np.flatnonzero(elevation > 0):
        angle = np.radians(azimuth[moment])
        towards = np.array([np.sin(angle), np.cos(angle)])
        turned_away = (points.facing @ towards <= GRAZING) & points.facing.any(axis=1)
        asked = np.flatnonzero(~turned_away)
        if len(asked):
            climb = float(np.tan(np.radians(elevation[moment])))
            stopped = _stopped(points.take(asked), walls, towards, climb=climb, reach_m=reach_m)
            found[moment, asked] = ~stopped
    return found


def _stopped(points: Points, walls: Walls, towards: Floats, *, climb: float, reach_m: float) -> Bools:
    """Which points a wall keeps the sun from."""
    across = np.array([towards[1], -towards[0]])
    ahead, beside = points.place @ towards, points.place @ across
    order = np.argsort(beside)
    beside = beside[order]
    start_ahead, end_ahead = walls.start @ towards, walls.end @ towards
    start_beside, end_beside = walls.start @ across, walls.end @ across
    low, high = np.minimum(start_beside, end_beside), np.maximum(start_beside, end_beside)
    nearest = np.minimum(start_ahead, end_ahead) - ahead.max()
    may = (
        (high - low > GRAZING)
        & (high >= beside[0])
        & (low <= beside[-1])
        & (np.maximum(start_ahead, end_ahead) > ahead.min())
        & (nearest < reach_m)
        & (walls.top - np.maximum(nearest, 0) * climb > points.height.min())
    )
    wall = np.flatnonzero(may)
    first = np.searchsorted(beside, low[wall], "left")
    counts = np.searchsorted(beside, high[wall], "right") - first
    point = order[spans(first, counts)]
    wall = np.repeat(wall, counts)
    part = (points.place[point] @ across - start_beside[wall]) / (end_beside[wall] - start_beside[wall])
    gap = start_ahead[wall] + part * (end_ahead[wall] - start_ahead[wall]) - ahead[point]
    stops = (gap > TOUCHING_M) & (gap <= reach_m) & (walls.top[wall] > points.height[point] + gap * climb)
    stopped = np.zeros(len(points), dtype=bool)
    stopped[point[stops]] = True
    return stopped
