"""Clusters and what they hang on: firms by industry, supplies from abroad, talent; what is weighed, and how.

A value somebody chose stands as a range {low, central, high} with its source, or with `assumption` where it has none.
Figures of a cluster by period are instances of one attribute, told apart by datasetId; their revisions are its history.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.alliances import RECORDED_BY
from madang.entities.vocabulary.economy import INDUSTRY, KSIC_CODES, REF_CLUSTER, STRATEGIC_INDUSTRY
from madang.entities.vocabulary.terms import AttributeInfo, attribute, entity_type, reference

REF_DEPENDENCY = reference("refDependency", "공급 의존", "Dependency")
SKILL = attribute("skill", "직무 분야", "Skill")
REGISTER = [*a.PROVENANCE, a.REF_CITY, RECORDED_BY]


def _range(name: str, ko: str, en: str, unit: str | None = None) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty", unit=unit)


ORIGIN_SHARE = _range("originShare", "원산지 비중", "Share of the origin")
STOCK_DAYS = _range("stockDays", "재고일수", "Days of stock", unit="DAY")
SUBSTITUTION_DAYS = _range("substitutionDays", "대체 소요일수", "Days to substitute", unit="DAY")

TYPES = [
    entity_type(
        "Cluster",
        "산업 클러스터",
        "Cluster",
        [
            a.NAME,
            a.DESCRIPTION,
            KSIC_CODES,
            STRATEGIC_INDUSTRY,
            a.LOCATION,
            attribute("boundaryName", "경계 이름", "Name of the boundary", kind="LanguageProperty"),
            attribute("supplyStages", "공급망 단계(전체)", "Stages of the supply chain", kind="ListProperty"),
            reference("includes", "클러스터에 드는 것", "What it includes"),
            attribute("firmStock", "기업 수(집계)", "Firms counted", unit="C62"),
            attribute("firmsArrived", "유입 기업 수", "Firms that came", unit="C62"),
            attribute("firmsLeft", "유출 기업 수", "Firms that left", unit="C62"),
            attribute("talentStock", "전문인력 수", "Skilled people", unit="IE"),
            attribute("talentArrived", "유입 인력 수", "Skilled people who came", unit="IE"),
            attribute("talentLeft", "유출 인력 수", "Skilled people who left", unit="IE"),
            *REGISTER,
        ],
    ),
    entity_type(
        "Dependency",
        "공급 의존",
        "Dependency",
        [
            attribute("item", "품목", "Item", kind="LanguageProperty"),
            attribute("hsCode", "HS 코드", "HS code"),
            attribute("originCountry", "원산지", "Country of origin"),
            attribute("seller", "공급자", "Seller"),
            attribute("buyer", "수요자", "Buyer"),
            INDUSTRY,
            REF_CLUSTER,
            ORIGIN_SHARE,
            _range("criticality", "필수도", "Criticality"),
            STOCK_DAYS,
            SUBSTITUTION_DAYS,
            attribute("domesticSubstitutes", "국내 대체 공급처", "Domestic substitutes", kind="ListProperty"),
            attribute("yearlyOutput", "수요자 연간 산출액", "Yearly output of the buyer", unit="KRW"),
            *REGISTER,
        ],
    ),
    entity_type(
        "DependencyOption",
        "공급 대응책",
        "Option against a dependency",
        [a.NAME, a.KIND, REF_DEPENDENCY, STOCK_DAYS, SUBSTITUTION_DAYS, ORIGIN_SHARE, a.AMOUNT, *REGISTER],
    ),
    entity_type(
        "SupplyRestriction",
        "공급 제한 시나리오",
        "Supply restriction",
        [
            a.NAME,
            REF_DEPENDENCY,
            a.STARTS_ON,
            attribute("restrictionDays", "제한일수", "Days of restriction", unit="DAY"),
            attribute("deliveredShare", "공급 유지율", "Share still delivered"),
            _range("probability", "연간 발생 확률", "Probability a year"),
            *REGISTER,
        ],
    ),
    entity_type(
        "Shock",
        "충격·회복 시나리오",
        "Shock and recovery",
        [
            a.NAME,
            INDUSTRY,
            a.START_YEAR,
            _range("lostShare", "감소율", "Share lost"),
            _range("recoveryYears", "회복기간", "Years to recover"),
            *REGISTER,
        ],
    ),
    entity_type(
        "TalentProgramme",
        "인재양성 과정",
        "Talent programme",
        [
            a.NAME,
            SKILL,
            a.REF_ORGANISATION,
            REF_CLUSTER,
            a.START_YEAR,
            a.END_YEAR,
            attribute("studyYears", "수학연한", "Years of study", unit="ANN"),
            _range("seats", "연간 정원", "Seats a year"),
            _range("graduationRate", "졸업률", "Graduation rate"),
            _range("localHireRate", "지역 취업률", "Local hire rate"),
            _range("retentionRate", "연간 정착률", "Share who stay, a year"),
            a.AMOUNT,
            a.CODE,
            *REGISTER,
        ],
    ),
    entity_type(
        "TalentDemand",
        "인력 수요",
        "Demand for talent",
        [
            SKILL,
            a.YEAR,
            attribute("demandKind", "수요 구분", "Kind of demand"),
            _range("persons", "필요 인원", "People wanted"),
            *REGISTER,
        ],
    ),
    entity_type(
        "Evaluation",
        "대안 평가",
        "Evaluation",
        [
            a.TITLE,
            a.METHOD,
            attribute("evaluationResult", "평가 결과", "Result of the evaluation", kind="JsonProperty"),
            attribute("seed", "난수 씨앗", "Seed"),
            a.DATE,
            a.SOURCE,
            a.STATUS,
            RECORDED_BY,
        ],
        scope="record",
    ),
]
