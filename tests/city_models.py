"""Small city models for tests, and what two files must agree in to be the same model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pyproj import Transformer

X, Y = Transformer.from_crs("EPSG:4326", "EPSG:5186", always_xy=True).transform(127.11, 37.4)
BOX = [[0, 0, 0], [10000, 0, 0], [10000, 20000, 0], [0, 20000, 0],
       [0, 0, 12000], [10000, 0, 12000], [10000, 20000, 12000], [0, 20000, 12000]]  # fmt: skip
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
CRS = "https://www.opengis.net/def/crs/EPSG/0/5186"


def model(version: str = "2.0", /, **objects: Any) -> dict[str, Any]:
    """A model whose vertex 0 is used by nobody; vertices 1 to 8 are a box of 10 x 20 x 12 m."""
    return {
        "type": "CityJSON",
        "version": version,
        "metadata": {"referenceSystem": CRS},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [X, Y, 30.0]},
        "CityObjects": objects,
        "vertices": [[99, 99, 99], *BOX],
    }


def box(lod: str = "1.2", **more: Any) -> dict[str, Any]:
    """The box as a solid that says what each surface is."""
    shell = [[[index + 1 for index in ring] for ring in surface] for surface in SHELL]
    semantics = {"surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
                 "values": [[0, 1, 2, 2, 2, 2]]}  # fmt: skip
    return {"type": "Solid", "lod": lod, "boundaries": [shell], "semantics": semantics, **more}


def sheet(lod: str = "0", **more: Any) -> dict[str, Any]:
    """The box's ground as a surface."""
    return {"type": "MultiSurface", "lod": lod, "boundaries": [[[1, 2, 3, 4]]], **more}


def rich(version: str = "2.0") -> dict[str, Any]:
    """A model with something of everything that CityJSON has."""
    made = model(
        version,
        tower={
            "type": "Building", "children": ["annex"], "geographicalExtent": [0.5, 0, 0, 1, 2.25, 3],
            "attributes": {"name": "유스페이스", "storeysAboveGround": 3, "measuredHeight": 12.0, "nothing": None,
                           "nested": {"a": [1, 2.5, "x", True]}, "big": 2**53 + 1},
            "address": [{"CountryName": "대한민국", "location": {"type": "MultiPoint", "lod": "1", "boundaries": [0]}}],
            "geometry": [
                sheet(material={"bare": {"values": [0]}}),
                box("2.1", material={"day": {"value": 1}, "night": {"values": [[0, None, 1, 1, 1, 1]]}},
                    texture={"photo": {"values": [[[[None]], [[0, 2, 1, 0, 2]], *[[[None]]] * 4]]}}),
            ],
        },
        annex={"type": "BuildingPart", "parents": ["tower"], "geometry": [box("1.2")]},
        nowhere={"type": "Building", "attributes": {}},
        oak={"type": "SolitaryVegetationObject", "geometry": [
            {"type": "GeometryInstance", "template": 1, "boundaries": [3],
             "transformationMatrix": [2, 0, 0, 1.5, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]}]},
        way={"type": "Road", "geometry": [{"type": "MultiLineString", "lod": "0", "boundaries": [[1, 2, 3]]}]},
        stop={"type": "CityFurniture", "geometry": [{"type": "MultiPoint", "lod": "1", "boundaries": [4]}]},
        **{"odd id <1%>": {"type": "+NoisyBarrier", "attributes": {"+decibel": 55.5}, "+extra": {"k": [1]},
                           "geometry": [{"type": "CompositeSurface", "lod": "3.1", "boundaries": [[[1, 2, 3]]]}]}},
    )  # fmt: skip
    made |= {
        "extensions": {"Noise": {"url": "https://example.org/noise.ext.json", "version": "1.0"}},
        "+noiseSurvey": {"year": 2020},
        "appearance": {
            "default-theme-material": "day",
            "materials": [{"name": "roof", "diffuseColor": [0.9, 0.1, 0.75]}, {"name": "wall"}, {"name": "unused"}],
            "textures": [{"type": "PNG", "image": "facade.png"}],
            "vertices-texture": [[0.0, 0.5], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]],
        },
        "geometry-templates": {
            "templates": [sheet() | {"boundaries": [[[0, 1, 2]]]},
                          {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]], [[0, 2, 3]]],
                           "material": {"day": {"values": [1, 2]}}}],
            "vertices-templates": [[0, 0, 0], [1, 0, 0], [0, 1, 2.5], [0, 0, 4]],
        },
    }  # fmt: skip
    made["metadata"] |= {"title": "판교 모형", "identifier": "m-1", "referenceDate": "2026-01-01"}
    return made


