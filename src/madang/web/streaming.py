"""Changes that match a query as server-sent events: `GET /api/cities/{tenant}/stream?type=…&q=…`.

The query is the one of `entities` (type, id, idPattern, q, georel …, scopeQ), with the city's own names; `attrs` says
which attributes are watched, `format` is normalized, concise or simplified, `changes=true` adds former values. Each
event holds one entity as a notification would (5.8.6), what is gone as "urn:ngsi-ld:null". The stream is looked up in
the same index as subscriptions, so a hundred open pages cost what a hundred subscriptions cost.

The last event of a transaction bears its number as id; a page that comes back with Last-Event-ID gets what it missed.
Who reads too slowly is cut off with an event `cut` that says so, and may come back the same way.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from madang.city import City
from madang.entities.context import city_context
from madang.errors import CallerError
from madang.hub.notifications import elements
from madang.hub.outbox import Due
from madang.hub.subscriptions import FORMATS, TRIGGERS, Endpoint, Form, Subscription
from madang.hub.triggers import changed, concerned
from madang.store import following
from madang.web.exchange import Request, Stream, parse_parameters, to_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.notifying import Notifier, notifier_of
from madang.web.ngsi.parameters import SELECTORS, parse_query

MOST_WAITING = 1000  # events that wait for one reader
STILL_HERE_S = 15.0
MOST_STREAMS = 200
FURTHEST_BACK = 50_000  # transactions that are read again for one who comes back

_numbers = itertools.count()


def stream(request: Request, city: City) -> Stream:
    """The stream of what changes and matches, from now or from the last event the reader has seen."""
    told = parse_parameters(request.query_string, known=SELECTORS | {"attrs", "format", "changes"})
    notifier = notifier_of(city)
    if notifier is None:
        raise CallerError("subscriptions.not-serving", tenant=city.tenant)
    if len(notifier.follower.listeners) >= MOST_STREAMS:
        raise CallerError("subscriptions.too-many-streams", most=MOST_STREAMS)
    subscription = _subscription(told, city)
    last = request.headers.get("last-event-id", "")
    since = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else None
    headers = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    return Stream(_events(notifier, city, subscription, since), b"text/event-stream", headers)


def _subscription(told: dict[str, str], city: City) -> Subscription:
    """What a reader asks for, as the subscription it would be."""
    format = told.get("format", "normalized")
    if format not in FORMATS:
        raise CallerError("web.format-unknown", format=format, known=", ".join(FORMATS))
    selectors = {name: text for name, text in told.items() if name in SELECTORS}
    query = parse_query({"local": "true", **selectors}, name=city_context().stored_name)
    watched = frozenset(city_context().stored_name(part) for part in told.get("attrs", "").split(",") if part)
    return Subscription(
        id=f"urn:madang:stream:{next(_numbers)}",
        branch=city.branch_name,
        questions=(replace(query, limit=None),),
        watched=watched or None,
        triggers=frozenset(TRIGGERS),
        form=Form(format=FORMATS[format], show_changes=told.get("changes") == "true"),
        endpoint=Endpoint("stream:"),
        tenant=None,
        context=None,
    )


async def _events(
    notifier: Notifier, city: City, subscription: Subscription, since: int | None
) -> AsyncGenerator[bytes, None]:
    listener = notifier.follower.listen(subscription, city_context(), most=MOST_WAITING)
    try:
        yield b": madang\nretry: 2000\n\n"
        if since is not None:
            missed = await in_thread(_missed, notifier, city, subscription, since, listener.since)
            if missed is None:
                yield _cut("too-long-ago", None)
                return
            for due in missed:
                for event in _told(due):
                    yield event
        while True:
            try:
                batch = await asyncio.wait_for(listener.waiting.get(), STILL_HERE_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            for event in _told(batch):
                yield event
            if listener.is_cut and listener.waiting.empty():
                yield _cut("too-slow", listener.last)
                return
    finally:
        notifier.follower.forget(listener)


def _missed(
    notifier: Notifier, city: City, subscription: Subscription, since: int, upto: int
) -> list[Sequence[Due]] | None:
    """What the reader missed, by transaction; None when it was away for too long. Runs on a thread."""
    if upto - since > FURTHEST_BACK:
        return None
    found: dict[int, list[Due]] = {}
    sight = notifier.follower.sight(subscription)
    for page, _ in following.happenings(city.store, since + 1, upto):
        for happening in page:
            change = changed(happening)
            if concerned(subscription, change, notifier.follower.follow(subscription.branch)):
                due = Due(subscription, change, elements(subscription, change, sight))
                found.setdefault(happening.tx, []).append(due)
    return list(found.values())


def _told(due: Sequence[Due]) -> list[bytes]:
    """The events of one transaction; the last of them bears its number."""
    made = [to_json(element) for one in due for element in one.elements]
    events = [b"event: change\ndata: %s\n\n" % data for data in made[:-1]]
    tx = due[-1].change.happening.tx
    return [*events, b"id: %d\nevent: change\ndata: %s\n\n" % (tx, made[-1])] if made else []


def _cut(reason: str, last: Any) -> bytes:
    return b"event: cut\ndata: %s\n\n" % to_json({"reason": reason, "last": last})
