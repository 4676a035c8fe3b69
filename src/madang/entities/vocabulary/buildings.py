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

_SOLID = [a.NAME, a.CODE, a.LOCATION, a.HEIGHT, BASE, GEOMETRY_LOD, a.CATEGORY, *a.PROVENANCE]

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
    entity_type(
        "CityObject",
        "도시 객체",
        "City object",
        [
            *_SOLID,
            attribute("cityjsonType", "CityJSON 유형", "CityJSON type"),
            attribute("cityjsonAttributes", "CityJSON 속성", "CityJSON attributes", kind="JsonProperty"),
            a.REF_CITY,
        ],
    ),
]
