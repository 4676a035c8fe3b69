"""Siting answers to theory: hand-solved lines and grids, enumeration, spopt's published optima, laws; and faults."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.errors import CallerError, ModelError
from madang.models.base import Context, Floats, Records
from madang.models.siting import access, choosing
from madang.models.siting.choosing import Ask, choose, problem_of
from madang.models.siting.distances import ways_between
from madang.models.siting.goodness import PUBLISHED_MEAN_M, goodness, san_francisco
from madang.models.siting.objectives import OBJECTIVES, equivalent, loss
from madang.models.siting.places import projected

EXACT = 1e-6  # relative: the solver's own feasibility tolerance


def asked(
    ways: Floats, objective: str, count: int, *, people: Floats | None = None, standing: int = 0, radius: float = 1e6
) -> Ask:
    """A question whose first sites stand and whose others are candidates."""
    n, m = ways.shape
    return Ask(
        ways=ways,
        people=np.ones(n) if people is None else people,
        standing=tuple(range(standing)),
        candidates=tuple(range(standing, m)),
        objective=objective,
        count=count,
        radius=radius,
        aversion=1.0,
        seconds=60.0,
    )


def solved(ask: Ask) -> choosing.Choice:
    return choose(ask, Context(seed=0))


LINE = np.abs(np.subtract.outer(np.arange(9.0), np.arange(9.0)))
GRID = np.array(
    [[float(abs(a - c) + abs(b - d)) for c in range(3) for d in range(3)] for a in range(3) for b in range(3)]
)


def test_nine_places_on_a_line() -> None:
    """One site: the middle, mean (4+3+2+1+0+1+2+3+4)/9. Two: ten over nine. Reach of one: 1, 4 and 7 cover all."""
    one = solved(asked(LINE, "p-median", 1))
    assert one.chosen == (4,)
    assert [point.loss for point in one.curve[:2]] == pytest.approx([20 / 9, 10 / 9], rel=EXACT)
    assert solved(asked(LINE, "all-covered", 0, radius=1.0)).chosen == (1, 4, 7)
    assert [p.loss for p in solved(asked(LINE, "p-center", 1)).curve] == [4, 2, 1]
    assert [-p.loss for p in solved(asked(LINE, "coverage", 1, radius=1.0)).curve] == pytest.approx([3 / 9, 6 / 9, 1])


def test_a_grid_of_nine_needs_three_sites_and_one_stands_in_its_middle() -> None:
    """The domination number of the 3 x 3 grid is 3; from the middle no crossing is further than 2."""
    assert len(solved(asked(GRID, "all-covered", 0, radius=1.0)).chosen) == 3
    assert solved(asked(GRID, "p-center", 1)).chosen == (4,)


def test_heavy_places_draw_the_site_and_a_standing_site_keeps_it_away() -> None:
    people = np.array([1.0, 1, 1, 1, 1, 1, 1, 1, 100])
    assert solved(asked(LINE, "p-median", 1, people=people)).chosen == (8,)
    ways = np.concatenate([LINE[:, 8:], LINE], axis=1)  # a site stands at 8: the next goes to the middle of the rest
    assert solved(asked(ways, "p-median", 1, people=people, standing=1)).chosen in {(3,), (4,)}


def by_enumeration(ask: Ask, count: int) -> float:
    """The least loss over all choices of `count` candidates."""
    problem = problem_of(ask)
    return min(
        loss(problem, problem.nearest(np.array(chosen))) for chosen in combinations(range(len(ask.candidates)), count)
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("standing", [0, 2])
def test_no_other_choice_is_better(objective: str, standing: int) -> None:
    """Against all choices of 1 to 4 of 8 candidates; more sites never make it worse."""
    rng = np.random.default_rng(7 + standing)
    places, sites = rng.random((14, 2)) * 10, rng.random((8 + standing, 2)) * 10
    ways = np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1))
    ask = asked(ways, objective, 2, people=rng.integers(1, 30, 14).astype(float), standing=standing, radius=3.0)
    choice = solved(ask)
    assert choice.best.gap == 0
    if objective == "all-covered":
        enough = [k for k in range(1, 9) if by_enumeration(ask, k) == 0]
        already = loss(problem_of(ask), problem_of(ask).nearest(np.zeros(0, dtype=np.int64))) == 0
        assert len(choice.chosen) == (0 if already else enough[0])
        return
    losses = [point.loss for point in choice.curve]
    assert losses == pytest.approx([by_enumeration(ask, point.count) for point in choice.curve], rel=EXACT)
    assert all(later <= sooner + EXACT * abs(sooner) for sooner, later in pairwise(losses))


def test_shifting_everything_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    places, sites = rng.random((12, 2)) * 1e4, rng.random((6, 2)) * 1e4
    here = ways_between(places, sites, None, "straight").kilometres(1.3)
    there = ways_between(places + 5e4, sites + 5e4, None, "straight").kilometres(1.3)
    assert there == pytest.approx(here, rel=1e-9)
    first, second = (solved(asked(ways, "p-median", 2)) for ways in (here, there))
    assert first.chosen == second.chosen


def test_the_published_case_of_san_francisco() -> None:
    """spopt's tests state a mean way of 2982.127 m, and 21 tracts that the best coverage of people leaves uncovered."""
    case = san_francisco()
    if case is None:
        pytest.skip("spopt is not installed, or without its tests")
    median = solved(replace(asked(case.ways, "p-median", 4, people=case.people), curve=False))
    assert 1000 * median.best.loss == pytest.approx(PUBLISHED_MEAN_M, rel=EXACT)
    coverage = asked(case.ways, "coverage", 4, people=case.people, radius=5.0)
    covering = solved(replace(coverage, curve=False))
    assert int((case.ways[:, covering.chosen].min(axis=1) > 5.0).sum()) == 21
    row = goodness()["rows"][0]
    assert row["value"] == pytest.approx(PUBLISHED_MEAN_M)
    assert row["naive"] > row["value"]


