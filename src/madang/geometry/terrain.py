"""The ground: grids of elevations, and how high it is anywhere on them.

A grid's values stand at the centres of its cells, its *nodes*. Between four nodes the ground is two plane triangles,
parted by the diagonal from the first to the last; whatever is drawn on the ground uses the same triangles, so nothing
floats or sinks. A triangle with an unknown corner is unknown, and so is everything beyond the outer nodes.

Elevations are metres above the datum the data state. `geoid_offset_m` lifts whatever is drawn on this ground, the
ground itself included, to the ellipsoid: one number for a city, 0 where nobody gave one.

*Places* are (column, row) of nodes, fractions in between: 0, 0 is the centre of the first cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from madang.geometry.flat import Floats, Ints, counting, following, offsets_of, smallest, spans, sums
from madang.geometry.footprints import metres_per_degree
from madang.geometry.rings import Rings
from madang.sources.shapes import transformer

Heights = NDArray[np.float32]
Affine = tuple[float, float, float, float, float, float]

ON_NODE = 1e-6  # of a cell: as near as that, a place is the node
MOST_CROSSINGS = 4_000_000  # that stand in memory together


@dataclass(frozen=True, eq=False)
class Grid:
    """Elevations at the nodes of a grid, not-a-number where unknown; at least two rows and two columns.

    `transform` is an affine in rasterio's order from (column, row) of cells' corners to the coordinate system:
    x = a column + b row + c, y = d column + e row + f. It may turn or mirror.
    """

    crs: str
    transform: Affine
    heights: Heights
    id: str = ""

    def places(self, lonlat: Floats) -> Floats:
        """(column, row) of (lon, lat) positions; not finite where the coordinate system does not reach."""
        x, y = transformer(self.crs).transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")
        _, _, c, _, _, f = self.transform
        back = np.asarray(np.linalg.inv(self._turn), dtype=np.float64)
        return _turned(np.stack([x - c, y - f], axis=1), back) - 0.5

    def lonlat(self, places: Floats) -> Floats:
        """(lon, lat) of places."""
        _, _, c, _, _, f = self.transform
        x, y = _turned(places + 0.5, self._turn).T
        return np.stack(transformer(self.crs).transform(x + c, y + f), axis=1)

    def sampled(self, places: Floats) -> Floats:
        """The elevation at places; not-a-number outside and where unknown."""
        rows, columns = self.heights.shape
        nearest = np.rint(places)
        column, row = np.where(np.abs(places - nearest) < ON_NODE, nearest, places).T
        inside = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        column, row = np.where(inside, column, 0.0), np.where(inside, row, 0.0)
        left = np.minimum(column.astype(np.int64), columns - 2)
        above = np.minimum(row.astype(np.int64), rows - 2)
        east, south = column - left, row - above
        first = above * columns + left
        beside = first + np.where(east >= south, 1, columns)
        height = self._weighed(1 - np.maximum(east, south), first)
        height += self._weighed(np.abs(east - south), beside)
        height += self._weighed(np.minimum(east, south), first + columns + 1)
        return np.where(inside, height, np.nan)

    def slopes(self, places: Floats, *, reach: float = 1.0) -> Floats:
        """Rise a metre towards east and north (n, 2), smooth over so many cells to each side; 0 where unknown."""
        here = self.sampled(places)
        steps = reach * np.eye(2)
        rises = [_rise(self.sampled(places - step), here, self.sampled(places + step)) for step in steps]
        back = np.asarray(np.linalg.inv(self.metres).T / reach, dtype=np.float64)
        return _turned(np.stack(rises, axis=1), back)

    @cached_property
    def metres(self) -> Floats:
        """Metres (east, north) that one column (first column of the matrix) and one row lead, in the grid's middle."""
        rows, columns = self.heights.shape
        middle = np.array([columns - 1, rows - 1]) / 2
        around = self.lonlat(middle + np.array([[-0.5, 0], [0.5, 0], [0, -0.5], [0, 0.5]]))
        scale = metres_per_degree(around[:, 1].mean(keepdims=True))[0]
        ways = np.stack([around[1] - around[0], around[3] - around[2]], axis=1)
        return np.asarray(ways * scale[:, None], dtype=np.float64)

    @cached_property
    def cell_m(self) -> float:
        """The width of a cell: the square root of its area."""
        return float(np.sqrt(abs(np.linalg.det(self.metres))))

    @property
    def _turn(self) -> Floats:
        a, b, _, d, e, _ = self.transform
        return np.array([[a, b], [d, e]])

    def _weighed(self, weight: Floats, nodes: Ints) -> Floats:
        # A node of no weight is not asked: beside an unknown one, a known node keeps its own height.
        return np.where(weight > 0, weight * self.heights.reshape(-1)[nodes], 0.0)


