"""Weights that could be: drawn evenly over all that sum to 1, or over those that what is known of them leaves.

What is known may be an order of importance (of all criteria or of some) and ranges of single weights. An order is met
exactly: weights drawn evenly over the simplex stay even when the ordered ones are sorted among themselves. Ranges are
met by leaving out what lies outside them; where hardly any is left, the ranges are refused rather than sampled badly.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError

Floats = NDArray[np.float64]
TRIED_AT_ONCE = 200_000
MOST_TRIED = 20_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the weights: criteria from the most important on, and low and high of single weights."""

    order: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is known as plain JSON values; None where nothing is."""
        ranges = {name: list(ends) for name, ends in self.ranges.items()}
        return {"order": list(self.order) or None, "ranges": ranges or None}


def drawn_weights(criteria: Sequence[str], known: Known, *, draws: int, seed: int, chunk: int) -> Iterator[Floats]:
    """Weights (rows that sum to 1) in pieces of at most `chunk` rows, `draws` in all."""
    place, low, high = _checked(criteria, known)
    random, left, tried = np.random.default_rng(seed), draws, 0
    while left:
        size = min(chunk, left) if not known.ranges else min(TRIED_AT_ONCE, max(4 * chunk, left))
        found = random.dirichlet(np.ones(len(criteria)), size=size)
        if len(place) > 1:
            found[:, place] = -np.sort(-found[:, place], axis=1)
        if known.ranges:
            tried += size
            found = found[((found >= low) & (found <= high)).all(axis=1)][:left]
            if tried >= MOST_TRIED and left > len(found):
                raise DataError("lab.weights-narrow", criteria=", ".join(known.ranges))
        left -= len(found)
        yield from (found[start : start + chunk] for start in range(0, len(found), chunk))


def _checked(criteria: Sequence[str], known: Known) -> tuple[list[int], Floats, Floats]:
    at = {name: n for n, name in enumerate(criteria)}
    stranger = next((name for name in (*known.order, *known.ranges) if name not in at), None)
    if stranger is not None:
        raise DataError("lab.weight-stranger", criterion=stranger, known=", ".join(criteria))
    if len(set(known.order)) != len(known.order):
        raise DataError("lab.order-twice", order=", ".join(known.order))
    low, high = np.zeros(len(criteria)), np.ones(len(criteria))
    for name, (least, most) in known.ranges.items():
        if not 0 <= least <= most <= 1:
            raise DataError("lab.weight-range", criterion=name, low=least, high=most)
        low[at[name]], high[at[name]] = least, most
    if low.sum() > 1 or high.sum() < 1:
        raise DataError("lab.weights-impossible", low=f"{low.sum():g}", high=f"{high.sum():g}")
    return [at[name] for name in known.order], low, high
