"""Who bears a tax: the Leontief price model (Miller & Blair 2009, 2.6), prices p = v (I - A)^-1 at fixed quantities.

A unit of output costs what it buys and what is added: value added, imports, taxes. In the table's own prices all p are
one. A rate t on a sector's output adds t to its cost, every buyer passes the whole of it on, and

    dp = t (I - A)^-1

*This is the cost-push upper bound*: nobody buys less, nobody earns less, wages do not follow prices, import prices and
exchange rate stay. What is collected at today's output equals what final users pay more; households pay their part.
A subsidy is a negative rate, and its lower prices are the lower bound.

A rate on *investment* changes no price between sectors: the programme buys less for the same money (`impact`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.models.base import Floats, Records
from madang.models.economy.changes import area_of, number, parts
from madang.models.economy.leontief import Table

BASES = ("output", "investment")
MOST = 0.5  # of the price: beyond half of it fixed quantities mean nothing


@dataclass(frozen=True, slots=True, eq=False)
class TaxChange:
    """One change of a rate: on the output of the touched sectors (2n, city first), or on investment (none touched)."""

    id: str
    rate: float
    touched: Floats

    @property
    def on_investment(self) -> bool:
        """Whether the rate is on what investors buy."""
        return not self.touched.any()


def taxes_of(given: object, table: Table) -> tuple[TaxChange, ...]:
    """The changes of rates of an alternative."""
    records = given if isinstance(given, Records) else Records((), ())
    return tuple(_tax(id, row, table) for id, row in zip(records.ids, records.rows, strict=True))


def price_changes(matrix: Floats, rates: Floats) -> Floats:
    """dp = t (I - A)^-1 for one system (I - A) and the rates on its sectors."""
    return np.asarray(np.linalg.solve(matrix.T, rates), dtype=np.float64)


def investment_tax(taxes: Sequence[TaxChange]) -> float:
    """What is added to the tax on investment; changes that together pass the bounds of one are refused."""
    on_investment = [t for t in taxes if t.on_investment]
    together = ", ".join(t.id for t in on_investment)
    return number(float(sum(t.rate for t in on_investment)), together, "rateChange", low=-MOST, high=MOST)


def taxed(taxes: Sequence[TaxChange], sectors: int) -> Floats:
    """The sectors that each change on output touches: changes x 2n."""
    rows = [t.touched for t in taxes if not t.on_investment]
    return np.array(rows).reshape(len(rows), 2 * sectors)


def rates(taxes: Sequence[TaxChange]) -> Floats:
    """The rates of the changes on output, in their order."""
    return np.array([t.rate for t in taxes if not t.on_investment])


def _tax(id: str, row: Mapping[str, Any], table: Table) -> TaxChange:
    n = len(table.codes)
    base = row.get("taxBase") or "output"
    if base not in BASES:
        known = ", ".join(BASES)
        raise DataError("economy.word-unknown", entity=id, attribute="taxBase", found=base, known=known)
    rate = number(row.get("rateChange"), id, "rateChange", low=-MOST, high=MOST)
    touched = np.zeros(2 * n)
    if base == "output":
        if row.get("sector") is None:
            raise DataError("economy.tax-without-sector", entity=id)
        at = parts(row["sector"], table, id)
        touched[at] = 1.0
        if area_of(row, id) == "country":
            touched[[n + i for i in at]] = 1.0
    return TaxChange(id, rate, touched)
