"""Cells as people write them in Korean tables. What is withheld or not stated is None, and never 0.

*  X  비공개                 withheld: a small number that the publisher hides
-  …  (nothing)  미상        not stated
1,234  1 234명  1,234.5㎡    numbers with marks and units of their own
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from madang.errors import DataError
from madang.sources.registers.ksic import code_of_name, ksic

WITHHELD = frozenset({"*", "**", "***", "x", "X", "×", "비공개", "비밀", "(X)", "(x)", "s", "c"})
NOT_STATED = frozenset(
    {"", "-", "–", "—", "…", "...", "..", ".", "미상", "없음", "해당없음", "n/a", "N/A", "nan", "NaN"}
)
TOTALS = frozenset({"총계", "합계", "소계", "계", "전체", "총합계", "전국", "total", "전산업", "전체산업", "0", "00"})
LONGEST = 40  # characters of a number; what is longer is none
_COUNT = re.compile(r"[+]?\d[\d,\s]*(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?\d[\d,\s]*(?:\.\d+)?")
_COUNTED = re.compile(r"(명|개소|개사|개|곳|인)$")
_AREA = re.compile(r"(㎡|m2|m²|제곱미터)$", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})\s*(?:년|[-./])\s*(\d{1,2})\s*(?:월|[-./])\s*(\d{1,2})\s*(?:일|\.)?(?:\s.*|T.*)?")
_LEADING_CODE = re.compile(r"([A-Ua-u]?\d{0,5})(?=$|[\s.:)\]_-]|[가-힣(])")


def text(cell: Any) -> str:
    """A cell without padding; a whole number that a sheet keeps as 26.0 is '26'."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return re.sub(r"[\s\u00a0\u3000]+", " ", str(cell)).strip()


def is_withheld(cell: Any) -> bool:
    """Whether the publisher hides this number."""
    return text(cell) in WITHHELD


def is_unknown(cell: Any) -> bool:
    """Whether a cell says no number: withheld, or not stated."""
    return text(cell) in WITHHELD or text(cell) in NOT_STATED


def is_total(cell: Any) -> bool:
    """Whether a cell says that its row is a sum of others."""
    return re.sub(r"\s", "", text(cell)).lower() in TOTALS


def count(cell: Any, *, place: str, column: str) -> int | None:
    """A count of firms or people, 0 or more; None where it is unknown."""
    if is_unknown(cell):
        return None
    said = _COUNTED.sub("", text(cell)).strip()
    if not _COUNT.fullmatch(said) or len(said) > LONGEST:
        raise DataError("registers.not-a-count", place=place, column=column, found=text(cell))
    return int(float(re.sub(r"[,\s]", "", said)))


def amount(cell: Any, *, place: str, column: str) -> float | None:
    """A number that need not be whole; None where it is unknown."""
    if is_unknown(cell):
        return None
    said = text(cell)
    if not _NUMBER.fullmatch(said) or len(said) > LONGEST:
        raise DataError("registers.not-a-number", place=place, column=column, found=said)
    return float(re.sub(r"[,\s]", "", said))


def area_m2(cell: Any, *, place: str, column: str) -> float | None:
    """An area in square metres, above 0; a 0 in a register means that nobody wrote it down."""
    if is_unknown(cell):
        return None
    found = amount(_AREA.sub("", text(cell)).strip(), place=place, column=column)
    return found or None


def day(cell: Any, *, place: str, column: str) -> str | None:
    """A day as 2026-02-28; None where it is unknown."""
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    if is_unknown(cell):
        return None
    said = text(cell)
    if re.fullmatch(r"\d{8}", said):
        said = f"{said[:4]}-{said[4:6]}-{said[6:]}"
    found = _DAY.fullmatch(said)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else _not_a_day(cell, place, column)
    except ValueError:
        return _not_a_day(cell, place, column)


def _not_a_day(cell: Any, place: str, column: str) -> str:
    raise DataError("registers.not-a-day", place=place, column=column, found=text(cell))


def year(cell: Any, *, place: str, column: str) -> int:
    """A year: 2024, 2024년, 2024.12, 202412."""
    found = re.fullmatch(r"((?:19|20)\d{2})(?:년|[-./]?\d{1,2}월?|\s.*)?", text(cell))
    if not found:
        raise DataError("registers.not-a-year", place=place, column=column, found=text(cell) or "-")
    return int(found.group(1))


def industry(cell: Any, *, place: str, column: str) -> str | None:
    """The KSIC code a cell begins with, as it is kept: 'C26 전자부품…' -> 'C26'; None for a total or an empty cell."""
    said = text(cell)
    if is_total(said) or said in NOT_STATED:
        return None
    found = _LEADING_CODE.match(said)
    code = (found.group(1) if found else "") or code_of_name(said)
    if not code:
        raise DataError("registers.not-a-code", place=place, column=column, found=said)
    try:
        return ksic(code).text
    except DataError as wrong:
        raise DataError("registers.code-unknown", place=place, column=column, found=said, why=wrong) from None


def area_code(cell: Any) -> str:
    """The code of a place as digits; a sheet may keep it as a number or with a mark in front."""
    return re.sub(r"\D", "", text(cell))
