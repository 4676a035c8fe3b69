"""A workbook that is damaged, or unpacks to far more than a table, is refused by name; so is a number too long."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from madang.errors import DataError
from madang.models.economy.readers import _grid
from madang.sources import xlsx
from madang.sources.registers.cells import amount, count
from madang.sources.registers.source import RegisterSource, kinds

SHEET = "xl/worksheets/sheet1.xml"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["회사명", "공장등록일"], [1, 2], [3, 4]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_sheet(change: tuple[bytes, bytes] | None, *, cut: int | None = None) -> bytes:
    """The workbook with its sheet's XML changed, or cut off."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == SHEET:
                data = data.replace(*change) if change else data[:cut]
            new.writestr(name, data)
    return made.getvalue()


DAMAGED = {
    "cut off": lambda: with_sheet(None, cut=200),
    "a number that is none": lambda: with_sheet((b"<v>1</v>", b"<v>zz1</v>")),
    "half a file": lambda: workbook()[: len(workbook()) // 2],
    "no zip": lambda: b"PK\x03\x04 nothing",
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_workbook_is_refused_by_name_and_is_no_register(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "공장.xlsx"
    path.write_bytes(DAMAGED[kind]())
    with pytest.raises(DataError) as refused:
        xlsx.sheet_rows(path)
    assert refused.value.code == "sources.unreadable"
    assert "공장.xlsx" in refused.value.message("ko")
    assert RegisterSource().can_read(path) is False
    with pytest.raises(DataError):
        RegisterSource().read(path, type=kinds()[0])
    with pytest.raises(DataError) as table:
        _grid(path.read_bytes())
    assert table.value.code == "models.workbook-damaged"


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(workbook())
    assert xlsx.sheet_rows(path)[1] == [1, 2]
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 1000)
    with pytest.raises(DataError) as refused:
        xlsx.sheet_rows(path)
    assert refused.value.code == "sources.unreadable"


def test_a_number_of_hundreds_of_digits_is_no_number() -> None:
    for read in (count, amount):
        with pytest.raises(DataError):
            read("9" * 400, place="f.csv, line 2", column="종업원수")
