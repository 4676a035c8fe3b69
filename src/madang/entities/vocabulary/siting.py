"""Where services stand and could stand, whom they are for, and the question that a branch asks about it."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.places import POPULATION
from madang.entities.vocabulary.terms import attribute, entity_type

BY_GROUP = attribute("populationByGroup", "집단별 인구", "Population by group", kind="JsonProperty")
OBJECTIVE = attribute("objective", "입지 기준", "Objective of the siting")
NEW_SITES = attribute("newSites", "새로 둘 곳 수", "Sites to add", unit="C62")
SERVES_PERSONS = attribute("servesPersons", "감당 인원", "Persons it can serve", unit="IE")

TYPES = [
    entity_type(
        "ServiceSite",
        "서비스 시설·후보지",
        "Service site, standing or candidate",
        [a.NAME, a.KIND, a.STATE, a.LOCATION, a.ADDRESS, SERVES_PERSONS, *a.PROVENANCE, a.REF_CITY],
    ),
    entity_type(
        "DemandPoint",
        "수요 지점",
        "Demand point",
        [a.NAME, a.CODE, a.KIND, a.LOCATION, POPULATION, BY_GROUP, *a.PROVENANCE, a.REF_CITY],
    ),
    entity_type(
        "SitingStudy",
        "입지 검토",
        "Siting study",
        [a.TITLE, a.KIND, OBJECTIVE, NEW_SITES, *a.PROVENANCE, a.REF_CITY],
    ),
]
