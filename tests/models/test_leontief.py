"""The open Leontief model answers to the textbook and keeps its laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from invented_city import region_from, seeds, table_from

from madang.errors import ModelError
from madang.models.economy.impact import Demand, Impact, alternatives, evaluate
from madang.models.economy.leontief import (
    Table,
    _power_iteration,
    checked,
    leontief_inverse,
    multipliers,
    spectral_radius,
)
from madang.models.economy.regional import Region, size_factor

SECTORS, MEMBERS, PROGRAMMES = 5, 3, 2
TEXTBOOK = np.array([[0.15, 0.25], [0.20, 0.05]])  # Miller & Blair (2009), 2.3: Z / x of the two-sector economy


def test_the_two_sector_economy_of_the_textbook_comes_out() -> None:
    """Miller & Blair (2009), section 2.3: L and x for f = (600, 1500); the book prints four places."""
    inverse = leontief_inverse(TEXTBOOK)
    assert np.allclose(inverse, [[1.2541, 0.3300], [0.2640, 1.1221]], atol=5e-5)
    assert np.allclose(inverse @ [600, 1500], [1247.52, 1841.58], atol=0.01)


def test_an_economy_that_eats_more_than_it_makes_is_refused() -> None:
    with pytest.raises(ModelError) as caught:
        leontief_inverse(np.array([[0.7, 0.5], [0.5, 0.6]]))
    assert caught.value.code == "models.table-unproductive"


@given(seeds)
@settings(max_examples=25)
def test_power_iteration_bounds_the_largest_eigenvalue_closely_from_above(seed: int) -> None:
    a = np.random.default_rng(seed).random((6, 6)) / 7
    exact = float(np.abs(np.linalg.eigvals(a)).max())
    assert exact - 1e-9 <= _power_iteration(a) <= exact + 1e-6


@given(seeds)
@settings(max_examples=25)
def test_value_added_imports_and_taxes_of_one_unit_of_demand_are_one(seed: int) -> None:
    m = multipliers(table_from(np.random.default_rng(seed), SECTORS))
    assert np.allclose(m.value_added + m.imports + m.taxes, 1.0, atol=1e-12)
    assert (m.output >= 1).all()


def test_an_unbalanced_table_is_refused_with_its_sector() -> None:
    table = table_from(np.random.default_rng(1), 3)
    with pytest.raises(ModelError) as caught:
        checked(replace(table, value_added=table.value_added + np.array([0, 0.1, 0])))
    assert caught.value.facts["sector"] == "D11"


def test_a_table_with_an_unknown_cell_is_refused_not_read_as_zero() -> None:
    table = table_from(np.random.default_rng(1), 3)
    with pytest.raises(ModelError) as caught:
        checked(replace(table, total=np.where(np.eye(3) > 0, np.nan, table.total)))
    assert caught.value.code == "models.table-unknown-cells"


# --- two regions -----------------------------------------------------------------------------------------------------


def case(seed: int) -> tuple[Table, Region, Demand, np.ndarray, np.ndarray]:
    """An invented table, region, demand and draws."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, SECTORS), region_from(rng, SECTORS)
    spending = rng.random((MEMBERS, PROGRAMMES, SECTORS)) * 1e9
    local = np.where(rng.random((MEMBERS, PROGRAMMES)) > 0.5, np.nan, rng.random((MEMBERS, PROGRAMMES)))
    return (
        table,
        region,
        Demand(spending, local),
        rng.uniform(0, 0.5, MEMBERS),
        rng.uniform(0.5, 1.5, (MEMBERS, SECTORS)),
    )


def solve(table: Table, region: Region, demand: Demand, delta: np.ndarray, factor: np.ndarray) -> Impact:
    return evaluate(table, region, demand, delta=delta, import_factor=factor)


@given(seeds)
@settings(max_examples=40)
def test_value_added_imports_and_taxes_equal_the_demand(seed: int) -> None:
    """Conservation of the open model, to 1e-12 of the demand: a few roundings of doubles."""
    done = solve(*case(seed))
    assert np.allclose(done.accounted, done.shock, rtol=1e-12)
    for effect in (done.value_added, done.imports, done.taxes, done.output, done.induced_output):
        assert (effect >= -1e-6).all()


@given(seeds)
@settings(max_examples=25)
def test_closed_for_households_the_sum_is_demand_plus_what_households_spend(seed: int) -> None:
    done = solve(*case(seed))
    whole = done.accounted + done.induced_value_added.sum(axis=2) + done.induced_imports + done.induced_taxes
    assert np.allclose(whole, done.shock + done.household_spending, rtol=1e-12)


