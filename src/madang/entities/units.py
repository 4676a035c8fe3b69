"""Units of measurement: which codes are known, what people call them, and what to say about one that isn't.

A `unitCode` is, in this order (NGSI-LD 4.5.2 asks for the first):

1. a UN/CEFACT Recommendation 20 common code ("MTK", "CEL", "GQ"): `data/units.tsv` holds those that cities use;
2. an ISO 4217 currency, which is how money is written: **"KRW" for whole Korean won**, never thousands or millions.
   Recommendation 20 has no codes for currencies. The price year of a sum stands beside it (`period`, `priceYear`);
3. a UCUM expression in case-sensitive syntax ("kW.h/m2", "{household}", "1/{person}") for what has no common code.

Counts: persons are "IE", jobs "E51"; households, companies and other counted things are UCUM annotations
("{household}", "{company}"), so that a count never loses what was counted. A UCUM expression is checked for syntax
and for known atoms; it is not reduced or converted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from madang.errors import DataError


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as people read it; `system` tells who keeps its code."""

    code: str
    symbol: str
    label: dict[str, str]
    quantity: str
    system: str


# Currencies that city data carry (ISO 4217).
_MONEY = {
    "KRW": ("₩", "Korean won", "원"),
    "USD": ("US$", "US dollar", "미국 달러"),
    "EUR": ("€", "euro", "유로"),
    "JPY": ("¥", "Japanese yen", "일본 엔"),
    "CNY": ("CN¥", "Chinese yuan", "중국 위안"),
    "GBP": ("£", "pound sterling", "영국 파운드"),
}

# Things counted, as UCUM annotations.
_COUNTED = {
    "{household}": ("household", "가구"),
    "{company}": ("company", "개사"),
    "{establishment}": ("establishment", "개소"),
    "{dwelling}": ("dwelling", "호"),
    "{vehicle}": ("vehicle", "대"),
    "{building}": ("building", "동"),
    "{floor}": ("floor", "층"),
    "{facility}": ("facility", "개소"),
    "{birth}": ("birth", "출생아"),
    "{death}": ("death", "사망"),
    "{case}": ("case", "건"),
    "{index}": ("index", "지수"),
    "{year}": ("year", "년도"),
    "{person-year}": ("person-year", "인년"),
}
_MORE_UCUM = {
    "{person}/km2": ("persons/km²", "persons per square kilometre", "제곱킬로미터당 명", "density"),
    "{company}/km2": ("companies/km²", "companies per square kilometre", "제곱킬로미터당 개사", "density"),
    "{vehicle}/h": ("vehicles/h", "vehicles per hour", "시간당 대", "traffic flow"),
    "10*-5": ("per 100k", "per hundred thousand", "10만 명당", "ratio"),
    "KRW/(kW.h)": ("₩/kWh", "won per kilowatt hour", "킬로와트시당 원", "price"),
    "KRW/kg": ("₩/kg", "won per kilogram", "킬로그램당 원", "price"),
    "{wafer}/mo": ("wafers/month", "wafer starts a month", "월간 웨이퍼 투입", "rate"),
    "KRW/m2": ("₩/m²", "won per square metre", "제곱미터당 원", "price"),
}


@cache
def all_units() -> dict[str, Unit]:
    """Every unit with a name, by code."""
    found: dict[str, Unit] = {}
    table = resources.files("madang.entities.data").joinpath("units.tsv").read_text("utf-8")
    for line in table.splitlines()[1:]:
        code, symbol, en, ko, quantity = line.split("\t")
        found[code] = Unit(code, symbol, {"ko": ko, "en": en}, quantity, "UN/CEFACT")
    for code, (symbol, en, ko) in _MONEY.items():
        found[code] = Unit(code, symbol, {"ko": ko, "en": en}, "money", "ISO 4217")
    for code, (en, ko) in _COUNTED.items():
        found[code] = Unit(code, en, {"ko": ko, "en": en}, "count", "UCUM")
    for code, (symbol, en, ko, quantity) in _MORE_UCUM.items():
        found[code] = Unit(code, symbol, {"ko": ko, "en": en}, quantity, "UCUM")
    return found


def is_unit(code: Any) -> bool:
    """Whether a code is known or is a well-formed UCUM expression."""
    return isinstance(code, str) and _is_unit(code)


@lru_cache(maxsize=4096)
def _is_unit(code: str) -> bool:
    return code in all_units() or is_ucum(code)


