"""Costs are shared to the won; the Shapley value keeps its four laws; the core check agrees with brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.civic.alliances.cost_sharing import (
    Game,
    coalitions,
    game_of_alone_costs,
    game_of_coalition_costs,
    in_whole_won,
    objections,
    proportional,
    shapley,
)
from madang.errors import DataError

NAMES = ("icheon", "anseong", "suwon", "yongin")


@st.composite
def games(draw: st.DrawFn, least: int = 2, most: int = 4) -> Game:
    members = NAMES[: draw(st.integers(least, most))]
    return game_of_coalition_costs(members, [(s, draw(st.integers(0, 10**11))) for s in coalitions(members)])


def averaged_over_all_orders(game: Game) -> dict[str, Fraction]:
    """The Shapley value as its definition says it: what a member adds to the cost, over all orders of joining."""
    orders = list(permutations(game.members))
    sums = dict.fromkeys(game.members, Fraction(0))
    for order in orders:
        before: frozenset[str] = frozenset()
        for member in order:
            after = before | {member}
            sums[member] += game.costs[after] - (game.costs[before] if before else 0)
            before = after
    return {member: total / len(orders) for member, total in sums.items()}


@given(games())
def test_the_value_is_what_its_definition_says_and_sums_to_the_cost(game: Game) -> None:
    found = shapley(game)
    assert found == averaged_over_all_orders(game)
    assert sum(found.values()) == game.total
    assert sum(in_whole_won(found).values()) == game.total


@given(games(), st.data())
def test_members_who_add_the_same_pay_the_same(game: Game, data: st.DataObject) -> None:
    a, b = game.members[:2]
    swap = {a: b, b: a}
    even = {s: game.costs[s] + game.costs[frozenset(swap.get(m, m) for m in s)] for s in game.costs}
    found = shapley(Game(game.members, even))
    assert found[a] == found[b]


@given(games(least=3, most=3), games(least=3, most=3))
def test_the_value_of_two_games_together_is_the_sum_of_both(first: Game, second: Game) -> None:
    both = Game(first.members, {s: first.costs[s] + second.costs[s] for s in first.costs})
    one, other, together = shapley(first), shapley(second), shapley(both)
    assert together == {member: one[member] + other[member] for member in together}


@given(games(most=3), st.integers(0, 10**11))
def test_who_adds_only_its_own_cost_pays_just_that(game: Game, own: int) -> None:
    members = (*game.members, "dummy")
    costs = {**game.costs, frozenset({"dummy"}): own, **{s | {"dummy"}: c + own for s, c in game.costs.items()}}
    assert shapley(Game(members, costs))["dummy"] == own


@given(st.integers(0, 10**15), st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 10**7), min_size=1))
def test_shares_sum_to_the_cost_to_the_won_and_none_is_a_won_off(cost: int, weights: dict[str, int]) -> None:
    if sum(weights.values()) == 0:
        weights = {**weights, "a": 1}
    exact = proportional(cost, weights)
    whole = in_whole_won(exact)
    assert sum(whole.values()) == cost
    assert all(abs(whole[member] - exact[member]) < 1 for member in exact)


@given(games(), st.data())
@settings(max_examples=50)
def test_the_core_check_names_just_the_coalitions_that_brute_force_finds(game: Game, data: st.DataObject) -> None:
    exact = proportional(game.total, {m: data.draw(st.integers(1, 100)) for m in game.members})
    shares = in_whole_won(exact)
    found = {one.members for one in objections(game, shares)}
    n = len(game.members)
    worse = {
        s
        for mask in range(1, 2**n - 1)
        if (s := tuple(m for at, m in enumerate(game.members) if mask >> at & 1))
        and sum(shares[m] for m in s) - game.costs[frozenset(s)] >= len(s)
    }
    assert found == worse


@given(st.lists(st.integers(10**9, 10**11), min_size=2, max_size=6), st.integers(0, 10**9))
def test_a_cost_of_which_a_part_is_needed_once_is_shared_so_that_nobody_objects(alone: list[int], shared: int) -> None:
    game = game_of_alone_costs({f"city{n}": cost for n, cost in enumerate(alone)}, shared=shared)
    assert objections(game, in_whole_won(shapley(game))) == []


def test_the_case_by_hand() -> None:
    """Three runways: 8, 11, 13; the first 8 are for all, the next 3 for two, the last 2 for one (Littlechild, Owen)."""
    need = {"a": 8, "b": 11, "c": 13}
    game = game_of_coalition_costs(tuple(need), [(s, max(need[m] for m in s)) for s in coalitions(tuple(need))])
    third = Fraction(8, 3)
    assert shapley(game) == {"a": third, "b": third + Fraction(3, 2), "c": third + Fraction(3, 2) + 2}
    assert in_whole_won(shapley(game)) == {"a": 3, "b": 4, "c": 6}


def test_twelve_members_are_computed_and_thirteen_are_refused() -> None:
    alone = {f"city{n}": 10**9 + n for n in range(12)}
    game = game_of_alone_costs(alone, shared=10**8)
    assert sum(in_whole_won(shapley(game)).values()) == game.total
    with pytest.raises(DataError) as refused:
        game_of_alone_costs({**alone, "one more": 10**9}, shared=0)
    assert refused.value.code == "alliances.too-many-for-shapley"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([(("a",), 1), (("b",), 1)], "alliances.coalition-missing"),
        ([(("a",), 1), (("a",), 2), (("b",), 1), (("a", "b"), 2)], "alliances.coalition-twice"),
        ([(("a", "z"), 1)], "alliances.coalition-of-strangers"),
    ],
)
def test_a_game_that_is_not_whole_is_refused(given: list[tuple[tuple[str, ...], int]], code: str) -> None:
    with pytest.raises(DataError) as refused:
        game_of_coalition_costs(("a", "b"), given)
    assert refused.value.code == code


def test_wrong_amounts_are_refused() -> None:
    with pytest.raises(DataError, match="less than"):
        game_of_alone_costs({"a": 5, "b": 20}, shared=10)
    with pytest.raises(DataError, match="at least two"):
        game_of_alone_costs({"a": 5}, shared=1)
    with pytest.raises(DataError, match="negative"):
        proportional(100, {"a": -1, "b": 2})
