"""Registers of firms: factories as Factory-On gives them out, and lists of venture firms.

A factory is an establishment: a company with three of them stands there three times, which is counted and said. Names
of representatives, telephone and fax numbers and e-mail addresses are not read. An address is kept as it is written;
where it lies is found in the city file (`city.clusters.place_firms`), by parcel or dong, and never guessed.
"""

from __future__ import annotations

import re
from collections import Counter

from madang.entities.entity import Document, language_property, list_property, property_
from madang.errors import DataError, both
from madang.sources.registers import cells
from madang.sources.registers.ksic import code_of_name, known_codes
from madang.sources.registers.making import Making, joined
from madang.sources.registers.sheets import Row

TEXTS = {
    "address": "address",
    "dong": "placeName",
    "products": "products",
    "industry": "industryName",
    "complex": "complex",
    "venture": "ventureKind",
    "category": "category",
}
AREAS = {"land": "landArea", "building": "buildingArea"}
DAYS = {"registered": "validFrom", "from": "validFrom", "until": "validTo"}
_CODES = re.compile(r"[A-U]?\d{2,5}(?!\d)")


def read_factories(making: Making) -> list[Document]:
    """The factories of a register."""
    return _read(making, "factory")


def read_ventures(making: Making) -> list[Document]:
    """The firms of a list of venture firms."""
    return _read(making, "venture")


def _read(making: Making, kind: str) -> list[Document]:
    making.each(lambda row: _row(making, row, kind))
    making.say_unread()
    firms = [document for _, document in making.made.values()]
    unmapped = [one for one in firms if "ksicCodes" not in one]
    making.count("without_industry", len(unmapped))
    if unmapped:
        said = Counter(_said(one) for one in unmapped)
        listed = ", ".join(f"{name} {n}" for name, n in said.most_common(5))
        making.tally.notes.append(both("registers.note-unmapped", count=len(unmapped), listed=listed))
    several = sum(n - 1 for n in Counter(str(one["name"]["languageMap"]["ko"]) for one in firms).values() if n > 1)
    if several:
        making.tally.notes.append(both("registers.note-several", count=several))
    return firms


def _row(making: Making, row: Row, kind: str) -> None:
    name = making.words(row, "company")
    if cells.is_total(name):
        making.tally.leave_out("total", example=row.where)
        return
    if not name:
        raise DataError("registers.no-name", place=row.where, column=making.heading("company"))
    number, address = cells.text(row["number"]), making.words(row, "address")
    keyed = number if (number and not number.isdecimal()) or len(number) > 6 else joined((name, address))
    made = making.begun("Firm", keyed)  # a short bare number is that of the line, which another file counts anew
    made["name"] = language_property({"ko": name})
    made["kind"] = property_(kind)
    for column, attribute in TEXTS.items():
        if column in row.cells and (said := making.words(row, column)):
            made[attribute] = property_(said)
    for column, attribute in AREAS.items():
        if column in row.cells and (area := cells.area_m2(row[column], place=row.where, column=making.heading(column))):
            made[attribute] = property_(area, unit="MTK")
    for column, attribute in DAYS.items():
        if column in row.cells and (day := cells.day(row[column], place=row.where, column=making.heading(column))):
            made[attribute] = property_(day)
    if "founded" in row.cells and not cells.is_unknown(row["founded"]):
        said = cells.text(row["founded"])[:4]
        made["foundedYear"] = property_(cells.year(said, place=row.where, column=making.heading("founded")))
    if "employees" in row.cells and (workers := making.counted(row, "employees")) is not None:
        made["employees"] = property_(workers, unit="IE", period=making.period)
    if codes := _codes(making, row):
        made["ksicCodes"] = list_property(codes)
    if (point := making.located(row)) is not None:
        made["location"] = point
        made["positionQuality"] = property_("register")
    making.keep(row, made)


def _codes(making: Making, row: Row) -> list[str]:
    """The KSIC codes that a row says, by code or by the name of the industry; what is not known is not guessed."""
    said = cells.text(row["ksic"])
    found = known_codes(_CODES.findall(said.upper()))
    by_name = code_of_name(said) or code_of_name(cells.text(row["industry"]))
    if not found and said and _CODES.search(said.upper()):
        making.count("unknown_codes")
    return list(dict.fromkeys(found or ([by_name] if by_name else [])))


def _said(firm: Document) -> str:
    found = firm.get("industryName") or firm.get("products") or {"value": "-"}
    return str(found["value"])[:30]
