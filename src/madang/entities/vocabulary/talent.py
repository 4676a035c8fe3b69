"""What talent is counted from beside programmes and demand: people at work, skills of promised jobs, departments.

A promise names jobs, seldom their skills: who knows the split says it in a `SkillMix`. Figures of a department are one
entity a department and year, as universities disclose them (대학정보공시).
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.clusters import REGISTER, SKILL
from madang.entities.vocabulary.investment import REF_COMMITMENT, REF_MEMORANDUM
from madang.entities.vocabulary.terms import AttributeInfo, attribute, entity_type

STUDY_YEARS = attribute("studyYears", "수학연한", "Years of study", unit="ANN")
RETENTION = attribute("retentionRate", "연간 정착률", "Share who stay, a year", kind="JsonProperty")


def _persons(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, unit="IE")


COUNTS = [
    _persons("quota", "입학정원", "Entry quota"),
    _persons("entrants", "입학자", "Entrants"),
    _persons("enrolled", "재학생", "Enrolled"),
    _persons("onLeave", "휴학생", "On leave"),
    _persons("graduates", "졸업자", "Graduates"),
    _persons("employable", "취업대상자", "Graduates who could be employed"),
    _persons("employed", "취업자", "Graduates employed"),
]

TYPES = [
    entity_type(
        "TalentStock",
        "재직 인력",
        "People at work with a skill",
        [
            SKILL,
            a.YEAR,
            attribute("personsAtWork", "재직 인원", "People at work", kind="JsonProperty"),
            RETENTION,
            *REGISTER,
        ],
    ),
    entity_type(
        "SkillMix",
        "직무 구성",
        "Skills of promised jobs",
        [
            a.REF_AGREEMENT,
            REF_COMMITMENT,
            REF_MEMORANDUM,
            attribute("skillShares", "직무별 비중", "Shares by skill", kind="JsonProperty"),
            *REGISTER,
        ],
    ),
    entity_type(
        "DepartmentYear",
        "학과 연도별 현황",
        "Department in a year",
        [
            a.NAME,
            a.REF_ORGANISATION,
            a.YEAR,
            attribute("college", "단과대학", "College"),
            attribute("field", "계열", "Field"),
            attribute("course", "학위과정", "Course"),
            STUDY_YEARS,
            *COUNTS,
            *REGISTER,
        ],
    ),
]
