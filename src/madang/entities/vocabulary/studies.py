"""Research: studies and what became of them, the service contracts that make them, standards and their tests."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.alliances import RECORDED_BY
from madang.entities.vocabulary.procedure import RUNS
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

REF_ALTERNATIVE = reference("refAlternative", "대안", "Alternative")


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    _record(
        "Study",
        "연구과제",
        "Study",
        [
            a.TITLE,
            a.TEXT,
            attribute("question", "연구 질문", "Question", kind="LanguageProperty"),
            a.STATE,
            a.OWNER,
            a.STARTS_ON,
            a.ENDS_ON,
            a.AMOUNT,
            a.URL,
            RECORDED_BY,
        ],
    ),
    _record(
        "StudyAlternative",
        "연구 대안",
        "Alternative of a study",
        [a.TITLE, a.TEXT, a.KIND, a.STATE, a.REASON, a.BRANCH, RUNS, a.REF_STUDY, a.ORDER, a.DECIDED_AT, RECORDED_BY],
    ),
    _record(
        "StudyEvidence",
        "연구 근거",
        "Evidence of a study",
        [a.TEXT, a.EVIDENCE, a.REF_STUDY, REF_ALTERNATIVE, a.DATE, RECORDED_BY],
    ),
    _record(
        "Recommendation",
        "정책 제언",
        "Recommendation",
        [a.TEXT, a.REF_STUDY, REF_ALTERNATIVE, a.DATE, RECORDED_BY],
    ),
    _record(
        "StudyUse",
        "연구 활용",
        "Use of a study",
        [
            reference("refRecommendation", "정책 제언", "Recommendation"),
            a.REF_STUDY,
            a.REF_DECISION,
            a.REF_TASK,
            a.STATE,
            a.DATE,
            a.REASON,
            RECORDED_BY,
        ],
    ),
    _record(
        "ServicePhase",
        "연구용역 단계",
        "Phase of a research service",
        [
            a.KIND,
            a.DUE,
            attribute("heldOn", "보고회 개최일", "Briefing held on"),
            a.REF_STUDY,
            a.REF_MEETING,
            attribute("deliverables", "제출물", "Deliverables", kind="JsonProperty"),
            RECORDED_BY,
        ],
    ),
    _record(
        "BriefingComment",
        "보고회 의견",
        "Comment at a briefing",
        [
            a.TEXT,
            a.REF_STUDY,
            reference("refPhase", "연구용역 단계", "Phase"),
            a.SUBMITTED_BY,
            a.DATE,
            a.STATE,
            attribute("answer", "조치 내용", "What was done about it"),
            reference("changed", "바뀐 것", "What was changed"),
            RECORDED_BY,
        ],
    ),
    _record(
        "Standard",
        "기반시설 기준",
        "Standard",
        [
            a.TITLE,
            a.TEXT,
            a.KIND,
            a.CLAUSE,
            a.VALID_FROM,
            attribute("requirement", "요건", "Requirement", kind="JsonProperty"),
            RECORDED_BY,
        ],
    ),
    _record(
        "StandardExemption",
        "기준 적용 예외",
        "Exemption from a standard",
        [
            reference("refStandard", "기반시설 기준", "Standard"),
            reference("exempts", "예외 대상", "What is exempt"),
            a.REASON,
            a.VALID_TO,
            RECORDED_BY,
        ],
    ),
]
