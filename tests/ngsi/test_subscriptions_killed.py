"""Due is delivered: a server is killed again and again while it writes, and nothing it acknowledged goes untold."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from brokers import Loopback, loopback
from madang.store import Store

pytestmark = pytest.mark.clause("5.8.6")

ROUNDS = 1
CHANGES = 60


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server process over a city file, on a free port."""
    command = [sys.executable, "-m", "madang", "serve", str(path), "--port", "0", "--no-auth", "--allow-local"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                draining = threading.Thread(target=process.stdout.read, daemon=True)  # its pipe must not fill
                draining.start()
                try:
                    yield found[0] + "/ngsi-ld/v1", process
                finally:
                    process.kill()
                    draining.join()
                return
        raise AssertionError(f"the server did not start: {''.join(said)}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def told(got: Loopback) -> dict[str, set[str]]:
    """The values that came, by entity."""
    found: dict[str, set[str]] = {}
    for one in list(got.received):
        for entity in one.json()["data"]:
            found.setdefault(entity["id"], set()).add(entity["a"]["value"])
    return found


def test_over_sudden_deaths_every_acknowledged_change_is_told(tmp_path: Path) -> None:
    path = tmp_path / "test.gpkg"
    Store.create(path, city_id="test", title={"ko": "test", "en": "test"}).close()
    acknowledged: list[tuple[str, str]] = []
    with loopback() as callbacks:
        for round in range(ROUNDS):
            with serving(path) as (url, process), httpx.Client(base_url=url, timeout=30) as api:
                if round == 0:
                    given = {
                        "type": "Subscription", "entities": [{"type": "Thing"}],
                        "notification": {"endpoint": {"uri": callbacks.url}},
                    }  # fmt: skip
                    assert api.post("/subscriptions", json=given).status_code == 201
                for number in range(CHANGES):
                    id, value = f"urn:t:{number % 7}", f"{round}-{number}"
                    entity = {"id": id, "type": "Thing", "a": {"type": "Property", "value": value}}
                    assert api.post("/entityOperations/upsert", json=[entity]).status_code in (201, 204)
                    acknowledged.append((id, value))
                    if number == CHANGES * (round + 1) // (ROUNDS + 1) + 20:
                        process.send_signal(signal.SIGKILL)
                        break
        with serving(path):
            due = set(acknowledged)

            def is_all_told(_: object) -> bool:
                found = told(callbacks)
                return all(value in found.get(id, ()) for id, value in due)

            with callbacks._came:
                assert callbacks._came.wait_for(lambda: is_all_told(None), 20.0), due - {
                    (id, value) for id, values in told(callbacks).items() for value in values
                }
    by_id: dict[str, str] = {}
    for got in callbacks.received:  # told twice is told the same: one id, one content
        body = got.json()
        same = by_id.setdefault(body["id"], str(body["data"]))
        assert same == str(body["data"])
    assert len(by_id) <= len(acknowledged) + ROUNDS  # a change whose answer the kill cut off may be told, too
