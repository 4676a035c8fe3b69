"""Numbers in running text, with what they count, so that two versions of a paragraph can be compared number by number.

"1,200억 원" is 120,000,000,000 won, "1조 3,742억 원" one number of two parts, "12.5 %" a share, "2029년" a year and
"2026. 11. 22." a date and no three numbers, "제8조제1항" a clause and no number at all. A live figure ({{…}}) stands
for whatever it refers to and is left alone. A number without a known unit has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from madang.errors import Language
from madang.indicators.quantity import format_value

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_STEPS = {"조": 10**12, "억": 10**8, "만": 10**4, "천만": 10**7, "백만": 10**6, "십억": 10**9, "천": 10**3}
_STEP = "|".join(sorted(_STEPS, key=len, reverse=True))
_ENGLISH = {"tn": 1e12, "trillion": 1e12, "bn": 1e9, "billion": 1e9, "mn": 1e6, "million": 1e6}
# Words after a number that say what it counts, longest first, and the unit they stand for.
_UNITS = {
    "퍼센트포인트": "%p", "%p": "%p", "퍼센트": "P1", "%": "P1", "㎢": "KMK", "km²": "KMK", "km2": "KMK",
    "㎡": "MTK", "m²": "MTK", "km": "KMT", "㎞": "KMT", "개월": "MON", "개년": "ANN", "년간": "ANN", "년도": "year",
    "년": "year", "분기": "quarter", "월": "month", "일": "day", "명": "IE", "인": "IE", "개소": "{place}",
    "개": "C62", "건": "{case}", "대": "{device}", "곳": "{place}", "호": "{household}", "가구": "{household}",
    "세대": "{household}", "회": "{time}", "차": "{round}", "종": "{kind}", "식": "{set}", "점": "{point}",
    "위": "{rank}", "톤": "TNE", "MW": "MAW", "kW": "KWT", "GWh": "GWH", "MWh": "MWH", "kWh": "KWH", "시간": "HUR",
    "분": "MIN", "배": "{fold}", "people": "IE", "persons": "IE", "tasks": "{task}", "projects": "{project}",
    "cities": "{city}", "percent": "P1",
}  # fmt: skip
_UNIT = "|".join(re.escape(word) for word in sorted(_UNITS, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""
    (?P<live>\{{\{{.*?\}}\}})
  | (?P<clause>제\s?\d+\s?(?:조(?:의\s?\d+)?|항|호|목|장|절|차|회|단계))
  | (?P<date>(?<!\d)\d{{4}}(?:\.\s?\d{{1,2}}(?:\.\s?\d{{1,2}})?\.|-\d{{2}}(?:-\d{{2}})?)(?!\d))
  | (?P<krw>KRW\s?(?P<krwn>-?(?:{_DIGITS}))(?:\s?(?P<krws>tn|bn|mn|trillion|billion|million)\b)?)
  | (?P<money>(?:(?:{_DIGITS})\s?(?:{_STEP})\s?)+(?:(?:{_DIGITS})\s?)?(?P<won>원)?)(?P<after>\s?(?:{_UNIT}))?
  | (?P<plain>(?<![\w.])-?(?:{_DIGITS}))(?P<unit>\s?(?:원|{_UNIT}))?
  | (?P<word>[^\W\d]+|\d+|\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(rf"({_DIGITS})\s?({_STEP})?")

Kind = Literal["changed", "added", "removed"]


@dataclass(frozen=True)
class Number:
    """A number in a text: its value, unit (None where none is said), and how and where it is written."""

    value: float
    unit: str | None
    text: str
    start: int


@dataclass(frozen=True)
class NumberChange:
    """A number of a text before and after, None where it was not there."""

    kind: Kind
    before: Number | None
    after: Number | None

    @property
    def percent(self) -> float | None:
        """By how many per cent it changed; None for dates and years, and where there is nothing to divide by."""
        if self.before is None or self.after is None:
            return None
        return percent(self.before.value, self.after.value, self.after.unit)

    @property
    def text(self) -> str:
        """The change as people write it: 1,200억 원 -> 1,350억 원 (+12.5 %)."""
        before, after = (one.text if one is not None else None for one in (self.before, self.after))
        return change_text(before, after, self.percent)


_NO_SHARE = {"year", "month", "day", "date", "quarter", "{rank}"}


def percent(before: float, after: float, unit: str | None) -> float | None:
    """The change as a share of what was before; None where a share says nothing."""
    return None if unit in _NO_SHARE or not before else (after - before) / abs(before) * 100


def change_text(before: str | None, after: str | None, share: float | None) -> str:
    """A change in one line; a number that was not there is shown as a dash."""
    text = f"{before if before is not None else '–'} -> {after if after is not None else '–'}"
    return f"{text} ({share:+.1f} %)" if share is not None else text


def written(value: float | None, unit: str | None, language: Language) -> str:
    """A number of an attribute as people read it; a year has no thousands separator."""
    if value is not None and unit == "year":
        return f"{value:.0f}"
    return format_value(value, unit or "1", language)


def numbers_in(text: str) -> list[Number]:
    """Every number of a text, in its order."""
    return [found for found in _tokens(text) if isinstance(found, Number)]


def number_changes(before: str, after: str) -> list[NumberChange]:
    """The numbers that differ between two texts, aligned by the words and units around them.

    Numbers that stand in the same place are a change; one that has no counterpart was added or removed.
    """
    old, new = list(_tokens(before)), list(_tokens(after))
    matcher = SequenceMatcher(a=[_shape(one) for one in old], b=[_shape(one) for one in new], autojunk=False)
    found: list[NumberChange] = []
    for what, a0, a1, b0, b1 in matcher.get_opcodes():
        one, other = ([t for t in tokens if isinstance(t, Number)] for tokens in (old[a0:a1], new[b0:b1]))
        pairs = list(zip(one, other, strict=False)) if what == "equal" or _same_units(one, other) else []
        found += [NumberChange("changed", x, y) for x, y in pairs if (x.value, x.unit) != (y.value, y.unit)]
        found += [NumberChange("removed", x, None) for x in one[len(pairs) :]]
        found += [NumberChange("added", None, y) for y in other[len(pairs) :]]
    return found


def _same_units(one: list[Number], other: list[Number]) -> bool:
    return bool(one) and len(one) == len(other) and all(x.unit == y.unit for x, y in zip(one, other, strict=True))


def _shape(token: Number | str) -> str:
    """What a token looks like to the alignment: a number is any number of its unit."""
    return f"#{token.unit or ''}" if isinstance(token, Number) else token


def _tokens(text: str) -> Iterator[Number | str]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup in ("live", "clause", "date", "word") else None
        whole = match.group().strip()
        if kind == "date":
            yield Number(float(re.sub(r"\D", "", _padded(whole))), "date", whole, match.start())
        elif kind is not None:
            yield whole
        elif match["krw"]:
            scale = _ENGLISH.get(match["krws"] or "", 1)
            yield Number(_value(match["krwn"]) * scale, "KRW", whole, match.start())
        elif match["money"]:
            yield from _scaled(match, whole)
        else:
            unit = (match["unit"] or "").strip()
            known = "KRW" if unit == "원" else _UNITS.get(unit)
            yield Number(_value(match["plain"]), known, whole, match.start())


def _scaled(match: re.Match[str], whole: str) -> Iterator[Number]:
    """A number in 조, 억 and 만: won when it says so, else what stands behind it."""
    value = sum(_value(digits) * _STEPS.get(step, 1) for digits, step in _PART.findall(match["money"]))
    after = (match["after"] or "").strip()
    unit = "KRW" if match["won"] else _UNITS.get(after)
    yield Number(float(value), unit, whole, match.start())


def _value(digits: str) -> float:
    return float(digits.replace(",", ""))


def _padded(text: str) -> str:
    return "-".join(part.zfill(2) for part in re.findall(r"\d+", text))
