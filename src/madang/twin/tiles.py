"""Features to a 3D Tiles 1.1 tileset: `tileset.json` and one glb a tile.

The root carries the transform from the layer's local frame to the Earth; bounding volumes are boxes in that frame. The
frame stands at the middle of the layer, rounded, so it stays where it is while features come and go. A tile is named by
a hash of what it is made of: where a folder has it already, it is not made again.

A tileset appears whole or not at all: it is written beside its place and moved there when it is finished.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from madang.errors import DataError
from madang.geometry.flat import Floats, Ints, largest, smallest
from madang.geometry.footprints import footprints, metres_per_degree
from madang.geometry.frame import Frame
from madang.geometry.rings import Rings, rings_from_geometries
from madang.geometry.surfaces import no_surfaces
from madang.geometry.terrain import Ground
from madang.twin.glb import MOST_FEATURES, WIDEST_STEP_M, TileFacts, facts_of, facts_of_file
from madang.twin.tiling import Tiling
from madang.twin.tree import Node, Square, grow, in_order

Objects = NDArray[np.object_]

MAX_PER_TILE = 1200
MOST_CORNERS_PER_TILE = 60_000  # of footprints and surfaces; a footprint's corner becomes five vertices
ROAD_WIDTH_M = 6.0
TILESET = "tileset.json"
THREADS = 2


@dataclass(frozen=True)
class FeatureColumns:
    """A layer's features, column by column: geometry in well-known binary (lon, lat), metres, and properties to carry.

    A height of 0 makes a flat sheet. `width_m` is the width of lines and the side of the square that stands for a
    point. Properties are strings or numbers, None (or not-a-number) where unknown; their names are plain words.

    `rings` are the footprints where they are worked out already. A feature with `surfaces` (lon, lat, height) is drawn
    by them instead; `standing_m` is the height in them that lies on the ground of a city without terrain.
    """

    ids: Sequence[str] | Objects
    wkb: Sequence[bytes] | Objects
    base_m: Floats
    height_m: Floats
    properties: Mapping[str, Any] = field(default_factory=dict)
    width_m: Floats | None = None
    rings: Rings | None = None
    surfaces: Rings | None = None
    standing_m: Floats | None = None


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
    made: int = 0  # tiles that were not there yet


@dataclass(frozen=True)
class Options:
    """How tiles are made: whom they credit, how many features they hold, what they stand on, whether compressed.

    `terrain` names the ground: tiles that stand on it get other names when it changes.
    """

    attribution: str = ""
    max_per_tile: int = MAX_PER_TILE
    ground: Ground | None = None
    terrain: str = ""
    compressed: bool = False


def build_tileset(
    features: FeatureColumns, out: Path, *, max_per_tile: int = MAX_PER_TILE, attribution: str = "", **options: Any
) -> TilesetInfo:
    """Write the tileset into the folder `out`, replacing what is there; a feature with a shape is in one tile."""
    given = Options(attribution=attribution, max_per_tile=max_per_tile, **options)
    writing = Path(tempfile.mkdtemp(dir=_made(out.parent), prefix=f".{out.name}-"))
    try:
        info = write_tileset(features, writing / TILESET, tiles=writing, options=given)
        move_into_place(writing, out)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise
    return TilesetInfo(**{**vars(info), "path": out / TILESET})


def write_tileset(features: FeatureColumns, place: Path, *, tiles: Path, options: Options) -> TilesetInfo:
    """Write a tileset.json at a place, and into the folder `tiles` what it names and that folder lacks."""
    _check(features, options.max_per_tile)
    rings = _rings(features)
    surfaces = no_surfaces(len(rings)) if features.surfaces is None else features.surfaces
    has_body = np.diff(surfaces.feature_offsets) > 0
    shown = np.flatnonzero((np.diff(rings.feature_offsets) > 0) | has_body)
    hidden = np.setdiff1d(np.arange(len(features.ids)), shown)
    _made(tiles)
    found: list[tuple[TileFacts, bool]] = []
    document = _empty(options)
    if len(shown):
        root, nodes, tiling = _planned(features, rings, surfaces, shown, options)
        with ThreadPoolExecutor(THREADS) as threads:
            found = list(threads.map(lambda number: _tile_file(tiling, number, tiles), range(len(nodes))))
        facts = {node.name: fact for node, (fact, _) in zip(nodes, found, strict=True)}
        names = {node.name: tiling.name(number) for number, node in enumerate(nodes)}
        tree = _tile(root, facts, names) | {"transform": tiling.frame.to_earth()}
        document = _document(tree, options.attribution)
    write_whole(place, document)
    return TilesetInfo(
        path=place,
        features=len(shown),
        tiles=len(found),
        vertices=sum(facts.vertices for facts, _ in found),
        triangles=sum(facts.triangles for facts, _ in found),
        bytes=sum(facts.size for facts, _ in found),
        mended=tuple(features.ids[i] for i in rings.mended),
        without_shape=tuple(features.ids[i] for i in hidden),
        made=sum(new for _, new in found),
    )


def write_whole(place: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whatever happens half-way."""
    _made(place.parent)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        os.chmod(name, 0o644)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def move_into_place(written: Path, place: Path) -> None:
    """Let a folder take the place of another one, or of none."""
    written.chmod(0o755)
    if not place.exists():
        written.rename(place)
        return
    old = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-old-"))
    os.replace(place, old / place.name)
    written.rename(place)
    shutil.rmtree(old, ignore_errors=True)


