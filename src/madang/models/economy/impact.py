"""What a demand moves: output, value added, imports and taxes, in the city and in the rest of Korea, in one solve.

Two regions with one technology (interregional model, Miller & Blair 2009, 3.3). What sector j buys of product i at home
splits into the part that stays in the buyer's region and the part from the other (`regional`). The two parts sum to the
national coefficient, so national totals never depend on how the country is split.

Open model (type I): the demand, and everything bought to produce it. Closed for households (type II, Miller & Blair
2.5): value added is also spent, at the table's ratio of household spending to value added, in the region where it is
earned; the difference to the open model is the *induced* effect. It is an upper bound: all value added is income.

Conservation: in the open model value added + imports + taxes equals the demand, member by member; `accounted` is
that sum. In the closed model the same sum equals the demand plus what households spend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.models.base import Context, Floats
from madang.models.economy.leontief import Table
from madang.models.economy.regional import Region, cross_quotients, size_factor, staying

CHUNK = 256  # members solved together: keeps the working set near 10 MB for some twenty sectors


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Spending at purchasers' prices in won: `spending[m, p, i]` by member, programme and product.

    `local[m, p]` is the share bought in the city, the same for all products; NaN leaves it to the location quotient.
    """

    spending: Floats
    local: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Impact:
    """Effects in won by member and programme; then by region (city, rest), then by sector where the name says so."""

    shock: Floats
    output: Floats
    value_added: Floats
    imports: Floats
    taxes: Floats
    direct_output: Floats
    direct_value_added: Floats
    induced_output: Floats
    induced_value_added: Floats
    induced_imports: Floats
    induced_taxes: Floats
    household_spending: Floats
    output_by_sector: Floats
    induced_by_sector: Floats
    direct_by_sector: Floats

    @property
    def accounted(self) -> Floats:
        """Value added + imports + taxes of the open model, which is the demand again."""
        return np.asarray(self.value_added.sum(axis=2) + self.imports + self.taxes)

    @property
    def nbytes(self) -> int:
        """How much memory the effects take."""
        return sum(getattr(self, name).nbytes for name in Impact.__slots__)

    def scaled(self, amounts: Floats) -> Impact:
        """The effects summed over programmes, each taken times its amount: members x 1 programme."""

        def times(effect: Floats) -> Floats:
            summed = np.einsum("mp...,p->m...", effect, amounts)  # no BLAS threads for so little work
            return np.asarray(summed, dtype=np.float64)[:, None]

        return Impact(**{name: times(getattr(self, name)) for name in Impact.__slots__})


