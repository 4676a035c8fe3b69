"""Feeds by HTTP and by the command line: who may, what is told, and that a feed that stops is seen on its entity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from feeding import mosquitto, needs_mosquitto, publisher, until
from madang import clock
from madang.cli import run_in_server
from madang.web.around import Settings

ROOT = "/api/cities/seongnam/feeds"
RULE = {
    "topics": ["air/{device}"],
    "id": "urn:ngsi-ld:AirQualityObserved:test:{device}",
    "type": "AirQualityObserved",
    "location": ["$.lon", "$.lat"],
    "values": {"pm10": "$.pm10"},
    "status": "synthetic",
    "expectedS": 60,
}
FEED: dict[str, Any] = {"protocol": "mqtt", "address": "mqtt://127.0.0.1:1", "rules": [RULE]}
SAMPLE = '{"pm10": 31, "lon": 127.1, "lat": 37.4}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, start_server: Any) -> Iterator[Any]:
    with start_server(tmp_path_factory.mktemp("feeds"), settings=Settings(allow_local=True)) as found:
        yield found


@pytest.fixture
def client(server: Any) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found


def test_a_feed_is_said_shown_paused_and_taken_out(client: httpx.Client) -> None:
    made = client.post(ROOT, json={"name": "air", "feed": FEED})
    assert (made.status_code, made.json()["condition"]) == (201, "waiting")
    assert client.post(ROOT, json={"name": "air", "feed": FEED}).status_code == 409
    assert client.post(ROOT, json={"name": "air", "feed": FEED, "replace": True}).status_code == 201
    assert [one["id"] for one in client.get(ROOT).json()] == ["air"]
    assert client.post(f"{ROOT}/air/pause", json={}).json()["condition"] == "paused"
    assert client.post(f"{ROOT}/air/resume", json={}).json()["condition"] != "paused"
    assert client.post(f"{ROOT}/air/remove", json={}).json() == {"id": "air", "removed": True}
    assert client.get(f"{ROOT}/air").json()["code"] == "feeds.unknown"


@pytest.mark.parametrize("role", ["read", "propose"])
def test_only_who_may_change_main_says_what_comes_in(server: Any, role: str) -> None:
    with server.client(role) as found:
        assert found.get(ROOT).status_code == 200
        assert found.post(ROOT, json={"name": "air2", "feed": FEED}).status_code == 403


def test_a_feed_is_of_main_alone(client: httpx.Client) -> None:
    answer = client.post(ROOT.replace("seongnam", "seongnam~fabless-valley"), json={"name": "x", "feed": FEED})
    assert answer.json()["code"] == "feeds.main-only"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rules": [RULE | {"type": "Building"}]}, "feeds.type-not-observed"),
        ({"rules": [RULE | {"values": {"pm10": "pm10"}}]}, "feeds.bad-path"),
        ({"rules": [RULE | {"topics": ["a/#/b"]}]}, "feeds.topic"),
        ({"rules": [RULE | {"valuess": {}}]}, "feeds.field-unknown"),
        ({"secrets": {"password": "plain"}}, "feeds.secret-in-plain"),
        ({"address": "http://x"}, "feeds.address"),
        ({"protocol": "coap"}, "feeds.field"),
    ],
)
def test_what_is_wrong_is_named(client: httpx.Client, wrong: dict[str, Any], code: str) -> None:
    answer = client.post(ROOT, json={"name": "wrong", "feed": FEED | wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_payload_can_be_tried(client: httpx.Client) -> None:
    made = client.post(f"{ROOT}/try", json={"feed": FEED, "payload": SAMPLE, "topic": "air/s1"}).json()
    assert [(one["attribute"], one["value"], one["unit"]) for one in made["readings"]] == [("pm10", 31, "GQ")]


def test_commands(server: Any, tmp_path: Path) -> None:
    (tmp_path / "air.json").write_text(orjson.dumps(FEED).decode())
    (tmp_path / "sample.json").write_text(SAMPLE)
    city = server.cities["seongnam"]

    def said(*words: str, language: str = "en") -> str:
        done = run_in_server(["feed", *words], tmp_path, {city.path.resolve(): city}, {"language": language})
        assert done["exit_code"] == 0, done
        return str(done["stdout"])

    file = str(city.path)
    assert "runs while a server" in said("add", file, "cli", "air.json", "--reason", "test")
    assert "cli" in said("list", file)
    assert "paused" in said("pause", file, "cli")
    assert "멈춤" in said("list", file, language="ko")
    assert "resumed" in said("resume", file, "cli")
    assert "lastReading: -" in said("status", file, "cli")
    assert "pm10  31 GQ" in said("try", "air.json", "sample.json", "--topic", "air/s1")
    assert "removed" in said("remove", file, "cli")


@needs_mosquitto
def test_a_feed_that_stops_is_stale_on_its_entity_and_no_version_is_written(
    server: Any, client: httpx.Client, tmp_path: Path
) -> None:
    store, id = server.cities["seongnam"].store, "urn:ngsi-ld:AirQualityObserved:test:s9"
    with mosquitto(tmp_path / "m") as mqtt, publisher(mqtt) as publish:
        client.post(ROOT, json={"name": "live", "feed": FEED | {"address": mqtt.url}})
        until(store, lambda: store.entry("feed", "live").state.get("connected"))
        publish("air/s9", SAMPLE)
        until(store, lambda: store.view().observations(id, "pm10"))
        until(store, lambda: store.entry("feed", "live").state.get("lastReading"))
        head = store.data_version()

        def live() -> Any:
            sensors = client.get("/api/cities/seongnam/live").json()["sensors"]
            return next(one for one in sensors if one["id"] == id)["readings"][0]

        now = clock.now()
        fresh = live()
        assert (fresh["stale"], fresh["staleAfterS"]) == (False, 180)
        assert client.get(f"{ROOT}/live").json()["condition"] == "running"
        with clock.standing_at(now + timedelta(seconds=200)):
            assert live()["stale"] is True
            panel = client.get(f"/api/cities/seongnam/entity/{id}/series", params={"attribute": "pm10"}).json()
            assert (panel["stale"], panel["staleAfterS"]) == (True, 180)
            assert panel["staleReason"]["en"].startswith("stale when older than 3 minutes")
            assert client.get(f"{ROOT}/live").json()["condition"] == "stale"
        entity = client.get(f"/ngsi-ld/v1/entities/{id}", headers={"NGSILD-Tenant": "seongnam"}).json()
        assert entity["pm10"]["staleAfter"]["value"] == 180
        assert store.data_version() == head
        client.post(f"{ROOT}/live/remove", json={})
