"""Places: the city, its districts and dong, land, water and green, stops and stations."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary import mobility
from madang.entities.vocabulary.terms import attribute, entity_type, reference

POPULATION = attribute("population", "인구", "Population", unit="IE")
FOREIGN_POPULATION = attribute("foreignPopulation", "외국인 인구", "Foreign population", unit="IE")
HOUSEHOLDS = attribute("households", "가구 수", "Households", unit="{household}")
COMPANIES = attribute("companies", "사업체 수", "Companies", unit="{company}")
GRDP = attribute("grdp", "지역내총생산", "Gross regional domestic product", unit="KRW")
DENSITY = attribute("populationDensity", "인구밀도", "Population density", unit="{person}/km2")

_PLACE = [a.NAME, a.CODE, a.CODES, a.LOCATION, a.AREA, a.VALID_FROM, a.VALID_TO, *a.PROVENANCE]
_FIGURES = [POPULATION, HOUSEHOLDS, COMPANIES]

TYPES = [
    entity_type("City", "시", "City", [*_PLACE, *_FIGURES, GRDP, FOREIGN_POPULATION, DENSITY]),
    entity_type("District", "구", "District", [*_PLACE, *_FIGURES, FOREIGN_POPULATION, DENSITY, a.REF_CITY]),
    entity_type(
        "Dong",
        "행정동",
        "Administrative dong",
        [*_PLACE, *_FIGURES, FOREIGN_POPULATION, DENSITY, a.REF_CITY, a.REF_DISTRICT],
    ),
    entity_type("LegalDong", "법정동", "Legal dong", [*_PLACE, a.REF_CITY, a.REF_DISTRICT]),
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
            a.REF_CITY,
        ],
    ),
    entity_type(
        "LandUse", "토지이용", "Land use", [*_PLACE, a.CATEGORY, attribute("landUse", "용도지역", "Zoning"), a.REF_CITY]
    ),
    entity_type(
        "RoadSegment",
        "도로 구간",
        "Road segment",
        [
            a.NAME,
            a.LOCATION,
            a.LENGTH,
            a.CATEGORY,
            a.CODE,
            attribute("width", "폭", "Width", unit="MTR"),
            attribute("lanes", "차로 수", "Lanes", unit="C62"),
            attribute(
                "maximumAllowedSpeed",
                "제한속도",
                "Speed limit",
                unit="KMH",
                iri="https://smartdatamodels.org/dataModel.Transportation/maximumAllowedSpeed",
            ),
            *mobility.ON_A_ROAD,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
        iri="https://smartdatamodels.org/dataModel.Transportation/RoadSegment",
    ),
    entity_type(
        "BusStop", "버스정류장", "Bus stop", [a.NAME, a.CODE, a.LOCATION, a.ADDRESS, *a.PROVENANCE, a.REF_CITY]
    ),
    entity_type(
        "HydrogenStation",
        "수소충전소",
        "Hydrogen station",
        [
            a.NAME,
            a.CODE,
            a.LOCATION,
            a.ADDRESS,
            a.STATE,
            attribute("capacity", "용량", "Capacity", unit="E93"),
            attribute("operator", "운영자", "Operator"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type("WaterBody", "수역", "Water body", [a.NAME, a.LOCATION, a.AREA, a.CATEGORY, *a.PROVENANCE]),
    entity_type("PlantCover", "식생", "Plant cover", [a.NAME, a.LOCATION, a.AREA, a.HEIGHT, a.CATEGORY, *a.PROVENANCE]),
    entity_type(
        "SolitaryVegetationObject",
        "나무",
        "Single tree",
        [a.NAME, a.LOCATION, a.HEIGHT, attribute("species", "수종", "Species"), *a.PROVENANCE],
    ),
]