# --- which feature goes where -----------------------------------------------------------------------------------------


def _planned(
    features: FeatureColumns, rings: Rings, surfaces: Rings, shown: Ints, options: Options
) -> tuple[Node, list[Node], Tiling]:
    lowest, highest = _extent(rings, surfaces, features, shown)
    centres = (lowest + highest)[:, :2] / 2
    metres = (highest - lowest)[:, :2] * metres_per_degree(centres[:, 1])
    sizes = np.hypot(np.hypot(*metres.T), highest[:, 2] - lowest[:, 2])
    square = Square.around(centres)
    frame = Frame.at(*square.near((centres.min(axis=0) + centres.max(axis=0)) / 2))
    root = grow(
        centres,
        sizes,
        max_per_tile=options.max_per_tile,
        square=square,
        weights=_corners(rings, surfaces)[shown],
        max_weight=MOST_CORNERS_PER_TILE,
    )
    nodes = in_order(root)
    # All features in the order of their tiles: a tile is then a slice of every array.
    order = shown[np.concatenate([node.features for node in nodes])]
    counts = np.array([len(node.features) for node in nodes], dtype=np.int64)
    tiling = Tiling.of(features, rings, surfaces, order, counts, frame=frame, options=options)
    return root, nodes, tiling


def _extent(rings: Rings, surfaces: Rings, features: FeatureColumns, shown: Ints) -> tuple[Floats, Floats]:
    """Lowest and highest (lon, lat, metres) of each shown feature."""
    low = np.column_stack([smallest(rings.lonlat, rings.vertices_of_features), features.base_m])
    high = np.column_stack([largest(rings.lonlat, rings.vertices_of_features), features.base_m + features.height_m])
    body = np.flatnonzero(np.diff(surfaces.feature_offsets))
    low[body] = smallest(surfaces.lonlat, surfaces.vertices_of_features)[body]
    high[body] = largest(surfaces.lonlat, surfaces.vertices_of_features)[body]
    return low[shown], high[shown]


def _corners(rings: Rings, surfaces: Rings) -> Ints:
    flat, body = np.diff(rings.vertices_of_features), np.diff(surfaces.vertices_of_features)
    return np.where(body > 0, body, flat)


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
    if features.rings is not None:
        return features.rings
    width = np.full(len(features.ids), ROAD_WIDTH_M) if features.width_m is None else features.width_m
    geometries = np.asarray(shapely.from_wkb(features.wkb), dtype=object)
    return rings_from_geometries(footprints(geometries, width_m=width))


# --- files ------------------------------------------------------------------------------------------------------------


def _tile_file(tiling: Tiling, number: int, folder: Path) -> tuple[TileFacts, bool]:
    """What a tile holds, and whether it had to be made."""
    path = folder / tiling.name(number)
    facts = facts_of_file(path)
    if facts is not None:
        os.utime(path)  # in use again: whoever forgets old tiles looks at this
        return facts, False
    data = tiling.encode(number)
    write_whole(path, data)
    return facts_of(data), True


def _tile(node: Node, facts: Mapping[str, TileFacts], names: Mapping[str, str]) -> dict[str, Any]:
    children = [_tile(child, facts, names) for child in node.children]
    own = facts[node.name]
    corners = [_corners_of(child["boundingVolume"]["box"]) for child in children] + [(own.lowest, own.highest)]
    low, high = np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)
    tile: dict[str, Any] = {
        "boundingVolume": {"box": _box(low, high)},
        "geometricError": node.missing_m,
        "refine": "ADD",
        "content": {"uri": names[node.name], "boundingVolume": {"box": _box(own.lowest, own.highest)}},
    }
    return tile | ({"children": children} if children else {})


def _box(low: Floats, high: Floats) -> list[float]:
    """A 3D Tiles box (centre and three half axes) around two corners, a little wider than they are apart."""
    half = (high - low) / 2 + WIDEST_STEP_M / 50
    return [*((low + high) / 2).tolist(), half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]


def _corners_of(box: list[float]) -> tuple[Floats, Floats]:
    centre, half = np.array(box[:3]), np.array(box[3::4])
    return centre - half, centre + half


def _document(root: dict[str, Any], credit: str) -> bytes:
    half = root["boundingVolume"]["box"][3::4]
    document = {
        "asset": {"version": "1.1", "generator": "Madang"} | ({"copyright": credit} if credit else {}),
        "geometricError": 2 * float(np.linalg.norm(half)),
        "root": root,
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _empty(options: Options) -> bytes:
    """A tileset with nothing in it: valid, so that a viewer of an empty layer need not know."""
    box = [0.0] * 3 + [1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0]
    return _document({"boundingVolume": {"box": box}, "geometricError": 0.0, "refine": "ADD"}, options.attribution)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
