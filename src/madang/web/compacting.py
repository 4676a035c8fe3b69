"""The service that moves long history out of a city file into Parquet segments, and keeps retention rules.

It does nothing until somebody decided on it (`madang history keep`). It works in small steps on a thread: reading and
writing files disturb nobody, and the one part that other writes wait for, the transaction that takes rows out of the
city file, takes fewer rows where it took long.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from madang import clock
from madang.city import City
from madang.errors import MadangError
from madang.store import Store
from madang.store.retention import SETTLED_S, Keeper
from madang.store.transaction import to_micros
from madang.web.around import Around

LOOK_EVERY_S = 60.0
BREATH_S = 0.02

LAST: dict[Store, datetime] = {}  # when the service last moved, merged or dropped something, since the start

log = logging.getLogger("madang.history")


async def run(around: Around, city: City) -> None:
    """Compact one city until cancelled."""
    keeper = Keeper(city.store)
    try:
        await _keep(keeper, city)
    finally:
        LAST.pop(city.store, None)


async def _keep(keeper: Keeper, city: City) -> None:
    while True:
        step = asyncio.ensure_future(
            asyncio.to_thread(lambda: keeper.step(to_micros(clock.now()), settled_s=SETTLED_S))
        )
        try:
            done = await asyncio.shield(step)
            if done:
                LAST[city.store] = clock.now()
        except asyncio.CancelledError:
            await asyncio.gather(step, return_exceptions=True)  # it is short, and the file is open until it ends
            raise
        except (MadangError, OSError) as problem:  # no room, no library: said, and tried again
            log.warning("%s: %s", city.id, problem)
            done = 0
        await asyncio.sleep(BREATH_S if done else LOOK_EVERY_S)
