"""Histories of attributes, and what sensors read now: readings, versions, staleness, places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from madang import clock
from madang.entities.entity import Document, geo_property, property_, relationship
from madang.errors import CallerError, MadangError, NotFoundError
from madang.store import Store
from madang.twin.live import live
from madang.twin.series import series

NOON = datetime(2026, 8, 16, 3, tzinfo=UTC)
AIR = "urn:ngsi-ld:AirQualityObserved:test:a1"
ROAD = "urn:ngsi-ld:RoadSegment:test:r1"
FLOW = "urn:ngsi-ld:TrafficFlowObserved:test:f1"
LOST = "urn:ngsi-ld:AirQualityObserved:test:nowhere"
HOUSE = "urn:ngsi-ld:Building:test:b1"


def read(value: Any, at: datetime, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": clock.to_text(at), **more}


def air(minutes: float, pm25: Any, id: str = AIR, **more: Any) -> Document:
    place = {} if id == LOST else {"location": geo_property({"type": "Point", "coordinates": [127.1, 37.4]})}
    reading = read(pm25, NOON + timedelta(minutes=minutes), unitCode="GQ")
    return {"id": id, "type": "AirQualityObserved", **place, "pm25": reading, "status": property_("observed"), **more}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("series") / "city.gpkg"
    line = {"type": "LineString", "coordinates": [[127.1, 37.4], [127.11, 37.4]]}
    with clock.standing_at(NOON):
        made = Store.create(path, city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF")
    with made:
        with clock.standing_at(NOON), made.transact(actor="tests", reason="first") as tx:
            tx.put({"id": ROAD, "type": "RoadSegment", "name": property_("판교로"), "location": geo_property(line)})
            tx.put({"id": HOUSE, "type": "Building", "height": property_(10.0, unit="MTR", period="2025")})
            tx.put(air(0, 5.0, LOST))
            flow = {"averageVehicleSpeed": read(31, NOON, unitCode="KMH"), "congested": read(True, NOON)}
            tx.put({"id": FLOW, "type": "TrafficFlowObserved", "refRoadSegment": relationship(ROAD), **flow})
        for n in range(5):
            with clock.standing_at(NOON + timedelta(minutes=10 * n)), made.transact(actor="tests", reason="air") as tx:
                tx.put(air(10 * n, 10.0 + n))
        with clock.standing_at(NOON + timedelta(days=1)), made.transact(actor="tests", reason="higher") as tx:
            tx.put({"id": HOUSE, "type": "Building", "height": property_(12.0, unit="MTR", period="2026")})
        with clock.standing_at(NOON + timedelta(days=2)), made.transact(actor="tests", reason="not known") as tx:
            tx.put({"id": HOUSE, "type": "Building", "name": property_("집")})
        yield made


def test_readings_come_in_order_with_unit_and_the_age_at_which_they_are_stale(store: Store) -> None:
    with clock.standing_at(NOON + timedelta(minutes=69)):
        found = series(store, "main", AIR, "pm25").as_json()
        some = series(
            store, "main", AIR, "pm25", since=NOON + timedelta(minutes=10), until=NOON + timedelta(minutes=20)
        )
        last = series(store, "main", AIR, "pm25", last=2)
    assert [point["value"] for point in found["points"]] == [10, 11, 12, 13, 14]
    assert (found["kind"], found["unit"], found["usualIntervalS"], found["staleAfterS"]) == (
        "observations", "GQ", 600.0, 1800.0,
    )  # fmt: skip
    assert found["stale"] is False
    assert found["label"]["ko"] == "초미세먼지(PM2.5)"
    assert found["points"][0]["status"] == "observed"
    assert [point.value for point in some.points] == [11, 12]  # both ends are in
    assert [point.value for point in last.points] == [13, 14]
    assert last.more is None
    with clock.standing_at(NOON + timedelta(minutes=71)):
        assert series(store, "main", AIR, "pm25").is_stale


def test_what_nobody_reads_has_versions_and_a_value_taken_away_is_a_point(store: Store) -> None:
    found = series(store, "main", HOUSE, "height")
    assert found.kind == "versions"
    assert [(point.value, point.valid) for point in found.points] == [(10.0, "2025"), (12.0, "2026"), (None, None)]
    assert [point.at for point in found.points] == [NOON + timedelta(days=n) for n in range(3)]
    assert (found.freshness, found.address) == (None, None)
    assert [p.value for p in series(store, "main", HOUSE, "height", until=NOON + timedelta(days=1)).points] == [10, 12]


def test_what_is_asked_wrongly_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError, match="pm25"):
        series(store, "main", AIR, "pm99")
    with pytest.raises(NotFoundError):
        series(store, "main", "urn:ngsi-ld:Building:test:none", "height")
    with pytest.raises(CallerError, match="before it begins"):
        series(store, "main", AIR, "pm25", since=NOON, until=NOON - timedelta(seconds=1))
    with pytest.raises(MadangError), store.transact(actor="tests", reason="no number") as tx:
        tx.put(air(99, float("nan")))
    assert len(series(store, "main", AIR, "pm25").points) == 5


def test_sensors_stand_at_their_place_or_in_the_middle_of_what_they_refer_to(store: Store) -> None:
    with clock.standing_at(NOON + timedelta(minutes=50)):
        found = {sensor.id: sensor for sensor in live(store, "main").sensors}
    assert set(found) == {AIR, FLOW}  # without a place there is nothing to draw
    assert found[FLOW].at == (127.105, 37.4)
    assert found[FLOW].place == (ROAD, {"ko": "판교로", "en": "판교로"})
    speed, jam = sorted(found[FLOW].readings, key=lambda one: one.attribute)
    assert (speed.value, speed.unit, speed.freshness.stale_after_s, speed.is_stale) == (31, "KMH", 3600.0, False)
    assert jam.value is True
    (pm25,) = found[AIR].readings
    assert (pm25.value, pm25.at) == (14.0, NOON + timedelta(minutes=40))
    with clock.standing_at(NOON + timedelta(minutes=71)):
        assert all(reading.is_stale for sensor in live(store, "main").sensors for reading in sensor.readings)


def test_sensors_of_some_types_and_of_none_that_is_observed(store: Store) -> None:
    assert [sensor.id for sensor in live(store, "main", types=["TrafficFlowObserved"]).sensors] == [FLOW]
    assert live(store, "main", types=["WeatherObserved"]).sensors == []
    with pytest.raises(CallerError, match="AirQualityObserved"):
        live(store, "main", types=["Building"])


def test_a_simulated_series_on_a_branch_says_so(store: Store) -> None:
    store.fork("plan", actor="tests", reason="fork")
    with store.transact(branch="plan", actor="tests", reason="simulated") as tx:
        tx.put(air(60, 3.0))
    found = series(store, "plan", AIR, "pm25")
    assert {point.status for point in found.points} == {"synthetic"}
    assert series(store, "main", AIR, "pm25").points[-1].value == 14.0
