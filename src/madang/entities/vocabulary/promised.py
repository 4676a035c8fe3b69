"""What somebody stands for by a date, what came of it, and how good the forecast was."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


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
            # a promised number is a forecast: its value and band, and the run that made it
            a.INDICATOR,
            a.VALUE,
            attribute("band", "불확실 범위", "Band", kind="JsonProperty"),
            attribute("forecastAddress", "예측 산출근거", "Address of the forecast"),
            attribute("promisedAt", "약속 시각", "Promised at"),
            a.REF_RUN,
            a.REF_TARGET,
            a.REF_DECISION,
            a.REF_PLAN,
            a.REF_TASK,
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
            a.EVIDENCE,
            attribute("recordedBy", "기록자", "Recorded by"),
        ],
    ),
    _record(
        "Score",
        "이행점검",
        "Score",
        [
            a.REF_PROMISE,
            a.REF_RUN,
            attribute("promised", "약속값", "Promised value"),
            attribute("actual", "실적값", "Actual value"),
            attribute("miss", "차이", "Miss"),
            attribute("parts", "차이의 내역", "Parts of the miss", kind="JsonProperty"),
            attribute("verdict", "판정", "Verdict"),
            attribute("scoredAt", "점검 시각", "Scored at"),
        ],
    ),
]
