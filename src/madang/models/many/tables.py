"""The members of an ensemble as a table, for whatever people work with: Arrow, Parquet, CSV, JSON.

One row a member: its number, its levers and uncertainties, its outcomes, and the code of why it failed. Unknown is an
empty cell or null, never zero. In Arrow and Parquet the schema carries the ensemble's id, key and units.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from madang.errors import CallerError
from madang.models.canonical import json_bytes
from madang.models.many.recorded import Ensemble

MEDIA_TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def packed(ensemble: Ensemble, form: str) -> bytes:
    """The members in one of the forms."""
    if form not in MEDIA_TYPES:
        raise CallerError("many.form-unknown", found=form, known=", ".join(MEDIA_TYPES))
    table = ensemble.table()
    if form == "json":
        return json_bytes(table)
    return _csv(table) if form == "csv" else _arrow(ensemble, table, form)


def save(ensemble: Ensemble, path: Path) -> None:
    """Write the members to a file; its ending says in which form."""
    path.write_bytes(packed(ensemble, path.suffix.lower().removeprefix(".")))


def _csv(table: dict[str, list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return ("\ufeff" + text.getvalue()).encode()  # the mark by which a spreadsheet knows UTF-8


def _arrow(ensemble: Ensemble, table: dict[str, list[Any]], form: str) -> bytes:
    import pyarrow
    from pyarrow import ipc, parquet

    units = {one["name"]: one["unit"] for one in ensemble.columns} | {one.id: one.unit for one in ensemble.indicators}
    numbers = set(table) - {"member", "failed"}
    fields = [
        pyarrow.field(name, pyarrow.float64(), metadata={"unit": units[name]})
        if name in numbers
        else pyarrow.field(name, pyarrow.int64() if name == "member" else pyarrow.string())
        for name in table
    ]
    about = {"madang.ensemble": ensemble.id, "madang.key": ensemble.key, "madang.model": ensemble.model}
    made = pyarrow.table(table, schema=pyarrow.schema(fields, metadata=about))
    sink = pyarrow.BufferOutputStream()
    if form == "parquet":
        parquet.write_table(made, sink)
    else:
        with ipc.new_stream(sink, made.schema) as writer:
            writer.write_table(made)
    return bytes(sink.getvalue())
