"""The rows of a register of memoranda (.xlsx, .csv), each checked by itself.

Columns are known by their usual Korean or English headings; other headings are mapped. An amount is whole won; a
heading may name a larger unit ("협약액(억원)") and is then converted exactly: a part of a won is refused, never
rounded. Every row that is wrong is named with its line and what to do.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment.standing import MOST
from madang.errors import CallerError, DataError, Pair
from madang.sources.encoding import decoded

HEADINGS: dict[str, tuple[str, ...]] = {
    "company": ("기업명", "기업", "업체명", "회사명", "company"),
    "number": ("협약번호", "관리번호", "number"),
    "pledged": ("협약액", "투자금액", "투자액", "협약금액", "pledged"),
    "sector": ("업종", "산업", "sector"),
    "site": ("입지", "투자지역", "위치", "site"),
    "signed_on": ("체결일", "협약일", "signed_on", "signed"),
    "jobs": ("고용계획", "고용인원", "고용", "jobs"),
    "stage": ("단계", "추진단계", "stage"),
    "stage_on": ("단계일자", "단계일", "stage_on"),
    "standing": ("유효협약액", "standing"),
    "contracted": ("계약액", "contracted"),
    "realised": ("실투자액", "realised", "realized"),
    "evidence": ("근거문서", "근거", "evidence"),
    "because": ("변경사유", "사유", "because"),
    "lon": ("경도", "lon"),
    "lat": ("위도", "lat"),
}
NEEDED = ("company", "pledged", "signed_on")
UNITS = {"원": 1, "천원": 1_000, "만원": 10_000, "백만원": 1_000_000, "억원": 100_000_000, "krw": 1}
MONEY = ("pledged", "standing", "contracted", "realised")
STAGES_IN_KOREAN = {
    "협약": "pledged",
    "계약": "contracted",
    "인허가": "permitted",
    "착공": "under-construction",
    "가동": "operating",
    "무산": "cancelled",
}
SHOWN = 12  # wrong rows told in one sentence; the others are counted


@dataclass(frozen=True)
class Row:
    """One row of the register, checked by itself."""

    line: int
    company: str
    pledged: int
    signed_on: str
    number: str | None = None
    sector: str | None = None
    site: str | None = None
    jobs: int | None = None
    stage: str = "pledged"
    stage_on: date | None = None
    standing: int | None = None
    contracted: int | None = None
    realised: int | None = None
    evidence: str | None = None
    because: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass
class Wrong:
    """What is wrong in a table, row by row."""

    file: str
    told: list[Pair] = field(default_factory=list)

    def add(self, line: int, code: str, **facts: Any) -> None:
        self.told.append(f.label(f"row-{code}", line=line, **facts))

    def end(self) -> None:
        """Raise all of it together, if there is any."""
        if not self.told:
            return
        shown = {language: "\n".join(f"  {one[language]}" for one in self.told[:SHOWN]) for language in ("ko", "en")}
        raise DataError(
            "investment.register-wrong", file=self.file, count=len(self.told), shown=min(SHOWN, len(self.told)),
            rows=shown,
        )  # fmt: skip


def read_register(path: Path, *, columns: Mapping[str, str] | None = None) -> list[Row]:
    """The rows of a table, each checked; raises one error that names every wrong row."""
    lines = _table(path)
    header = [str(cell).strip() if cell is not None else "" for cell in lines[0]] if lines else []
    places, scales = _columns(path.name, header, columns or {})
    wrong, rows, seen = Wrong(path.name), list[Row](), dict[tuple[str, str | None], int]()
    for line, cells in enumerate(lines[1:], 2):
        if not any(cell not in (None, "") and str(cell).strip() for cell in cells):
            continue
        told = {name: cells[at] if at < len(cells) else None for name, at in places.items()}
        row = _row(line, told, scales, wrong)
        if row is None:
            continue
        first = seen.setdefault((row.company, row.number), line)
        if first != line:
            wrong.add(line, "twice", company=row.company, first=first)
        rows.append(row)
    if not rows and not wrong.told:
        raise DataError("investment.register-empty", file=path.name)
    wrong.end()
    return rows


def _table(path: Path) -> list[Sequence[Any]]:
    import openpyxl  # a tenth of a second that only a workbook's reader waits for
    from openpyxl.utils.exceptions import InvalidFileException

    if path.suffix.lower() in (".xlsx", ".xlsm"):
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as wrong:
            raise DataError("investment.register-unreadable", file=path.name, why=wrong) from None
        try:
            return [list(row) for row in book[book.sheetnames[0]].iter_rows(values_only=True)]
        finally:
            book.close()
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise DataError("investment.register-kind", file=path.name)
    if not path.is_file():
        raise DataError("investment.register-unreadable", file=path.name, why="-")
    text, _ = decoded(path, None)
    head = text.partition("\n")[0]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count)))


def _columns(file: str, header: Sequence[str], mapped: Mapping[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """Where each field stands, and by how much its amounts are multiplied."""
    stray = set(mapped) - set(HEADINGS)
    if stray:
        raise CallerError("investment.column-unknown", field=", ".join(sorted(stray)), known=", ".join(HEADINGS))
    places: dict[str, int] = {}
    scales: dict[str, int] = {}
    for name, usual in HEADINGS.items():
        wanted = (mapped[name],) if name in mapped else usual
        for at, heading in enumerate(header):
            bare, _, unit = heading.replace(" ", "").partition("(")
            if heading in wanted or bare in wanted or bare.lower() in wanted:
                if name in places:
                    raise DataError("investment.column-twice", file=file, field=name, heading=heading)
                places[name] = at
                scales[name] = _scale(file, heading, unit.rstrip(")")) if name in MONEY else 1
    missing = [name for name in NEEDED if name not in places] + [name for name in mapped if name not in places]
    if missing:
        told = ", ".join(f"{name} ({HEADINGS[name][0]})" for name in dict.fromkeys(missing))
        raise DataError("investment.column-missing", file=file, missing=told, header=", ".join(filter(None, header)))
    return places, scales


def _scale(file: str, heading: str, unit: str) -> int:
    if not unit:
        return 1
    if unit.lower() not in UNITS:
        raise DataError("investment.unit-unknown", file=file, heading=heading, known=", ".join(UNITS))
    return UNITS[unit.lower()]


def _row(line: int, told: Mapping[str, Any], scales: Mapping[str, int], wrong: Wrong) -> Row | None:
    before = len(wrong.told)
    made: dict[str, Any] = {"line": line}
    for name in ("company", "number", "sector", "site", "evidence", "because"):
        made[name] = _text(told.get(name))
    for name in (*MONEY, "jobs"):
        made[name] = _whole(line, name, told.get(name), scales.get(name, 1), wrong)
    for name in ("lon", "lat"):
        made[name] = _degrees(line, name, told.get(name), wrong)
    made["signed_on"] = _date(line, "signed_on", told.get("signed_on"), wrong)
    stage_on = _date(line, "stage_on", told.get("stage_on"), wrong)
    when = f.stated(stage_on)
    made["stage_on"] = when.last if when else None
    stage = _text(told.get("stage")) or "pledged"
    made["stage"] = STAGES_IN_KOREAN.get(stage, stage)
    if made["stage"] not in STAGES_IN_KOREAN.values():
        wrong.add(line, "stage", found=stage, known=", ".join(STAGES_IN_KOREAN))
    elif len(wrong.told) == before:
        _consistent(line, made, wrong)
    for name in NEEDED:
        if made[name] is None and len(wrong.told) == before:
            wrong.add(line, "missing", field=f.label(f"column-{name}"))
    return Row(**made) if len(wrong.told) == before else None


def _consistent(line: int, made: Mapping[str, Any], wrong: Wrong) -> None:
    """What the amounts of one row say against each other."""
    if made["pledged"] is not None and made["pledged"] == 0:
        wrong.add(line, "nothing", company=made["company"] or "-")
    if (made["realised"] or 0) > (made["contracted"] or 0):
        wrong.add(line, "realised", realised=f"{made['realised']:,}", contracted=f"{made['contracted'] or 0:,}")
    if made["stage"] not in ("pledged", "cancelled") and made["contracted"] is None:
        wrong.add(line, "contract", stage=f.label(f"stage-{made['stage']}"))
    if made["standing"] is not None and made["pledged"] is not None and made["standing"] > made["pledged"]:
        wrong.add(line, "standing", standing=f"{made['standing']:,}", pledged=f"{made['pledged']:,}")
    over = made["pledged"] is not None and (made["contracted"] or 0) > made["pledged"]
    if over and not made["evidence"]:
        wrong.add(line, "above", contracted=f"{made['contracted']:,}", pledged=f"{made['pledged']:,}")


def _text(cell: Any) -> str | None:
    text = "" if cell is None else str(cell).strip()
    return text or None


def _whole(line: int, name: str, cell: Any, scale: int, wrong: Wrong) -> int | None:
    text = _text(cell)
    if text is None:
        return None
    try:
        amount = Decimal(text.replace(",", "")) * scale
    except InvalidOperation:
        wrong.add(line, "text", field=f.label(f"column-{name}"), found=text)
        return None
    if not amount.is_finite() or amount != amount.to_integral_value():
        wrong.add(line, "part", field=f.label(f"column-{name}"), found=text)
        return None
    if amount < 0:
        wrong.add(line, "negative", field=f.label(f"column-{name}"), found=text)
        return None
    if amount > MOST:
        wrong.add(line, "too-much", field=f.label(f"column-{name}"), found=text[:24], most=f"{MOST:,}")
        return None
    return int(amount)


def _degrees(line: int, name: str, cell: Any, wrong: Wrong) -> float | None:
    text = _text(cell)
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    low, high = (-180, 180) if name == "lon" else (-90, 90)
    if not low <= found <= high:
        wrong.add(line, "text", field=f.label(f"column-{name}"), found=text)
        return None
    return found


def _date(line: int, name: str, cell: Any, wrong: Wrong) -> str | None:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    text = _text(cell)
    if text is None:
        return None
    parts = [part for part in text.replace(".", "-").replace("/", "-").replace(" ", "").split("-") if part]
    plain = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])]) if parts else text
    if f.stated(plain) is None:
        wrong.add(line, "date", field=f.label(f"column-{name}"), found=text)
        return None
    return plain
