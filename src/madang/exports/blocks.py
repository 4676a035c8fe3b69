"""Places on the map as CityJSON geometries: polygons with a height as blocks (LoD1), others flat, lines and points.

A height comes from the entity's own `height`, else from its storeys, and the object's attributes say which. The base
is `baseElevation`, else 0, and `baseAboveGround` above that.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import CRS

from madang.entities.entity import Document, geometry_of, instance_of, types_of, value_of
from madang.entities.storeys import storey_m
from madang.errors import sentence
from madang.sources.shapes import WGS84, transformer_between

BLOCK_LOD, FLAT_LOD = "1", "0"
TYPES = {
    "Building": "Building", "Bridge": "Bridge", "Tunnel": "Tunnel", "Road": "Road", "RoadSegment": "Road",
    "Railway": "Railway", "WaterBody": "WaterBody", "PlantCover": "PlantCover", "Park": "PlantCover",
    "SolitaryVegetationObject": "SolitaryVegetationObject", "LandUse": "LandUse", "Parcel": "LandUse",
    "CityFurniture": "CityFurniture", "BusStop": "CityFurniture", "StreetLight": "CityFurniture",
}  # fmt: skip
PARTS = frozenset(("BuildingPart", "BuildingInstallation"))  # which are nothing without what they belong to
RAISED = PARTS | {"Building", "GenericCityObject"}
SURFACES = frozenset(("MultiSurface", "Solid"))
GENERIC = "GenericCityObject"
ALLOWED = {  # kinds of geometry that CityJSON 2.0 gives a type; a type that is not here takes all of them
    "Building": SURFACES | {"MultiPoint"},
    "BuildingPart": SURFACES | {"MultiPoint"},
    "Bridge": SURFACES | {"MultiPoint"},
    "Tunnel": SURFACES,
    "Road": frozenset(("MultiLineString", "MultiSurface")),
    "Railway": frozenset(("MultiLineString", "MultiSurface")),
    "WaterBody": SURFACES | {"MultiLineString"},
    "PlantCover": SURFACES,
    "LandUse": frozenset(("MultiSurface",)),
}

Vertex = tuple[float, float, float]


@dataclass
class Drawn:
    """An entity drawn: its CityJSON type, geometries whose boundaries are numbers of `vertices`, what made the height.

    Vertices are metres in the system that was asked for.
    """

    type: str
    geometry: list[dict[str, Any]] = field(default_factory=list)
    vertices: list[Vertex] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


def draw(documents: Sequence[Document], crs: CRS, *, wholes: Container[str] = ()) -> list[Drawn]:
    """Each entity's location as a geometry in a coordinate system; without a location there is none.

    A part of none of the `wholes` is drawn as an object of no type.
    """
    places = [geometry_of(document) for document in documents]
    shapes = np.array(
        [None if place is None else shapely.from_geojson(orjson.dumps(place)) for place in places], dtype=object
    )  # fmt: skip
    change = transformer_between(WGS84, crs)
    moved = shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))
    moved = shapely.orient_polygons(shapely.force_2d(moved))
    return [
        _one(document, shape, is_alone=value_of(document, "refParent") not in wholes)
        for document, shape in zip(documents, moved, strict=True)
    ]


def type_of(document: Document) -> str:
    """The CityJSON type of an entity: the one it says, as parts of buildings do, else the nearest to its own."""
    if isinstance(said := value_of(document, "cityjsonType"), str):
        return said
    return next((TYPES[name] for name in types_of(document) if name in TYPES), GENERIC)


def height_of(document: Document) -> tuple[float | None, str | None]:
    """Metres, and how they came about where that is known."""
    stated = _metres(document, "height")
    if stated is not None:
        instance = instance_of(document, "height") or {}
        how = value_of(instance, "method") if "method" in instance else None
        return stated, str(how.get("en") or how.get("ko")) if isinstance(how, dict) else how
    floors = value_of(document, "floorsAboveGround")
    if isinstance(floors, int | float) and floors > 0:
        metres = storey_m(value_of(document, "use"))
        return floors * metres, sentence("citymodels.method-storeys", "en", count=floors, metres=metres)
    return None, None


def _metres(document: Document, name: str) -> float | None:
    instance = instance_of(document, name)
    value = None if instance is None else instance.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if instance is not None and instance.get("unitCode", "MTR") == "MTR" else None


def _one(document: Document, shape: Any, *, is_alone: bool) -> Drawn:
    made = Drawn(type_of(document))
    if made.type in PARTS and is_alone:
        made.type = GENERIC
    if shape is None or shape.is_empty:
        return made
    base = (_metres(document, "baseElevation") or 0.0) + (_metres(document, "baseAboveGround") or 0.0)
    parts = shapely.get_parts(shape)
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    lines = [part for part in parts if part.geom_type in ("LineString", "LinearRing")]
    points = [part for part in parts if part.geom_type == "Point"]
    height, how = height_of(document) if made.type in RAISED else (None, None)
    if polygons and height:
        made.geometry = [_block(made.vertices, polygon, base, base + height) for polygon in polygons]
        made.attributes["measuredHeight"] = round(height, 3)
        if how:
            made.attributes["measuredHeight-method"] = how
    elif polygons:
        made.geometry = [_flat("MultiSurface", [_rings(made.vertices, polygon, base) for polygon in polygons])]
    elif lines:
        made.geometry = [_flat("MultiLineString", [_ring(made.vertices, shapely.get_coordinates(line), base)
                                                    for line in lines])]  # fmt: skip
    elif points:
        made.geometry = [_flat("MultiPoint", _ring(made.vertices, shapely.get_coordinates(points), base))]
    if any(geometry["type"] not in ALLOWED.get(made.type, (geometry["type"],)) for geometry in made.geometry):
        made.type = GENERIC
    return made


def _flat(kind: str, boundaries: list[Any]) -> dict[str, Any]:
    return {"type": kind, "lod": FLAT_LOD, "boundaries": boundaries}


def _ring(vertices: list[Vertex], xy: Any, z: float) -> list[int]:
    first = len(vertices)
    vertices.extend((x, y, z) for x, y in xy.tolist())
    return list(range(first, len(vertices)))


def _rings(vertices: list[Vertex], polygon: Any, z: float) -> list[list[int]]:
    """The polygon's rings, none closed by repeating its first corner."""
    return [_ring(vertices, shapely.get_coordinates(ring)[:-1], z) for ring in (polygon.exterior, *polygon.interiors)]


def _block(vertices: list[Vertex], polygon: Any, low: float, high: float) -> dict[str, Any]:
    """A polygon raised between two heights: ground, roof and walls, all facing outwards."""
    bottom, top = _rings(vertices, polygon, low), _rings(vertices, polygon, high)
    surfaces = [[ring[::-1] for ring in bottom], top]
    for below, above in zip(bottom, top, strict=True):
        for at in range(len(below)):
            after = (at + 1) % len(below)
            surfaces.append([[below[at], below[after], above[after], above[at]]])
    kinds = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
    values = [0, 1, *[2] * (len(surfaces) - 2)]
    return {
        "type": "Solid",
        "lod": BLOCK_LOD,
        "boundaries": [surfaces],
        "semantics": {"surfaces": kinds, "values": [values]},
    }
