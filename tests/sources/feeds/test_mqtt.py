"""Feeds over MQTT: what was acknowledged is in the file, whatever happens to broker and server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from brokers import Broker, broker
from feeding import Mosquitto, free_port, mosquitto, needs_mosquitto, publisher, until
from madang.store import Store
from madang.web.api.feeds import add_feed, feed_said, pause_feed, remove_feed

pytestmark = needs_mosquitto

AIR = {
    "topics": ["air/{site}/{device}"],
    "id": "urn:ngsi-ld:AirQualityObserved:test:{device}",
    "type": "AirQualityObserved",
    "name": "{site} {device}",
    "location": ["$.lon", "$.lat"],
    "time": {"path": "$.t", "form": "s"},
    "values": {"pm10": {"path": "$.pm10", "low": 0, "high": 1000}, "no2": {"path": "$.no2", "scale": 0.001}},
    "source": "urn:ngsi-ld:Dataset:test:air",
    "status": "synthetic",
    "expectedS": 60,
}


def feed(url: str, **more: Any) -> dict[str, Any]:
    return {"protocol": "mqtt", "address": url, "rules": [AIR | more]}


def payload(at: int, **values: Any) -> bytes:
    return orjson.dumps({"t": 1_790_000_000 + at, "lon": 127.1, "lat": 37.4, **values})


@pytest.fixture
def mqtt(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "mosquitto") as found:
        yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path / "cities") as found:
        yield found


def running(server: Broker, name: str = "air") -> Store:
    """The city's store, once the feed is connected."""
    store = server.cities["test"].store
    until(store, lambda: store.entry("feed", name).state.get("connected"))
    return store


def counts(store: Store, name: str = "air") -> dict[str, int]:
    return store.entry("feed", name).state["counts"]


def number(store: Store, id: str, attribute: str = "pm10") -> int:
    return len(store.view().observations(id, attribute))


def test_a_reading_comes_with_unit_source_status_and_place(server: Broker, mqtt: Mosquitto) -> None:
    add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    with publisher(mqtt) as publish:
        publish("air/pangyo/s1", payload(0, pm10=31, no2=24), payload(60, pm10=33))
        until(store, lambda: number(store, id) == 2)
    with server.client(NGSILD_Tenant="test") as client:
        found = client.get(f"/entities/{id}").json()
    assert found["pm10"]["value"] == 33
    assert found["pm10"]["unitCode"] == "GQ"
    assert found["no2"]["value"] == 0.024
    assert found["status"]["value"] == "synthetic"
    assert found["pm10"]["source"]["object"] == "urn:ngsi-ld:Dataset:test:air"
    assert found["pm10"]["staleAfter"] == {"type": "Property", "value": 180, "unitCode": "SEC"}
    assert found["location"]["value"]["coordinates"] == [127.1, 37.4]
    assert "feed:air" in {one.actor for one in store.log()}


def test_many_readings_make_one_version_of_an_entity(server: Broker, mqtt: Mosquitto) -> None:
    add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    with publisher(mqtt) as publish:
        publish("air/pangyo/s1", *(payload(at, pm10=at) for at in range(500)))
        until(store, lambda: number(store, id) == 500)
    assert sum(change.kind in ("created", "updated") for change in store.changes(0) if change.id == id) == 1


def test_what_was_sent_while_the_server_was_away_comes_later(tmp_path: Path, mqtt: Mosquitto) -> None:
    id = "urn:ngsi-ld:AirQualityObserved:test:s1"
    with publisher(mqtt) as publish:
        with broker(tmp_path / "cities") as server:
            add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
            running(server)
        publish("air/pangyo/s1", *(payload(at, pm10=at) for at in range(50)))
        with broker(tmp_path / "cities") as server:
            store = server.cities["test"].store
            until(store, lambda: number(store, id) == 50)


def test_a_broker_that_is_started_again_is_found_again(server: Broker, mqtt: Mosquitto) -> None:
    add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    mqtt.stop()
    until(store, lambda: not store.entry("feed", "air").state["connected"])
    told = until(store, lambda: store.entry("feed", "air").state["lastProblem"])
    assert told["code"] in ("feeds.connection-lost", "feeds.unreachable")  # or it has looked for it again by now
    mqtt.start()
    until(store, lambda: store.entry("feed", "air").state["connected"])
    with publisher(mqtt) as publish:
        publish("air/pangyo/s1", payload(0, pm10=31))
        until(store, lambda: number(store, id) == 1)
    assert until(store, lambda: counts(store)["reconnected"] == 2)