def evaluate(
    table: Table,
    region: Region,
    demand: Demand,
    *,
    delta: Floats,
    import_factor: Floats,
    ctx: Context | None = None,
) -> Impact:
    """The impact of a demand for every member; an `import_factor` of 1 (members x sectors) is the table's own."""
    members = len(demand.spending)
    parts = []
    for start in range(0, members, CHUNK):
        if ctx is not None:
            ctx.check_cancelled()
            ctx.progress(start / members, "economy")
        rows = slice(start, start + CHUNK)
        cut = Demand(demand.spending[rows], demand.local[rows])
        parts.append(_solve(table, region, cut, delta[rows], import_factor[rows]))
    names = Impact.__slots__
    return Impact(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _solve(table: Table, region: Region, demand: Demand, delta: Floats, import_factor: Floats) -> Impact:
    n, members = len(table.codes), len(delta)
    imported = np.minimum(1.0, import_factor[:, :, None] * table.imported[None])
    final_home = 1 - np.minimum(1.0, import_factor * table.imported_final[None])
    domestic = table.total[None] * (1 - imported)

    here, here_final = staying(region.slq, cross_quotients(region.slq), size_factor(region.share, delta))
    there, there_final = staying(
        region.slq_rest, cross_quotients(region.slq_rest), size_factor(1 - region.share, delta)
    )
    absent = region.slq == 0  # what the city does not make, the rest makes
    there[:, absent, :] = 1.0
    there_final[:, absent] = 1.0

    system = np.empty((members, 2 * n, 2 * n))
    kept = here * domestic
    system[:, :n, :n] = -kept
    system[:, n:, :n] = kept - domestic
    kept = there * domestic
    system[:, n:, n:] = -kept
    system[:, :n, n:] = kept - domestic
    diagonal = np.arange(2 * n)
    system[:, diagonal, diagonal] += 1.0

    basic = 1 - table.investment_taxes - table.investment_taxes_abroad
    local = np.where(np.isnan(demand.local)[:, :, None], here_final[:, None, :], demand.local[:, :, None])
    wanted = demand.spending * basic * final_home[:, None, :]
    first = np.concatenate([wanted * local, wanted * (1 - local)], axis=2).transpose(0, 2, 1)

    spent = table.propensity * table.households[None] * final_home
    home = np.concatenate([spent * here_final, spent * (1 - here_final)], axis=1)
    away = np.concatenate([spent * (1 - there_final), spent * there_final], axis=1)

    solved = np.linalg.solve(system, np.concatenate([first, home[:, :, None], away[:, :, None]], axis=2))
    x, of_incomes = solved[:, :, :-2], solved[:, :, -2:]
    worth = np.zeros((2, 2 * n))  # value added in the city, in the rest
    worth[0, :n] = worth[1, n:] = table.value_added
    income = worth @ x
    whole_income = np.linalg.solve(np.eye(2) - worth @ of_incomes, income)
    induced = of_incomes @ whole_income

    abroad = (table.total[None] * imported).sum(axis=1) + table.taxes_abroad
    abroad, taxes = np.concatenate([abroad, abroad], axis=1)[:, None], np.concatenate([table.taxes, table.taxes])
    shock = demand.spending.sum(axis=2)
    first_imports = (demand.spending * basic * (1 - final_home[:, None, :])).sum(axis=2)
    spending = table.propensity * whole_income.sum(axis=1)
    household_imports = (table.households[None] * (1 - final_home)).sum(axis=1) + table.household_taxes_abroad

    def by_sector(vector: Floats) -> Floats:
        return np.ascontiguousarray(vector.reshape(members, 2, n, -1).transpose(0, 3, 1, 2))

    def by_region(vector: Floats) -> Floats:
        return np.asarray(by_sector(vector).sum(axis=3))

    return Impact(
        shock=shock,
        output=by_region(x),
        value_added=income.transpose(0, 2, 1),
        imports=(abroad @ x)[:, 0] + first_imports + shock * table.investment_taxes_abroad,
        taxes=taxes @ x + shock * table.investment_taxes,
        direct_output=by_region(first),
        direct_value_added=(worth @ first).transpose(0, 2, 1),
        induced_output=by_region(induced),
        induced_value_added=(worth @ induced).transpose(0, 2, 1),
        induced_imports=(abroad @ induced)[:, 0] + spending * household_imports[:, None],
        induced_taxes=taxes @ induced + spending * table.household_taxes,
        household_spending=spending,
        output_by_sector=by_sector(x),
        induced_by_sector=by_sector(induced),
        direct_by_sector=by_sector(first),
    )


def alternatives(table: Table, region: Region, spending: Floats, *, delta: float) -> Impact:
    """Many alternatives under one set of assumptions: `spending` is alternatives x products, in won.

    Effects are linear in spending, so the response to each product is solved once and the rest is a matrix product.
    The answer has one member an alternative, and one programme.
    """
    n = len(table.codes)
    unit = Demand(np.eye(n)[None], np.full((1, n), np.nan))
    each = evaluate(table, region, unit, delta=np.array([delta]), import_factor=np.ones((1, n)))
    return Impact(
        **{name: np.tensordot(spending, getattr(each, name)[0], axes=1)[:, None] for name in Impact.__slots__}
    )
