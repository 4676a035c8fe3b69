"""The economy model answers to theory: the textbook's two sectors, prices, a new firm, extraction; provinces; a year.

The two-sector economy is Miller & Blair's (2009, 2.3): flows Z = [[150, 500], [200, 100]], output x = (1000, 2000).
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

sys.path.insert(0, str(Path(__file__).parent.parent / "models"))

from invented_city import region_from, seeds, table_from

from madang.models.base import Records
from madang.models.economy import nested
from madang.models.economy.changes import Structure, structure_of
from madang.models.economy.dependency import content_of, extraction_losses
from madang.models.economy.impact import Assumed, Demand, Solved, evaluate, evaluate_all
from madang.models.economy.leontief import Source, Table, checked, multipliers
from madang.models.economy.prices import price_changes
from madang.models.economy.provinces import Provinces
from madang.models.economy.regional import Region
from madang.models.economy.system import System, system_of
from madang.models.economy.yearly import Operation, Question

N, MEMBERS = 5, 3
PRINTED = 5e-5  # the book prints four places
Z, OUTPUT = np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0])
ALONE = Region(np.zeros(2), np.ones(2), 0.0, 2020)  # no city: all that is domestic is made in the rest


def textbook(households: tuple[float, float] = (0.0, 0.0)) -> Table:
    """The two-sector economy: no trade, no taxes; households spend what they earn by a pattern."""
    a = Z / OUTPUT
    spent = sum(households)
    return checked(
        Table(
            codes=("C26", "F"),
            labels={c: {"ko": c, "en": c} for c in ("C26", "F")},
            year=2015,
            total=a,
            imported=np.zeros((2, 2)),
            imported_final=np.zeros(2),
            value_added=1 - a.sum(axis=0),
            taxes=np.zeros(2),
            taxes_abroad=np.zeros(2),
            households=np.array(households) / spent if spent else np.array([0.5, 0.5]),
            household_taxes=0.0,
            household_taxes_abroad=0.0,
            propensity=spent / float((1 - a.sum(axis=0)) @ OUTPUT) if spent else 0.0,
            investment_taxes=0.0,
            investment_taxes_abroad=0.0,
            source=Source("Miller & Blair 2009", "", "", ""),
            output=OUTPUT,
        )
    )


def system(table: Table, region: Region, structure: Structure | None = None, delta: float = 0.25) -> System:
    ones = np.ones((1, len(table.codes)))
    return system_of(table, region, structure, delta=np.array([delta]), import_factor=ones)


def all_of(
    table: Table, region: Region, spending: np.ndarray, question: Question, structure: Structure | None = None
) -> Solved:
    n = len(table.codes)
    demand = Demand(spending.reshape(1, 1, n), np.full((1, 1), np.nan))
    given = Assumed(np.array([0.25]), np.ones((1, n)), structure)
    return evaluate_all(table, region, demand, given, question=question)


# --- the textbook ----------------------------------------------------------------------------------------------------


def test_the_quantities_of_the_two_sector_economy() -> None:
    """Miller & Blair 2.3: f = (600, 1500) moves x = (1247.52, 1841.58); the book's L has four places: 0.1 of x."""
    done = all_of(textbook(), ALONE, np.array([600.0, 1500.0]), Question()).impact
    assert np.allclose(done.output_by_sector[0, 0, 1], [1247.52, 1841.58], atol=0.1)
    assert done.value_added.sum() == pytest.approx(2100, rel=1e-12)


def test_the_prices_of_the_two_sector_economy() -> None:
    """Miller & Blair 2.6: base prices are one; wages up 30 % in sector 1 alone raise prices as v (I - A)^-1 says.

    Value added is (0.65, 0.70) per unit, so the push is (0.195, 0), and with the book's inverse dp = 0.195 x
    (1.2541, 0.3300) = (0.24455, 0.06435).
    """
    table = textbook()
    matrix = np.eye(2) - table.total
    assert np.allclose(price_changes(matrix, table.value_added), 1, atol=1e-12)
    assert np.allclose(price_changes(matrix, np.array([0.3 * 0.65, 0.0])), [0.24455, 0.06435], atol=0.195 * PRINTED)


