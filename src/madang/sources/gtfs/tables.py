"""The text files inside a GTFS archive: found at its top or in one folder, streamed row by row, never unpacked.

UTF-8 with or without a mark, or cp949, each file for itself. An archive that grows without measure is refused before
it is read, and so is one that says a smaller size than it has.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO

from madang.errors import DataError
from madang.sources.encoding import TRIED, detected
from madang.sources.zips import Limits

MUST_HAVE = ("stops.txt", "routes.txt")
SAMPLE = 4 << 20
LONGEST_CELL = 131_072
LIMITS = Limits(total=8 << 30, harmless=64 << 20)
_READ_ON_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def folder_in(names: Sequence[str]) -> str | None:
    """The folder of an archive in which stops.txt and routes.txt stand; None if there is none."""
    there = {name.lower() for name in names}
    for name in names:
        prefix, mark, last = name.rpartition("/")
        if last.lower() == MUST_HAVE[0] and f"{prefix}{mark}{MUST_HAVE[1]}".lower() in there:
            return prefix + mark
    return None


class Feed:
    """An open archive and its tables."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as wrong:
            raise DataError("gtfs.unreadable", file=path.name, why=wrong) from None
        folder = folder_in(self._zip.namelist())
        if folder is None:
            self._zip.close()
            raise DataError("gtfs.no-stops", file=path.name)
        self._entries = {
            info.filename[len(folder) :].lower(): info
            for info in self._zip.infolist()
            if info.filename.startswith(folder)
        }
        self._encodings: dict[str, str] = {}

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def has(self, table: str) -> bool:
        """Whether the archive has this table."""
        return f"{table}.txt" in self._entries

    def rows(self, table: str, *, must: Sequence[str] = (), may: Sequence[str] = ()) -> Iterator[Row]:
        """The rows of a table with the asked columns; a missing table has none."""
        file = f"{self.name}/{table}.txt"
        for line, cells in self.lines(table, must=must, may=may):
            yield Row(file, line, [cell.strip() for cell in cells])

    def lines(
        self, table: str, *, must: Sequence[str], may: Sequence[str] = ()
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The same as line numbers and bare cells, for tables of millions of rows."""
        if not self.has(table):
            return
        file = f"{self.name}/{table}.txt"
        try:
            with self._open(table) as raw:
                csv.field_size_limit(LONGEST_CELL)  # of the process: other readers of CSV set their own
                lines = io.TextIOWrapper(raw, encoding=self._encoding(table), errors="strict", newline="")
                yield from _rows(csv.reader(lines), file, (*must, *may), must)
        except UnicodeDecodeError:
            raise DataError("gtfs.encoding", file=file, tried=", ".join(TRIED)) from None
        except csv.Error as wrong:
            raise DataError("gtfs.bad-csv", file=file, why=wrong) from None
        except _READ_ON_BROKEN as wrong:
            raise DataError("gtfs.unreadable", file=file, why=wrong) from None

    def _open(self, table: str) -> IO[bytes]:
        info = self._entries[f"{table}.txt"]
        if not LIMITS.believable(info) or info.file_size > LIMITS.total:
            raise DataError("gtfs.too-large", file=f"{self.name}/{table}.txt", size=info.file_size >> 20)
        return self._zip.open(info)

    def _encoding(self, table: str) -> str:
        if table not in self._encodings:
            with self._open(table) as raw:
                sample = raw.read(SAMPLE)
            whole = sample if len(sample) < SAMPLE else sample[: sample.rfind(b"\n") + 1]
            found = detected(whole)
            if found is None:
                raise DataError("gtfs.encoding", file=f"{self.name}/{table}.txt", tried=", ".join(TRIED))
            self._encodings[table] = found
        return self._encodings[table]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, and its cells in the order they were asked for, '' where there is none."""

    file: str
    line: int
    cells: list[str]

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{self.file}, line {self.line}"


def _rows(
    reader: Iterator[list[str]], file: str, wanted: Sequence[str], must: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    header = [name.strip().strip("\ufeff").lower() for name in next(reader, [])]
    missing = [name for name in must if name not in header]
    if missing:
        raise DataError("gtfs.columns", file=file, missing=", ".join(missing), found=", ".join(header)[:200] or "-")
    width = len(header)
    at = [header.index(name) if name in header else width for name in wanted]
    pick = itemgetter(*at, width)  # the last is always empty: one column or several, a tuple comes
    for line, cells in enumerate(reader, 2):
        if not cells:
            continue
        missing_cells = width - len(cells)
        if missing_cells:  # programs leave empty cells at the end away
            cells = [*cells, *[""] * missing_cells][:width]
        cells.append("")
        yield line, pick(cells)[:-1]
