"""Rule packs that a city keeps: its ordinances, and practice it has written down."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    _record(
        "RulePack",
        "절차규칙집",
        "Rule pack",
        [
            a.TITLE,
            attribute("version", "판", "Version"),
            a.KIND,
            a.VALID_FROM,
            a.VALID_TO,
            attribute("pack", "규칙", "The rules", kind="JsonProperty"),
        ],
    ),
]
