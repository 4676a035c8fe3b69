"""What somebody stands for by a date, what came of it, and how good the forecast was.

A promised number is a forecast: value, band, the run that made it. It never changes: a plan that changes a target makes
a new promise that supersedes the former. An outcome is a measured number with its evidence; one for a period that has
one already corrects it. A score holds one promise against one outcome.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

# What a planned Target carries beside what all targets have, once its number comes from a run.
BAND = attribute("band", "불확실 범위", "Band", kind="JsonProperty")
FORECAST_ADDRESS = attribute("forecastAddress", "예측 산출근거", "Address of the forecast")
AGAINST_ADDRESS = attribute("againstAddress", "비교 기준 산출근거", "Address of what it is held against")
FORECAST_KIND = attribute("forecastKind", "예측값의 뜻", "Whether the forecast is a value or a difference")
MEASURED_BY = attribute("measuredBy", "실적을 읽는 자료", "Where the outcome is read", kind="JsonProperty")
FIGURES = attribute("figures", "채택 당시 수치", "Figures as adopted", kind="JsonProperty")  # of a Paragraph


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


TYPES = [
    _record(
        "Promise",
        "약속",
        "Promise",
        [
            a.TITLE,
            a.DESCRIPTION,
            a.KIND,
            a.DUE,
            a.OWNER,
            a.REF_ANNOUNCEMENT,
            a.REF_AGREEMENT,
            attribute("doneOn", "완료일", "Done on"),
            attribute("stated", "발표된 기한 표현", "As it was stated", kind="LanguageProperty"),
            a.EVIDENCE,
            a.INDICATOR,
            a.VALUE,
            BAND,
            FORECAST_ADDRESS,
            AGAINST_ADDRESS,
            FORECAST_KIND,
            MEASURED_BY,
            attribute("better", "좋은 방향", "Which way is better"),
            attribute("promisedAt", "약속 시각", "Promised at"),
            reference("supersedes", "앞선 약속", "Promise it supersedes"),
            attribute("endedBy", "약속을 끝낸 안", "Branch that ended it"),
            a.REF_RUN,
            a.REF_TARGET,
            a.REF_DECISION,
            a.REF_PROPOSAL,
            a.REF_PLAN,
            a.REF_TASK,
            a.REF_GOAL,
        ],
    ),
    _record(
        "Outcome",
        "실적",
        "Outcome",
        [
            a.TITLE,
            a.INDICATOR,
            a.VALUE,
            a.PERIOD,
            a.REF_PROMISE,
            a.REASON,
            a.EVIDENCE,
            attribute("evidenceLink", "이행 근거 주소", "Link to the evidence"),
            attribute("evidenceAddress", "이행 근거 산출근거", "Address of the figure it was read from"),
            reference("corrects", "바로잡는 실적", "Outcome it corrects"),
            a.ORDER,
            attribute("recordedBy", "기록자", "Recorded by"),
        ],
    ),
    _record(
        "Score",
        "이행점검",
        "Score",
        [
            a.REF_PROMISE,
            reference("refOutcome", "실적", "Outcome"),
            a.REF_RUN,
            attribute("promised", "약속값", "Promised value"),
            attribute("actual", "실적값", "Actual value"),
            attribute("miss", "차이", "Miss"),
            _json("parts", "차이의 내역", "Parts of the miss"),
            attribute("explained", "모형이 설명한 값", "What the model gives with what came"),
            _json("changedInputs", "달라진 입력", "Inputs that turned out different"),
            attribute("changedInputsHash", "달라진 입력 해시", "Hash of the inputs that turned out different"),
            _json("notSplit", "나누지 못한 이유", "Why it could not be split"),
            attribute("verdict", "판정", "Verdict"),
        ],
    ),
]
