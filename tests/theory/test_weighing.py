"""Weighing against textbook and hand-solved cases: AHP, benefit and cost, SMAA, Pareto, Gini, PRIM, break-even."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.errors import DataError
from madang.lab import ahp, benefit_cost
from madang.lab.acceptability import Criterion, ranking, standings
from madang.lab.equity import Place, equity, gini, part_held
from madang.lab.importance import importance
from madang.lab.pareto import consensus, dominated_by, front, front_shares
from madang.lab.prim import at_least, find_box
from madang.lab.turning import crossing
from madang.lab.weight_space import Known

seeds = st.integers(0, 2**32 - 1)


# --- AHP -------------------------------------------------------------------------------------------------------------

# Saaty, "Decision making with the analytic hierarchy process" (2008), Int. J. Services Sciences 1(1), 83-98: which
# drink is consumed more in the USA. Printed weights have three digits, hence a tolerance of half a unit of the third.
SAID = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]
PRINTED = (0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327)


def test_saatys_drinks_give_the_printed_weights_and_ratio() -> None:
    weights, ratios = ahp.weigh_many(np.array([SAID]))
    assert weights[0] == pytest.approx(PRINTED, abs=0.0006)
    assert ratios[0] == pytest.approx(0.022, abs=0.0005)


def test_three_by_three_solved_by_hand() -> None:
    """A = [[1, 3, 5], [1/3, 1, 3], [1/5, 1/3, 1]]: for n = 3 the eigenvalue is 1 + t + 1/t, t = cbrt(a13/(a12 a23))."""
    found = ahp.weigh(["a", "b", "c"], [("a", "b", 3), ("a", "c", 5), ("b", "c", 3)])
    t = (5 / 9) ** (1 / 3)
    assert found.eigenvalue == pytest.approx(1 + t + 1 / t, rel=1e-12)
    assert found.ratio == pytest.approx((1 + t + 1 / t - 3) / 2 / 0.58, rel=1e-9)
    middle = np.array([15.0, 1.0, 1 / 15]) ** (1 / 3)  # for n = 3 the eigenvector is the geometric mean of the rows
    assert list(found.weights.values()) == pytest.approx(list(middle / middle.sum()), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_many_matrices_are_the_eigenvectors_of_each(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 10))
    upper = np.triu(random.choice([1, 2, 3, 5, 7, 9, 1 / 2, 1 / 3, 1 / 5, 1 / 9], (5, n, n)), 1)
    matrices = upper + np.eye(n) + np.swapaxes(np.where(upper > 0, 1 / np.where(upper > 0, upper, 1), 0), 1, 2)
    weights, ratios = ahp.weigh_many(matrices)
    for matrix, own, ratio in zip(matrices, weights, ratios, strict=True):
        values, vectors = np.linalg.eig(matrix)
        main = np.abs(vectors[:, values.real.argmax()].real)
        assert own == pytest.approx(main / main.sum(), abs=1e-9)
        if n > 2:
            assert ratio == pytest.approx((values.real.max() - n) / (n - 1) / ahp.RANDOM_INDEX[n], abs=1e-9)


def test_a_group_is_the_geometric_mean_and_who_contradicts_themselves_is_shown_and_not_counted() -> None:
    said = {
        "first": [("a", "b", 4), ("a", "c", 8), ("b", "c", 2)],
        "second": [("a", "b", 1), ("a", "c", 2), ("b", "c", 2)],
        "torn": [("a", "b", 9), ("b", "c", 9), ("a", "c", 1 / 9)],
    }
    found = ahp.weigh_group(["a", "b", "c"], said)
    assert [one.counts for one in found.judges] == [True, True, False]
    # a : b = sqrt(4 * 1) = 2, a : c = sqrt(8 * 2) = 4, so weights 4 : 2 : 1
    assert list(found.weights.values()) == pytest.approx([4 / 7, 2 / 7, 1 / 7], rel=1e-9)
    with pytest.raises(DataError) as refused:
        ahp.weigh_group(["a", "b", "c"], {"torn": said["torn"], "too": said["torn"]})
    assert refused.value.code == "lab.judges-inconsistent"


# --- benefit and cost ------------------------------------------------------------------------------------------------


def test_net_worth_rate_of_return_and_payback_of_a_textbook_case() -> None:
    """Spend 2,000; receive 1,000, 1,000, 1,000. Annuity of 3 years at 10 % = 2.486852 (any table)."""
    flows = {2026: (0.0, 2000.0), 2027: (1000.0, 0.0), 2028: (1000.0, 0.0), 2029: (1000.0, 0.0)}
    found = benefit_cost.worth(flows, rate=0.10, base_year=2026)
    assert found.ratio == pytest.approx(2.486852 / 2, abs=1e-6)
    assert found.net == 487
    assert found.irr == pytest.approx(0.233752, abs=1e-6)  # annuity factor 2 at 23.375 %
    assert found.payback == 2
    # discounted: 909.09 + 826.45 = 1735.54 after two years, 264.46 left of 751.31 in the third
    assert found.discounted_payback == pytest.approx(2 + 264.4628 / 751.3148, abs=1e-6)


def test_several_changes_of_sign_have_no_single_rate_of_return() -> None:
    """-100, +230, -132: both 10 % and 20 % leave nothing; Lorie & Savage (1955) show such a pump."""
    years, balance = np.array([0.0, 1.0, 2.0]), np.array([-100.0, 230.0, -132.0])
    for rate in (0.1, 0.2):
        assert (balance / (1 + rate) ** years).sum() == pytest.approx(0, abs=1e-9)
    assert benefit_cost.internal_rate(years, balance) is None


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_many_worths_are_the_worth_of_each(seed: int) -> None:
    random = np.random.default_rng(seed)
    years = np.arange(2026.0, 2036.0)
    benefits, costs, rates = random.random((4, 10)) * 1e9, random.random((4, 10)) * 1e9, 0.02 + 0.1 * random.random(4)
    many = benefit_cost.worths(benefits, costs, years, rate=rates, base_year=2027)
    for n in range(4):
        flows = {int(y): (benefits[n, i], costs[n, i]) for i, y in enumerate(years)}
        one = benefit_cost.worth(flows, rate=float(rates[n]), base_year=2027)
        assert (one.benefits, one.costs) == (round(many.benefits[n]), round(many.costs[n]))
        if one.irr is not None:
            left = ((benefits[n] - costs[n]) / (1 + one.irr) ** (years - 2026)).sum()
            assert abs(left) < 1e-6 * np.abs(benefits[n]).sum() * 100


# --- rank acceptability ----------------------------------------------------------------------------------------------

TWO = (Criterion("x", "more"), Criterion("y", "more"))


def test_two_criteria_by_hand() -> None:
    """A (1, 0), B (0, 1), C (0.75, 0.75), w the weight of x, evenly on 0 … 1.

    C beats A where 0.75 > w, and B where 0.75 > 1 - w: C is first for 0.25 < w < 0.75, a half of all weights; A and B
    a quarter each. A is last where w < 0.5 (B and C are better), else second or first; C is never last.
    """
    table = {"A": {"x": 1.0, "y": 0.0}, "B": {"x": 0.0, "y": 1.0}, "C": {"x": 0.75, "y": 0.75}}
    found = {one.alternative: one for one in standings(table, TWO, draws=20_000)}
    error = 4 * np.sqrt(0.25 / 20_000)  # four standard deviations of a share near a half: once in 16,000 runs
    assert found["C"].acceptability == pytest.approx((0.5, 0.5, 0.0), abs=error)
    assert found["A"].acceptability == pytest.approx((0.25, 0.25, 0.5), abs=error)
    assert found["A"].central_weights == pytest.approx({"x": 0.875, "y": 0.125}, abs=0.01)
    assert found["C"].central_weights == pytest.approx({"x": 0.5, "y": 0.5}, abs=0.01)
    assert found["C"].confidence == 1.0
    # regret of C: w - 0.75 above 0.75, likewise below 0.25: at most 0.25, on average 2 * 0.25^2 / 2 = 0.0625
    assert found["C"].regret.max == pytest.approx(0.25, abs=0.001)
    assert found["C"].regret.mean == pytest.approx(0.0625, abs=0.002)
    made = ranking(table, TWO)
    assert made.minimax == "C"
    assert made.pairwise is not None
    assert made.pairwise["C"]["A"] == pytest.approx(0.75, abs=0.02)


def test_an_order_of_importance_and_a_range_cut_the_weights() -> None:
    """x at least as important as y: w on 0.5 … 1, so A is first for w > 0.75, half of what is left; B never."""
    table = {"A": {"x": 1.0, "y": 0.0}, "B": {"x": 0.0, "y": 1.0}, "C": {"x": 0.75, "y": 0.75}}
    ordered = {one.alternative: one for one in ranking(table, TWO, known=Known(order=("x", "y"))).standings}
    assert ordered["A"].acceptability[0] == pytest.approx(0.5, abs=0.02)
    assert ordered["B"].acceptability[0] == 0
    within = Known(ranges={"x": (0.3, 0.5)})
    ranged = {one.alternative: one for one in ranking(table, TWO, known=within).standings}
    assert ranged["C"].acceptability == (1.0, 0.0, 0.0)
    with pytest.raises(DataError) as refused:
        ranking(table, TWO, known=Known(ranges={"x": (0.0, 0.3), "y": (0.0, 0.3)}))
    assert refused.value.code == "lab.weights-impossible"


def test_uncertain_performance_by_hand() -> None:
    """One criterion; A is 1 in every member, B is 2 in one member of four and 0 else: A is first in three of four."""
    one = (Criterion("x", "more"),)
    members = np.array([[[1.0], [2.0]], [[1.0], [0.0]], [[1.0], [0.0]], [[1.0], [0.0]]])
    table = {"A": {"x": 1.0}, "B": {"x": 0.5}}
    found = {s.alternative: s for s in ranking(table, one, members=members, draws=400, thresholds={"x": 1.0}).standings}
    assert found["A"].acceptability == (0.75, 0.25)
    assert (found["A"].confidence, found["B"].confidence) == (0.75, 0.25)
    assert (found["A"].satisfies, found["B"].satisfies) == (1.0, 0.25)


# --- Pareto ----------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_front_is_that_of_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, k = int(random.integers(1, 25)), int(random.integers(1, 5))
    values = random.integers(0, 6, (n, k)).astype(float)  # few values, so that there are ties

    def beats(a: np.ndarray, b: np.ndarray) -> bool:
        return bool(all(x >= y for x, y in zip(a, b, strict=True)) and any(x > y for x, y in zip(a, b, strict=True)))

    expected = [not any(beats(other, own) for other in values) for own in values]
    assert front(values).tolist() == expected
    assert (~dominated_by(values).any(axis=1)).tolist() == expected
    assert front_shares(values[None]).tolist() == [float(one) for one in expected]


def test_the_consensus_frontier_by_hand() -> None:
    """A is worth most, B pleases even its least pleased group best, C is beaten by both and lacks 0.5 to B."""
    useful = np.array([[1.0, 0.0], [0.6, 0.6], [0.3, 0.1]])
    groups = {"young": np.array([1.0, 0.0]), "old": np.array([0.0, 1.0])}
    found = {p.alternative: p for p in consensus(["A", "B", "C"], {"A": 1.5, "B": 1.2, "C": 1.1}, useful, groups)}
    assert [found[name].is_front for name in "ABC"] == [True, True, False]
    assert (found["A"].least_pleased, found["A"].score) == ("old", 0.0)
    assert found["C"].lift == pytest.approx(0.5)
    assert found["B"].lift == 0


# --- equity ----------------------------------------------------------------------------------------------------------


def places(*pairs: tuple[float | None, float | None]) -> list[Place]:
    return [Place(str(n), {"ko": str(n), "en": str(n)}, x, w) for n, (x, w) in enumerate(pairs)]


def test_gini_and_fifths_by_hand() -> None:
    """1, 2, 3, 4: mean difference sum |xi - xj| / n^2 = 20/16, over 2 * 2.5 = 0.25. Five alike: 0."""
    assert gini(np.array([1.0, 2, 3, 4]), np.ones(4)) == pytest.approx(0.25)
    assert gini(np.full(5, 7.0), np.arange(1.0, 6)) == pytest.approx(0, abs=1e-12)
    assert gini(np.array([0.0, 1.0]), np.array([9.0, 1.0])) == pytest.approx(0.9)  # one of ten has all
    assert part_held(np.array([1.0, 2, 3, 4, 10]), np.ones(5), 0.8, 1.0) == pytest.approx(0.5)
    found = equity(places((1, 10), (2, 10), (3, 10), (4, 10), (10, 10)), direction="higher")
    assert found.fifths == pytest.approx(10)
    assert found.palma is None  # five places are too few
    assert found.worst_served == {"share": 0.2, "persons": 10.0, "limit": pytest.approx(1.8)}


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_gini_is_its_definition_and_counts_persons(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, w = random.random(7), random.integers(1, 5, 7).astype(float)
    share = w / w.sum()
    defined = (share[:, None] * share * np.abs(x[:, None] - x)).sum() / (2 * share @ x)
    assert gini(x, w) == pytest.approx(defined)
    assert gini(np.repeat(x, w.astype(int)), np.ones(int(w.sum()))) == pytest.approx(defined)
    assert gini(3 * x, w) == pytest.approx(defined)


def test_losers_are_counted_by_direction_and_unknown_stays_unknown() -> None:
    now, then = places((1, 100), (5, 50), (None, 70), (3, 30)), places((2, 100), (4, 50), (2, 70), (3, 30))
    found = equity(now, direction="higher", before=then)
    assert found.losers is not None
    assert found.winners is not None
    assert (found.losers["count"], found.losers["persons"], found.winners["count"]) == (1, 100.0, 1)
    assert found.unknown == 1
    assert equity(now, direction="lower", before=then).losers["persons"] == 50  # type: ignore[index]
    nothing = equity(places((None, 5), (None, 5)), direction="higher")
    assert (nothing.gini, nothing.mean, nothing.worst) == (None, None, None)
    assert equity(places((-1, 5), (2, 5)), direction="higher").gini is None


# --- boxes, break-even, importance -----------------------------------------------------------------------------------


def test_prim_finds_a_known_box_and_leaves_idle_columns_alone() -> None:
    """Hits exactly where x > 0.7 and y < 0.4 (12 % of a square); z has nothing to do with it."""
    points = np.random.default_rng(1).random((2000, 3))
    hits = (points[:, 0] > 0.7) & (points[:, 1] < 0.4)
    found = find_box(points, hits, dense=0.98)
    assert found is not None
    by_column = {side.column: side for side in found.sides}
    assert set(by_column) == {0, 1}
    # a peel takes a twentieth of what is left at a time, so a side may stop that much short of the truth
    assert by_column[0].low == pytest.approx(0.7, abs=0.05)
    assert by_column[0].high is None
    assert by_column[1].high == pytest.approx(0.4, abs=0.05)
    assert found.density >= 0.98
    assert found.coverage >= 0.8
    looser = find_box(points, hits)
    assert looser is not None
    assert looser.density >= 0.8
    assert looser.coverage >= found.coverage
    assert find_box(points, np.zeros(2000, dtype=bool)) is None


def test_the_chance_of_a_side_is_the_binomial_tail() -> None:
    assert at_least(3, 3, 0.5) == pytest.approx(0.125)
    assert at_least(1, 10, 0.1) == pytest.approx(1 - 0.9**10)


def test_break_even_of_a_straight_line_is_exact_and_of_a_curve_closed_in_on() -> None:
    line = crossing(lambda x: 3 * x - 2, 0.0, 1.0)
    assert (line.at[0], line.holds, line.is_exact) == (pytest.approx(2 / 3, rel=1e-15), "above", True)
    # closed in on to a millionth of a sixteenth of the range
    curve = crossing(lambda x: 0.25 - (x - 1) ** 2, 0.0, 2.0)
    assert (curve.at, curve.holds, curve.is_exact) == (pytest.approx((0.5, 1.5), abs=2 / 16 * 1e-6), "between", False)
    assert crossing(lambda x: -x - 1, 0.0, 1.0).holds == "never"
    assert crossing(lambda x: x * x + 1, 0.0, 1.0).holds == "always"
    assert crossing(lambda x: 0.0, 0.0, 1.0).holds == "never"  # as good as the other is no win


def test_importance_of_a_sum_is_the_share_of_variance() -> None:
    """y = 3 a + b with a, b alike and independent: 9/10 and 1/10 of the variance; sampling error below 3 %."""
    random = np.random.default_rng(0)
    a, b = random.random(5000), random.random(5000)
    found = importance("y", {"a": a, "b": b, "still": np.ones(5000)}, 3 * a + b, {})
    assert [one.id for one in found.factors] == ["a", "b"]
    assert [one.share for one in found.factors] == pytest.approx([0.9, 0.1], abs=0.03)
    assert found.explained == pytest.approx(1)
    curved = importance("y", {"a": a}, np.exp(20 * a), {})
    assert curved.factors[0].rank == pytest.approx(1)
    assert curved.explained is not None
    assert curved.explained < 0.5
