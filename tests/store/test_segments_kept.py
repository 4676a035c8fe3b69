"""Rules: how long readings stay, what stands in their place, and that the chain still verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from madang.errors import CallerError
from madang.store import Store, segments
from madang.store.compaction import Mover, standing
from madang.store.retention import Keep, Keeper, Rule, apply, keep, kept, seconds, with_rule
from madang.store.transaction import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=60)
SENSOR = "urn:ngsi-ld:AirQualityObserved:test:{}"
DAY = 86_400


@pytest.fixture
def month(store: Store) -> Store:
    """Two sensors with a reading every quarter of an hour for thirty days; a transaction a day."""
    with store.transact(actor="test", reason="sensors") as tx:
        for number in range(2):
            tx.put({"id": SENSOR.format(number), "type": "AirQualityObserved"})
    for day in range(30):
        with store.transact(actor="test", reason="readings") as tx:
            for quarter in range(96):
                when = START + timedelta(days=day, minutes=15 * quarter)
                tx.observe(SENSOR.format(0), "pm10", float(quarter % 4 + day), when)
                tx.observe(SENSOR.format(1), "state", "open" if quarter % 4 < 3 else "shut", when)
    mover = Mover(store)
    while mover.move(to_micros(NOW)):
        pass
    return store


def found(store: Store, number: int = 0, attribute: str = "pm10") -> list[tuple[timedelta, Any, int | None]]:
    return [
        (one.observed_at - START, one.value, one.mean_s)
        for one in store.view().observations(SENSOR.format(number), attribute)
    ]


def all_of(store: Store, *rules: Rule) -> int:
    mover, gone = Mover(store), 0
    while done := apply(mover, rules, to_micros(NOW)).readings:
        gone += done
    return gone


def test_old_readings_become_hourly_means_and_are_gone_by_rule(month: Store) -> None:
    assert all_of(month, Rule("AirQualityObserved", "pm10", raw_s=50 * DAY, hourly_s=5 * DAY)) == 10 * 96
    told = found(month)
    assert told[0] == (timedelta(days=5), 5 + 1.5, 3600)
    assert [one for one in told if one[2]] == [
        (timedelta(days=5 + hour // 24, hours=hour % 24), 5 + hour // 24 + 1.5, 3600) for hour in range(120)
    ]
    assert told[120] == (timedelta(days=10), 10.0, None)
    assert len(found(month, 1, "state")) == 30 * 96  # another attribute has no rule
    report = month.verify()
    assert report.problems == ()
    done = month.transaction(month.data_version())
    assert (done.kind, done.facts["history"]["rows"]) == ("retention", 10 * 96)
    assert all_of(month, Rule("AirQualityObserved", "pm10", raw_s=50 * DAY, hourly_s=5 * DAY)) == 0


def test_of_what_is_no_number_an_hour_keeps_the_last(month: Store) -> None:
    all_of(month, Rule("*", "state", raw_s=59 * DAY, hourly_s=None))
    assert found(month, 1, "state")[:25] == [
        *((timedelta(hours=hour), "shut", 3600) for hour in range(24)),
        (timedelta(days=1), "open", None),
    ]


def test_corrections_count_once_in_a_mean(month: Store) -> None:
    with month.transact(actor="test", reason="correction") as tx:
        tx.observe(SENSOR.format(0), "pm10", 100.0, START)
    Mover(month).move(to_micros(NOW))
    all_of(month, Rule(raw_s=59 * DAY, hourly_s=None))
    assert found(month)[0] == (timedelta(0), (100 + 1 + 2 + 3) / 4, 3600)
    assert month.verify().problems == ()


def test_a_second_pass_turns_means_of_before_into_nothing_and_keeps_weights(month: Store) -> None:
    rule = Rule(raw_s=50 * DAY, hourly_s=5 * DAY)
    all_of(month, rule)
    with month.transact(actor="test", reason="late") as tx:  # a late reading for an hour that is a mean already
        tx.observe(SENSOR.format(0), "pm10", 106.5, START + timedelta(days=7, minutes=7))
    Mover(month).move(to_micros(NOW))
    all_of(month, rule)
    told = {one[0]: one[1:] for one in found(month)}
    assert told[timedelta(days=7)] == ((4 * 8.5 + 106.5) / 5, 3600)
    later = to_micros(NOW + timedelta(days=10))
    while apply(Mover(month), [rule], later).readings:
        pass
    assert found(month)[0][0] == timedelta(days=15)
    assert month.verify().problems == ()


def test_what_a_rule_dropped_can_not_be_altered_unseen(month: Store) -> None:
    all_of(month, Rule(raw_s=50 * DAY, hourly_s=0))
    assert month.verify().problems == ()
    assert len(found(month)) == 20 * 96
    month.submit_beside(lambda db: db.execute("UPDATE md_gone SET rows = rows + 1").fetchall()).result()
    assert [one.code for one in month.verify().problems] == ["history.gone-altered"]
    month.submit_beside(lambda db: db.execute("DELETE FROM md_gone").fetchall()).result()
    codes = {one.code for one in month.verify().problems}
    assert codes == {"history.gone-altered", "store.observed"}


def test_the_newest_reading_stays_whatever_the_rule(month: Store) -> None:
    all_of(month, Rule(raw_s=2 * DAY, hourly_s=0))
    assert found(month) == [(timedelta(days=29, hours=23, minutes=45), 32.0, None)]
    assert standing(month).segments == 0
    assert not list(segments.folder_beside(month.path).glob("*.parquet"))
    assert month.verify().problems == ()


def test_what_was_decided_stands_in_the_log_and_a_keeper_does_it(store: Store) -> None:
    assert kept(store) is None
    assert Keeper(store).step(to_micros(NOW)) == 0
    decided = with_rule(
        with_rule(Keep(hot_s=seconds("48h")), Rule(raw_s=seconds("30d"))), Rule("A", "b", seconds("1y"))
    )
    assert [one.type for one in decided.rules] == ["A", "*"]
    keep(store, decided, actor="city", reason="two days are enough")
    assert kept(store) == decided
    assert store.log()[0].reason == "two days are enough"
    with store.transact(actor="test", reason="readings") as tx:
        tx.put({"id": SENSOR.format(0), "type": "AirQualityObserved"})
        for hour in range(24 * 40):
            tx.observe(SENSOR.format(0), "pm10", 1.0, START + timedelta(hours=hour))
    keeper = Keeper(store)
    assert keeper.step(to_micros(NOW)) == 0  # recorded after that moment
    now = max(to_micros(NOW), to_micros(store.log()[0].at) + 60_000_000)
    while keeper.step(now):
        pass
    assert standing(store).hot_rows == 1
    assert store.verify().problems == ()
    keep(store, None, actor="city", reason="enough")
    assert kept(store) is None


def test_what_can_not_be_kept_is_refused(store: Store) -> None:
    for decided in (Keep(hot_s=60), Keep(hot_s=3 * DAY, rules=(Rule(raw_s=DAY),))):
        with pytest.raises(CallerError):
            keep(store, decided, actor="city", reason="no")
    for text in ("48", "h", "0d", "2 days", "-1h"):
        with pytest.raises(CallerError, match="span"):
            seconds(text)
