"""The hub under faults: killed under load, a full disk, a clock put back, endpoints and clients that fail it.

MADANG_LONG=1 makes them long: fifty sudden deaths, ten thousand malformed bodies.
"""

from __future__ import annotations

import copy
import itertools
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from brokers import Broker, Loopback, broker, loopback
from hub_process import Nursery
from madang import clock
from madang.store import Store, retention
from madang.store.compaction import standing
from madang.store.transaction import to_micros

LONG = bool(os.environ.get("MADANG_LONG"))
DEATHS = 50 if LONG else 8
PER_LIFE = 60 if LONG else 40  # writes that are acknowledged before a process is killed, and some more
OLD = "2019-01-01T00:00:00Z"
MALFORMED = 10_000 if LONG else 600


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    found = Nursery()
    yield found
    found.close()


def made_city(path: Path) -> None:
    Store.create(path, city_id="test", title={"ko": "test", "en": "test"}).close()


def subscribed(api: httpx.Client, type: str, uri: str, **more: Any) -> str:
    """The address of a new subscription to a type."""
    given = {
        "type": "Subscription", "entities": [{"type": type}], "notification": {"endpoint": {"uri": uri}}, **more
    }  # fmt: skip
    answer = api.post("/subscriptions", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"]).removeprefix("/ngsi-ld/v1")


def thing(id: str, value: Any) -> dict[str, Any]:
    return {"id": id, "type": "Thing", "a": {"type": "Property", "value": value}}


# -- sudden death -----------------------------------------------------------------------------------------------------


@dataclass
class Load:
    """Writers over HTTP, and what was acknowledged to them."""

    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # by entity, in order
    tried: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    instants: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # of evolutions, by entity
    readings: set[str] = field(default_factory=set)
    _came: threading.Condition = field(default_factory=threading.Condition)
    _count: int = 0

    def run(self, url: str, life: int, pid: int, most: int) -> None:
        """Write until the process is dead; it is killed after `most` writes."""
        self._count = 0
        writers = (self._create, self._patch, self._batch, self._evolve, self._observe)
        threads = [threading.Thread(target=self._until_it_dies, args=(writer, url, life)) for writer in writers]
        for one in threads:
            one.start()
        with self._came:
            assert self._came.wait_for(lambda: self._count >= most, 60)
        os.kill(pid, signal.SIGKILL)
        for one in threads:
            one.join()

    def _until_it_dies(self, writer: Callable[[httpx.Client, int, int], None], url: str, life: int) -> None:
        with httpx.Client(base_url=url, timeout=30) as api:
            for number in itertools.count():
                try:
                    writer(api, life, number)
                except httpx.TransportError:
                    return
                with self._came:
                    self._count += 1
                    self._came.notify()

    def _create(self, api: httpx.Client, life: int, number: int) -> None:
        id, value = f"urn:t:{life}:{number}", "made"
        assert api.post("/entities", json=thing(id, value)).status_code == 201
        self.values[id].append(value)

    def _patch(self, api: httpx.Client, life: int, number: int) -> None:
        id, value = "urn:t:patched", f"{life}-{number}"
        self.tried[id].add(value)
        part = {"a": {"type": "Property", "value": value}}
        assert api.patch(f"/entities/{id}/attrs", json=part).status_code == 204
        self.values[id].append(value)

    def _batch(self, api: httpx.Client, life: int, number: int) -> None:
        value = f"{life}-{number}"
        ids = [f"urn:t:batch:{n}" for n in range(5)]
        for id in ids:
            self.tried[id].add(value)
        answer = api.post("/entityOperations/upsert", json=[thing(id, value) for id in ids])
        assert answer.status_code in (201, 204)
        for id in ids:
            self.values[id].append(value)

    def _evolve(self, api: httpx.Client, life: int, number: int) -> None:
        id = f"urn:h:{life}"
        at = f"2020-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        given = {"id": id, "type": "History", "a": [{"type": "Property", "value": number, "observedAt": at}]}
        assert api.post("/temporal/entities", json=given).status_code in (201, 204)
        self.instants[id].add(at)

    def _observe(self, api: httpx.Client, life: int, number: int) -> None:
        at = clock.to_text(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=life, seconds=number))
        part = {"pm10": {"type": "Property", "value": number, "unitCode": "GQ", "observedAt": at}}
        assert api.patch("/entities/urn:air:1/attrs", json=part).status_code == 204
        self.readings.add(at)