def test_capacities_are_held_and_a_place_goes_wholly_to_one_site() -> None:
    """Two sites at the ends of a line of 9: with room for 6 and 3 the border lies between places 5 and 6."""
    ways = LINE[:, [0, 8]]
    ask = replace(asked(ways, "p-median", 2), capacities=np.array([6.0, 3.0]))
    assert solved(ask).assigned == (0, 0, 0, 0, 0, 0, 1, 1, 1)
    with pytest.raises(ModelError) as told:
        solved(replace(ask, capacities=np.array([4.0, 3.0])))
    assert told.value.code == "siting.capacity-too-small"


# --- measures --------------------------------------------------------------------------------------------------------


def test_measures_of_a_hand_example() -> None:
    """Ten people: five at 0, three at 10, two at 40 minutes. Mean 11; 90 % within 40; worst fifth 40; Gini 0.6727."""
    ways, people = np.array([[10.0, 0, 40]]), np.array([[3.0, 5, 2]])
    r = access.ranked(ways, people)
    assert access.mean(ways, people)[0] == pytest.approx(11)
    assert access.percentile(r)[0] == 40
    assert access.percentile(r, 0.8)[0] == 10
    assert access.worst_part(r)[0] == pytest.approx(40)
    assert access.worst_part(r, 0.4)[0] == pytest.approx(25)
    assert access.best_part(r)[0] == 0
    # |differences| over all pairs of ten people: 2 (15 x 10 + 10 x 40 + 6 x 30) / (2 x 100 x 11)
    assert access.gini(r)[0] == pytest.approx(2 * (150 + 400 + 180) / 2200)
    assert access.covered(ways, people, np.array([10.0]))[0] == 8
    assert np.isnan(access.mean(ways, np.array([[3.0, np.nan, 2]]))[0])


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 1000)), min_size=1, max_size=12), st.floats(0.1, 10))
@settings(max_examples=50)
def test_laws_of_the_measures(rows: list[tuple[float, float]], factor: float) -> None:
    """Parts lie about the mean; a slower speed scales ways and leaves Gini alone; the equivalent is never below the
    mean."""
    ways, people = np.array([[w for w, _ in rows]]), np.array([[p for _, p in rows]])
    r, slower = access.ranked(ways, people), access.ranked(ways * factor, people)
    mean = access.mean(ways, people)[0]
    assert access.best_part(r)[0] <= mean * (1 + 1e-9) <= access.worst_part(r)[0] * (1 + 1e-8)
    assert access.gini(slower)[0] == pytest.approx(access.gini(r)[0], abs=1e-9)
    assert access.worst_part(slower)[0] == pytest.approx(factor * access.worst_part(r)[0])
    assert mean * (1 - 1e-9) <= equivalent(ways[0], people[0], -1 / mean) <= ways.max() * (1 + 1e-9)


