"""Permits: days counted as the law counts them, stopped for supplements, overdue when they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.investing import empty_city, standing
from madang.city import City
from madang.civic.investment.permit_days import COUNTINGS, counter
from madang.errors import ConflictError, MadangError, NotFoundError
from madang.rules.days import count, korea

DAYS = st.dates(date(2025, 1, 1), date(2027, 6, 30))


@given(
    applied=DAYS,
    days=st.integers(1, 60),
    counting=st.sampled_from(COUNTINGS),
    stop=st.integers(0, 30),
    back=st.integers(0, 40),
)
def test_a_stop_never_brings_the_last_day_forward(
    applied: date, days: int, counting: Any, stop: int, back: int
) -> None:
    request = applied + timedelta(days=stop)
    answer = request + timedelta(days=back)
    plain = counter(applied, days, as_of=applied, counting=counting).due
    stopped = counter(applied, days, as_of=applied, counting=counting, stops=[(request, answer)]).due
    open_yet = counter(applied, days, as_of=answer, counting=counting, stops=[(request, None)])
    assert plain
    assert stopped
    assert plain <= stopped
    assert open_yet.due is None


@given(applied=DAYS, days=st.integers(1, 60))
def test_calendar_and_working_days_end_where_the_rulebook_ends_them(applied: date, days: int) -> None:
    assert counter(applied, days, as_of=applied, counting="calendar").due == count(applied, days).due
    assert counter(applied, days, as_of=applied, counting="business").due == count(applied, days, unit="business").due


@given(applied=DAYS, days=st.integers(1, 40), later=st.integers(0, 90))
def test_used_and_left_are_the_days_and_nothing_is_left_on_the_last(applied: date, days: int, later: int) -> None:
    now = counter(applied, days, as_of=applied + timedelta(days=later))
    assert now.used + now.left == days
    assert now.due
    assert counter(applied, days, as_of=now.due).left == 0
    assert not korea().is_off(now.due)


def test_nine_days_over_chuseok_by_hand() -> None:
    """From Monday 14 September 2026: eight working days until the 23rd, then Chuseok; the ninth is Monday the 28th."""
    assert counter(date(2026, 9, 14), 9, as_of=date(2026, 9, 14)).due == date(2026, 9, 28)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        made.investment.apply_permit(
            title="공장설립승인",
            clause="산업집적활성화법 제13조",
            days=20,
            on="2026-10-12",
            code="factory",
            reason="접수 88",
            by="t",
        )
        yield made


def test_the_counter_runs_stops_goes_on_and_ends(city: City) -> None:
    door = city.investment
    assert door.permit("factory", "2026-10-12").counter.used == 1
    assert door.permit("factory", "2026-11-06").counter.left == 0
    assert door.permit("factory", "2026-11-06").state == "running"
    assert (door.permit("factory", "2026-11-09").state, door.permit("factory", "2026-11-09").overdue_days) == (
        "overdue",
        1,
    )
    door.suspend_permit("factory", on="2026-10-16", reason="배치도 보완", by="t")
    waiting = door.permit("factory", "2026-11-20")
    assert (waiting.state, waiting.counter.left, waiting.counter.due) == ("suspended", 15, None)
    door.resume_permit("factory", on="2026-11-02", reason="보완 제출", by="t")
    assert door.permit("factory").counter.due == date(2026, 11, 20)
    assert door.permit("factory").state == "overdue"
    door.grant_permit("factory", on="2026-11-18", reason="승인", evidence="승인 2026-5", by="t")
    found = door.permit("factory")
    assert (found.state, found.decided_late, found.decided_on) == ("granted", False, "2026-11-18")
    assert [one["event"] for one in found.events] == ["applied", "supplement-requested", "supplemented", "granted"]
    assert door.permit("factory", "2026-10-20").state == "suspended"
    with pytest.raises(NotFoundError, match="2026-10-12"):
        door.permit("factory", "2026-10-11")


def test_overdue_ones_come_first(city: City) -> None:
    city.investment.apply_permit(title="새 건", clause="법", days=20, on="2026-11-20", code="new", reason="r", by="t")
    assert [one.state for one in city.investment.permits()] == ["overdue", "running"]
    assert [one.id for one in city.investment.permits("2026-10-31")] == ["urn:ngsi-ld:Permit:madang:factory"]


def test_a_rule_of_a_pack_gives_days_and_clause(city: City) -> None:
    rule = first_rule(city)
    city.investment.apply_permit(title="보완", rule=rule, on="2026-11-02", code="box", reason="r", by="t")
    found = city.investment.permit("box")
    due = city.rules.deadline(rule, date(2026, 11, 2))
    assert (found.counter.due, found.counter.days, found.clause) == (due.due, due.days, due.clause)


def first_rule(city: City) -> str:
    return next(
        str(rule.id)
        for pack in city.rules.packs()
        for rule in pack.rules
        if rule.days and rule.days.direction == "within" and rule.holds_on(date(2026, 11, 2))
    )


@pytest.mark.parametrize(
    ("act", "told", "code"),
    [
        ("resume_permit", {}, "permit-order"),
        ("grant_permit", {"on": "2026-10-01"}, "permit-earlier"),
        ("grant_permit", {"on": "2026-12-01"}, "in-the-future"),
        ("grant_permit", {"permit": "none"}, "unknown"),
    ],
)
def test_what_may_not_follow_is_refused(city: City, act: str, told: dict[str, Any], code: str) -> None:
    with pytest.raises(MadangError) as refused:
        getattr(city.investment, act)(**({"permit": "factory"} | told), reason="r", by="t")
    assert refused.value.code == f"investment.{code}"


def test_after_a_decision_nothing_more_happens(city: City) -> None:
    city.investment.suspend_permit("factory", on="2026-10-16", reason="r", by="t")
    with pytest.raises(ConflictError, match="supplemented"):
        city.investment.grant_permit("factory", reason="r", by="t")
    city.investment.refuse_permit("factory", on="2026-11-02", reason="보완 없음", by="t")
    with pytest.raises(ConflictError, match="2026-11-02"):
        city.investment.resume_permit("factory", reason="r", by="t")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"clause": None}, "permit-without-basis"),
        ({"days": 0}, "days-wrong"),
        ({"days": 2.5}, "days-wrong"),
        ({"counting": "quick"}, "counting-unknown"),
        ({"facility": "none"}, "unknown"),
        ({"code": "factory"}, "code-taken"),
        ({"reason": " "}, "reason-missing"),
    ],
)
def test_wrong_applications_are_refused(city: City, told: dict[str, Any], code: str) -> None:
    given_ = {"title": "건축허가", "clause": "건축법 제11조", "days": 10, "reason": "r"}
    with pytest.raises(MadangError) as refused:
        city.investment.apply_permit(**(given_ | told), by="t")
    assert refused.value.code == f"investment.{code}"
