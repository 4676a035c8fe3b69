"""Deciding together: proposals, decisions, opinions, meetings, and what was announced, claimed and promised."""

from __future__ import annotations

from madang.entities.vocabulary import common as c
from madang.entities.vocabulary.economy import DUE
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

BRANCH = attribute("branch", "안", "Branch")
RUNS = reference("runs", "분석 실행", "Model runs")
DECIDED_BY = attribute("decidedBy", "결정자", "Decided by")
DECIDED_AT = attribute("decidedAt", "결정 시각", "Decided at")
DECISION_REASON = attribute("decisionReason", "결정 이유", "Reason of the decision")
SUBMITTED_BY = attribute("submittedBy", "상정자", "Submitted by")
SUBMITTED_AT = attribute("submittedAt", "상정 시각", "Submitted at")
MERGE_TRANSACTION = attribute("mergeTransaction", "확정 반영 기록", "Transaction of the merge")


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *c.PROVENANCE, c.REF_CITY], scope="record")


TYPES = [
    _record(
        "Announcement",
        "발표자료",
        "Announcement",
        [c.TITLE, c.DESCRIPTION, c.DATE, c.URL, attribute("publisher", "발표 기관", "Publisher"), c.KIND],
    ),
    _record(
        "Claim",
        "발표수치",
        "Claim",
        [
            c.TEXT,
            c.VALUE,
            c.UNIT,
            c.YEAR,
            attribute("approximate", "어림값 여부", "Whether it is approximate"),
            attribute("coverage", "대상 범위", "What it covers"),
            c.REF_ANNOUNCEMENT,
            attribute("check", "재현 여부", "Check"),
            attribute("rule", "산출 규칙", "How it is recomputed", kind="JsonProperty"),
            attribute("computed", "계산값", "Computed value"),
            attribute("computedLabel", "계산값 이름", "Label of the computed value", kind="LanguageProperty"),
            attribute("computedPeriod", "계산값 기준 시기", "Period of the computed value"),
            attribute("computedUnit", "계산값 단위", "Unit of the computed value"),
            attribute("computedFrom", "계산 근거", "What it was computed from", kind="JsonProperty"),
        ],
    ),
    _record(
        "Promise",
        "약속",
        "Promise",
        [
            c.TITLE,
            c.DESCRIPTION,
            c.KIND,
            DUE,
            c.OWNER,
            c.REF_ANNOUNCEMENT,
            c.REF_AGREEMENT,
            attribute("doneOn", "완료일", "Done on"),
            attribute("stated", "발표된 기한 표현", "As it was stated", kind="LanguageProperty"),
            reference("evidence", "이행 근거", "Evidence"),
        ],
    ),
    _record(
        "Proposal",
        "안건",
        "Proposal",
        [
            c.TITLE,
            c.REASON,
            BRANCH,
            c.STATE,
            RUNS,
            SUBMITTED_BY,
            SUBMITTED_AT,
            DECIDED_BY,
            DECIDED_AT,
            DECISION_REASON,
            MERGE_TRANSACTION,
            attribute("round", "상정 차수", "Round"),
            attribute("branchState", "상정된 안의 내용 해시", "Hash of the branch as submitted"),
        ],
    ),
    _record(
        "Decision",
        "의결",
        "Decision",
        [
            c.TITLE,
            c.REASON,
            c.REF_PROPOSAL,
            c.STATE,
            attribute("adopted", "의결 여부", "Adopted"),
            DECIDED_BY,
            DECIDED_AT,
            DECISION_REASON,
            attribute("checks", "점검 결과", "Checks", kind="JsonProperty"),
            attribute("comparison", "현행과의 비교", "Comparison with today", kind="JsonProperty"),
            BRANCH,
            MERGE_TRANSACTION,
        ],
    ),
    _record(
        "Opinion",
        "의견",
        "Opinion",
        [
            c.TEXT,
            c.LOCATION,
            c.REF_PROPOSAL,
            SUBMITTED_BY,
            SUBMITTED_AT,
            attribute("stance", "찬반", "Stance"),
            attribute("disposition", "반영 여부", "Disposition"),
            attribute("dispositionReason", "반영 이유", "Reason of the disposition"),
        ],
    ),
    _record(
        "Meeting",
        "회의",
        "Meeting",
        [
            c.TITLE,
            c.DATE,
            c.LOCATION,
            c.TEXT,
            attribute("attendees", "참석자", "Attendees", kind="ListProperty"),
            reference("refCommittee", "위원회", "Committee"),
            c.REF_PROPOSAL,
        ],
    ),
]
