"""What may move out of the city file: nothing a follower has yet to read, and never the newest of a series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.entity import property_
from madang.store import Store, following
from madang.store.compaction import Mover, standing
from madang.store.rows import every
from madang.store.transaction import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
SENSOR = "urn:ngsi-ld:AirQualityObserved:test:{}"
LATER = to_micros(START + timedelta(days=400))


def observe(store: Store, minute: float, *numbers: int) -> int:
    with store.transact(actor="test", reason="readings") as tx:
        for number in numbers:
            tx.observe(SENSOR.format(number), "pm10", minute + number / 10, START + timedelta(minutes=minute))
    return store.data_version()


def moved(store: Store) -> int:
    mover, done = Mover(store), 0
    while step := mover.move(LATER, most=7):
        done += step
    return done


def hot(store: Store) -> list[tuple[int, int]]:
    with store._readers.reading() as db:
        return every(db, "SELECT sid, tx FROM md_obs ORDER BY sid, at, tx")


@pytest.fixture
def sensors(store: Store) -> Store:
    with store.transact(actor="test", reason="sensors") as tx:
        for number in range(3):
            tx.put({"id": SENSOR.format(number), "type": "AirQualityObserved", "name": property_(f"{number}")})
    return store


def test_what_a_follower_has_yet_to_read_stays_in_the_file(sensors: Store) -> None:
    for minute in range(10):
        observe(sensors, minute, 0, 1, 2)
    with sensors.transact(actor="test", reason="somebody wants to be told") as tx:
        tx.put_entry("subscription", "urn:ngsi-ld:Subscription:test:1", {"said": {}})
    said = sensors.data_version()
    for minute in range(10, 20):
        observe(sensors, minute, 0, 1, 2)
    told = told_now(sensors, said)
    assert moved(sensors) == 3 * 10  # of before the subscription; the follower has yet to begin
    assert {tx for _, tx in hot(sensors)} == set(range(said + 1, said + 11))
    assert told_now(sensors, said) == told
    following.move_cursor(sensors, following.TELLING, said + 4).result()
    assert moved(sensors) == 3 * 4
    assert told_now(sensors, said + 4) == [one for one in told if one[0] > said + 4]
    with sensors.transact(actor="test", reason="nobody wants to be told any more") as tx:
        tx.remove_entry("subscription", "urn:ngsi-ld:Subscription:test:1")
    assert moved(sensors) == 3 * 5
    assert standing(sensors).hot_rows == 3


def told_now(store: Store, since: int) -> list[tuple[int, str, bytes | None, bytes | None]]:
    """What a follower that has read so far is still to be told."""
    found = [one for page, _ in following.happenings(store, since + 1, store.data_version()) for one in page]
    return [(one.tx, one.id, one.before, one.after) for one in found if one.id != "urn:ngsi-ld:Subscription:test:1"]


def test_a_subscription_said_anew_counts_from_its_first_version(sensors: Store) -> None:
    first = observe(sensors, 0, 0)
    with sensors.transact(actor="test", reason="said anew") as tx:
        tx.put_entry("subscription", "urn:ngsi-ld:Subscription:test:1", {"earlier": [{"since": first}]})
    observe(sensors, 1, 0)
    with sensors._readers.reading() as db:
        assert following.seen_by_all(db) == first


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sets(st.integers(0, 2), min_size=1), st.booleans()), min_size=1, max_size=12
    )
)
def test_the_newest_reading_of_each_series_is_never_looked_for_in_a_segment(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, set[int], bool]]
) -> None:
    path = tmp_path_factory.mktemp("newest") / "city.gpkg"
    with Store.create(path, city_id="test", title={"ko": "시", "en": "City"}, synchronous="OFF") as store:
        with store.transact(actor="test", reason="sensors") as tx:
            for number in range(3):
                tx.put({"id": SENSOR.format(number), "type": "AirQualityObserved"})
        newest: dict[int, int] = {}
        for minute, numbers, then_move in acts:  # late readings and corrections among them
            observe(store, minute, *numbers)
            newest |= {number: max(minute, newest.get(number, -1)) for number in numbers}
            if then_move:
                moved(store)
        moved(store)
        with store._readers.reading() as db:
            kept = every(
                db, "SELECT e.id, o.at FROM md_obs o JOIN md_series s ON s.sid = o.sid JOIN md_ent e ON e.eid = s.eid"
            )
        assert set(kept) == {
            (SENSOR.format(number), to_micros(START + timedelta(minutes=minute))) for number, minute in newest.items()
        }
