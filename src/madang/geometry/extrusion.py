"""Footprints to solids: walls and roofs for the screen, with floors for whoever needs a closed body.

A solid stands on base height and ends at base + height along the ellipsoid's normal of each vertex. Where the height
is 0 there are no walls: a flat sheet. Roofs and floors are flat; walls carry one outward normal a face.
"""

from __future__ import annotations

import numpy as np

from madang.geometry.flat import Floats, following
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.mesh import Mesh
from madang.geometry.rings import Rings
from madang.geometry.triangulation import triangulate

HALVES_OF_A_QUAD = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int64)


def prisms(rings: Rings, frame: Frame, *, base_m: Floats, height_m: Floats) -> Mesh:
    """Walls and roofs of the features' solids in a local frame; open below, where nobody looks."""
    bottom, top, up = _levels(rings, frame, base_m, height_m)
    feature = rings.feature_of_vertices()
    count = len(bottom)
    walled = np.flatnonzero(height_m[feature] > 0)
    after = following(rings.ring_offsets)[walled]
    outward = np.cross(bottom[after] - bottom[walled], up[walled])
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
    # A wall is the quad bottom, next bottom, next top, top; points are all bottoms, then all tops.
    quads = np.stack([walled, after, after + count, walled + count], axis=1)
    corner = 4 * np.arange(len(walled), dtype=np.int64)
    wall_triangles = (corner[:, None, None] + HALVES_OF_A_QUAD).reshape(-1, 3)
    roof_triangles, _ = triangulate(rings, bottom[:, :2])
    return Mesh(
        points=np.concatenate([bottom, top]),
        directions=np.concatenate([outward, up]),
        vertex_point=np.concatenate([quads.reshape(-1), np.arange(count, 2 * count)]),
        vertex_direction=np.concatenate([np.repeat(np.arange(len(walled)), 4), len(walled) + np.arange(count)]),
        vertex_feature=np.concatenate([np.repeat(feature[walled], 4), feature]),
        triangles=np.concatenate([wall_triangles, roof_triangles + 4 * len(walled)]),
    )


def solids(rings: Rings, frame: Frame, *, base_m: Floats, height_m: Floats) -> Mesh:
    """The features' solids closed by their floors: bodies that have a volume."""
    open_below = prisms(rings, frame, base_m=base_m, height_m=height_m)
    bottom, _, up = _levels(rings, frame, base_m, height_m)
    triangles, _ = triangulate(rings, bottom[:, :2])
    every = np.arange(len(bottom), dtype=np.int64)
    vertices, directions = len(open_below.vertex_point), len(open_below.directions)
    return Mesh(
        points=open_below.points,
        directions=np.concatenate([open_below.directions, -up]),
        vertex_point=np.concatenate([open_below.vertex_point, every]),
        vertex_direction=np.concatenate([open_below.vertex_direction, directions + every]),
        vertex_feature=np.concatenate([open_below.vertex_feature, rings.feature_of_vertices()]),
        triangles=np.concatenate([open_below.triangles, vertices + triangles[:, [0, 2, 1]]]),
    )


def _levels(rings: Rings, frame: Frame, base_m: Floats, height_m: Floats) -> tuple[Floats, Floats, Floats]:
    earth = earth_from_degrees(rings.lonlat)
    ground, up = frame.positions(earth), frame.directions(up_from_ground(earth))
    feature = rings.feature_of_vertices()
    base = base_m[feature][:, None]
    bottom = ground + base * up
    return bottom, bottom + height_m[feature][:, None] * up, up