@dataclass(frozen=True, eq=False)
class Ground:
    """The ground of a city: one grid or several, of which the finest that knows a place answers for it."""

    grids: tuple[Grid, ...]
    geoid_offset_m: float = 0.0

    @classmethod
    def of(cls, grids: Sequence[Grid], *, geoid_offset_m: float = 0.0) -> Ground:
        """The ground of these grids, in whichever order they come."""
        return cls(tuple(sorted(grids, key=lambda grid: grid.cell_m)), geoid_offset_m)

    def heights(self, lonlat: Floats) -> Floats:
        """Elevation in metres above the data's datum; not-a-number outside and where unknown."""
        found = np.full(len(lonlat), np.nan)
        for grid in self.grids:
            open_ones = np.flatnonzero(np.isnan(found))
            if len(open_ones):
                found[open_ones] = grid.sampled(grid.places(lonlat[open_ones]))
        return found

    def drawn(self, lonlat: Floats) -> Floats:
        """Heights to draw at, never unknown: beyond the ground its edge goes on; the geoid offset is added."""
        found = self.heights(lonlat)
        unknown = np.flatnonzero(np.isnan(found))
        if len(unknown):
            widest = self.grids[-1]
            rows, columns = widest.heights.shape
            places = np.nan_to_num(widest.places(lonlat[unknown]), posinf=0.0, neginf=0.0)
            edge = widest.sampled(np.clip(places, 0, (columns - 1, rows - 1)))
            found[unknown] = np.where(np.isnan(edge), self.lowest_m, edge)
        return found + self.geoid_offset_m

    def slopes(self, lonlat: Floats) -> Floats:
        """Rise a metre towards east and north (n, 2); 0 where unknown."""
        found = np.zeros((len(lonlat), 2))
        unseen = np.ones(len(lonlat), dtype=bool)
        for grid in self.grids:
            rest = np.flatnonzero(unseen)
            places = grid.places(lonlat[rest])
            known = np.isfinite(grid.sampled(places))
            found[rest[known]] = grid.slopes(places[known])
            unseen[rest[known]] = False
        return found

    @cached_property
    def lowest_m(self) -> float:
        """The lowest known elevation."""
        return min(float(np.nanmin(grid.heights)) for grid in self.grids)

    @cached_property
    def highest_m(self) -> float:
        """The highest known elevation."""
        return max(float(np.nanmax(grid.heights)) for grid in self.grids)


def bases(rings: Rings, ground: Ground) -> Floats:
    """The lowest ground under each feature: over its vertices and the grids' nodes inside; not-a-number if unknown.

    Elevations as the data state them: add the ground's `geoid_offset_m` to draw at them.
    """
    heights = ground.heights(rings.lonlat)
    lowest = smallest(np.where(np.isnan(heights), np.inf, heights), rings.vertices_of_features)
    for rank, grid in enumerate(ground.grids):
        for feature, rows, starts, counts in _rows_inside(rings, grid):
            nodes = spans(rows * grid.heights.shape[1] + starts, counts)
            values = grid.heights.reshape(-1)[nodes].astype(np.float64)
            values[np.isnan(values) | _covered(grid, nodes, ground.grids[:rank])] = np.inf
            np.minimum.at(lowest, feature, smallest(values, offsets_of(counts)))
    return np.where(np.isfinite(lowest), lowest, np.nan)


