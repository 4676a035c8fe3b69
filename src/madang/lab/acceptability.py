"""Alternatives under weights: a weighted sum, and how often each takes each rank over all weights there could be.

Criteria are brought to 0 … 1 between the worst and the best of what is at hand (more or less being better); a criterion
on which all are equal tells nothing and gives everyone 1. Rank acceptability draws weights evenly over all that sum to
1, or over what is known of them (`weight_space`), by a seed, and gives the share of draws in which an alternative takes
a rank; equals share the better rank. Where performances are uncertain, a draw of weights meets a member of the ensemble
(the same member for every alternative), each member equally often.

Central weights are the middle of those that put an alternative first; its confidence is the share of members in which
it is first under them (SMAA-2: Lahdelma & Salminen 2001, Operations Research 49(3), 444-454). Regret is the best score
of a draw minus an alternative's own (Savage 1951); an alternative satisfies in a member that meets every threshold.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError
from madang.lab.weight_space import Known, drawn_weights

Floats = NDArray[np.float64]
DRAWS = 10_000
BETTER = ("more", "less")
CHUNK = 2_000  # draws worked on at a time, to bound memory at 10,000 alternatives
CELLS = 20_000_000  # of a chunk's largest array
PAIRED = 64  # alternatives up to which each is held against each other
EQUAL = 1e-12


@dataclass(frozen=True, slots=True)
class Criterion:
    """What alternatives are weighed by, and whether more of it is better or less."""

    id: str
    better: str


@dataclass(frozen=True, slots=True)
class Regret:
    """What an alternative lacks to the best of a draw: on average, in 19 of 20 draws at most, and at most."""

    mean: float
    p95: float | None
    max: float

    def as_json(self) -> dict[str, Any]:
        """The regret as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Standing:
    """One alternative: its weighted sum and rank, the share of all weights by rank, the middle of those that favour."""

    alternative: str
    score: float | None
    rank: int | None
    acceptability: tuple[float, ...]
    central_weights: Mapping[str, float] | None
    confidence: float | None
    regret: Regret
    satisfies: float | None = None

    @property
    def expected_rank(self) -> float:
        """The mean rank over all draws, from 1."""
        return round(sum((place + 1) * share for place, share in enumerate(self.acceptability)), 6)

    def as_json(self) -> dict[str, Any]:
        """The standing as plain JSON values."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "acceptability": list(self.acceptability),
            "central": self.central_weights,
            "regret": self.regret.as_json(),
            "expectedRank": self.expected_rank,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Every standing, the best first, and the share of draws in which each beats each (None for very many)."""

    standings: tuple[Standing, ...]
    pairwise: Mapping[str, Mapping[str, float]] | None

    @property
    def minimax(self) -> str:
        """The alternative whose largest regret is smallest."""
        return min(self.standings, key=lambda one: (one.regret.max, one.alternative)).alternative


def utilities(table: Floats, criteria: Sequence[Criterion]) -> Floats:
    """Every cell between 0 (the worst here) and 1 (the best here); the last axis is that of the criteria."""
    signed = table * np.array([1.0 if one.better == "more" else -1.0 for one in criteria])
    flat = signed.reshape(-1, len(criteria))
    low, span = flat.min(axis=0), np.ptp(flat, axis=0)
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
    return list(ranking(alternatives, criteria, weights=weights, seed=seed, draws=draws).standings)


