"""The bodies of a city model as one binary glTF for other tools: metres about its middle, y up, north along -z.

One mesh; each vertex names its feature (EXT_mesh_features), and a table says of each feature its id, name and type
(EXT_structural_metadata). Blocks stand for entities that have no body but a height. Where the middle lies is said in
the asset's `extras` (lon, lat), beside the sources.
"""

from __future__ import annotations

import struct
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pyproj import Transformer

from madang.errors import CallerError
from madang.exports.cityjson import CityModelOut
from madang.exports.pools import AppearancePool, VertexPool
from madang.geometry.flat import offsets_of
from madang.geometry.frame import Frame
from madang.geometry.mesh import Mesh
from madang.geometry.rings import Rings
from madang.geometry.surfaces import sound_surfaces, surface_mesh
from madang.sources.cityjson.geometry import DEPTH, flattened
from madang.sources.cityjson.objects import lod_of

ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963
UINT, FLOAT = 5125, 5126


def write_gltf(model: CityModelOut, path: Path) -> None:
    """Write the most detailed surfaces of each object."""
    rings, features = _surfaces(model)
    surfaces, _ = sound_surfaces(rings)
    if not len(surfaces.lonlat):
        raise CallerError("citymodels.export-no-surfaces")
    lon, lat = (surfaces.lonlat[:, :2].min(axis=0) + surfaces.lonlat[:, :2].max(axis=0)) / 2
    mesh = surface_mesh(surfaces, Frame.at(float(lon), float(lat)), raised_m=np.zeros(len(surfaces)))
    extras = {"origin": {"lon": float(lon), "lat": float(lat), "height": 0.0}, "sources": model.credits}
    path.write_bytes(_glb(mesh, features, extras))


def _surfaces(model: CityModelOut) -> tuple[Rings, dict[str, list[str]]]:
    """All objects' surfaces in (lon, lat, height), and the columns of the features that have some."""
    vertices, appearance = VertexPool(), AppearancePool(())
    corners: list[int] = []
    rings: list[int] = []
    surfaces: list[int] = []
    objects: list[int] = []
    columns: dict[str, list[str]] = {"id": [], "name": [], "type": []}
    for one in chain.from_iterable(model.families()):
        made = model.object(one, vertices, appearance, with_templates=False)
        bodies = [g for g in made.get("geometry", ()) if DEPTH.get(g["type"], 1) >= 3]
        finest = max(map(lod_of, bodies), default=0.0)
        count = 0
        for geometry in bodies:
            if lod_of(geometry) == finest:
                sizes, flat = flattened(geometry["boundaries"], DEPTH[geometry["type"]])
                corners += flat
                rings += sizes[-1]
                surfaces += sizes[-2]
                count += len(sizes[-2])
        if count:
            objects.append(count)
            for name, value in (
                ("id", one["id"]), ("name", (made.get("attributes") or {}).get("name")), ("type", made["type"]),
            ):  # fmt: skip
                columns[name].append("" if value is None else str(value))
    steps = np.array(vertices.vertices, dtype=np.float64).reshape(-1, 3)
    points = (steps * model.scale + model.translate)[np.array(corners, dtype=np.int64)]
    if len(points):
        change = Transformer.from_crs(model.plane, "EPSG:4326", always_xy=True)
        points[:, 0], points[:, 1] = change.transform(points[:, 0], points[:, 1])
    none = np.empty(0, dtype=np.int64)
    lists = [offsets_of(np.array(counts, dtype=np.int64)) for counts in (rings, surfaces, objects)]
    return Rings(points, lists[0], lists[1], lists[2], none), columns


def _glb(mesh: Mesh, features: dict[str, list[str]], extras: dict[str, Any]) -> bytes:
    parts: list[bytes] = []
    views: list[dict[str, Any]] = []

    def view(data: bytes, **members: int) -> int:
        views.append({"buffer": 0, "byteOffset": sum(map(len, parts)), "byteLength": len(data), **members})
        parts.append(data + bytes(-len(data) % 8))
        return len(views) - 1

    upright = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # (east, north, up) to (x, y, z)
    points = (mesh.points @ upright)[mesh.vertex_point].astype("<f4")
    normals = (mesh.directions @ upright)[mesh.vertex_direction].astype("<f4")
    arrays: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (points, "VEC3", {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}),
        (normals, "VEC3", {}),
        (mesh.vertex_feature.astype("<f4"), "SCALAR", {}),
    )
    accessors = [
        {"bufferView": view(array.tobytes(), target=ARRAY_BUFFER), "componentType": FLOAT, "count": len(array),
         "type": kind, **more}
        for array, kind, more in arrays
    ]  # fmt: skip
    flat = mesh.triangles.reshape(-1).astype("<u4")
    indices = {"bufferView": view(flat.tobytes(), target=ELEMENT_BUFFER), "componentType": UINT, "count": len(flat)}
    accessors.append({**indices, "type": "SCALAR"})
    count = len(features["id"])
    table: dict[str, Any] = {}
    for name, texts in features.items():
        said = [text.encode() for text in texts]
        ends = np.cumsum([0, *map(len, said)]).astype("<u4")
        table[name] = {"values": view(b"".join(said) or b"\0"), "stringOffsets": view(ends.tobytes())}
    ids = {"featureIds": [{"featureCount": count, "attribute": 0, "propertyTable": 0}]}
    attributes = {"POSITION": 0, "NORMAL": 1, "_FEATURE_ID_0": 2}
    kinds = {name: {"type": "STRING", "required": True} for name in table}
    document = {
        "asset": {"version": "2.0", "generator": "Madang", "extras": extras},
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "city"}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 3, "material": 0,
                                    "extensions": {"EXT_mesh_features": ids}}]}],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0}, "doubleSided": True}],
        "extensions": {"EXT_structural_metadata": {
            "schema": {"id": "madang", "classes": {"feature": {"properties": kinds}}},
            "propertyTables": [{"class": "feature", "count": count, "properties": table}],
        }},
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": sum(map(len, parts))}],
    }  # fmt: skip
    text = orjson.dumps(document)
    text += b" " * (-len(text) % 4)
    binary = b"".join(parts)
    total = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join([
        struct.pack("<4sII", b"glTF", 2, total),
        struct.pack("<I4s", len(text), b"JSON"), text,
        struct.pack("<I4s", len(binary), b"BIN\0"), binary,
    ])  # fmt: skip
