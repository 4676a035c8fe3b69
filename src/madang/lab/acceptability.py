"""Alternatives under weights: a weighted sum, and how often each takes each rank over all weights there could be.

Criteria are brought to 0 … 1 between the worst and the best of the alternatives at hand (more or less being better);
a criterion on which all are equal tells nothing and gives everyone 1. Rank acceptability (Lahdelma, Hokkanen & Salminen
1998) draws weights evenly over all that sum to 1, by a seed, and gives the share of draws in which an alternative takes
a rank; equals share the better rank. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError

Floats = NDArray[np.float64]
DRAWS = 10_000
BETTER = ("more", "less")
CHUNK = 2_000  # draws worked on at a time, to bound memory at 10,000 alternatives
EQUAL = 1e-12


@dataclass(frozen=True, slots=True)
class Criterion:
    """What alternatives are weighed by, and whether more of it is better or less."""

    id: str
    better: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One alternative: its weighted sum and rank, the share of all weights by rank, the middle of those that favour."""

    alternative: str
    score: float | None
    rank: int | None
    acceptability: tuple[float, ...]
    central_weights: Mapping[str, float] | None

    def as_json(self) -> dict[str, Any]:
        """The standing as plain JSON values."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "acceptability": list(self.acceptability)}


def utilities(table: Floats, criteria: Sequence[Criterion]) -> Floats:
    """Every cell between 0 (the worst here) and 1 (the best here)."""
    signed = table * np.array([1.0 if one.better == "more" else -1.0 for one in criteria])
    low, span = signed.min(axis=0), np.ptp(signed, axis=0)
    return np.asarray(np.where(span > 0, (signed - low) / np.where(span > 0, span, 1.0), 1.0))


def standings(
    alternatives: Mapping[str, Mapping[str, float | None]],
    criteria: Sequence[Criterion],
    *,
    weights: Mapping[str, float] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> list[Standing]:
    """Every alternative's standing, the best first: by weighted sum where weights are given, else by first ranks."""
    table = _table(alternatives, criteria)
    worth = utilities(table, criteria)
    names, n = list(alternatives), len(alternatives)
    counts, middles = _ranked(worth, seed, draws)
    scores = None if weights is None else worth @ _weights(weights, criteria)
    ranks = None if scores is None else [1 + int((scores > own + EQUAL).sum()) for own in scores]
    found = [
        Standing(
            name,
            None if scores is None else round(float(scores[i]), 9),
            None if ranks is None else ranks[i],
            tuple(round(float(share), 6) for share in counts[i] / draws),
            _by_criterion(criteria, middles[i]),
        )
        for i, name in enumerate(names)
    ]
    by_rank = {name: (ranks[i] if ranks is not None else n - counts[i, 0] / draws) for i, name in enumerate(names)}
    return sorted(found, key=lambda one: (by_rank[one.alternative], one.alternative))


def _by_criterion(criteria: Sequence[Criterion], weights: Floats | None) -> dict[str, float] | None:
    if weights is None:
        return None
    return {one.id: round(float(weight), 6) for one, weight in zip(criteria, weights.tolist(), strict=True)}


def _ranked(worth: Floats, seed: int, draws: int) -> tuple[NDArray[np.int64], list[Floats | None]]:
    n, k = worth.shape
    counts = np.zeros((n, n), dtype=np.int64)
    sums, random = np.zeros((n, k)), np.random.default_rng(seed)
    chunk = max(1, min(CHUNK, 20_000_000 // max(n, 1)))
    for start in range(0, draws, chunk):
        drawn = random.dirichlet(np.ones(k), size=min(chunk, draws - start))
        scores = np.round(drawn @ worth.T, 12)
        ranks = _ranks(scores)
        for place in range(n) if n <= 64 else ():
            counts[:, place] += (ranks == place).sum(axis=0)
        if n > 64:
            np.add.at(counts, (np.broadcast_to(np.arange(n), ranks.shape), ranks), 1)
        sums += (ranks == 0).T.astype(np.float64) @ drawn
    return counts, [sums[i] / counts[i, 0] if counts[i, 0] else None for i in range(n)]


def _ranks(scores: Floats) -> NDArray[np.int64]:
    """Ranks by row from 0, the highest score first; equals share the better rank."""
    order = np.argsort(-scores, axis=1, kind="stable")
    sorted_ = np.take_along_axis(scores, order, axis=1)
    place = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    begins = np.concatenate([np.ones((len(scores), 1), dtype=bool), sorted_[:, 1:] != sorted_[:, :-1]], axis=1)
    shared = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    ranks = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, shared, axis=1)
    return ranks


def _table(alternatives: Mapping[str, Mapping[str, float | None]], criteria: Sequence[Criterion]) -> Floats:
    if len(alternatives) < 2:
        raise DataError("clusters.alternatives-few", count=len(alternatives))
    if not criteria:
        raise DataError("clusters.criteria-missing")
    for one in criteria:
        if one.better not in BETTER:
            raise DataError("clusters.direction-unknown", criterion=one.id, found=one.better)
    for name, row in alternatives.items():
        missing = next((c.id for c in criteria if row.get(c.id) is None), None)
        if missing is not None:
            raise DataError("clusters.cell-unknown", alternative=name, criterion=missing)
    return np.array([[float(row[c.id] or 0) for c in criteria] for row in alternatives.values()])


def _weights(given: Mapping[str, float], criteria: Sequence[Criterion]) -> Floats:
    known = {one.id for one in criteria}
    wrong = next((name for name in given if name not in known), None) or next(
        (i for i in known if i not in given), None
    )
    total = sum(given.values())
    if wrong is not None or any(w < 0 for w in given.values()) or not total > 0:
        raise DataError("clusters.weights-misfit", criterion=wrong or "-", known=", ".join(sorted(known)))
    return np.array([given[one.id] / total for one in criteria])