def sequence(found: dict[str, Any]) -> bytes:
    """The same model a family a line; only for models without appearance and address."""
    head = {**found, "CityObjects": {}, "vertices": []}
    lines = [head]
    for id, thing in found["CityObjects"].items():
        if "parents" not in thing:
            family = {id: thing} | {child: found["CityObjects"][child] for child in thing.get("children", [])}
            feature = {"type": "CityJSONFeature", "id": id, "CityObjects": family, "vertices": found["vertices"]}
            lines.append(feature)
    return b"\n".join(map(orjson.dumps, lines)) + b"\n"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """A document, or a sequence's lines."""
    text = path.read_bytes()
    if path.suffix == ".jsonl":
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    return [orjson.loads(text)]


def told(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """What a file says, whatever its vertices, materials and textures are numbered: objects, and its root members."""
    head = documents[0]
    objects: dict[str, Any] = {}
    for part in documents:
        for id, thing in part["CityObjects"].items():
            assert id not in objects
            objects[id] = _spelled(thing, part["vertices"], part.get("appearance") or {})
    root = {k: v for k, v in head.items() if k not in ("CityObjects", "vertices", "appearance", "version", "type")}
    root["metadata"] = {
        k: v for k, v in root["metadata"].items() if k not in ("sources", "geographicalExtent")
    }  # fmt: skip
    templates = root.get("geometry-templates", {}).get("templates", [])
    spelled = [_materials(one, head.get("appearance") or {}) for one in templates]
    return {"objects": objects, "root": root, "templates": spelled}


def _spelled(thing: dict[str, Any], vertices: list[Any], appearance: dict[str, Any]) -> dict[str, Any]:
    made = {k: v for k, v in thing.items() if v != [] or k != "geometry"}
    if "geometry" in made:
        made["geometry"] = [
            _materials({**g, "boundaries": _at(g["boundaries"], vertices)}, appearance) for g in made["geometry"]
        ]
    for address in made.get("address", []):
        if "location" in address:
            made["address"] = [
                {**a, "location": {**a["location"], "boundaries": _at(a["location"]["boundaries"], vertices)}}
                for a in made["address"]
            ]
    return made


def _at(boundaries: Any, vertices: list[Any]) -> Any:
    return vertices[boundaries] if isinstance(boundaries, int) else [_at(one, vertices) for one in boundaries]


def _materials(geometry: dict[str, Any], appearance: dict[str, Any]) -> dict[str, Any]:
    def named(values: Any) -> Any:
        if isinstance(values, list):
            return [named(one) for one in values]
        return None if values is None else appearance["materials"][values]

    def painted(values: Any) -> Any:
        if values and isinstance(values[0], int):
            return [appearance["textures"][values[0]], *(appearance["vertices-texture"][n] for n in values[1:])]
        return [None if one is None else painted(one) for one in values]

    made = dict(geometry)
    if "material" in made:
        made["material"] = {t: {k: named(v) for k, v in said.items()} for t, said in made["material"].items()}
    if "texture" in made:
        made["texture"] = {t: {"values": painted(said["values"])} for t, said in made["texture"].items()}
    return made
