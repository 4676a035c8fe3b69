"""Notifications over MQTT (clause 7), with a mosquitto on loopback that the test starts."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from madang.hub.mqtt import Broker, broker_of, message

pytestmark = [pytest.mark.clause("7"), pytest.mark.clause("7.2")]

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
WITHIN_S = 20.0
NewId = Callable[..., str]

needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")


@contextmanager
def mosquitto(folder: Path, *, password_of: tuple[str, str] | None = None) -> Iterator[int]:
    """The port of a broker on loopback."""
    assert PROGRAM is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", f"allow_anonymous {'false' if password_of else 'true'}", "user root"]
    if password_of:
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        tool = shutil.which("mosquitto_passwd") or "mosquitto_passwd"
        subprocess.run([tool, "-b", str(passwords), *password_of], check=True, capture_output=True)
        lines.append(f"password_file {passwords}")
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([PROGRAM, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + WITHIN_S
        while True:
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < until, "mosquitto did not start"
            assert process.poll() is None, "mosquitto ended"
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def listening(port: int, topic: str, **login: Any) -> Iterator[queue.Queue[Any]]:
    """The messages of a topic."""
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    came: queue.Queue[Any] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    if login:
        client.username_pw_set(login["user"], login["password"])
    client.on_message = lambda _client, _data, got: came.put(got)
    client.on_connect = lambda *_: client.subscribe(topic, qos=2)
    client.on_subscribe = lambda *_: ready.put(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        ready.get(timeout=WITHIN_S)
        yield came
    finally:
        client.disconnect()
        client.loop_stop()


@needs_mosquitto
@pytest.mark.parametrize("version", [None, "mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("qos", [None, "0", "1", "2"])
def test_each_version_and_quality(
    api: httpx.Client, new_id: NewId, tmp_path: Path, version: str | None, qos: str | None
) -> None:
    kind = "Mq" + new_id().rpartition(":")[2]
    told = [("MQTT-Version", version), ("MQTT-QoS", qos)]
    info = [{"key": key, "value": value} for key, value in told if value is not None]
    with mosquitto(tmp_path) as port, listening(port, "city/air/#") as came:
        given = {
            "type": "Subscription",
            "entities": [{"type": kind}],
            "notification": {
                "endpoint": {
                    "uri": f"mqtt://127.0.0.1:{port}/city/air",
                    "notifierInfo": info,
                    "receiverInfo": [{"key": "x-own", "value": "1"}],
                }
            },
        }
        answer = api.post("/subscriptions", json=given)
        assert answer.status_code == 201, answer.text
        entity = {"id": new_id(), "type": kind, "a": {"type": "Property", "value": 1}}
        assert api.post("/entities", json=entity).status_code == 201
        got = came.get(timeout=WITHIN_S)
        assert got.topic == "city/air"
        assert got.qos == int(qos or 0)
        body = orjson.loads(got.payload)
        assert set(body) == {"metadata", "body"}
        assert body["metadata"]["Content-Type"] == "application/json"
        assert 'rel="http://www.w3.org/ns/json-ld#context"' in body["metadata"]["Link"]
        assert body["metadata"]["x-own"] == "1"
        assert body["body"]["data"] == [entity]
        assert api.delete("/subscriptions/" + answer.headers["location"].rpartition("/")[2]).status_code == 204


@needs_mosquitto
@pytest.mark.skipif(shutil.which("mosquitto_passwd") is None, reason="mosquitto_passwd is not installed")
def test_a_user_and_password_in_the_address_are_used_and_not_metadata(
    api: httpx.Client, new_id: NewId, tmp_path: Path
) -> None:
    kind = "Mq" + new_id().rpartition(":")[2]
    login = {"user": "city", "password": "p:w@d"}
    with (
        mosquitto(tmp_path, password_of=("city", "p:w@d")) as port,
        listening(port, "t/#", **login) as came,
    ):
        given = {
            "type": "Subscription",
            "entities": [{"type": kind}],
            "notification": {
                "endpoint": {"uri": f"mqtt://city:p%3Aw%40d@127.0.0.1:{port}/t/u", "accept": "application/ld+json"}
            },
        }
        assert api.post("/subscriptions", json=given).status_code == 201
        entity = {"id": new_id(), "type": kind, "a": {"type": "Property", "value": 1}}
        assert api.post("/entities", json=entity).status_code == 201
        body = orjson.loads(came.get(timeout=WITHIN_S).payload)
        assert body["metadata"] == {"Content-Type": "application/ld+json"}
        assert "@context" in body["body"]["data"][0]


@needs_mosquitto
def test_a_broker_that_can_not_be_reached_is_a_failure_that_is_told(
    api: httpx.Client, new_id: NewId, tmp_path: Path
) -> None:
    kind = "Mq" + new_id().rpartition(":")[2]
    with mosquitto(tmp_path) as port:
        pass
    given = {
        "type": "Subscription",
        "entities": [{"type": kind}],
        "notification": {"endpoint": {"uri": f"mqtt://127.0.0.1:{port}/late"}},
    }
    id = api.post("/subscriptions", json=given).headers["location"].rpartition("/")[2]
    entity = {"id": new_id(), "type": kind, "a": {"type": "Property", "value": 1}}
    assert api.post("/entities", json=entity).status_code == 201
    until = time.monotonic() + WITHIN_S
    while api.get(f"/subscriptions/{id}").json()["notification"].get("status") != "failed":
        assert time.monotonic() < until
    assert api.delete(f"/subscriptions/{id}").status_code == 204


def test_an_address_names_broker_and_topic() -> None:
    assert broker_of("mqtts://u:p@h/a/b", "mqtt5.0") == (Broker("mqtts", "h", 8883, "u", "p", "mqtt5.0"), "a/b")
    assert broker_of("mqtt://h:99/a", "mqtt3.1.1") == (Broker("mqtt", "h", 99, None, None, "mqtt3.1.1"), "a")
    assert orjson.loads(message({"A": "b"}, b'{"c":1}')) == {"metadata": {"A": "b"}, "body": {"c": 1}}
