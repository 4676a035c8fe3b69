"""How a proposal is decided: proposals, decisions, procedural steps, opinions and what became of them, suggestions."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

RUNS = reference("runs", "분석 실행", "Model runs")
DECIDED_BY = attribute("decidedBy", "결정자", "Decided by")
DECISION_REASON = attribute("decisionReason", "결정 이유", "Reason of the decision")
MERGE_TRANSACTION = attribute("mergeTransaction", "확정 반영 기록", "Transaction of the merge")
ROUND = attribute("round", "상정 차수", "Round")
ROLE = attribute("role", "역할", "Role")
RECORDED_BY = attribute("recordedBy", "기록자", "Recorded by")
CONDITIONS = attribute("conditions", "의결 조건", "Conditions", kind="JsonProperty")
DEFERRED_UNTIL = attribute("deferredUntil", "보류 기한", "Deferred until")
DOCUMENT_NUMBER = attribute("documentNumber", "문서 번호", "Number of the document")


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    _record(
        "Proposal",
        "안건",
        "Proposal",
        [
            a.TITLE,
            a.REASON,
            a.BRANCH,
            a.STATE,
            RUNS,
            a.SUBMITTED_BY,
            a.SUBMITTED_AT,
            DECIDED_BY,
            a.DECIDED_AT,
            DECISION_REASON,
            MERGE_TRANSACTION,
            ROUND,
            attribute("branchState", "상정된 안의 내용 해시", "Hash of the branch as submitted"),
            CONDITIONS,
            DEFERRED_UNTIL,
        ],
    ),
    _record(
        "Decision",
        "의결",
        "Decision",
        [
            a.TITLE,
            a.REASON,
            a.REF_PROPOSAL,
            a.STATE,
            attribute("adopted", "의결 여부", "Adopted"),
            DECIDED_BY,
            a.DECIDED_AT,
            DECISION_REASON,
            _json("checks", "점검 결과", "Checks"),
            _json("comparison", "현행과의 비교", "Comparison with today"),
            a.BRANCH,
            MERGE_TRANSACTION,
            ROUND,
            CONDITIONS,
            DEFERRED_UNTIL,
            reference("votes", "표결", "Votes"),
            _json("dissent", "소수의견", "Dissent"),
            _json("verdicts", "절차 점검", "Procedure as it stood"),
            _json("dispositions", "의견 반영 현황", "Opinions as they stood"),
        ],
    ),
    _record(
        "Opinion",
        "의견",
        "Opinion",
        [
            a.TEXT,
            a.LOCATION,
            a.REF_PROPOSAL,
            ROUND,
            a.STATE,
            a.SUBMITTED_BY,
            a.SUBMITTED_AT,
            a.REF_MEETING,
            a.REF_DISTRICT,
            a.REF_DONG,
            ROLE,
            reference("refOpinion", "답한 의견", "Opinion it replies to"),
            _json("anchor", "의견 위치", "Where it is pinned"),
            attribute("channel", "접수 경로", "Channel"),
            attribute("sex", "성별", "Sex"),
            attribute("ageGroup", "연령대", "Age group"),
            attribute("stance", "찬반", "Stance"),
            attribute("disposition", "반영 여부", "Disposition"),
            attribute("dispositionReason", "반영 이유", "Reason of the disposition"),
            attribute("disposedBy", "처리자", "Disposed by"),
            attribute("disposedAt", "처리 시각", "Disposed at"),
            attribute("withdrawnAt", "철회 시각", "Withdrawn at"),
            attribute("withdrawnReason", "철회 이유", "Reason of the withdrawal"),
        ],
    ),
    _record(
        "ProcedureStep",
        "절차 이행",
        "Step of a procedure",
        [
            a.REF_PROPOSAL,
            ROUND,
            attribute("procedure", "절차 종류", "Procedure"),
            attribute("step", "절차", "Step"),
            attribute("attempt", "회차", "Attempt"),
            attribute("rulePack", "절차규칙집", "Rule pack"),
            a.CLAUSE,
            a.STATE,
            a.STARTS_ON,
            a.ENDS_ON,
            a.DUE,
            a.TEXT,
            _json("facts", "사실", "Facts"),
            a.EVIDENCE,
            DOCUMENT_NUMBER,
            RECORDED_BY,
        ],
    ),
    _record(
        "Suggestion",
        "시민제안",
        "Suggestion",
        [
            a.TITLE,
            a.TEXT,
            a.LOCATION,
            a.STATE,
            a.SUBMITTED_BY,
            a.SUBMITTED_AT,
            a.REF_PROPOSAL,
            a.REF_TASK,
            a.REF_DONG,
            a.BRANCH,
            attribute("channel", "접수 경로", "Channel"),
            attribute("screening", "검토 의견", "Screening"),
            attribute("screenedBy", "검토자", "Screened by"),
            reference("sameAs", "같은 제안", "Same suggestion"),
            reference("refProblem", "도시문제", "Problem"),
        ],
    ),
    _record(
        "Problem",
        "도시문제",
        "Urban problem",
        [
            a.TITLE,
            a.TEXT,
            a.LOCATION,
            a.STATE,
            a.OWNER,
            a.INDICATOR,
            attribute("baseline", "기준값", "Baseline"),
            attribute("baselineYear", "기준연도", "Baseline year"),
            attribute("aim", "해결 기준값", "Value at which it is solved"),
            a.UNIT,
            attribute("cause", "원인", "Cause", kind="LanguageProperty"),
            reference("candidates", "후보 서비스", "Candidate services"),
            attribute("pilot", "실증", "Pilot", kind="LanguageProperty"),
            attribute("measured", "측정값", "Measured value"),
            attribute("measuredOn", "측정일", "Measured on"),
            a.EVIDENCE,
            DOCUMENT_NUMBER,
        ],
    ),
]
