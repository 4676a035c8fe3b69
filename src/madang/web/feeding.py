"""The service that keeps a city's feeds running: begins, watches, begins again, and notes their state.

One task a feed. What the book says of feeds is looked at after commits, at most twice a second; a feed that was changed
is begun anew, one that was paused or taken out ends. A feed that fails is begun again after a pause that grows; it
never takes another one with it. The state is written beside the transactions every two seconds while it changes.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from madang import clock
from madang.city import City
from madang.errors import FileError, MadangError
from madang.hub.feeding import retry_after_s
from madang.hub.outgoing import Outgoing, is_refused
from madang.sources.feeds.description import Feed, feed_of
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.tally import Tally
from madang.store.branches import MAIN
from madang.store.hubbook import Entry
from madang.web.around import Around
from madang.web.inthreads import in_thread

LOOK_EVERY_S = 0.5
NOTE_EVERY_S = 2.0
STEADY_S = 60.0  # a feed that ran this long has come over its last failure
log = logging.getLogger("madang.feeding")


@dataclass(slots=True)
class _Running:
    tx: int
    tally: Tally
    task: asyncio.Task[None]
    noted: int = 0


async def run(around: Around, city: City) -> None:
    """Feed one city until cancelled."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    end = city.store.when_committed(lambda: _wake(loop, changed))
    running: dict[str, _Running] = {}
    try:
        while True:
            changed.clear()
            await _follow(around, city, running, await in_thread(city.store.entries, "feed", MAIN))
            await _note(city, running)
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), NOTE_EVERY_S if running else None)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        end()
        for one in running.values():
            one.task.cancel()
        await asyncio.gather(*(one.task for one in running.values()), return_exceptions=True)
        await asyncio.shield(_note(city, running))


def _wake(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop has ended: nobody waits
        loop.call_soon_threadsafe(changed.set)


async def _follow(around: Around, city: City, running: dict[str, _Running], entries: list[Entry]) -> None:
    """Make what runs what the book says."""
    wanted = {entry.id: entry for entry in entries if not entry.doc.get("paused")}
    ending = [id for id, one in running.items() if id not in wanted or wanted[id].tx != one.tx]
    for id in ending:
        running[id].task.cancel()
    await asyncio.gather(*(running[id].task for id in ending), return_exceptions=True)
    if ending:
        await _note(city, {id: running[id] for id in ending})
    for id in ending:
        del running[id]
    for id, entry in wanted.items():
        if id not in running:
            state = entry.state if id not in ending else (city.store.entry("feed", id) or entry).state
            tally = Tally(state)
            running[id] = _Running(entry.tx, tally, asyncio.create_task(_keep(around, city, entry, tally)))


async def _note(city: City, running: dict[str, _Running]) -> None:
    """Write the states that changed."""
    for id, one in running.items():
        if one.tally.changes != one.noted:
            one.noted = one.tally.changes
            with suppress(MadangError):
                await asyncio.wrap_future(city.store.set_entry_state("feed", id, one.tally.as_json()))


async def _keep(around: Around, city: City, entry: Entry, tally: Tally) -> None:
    """Run one feed, again and again."""
    failures = 0
    while True:
        began = clock.elapsed_s()
        try:
            feed = feed_of(entry.id, entry.doc)
            await _checked(around.outgoing, feed)
            await _connect(around, city, feed, tally)
        except asyncio.CancelledError:
            tally.connected(False)
            raise
        except MadangError as problem:
            tally.problem(problem)
        except Exception as problem:
            log.exception("feed %s of %s failed", entry.id, city.id)
            tally.problem(FileError("feeds.failed", why=f"{type(problem).__name__}: {problem}"[:200]))
        tally.connected(False)
        failures = 0 if clock.elapsed_s() - began > STEADY_S else failures + 1
        await asyncio.sleep(retry_after_s(failures))


async def _checked(outgoing: Outgoing, feed: Feed) -> None:
    """Refuse addresses of this machine and of its link, unless the server was started to allow them."""
    if outgoing.allow_local:
        return
    if is_refused(feed.host):
        raise FileError("feeds.local-address", address=feed.address)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(feed.host, feed.port)
    except OSError as problem:
        raise FileError("feeds.unreachable", address=feed.address, why=str(problem)) from None
    if any(is_refused(str(one[4][0])) for one in found):
        raise FileError("feeds.local-address", address=feed.address)


async def _connect(around: Around, city: City, feed: Feed, tally: Tally) -> None:
    """Run a feed's connector; libraries of protocols that nobody uses are not loaded."""
    intake = Intake(city.store, feed.id, tally, future_s=feed.future_s, most_entities=feed.most_entities)
    if feed.protocol == "mqtt":
        from madang.sources.feeds import mqtt

        await mqtt.run(feed, intake, tally, city=city.id)
    elif feed.protocol == "opcua":
        from madang.sources.feeds import opcua

        await opcua.run(feed, intake, tally)
    elif feed.protocol == "modbus":
        from madang.sources.feeds import modbus

        await modbus.run(feed, intake, tally)
    else:
        from madang.sources.feeds import polling

        async def ask(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
            answer = await around.outgoing.request("GET", url, headers=headers, within_s=polling.WITHIN_S)
            return answer.status, answer.body

        await polling.run(feed, intake, tally, ask=ask)