def test_closed_for_households_the_two_sector_economy_agrees_with_the_augmented_inverse() -> None:
    """Miller & Blair 2.5: the induced effect is that of (I - [[A, h], [v, 0]])^-1, here solved as three sectors."""
    table = textbook(households=(50.0, 400.0))
    closed = np.zeros((3, 3))
    closed[:2, :2], closed[2, :2] = table.total, table.value_added
    closed[:2, 2] = table.households * table.propensity
    f = np.array([600.0, 1500.0])
    whole = np.linalg.solve(np.eye(3) - closed, [*f, 0.0])
    done = all_of(table, ALONE, f, Question()).impact
    assert np.allclose(done.output_by_sector[0, 0, 1] + done.induced_by_sector[0, 0, 1], whole[:2], rtol=1e-12)


def test_a_new_firm_by_its_purchases() -> None:
    """Miller & Blair 13.2, by hand: a firm making 100,000 that buys 0.30 and 0.18 per unit asks f = (30,000, 18,000).

    With the book's inverse x = (43,563, 28,118); it prints L to four places, hence 2 of 40,000.
    """
    table = textbook()
    inputs = np.zeros((2, 2))
    inputs[:, 0] = [0.30, 0.18]
    firm = Operation("firm", np.array([1.0, 0.0]), inputs, np.nan)
    made = all_of(table, ALONE, np.zeros(2), Question((firm,))).yearly
    assert made.operating_output[0, 0, 0] == 1.0  # its own
    assert made.operating_output[0, 0, 1] * 100_000 == pytest.approx(43_563 + 28_118, abs=4)
    assert made.operating_value_added.sum() == pytest.approx(1.0, rel=1e-12)


def test_a_sector_extracted_takes_its_own_output_and_what_it_bought_along() -> None:
    """By hand: without sector 1, x2 = f2 / (1 - a22) = 1700 / 0.95, so 3000 - 1789.47 of 3000 are lost."""
    lost = extraction_losses(textbook())
    assert lost[0] == pytest.approx(1 - (1700 / 0.95) / 3000, rel=1e-12)
    assert lost[1] == pytest.approx(1 - (350 / 0.85) / 3000, rel=1e-12)


# --- what a year holds -----------------------------------------------------------------------------------------------


def changed(rng: np.random.Generator, table: Table, *, adoption: float = 1.0) -> Structure | None:
    """A sector of the city that buys otherwise, and imports of a product replaced for every buyer of the country."""
    codes = table.codes
    cut = {codes[1]: float(0.5 * table.total[1, 0])}
    rows = (
        {"sector": codes[0], "inputMix": cut, "adoption": adoption},
        {
            "importsReplaced": {codes[2]: float(rng.random())},
            "appliesTo": "country",
            "suppliedFrom": "city" if rng.random() > 0.5 else "country",
            "adoption": adoption,
        },
    )
    return structure_of(Records(("a", "b"), rows), table)


def plants(rng: np.random.Generator, table: Table, structure: Structure | None) -> tuple[Operation, ...]:
    shares = rng.dirichlet(np.ones(N))
    base = structure.city.inputs if structure else table.total
    return (Operation("a", shares, base, np.nan), Operation("b", shares, base, float(rng.random())))


