"""The canonical form of a model's inputs and outputs: equal content gives equal bytes, hence equal hashes.

Records: sorted by id, attributes sorted by name, as one JSON text in UTF-8 without spaces. Numbers that stand for
quantities are kept as JSON numbers; NaN and infinities do not exist in it, unknown is null.

Arrays (the draws of an ensemble): magic `MDGA1`, the length of a JSON header as little-endian uint32, the header with
rows and sorted column names, then column after column as little-endian float64. Unknown is the one quiet NaN
0x7ff8000000000000, whatever NaN came in; negative zero is written as zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from madang.errors import DataError
from madang.models.base import Floats, Records

MAGIC = b"MDGA1"
_NAN = np.frombuffer(bytes.fromhex("000000000000f87f"), dtype="<f8")[0]


def sha256(data: bytes) -> str:
    """The content address of bytes: SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(value: Any) -> bytes:
    """JSON in canonical form: sorted keys, no spaces, UTF-8; NaN and infinities become null."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def in_canonical_order(value: Any) -> Any:
    """JSON values as they come back from canonical form: keys sorted, tuples as lists, NaN as null."""
    return orjson.loads(json_bytes(value))


def pack_records(records: Records) -> bytes:
    """Records in canonical form, sorted by id whatever order they came in; absent attributes are left out."""
    rows = sorted(zip(records.ids, records.rows, strict=True), key=lambda pair: pair[0])
    return json_bytes([{"id": id, **{k: v for k, v in row.items() if v is not None}} for id, row in rows])


def unpack_records(data: bytes) -> Records:
    """The records that canonical bytes hold."""
    try:
        rows = orjson.loads(data)
        ids = tuple(str(row.pop("id")) for row in rows)
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise DataError("models.pinned-input-unreadable") from None
    return Records(ids, tuple(rows))


def pack_arrays(columns: Mapping[str, Floats]) -> bytes:
    """Columns of equal length in canonical form."""
    names = sorted(columns)
    rows = len(columns[names[0]]) if names else 0
    header = json_bytes({"rows": rows, "columns": names})
    parts = [MAGIC, len(header).to_bytes(4, "little"), header]
    for name in names:
        column = np.asarray(columns[name], dtype="<f8")
        if column.shape != (rows,):
            raise ValueError(f"column {name} has shape {column.shape}, not ({rows},)")
        column = np.where(np.isnan(column), _NAN, column + 0.0)
        parts.append(column.astype("<f8").tobytes())
    return b"".join(parts)


def unpack_arrays(data: bytes) -> dict[str, Floats]:
    """The columns that canonical bytes hold."""
    if not data.startswith(MAGIC):
        raise DataError("models.pinned-input-unreadable")
    at = len(MAGIC)
    length = int.from_bytes(data[at : at + 4], "little")
    header = orjson.loads(data[at + 4 : at + 4 + length])
    body = data[at + 4 + length :]
    rows = int(header["rows"])
    if len(body) != rows * 8 * len(header["columns"]):
        raise DataError("models.pinned-input-unreadable")
    return {
        name: np.frombuffer(body, dtype="<f8", count=rows, offset=n * rows * 8).astype(np.float64)
        for n, name in enumerate(header["columns"])
    }
