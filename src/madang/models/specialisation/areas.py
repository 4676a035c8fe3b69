"""Rows of the census as tables: places by industries, for each year and measure. Pure.

Which places are the city's own is told by codes: of a KOSTAT or MOIS code the first four digits are the city's. Places
stand on two levels, districts (5 digits) and dong (7 or more); a city's own row and its gu are never added up. The
industries of a table are the finest that it has, each worker counted once. NaN is a count that is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.models.base import Floats

MEASURES = {"workers": "workersByIndustry", "firms": "firmsByIndustry"}
UNSTATED = 0  # the year of a table that does not say one


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One place in one year: its code, name, entity if the file has it, counts by measure and industry."""

    code: str
    name: str
    place: str | None
    counts: Mapping[str, Mapping[str, float | None]]

    @property
    def is_district(self) -> bool:
        """Whether it is a district; else a dong."""
        return self.code.isdecimal() and len(self.code) == 5


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Places by industries for one measure; NaN where withheld or where nobody said."""

    areas: tuple[Area, ...]
    industries: tuple[str, ...]
    values: Floats


def years(rows: Iterable[Mapping[str, Any]], places: Mapping[str, str]) -> dict[int, list[Area]]:
    """The places of every year; `places` are the entities of the file by code and by name."""
    found: dict[int, list[Area]] = {}
    for row in rows:
        code, name = str(row.get("code") or ""), str(row.get("placeName") or "")
        known = row.get("refPlace") or places.get(code) or places.get(code[:7]) or places.get(name)
        counts = {m: row[attribute] for m, attribute in MEASURES.items() if isinstance(row.get(attribute), Mapping)}
        area = Area(code or name, name or code, known if isinstance(known, str) else None, counts)
        found.setdefault(int(row.get("year") or UNSTATED), []).append(area)
    return {year: sorted(areas, key=lambda one: one.code) for year, areas in sorted(found.items())}


def own(areas: Iterable[Area], city: Sequence[str]) -> list[Area]:
    """The places of the city: those whose code begins as one of its codes does, or that stand in the file by name."""
    stems = tuple(code[:4] for code in city if len(code) >= 5)
    return [one for one in areas if (stems and one.code.startswith(stems)) or (one.place and not one.code.isdecimal())]


def finest(areas: Iterable[Area], measure: str) -> tuple[str, ...]:
    """The industries that have no finer one in these places."""
    codes = {code for one in areas for code in one.counts.get(measure, ())}
    above = {code[:length] for code in codes for length in range(1, len(code))}
    return tuple(sorted(codes - above))


def table(areas: Sequence[Area], industries: Sequence[str], measure: str) -> Table:
    """The counts of places by industry; an industry that a place does not list at all is 0 there, a null is NaN."""
    values = np.array([[_count(one, code, measure) for code in industries] for one in areas], dtype=np.float64)
    return Table(tuple(areas), tuple(industries), values.reshape(len(areas), len(industries)))


def _count(area: Area, code: str, measure: str) -> float:
    held = area.counts.get(measure)
    if held is None:
        return np.nan
    if code in held:
        said = held[code]
        return np.nan if said is None else float(said)
    coarser = any(code.startswith(one) for one in held)  # the place is told less finely than others: not known here
    return np.nan if coarser else 0.0


def dong(areas: Iterable[Area]) -> list[Area]:
    """The places below districts."""
    return [one for one in areas if not one.is_district]


def districts(areas: Sequence[Area]) -> list[Area]:
    """The districts, without the row of a city whose gu stand here; made of their dong where none is given."""
    given = [one for one in areas if one.is_district]
    if given:
        stems = [one.code[:4] for one in given]
        return [one for one in given if not (one.code.endswith("0") and stems.count(one.code[:4]) > 1)]
    parts: dict[str, list[Area]] = {}
    for one in areas:
        parts.setdefault(one.code[:5], []).append(one)
    return [Area(code, code, None, added(some)) for code, some in sorted(parts.items())]


def whole(areas: Sequence[Area], city: Sequence[str]) -> Area | None:
    """The city in one row: as it is given, else the sum of its gu, else that of its dong."""
    mine = own(areas, city)
    given = next((one for one in mine if one.code in city), None)
    parts = [one for one in mine if one.is_district] or dong(mine)
    if given is not None or not parts:
        return given
    return Area(city[0] if city else parts[0].code[:5], "", None, added(parts))


def added(parts: Sequence[Area]) -> dict[str, dict[str, float | None]]:
    """Counts of places added up; what is withheld in one of them is unknown in the sum."""
    sums: dict[str, dict[str, float | None]] = {}
    for measure in MEASURES:
        told = [one.counts[measure] for one in parts if measure in one.counts]
        if len(told) < len(parts) or not told:
            continue
        codes = {code for held in told for code in held}
        sums[measure] = {code: _sum([held.get(code, 0) for held in told]) for code in sorted(codes)}
    return sums


def _sum(values: Sequence[float | None]) -> float | None:
    return None if any(one is None for one in values) else float(sum(one for one in values if one is not None))
