"""Registrations whose end has come are taken out (clause 5.9.2.4); until then they are as good as gone already."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from madang import clock
from madang.city import City
from madang.hub.registrations import compiled
from madang.web.around import Around
from madang.web.inthreads import in_thread


async def sweep_registrations(around: Around, city: City) -> None:
    """Take out what has ended, of every branch; where nothing ends, one look a round."""
    end = await in_thread(around.sources.next_end, city)
    if end is None or end > clock.now():
        return
    for entry in await in_thread(city.store.entries, "registration"):
        if compiled(entry.doc, tx=entry.tx).expired(clock.now()):
            taking = partial(_take_out, id=entry.id)
            reason = "a registration expired (expiresAt)"
            await asyncio.wrap_future(city.store.submit(taking, actor="madang", reason=reason, branch=entry.branch))


def _take_out(tx: Any, *, id: str) -> None:
    entry = tx.entry("registration", id)
    if entry is not None and compiled(entry.doc).expired(clock.now()):  # not prolonged in between
        tx.remove_entry("registration", id)
