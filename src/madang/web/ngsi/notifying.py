"""The service that tells subscribers: follows the city's changes, fills the outbox, and delivers (clause 5.8.6).

One `Notifier` a city that is open for writing. It sleeps until something was committed, a periodic subscription is due,
or the clock has to be looked at again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from madang import clock
from madang.city import City
from madang.entities.context import Context, core_context
from madang.errors import CallerError
from madang.hub.delivering import Courier
from madang.hub.outbox import Follower
from madang.hub.queues import LOOK_EVERY_S
from madang.store import Store, outbox
from madang.store.outbox import Letter
from madang.web.around import Around
from madang.web.ngsi.times import with_system_times

RUNNING: dict[Store, Notifier] = {}  # of the cities this process serves


class Notifier:
    """What tells the subscribers of one city."""

    def __init__(self, around: Around, city: City) -> None:
        self._around, self._city = around, city
        self.courier = Courier(city.store, around.outgoing)
        self.follower = Follower(city.store, self.courier, context_of=self._context_of, timed=with_system_times)
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Tell subscribers until cancelled."""
        ended = self._city.store.when_committed(self._wake_from_thread)
        await self.courier.start()
        await self.follower.start()
        RUNNING[self._city.store] = self
        try:
            while True:
                self._woken.clear()
                worked = await self.follower.step()
                left = self.follower.next_periodic(clock.now())
                if left is not None and left <= 0:
                    await self.follower.periodic(clock.now())
                    continue
                if not worked:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), None if left is None else min(left, LOOK_EVERY_S))
        finally:
            ended()
            RUNNING.pop(self._city.store, None)
            await self.courier.stop()

    def wake(self) -> None:
        """Look at everything again now."""
        self._woken.set()
        self.courier.wake()

    def look_again(self, endpoints: Sequence[str]) -> None:
        """Deliver what was written for these endpoints by somebody else; to be called from any thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.courier.look_again, endpoints)

    def _wake_from_thread(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server is ending
            self._loop.call_soon_threadsafe(self._woken.set)

    async def _context_of(self, named: Any) -> Context:
        """The context of a subscription; one that can't be had any more leaves names in full, and loses nothing."""
        await self._around.contexts.ready(named, self._city)
        try:
            return self._around.contexts.compiled(named)
        except CallerError:
            return core_context()


async def run(around: Around, city: City) -> None:
    """Follow one city until cancelled."""
    await Notifier(around, city).run()


def notifier_of(city: City) -> Notifier | None:
    """What tells the subscribers of a city, if the city is open for writing and the server is up."""
    return RUNNING.get(city.store)


async def enqueue(city: City, letters: Sequence[Letter]) -> None:
    """Put letters of another kind (notifications about registrations) into the city's outbox, and have them sent."""
    notifier = notifier_of(city)
    if notifier is None:
        raise CallerError("subscriptions.not-serving", tenant=city.tenant)
    await notifier.courier.post(letters)


def replay(city: City, oids: Sequence[int]) -> int:
    """Have dead letters sent again; gives how many wait again. To be called from any thread but the loop's."""
    revived = outbox.revive(city.store, oids, clock.now()).result()
    notifier = notifier_of(city)
    if notifier is not None:
        notifier.look_again(sorted(set(revived)))
    return len(revived)
