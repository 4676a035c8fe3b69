"""Numbers as they are printed, read again: 1조 3,742억 원, KRW 1.3742 tn, 12.5 %, 1,000명.

By this a printed text is held against the value it stands for. What is no number (a year in words, 자료 없음) is not
judged.
"""

from __future__ import annotations

import re
from decimal import Decimal

_KOREAN = {"조": 10**12, "억": 10**8, "만": 10**4}
_ENGLISH = {"tn": 10**12, "bn": 10**9, "mn": 10**6}
_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_PARTS = re.compile(rf"({_NUMBER})\s*(조|억|만|tn|bn|mn)?")
_BEFORE = re.compile(r"(?:약|총|about|KRW|[-+\s])*")  # "제3조" is an article, no amount
SCALES = (1, 100, 10**3, 10**4, 10**6, 10**8, 10**12)  # per cent; a table in thousands, millions, 억


def printed_number(text: str) -> tuple[Decimal, Decimal] | None:
    """The number a text prints and half a unit of its last digit, or None where it prints not just one number."""
    spoken = text.replace("−", "-").replace("△", "-").replace("▲", "-").strip()
    found = list(_PARTS.finditer(spoken))
    if not found or (len(found) > 1 and not all(one[2] in _KOREAN for one in found[:-1])):
        return None
    if not _BEFORE.fullmatch(spoken[: found[0].start()]):
        return None
    between = spoken[found[0].end() : found[-1].start()]
    if re.search(r"[^\s0-9,.조억만]", between):
        return None
    total, half = Decimal(0), Decimal(1)
    for one in found:
        scale = Decimal((_KOREAN | _ENGLISH).get(one[2] or "", 1))
        digits = one[1].replace(",", "")
        total += Decimal(digits) * scale
        half = scale / Decimal(10 ** len(digits.partition(".")[2])) / 2
    return (-total if re.match(r"\s*(?:KRW\s*)?-", spoken) or "-KRW" in spoken else total), half


def says(text: str, value: float | int | None) -> bool | None:
    """Whether a printed text says a value, to the digits it prints; None where it prints no number to be judged."""
    number = printed_number(text)
    if number is None or value is None or isinstance(value, bool):
        return None
    said, half = number
    exact = Decimal(repr(value))
    slack = half * Decimal("1.0001")
    signs = (said, -said) if said >= 0 and exact < 0 else (said,)  # "1,200명 감소" says -1,200
    return any(abs(one * scale / by - exact) <= slack * scale / by for one in signs for scale, by in _scales())


def _scales() -> list[tuple[int, int]]:
    return [(scale, 1) for scale in SCALES] + [(1, 100)]
