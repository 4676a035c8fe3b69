"""A box of conditions in which something tends to be true: PRIM (Friedman & Fisher 1999), our own small form.

From the box that holds every point, the slice (a share `alpha` at one end of one column) is peeled off whose removal
leaves the highest share of hits, until less than `least` of the points are left. Then the box is pasted: a side is
moved out again while the share of hits does not fall. *Coverage* is the share of all hits that a box holds, *density*
the share of hits among its points, *mass* the share of all points (Bryant & Lempert 2010). The box that is given back
is the largest on the way whose density reaches `dense`, else the densest. A condition is dropped when the box does no
worse without it, or when its hits could be chance (one-sided binomial test, p above 0.05). Pure and deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
ALPHA, LEAST, DENSE, CHANCE = 0.05, 0.05, 0.8, 0.05


@dataclass(frozen=True, slots=True)
class Side:
    """One condition of a box: a column and its ends (None: not limited on that side), and how likely it is chance."""

    column: int
    low: float | None
    high: float | None
    p: float


@dataclass(frozen=True, slots=True)
class Peel:
    """A box on the way: mass, coverage, density, and how many columns it limits."""

    mass: float
    coverage: float
    density: float
    conditions: int


@dataclass(frozen=True, slots=True)
class Box:
    """The box found: its conditions, what it holds, and the way to it."""

    sides: tuple[Side, ...]
    mass: float
    coverage: float
    density: float
    n: int
    base: float
    trajectory: tuple[Peel, ...]


def find_box(
    points: Floats, hits: Marks, *, alpha: float = ALPHA, least: float = LEAST, dense: float = DENSE
) -> Box | None:
    """The box of conditions on the columns of `points` (n x k) under which hits are dense; None without hits."""
    if not hits.any() or not points.shape[1]:
        return None
    low, high = np.full(points.shape[1], -np.inf), np.full(points.shape[1], np.inf)
    boxes = [(low, high)]
    while (peeled := _peel(points, hits, *boxes[-1], alpha=alpha, least=least)) is not None:
        boxes.append(peeled)
    told = [_told(points, hits, *box) for box in boxes]
    reached = next((n for n, one in enumerate(told) if one.density >= dense), None)
    chosen = reached if reached is not None else max(range(len(told)), key=lambda n: (told[n].density, told[n].mass))
    low, high = _pasted(points, hits, *boxes[chosen], alpha=alpha)
    low, high = _without_idle(points, hits, low, high)
    one = _told(points, hits, low, high)
    sides = tuple(
        Side(
            k,
            None if np.isneginf(low[k]) else float(low[k]),
            None if np.isposinf(high[k]) else float(high[k]),
            _chance(points, hits, low, high, k),
        )
        for k in range(points.shape[1])
        if np.isfinite(low[k]) or np.isfinite(high[k])
    )
    return Box(sides, one.mass, one.coverage, one.density, len(points), float(hits.mean()), tuple(told))


def inside(points: Floats, low: Floats, high: Floats) -> Marks:
    """Which points a box holds."""
    return np.asarray(((points >= low) & (points <= high)).all(axis=1))


def _peel(
    points: Floats, hits: Marks, low: Floats, high: Floats, *, alpha: float, least: float
) -> tuple[Floats, Floats] | None:
    held = inside(points, low, high)
    if hits[held].all():
        return None
    best: tuple[float, int, tuple[Floats, Floats]] | None = None
    for k in range(points.shape[1]):
        column = points[held, k]
        for edge, is_low in ((np.quantile(column, alpha), True), (np.quantile(column, 1 - alpha), False)):
            left = column > edge if is_low else column < edge
            count = int(left.sum())
            if count == len(column) or count < max(1, least * len(points)):
                continue
            density = float(hits[held][left].mean())
            if best is None or (density, count) > best[:2]:
                ends = (low.copy(), high.copy())
                if is_low:
                    ends[0][k] = column[left].min()
                else:
                    ends[1][k] = column[left].max()
                best = (density, count, ends)
    return None if best is None else best[2]


def _pasted(points: Floats, hits: Marks, low: Floats, high: Floats, *, alpha: float) -> tuple[Floats, Floats]:
    low, high = low.copy(), high.copy()
    moved = True
    while moved:
        moved = False
        now = _told(points, hits, low, high)
        step = max(1, round(alpha * now.mass * len(points)))
        for k in range(points.shape[1]):
            others_low, others_high = low.copy(), high.copy()
            others_low[k], others_high[k] = -np.inf, np.inf
            column = np.sort(points[inside(points, others_low, others_high), k])
            for is_low in (True, False):
                wider_low, wider_high = low.copy(), high.copy()
                if is_low:
                    beyond = column[column < low[k]]
                    if not len(beyond):
                        continue
                    wider_low[k] = beyond[-min(step, len(beyond))]
                else:
                    beyond = column[column > high[k]]
                    if not len(beyond):
                        continue
                    wider_high[k] = beyond[min(step, len(beyond)) - 1]
                if _told(points, hits, wider_low, wider_high).density >= now.density:
                    low, high, moved = wider_low, wider_high, True
                    now = _told(points, hits, low, high)
    return low, high


def _without_idle(points: Floats, hits: Marks, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The box without conditions that do nothing, or whose hits could be chance."""
    low, high = low.copy(), high.copy()
    low[low <= points.min(axis=0)] = -np.inf
    high[high >= points.max(axis=0)] = np.inf
    while True:
        limited = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
        doubtful = {int(k): _chance(points, hits, low, high, int(k)) for k in limited}
        worst = max(doubtful, key=lambda k: doubtful[k], default=None)
        if worst is None or doubtful[worst] <= CHANCE or len(limited) == 1:
            return low, high
        low[worst], high[worst] = -np.inf, np.inf


def _told(points: Floats, hits: Marks, low: Floats, high: Floats) -> Peel:
    held = inside(points, low, high)
    found = int(hits[held].sum())
    limited = int((np.isfinite(low) | np.isfinite(high)).sum())
    density = found / int(held.sum()) if held.any() else 0.0
    return Peel(round(float(held.mean()), 9), round(found / int(hits.sum()), 9), round(density, 9), limited)


def _chance(points: Floats, hits: Marks, low: Floats, high: Floats, k: int) -> float:
    """How likely the box would hold so many hits if its condition on one column had nothing to do with them."""
    without_low, without_high = low.copy(), high.copy()
    without_low[k], without_high[k] = -np.inf, np.inf
    wider, held = inside(points, without_low, without_high), inside(points, low, high)
    return round(at_least(int(hits[held].sum()), int(held.sum()), float(hits[wider].mean())), 9)


def at_least(found: int, n: int, share: float) -> float:
    """The probability of `found` or more hits among n, each with a share's chance (binomial)."""
    if share <= 0 or share >= 1 or found <= 0:
        return 1.0 if found <= 0 or share >= 1 else 0.0
    terms = (
        lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(share) + (n - i) * log(1 - share)
        for i in range(found, n + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))
