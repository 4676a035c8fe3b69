"""Buildings, bridges and the rest of a CityJSON model."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import SDM, attribute, entity_type, reference

_BUILDING = SDM + "dataModel.Building/"
FLOORS_ABOVE = attribute(
    "floorsAboveGround", "지상 층수", "Floors above ground", unit="{floor}", iri=_BUILDING + "floorsAboveGround"
)
FLOORS_BELOW = attribute(
    "floorsBelowGround", "지하 층수", "Floors below ground", unit="{floor}", iri=_BUILDING + "floorsBelowGround"
)
PEOPLE_CAPACITY = attribute(
    "peopleCapacity", "수용 인원", "People capacity", unit="IE", iri=_BUILDING + "peopleCapacity"
)
BASE = attribute("baseElevation", "바닥 표고", "Base elevation", unit="MTR")
FOOTPRINT = attribute("footprintArea", "건축면적", "Footprint area", unit="MTK")
COMPLETED = attribute("completionYear", "준공연도", "Year of completion")
GEOMETRY_LOD = attribute("lod", "상세수준", "Level of detail")
CITYJSON_TYPE = attribute("cityjsonType", "CityJSON 유형", "CityJSON type")
CITYJSON_ATTRIBUTES = attribute("cityjsonAttributes", "CityJSON 속성", "CityJSON attributes", kind="JsonProperty")
CITYJSON_MEMBERS = attribute("cityjsonMembers", "CityJSON 그 밖의 항목", "Other CityJSON members", kind="JsonProperty")
GEOMETRY_3D = attribute("geometry3d", "입체 도형", "Geometry in 3D", kind="JsonProperty")

_SOLID = [
    a.NAME,
    a.CODE,
    a.LOCATION,
    a.HEIGHT,
    BASE,
    GEOMETRY_LOD,
    a.CATEGORY,
    GEOMETRY_3D,
    CITYJSON_TYPE,
    CITYJSON_ATTRIBUTES,
    CITYJSON_MEMBERS,
    *a.PROVENANCE,
]

TYPES = [
    entity_type(
        "Building",
        "건물",
        "Building",
        [
            *_SOLID,
            a.ADDRESS,
            FLOORS_ABOVE,
            FLOORS_BELOW,
            a.FLOOR_AREA,
            FOOTPRINT,
            COMPLETED,
            PEOPLE_CAPACITY,
            a.OWNER,
            attribute("use", "용도", "Use"),
            attribute("structure", "구조", "Structure"),
            reference("refParcel", "필지", "Parcel"),
            a.REF_DONG,
            a.REF_CITY,
        ],
        iri=_BUILDING + "Building",
    ),
    entity_type("Bridge", "교량", "Bridge", [*_SOLID, a.LENGTH, COMPLETED, a.REF_CITY]),
    entity_type("Tunnel", "터널", "Tunnel", [*_SOLID, a.LENGTH, COMPLETED, a.REF_CITY]),
    entity_type("Road", "도로", "Road", [*_SOLID, a.LENGTH, a.REF_CITY], iri=SDM + "dataModel.Transportation/Road"),
    entity_type("Railway", "철도", "Railway", [*_SOLID, a.LENGTH, a.REF_CITY]),
    entity_type("CityFurniture", "도시 시설물", "City furniture", [*_SOLID, a.REF_CITY]),
    entity_type("CityObject", "도시 객체", "City object", [*_SOLID, a.REF_CITY]),
]
