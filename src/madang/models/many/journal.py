"""The journal: answers that are finished, under the keys of their questions, kept beside no city but for the user.

A question is answered once: an ensemble that was interrupted goes on where it was, and two ensembles that share members
share the work. The journal is a cache: to delete it costs time and nothing else.

    <folder>/<key of the job>/<token>.rows

Each process that adds anything writes a file of its own, only at the end, and never touches another's; so no lock is
needed. A row is its length and CRC-32 (little-endian uint32 each), the task's key (32 bytes), and the answer as
little-endian float64. A row that is cut short or damaged ends the reading of its file: what stood before it counts.
Folders that were not used for longest are removed once all together hold more than the journal may.
"""

from __future__ import annotations

import os
import secrets
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from madang.models.base import Floats

FOLDER = "MADANG_CACHE"
LIMIT_BYTES = 2 * 2**30
KEY_BYTES = 32
_HEAD = struct.Struct("<II")


class Journal:
    """A folder of finished answers, bounded in size."""

    def __init__(self, folder: Path | None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes

    @staticmethod
    def none() -> Journal:
        """A journal that remembers nothing."""
        return Journal(None)

    @staticmethod
    def of_user() -> Journal:
        """The user's journal: below `MADANG_CACHE`, else where the system keeps caches."""
        return Journal(cache_folder() / "members")

    @contextmanager
    def of(self, key: str) -> Iterator[Known]:
        """What is known for one job, to be read and added to."""
        known = Known(None if self.folder is None else self.folder / key)
        try:
            yield known
        finally:
            known.close()
            if known.wrote:
                self._prune(keep=key)

    def _prune(self, keep: str) -> None:
        assert self.folder is not None
        found = []
        for one in self.folder.iterdir():
            with suppress(OSError):  # another process may be removing it
                files = [file.stat() for file in one.iterdir()]
                found.append((max((s.st_mtime for s in files), default=0.0), sum(s.st_size for s in files), one))
        total = sum(size for _, size, _ in found)
        for _, size, one in sorted(found, key=lambda entry: entry[0]):
            if total <= self.limit_bytes:
                return
            if one.name != keep:
                shutil.rmtree(one, ignore_errors=True)
                total -= size


class Known:
    """The finished answers of one job."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._file, self.wrote = folder, -1, False
        self._rows: dict[bytes, bytes] = {}
        if folder is not None and folder.is_dir():
            for file in sorted(folder.glob("*.rows")):
                with suppress(FileNotFoundError):  # pruned meanwhile
                    self._rows |= dict(_rows(file.read_bytes()))

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def get(self, key: bytes, outputs: int) -> Floats | None:
        """The answer under a key, as members x outputs; None where it does not fit."""
        values = np.frombuffer(self._rows[key], dtype="<f8")
        if not outputs or len(values) % outputs:
            return None
        return values.reshape(-1, outputs).astype(np.float64)

    def add(self, key: bytes, values: Floats) -> None:
        """Keep an answer; it is safe from the process's end once this returns."""
        if self._folder is None:
            return
        body = key + np.ascontiguousarray(values, dtype="<f8").tobytes()
        row = _HEAD.pack(len(body), zlib.crc32(body)) + body
        try:
            if self._file < 0:
                self._folder.mkdir(parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._file = os.open(self._folder / f"{secrets.token_hex(8)}.rows", flags, 0o600)
                self.wrote = True
            os.write(self._file, row)
        except OSError:  # a cache that can't be written is no cache; the answer stands all the same
            self.close()
            self._folder = None

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _rows(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, check = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if length < KEY_BYTES or len(body) != length or zlib.crc32(body) != check:
            return
        yield body[:KEY_BYTES], body[KEY_BYTES:]
        at += _HEAD.size + length


def cache_folder() -> Path:
    """Where the user's caches of Madang stand."""
    if told := os.environ.get(FOLDER):
        return Path(told)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "madang" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "madang"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "madang"
