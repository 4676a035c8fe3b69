"""Allied cities: members over time, charter, steps towards a legal form, ordinances, joint projects, strategies."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

REF_ORDINANCE = reference("refOrdinance", "조례", "Ordinance")
REF_MEMBER = reference("refMember", "구성 도시", "Member city")
STEP = attribute("step", "절차", "Step")
RECORDED_BY = attribute("recordedBy", "기록자", "Recorded by")


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


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
    _record(
        "AllianceMember",
        "연합체 구성",
        "Membership of an alliance",
        [a.REF_ALLIANCE, REF_MEMBER, a.STARTS_ON, a.ENDS_ON, a.REASON, a.EVIDENCE, RECORDED_BY],
    ),
    _record(
        "AllianceCharter",
        "연합체 규약",
        "Charter of an alliance",
        [a.REF_ALLIANCE, _json("charterItems", "규약 사항", "Items of the charter"), a.DATE, RECORDED_BY],
    ),
    entity_type(
        "Ordinance",
        "조례",
        "Ordinance",
        [
            a.TITLE,
            a.TEXT,
            a.REF_ALLIANCE,
            reference("variantOf", "공통안", "Common text it follows"),
            a.REF_CITY,
            *a.PROVENANCE,
        ],
    ),
    _record(
        "AdoptionStep",
        "채택 단계",
        "Step of adoption",
        [
            a.REF_ALLIANCE,
            REF_ORDINANCE,
            REF_MEMBER,
            attribute("form", "법적 형태", "Legal form"),
            STEP,
            a.STATE,
            a.DATE,
            a.TEXT,
            a.EVIDENCE,
            attribute("textHash", "조문 해시", "Hash of the text"),
            RECORDED_BY,
        ],
    ),
    entity_type(
        "JointProject",
        "공동사업",
        "Joint project",
        [
            a.TITLE,
            a.DESCRIPTION,
            a.AMOUNT,
            a.REF_ALLIANCE,
            a.MEMBERS,
            _json("benefits", "도시별 편익", "Benefit by city"),
            _json("aloneCosts", "단독 추진 비용", "Cost of doing it alone"),
            attribute("sharedCost", "공동 고정비", "Cost needed once", unit="KRW"),
            _json("coalitionCosts", "연합별 비용", "Cost by coalition"),
            *a.PROVENANCE,
        ],
    ),
    _record(
        "CostShare",
        "분담금",
        "Share of a cost",
        [reference("refProject", "공동사업", "Joint project"), REF_MEMBER, a.AMOUNT, a.DATE, RECORDED_BY],
    ),
    _record(
        "CityStrategy",
        "도시별 추진전략",
        "Strategy of a city",
        [
            a.TITLE,
            a.DESCRIPTION,
            a.CATEGORY,
            a.LOCATION,
            a.AMOUNT,
            a.REF_ALLIANCE,
            attribute("provides", "제공하는 것", "What it provides", kind="ListProperty"),
            attribute("needs", "필요로 하는 것", "What it needs", kind="ListProperty"),
            attribute("seeks", "하나뿐인 것의 유치", "The only one of its kind it seeks", kind="ListProperty"),
            a.REF_ANNOUNCEMENT,
        ],
    ),
]
