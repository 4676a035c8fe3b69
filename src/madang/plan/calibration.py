"""Calibration (예측 정확도): how good the promised numbers were, by model, by who stands for them, and by plan.

Each promise counts once, with its standing outcome and the latest score of it. Misses of different units are made
comparable by dividing by the promised number:

    bias        mean of (actual - promised) / |promised|
    mape        mean of |actual - promised| / |promised|
    coverage    share of actual values within p05 to p95; a well-calibrated forecast has about 0.9
    interval    mean of the interval score for that band (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102, eq. 43),
                (u - l) + 2/a (l - x) if x < l + 2/a (x - u) if x > u, with a = 0.1, divided by |promised|;
                lower is better

A promise of zero has no relative miss and is left out of the rates, and counted. Fewer than five make no rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import fsum
from typing import Any

from madang.errors import both
from madang.indicators.quantity import rounded

Pair = Mapping[str, str]

LEAST = 5
ALPHA = 0.1  # of a band from p05 to p95
SOURCE = "Gneiting, T. & Raftery, A. E. (2007) J. Am. Stat. Assoc. 102(477), 359-378, eq. 43"


@dataclass(frozen=True, slots=True)
class Held:
    """One promise held against what came: the numbers, and whom it concerns."""

    promised: float
    actual: float
    low: float | None
    high: float | None
    verdict: str
    model: str
    owners: tuple[str, ...]
    plan: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good the forecasts of one model, owner or plan were; None where there are too few, as `note` then says."""

    by: str
    id: str
    label: Pair
    n: int
    kept: int
    missed: int
    bias: float | None
    mape: float | None
    n_relative: int
    coverage: float | None
    interval_score: float | None
    n_bands: int
    note: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The row for a page or a machine."""
        return asdict(self) | {"least": LEAST, "source": SOURCE}


def calibrate(held: Iterable[Held], labels: Mapping[str, Pair]) -> list[Calibration]:
    """The rows by model, owner and plan, each sorted by name; and one of all together."""
    every = list(held)
    groups: dict[tuple[str, str], list[Held]] = {("all", "all"): every}
    for one in every:
        for by, id in (("model", one.model), *(("owner", owner) for owner in one.owners), ("plan", one.plan)):
            groups.setdefault((by, id), []).append(one)
    order = ("all", "model", "owner", "plan")
    keys = sorted(groups, key=lambda key: (order.index(key[0]), key[1]))
    return [_row(by, id, groups[by, id], labels.get(id) or {"ko": id, "en": id}) for by, id in keys]


def interval_score(low: float, high: float, actual: float, alpha: float = ALPHA) -> float:
    """The interval score of one central band."""
    return (high - low) + 2 / alpha * max(low - actual, 0.0) + 2 / alpha * max(actual - high, 0.0)


def _row(by: str, id: str, held: list[Held], label: Pair) -> Calibration:
    relative = [(one.actual - one.promised) / abs(one.promised) for one in held if one.promised]
    bands = [one for one in held if one.low is not None and one.high is not None]
    inside = [one.low <= one.actual <= one.high for one in bands if one.low is not None and one.high is not None]
    scores = [
        interval_score(one.low, one.high, one.actual) / abs(one.promised)
        for one in bands
        if one.low is not None and one.high is not None and one.promised
    ]
    return Calibration(
        by=by,
        id=id,
        label=label,
        n=len(held),
        kept=sum(one.verdict == "kept" for one in held),
        missed=sum(one.verdict == "missed" for one in held),
        bias=_mean(relative),
        mape=_mean([abs(one) for one in relative]),
        n_relative=len(relative),
        coverage=_mean([float(one) for one in inside]),
        interval_score=_mean(scores),
        n_bands=len(bands),
        note=both("plan.too-few", n=len(held), least=LEAST) if len(held) < LEAST else None,
    )


def _mean(values: list[float]) -> float | None:
    """The mean, to the digits that are kept; None of fewer than five."""
    return None if len(values) < LEAST else rounded(fsum(values) / len(values), "1")
