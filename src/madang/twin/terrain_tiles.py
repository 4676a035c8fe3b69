"""The ground to a 3D Tiles 1.1 tileset: a quadtree of grid meshes that take each other's place as the eye comes near.

Every grid has a tree of its own. A tile is a mesh of at most CELLS by CELLS cells; its children show its four quarters
with cells half as wide, down to the grid's own (REPLACE refinement). The geometric error is measured: the largest
difference in height between the tile and the grid's own surface. What is flat enough is not parted further.

Tiles of different fineness do not meet exactly at their edges. Skirts, walls that hang down from all four edges, hide
the gaps. Normals are smooth and come from the elevations, so light alone shades the hills. Where a finer grid knows the
ground, a coarser one leaves it to it, except along the rim.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from madang.geometry.drape import tilted
from madang.geometry.flat import Bools, Floats, Ints
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.mesh import Mesh
from madang.geometry.terrain import Grid, Ground, Heights
from madang.twin.glb import WIDEST_STEP_M, encode_tile
from madang.twin.tiles import TILESET, TilesetInfo, move_into_place

CELLS = 64  # of a tile's side: 4,225 vertices and at most 8,704 triangles, skirts with them
FLAT_M = 0.02  # a tile that is nowhere further off is as good as the grid itself
SKIRT_M = 1.0  # that a skirt hangs down at least
ROWS_TOGETHER = 512  # of a large tile, while its error is measured


def build_terrain(ground: Ground, out: Path, *, prefix: str = "", attribution: str = "") -> TilesetInfo:
    """Write the ground's tileset into the folder `out`, replacing what is there; glb names begin with `prefix`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    writing = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        frame = _frame(ground)
        plan = _Plan(writing, prefix, attribution, frame, ground.geoid_offset_m)
        trees = [_Tree(plan, rank, grid, _left_to(grid, ground.grids[:rank])) for rank, grid in enumerate(ground.grids)]
        roots = [root for root in (tree.grown() for tree in trees) if root is not None]
        (writing / TILESET).write_bytes(_tileset(roots, plan))
        move_into_place(writing, out)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise
    written = plan.written
    return TilesetInfo(
        path=out / TILESET,
        features=len(ground.grids),
        tiles=written.tiles,
        vertices=written.vertices,
        triangles=written.triangles,
        bytes=written.bytes,
        mended=(),
        without_shape=tuple(tree.grid.id for tree in trees if not np.isfinite(tree.heights).any()),
    )


@dataclass
class _Written:
    tiles: int = 0
    vertices: int = 0
    triangles: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class _Plan:
    """Where tiles go, how their names begin, whom they credit, their frame, how far they are lifted."""

    folder: Path
    prefix: str
    credit: str
    frame: Frame
    lift_m: float
    written: _Written = field(default_factory=_Written)


def _frame(ground: Ground) -> Frame:
    """The frame about the middle of the widest grid."""
    widest = max(ground.grids, key=lambda grid: grid.cell_m * max(grid.heights.shape))
    rows, columns = widest.heights.shape
    lon, lat = widest.lonlat(np.array([[columns - 1, rows - 1]]) / 2)[0]
    return Frame.at(float(lon), float(lat))


def _left_to(grid: Grid, finer: Sequence[Grid]) -> Heights:
    """The heights a grid has to show: not those whose whole neighbourhood a finer one knows."""
    if not finer:
        return grid.heights
    rows, columns = grid.heights.shape
    covered = np.zeros((rows, columns), dtype=bool)
    for row in range(0, rows, ROWS_TOGETHER):
        part = covered[row : row + ROWS_TOGETHER]
        down, across = np.mgrid[row : row + len(part), 0:columns]
        lonlat = grid.lonlat(np.stack([across.reshape(-1), down.reshape(-1)], axis=1).astype(np.float64))
        for better in finer:
            part |= np.isfinite(better.sampled(better.places(lonlat))).reshape(part.shape)
    inner = covered.copy()
    for axis in (0, 1):
        for way in (1, -1):
            inner &= np.roll(inner, way, axis=axis)
    return np.where(inner, np.float32(np.nan), grid.heights)


# --- one grid's tree --------------------------------------------------------------------------------------------------


