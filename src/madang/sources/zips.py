"""Whether a ZIP archive may be opened: by the sizes it declares, and by what really comes out of it.

An archive that grows without measure, holds more than a city's data, or is locked is refused before anything reads it.
A declared size is a claim; where a program that is not ours will read the archive, `check_contents` unpacks every
entry to nowhere first, piece by piece, and finds the ones that break off or hold more than they say.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from madang.errors import DataError

BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError
)  # fmt: skip
_PIECE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How large an archive may become."""

    entries: int = 100_000
    total: int = 64 << 30  # bytes
    times: int = 200  # text of coordinates shrinks to a fifth or a tenth; even repeated blocks stay below this
    harmless: int = 32 << 20  # bytes, below which an entry may grow as it likes

    def believable(self, info: zipfile.ZipInfo) -> bool:
        """Whether an entry does not grow without measure."""
        return info.file_size <= max(self.harmless, self.times * info.compress_size)


LAYERS = Limits(entries=20_000, total=16 << 30, harmless=64 << 20)


def check_sizes(archive: zipfile.ZipFile, limits: Limits, *, file: str) -> None:
    """Refuse an archive by what its directory declares."""
    entries = archive.infolist()
    total = sum(info.file_size for info in entries)
    if len(entries) > limits.entries or total > limits.total:
        raise DataError("sources.zip-too-large", file=file, entries=len(entries), gigabytes=total >> 30)
    for info in entries:
        if not limits.believable(info):
            times = info.file_size // max(info.compress_size, 1)
            raise DataError("sources.zip-bomb", file=file, entry=info.filename[:80], times=times)
        if info.flag_bits & 1:
            raise DataError("sources.locked-zip", file=file, entry=info.filename[:80])


def check_contents(archive: zipfile.ZipFile, *, file: str) -> None:
    """Refuse an archive whose entries are damaged, or are not of the size they declare."""
    for info in archive.infolist():
        try:
            for _ in pieces(archive, info):
                pass
        except BROKEN:
            raise DataError("sources.zip-damaged", file=file, entry=info.filename[:80]) from None


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry holds, bounded by its declared size; raises one of `BROKEN` where there is more or less."""
    left = info.file_size
    with archive.open(info) as packed:
        while part := packed.read(_PIECE):
            left -= len(part)
            if left < 0:
                raise zipfile.BadZipFile("size")
            yield part
    if left:
        raise zipfile.BadZipFile("size")
