"""A bundle as one file: whole or not at all, and the same bytes for the same city.

Nothing of the moment of writing stands in it: the date is that of the newest record, entries stand in one order with
one date, so two bundles of one city differ only where the city does. It is written beside its place and takes its name
when it is complete; a kill on the way leaves what stood there before.
"""

from __future__ import annotations

import csv
import hashlib
import os
import sys
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import orjson

from madang.entities.entity import types_of, value_of
from madang.errors import CallerError, FileError
from madang.exports.crate.contents import Contents, FigureRow
from madang.exports.crate.layout import (
    COMPUTED,
    FIGURES,
    FORMAT,
    HEAD,
    MANIFEST,
    METADATA,
    README,
    blob_path,
    branch_path,
    record_path,
)
from madang.exports.crate.metadata import metadata
from madang.exports.crate.readme import readme

ENDING = ".zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of every entry: a zip knows no earlier one
READABLE = 0o644 << 16
FIGURE_COLUMNS = ("record", "model", "branch", "indicator", "label_ko", "label_en", "unit", "value", "p05", "p50",
                  "p95", "n", "status", "address")  # fmt: skip
ALWAYS_NAMED = ("numpy",)


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle in its place: how much of what stands in it."""

    path: Path
    subject: str
    files: int
    size: int
    runs: int
    figures: int
    evaluations: int
    closed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What was written, as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "path": str(self.path),
            "closed": list(self.closed),
        }


def write_bundle(found: Contents, path: Path) -> Written:
    """Write a bundle, replacing one that stands there only when the new one is complete."""
    if path.suffix.lower() != ENDING:
        raise CallerError("bundles.ending", path=str(path))
    files = files_of(found, path.name)
    unfinished = path.with_name(f".{path.name[:60]}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as out:
            _zip(files.items(), out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    except OSError as problem:
        raise FileError("exports.unwritable", path=str(path), why=problem.strerror or str(problem)) from problem
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return summary(found, files, path)


def bundle_bytes(found: Contents, name: str) -> bytes:
    """A bundle in memory, for who sends it on."""
    out = BytesIO()
    _zip(files_of(found, name).items(), out)
    return out.getvalue()


def summary(found: Contents, files: Mapping[str, bytes], path: Path) -> Written:
    """What a bundle holds, in numbers."""
    return Written(
        path,
        found.subject,
        len(files),
        path.stat().st_size,
        len(found.of(*COMPUTED)),
        len(found.figures),
        len(found.of("Evaluation")),
        tuple(one.title["en"] for one in found.terms if not one.is_open),
    )


def files_of(found: Contents, name: str) -> dict[str, bytes]:
    """Every file of a bundle by its path, the metadata first and the checksums last."""
    software = software_of(found)
    files: dict[str, bytes] = {
        README: readme(found, software, name).encode(),
        HEAD: _pretty(_head(found, software)),
        FIGURES: figures_csv(found.figures),
    }
    files |= {branch_path(one.name): _pretty(one.as_json()) for one in found.branches}
    for type, docs in found.records.items():
        files |= {record_path(type, doc["id"]): _pretty(doc) for doc in docs}
    files |= {blob_path(address): data for address, data in found.blobs.items()}
    described = {path: (len(data), _sha256(data)) for path, data in sorted(files.items())}
    whole = {METADATA: _pretty(metadata(found, described, software)), **dict(sorted(files.items()))}
    sums = "".join(f"{_sha256(data)}  {path}\n" for path, data in sorted(whole.items()))
    return {**whole, MANIFEST: sums.encode()}


def figures_csv(figures: Iterable[FigureRow]) -> bytes:
    """Every figure as CSV in UTF-8 with a mark at its head, which spreadsheets in Korea need."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(FIGURE_COLUMNS)
    for one in figures:
        label = (one.label["ko"], one.label["en"])
        numbers = (one.unit, one.value, one.p05, one.p50, one.p95, one.n, one.status, one.address)
        rows.writerow([one.record, one.model, one.branch, one.indicator, *label, *numbers])
    return ("\ufeff" + text.getvalue()).encode()


def software_of(found: Contents | None) -> dict[str, str]:
    """What is installed here of that which the figures depend on: Madang, Python, and the engines by distribution."""
    engines = [] if found is None else [str(value_of(doc, "engine")) for doc in found.of(*COMPUTED)]
    said = {"madang": _version("madang") or "0", "python": ".".join(map(str, sys.version_info[:3]))}
    for name in sorted({*ALWAYS_NAMED, *(part for engine in engines for part in engine.replace("+", " ").split())}):
        if found_version := _version(name):
            said[name] = found_version
    return said


def _head(found: Contents, software: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "city": dict(found.city),
        "subject": found.subject,
        "title": dict(found.title),
        "question": found.question,
        "software": dict(software),
        "branches": [one.name for one in found.branches],
        "records": {type: [doc["id"] for doc in docs] for type, docs in found.records.items()},
        "engines": sorted({f"{value_of(d, 'engine')} {value_of(d, 'engineVersion')}" for d in found.of(*COMPUTED)}),
        "platforms": sorted({str(value_of(doc, "platform")) for doc in found.of(*COMPUTED)}),
        "types": sorted({type for docs in found.records.values() for doc in docs for type in types_of(doc)}),
    }


def _zip(files: Iterable[tuple[str, bytes]], out: Any) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for path, data in files:
            entry = zipfile.ZipInfo(path, date_time=EARLIEST)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, READABLE, 3
            made.writestr(entry, data)


def _pretty(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except (PackageNotFoundError, ValueError):
        return None
