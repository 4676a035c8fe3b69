"""Organisations, companies, universities, and the agreements between them and the city."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import SDM, attribute, entity_type

FOUNDED = attribute("founded", "설립일", "Founded on")
EMPLOYEES = attribute("employees", "종사자 수", "Employees", unit="IE")
INDUSTRY = attribute("industry", "산업", "Industry")

_BODY = [a.NAME, a.ALTERNATE_NAME, a.CATEGORY, a.LOCATION, a.ADDRESS, a.URL, *a.PROVENANCE, a.REF_CITY]

TYPES = [
    entity_type(
        "Organisation", "기관", "Organisation", [*_BODY, FOUNDED], iri=SDM + "dataModel.Organization/Organization"
    ),
    entity_type(
        "Firm", "기업", "Firm", [*_BODY, INDUSTRY, EMPLOYEES, attribute("foundedYear", "설립연도", "Year founded")]
    ),
    entity_type("University", "대학", "University", [*_BODY, attribute("students", "학생 수", "Students", unit="IE")]),
]
