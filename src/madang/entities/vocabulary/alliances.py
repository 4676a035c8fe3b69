"""Allied cities, their ordinances and joint projects; research studies and what became of them."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    entity_type(
        "Alliance",
        "연합체",
        "Alliance",
        [
            a.NAME,
            a.ALTERNATE_NAME,
            a.DESCRIPTION,
            a.CATEGORY,
            a.LOCATION,
            a.ADDRESS,
            a.URL,
            a.MEMBERS,
            a.SIGNED,
            a.SINCE,
            a.REF_ANNOUNCEMENT,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "Ordinance",
        "조례",
        "Ordinance",
        [a.TITLE, a.TEXT, a.REF_ALLIANCE, a.REF_CITY, *a.PROVENANCE],
    ),
    _record(
        "AdoptionStep",
        "채택 단계",
        "Step of adoption",
        [
            a.REF_ALLIANCE,
            reference("refOrdinance", "조례", "Ordinance"),
            attribute("step", "절차", "Step"),
            a.DATE,
            a.EVIDENCE,
        ],
    ),
    entity_type(
        "JointProject",
        "공동사업",
        "Joint project",
        [a.TITLE, a.DESCRIPTION, a.AMOUNT, a.REF_ALLIANCE, a.MEMBERS, *a.PROVENANCE],
    ),
    _record("Study", "연구과제", "Study", [a.TITLE, a.TEXT, a.STATE, a.OWNER, a.STARTS_ON, a.ENDS_ON]),
]
