"""Features to a 3D Tiles 1.1 tileset: a folder with `tileset.json` and one glb a tile.

The root carries the transform from the layer's local frame to the Earth; bounding volumes are boxes in that frame.
A tileset appears whole or not at all: it is written beside its place and moved there when it is finished.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from madang.errors import DataError
from madang.geometry.extrusion import prisms
from madang.geometry.flat import Floats, Ints, largest, smallest
from madang.geometry.footprints import footprints
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.rings import Rings, rings_from_geometries
from madang.twin.glb import MOST_FEATURES, WIDEST_STEP_M, encode_tile
from madang.twin.tree import Node, grow, in_order

MAX_PER_TILE = 1200
ROAD_WIDTH_M = 6.0
TILESET = "tileset.json"


@dataclass(frozen=True)
class FeatureColumns:
    """A layer's features, column by column: geometry in well-known binary (lon, lat), metres, and properties to carry.

    A height of 0 makes a flat sheet. `width_m` is the width of lines and the side of the square that stands for a
    point. Properties are strings or numbers, None where unknown; their names are plain words.
    """

    ids: Sequence[str]
    wkb: Sequence[bytes]
    base_m: Floats
    height_m: Floats
    properties: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    width_m: Floats | None = None


@dataclass(frozen=True)
class TilesetInfo:
    """What was written, and which features have no shape to show (ids, in the order given)."""

    path: Path
    features: int
    tiles: int
    vertices: int
    triangles: int
    bytes: int
    mended: tuple[str, ...]
    without_shape: tuple[str, ...]


def build_tileset(
    features: FeatureColumns,
    out: Path,
    *,
    max_per_tile: int = MAX_PER_TILE,
    attribution: str = "",
    prefix: str = "",
) -> TilesetInfo:
    """Write the tileset into the folder `out`, replacing what is there; a feature with a shape is in one tile.

    The names of the glb files begin with `prefix`.
    """
    _check(features, max_per_tile)
    rings = _rings(features)
    shown = np.flatnonzero(np.diff(rings.feature_offsets))
    writing = Path(tempfile.mkdtemp(dir=_made(out.parent), prefix=f".{out.name}-"))
    try:
        plan = _Plan(writing, prefix, attribution, max_per_tile)
        written = _write(features, rings.take(shown), shown, plan)
        _move_into_place(writing, out)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise
    hidden = np.setdiff1d(np.arange(len(features.ids)), shown)
    return TilesetInfo(
        path=out / TILESET,
        features=len(shown),
        tiles=written.tiles,
        vertices=written.vertices,
        triangles=written.triangles,
        bytes=written.bytes,
        mended=tuple(features.ids[i] for i in rings.mended),
        without_shape=tuple(features.ids[i] for i in hidden),
    )


@dataclass(frozen=True)
class _Plan:
    """Where tiles go, how their names begin, whom they credit, how many features they hold."""

    folder: Path
    prefix: str
    credit: str
    max_per_tile: int

    def name(self, node: Node) -> str:
        return f"{self.prefix}{node.name}.glb"


@dataclass
class _Written:
    tiles: int = 0
    vertices: int = 0
    triangles: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class _Extent:
    """Lowest and highest corner of each feature's solid in the layer's frame."""

    lowest: Floats
    highest: Floats

    def box(self, features: Ints) -> list[float]:
        """A 3D Tiles box (centre and three half axes) around these features."""
        low, high = self.lowest[features].min(axis=0), self.highest[features].max(axis=0)
        half = (high - low) / 2 + WIDEST_STEP_M  # rounding to steps may push a corner out by half a step
        return [*((low + high) / 2).tolist(), half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]


def _check(features: FeatureColumns, max_per_tile: int) -> None:
    counts = {
        "wkb": len(features.wkb),
        "base_m": len(features.base_m),
        "height_m": len(features.height_m),
        **{name: len(values) for name, values in features.properties.items()},
    }
    for name, count in counts.items():
        if count != len(features.ids):
            raise DataError("twin.column-length", column=name, found=count, expected=len(features.ids))
    if not 1 <= max_per_tile <= MOST_FEATURES:
        raise DataError("twin.tile-size", found=max_per_tile, most=MOST_FEATURES)


def _rings(features: FeatureColumns) -> Rings:
    width = np.full(len(features.ids), ROAD_WIDTH_M) if features.width_m is None else features.width_m
    geometries = np.asarray(shapely.from_wkb(features.wkb), dtype=object)
    return rings_from_geometries(footprints(geometries, width_m=width))


def _write(features: FeatureColumns, rings: Rings, source: Ints, plan: _Plan) -> _Written:
    """Write all tiles; feature i of the rings is row source[i] of the columns."""
    written = _Written()
    if not len(rings):
        _write_empty(plan)
        return written
    frame = Frame.about(rings.lonlat)
    base, height = features.base_m[source], features.height_m[source]
    extent = _extent(rings, frame, base, height)
    centres = (extent.lowest + extent.highest)[:, :2] / 2
    sizes = np.linalg.norm(extent.highest - extent.lowest, axis=1)
    root = grow(centres, sizes, max_per_tile=plan.max_per_tile)
    nodes = in_order(root)
    # All features in the order of their tiles: a tile is then a slice of every array.
    order = np.concatenate([node.features for node in nodes])
    rings, base, height = rings.take(order), base[order], height[order]
    columns = _columns(features, source[order])
    start = 0
    for node in nodes:
        stop = start + len(node.features)
        mesh = prisms(rings.part(start, stop), frame, base_m=base[start:stop], height_m=height[start:stop])
        rows = {name: column.slice(start, stop - start) for name, column in columns.items()}
        data = encode_tile(mesh, rows, attribution=plan.credit)
        (plan.folder / plan.name(node)).write_bytes(data)
        written.tiles += 1
        written.vertices += len(mesh.vertex_point)
        written.triangles += len(mesh.triangles)
        written.bytes += len(data)
        start = stop
    _write_tileset(plan, _tile(root, extent, plan) | {"transform": frame.to_earth()})
    return written


def _extent(rings: Rings, frame: Frame, base: Floats, height: Floats) -> _Extent:
    earth = earth_from_degrees(rings.lonlat)
    ground, up = frame.positions(earth), frame.directions(up_from_ground(earth))
    feature, offsets = rings.feature_of_vertices(), rings.vertices_of_features
    bottom = ground + base[feature][:, None] * up
    top = bottom + height[feature][:, None] * up
    return _Extent(
        smallest(np.minimum(bottom, top), offsets),
        largest(np.maximum(bottom, top), offsets),
    )


def _columns(features: FeatureColumns, order: Ints) -> dict[str, pa.Array]:
    rows = pa.array(order)
    columns = {"id": pa.array(features.ids, pa.string()).take(rows)}
    for name, values in features.properties.items():
        column = pa.array(values, from_pandas=True)
        kept = column if pa.types.is_string(column.type) else column.cast(pa.float64())
        columns[name] = kept.take(rows)
    return columns


def _tile(node: Node, extent: _Extent, plan: _Plan) -> dict[str, Any]:
    below = in_order(node)
    tile: dict[str, Any] = {
        "boundingVolume": {"box": extent.box(np.concatenate([n.features for n in below]))},
        "geometricError": node.missing_m,
        "refine": "ADD",
        "content": {"uri": plan.name(node), "boundingVolume": {"box": extent.box(node.features)}},
    }
    if node.children:
        tile["children"] = [_tile(child, extent, plan) for child in node.children]
    return tile


def _write_tileset(plan: _Plan, root: dict[str, Any]) -> None:
    half = root["boundingVolume"]["box"][3::4]
    document = {
        "asset": {"version": "1.1", "generator": "Madang"} | ({"copyright": plan.credit} if plan.credit else {}),
        "geometricError": 2 * float(np.linalg.norm(half)),
        "root": root,
    }
    (plan.folder / TILESET).write_bytes(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))


def _write_empty(plan: _Plan) -> None:
    """A tileset with nothing in it: valid, so that a viewer of an empty layer need not know."""
    box = [0.0] * 3 + [1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0]
    root = {"boundingVolume": {"box": box}, "geometricError": 0.0, "refine": "ADD"}
    _write_tileset(plan, root)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _move_into_place(written: Path, place: Path) -> None:
    written.chmod(0o755)
    if not place.exists():
        written.rename(place)
        return
    old = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-old-"))
    os.replace(place, old / place.name)
    written.rename(place)
    shutil.rmtree(old, ignore_errors=True)
