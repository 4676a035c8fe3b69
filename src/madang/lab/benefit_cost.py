"""Benefits and costs by year, brought to one year by a discount rate: B/C, net worth, internal rate, payback. Pure.

Amounts of a year are brought to the base year by (1 + rate) to the years between; amounts before it grow. The internal
rate of return is the rate at which nothing is left; where the yearly balance changes its sign more than once there may
be several (Descartes), and then none is given. Payback is the time from the first year until what was spent has come
back, within the year in which it does by its share of that year's balance (Brealey, Myers & Allen, Principles of
Corporate Finance, chapter on investment criteria).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError

Floats = NDArray[np.float64]
Flows = Mapping[int, tuple[float, float]]
IRR_LOW, IRR_HIGH = -0.99, 100.0
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Worth:
    """Present worth of benefits and costs; the ratio is None where nothing is spent, the others where there is none."""

    benefits: int
    costs: int
    ratio: float | None
    net: int
    irr: float | None = None
    payback: float | None = None
    discounted_payback: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The worth as plain JSON values."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"discountedPayback": found.pop("discounted_payback")}


@dataclass(frozen=True, slots=True, eq=False)
class Worths:
    """The worth of many variants, one entry each; NaN where there is none."""

    benefits: Floats
    costs: Floats
    ratio: Floats
    net: Floats


def worth(flows: Flows, *, rate: float, base_year: int) -> Worth:
    """The present worth of (benefit, cost) by year at a yearly rate (0.045 is 4.5 %)."""
    years, benefit, cost = columns(flows)
    found = worths(benefit[None], cost[None], years, rate=rate, base_year=base_year)
    benefits, costs = float(found.benefits[0]), float(found.costs[0])
    balance, factors = benefit - cost, discount_factors(years, rate, base_year)
    return Worth(
        round(benefits),
        round(costs),
        round(benefits / costs, 6) if costs else None,
        round(benefits - costs),
        internal_rate(years, balance),
        payback(years, balance),
        payback(years, balance * factors),
    )


def columns(flows: Flows) -> tuple[Floats, Floats, Floats]:
    """Years in order, benefits and costs; refused where there are none, or a cost is below zero."""
    if not flows:
        raise DataError("clusters.flows-missing")
    if any(cost < 0 for _, cost in flows.values()):
        raise DataError("clusters.cost-negative", year=next(y for y, (_, c) in flows.items() if c < 0))
    rows = np.array([(year, *flows[year]) for year in sorted(flows)], dtype=np.float64)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def discount_factors(years: Floats, rate: float | Floats, base_year: int) -> Floats:
    """What one won of each year is worth in the base year."""
    return np.asarray((1.0 + np.asarray(rate)[..., None]) ** (base_year - years), dtype=np.float64)


def worths(benefits: Floats, costs: Floats, years: Floats, *, rate: float | Floats, base_year: int) -> Worths:
    """The worth of many variants (variants x years) at one rate, or at a rate each."""
    rates = np.asarray(rate, dtype=np.float64)
    if not ((rates > -1) & (rates < 1)).all():
        raise DataError("clusters.rate-beyond", rate=rate)
    factors = discount_factors(years, rates, base_year)
    gained, spent = (benefits * factors).sum(axis=-1), (costs * factors).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(spent > 0, gained / spent, np.nan)
    return Worths(gained, spent, ratio, gained - spent)


def internal_rate(years: Floats, balance: Floats) -> float | None:
    """The yearly rate at which the balances are worth nothing together; None where there is none or several."""
    signs = np.sign(balance[balance != 0])
    if int((signs[1:] != signs[:-1]).sum()) != 1:
        return None
    first, low, high = years[0], IRR_LOW, IRR_HIGH

    def left(rate: float) -> float:
        return float((balance * (1.0 + rate) ** (first - years)).sum())

    at_low = left(low)
    if at_low * left(high) > 0:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if left(middle) * at_low > 0:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 9)


def payback(years: Floats, balance: Floats) -> float | None:
    """Years from the first until the balances add up to nothing left to recover; None where they never do for good."""
    total = np.cumsum(balance)
    if not len(total) or total[-1] < 0 or total.min() >= 0:
        return None
    last = int(np.flatnonzero(total < 0)[-1])  # after it, what was spent has come back for good
    step = years[last + 1] - years[last]
    return round(float(years[last] - years[0] + step * -total[last] / balance[last + 1]), 6)
