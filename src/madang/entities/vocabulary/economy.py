"""Organisations, companies, universities; and what an analyst says of the economy of an alternative.

A `StructuralChange` alters how a sector produces or from where it buys, a `PlantOperation` is what a plant makes in a
year once it runs, a `TaxChange` alters a rate. Each is an assumption of its alternative until it is adopted.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import SDM, attribute, entity_type, reference

FOUNDED = attribute("founded", "설립일", "Founded on")
EMPLOYEES = attribute("employees", "종사자 수", "Employees", unit="IE")
INDUSTRY = attribute("industry", "산업", "Industry")
KSIC_CODES = attribute("ksicCodes", "산업분류코드(KSIC)", "KSIC codes", kind="ListProperty")
SUPPLY_STAGE = attribute("supplyStage", "공급망 단계", "Stage of the supply chain")
STRATEGIC_INDUSTRY = attribute("strategicIndustry", "전략산업", "Strategic industry")
REF_CLUSTER = reference("refCluster", "산업 클러스터", "Cluster")

SECTOR = attribute("sector", "업종", "Sector")  # a sector of the input-output table in use
APPLIES_TO = attribute("appliesTo", "적용 범위(city, country)", "Where it applies: city or country")
INPUT_MIX = attribute("inputMix", "투입계수(산출 1원당)", "Inputs per unit of output, by product", kind="JsonProperty")
# What a register of factories or of venture firms says beside what every firm has.
REGISTERED = [
    attribute("products", "생산품", "Products"),
    attribute("industryName", "업종명(자료 표기)", "Industry as the source names it"),
    attribute("ventureKind", "벤처확인 유형", "Kind of venture certificate"),
    attribute("landArea", "용지면적", "Site area", unit="MTK"),
    attribute("buildingArea", "건축면적", "Building area", unit="MTK"),
    attribute("complex", "산업단지", "Industrial complex"),
    attribute("positionQuality", "위치 정확도", "Quality of the position"),
    reference("suppliesTo", "납품처", "Supplies to"),
]

_BODY = [a.NAME, a.ALTERNATE_NAME, a.CATEGORY, a.LOCATION, a.ADDRESS, a.URL, *a.PROVENANCE, a.REF_CITY]

TYPES = [
    entity_type(
        "Organisation", "기관", "Organisation", [*_BODY, FOUNDED], iri=SDM + "dataModel.Organization/Organization"
    ),
    entity_type(
        "Firm",
        "기업",
        "Firm",
        [
            *_BODY,
            INDUSTRY,
            EMPLOYEES,
            attribute("foundedYear", "설립연도", "Year founded"),
            KSIC_CODES,
            SUPPLY_STAGE,
            STRATEGIC_INDUSTRY,
            REF_CLUSTER,
            *REGISTERED,
        ],
    ),
    entity_type("University", "대학", "University", [*_BODY, attribute("students", "학생 수", "Students", unit="IE")]),
    entity_type(
        "StructuralChange",
        "산업구조 변화",
        "Structural change",
        [
            a.TITLE,
            a.DESCRIPTION,
            SECTOR,
            APPLIES_TO,
            INPUT_MIX,
            attribute(
                "importsReplaced", "국산화 비율(품목별)", "Share of imports replaced, by product", kind="JsonProperty"
            ),
            attribute("suppliedFrom", "대체 공급지(city, country)", "Who supplies instead: city or country"),
            attribute("adoption", "적용률", "Adoption", unit="C62"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
        planned=True,
    ),
    entity_type(
        "PlantOperation",
        "운영(연간 생산)",
        "Operation of a plant",
        [
            a.TITLE,
            a.DESCRIPTION,
            a.REF_PROGRAMME,
            a.REF_FACILITY,
            attribute("plantOutput", "연간 생산액", "Output of the plant a year", unit="KRW"),
            attribute("sectorShares", "산업별 배분", "Shares by sector", kind="JsonProperty"),
            attribute("localShare", "지역 조달 비율", "Share bought locally", unit="C62"),
            INPUT_MIX,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
        planned=True,
    ),
    entity_type(
        "TaxChange",
        "세율 변화",
        "Change of a tax or subsidy",
        [
            a.TITLE,
            a.DESCRIPTION,
            attribute("taxBase", "과세 대상(output, investment)", "What is taxed: output or investment"),
            SECTOR,
            APPLIES_TO,
            attribute(
                "rateChange", "세율 변화(보조금은 음수)", "Change of the rate; a subsidy is negative", unit="C62"
            ),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
        planned=True,
    ),
]
