"""Measures of specialisation answer to tables solved by hand; tolerances are those of float arithmetic (1e-12)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.models.base import Context, Records
from madang.models.clusters import measures
from madang.models.specialisation.model import Specialisation

# Two districts, two industries, workers: chips and the rest.
#             chips  rest   all     share of chips
#   here         30    70   100     0.30
#   there        20   180   200     0.10
#   together     50   250   300     1/6
TWO = np.array([[30.0, 70.0], [20.0, 180.0]])


def test_the_quotient_is_the_share_here_over_the_share_of_all() -> None:
    assert measures.location_quotients(TWO)[:, 0] == pytest.approx([0.3 * 6, 0.1 * 6], abs=1e-12)


def test_shift_share_by_hand() -> None:
    # chips 30 -> 45 here and 20 -> 20 there, the rest 70 -> 70 and 180 -> 195: all 300 -> 330, a tenth more.
    # chips together 50 -> 65, three tenths more, so of the 15 won here 3 are national, 6 mix (30 x 0.2), 6 our own.
    found = measures.shift_shares(TWO, np.array([[45.0, 70.0], [20.0, 195.0]]))
    assert (found.change[0, 0], found.national[0, 0], found.mix[0, 0], found.competitive[0, 0]) == (15, 3, 6, 6)
    assert found.competitive.sum(axis=0).tolist() == [0, 0]


cells = st.one_of(st.just(float("nan")), st.integers(0, 10**6).map(float))
tables = st.integers(1, 5).flatmap(
    lambda n: st.tuples(*[st.lists(st.lists(cells, min_size=3, max_size=3), min_size=n, max_size=n)] * 2)
)


@given(tables)
def test_the_parts_of_shift_share_sum_to_the_change_in_every_district(pair: tuple[list, list]) -> None:
    before, after = (np.array(one) for one in pair)
    found = measures.shift_shares(before, after)
    assert (found.national + found.mix + found.competitive == found.change).all()
    known = ~(np.isnan(before) | np.isnan(after))
    assert (found.change == np.where(known, np.nan_to_num(after) - np.nan_to_num(before), 0)).all()
    assert (found.change[~found.known] == 0).all()


def test_all_districts_at_once_give_what_one_at_a_time_gives() -> None:
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 5000, (2, 7, 5)).astype(float)
    found, sums = measures.shift_shares(before, after), measures.known_sums(before, after)
    for n in range(7):
        alone = measures.shift_share(before[n], after[n], *sums)
        assert (found.competitive[n] == alone.competitive).all()


def test_an_industry_that_stands_as_all_work_does_is_not_agglomerated() -> None:
    # Shares of places 0.5, 0.3, 0.2 for all work and for the industry: G is 0, so gamma is -H/(1-H). H by the plants:
    # fifty, thirty and twenty of one worker each, H = 100 x 0.01^2.
    work = np.array([[50.0, 450.0], [30.0, 270.0], [20.0, 180.0]])
    plants = np.array([[50.0, 10.0], [30.0, 10.0], [20.0, 10.0]])
    h = 100 * 0.01**2
    assert measures.ellison_glaeser(work, plants)[0] == pytest.approx(-h / (1 - h), abs=1e-12)


def test_an_industry_in_one_place_with_many_plants_is_fully_agglomerated_as_far_as_work_allows() -> None:
    # All of it in the first of two places with half of the other work each: s = (1, 0), x = (0.6, 0.4) by hand.
    work, plants = np.array([[20.0, 40.0], [0.0, 40.0]]), np.array([[10.0, 4.0], [0.0, 4.0]])
    g, spare, h = (1 - 0.6) ** 2 + 0.4**2, 1 - (0.36 + 0.16), 10 * (1 / 10) ** 2
    assert measures.ellison_glaeser(work, plants)[0] == pytest.approx((g / spare - h) / (1 - h), abs=1e-12)
    assert measures.spread(work)[0] == 1.0


def test_a_withheld_cell_leaves_the_industry_unknown_and_the_others_as_they_were() -> None:
    work, plants = np.array([[20.0, np.nan], [5.0, 40.0]]), np.array([[10.0, 4.0], [5.0, 4.0]])
    gamma = measures.ellison_glaeser(work, plants)
    assert np.isnan(gamma[1])
    assert np.isnan(measures.spread(work)[1])
    assert measures.spread(work)[0] == pytest.approx(0.8**2 + 0.2**2)


# --- the model on a made-up census -----------------------------------------------------------------------------------


def records(rows: list[dict]) -> Records:
    return Records(tuple(f"urn:ngsi-ld:X:t:{n}" for n in range(len(rows))), tuple(rows))


def census(code: str, year: int, workers: dict, firms: dict | None = None) -> dict:
    row = {"code": code, "placeName": code, "year": year, "workersByIndustry": workers}
    return row if firms is None else {**row, "firmsByIndustry": firms}


CLUSTER = {"name": {"ko": "가상"}, "ksicCodes": ["C26"]}


def answer(rows: list[dict], code: str = "31020", places: list[dict] | None = None):
    inputs = {
        "cities": records([{"code": code}]),
        "places": records(places or []),
        "clusters": records([CLUSTER]),
        "statistics": records(rows),
    }
    return Specialisation().run(inputs, {}, Context(0))


def test_a_city_is_held_against_all_districts_by_its_finest_industries() -> None:
    rows = [
        census("31020", 2023, {"C261": 20, "C262": 10, "G47": 70}),
        census("31010", 2023, {"C261": 20, "C262": 0, "G47": 180}),
    ]
    found = answer(rows)
    by_code = {row["industry"]: row for row in found.tables["by-industry"]}
    assert by_code["C261"]["location_quotient"] == pytest.approx(0.2 / (40 / 300))
    cluster = found.tables["by-cluster"][0]
    assert (cluster["workers"], cluster["workers_share"]) == (30, 0.3)
    assert cluster["workers_quotient"] == pytest.approx(1.8)
    assert answer(rows, "31010").tables["by-cluster"][0]["workers_quotient"] == pytest.approx(0.6)  # swapped


def test_of_a_city_alone_the_dong_are_told_and_the_rest_is_unknown() -> None:
    rows = [census("3102151", 2023, {"C26": 30, "G47": 70}), census("3102374", 2023, {"C26": 20, "G47": 180})]
    found = answer(rows, places=[{"code": "3102374", "area": 4.0}])
    assert found.indicators["specialisation.structure"].value is None
    dong = {row["code"]: row for row in found.tables["by-cluster-place"]}
    assert dong["3102151"]["location_quotient"] == pytest.approx(1.8)
    assert dong["3102374"]["per_km2"] == 5.0
    assert found.tables["by-cluster"][0]["workers"] == 50


def test_what_is_withheld_in_a_dong_is_unknown_in_the_city_but_for_what_there_is_at_least() -> None:
    rows = [census("3102151", 2023, {"C26": None, "G47": 70}), census("3102374", 2023, {"C26": 20, "G47": 180})]
    cluster = answer(rows).tables["by-cluster"][0]
    assert (cluster["workers"], cluster["workers_at_least"], cluster["withheld"]) == (None, 20, 1)
    whole = answer([*rows, census("31020", 2023, {"C26": 24, "G47": 250})]).tables["by-cluster"][0]
    assert whole["workers"] == 24  # the city's own row, never added to its dong


def test_gu_and_their_city_are_counted_once() -> None:
    rows = [
        census("31020", 2023, {"C26": 30, "G47": 70}),
        census("31021", 2023, {"C26": 10, "G47": 40}),
        census("31023", 2023, {"C26": 20, "G47": 30}),
        census("31010", 2023, {"C26": 20, "G47": 180}),
    ]
    found = answer(rows)
    assert found.tables["districts"] == 3
    assert found.tables["by-cluster"][0]["workers_quotient"] == pytest.approx(0.3 / (50 / 300))


def test_the_change_of_a_city_sums_and_names_what_was_left_out() -> None:
    rows = [census("31020", 2022, {"C26": 30, "G47": 70}), census("31010", 2022, {"C26": 20, "G47": 180})]
    rows += [census("31020", 2023, {"C26": 45, "G47": 70}), census("31010", 2023, {"C26": 20, "G47": 195})]
    found = answer([*rows, census("31099", 2023, {"C26": 1, "G47": 1})])
    parts = found.tables["shift-share"][0]
    assert (parts["change"], parts["national"] + parts["mix"] + parts["competitive"]) == (15, 15)
    assert parts["left_out"] == ["31099"]
    assert found.indicators["specialisation.competitive-jobs"].value == parts["competitive"]
