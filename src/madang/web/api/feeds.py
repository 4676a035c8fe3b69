"""Feeds over HTTP, under /api/cities/{tenant}: what brings readings in by itself, and how it is doing.

    GET  feeds                      [{id, condition, protocol, address, title, staleAfterS, feed, state}]
    GET  feeds/{id}                 one of them
    POST feeds                      {name, feed, replace?: false, reason?}              role decide
    POST feeds/{id}/pause, /resume, /remove      {reason?}                               role decide
    POST feeds/try                  {feed, payload: text, topic?} -> {records, readings, refused}; writes
                                    nothing                                             role propose

`condition` is paused | waiting | running | stale | broken. `state` holds `connected`, `since`, `lastReceived`,
`lastReading`, `counts`, `lastProblem`, the last few refused payloads in `samples`, and `position`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang import clock
from madang.city import City
from madang.errors import CallerError, ConflictError, DataError, NotFoundError, both
from madang.hub.feeding import described
from madang.sources.feeds.decoding import read_sample
from madang.sources.feeds.description import check_name, feed_of
from madang.store.branches import MAIN
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import text_field

ROOT = "/api/cities/{tenant}/feeds"
LONGEST_TOPIC = 1000


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", ROOT, door.reads(listed)),
        ("POST", ROOT, door.writes(add, role="decide", status=201)),
        ("POST", ROOT + "/try", door.writes(tried, role="propose")),
        ("GET", ROOT + "/{id}", door.reads(one)),
        ("POST", ROOT + "/{id}/pause", door.writes(lambda asked: _pause(asked, True), role="decide")),
        ("POST", ROOT + "/{id}/resume", door.writes(lambda asked: _pause(asked, False), role="decide")),
        ("POST", ROOT + "/{id}/remove", door.writes(remove, role="decide")),
    ]


def listed(asked: Asked) -> list[dict[str, Any]]:
    """All feeds of the city."""
    return all_feeds(asked.city)


def one(asked: Asked) -> dict[str, Any]:
    """One feed."""
    return feed_said(asked.city, asked.parts["id"])


def add(asked: Asked) -> dict[str, Any]:
    """A feed said for the first time, or anew."""
    feed = asked.body.get("feed")
    if not isinstance(feed, dict):
        raise CallerError("web.field-missing", field="feed", expected="an object")
    name = text_field(asked.body, "name")
    return add_feed(asked.city, name, feed, replace=asked.body.get("replace") is True, by=asked.actor,
                    reason=text_field(asked.body, "reason", default=f"feed {name}"))  # fmt: skip


def tried(asked: Asked) -> dict[str, Any]:
    """What a feed would make of one payload."""
    feed = asked.body.get("feed")
    if not isinstance(feed, dict):
        raise CallerError("web.field-missing", field="feed", expected="an object")
    topic = text_field(asked.body, "topic", default="")[:LONGEST_TOPIC]
    return try_feed(feed, text_field(asked.body, "payload").encode(), topic=topic)


def remove(asked: Asked) -> dict[str, Any]:
    """A feed taken out; what it brought stays."""
    id = asked.parts["id"]
    remove_feed(asked.city, id, by=asked.actor, reason=text_field(asked.body, "reason", default=f"feed {id} removed"))
    return {"id": id, "removed": True}


def _pause(asked: Asked, paused: bool) -> dict[str, Any]:
    id = asked.parts["id"]
    reason = text_field(asked.body, "reason", default=f"feed {id} {'paused' if paused else 'resumed'}")
    return pause_feed(asked.city, id, paused=paused, by=asked.actor, reason=reason)


# --- what the command line does as well -------------------------------------------------------------------------------


def all_feeds(city: City) -> list[dict[str, Any]]:
    """The feeds of a city, by name."""
    now = clock.now()
    return [described(entry.id, entry.doc, entry.state, now) for entry in city.store.entries("feed", MAIN)]


def feed_said(city: City, id: str) -> dict[str, Any]:
    """One feed of a city."""
    entry = city.store.entry("feed", id)
    if entry is None:
        raise _unknown(city, id)
    return described(id, entry.doc, entry.state, clock.now())


def add_feed(
    city: City, name: str, doc: Mapping[str, Any], *, by: str | None, reason: str, replace: bool = False
) -> dict[str, Any]:
    """Write a feed into the hub's book, once all of it is understood."""
    _check(name, doc)

    def write(tx: Any) -> None:
        if not replace and tx.entry("feed", name) is not None:
            raise ConflictError("feeds.exists", name=name)
        tx.put_entry("feed", name, dict(doc))

    _on_main(city).write(write, by=by, reason=reason)
    return feed_said(city, name)


def pause_feed(city: City, name: str, *, paused: bool, by: str | None, reason: str) -> dict[str, Any]:
    """Have a feed rest, or go on."""

    def write(tx: Any) -> None:
        entry = tx.entry("feed", name)
        if entry is None:
            raise _unknown(city, name)
        rest = {field: value for field, value in entry.doc.items() if field != "paused"}
        tx.put_entry("feed", name, rest | ({"paused": True} if paused else {}))

    _on_main(city).write(write, by=by, reason=reason)
    return feed_said(city, name)


def remove_feed(city: City, name: str, *, by: str | None, reason: str) -> None:
    """Take a feed out of the book."""

    def write(tx: Any) -> None:
        if not tx.remove_entry("feed", name):
            raise _unknown(city, name)

    _on_main(city).write(write, by=by, reason=reason)


def try_feed(doc: Mapping[str, Any], payload: bytes, *, topic: str = "") -> dict[str, Any]:
    """What a feed makes of one payload; nothing is written."""
    made = read_sample(feed_of("try", doc), payload, topic=topic, at=clock.now())
    return {
        "records": made.records,
        "readings": [
            {"id": r.id, "attribute": r.attribute, "value": r.value, "unit": r.unit, "at": clock.to_text(r.at)}
            for r in made.readings
        ],
        "entities": list(made.things.values()),
        "refused": [{"code": error.code, "why": both(error.code, **error.facts)} for error in made.refused],
    }


def _check(name: str, doc: Mapping[str, Any]) -> None:
    from madang.sources.feeds.checking import check_feed

    try:
        check_feed(feed_of(check_name(name), doc))
    except DataError as wrong:
        raise CallerError(wrong.code, **wrong.facts) from None


def _on_main(city: City) -> City:
    if city.branch_name != MAIN:
        raise CallerError("feeds.main-only", branch=city.branch_name)
    return city


def _unknown(city: City, name: str) -> NotFoundError:
    known = ", ".join(entry.id for entry in city.store.entries("feed", MAIN)) or "-"
    return NotFoundError("feeds.unknown", name=name, known=known)
