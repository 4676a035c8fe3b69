"""What was published: announcements and the figures they claim."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    _record(
        "Announcement",
        "발표자료",
        "Announcement",
        [a.TITLE, a.DESCRIPTION, a.DATE, a.URL, attribute("publisher", "발표 기관", "Publisher"), a.KIND],
    ),
    _record(
        "Claim",
        "발표수치",
        "Claim",
        [
            a.TEXT,
            a.VALUE,
            a.UNIT,
            a.YEAR,
            attribute("approximate", "어림값 여부", "Whether it is approximate"),
            attribute("coverage", "대상 범위", "What it covers"),
            a.REF_ANNOUNCEMENT,
            attribute("check", "재현 여부", "Check"),
            attribute("rule", "산출 규칙", "How it is recomputed", kind="JsonProperty"),
            attribute("computed", "계산값", "Computed value"),
            attribute("computedLabel", "계산값 이름", "Label of the computed value", kind="LanguageProperty"),
            attribute("computedPeriod", "계산값 기준 시기", "Period of the computed value"),
            attribute("computedUnit", "계산값 단위", "Unit of the computed value"),
            attribute("computedFrom", "계산 근거", "What it was computed from", kind="JsonProperty"),
        ],
    ),
]
