"""The nine cities and their codes, and how the codes of one census system become those of another.

A place has many codes: KOSTAT (census; 5 digits a district, 7 or 8 a dong) and MOIS (legal; 5 digits a district, 10 a
legal dong). They are kept as text with their system. Names are never used to join: in the census file one code has
two spellings and one name is five places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from madang.errors import NotFoundError


@dataclass(frozen=True)
class CityCodes:
    """A city's codes: KOSTAT code of the city, its gu if it has general districts, and MOIS codes of the same units."""

    id: str
    title: Mapping[str, str]
    kostat: str
    mois: Mapping[str, str]  # KOSTAT code of a gu, or of a city without gu -> MOIS sigungu code
    gu: Mapping[str, Mapping[str, str]]  # KOSTAT code of a gu -> name
    mois_city: str

    @property
    def adm2(self) -> tuple[str, ...]:
        """All KOSTAT sigungu codes of the city: its own, then its gu."""
        return (self.kostat, *self.gu)

    @property
    def units(self) -> tuple[str, ...]:
        """The KOSTAT sigungu codes that have boundaries: the gu, or the city itself."""
        return tuple(self.gu) or (self.kostat,)


def _gu(*rows: tuple[str, str, str]) -> dict[str, dict[str, str]]:
    return {code: {"ko": ko, "en": en} for code, ko, en in rows}


# KOSTAT -> MOIS was checked by overlaying the boundaries of both packages (area shares 0.97-1.00; coast 0.91-0.95).
CITIES: Mapping[str, CityCodes] = {
    city.id: city
    for city in (
        CityCodes(
            "suwon", {"ko": "수원시", "en": "Suwon"}, "31010",
            {"31011": "41111", "31012": "41113", "31013": "41115", "31014": "41117"},
            _gu(("31011", "장안구", "Jangan-gu"), ("31012", "권선구", "Gwonseon-gu"), ("31013", "팔달구", "Paldal-gu"),
                ("31014", "영통구", "Yeongtong-gu")),
            "41110",
        ),
        CityCodes(
            "yongin", {"ko": "용인시", "en": "Yongin"}, "31190",
            {"31191": "41461", "31192": "41463", "31193": "41465"},
            _gu(("31191", "처인구", "Cheoin-gu"), ("31192", "기흥구", "Giheung-gu"), ("31193", "수지구", "Suji-gu")),
            "41460",
        ),
        CityCodes(
            "seongnam", {"ko": "성남시", "en": "Seongnam"}, "31020",
            {"31021": "41131", "31022": "41133", "31023": "41135"},
            _gu(("31021", "수정구", "Sujeong-gu"), ("31022", "중원구", "Jungwon-gu"),
                ("31023", "분당구", "Bundang-gu")),
            "41130",
        ),
        CityCodes("hwaseong", {"ko": "화성시", "en": "Hwaseong"}, "31240", {"31240": "41590"}, {}, "41590"),
        CityCodes("pyeongtaek", {"ko": "평택시", "en": "Pyeongtaek"}, "31070", {"31070": "41220"}, {}, "41220"),
        CityCodes("icheon", {"ko": "이천시", "en": "Icheon"}, "31210", {"31210": "41500"}, {}, "41500"),
        CityCodes("anseong", {"ko": "안성시", "en": "Anseong"}, "31220", {"31220": "41550"}, {}, "41550"),
        CityCodes("gwangyang", {"ko": "광양시", "en": "Gwangyang"}, "36060", {"36060": "46230"}, {}, "46230"),
        CityCodes("sejong", {"ko": "세종특별자치시", "en": "Sejong"}, "29010", {"29010": "36110"}, {}, "36110"),
    )
}  # fmt: skip


def city_codes(name: str) -> CityCodes:
    """The codes of one of the nine cities; raises NotFoundError with the names there are."""
    if name not in CITIES:
        raise NotFoundError("sources.unknown-city", found=name, known=", ".join(CITIES))
    return CITIES[name]


def boundary_code(adm3: str) -> str:
    """The 7-digit form of a dong code, by which it may join the 2020 boundaries; 7 digits stay as they are.

    The eighth digit is dropped only where it is 0: elsewhere it tells units apart and truncating would make two
    places one. Counties that moved from 3xx to 5xx in the sigungu part are moved back.
    """
    if len(adm3) != 8:
        return adm3
    moved = adm3[:2] + str(int(adm3[2:5]) - 200).zfill(3) + adm3[5:] if int(adm3[2:5]) >= 500 else adm3
    return moved[:-1] if moved.endswith("0") else moved