def check_unit(code: Any, *, place: str = "unit") -> str:
    """Give a good unit code back, or raise `entities.unknown-unit` with the nearest known codes."""
    if not is_unit(code):
        near = ", ".join(suggestions(str(code))) or "KRW, IE, KMK, P1, C62"
        raise DataError("entities.unknown-unit", place=place, found=code, near=near)
    return str(code)


def unit(code: str) -> Unit:
    """The unit of a code; a UCUM expression without a name of its own is its own symbol and label."""
    found = all_units().get(check_unit(code))
    return found or Unit(code, code, {"ko": code, "en": code}, "derived", "UCUM")


def suggestions(text: str) -> list[str]:
    """Known codes near a wrong one: by symbol or name first, then by spelling; at most five."""
    wanted = text.strip().casefold().replace("^", "").replace("2", "²").replace("3", "³")
    plain = text.strip().casefold()
    units = all_units()
    exact = [
        u.code
        for u in units.values()
        if {u.symbol.casefold(), u.label["en"].casefold(), u.label["ko"], u.code.casefold()} & {wanted, plain}
    ]
    names = {
        name.casefold(): u.code for u in units.values() for name in (u.code, u.symbol, u.label["en"], u.label["ko"])
    }
    near = [names[name] for name in get_close_matches(plain, names, n=5, cutoff=0.6)]
    return list(dict.fromkeys(exact + near))[:5]


# --- UCUM, case-sensitive syntax -------------------------------------------------------------------------------------

_METRIC = frozenset(
    """m g s rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv L l ar t bar u eV pc kat B cal st
    bit By Bd B[W] B[V] mho Ci R RAD REM Np""".split()  # noqa: SIM905 a table reads better as words
)
_PLAIN = frozenset(
    """% [ppth] [ppm] [ppb] [pph] 10* 10^ [pi] deg ' '' gon min h d wk mo a mo_s a_j har [degF] [mi_i] [ft_i] [in_i]
    [yd_i] [nmi_i] [kn_i] [acr_us] [gal_us] [bbl_us] [lb_av] [oz_av] atm [pH] [HP] [Btu] [Btu_IT] cal_IT
    KRW USD EUR""".split()  # noqa: SIM905
)
_PREFIXES = ("Y", "Z", "E", "P", "T", "G", "M", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y",
             "Ki", "Mi", "Gi", "Ti")  # fmt: skip
_ANNOTATION = re.compile(r"\{[\x21-\x7a\x7c\x7e]*\}")
_SIMPLE = re.compile(r"(10[*^]|\[[^\[\]]+\]|%|[A-Za-z_'\[\]]+?)([+-]?\d+)?(\{[\x21-\x7a\x7c\x7e]*\})?")


@lru_cache(maxsize=4096)
def is_ucum(text: str) -> bool:
    """Whether a text is a well-formed UCUM unit made of known atoms; a bare number other than 1 is none."""
    if not text or any(c.isspace() for c in text) or (text.isdigit() and text != "1"):
        return False
    return _term_ends(text, 0) == len(text)


def _term_ends(text: str, start: int) -> int:
    """Where the term that starts at `start` ends, or -1; a term is components joined by '.' and '/'."""
    at = start + 1 if text[start : start + 1] == "/" else start
    while True:
        at = _component_ends(text, at)
        if at < 0 or at >= len(text) or text[at] not in "./":
            return at
        at += 1


def _component_ends(text: str, start: int) -> int:
    if text[start : start + 1] == "(":
        inner = _term_ends(text, start + 1)
        return inner + 1 if 0 <= inner < len(text) and text[inner] == ")" else -1
    if annotation := _ANNOTATION.match(text, start):
        return annotation.end()
    end = start
    while end < len(text) and text[end] not in "./(){":
        end += 1
    if end < len(text) and text[end] == "{" and (annotation := _ANNOTATION.match(text, end)):
        end = annotation.end()
    word = text[start:end]
    if word.isascii() and word.isdigit():
        return end
    found = _SIMPLE.fullmatch(word)
    return end if found and _is_atom(found[1]) else -1


def _is_atom(symbol: str) -> bool:
    if symbol in _METRIC or symbol in _PLAIN:
        return True
    return any(symbol.startswith(p) and symbol[len(p) :] in _METRIC for p in _PREFIXES)
