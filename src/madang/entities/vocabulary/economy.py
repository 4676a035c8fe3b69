"""Organisations, companies, universities, and the agreements between them and the city."""

from __future__ import annotations

from madang.entities.vocabulary import common as c
from madang.entities.vocabulary.places import COMPANIES
from madang.entities.vocabulary.terms import SDM, attribute, entity_type, reference

PARTIES = reference("parties", "당사자", "Parties")
MEMBERS = reference("members", "구성원", "Members")
AMOUNT = attribute("amount", "금액", "Amount", unit="KRW")
OTHER_PARTIES = attribute("otherParties", "그 밖의 당사자", "Other parties", kind="LanguageProperty")
SIGNED = attribute("signedOn", "체결일", "Signed on")
FOUNDED = attribute("founded", "설립일", "Founded on")
SINCE = attribute("since", "시작 시기", "Since")
DUE = attribute("due", "기한", "Due")
EMPLOYEES = attribute("employees", "종사자 수", "Employees", unit="IE")
INDUSTRY = attribute("industry", "산업", "Industry")

_BODY = [c.NAME, c.ALTERNATE_NAME, c.CATEGORY, c.LOCATION, c.ADDRESS, c.URL, *c.PROVENANCE, c.REF_CITY]

TYPES = [
    entity_type(
        "Organisation", "기관", "Organisation", [*_BODY, FOUNDED], iri=SDM + "dataModel.Organization/Organization"
    ),
    entity_type(
        "Firm", "기업", "Firm", [*_BODY, INDUSTRY, EMPLOYEES, attribute("foundedYear", "설립연도", "Year founded")]
    ),
    entity_type("University", "대학", "University", [*_BODY, attribute("students", "학생 수", "Students", unit="IE")]),
    entity_type(
        "Committee",
        "위원회",
        "Committee",
        [
            *_BODY,
            MEMBERS,
            SIGNED,
            SINCE,
            attribute("chair", "위원장", "Chair", kind="LanguageProperty"),
            attribute("meets", "회의 주기", "When it meets", kind="LanguageProperty"),
        ],
    ),
    entity_type("Alliance", "연합체", "Alliance", [*_BODY, MEMBERS, SIGNED, SINCE, c.REF_ANNOUNCEMENT]),
    entity_type(
        "Agreement",
        "업무협약",
        "Agreement",
        [
            c.TITLE,
            c.DESCRIPTION,
            PARTIES,
            OTHER_PARTIES,
            SIGNED,
            AMOUNT,
            COMPANIES,
            c.STATE,
            c.REF_ANNOUNCEMENT,
            *c.PROVENANCE,
            c.REF_CITY,
        ],
    ),
    entity_type(
        "Commitment",
        "이행과제",
        "Commitment",
        [c.TITLE, c.DESCRIPTION, DUE, c.OWNER, AMOUNT, c.STATE, c.REF_AGREEMENT, c.REF_ANNOUNCEMENT, *c.PROVENANCE],
    ),
]
