"""Polygons laid on the ground: sheets that rise and fall with it.

A polygon is cut into triangles, and these along the ground's own triangles: columns, rows and diagonals of the finest
grid it touches. Each piece then lies in one plane of the ground, so a sheet is as far above it everywhere as it was
lifted. Seen from above nothing changes: areas, holes and outlines are those of the polygons.

A polygon so large that it would fall into more than MOST_PIECES pieces is cut along every second line, every fourth, …,
and so are all where together they would fall into more than MOST_TOGETHER, which is what a tile can bear: their corners
still lie on the ground, but between them a sheet may touch or leave it by what the ground bends within such a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.geometry.flat import Bools, Floats, Ints, counting, following, largest, offsets_of, smallest, spans, sums
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.mesh import Mesh
from madang.geometry.rings import Rings
from madang.geometry.terrain import Grid, Ground
from madang.geometry.triangulation import triangulate

MOST_PIECES = 20_000  # of one polygon
MOST_TOGETHER = 250_000  # of all that are cut at once
SMALLEST_PIECE = 1e-9  # of a cell
SAME_PLACE = 1e-5  # of a cell: a millimetre of 90 m
LINES = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])  # columns, rows, diagonals: the place times these is whole


def sheets_on(rings: Rings, frame: Frame, ground: Ground, *, lift_m: Floats | float) -> Mesh:
    """The features' polygons as sheets on the ground, lifted above it (each by its own, or all alike)."""
    cut = _cut(rings, frame, ground)
    earth = earth_from_degrees(cut.lonlat)
    up = frame.directions(up_from_ground(earth))
    lift = np.broadcast_to(np.asarray(lift_m, dtype=np.float64), len(rings))[cut.feature]
    every = np.arange(len(cut.lonlat), dtype=np.int64)
    return Mesh(
        points=frame.positions(earth) + (ground.drawn(cut.lonlat) + lift)[:, None] * up,
        directions=tilted(up, ground.slopes(cut.lonlat)),
        vertex_point=every,
        vertex_direction=every,
        vertex_feature=cut.feature,
        triangles=cut.triangles,
    )


def tilted(up: Floats, slopes: Floats) -> Floats:
    """Unit normals of ground that rises so towards east and north, in a frame where that is x and y."""
    normals = up.copy()
    normals[:, :2] -= slopes
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True), dtype=np.float64)


# --- cutting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pieces:
    """Convex polygons kept flat: corners as places on a grid, offsets, and what each is a piece of."""

    places: Floats
    offsets: Ints
    owner: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, pieces: Ints) -> _Pieces:
        counts = np.diff(self.offsets)[pieces]
        return _Pieces(self.places[spans(self.offsets[pieces], counts)], offsets_of(counts), self.owner[pieces])


@dataclass(frozen=True)
class _Cut:
    """Vertices (lon, lat), each of one feature, and the triangles of them."""

    lonlat: Floats
    feature: Ints
    triangles: Ints


def _cut(rings: Rings, frame: Frame, ground: Ground) -> _Cut:
    triangles, polygon = triangulate(rings, frame.ground(rings.lonlat)[:, :2])
    feature = np.repeat(np.arange(len(rings)), np.diff(rings.feature_offsets))
    parts: list[_Cut] = []
    rest = np.ones(len(triangles), dtype=bool)
    for grid in ground.grids:
        places = grid.places(rings.lonlat)
        mine = rest & _touching(places, rings, grid)[polygon]
        rest &= ~mine
        chosen = np.flatnonzero(mine)
        if len(chosen):
            made, owner, corners = _along_lines(places[triangles[chosen]], polygon[chosen], grid)
            first, named, joined = _merged(corners, made, feature[owner])
            parts.append(_Cut(grid.lonlat(corners[first]), named, joined))
    left = np.flatnonzero(rest)
    beyond = np.arange(3 * len(left)).reshape(-1, 3)
    parts.append(_Cut(rings.lonlat[triangles[left]].reshape(-1, 2), np.repeat(feature[polygon[left]], 3), beyond))
    starts = offsets_of(np.array([len(part.lonlat) for part in parts]))
    return _Cut(
        np.concatenate([part.lonlat for part in parts]),
        np.concatenate([part.feature for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, starts[:-1], strict=True)]),
    )


def _touching(places: Floats, rings: Rings, grid: Grid) -> Bools:
    """Which polygons' bounds meet the grid's; none whose place on it is unknown."""
    offsets = rings.vertices_of_polygons
    with np.errstate(invalid="ignore"):
        low, high = smallest(places, offsets), largest(places, offsets)
    rows, columns = grid.heights.shape
    meets = (high >= 0).all(axis=1) & (low <= (columns - 1, rows - 1)).all(axis=1)
    return np.asarray(meets & np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1))


def _along_lines(corners: Floats, polygon: Ints, grid: Grid) -> tuple[Ints, Ints, Floats]:
    """Triangles (n, 3, 2) of places cut along the grid's lines: triangles of new places, their polygon, the places."""
    step = _steps(corners, polygon)
    rows, columns = grid.heights.shape
    ends = np.array([[0, columns - 1], [0, rows - 1], [1 - rows, columns - 1]])
    pieces = _Pieces(corners.reshape(-1, 2), 3 * np.arange(len(corners) + 1), np.arange(len(corners)))
    for line, (first, last) in zip(LINES, ends, strict=True):
        pieces = _slabs(pieces, line, step, first=first, last=last)
    counts = np.diff(pieces.offsets)
    per_piece = np.maximum(counts - 2, 0)
    corner = np.repeat(pieces.offsets[:-1], per_piece)
    turn = counting(per_piece)
    triangles = np.stack([corner, corner + turn + 1, corner + turn + 2], axis=1)
    areas = np.abs(_doubled(pieces.places[triangles]))
    kept = areas > SMALLEST_PIECE
    return triangles[kept], polygon[np.repeat(pieces.owner, per_piece)][kept], pieces.places