@given(seeds)
@settings(max_examples=15)
def test_nothing_is_lost_with_plants_and_a_changed_structure(seed: int) -> None:
    """Demand, a plant's output, and a structure at the same final demand: each is accounted for, to 1e-10."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    structure = changed(rng, table)
    output = rng.random(2 * N) * 1e9
    question = Question(plants(rng, table, structure), output, np.zeros((0, 2 * N)), np.ones(N))
    done = all_of(table, region, rng.random(N), question, structure)
    assert done.impact.accounted == pytest.approx(done.impact.shock, rel=1e-10)
    year = done.yearly
    whole = year.operating_value_added.sum(axis=2) + year.operating_imports + year.operating_taxes
    assert whole == pytest.approx(1.0, rel=1e-10)
    moved = year.structural_value_added.sum() + year.structural_imports + year.structural_taxes
    assert abs(moved[0]) < 1e-10 * output.sum()


@given(seeds)
@settings(max_examples=15)
def test_a_changed_structure_is_the_difference_of_two_whole_economies(seed: int) -> None:
    """x1 - x0 for the same final demand f = (I - A0) x0, solved as two economies; 1e-9 of the output."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    structure = changed(rng, table)
    x0 = rng.random(2 * N) * 1e9
    before, after = system(table, region), system(table, region, structure)
    x1 = np.linalg.solve(after.matrix[0], before.matrix[0] @ x0)
    gained = after.value_added * x1 - before.value_added * x0
    question = Question((), x0, np.zeros((0, 2 * N)), np.ones(N))
    year = all_of(table, region, np.zeros(N), question, structure).yearly
    assert np.allclose(year.structural_value_added[0], gained.reshape(2, N).sum(axis=1), atol=1e-9 * x0.sum())


@given(seeds)
@settings(max_examples=10)
def test_no_change_is_no_drift(seed: int) -> None:
    """A change adopted by nobody, and none at all, give the same bytes; a year without a change moves exactly zero."""
    rng = np.random.default_rng(seed)
    table, region, f = table_from(rng, N), region_from(rng, N), rng.random(N) * 1e12
    assert changed(rng, table, adoption=0.0) is None
    year = all_of(table, region, f, Question((), rng.random(2 * N), np.ones((1, 2 * N)), np.ones(N))).yearly
    assert not year.structural_value_added.any()
    assert not year.structural_imports.any()


