"""A server that is killed in the middle of a flood: what the broker was told is there is there, and the rest comes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from feeding import WITHIN_S, Mosquitto, mosquitto, needs_mosquitto, new_city, publisher
from madang.city import open_city
from madang.store import Store
from madang.store.compaction import standing
from madang.web.api.feeds import add_feed

ROUNDS, A_ROUND, DEVICES = 2, 2000, 20
RULE = {
    "topics": ["flood/{device}"],
    "id": "urn:ngsi-ld:WeatherObserved:test:{device}",
    "type": "WeatherObserved",
    "time": {"path": "$.t", "form": "s"},
    "values": {"temperature": "$.v"},
    "status": "synthetic",
}


# The server as it is, but that it says on its standard output when it has committed something.
SERVE = """
import sys
from madang.cli import main
from madang.web.background import Background
begin = Background.begin
def telling(self, city):
    city.store.when_committed(lambda: print("committed", flush=True))
    begin(self, city)
Background.begin = telling
sys.argv[1:1] = ["serve"]
main()
"""


def serve(file: Path) -> subprocess.Popen[bytes]:
    """A server process over a file; returns when it says where it listens."""
    words = [sys.executable, "-u", "-c", SERVE, str(file), "--port", "0", "--no-auth", "--allow-local"]
    made = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert made.stdout is not None
    made.stdout.readline()
    return made


def end(server: subprocess.Popen[bytes], how: int) -> None:
    server.send_signal(how)
    server.communicate()


@needs_mosquitto
def test_nothing_that_was_acknowledged_is_lost_and_nothing_that_was_sent(tmp_path: Path) -> None:
    file = new_city(tmp_path / "city.gpkg", synchronous="FULL")
    with mosquitto(tmp_path / "m") as mqtt, publisher(mqtt) as publish:
        with open_city(file, write=True) as city:
            feed = {"protocol": "mqtt", "address": mqtt.url, "rules": [RULE]}
            add_feed(city, "flood", feed, by="test", reason="test")
        _subscribe_once(mqtt)
        sent = 0
        for _ in range(ROUNDS):
            server = serve(file)
            payloads = [orjson.dumps({"t": 1_790_000_000 + n, "v": n}) for n in range(sent, sent + A_ROUND)]
            flood = threading.Thread(target=_flood, args=(publish, payloads))
            flood.start()
            try:
                _came(server, file, sent + A_ROUND // 3)
            finally:
                end(server, signal.SIGKILL)
            flood.join()
            sent += A_ROUND
        server = serve(file)
        try:
            _came(server, file, sent)
        finally:
            end(server, signal.SIGINT)
    with Store.open(file) as store:
        values = sorted(value for id in _ids() for value in _values(store, id))
        assert values == list(range(sent))
        assert store.verify().problems == ()


def _subscribe_once(mqtt: Mosquitto) -> None:
    """Have the broker know the feed's session, so that it keeps what comes while the server is away."""
    ready = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, "madang-test-flood", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_connect = lambda *_: client.subscribe("flood/+", 1)
    client.on_subscribe = lambda *_: ready.set()
    kept = Properties(PacketTypes.CONNECT)
    kept.SessionExpiryInterval = 3600
    client.connect("127.0.0.1", mqtt.port, clean_start=False, properties=kept)
    client.loop_start()
    assert ready.wait(WITHIN_S)
    client.disconnect()
    client.loop_stop()
    client._reset_sockets()


def _flood(publish: Callable[..., None], payloads: list[bytes]) -> None:
    for device in range(DEVICES):
        publish(f"flood/d{device}", *payloads[device::DEVICES])


def _ids() -> list[str]:
    return [f"urn:ngsi-ld:WeatherObserved:test:d{device}" for device in range(DEVICES)]


def _values(store: Store, id: str) -> list[float]:
    return [one.value for one in store.view().observations(id, "temperature")]


def _came(server: subprocess.Popen[bytes], file: Path, number: int) -> None:
    """Return when the file has so many readings; it is looked at whenever the server has committed something."""
    assert server.stdout is not None
    said: list[bytes] = []
    with Store.open(file) as store:
        while standing(store).hot_rows < number:
            said.append(server.stdout.readline())
            assert said[-1], b"the server ended: " + b"".join(one for one in said if one != b"committed\n")
