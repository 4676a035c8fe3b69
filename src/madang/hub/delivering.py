"""Delivering: each endpoint has a queue and a task of its own, so one that is dead or slow delays nobody else.

Letters stand in the city's file; a queue holds the next of them in memory and reads more when it has sent those. What
one subscription is due goes out in order. A letter that was not taken is tried again, at longer and longer intervals,
and the queue waits with it; after too many tries, or too long, it is dead: kept with the reason, to be read and sent
again. A receiver that refuses a letter for what it says (400, 413, 415, 422) is asked three times. What came of
letters is written in groups, with the counters of their subscriptions; dying in between means that some are sent twice,
never that one is lost.

Endpoints that failed the last time share a few places, so that many of them waiting for an answer use up no connection
that others need. All waiting goes by `clock`; a clock that was put back ends a wait instead of prolonging it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from madang import clock
from madang.clock import to_text
from madang.errors import CallerError, MadangError
from madang.hub.mqtt import Mqtt
from madang.hub.outgoing import Outgoing, Unreachable
from madang.hub.queues import LONGEST_PAUSE_S, LOOK_EVERY_S, Lane
from madang.hub.subscriptions import MQTT
from madang.store import Store, outbox
from madang.store.outbox import Beside, Letter, Owner

log = logging.getLogger("madang.delivering")

IN_MEMORY = 500  # letters of one endpoint
SUSPECTS = 32  # endpoints that failed before and are under trial at once
WITHIN_S = 10.0
FIRST_PAUSE_S = 0.5
MOST_TRIES, LONGEST_HOURS = 30, 24
REFUSED_TRIES = 3
REFUSALS = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431, 501})
MOST_WAITING = 200_000  # letters in the outbox of a city, and dead ones
WRITE_EVERY_S = 0.02
ENDS_WITHIN_S = 1.0  # how long the end of a server waits for answers that are on their way
SETTLES_WITHIN_S = 0.15  # how long somebody who asks for counters waits for an answer that is just coming in


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the courier is, and how much may wait."""

    first_pause_s: float = FIRST_PAUSE_S
    longest_pause_s: float = LONGEST_PAUSE_S
    most_tries: int = MOST_TRIES
    longest_hours: float = LONGEST_HOURS
    most_waiting: int = MOST_WAITING
    within_s: float = WITHIN_S