def ranking(
    alternatives: Mapping[str, Mapping[str, float | None]],
    criteria: Sequence[Criterion],
    *,
    weights: Mapping[str, float] | None = None,
    known: Known | None = None,
    members: Floats | None = None,
    thresholds: Mapping[str, float] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Ranking:
    """The standings under weights of which something may be known; `members` are uncertain tables (m x n x k)."""
    table = checked_table(alternatives, criteria)
    tables = table[None] if members is None else members
    worth = utilities(np.concatenate([tables, table[None]]), criteria)  # one scale for the ensemble and its centre
    worth, central = worth[:-1], worth[-1]
    drawn = _drawn(worth, [one.id for one in criteria], known or Known(), seed=seed, draws=draws)
    names, n = list(alternatives), len(alternatives)
    scores = None if weights is None else central @ checked_weights(weights, criteria)
    ranks = None if scores is None else [1 + int((scores > own + EQUAL).sum()) for own in scores]
    meets = _meets(tables, criteria, thresholds)
    found = [
        Standing(
            name,
            None if scores is None else round(float(scores[i]), 9),
            None if ranks is None else ranks[i],
            tuple(round(float(share), 6) for share in drawn.counts[i] / draws),
            _by_criterion(criteria, drawn.middles[i]),
            drawn.confidence[i],
            drawn.regrets[i],
            None if meets is None else round(float(meets[i]), 6),
        )
        for i, name in enumerate(names)
    ]
    by_rank = {
        name: (ranks[i] if ranks is not None else n - drawn.counts[i, 0] / draws) for i, name in enumerate(names)
    }
    ordered = sorted(found, key=lambda one: (by_rank[one.alternative], one.alternative))
    pairs = None
    if drawn.beats is not None:
        shares = np.round(drawn.beats / draws, 6).tolist()
        pairs = {a: dict(zip(names, row, strict=True)) for a, row in zip(names, shares, strict=True)}
    return Ranking(tuple(ordered), pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    counts: NDArray[np.int64]
    middles: list[Floats | None]
    confidence: list[float | None]
    regrets: list[Regret]
    beats: NDArray[np.int64] | None


def _by_criterion(criteria: Sequence[Criterion], weights: Floats | None) -> dict[str, float] | None:
    if weights is None:
        return None
    return {one.id: round(float(weight), 6) for one, weight in zip(criteria, weights.tolist(), strict=True)}


def _drawn(worth: Floats, criteria: Sequence[str], known: Known, *, seed: int, draws: int) -> _Drawn:
    m, n, k = worth.shape
    counts, sums = np.zeros(n * n, dtype=np.int64), np.zeros((n, k))
    beats = np.zeros((n, n), dtype=np.int64) if n <= PAIRED else None
    kept = np.empty((draws, n), dtype=np.float32) if draws * n <= CELLS else None
    total, most = np.zeros(n), np.zeros(n)
    meets = np.random.default_rng([seed, 1]).permutation(np.resize(np.arange(m), draws))
    chunk = max(1, min(CHUNK, CELLS // max(n * (k if m > 1 else 1), n * n if beats is not None else 1)))
    at = 0
    for weights in drawn_weights(criteria, known, draws=draws, seed=seed, chunk=chunk):
        here = slice(at, at + len(weights))
        at += len(weights)
        scores = weights @ worth[0].T if m == 1 else np.einsum("dnk,dk->dn", worth[meets[here]], weights)
        order, shared = _places(scores)
        counts += np.bincount((order * n + shared).ravel(), minlength=n * n)
        best = scores.max(axis=1, keepdims=True)
        sums += (scores >= best - EQUAL).T.astype(np.float64) @ weights
        regret = best - scores
        total += regret.sum(axis=0)
        most = np.maximum(most, regret.max(axis=0))
        if kept is not None:
            kept[here] = regret
        if beats is not None:
            beats += (scores[:, :, None] > scores[:, None, :] + EQUAL).sum(axis=0)
    table = counts.reshape(n, n)
    middles = [sums[i] / table[i, 0] if table[i, 0] else None for i in range(n)]
    high = None if kept is None else np.quantile(kept, 0.95, axis=0, method="higher")
    regrets = [
        Regret(
            round(float(total[i] / draws), 9),
            None if high is None else round(float(high[i]), 6),
            round(float(most[i]), 9),
        )
        for i in range(n)
    ]
    return _Drawn(table, middles, [_confidence(worth, i, middle) for i, middle in enumerate(middles)], regrets, beats)


def _confidence(worth: Floats, i: int, middle: Floats | None) -> float | None:
    """The share of members in which an alternative is first under its central weights."""
    if middle is None:
        return None
    scores = worth @ middle
    return round(float((scores[:, i] >= scores.max(axis=1) - EQUAL).mean()), 6)


def _places(scores: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Alternatives from the highest score on by row, and the rank each place has: equals share the better one."""
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    place = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    begins = np.concatenate([np.ones((len(scores), 1), dtype=bool), ordered[:, :-1] - ordered[:, 1:] > EQUAL], axis=1)
    if begins.all():
        return order, place
    return order, np.maximum.accumulate(np.where(begins, place, 0), axis=1)


def _meets(tables: Floats, criteria: Sequence[Criterion], thresholds: Mapping[str, float] | None) -> Floats | None:
    """The share of members in which an alternative meets every threshold, by direction."""
    if not thresholds:
        return None
    at = {one.id: n for n, one in enumerate(criteria)}
    met = np.ones(tables.shape[:2], dtype=bool)
    for name, limit in thresholds.items():
        if name not in at:
            raise DataError("lab.weight-stranger", criterion=name, known=", ".join(at))
        column = tables[:, :, at[name]]
        met &= column >= limit if criteria[at[name]].better == "more" else column <= limit
    return np.asarray(met.mean(axis=0))


def checked_table(alternatives: Mapping[str, Mapping[str, float | None]], criteria: Sequence[Criterion]) -> Floats:
    """The alternatives as a table (n x k); refused where a cell is unknown, there are too few, or none to weigh by."""
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


def checked_weights(given: Mapping[str, float], criteria: Sequence[Criterion]) -> Floats:
    """Weights in the order of the criteria, summing to 1; refused where one is missing, strange or below zero."""
    known = {one.id for one in criteria}
    wrong = next((name for name in given if name not in known), None) or next(
        (i for i in known if i not in given), None
    )
    total = sum(given.values())
    if wrong is not None or any(w < 0 for w in given.values()) or not total > 0:
        raise DataError("clusters.weights-misfit", criterion=wrong or "-", known=", ".join(sorted(known)))
    return np.array([given[one.id] / total for one in criteria])
