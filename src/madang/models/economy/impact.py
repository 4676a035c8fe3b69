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

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from madang.models.base import Context, Floats
from madang.models.economy.changes import Structure
from madang.models.economy.leontief import Table
from madang.models.economy.memory import Memory
from madang.models.economy.regional import Region
from madang.models.economy.system import System, final_abroad, system_of, with_structure
from madang.models.economy.yearly import Question, Yearly, answered, asked

CHUNK = 256  # members solved together: keeps the working set near 10 MB for some twenty sectors


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Spending at purchasers' prices in won: `spending[m, p, i]` by member, programme and product.

    `local[m, p]` is the share bought in the city, the same for all products; NaN leaves it to the location quotient.
    """

    spending: Floats
    local: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Assumed:
    """What the members assume: FLQ delta, a factor on import shares, a structure, a change of the investment's tax."""

    delta: Floats
    import_factor: Floats
    structure: Structure | None = None
    investment_tax: float = 0.0

    def of(self, rows: slice) -> Assumed:
        """The assumptions of some of the members."""
        return replace(self, delta=self.delta[rows], import_factor=self.import_factor[rows])


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


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """One solve's answers: what the demand moves, and what happens year after year."""

    impact: Impact
    yearly: Yearly

    @property
    def nbytes(self) -> int:
        """How much memory the answers take."""
        return self.impact.nbytes + self.yearly.nbytes


def evaluate(
    table: Table,
    region: Region,
    demand: Demand,
    *,
    delta: Floats,
    import_factor: Floats,
    structure: Structure | None = None,
    ctx: Context | None = None,
) -> Impact:
    """The impact of a demand for every member; an `import_factor` of 1 (members x sectors) is the table's own."""
    given = Assumed(delta, import_factor, structure)
    return evaluate_all(table, region, demand, given, question=Question(), ctx=ctx).impact


def evaluate_all(
    table: Table,
    region: Region,
    demand: Demand,
    given: Assumed,
    *,
    question: Question,
    ctx: Context | None = None,
) -> Solved:
    """The impact of a demand and the effects a year of what else is asked, for every member, in one solve each."""
    members = len(demand.spending)
    parts = []
    for start in range(0, members, CHUNK):
        if ctx is not None:
            ctx.check_cancelled()
            ctx.progress(start / members, "economy")
        rows = slice(start, start + CHUNK)
        cut = Demand(demand.spending[rows], demand.local[rows])
        parts.append(_solve(table, region, cut, given.of(rows), question))
    return Solved(Impact(**_joined([one for one, _ in parts])), Yearly(**_joined([year for _, year in parts])))


_BASES = Memory[System]()


def _base(table: Table, region: Region, given: Assumed) -> System:
    """The system before any structural change; kept where there is one, so that turning it builds little anew."""
    delta, factor = given.delta, given.import_factor

    def made() -> System:
        return system_of(table, region, None, delta=delta, import_factor=factor)

    return made() if given.structure is None else _BASES.of((table, region, delta, factor), made)


def _joined(parts: Sequence[Impact | Yearly]) -> dict[str, Floats]:
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in type(parts[0]).__slots__}


def _solve(table: Table, region: Region, demand: Demand, given: Assumed, question: Question) -> tuple[Impact, Yearly]:
    n, members = len(table.codes), len(given.delta)
    base = _base(table, region, given)
    system = base if given.structure is None else with_structure(base, given.structure)
    before = None if given.structure is None else base

    investment_taxes = table.investment_taxes + given.investment_tax
    basic = 1 - investment_taxes - table.investment_taxes_abroad
    local = np.where(np.isnan(demand.local)[:, :, None], system.here_final[:, None, :], demand.local[:, :, None])
    first = np.concatenate(system.final_in_city(demand.spending * basic, local), axis=2).transpose(0, 2, 1)
    spent = table.propensity * table.households[None]
    home = np.concatenate(system.final_in_city(spent, system.here_final), axis=1)
    away = np.concatenate(system.final_in_rest(), axis=1)
    more = asked(system, before, question)

    columns = [first, home[:, :, None], away[:, :, None], more.columns]
    solved = np.asarray(np.linalg.solve(system.matrix, np.concatenate(columns, axis=2)), dtype=np.float64)
    last = first.shape[2]
    x, of_incomes = solved[:, :, :last], solved[:, :, last : last + 2]
    worth = np.zeros((2, 2 * n))  # value added in the city, in the rest
    worth[0, :n], worth[1, n:] = system.value_added[:n], system.value_added[n:]
    income = worth @ x
    whole_income = np.linalg.solve(np.eye(2) - worth @ of_incomes, income)
    induced = np.asarray(of_incomes @ whole_income, dtype=np.float64)

    abroad, taxes = system.abroad[:, None], system.taxes
    shock = demand.spending.sum(axis=2)
    final_city, final_rest = final_abroad(system)
    first_imports = (demand.spending * basic * final_city[:, None, :]).sum(axis=2)
    spending = table.propensity * whole_income.sum(axis=1)
    household_imports = [(table.households[None] * f).sum(axis=1) for f in (final_city, final_rest)]
    spent_abroad = table.propensity * np.einsum("rm,mrp->mp", np.array(household_imports), whole_income)

    def by_sector(vector: Floats) -> Floats:
        return np.ascontiguousarray(vector.reshape(members, 2, n, -1).transpose(0, 3, 1, 2))

    def by_region(vector: Floats) -> Floats:
        return np.asarray(by_sector(vector).sum(axis=3))

    effects = Impact(
        shock=shock,
        output=by_region(x),
        value_added=income.transpose(0, 2, 1),
        imports=(abroad @ x)[:, 0] + first_imports + shock * table.investment_taxes_abroad,
        taxes=taxes @ x + shock * investment_taxes,
        direct_output=by_region(first),
        direct_value_added=(worth @ first).transpose(0, 2, 1),
        induced_output=by_region(induced),
        induced_value_added=(worth @ induced).transpose(0, 2, 1),
        induced_imports=(abroad @ induced)[:, 0] + spent_abroad + spending * table.household_taxes_abroad,
        induced_taxes=taxes @ induced + spending * table.household_taxes,
        household_spending=spending,
        output_by_sector=by_sector(x),
        induced_by_sector=by_sector(induced),
        direct_by_sector=by_sector(first),
    )
    per_won = of_incomes / table.propensity if table.propensity > 0 else of_incomes
    return effects, answered(system, question, more, solved[:, :, last + 2 :], per_won)


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
