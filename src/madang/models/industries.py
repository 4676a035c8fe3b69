"""The 16 industries of district GRDP, and which of them any sector of a table belongs to.

Statistics Korea publishes value added of districts in 16 industries, sections of KSIC rev. 10 or pairs of them. KSIC
sections equal ISIC rev. 4 sections for this purpose, so a sector code tells its industry: OECD codes by ISIC division
("D26" is 26, section C), Bank of Korea codes by their letter ("C09"). One boundary is not exact: rental and leasing
stands with real estate in GRDP and with business services in ISIC (division 77).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from madang.entities.vocabulary.statistics import item_name


@dataclass(frozen=True, slots=True)
class Industry:
    """One of the 16 industries: its name in the source table, KSIC sections, and names for people."""

    source_name: str
    sections: str
    ko: str
    en: str

    @property
    def id(self) -> str:
        """The attribute name of the industry in a `Statistic`."""
        return item_name(self.source_name)

    @property
    def label(self) -> dict[str, str]:
        """Korean and English name."""
        return {"ko": self.ko, "en": self.en}


INDUSTRIES: tuple[Industry, ...] = (
    Industry("agriculture, forestry and fishing", "A", "농림어업", "Agriculture, forestry, fishing"),
    Industry("mining and quarrying", "B", "광업", "Mining"),
    Industry("manufacturing", "C", "제조업", "Manufacturing"),
    Industry(
        "electricity, gas, steam and air conditioning supply; water supply and waste management",
        "DE",
        "전기·가스·수도·폐기물",
        "Electricity, gas, water, waste",
    ),
    Industry("construction", "F", "건설업", "Construction"),
    Industry("wholesale and retail trade", "G", "도소매업", "Trade"),
    Industry("transportation and storage", "H", "운수·창고업", "Transport and storage"),
    Industry("accommodation and food service activities", "I", "숙박·음식점업", "Accommodation and food"),
    Industry("information and communication", "J", "정보통신업", "Information and communication"),
    Industry("financial and insurance activities", "K", "금융·보험업", "Finance and insurance"),
    Industry("real estate activities; rental and leasing activities", "L", "부동산·임대업", "Real estate and rental"),
    Industry(
        "professional, scientific and technical activities; business support facilities",
        "MN",
        "전문·과학기술·사업지원",
        "Professional, scientific, business support",
    ),
    Industry("public administration and defence; compulsory social security", "O", "공공행정", "Public administration"),
    Industry("education", "P", "교육", "Education"),
    Industry("human health and social work activities", "Q", "보건·사회복지", "Health and social work"),
    Industry(
        "arts, sports and recreation; membership organizations and personal services",
        "RST",
        "문화·기타 서비스",
        "Culture and other services",
    ),
)
TOTAL = item_name("total value added at basic prices")
NET_TAXES = item_name("net taxes on products")
GRDP = item_name("gross regional domestic product at market prices")
BY_SECTION: Mapping[str, Industry] = {letter: i for i in INDUSTRIES for letter in i.sections}
BY_ID: Mapping[str, Industry] = {i.id: i for i in INDUSTRIES}

# First ISIC rev. 4 division of each section.
_FIRST_DIVISIONS = (
    (1, "A"), (5, "B"), (10, "C"), (35, "D"), (36, "E"), (41, "F"), (45, "G"), (49, "H"), (55, "I"), (58, "J"),
    (64, "K"), (68, "L"), (69, "M"), (77, "N"), (84, "O"), (85, "P"), (86, "Q"), (90, "R"), (94, "S"), (97, "T"),
    (99, "U"), (100, ""),
)  # fmt: skip


def section_of(code: str) -> str | None:
    """The KSIC/ISIC section of a sector code ("D26", "D69T82", "C09", "26", "C2611"); None when it tells none."""
    text = code.strip().upper()
    if found := re.fullmatch(r"D(\d{2})(?:T\d{2})?", text):  # OECD: D and an ISIC division
        return _section_of_division(int(found[1]))
    if found := re.fullmatch(r"(\d{2})(?:T\d{2}|\d{0,3})", text):  # a division, or a finer code that begins with one
        return _section_of_division(int(found[1]))
    if found := re.fullmatch(r"([A-T])(\d*)", text):
        return found[1]
    return None


def industry_of(code: str) -> Industry | None:
    """The GRDP industry a sector code belongs to; None when the code tells none."""
    section = section_of(code)
    return None if section is None else BY_SECTION.get(section)


def _section_of_division(division: int) -> str | None:
    found = ""
    for first, section in _FIRST_DIVISIONS:
        if division >= first:
            found = section
    return found or None
