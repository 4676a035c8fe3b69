"""An attribute of a layer over time: from readings, through sensors that refer to features, and from the record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from madang import clock
from madang.entities.entity import Document, geo_property, property_, relationship
from madang.errors import CallerError, NotFoundError
from madang.store import Store
from madang.twin.frames import MOST_STEPS, frame_at, frames, spread
from madang.twin.moments import moments

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
NOON = datetime(2026, 8, 16, 3, tzinfo=UTC)
LINE = {"type": "LineString", "coordinates": [[127.1, 37.4], [127.11, 37.4]]}
SPEED = "averageVehicleSpeed"


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def road(n: int, **more: Any) -> Document:
    return {"id": f"urn:ngsi-ld:RoadSegment:test:{n}", "type": "RoadSegment", "location": geo_property(LINE), **more}


def flow(name: str, segment: int, minutes: float, speed: Any) -> Document:
    reading = {"type": "Property", "value": speed, "unitCode": "KMH", "observedAt": clock.to_text(after(minutes))}
    return {
        "id": f"urn:ngsi-ld:TrafficFlowObserved:test:{name}",
        "type": "TrafficFlowObserved",
        "refRoadSegment": relationship(f"urn:ngsi-ld:RoadSegment:test:{segment}"),
        SPEED: reading,
    }


def new(path: Path) -> Store:
    with clock.standing_at(NOON):
        return Store.create(path, city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF")


def write(store: Store, minutes: float, *documents: Document, branch: str = "main") -> None:
    with clock.standing_at(after(minutes)), store.transact(branch=branch, actor="tests", reason="made") as tx:
        tx.put_many(documents)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new(tmp_path / "city.gpkg") as made:
        write(made, 0, *(road(n, lanes=property_(2)) for n in range(8)))
        yield made


def test_roads_show_what_sensors_that_refer_to_them_read(store: Store) -> None:
    write(store, 1, flow("a", 1, 0, 30), flow("b", 1, 0, 50), flow("c", 2, 0, 20))
    write(store, 11, flow("a", 1, 10, 60))
    write(store, 21, flow("a", 1, 20, 60))
    found = frames(store, "main", "road", SPEED, steps=3)
    assert (found.via, found.unit, found.kind) == ("refRoadSegment", "KMH", "observations")
    shown = found.as_json()
    assert shown["times"] == [clock.to_text(after(n)) for n in (0, 10, 20)]
    assert shown["ids"] == [road(1)["id"], road(2)["id"]]
    assert shown["values"] == [[40, 20], [55, 20], [55, 20]]  # two sensors on one road: their mean
    assert (shown["low"], shown["high"]) == (20, 55)
    late = frame_at(store, "main", "road", SPEED, after(55))  # a is stale after 30 minutes, b and c after an hour
    assert late.values[0][1:3] == [50, 20]
    assert frame_at(store, "main", "road", SPEED, after(61)).values[0][1:3] == [None, None]
    assert frame_at(store, "main", "road", SPEED, after(-1)).values[0][1:3] == [None, None]
    (told,) = [one for one in moments(store, "main", "road") if one.attribute == SPEED]
    assert (told.features, told.since, told.until, told.via) == (2, NOON, after(20), "refRoadSegment")


def test_a_reading_is_shown_as_long_as_its_feed_says_and_no_longer(store: Store) -> None:
    for n in range(0, 31, 10):  # every ten minutes, and yet stale after four: nothing is guessed
        reading = flow("a", 1, n, n)
        reading[SPEED]["staleAfter"] = property_(240, unit="SEC")
        write(store, n, reading)
    assert frame_at(store, "main", "road", SPEED, after(33)).values[0][1] == 30
    assert frame_at(store, "main", "road", SPEED, after(35)).values[0][1] is None
    shown = frames(store, "main", "road", SPEED, since=after(0), until=after(30), steps=7).values
    assert [row[1] for row in shown] == [0, None, 10, None, 20, None, 30]


def test_a_dense_series_is_looked_up_and_says_the_same_as_one_read_whole(store: Store, monkeypatch: Any) -> None:
    for n in range(30):
        write(store, n, flow("a", 1, n, n))
    whole = frames(store, "main", "road", SPEED, steps=4).values
    monkeypatch.setattr("madang.twin.frames.READ_WHOLE", 0)
    assert frames(store, "main", "road", SPEED, steps=4).values == whole
    monkeypatch.setattr("madang.twin.frames.MOST_SEEKS", 3)
    with pytest.raises(CallerError, match="at most 3 steps"):
        frames(store, "main", "road", SPEED, steps=4)


def test_the_record_says_what_stood_in_it_at_each_moment_on_each_branch(store: Store, monkeypatch: Any) -> None:
    with clock.standing_at(after(10)):
        store.fork("plan", actor="tests", reason="fork")
    write(store, 60, road(1, lanes=property_(4)), road(9, lanes=property_(1)))
    write(store, 90, road(1, lanes=property_(6)), branch="plan")
    span = {"since": after(30), "until": after(120), "steps": 4}
    found = frames(store, "main", "road", "lanes", **span)
    assert found.kind == "versions"
    lanes = dict(zip(found.ids, zip(*found.values, strict=True), strict=True))
    assert lanes[road(1)["id"]] == (2, 4, 4, 4)
    assert lanes[road(2)["id"]] == (2, 2, 2, 2)
    assert lanes[road(9)["id"]] == (None, 1, 1, 1)
    plan = frames(store, "plan", "road", "lanes", **span)
    assert [row[1] for row in plan.values] == [2, 2, 6, 6]
    assert len(plan.ids) == 8
    monkeypatch.setattr("madang.twin.frames.CHANGED_SHARE", 1000)  # much changed: read anew, with the same answer
    assert frames(store, "main", "road", "lanes", **span).values == found.values
    (told,) = moments(store, "main", "road")
    assert (told.attribute, told.kind, told.since, told.until) == ("lanes", "versions", NOON, after(60))
    assert frame_at(store, "main", "road", "lanes", after(30)).values[0][1] == 2


def test_what_is_asked_wrongly_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError, match="lanes"):
        frames(store, "main", "road", "colour")
    with pytest.raises(NotFoundError):
        frames(store, "main", "nothing", "lanes")
    for steps in (0, -1, MOST_STEPS + 1, 10_000_000):
        with pytest.raises(CallerError, match="steps"):
            frames(store, "main", "road", "lanes", steps=steps)
    with pytest.raises(CallerError, match="before it begins"):
        frames(store, "main", "road", "lanes", since=after(1), until=NOON)


def test_too_many_values_are_refused_with_a_number_that_is_not(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("madang.twin.frames.MOST_VALUES", 40)
    with pytest.raises(CallerError, match="at most 5 steps"):
        frames(store, "main", "road", "lanes", steps=6)
    assert len(frames(store, "main", "road", "lanes", since=NOON, until=after(1), steps=5).times) == 5


def test_moments_are_evenly_spread_and_hold_both_ends() -> None:
    found = spread(NOON, after(60), 5)
    assert (found[0], found[-1], len(set(found))) == (NOON, after(60), 5)
    assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=15)}
    assert spread(NOON, NOON, 5) == [NOON]
    assert spread(NOON, after(60), 1) == [after(60)]


@pytest.mark.needs_data
def test_two_snapshots_of_real_traffic_on_482_links(tmp_path: Path) -> None:
    """Seongnam, 2026-08-16, about 18:45 and 18:50: each link shows the speed that its last reading gave."""
    snapshots = [DATA / f"mobility/seongnam_traffic_20260816_{name}.geojson" for name in ("sync", "async")]
    if not all(path.exists() for path in snapshots):
        pytest.skip("the development data folder is absent")
    rows = [json.loads(path.read_text("utf-8"))["features"] for path in snapshots]
    seoul = timezone(timedelta(hours=9))
    told: dict[str, list[tuple[datetime, float]]] = {}
    with new(tmp_path / "city.gpkg") as store:
        for features in rows:
            documents = []
            for feature in features:
                said = feature["properties"]
                at = datetime.strptime(said["collDate"][:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=seoul)
                link = f"urn:ngsi-ld:RoadSegment:its:{said['LINK_ID']}"
                minutes = (at - NOON).total_seconds() / 60
                sensor = flow(said["LINK_ID"], 0, minutes, float(said["spd"])) | {"refRoadSegment": relationship(link)}
                documents += [sensor, {**road(0), "id": link, "location": geo_property(feature["geometry"])}]
                told.setdefault(link, []).append((at, float(said["spd"])))
            write(store, 0, *documents)
        found = frames(store, "main", "road", SPEED, steps=5)
    assert len(found.ids) == len(told) == 482
    for n, link in enumerate(found.ids):
        assert found.values[-1][n] == max(told[link])[1]
    early = [n for n, link in enumerate(found.ids) if min(told[link])[0] > found.times[0]]
    assert early
    assert all(found.values[0][n] is None for n in early)
    first = (at for readings in told.values() for at, _ in readings)
    assert found.times[0] == min(first).astimezone(UTC)
