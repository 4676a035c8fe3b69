"""Exports and imports by HS item, partner and year, in US dollars: one `TradeFlow` an item, partner, direction, period.

The unit of money must be stated, in the heading ("수출금액(천 달러)") or above the table ("단위: 천 달러"): customs and
trade associations publish both dollars and thousands of dollars under the same heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from madang.entities.entity import Document, language_property, property_
from madang.errors import DataError
from madang.sources.registers import cells
from madang.sources.registers.making import Making, joined
from madang.sources.registers.sheets import Row

UNITS = {
    "usd": 1, "달러": 1, "us$": 1, "$": 1, "불": 1,
    "천달러": 1000, "천불": 1000, "천usd": 1000, "usd천": 1000, "us$1,000": 1000, "1,000usd": 1000, "천us$": 1000,
    "백만달러": 1_000_000, "백만불": 1_000_000, "백만usd": 1_000_000,
}  # fmt: skip
IN_DOLLARS = frozenset({"expdlr", "impdlr", "금액달러"})  # headings that name the unit themselves
FLOWS = {"수출": "export", "export": "export", "수입": "import", "import": "import", "e": "export", "i": "import"}
WHOLE = frozenset({"전세계", "세계", "world", "전체국가"})


def read(making: Making) -> list[Document]:
    """The flows of a table of trade."""
    factors = {
        name: _factor(making, name) for name in ("export", "import", "amount") if name in making.sheet.heading.at
    }
    making.each(lambda row: _row(making, row, factors))
    making.say_unread()
    flows = [document for _, document in making.made.values()]
    making.count("flows", len(flows))
    return flows


def _row(making: Making, row: Row, factors: dict[str, int]) -> None:
    partner = cells.text(row["partner"])
    if cells.is_total(row["hs"]) or cells.is_total(partner) or partner.lower() in WHOLE:
        making.tally.leave_out("total", example=row.where)
        return
    hs, period = _hs(making, row), _period(making, row)
    named = [("partner", partner), ("placeName", cells.text(row["place"])), ("name", making.words(row, "item"))]
    made = []
    for flow, amount, weight in _flows(making, row, factors):
        one = making.begun("TradeFlow", joined((hs, partner, flow, period, cells.text(row["place"]))))
        one |= {"hsCode": property_(hs), "flow": property_(flow)}
        one |= {n: language_property({"ko": v}) if n == "name" else property_(v) for n, v in named if v}
        one |= {"year": property_(int(period[:4])), "period": property_(period)}
        for name, value, unit in (("amount", amount, "USD"), ("weight", weight, "KGM")):
            if value is not None:
                one[name] = property_(value, unit=unit)
        made.append(one)
    making.keep(row, *made)


def _flows(making: Making, row: Row, factors: dict[str, int]) -> Iterator[tuple[str, float | None, float | None]]:
    """The flows of a row: of its export and import columns, or of its amount and direction."""
    if "amount" in factors and "flow" in row.cells:
        said = cells.text(row["flow"]).lower()
        if said not in FLOWS:
            raise DataError("registers.flow-unknown", place=row.where, column=making.heading("flow"), found=said)
        yield FLOWS[said], _money(making, row, "amount", factors), _weight(making, row, "weight")
        return
    for name in ("export", "import"):
        if name in factors and cells.text(row[name]) not in cells.NOT_STATED:
            yield name, _money(making, row, name, factors), _weight(making, row, f"{name}-weight")


def _money(making: Making, row: Row, column: str, factors: dict[str, int]) -> float | None:
    found = cells.amount(row[column], place=row.where, column=making.heading(column))
    if found is None:
        making.count("withheld_cells" if cells.is_withheld(row[column]) else "unstated_cells")
        return None
    return round(found * factors[column], 2)


def _weight(making: Making, row: Row, column: str) -> float | None:
    if column not in row.cells:
        return None
    return cells.amount(row[column], place=row.where, column=making.heading(column))


def _period(making: Making, row: Row) -> str:
    said = cells.text(row["year"])
    month = re.fullmatch(r"(\d{4})[-./년 ]{0,2}(0[1-9]|1[0-2])월?", said)
    if month:
        return f"{month.group(1)}-{month.group(2)}"
    return str(cells.year(row["year"], place=row.where, column=making.heading("year")))


def _hs(making: Making, row: Row) -> str:
    """An HS code of 2 to 10 digits; a leading 0 that a spreadsheet ate is put back and counted."""
    digits = re.sub(r"[.\s-]", "", cells.text(row["hs"]))
    if len(digits) % 2 and digits.isdecimal():
        digits = f"0{digits}"
        making.count("leading_zeros_put_back")
    if not digits.isdecimal() or not 2 <= len(digits) <= 10 or digits[:2] in ("00", "77") or int(digits[:2]) > 97:
        found = cells.text(row["hs"]) or "-"
        raise DataError("registers.hs-malformed", place=row.where, column=making.heading("hs"), found=found)
    return digits


def _factor(making: Making, column: str) -> int:
    """How many dollars one unit of a column is."""
    heading = making.sheet.heading
    above = re.search(r"단위\s*[:：]?\s*([^)\]）,]+)", making.sheet.titles)
    for said in (heading.unit(column), above.group(1) if above else ""):
        plain = re.sub(r"[\s단위:：]", "", said).lower()
        if plain in UNITS:
            return UNITS[plain]
    if _plain(heading.name(column)) in IN_DOLLARS:
        return 1
    found = heading.unit(column) or "-"
    raise DataError("registers.unit-unstated", place=making.sheet.place, column=heading.name(column), found=found)


def _plain(text: Any) -> str:
    return re.sub(r"[\s_()]+", "", str(text)).lower()
