"""Feeds over OPC UA: one subscription a server, many items, and a watchdog that subscribes anew after a loss.

asyncua does not subscribe again by itself. Here the connection is looked at all the time; when it breaks, or the server
stops telling that it is alive, everything is made anew: session, subscription, items. A new subscription tells each
item's present value first, which is counted as a duplicate if it is known.

Changes queue at the server while the file is busy (`queue` values an item), and here up to `MOST_WAITING`; beyond that
they are dropped and counted, since OPC UA has no way to push back.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

from madang import clock
from madang.errors import DataError, FileError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.items import Item, Watch, items_of
from madang.sources.feeds.rules import Decoded, Message, read_all
from madang.sources.feeds.tally import Tally

MOST_WAITING = 50_000
LARGEST_BATCH = 2_000
TIMEOUT_S = 10.0
LOOK_EVERY_S = 1.0
ADD_AT_ONCE = 1_000  # items in one request


class _Change(NamedTuple):
    item: Item
    value: Any
    good: bool
    time: datetime | None


async def run(feed: Feed, intake: Intake, tally: Tally) -> None:
    """Feed the city until cancelled; raises when the connection breaks, to be begun again."""
    try:
        from asyncua.client.client import Client
        from asyncua.ua import StatusCode
        from asyncua.ua.uaerrors import UaError
    except ImportError:
        raise FileError("feeds.library-missing", protocol="OPC UA", package="asyncua") from None
    watch = items_of(feed)
    came: asyncio.Queue[_Change] = asyncio.Queue(MOST_WAITING)
    client = Client(feed.address, timeout=TIMEOUT_S, watchdog_intervall=LOOK_EVERY_S)
    if (user := feed.secret("username")) is not None:
        client.set_user(user)
        client.set_password(feed.secret("password") or "")
    try:
        async with client:
            handler = _Handler(watch, came, tally)
            subscription = await client.create_subscription(watch.every_ms, handler)
            await _subscribe(client, subscription, watch, handler, tally, StatusCode)
            tally.connected(True)
            async with _together() as both:
                both.create_task(_look(client, handler))
                both.create_task(_take(came, watch, intake, tally))
    except (OSError, TimeoutError, asyncio.CancelledError, UaError) as problem:
        if isinstance(problem, asyncio.CancelledError):
            raise
        why = str(problem)[:200] or type(problem).__name__
        raise FileError("feeds.unreachable", address=feed.address, why=why) from None
    finally:
        tally.connected(False)


@contextlib.asynccontextmanager
async def _together() -> Any:
    """Tasks of which the first failure ends all, and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


async def _subscribe(
    client: Any, subscription: Any, watch: Watch, handler: _Handler, tally: Tally, refusal: Any
) -> None:
    for start in range(0, len(watch.items), ADD_AT_ONCE):
        part = watch.items[start : start + ADD_AT_ONCE]
        nodes = [client.get_node(item.node) for item in part]
        handler.by_node |= {node.nodeid: item for node, item in zip(nodes, part, strict=True)}
        answers = await subscription.subscribe_data_change(nodes, queuesize=watch.queue)
        for item, answer in zip(part, answers if isinstance(answers, list) else [answers], strict=True):
            if isinstance(answer, refusal):
                tally.refuse(DataError("feeds.unreachable", address=item.node, why=answer.name), item.node)


class _Handler:
    """Takes what the server tells; called on the event loop."""

    def __init__(self, watch: Watch, came: asyncio.Queue[_Change], tally: Tally) -> None:
        self.by_node: dict[Any, Item] = {}
        self.lost: str | None = None
        self._came, self._tally = came, tally

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Keep one change until it is taken."""
        item, told = self.by_node.get(node.nodeid), data.monitored_item.Value
        if item is None:
            return
        time = told.SourceTimestamp or told.ServerTimestamp
        good = told.StatusCode is None or told.StatusCode.is_good()
        try:
            self._came.put_nowait(_Change(item, value, good, time))
        except asyncio.QueueFull:
            self._tally.count(dropped=1)

    def status_change_notification(self, status: Any) -> None:
        """The server has given the subscription up."""
        self.lost = str(status)


async def _look(client: Any, handler: _Handler) -> None:
    """Raise as soon as the connection is no more."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if handler.lost is not None:
            raise OSError(handler.lost)
        await client.check_connection()


async def _take(came: asyncio.Queue[_Change], watch: Watch, intake: Intake, tally: Tally) -> None:
    """Hand on what came, in batches, each after the one before is in the file."""
    while True:
        batch = [await came.get()]
        while len(batch) < LARGEST_BATCH and not came.empty():
            batch.append(came.get_nowait())
        at = clock.now()
        decoded = Decoded()
        for change in batch:
            if change.good:
                decoded.add(_read(change, watch, at, intake))
            else:
                tally.count(refused=1)
        tally.received(len(batch), at)
        await asyncio.to_thread(intake.take, decoded)


def _read(change: _Change, watch: Watch, at: datetime, intake: Intake) -> Decoded:
    item, value = change.item, change.value
    if isinstance(value, datetime):
        value = clock.to_text(value if value.tzinfo else value.replace(tzinfo=UTC))
    moment = change.time or at
    record = {
        "name": item.name,
        "thing": item.thing,
        "node": item.node,
        "value": value,
        "values": {item.name: value},
        "good": change.good,
        "time": clock.to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC)),
    }
    names = {"name": item.name, "thing": item.thing, "node": item.node}
    return read_all(watch.rules, Message(record, at, names), intake.known)