def _steps(corners: Floats, polygon: Ints) -> Floats:
    """For each triangle the distance of the lines that cut it, in cells: 1, or 2, 4, … where that were too many."""
    size = corners.max(axis=1) - corners.min(axis=1)
    areas, widths = np.abs(_doubled(corners)) / 2, size.sum(axis=1)
    number = int(polygon.max()) + 1
    area, width = np.bincount(polygon, areas, number), np.bincount(polygon, widths, number)
    step = np.ones(number)
    while True:
        pieces = 2 * area / step**2 + 2 * width / step
        many = pieces > (MOST_PIECES if pieces.sum() <= MOST_TOGETHER else np.minimum(MOST_PIECES, pieces.mean() / 2))
        if not many.any() or step.max() > 1e6:
            return np.asarray(step[polygon], dtype=np.float64)
        step[many] *= 2


def _slabs(pieces: _Pieces, line: Floats, step: Floats, *, first: int, last: int) -> _Pieces:
    """Each piece cut along the lines of one family; beyond a grid's first and last line nothing is cut."""
    along = _along(pieces.places, line) / np.repeat(step[pieces.owner], np.diff(pieces.offsets))
    low, high = smallest(along, pieces.offsets), largest(along, pieces.offsets)
    span = step[pieces.owner]
    lowest = np.clip(np.floor(low + SMALLEST_PIECE), np.floor(first / span) - 1, np.ceil(last / span))
    highest = np.clip(np.ceil(high - SMALLEST_PIECE) - 1, lowest, np.ceil(last / span))
    many = (highest - lowest + 1).astype(np.int64)
    whole = np.flatnonzero(many == 1)
    parted = np.flatnonzero(many > 1)
    copies = np.repeat(parted, many[parted])
    slab = lowest[copies] + counting(many[parted])
    cut = pieces.take(copies)
    scale = step[cut.owner]
    cut = _half(cut, line, np.where(slab > lowest[copies], slab * scale, -np.inf))
    cut = _half(cut, -line, np.where(slab < highest[copies], -(slab + 1) * scale, -np.inf))
    kept = pieces.take(whole)
    filled = cut.take(np.flatnonzero(np.diff(cut.offsets) >= 3))
    return _Pieces(
        np.concatenate([kept.places, filled.places]),
        np.concatenate([kept.offsets, kept.offsets[-1] + filled.offsets[1:]]),
        np.concatenate([kept.owner, filled.owner]),
    )


def _half(pieces: _Pieces, line: Floats, bound: Floats) -> _Pieces:
    """The part of each convex piece where place times line is at least the piece's bound."""
    counts = np.diff(pieces.offsets)
    over = _along(pieces.places, line) - np.repeat(bound, counts)
    after = following(pieces.offsets)
    within = over >= 0
    crosses = (within != within[after]) & (over != 0) & (over[after] != 0)
    # Of each corner: itself if within, then where its edge to the next one crosses the line.
    made = within.astype(np.int64) + crosses
    corner = np.repeat(np.arange(len(over)), made)
    is_crossing = (counting(made) == 1) | ~within[corner]
    places = pieces.places[corner]
    edge = corner[is_crossing]
    share = over[edge] / (over[edge] - over[after[edge]])
    places[is_crossing] += share[:, None] * (pieces.places[after[edge]] - pieces.places[edge])
    return _Pieces(places, offsets_of(sums(made.astype(np.float64), pieces.offsets).astype(np.int64)), pieces.owner)


def _along(places: Floats, line: Floats) -> Floats:
    return np.asarray(places[:, 0] * line[0] + places[:, 1] * line[1], dtype=np.float64)


def _doubled(corners: Floats) -> Floats:
    a, b, c = np.moveaxis(corners, 1, 0)
    across, along = b - a, c - a
    return np.asarray(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0], dtype=np.float64)


# --- one vertex where several pieces meet -----------------------------------------------------------------------------


def _merged(places: Floats, triangles: Ints, feature: Ints) -> tuple[Ints, Ints, Ints]:
    """One vertex for each place of a feature: where each first stood, whose it is, and the triangles of these."""
    corner = triangles.reshape(-1)
    owner = np.repeat(feature, 3)
    apart = places - places.min(axis=0, initial=0.0)
    step = max(SAME_PLACE, float(apart.max(initial=0.0)) / (1 << 30))
    steps = np.rint(apart / step).astype(np.int64)
    _, place = np.unique(steps[:, 0] * (1 << 31) + steps[:, 1], return_inverse=True)
    features = int(feature.max(initial=0)) + 1
    _, first, merged = np.unique(place[corner] * features + owner, return_index=True, return_inverse=True)
    joined = merged.reshape(-1, 3)
    sound = (joined[:, 0] != joined[:, 1]) & (joined[:, 1] != joined[:, 2]) & (joined[:, 2] != joined[:, 0])
    return corner[first], owner[first], joined[sound]
