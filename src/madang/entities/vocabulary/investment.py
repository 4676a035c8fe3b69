"""Agreements, their commitments, investment from pledge to operation, facilities, permits, national calls."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary import buildings as b
from madang.entities.vocabulary.places import COMPANIES
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

PARTIES = reference("parties", "당사자", "Parties")
OTHER_PARTIES = attribute("otherParties", "그 밖의 당사자", "Other parties", kind="LanguageProperty")
_WRITTEN = [a.TITLE, a.DESCRIPTION, a.STATE, a.REF_ANNOUNCEMENT, *a.PROVENANCE, a.REF_CITY]


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


def _planned(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, attributes, planned=True)


TYPES = [
    entity_type(
        "Agreement",
        "업무협약",
        "Agreement",
        [
            a.TITLE,
            a.DESCRIPTION,
            PARTIES,
            OTHER_PARTIES,
            a.SIGNED,
            a.AMOUNT,
            COMPANIES,
            a.STATE,
            a.REF_ANNOUNCEMENT,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "Commitment",
        "이행과제",
        "Commitment",
        [a.TITLE, a.DESCRIPTION, a.DUE, a.OWNER, a.AMOUNT, a.STATE, a.REF_AGREEMENT, a.REF_ANNOUNCEMENT, *a.PROVENANCE],
    ),
    _planned(
        "Programme",
        "투자사업",
        "Investment programme",
        [
            *_WRITTEN,
            a.REASON,
            a.LOCATION,
            a.AMOUNT,
            a.START_YEAR,
            a.END_YEAR,
            a.REF_AGREEMENT,
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
            a.NAME,
            a.DESCRIPTION,
            a.KIND,
            a.LOCATION,
            a.FLOOR_AREA,
            a.HEIGHT,
            b.FLOORS_ABOVE,
            b.BASE,
            b.COMPLETED,
            a.STATE,
            a.REF_PROGRAMME,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    _record(
        "InvestmentStage",
        "투자 단계",
        "Stage of an investment",
        [
            a.REF_AGREEMENT,
            reference("refCommitment", "이행과제", "Commitment"),
            attribute("stage", "단계", "Stage"),
            a.AMOUNT,
            a.DATE,
            a.EVIDENCE,
        ],
    ),
    _record("Progress", "진척", "Progress", [a.REF_FACILITY, a.REF_TASK, a.DATE, a.EVIDENCE]),
    entity_type(
        "Permit",
        "인허가",
        "Permit",
        [a.TITLE, a.STATE, a.CLAUSE, a.REF_FACILITY, a.REF_AGREEMENT, *a.PROVENANCE, a.REF_CITY],
    ),
    entity_type("Call", "공모", "Call", [a.TITLE, a.DESCRIPTION, a.DUE, a.AMOUNT, a.URL, *a.PROVENANCE]),
]
