"""Agreements, their commitments, investment from pledge to operation, facilities, permits, national calls.

An agreement and a commitment carry how they stand now; what changed them, and when, are `Amendment` records beside
them. Everything else that happens is a record of its own (`InvestmentStage`, `Progress`, `PermitEvent`,
`ApplicationEvent`), so the state on any day is read from the facts dated until then.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary import buildings as b
from madang.entities.vocabulary.places import COMPANIES
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

PARTIES = reference("parties", "당사자", "Parties")
OTHER_PARTIES = attribute("otherParties", "그 밖의 당사자", "Other parties", kind="LanguageProperty")
REF_MEMORANDUM = reference("refMemorandum", "투자협약", "Investment memorandum")
REF_COMMITMENT = reference("refCommitment", "이행과제", "Commitment")
REF_PERMIT = reference("refPermit", "인허가", "Permit")
REF_CALL = reference("refCall", "공모", "Call")
REF_APPLICATION = reference("refApplication", "공모 신청", "Application")
DONE_ON = attribute("doneOn", "완료일", "Done on")
DOCUMENT = attribute("document", "근거 문서", "Document that shows it")
EVENT = attribute("event", "있었던 일", "What happened")
RECORDED_BY = attribute("recordedBy", "기록자", "Recorded by")
BECAUSE = attribute("because", "되돌림·건너뜀 사유", "Why out of the usual order")
CONTRACTED = attribute("contracted", "계약액(누계)", "Contracted so far", unit="KRW")
REALISED = attribute("realised", "실투자액(누계)", "Realised so far", unit="KRW")
JOBS = attribute("plannedJobs", "고용 계획", "Jobs planned", unit="E51")
_WRITTEN = [a.TITLE, a.DESCRIPTION, a.STATE, a.REF_ANNOUNCEMENT, *a.PROVENANCE, a.REF_CITY]


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    told = [a.DATE, a.REASON, a.EVIDENCE, DOCUMENT, RECORDED_BY]
    return entity_type(name, ko, en, [*attributes, *told, *a.PROVENANCE, a.REF_CITY], scope="record")


def _planned(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, attributes, planned=True)


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


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
            a.ENDS_ON,
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
        [
            a.TITLE,
            a.DESCRIPTION,
            a.DUE,
            a.OWNER,
            a.AMOUNT,
            a.STATE,
            attribute("measurableOutput", "측정할 수 있는 산출물", "Measurable output", kind="LanguageProperty"),
            _json("measures", "성과 지표", "Measures"),
            a.STARTS_ON,
            DONE_ON,
            a.EVIDENCE,
            DOCUMENT,
            a.REF_AGREEMENT,
            a.REF_ANNOUNCEMENT,
            *a.PROVENANCE,
        ],
    ),
    _record(
        "Amendment",
        "협약 변경",
        "Amendment of an agreement",
        [a.REF_AGREEMENT, _json("amended", "바뀐 내용", "What was amended")],
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
            _json("sectorShares", "산업별 배분", "Shares by sector"),
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
            a.OWNER,
            a.AMOUNT,
            _json("plannedProgress", "계획 공정", "Planned progress"),
            a.REF_PROGRAMME,
            a.REF_TASK,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    _record(
        "InvestmentMemorandum",
        "투자협약",
        "Investment memorandum",
        [
            attribute("company", "기업", "Company"),
            attribute("memorandumNumber", "협약 번호", "Number of the memorandum"),
            a.AMOUNT,
            attribute("sector", "업종", "Sector"),
            attribute("site", "입지", "Site"),
            a.LOCATION,
            a.SIGNED,
            JOBS,
            a.REF_AGREEMENT,
        ],
    ),
    _record(
        "InvestmentStage",
        "투자 단계",
        "Stage of an investment",
        [
            REF_MEMORANDUM,
            a.REF_AGREEMENT,
            REF_COMMITMENT,
            attribute("stage", "단계", "Stage"),
            a.AMOUNT,
            CONTRACTED,
            REALISED,
            BECAUSE,
            a.ORDER,
        ],
    ),
    _record(
        "StageWeights",
        "단계 반영률",
        "Weights of the stages",
        [a.TITLE, a.VALID_FROM, _json("weights", "반영률", "Weights")],
    ),
    _record(
        "Progress",
        "진척",
        "Progress",
        [
            a.REF_FACILITY,
            a.REF_TASK,
            REF_COMMITMENT,
            attribute("physical", "공정률", "Physical progress", unit="P1"),
            attribute("executedSoFar", "집행액(누계)", "Budget executed so far", unit="KRW"),
            attribute("occupancyRate", "입주율", "Occupancy", unit="P1"),
            attribute("measure", "성과 지표 이름", "Measure"),
            a.VALUE,
            BECAUSE,
            a.ORDER,
        ],
    ),
    entity_type(
        "Permit",
        "인허가",
        "Permit",
        [
            a.TITLE,
            a.STATE,
            a.CLAUSE,
            attribute("statutoryDays", "처리기간", "Statutory days", unit="DAY"),
            attribute("dayCounting", "기간 계산", "How days are counted"),
            attribute("statutoryRule", "절차 규칙", "Rule of a rule pack"),
            attribute("authority", "처리기관", "Authority"),
            a.REF_FACILITY,
            a.REF_AGREEMENT,
            REF_MEMORANDUM,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    _record("PermitEvent", "인허가 처리", "Event of a permit", [REF_PERMIT, EVENT, a.ORDER]),
    entity_type(
        "Call",
        "공모",
        "Call",
        [
            a.TITLE,
            a.DESCRIPTION,
            a.STARTS_ON,
            a.DUE,
            a.AMOUNT,
            a.URL,
            attribute("callAuthority", "공모 기관", "Who calls"),
            attribute("matchingShare", "지방비 부담률", "Share the city must pay", unit="P1"),
            _json("callFunds", "연도별 지원액", "Grant by year"),
            _json("eligibility", "신청 요건", "Eligibility"),
            _json("scoreSheet", "평가표", "Score sheet"),
            *a.PROVENANCE,
        ],
    ),
    _record(
        "Application",
        "공모 신청",
        "Application",
        [a.TITLE, REF_CALL, a.REF_TASK, _json("points", "자체 평가점수", "Points given by ourselves")],
    ),
    _record(
        "ApplicationEvent", "공모 신청 경과", "Event of an application", [REF_APPLICATION, EVENT, a.AMOUNT, a.ORDER]
    ),
]
