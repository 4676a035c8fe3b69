"""Industries finer than GRDP: which file would answer, and reading that file when the city has it.

The file is a CSV (UTF-8 or cp949), one row a region and KSIC code, with a column for the region's code, one for the
KSIC code, and at least one measure; the usual Korean headings are understood. A cell may be empty (withheld), which is
not zero. Codes are hierarchical: asked for "26", the rows of 26, 261, 2611 … answer, the coarsest that the file has, so
that totals and their parts are never added up.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang.errors import DataError
from madang.models.industries import INDUSTRIES, Industry, industry_of

REGION = ("region", "code", "adm_cd", "행정구역코드", "지역코드", "시군구코드")
KSIC = ("ksic", "industry", "산업코드", "산업분류코드", "업종코드")
MEASURES: Mapping[str, tuple[str, ...]] = {
    "workers": ("workers", "종사자수", "종사자 수", "종업원수"),
    "firms": ("firms", "establishments", "사업체수", "사업체 수"),
    "value_added": ("value_added", "부가가치", "부가가치액"),
}
ALL = ("0", "", "TOTAL", "전체", "전산업")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a detail file; a measure that is withheld is None."""

    region: str
    ksic: str
    measures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An industry somebody asked for: KSIC codes, and a GRDP industry if it is one of those."""

    text: str
    codes: tuple[str, ...]
    label: Mapping[str, str]
    industry: Industry | None


def understand(text: str) -> Asked | None:
    """What an asked industry means: one of the 16, a KSIC code, or a word of the catalogue; None when it is none."""
    wanted = text.strip()
    for industry in INDUSTRIES:
        names = {industry.id.lower(), industry.ko, industry.en.lower(), industry.source_name}
        if wanted.lower() in names or (len(wanted) == 1 and wanted.upper() in industry.sections):
            return Asked(wanted, tuple(industry.sections), industry.label, industry)
    for entry in _catalogue().values():
        if wanted.lower() in entry["words"]:
            return Asked(wanted, tuple(entry["ksic"]), {"ko": entry["ko"], "en": entry["en"]}, None)
    digits = wanted[1:] if wanted[:1].isalpha() else wanted
    if digits.isdigit() and 2 <= len(digits) <= 5 and industry_of(digits):
        return Asked(wanted, (digits,), {"ko": f"KSIC {digits}", "en": f"KSIC {digits}"}, None)
    return None


def files_that_answer() -> list[dict[str, Any]]:
    """The files that name industries finer than the 16 of GRDP."""
    return [dict(entry) for entry in _data("files.toml")["file"]]


def read_detail(data: bytes, name: str) -> list[Row]:
    """The rows of a detail file."""
    reader = csv.reader(io.StringIO(_text(data)))
    header = [cell.strip() for cell in next(reader, [])]
    region, ksic = _column(header, REGION), _column(header, KSIC)
    measures = {m: at for m, names in MEASURES.items() if (at := _column(header, names)) is not None}
    if region is None or ksic is None or not measures:
        raise DataError(
            "models.industry-file-columns",
            name=name,
            region=REGION[0],
            industry=KSIC[0],
            measure=" | ".join(MEASURES),
            found=", ".join(header)[:120],
        )
    rows = []
    for line, cells in enumerate(reader, 2):
        if any(cell.strip() for cell in cells):
            values = {m: _number(cells[at], name, line, m) for m, at in measures.items()}
            rows.append(Row(cells[region].strip(), _bare(cells[ksic]), values))
    return rows


def quotient(rows: Sequence[Row], *, region: str, codes: Sequence[str], measure: str) -> dict[str, Any]:
    """Value, share and location quotient of an industry in a region, against all regions of the file.

    A region takes in the rows of every code that begins with its own (a city and its dong), at the coarsest level.
    """
    here = [row for row in rows if row.region == region] or [row for row in rows if row.region.startswith(region)]
    asked_here, all_here = _sum(here, codes, measure), _sum(here, None, measure)
    asked, whole = _sum(rows, codes, measure), _sum(rows, None, measure)
    share = asked_here / all_here if asked_here is not None and all_here else None
    usual = asked / whole if asked is not None and whole else None
    return {
        "measure": measure,
        "value": asked_here,
        "share": share,
        "national_share": usual,
        "part_of_all_regions": asked_here / asked if asked_here is not None and asked else None,
        "location_quotient": share / usual if share is not None and usual else None,
        "regions": len({row.region for row in rows}),
    }


def _sum(rows: Sequence[Row], codes: Sequence[str] | None, measure: str) -> float | None:
    """The sum over the coarsest codes that begin with one of those asked for; None when a part of it is withheld."""
    kept = [r for r in rows if r.ksic not in ALL and (codes is None or any(r.ksic.startswith(c) for c in codes))]
    if not kept:
        return 0.0 if codes is not None and rows else None
    names = {row.ksic for row in kept}
    coarsest = {n for n in names if not any(other != n and n.startswith(other) for other in names)}
    values = [row.measures.get(measure) for row in kept if row.ksic in coarsest]
    return None if any(v is None for v in values) else float(sum(v for v in values if v is not None))


def _bare(code: str) -> str:
    """A KSIC code without its section letter: 'C2611' -> '2611'; a lone letter stays."""
    text = code.strip()
    return text[1:] if len(text) > 1 and text[0].isalpha() and text[1:].isdigit() else text


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    wanted = {n.lower().replace(" ", "") for n in names}
    return next((n for n, cell in enumerate(header) if cell.lower().replace(" ", "") in wanted), None)


def _number(cell: str, name: str, line: int, column: str) -> float | None:
    text = cell.strip().replace(",", "")
    if text in ("", "X", "x", "*", "-"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise DataError("models.industry-file-number", name=name, line=line, found=cell, column=column)
    return value


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("models.file-encoding")


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("madang.models.clusters.data").joinpath(name).read_text("utf-8"))


def _catalogue() -> dict[str, Any]:
    return _data("industries.toml")
