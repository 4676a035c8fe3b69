"""Feeds over HTTP: asked at their beat, within the day's quota, and going on where they stood.

Where the feed stands (the last moment that was asked for whole, how many requests the day has had) is kept with its
state after the readings are in the file. Killed in between, it asks for that moment once more; readings that are there
are not written twice. So a restart leaves neither a hole nor a double.

What keeps a service from answering decides when it is asked again: a key that is not taken, in an hour; a quota that is
used up, after midnight in Seoul; anything else, after a pause that doubles up to ten minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from madang import clock
from madang.errors import DataError, FileError, MadangError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.envelopes import Opened, Trouble, opened
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.paths import MISSING, find
from madang.sources.feeds.requests import MOST_PAGES, Request, next_day, request_of, told
from madang.sources.feeds.rules import Decoded, Message, read_all
from madang.sources.feeds.tally import Tally

WITHIN_S = 30.0
AGAIN_S, LONGEST_AGAIN_S, KEY_AGAIN_S = 5.0, 600.0, 3600.0
Ask = Callable[[str, dict[str, str]], Awaitable[tuple[int, bytes]]]
Pause = Callable[[float], Awaitable[None]]


class Refused(Exception):
    """The service did not give what was asked; `again_s`: when to ask again, None for the usual pause."""

    def __init__(self, error: MadangError, *, again_s: float | None = None) -> None:
        super().__init__(error.code)
        self.error, self.again_s = error, again_s


async def run(feed: Feed, intake: Intake, tally: Tally, *, ask: Ask, pause: Pause = asyncio.sleep) -> None:
    """Feed the city until cancelled."""
    poll = Poll(feed, intake, tally, ask)
    failures = 0
    while True:
        try:
            wait = await poll.round()
            failures = 0
        except Refused as refused:
            tally.connected(False)
            tally.problem(refused.error)
            failures += 1
            wait = refused.again_s or min(LONGEST_AGAIN_S, AGAIN_S * 2.0 ** min(failures - 1, 12))
        await pause(wait)


class Poll:
    """One polling feed between its rounds."""

    def __init__(self, feed: Feed, intake: Intake, tally: Tally, ask: Ask) -> None:
        self._feed, self._intake, self._tally, self._ask = feed, intake, tally, ask
        self._request: Request = request_of(feed)

    async def round(self) -> float:
        """Ask for all that is due, and say in how many seconds something is due again."""
        secrets = {name: str(self._feed.secret(name)) for name in self._feed.secrets}
        slots = self._request.slots
        if slots is None:
            await self._one(secrets, None)
            return self._request.every_s
        position = self._tally.position
        last = clock.from_text(position) if isinstance(position, str) else None
        for slot in list(slots.due(last, clock.now())):
            await self._one(secrets, slot)
            self._tally.moved_to(clock.to_text(slot))
        now = clock.now()
        return max(1.0, (slots.next_after(now) - now).total_seconds())

    async def _one(self, secrets: Mapping[str, str], slot: datetime | None) -> None:
        """One moment, or the present, with all its pages: all of it is in the file when this returns."""
        pages = self._request.pages
        page = pages.first if pages else None
        seen = 0
        for _ in range(MOST_PAGES):
            answer, sample = await self._answer(self._request.address(secrets, page=page, slot=slot), secrets)
            at = clock.now()
            decoded = Decoded()
            if answer.trouble is None:
                decoded = read_all(self._request.rules, Message(answer.body, at), self._intake.known)
            self._tally.connected(True)
            self._tally.received(1, at)
            await asyncio.to_thread(self._intake.take, decoded, sample=sample)
            if pages is None or page is None or answer.trouble is not None or not decoded.records:
                return
            seen += pages.size
            total = find(pages.total, answer.body) if pages.total else MISSING
            known = int(total) if isinstance(total, int | str) and str(total).isdigit() else None
            if (known is not None and seen >= known) or (known is None and decoded.records < pages.size):
                return
            page += 1

    async def _answer(self, url: str, secrets: Mapping[str, str]) -> tuple[Opened, bytes]:
        self._count_request()
        where = told(url, secrets)
        try:
            status, body = await self._ask(url, self._request.heads(secrets))
        except MadangError as problem:  # its sentence would name the address, and with it the key
            why = str(problem.facts.get("why") or problem.code)
            for key in secrets.values():
                why = why.replace(key, "…")
            raise Refused(FileError("feeds.unreachable", address=where, why=why)) from None
        if status == 429:
            raise Refused(FileError("feeds.http-status", address=where, status=status), again_s=LONGEST_AGAIN_S)
        if status in (401, 403) and self._request.envelope == "plain":
            raise Refused(FileError("feeds.http-status", address=where, status=status), again_s=KEY_AGAIN_S)
        if status >= 400 and self._request.envelope == "plain":
            raise Refused(FileError("feeds.http-status", address=where, status=status))
        try:
            answer = opened(body, self._request.form, self._request.envelope)
        except DataError as wrong:
            self._tally.refuse(wrong, body)
            if status >= 400:
                wrong = DataError("feeds.http-status", address=where, status=status)
            raise Refused(wrong) from None
        self._judge(answer, body)
        return answer, body[:1000]

    def _judge(self, answer: Opened, body: bytes) -> None:
        if answer.trouble is None or answer.trouble is Trouble.NOTHING:
            return
        said: dict[str, Any] = {"reason": answer.reason[:200] or "-", "service_code": answer.code or "-"}
        if answer.trouble is Trouble.KEY:
            raise Refused(FileError("feeds.key-refused", **said), again_s=KEY_AGAIN_S)
        if answer.trouble is Trouble.QUOTA:
            raise self._used_up(said["reason"])
        error = FileError("feeds.service-error", **said)
        self._tally.refuse(error, body)
        raise Refused(error)

    # --- the day's quota ---------------------------------------------------------------------------------------------

    def _count_request(self) -> None:
        """Count a request to the day; refuse the one that would be too many, before it is sent."""
        now = clock.now()
        today = now.astimezone(self._request.zone).date().isoformat()
        day = self._tally.noted("day")
        asked = int(day["asked"]) if isinstance(day, dict) and day.get("date") == today else 0
        if self._request.a_day is not None and asked >= self._request.a_day:
            raise self._used_up(f"aDay {self._request.a_day}")
        self._tally.note(day={"date": today, "asked": asked + 1})

    def _used_up(self, reason: str) -> Refused:
        now = clock.now()
        until = next_day(now, self._request.zone) + timedelta(minutes=1)
        error = FileError("feeds.quota-used-up", reason=reason, until=clock.to_text(until))
        return Refused(error, again_s=(until - now).total_seconds())
