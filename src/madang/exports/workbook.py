"""Entities as an Excel workbook that people edit and load again without loss: one sheet a type.

The first row names columns in Korean (English as a note), the second, hidden, by machine; hidden columns keep what a
cell can't show (`entities.cells`). Text that a workbook would change (longer than a cell takes, control characters,
carriage returns) stands as JSON on a sheet of its own, and its cell points there. A text that begins with `=` stays
text. `sources.workbook` reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from madang.entities.cells import Cell, Column, cells_of, columns_of
from madang.entities.entity import Document, types_of
from madang.entities.vocabulary import label_of
from madang.sources.workbook import FORMAT, KEPT_SHEET, MARK_SHEET, POINTER, SHEET_NAME_LIMIT

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

CELL_LIMIT = 30_000  # characters; Excel takes 32,767
PIECE = 30_000
_ALTERED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_|^\s|\s$|^$")
_HEAD_COLOUR = "E3EEE9"


def write_workbook(documents: Sequence[Document], credits_: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the entities to a workbook; `credits_` are the titles, licences and attributions of their sources."""
    from openpyxl import Workbook  # a tenth of a second that only a workbook's writer waits for

    book = Workbook()
    book.remove(book.active)
    kept = _Kept()
    sheets: dict[str, str] = {}
    for type_name, of_type in _by_type(documents).items():
        name = _sheet_name(type_name, sheets)
        sheets[name] = type_name
        _write_sheet(book.create_sheet(name), of_type, kept)
    _write_mark(book, sheets, credits_)
    if kept.rows:
        sheet = book.create_sheet(KEPT_SHEET)
        sheet.sheet_state = "hidden"
        for row in kept.rows:
            sheet.append(row)
    book.save(path)


class _Kept:
    """Texts that no cell can hold as they are, in pieces, each row (number of the text, piece)."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str]] = []
        self._count = 0

    def keep(self, value: str | int) -> str:
        """Keep a value as JSON in ASCII, and give the pointer to it."""
        self._count += 1
        said = json.dumps(value)
        self.rows += [(self._count, f"|{said[at : at + PIECE]}|") for at in range(0, len(said), PIECE)]
        return f"{POINTER}{self._count}"


def _by_type(documents: Sequence[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(types_of(document)[0], []).append(document)
    return found


def _sheet_name(type_name: str, taken: Mapping[str, str]) -> str:
    bare = re.sub(r"[\[\]:*?/\\']", "-", type_name.rpartition("/")[2])[:SHEET_NAME_LIMIT] or "-"
    name, number = bare, 1
    while name.casefold() in {one.casefold() for one in taken} or name in (MARK_SHEET, KEPT_SHEET):
        number += 1
        name = f"{bare[: SHEET_NAME_LIMIT - 4]}-{number}"
    return name


def _write_sheet(sheet: Worksheet, documents: Sequence[Document], kept: _Kept) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    columns = columns_of(documents)
    for at, column in enumerate(columns, 1):
        head = sheet.cell(1, at, _heading(column, "ko"))
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor=_HEAD_COLOUR)
        head.comment = Comment(_heading(column, "en"), "Madang")
        _put(sheet, 2, at, column.name, kept)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].hidden = column.rest
        sheet.column_dimensions[letter].width = 44 if column.name == "id" else 24
    sheet.row_dimensions[2].hidden = True
    sheet.freeze_panes = "B3"
    for row, document in enumerate(documents, 3):
        for at, cell in enumerate(cells_of(document, columns), 1):
            if cell is not None:
                _put(sheet, row, at, cell, kept)


def _put(sheet: Worksheet, row: int, at: int, value: Cell, kept: _Kept) -> None:
    cell = sheet.cell(row, at)
    if isinstance(value, str):
        if len(value) > CELL_LIMIT or _ALTERED.search(value) or value.startswith(POINTER):
            value = kept.keep(value)
        cell.value = value
        cell.data_type = "s"  # a text that begins with = is no formula
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
        if "\n" in value:
            from openpyxl.styles import Alignment

            cell.alignment = Alignment(wrap_text=True, vertical="top")
        return
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        cell.value = kept.keep(value)  # a spreadsheet knows no larger whole number
        return
    cell.value = value


def _heading(column: Column, language: str) -> str:
    label = label_of(column.attribute, language) if column.attribute not in ("id", "entity") else column.attribute
    parts = [label, f"({column.language})" if column.language else "", "…" if column.rest else ""]
    return " ".join(part for part in parts if part)


def _write_mark(book: Workbook, sheets: Mapping[str, str], credits_: Sequence[Mapping[str, Any]]) -> None:
    sheet = book.create_sheet(MARK_SHEET)
    sheet.append(["format", FORMAT])
    for name, type_name in sheets.items():
        sheet.append(["sheet", name, type_name])
    for credit in credits_:
        sheet.append(["source", *(None if value is None else str(value) for value in credit.values())])
    sheet.sheet_state = "visible" if not sheets else "hidden"
