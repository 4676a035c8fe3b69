"""What the city keeps about its own work: model runs, datasets, subscriptions, feeds."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo], *, iri: str | None = None) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE], scope="record", iri=iri)


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


TYPES = [
    _record(
        "ModelRun",
        "분석 실행",
        "Model run",
        [
            attribute("model", "모형", "Model"),
            attribute("modelVersion", "모형 판", "Model version"),
            attribute("engine", "계산 엔진", "Engine"),
            attribute("engineVersion", "엔진 판", "Engine version"),
            attribute("platform", "계산 환경", "Platform"),
            a.BRANCH,
            attribute("stateTransaction", "기준 변경 기록", "Transaction it stands on"),
            _json("parameters", "매개변수", "Parameters"),
            attribute("seed", "난수 씨앗", "Seed"),
            attribute("members", "구성원", "Members", kind="Relationship"),
            attribute("ensembleSize", "경우 수", "Ensemble size"),
            _json("inputs", "입력", "Inputs"),
            _json("results", "결과", "Results"),
            attribute("cacheKey", "계산 식별키", "Key of the computation"),
            attribute("aboutCity", "대상 도시", "City it is about"),
            attribute("resultHash", "결과 해시", "Hash of the results"),
            a.STATE,
            attribute("recordedAt", "기록 시각", "Recorded at"),
        ],
    ),
    _record(
        "Dataset",
        "자료",
        "Dataset",
        [
            a.TITLE,
            a.DESCRIPTION,
            attribute("publisher", "발표 기관", "Publisher"),
            attribute("licence", "이용허락", "Licence"),
            attribute("licenceUrl", "이용허락 주소", "Licence address"),
            attribute("attribution", "출처 표시", "Attribution"),
            attribute("version", "판", "Version"),
            attribute("retrieved", "수집일", "Retrieved on"),
            a.URL,
            _json("blobs", "파일", "Blobs"),
            attribute("rows", "행 수", "Rows", unit="C62"),
            attribute("terms", "이용 조건", "Terms"),
        ],
    ),
    _record(
        "Feed",
        "수집 연계",
        "Feed",
        [
            a.TITLE,
            a.URL,
            a.STATE,
            attribute("lastReadAt", "최근 수집 시각", "Last read at"),
            attribute("every", "수집 주기", "Interval", unit="SEC"),
            a.REF_DATASET,
        ],
    ),
    _record(
        "Subscription",
        "구독",
        "Subscription",
        [a.TITLE, a.DESCRIPTION, a.STATE, _json("definition", "정의", "Definition")],
        iri=a.CORE + "Subscription",
    ),
]
