"""Polygons to triangles.

A polygon without holes and with at most one reflex corner is seen whole from that corner (bisect the corner's angle:
both halves are convex), so a fan from it is exact; that covers most buildings, for a whole layer at once. The rest
goes to earcut.
"""

from __future__ import annotations

import mapbox_earcut
import numpy as np

from madang.geometry.flat import Floats, Ints, counting, following, offsets_of, preceding, spans, sums
from madang.geometry.rings import Rings


def triangulate(rings: Rings, xy: Floats) -> tuple[Ints, Ints]:
    """Triangles (n, 3) as vertex indices, counter-clockwise, and for each the index of its polygon.

    `xy` are the rings' vertices in a plane of metres.
    """
    vertex_offsets = rings.vertices_of_polygons
    reflex = _reflex_corners(rings, xy)
    reflex_counts = sums(reflex.astype(np.float64), vertex_offsets)
    fanned = (np.diff(rings.polygon_offsets) == 1) & (reflex_counts <= 1)
    fans, fan_polygon = _fans(np.flatnonzero(fanned), vertex_offsets, reflex)
    cuts, cut_polygon = _cuts(np.flatnonzero(~fanned), rings, xy)
    return np.concatenate([fans, cuts]), np.concatenate([fan_polygon, cut_polygon])


def _reflex_corners(rings: Rings, xy: Floats) -> Ints:
    arriving = xy - xy[preceding(rings.ring_offsets)]
    leaving = xy[following(rings.ring_offsets)] - xy
    return (arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0] < 0).astype(np.int64)


def _fans(polygons: Ints, vertex_offsets: Ints, reflex: Ints) -> tuple[Ints, Ints]:
    starts, counts = vertex_offsets[polygons], np.diff(vertex_offsets)[polygons]
    corner = spans(starts, counts)
    # Place of the only reflex corner in its polygon, 0 where there is none.
    apex = sums((reflex[corner] * counting(counts)).astype(np.float64), offsets_of(counts)).astype(np.int64)
    per_polygon = counts - 2
    step = counting(per_polygon)
    start, count, first = (np.repeat(a, per_polygon) for a in (starts, counts, apex))
    triangles = np.stack(
        [start + first, start + (first + step + 1) % count, start + (first + step + 2) % count], axis=1
    )
    return triangles, np.repeat(polygons, per_polygon)


def _cuts(polygons: Ints, rings: Rings, xy: Floats) -> tuple[Ints, Ints]:
    if not len(polygons):
        return np.empty((0, 3), dtype=np.int64), np.empty(0, dtype=np.int64)
    vertex_offsets = rings.vertices_of_polygons
    starts, stops = vertex_offsets[polygons], vertex_offsets[polygons + 1]
    local = xy - np.repeat(xy[vertex_offsets[:-1]], np.diff(vertex_offsets), axis=0)
    ends = rings.ring_offsets[1:].astype(np.uint32)
    first_ring, last_ring = rings.polygon_offsets[polygons], rings.polygon_offsets[polygons + 1]
    cut = [
        mapbox_earcut.triangulate_float64(local[start:stop], ends[ring:end] - np.uint32(start))
        for start, stop, ring, end in zip(
            starts.tolist(), stops.tolist(), first_ring.tolist(), last_ring.tolist(), strict=True
        )
    ]
    per_polygon = np.array([len(c) // 3 for c in cut], dtype=np.int64)
    triangles = np.concatenate(cut).astype(np.int64).reshape(-1, 3) + np.repeat(starts, per_polygon)[:, None]
    return _counter_clockwise(triangles, xy), np.repeat(polygons, per_polygon)


def _counter_clockwise(triangles: Ints, xy: Floats) -> Ints:
    """Earcut's triangles run clockwise or not, by version; here they always run counter-clockwise."""
    a, b, c = (xy[triangles[:, i]] for i in range(3))
    clockwise = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    triangles[clockwise] = triangles[clockwise][:, [0, 2, 1]]
    return triangles
