"""The national table of districts: value added by industry of every district and year, read from its blob.

Districts compare over time only if they stand in both years. Those missing in one (2010 lacks Daejeon, Incheon, Ulsan,
Gyeongsangnam-do and Sejong; some districts were merged or founded since) are left out of that period and listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from madang.errors import DataError
from madang.models.base import Floats
from madang.models.industries import INDUSTRIES

IDS = tuple(i.id for i in INDUSTRIES)


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """One year: district codes and their values by industry (NaN where merged into another industry)."""

    codes: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Period:
    """Two years on the districts that stand in both; `left_out` are the codes that stand in one only."""

    codes: tuple[str, ...]
    before: Floats
    after: Floats
    left_out: tuple[str, ...]


def read_years(data: bytes) -> dict[int, Year]:
    """The years of a table with the columns year, code, and one column an industry."""
    header, *lines = data.decode("utf-8").splitlines()
    columns = header.split(",")
    if columns[:2] != ["year", "code"] or not set(IDS) <= set(columns):
        raise DataError("models.table-column-missing", layout="grdp.csv", column="year, code, industries")
    at = [columns.index(id) for id in IDS]
    found: dict[int, dict[str, list[float]]] = {}
    for line in lines:
        cells = line.split(",")
        found.setdefault(int(cells[0]), {})[cells[1]] = [float(cells[n]) if cells[n] else np.nan for n in at]
    return {
        year: Year(tuple(sorted(rows)), np.array([rows[code] for code in sorted(rows)]))
        for year, rows in sorted(found.items())
    }


def years_of(table: Mapping[tuple[int, str], Mapping[str, float]]) -> dict[int, Year]:
    """The years of a table given as (year, code) -> item -> value."""
    found: dict[int, dict[str, list[float]]] = {}
    for (year, code), items in table.items():
        found.setdefault(year, {})[code] = [float(items[id]) if items.get(id) is not None else np.nan for id in IDS]
    return {
        year: Year(tuple(sorted(rows)), np.array([rows[code] for code in sorted(rows)]))
        for year, rows in sorted(found.items())
    }


def with_row(year: Year, code: str, values: Floats) -> Year:
    """The year with one district's values replaced, or added."""
    rows = dict(zip(year.codes, year.values, strict=True)) | {code: values}
    return Year(tuple(sorted(rows)), np.array([rows[c] for c in sorted(rows)]))


def period(before: Year, after: Year) -> Period:
    """Two years on the districts that have figures in both."""
    first, second = (
        {c: row for c, row in zip(y.codes, y.values, strict=True) if not np.isnan(row).all()} for y in (before, after)
    )
    both = tuple(sorted(first.keys() & second.keys()))
    shape = (len(both), len(IDS))
    return Period(
        both,
        np.array([first[c] for c in both]).reshape(shape),
        np.array([second[c] for c in both]).reshape(shape),
        tuple(sorted(set(before.codes) ^ set(after.codes) | (first.keys() ^ second.keys()))),
    )
