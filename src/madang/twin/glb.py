"""One tile as a binary glTF (glb), written by hand: geometry, feature ids and a table of the features.

KHR_mesh_quantization   positions as 16-bit steps (while a step is at most 5 cm; 32-bit floats for wider tiles),
                        normals as 8-bit
EXT_mesh_features       each vertex names its feature: attribute `_FEATURE_ID_0`, a float, since a 16-bit number
                        would be padded to the same 4 bytes and reach the shader as a float anyway
EXT_structural_metadata a property table with one row a feature: strings as UTF-8 with offsets, numbers as 64-bit floats

A local frame's (east, north, up) is written as glTF's (x, z turned about, y): the reader turns it back. Buffer views
start at multiples of 8 bytes, vertices at multiples of 4, as both specifications ask. Unknown numbers are written as
the lowest 32-bit float and unknown strings as the empty one; the schema names them `noData`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from madang.geometry.flat import Floats, Ints
from madang.geometry.mesh import Mesh

MAGIC, VERSION = b"glTF", 2
CHUNK_JSON, CHUNK_BINARY = b"JSON", b"BIN\x00"
ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963
BYTE, SHORT, USHORT, UINT, FLOAT = 5120, 5122, 5123, 5125, 5126

WIDEST_STEP_M = 0.05
STEPS = 65534  # from -32767 to 32767
MOST_FEATURES = 65535  # one pixel each in a viewer's texture of 256 x 256, the last one left free
UNKNOWN_NUMBER = -3.4028234663852886e38
UNKNOWN_TEXT = ""

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True)
class TileFacts:
    """What a glb says of itself: lowest and highest corner in (east, north, up), vertices, triangles, bytes."""

    lowest: Floats
    highest: Floats
    vertices: int
    triangles: int
    size: int


def facts_of(data: bytes) -> TileFacts:
    """The facts of a glb that this module wrote."""
    (length,) = struct.unpack_from("<I", data, 12)
    document = orjson.loads(data[20 : 20 + length])
    names = document["meshes"][0]["primitives"][0]
    positions = document["accessors"][names["attributes"]["POSITION"]]
    node = document["nodes"][0]
    corners = np.array([positions["min"], positions["max"]]) * node.get("scale", [1.0] * 3) + node["translation"]
    upright = np.stack([corners[:, 0], -corners[:, 2], corners[:, 1]], axis=1)
    return TileFacts(
        lowest=upright.min(axis=0),
        highest=upright.max(axis=0),
        vertices=positions["count"],
        triangles=document["accessors"][names["indices"]]["count"] // 3,
        size=struct.unpack_from("<I", data, 8)[0],
    )


def facts_of_file(path: Path) -> TileFacts | None:
    """The facts of a glb file from its first bytes; None where there is none, or not all of it."""
    try:
        with path.open("rb") as file:
            head = file.read(20)
            magic, _, total = struct.unpack_from("<4sII", head)
            if magic != MAGIC or total != os.fstat(file.fileno()).st_size:
                return None
            return facts_of(head + file.read(struct.unpack_from("<I", head, 12)[0]))
    except (FileNotFoundError, struct.error, ValueError, KeyError):
        return None


def encode_tile(
    mesh: Mesh, columns: Columns, *, attribution: str = "", double_sided: bool = False, compressed: bool = False
) -> bytes:
    """The glb of a mesh in a local frame; row i of the columns (strings or float64) belongs to feature i.

    `compressed` writes geometry by EXT_meshopt_compression, which a viewer must know to show anything.
    """
    binary = _compressing() if compressed else Binary()
    positions, place = _positions(binary, mesh)
    attributes = {
        "POSITION": positions,
        "NORMAL": _normals(binary, mesh),
        "_FEATURE_ID_0": _feature_ids(binary, mesh),
    }
    features = len(next(iter(columns.values())))
    primitive = {
        "attributes": attributes,
        "indices": _indices(binary, mesh),
        "material": 0,
        "extensions": {
            "EXT_mesh_features": {"featureIds": [{"featureCount": features, "attribute": 0, "propertyTable": 0}]}
        },
    }
    document = {
        "asset": {"version": "2.0", "generator": "Madang"} | ({"copyright": attribution} if attribution else {}),
        "extensionsUsed": [
            "KHR_mesh_quantization",
            "EXT_mesh_features",
            "EXT_structural_metadata",
            *binary.extensions,
        ],
        "extensionsRequired": ["KHR_mesh_quantization", *binary.extensions],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **place}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [
            {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0}}
            | ({"doubleSided": True} if double_sided else {})
        ],
        "extensions": {"EXT_structural_metadata": _metadata(binary, columns, features)},
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": binary.buffers,
    }
    return _container(orjson.dumps(document), b"".join(binary.parts))


class Binary:
    """The binary chunk as it grows, and the views and accessors into it."""

    extensions: Sequence[str] = ()

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []
        self.length = 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes | memoryview, **members: int) -> int:
        size = len(data)
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": size, **members})
        padding = -size % 8
        self.parts += [data, bytes(padding)]
        self.length += size + padding
        return len(self.views) - 1

    @property
    def buffers(self) -> list[dict[str, Any]]:
        """The buffers as the document lists them."""
        return [{"byteLength": self.length}]

    def vertices(self, rows: NDArray[Any], **accessor: Any) -> int:
        """An accessor of vertex attributes; each row of the array is padded to 4 bytes already."""
        view = self.vertex_view(rows)
        self.accessors.append({"bufferView": view, "count": len(rows), **accessor})
        return len(self.accessors) - 1

    def indices(self, flat: NDArray[Any]) -> int:
        """An accessor of the corners of triangles, 16-bit or 32-bit."""
        view = self.index_view(flat)
        component = USHORT if flat.itemsize == 2 else UINT
        self.accessors.append({"bufferView": view, "componentType": component, "count": len(flat), "type": "SCALAR"})
        return len(self.accessors) - 1

    def vertex_view(self, rows: NDArray[Any]) -> int:
        """A view of vertex attributes."""
        return self.view(_bytes(rows), byteStride=rows.strides[0], target=ARRAY_BUFFER)

    def index_view(self, flat: NDArray[Any]) -> int:
        """A view of the corners of triangles."""
        return self.view(_bytes(flat), target=ELEMENT_BUFFER)


def _compressing() -> Binary:
    from madang.twin.meshopt import CompressedBinary  # the encoder is an extra

    return CompressedBinary()


def _positions(binary: Binary, mesh: Mesh) -> tuple[int, dict[str, Any]]:
    points = mesh.points[:, [0, 2, 1]] * (1.0, 1.0, -1.0)
    lowest, highest = points.min(axis=0), points.max(axis=0)
    centre = (lowest + highest) / 2
    step = max(float((highest - lowest).max()) / STEPS, 1e-6)
    if step > WIDEST_STEP_M:
        wide = (points - centre).astype("<f4")
        accessor = _bounded(wide) | {"componentType": FLOAT, "type": "VEC3"}
        return binary.vertices(wide[mesh.vertex_point], **accessor), {"translation": centre.tolist()}
    padded = np.zeros((len(points), 4), dtype="<i2")
    np.rint((points - centre) / step, out=padded[:, :3], casting="unsafe")
    accessor = _bounded(padded[:, :3]) | {"componentType": SHORT, "type": "VEC3"}
    # Eight bytes at a time: numpy moves them as one number.
    rows = padded.view("<i8")[mesh.vertex_point].view("<i2").reshape(-1, 4)
    return binary.vertices(rows, **accessor), {"translation": centre.tolist(), "scale": [step] * 3}


def _bounded(points: NDArray[Any]) -> dict[str, Any]:
    return {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}


def _normals(binary: Binary, mesh: Mesh) -> int:
    padded = np.zeros((len(mesh.directions), 4), dtype="i1")
    turned = mesh.directions[:, [0, 2, 1]] * (127.0, 127.0, -127.0)
    np.rint(turned, out=padded[:, :3], casting="unsafe")
    rows = padded.view("<i4")[mesh.vertex_direction].view("i1").reshape(-1, 4)
    return binary.vertices(rows, componentType=BYTE, normalized=True, type="VEC3")


def _feature_ids(binary: Binary, mesh: Mesh) -> int:
    return binary.vertices(mesh.vertex_feature.astype("<f4"), componentType=FLOAT, type="SCALAR")


def _indices(binary: Binary, mesh: Mesh) -> int:
    small = len(mesh.vertex_point) <= 65535
    return binary.indices(mesh.triangles.reshape(-1).astype("<u2" if small else "<u4"))


def _metadata(binary: Binary, columns: Columns, features: int) -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    for name, column in columns.items():
        if pa.types.is_string(column.type):
            kinds[name] = {"type": "STRING", "noData": UNKNOWN_TEXT}
            values, offsets = _texts(column)
            tables[name] = {
                "values": binary.view(values),
                "stringOffsets": binary.view(offsets),
                "stringOffsetType": "UINT32",
            }
        else:
            kinds[name] = {"type": "SCALAR", "componentType": "FLOAT64", "noData": UNKNOWN_NUMBER}
            tables[name] = {"values": binary.view(_bytes(_numbers(column)))}
        if not column.null_count:
            del kinds[name]["noData"]
            kinds[name]["required"] = True
    return {
        "schema": {"id": "madang", "classes": {"feature": {"properties": kinds}}},
        "propertyTables": [{"class": "feature", "count": features, "properties": tables}],
    }


def _texts(column: pa.Array) -> tuple[bytes | memoryview, memoryview]:
    import pyarrow.compute as pc

    filled = pa.concat_arrays([pc.fill_null(column, UNKNOWN_TEXT)])  # one plain array: its offsets start at 0
    _, offsets, data = filled.buffers()
    bounds: Ints = np.frombuffer(offsets, dtype="<i4")[filled.offset : filled.offset + len(filled) + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    # A buffer view may not be empty, so a column of empty strings keeps one byte that no string uses.
    text = memoryview(data)[first:last] if last > first else b"\x00"
    return text, _bytes((bounds - first).astype("<u4"))


def _numbers(column: pa.Array) -> Floats:
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column, UNKNOWN_NUMBER).to_numpy(zero_copy_only=False), dtype="<f8")


def _bytes(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).data.cast("B")


def _container(document: bytes, binary: bytes) -> bytes:
    document += b" " * (-len(document) % 8)  # the binary chunk then starts at a multiple of 4
    binary += bytes(-len(binary) % 4)
    total = 12 + 8 + len(document) + 8 + len(binary)
    return b"".join(
        [
            struct.pack("<4sII", MAGIC, VERSION, total),
            struct.pack("<I4s", len(document), CHUNK_JSON),
            document,
            struct.pack("<I4s", len(binary), CHUNK_BINARY),
            binary,
        ]
    )
