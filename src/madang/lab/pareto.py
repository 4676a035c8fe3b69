"""Alternatives that no other beats: the Pareto front over any number of criteria, with its doubt, and the consensus.

An alternative is dominated by another that is at least as good in every criterion and better in one. With an ensemble,
the probability of being non-dominated is the share of members in which nothing dominates it (all alternatives in the
same member). The *consensus frontier* holds what an alternative is worth against how it looks to the opinion group that
likes it least; the *lift* says by how much that group's score would have to rise for nothing to dominate it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
CELLS = 20_000_000
EQUAL = 1e-12


def dominated_by(values: Floats) -> Marks:
    """For n alternatives (n x k, more is better) whether row i is dominated by column j."""
    at_least, better = (values[None] >= values[:, None]).all(axis=2), (values[None] > values[:, None]).any(axis=2)
    return np.asarray(at_least & better)


def front(values: Floats) -> Marks:
    """Which of n alternatives (n x k, more is better) are dominated by none; 10,000 are no trouble."""
    order = np.lexsort(tuple(-values[:, k] for k in reversed(range(values.shape[1]))))
    kept: list[int] = []
    best = np.empty_like(values)
    for i in order:  # what dominates another stands before it in this order, so only the front is asked
        found, own = best[: len(kept)], values[i]
        if not ((found >= own).all(axis=1) & (found > own).any(axis=1)).any():
            best[len(kept)] = own
            kept.append(int(i))
    marks = np.zeros(len(values), dtype=bool)
    marks[kept] = True
    return marks


def front_shares(members: Floats) -> Floats:
    """The share of members (m x n x k, more is better) in which an alternative is dominated by none."""
    m, n, k = members.shape
    chunk, free = max(1, CELLS // max(1, n * n * k)), np.zeros(n)
    for start in range(0, m, chunk):
        piece = members[start : start + chunk]
        at_least: Marks = np.all(piece[:, None] >= piece[:, :, None], axis=3)
        better: Marks = np.any(piece[:, None] > piece[:, :, None], axis=3)
        free += np.sum(~np.any(at_least & better, axis=2), axis=0)
    return np.asarray(free / m, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Consensus:
    """One alternative on the consensus frontier: its worth, the group that likes it least and how it scores there."""

    alternative: str
    worth: float
    least_pleased: str
    score: float
    scores: Mapping[str, float]
    is_front: bool
    lift: float

    def as_json(self) -> dict[str, Any]:
        """The point as plain JSON values."""
        return {
            "alternative": self.alternative,
            "worth": self.worth,
            "leastPleased": self.least_pleased,
            "score": self.score,
            "scores": dict(self.scores),
            "isFront": self.is_front,
            "lift": self.lift,
        }


def consensus(
    alternatives: Sequence[str], worth: Mapping[str, float], utilities: Floats, groups: Mapping[str, Floats]
) -> list[Consensus]:
    """Worth (B/C) against the least-pleased group's score: utilities (n x k, 0 … 1) under each group's weights."""
    scores = {group: utilities @ weights for group, weights in groups.items()}
    least = np.min(np.stack(list(scores.values())), axis=0)
    points = np.stack([np.array([worth[name] for name in alternatives]), least], axis=1)
    marks = front(points)
    found = []
    for i, name in enumerate(alternatives):
        own = {group: round(float(column[i]), 9) for group, column in scores.items()}
        above = [float(points[j, 1]) for j in np.flatnonzero(dominated_by(points)[i])]
        lift = round(max(above) - float(least[i]), 9) + 0.0 if above else 0.0
        who = min(own, key=lambda group: own[group])
        found.append(Consensus(name, float(worth[name]), who, round(float(least[i]), 9), own, bool(marks[i]), lift))
    return found
