"""The hub under faults: killed under load, a full disk, a clock put back, endpoints and clients that fail it.

MADANG_LONG=1 makes them long: fifty sudden deaths, ten thousand malformed bodies.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import signal
import socket
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
DEATHS = 50 if LONG else 4
PER_LIFE = 60 if LONG else 40  # writes that are acknowledged before a process is killed, and some more
OLD = "2019-01-01T00:00:00Z"
MALFORMED = 10_000 if LONG else 1500


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


# -- no room on the disk ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the limit of another process is a Linux thing")
@pytest.mark.clause("5.6.7", "5.8.6")
def test_a_full_disk_is_said_writes_nothing_by_halves_and_goes_on_when_there_is_room(
    tmp_path: Path, nursery: Nursery
) -> None:
    path = tmp_path / "test.gpkg"
    made_city(path)
    with loopback() as sink, nursery.serving(path) as (url, pid), httpx.Client(base_url=url, timeout=30) as api:
        subscribed(api, "Thing", sink.url)
        assert api.post("/entities", json=thing("urn:t:before", "v")).status_code == 201
        sink.wait(1)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (path.stat().st_size + 600_000, resource.RLIM_INFINITY))
        stored = 0
        for number in range(400):
            batch = [thing(f"urn:t:{number}:{n}", "x" * 8000) for n in range(5)]
            answer = api.post("/entityOperations/create", json=batch)
            if answer.status_code != 201:
                break
            stored = number + 1
        assert answer.status_code in (503, 507), answer.text
        assert answer.json()["code"] == "store.disk-full"
        for _ in range(3):
            assert api.post("/entities", json=thing("urn:t:refused", "x" * 100_000)).status_code in (503, 507)
        assert api.get("/entities/urn:t:before").json()["a"]["value"] == "v"
        assert api.get(f"/entities/urn:t:{stored}:0").status_code == 404
        assert counted(api) == 1 + 5 * stored
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert api.post("/entityOperations/create", json=batch).status_code == 201
        assert api.post("/entities", json=thing("urn:t:after", "v")).status_code == 201
        due = {"urn:t:before", "urn:t:after"} | {f"urn:t:{n}:{m}" for n in range(stored + 1) for m in range(5)}
        with sink._came:
            assert sink._came.wait_for(lambda: told(sink).keys() >= due, 30), len(due - told(sink).keys())
        assert told(sink).keys() == due
    with Store.open(path, write=True) as store:
        assert is_sound(store)


def counted(api: httpx.Client) -> int:
    """How many things there are."""
    return int(api.get("/entities?type=Thing&count=true&limit=1").headers["ngsild-results-count"])


# -- the clock put back -----------------------------------------------------------------------------------------------


@pytest.mark.clause("4.8", "5.8.6", "5.2.12", "4.22")
def test_a_clock_put_back_leaves_order_times_and_notifications_right(tmp_path: Path) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with loopback() as sink, clock.standing_at(noon), broker(tmp_path) as served, served.client() as api:
        subscribed(api, "Thing", sink.url)
        throttled = subscribed(api, "Throttled", sink.url + "/throttled", throttling=60)
        ending = subscribed(api, "Thing", sink.url + "/ending", expiresAt=clock.to_text(noon + timedelta(hours=1)))
        assert api.post("/entities", json=thing("urn:t:1", 0)).status_code == 201
        slow = {**thing("urn:t:slow", 0), "type": "Throttled"}
        assert api.post("/entities", json=slow).status_code == 201
        leaving = {**thing("urn:t:leaving", 0), "expiresAt": clock.to_text(noon + timedelta(minutes=30))}
        assert api.post("/entities", json=leaving).status_code == 201
        sink.wait(5)
        for number, moved in enumerate((-3600, -7200, 1, -86_400), start=1):
            with clock.standing_at(noon + timedelta(seconds=moved)):
                part = {"a": {"type": "Property", "value": number}}
                assert api.patch("/entities/urn:t:1/attrs", json=part).status_code == 204
                assert api.patch("/entities/urn:t:slow/attrs", json=part).status_code == 204
                shown = api.get("/entities/urn:t:1?options=sysAttrs").json()
                assert shown["a"]["value"] == number
                assert shown["createdAt"] <= shown["a"]["modifiedAt"] == shown["modifiedAt"]
                sink.wait(number + 2, where=lambda got: got.path == "/")
                sink.wait(number + 2, where=lambda got: got.path == "/ending")
                assert api.get("/entities/urn:t:leaving").status_code == 200
                assert api.get(ending).json()["status"] == "active"
        values = [one.json()["data"][0]["a"]["value"] for one in sink.received if one.path == "/"]
        assert values == [0, 0, 1, 2, 3, 4]  # in the order they were written
        line = api.get("/temporal/entities/urn:t:1?lastN=10&timeproperty=modifiedAt").json()["a"]
        assert sorted(one["value"] for one in line) == [0, 1, 2, 3, 4]
        moments = [one["modifiedAt"] for one in sorted(line, key=lambda one: int(one["value"]))]
        assert moments == sorted(moments)
        # Put back while something was held: the pause ends, and the newest state is told.
        got = sink.wait(2, where=lambda got: got.path == "/throttled")
        assert got[-1].json()["data"][0]["a"]["value"] >= 1
        assert api.get(throttled).json()["status"] == "active"
        with clock.standing_at(noon + timedelta(hours=2)):
            assert api.get("/entities/urn:t:leaving").status_code == 404
            assert api.get(ending).json()["status"] == "expired"
            assert api.patch("/entities/urn:t:1/attrs", json={"a": {"type": "Property", "value": 9}}).status_code == 204
            sink.wait(7, where=lambda got: got.path == "/")
            assert len([one for one in sink.received if one.path == "/ending"]) == 6


# -- who does not take what he asked for ------------------------------------------------------------------------------


@pytest.mark.clause("5.8.6")
def test_dead_and_slow_takers_delay_nobody_and_cost_little(tmp_path: Path) -> None:
    count, held = 200, threading.Event()

    def hanging(_: Any) -> tuple[int, dict[str, str], bytes]:
        held.wait(60)
        return 200, {}, b""

    with ExitStack() as ends:
        silent = ends.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))  # takes nothing, says nothing
        dead = ends.enter_context(socket.socket())
        dead.bind(("127.0.0.1", 0))  # nobody listens
        slow = ends.enter_context(loopback(hanging))
        ends.callback(held.set)
        sinks = [ends.enter_context(loopback()) for _ in range(2)]
        served = ends.enter_context(broker(tmp_path))
        api = ends.enter_context(served.client())
        for number in range(10):
            subscribed(api, "Thing", f"http://127.0.0.1:{dead.getsockname()[1]}/{number}")
            subscribed(api, "Thing", f"http://127.0.0.1:{silent.getsockname()[1]}/{number}")
            subscribed(api, "Thing", f"{slow.url}/{number}")
        for sink in sinks:
            subscribed(api, "Thing", sink.url)
        streams = [ends.enter_context(unread_stream(served)) for _ in range(5)]
        api.get("/types")
        before = memory_mb()
        for number in range(count):
            assert api.post("/entities", json=thing(f"urn:t:{number}", "x" * 2000)).status_code == 201
        for sink in sinks:
            got = sink.wait(count)
            ids = [one.json()["data"][0]["id"] for one in got]
            assert ids == [f"urn:t:{number}" for number in range(count)]
        assert memory_mb() - before < 100
        assert all(one.fileno() > 0 for one in streams)


def unread_stream(served: Broker) -> socket.socket:
    """A connection to the stream of events that nobody reads."""
    url = httpx.URL(served.url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect((url.host, url.port or 0))
    line.sendall(b"GET /api/cities/test/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert line.recv(12) == b"HTTP/1.1 200"
    return line


def memory_mb() -> float:
    """What this process, and the broker in it, hold."""
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 1e6


# -- what is no request -----------------------------------------------------------------------------------------------

URI = "urn:x:1"
GOOD: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/entities", thing("urn:bad:{}", 1)),
    ("PATCH", f"/entities/{URI}", {"a": {"type": "Property", "value": "{}"}}),
    ("PUT", f"/entities/{URI}", {"type": "Thing", "a": {"type": "Property", "value": "{}"}}),
    ("POST", f"/entities/{URI}/attrs", {"b{}": {"type": "Property", "value": 1}}),
    ("PATCH", f"/entities/{URI}/attrs", {"a": {"type": "Property", "value": "{}"}}),
    ("PATCH", f"/entities/{URI}/attrs/a", {"type": "Property", "value": "{}"}),
    ("PUT", f"/entities/{URI}/attrs/a", {"type": "Property", "value": "{}"}),
    ("POST", "/temporal/entities", {"id": "urn:bad:{}", "type": "T", "a": [{"type": "Property", "value": 1}]}),
    ("POST", f"/temporal/entities/{URI}/attrs", {"a": [{"type": "Property", "value": "{}"}]}),
    ("POST", "/subscriptions", {
        "id": "urn:bad:{}", "type": "Subscription", "entities": [{"type": "T"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }),
    ("POST", "/csourceSubscriptions", {
        "id": "urn:bad:{}", "type": "Subscription", "entities": [{"type": "T"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }),
    ("POST", "/csourceRegistrations", {
        "id": "urn:bad:{}", "type": "ContextSourceRegistration", "endpoint": "http://127.0.0.1:9/",
        "information": [{"entities": [{"type": "T"}]}],
    }),
    ("POST", "/jsonldContexts", {"@context": {"t{}": "https://example.org/t"}}),
    ("POST", "/snapshots", {"id": "urn:bad:{}", "type": "Snapshot", "snapshotQueries": [
        {"type": "Query", "entities": [{"type": "T"}]}
    ]}),
    ("POST", "/entityOperations/create", [thing("urn:bad:{}", 1)]),
    ("POST", "/entityOperations/upsert", [thing("urn:bad:{}", 1)]),
    ("POST", "/entityOperations/update", [thing("urn:bad:{}", 1)]),
    ("POST", "/entityOperations/merge", [thing("urn:bad:{}", 1)]),
    ("POST", "/entityOperations/delete", [URI]),
)  # fmt: skip
CUT, OTHER_KIND, NO_TEXT, DEEP = range(4)


def spoiled(good: Any, number: int, chance: random.Random) -> bytes:
    """A body that is none: cut off, of another kind, not UTF-8, or nested beyond all reason."""
    whole = orjson.dumps(good).replace(b"{}", str(number).encode())
    how = chance.randrange(4)
    if how == CUT:
        return whole[: chance.randrange(len(whole))]
    if how == OTHER_KIND:
        return chance.choice((b"null", b"7", b'"text"', b"true", b"[]" if isinstance(good, list) else b"[1]", b"[[]]"))
    if how == NO_TEXT:
        at = chance.randrange(len(whole))
        return whole[:at] + bytes([chance.randrange(128, 192)]) * chance.randrange(1, 4) + whole[at:]
    at = whole.index(b":") + 1 if b":" in whole else 1
    return whole[:at] + b"[" * chance.choice((500, 5000, 50_000)) + whole[at:]


@pytest.mark.clause("6.3.2", "6.3.4")
def test_malformed_bodies_are_refused_change_nothing_and_leave_nothing_behind(tmp_path: Path) -> None:
    chance = random.Random(7)
    with broker(tmp_path) as served, served.client() as api:
        assert api.post("/entities", json=thing(URI, 1)).status_code == 201
        store, before, held = served.cities["test"].store, served.cities["test"].store.data_version(), 0.0
        for number in range(MALFORMED):
            method, path, good = GOOD[number % len(GOOD)]
            body = spoiled(good, number, chance)
            kind = chance.choice(("application/json", "application/ld+json"))
            answer = api.request(method, path, content=body, headers={"content-type": kind})
            told_of = f"{method} {path} {body[:300]!r}: {answer.status_code} {answer.text[:300]}"
            assert 400 <= answer.status_code < 500 or is_all_refused(answer), told_of
            if number == MALFORMED // 4:
                held = memory_mb()
        assert store.data_version() == before
        assert counted(api) == 1
        assert memory_mb() - held < 20
        assert is_sound(store)


def is_all_refused(answer: httpx.Response) -> bool:
    """Whether a batch was answered with a problem for each of its items."""
    return answer.status_code == 207 and answer.json()["success"] == []
