"""A server that is killed in the middle of a flood: what the broker was told is there is there, and the rest comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import orjson

from feeding import mosquitto, needs_mosquitto, new_city, publisher
from madang.city import open_city
from madang.store import Store
from madang.web.api.feeds import add_feed

ROUNDS, A_ROUND, DEVICES = 2, 4000, 20
RULE = {
    "topics": ["flood/{device}"],
    "id": "urn:ngsi-ld:WeatherObserved:test:{device}",
    "type": "WeatherObserved",
    "time": {"path": "$.t", "form": "s"},
    "values": {"temperature": "$.v"},
    "status": "synthetic",
}


def serve(file: Path) -> subprocess.Popen[bytes]:
    """A server process over a file; returns when it says where it listens."""
    words = [
        sys.executable,
        "-m",
        "madang",
        "serve",
        str(file),
        "--port",
        "0",
        "--no-auth",
        "--allow-local",
    ]
    made = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert made.stdout is not None
    made.stdout.readline()
    return made


def end(server: subprocess.Popen[bytes], how: int) -> None:
    server.send_signal(how)
    server.wait()
    if server.stdout is not None:
        server.stdout.close()


@needs_mosquitto
def test_nothing_that_was_acknowledged_is_lost_and_nothing_that_was_sent(tmp_path: Path) -> None:
    file = new_city(tmp_path / "city.gpkg", synchronous="FULL")
    with mosquitto(tmp_path / "m") as mqtt, publisher(mqtt) as publish:
        with open_city(file, write=True) as city:
            feed = {"protocol": "mqtt", "address": mqtt.url, "rules": [RULE]}
            add_feed(city, "flood", feed, by="test", reason="test")
        sent = 0
        _subscribe_once(file)
        for _ in range(ROUNDS):
            server = serve(file)
            payloads = [orjson.dumps({"t": 1_790_000_000 + n, "v": n}) for n in range(sent, sent + A_ROUND)]
            flood = threading.Thread(target=_flood, args=(publish, payloads))
            flood.start()
            _came(file, sent + A_ROUND // 3)
            end(server, signal.SIGKILL)
            flood.join()
            sent += A_ROUND
        server = serve(file)
        try:
            _came(file, sent)
        finally:
            end(server, signal.SIGINT)
    with Store.open(file) as store:
        values = sorted(value for id in _ids() for value in _values(store, id))
        assert values == list(range(sent))
        assert store.verify().problems == ()


def _subscribe_once(file: Path) -> None:
    """Have the broker know the session, so that it keeps what comes while the server is away."""
    server = serve(file)
    _until(file, lambda store: store.entry("feed", "flood").state.get("connected"))
    end(server, signal.SIGKILL)


def _flood(publish: object, payloads: list[bytes]) -> None:
    for device in range(DEVICES):
        publish(f"flood/d{device}", *payloads[device::DEVICES])  # type: ignore[operator]


def _ids() -> list[str]:
    return [f"urn:ngsi-ld:WeatherObserved:test:d{device}" for device in range(DEVICES)]


def _values(store: Store, id: str) -> list[float]:
    return [one.value for one in store.view().observations(id, "temperature")]


def _came(file: Path, number: int) -> None:
    _until(file, lambda store: sum(len(_values(store, id)) for id in _ids() if store.view().document(id)) >= number)


def _until(file: Path, holds: object) -> None:
    """Wait until a file that another process writes says something; it is looked at as fast as it can be read."""
    from madang import clock

    began = clock.elapsed_s()
    with Store.open(file) as store:
        seen = None
        while clock.elapsed_s() - began < 150:
            version = store.entry("feed", "flood").state, store.data_version()
            if version != seen:
                seen = version
                if holds(store):  # type: ignore[operator]
                    return
            threading.Event().wait(0.02)
    raise AssertionError("it never came")
