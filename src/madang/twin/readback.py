"""Tiles read back: what a viewer finds in a glb and a tileset, and whether it holds together.

The light check the product keeps of its own writing; the official validators are for tests. It reads what `glb` writes
and nothing else, straight from the specifications, and shares no code with the writer.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC3": 3}

_Corners = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Tile:
    """One glb as a viewer sees it: positions and normals in (east, north, up), features by row of the table."""

    positions: NDArray[np.float64]
    normals: NDArray[np.float64]
    feature_ids: NDArray[np.int64]
    triangles: NDArray[np.int64]
    table: dict[str, list[Any]]
    step_m: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class TilesetCheck:
    """What a tileset holds: how often each feature id occurs, counts, and what is wrong."""

    features: Counter[str]
    tiles: int
    triangles: int
    problems: tuple[str, ...]


def read_tile(data: bytes) -> Tile:
    """The glb's content, with what breaks the specifications or the file's own statements."""
    document, binary = _chunks(data)
    problems: list[str] = []
    if len(binary) < document["buffers"][0]["byteLength"]:
        problems.append("the buffer is longer than the binary chunk")
    for number, view in enumerate(document["bufferViews"]):
        if view["byteOffset"] % 8 or view["byteOffset"] + view["byteLength"] > len(binary):
            problems.append(f"buffer view {number} is not aligned or leaves the chunk")
    primitive = document["meshes"][0]["primitives"][0]
    names = primitive["attributes"]
    stored = _accessor(document, binary, names["POSITION"], problems)
    node = document["nodes"][0]
    step = float(node.get("scale", [0.0])[0])
    placed = stored * np.array(node.get("scale", [1.0, 1.0, 1.0])) + np.array(node["translation"])
    feature_ids = _accessor(document, binary, names["_FEATURE_ID_0"], problems)[:, 0].astype(np.int64)
    triangles = _accessor(document, binary, primitive["indices"], problems).astype(np.int64).reshape(-1, 3)
    metadata = document["extensions"]["EXT_structural_metadata"]
    table = _table(document, binary, metadata)
    features = metadata["propertyTables"][0]["count"]
    declared = primitive["extensions"]["EXT_mesh_features"]["featureIds"][0]["featureCount"]
    if declared != features or len(np.unique(feature_ids)) != features or feature_ids.max() != features - 1:
        problems.append("feature ids, feature count and rows of the table do not agree")
    if triangles.max() >= len(placed):
        problems.append("a triangle names a vertex that is not there")
    normals = _accessor(document, binary, names["NORMAL"], problems)
    return Tile(_upright(placed), _upright(normals), feature_ids, triangles, table, step, tuple(problems))


def check_tileset(path: Path, *, tiles_in: Path | None = None) -> TilesetCheck:
    """Read every tile of a tileset.json and check it, its box, its parent's box and the order of errors.

    `tiles_in` is the folder of the tiles where that is not the tileset's own.
    """
    beside = tiles_in or path.parent
    root = json.loads(path.read_bytes())["root"]
    features: Counter[str] = Counter()
    problems: list[str] = []
    tiles = triangles = 0
    todo: list[tuple[dict[str, Any], _Corners | None, float]] = [(root, None, np.inf)] if "content" in root else []
    while todo:
        node, above, error = todo.pop()
        low, high = _box(node["boundingVolume"]["box"])
        uri = node["content"]["uri"]
        tile = read_tile((beside / uri).read_bytes())
        problems += [f"{uri}: {problem}" for problem in tile.problems]
        own_low, own_high = _box(node["content"]["boundingVolume"]["box"])
        if np.any(tile.positions < own_low) or np.any(tile.positions > own_high):
            problems.append(f"{uri}: the content leaves its box")
        if np.any(own_low < low - 1e-6) or np.any(own_high > high + 1e-6):
            problems.append(f"{uri}: the content's box leaves the tile's")
        if above is not None and (np.any(low < above[0] - 1e-6) or np.any(high > above[1] + 1e-6)):
            problems.append(f"{uri}: the box leaves its parent's")
        if node["geometricError"] > error:
            problems.append(f"{uri}: the error is larger than its parent's")
        features.update(tile.table["id"])
        tiles, triangles = tiles + 1, triangles + len(tile.triangles)
        todo += [(child, (low, high), node["geometricError"]) for child in node.get("children", ())]
    return TilesetCheck(features, tiles, triangles, tuple(problems))


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, total = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2 or total != len(data):
        raise ValueError(f"no glb of version 2 with {total} bytes: {data[:12]!r}, {len(data)} bytes")
    size, kind = struct.unpack_from("<I4s", data, 12)
    if kind != b"JSON":
        raise ValueError(f"the first chunk is {kind!r}, not JSON")
    document = json.loads(data[20 : 20 + size])
    length, kind = struct.unpack_from("<I4s", data, 20 + size)
    if kind != b"BIN\x00":
        raise ValueError(f"the second chunk is {kind!r}, not BIN")
    return document, data[28 + size : 28 + size + length]


def _accessor(document: dict[str, Any], binary: bytes, number: int, problems: list[str]) -> NDArray[np.float64]:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = np.dtype(COMPONENTS[accessor["componentType"]])
    width = WIDTHS[accessor["type"]]
    stride = view.get("byteStride", width * kind.itemsize)
    if (accessor["count"] - 1) * stride + width * kind.itemsize > view["byteLength"]:
        problems.append(f"accessor {number} leaves its view")
    values = np.ndarray(
        (accessor["count"], width),
        kind,
        buffer=binary,
        offset=view["byteOffset"],
        strides=(stride, kind.itemsize),
    )
    if "min" in accessor:
        bounds = [values.min(axis=0).tolist(), values.max(axis=0).tolist()]
        if bounds != [accessor["min"], accessor["max"]]:
            problems.append(f"accessor {number} states other bounds than it has")
    out = values.astype(np.float64)
    return np.maximum(out / 127.0, -1.0) if accessor.get("normalized") else out


def _table(document: dict[str, Any], binary: bytes, metadata: dict[str, Any]) -> dict[str, list[Any]]:
    kinds = metadata["schema"]["classes"]["feature"]["properties"]
    table = metadata["propertyTables"][0]
    count = table["count"]
    out: dict[str, list[Any]] = {}
    for name, kind in kinds.items():
        stored = table["properties"][name]
        values = _view(document, binary, stored["values"])
        if kind["type"] == "STRING":
            offsets = np.frombuffer(_view(document, binary, stored["stringOffsets"]), "<u4", count + 1)
            row = [values[start:stop].decode("utf-8") for start, stop in pairwise(offsets.tolist())]
        else:
            row = np.frombuffer(values, "<f8", count).tolist()
        unknown = kind.get("noData")
        out[name] = [None if unknown is not None and value == unknown else value for value in row]
    return out


def _view(document: dict[str, Any], binary: bytes, number: int) -> bytes:
    view = document["bufferViews"][number]
    return binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]


def _box(box: list[float]) -> _Corners:
    centre, half = np.array(box[:3]), np.array(box[3::4])
    return centre - half, centre + half


def _upright(turned: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([turned[:, 0], -turned[:, 2], turned[:, 1]], axis=1)
