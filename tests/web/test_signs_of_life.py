"""Health, readiness, metrics and the log: what whoever runs the server looks at."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from brokers import broker, loopback
from feeding import WITHIN_S, mosquitto, needs_mosquitto, publisher, until
from loops import in_a_loop_of_its_own
from madang import clock
from madang.city import City
from madang.errors import DataError
from madang.store import outbox, retention
from madang.store.compaction import standing
from madang.web import compacting, health, logs
from madang.web.api.feeds import add_feed
from madang.web.background import Background
from madang.web.metrics import door_of


def test_anybody_may_ask_whether_the_server_lives_and_is_ready(server) -> None:  # type: ignore[no-untyped-def]
    with server.client(role=None) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok", "cities": 2}
        assert stranger.get("/readyz").json() == {"status": "ok", "cities": {"seongnam": "ok", "sejong": "ok"}}


def test_metrics_are_for_who_may_read_and_count_requests_by_door(server, client: httpx.Client) -> None:  # type: ignore[no-untyped-def]
    with server.client(role=None) as stranger:
        assert stranger.get("/metrics").status_code == 401
    client.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Dong:kostat-2020:31023740")
    client.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Dong:kostat-2020:none")
    found = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    counted = {(one.labels["door"], one.labels["status"]): one.value for one in found["madang_requests"].samples}
    assert counted["ngsi-ld", "200"] >= 1
    assert counted["ngsi-ld", "404"] >= 1
    dongs = [one.value for one in found["madang_entities"].samples if one.labels.get("type") == "Dong"]
    assert dongs == [3, 3]
    assert "madang_request_seconds" in found


class Noted(dict[Any, Any]):
    """A dictionary that says when something was put in."""

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.done.set()


@needs_mosquitto
def test_metrics_tell_of_feeds_history_notifications_and_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(compacting, "SETTLED_S", 0)
    monkeypatch.setattr(compacting, "LAST", noted := Noted())
    id = "urn:ngsi-ld:WeatherObserved:test:{device}"
    rule = {"topics": ["air/{device}"], "id": id, "type": "WeatherObserved", "expectedS": 60,
            "time": {"path": "$.t", "form": "s"}, "values": {"temperature": "$.v"}}  # fmt: skip
    with broker(tmp_path) as server, loopback() as heard, mosquitto(tmp_path / "m") as mqtt, publisher(mqtt) as publish:
        city = server.cities["test"]
        add_feed(city, "air", {"protocol": "mqtt", "address": mqtt.url, "rules": [rule]}, by="test", reason="test")
        until(city.store, lambda: city.store.entry("feed", "air").state.get("connected"))
        publish("air/1", *(orjson.dumps({"t": 1_790_000_000 + n, "v": n}) for n in range(10)), b"{", b"not at all")
        until(city.store, lambda: city.store.entry("feed", "air").state.get("counts", {}).get("readings") == 10)
        retention.keep(city.store, retention.Keep(hot_s=3600), actor="test", reason="an hour is enough")
        until(city.store, lambda: standing(city.store).rows == 9)
        assert noted.done.wait(WITHIN_S)
        with server.client() as api:
            subscription = {"type": "Subscription", "entities": [{"type": "Bench"}],
                            "notification": {"endpoint": {"uri": heard.url + "/notify"}}}  # fmt: skip
            assert api.post("/subscriptions", json=subscription).status_code == 201
            api.post(
                "/entities",
                json={"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": {"type": "Property", "value": 3}},
            )
            heard.wait(1)
        until(city.store, lambda: outbox.counts(city.store) == (0, 0))
        until(city.store, lambda: city.store.entry("feed", "air").state.get("counts", {}).get("refused"))
        told = httpx.get(server.url + "/metrics").text
    found = {family.name: family for family in text_string_to_metric_families(told)}
    assert all(family.documentation for name, family in found.items() if name.startswith("madang_"))
    value = {name.removeprefix("madang_"): family.samples[0].value for name, family in found.items() if family.samples}
    named = ("feed_readings", "feed_connected", "feed_stale", "feed_last_reading_timestamp_seconds")
    assert [value[name] for name in named] == [10, 1, 1, 1_790_000_009]
    assert value["feed_refused"] >= 1
    assert (value["history_hot_readings"], value["history_cold_readings"], value["history_segments"]) == (1, 9, 1)
    assert value["history_last_compaction_timestamp_seconds"] > 1_790_000_000
    assert (value["notifications_due"], value["notifications_dead"], value["notifications_failed"]) == (0, 0, 0)
    assert value["grouped_writes"] >= value["group_commits"] > 1


def test_a_city_whose_service_keeps_failing_is_not_ready(server, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    async def fails(around: object, city: City) -> None:
        raise RuntimeError(city.id)

    async def failing() -> Background:
        background = Background(None, [fails])  # type: ignore[arg-type]
        kept = asyncio.create_task(background._keep(fails, city))
        while not background.failing(city):
            await asyncio.sleep(0)
        kept.cancel()
        return background

    monkeypatch.setattr("madang.web.background.AGAIN_AFTER_S", 0)
    city, other = server.cities.values()
    background = in_a_loop_of_its_own(failing())
    answer = health.ready([city, other], background.failing)
    assert answer.status == 503
    assert orjson.loads(answer.body)["cities"] == {city.id: "failing: test_signs_of_life", other.id: "ok"}
    assert background.failures[city.id, "test_signs_of_life"] == 3
    with clock_later(61):
        assert background.failing(city) == []  # it ran for a minute since: it has come over it


@contextmanager
def clock_later(seconds: float) -> Iterator[None]:
    now = clock.elapsed_s()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "elapsed_s", lambda: now + seconds)
        yield


@pytest.mark.parametrize(
    ("path", "door"), [("/a~b/ngsi-ld/v1/entities/x", "ngsi-ld"), ("/", "pages"), ("/ogc/a/collections", "ogc")]
)
def test_a_path_is_counted_by_its_door(path: str, door: str) -> None:
    assert door_of(path) == door


def test_the_log_is_a_line_of_json_an_event_with_its_facts() -> None:
    out = io.StringIO()
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).propagate) for name in LOGGERS}
    try:
        logs.start("json", to=out)
        logging.getLogger("madang.test").info("hello %s", "there", extra={"seconds": 0.5})
        try:
            raise DataError("entities.bad-id", place="x", found="y")
        except DataError:
            logging.getLogger("madang.test").exception("failed")
    finally:
        for name, (handlers, propagate) in before.items():
            logging.getLogger(name).handlers[:] = handlers
            logging.getLogger(name).propagate = propagate
    first, second = map(orjson.loads, out.getvalue().splitlines())
    assert (first["message"], first["level"], first["seconds"]) == ("hello there", "info", 0.5)
    assert (second["code"], second["facts"]["place"]) == ("entities.bad-id", "x")
    assert "Traceback" in second["trace"]


LOGGERS = ("madang", "uvicorn.error")
