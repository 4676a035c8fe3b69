"""What a layer measures on the ground: areas, centroids and bounds of its features, in metres of a local frame."""

from __future__ import annotations

import numpy as np

from madang.geometry.flat import Floats, following, largest, smallest, sums
from madang.geometry.frame import Frame
from madang.geometry.rings import Rings, doubled_ring_areas


def areas_m2(rings: Rings, frame: Frame) -> Floats:
    """The area of each feature in square metres, holes taken out."""
    doubled = doubled_ring_areas(frame.ground(rings.lonlat)[:, :2], rings.ring_offsets)
    return sums(doubled, rings.polygon_offsets[rings.feature_offsets]) / 2


def centroids_m(rings: Rings, frame: Frame) -> Floats:
    """The centre of gravity of each feature as (east, north) in the frame; not-a-number without an area."""
    xy = frame.ground(rings.lonlat)[:, :2]
    offsets = rings.vertices_of_features
    starts = np.repeat(np.minimum(offsets[:-1], max(len(xy) - 1, 0)), np.diff(offsets))
    local = xy - xy[starts]
    after = local[following(rings.ring_offsets)]
    cross = local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1]
    moment = sums((local + after) * cross[:, None], offsets)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = moment / (3 * sums(cross, offsets)[:, None])
    anchor = np.full((len(rings), 2), np.nan)
    filled = np.diff(offsets) > 0
    anchor[filled] = xy[offsets[:-1][filled]]
    return np.asarray(anchor + centre, dtype=np.float64)


def bounds_m(rings: Rings, frame: Frame) -> Floats:
    """(west, south, east, north) of each feature in metres of the frame."""
    xy, offsets = frame.ground(rings.lonlat)[:, :2], rings.vertices_of_features
    return np.concatenate([smallest(xy, offsets), largest(xy, offsets)], axis=1)