# --- which nodes lie in a polygon -------------------------------------------------------------------------------------


def _rows_inside(rings: Rings, grid: Grid) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Stretches of nodes inside features: feature, row, first column, how many; some thousand features at a time.

    A row's nodes lie inside between its first and second crossing with the feature's rings, its third and fourth, …
    A feature that crosses rows more than MOST_CROSSINGS times has vertices enough, and is passed over.
    """
    rows, columns = grid.heights.shape
    start = grid.places(rings.lonlat)
    stop = start[following(rings.ring_offsets)]
    feature = rings.feature_of_vertices()
    lower, upper = np.minimum(start[:, 1], stop[:, 1]), np.maximum(start[:, 1], stop[:, 1])
    with np.errstate(invalid="ignore"):
        first, last = np.clip(np.ceil(lower), 0, rows), np.clip(np.ceil(upper), 0, rows)
    crossings = np.nan_to_num(last - first).astype(np.int64)
    each = sums(crossings.astype(np.float64), rings.vertices_of_features)
    lost = np.asarray(~np.isfinite(start).all(axis=1), dtype=np.float64)
    astray = sums(lost, rings.vertices_of_features)
    passed = (each > MOST_CROSSINGS) | (astray > 0)
    crossings[passed[feature]] = 0
    batch = np.asarray(np.cumsum(np.where(passed, 0.0, each)) // MOST_CROSSINGS)
    for number in np.unique(batch):
        edges = np.flatnonzero((batch[feature] == number) & (crossings > 0))
        if not len(edges):
            continue
        edge = np.repeat(edges, crossings[edges])
        row = first[edge].astype(np.int64) + counting(crossings[edges])
        (xa, ya), (xb, yb) = start[edge].T, stop[edge].T
        at = xa + (row - ya) * (xb - xa) / (yb - ya)
        order = np.lexsort((at, row, feature[edge]))
        enter, leave = at[order[::2]], at[order[1::2]]
        begin = np.clip(np.ceil(enter), 0, columns).astype(np.int64)
        counts = np.clip(np.floor(leave), -1, columns - 1).astype(np.int64) - begin + 1
        filled = counts > 0
        named = order[::2][filled]
        yield from _in_parts(feature[edge[named]], row[named], begin[filled], counts[filled])


def _in_parts(feature: Ints, row: Ints, begin: Ints, counts: Ints) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    part = np.cumsum(counts) // MOST_CROSSINGS
    edges = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(part)]
    for start, stop in pairwise(edges):
        if stop > start:
            yield feature[start:stop], row[start:stop], begin[start:stop], counts[start:stop]


def _covered(grid: Grid, nodes: Ints, finer: Sequence[Grid]) -> NDArray[np.bool_]:
    """Which nodes lie where a finer grid knows better."""
    covered = np.zeros(len(nodes), dtype=bool)
    if not finer or not len(nodes):
        return covered
    columns = grid.heights.shape[1]
    lonlat = grid.lonlat(np.stack([nodes % columns, nodes // columns], axis=1).astype(np.float64))
    for better in finer:
        covered |= np.isfinite(better.sampled(better.places(lonlat)))
    return covered


def _rise(before: Floats, here: Floats, after: Floats) -> Floats:
    """The rise a cell, from both neighbours or from the one that is known."""
    both = (after - before) / 2
    found = np.where(np.isnan(both), np.where(np.isnan(after), here - before, after - here), both)
    return np.nan_to_num(found)


def _turned(pairs: Floats, matrix: Floats) -> Floats:
    """Each pair times a 2 x 2 matrix; by hand, since for two columns threads cost more than they give."""
    x, y = pairs.T
    return np.stack([matrix[0, 0] * x + matrix[0, 1] * y, matrix[1, 0] * x + matrix[1, 1] * y], axis=1)
