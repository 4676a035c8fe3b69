"""A quantity: a value with unit, band, number of ensemble members, method and status. And how people read it.

An unknown value is None and is shown as 자료 없음 / no data, never as zero. Units are UN/CEFACT codes, else UCUM, with
"KRW" (ISO 4217) for money and "1" for pure ratios. Figures are rounded here, on the way out, and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from madang.errors import Language
from madang.indicators.provenance import Status

SIGNIFICANT_DIGITS = 12  # kept
SHOWN_DIGITS = 4
NO_DATA = {"ko": "자료 없음", "en": "no data"}

_KOREAN_STEPS = ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, ""))
_ENGLISH_STEPS = ((10**12, "tn"), (10**9, "bn"), (10**6, "mn"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit, band (p05, p50, p95 of n members), method and status; `note` says why a value is None."""

    value: float | None
    unit: str
    p05: float | None = None
    p50: float | None = None
    p95: float | None = None
    n: int | None = None
    method: str = ""
    status: Status | None = None
    note: dict[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The quantity as plain JSON values, in a fixed order."""
        return asdict(self)

    def rounded(self) -> Quantity:
        """The quantity as it is stored and shown: money in whole won, the rest to twelve significant digits."""
        value, p05, p50, p95 = (rounded(v, self.unit) for v in (self.value, self.p05, self.p50, self.p95))
        return replace(self, value=value, p05=p05, p50=p50, p95=p95)


def rounded(value: float | None, unit: str) -> float | int | None:
    """A figure rounded on its way out: whole won for money, twelve significant digits else; NaN and None give None."""
    if value is None or not math.isfinite(value):
        return None
    if unit == "KRW":
        return round(value)
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0  # never -0.0


def format_quantity(quantity: Quantity, language: Language = "en", *, band: bool = False) -> str:
    """A quantity as people read it; with `band`, its p05 and p95 behind it in brackets."""
    text = format_value(quantity.value, quantity.unit, language)
    if band and quantity.p05 is not None and quantity.p95 is not None:
        low, high = (format_value(v, quantity.unit, language) for v in (quantity.p05, quantity.p95))
        return f"{text} ({low} ~ {high})" if language == "ko" else f"{text} ({low} to {high})"
    return text


# Units that stand behind their number wherever it is written.
_WRITTEN: dict[str, dict[Language, str]] = {
    "DAY": {"ko": "일", "en": "days"},
    "HUR": {"ko": "시간", "en": "h"},
    "MIN": {"ko": "분", "en": "min"},
    "KMT": {"ko": "km", "en": "km"},
    "KWT": {"ko": "kW", "en": "kW"},
    "MAW": {"ko": "MW", "en": "MW"},
    "KWH": {"ko": "kWh", "en": "kWh"},
    "MWH": {"ko": "MWh", "en": "MWh"},
    "KGM": {"ko": "kg", "en": "kg"},
    "TNE": {"ko": "t", "en": "t"},
    "KRW/kg": {"ko": "원/kg", "en": "KRW/kg"},
    "{person-year}": {"ko": "인년", "en": "person-years"},
}


def format_value(value: float | None, unit: str, language: Language = "en") -> str:
    """A bare value as people read it: money in 조/억 or tn/bn, numbers with thousands separators, unknown as words."""
    if value is None:
        return NO_DATA[language]
    if unit == "KRW":
        return format_money(value, language)
    if unit == "P1":
        return f"{value:,.1f} %"
    if unit in ("IE", "person"):
        return f"{value:,.0f}" + ("명" if language == "ko" else "")
    if unit == "{year}":
        return f"{value:.0f}" + ("년" if language == "ko" else "")  # a year is no amount: no separators
    if unit in _WRITTEN:
        return f"{format_number(value)} {_WRITTEN[unit][language]}"
    return format_number(value)


def format_number(value: float, shown: int = SHOWN_DIGITS) -> str:
    """A number with all its whole digits, and as many behind the point as make four significant; no exponent."""
    if not math.isfinite(value):
        return str(value)
    if float(value).is_integer():
        return f"{value + 0.0:,.0f}"  # never -0
    digits = int(f"{value:e}".partition("e")[2])  # of the first significant one: 2 for 123, -3 for 0.004
    text = f"{value:,.{max(0, shown - 1 - digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_money(won: float, language: Language = "en") -> str:
    """Whole won as people write it: 1조 3,742억 원; KRW 1.3742 tn."""
    return _korean_money(won) if language == "ko" else _english_money(won)


def _korean_money(won: float) -> str:
    sign, left = ("-" if round(won) < 0 else ""), abs(round(won))
    largest = next((n for n, (size, _) in enumerate(_KOREAN_STEPS) if left >= size), 3)
    last = min(largest + 1, 3)
    unit = _KOREAN_STEPS[last][0]
    left = (left + unit // 2) // unit * unit  # two steps are read; the rest is rounded into the second
    parts = []
    for size, name in _KOREAN_STEPS[: last + 1]:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:,}{name}")
    text = " ".join(parts) or "0"
    return f"{sign}{text}원" if text[-1].isdigit() else f"{sign}{text} 원"


def _english_money(won: float) -> str:
    sign, amount = ("-" if round(won) < 0 else ""), abs(round(won))
    for n, (size, name) in enumerate(_ENGLISH_STEPS):
        if amount >= size:
            digits = format_number(amount / size, 5)
            if n and digits == "1,000":  # 999,999,500,000 reads 1 tn, not 1,000 bn
                digits, name = "1", _ENGLISH_STEPS[n - 1][1]
            return f"{sign}KRW {digits} {name}"
    return f"{sign}KRW {amount:,}"
