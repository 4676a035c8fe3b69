"""The business census: establishments and workers by place and KSIC industry, one entity a place and year.

A row whose industry is a total gives the place's own total; a row whose place is a total is left out, for it is the
sum of rows that stand there. Counts that are withheld are null in the entity, and never 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from madang.entities.entity import Document, Instance, json_property, property_
from madang.errors import DataError
from madang.sources.registers import cells
from madang.sources.registers.ksic import names, sections
from madang.sources.registers.making import Making, joined
from madang.sources.registers.sheets import Row

MEASURES = {"firms": ("firmsByIndustry", "companies", "{company}"), "workers": ("workersByIndustry", "workers", "IE")}
_SECTION = re.compile(r"(?:industry_)?([a-u])(?:\..*)?")


@dataclass
class Place:
    """One place and year while its rows are gathered: counts by measure and industry, totals by measure."""

    document: Document
    counts: dict[str, dict[str, int | None]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)  # industry -> line that said it


def read(making: Making) -> list[Document]:
    """The entities of a long table: one row a place and industry."""
    places: dict[str, Place] = {}
    making.each(lambda row: _row(making, places, row))
    making.say_unread()
    return _told(making, places)


def read_wide(making: Making) -> list[Document]:
    """The entities of a wide table: one row a place, one column a section."""
    places: dict[str, Place] = {}
    columns = {n: code for n, cell in enumerate(making.sheet.heading.all) if (code := _section(cell))}
    making.each(lambda row: _wide_row(making, places, columns, row))
    return _told(making, places)


def _row(making: Making, places: dict[str, Place], row: Row) -> None:
    if _is_whole(row):
        making.tally.leave_out("total", example=row.where)
        return
    place = _place(making, places, row)
    code = cells.industry(row["ksic"], place=row.where, column=making.heading("ksic"))
    held = {name: making.counted(row, name) for name in MEASURES if name in row.cells}
    if code is None:
        place.totals |= {name: value for name, value in held.items() if value is not None}
    elif code in place.lines:
        if any(place.counts[name][code] != value for name, value in held.items()):
            raise DataError("registers.said-twice", place=row.where, code=code, first=place.lines[code])
        making.tally.leave_out("duplicate", example=row.where)
        return
    else:
        place.lines[code] = row.where
        for name, value in held.items():
            place.counts.setdefault(name, {})[code] = value
    making.tally.kept += 1


def _wide_row(making: Making, places: dict[str, Place], columns: dict[int, str], row: Row) -> None:
    if _is_whole(row):
        making.tally.leave_out("total", example=row.where)
        return
    place = _place(making, places, row)
    if place.counts:
        raise DataError("registers.said-twice", place=row.where, code="", first=place.lines[""])
    place.lines[""] = row.where
    if (total := making.counted(row, "workers") if "workers" in row.cells else None) is not None:
        place.totals["workers"] = total
    for n, code in columns.items():
        found = cells.count(row.every[n], place=row.where, column=making.sheet.heading.all[n])
        place.counts.setdefault("workers", {})[code] = found
        making.count("withheld_cells", found is None and cells.is_withheld(row.every[n]))
        making.count("unstated_cells", found is None and not cells.is_withheld(row.every[n]))
    making.tally.kept += 1


def _is_whole(row: Row) -> bool:
    """Whether a row is of all places together."""
    named = cells.text(row["place"])
    return cells.is_total(named) if named else cells.is_total(row["code"]) and bool(cells.text(row["code"]))


def _place(making: Making, places: dict[str, Place], row: Row) -> Place:
    code, name = cells.area_code(row["code"]), cells.text(row["place"])
    if not code and not name:
        raise DataError("registers.no-place", place=row.where, columns="행정구역코드, 행정동명")
    year = None
    if "year" in row.cells:
        year = cells.year(row["year"], place=row.where, column=making.heading("year"))
    elif making.period is not None:
        year = int(making.period[:4])
    key = joined((code or name, year or "unstated"))
    if key not in places:
        made = making.begun("IndustryStatistic", key)
        made |= {n: property_(value) for n, value in (("code", code), ("placeName", name)) if value}
        if year is not None:
            made |= {"year": property_(year), "period": property_(str(year))}
        places[key] = Place(made)
    return places[key]


def _told(making: Making, places: dict[str, Place]) -> list[Document]:
    """The entities with their counts; each place once."""
    for place in places.values():
        for name, (by_industry, total, unit) in MEASURES.items():
            if name in place.counts:
                place.document[by_industry] = json_property(dict(sorted(place.counts[name].items())))
            if name in place.totals:
                place.document[total] = _total(place.totals[name], unit)
    making.count("places", len(places))
    making.count("industries", len({code for one in places.values() for held in one.counts.values() for code in held}))
    named = names().keys() | sections().keys()
    unnamed = {code for one in places.values() for held in one.counts.values() for code in held} - named
    making.count("industries_without_a_name", len(unnamed))
    return [one.document for one in places.values()]


def _total(value: int, unit: str) -> Instance:
    return property_(value, unit=unit)


def _section(heading: Any) -> str | None:
    """The section that a column of a wide table stands for."""
    plain = re.sub(r"\s", "", cells.text(heading)).lower()
    found = _SECTION.fullmatch(plain)
    if found:
        return found.group(1).upper()
    return next((letter for letter, one in sections().items() if re.sub(r"\s", "", one["ko"]) == plain), None)
