"""Surfaces of bodies, as 3D city models have them, to triangles: any plane polygon in space, holes and all.

Surfaces come as `Rings` whose vertices have three columns: (lon, lat, height in metres); a surface is a polygon there,
its outer ring first, and runs counter-clockwise seen from outside. Each is laid into its own plane (Newell's normal of
its outer ring), so one that is not quite plane is cut as it is seen from straight above itself. Everything runs over
all surfaces of a layer at once; earcut sees only those with holes or with more than one reflex corner.

    surfaces = sound_surfaces(given)          # without repeated points, rings of two, and surfaces without an area
    mesh = surface_mesh(surfaces, frame, raised_m=…)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from madang.geometry.flat import Bools, Floats, Ints, following, offsets_of, sums
from madang.geometry.footprints import metres_per_degree
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.mesh import Mesh
from madang.geometry.rings import Rings
from madang.geometry.triangulation import triangulate

SMALLEST_M2 = 1e-4


def no_surfaces(features: int) -> Rings:
    """Features none of which has a surface."""
    none = np.zeros(1, dtype=np.int64)
    empty = np.empty(0, dtype=np.int64)
    return Rings(np.empty((0, 3)), none, none.copy(), np.zeros(features + 1, dtype=np.int64), empty)


def sound_surfaces(given: Rings) -> tuple[Rings, Ints]:
    """The surfaces that cover something, and for each feature how many did not and were left out."""
    if not len(given.lonlat):
        return no_surfaces(len(given)), np.diff(given.feature_offsets)
    given = _without_repeats(given)
    metres = _metres(given)
    normal = _newell(metres, given.ring_offsets)
    outer = given.polygon_offsets[:-1]
    corners = np.diff(given.ring_offsets)
    filled = np.diff(given.polygon_offsets) > 0
    sound = np.zeros(len(outer), dtype=bool)
    at = outer[filled]
    sound[filled] = (corners[at] >= 3) & (np.linalg.norm(normal[at], axis=1) / 2 > SMALLEST_M2)
    holes_sound = (corners >= 3) & (np.linalg.norm(normal, axis=1) / 2 > SMALLEST_M2)
    kept = _kept(given, sound, holes_sound)
    feature = np.repeat(np.arange(len(given)), np.diff(given.feature_offsets))
    dropped = np.bincount(feature[~sound], minlength=len(given))
    return kept, dropped


def surface_mesh(surfaces: Rings, frame: Frame, *, raised_m: Floats) -> Mesh:
    """The features' surfaces in a local frame, each feature raised by its metres; sound surfaces only."""
    if not len(surfaces.lonlat):
        none, few = np.empty((0, 3)), np.empty(0, dtype=np.int64)
        return Mesh(none, none.copy(), few, few.copy(), few.copy(), np.empty((0, 3), dtype=np.int64))
    feature = surfaces.feature_of_vertices()
    earth = earth_from_degrees(surfaces.lonlat[:, :2])
    height = surfaces.lonlat[:, 2] + raised_m[feature]
    points = frame.positions(earth) + height[:, None] * frame.directions(up_from_ground(earth))
    normal = _newell(points, surfaces.ring_offsets)[surfaces.polygon_offsets[:-1]]
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    polygon = np.repeat(np.arange(len(normal)), np.diff(surfaces.vertices_of_polygons))
    triangles, _ = triangulate(surfaces, _in_own_plane(points, normal, polygon, surfaces.vertices_of_polygons))
    return Mesh(
        points=points,
        directions=normal,
        vertex_point=np.arange(len(points), dtype=np.int64),
        vertex_direction=polygon,
        vertex_feature=feature,
        triangles=triangles,
    )


def lowest_m(surfaces: Rings) -> Floats:
    """The lowest height of each feature's surfaces; infinity where it has none."""
    out = np.full(len(surfaces), np.inf)
    filled = np.flatnonzero(np.diff(surfaces.vertices_of_features))
    if len(filled):
        out[filled] = np.minimum.reduceat(surfaces.lonlat[:, 2], surfaces.vertices_of_features[filled])
    return out


def _metres(given: Rings) -> Floats:
    """(east, north, up) about each feature's first vertex: good enough to know areas and repeats."""
    bounds = given.vertices_of_features
    counts = np.diff(bounds)
    origin = given.lonlat[np.minimum(bounds[:-1], len(given.lonlat) - 1)]
    first = np.repeat(origin, counts, axis=0)
    scale = np.repeat(metres_per_degree(origin[:, 1]), counts, axis=0)
    return np.concatenate([(given.lonlat[:, :2] - first[:, :2]) * scale, given.lonlat[:, 2:] - first[:, 2:]], axis=1)


def _without_repeats(given: Rings) -> Rings:
    """Without corners that equal the one that follows them, the closing one included."""
    after = following(given.ring_offsets)
    keep = np.any(given.lonlat != given.lonlat[after], axis=1)
    ring = np.repeat(np.arange(len(given.ring_offsets) - 1), np.diff(given.ring_offsets))
    counts = np.bincount(ring[keep], minlength=len(given.ring_offsets) - 1)
    return replace(given, lonlat=given.lonlat[keep], ring_offsets=offsets_of(counts))


def _kept(given: Rings, sound: Bools, ring_sound: Bools) -> Rings:
    ring_counts = np.diff(given.polygon_offsets)
    polygon = np.repeat(np.arange(len(sound)), ring_counts)
    keep_ring = sound[polygon] & ring_sound
    vertex_counts = np.diff(given.ring_offsets)
    feature = np.repeat(np.arange(len(given)), np.diff(given.feature_offsets))
    return Rings(
        lonlat=given.lonlat[np.repeat(keep_ring, vertex_counts)],
        ring_offsets=offsets_of(vertex_counts[keep_ring]),
        polygon_offsets=offsets_of(np.bincount(polygon[keep_ring], minlength=len(sound))[sound]),
        feature_offsets=offsets_of(np.bincount(feature[sound], minlength=len(given))),
        mended=np.empty(0, dtype=np.int64),
    )


def _newell(points: Floats, ring_offsets: Ints) -> Floats:
    """For each ring its normal with twice its area as length, by Newell; exact for rings that are plane."""
    counts = np.diff(ring_offsets)
    starts = np.minimum(ring_offsets[:-1], max(len(points) - 1, 0))
    local = points - np.repeat(points[starts], counts, axis=0)
    return sums(np.cross(local, local[following(ring_offsets)]), ring_offsets)


def _in_own_plane(points: Floats, normal: Floats, polygon: Ints, offsets: Ints) -> Floats:
    """Each vertex as (x, y) in the plane of its surface, the normal towards the eye."""
    # The axis that the normal leans on least gives a first direction that is never along the normal.
    other = np.eye(3)[np.argmin(np.abs(normal), axis=1)]
    x = np.cross(other, normal)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(normal, x)
    local = points - np.repeat(points[offsets[:-1]], np.diff(offsets), axis=0)
    return np.stack([np.einsum("ij,ij->i", local, x[polygon]), np.einsum("ij,ij->i", local, y[polygon])], axis=1)
