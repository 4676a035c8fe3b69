"""The tables of a paper as XLSX: figures as numbers, and a last sheet that says where each comes from."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from madang.documents.paper import Figure
from madang.documents.sheet import (
    MARKS,
    Piece,
    SetHeading,
    SetLine,
    SetParagraph,
    SetTable,
    Sheet,
    status_word,
)
from madang.errors import sentence

LONGEST_CELL = 32_767  # letters, as Excel has it
LONGEST_TITLE = 31  # of a sheet, as Excel has it
FORBIDDEN = str.maketrans("[]:*?/\\'", "        ")


def to_xlsx(sheet: Sheet) -> bytes:
    """The workbook: one sheet a table, and the list of figures."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    places: dict[str, str] = {}
    tables = [one for one in sheet.body if isinstance(one, SetTable) and not one.is_annex]
    for number, table in enumerate(tables, 1):
        page = book.create_sheet(_title(number, table.caption))
        _fill(page, table, sheet, places)
        for cell in page[1]:
            cell.font = Font(bold=True)
    _cover(book.create_sheet(sentence("documents.cover", sheet.language)[:LONGEST_TITLE], 0), sheet)
    book.active = 1 if len(book.worksheets) > 1 and not sheet.warning else 0
    origins = book.create_sheet(sentence("documents.annex-address", sheet.language)[:LONGEST_TITLE])
    names = ("place", "figure", "value", "unit", "address", "less", "status")
    _row(origins, 1, [sentence(f"documents.annex-{name}", sheet.language) for name in names])
    for at, (anchor, figure) in enumerate(sheet.figures.items(), 2):
        shown = [places.get(anchor, ""), figure.text, figure.value, figure.unit, _address(figure), figure.less]
        _row(origins, at, [*shown, status_word(figure.status, sheet.language)])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cover(page: Any, sheet: Sheet) -> None:
    """What stands beside the tables: title, date, whether something is made up, the lines, the notes."""
    lines = [sheet.title, sheet.subtitle, sheet.head(), sheet.warning, "".join(piece.text for piece in sheet.message)]
    for one in sheet.body:
        if isinstance(one, SetLine):
            lines.append(f"{MARKS[one.level]} {''.join(piece.text for piece in one.pieces)}")
        elif isinstance(one, SetParagraph):
            lines.append("".join(piece.text for piece in one.pieces))
        elif isinstance(one, SetHeading):
            lines.append(one.text)
    lines += [f"[{n}] {note}" for n, note in enumerate(sheet.notes, 1)]
    for at, line in enumerate(filter(None, lines), 1):
        _row(page, at, [line])
    page.column_dimensions["A"].width = 100


def _address(figure: Figure) -> str | None:
    return figure.address or " + ".join(figure.sum_of)[:LONGEST_CELL] or None


def _fill(page: Any, table: SetTable, sheet: Sheet, places: dict[str, str]) -> None:
    _row(page, 1, table.heads)
    for down, row in enumerate(table.rows, 2):
        for across, pieces in enumerate(row, 1):
            cell = page.cell(down, across)
            _put(cell, _value(pieces, sheet))
            places |= {piece.anchor: f"'{page.title}'!{cell.coordinate}" for piece in pieces if piece.anchor}
    page.freeze_panes = "A2"


def _value(pieces: Sequence[Piece], sheet: Sheet) -> object:
    """The number, where a cell is one figure; else what is printed."""
    if len(pieces) == 1 and pieces[0].anchor is not None:
        value = sheet.figures[pieces[0].anchor].value
        if value is not None:
            return value
    return "".join(piece.text for piece in pieces)


def _row(page: Any, at: int, values: Sequence[object]) -> None:
    for across, value in enumerate(values, 1):
        _put(page.cell(at, across), value)


def _put(cell: Any, value: object) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # text that begins with = is no formula


def _title(number: int, caption: str | None) -> str:
    return f"{number} {caption or ''}".translate(FORBIDDEN).strip()[:LONGEST_TITLE]
