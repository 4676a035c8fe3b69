"""Entities from an Excel workbook that Madang wrote and somebody edited: one sheet a type, all or nothing.

`exports.workbook` writes it; a sheet that says so (`_madang`) is its mark. Rows may be changed, added and deleted; a
row that was deleted takes nothing from the city, for a workbook is what somebody worked on, not all there is. A formula
counts by its last value. Loading a workbook into a branch and looking at the diff shows what was changed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from madang.entities.cells import REST, WHOLE, Cell, Column, document_of
from madang.entities.entity import Document, check_entity
from madang.errors import DataError, MadangError
from madang.sources.base import Loaded, Problems, Tally

FORMAT = "madang-workbook/1"
MARK_SHEET = "_madang"
KEPT_SHEET = "_kept"
POINTER = "\N{SECTION SIGN}kept:"
SHEET_NAME_LIMIT = 31
FIRST_ROW = 3  # labels, machine names, then entities
UNPACKED_LIMIT = 500_000_000  # bytes; a workbook that unpacks to more is no workbook of ours


class WorkbookSource:
    """Reads workbooks that Madang wrote."""

    name = "workbook"

    def can_read(self, path: Path) -> bool:
        """An .xlsx file with Madang's mark on a sheet of its own."""
        if path.suffix.lower() != ".xlsx":
            return False
        try:
            with zipfile.ZipFile(path) as parts:
                return f'name="{MARK_SHEET}"'.encode() in parts.read("xl/workbook.xml")
        except (zipfile.BadZipFile, KeyError, OSError):
            return False

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The rows as entities; `type` and `mapping` have no use here, for the workbook says what it holds."""
        sheets = _sheets(path)
        kept = _kept(sheets)
        tally = Tally("rows")
        problems = Problems(tally, skip_bad)
        made: list[Document] = []
        seen: dict[str, str] = {}
        for name, of_type in _types(path, sheets).items():
            columns = _columns(path, name, sheets[name])
            for where, cells in _rows(path, name, sheets[name], columns, kept):
                tally.read += 1
                if cells.get(WHOLE) is None:  # a row that a person added
                    cells[WHOLE] = json.dumps({"type": of_type})
                try:
                    document = check_entity(document_of(cells, columns, where=where), where=where)
                    if document["id"] in seen:
                        raise DataError(
                            "sources.duplicate-key", place=where, id=document["id"], first=seen[document["id"]]
                        )
                except MadangError as problem:
                    problems.add(problem, example=where)
                    continue
                seen[document["id"]] = where
                tally.kept += 1
                made.append(document)
        problems.raise_any()
        return Loaded(made, [], {}, tally.report(path.name))


Sheets = Mapping[str, Sequence[Sequence[Any]]]


def _sheets(path: Path) -> Sheets:
    import openpyxl  # a tenth of a second that only a workbook's reader waits for
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > UNPACKED_LIMIT:
                raise DataError("sources.workbook-too-large", file=path.name, limit=UNPACKED_LIMIT // 1_000_000)
        book = openpyxl.load_workbook(path, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as wrong:
        raise DataError("sources.unreadable", file=path.name, why=wrong) from None
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def _kept(sheets: Sheets) -> dict[str, Any]:
    pieces: dict[str, str] = {}
    for number, piece in (row[:2] for row in sheets.get(KEPT_SHEET, ())):
        key = f"{POINTER}{number}"
        pieces[key] = pieces.get(key, "") + str(piece)[1:-1]
    return {key: json.loads(text) for key, text in pieces.items()}


def _types(path: Path, sheets: Sheets) -> dict[str, str]:
    """The sheets that hold entities with their types, as the mark says; one that was renamed or taken away is named."""
    told = [list(row) for row in sheets.get(MARK_SHEET, ())]
    found = next((row[1] for row in told if row[:1] == ["format"]), None)
    if found != FORMAT:
        raise DataError("sources.workbook-format", file=path.name, found=found, format=FORMAT)
    types = {str(row[1]): str(row[2]) for row in told if row[0] == "sheet"}
    missing = [name for name in types if name not in sheets]
    if missing:
        raise DataError("sources.workbook-sheet", file=path.name, sheet=missing[0], there=", ".join(sheets))
    return types


def _columns(path: Path, sheet: str, rows: Sequence[Sequence[Any]]) -> list[Column]:
    names = [str(name) if name is not None else "" for name in rows[1]] if len(rows) > 1 else []
    if "id" not in names:
        raise DataError("sources.workbook-columns", file=path.name, sheet=sheet)
    return [_column(name) for name in names]


def _column(name: str) -> Column:
    if name == WHOLE:
        return Column(name, "entity", rest=True)
    of, rest = (name[: -len(REST)], True) if name.endswith(REST) else (name, False)
    language = None
    if (not of.endswith("]") and "@" in of) or "]@" in of:
        of, _, language = of.rpartition("@")
    attribute, bracket, dataset = of.partition("[")
    return Column(name, attribute, dataset[:-1] if bracket else None, language, rest)


def _rows(
    path: Path, sheet: str, rows: Sequence[Sequence[Any]], columns: Sequence[Column], kept: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Cell]]]:
    for number, row in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        if all(cell is None for cell in row):
            continue
        cells = {column.name: _cell(cell, kept) for column, cell in zip(columns, row, strict=False)}
        yield f"{path.name}, {sheet}, row {number}", cells


def _cell(cell: Any, kept: Mapping[str, Any]) -> Cell:
    if isinstance(cell, str):
        said: Cell = kept.get(cell, cell)
        return said
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return cell.date().isoformat() if hasattr(cell, "date") and not cell.time().hour else str(cell.isoformat())