def told(got: Loopback) -> dict[str, set[str]]:
    """The values of `a` that came, by entity."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in list(got.received):
        for entity in one.json()["data"]:
            if "a" in entity:
                found[entity["id"]].add(entity["a"]["value"])
    return found


def is_sound(store: Store) -> bool:
    """Whether `madang verify` finds nothing wrong."""
    return store.verify().problems == ()


@pytest.mark.clause("5.8.6", "5.6.11")
def test_over_sudden_deaths_under_load_nothing_acknowledged_is_lost_and_all_that_is_due_is_told(
    tmp_path: Path, nursery: Nursery
) -> None:
    path, load, chance = tmp_path / "test.gpkg", Load(), random.Random(6)
    made_city(path)
    with Store.open(path, write=True) as store:
        retention.keep(store, retention.Keep(hot_s=3600), actor="test", reason="move old readings out")
    with loopback() as sink:
        for life in range(DEATHS):
            with nursery.serving(path, "fast") as (url, pid), httpx.Client(base_url=url, timeout=30) as api:
                if life == 0:
                    subscribed(api, "Thing", sink.url)
                    assert api.post("/entities", json=thing("urn:t:patched", "first")).status_code == 201
                    air = {"id": "urn:air:1", "type": "AirQualityObserved"}
                    air["pm10"] = {"type": "Property", "value": 0, "unitCode": "GQ", "observedAt": OLD}
                    assert api.post("/entities", json=air).status_code == 201
                load.run(url, life, pid, PER_LIFE + chance.randrange(PER_LIFE))
        with nursery.serving(path) as (url, _), httpx.Client(base_url=url, timeout=30) as api:
            due = {(id, value) for id, values in load.values.items() for value in values}

            def missing() -> set[tuple[str, str]]:
                found = told(sink)
                return {(id, value) for id, value in due if value not in found[id]}

            with sink._came:
                assert sink._came.wait_for(lambda: not missing(), 60), sorted(missing())[:9]
            for id, values in load.values.items():
                value = api.get(f"/entities/{id}").json()["a"]["value"]
                later = load.tried[id] - set(values[:-1])  # the last one, or one whose answer a death cut off
                assert value == values[-1] or value in later
            for id, instants in load.instants.items():
                found = api.get(f"/temporal/entities/{id}?lastN=1000").json()["a"]
                assert {one["observedAt"][:19] + "Z" for one in found if "value" in one} >= instants
    with Store.open(path, write=True) as store:
        moved, keeper = standing(store), retention.Keeper(store)
        assert is_sound(store)
        while keeper.step(to_micros(clock.now()), settled_s=0, hurry=True):
            pass
        assert is_sound(store)
        assert standing(store).segments
        assert standing(store).in_question == 0
        kept = {clock.to_text(one.observed_at) for one in store.view().observations("urn:air:1", "pm10")}
    assert kept >= load.readings
    same: dict[str, Any] = {}
    for one in sink.received:  # what is told twice is told with one id
        body = one.json()
        assert same.setdefault(body["id"], body["data"]) == body["data"]
    told_of = {(id, value) for id, values in told(sink).items() for value in values}
    assert len(same) <= len(told_of) + 5 * DEATHS
    figures = f"{DEATHS} deaths, {len(due)} values, {len(load.readings)} readings, {moved.rows} moved while dying"
    print(f"{figures}, {len(sink.received)} notifications of {len(same)} ids")
