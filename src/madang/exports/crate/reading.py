"""A bundle opened with suspicion: names, sizes and checksums are looked at before anything in it is used.

A name that leads out of the bundle, a link, a name twice, a file nobody announced, one that is missing, a byte that is
not what the checksums say: each is refused, and named. Nothing is unpacked onto the disk.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from madang.entities.entity import Document, check_entity
from madang.errors import CallerError, DataError, FileError
from madang.exports.crate.layout import BLOBS, FORMAT, HEAD, MANIFEST, METADATA, RECORDS

MOST_FILES = 20_000
MOST_BYTES = 2 * 1024**3  # of all files unpacked


@dataclass(frozen=True, slots=True)
class Bundle:
    """A sound bundle: its head, and its files by path."""

    path: Path
    head: Mapping[str, Any]
    files: Mapping[str, bytes]

    def records(self) -> list[tuple[str, Document]]:
        """Every record with the path it stands at, each a sound entity."""
        found = []
        for path in self.files:
            if path.startswith(RECORDS):
                doc = self.json(path)
                found.append((path, check_entity(doc, where=path)))
        return found

    def blobs(self) -> dict[str, bytes]:
        """Bytes by the hash that is their name; one under another's name is refused."""
        found = {path.removeprefix(BLOBS): data for path, data in self.files.items() if path.startswith(BLOBS)}
        for address, data in found.items():
            if hashlib.sha256(data).hexdigest() != address:
                raise DataError("bundles.changed", bundle=self.path.name, file=BLOBS + address)
        return found

    def json(self, path: str) -> Any:
        """A file as a JSON object."""
        return _json(self.path, path, self.files)


def read_bundle(path: Path) -> Bundle:
    """The bundle in a file; refused, with the name of the file within it that is wrong."""
    if not path.is_file():
        raise CallerError("bundles.no-file", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            names = _names(path, archive)
            files = {name: _read(path, archive, name) for name in names}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError) as problem:
        raise DataError("bundles.no-bundle", path=str(path), why=str(problem)) from problem
    except OSError as problem:
        raise FileError("bundles.unreadable", path=str(path), why=problem.strerror or str(problem)) from problem
    for needed in (MANIFEST, HEAD, METADATA):
        if needed not in files:
            raise DataError("bundles.missing", bundle=path.name, file=needed)
    _check_sums(path, files)
    head = _json(path, HEAD, files)
    if head.get("format") != FORMAT:
        raise DataError("bundles.format", bundle=path.name, found=str(head.get("format"))[:60], known=FORMAT)
    _json(path, METADATA, files)
    return Bundle(path, head, files)


def _names(path: Path, archive: zipfile.ZipFile) -> list[str]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise DataError("bundles.too-large", bundle=path.name, files=MOST_FILES, gib=MOST_BYTES // 1024**3)
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        parts = name.split("/")
        outward = name.startswith("/") or "\\" in name or ":" in parts[0] or {"..", ".", ""} & set(parts)
        if outward or stat.S_ISLNK(entry.external_attr >> 16) or entry.is_dir():
            raise DataError("bundles.outward", bundle=path.name, file=name[:120])
        if name in seen:
            raise DataError("bundles.twice", bundle=path.name, file=name[:120])
        seen.add(name)
    return [entry.filename for entry in entries]


def _read(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """A file of the bundle, no longer than it is announced to be."""
    announced = archive.getinfo(name).file_size
    try:
        with archive.open(name) as file:
            data = file.read(announced + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise DataError("bundles.changed", bundle=path.name, file=name) from None
    if len(data) != announced:
        raise DataError("bundles.changed", bundle=path.name, file=name)
    return data


def _check_sums(path: Path, files: Mapping[str, bytes]) -> None:
    try:
        lines = [line.split("  ", 1) for line in files[MANIFEST].decode().splitlines()]
        sums = {name: digest for digest, name in lines}
    except (UnicodeDecodeError, ValueError):
        raise DataError("bundles.changed", bundle=path.name, file=MANIFEST) from None
    for name, digest in sums.items():
        if name not in files:
            raise DataError("bundles.missing", bundle=path.name, file=name)
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise DataError("bundles.changed", bundle=path.name, file=name)
    stranger = next((name for name in files if name not in sums and name != MANIFEST), None)
    if stranger is not None:
        raise DataError("bundles.stranger", bundle=path.name, file=stranger)


def _json(path: Path, name: str, files: Mapping[str, bytes]) -> Any:
    try:
        found = orjson.loads(files[name])
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise DataError("bundles.changed", bundle=path.name, file=name)
    return found
