"""The @contexts of this server: fetched once, kept in the city file, compiled once (clauses 5.5.6, 5.13.1, 6.3.16).

A request's @context is made `ready` before the operation needs it: what it names is looked up in the city's book or
fetched on the event loop without holding it, and compiled on a thread. From then on `compiled` is one look-up. What
was fetched stands in the city file and serves after a restart without a network; it is asked for anew when its time is
over, and the old copy goes on serving while nobody answers. Requests that wait for one address share one fetch.

The core context and Madang's own are built in and never fetched. `ready` does not raise: an operation that has no use
for names does not fail for a context it never reads.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

from madang import clock
from madang.city import City
from madang.entities.context import (
    VOCABULARY_VERSION,
    Context,
    addresses_in,
    city_context,
    compile_context,
    is_core_url,
    looks_like_core_url,
)
from madang.errors import CallerError, MadangError
from madang.hub.outgoing import Outgoing
from madang.web.inthreads import in_thread
from madang.web.ngsi.contextbook import Book, Kept
from madang.web.ngsi.contextfetch import WITHIN_S, Fetched, fetch
from madang.web.ngsi.operations import NGSI_BASE

CONTEXT_PATH = f"/contexts/madang-{VOCABULARY_VERSION}.jsonld"
LATEST_CONTEXT_PATH = "/contexts/madang.jsonld"  # whatever is newest; answers name the version
HOSTED_PATH = NGSI_BASE + "jsonldContexts/"
COMPILED = 256  # compiled contexts in memory
DEPTH = 8  # contexts named inside contexts
DOCUMENTS = 32  # addresses one @context may pull in
FAILURES = 256
AGAIN_AFTER_S = 60.0  # how long an old copy serves before its address is asked again, when it did not answer
FLUSH_S = 5.0  # how often the counts of use are written

_HOSTED = re.compile(re.escape(HOSTED_PATH) + r"([^/?#]+)$")
log = logging.getLogger("madang.contexts")


@dataclass(slots=True)
class _Compiled:
    """What became of a context: its term table, or why there is none; and until when it holds."""

    outcome: Context | MadangError
    addresses: frozenset[str]
    until: float


class Contexts:
    """The contexts of one server by address or content; for the event loop only."""

    def __init__(
        self, load: Callable[[str], Any] | None = None, *, outgoing: Outgoing | None = None, fetching: bool = True
    ) -> None:
        self._load = load
        self._outgoing = outgoing if fetching else None
        self._compiled: OrderedDict[bytes, _Compiled] = OrderedDict()
        self._books: dict[Path, Book] = {}
        self._opening: dict[Path, asyncio.Task[Book]] = {}
        self._coming: dict[str, asyncio.Task[Fetched]] = {}
        self._failed: OrderedDict[str, MadangError] = OrderedDict()
        self._flushing: asyncio.TimerHandle | None = None
        self.city = city_context()

    # -- reading names ------------------------------------------------------------------------------------------------

    async def ready(self, named: Any, city: City) -> None:
        """Have all that a context names at hand, and the context compiled; `compiled` says what is wrong with it."""
        if is_own(named):
            return
        book = self._books.get(city.path) or await self.book(city)
        key = orjson.dumps(named)
        kept = self._compiled.get(key)
        if kept is None or isinstance(kept.outcome, MadangError) or kept.until <= _now():
            addresses = await self._collect(named, book)
            if self._compiled.get(key) is not kept or kept is None or isinstance(kept.outcome, MadangError):
                await in_thread(self._compile, key, named, addresses)
            else:
                kept.until = self._until(addresses)
        for address in addresses_in(named):
            if (found := self._found(address, book)) is not None:
                found.use(book)
                self._flush_later()

    async def check(self, named: Any, city: City) -> None:
        """Refuse a context that is wrong in itself; that something it names can't be had now is no fault of it."""
        await self.ready(named, city)
        try:
            self.compiled(named)
        except CallerError as wrong:
            if wrong.code in ("contexts.invalid", "contexts.no-address", "entities.context-shape"):
                raise

    def compiled(self, named: Any) -> Context:
        """The term table of a context given as URL, object or list; our own URL is answered from memory."""
        if is_own(named):
            return self.city
        key = orjson.dumps(named)
        found = self._compiled.get(key)
        if found is None:
            found = self._compile(key, named, frozenset())
        if isinstance(found.outcome, MadangError):
            raise type(found.outcome)(found.outcome.code, **found.outcome.facts)
        with suppress(KeyError):  # a thread that reads a large batch may meet an eviction
            self._compiled.move_to_end(key)
        return found.outcome

    def _compile(self, key: bytes, named: Any, addresses: frozenset[str]) -> _Compiled:
        try:
            outcome: Context | MadangError = compile_context(named, loader=self._document)
        except MadangError as wrong:
            outcome = wrong
        except RecursionError:
            outcome = CallerError("contexts.invalid", url="-", why="it is nested too deeply")
        found = self._compiled[key] = _Compiled(outcome, addresses, self._until(addresses))
        while len(self._compiled) > COMPILED:
            self._compiled.popitem(last=False)
        return found

    def _until(self, addresses: Iterable[str]) -> float:
        return min((found.until for one in addresses if (found := self._found(one)) is not None), default=float("inf"))

    def _document(self, address: str) -> Any:
        """The document at an address, for compiling."""
        if (found := self._found(address)) is not None:
            return {"@context": found.document}
        if address in self._failed:
            wrong = self._failed[address]
            raise type(wrong)(wrong.code, **wrong.facts)
        if self._load is not None:
            return self._load(address)
        raise CallerError("web.context-unavailable", url=address[:200])

    def _found(self, address: str, book: Book | None = None) -> Kept | None:
        """What is kept of an address: hosted here, or fetched before; first in this book, else in any."""
        hosted = _HOSTED.search(address)
        for one in (book,) if book is not None else self._books.values():
            found = one.by_id.get(unquote(hosted[1])) if hosted is not None else one.by_url.get(address)
            if found is not None:
                return found
        return None

    # -- having what is named -----------------------------------------------------------------------------------------

    async def _collect(self, named: Any, book: Book) -> frozenset[str]:
        """All addresses a context leads to, each at hand now or known to have failed."""
        seen: set[str] = set()
        wave = [one for one in addresses_in(named) if not is_own(one)]
        for _ in range(DEPTH):
            wave = [one for one in dict.fromkeys(wave) if one not in seen and not is_core_url(one)]
            if not wave or len(seen) + len(wave) > DOCUMENTS:
                break  # what is too much the compiler refuses
            seen.update(wave)
            await asyncio.gather(*(self._have(one, book) for one in wave))
            found = [(one, kept) for one in wave if (kept := self._found(one)) is not None]
            wave = [inner for one, kept in found for inner in addresses_in(kept.document, base=one)]
        return frozenset(seen)

    async def _have(self, address: str, book: Book) -> None:
        kept = self._found(address, book)
        if kept is not None and kept.until > _now():
            return
        elsewhere = self._found(address)
        if kept is None and elsewhere is not None and (_HOSTED.search(address) or elsewhere.until > _now()):
            if elsewhere.kind == "Cached":
                await book.keep(address, elsewhere.document, elsewhere.until)
            return
        if self._outgoing is None or self._load is not None or _HOSTED.search(address):
            return
        try:
            if looks_like_core_url(address):  # those that exist are built in; the others no server has
                raise CallerError("contexts.unavailable", url=address[:200], why="there is no such version")
            fetched = await self._fetched(address)
        except MadangError as wrong:
            if kept is not None:
                kept.until = _now() + AGAIN_AFTER_S
                log.warning("%s did not answer; the copy of %s goes on serving", address, kept.fetched_at)
                return
            self._failed[address] = wrong
            while len(self._failed) > FAILURES:
                self._failed.popitem(last=False)
            return
        await self._take(address, fetched, book)

    async def _take(self, address: str, fetched: Fetched, book: Book) -> Kept:
        self._failed.pop(address, None)
        kept, changed = await book.keep(address, fetched.document, fetched.until)
        if changed:
            self._forget(address)
        return kept

    async def _fetched(self, address: str) -> Fetched:
        """One fetch, shared by all who wait for it; that one of them leaves does not end it."""
        task = self._coming.get(address)
        if task is None:
            assert self._outgoing is not None
            task = self._coming[address] = asyncio.create_task(fetch(self._outgoing, address))
            task.add_done_callback(lambda _: self._coming.pop(address, None))
        return await asyncio.shield(task)

    def _forget(self, address: str) -> None:
        """Compile again what was made with a document that is another one now."""
        for key in [key for key, one in self._compiled.items() if address in one.addresses]:
            del self._compiled[key]

    # -- the books ----------------------------------------------------------------------------------------------------

    async def book(self, city: City) -> Book:
        """The contexts that a city's file keeps, read once."""
        found = self._books.get(city.path)
        if found is None:
            task = self._opening.get(city.path)
            if task is None:
                task = self._opening[city.path] = asyncio.create_task(in_thread(Book.open, city))
                task.add_done_callback(lambda _: self._opening.pop(city.path, None))
            found = self._books[city.path] = await asyncio.shield(task)
        return found

    async def reload(self, kept: Kept, book: Book) -> None:
        """Fetch one anew; when that fails the old one stays (5.13.5)."""
        assert kept.url is not None
        if self._outgoing is None:
            raise CallerError("web.context-unavailable", url=kept.url[:200])
        try:
            fetched = await self._fetched(kept.url)
        except MadangError as wrong:
            raise CallerError("contexts.unavailable", url=kept.url[:200], why=wrong.message("en")) from None
        await self._take(kept.url, fetched, book)

    async def remove(self, kept: Kept, book: Book) -> None:
        """Take one out of the book."""
        await book.remove(kept)
        for key, one in list(self._compiled.items()):
            if kept.url in one.addresses or any(address.endswith(kept.id) for address in one.addresses):
                del self._compiled[key]

    def hosted_as(self, named: Any, city: City) -> Kept | None:
        """A context that has no address, kept so that it has one: ImplicitlyCreated (5.13.1); after `ready`."""
        book = self._books.get(city.path)
        return None if book is None else book.imply(named)

    def _flush_later(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        for book in self._books.values():
            book.write_uses()


def is_own(named: Any) -> bool:
    """Whether a context is Madang's own, whichever host serves it; the core context beside it changes nothing.

    The core context alone is what a request without any is read by (5.5.7), so it means the same: Madang's own.
    """
    if isinstance(named, list):
        own = [part for part in named if not (isinstance(part, str) and is_core_url(part))]
        return is_core(named) or (len(own) == 1 and is_own(own[0]))
    if isinstance(named, str):
        return is_core_url(named) or named.endswith((CONTEXT_PATH, LATEST_CONTEXT_PATH))
    return named is None


def is_core(named: Any) -> bool:
    """Whether a context is the core context and nothing else."""
    parts = named if isinstance(named, list) else [named]
    return bool(parts) and all(isinstance(part, str) and is_core_url(part) for part in parts)


def _now() -> float:
    return clock.now().timestamp()


__all__ = ["CONTEXT_PATH", "HOSTED_PATH", "LATEST_CONTEXT_PATH", "WITHIN_S", "Contexts", "is_own"]
