"""Throttling, periods, expiry, retries: by a clock that stands still and is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from loops import in_a_loop_of_its_own
from madang import clock
from madang.entities.context import Context, city_context
from madang.hub.delivering import Courier, Limits
from madang.hub.outbox import CURSOR, Follower
from madang.hub.outgoing import Answer, Outgoing
from madang.hub.subscription_checks import read_subscription
from madang.store import Store, following, outbox

pytestmark = [pytest.mark.clause("5.8.6"), pytest.mark.clause("5.2.12"), pytest.mark.clause("5.2.15")]

START = clock.from_text("2026-11-23T00:00:00Z")


class Endpoint(Outgoing):
    """Takes what is sent, in place of the network; answers as it is told."""

    def __init__(self) -> None:
        super().__init__(allow_local=True)
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.statuses: dict[str, int] = {}

    async def request(self, method: str, url: str, **how: Any) -> Answer:  # type: ignore[override]
        self.got.append({"url": url, **orjson.loads(how["body"])})
        return Answer(self.statuses.get(url, self.status), {}, b"")

    def values(self) -> list[Any]:
        """The value of `a` in each notification, one list each."""
        return [[one["a"]["value"] for one in got["data"]] for got in self.got]


@dataclass
class Hub:
    """A city, what follows it, and an endpoint, without a server."""

    store: Store
    endpoint: Endpoint
    courier: Courier
    follower: Follower
    now: datetime = START
    _held: Any = field(default=None)

    async def at(self, seconds: float) -> None:
        """Move the clock and let everything that is due by then happen."""
        self.now = START + timedelta(seconds=seconds)
        clock._fixed = self.now
        await self.settle()

    async def settle(self) -> None:
        """Follow and deliver until there is nothing to do now."""
        while await self.follower.step():
            pass
        left = self.follower.next_periodic(clock.now())
        if left is not None and left <= 0:
            await self.follower.periodic(clock.now())
        self.courier.wake()
        await self.courier.idle()
        await self.courier.flush()

    async def put(self, id: str, **values: Any) -> None:
        """Make or change an entity."""
        doc = {"id": id, "type": "T", **{n: {"type": "Property", "value": v} for n, v in values.items()}}
        future = self.store.submit(lambda tx: tx.put(doc), actor="test", reason="test")
        await asyncio.wrap_future(future)
        await self.settle()

    async def subscribe(self, id: str = "urn:s:1", **members: Any) -> None:
        """Subscribe the endpoint."""
        given = {
            "type": "Subscription", "entities": [{"type": "T"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1/a", **members.pop("endpoint", {})}}, **members,
        }  # fmt: skip
        said = read_subscription(given, str, now=clock.now())
        doc = {"said": said, "context": None, "link": None, "tenant": None}
        future = self.store.submit(lambda tx: tx.put_entry("subscription", id, doc), actor="test", reason="test")
        await asyncio.wrap_future(future)
        await self.settle()

    def state(self, id: str = "urn:s:1") -> dict[str, Any]:
        """What came of a subscription, as the file has it."""
        found = self.store.entry("subscription", id)
        assert found is not None
        return found.state


@asynccontextmanager
async def hub(path: Path, *, limits: Limits | None = None) -> AsyncIterator[Hub]:
    """A hub over a city file, at the start of time."""
    if not path.exists():
        with clock.standing_at(START):
            Store.create(path, city_id="t", title={"ko": "t", "en": "t"}, synchronous="OFF").close()

    async def context_of(named: Any) -> Context:
        return city_context()

    with clock.standing_at(clock._fixed or START), Store.open(path, write=True) as store:
        endpoint = Endpoint()
        courier = Courier(store, endpoint, limits=limits)
        follower = Follower(store, courier, context_of=context_of, timed=lambda view, doc: doc)
        await courier.start()
        await follower.start()
        made = Hub(store, endpoint, courier, follower)
        try:
            await made.settle()
            yield made
        finally:
            await courier.stop()


def test_throttling_holds_the_newest_state_until_the_pause_is_over(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe(throttling=5)
            await city.put("urn:e:1", a=1)
            assert city.endpoint.values() == [[1]]
            await city.at(1)
            await city.put("urn:e:1", a=2)
            await city.at(2)
            await city.put("urn:e:1", a=3)
            await city.put("urn:e:2", a=9)
            await city.at(4.9)
            assert city.endpoint.values() == [[1]]
            await city.at(5)
            assert city.endpoint.values() == [[1], [3, 9]]
            await city.at(6)
            await city.put("urn:e:1", a=4)
            assert city.endpoint.values() == [[1], [3, 9]]
            await city.at(10.1)
            assert city.endpoint.values() == [[1], [3, 9], [4]]
            await city.at(30)
            await city.put("urn:e:1", a=5)
            assert city.endpoint.values() == [[1], [3, 9], [4], [5]]

    in_a_loop_of_its_own(run())


def test_a_transaction_of_many_is_one_notification_of_a_throttled_subscription(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe(throttling=10)

            async def put(*pairs: tuple[str, int]) -> None:
                docs = [{"id": id, "type": "T", "a": {"type": "Property", "value": value}} for id, value in pairs]
                await asyncio.wrap_future(
                    city.store.submit(lambda tx: [tx.put(doc) for doc in docs], actor="t", reason="r")
                )

            await put(("urn:e:1", 1), ("urn:e:2", 1), ("urn:e:3", 1))
            await city.settle()
            await put(("urn:e:1", 2), ("urn:e:2", 2))
            await put(("urn:e:2", 3), ("urn:e:4", 3))
            await city.settle()
            await put(("urn:e:1", 4))
            await city.at(11)
            told = [[(one["id"], one["a"]["value"]) for one in got["data"]] for got in city.endpoint.got]
            assert told == [
                [("urn:e:1", 1), ("urn:e:2", 1), ("urn:e:3", 1)],
                [("urn:e:2", 3), ("urn:e:4", 3), ("urn:e:1", 4)],
            ]

    in_a_loop_of_its_own(run())


def test_what_is_held_survives_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "t.gpkg"
        async with hub(path) as city:
            await city.subscribe(throttling=5)
            await city.put("urn:e:1", a=1)
            await city.put("urn:e:1", a=2)
            assert city.endpoint.values() == [[1]]
        async with hub(path) as city:
            await city.put("urn:e:1", a=3)
            assert city.endpoint.values() == []
            await city.at(5)
            assert city.endpoint.values() == [[3]]

    in_a_loop_of_its_own(run())


def test_a_clock_put_back_ends_a_pause_instead_of_prolonging_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe(throttling=5)
            await city.at(1000)
            await city.put("urn:e:1", a=1)
            await city.at(0)
            await city.put("urn:e:1", a=2)
            assert city.endpoint.values() == [[1], [2]]
            await city.subscribe("urn:s:2", timeInterval=10)
            await city.at(-1000)
            assert city.endpoint.values()[2:] == [[2]]

    in_a_loop_of_its_own(run())


def test_a_periodic_subscription_is_told_of_all_that_fits(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe(timeInterval=10, q="a>1")
            await city.put("urn:e:1", a=1)
            await city.at(10)
            assert city.endpoint.got == []  # nothing fits: nothing is sent
            await city.put("urn:e:2", a=2)
            await city.put("urn:e:3", a=3)
            await city.at(19)
            assert city.endpoint.got == []
            await city.at(20)
            assert [sorted(values) for values in city.endpoint.values()] == [[2, 3]]
            await city.at(30)
            assert len(city.endpoint.got) == 2
            assert len({got["id"] for got in city.endpoint.got}) == 2

    in_a_loop_of_its_own(run())


def test_a_periodic_notification_that_was_not_taken_is_overtaken(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe(timeInterval=10)
            await city.put("urn:e:1", a=1)
            for seconds in (10, 20, 30, 40):
                await city.at(seconds)
            assert outbox.counts(city.store) == (1, 0)

    in_a_loop_of_its_own(run())


def test_an_expired_subscription_is_silent(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe(expiresAt=clock.to_text(START + timedelta(seconds=10)))
            await city.at(9)
            await city.put("urn:e:1", a=1)
            await city.at(10)
            await city.put("urn:e:1", a=2)
            assert city.endpoint.values() == [[1]]

    in_a_loop_of_its_own(run())


@pytest.mark.clause("5.2.14.2")
def test_a_failure_is_tried_again_at_longer_and_longer_intervals_and_then_dies(tmp_path: Path) -> None:
    async def run() -> None:
        limits = Limits(first_pause_s=1, longest_pause_s=4, most_tries=5)
        async with hub(tmp_path / "t.gpkg", limits=limits) as city:
            city.endpoint.status = 503
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            tries = {}
            for seconds in range(14):
                await city.at(seconds)
                tries[seconds] = len(city.endpoint.got)
            assert [tries[s] for s in (0, 1, 2, 3, 6, 7, 10, 11, 13)] == [1, 2, 2, 3, 3, 4, 4, 5, 5]
            assert outbox.counts(city.store) == (0, 1)
            dead = outbox.dead(city.store)[0]
            assert (dead.tries, dead.problem) == (5, "HTTP 503")
            state = city.state()
            assert (state["timesSent"], state["timesFailed"], state["status"]) == (1, 5, "failed")
            city.endpoint.status = 200
            await city.put("urn:e:1", a=2)
            assert city.endpoint.values()[-1] == [2]
            assert city.state()["status"] == "ok"

    in_a_loop_of_its_own(run())


def test_a_cooldown_is_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe(endpoint={"cooldown": 20_000})
            await city.put("urn:e:1", a=1)
            await city.put("urn:e:2", a=2)
            await city.at(19)
            assert len(city.endpoint.got) == 1
            city.endpoint.status = 200
            await city.at(20)
            assert city.endpoint.values() == [[1], [1], [2]]

    in_a_loop_of_its_own(run())


def test_what_a_receiver_refuses_for_what_it_says_is_tried_three_times(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 413
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            for seconds in (1, 2, 5, 10):
                await city.at(seconds)
            assert len(city.endpoint.got) == 3
            assert outbox.counts(city.store) == (0, 1)

    in_a_loop_of_its_own(run())


def test_after_a_day_a_letter_is_dead(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            await city.at(24 * 3600)
            assert outbox.counts(city.store) == (0, 1)

    in_a_loop_of_its_own(run())


def test_the_outbox_is_bounded_and_the_oldest_die_with_a_reason(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg", limits=Limits(most_waiting=10)) as city:
            city.endpoint.status = 500
            await city.subscribe()
            for value in range(25):
                await city.put("urn:e:1", a=value)
            waiting, dead = outbox.counts(city.store)
            assert waiting == 10
            assert dead <= 10 + 1
            assert {one.problem for one in outbox.dead(city.store)} == {"outbox-full"}

    in_a_loop_of_its_own(run())


def test_who_has_most_waiting_loses_letters_where_too_many_wait(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg", limits=Limits(most_waiting=20)) as city:
            city.endpoint.status = 500
            await city.subscribe("urn:s:few", endpoint={"uri": "http://127.0.0.1/few"}, entities=[{"type": "Few"}])
            await city.subscribe("urn:s:many", endpoint={"uri": "http://127.0.0.1/many"})
            for value in range(5):
                few = {"id": "urn:f:1", "type": "Few", "a": {"type": "Property", "value": value}}
                city.store.submit(lambda tx, few=few: tx.put(few), actor="t", reason="r").result()
                await city.settle()
            for value in range(40):
                await city.put("urn:e:1", a=value)
            assert outbox.counts(city.store)[0] == 20
            assert len(outbox.waiting(city.store, "http://127.0.0.1/few", after=0, most=99)) == 5
            assert {one.subscription for one in outbox.dead(city.store)} == {"urn:s:many"}

    in_a_loop_of_its_own(run())


def test_a_slow_or_dead_endpoint_delays_no_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.statuses["http://127.0.0.1/dead"] = 500
            await city.subscribe("urn:s:dead", endpoint={"uri": "http://127.0.0.1/dead"})
            await city.subscribe("urn:s:live")
            for value in range(10):
                await city.put("urn:e:1", a=value)
            live = [got for got in city.endpoint.got if got["url"].endswith("/a")]
            assert [got["data"][0]["a"]["value"] for got in live] == list(range(10))
            assert outbox.counts(city.store) == (10, 0)

    in_a_loop_of_its_own(run())


def test_a_paused_subscription_sends_nothing_that_waited(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            await city.subscribe(isActive=False)
            city.endpoint.status = 200
            await city.at(100)
            assert len(city.endpoint.got) == 1
            assert [one.problem for one in outbox.dead(city.store)] == ["paused"]

    in_a_loop_of_its_own(run())


def test_a_deleted_subscription_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            gone = city.store.submit(lambda tx: tx.remove_entry("subscription", "urn:s:1"), actor="test", reason="test")
            await asyncio.wrap_future(gone)
            await city.settle()
            assert outbox.counts(city.store) == (0, 0)

    in_a_loop_of_its_own(run())


def test_what_was_due_to_one_deleted_while_nobody_served_is_not_sent(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "t.gpkg"
        async with hub(path) as city:
            city.endpoint.status = 500
            await city.subscribe()
            await city.put("urn:e:1", a=1)
        with Store.open(path, write=True) as store, store.transact(actor="test", reason="unsubscribe") as tx:
            tx.remove_entry("subscription", "urn:s:1")
        async with hub(path) as city:
            await city.at(1000)
            assert city.endpoint.got == []
            assert outbox.counts(city.store) == (0, 0)

    in_a_loop_of_its_own(run())


def test_more_letters_than_fit_in_memory_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madang.hub.delivering.IN_MEMORY", 5)

    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            city.endpoint.status = 500
            await city.subscribe()
            for value in range(40):
                await city.put("urn:e:1", a=value)
            city.endpoint.status, city.endpoint.got = 200, []
            await city.at(400)
            for _ in range(50):
                await city.settle()
            assert city.endpoint.values() == [[value] for value in range(40)]
            assert outbox.counts(city.store) == (0, 0)

    in_a_loop_of_its_own(run())


def test_the_cursor_moves_with_the_letters_and_a_restart_goes_on_there(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "t.gpkg"
        async with hub(path) as city:
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            assert following.cursor(city.store, CURSOR) == following.head(city.store)
        with Store.open(path, write=True) as store, store.transact(actor="test", reason="while nobody serves") as tx:
            tx.put({"id": "urn:e:1", "type": "T", "a": {"type": "Property", "value": 2}})
        async with hub(path) as city:
            assert city.endpoint.values() == [[2]]

    in_a_loop_of_its_own(run())


def test_readings_are_told_and_so_are_records_on_every_branch(tmp_path: Path) -> None:
    async def run() -> None:
        async with hub(tmp_path / "t.gpkg") as city:
            await city.subscribe()
            await city.put("urn:e:1", a=1)
            reading = city.store.submit(
                lambda tx: tx.observe("urn:e:1", "level", 4.5, START), actor="test", reason="reading"
            )
            await asyncio.wrap_future(reading)
            await city.settle()
            assert city.endpoint.got[-1]["data"][0]["level"]["value"] == 4.5
            older = city.store.submit(
                lambda tx: tx.observe("urn:e:1", "level", 3.5, START - timedelta(hours=1)), actor="t", reason="late"
            )
            await asyncio.wrap_future(older)
            await city.settle()
            assert len(city.endpoint.got) == 2  # what the entity shows did not change

    in_a_loop_of_its_own(run())
