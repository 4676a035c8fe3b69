"""What runs beside the answers while the server is up: notifying, sweeping, feeding, compacting.

A service is a coroutine function over the surroundings and one city; it runs until it is cancelled. One set of services
runs for each city that is open for writing, also for one that is made later. A service that fails is a defect: it is
logged with its trace and begun again after a pause, so that one defect does not silence a city.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from madang.city import City
from madang.web.around import Around

Service = Callable[[Around, City], Awaitable[None]]

AGAIN_AFTER_S = 5.0
log = logging.getLogger("madang.background")


class Background:
    """The running services of one server; for its event loop only."""

    def __init__(self, around: Around, services: Sequence[Service]) -> None:
        self._around = around
        self._services = services
        self._running: dict[City, list[asyncio.Task[None]]] = {}

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

    async def _keep(self, service: Service, city: City) -> None:
        while True:
            try:
                await service(self._around, city)
                return
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s of %s failed", service.__module__, city.id)
                await asyncio.sleep(AGAIN_AFTER_S)
