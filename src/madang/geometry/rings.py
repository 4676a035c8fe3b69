"""Polygons of a whole layer as flat arrays of rings.

A feature has polygons, a polygon has rings (the outer one first, then its holes), a ring has vertices; each level is
a list kept flat (see `flat`). Laws, made true on the way in:

- a ring has at least three vertices and an area; the closing vertex is not repeated, nor is any vertex twice in a row;
- outer rings run counter-clockwise, holes clockwise, seen from above;
- polygons are valid (OGC): what was not is mended, and the feature is counted in `mended`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from madang.geometry.flat import Bools, Floats, Ints, following, offsets_of, spans, sums

Geometries = NDArray[np.object_]
POLYGON = 3


@dataclass(frozen=True)
class Rings:
    """Polygons of several features: (lon, lat) vertices, and offsets of rings, polygons and features."""

    lonlat: Floats
    ring_offsets: Ints
    polygon_offsets: Ints
    feature_offsets: Ints
    mended: Ints

    def __len__(self) -> int:
        return len(self.feature_offsets) - 1

    @property
    def vertices_of_polygons(self) -> Ints:
        """Vertex offsets of the polygons."""
        return self.ring_offsets[self.polygon_offsets]

    @property
    def vertices_of_features(self) -> Ints:
        """Vertex offsets of the features."""
        return self.vertices_of_polygons[self.feature_offsets]

    def feature_of_vertices(self) -> Ints:
        """For each vertex the index of its feature."""
        return np.repeat(np.arange(len(self)), np.diff(self.vertices_of_features))

    def take(self, features: Ints) -> Rings:
        """These features, in this order."""
        polygon_counts = np.diff(self.feature_offsets)[features]
        polygons = spans(self.feature_offsets[features], polygon_counts)
        ring_counts = np.diff(self.polygon_offsets)[polygons]
        rings = spans(self.polygon_offsets[polygons], ring_counts)
        vertex_counts = np.diff(self.ring_offsets)[rings]
        return Rings(
            lonlat=self.lonlat[spans(self.ring_offsets[rings], vertex_counts)],
            ring_offsets=offsets_of(vertex_counts),
            polygon_offsets=offsets_of(ring_counts),
            feature_offsets=offsets_of(polygon_counts),
            mended=np.flatnonzero(np.isin(features, self.mended)),
        )

    def cleared(self, features: Bools) -> Rings:
        """The same features, of which these have no polygon any more."""
        if not features.any():
            return self
        counts = np.where(features, 0, np.diff(self.feature_offsets))
        kept = self.take(np.flatnonzero(~features))
        mended = self.mended[~features[self.mended]]
        return replace(kept, feature_offsets=offsets_of(counts), mended=mended)

    def part(self, start: int, stop: int) -> Rings:
        """The features start:stop as views of the same arrays: no vertex is copied."""
        polygons = self.feature_offsets[start : stop + 1]
        rings = self.polygon_offsets[polygons[0] : polygons[-1] + 1]
        vertices = self.ring_offsets[rings[0] : rings[-1] + 1]
        mended = self.mended[(self.mended >= start) & (self.mended < stop)] - start
        return Rings(
            lonlat=self.lonlat[vertices[0] : vertices[-1]],
            ring_offsets=vertices - vertices[0],
            polygon_offsets=rings - rings[0],
            feature_offsets=polygons - polygons[0],
            mended=mended,
        )


def joined(first: Rings, second: Rings) -> Rings:
    """The features of one and then those of the other."""
    return Rings(
        lonlat=np.concatenate([first.lonlat, second.lonlat]),
        ring_offsets=_end_to_end(first.ring_offsets, second.ring_offsets),
        polygon_offsets=_end_to_end(first.polygon_offsets, second.polygon_offsets),
        feature_offsets=_end_to_end(first.feature_offsets, second.feature_offsets),
        mended=np.concatenate([first.mended, second.mended + len(first)]),
    )


def _end_to_end(first: Ints, second: Ints) -> Ints:
    return np.concatenate([first, second[1:] + first[-1]])


def rings_from_wkb(wkb: Sequence[bytes]) -> Rings:
    """The polygons in well-known binary, one item a feature."""
    return rings_from_geometries(np.asarray(shapely.from_wkb(wkb), dtype=object))


def rings_from_geometries(geometries: Geometries) -> Rings:
    """The polygons of shapely geometries; whatever is no polygon leaves its feature without any."""
    geometries, mended = _mend(geometries)
    polygons, feature = _polygons(geometries)
    linear, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    lonlat, ring_of_vertex = shapely.get_coordinates(linear, return_index=True)
    lonlat, vertex_counts = _open_rings(lonlat, ring_of_vertex, len(linear))
    offsets = offsets_of(vertex_counts)
    doubled = doubled_ring_areas(lonlat, offsets)
    ring_counts = np.bincount(polygon_of_ring, minlength=len(polygons))
    is_shell = np.zeros(len(linear), dtype=bool)
    is_shell[offsets_of(ring_counts)[:-1]] = True

    lonlat = lonlat[_turn_rings(offsets, turned=(doubled > 0) != is_shell)]
    sound = (vertex_counts >= 3) & (doubled != 0)
    keep_polygon = sound[is_shell]
    keep_ring = sound & keep_polygon[polygon_of_ring]
    keep_vertex = np.repeat(keep_ring, vertex_counts)
    return Rings(
        lonlat=lonlat[keep_vertex],
        ring_offsets=offsets_of(vertex_counts[keep_ring]),
        polygon_offsets=offsets_of(np.bincount(polygon_of_ring[keep_ring], minlength=len(polygons))[keep_polygon]),
        feature_offsets=offsets_of(np.bincount(feature[keep_polygon], minlength=len(geometries))),
        mended=mended,
    )


def doubled_ring_areas(xy: Floats, ring_offsets: Ints) -> Floats:
    """Twice the signed area of each ring, positive where it runs counter-clockwise."""
    if not len(xy):
        return np.zeros(len(ring_offsets) - 1)
    counts = np.diff(ring_offsets)
    # Relative to the ring's first vertex: at 127 degrees of longitude the products would eat the digits.
    local = xy - np.repeat(xy[np.minimum(ring_offsets[:-1], len(xy) - 1)], counts, axis=0)
    after = local[following(ring_offsets)]
    return sums(local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1], ring_offsets)


def _mend(geometries: Geometries) -> tuple[Geometries, Ints]:
    broken = np.flatnonzero(~shapely.is_valid(geometries) & ~shapely.is_missing(geometries))
    if len(broken):
        geometries = geometries.copy()
        geometries[broken] = shapely.make_valid(geometries[broken])
    return geometries, broken


def _polygons(geometries: Geometries) -> tuple[Geometries, Ints]:
    parts, feature = shapely.get_parts(geometries, return_index=True)
    while np.any(shapely.get_type_id(parts) > POLYGON):  # multipolygons inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        feature = feature[inner]
    polygonal = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    return parts[polygonal], feature[polygonal]


def _open_rings(lonlat: Floats, ring: Ints, rings: int) -> tuple[Floats, Ints]:
    """Vertices without the closing one and without repeats, and how many are left in each ring."""
    counts = np.bincount(ring, minlength=rings)
    after = following(offsets_of(counts))
    # The closing vertex equals the first one, which follows it: the test for repeats drops it too.
    keep = np.any(lonlat != lonlat[after], axis=1)
    return lonlat[keep], np.bincount(ring[keep], minlength=rings)


def _turn_rings(offsets: Ints, *, turned: Bools) -> Ints:
    counts = np.diff(offsets)
    forward = np.arange(offsets[-1], dtype=np.int64)
    backward = np.repeat(offsets[:-1] + offsets[1:] - 1, counts) - forward
    return np.where(np.repeat(turned, counts), backward, forward)
