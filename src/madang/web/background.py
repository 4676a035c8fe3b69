"""What runs beside the answers while the server is up: notifying, sweeping, feeding, compacting.

A service is a coroutine function over the surroundings and one city; it runs until it is cancelled. One set of services
runs for each city that is open for writing, also for one that is made later. A service that fails is a defect: it is
logged with its trace and begun again after a pause, so that one defect does not silence a city. While it keeps failing,
the city is not ready (`/readyz`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from madang import clock
from madang.city import City
from madang.web.around import Around

Service = Callable[[Around, City], Awaitable[None]]

AGAIN_AFTER_S = 5.0
KEEPS_FAILING = 3  # failures in a row after which a city is not ready
STEADY_S = 60.0  # a service that ran this long has come over its last failure
log = logging.getLogger("madang.background")


class Background:
    """The running services of one server; for its event loop only."""

    def __init__(self, around: Around, services: Sequence[Service]) -> None:
        self._around = around
        self._services = services
        self._running: dict[City, list[asyncio.Task[None]]] = {}
        self._in_a_row: dict[tuple[City, str], tuple[int, float]] = {}  # how often, and when last
        self.failures: Counter[tuple[str, str]] = Counter()  # by city and service, since the start

    async def start(self) -> None:
        """Begin for every city there is."""
        for city in self._around.tenants.cities.values():
            self.begin(city)
        self._around.tenants.when_added(self.begin)

    def begin(self, city: City) -> None:
        """Begin for one city."""
        if city.store.is_writable and city not in self._running:
            self._running[city] = [asyncio.create_task(self._keep(service, city)) for service in self._services]

    async def stop(self) -> None:
        """End all, and wait until they have."""
        tasks = [task for tasks in self._running.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()
        await self._around.snapshots.close(self._around)
        await self._around.outgoing.close()

    def failing(self, city: City) -> list[str]:
        """The services of a city that keep failing, by name."""
        told, now = list(self._in_a_row.items()), clock.elapsed_s()
        return sorted(
            name for (of, name), (times, at) in told if of is city and times >= KEEPS_FAILING and now - at < STEADY_S
        )

    async def _keep(self, service: Service, city: City) -> None:
        name = service.__module__.rpartition(".")[2]
        while True:
            try:
                await service(self._around, city)
                return
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s of %s failed", service.__module__, city.id)
                self.failures[city.id, name] += 1
                now, (times, at) = clock.elapsed_s(), self._in_a_row.get((city, name), (0, 0.0))
                self._in_a_row[city, name] = (times + 1 if now - at < STEADY_S else 1), now
                await asyncio.sleep(AGAIN_AFTER_S)
