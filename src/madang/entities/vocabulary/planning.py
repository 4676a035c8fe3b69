"""What is planned: plans, goals, tasks, programmes, facilities, zones. These change on main by adoption only."""

from __future__ import annotations

from madang.entities.vocabulary import buildings as b
from madang.entities.vocabulary import common as c
from madang.entities.vocabulary.economy import AMOUNT, DUE
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

ORDER = attribute("order", "순서", "Order")
REF_PLAN = reference("refPlan", "계획", "Plan")
REF_SECTION = reference("refSection", "절", "Section")
REF_GOAL = reference("refGoal", "목표", "Goal")
TARGET = attribute("target", "목표값", "Target")
START_YEAR = attribute("startYear", "시작연도", "Start year")
END_YEAR = attribute("endYear", "종료연도", "End year")

_WRITTEN = [c.TITLE, c.DESCRIPTION, c.STATE, c.REF_ANNOUNCEMENT, *c.PROVENANCE, c.REF_CITY]


def _planned(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, attributes, planned=True)


TYPES = [
    _planned("Plan", "계획", "Plan", [*_WRITTEN, START_YEAR, END_YEAR]),
    _planned(
        "Section",
        "절",
        "Section",
        [*_WRITTEN, c.TEXT, ORDER, REF_PLAN, reference("refParent", "상위 절", "Parent section")],
    ),
    _planned(
        "Goal", "목표", "Goal", [*_WRITTEN, TARGET, DUE, ORDER, REF_PLAN, attribute("indicator", "지표", "Indicator")]
    ),
    _planned(
        "Task",
        "추진과제",
        "Task",
        [*_WRITTEN, DUE, c.OWNER, AMOUNT, ORDER, START_YEAR, END_YEAR, REF_PLAN, REF_SECTION, REF_GOAL],
    ),
    _planned(
        "Programme",
        "투자사업",
        "Investment programme",
        [
            *_WRITTEN,
            c.REASON,
            c.LOCATION,
            AMOUNT,
            START_YEAR,
            END_YEAR,
            c.REF_AGREEMENT,
            attribute("pledgedBy", "협약 기업 수", "Companies that pledged", unit="{company}"),
            attribute("sectorShares", "산업별 배분", "Shares by sector", kind="JsonProperty"),
            attribute("localShare", "지역 조달 비율", "Share bought locally", unit="C62"),
        ],
    ),
    _planned(
        "Facility",
        "시설",
        "Facility",
        [
            c.NAME,
            c.DESCRIPTION,
            c.KIND,
            c.LOCATION,
            c.FLOOR_AREA,
            c.HEIGHT,
            b.FLOORS_ABOVE,
            b.BASE,
            b.COMPLETED,
            c.STATE,
            c.REF_PROGRAMME,
            *c.PROVENANCE,
            c.REF_CITY,
        ],
    ),
    _planned(
        "Zone",
        "구역",
        "Zone",
        [c.NAME, c.KIND, c.LOCATION, c.AREA, c.VALID_FROM, c.VALID_TO, *c.PROVENANCE, c.REF_CITY],
    ),
]
