"""Readings to a file, across the city file and the segments beside it: Parquet or CSV, one row a reading.

Series come one after another, so the file may be larger than memory. Parquet names datasets and licences in its
metadata under `sources`, as other exports do; a CSV has them in a file beside it, `OUT.sources.json`. Where a rule has
left means, the row says so: `mean_s`. A file appears whole or not at all.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from madang.clock import to_text
from madang.entities.entity import Document
from madang.errors import CallerError, FileError
from madang.exports.files import credits_of
from madang.store import Store
from madang.store.observations import Observed, Series
from madang.store.segments import SCHEMA, to_cells

BATCH = 50_000
COLUMNS = [name for name in SCHEMA.names if name not in ("tx", "readings")]


@dataclass(frozen=True)
class ExportedReadings:
    """What was written where."""

    path: Path
    format: str
    readings: int
    series: int
    sources: tuple[dict[str, Any], ...]


def export_readings(
    store: Store,
    path: Path,
    *,
    branch: str = "main",
    type: str | None = None,
    attribute: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> ExportedReadings:
    """Write the readings of a branch's own series to a file, replacing it."""
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise CallerError("history.export-format", path=str(path), known=", ".join(_WRITERS))
    counted = _Counted()
    whole = path.with_name(f".{path.name}.part")
    try:
        wanted = store.series(branch, type=type, attribute=attribute)
        credits = _credits(store, branch, wanted)
        write(counted.through(store.stream(branch, wanted, since=since, until=until)), credits, whole)
        os.replace(whole, path)
        if write is _write_csv and credits:
            path.with_name(f"{path.name}.sources.json").write_bytes(
                orjson.dumps(list(credits), option=orjson.OPT_INDENT_2)
            )
    except OSError as problem:
        raise FileError("history.can-not-write", path=str(path), why=problem.strerror or str(problem)) from problem
    finally:
        with suppress(OSError):
            whole.unlink(missing_ok=True)
    return ExportedReadings(path, path.suffix[1:].lower(), counted.readings, counted.series, tuple(credits))


def _credits(store: Store, branch: str, wanted: Sequence[Series]) -> Sequence[dict[str, Any]]:
    """Datasets that the entities of the series name."""
    view = store.view(branch)
    found: list[Document] = []
    for id in dict.fromkeys(one.key[1] for one in wanted):
        document = view.document(id)
        if document is not None:
            found.append(document)
    return credits_of(view, found)


class _Counted:
    def __init__(self) -> None:
        self.readings = self.series = 0

    def through(self, found: Iterator[tuple[Series, list[Observed]]]) -> Iterator[dict[str, Any]]:
        """Batches of columns."""
        rows: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for series, readings in found:
            self.series += 1
            self.readings += len(readings)
            attribute, entity, dataset, branch = series.key
            same = {"entity_id": entity, "entity_type": series.type, "attr": attribute, "dataset_id": dataset,
                    "branch": branch, "unit": series.unit}  # fmt: skip
            for start in range(0, len(readings), BATCH):
                part = readings[start : start + BATCH]
                for name, value in same.items():
                    rows[name] += [value] * len(part)
                rows["observed_at"] += [one.observed_at for one in part]
                rows["recorded_at"] += [one.recorded_at for one in part]
                rows["mean_s"] += [one.mean_s for one in part]
                for one in part:
                    num, text = to_cells(_cell(one.value))
                    rows["num"].append(num)
                    rows["json"].append(text)
                if len(rows["num"]) >= BATCH:
                    yield rows
                    rows = {name: [] for name in COLUMNS}
        if rows["num"]:
            yield rows


def _cell(value: Any) -> Any:
    return value if type(value) in (int, float, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _write_parquet(batches: Iterator[dict[str, Any]], credits: Sequence[dict[str, Any]], path: Path) -> None:
    fields = [SCHEMA.field(name) for name in COLUMNS]
    schema = pa.schema(fields, {b"sources": orjson.dumps(list(credits))})
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for rows in batches:
            out.write_table(pa.table(rows, schema=schema))


def _write_csv(batches: Iterator[dict[str, Any]], credits: Sequence[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        names = [name for name in COLUMNS if name not in ("num", "json")]
        out.writerow([*names, "value"])
        for rows in batches:
            for n in range(len(rows["num"])):
                said = [rows[name][n] for name in names]
                cells = [to_text(one) if isinstance(one, datetime) else one for one in said]
                text = rows["json"][n]
                value = rows["num"][n] if text is None else orjson.loads(text) if text.startswith('"') else text
                out.writerow([*cells, value])


_WRITERS: dict[str, Callable[[Iterator[dict[str, Any]], Sequence[dict[str, Any]], Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}