def test_rubbish_is_counted_kept_as_a_sample_and_stops_nothing(server: Broker, mqtt: Mosquitto) -> None:
    add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    bad = [b"\xff\xfe", b"[", b"[]", b"null", b'{"t": "x", "pm10": 1}', payload(0, pm10=-5), payload(0, pm10=[1]), b""]
    with publisher(mqtt) as publish:
        publish("air/pangyo/s1", *bad, payload(1, pm10=31))
        until(store, lambda: number(store, id) == 1)
    until(store, lambda: counts(store)["received"] == len(bad) + 1)
    state = store.entry("feed", "air").state
    assert state["counts"]["refused"] >= 5
    assert 1 <= len(state["samples"]) <= 5
    assert all(len(one["sample"]) <= 400 for one in state["samples"])


def test_times_that_go_backwards_doubles_and_times_to_come(server: Broker, mqtt: Mosquitto) -> None:
    add_feed(server.cities["test"], "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    with publisher(mqtt) as publish:
        publish("air/pangyo/s1", payload(100, pm10=1), payload(50, pm10=2), payload(100, pm10=1))
        publish("air/pangyo/s1", payload(10**9, pm10=9), payload(101, pm10=3))
        until(store, lambda: number(store, id) == 3)
    until(store, lambda: counts(store)["readings"] == 3)
    assert counts(store)["late"] == 1
    assert counts(store)["duplicates"] == 1
    assert store.entry("feed", "air").state["samples"][-1]["code"] == "feeds.from-the-future"
    assert store.view().document(id)["pm10"]["value"] == 3


def test_one_reading_in_another_unit_takes_no_other_with_it(server: Broker, mqtt: Mosquitto) -> None:
    city = server.cities["test"]
    with city.store.transact(actor="test", reason="a series in another unit") as tx:
        tx.put({"id": "urn:ngsi-ld:AirQualityObserved:test:odd", "type": "AirQualityObserved"})
    from madang.clock import from_text

    with city.store.transact(actor="test", reason="a series in another unit") as tx:
        tx.observe("urn:ngsi-ld:AirQualityObserved:test:odd", "pm10", 1, from_text("2026-01-01T00:00:00Z"), unit="59")
    add_feed(city, "air", feed(mqtt.url), by="test", reason="test")
    store = running(server)
    with publisher(mqtt) as publish:
        for at in range(3):
            publish("air/a/odd", payload(at, pm10=1))
            publish("air/a/good", payload(at, pm10=2))
    until(store, lambda: number(store, "urn:ngsi-ld:AirQualityObserved:test:good") == 3)
    until(store, lambda: counts(store)["refused"] == 3)
    assert number(store, "urn:ngsi-ld:AirQualityObserved:test:odd") == 1


def test_pause_and_resume_and_remove(server: Broker, mqtt: Mosquitto) -> None:
    city, id = server.cities["test"], "urn:ngsi-ld:AirQualityObserved:test:s1"
    add_feed(city, "air", feed(mqtt.url), by="test", reason="test")
    store = running(server)
    assert feed_said(city, "air")["condition"] == "waiting"
    pause_feed(city, "air", paused=True, by="test", reason="rest")
    until(store, lambda: not store.entry("feed", "air").state["connected"])
    assert feed_said(city, "air")["condition"] == "paused"
    with publisher(mqtt) as publish:
        publish("air/a/s1", payload(0, pm10=1))
        pause_feed(city, "air", paused=False, by="test", reason="go on")
        until(store, lambda: number(store, id) == 1)
    remove_feed(city, "air", by="test", reason="gone")
    assert store.entry("feed", "air") is None
    assert number(store, id) == 1


def test_the_broker_is_told_only_after_the_commit(server: Broker, mqtt: Mosquitto, monkeypatch: Any) -> None:
    """While the disk does not answer, messages stay the broker's; a commit that fails is not acknowledged."""
    from madang.errors import FileError

    city = server.cities["test"]
    add_feed(city, "air", feed(mqtt.url), by="test", reason="test")
    store, id = running(server), "urn:ngsi-ld:AirQualityObserved:test:s1"
    real, failed = store.submit, []

    def failing(act: Any, **signed: Any) -> Any:
        if signed["actor"] == "feed:air" and len(failed) < 2:
            failed.append(1)

            def full(tx: Any) -> None:
                raise FileError("store.disk-full", path="x")

            return real(full, **signed)
        return real(act, **signed)

    monkeypatch.setattr(store, "submit", failing)
    with publisher(mqtt) as publish:
        publish("air/a/s1", payload(0, pm10=1), payload(1, pm10=2))
        until(store, lambda: number(store, id) == 2)
    assert failed


def test_why_a_broker_is_not_reached_is_told(server: Broker) -> None:
    add_feed(server.cities["test"], "air", feed(f"mqtt://127.0.0.1:{free_port()}"), by="test", reason="test")
    store = server.cities["test"].store
    told = until(store, lambda: store.entry("feed", "air").state.get("lastProblem"))
    assert (told["code"], "refused" in told["facts"]["why"]) == ("feeds.unreachable", True)
