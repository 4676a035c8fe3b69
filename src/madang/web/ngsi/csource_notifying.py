"""The service that tells who subscribed to registrations which of them match, changed, or match no more (5.11.7).

It compares what matches now with what the subscriber was last told of, and writes the letter and the new list in one
commit. So nothing is lost over a sudden end, several changes at once make one notification a reason, and a subscriber
who is throttled hears the outcome when the pause is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from madang import clock
from madang.city import City
from madang.clock import from_text, to_text
from madang.entities.context import Context, core_context
from madang.entities.query import Query, parse_q, with_stored_names
from madang.errors import CallerError, MadangError
from madang.hub.delivering import Courier
from madang.hub.notifications import context_named, manner, notification_id
from madang.hub.registrations import (
    Discovery,
    Registration,
    Sought,
    Span,
    compiled,
    found_by,
    matching,
    renamed,
)
from madang.hub.subscriptions import Subscription, subscription_of
from madang.store.hubbook import Entry
from madang.store.outbox import Beside, Letter, Owner
from madang.web.around import Around
from madang.web.ngsi.notifying import notifier_of

KIND: Final = "registration-subscription"
LOOK_EVERY_S = 0.5  # intervals, expiries and pauses are looked at this often
NEW, UPDATED, GONE = "newlyMatching", "updated", "noLongerMatching"


@dataclass(frozen=True, slots=True)
class _Watch:
    """One subscription to registrations: whom to tell, what is asked, by which names."""

    subscription: Subscription
    discovery: Discovery
    context: Context
    tx: int


class _Watcher:
    def __init__(self, around: Around, city: City, courier: Courier) -> None:
        self._around, self._city, self._courier = around, city, courier
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._registrations: dict[str, dict[str, Registration]] = {}  # by branch and id
        self._former: dict[tuple[str, str], dict[str, Any]] = {}  # the last word of those that are gone
        self._turns: tuple[int, int] | None = None
        self._looked_at = 0.0

    async def look(self) -> None:
        """Tell everybody what is due now."""
        store = self._city.store
        turns = store.entries_turn(KIND), store.entries_turn("registration")
        if turns != self._turns:
            await self._learn()
            self._turns = turns
        elif clock.elapsed_s() - self._looked_at < LOOK_EVERY_S:
            return  # something else was committed
        self._looked_at, now = clock.elapsed_s(), clock.now()
        for watch in list(self._watches.values()):
            if watch.subscription.is_open(now):
                await self._tell(watch, now)

    async def _learn(self) -> None:
        store = self._city.store
        entries = await asyncio.to_thread(store.entries, KIND, None)
        known = {(one.branch, one.id): one.tx for one in entries}
        for of in [of for of in self._watches if of not in known]:
            del self._watches[of]
            self._courier.close_for((KIND, *of), None)
        for entry in entries:
            watch = self._watches.get((entry.branch, entry.id))
            if watch is None or watch.tx != entry.tx:
                with suppress(MadangError):  # what an older version kept and this one can't read stops no other
                    self._watches[entry.branch, entry.id] = await self._watch_of(entry)
        if not entries:
            self._registrations = {}
            return
        found: dict[str, dict[str, Registration]] = {}
        for one in await asyncio.to_thread(store.entries, "registration", None):
            found.setdefault(one.branch, {})[one.id] = compiled(one.doc, tx=one.tx)
        for branch, before in self._registrations.items():
            for id, registration in before.items():
                if id not in found.get(branch, {}):
                    self._former[branch, id] = registration.document
        self._registrations = found

    async def _watch_of(self, entry: Entry) -> _Watch:
        said, named = entry.doc["said"], entry.doc["context"]
        subscription = subscription_of(
            entry.id, entry.branch, said, context=named, link=entry.doc.get("link"), tenant=entry.doc.get("tenant")
        )
        await self._around.contexts.ready(subscription.context, self._city)
        try:
            context = self._around.contexts.compiled(subscription.context)
        except CallerError:  # it can't be had any more: names in full lose nothing
            context = core_context()
        self._courier.states.setdefault((KIND, entry.branch, entry.id), dict(entry.state))
        return _Watch(subscription, discovery_of(subscription, said, context), context, entry.tx)

    async def _tell(self, watch: _Watch, now: datetime) -> None:
        """Write what one subscriber is due, and that he was told, in one commit."""
        one = watch.subscription
        owner: Owner = (KIND, one.branch, one.id)
        state = self._courier.state(owner)
        here = self._registrations.get(one.branch, {})
        found = [r for r in here.values() if not r.expired(now) and found_by(watch.discovery, r)]
        matched = {r.id: r.tx for r in found}
        seen: dict[str, int] | None = state.get("seen")
        last = from_text(state["toldAt"]) if "toldAt" in state else None
        if one.interval_s is not None:
            if last is not None and timedelta() <= now - last < timedelta(seconds=one.interval_s):
                return
            due = {NEW if seen is None else UPDATED: [r.document for r in found]}
        else:
            if seen == matched:
                return
            pause = timedelta(seconds=one.throttling_s or 0)
            if last is not None and timedelta() <= now - last < pause:
                return
            due = self._differences(one.branch, seen or {}, found, matched)
        letters = [
            _letter(watch, reason, documents, now, max(matched.values(), default=0))
            for reason, documents in due.items()
            if documents
        ]
        state["seen"] = matched
        if letters or one.interval_s is not None:
            state["toldAt"] = to_text(now)
        if letters:
            await self._courier.post(letters, Beside(states={owner: dict(state)}))
        else:
            self._courier.note(owner)

    def _differences(
        self, branch: str, seen: Mapping[str, int], found: Sequence[Registration], matched: Mapping[str, int]
    ) -> dict[str, list[dict[str, Any]]]:
        """What is new, what is another than before, what is gone, each with its newest word."""
        here = self._registrations.get(branch, {})
        gone = []
        for id in seen:
            if id not in matched:
                registration = here.get(id)
                told = registration.document if registration is not None else self._former.get((branch, id))
                gone.append(told or {"id": id, "type": "ContextSourceRegistration"})
        return {
            NEW: [r.document for r in found if r.id not in seen],
            UPDATED: [r.document for r in found if r.id in seen and seen[r.id] != r.tx],
            GONE: gone,
        }


def discovery_of(one: Subscription, said: Mapping[str, Any], context: Context) -> Discovery:
    """The question for registrations that a subscription asks (5.11.2.4, 5.12)."""
    attributes = frozenset((one.watched or frozenset()) | (one.form.attributes or frozenset()))
    sought = tuple(
        Sought(
            types=question.types,
            ids=question.ids,
            id_pattern=question.id_pattern,
            attributes=attributes,
            datasets=one.form.datasets or frozenset(),
        )
        for question in one.questions
    )
    filter = None
    if "csf" in said:
        filter = with_stored_names(Query(q=parse_q(said["csf"])), context.stored_name).q
    first = one.questions[0]
    return Discovery(
        sought=sought, geo=first.geo, scopes=first.scopes, filter=filter, span=_span(said.get("temporalQ"))
    )


def is_span(asked: Any) -> bool:
    """Whether this is a temporal query that registrations can be asked by (5.2.21)."""
    return _span(asked) is not None


def _span(asked: Any) -> Span | None:
    if not isinstance(asked, dict) or asked.get("timerel") not in ("before", "after", "between"):
        return None
    try:
        until = from_text(asked["endTimeAt"]) if asked["timerel"] == "between" else None
        return Span(asked["timerel"], from_text(asked["timeAt"]), until, asked.get("timeproperty", "observedAt"))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _letter(watch: _Watch, reason: str, documents: Sequence[dict[str, Any]], now: datetime, tx: int) -> Letter:
    """A CsourceNotification (5.3.2)."""
    one = watch.subscription
    about = [f"{document['id']} {document.get('modifiedAt', '')}" for document in documents]
    id = notification_id(f"{one.branch}|{one.id}", reason, to_text(now) if one.interval_s else tx, *about)
    body: dict[str, Any] = {
        "id": id,
        "type": "ContextSourceNotification",
        "subscriptionId": one.id,
        "triggerReason": reason,
        "notifiedAt": to_text(now),
        "data": [_shown(document, watch) for document in documents],
    }
    if one.endpoint.accept == "application/ld+json":
        body["@context"] = context_named(one.context)
    return Letter(
        id=id,
        endpoint=one.endpoint.uri,
        kind=KIND,
        subscription=one.id,
        branch=one.branch,
        tx=tx,
        made=now,
        manner=manner(one),
        body=orjson.dumps(body),
        due=now,
    )


def _shown(document: Mapping[str, Any], watch: _Watch) -> dict[str, Any]:
    """A registration as a subscriber is told of it: of its information what matches, without what lets us in there."""
    told = {
        name: part for name, part in document.items() if name not in ("contextSourceInfo", "createdAt", "modifiedAt")
    }
    if "information" in document:
        registration = compiled(dict(document))
        fitting = {info for sought in watch.discovery.sought for info in matching(registration, sought)}
        kept = [part for part, info in zip(document["information"], registration.infos, strict=True) if info in fitting]
        told["information"] = kept or document["information"]
    return renamed(told, watch.context.given_name)


async def run(around: Around, city: City) -> None:
    """Tell the subscribers to registrations of one city until cancelled."""
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop is closed: the server is ending
            loop.call_soon_threadsafe(woken.set)

    ended = city.store.when_committed(wake)
    watcher: _Watcher | None = None
    courier: Courier | None = None
    try:
        while True:
            woken.clear()
            notifier = notifier_of(city)
            if notifier is not None:
                if watcher is None or courier is not notifier.courier:
                    courier = notifier.courier
                    watcher = _Watcher(around, city, courier)
                await watcher.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_EVERY_S)
    finally:
        ended()