class _Tree:
    """The tiles of one grid, written as the tree grows."""

    def __init__(self, plan: _Plan, rank: int, grid: Grid, heights: Heights) -> None:
        self.plan = plan
        self.grid = grid
        self.heights = heights
        self._rank = rank
        self._upright = float(np.linalg.det(grid.metres)) > 0  # rows lead to the left of columns, seen from above

    def grown(self) -> dict[str, Any] | None:
        """The root tile as tileset.json has it; None where nothing is known."""
        level = 0
        while CELLS << level < max(self.heights.shape) - 1:
            level += 1
        return self._tile(level, 0, 0, above_m=0.0)

    def _tile(self, level: int, row: int, column: int, *, above_m: float) -> dict[str, Any] | None:
        rows, columns = (_nodes(at, level, count) for at, count in zip((row, column), self.heights.shape, strict=True))
        if len(rows) < 2 or len(columns) < 2:
            return None
        own = self.heights[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if not np.isfinite(own).any():
            return None
        shown = own if level == 0 else _thinned(self.heights, rows, columns, 1 << level)
        error = 0.0 if level == 0 else self._error(own, shown, rows - rows[0], columns - columns[0], level)
        mesh = self._mesh(shown, rows, columns, 1 << level, skirt_m=SKIRT_M + max(error, above_m))
        if not len(mesh.triangles):
            return None
        children = list(self._children(level, row, column, error)) if error > FLAT_M else []
        return self._written(f"{self._rank}-{level}-{row}-{column}", mesh, error if children else 0.0, children)

    def _children(self, level: int, row: int, column: int, error: float) -> Iterator[dict[str, Any]]:
        for down in (0, 1):
            for across in (0, 1):
                child = self._tile(level - 1, 2 * row + down, 2 * column + across, above_m=error)
                if child is not None:
                    yield child

    def _written(self, name: str, mesh: Mesh, error: float, children: list[dict[str, Any]]) -> dict[str, Any]:
        plan = self.plan
        uri = f"{plan.prefix}{name}.glb"
        columns = {"id": pa.array([self.grid.id], pa.string())}
        data = encode_tile(mesh, columns, attribution=plan.credit)
        (plan.folder / uri).write_bytes(data)
        plan.written.tiles += 1
        plan.written.vertices += len(mesh.vertex_point)
        plan.written.triangles += len(mesh.triangles)
        plan.written.bytes += len(data)
        own = _box(mesh.points.min(axis=0) - WIDEST_STEP_M, mesh.points.max(axis=0) + WIDEST_STEP_M)
        tile = {
            "boundingVolume": {"box": _around([own, *(child["boundingVolume"]["box"] for child in children)])},
            "geometricError": max([error, *(child["geometricError"] for child in children)]),
            "refine": "REPLACE",
            "content": {"uri": uri, "boundingVolume": {"box": own}},
        }
        return tile | ({"children": children} if children else {})

    def _error(self, own: Heights, shown: Heights, rows: Ints, columns: Ints, level: int) -> float:
        """How far the tile is off the grid's own surface at most; at least its cell where it shows a gap."""
        largest = 0.0
        for start in range(0, len(own), ROWS_TOGETHER):
            stop = min(start + ROWS_TOGETHER, len(own))
            off = np.abs(own[start:stop] - _between(shown, rows, columns, np.arange(start, stop)))
            largest = max(largest, float(np.nanmax(off, initial=0.0)))
            if bool((np.isnan(off) & np.isfinite(own[start:stop])).any()):
                largest = max(largest, self.grid.cell_m * (1 << level))
        return largest

    # --- its mesh ---

    def _mesh(self, shown: Heights, rows: Ints, columns: Ints, stride: int, *, skirt_m: float) -> Mesh:
        known = np.isfinite(shown)
        down, across = np.meshgrid(rows, columns, indexing="ij")
        places = np.stack([across[known], down[known]], axis=1).astype(np.float64)
        lonlat = self.grid.lonlat(places)
        up = self.plan.frame.directions(up_from_ground(earth_from_degrees(lonlat)))
        earth = earth_from_degrees(lonlat, shown[known].astype(np.float64) + self.plan.lift_m)
        points = self.plan.frame.positions(earth)
        number = np.cumsum(known).reshape(known.shape) - 1
        walls, hanging = _skirts(number, known)
        triangles = np.concatenate([_surface(number, known), walls])
        if self._upright:
            triangles = triangles[:, [0, 2, 1]]
        top = np.arange(len(points), dtype=np.int64)
        return Mesh(
            points=np.concatenate([points, points[hanging] - skirt_m * up[hanging]]),
            directions=tilted(up, self.grid.slopes(places, reach=float(stride))),
            vertex_point=np.arange(len(points) + len(hanging), dtype=np.int64),
            vertex_direction=np.concatenate([top, hanging]),
            vertex_feature=np.zeros(len(points) + len(hanging), dtype=np.int64),
            triangles=triangles,
        )


def _nodes(at: int, level: int, count: int) -> Ints:
    """The nodes along one side of a tile; the last cell ends where the grid does."""
    start = at * (CELLS << level)
    wanted = start + (np.arange(CELLS + 1) << level)
    return np.unique(np.minimum(wanted, max(count - 1, start)))


def _thinned(heights: Heights, rows: Ints, columns: Ints, stride: int) -> Heights:
    """Every so many nodes; where that one is unknown, the mean of the known ones about it."""
    found = heights[np.ix_(rows, columns)]
    reach = stride // 2
    for down, across in np.argwhere(np.isnan(found)):
        row, column = int(rows[down]), int(columns[across])
        near = heights[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
        known = near[np.isfinite(near)]
        if len(known):
            found[down, across] = known.mean()
    return found


def _between(shown: Heights, rows: Ints, columns: Ints, wanted: Ints) -> Floats:
    """The tile's surface at every node of the wanted rows, by the same triangles as it is drawn with."""
    above, south = _within(rows, wanted)
    left, east = _within(columns, np.arange(columns[-1] + 1))
    south, east = south[:, None], east[None, :]
    corner = (above[:, None], left[None, :])
    beside = np.where(east >= south, shown[above[:, None], left[None, :] + 1], shown[above[:, None] + 1, left[None, :]])
    far = shown[above[:, None] + 1, left[None, :] + 1]
    parts = (
        (1 - np.maximum(south, east), shown[corner]),
        (np.abs(south - east), beside),
        (np.minimum(south, east), far),
    )
    return np.asarray(sum(np.where(weight > 0, weight * height, 0.0) for weight, height in parts), dtype=np.float64)


def _within(nodes: Ints, wanted: Ints) -> tuple[Ints, Floats]:
    """Between which two nodes each wanted one lies, and how far along."""
    first = np.clip(np.searchsorted(nodes, wanted, side="right") - 1, 0, len(nodes) - 2)
    return first, (wanted - nodes[first]) / (nodes[first + 1] - nodes[first])


def _surface(number: Ints, known: Bools) -> Ints:
    """Two triangles a cell, counter-clockwise where rows lead south and columns east; none with an unknown corner."""
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    ka, kb, kc, kd = known[:-1, :-1], known[1:, :-1], known[1:, 1:], known[:-1, 1:]
    lower = np.stack([a, b, c], axis=-1)[ka & kb & kc]
    upper = np.stack([a, c, d], axis=-1)[ka & kc & kd]
    return np.concatenate([lower, upper])


def _skirts(number: Ints, known: Bools) -> tuple[Ints, Ints]:
    """Walls below the four edges, and which nodes they hang from: hanging node i is vertex `len(nodes) + i`."""
    last, count = (number.shape[0] - 1, number.shape[1] - 1), int(known.sum())
    ways = (  # once about the tile, its inside to the left where rows lead south and columns east
        (np.zeros(last[1] + 1, int), np.arange(last[1], -1, -1)),
        (np.arange(last[0] + 1), np.zeros(last[0] + 1, int)),
        (np.full(last[1] + 1, last[0]), np.arange(last[1] + 1)),
        (np.arange(last[0], -1, -1), np.full(last[0] + 1, last[1])),
    )
    walls, hanging, made = [], [], count
    for row, column in ways:
        nodes, there = number[row, column], known[row, column]
        edge = np.flatnonzero(there[:-1] & there[1:])
        below = made + np.arange(len(nodes))
        start, stop = nodes[edge], nodes[edge + 1]
        walls += [
            np.stack([below[edge], below[edge + 1], stop], axis=1),
            np.stack([below[edge], stop, start], axis=1),
        ]
        hanging.append(np.where(there, nodes, 0))
        made += len(nodes)
    return np.concatenate(walls), np.concatenate(hanging)


# --- tileset.json -----------------------------------------------------------------------------------------------------


def _box(low: Floats, high: Floats) -> list[float]:
    half = (high - low) / 2
    return [*((low + high) / 2).tolist(), half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]


def _around(boxes: list[list[float]]) -> list[float]:
    corners = [(np.array(box[:3]), np.array(box[3::4])) for box in boxes]
    low = np.min([centre - half for centre, half in corners], axis=0)
    return _box(low, np.max([centre + half for centre, half in corners], axis=0))


def _tileset(roots: list[dict[str, Any]], plan: _Plan) -> bytes:
    if len(roots) == 1:
        root = roots[0]
    else:
        boxes = [tile["boundingVolume"]["box"] for tile in roots] or [_box(np.full(3, -1.0), np.full(3, 1.0))]
        error = max([tile["geometricError"] for tile in roots], default=0.0)
        root = {"boundingVolume": {"box": _around(boxes)}, "geometricError": 2 * error + 1, "refine": "ADD"}
        root |= {"children": roots} if roots else {}
    half = root["boundingVolume"]["box"][3::4]
    document = {
        "asset": {"version": "1.1", "generator": "Madang"} | ({"copyright": plan.credit} if plan.credit else {}),
        "geometricError": max(2 * float(np.linalg.norm(half)), root["geometricError"]),
        "root": root | {"transform": plan.frame.to_earth()},
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
