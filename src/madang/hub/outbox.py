"""Filling the outbox: a follower reads what the city changed, finds whom it concerns, and writes what they are due.

The letters and the follower's cursor are written in one commit, so that over a sudden death at any moment every change
of a transaction that was acknowledged makes its notifications, and, since a letter's id is made of what it is about,
makes each of them once. What was said of a subscription holds from its own transaction on, even where the follower is
behind: the book keeps as many former versions as the cursor has yet to pass.

Throttling (5.2.12): within the pause after a notification, what would be due is held, one letter a subscription, with
the newest state of each entity; it goes out when the pause is over. Periodic subscriptions (timeInterval) are asked at
their time and told of all entities that fit; one that its endpoint has not taken yet is overtaken by the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from madang import clock
from madang.clock import from_text, to_text
from madang.entities.context import Context, city_context
from madang.entities.entity import Document
from madang.entities.query import Follow, Query
from madang.errors import MadangError
from madang.hub.delivering import Courier
from madang.hub.linked import Sight
from madang.hub.notifications import (
    Element,
    elements,
    letter,
    newest,
    notification_id,
    with_elements,
    written,
)
from madang.hub.subscriptions import Subscription, subscription_of
from madang.hub.triggers import Changed, Standing, Version, changed
from madang.store import Store, View, following
from madang.store.following import Happening, Passed
from madang.store.hubbook import Entry
from madang.store.outbox import Beside, Letter, Owner

log = logging.getLogger("madang.outbox")

CURSOR = following.TELLING
KIND: Final = "subscription"
MOST_APART = 1000  # entities of one transaction that are told one by one; above, in lists
TOGETHER = 500  # entities of such a list
CURSOR_EVERY = 2000  # transactions that may be read a second time after a sudden death, because they concerned nobody
MOST_PERIODIC = 1000  # entities of one periodic notification

ContextOf = Callable[[Any], Awaitable[Context]]
Timed = Callable[[View, Document], Document]


@dataclass(frozen=True, slots=True)
class Due:
    """What one subscriber is to be told of one change."""

    subscription: Subscription
    change: Changed
    elements: list[Element]


@dataclass(slots=True)
class Listener:
    """Somebody who listens while he is here: what he is told stands in no outbox, and too much of it cuts him off."""

    subscription: Subscription
    since: int  # up to this transaction he is told nothing here
    waiting: asyncio.Queue[list[Due]]
    last: int = 0
    is_cut: bool = False

    def tell(self, due: list[Due]) -> None:
        """Take what one transaction made due, if there is room."""
        if self.is_cut:
            return
        try:
            self.waiting.put_nowait(due)
            self.last = due[-1].change.happening.tx
        except asyncio.QueueFull:
            self.is_cut = True


class Follower:
    """Follows one city and fills its outbox; for its event loop only."""

    def __init__(self, store: Store, courier: Courier, *, context_of: ContextOf, timed: Timed) -> None:
        self._store, self._courier = store, courier
        self._context_of, self._timed = context_of, timed
        self.standing = Standing()
        self._contexts: dict[tuple[str, str], Context] = {}
        self._cursor = 0
        self._written = 0
        self._learned = 0  # up to this transaction, what was said of subscriptions was read at the start
        self._reading = 0  # the last transaction of the step that is under way
        self.listeners: dict[tuple[str, str], Listener] = {}
        self._periodic: dict[tuple[str, str], list[str]] = {}
        self._intervals: dict[tuple[str, str], datetime] = {}  # when a periodic subscription was last asked

    async def start(self) -> None:
        """Learn all subscriptions, and where the city was left."""
        self._learned = await asyncio.to_thread(following.head, self._store)
        for number, entry in enumerate(await asyncio.to_thread(self._store.entries, KIND)):
            await self._learn_one(entry)
            if number % 100 == 0:
                await asyncio.sleep(0)  # ten thousand of them take seconds, and answers do not wait for that
        self._cursor = await asyncio.to_thread(following.cursor, self._store, CURSOR)
        first = self.standing.first_seen()  # what was written before the first subscription concerns nobody
        self._cursor = self._written = max(self._cursor, self._learned if first is None else first)

    # --- changes -----------------------------------------------------------------------------------------------------

    async def step(self) -> bool:
        """Read some transactions and write what is due because of them; says whether there were any."""
        if self._cursor == self._store.data_version():
            return False
        passed = await asyncio.to_thread(following.transactions, self._store, self._cursor)
        if not passed:
            return False
        await self._learn(passed)
        last = self._reading = passed[-1].tx
        if len(self.standing):
            await self._fill(passed[0].tx, last)
        self._cursor = last
        if last - self._written > CURSOR_EVERY and len(self.standing):
            await asyncio.wrap_future(following.move_cursor(self._store, CURSOR, last))
            self._written = last
        return True

    async def _fill(self, first: int, last: int) -> None:
        pages = following.happenings(self._store, first, last)
        while True:
            found = await asyncio.to_thread(self._next_due, pages)
            if found is None:
                return
            due, reached = self._without_listeners(found[0]), found[1]
            letters, beside = self._letters(due)
            if letters:
                beside.cursor = (CURSOR, reached) if reached > self._written else None
                self._courier.drop(beside.replaced)
                await self._courier.post(letters, beside)
                self._written = max(self._written, reached)

    def _next_due(self, pages: Iterator[tuple[list[Happening], int]]) -> tuple[list[Due], int] | None:
        """What the next page of changes makes due, and up to where that is all; None at the end. Runs on a thread."""
        read = next(pages, None)
        if read is None:
            return None
        page, reached = read
        found: list[Due] = []
        for happening in page:
            if not self.standing.may_concern(happening):
                continue
            change = changed(happening)
            for one in self.standing.concerned(change, self.follow):
                try:
                    found.append(Due(one, change, elements(one, change, self.sight(one))))
                except (MadangError, KeyError, TypeError):  # one notification that can't be written stops no other
                    log.exception("the notification of %s about %s can't be written", one.id, happening.id)
        return found, reached

    def follow(self, branch: str) -> Follow:
        """The way along relationships of a branch."""
        return lambda id: self._store.view(branch).document(id)

    def sight(self, subscription: Subscription) -> Sight:
        """What a subscription's notifications are written with."""
        branch, store = subscription.branch, self._store

        def times(document: Document, tx: int) -> Document:
            return self._timed(store.view(branch) if tx < 0 else store.view(branch, at=tx), document)

        def linked(id: str) -> Document | None:
            return store.view(branch).document(id)

        return Sight(self._contexts.get((branch, subscription.id)) or city_context(), linked, times)

    # --- listeners ---------------------------------------------------------------------------------------------------

    def listen(self, subscription: Subscription, context: Context, *, most: int) -> Listener:
        """Tell somebody, from the next transaction on, what would be due to a subscriber."""
        of = (subscription.branch, subscription.id)
        since = max(self._cursor, self._reading)
        self._contexts[of] = context
        self.standing.put(*of, [Version(since, subscription)])
        made = self.listeners[of] = Listener(subscription, since, asyncio.Queue(most))
        return made

    def forget(self, listener: Listener) -> None:
        """Tell somebody no more."""
        of = (listener.subscription.branch, listener.subscription.id)
        self.listeners.pop(of, None)
        self.standing.remove(*of)
        self._contexts.pop(of, None)

    def _without_listeners(self, due: Sequence[Due]) -> list[Due]:
        """Tell those who listen, and give what others are due."""
        if not self.listeners:
            return list(due)
        rest: list[Due] = []
        heard: dict[tuple[str, str], dict[int, list[Due]]] = {}
        for one in due:
            of = (one.subscription.branch, one.subscription.id)
            if of in self.listeners:
                heard.setdefault(of, {}).setdefault(one.change.happening.tx, []).append(one)
            elif not one.subscription.endpoint.uri.startswith("stream:"):
                rest.append(one)
        for of, by_tx in heard.items():
            for together in by_tx.values():
                self.listeners[of].tell(together)
        return rest

    # --- letters -----------------------------------------------------------------------------------------------------

    def _letters(self, due: Sequence[Due]) -> tuple[list[Letter], Beside]:
        """The letters of what is due, those that are held included, and the states that go with them."""
        now, beside = clock.now(), Beside()
        made: dict[str, Letter] = {}
        many: dict[tuple[str, str, int], list[Due]] = {}
        for one in due:
            many.setdefault((one.subscription.branch, one.subscription.id, one.change.happening.tx), []).append(one)
        throttled: dict[tuple[str, str], list[list[Due]]] = {}
        for (branch, name, _), group in many.items():
            subscription = group[0].subscription
            if subscription.throttling_s is not None:
                throttled.setdefault((branch, name), []).append(group)
                continue
            apart = len(group) <= MOST_APART
            for start in range(0, len(group), 1 if apart else TOGETHER):
                part = group[start : start + (1 if apart else TOGETHER)]
                happening = part[0].change.happening
                id = notification_id(f"{subscription.branch}|{subscription.id}", happening.tx, happening.id)
                found = [element for one in part for element in one.elements]
                made[id] = letter(subscription, found, id=id, tx=happening.tx, at=now)
        for groups in throttled.values():
            made |= {one.id: one for one in self._throttled(groups, now, beside)}
        return list(made.values()), beside

    def _throttled(self, groups: Sequence[list[Due]], now: datetime, beside: Beside) -> list[Letter]:
        """The letters of what transactions made due to a throttled subscription: the first at once without a pause."""
        subscription, happening = groups[0][0].subscription, groups[0][0].change.happening
        assert subscription.throttling_s is not None
        owner: Owner = (KIND, subscription.branch, subscription.id)
        pause = timedelta(seconds=subscription.throttling_s)
        if owner in self._courier.held:
            return [self._held(groups, now, beside)]
        state = self._courier.state(owner)
        last = from_text(state["throttledFrom"]) if "throttledFrom" in state else None
        if last is not None and timedelta() <= now - last < pause:
            return [self._held(groups, now, beside)]
        state["throttledFrom"] = to_text(now)
        beside.states[owner] = dict(state)
        id = notification_id(f"{subscription.branch}|{subscription.id}", happening.tx, happening.id)
        found = [element for one in groups[0] for element in one.elements]
        at_once = letter(subscription, found, id=id, tx=happening.tx, at=now)
        return [at_once, self._held(groups[1:], now, beside)] if len(groups) > 1 else [at_once]

    def _held(self, groups: Sequence[list[Due]], now: datetime, beside: Beside) -> Letter:
        """The letter that is held until the pause is over, with the newest state of each entity."""
        subscription, happening = groups[-1][0].subscription, groups[0][0].change.happening
        assert subscription.throttling_s is not None
        owner: Owner = (KIND, subscription.branch, subscription.id)
        pause = timedelta(seconds=subscription.throttling_s)
        found = newest([element for group in groups for one in group for element in one.elements])
        tx = groups[-1][0].change.happening.tx
        held = self._courier.held.get(owner)
        if held is not None:
            if held.due - now > pause:
                held = replace(held, due=now + pause)  # the clock was put back
            made = with_elements(held, subscription, found, tx=tx, at=now)
            made = replace(made, made=held.made, oid=held.oid, endpoint=held.endpoint)
        else:
            state = self._courier.state(owner)
            until = from_text(state["throttledFrom"]) + pause
            state["throttledFrom"] = to_text(until)
            beside.states[owner] = dict(state)
            id = notification_id(f"{subscription.branch}|{subscription.id}", happening.tx, happening.id)
            made = letter(subscription, found, id=id, tx=tx, at=now, due=until)
        self._courier.held[owner] = made
        return made

    # --- the book ----------------------------------------------------------------------------------------------------

    async def _learn(self, passed: Sequence[Passed]) -> None:
        """Take in what the transactions said of subscriptions."""
        new = [one for one in passed if one.tx > self._learned]
        acts = [(one.branch, str(part["id"]), part["act"]) for one in new for part in one.said if part["kind"] == KIND]
        said = dict.fromkeys((branch, id) for branch, id, _ in acts)
        if not said:
            return
        entries = await asyncio.to_thread(lambda: {of: self._store.entry(KIND, of[1], of[0]) for of in said})
        removed = dict.fromkeys((branch, id) for branch, id, act in acts if act == "remove")
        for of in removed:  # also one that was made again since: that is another one
            self.standing.remove(*of)
            self._contexts.pop(of, None)
            self._intervals.pop(of, None)
            self._courier.close_for((KIND, *of), None)
        if removed:
            await self._courier.flush()
        for (branch, id), entry in entries.items():
            if entry is None:
                continue
            before = self.standing.newest(branch, id)
            await self._learn_one(entry)
            now = self.standing.newest(branch, id)
            if before is not None and now is not None and before.is_active and not now.is_active:
                self._courier.close_for((KIND, branch, id), "paused")

    async def _learn_one(self, entry: Entry) -> None:
        doc = entry.doc
        told = [*doc.get("earlier", ()), {**doc, "since": entry.tx}]
        versions = [
            Version(
                one["since"],
                subscription_of(
                    entry.id,
                    entry.branch,
                    one["said"],
                    context=one["context"],
                    link=one.get("link"),
                    tenant=one.get("tenant"),
                ),
            )
            for one in told
        ]
        newest = versions[-1].subscription
        of = (entry.branch, entry.id)
        self._contexts[of] = await self._context_of(newest.context)
        self.standing.put(entry.branch, entry.id, versions)
        self._courier.states.setdefault((KIND, *of), dict(entry.state))
        if newest.interval_s is not None:
            last = entry.state.get("intervalFrom")
            self._intervals.setdefault(of, from_text(last) if last else clock.now())
        else:
            self._intervals.pop(of, None)

    # --- periodic subscriptions --------------------------------------------------------------------------------------

    def next_periodic(self, now: datetime) -> float | None:
        """In how many seconds a periodic subscription is to be told; None when there is none."""
        waits = []
        for of, last in self._intervals.items():
            subscription = self.standing.newest(*of)
            if subscription is not None and subscription.interval_s is not None:
                waits.append(_left(last, subscription.interval_s, now))
        return min(waits, default=None)

    async def periodic(self, now: datetime) -> None:
        """Tell the periodic subscriptions whose time has come."""
        for of, last in list(self._intervals.items()):
            subscription = self.standing.newest(*of)
            if subscription is None or subscription.interval_s is None:
                continue
            if _left(last, subscription.interval_s, now) > 0:
                continue
            self._intervals[of] = now
            owner: Owner = (KIND, *of)
            state = self._courier.state(owner)
            state["intervalFrom"] = to_text(now)
            found = await asyncio.to_thread(self._fitting, subscription) if subscription.is_open(now) else []
            if not found:
                self._courier.note(owner)
                continue
            letters = [
                letter(
                    subscription,
                    found[start : start + MOST_PERIODIC],
                    id=notification_id(f"{of[0]}|{of[1]}", "every", to_text(now), start),
                    tx=self._cursor,
                    at=now,
                )
                for start in range(0, len(found), MOST_PERIODIC)
            ]
            overtaken = self._periodic.get(of, [])
            self._periodic[of] = [one.id for one in letters]
            self._courier.drop(overtaken)
            await self._courier.post(letters, Beside(replaced=overtaken, states={owner: dict(state)}))

    def _fitting(self, subscription: Subscription) -> list[Element]:
        """Everything that fits a subscription now, as it is told of it. Runs on a thread."""
        view = self._store.view(subscription.branch)
        found: dict[str, Document] = {}
        for question in subscription.questions:
            asked = question if question != Query() or not subscription.watched else Query(attrs=_names(subscription))
            found |= {document["id"]: document for document in view.documents(asked)}
        sight = self.sight(subscription)
        made: list[Element] = []
        for document in found.values():
            if subscription.form.system_times:
                document = self._timed(view, document)
            made += written(document, subscription, sight)
        return made


def _names(subscription: Subscription) -> tuple[str, ...]:
    return tuple(subscription.watched or ())


def _left(last: datetime, interval_s: float, now: datetime) -> float:
    """How many seconds are left of an interval; none where the clock was put back before it began."""
    gone = (now - last).total_seconds()
    return 0.0 if gone < 0 else interval_s - gone
