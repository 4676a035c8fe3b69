"""The open Leontief model on any input-output table (Miller & Blair 2009, chapter 2).

A table is kept as coefficients per unit of output: what each sector buys from each (domestic and imported together),
the share of each purchase that is imported, taxes on products, taxes paid abroad, value added. Down each column these
sum to one, which is why nothing can get lost: for a demand f for domestic products,

    x = (I - A_d)^-1 f        and        value added + imports + taxes of x  =  sum of f.

A_d is the domestic part of A. The module knows nothing of cities, programmes or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from madang.errors import ModelError
from madang.models.base import Floats

BALANCE_TOLERANCE = 1e-9
SOURCE_WORDS = ("title", "publisher", "terms", "method")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a table comes from and on what terms; stands on every result made with it."""

    title: str
    publisher: str
    terms: str
    method: str
    status: str = "observed"
    korean: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> dict[str, str]:
        """Title, publisher, terms and method in a language, as far as the table says them in it."""
        told = self.korean if language == "ko" else {}
        return {name: told.get(name) or getattr(self, name) for name in SOURCE_WORDS}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """An input-output table as coefficients; n sectors, columns are buyers.

    `total[i, j]` is what one unit of output of j buys of product i; `imported[i, j]` the share of that which comes from
    abroad, `imported_final[i]` the same share in final demand. `households` is the pattern of household spending at
    basic prices per unit spent at purchasers' prices, `propensity` household spending per unit of value added.
    """

    codes: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    year: int
    total: Floats
    imported: Floats
    imported_final: Floats
    value_added: Floats
    taxes: Floats
    taxes_abroad: Floats
    households: Floats
    household_taxes: float
    household_taxes_abroad: float
    propensity: float
    investment_taxes: float
    investment_taxes_abroad: float
    source: Source
    output: Floats = field(default_factory=lambda: np.empty(0))  # levels, where the table has them; only for weights

    @property
    def domestic(self) -> Floats:
        """Coefficients of domestic purchases."""
        return np.asarray(self.total * (1 - self.imported))


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers:
    """Effects per unit of demand for each sector's domestic product, in the open model."""

    output: Floats
    value_added: Floats
    imports: Floats
    taxes: Floats


def checked(table: Table) -> Table:
    """The table itself, after its laws: shapes, shares, balanced columns, spectral radius below one."""
    n = len(table.codes)
    if table.total.shape != (n, n) or table.imported.shape != (n, n):
        raise ModelError("models.table-shape", sectors=n, found=str(table.total.shape))
    if not all(np.isfinite(v).all() for v in (table.total, table.imported, table.value_added, table.taxes)):
        raise ModelError("models.table-unknown-cells")
    if (table.imported < 0).any() or (table.imported > 1).any():
        raise ModelError("models.table-import-shares")
    sums = table.total.sum(axis=0) + table.value_added + table.taxes + table.taxes_abroad
    worst = int(np.argmax(np.abs(sums - 1)))
    if abs(sums[worst] - 1) > BALANCE_TOLERANCE:
        raise ModelError("models.table-unbalanced", sector=table.codes[worst], found=f"{sums[worst]:.6f}")
    radius = spectral_radius(table.domestic)
    if not radius < 1:
        raise ModelError("models.table-unproductive", radius=f"{radius:.4f}")
    return table


def spectral_radius(a: Floats) -> float:
    """The largest absolute eigenvalue of a coefficient matrix; above one, the economy it describes can't exist."""
    if not a.size:
        return 0.0
    if len(a) <= 200:
        return float(np.abs(np.linalg.eigvals(a)).max())
    return _power_iteration(np.abs(a))


def _power_iteration(a: Floats, steps: int = 500) -> float:
    """The Perron root of a non-negative matrix, from above: the Collatz-Wielandt bound of the last step."""
    v = np.full(len(a), 1.0)
    bound = float("inf")
    for _ in range(steps):
        w = a @ v + 1e-12  # keeps the vector positive, so that the bound holds for reducible matrices too
        now = float((w / v).max())
        v = w / w.max()
        if bound - now < 1e-12 * max(now, 1e-300):
            return min(bound, now)
        bound = min(bound, now)
    return bound


def leontief_inverse(a: Floats) -> Floats:
    """(I - A)^-1; refuses a matrix whose spectral radius is not below one."""
    radius = spectral_radius(a)
    if not radius < 1:
        raise ModelError("models.table-unproductive", radius=f"{radius:.4f}")
    return np.asarray(np.linalg.inv(np.eye(len(a)) - a), dtype=np.float64)


def multipliers(table: Table) -> Multipliers:
    """Output, value-added, import and tax multipliers of each sector; value added + imports + taxes is one."""
    inverse = leontief_inverse(table.domestic)
    abroad = (table.total * table.imported).sum(axis=0) + table.taxes_abroad
    return Multipliers(inverse.sum(axis=0), table.value_added @ inverse, abroad @ inverse, table.taxes @ inverse)


def coefficients(flows: Floats, output: Floats) -> Floats:
    """Flows per unit of the buyer's output; a sector without output buys nothing."""
    return np.divide(flows, output, out=np.zeros_like(flows), where=output != 0)
