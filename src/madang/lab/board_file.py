"""A board as a file: CSV with one line a cell, or a workbook with a sheet of values, of differences, and of breakdowns.

Numbers stand as numbers, unknown as an empty cell with its note beside it; every figure carries its status and address.
"""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

from madang.errors import Language, sentence
from madang.lab.board import Board
from madang.lab.turnables import unit_label

COLUMNS = ("indicator", "label", "unit", "better", "alternative", "title", "state", "value", "p05", "p50", "p95",
           "difference", "difference_p05", "difference_p50", "difference_p95", "status", "note", "address")  # fmt: skip
SHEET_TITLE = 31
FORBIDDEN = str.maketrans("[]:*?/\\'", "        ")


def lines(board: Board, language: Language = "en") -> list[dict[str, Any]]:
    """One flat line a cell, in the order of the board."""
    titles = {one.id: one.title[language] for one in board.alternatives}
    found = []
    for row in board.rows:
        one = row.entry.indicator
        for cell in row.cells:
            q, by = cell.quantity, cell.difference
            note = None if q is None else q.note
            found.append(
                {
                    "indicator": one.id,
                    "label": one.label[language],
                    "unit": one.unit,
                    "better": one.direction,
                    "alternative": cell.alternative,
                    "title": titles[cell.alternative],
                    "state": cell.state,
                    **{name: None if q is None else getattr(q, name) for name in ("value", "p05", "p50", "p95")},
                    "difference": None if by is None else by.value,
                    **{f"difference_{name}": getattr(by, name, None) for name in ("p05", "p50", "p95")},
                    "status": None if q is None else q.status,
                    "note": None if note is None else note[language],
                    "address": cell.address,
                }
            )
    return found


def to_csv(board: Board, language: Language = "en") -> bytes:
    """The board as CSV in UTF-8 with a mark at its head, which spreadsheets in Korea need."""
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for line in lines(board, language):
        writer.writerow({name: _plain(value) for name, value in line.items()})
    return ("\ufeff" + text.getvalue()).encode("utf-8")


def to_xlsx(board: Board, language: Language = "en") -> bytes:
    """The board as a workbook: values, differences, one sheet a breakdown, and every cell with its address."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    names = [one.title[language] for one in board.alternatives]
    head = [sentence(f"lab.word-{word}", language) for word in ("indicator", "unit")]
    sheets: list[tuple[str, list[list[Any]]]] = []
    for word, part in (("value", "quantity"), ("difference", "difference")):
        rows: list[list[Any]] = [[*head, *names]]
        for row in board.rows:
            one = row.entry.indicator
            found = [getattr(cell, part) for cell in row.cells]
            values = [None if value is None else value.value for value in found]
            rows.append([one.label[language], unit_label(one.unit)[language], *values])
        sheets.append((sentence(f"lab.word-{word}", language), rows))
    for table in board.tables:
        if table["by"] is not None:
            sheets.append((f"{table['by']} {table['indicator']}", _breakdown(table, board, language)))
    cells = [list(COLUMNS), *([line[name] for name in COLUMNS] for line in lines(board, language))]
    sheets.append((sentence("lab.word-cells", language), cells))
    taken: set[str] = set()
    for title, rows in sheets:
        sheet = book.create_sheet(_sheet_title(title, taken))
        for at, values in enumerate(rows, 1):
            for column, value in enumerate(values, 1):
                cell = sheet.cell(at, column, _plain(value))
                if isinstance(value, str):
                    cell.data_type = "s"  # a text that begins with = is no formula
                if at == 1:
                    cell.font = Font(bold=True)
        sheet.freeze_panes = "B2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _breakdown(table: Any, board: Board, language: Language) -> list[list[Any]]:
    """Rows of all alternatives under one heading, the alternative in front."""
    titles = {one.id: one.title[language] for one in board.alternatives}
    columns = list(dict.fromkeys(key for rows in table["rows"].values() for row in rows for key in row))
    made: list[list[Any]] = [["alternative", *columns]]
    for name, rows in table["rows"].items():
        for row in rows:
            values = [row.get(key) for key in columns]
            made.append([titles[name], *(one.get(language) if isinstance(one, dict) else one for one in values)])
    return made


def _sheet_title(title: str, taken: set[str]) -> str:
    bare = title.translate(FORBIDDEN)[:SHEET_TITLE] or "-"
    name, number = bare, 1
    while name.casefold() in taken:
        number += 1
        name = f"{bare[: SHEET_TITLE - 4]} {number}"
    taken.add(name.casefold())
    return name


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"  # a spreadsheet must not take a text for a formula
    return value if value is None or isinstance(value, str | int | float) else str(value)
