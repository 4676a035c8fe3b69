"""How a proposal is decided: proposals, decisions, procedural steps, opinions and what became of them."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

RUNS = reference("runs", "분석 실행", "Model runs")
DECIDED_BY = attribute("decidedBy", "결정자", "Decided by")
DECISION_REASON = attribute("decisionReason", "결정 이유", "Reason of the decision")
MERGE_TRANSACTION = attribute("mergeTransaction", "확정 반영 기록", "Transaction of the merge")


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
            attribute("round", "상정 차수", "Round"),
            attribute("branchState", "상정된 안의 내용 해시", "Hash of the branch as submitted"),
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
            attribute("checks", "점검 결과", "Checks", kind="JsonProperty"),
            attribute("comparison", "현행과의 비교", "Comparison with today", kind="JsonProperty"),
            a.BRANCH,
            MERGE_TRANSACTION,
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
            a.SUBMITTED_BY,
            a.SUBMITTED_AT,
            attribute("stance", "찬반", "Stance"),
            attribute("disposition", "반영 여부", "Disposition"),
            attribute("dispositionReason", "반영 이유", "Reason of the disposition"),
        ],
    ),
    _record(
        "ProcedureStep",
        "절차 이행",
        "Step of a procedure",
        [
            a.REF_PROPOSAL,
            attribute("step", "절차", "Step"),
            attribute("rulePack", "절차규칙집", "Rule pack"),
            a.CLAUSE,
            a.STATE,
            a.STARTS_ON,
            a.ENDS_ON,
            a.TEXT,
            attribute("facts", "사실", "Facts", kind="JsonProperty"),
            a.EVIDENCE,
            attribute("recordedBy", "기록자", "Recorded by"),
        ],
    ),
    _record(
        "Suggestion",
        "시민제안",
        "Suggestion",
        [a.TITLE, a.TEXT, a.LOCATION, a.STATE, a.SUBMITTED_BY, a.SUBMITTED_AT, a.REF_PROPOSAL],
    ),
]
