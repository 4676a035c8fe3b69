"""Tables: CSV (comma, semicolon or tab) and XLSX, with a mapping file that says what the columns are.

A table does not say what it is, so it is never guessed: without a mapping, or a shipped profile for a well-known file,
it is refused with its columns listed. Header names and cells are taken without padding; each problem names its line.
A CSV row of empty cells is counted as blank; an empty line, or an empty row of a sheet, is none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from madang.errors import DataError
from madang.sources.base import Loaded, Problems, Tally, joins_of
from madang.sources.encoding import decoded
from madang.sources.mapping import MappingFile, profile_for, read_mapping
from madang.sources.records import Builder, Record, dataset_of, joins_wanted
from madang.sources.xlsx import sheet_rows

SUFFIXES = frozenset((".csv", ".tsv", ".txt", ".xlsx", ".xlsm"))
CELL_LIMIT = 10_000_000  # characters in one cell of a CSV


class TableSource:
    """Reads tables by a mapping."""

    name = "table"

    def can_read(self, path: Path) -> bool:
        """By suffix: a table has no mark of its own."""
        return path.suffix.lower() in SUFFIXES

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The rows as entities, all or nothing."""
        given = read_mapping(mapping) if mapping else None
        tally = Tally("rows")
        problems = Problems(tally, skip_bad)
        columns, rows = (
            _sheet(path, given) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path, given, tally, problems)
        )
        used = given or profile_for(path.name, columns)
        if used is None:
            raise DataError("sources.needs-mapping", file=path.name, columns=", ".join(columns), first=columns[0])
        if given is None:
            tally.note("note-profile", profile=used.name)
        if type is not None:
            used = replace(used, type=type)
        used.check_columns(path.name, columns)
        dataset = dataset_of(used, path.name)
        entities = Builder(used, dataset["id"], tally, problems).build(rows)
        return Loaded(entities, [dataset], {}, tally.report(path.name), joins_of(entities, joins_wanted(used)))


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(
    path: Path, mapping: MappingFile | None, tally: Tally, problems: Problems
) -> tuple[list[str], Iterator[Record]]:
    text, encoding = decoded(path, mapping.encoding if mapping else None)
    if encoding != "utf-8":
        tally.note("note-encoding", encoding=encoding)
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header = [name.strip() for name in _next(reader, path)]
    _check_header(path, header)
    return header, _rows(path, reader, header, tally, problems)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",\t;", key=first.count)


def _next(reader: Any, path: Path) -> list[str]:
    try:
        return list(next(reader, []))
    except csv.Error as wrong:
        raise DataError("sources.bad-csv", file=path.name, line=reader.line_num, why=wrong) from None


def _check_header(path: Path, header: list[str]) -> None:
    if not any(header):
        raise DataError("sources.no-header", file=path.name)
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise DataError("sources.column-twice", file=path.name, column=twice)


def _rows(path: Path, reader: Any, header: list[str], tally: Tally, problems: Problems) -> Iterator[Record]:
    while True:
        line = reader.line_num + 1
        row = _next(reader, path)
        if not row:
            if reader.line_num < line:
                return
            continue
        where = f"{path.name}, line {line}"
        if not any(cell.strip() for cell in row):
            tally.read += 1
            tally.leave_out("blank", example=where)
            continue
        if len(row) != len(header):
            tally.read += 1
            problems.add(
                DataError("sources.row-width", place=where, found=len(row), expected=len(header)), example=where
            )
            continue
        yield Record(where, dict(zip(header, row, strict=True)))


# --- XLSX ------------------------------------------------------------------------------------------------------------


def _sheet(path: Path, mapping: MappingFile | None) -> tuple[list[str], Iterator[Record]]:
    rows = sheet_rows(path, sheet=mapping.sheet if mapping else None)
    header = [str(cell).strip() if cell is not None else "" for cell in (rows[0] if rows else [])]
    while header and not header[-1]:
        header.pop()
    _check_header(path, header)
    return header, _sheet_rows(path, header, rows[1:])


def _sheet_rows(path: Path, header: list[str], rows: list[list[Any]]) -> Iterator[Record]:
    for number, row in enumerate(rows, 2):
        if any(cell not in (None, "") for cell in row):
            yield Record(f"{path.name}, line {number}", dict(zip(header, row, strict=False)))
