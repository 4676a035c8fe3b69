"""The service that takes away what has expired: entities, attributes, subscriptions, snapshots, maps (clause 4.22).

`SWEEPS` are its rounds, each a function over the surroundings and one city; other chapters add theirs. A round that
fails is logged and comes again with the next. What has expired is never answered, swept or not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from madang import clock
from madang.city import City
from madang.entities.transient import living
from madang.errors import MadangError
from madang.store import View
from madang.store.expiry import Due
from madang.web.around import Around
from madang.web.inthreads import in_thread
from madang.web.ngsi.registering_ends import sweep_registrations

Sweep = Callable[[Around, City], Awaitable[None]]

AT_ONCE = 500
ACTOR, REASON = "madang", "expired (expiresAt)"
log = logging.getLogger("madang.sweeping")


async def run(around: Around, city: City) -> None:
    """Sweep one city until cancelled."""
    while True:
        for sweep in SWEEPS:
            try:
                await sweep(around, city)
            except MadangError as error:
                log.warning("sweeping %s: %s", city.id, error)
        await asyncio.sleep(around.settings.sweep_every_s)


async def sweep_entities(around: Around, city: City) -> None:
    """Take away entities and attributes whose time is over, of main and of every open branch that still sees them."""
    while due := await in_thread(city.store.due, clock.now(), most=AT_ONCE):
        open_now = [branch.name for branch in await in_thread(city.store.branches) if branch.state == "open"]
        for branch in dict.fromkeys(["main", *open_now]):
            await _sweep_branch(city, branch, due)
        await asyncio.wrap_future(city.store.forget_due(due))
        if len(due) < AT_ONCE:
            return


async def _sweep_branch(city: City, branch: str, due: Sequence[Due]) -> None:
    view = await in_thread(city.store.view, branch)
    ended = await in_thread(_ended, view, due)
    submit = partial(city.store.submit, actor=ACTOR, reason=REASON, branch=branch)
    waiting = [asyncio.wrap_future(submit(partial(_take_away, id=id))) for id in ended]  # they go with few commits
    for id, came in zip(ended, await asyncio.gather(*waiting, return_exceptions=True), strict=True):
        if isinstance(came, MadangError):  # what only an act may change stays, and is not asked for again
            log.warning("%s of %s~%s can't expire: %s", id, city.id, branch, came)
        elif isinstance(came, BaseException):
            raise came


def _ended(view: View, due: Sequence[Due]) -> list[str]:
    return [id for id in dict.fromkeys(one.id for one in due) if view.is_ended(id)]


def _take_away(tx: Any, *, id: str) -> None:
    document = tx.document(id)
    if document is None:
        return
    left = living(document, clock.now())
    if left is None:
        tx.delete(id)
    elif left is not document:
        tx.put(left)


async def sweep_snapshots(around: Around, city: City) -> None:
    """Take away snapshots whose time is over (5.16)."""
    await around.snapshots.sweep(around, city)


async def sweep_maps(around: Around, city: City) -> None:
    """Take away entity maps whose time is over (5.5.14)."""
    await around.sources.maps.sweep(city)


SWEEPS: list[Sweep] = [sweep_entities, sweep_snapshots, sweep_registrations, sweep_maps]
