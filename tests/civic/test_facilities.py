"""Facilities: planned against actual, in days and money, and what a delay puts at risk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.investing import adopted, empty_city, standing
from madang.city import City
from madang.civic.investment import scurve
from madang.errors import CallerError, ConflictError, MadangError

CENTRE = "urn:ngsi-ld:Facility:test:centre"
POINTS = [
    {"date": "2026-01-01", "percent": 0},
    {"date": "2026-04-11", "percent": 20},  # 100 days
    {"date": "2026-07-20", "percent": 100},  # 200 days
]


@st.composite
def curves(draw: st.DrawFn) -> tuple[scurve.Point, ...]:
    gaps = draw(st.lists(st.integers(1, 400), min_size=1, max_size=6))
    rises = sorted(draw(st.lists(st.integers(0, 100), min_size=len(gaps) - 1, max_size=len(gaps) - 1)))
    day, points = date(2026, 1, 1), [(date(2026, 1, 1), 0.0)]
    for gap, percent in zip(gaps, [*rises, 100], strict=True):
        day += timedelta(days=gap)
        points.append((day, float(percent)))
    return tuple(points)


@given(points=curves(), one=st.integers(-50, 2500), other=st.integers(-50, 2500))
def test_the_planned_curve_never_falls_and_stays_between_0_and_100(
    points: tuple[scurve.Point, ...], one: int, other: int
) -> None:
    first, second = sorted(points[0][0] + timedelta(days=days) for days in (one, other))
    low, high = scurve.planned_at(points, first), scurve.planned_at(points, second)
    assert 0 <= low <= high <= 100
    assert scurve.curve([{"date": day.isoformat(), "percent": percent} for day, percent in points]) == points


@given(points=curves(), one=st.integers(0, 100), other=st.integers(0, 100))
def test_more_progress_was_planned_no_earlier(points: tuple[scurve.Point, ...], one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert scurve.planned_day(points, low) <= scurve.planned_day(points, high) <= points[-1][0]


@given(points=curves(), days=st.integers(1, 2000))
def test_who_does_what_was_planned_is_not_late(points: tuple[scurve.Point, ...], days: int) -> None:
    on = min(points[0][0] + timedelta(days=days), points[-1][0])
    planned = scurve.planned_at(points, on)
    found = scurve.earned(points, on=on, actual=planned, budget=10**9, executed=10**9)
    assert found.schedule_index in (None, 1)
    flat = [second[0] - first[0] for first, second in pairwise(points) if first[1] == second[1]]
    assert abs(found.delay_days) <= sum((one.days for one in flat), 0) + 1  # a flat stretch is reached on its first day


def test_earned_value_by_hand() -> None:
    """On day 150 of 200, 60 % was planned; 20 % is done, which the plan had on day 100."""
    points = scurve.curve(POINTS)
    found = scurve.earned(points, on=date(2026, 5, 31), actual=20, budget=1_000, executed=250)
    assert (found.planned, found.planned_value, found.earned_value, found.actual_cost) == (60, 600, 200, 250)
    assert found.schedule_index == pytest.approx(1 / 3)
    assert found.cost_index == pytest.approx(0.8)
    assert (found.earned_on, found.delay_days) == (date(2026, 4, 11), 50)
    assert found.time_index == pytest.approx(2 / 3)
    assert found.forecast_finish == date(2026, 1, 1) + timedelta(days=300)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    def task(code: str, **more: Any) -> dict[str, Any]:
        return {"id": f"urn:ngsi-ld:Task:test:{code}", "type": "Task", "title": {"languageMap": {"ko": code}}, **more}

    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        adopted(
            made,
            {
                "id": CENTRE,
                "type": "Facility",
                "name": {"languageMap": {"ko": "센터"}},
                "plannedProgress": {"json": POINTS},
                "amount": {"value": 1_000, "unitCode": "KRW"},
                "refTask": {"object": "urn:ngsi-ld:Task:test:build"},
            },
            task("build", refFacility={"object": CENTRE}),
            task("tenants", dependsOn={"object": CENTRE}, startsOn="2026-08-01"),
            task("support", dependsOn={"object": "urn:ngsi-ld:Task:test:tenants"}, startsOn="2027-06-01"),
            task("circle", dependsOn={"object": ["urn:ngsi-ld:Task:test:support", "urn:ngsi-ld:Task:test:circle"]}),
            task("apart"),
            {"id": "urn:ngsi-ld:Milestone:test:frame", "type": "Milestone", "title": {"languageMap": {"ko": "골조"}},
             "due": "2026-05", "refFacility": {"object": CENTRE}},
        )  # fmt: skip
        yield made


def report(city: City, **told: Any) -> None:
    city.investment.record_progress(
        "centre", **({"on": "2026-05-31", "physical": 20} | told), reason="월간 보고", by="t"
    )


def test_a_delay_is_a_risk_for_every_task_that_waits_and_the_way_is_named(city: City) -> None:
    report(city, executed=250, occupancy=0)
    found = city.investment.facility("centre")
    assert (found.state, found.earned and found.earned.delay_days) == ("late", 50)
    assert {one.title["ko"]: (one.level, one.slack_days) for one in found.risks} == {
        "tenants": ("high", 12),
        "support": ("watch", 316),
        "circle": ("unknown", None),
    }
    circle = next(one for one in found.risks if one.title["ko"] == "circle")
    assert [id.rpartition(":")[2] for id in circle.way] == ["tenants", "support", "circle"]
    assert found.milestones[0]["state"] == "late"
    report(city, on="2026-09-01", physical=100)
    assert city.investment.facility("centre", "2026-07-01").risks
    assert city.investment.facility("centre").state == "finished"


def test_without_a_report_or_a_plan_nothing_is_said(city: City) -> None:
    found = city.investment.facility("centre")
    assert (found.state, found.earned, found.missing) == ("unreported", None, ("progress",))
    assert found.planned_now == 100
    adopted(city, {"id": "urn:ngsi-ld:Facility:test:bare", "type": "Facility", "name": {"languageMap": {"ko": "시설"}}})
    assert city.investment.facility("bare").missing == ("curve", "budget", "progress")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"physical": 101}, "not-a-percentage"),
        ({"physical": True}, "not-a-percentage"),
        ({"physical": None}, "nothing-reported"),
        ({"physical": 5}, "progress-falls"),
        ({"on": "2026-01-01", "physical": 50}, "progress-earlier"),
        ({"executed": -1}, "not-an-amount"),
        ({"executed": 2_000}, "over-budget"),
    ],
)
def test_wrong_reports_are_refused(city: City, told: dict[str, Any], code: str) -> None:
    report(city, on="2026-04-01", physical=10)
    with pytest.raises(MadangError) as refused:
        report(city, **told)
    assert refused.value.code == f"investment.{code}"


def test_progress_falls_back_with_its_cause_only(city: City) -> None:
    report(city, physical=30)
    report(city, physical=25, because="재시공")
    assert [one["physical"]["value"] for one in city.investment.facility("centre").actual] == [30, 25]


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ([], "curve-short"),
        ([{"date": "2026", "percent": 0}, {"date": "2026-02-01", "percent": 100}], "curve-point"),
        ([{"date": "2026-03-01", "percent": 0}, {"date": "2026-02-01", "percent": 100}], "curve-order"),
        ([{"date": "2026-01-01", "percent": 10}, {"date": "2026-02-01", "percent": 100}], "curve-ends"),
    ],
)
def test_a_wrong_plan_is_refused(city: City, points: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(CallerError) as refused:
        city.fork("plan").investment.plan_facility("centre", points=points, reason="r", by="t")
    assert refused.value.code == f"investment.{code}"


def test_a_plan_is_changed_on_a_branch_and_not_on_main(city: City) -> None:
    branch = city.fork("slower")
    later = [*POINTS[:2], {"date": "2027-07-20", "percent": 100}]
    branch.investment.plan_facility("centre", points=later, budget=2_000, reason="설계 변경", by="t")
    report(city)
    assert branch.investment.facility("centre").planned[-1][0] == date(2027, 7, 20)
    assert city.investment.facility("centre").planned[-1][0] == date(2026, 7, 20)
    with pytest.raises(MadangError):
        city.investment.plan_facility("centre", points=later, reason="r", by="t")
    with pytest.raises(ConflictError):
        branch.investment.record_progress("centre", physical=50, reason="r", by="t")
