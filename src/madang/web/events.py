"""Live changes as server-sent events: `GET /api/cities/{tenant}/events`.

One watcher a city looks at the file's change counter a few times a second, which costs microseconds, and reads the
changes only when it moved, so writes of other processes are seen too. What is sent is which entities changed, not
their content; a page asks for what it shows. A page that was away says where it was with Last-Event-ID and gets what
it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from madang.city import City
from madang.entities.vocabulary import scope_of
from madang.web.exchange import Request, Stream, to_json
from madang.web.inthreads import in_thread

EVERY_S = 0.5
STILL_HERE_EVERY = 30  # looks without a change, then a comment that keeps proxies from closing the line
MOST_NAMED = 1000  # more changes than this at once: the page reads everything again


def events(request: Request, city: City) -> Stream:
    """The stream of a city's changes on one branch, from now or from the last event the client has seen."""
    last = request.headers.get("last-event-id", "")
    since = int(last) if last.isdigit() else city.store.data_version()
    headers = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    return Stream(_changes(city, since), b"text/event-stream", headers)


async def _changes(city: City, since: int) -> AsyncGenerator[bytes, None]:
    yield b": madang\nretry: 2000\n\n"
    seen, quiet = None, 0
    while True:
        version = await in_thread(city.store.data_version)
        if version != seen:
            seen = version
            event, since = await in_thread(_event, city, since)
            if event:
                quiet = 0
                yield event
        quiet += 1
        if quiet % STILL_HERE_EVERY == 0:
            yield b": still here\n\n"
        await asyncio.sleep(EVERY_S)


def _event(city: City, since: int) -> tuple[bytes, int]:
    """One event with the changes of this branch since a transaction, and the newest transaction seen."""
    newest, many = since, False
    named: list[dict[str, Any]] = []
    for change in city.store.changes(since):
        newest = max(newest, change.tx)
        if change.branch == city.branch_name or scope_of(change.type) != "city":  # records are seen from every branch
            many = many or len(named) >= MOST_NAMED
            if not many:
                named.append({"id": change.id, "type": change.type, "kind": change.kind, "tx": change.tx})
    if not named:
        return b"", newest
    data = to_json({"tenant": city.tenant, "changes": named, "more": many})
    return b"id: %d\nevent: changes\ndata: %s\n\n" % (newest, data), newest