# --- ways ------------------------------------------------------------------------------------------------------------

CORNER = [[127.10, 37.40], [127.11, 37.40], [127.11, 37.41]]


def road(*lines: list[list[float]]) -> Records:
    rows = tuple({"location": {"type": "LineString", "coordinates": line}} for line in lines)
    return Records(tuple(f"urn:{n}" for n in range(len(rows))), rows)


def test_straight_lines_agree_with_the_ellipsoid() -> None:
    from pyproj import Geod

    xy = projected(np.array([CORNER[0], CORNER[2]]))
    _, _, true_m = Geod(ellps="WGS84").inv(*CORNER[0], *CORNER[2])
    assert ways_between(xy[:1], xy[1:], None, "").scaled[0, 0] == pytest.approx(true_m, rel=1e-3)  # the plane's scale


def test_a_way_along_the_road_goes_round_the_corner() -> None:
    xy = projected(np.array(CORNER))
    ways = ways_between(xy[:1], xy[2:], road(CORNER[:2], CORNER[1:]), "")
    assert ways.on_roads
    sides = np.hypot(*np.diff(xy, axis=0).T)
    assert ways.kilometres(1.3)[0, 0] == pytest.approx(sides.sum() / 1000)
    off = ways_between(xy[:1] - [0.0, 500.0], xy[2:], road(CORNER[:2], CORNER[1:]), "")
    assert off.kilometres(1.3)[0, 0] == pytest.approx((sides.sum() + 1.3 * 500) / 1000)


def test_roads_that_reach_a_part_only_are_not_used_and_it_is_said() -> None:
    xy = projected(np.array([CORNER[0], [127.30, 37.60]]))
    ways = ways_between(xy, xy[:1], road(CORNER), "")
    assert not ways.on_roads
    assert "reaches 2 of 3" in ways.note["en"]
    with pytest.raises(CallerError) as told:
        ways_between(xy, xy[:1], road(CORNER), "roads")
    assert told.value.code == "siting.roads-missing"


# --- faults ----------------------------------------------------------------------------------------------------------

FAULTS = """
import os, time
def answer(columns, value, proven=True):
    one = {"count": 1, "columns": columns, "assigned": None, "value": value, "bound": 10.0}
    return {"solutions": [{**one, "proven": proven, "feasible": True}]}
def dies(payload): os._exit(3)
def hangs(payload): time.sleep(60)
def breaks(payload): raise ValueError("no")
def mumbles(payload): return answer([4], float("nan"))
def lies(payload): return answer([4], 1.0)
def dawdles(payload): return answer([0], 36.0)
def miscounts(payload): return answer([3, 4], 20.0)
def fails(payload): return answer(None, None, False)
def guesses(payload): return answer([0], 36.0, False)
"""


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("dies", "models.engine-crashed"),
        ("hangs", "models.engine-timeout"),
        ("breaks", "models.engine-failed"),
        ("mumbles", "models.engine-nan"),
        ("lies", "siting.engine-disagrees"),
        ("miscounts", "siting.engine-disagrees"),
        ("dawdles", "siting.engine-not-optimal"),
        ("fails", "siting.no-solution-in-time"),
    ],
)
def test_an_engine_that_goes_wrong_gives_no_answer(
    fault: str, code: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_faults(fault, tmp_path_factory, monkeypatch)
    with pytest.raises(ModelError) as told:
        choose(asked(LINE, "p-median", 1), Context(seed=0, limit_s=0.8 if fault == "hangs" else None))
    assert told.value.code == code
    assert not choosing._known


def test_out_of_time_the_better_of_what_was_found_stands_with_its_gap(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine says the end of the line and can't prove it: exchanging finds the middle, unproven all the same."""
    with_faults("guesses", tmp_path_factory, monkeypatch)
    best = choose(asked(LINE, "p-median", 1), Context(seed=0)).best
    assert best.chosen == (4,)
    assert best.gap == pytest.approx(0.5)  # 20 found, 10 proven


def with_faults(fault: str, folders: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine of a process of its own that does something wrong in one way."""
    folder: Path = folders.getbasetemp() / "siting-faults"
    folder.mkdir(exist_ok=True)
    (folder / "siting_faults.py").write_text(FAULTS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(choosing, "ENGINE", "siting-faults")
    monkeypatch.setattr(choosing, "FUNCTION", f"siting_faults:{fault}")
    monkeypatch.setattr(choosing, "_known", type(choosing._known)())
