"""Benefits and costs by year, brought to one year by a discount rate: B/C, net present value. Pure.

Amounts of a year are brought to the base year by (1 + rate) to the years between; amounts before it grow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from madang.errors import DataError


@dataclass(frozen=True, slots=True)
class Worth:
    """Present worth of benefits and costs; the ratio is None where nothing is spent."""

    benefits: int
    costs: int
    ratio: float | None
    net: int

    def as_json(self) -> dict[str, Any]:
        """The worth as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def worth(flows: Mapping[int, tuple[float, float]], *, rate: float, base_year: int) -> Worth:
    """The present worth of (benefit, cost) by year at a yearly rate (0.045 is 4.5 %)."""
    if not -1 < rate < 1:
        raise DataError("clusters.rate-beyond", rate=rate)
    if not flows:
        raise DataError("clusters.flows-missing")
    if any(cost < 0 for _, cost in flows.values()):
        raise DataError("clusters.cost-negative", year=next(y for y, (_, c) in flows.items() if c < 0))
    factors = {year: (1 + rate) ** (base_year - year) for year in flows}
    benefits = sum(factors[year] * benefit for year, (benefit, _) in flows.items())
    costs = sum(factors[year] * cost for year, (_, cost) in flows.items())
    return Worth(round(benefits), round(costs), round(benefits / costs, 6) if costs else None, round(benefits - costs))
