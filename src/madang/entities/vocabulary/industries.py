"""Industries in figures: the business census by place, trade by item, and a city's own table of a strategic industry.

One `IndustryStatistic` holds one place and year: counts by KSIC code as JSON, where null is a count that the publisher
withholds. One `TradeFlow` is one item, partner, direction and year.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.economy import KSIC_CODES, STRATEGIC_INDUSTRY
from madang.entities.vocabulary.places import COMPANIES
from madang.entities.vocabulary.terms import AttributeInfo, attribute, entity_type


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


PLACE_NAME = attribute("placeName", "지역 이름(자료 표기)", "Place as the source names it")
WORKERS = attribute("workers", "종사자 수(전산업)", "Workers, all industries", unit="IE")

TYPES = [
    entity_type(
        "IndustryStatistic",
        "산업별 통계",
        "Industries of a place",
        [
            a.NAME,
            a.CODE,
            PLACE_NAME,
            a.YEAR,
            COMPANIES,
            WORKERS,
            _json("firmsByIndustry", "산업별 사업체 수", "Firms by industry"),
            _json("workersByIndustry", "산업별 종사자 수", "Workers by industry"),
            attribute("classification", "분류 개정", "Revision of the classification"),
            a.REF_PLACE,
            a.REF_CITY,
            *a.PROVENANCE,
        ],
    ),
    entity_type(
        "TradeFlow",
        "품목별 수출입",
        "Trade by item",
        [
            a.NAME,
            attribute("hsCode", "HS 코드", "HS code"),
            attribute("partner", "상대국", "Partner"),
            attribute("flow", "수출입 구분", "Export or import"),
            a.AMOUNT,
            attribute("weight", "중량", "Weight", unit="KGM"),
            a.YEAR,
            PLACE_NAME,
            a.REF_PLACE,
            a.REF_CITY,
            *a.PROVENANCE,
        ],
    ),
    entity_type(
        "StrategicIndustry",
        "전략산업 분류표",
        "Table of a strategic industry",
        [
            a.NAME,
            STRATEGIC_INDUSTRY,
            KSIC_CODES,
            _json("industryLinks", "산업·품목 연계", "Links of codes"),
            a.VALID_FROM,
            *a.PROVENANCE,
        ],
    ),
]
