"""What the things of a made-up quarter are called and how they look: data that somebody chose, about nothing real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STATUS = "synthetic"
MADE_UP = {"ko": "(가상)", "en": " (made up)"}


@dataclass(frozen=True)
class Kind:
    """A kind of building: what it is called, its use in the words of the Building Act, how it is built."""

    category: str
    use: str
    structure: str
    storey_m: float


KINDS: Mapping[str, Kind] = {
    "slab": Kind("아파트(판상형)", "공동주택", "철근콘크리트구조", 2.9),
    "tower": Kind("아파트(탑상형)", "공동주택", "철근콘크리트구조", 2.9),
    "service": Kind("단지 관리동·어린이집", "노유자시설", "철근콘크리트구조", 3.6),
    "row": Kind("연립주택", "공동주택", "철근콘크리트구조", 2.9),
    "flats": Kind("다세대주택", "공동주택", "철근콘크리트구조", 2.9),
    "house": Kind("단독주택", "단독주택", "벽돌구조", 3.0),
    "shop": Kind("상가", "제1종근린생활시설", "철근콘크리트구조", 3.9),
    "mall": Kind("상가(복합)", "판매시설", "철골구조", 5.0),
    "office": Kind("오피스", "업무시설", "철골철근콘크리트구조", 4.1),
    "school": Kind("학교", "교육연구시설", "철근콘크리트구조", 3.6),
    "gym": Kind("체육관", "교육연구시설", "철골구조", 10.0),
    "factory": Kind("공장", "공장", "철골구조", 7.5),
}

# The use of a block: land category (지목) and zoning of its parcels.
LAND: Mapping[str, tuple[str, str]] = {
    "apartments": ("대", "제3종일반주거지역"),
    "homes": ("대", "제2종일반주거지역"),
    "shops": ("대", "일반상업지역"),
    "offices": ("대", "준주거지역"),
    "school": ("학교용지", "제2종일반주거지역"),
    "factories": ("공장용지", "준공업지역"),
    "park": ("공원", "자연녹지지역"),
}

SPECIES = ("은행나무", "느티나무", "왕벚나무", "소나무", "이팝나무")

_STREETS = (
    ("가온", "Gaon"), ("나래", "Narae"), ("다솜", "Dasom"), ("라온", "Raon"), ("마루", "Maru"), ("보람", "Boram"),
    ("새봄", "Saebom"), ("아람", "Aram"), ("자올", "Jaol"), ("한울", "Hanul"), ("해솔", "Haesol"), ("온누리", "Onnuri"),
)  # fmt: skip
_SORTS = {"primary": ("대로", "-daero"), "tertiary": ("로", "-ro"), "residential": ("길", "-gil")}

TITLES = {
    "quarter": {"ko": "지어낸 시가지(가상)", "en": "A made-up quarter (synthetic)"},
    "ground": {"ko": "지어낸 지형(가상)", "en": "Made-up terrain (synthetic)"},
    "readings": {"ko": "지어낸 측정값(가상)", "en": "Made-up readings (synthetic)"},
}
NOTICES = {
    "quarter": {
        "ko": "실제 건물·도로·필지가 아닙니다. 경계 안에 지어낸 것입니다.",
        "en": "No real building, road or parcel: invented inside the boundary.",
    },
    "ground": {
        "ko": "실제 땅의 높이가 아닙니다. 지어낸 완만한 골짜기입니다.",
        "en": "Not the height of any real ground: an invented smooth valley.",
    },
    "readings": {
        "ko": "잰 값이 아닙니다. 하루의 흐름을 흉내 내어 지어낸 값이고, 빠진 시간과 멈춘 측정기도 일부러 넣었습니다.",
        "en": "Measured by nobody: invented along the course of a day, with gaps and one silent sensor on purpose.",
    },
}


def made_up(ko: str, en: str) -> dict[str, str]:
    """A name in both languages that says that it is made up."""
    return {"ko": ko + MADE_UP["ko"], "en": en + MADE_UP["en"]}


def street_name(number: int, category: str) -> dict[str, str]:
    """The name of the street of a number."""
    place, again = (number - 1) % len(_STREETS), (number - 1) // len(_STREETS)
    (ko, en), (sort_ko, sort_en) = _STREETS[place], _SORTS[category]
    more = str(again + 1) if again else ""
    return made_up(f"{ko}{more}{sort_ko}", f"{en}{more}{sort_en}")


def block_name(number: int, block: int | None = None) -> dict[str, str]:
    """The name of an apartment estate, or of one of its blocks."""
    if block is None:
        return made_up(f"가온마을 {number}단지", f"Gaon Village {number}")
    return made_up(f"가온마을 {number}단지 {block}동", f"Gaon Village {number}, block {block}")
