"""Committees and meetings: members and their terms, agenda, votes, minutes, what is to follow."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    entity_type(
        "Committee",
        "위원회",
        "Committee",
        [
            a.NAME,
            a.ALTERNATE_NAME,
            a.CATEGORY,
            a.LOCATION,
            a.ADDRESS,
            a.URL,
            a.MEMBERS,
            a.SIGNED,
            a.SINCE,
            attribute("chair", "위원장", "Chair", kind="LanguageProperty"),
            attribute("meets", "회의 주기", "When it meets", kind="LanguageProperty"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type("Person", "사람", "Person", [a.NAME, a.URL, *a.PROVENANCE]),
    entity_type(
        "Membership",
        "위촉",
        "Membership",
        [
            a.REF_COMMITTEE,
            a.REF_ORGANISATION,
            reference("refPerson", "사람", "Person"),
            attribute("role", "역할", "Role"),
            a.STARTS_ON,
            a.ENDS_ON,
            *a.PROVENANCE,
        ],
    ),
    _record(
        "Meeting",
        "회의",
        "Meeting",
        [
            a.TITLE,
            a.KIND,
            a.DATE,
            a.LOCATION,
            a.TEXT,
            a.STATE,
            attribute("attendees", "참석자", "Attendees", kind="ListProperty"),
            a.REF_COMMITTEE,
            a.REF_PROPOSAL,
        ],
    ),
    _record(
        "AgendaItem",
        "회의 안건",
        "Agenda item",
        [a.TITLE, a.TEXT, a.KIND, a.ORDER, a.STATE, a.REF_MEETING, a.REF_PROPOSAL],
    ),
    _record(
        "Vote",
        "표결",
        "Vote",
        [
            reference("refAgendaItem", "회의 안건", "Agenda item"),
            a.REF_MEETING,
            a.REF_PROPOSAL,
            a.REF_COMMITTEE,
            attribute("result", "표결 결과", "Result"),
            attribute("counts", "표 수", "Counts", kind="JsonProperty"),
            attribute("ballots", "표", "Ballots", kind="JsonProperty"),
            attribute("heldAt", "표결 시각", "Held at"),
        ],
    ),
]