@given(seeds)
@settings(max_examples=15)
def test_replacing_imports_raises_value_added_at_home_and_never_imports(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    row = {"importsReplaced": {table.codes[2]: float(rng.random())}, "suppliedFrom": "city"}
    structure = structure_of(Records(("a",), (row,)), table)
    f = rng.random(N)
    plain, replaced = (all_of(table, region, f, Question(), s).impact for s in (None, structure))
    assert replaced.value_added.sum() >= plain.value_added.sum() - 1e-12
    assert replaced.imports[0, 0] <= plain.imports[0, 0] + 1e-12
    assert replaced.value_added[0, 0, 0] >= plain.value_added[0, 0, 0] - 1e-12


@given(seeds)
@settings(max_examples=15)
def test_import_content_value_added_and_taxes_of_a_product_are_one(seed: int) -> None:
    """And without a structural change it is that of the country, in the city and in the rest."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    content = content_of(system(table, region))
    assert np.allclose(content.total + content.value_added + content.taxes, 1.0, atol=1e-12)
    assert np.allclose(content.total.reshape(2, N), multipliers(table).imports, atol=1e-12)
    assert (content.total >= content.direct - 1e-12).all()


@given(seeds)
@settings(max_examples=15)
def test_what_a_tax_collects_is_what_final_users_pay_more(seed: int) -> None:
    """dp f = t (I - A)^-1 f = t x: at fixed quantities the whole tax lands on final demand, households among it."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    matrix, x = system(table, region).matrix[0], rng.random(2 * N)
    rates = np.zeros(2 * N)
    rates[[1, N + 1]] = 0.1  # of one product in the whole country
    dearer = price_changes(matrix, rates)
    assert dearer @ (matrix @ x) == pytest.approx(rates @ x, rel=1e-10)
    assert np.allclose(dearer[:N], dearer[N:], atol=1e-12)  # one product, one price, wherever it is made
    burden = all_of(table, region, np.zeros(N), Question((), None, rates[None] / 0.1)).yearly.burden[0, 0]
    spent = table.households * (1 - table.imported_final)
    assert np.allclose(0.1 * burden, dearer[:N] @ spent, rtol=1e-9)


# --- provinces -------------------------------------------------------------------------------------------------------


def provinces(rng: np.random.Generator, *, around: int | None = 1) -> Provinces:
    value_added = rng.random((4, N)) * (rng.random((4, N)) > 0.2)
    own = np.zeros((4, N))
    if around is not None:
        own[around] = rng.random(N) * 0.2
    whole = value_added + own
    codes = ("11", "21", "31", "39")
    return Provinces(codes, value_added, whole, value_added.sum(axis=1) + 0.01, whole.sum(axis=1) + 0.01, around, ())


@given(seeds)
@settings(max_examples=20)
def test_provinces_sum_to_the_two_region_solve(seed: int) -> None:
    """Output of every product, in the city and in the rest, to 1e-10: whatever the provinces' figures are."""
    rng = np.random.default_rng(seed)
    table, region = table_from(rng, N), region_from(rng, N)
    structure = changed(rng, table) if rng.random() > 0.5 else None
    done = all_of(table, region, rng.random(N) * 1e9, Question(), structure).impact
    near, far = done.direct_by_sector[0, 0]
    two = system(table, region, structure)
    for around in (1, None):
        nest = nested.nest_of(table, region, provinces(rng, around=around), two, delta=0.25)
        x = nest.output(near[:, None], far[:, None])[:, :, 0]
        assert np.allclose(x[0], done.output_by_sector[0, 0, 0], rtol=1e-10)
        assert np.allclose(x[1:].sum(axis=0), done.output_by_sector[0, 0, 1], rtol=1e-10)
        assert (x >= -1e-6).all()
        worth = nest.value_added_by_region(near[:, None], far[:, None])[:, 0]
        assert worth.sum() == pytest.approx(done.value_added.sum(), rel=1e-10)


def test_a_province_that_makes_nothing_gains_nothing_and_the_city_s_own_gains_more_than_its_size() -> None:
    rng = np.random.default_rng(4)
    table = table_from(rng, N)
    region = Region(np.full(N, 0.8), np.full(N, 1.002), 0.01, 2020)
    value_added = np.ones((4, N))
    value_added[2] = 0.0
    near = provinces(rng)
    whole = value_added + 0.03 * (np.arange(4) == 1)[:, None]  # with the city in it
    own = replace(
        near, value_added=value_added, whole=whole, sizes=value_added.sum(axis=1), whole_sizes=whole.sum(axis=1)
    )
    nest = nested.nest_of(table, region, own, system(table, region), delta=0.25)
    done = all_of(table, region, np.ones(N), Question()).impact
    first = done.direct_by_sector[0, 0]
    worth = nest.value_added_by_region(first[0][:, None], first[1][:, None])[:, 0]
    assert worth[3] == 0.0
    assert worth[2] > worth[1] == pytest.approx(worth[4], rel=1e-12)


def test_many_alternatives_by_region_are_each_solved_alone() -> None:
    rng = np.random.default_rng(7)
    table, region = table_from(rng, N), region_from(rng, N)
    two = system(table, region)
    nest = nested.nest_of(table, region, provinces(rng), two, delta=0.25)
    spending = rng.random((MEMBERS, N))
    many = nested.alternatives(table, nest, two, spending)
    for row, one in zip(many, spending, strict=True):
        alone = evaluate(
            table, region, Demand(one[None, None], np.full((1, 1), np.nan)),
            delta=np.array([0.25]), import_factor=np.ones((1, N)),
        )  # fmt: skip
        near, far = alone.direct_by_sector[0, 0]
        assert np.allclose(row, nest.value_added_by_region(near[:, None], far[:, None])[:, 0], rtol=1e-10)
        assert row.sum() == pytest.approx(alone.value_added.sum(), rel=1e-10)