@given(seeds)
@settings(max_examples=25)
def test_output_is_what_is_bought_for_production_plus_demand(seed: int) -> None:
    """x = A x + f, summed over both regions with the national coefficients."""
    table, region, demand, delta, factor = case(seed)
    done = solve(table, region, demand, delta, factor)
    for m in range(MEMBERS):
        domestic = table.total * (1 - np.minimum(1, factor[m][:, None] * table.imported))
        x, f = done.output_by_sector[m].sum(axis=1), done.direct_by_sector[m].sum(axis=1)
        assert np.allclose(x, x @ domestic.T + f, rtol=1e-10)


@given(seeds)
@settings(max_examples=25)
def test_national_totals_do_not_depend_on_how_the_country_is_split(seed: int) -> None:
    table, region, demand, delta, factor = case(seed)
    one = solve(table, region, demand, delta, factor)
    other = solve(table, region_from(np.random.default_rng(seed + 1), SECTORS), demand, delta / 2, factor)
    assert np.allclose(one.output_by_sector.sum(axis=2), other.output_by_sector.sum(axis=2), rtol=1e-9)
    assert np.allclose(one.imports, other.imports, rtol=1e-9)


@given(seeds)
@settings(max_examples=25)
def test_effects_are_linear_in_spending_and_no_spending_moves_nothing(seed: int) -> None:
    table, region, demand, delta, factor = case(seed)
    one = solve(table, region, demand, delta, factor)
    twice = solve(table, region, Demand(2 * demand.spending, demand.local), delta, factor)
    none = solve(table, region, Demand(0 * demand.spending, demand.local), delta, factor)
    assert np.allclose(twice.output_by_sector, 2 * one.output_by_sector, rtol=1e-12)
    assert not none.output_by_sector.any()
    assert not none.shock.any()
    together = one.scaled(np.array([1.0, 1.0])).value_added[:, 0]
    assert np.allclose(together, one.value_added.sum(axis=1), rtol=1e-12)


@given(seeds)
@settings(max_examples=25)
def test_more_imports_leave_no_more_at_home(seed: int) -> None:
    table, region, demand, delta, factor = case(seed)
    little = solve(table, region, demand, delta, factor * 0.5)
    much = solve(table, region, demand, delta, factor)
    assert (much.value_added.sum(axis=2) <= little.value_added.sum(axis=2) * (1 + 1e-12)).all()


@given(seeds)
@settings(max_examples=25)
def test_a_larger_delta_leaves_no_more_in_the_city_of_its_own_demand(seed: int) -> None:
    """In the first round; beyond it a small region's feedback from the rest may grow."""
    table, region, demand, _, factor = case(seed)
    free = Demand(demand.spending, np.full_like(demand.local, np.nan))
    low, high = (solve(table, region, free, np.full(MEMBERS, d), factor) for d in (0.1, 0.4))
    assert (high.direct_output[:, :, 0] <= low.direct_output[:, :, 0] * (1 + 1e-12)).all()


def test_many_alternatives_in_one_product_are_each_solved_alone() -> None:
    table, region, demand, _, _ = case(7)
    spending = demand.spending[:, 0]
    many = alternatives(table, region, spending, delta=0.3)
    for n, one in enumerate(spending):
        alone = evaluate(
            table,
            region,
            Demand(one[None, None], np.full((1, 1), np.nan)),
            delta=np.array([0.3]),
            import_factor=np.ones((1, SECTORS)),
        )
        assert np.allclose(many.output_by_sector[n], alone.output_by_sector[0], rtol=1e-10)
        assert np.allclose(many.accounted[n], alone.shock[0], rtol=1e-12)


def test_a_city_that_makes_nothing_of_a_product_sells_none_of_it() -> None:
    table, _, demand, delta, factor = case(3)
    region = Region(np.array([0.0, 2, 1, 1, 1]), np.array([1.01, 0.99, 1, 1, 1]), 0.01, 2020)
    bare = Demand(demand.spending, np.full_like(demand.local, np.nan))
    done = solve(table, region, bare, delta, factor)
    assert not done.output_by_sector[:, :, 0, 0].any()


def test_the_size_factor_is_that_of_flegg_and_webber() -> None:
    """lambda = log2(1 + share)^delta: 1 for a whole country, and for any size when delta is 0."""
    assert np.allclose(size_factor(1.0, np.array([0.3])), 1)
    assert np.allclose(size_factor(0.05, np.array([0.0])), 1)
    assert np.allclose(size_factor(0.05, np.array([0.3])), np.log2(1.05) ** 0.3)


def test_the_spectral_radius_of_the_textbook_economy_is_below_one() -> None:
    assert spectral_radius(TEXTBOOK) == pytest.approx(0.32913, abs=1e-5)
