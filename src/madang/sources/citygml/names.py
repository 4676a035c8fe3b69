"""The words of CityGML: which element is an object, which property leads to a surface, a part or a shape.

CityGML 1.0, 2.0 and 3.0 say the same things with the same local names, for the most part, in other namespaces; so
everything here goes by local name. Where the versions differ both words stand in the tables.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

GML_ID = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id")
HREF = "{http://www.w3.org/1999/xlink}href"
XINCLUDE = "http://www.w3.org/2001/XInclude"

# Local name of a feature -> the type CityJSON 2.0 has for it.
OBJECTS = {
    "Building": "Building",
    "BuildingPart": "BuildingPart",
    "BuildingInstallation": "BuildingInstallation",
    "IntBuildingInstallation": "BuildingInstallation",
    "BuildingConstructiveElement": "BuildingConstructiveElement",
    "BuildingFurniture": "BuildingFurniture",
    "BuildingRoom": "BuildingRoom",
    "Room": "BuildingRoom",
    "Storey": "BuildingStorey",
    "BuildingUnit": "BuildingUnit",
    "Bridge": "Bridge",
    "BridgePart": "BridgePart",
    "BridgeInstallation": "BridgeInstallation",
    "IntBridgeInstallation": "BridgeInstallation",
    "BridgeConstructionElement": "BridgeConstructiveElement",
    "BridgeConstructiveElement": "BridgeConstructiveElement",
    "BridgeRoom": "BridgeRoom",
    "BridgeFurniture": "BridgeFurniture",
    "Tunnel": "Tunnel",
    "TunnelPart": "TunnelPart",
    "TunnelInstallation": "TunnelInstallation",
    "IntTunnelInstallation": "TunnelInstallation",
    "TunnelConstructiveElement": "TunnelConstructiveElement",
    "HollowSpace": "TunnelHollowSpace",
    "TunnelFurniture": "TunnelFurniture",
    "Road": "Road",
    "Railway": "Railway",
    "Track": "Road",
    "Square": "TransportSquare",
    "Waterway": "Waterway",
    "TransportationComplex": "Road",
    "ReliefFeature": "ReliefFeature",
    "TINRelief": "TINRelief",
    "MassPointRelief": "MassPointRelief",
    "BreaklineRelief": "BreaklineRelief",
    "RasterRelief": "RasterRelief",
    "CityFurniture": "CityFurniture",
    "PlantCover": "PlantCover",
    "SolitaryVegetationObject": "SolitaryVegetationObject",
    "WaterBody": "WaterBody",
    "LandUse": "LandUse",
    "GenericCityObject": "GenericCityObject",
    "GenericOccupiedSpace": "GenericCityObject",
    "GenericUnoccupiedSpace": "GenericCityObject",
    "GenericLogicalSpace": "GenericCityObject",
    "GenericThematicSurface": "GenericCityObject",
    "OtherConstruction": "OtherConstruction",
    "CityObjectGroup": "CityObjectGroup",
}
RELIEF = frozenset(("TINRelief", "MassPointRelief", "BreaklineRelief"))

# CityJSON types -> types of the vocabulary; every other one is a CityObject that says its cityjsonType.
OWN_TYPES = {
    **{name: name for name in ("Building", "Bridge", "Tunnel", "Road", "Railway", "WaterBody", "PlantCover",
                               "SolitaryVegetationObject", "LandUse", "CityFurniture")},
    **dict.fromkeys(RELIEF, "Terrain"),
}  # fmt: skip

# Properties whose value is a surface that says what it is (a roof, a wall, a lane).
MEANING = frozenset(("boundedBy", "boundary", "opening", "fillingSurface", "trafficArea", "auxiliaryTrafficArea"))
# Features that only divide their owner: what they hold belongs to it.
THROUGH = frozenset(
    ("TrafficSpace", "AuxiliaryTrafficSpace", "ClearanceSpace", "Section", "Intersection", "Window", "Door", "Hole")
)
LEFT_ASIDE = frozenset(("appearance", "appearanceMember", "generalizesTo", "groupMember", "parent", "relatedTo"))
SHAPE = re.compile(r"lod([0-4])(.*)")
TERRAIN_SHAPES = frozenset(("tin", "reliefPoints", "ridgeOrValleyLines"))
GML_SHAPES = frozenset(
    ("MultiSurface", "CompositeSurface", "Surface", "Polygon", "OrientableSurface", "TriangulatedSurface", "Tin",
     "PolyhedralSurface", "Solid", "CompositeSolid", "MultiSolid", "MultiGeometry", "GeometricComplex", "MultiCurve",
     "CompositeCurve", "Curve", "OrientableCurve", "LineString", "MultiPoint", "Point")
)  # fmt: skip


@lru_cache(maxsize=8192)
def split(tag: str) -> tuple[str, str]:
    """Namespace and local name of a tag."""
    namespace, _, local = tag.rpartition("}")
    return namespace[1:], local


def local(element: Any) -> str:
    """The local name of an element; '' of a comment or an instruction."""
    tag = element.tag
    return split(tag)[1] if type(tag) is str else ""


def id_of(element: Any) -> str | None:
    """The gml:id of an element."""
    attributes = element.attrib
    if not attributes:
        return None
    return element.get(GML_ID[0]) or element.get(GML_ID[1])  # type: ignore[no-any-return]


def is_city_model(namespace: str, name: str) -> bool:
    """Whether a root element is a CityModel of CityGML."""
    return name == "CityModel" and "citygml" in namespace.lower()
