"""Places: the city, its districts and dong, land, water and green, stops and stations."""

from __future__ import annotations

from madang.entities.vocabulary import common as c
from madang.entities.vocabulary.terms import attribute, entity_type, reference

POPULATION = attribute("population", "인구", "Population", unit="IE")
FOREIGN_POPULATION = attribute("foreignPopulation", "외국인 인구", "Foreign population", unit="IE")
HOUSEHOLDS = attribute("households", "가구 수", "Households", unit="{household}")
COMPANIES = attribute("companies", "사업체 수", "Companies", unit="{company}")
GRDP = attribute("grdp", "지역내총생산", "Gross regional domestic product", unit="KRW")
DENSITY = attribute("populationDensity", "인구밀도", "Population density", unit="{person}/km2")

_PLACE = [c.NAME, c.CODE, c.CODES, c.LOCATION, c.AREA, c.VALID_FROM, c.VALID_TO, *c.PROVENANCE]
_FIGURES = [POPULATION, HOUSEHOLDS, COMPANIES]

TYPES = [
    entity_type("City", "시", "City", [*_PLACE, *_FIGURES, GRDP, FOREIGN_POPULATION, DENSITY]),
    entity_type("District", "구", "District", [*_PLACE, *_FIGURES, FOREIGN_POPULATION, DENSITY, c.REF_CITY]),
    entity_type(
        "Dong",
        "행정동",
        "Administrative dong",
        [*_PLACE, *_FIGURES, FOREIGN_POPULATION, DENSITY, c.REF_CITY, c.REF_DISTRICT],
    ),
    entity_type("LegalDong", "법정동", "Legal dong", [*_PLACE, c.REF_CITY, c.REF_DISTRICT]),
    entity_type(
        "Parcel",
        "필지",
        "Parcel",
        [
            *_PLACE,
            attribute("pnu", "필지고유번호", "Parcel number (PNU)"),
            attribute("landCategory", "지목", "Land category"),
            attribute("landPrice", "공시지가", "Official land price", unit="KRW/m2"),
            attribute("landUse", "용도지역", "Zoning"),
            reference("refLegalDong", "법정동", "Legal dong"),
            c.REF_CITY,
        ],
    ),
    entity_type(
        "LandUse", "토지이용", "Land use", [*_PLACE, c.CATEGORY, attribute("landUse", "용도지역", "Zoning"), c.REF_CITY]
    ),
    entity_type(
        "RoadSegment",
        "도로 구간",
        "Road segment",
        [
            c.NAME,
            c.LOCATION,
            c.LENGTH,
            c.CATEGORY,
            c.CODE,
            attribute("width", "폭", "Width", unit="MTR"),
            attribute("lanes", "차로 수", "Lanes", unit="C62"),
            attribute(
                "maximumAllowedSpeed",
                "제한속도",
                "Speed limit",
                unit="KMH",
                iri="https://smartdatamodels.org/dataModel.Transportation/maximumAllowedSpeed",
            ),
            *c.PROVENANCE,
            c.REF_CITY,
        ],
        iri="https://smartdatamodels.org/dataModel.Transportation/RoadSegment",
    ),
    entity_type(
        "BusStop", "버스정류장", "Bus stop", [c.NAME, c.CODE, c.LOCATION, c.ADDRESS, *c.PROVENANCE, c.REF_CITY]
    ),
    entity_type(
        "HydrogenStation",
        "수소충전소",
        "Hydrogen station",
        [
            c.NAME,
            c.CODE,
            c.LOCATION,
            c.ADDRESS,
            c.STATE,
            attribute("capacity", "용량", "Capacity", unit="E93"),
            attribute("operator", "운영자", "Operator"),
            *c.PROVENANCE,
            c.REF_CITY,
        ],
    ),
    entity_type("WaterBody", "수역", "Water body", [c.NAME, c.LOCATION, c.AREA, c.CATEGORY, *c.PROVENANCE]),
    entity_type("PlantCover", "식생", "Plant cover", [c.NAME, c.LOCATION, c.AREA, c.HEIGHT, c.CATEGORY, *c.PROVENANCE]),
    entity_type(
        "SolitaryVegetationObject",
        "나무",
        "Single tree",
        [c.NAME, c.LOCATION, c.HEIGHT, attribute("species", "수종", "Species"), *c.PROVENANCE],
    ),
]
