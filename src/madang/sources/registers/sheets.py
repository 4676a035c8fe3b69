"""CSV and XLSX as rows with their line. The heading may stand below titles and notes; it is found by its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madang.errors import DataError
from madang.sources.encoding import decoded
from madang.sources.registers.cells import text
from madang.sources.registers.layouts import Heading, Layout, detected, heading_of, missing
from madang.sources.xlsx import sheet_rows

LOOKED_THROUGH = 12  # lines among which the heading is looked for
SUFFIXES = frozenset((".csv", ".tsv", ".txt", ".xlsx", ".xlsm"))


@dataclass(frozen=True)
class Row:
    """One row: where it stands and its cells by column of the layout."""

    where: str
    cells: dict[str, Any]
    every: Sequence[Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells.get(column)


@dataclass(frozen=True)
class Sheet:
    """A file as its heading and the rows below it; `encoding` None for a workbook."""

    heading: Heading
    rows: tuple[Row, ...]
    encoding: str | None
    wide: tuple[str, ...]  # lines that have more cells than the heading
    titles: str  # what stands above the heading
    place: str  # file and line of the heading


def read_sheet(path: Path, layout: Layout | None = None) -> Sheet | None:
    """A file of a layout, or of the one its columns tell; None where none is told, an error where it is not that."""
    lines, encoding = _lines(path)
    for at, (number, cells) in enumerate(lines[:LOOKED_THROUGH]):
        headings = [text(cell) for cell in cells]
        found = heading_of(layout, headings) if layout else detected(headings)
        if found is not None:
            rows, wrong = _rows(path.name, found, lines[at + 1 :])
            above = " ".join(text(cell) for _, title in lines[:at] for cell in title)
            return Sheet(found, rows, encoding, wrong, above, f"{path.name}, line {number}")
    if layout is None:
        return None
    number, cells = max(lines[:LOOKED_THROUGH], key=lambda one: sum(bool(text(c)) for c in one[1]), default=(1, []))
    raise missing(layout, [text(cell) for cell in cells], path.name, number)


def _rows(
    file: str, heading: Heading, lines: Sequence[tuple[int, Sequence[Any]]]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    made, wrong, width = [], [], len(heading.all)
    for number, cells in lines:
        if not any(text(cell) for cell in cells):
            continue
        where = f"{file}, line {number}"
        if len(cells) != width and any(text(cell) for cell in cells[width:]):
            wrong.append(where)
        padded = [*cells, *[None] * (width - len(cells))]
        made.append(Row(where, {name: padded[n] for name, n in heading.at.items()}, padded))
    return tuple(made), tuple(wrong)


def _lines(path: Path) -> tuple[list[tuple[int, Sequence[Any]]], str | None]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return list(enumerate(sheet_rows(path), 1)), None
    content, encoding = decoded(path)
    return list(_csv(path, content)), encoding


def _csv(path: Path, content: str) -> Iterator[tuple[int, Sequence[Any]]]:
    head = content[:4096]
    delimiter = max(",\t;|", key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as wrong:
        raise DataError("sources.bad-csv", file=path.name, line=reader.line_num, why=wrong) from None
