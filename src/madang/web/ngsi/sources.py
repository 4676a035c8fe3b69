"""What this server keeps of other sources while it runs: each tenant's book of registrations, and how sources fare.

The book is read once and again after a registration was written; an operation in a tenant without registrations costs
one look. Counters of a registration (5.2.9: timesSent, status …) grow here and are written beside the transactions
after a pause. A source that failed rests for its cooldown; answers are kept for its cacheDuration (5.2.34).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madang import clock
from madang.city import City
from madang.clock import to_text
from madang.hub.pseudonym import pseudonym
from madang.hub.registrations import Book, Registration, compiled
from madang.web.exchange import Reply, Request
from madang.web.ngsi.mapbook import MapBook

FLUSH_AFTER_S = 1.0
MOST_KEPT = 512  # cached answers
LARGEST_KEPT = 1 << 20

Here = Callable[[Request], Awaitable[Reply]]


@dataclass(slots=True)
class Kept:
    """An answer of a source that may serve again for a while."""

    body: bytes
    headers: dict[str, str]
    until: float


@dataclass(slots=True)
class _Fare:
    """How a source fares: what is not yet written of its counters, and until when it rests."""

    state: dict[str, Any]
    rests_until: float = 0.0
    is_new: bool = False


class Sources:
    """The sources of all tenants of one server; for its event loop only."""

    def __init__(self) -> None:
        self.here: Here | None = None  # answers a request in this process, for sources that are tenants of this server
        self._books: dict[City, tuple[int, Book]] = {}
        self._aliases: dict[City, str] = {}
        self._ends: dict[City, tuple[int, datetime | None]] = {}
        self._fares: dict[tuple[City, str], _Fare] = {}
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self.maps = MapBook()
        self._flushing: asyncio.TimerHandle | None = None

    def book(self, city: City) -> Book:
        """The registrations of a tenant."""
        turn = city.store.entries_turn("registration")
        kept = self._books.get(city)
        if kept is not None and kept[0] == turn:
            return kept[1]
        entries = city.store.entries("registration", city.branch_name)
        book = Book(compiled(entry.doc, tx=entry.tx) for entry in entries)
        self._books[city] = (turn, book)
        for entry in entries:
            self._fares.setdefault((city, entry.id), _Fare(dict(entry.state)))
        return book

    def next_end(self, city: City) -> datetime | None:
        """When the next registration of a city ends, in whichever branch."""
        turn = city.store.entries_turn("registration")
        kept = self._ends.get(city)
        if kept is None or kept[0] != turn:
            ends = [compiled(entry.doc).expires_at for entry in city.store.entries("registration")]
            kept = self._ends[city] = (turn, min((end for end in ends if end is not None), default=None))
        return kept[1]

    def alias(self, city: City) -> str:
        """The name that a tenant bears in Via headers; it stays as long as the file lives."""
        found = self._aliases.get(city)
        if found is None:
            found = self._aliases[city] = pseudonym(city.tenant, city.store.city.uuid[:8])  # as `identity.alias` says
        return found

    # -- how sources fare ---------------------------------------------------------------------------------------------

    def state(self, city: City, id: str) -> dict[str, Any]:
        """The counters of a registration as they are now."""
        fare = self._fares.get((city, id))
        return fare.state if fare is not None else {}

    def forget(self, city: City, id: str) -> None:
        """A registration is gone."""
        self._fares.pop((city, id), None)

    def rests(self, city: City, registration: Registration) -> bool:
        """Whether a source that failed is still left in peace."""
        fare = self._fares.get((city, registration.id))
        return fare is not None and fare.rests_until > clock.elapsed_s()

    def note(self, city: City, registration: Registration, *, well: bool, silent: bool = False) -> None:
        """Count a request to a source, and let it rest if it did not answer."""
        fare = self._fares.setdefault((city, registration.id), _Fare({}))
        state, now = fare.state, to_text(clock.now())
        state["timesSent"] = state.get("timesSent", 0) + 1
        if well:
            state |= {"lastSuccess": now, "status": "ok"}
        else:
            state |= {"timesFailed": state.get("timesFailed", 0) + 1, "lastFailure": now, "status": "failed"}
        if silent and registration.cooldown_s:
            fare.rests_until = clock.elapsed_s() + registration.cooldown_s
        fare.is_new = True
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        for (city, id), fare in self._fares.items():
            if fare.is_new and city.store.is_writable:
                fare.is_new = False
                city.store.set_entry_state("registration", id, dict(fare.state), city.branch_name)

    # -- answers that are kept ----------------------------------------------------------------------------------------

    def kept(self, key: tuple[str, ...]) -> Kept | None:
        """An answer that is still good."""
        found = self._kept.get(key)
        if found is not None and found.until <= clock.elapsed_s():
            del self._kept[key]
            return None
        return found

    def keep(self, key: tuple[str, ...], body: bytes, headers: dict[str, str], seconds: float) -> None:
        """Keep an answer, the oldest giving way."""
        if len(body) > LARGEST_KEPT:
            return
        self._kept[key] = Kept(body, headers, clock.elapsed_s() + seconds)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
