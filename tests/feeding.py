"""What tests of feeds share: a mosquitto on loopback, a publisher, a city that a feed writes into, waiting for it."""

from __future__ import annotations

import getpass
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from madang.store import Store

WITHIN_S = 60.0  # a limit for what never comes; what comes is not waited for
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed (apt install mosquitto)")


@dataclass
class Mosquitto:
    """A broker process on a port of loopback, with its sessions in a folder, so that it can be started again."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    settings: str = ""

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it listens."""
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"user {getpass.getuser()}\nlistener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nlog_dest stderr\nmax_queued_messages 0\n{self.settings}\n"
        )
        assert MOSQUITTO is not None
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if b"running" in line:
                break
        else:
            raise AssertionError("mosquitto did not start")
        out = self.process.stderr
        threading.Thread(target=lambda: [None for _ in out], daemon=True).start()

    def stop(self) -> None:
        """End it as an operator would; its sessions are kept."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            if self.process.stderr is not None:
                self.process.stderr.close()
            self.process = None


@contextmanager
def mosquitto(folder: Path, *, settings: str = "") -> Iterator[Mosquitto]:
    """A broker while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Mosquitto(free_port(), folder, settings=settings)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def publisher(broker: Mosquitto) -> Iterator[Callable[..., None]]:
    """`publish(topic, payload, qos=1)`, which returns when the broker has it."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()

    def publish(topic: str, *payloads: bytes | str, qos: int = 1) -> None:
        sent = [client.publish(topic, payload, qos=qos) for payload in payloads]
        for one in sent:
            one.wait_for_publish(WITHIN_S)
            assert one.is_published()

    try:
        yield publish
    finally:
        client.disconnect()
        client.loop_stop()
        client._reset_sockets()


@contextmanager
def listening(broker: Mosquitto, topic: str) -> Iterator[queue.Queue[tuple[str, bytes]]]:
    """What is published on a topic, as it comes."""
    came: queue.Queue[tuple[str, bytes]] = queue.Queue()
    ready = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda *_: client.subscribe(topic, 1)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _client, _data, message: came.put((message.topic, message.payload))
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    assert ready.wait(WITHIN_S)
    try:
        yield came
    finally:
        client.disconnect()
        client.loop_stop()
        client._reset_sockets()


def until(store: Store, holds: Callable[[], Any]) -> Any:
    """What a question gives as soon as it gives something, asked after each commit of a store of this process."""
    committed = threading.Event()
    end = store.when_committed(committed.set)
    try:
        for _ in range(100_000):
            committed.clear()
            if found := holds():
                return found
            if not committed.wait(WITHIN_S):
                break
    finally:
        end()
    found = holds()
    assert found, "it never came"
    return found


def new_city(path: Path, *, synchronous: str = "OFF") -> Path:
    """An empty city file."""
    Store.create(path, city_id="test", title={"ko": "시험", "en": "test"}, synchronous=synchronous).close()
    return path
