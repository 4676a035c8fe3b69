"""Notifications over HTTP, under /api/cities/{tenant}/notifications: what waits, what could not be delivered, and why.

    GET  notifications                 {waiting, dead}: how many letters of the city wait, and how many are dead
    GET  notifications/dead            ?subscription=&limit=100&after=0   the dead ones of this branch, oldest first
    POST notifications/replay          {ids: [number, …]} or {subscription: id} or {all: true}   role decide
    POST notifications/discard         the same                                                  role decide

A dead letter is {id, number, subscription, endpoint, tries, problem, made, notification}. What a subscriber gave as a
secret (headers, a password in the address) is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from madang.city import City
from madang.clock import to_text
from madang.errors import CallerError, DataError
from madang.store import outbox
from madang.store.outbox import Letter
from madang.web.api.door import Asked, Door, Table
from madang.web.ngsi.notifying import replay
from madang.web.ngsi.subscribing import without_password

ROOT = "/api/cities/{tenant}/notifications"
MOST_AT_ONCE = 10_000


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", ROOT, door.reads(overview)),
        ("GET", ROOT + "/dead", door.reads(dead, parameters=("subscription", "limit", "after"))),
        ("POST", ROOT + "/replay", door.writes(send_again, role="decide")),
        ("POST", ROOT + "/discard", door.writes(discard, role="decide")),
    ]


def overview(asked: Asked) -> dict[str, int]:
    """How many letters wait, and how many are dead."""
    waiting, dead = outbox.counts(asked.city.store)
    return {"waiting": waiting, "dead": dead}


def dead(asked: Asked) -> list[dict[str, Any]]:
    """The dead letters of the branch."""
    told = asked.parameters
    return dead_letters(
        asked.city, subscription=told.get("subscription"), limit=_whole(told, "limit", 100),
        after=_whole(told, "after", 0),
    )  # fmt: skip


def send_again(asked: Asked) -> dict[str, int]:
    """Dead letters wait again."""
    return {"replayed": replay(asked.city, chosen(asked.city, asked.body))}


def discard(asked: Asked) -> dict[str, int]:
    """Dead letters are thrown away."""
    gone = chosen(asked.city, asked.body)
    outbox.throw_away(asked.city.store, gone).result()
    return {"discarded": len(gone)}


def dead_letters(
    city: City, *, subscription: str | None = None, limit: int = 100, after: int = 0
) -> list[dict[str, Any]]:
    """Letters of a city's branch that could not be delivered, oldest first, as they are shown."""
    most = min(max(limit, 1), MOST_AT_ONCE)
    found = outbox.dead(city.store, branch=city.branch_name, subscription=subscription, limit=most, after=after)
    return [_said(one) for one in found]


def chosen(city: City, said: Mapping[str, Any]) -> list[int]:
    """The numbers of the dead letters of this branch that are named: by number, by subscription, or all."""
    subscription, ids = said.get("subscription"), said.get("ids")
    if ids is None and not isinstance(subscription, str) and said.get("all") is not True:
        raise CallerError("web.field-missing", field="ids", expected='{"ids": […]}, {"subscription": …}, {"all": true}')
    if ids is not None and not (isinstance(ids, list) and all(type(one) is int for one in ids)):
        raise CallerError("web.field-missing", field="ids", expected="numbers of dead letters")
    found: list[int] = []
    after = 0
    while True:
        page = outbox.dead(
            city.store, branch=city.branch_name, subscription=subscription, limit=MOST_AT_ONCE, after=after
        )
        found += [one.oid for one in page if ids is None or one.oid in set(ids)]
        if len(page) < MOST_AT_ONCE:
            return found
        after = page[-1].oid


def _said(one: Letter) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.oid,
        "subscription": one.subscription,
        "endpoint": without_password(one.endpoint),
        "tries": one.tries,
        "problem": one.problem,
        "made": to_text(one.made),
        "notification": orjson.loads(one.body),
    }


def _whole(told: Mapping[str, str], name: str, default: int) -> int:
    text = told.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise DataError("web.parameter-value", parameter=name, value=text, expected="a whole number from 0")
    return int(text)
