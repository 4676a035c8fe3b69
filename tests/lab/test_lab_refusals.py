"""What the lab refuses by name instead of guessing: criteria, weights that nobody gives, amounts that can't be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invented_city import made_store

from madang.city import City, open_city
from madang.errors import CallerError, DataError, MadangError
from madang.lab.criteria import performance
from madang.web.api.numbers import ends_field, numbers_field, ranges_field

STAYS, PERSONS = "economy.value-added-city", "economy.employment"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city with one programme on its branch `plan`."""
    made = made_store(tmp_path)
    path = next(made).path
    next(made, None)
    with open_city(path) as found:
        yield found


def test_the_catalogue_says_which_way_is_better_and_a_criterion_counts_once(city: City) -> None:
    board = city.lab.board(["plan"])
    assert [one.better for one in performance(board, [{"id": STAYS, "better": "lower"}]).criteria] == ["more"]
    with pytest.raises(CallerError) as twice:
        performance(board, [STAYS, {"id": STAYS}])
    assert twice.value.code == "lab.criterion-twice"


def test_where_every_alternative_is_unknown_the_front_is_empty_and_says_what_was_left_out(city: City) -> None:
    found = city.lab.pareto(city.lab.board(["plan"]), [PERSONS, STAYS]).as_json()
    assert found["points"] == []
    assert {one["alternative"] for one in found["leftOut"]} == {"main", "plan"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rate_percent": "4.5"}, "clusters.rate-beyond"),
        ({"flows": {"2027": {"benefit": 1e308, "cost": 1}}}, "clusters.flow-malformed"),
        ({"flows": {"2027": {"benefit": float("nan"), "cost": 1}}}, "clusters.flow-malformed"),
        ({"flows": {"3": {"benefit": 1, "cost": 1}}}, "clusters.flow-malformed"),
        ({"flows": {"99999999999": {"benefit": 1, "cost": 1}}}, "clusters.flow-malformed"),
        ({"base_year": 10**12}, "clusters.flow-malformed"),
    ],
)
def test_amounts_and_years_that_can_not_be_are_refused(city: City, more: dict[str, Any], code: str) -> None:
    asked = {"flows": {"2027": {"benefit": 3, "cost": 1}}, "base_year": 2026, "rate_percent": 4.5} | more
    with pytest.raises(DataError) as refused:
        city.weighing.benefit_cost(**asked)
    assert refused.value.code == code


def test_a_number_that_nobody_gives_is_not_zero() -> None:
    for ask in (
        lambda: numbers_field({"weights": {"a": 1, "b": None}}, "weights"),
        lambda: ends_field({"costRange": [None, 1]}, "costRange"),
        lambda: ranges_field({"ranges": {"a": None}}, "ranges"),
    ):
        with pytest.raises(MadangError):
            ask()
