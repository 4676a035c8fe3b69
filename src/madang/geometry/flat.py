"""Index arithmetic for nested lists that are kept flat: one array of items, one of offsets.

List `i` holds the items `offsets[i]:offsets[i + 1]`; its length may be 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def offsets_of(counts: Ints) -> Ints:
    """Offsets from lengths: [2, 0, 3] -> [0, 2, 2, 5]."""
    out = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=out[1:])
    return out


def counting(counts: Ints) -> Ints:
    """0, 1, … in each list: [2, 0, 3] -> [0, 1, 0, 1, 2]."""
    offsets = offsets_of(counts)
    return np.arange(offsets[-1], dtype=np.int64) - np.repeat(offsets[:-1], counts)


def spans(starts: Ints, counts: Ints) -> Ints:
    """The item indices of several lists in turn: starts [5, 0], counts [2, 1] -> [5, 6, 0]."""
    return np.repeat(starts, counts) + counting(counts)


def following(offsets: Ints) -> Ints:
    """For each item the index of the next one in its list, the last followed by the first."""
    after = np.arange(1, offsets[-1] + 1, dtype=np.int64)
    counts = np.diff(offsets)
    filled = counts > 0
    after[offsets[1:][filled] - 1] = offsets[:-1][filled]
    return after


def preceding(offsets: Ints) -> Ints:
    """For each item the index of the one before it in its list, the first preceded by the last."""
    before = np.arange(-1, offsets[-1] - 1, dtype=np.int64)
    counts = np.diff(offsets)
    filled = counts > 0
    before[offsets[:-1][filled]] = offsets[1:][filled] - 1
    return before


def sums(values: Floats, offsets: Ints) -> Floats:
    """The sum of each list; 0 for an empty one."""
    return _reduce(np.add, values, offsets, 0.0)


def smallest(values: Floats, offsets: Ints) -> Floats:
    """The smallest value of each list, by column; infinity for an empty one."""
    return _reduce(np.minimum, values, offsets, np.inf)


def largest(values: Floats, offsets: Ints) -> Floats:
    """The largest value of each list, by column; minus infinity for an empty one."""
    return _reduce(np.maximum, values, offsets, -np.inf)


def _reduce(operation: np.ufunc, values: Floats, offsets: Ints, empty: float) -> Floats:
    # reduceat answers an empty list with the next list's first item, so only the filled ones may reach it.
    out = np.full((len(offsets) - 1, *values.shape[1:]), empty)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        out[filled] = operation.reduceat(values, offsets[filled], axis=0)
    return out
