"""How much of an industry's output hangs on imports, and how much hangs on an industry.

*Import content* of one won of a sector's product: what the sector itself imports (direct), and what it and all its
suppliers import (total), m (I - A)^-1. With value added and taxes the total sums to one.

*Hypothetical extraction* (Miller & Blair 2009, 12.2.6): the output the economy would lose if a sector neither bought
nor sold at home. It is a comparison of weights, not a forecast: nobody re-sources in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from madang.models.base import Floats
from madang.models.economy.leontief import Table
from madang.models.economy.prices import price_changes
from madang.models.economy.system import System


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What one won of each product holds, by sector of city and rest (2n): imports, value added, taxes on products."""

    direct: Floats
    total: Floats
    value_added: Floats
    taxes: Floats


def content_of(system: System) -> Content:
    """The contents of products of a system's first member."""
    matrix, abroad = system.matrix[0], system.abroad[0]
    total, worth, taxes = (price_changes(matrix, each) for each in (abroad, system.value_added, system.taxes))
    return Content(abroad, total, worth, taxes)


@lru_cache(maxsize=4)  # a table is read once and kept; sliders ask for it again and again
def extraction_losses(table: Table) -> Floats:
    """The share of all output that goes with each sector when it is taken out of the country's trade.

    Its purchases from and sales to others at home are struck out, its own final demand too; the rest produce what is
    left of theirs. Shares are of the table's output; a table without output has none (NaN).
    """
    n = len(table.codes)
    if not table.output.size or table.output.sum() <= 0:
        return np.full(n, np.nan)
    a, x = table.domestic, table.output
    final = x - a @ x
    losses = np.empty(n)
    for i in range(n):
        left = np.delete(np.arange(n), i)
        without = np.linalg.solve(np.eye(n - 1) - a[np.ix_(left, left)], final[left])
        losses[i] = 1 - without.sum() / x.sum()
    losses.flags.writeable = False
    return losses