class Courier:
    """Delivers the letters of one city; for its event loop only."""

    def __init__(
        self,
        store: Store,
        outgoing: Outgoing,
        *,
        mqtt: Mqtt | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._store, self._outgoing = store, outgoing
        self._mqtt = mqtt or Mqtt(allow_local=outgoing.allow_local)
        self.limits = limits or Limits()
        self._lanes: dict[str, Lane] = {}
        self._suspects = asyncio.Semaphore(SUSPECTS)
        self.states: dict[Owner, dict[str, Any]] = {}
        self._changed: set[Owner] = set()
        self._beside = Beside()
        self._dirty = asyncio.Event()
        self._answered = asyncio.Condition()
        self._asked_at: dict[Owner, float] = {}
        self.held: dict[Owner, Letter] = {}  # written, to be sent later, and not yet on its way
        self.delivered, self.failed = 0, 0  # letters taken and tries that failed, since the start
        self._writing: asyncio.Task[None] | None = None
        self._ending = False

    # --- beginning and ending ----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what waits in the file."""
        await asyncio.shield(asyncio.wrap_future(outbox.forget_orphans(self._store)))
        for letter in await asyncio.to_thread(outbox.held, self._store):
            self.held[letter.owner] = letter
        for endpoint in await asyncio.to_thread(outbox.endpoints, self._store):
            self._lane(endpoint).more = True
        self._writing = asyncio.create_task(self._keep_writing())

    async def stop(self) -> None:
        """End all deliveries, those under way if their answer does not come soon, and write what came of them."""
        self._ending = True
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S), self._answered:
                await self._answered.wait_for(lambda: not any(lane.under_way for lane in self._lanes.values()))
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if self._writing is not None:
            tasks.append(self._writing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        await self._write()
        await asyncio.to_thread(self._mqtt.close)

    # --- letters in --------------------------------------------------------------------------------------------------

    async def post(self, letters: Sequence[Letter], beside: Beside | None = None) -> None:
        """Put letters into the outbox, with whatever else that commit writes, and have them delivered."""
        what = beside or Beside()
        what.letters = list(letters)
        what.most = self.limits.most_waiting
        numbers = await asyncio.shield(asyncio.wrap_future(outbox.write(self._store, what)))
        self.take(replace(one, oid=numbers[one.id]) for one in letters)

    def take(self, letters: Iterable[Letter]) -> None:
        """Deliver letters that stand in the file."""
        for letter in letters:
            held = self.held.get(letter.owner)
            if held is not None and held.id == letter.id:
                self.held[letter.owner] = letter
            lane = self._lane(letter.endpoint)
            if self._amended(lane, letter):
                continue
            if letter.oid <= lane.last:
                continue  # numbers are given out in order, so it was read from the file together with the last
            if lane.more or lane.count >= IN_MEMORY:
                lane.more = lane.missed = True
            else:
                lane.add(letter)
                lane.last = letter.oid
            lane.woken.set()

    def _amended(self, lane: Lane, letter: Letter) -> bool:
        """Whether a letter that waits in memory took the new body."""
        if letter.oid > lane.last:
            return False
        queue = lane.queues.get(letter.owner, ())
        for place, one in enumerate(queue):
            if one.oid == letter.oid:
                queue[place] = letter  # type: ignore[index]  # there is one, so it is no empty tuple
                return True
        return letter.oid in lane.under_way

    def drop(self, ids: Iterable[str]) -> None:
        """Forget letters that others overtake; the file forgets them with the write of those."""
        gone = set(ids)
        if gone:
            for lane in self._lanes.values():
                lane.keep(lambda one: one.id not in gone)

    def close_for(self, owner: Owner, problem: str | None) -> None:
        """Send nothing more for a subscription: its letters die with a reason, or, without one, are thrown away."""
        for lane in self._lanes.values():
            lane.count -= len(lane.queues.pop(owner, ()))
        self.held.pop(owner, None)
        if problem is None:
            self._beside.removed.append(owner)
            self.states.pop(owner, None)
            self._changed.discard(owner)
        else:
            self._beside.closed.append((owner, problem))
        self._dirty.set()

    def look_again(self, endpoints: Iterable[str]) -> None:
        """Read the letters of some endpoints from the file again, and try them at once."""
        self._written_before = frozenset()  # dead letters that wait again are among them
        for endpoint in endpoints:
            lane = self._lane(endpoint)
            lane.more = lane.missed = True
            lane.last = 0
            lane.keep(lambda one: False)
            lane.failures, lane.failed_at = 0, None
            lane.woken.set()

    def wake(self) -> None:
        """Have every queue look at the clock again."""
        for lane in self._lanes.values():
            lane.woken.set()

    # --- what came of it ---------------------------------------------------------------------------------------------

    def state(self, owner: Owner) -> dict[str, Any]:
        """What came of an entry so far: counters and times (5.2.14.2)."""
        return self.states.setdefault(owner, {})

    def note(self, owner: Owner, **told: Any) -> None:
        """Note something about an entry; written with the next group."""
        self.state(owner).update(told)
        self._changed.add(owner)
        self._dirty.set()

    async def settled(self, owner: Owner) -> None:
        """Wait a moment for an answer that is under way, so that who has just been notified reads that he was."""
        asked = self._asked_at.get(owner)
        if asked is None:
            return
        left = SETTLES_WITHIN_S - (clock.elapsed_s() - asked)
        if left <= 0:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(left), self._answered:
                await self._answered.wait_for(lambda: owner not in self._asked_at)

    async def idle(self) -> None:
        """Wait until nothing can be sent before more time has passed, or more letters have come."""
        async with self._answered:
            await self._answered.wait_for(
                lambda: all(lane.resting and not lane.woken.is_set() for lane in self._lanes.values())
            )

    # --- one endpoint ------------------------------------------------------------------------------------------------

    def _lane(self, endpoint: str) -> Lane:
        lane = self._lanes.get(endpoint)
        if lane is None:
            lane = self._lanes[endpoint] = Lane(endpoint)
            lane.task = asyncio.create_task(self._work(lane))
        return lane

    async def _work(self, lane: Lane) -> None:
        while True:
            try:
                await self._work_off(lane)
                return
            except asyncio.CancelledError:
                raise
            except Exception:  # a defect; the letters stand in the file
                log.exception("delivering to %s failed", lane.endpoint)
                lane.keep(lambda one: False)
                lane.under_way.clear()
                lane.last, lane.more = 0, True
                await asyncio.sleep(LOOK_EVERY_S)

    async def _work_off(self, lane: Lane) -> None:
        while True:
            lane.woken.clear()
            chosen = [] if self._ending else lane.pick(clock.now())
            if chosen:
                await asyncio.gather(*(self._deliver(lane, letter) for letter in chosen))
                continue
            if lane.more and lane.count < IN_MEMORY // 2 and lane.failed_at is None:
                before = lane.count
                await self._read_more(lane)
                if lane.count > before:
                    continue
            wait = lane.wait_s(clock.now())
            if wait is None and lane.more:
                await self._read_more(lane)
                continue
            if wait is None:
                del self._lanes[lane.endpoint]
            lane.resting = True
            async with self._answered:
                self._answered.notify_all()
            if wait is None:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.woken.wait(), wait)
            lane.resting = False

    async def _read_more(self, lane: Lane) -> None:
        lane.missed = False
        known = {one.oid for queue in lane.queues.values() for one in queue} | set(lane.under_way)
        found = await asyncio.to_thread(outbox.waiting, self._store, lane.endpoint, after=lane.last, most=IN_MEMORY)
        acknowledged = {*self._beside.delivered, *(oid for oid, _, _ in self._beside.dead)}
        acknowledged |= self._being_written | self._written_before
        for letter in found:
            if letter.oid not in known and letter.oid not in acknowledged:
                lane.add(letter)
            lane.last = max(lane.last, letter.oid)
        lane.more = lane.missed or len(found) == IN_MEMORY

    async def _deliver(self, lane: Lane, letter: Letter) -> None:
        owner, now = letter.owner, clock.now()
        held = self.held.get(owner)
        if held is not None and held.id == letter.id:
            letter = held  # with the newest of what it was held for
            del self.held[owner]
        if letter.tries == 0:
            state = self.state(owner)
            self.note(owner, timesSent=state.get("timesSent", 0) + 1, lastNotification=to_text(now))
        self._asked_at[owner] = clock.elapsed_s()
        try:
            if lane.failures:
                async with self._suspects:
                    problem, status = await self._send(letter)
            else:
                problem, status = await self._send(letter)
        finally:
            lane.under_way.pop(letter.oid, None)
        now = clock.now()
        if problem is None:
            lane.failures, lane.failed_at = 0, None
            self._beside.delivered.append(letter.oid)
            self.delivered += 1
            self.note(owner, status="ok", lastSuccess=to_text(now))
        else:
            self._failed(lane, letter, problem, status, now)
        self._asked_at.pop(owner, None)
        async with self._answered:
            self._answered.notify_all()

    def _failed(self, lane: Lane, letter: Letter, problem: str, status: int | None, now: datetime) -> None:
        owner, tries = letter.owner, letter.tries + 1
        self.failed += 1
        state = self.state(owner)
        self.note(owner, status="failed", lastFailure=to_text(now), timesFailed=state.get("timesFailed", 0) + 1)
        hours = (now - letter.made) / timedelta(hours=1)
        is_refused = status in REFUSALS or status == 0
        if (
            status == 0
            or (is_refused and tries >= REFUSED_TRIES)
            or tries >= self.limits.most_tries
            or hours >= self.limits.longest_hours
        ):
            self._beside.dead.append((letter.oid, tries, problem))
            lane.failures = 0 if is_refused else lane.failures
            lane.failed_at = None if is_refused else lane.failed_at
            self._dirty.set()
            return
        lane.failures += 1
        pause = min(self.limits.first_pause_s * 2 ** min(lane.failures - 1, 20), self.limits.longest_pause_s)
        lane.pause_s = max(pause, letter.manner.get("cooldown_ms", 0) / 1000)
        lane.failed_at = now
        lane.add(replace(letter, tries=tries), first=True)
        again = now + timedelta(seconds=lane.pause_s)
        self._beside.tried.append((letter.oid, tries, again, problem))
        self._dirty.set()

    async def _send(self, letter: Letter) -> tuple[str | None, int | None]:
        """Why a letter was not taken, and the status that was answered; (None, …) when it was. 0 is "never"."""
        within_s = min(letter.manner.get("timeout_ms", self.limits.within_s * 1000) / 1000, 120.0)
        try:
            if letter.endpoint.partition(":")[0] in MQTT:
                await self._mqtt.send(letter.endpoint, letter.manner, letter.body, within_s=within_s)
                return None, None
            answer = await self._outgoing.request(
                "POST", letter.endpoint, headers=letter.manner["headers"], body=letter.body, within_s=within_s,
                largest=1 << 20,
            )  # fmt: skip
        except Unreachable as problem:
            return str(problem), None
        except (CallerError, MadangError) as problem:
            return str(problem), 0
        if 200 <= answer.status < 300:
            return None, answer.status
        return f"HTTP {answer.status}", answer.status

    # --- writing in groups -------------------------------------------------------------------------------------------

    _being_written: frozenset[int] = frozenset()
    _written_before: frozenset[int] = frozenset()  # a read that began before may still have seen these

    async def _keep_writing(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(WRITE_EVERY_S)
            await self._write()

    async def flush(self) -> None:
        """Write now what came of letters so far."""
        await self._write()

    async def _write(self) -> None:
        self._dirty.clear()
        what, self._beside = self._beside, Beside()
        owners, self._changed = self._changed, set()
        what.states = {owner: dict(self.states[owner]) for owner in owners if owner in self.states}
        if what.is_empty():
            return
        self._being_written = frozenset((*what.delivered, *(oid for oid, _, _ in what.dead)))
        try:
            await asyncio.shield(asyncio.wrap_future(outbox.write(self._store, what)))
        except MadangError as problem:  # the disk is full, or the file is gone: nothing of it is forgotten
            log.error("what came of notifications can't be written: %s", problem)
            self._beside = _joined(what, self._beside)
            self._changed |= owners
            await asyncio.sleep(LOOK_EVERY_S)
            self._dirty.set()
        finally:
            self._written_before, self._being_written = self._being_written, frozenset()


def _joined(first: Beside, then: Beside) -> Beside:
    return Beside(
        delivered=[*first.delivered, *then.delivered],
        tried=[*first.tried, *then.tried],
        dead=[*first.dead, *then.dead],
        closed=[*first.closed, *then.closed],
        removed=[*first.removed, *then.removed],
    )
