"""What is planned: plans, goals, tasks, programmes, facilities, zones. These change on main by adoption only."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

TARGET = attribute("target", "목표값", "Target")

_WRITTEN = [a.TITLE, a.DESCRIPTION, a.STATE, a.REF_ANNOUNCEMENT, *a.PROVENANCE, a.REF_CITY]


def _planned(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, attributes, planned=True)


TYPES = [
    _planned("Plan", "계획", "Plan", [*_WRITTEN, a.START_YEAR, a.END_YEAR]),
    _planned(
        "Section",
        "절",
        "Section",
        [*_WRITTEN, a.TEXT, a.ORDER, a.REF_PLAN, reference("refParent", "상위 절", "Parent section")],
    ),
    _planned(
        "Goal",
        "목표",
        "Goal",
        [*_WRITTEN, TARGET, a.DUE, a.ORDER, a.REF_PLAN, a.INDICATOR],
    ),
    _planned(
        "Task",
        "추진과제",
        "Task",
        [*_WRITTEN, a.DUE, a.OWNER, a.AMOUNT, a.ORDER, a.START_YEAR, a.END_YEAR, a.REF_PLAN, a.REF_SECTION, a.REF_GOAL],
    ),
    _planned(
        "Zone",
        "구역",
        "Zone",
        [a.NAME, a.KIND, a.LOCATION, a.AREA, a.VALID_FROM, a.VALID_TO, *a.PROVENANCE, a.REF_CITY],
    ),
    _planned("Strategy", "추진전략", "Strategy", [*_WRITTEN, a.ORDER, a.REF_GOAL, a.REF_PLAN]),
    _planned("Paragraph", "문단", "Paragraph", [a.TEXT, a.ORDER, a.REF_SECTION, *a.PROVENANCE]),
    _planned(
        "Target",
        "목표값",
        "Target",
        [
            a.TITLE,
            a.INDICATOR,
            a.VALUE,
            a.DUE,
            a.OWNER,
            a.REF_GOAL,
            a.REF_TASK,
            a.REF_PLAN,
            a.REF_RUN,
            attribute("baseline", "기준값", "Baseline"),
            attribute("baselineYear", "기준연도", "Baseline year"),
            attribute("forecastAddress", "예측 산출근거", "Address of the forecast"),
            *a.PROVENANCE,
        ],
    ),
    _planned("BudgetLine", "예산", "Budget line", [a.TITLE, a.YEAR, a.AMOUNT, a.REF_TASK, *a.PROVENANCE]),
    _planned("Milestone", "이정표", "Milestone", [a.TITLE, a.DUE, a.REF_TASK, a.REF_FACILITY, a.STATE, *a.PROVENANCE]),
    _planned("Service", "스마트도시서비스", "Smart city service", [*_WRITTEN, a.OWNER, a.REF_PLAN, a.REF_TASK]),
]
