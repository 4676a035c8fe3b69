"""Elevations as bytes: how the heights of a terrain are kept beside its entity, and read back.

A blob is the grid row by row from the first, little-endian, compressed by zlib. Whole decimetres below 3 km go into
16-bit numbers without loss (-32768 is unknown); anything finer stays as 32-bit floats (not-a-number is unknown). The
entity's `grid` says which, so that any program can read the blob without Madang.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Heights = NDArray[np.float32]

MOST_CELLS = 16_000_000  # of a terrain that is kept: 4,000 x 4,000, which is 20 km at 5 m
UNKNOWN = -32768
DECIMETRE = 0.1
ENCODING = "zlib; rows from the first; little-endian"


def encoded(heights: Heights) -> tuple[bytes, dict[str, Any]]:
    """The bytes of heights, and what the entity's grid says about them."""
    decimetres = np.rint(heights / np.float32(DECIMETRE))
    known = np.isfinite(heights)
    exact = np.abs(decimetres[known] * DECIMETRE - heights[known]) < 1e-3 if known.any() else np.array([True])
    if bool(exact.all()) and float(np.abs(decimetres[known]).max(initial=0.0)) < -UNKNOWN:
        data = np.where(known, decimetres, UNKNOWN).astype("<i2").tobytes()
        said: dict[str, Any] = {"dtype": "int16", "scale": DECIMETRE, "nodata": UNKNOWN}
    else:
        data = heights.astype("<f4").tobytes()
        said = {"dtype": "float32", "scale": 1, "nodata": None}
    rows, columns = heights.shape
    return zlib.compress(data, 6), {"rows": rows, "columns": columns, **said, "encoding": ENCODING}


def decoded(said: Mapping[str, Any], data: bytes) -> Heights:
    """Heights from their bytes; raises ValueError, KeyError or TypeError if they are not what the grid says."""
    rows, columns, dtype = int(said["rows"]), int(said["columns"]), said["dtype"]
    if rows < 2 or columns < 2 or rows * columns > MOST_CELLS:
        raise ValueError(f"{rows} x {columns}")
    if dtype not in ("int16", "float32"):
        raise ValueError(f"dtype {dtype}")
    kind = np.dtype("<i2" if dtype == "int16" else "<f4")
    size = rows * columns * kind.itemsize
    unpack = zlib.decompressobj()
    try:
        plain = unpack.decompress(data, size + 1)
    except zlib.error as wrong:
        raise ValueError(str(wrong)) from None
    if len(plain) != size or not unpack.eof:
        raise ValueError(f"{len(plain)} bytes for {size}")
    values = np.frombuffer(plain, dtype=kind).reshape(rows, columns)
    if dtype == "float32":
        return values.astype(np.float32)
    scale = float(said.get("scale", 1))
    return np.where(values == said.get("nodata", UNKNOWN), np.nan, values * scale).astype(np.float32)
