"""Census rows as `Statistic` entities: one place, one table, one year, one attribute an item.

A Statistic names what it has no number for: `withheld` (hidden small numbers) and `absent` (merged into another
item, or not stated). It refers to its place where the city has that place; a dong of 2015 or 2025 that is not among the
boundaries of 2020 keeps its code and name and has no `refPlace`, so that no figure is drawn on a wrong outline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from madang.entities.entity import Document, language_property, list_property, property_, relationship, urn
from madang.entities.vocabulary import item_name
from madang.sources.korea.census import Rows
from madang.sources.korea.codes import boundary_code
from madang.sources.korea.datasets import definition
from madang.sources.korea.names import WON_PER_MILLION, table_slug, unit_code

UNSTATED = "unstated"  # the price basis of the source's money


@dataclass(slots=True)
class Figures:
    """The numbers of one place, table and year."""

    code: str
    table: str
    year: int
    level: str  # "district" or "dong"
    name: str  # the English name in the file; may be wrong, used only where nothing better exists
    items: dict[str, tuple[float, str]] = field(default_factory=dict)  # attribute -> (value, unit)
    withheld: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    method: dict[str, str] | None = None

    def number(self, item: str) -> float | None:
        """One item's value, or None."""
        found = self.items.get(item)
        return None if found is None else found[0]


Key = tuple[str, str, int]  # code, table, year


def figures_of(rows: Rows) -> dict[Key, Figures]:
    """The rows grouped by place, table and year, with units in their codes and money in whole won."""
    found: dict[Key, Figures] = {}
    columns = (rows.year, rows.adm2, rows.adm3, rows.table, rows.item, rows.unit, rows.name, rows.value, rows.reason)
    for year, adm2, adm3, table, label, unit, name, value, reason in zip(*(c.tolist() for c in columns), strict=True):
        code, slug = boundary_code(str(adm3)) if adm3 else str(adm2), table_slug(table)
        key = (code, slug, year)
        figures = found.get(key)
        if figures is None:
            level = "dong" if adm3 else "district"
            figures = found[key] = Figures(code, slug, year, level, name or "")
        item = item_name(label)
        if reason:
            (figures.withheld if reason == "withheld" else figures.absent).append(item)
            continue
        code_of_unit = unit_code(slug, item, unit)
        figures.items[item] = (_number(value, unit), code_of_unit)
    return found


def _number(value: float, unit: str) -> float:
    """Money as whole won; counts as integers; rates as they are."""
    if unit == "million KRW":
        return round(value * WON_PER_MILLION)
    return int(value) if value.is_integer() else value


def statistic(
    figures: Figures, *, city: str, place: str | None, name: Mapping[str, str] | None, source: str
) -> Document:
    """One Statistic; `place` is the id of the place if the city has it, else `name` says what it was called."""
    made: Document = {
        "id": urn("Statistic", "kostat", f"{figures.code}-{figures.table.replace('/', '-')}-{figures.year}"),
        "type": "Statistic",
        "table": property_(figures.table),
        "year": property_(figures.year),
        "period": property_(str(figures.year)),
        "code": property_(figures.code),
        "refCity": relationship(city),
        "source": relationship(source),
        "status": property_("observed"),
    }
    if place is not None:
        made["refPlace"] = relationship(place)
    if name:
        made["name"] = language_property(dict(name))
    if figures.table == "economy/grdp" or figures.table == "tax/income":
        made["priceYear"] = property_(UNSTATED)
    means = definition(figures.table, figures.level)
    if means:
        made["description"] = language_property(means)
    if figures.method:
        made["method"] = language_property(figures.method)
    for item, (value, unit) in figures.items.items():
        made[item] = property_(value, unit=unit)
    if figures.withheld:
        made["withheld"] = list_property(sorted(figures.withheld))
    if figures.absent:
        made["absent"] = list_property(sorted(figures.absent))
    return made


def summed(parts: list[Figures], code: str, method: dict[str, str]) -> Figures:
    """Figures of a whole from its parts; an item counts only where every part states it."""
    first = parts[0]
    items: dict[str, tuple[float, str]] = {}
    for item, (_, unit) in first.items.items():
        numbers = [part.number(item) for part in parts]
        stated = [number for number in numbers if number is not None]
        if len(stated) == len(numbers):
            items[item] = (sum(stated), unit)
    return Figures(code, first.table, first.year, first.level, "", items, method=method)


Lookup = Callable[[str, str, int, str], float | None]


def lookup(figures: Mapping[Key, Figures]) -> Lookup:
    """A function (code, table, year, item) -> value or None."""

    def number(code: str, table: str, year: int, item: str) -> float | None:
        found = figures.get((code, table, year))
        return None if found is None else found.number(item)

    return number


def is_withheld(figures: Mapping[Key, Figures], code: str, table: str, year: int, item: str) -> bool:
    """Whether the publisher hides this number."""
    found = figures.get((code, table, year))
    return found is not None and item in found.withheld


def with_method(instance: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """A property that also says how it was computed."""
    instance["method"] = language_property(texts)
    return instance
