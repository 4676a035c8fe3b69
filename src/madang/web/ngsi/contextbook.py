"""The contexts one city keeps, by id and by address: hosted, implicitly created, cached (clause 5.13.1).

What was said of a context stands in the hub's book of the city file under the kind "context", on main for all branches;
what came of it (how often it was used, until when a copy is fresh) beside it, without a transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Self

import orjson

from madang import clock
from madang.city import City
from madang.errors import CallerError
from madang.store.branches import MAIN

CACHED, HOSTED, IMPLICIT = "Cached", "Hosted", "ImplicitlyCreated"
KINDS = (CACHED, HOSTED, IMPLICIT)
MOST = {CACHED: 256, HOSTED: 1000, IMPLICIT: 1000}  # of a kind in one city
ACTOR = "madang"
FOREVER = float("inf")


class Kept:
    """One context: its document (the value of @context), where it came from, and how it was used."""

    __slots__ = (
        "_last", "_last_said", "created_at", "document", "fetched_at", "hits", "id", "kind", "sha256", "until", "url",
    )  # fmt: skip

    def __init__(self, id: str, doc: dict[str, Any], state: dict[str, Any]) -> None:
        self.id = id
        self.kind: str = doc["kind"]
        self.url: str | None = doc.get("url")
        self.created_at: str = doc["createdAt"]
        self.fetched_at: str = doc.get("fetchedAt", self.created_at)
        self.document: Any = doc["document"]
        self.sha256: str = doc["sha256"]
        self.hits: int = state.get("hits", 0)
        self._last_said: str | None = state.get("lastUsage")
        self._last: datetime | None = None
        self.until: float = state.get("until", doc.get("until", FOREVER if self.kind != CACHED else 0.0))

    def use(self, book: Book) -> None:
        """Count one use."""
        self.hits += 1
        self._last = clock.now()  # made text when somebody asks: every request that names it comes by
        book.used.add(self.id)

    @property
    def last_used(self) -> str | None:
        """When it was last used, in this life of the server or before."""
        return self._last_said if self._last is None else clock.to_text(self._last)

    def doc(self) -> dict[str, Any]:
        """What is said of it in the book."""
        said: dict[str, Any] = {"kind": self.kind, "createdAt": self.created_at, "sha256": self.sha256}
        if self.url is not None:
            said |= {"url": self.url, "fetchedAt": self.fetched_at, "until": self.until}
        return {**said, "document": self.document}

    def state(self) -> dict[str, Any]:
        """What came of it."""
        found: dict[str, Any] = {"hits": self.hits}
        if self.last_used is not None:
            found["lastUsage"] = self.last_used
        if self.kind == CACHED:
            found["until"] = self.until
        return found

    def expires_at(self) -> str | None:
        """When a copy is to be asked for anew."""
        if self.kind != CACHED or self.until == FOREVER:
            return None
        return clock.to_text(datetime.fromtimestamp(self.until, UTC))


class Book:
    """The contexts of one city; for the event loop only."""

    def __init__(self, city: City, kept: list[Kept]) -> None:
        self._city = city
        self.by_id = {one.id: one for one in kept}
        self.by_url = {one.url: one for one in kept if one.url is not None}
        self.used: set[str] = set()

    @classmethod
    def open(cls, city: City) -> Self:
        """What the file keeps."""
        found = city.store.entries("context", MAIN)
        return cls(city, [Kept(entry.id, entry.doc, entry.state) for entry in found])

    def find(self, name: str) -> Kept | None:
        """One by its id or by the address it was fetched from."""
        return self.by_id.get(name) or self.by_url.get(name)

    async def host(self, document: Any) -> Kept:
        """Keep what a client brought."""
        return await self._add(_new_id(), HOSTED, document)

    def imply(self, document: Any) -> Kept:
        """Keep a context that came without an address; the same content is the same context.

        It is queued for the file before an answer can name it, and nobody waits for the disk.
        """
        id = f"urn:ngsi-ld:Context:{_digest(document)[:32]}"
        found = self.by_id.get(id)
        if found is None:
            found = self._new(id, IMPLICIT, document)
            self._submit(found)
        return found

    async def keep(self, url: str, document: Any, until: float) -> tuple[Kept, bool]:
        """Keep what was fetched; says whether it is new or another than before."""
        before = self.by_url.get(url)
        if before is None:
            return await self._add(_new_id(), CACHED, document, url=url, until=until), True
        digest, before.until = _digest(document), until
        self.used.add(before.id)
        if digest == before.sha256:
            return before, False
        before.document, before.sha256, before.fetched_at = document, digest, clock.to_text(clock.now())
        await self._write(before)
        return before, True

    async def remove(self, kept: Kept) -> None:
        """Take one out."""
        self.by_id.pop(kept.id, None)
        if kept.url is not None:
            self.by_url.pop(kept.url, None)
        if self._city.store.is_writable:
            store = self._city.store
            await asyncio.wrap_future(
                store.submit(
                    lambda tx: tx.remove_entry("context", kept.id), actor=ACTOR, reason="NGSI-LD drop @context"
                )
            )

    def write_uses(self) -> None:
        """Have the counts written that changed since."""
        used, self.used = self.used, set()
        store = self._city.store
        for id in used:
            if (kept := self.by_id.get(id)) is not None and store.is_writable:
                store.set_entry_state("context", id, kept.state(), MAIN)

    async def _add(self, id: str, kind: str, document: Any, *, url: str | None = None, until: float = FOREVER) -> Kept:
        kept = self._new(id, kind, document, url=url, until=until)
        await self._write(kept)
        return kept

    def _new(self, id: str, kind: str, document: Any, *, url: str | None = None, until: float = FOREVER) -> Kept:
        self._make_room(kind)
        now = clock.to_text(clock.now())
        doc = {"kind": kind, "createdAt": now, "sha256": _digest(document), "document": document}
        kept = Kept(id, doc | ({"url": url} if url else {}), {"until": until})
        self.by_id[id] = kept
        if url is not None:
            self.by_url[url] = kept
        return kept

    def _make_room(self, kind: str) -> None:
        """Copies give way to newer ones, the least used first; what clients put here does not."""
        there = [one for one in self.by_id.values() if one.kind == kind]
        if len(there) < MOST[kind]:
            return
        if kind == HOSTED:
            raise CallerError("contexts.full", most=MOST[kind])
        oldest = min(there, key=lambda one: one.last_used or one.created_at)
        self.by_id.pop(oldest.id, None)
        if oldest.url is not None:
            self.by_url.pop(oldest.url, None)
        if self._city.store.is_writable:
            self._city.store.submit(
                lambda tx: tx.remove_entry("context", oldest.id), actor=ACTOR, reason="NGSI-LD drop @context"
            )

    async def _write(self, kept: Kept) -> None:
        written = self._submit(kept)
        if written is not None:
            await asyncio.wrap_future(written)

    def _submit(self, kept: Kept) -> Future[None] | None:
        store = self._city.store
        if not store.is_writable:  # a city that is only read keeps it in memory
            return None
        doc = {name: part for name, part in kept.doc().items() if part != FOREVER}
        return store.submit(
            lambda tx: tx.put_entry("context", kept.id, doc), actor=ACTOR, reason="NGSI-LD keep @context"
        )


def _digest(document: Any) -> str:
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _new_id() -> str:
    return f"urn:ngsi-ld:Context:{uuid.uuid4()}"
