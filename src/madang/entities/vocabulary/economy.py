"""Organisations, companies, universities, and the agreements between them and the city."""

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
        ],
    ),
    entity_type("University", "대학", "University", [*_BODY, attribute("students", "학생 수", "Students", unit="IE")]),
]
