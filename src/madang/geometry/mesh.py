"""Triangle meshes that keep points and directions apart from vertices, and what can be measured on them.

A point (and a direction) is stored once and used by several vertices: an encoder rounds each only once, and points
that were one stay one. Triangles run counter-clockwise seen from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from madang.geometry.flat import Floats, Ints


@dataclass(frozen=True)
class Mesh:
    """Vertices name their point, their direction (unit normal) and their feature; triangles name vertices."""

    points: Floats
    directions: Floats
    vertex_point: Ints
    vertex_direction: Ints
    vertex_feature: Ints
    triangles: Ints

    def corners(self) -> Floats:
        """The positions of each triangle's corners, (n, 3, 3)."""
        return np.asarray(self.points[self.vertex_point[self.triangles]], dtype=np.float64)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one, vertex after vertex; their features keep their numbers."""
    if len(meshes) == 1:
        return meshes[0]
    points = _starts([len(mesh.points) for mesh in meshes])
    directions = _starts([len(mesh.directions) for mesh in meshes])
    vertices = _starts([len(mesh.vertex_point) for mesh in meshes])
    return Mesh(
        points=np.concatenate([mesh.points for mesh in meshes]),
        directions=np.concatenate([mesh.directions for mesh in meshes]),
        vertex_point=np.concatenate([m.vertex_point + start for m, start in zip(meshes, points, strict=True)]),
        vertex_direction=np.concatenate(
            [m.vertex_direction + start for m, start in zip(meshes, directions, strict=True)]
        ),
        vertex_feature=np.concatenate([mesh.vertex_feature for mesh in meshes]),
        triangles=np.concatenate([m.triangles + start for m, start in zip(meshes, vertices, strict=True)]),
    )


def _starts(counts: Sequence[int]) -> list[int]:
    return [0, *accumulate(counts)][: len(counts)]


def volumes(mesh: Mesh, features: int) -> Floats:
    """The volume each feature's closed surface encloses, in cubic metres, by the divergence theorem."""
    feature = mesh.vertex_feature[mesh.triangles[:, 0]]
    first = np.zeros((features, 3))
    first[feature[::-1]] = mesh.points[mesh.vertex_point[mesh.triangles[::-1, 0]]]
    a, b, c = np.moveaxis(mesh.corners() - first[feature][:, None, :], 1, 0)
    sixths = np.einsum("ij,ij->i", a, np.cross(b, c))
    return np.bincount(feature, weights=sixths, minlength=features).astype(np.float64) / 6


def open_edges(mesh: Mesh) -> int:
    """How many directed edges lack their opposite: 0 where every surface is closed."""
    corners = mesh.vertex_point[mesh.triangles]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    lowest = np.minimum(edges[:, 0], edges[:, 1])
    highest = np.maximum(edges[:, 0], edges[:, 1])
    key = lowest * (len(mesh.points) + 1) + highest
    _, which = np.unique(key, return_inverse=True)
    balance = np.bincount(which, weights=np.where(edges[:, 0] < edges[:, 1], 1.0, -1.0))
    return int(np.abs(balance).sum())
