"""A server that is killed in the middle of a flood: what the broker was told is there is there, and the rest comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from feeding import WITHIN_S, Mosquitto, mosquitto, needs_mosquitto, new_city, publisher
from madang.city import open_city
from madang.store import Store
from madang.store.compaction import standing
from madang.web.api.feeds import add_feed

ROUNDS, A_ROUND, DEVICES = 2, 1000, 10
RULE = {
    "topics": ["flood/{device}"],
    "id": "urn:ngsi-ld:WeatherObserved:test:{device}",
    "type": "WeatherObserved",
    "time": {"path": "$.t", "form": "s"},
    "values": {"temperature": "$.v"},
    "status": "synthetic",
}


# Servers as they are, each a process of its own, forked from one that has loaded what they need: loading takes longer
# than all else here. Each says on its standard output when it has committed something.
SERVERS = """
import os, sys
import madang.sources.feeds.mqtt, madang.web.serve
from madang.cli import main
from madang.web.background import Background
begin = Background.begin
def telling(self, city):
    city.store.when_committed(lambda: print("committed", flush=True))
    begin(self, city)
Background.begin = telling
for line in sys.stdin:
    child = os.fork()
    if not child:
        sys.argv[1:] = ["serve", line.strip(), "--port", "0", "--no-auth", "--allow-local"]
        main()
    print("began", child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


class Servers:
    """One server after another over a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._nursery = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._pid: int | None = None
        self.said: list[str] = []

    def start(self) -> None:
        """Have a server begin."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(f"{self.file}\n")
        self._nursery.stdin.flush()
        while (line := self.next()).partition(" ")[0] != "began":
            pass
        self._pid = int(line.split()[1])

    def next(self) -> str:
        """The next line that is said."""
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline()
        self.said.append(line)
        assert line, "".join(self.said)
        return line

    def end(self, how: int) -> None:
        """End the server that runs, if one does."""
        if self._pid is not None:
            os.kill(self._pid, how)
            self._pid = None
            while self.next() != "ended\n":
                pass

    def close(self) -> None:
        """End them all."""
        self.end(signal.SIGKILL)
        self._nursery.communicate()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(new_city(tmp_path / "city.gpkg", synchronous="FULL"))
    yield made
    made.close()


@needs_mosquitto
def test_nothing_that_was_acknowledged_is_lost_and_nothing_that_was_sent(servers: Servers, tmp_path: Path) -> None:
    with mosquitto(tmp_path / "m") as mqtt, publisher(mqtt) as publish:
        with open_city(servers.file, write=True) as city:
            feed = {"protocol": "mqtt", "address": mqtt.url, "rules": [RULE]}
            add_feed(city, "flood", feed, by="test", reason="test")
        _subscribe_once(mqtt)
        sent = 0
        for _ in range(ROUNDS):
            servers.start()
            payloads = [orjson.dumps({"t": 1_790_000_000 + n, "v": n}) for n in range(sent, sent + A_ROUND)]
            flood = threading.Thread(target=_flood, args=(publish, payloads))
            flood.start()
            _came(servers, sent + A_ROUND // 3)
            servers.end(signal.SIGKILL)
            flood.join()
            sent += A_ROUND
        servers.start()
        _came(servers, sent)
        servers.end(signal.SIGKILL)
    with Store.open(servers.file) as store:
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


def _came(servers: Servers, number: int) -> None:
    """Return when the file has so many readings; it is looked at whenever something was committed."""
    with Store.open(servers.file) as store:
        while standing(store).hot_rows < number:
            assert servers.next() != "ended\n", "".join(servers.said)
