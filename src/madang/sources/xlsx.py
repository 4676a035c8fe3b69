"""The rows of a sheet of a workbook; what is damaged, or unpacks to far more than a table holds, is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from madang.errors import DataError, MadangError

MOST_UNPACKED = 512 * 2**20  # bytes; a register of a whole country unpacks to a tenth of it


def sheet_rows(path: Path, *, sheet: str | None = None, most: int | None = None) -> list[list[Any]]:
    """The cells' values row by row, of the named sheet or the first; `most` rows of it."""
    import openpyxl  # a tenth of a second that only a workbook's reader waits for

    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
        if unpacked > MOST_UNPACKED:
            why = f"{unpacked / 2**20:,.0f} MiB > {MOST_UNPACKED // 2**20} MiB"
            raise DataError("sources.unreadable", file=path.name, why=why)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            if sheet is not None and sheet not in book.sheetnames:
                raise DataError("sources.no-layer", file=path.name, layer=sheet, layers=", ".join(book.sheetnames))
            found = book[sheet] if sheet is not None else book.worksheets[0]
            return [list(row) for row in found.iter_rows(max_row=most, values_only=True)]
        finally:
            book.close()
    except MadangError:
        raise
    except Exception as wrong:  # a damaged workbook fails wherever it is damaged: zip, XML, a number in it
        raise DataError("sources.unreadable", file=path.name, why=f"{type(wrong).__name__}: {wrong}") from None
