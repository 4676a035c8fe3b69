"""Entity maps as they are kept (clause 5.5.14): at hand while the server runs, and in the hub's book over its end.

A map is an outcome and nobody's word: it is written beside the transactions, so a question leaves no mark in the log.
Each city keeps a bounded number of them, the one that ends first giving way; one that is very large stays in memory.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from madang import clock
from madang.city import City
from madang.clock import from_text, to_text
from madang.store import Store
from madang.store.hubbook import Entry

KIND: Final = "entity-map"
MOST_AT_HAND = 1000  # maps of all tenants together
MOST_WRITTEN = 1000  # maps of a city, those of its branches among them
LARGEST_WRITTEN = 20_000  # entities of a map that is written


@dataclass(slots=True)
class EntityMap:
    """The ids of a query's entities in the order of its pages, each with the sources that have it (5.2.39)."""

    id: str
    tenant: str
    expires_at: datetime
    entities: dict[str, list[str]]  # "@none" names this source
    linked: dict[str, str] = field(default_factory=dict)
    temporal: bool = False


class MapBook:
    """The entity maps of one server; for its event loop only."""

    def __init__(self) -> None:
        self._at_hand: OrderedDict[str, EntityMap] = OrderedDict()
        self._written: dict[Store, dict[tuple[str, str], datetime]] = {}  # by branch and id: when each ends

    def add(self, city: City, made: EntityMap) -> None:
        """Keep a map, new or changed."""
        self._hold(made)
        if not city.store.is_writable or len(made.entities) > LARGEST_WRITTEN:
            return
        written = self._written_of(city)
        written[city.branch_name, made.id] = made.expires_at
        city.store.keep_entry(KIND, made.id, _doc_of(made), city.branch_name)
        while len(written) > MOST_WRITTEN:
            self._drop(city, min(written, key=lambda of: written[of]))

    def find(self, city: City, id: str) -> EntityMap | None:
        """A map of a tenant that has not expired."""
        found = self._at_hand.get(id)
        is_kept = (city.branch_name, id) in self._written_of(city)  # what was taken out may still stand in the book
        if found is None and is_kept:
            entry = city.store.entry(KIND, id, city.branch_name)
            if entry is not None:
                found = _map_of(entry, city.tenant)
                self._hold(found)
        if found is None or found.tenant != city.tenant:
            return None
        if found.expires_at <= clock.now():
            self.remove(city, found)
            return None
        return found

    def remove(self, city: City, kept: EntityMap) -> None:
        """Take a map out."""
        self._at_hand.pop(kept.id, None)
        if city.store.is_writable:
            self._drop(city, (city.branch_name, kept.id))

    async def sweep(self, city: City) -> None:
        """Take away the maps of a city and its branches whose time is over."""
        now = clock.now()
        for id in [id for id, one in self._at_hand.items() if one.expires_at <= now]:
            del self._at_hand[id]
        if city.store not in self._written:
            entries = await asyncio.to_thread(city.store.entries, KIND, None)
            ends = {(one.branch, one.id): from_text(one.doc["expiresAt"]) for one in entries}
            self._written[city.store] = ends | self._written.get(city.store, {})
        for of in [of for of, end in self._written[city.store].items() if end <= now]:
            self._drop(city, of)

    def _written_of(self, city: City) -> dict[tuple[str, str], datetime]:
        if city.store not in self._written:
            entries = city.store.entries(KIND)
            self._written[city.store] = {(one.branch, one.id): from_text(one.doc["expiresAt"]) for one in entries}
        return self._written[city.store]

    def _drop(self, city: City, of: tuple[str, str]) -> None:
        if self._written_of(city).pop(of, None) is not None:
            city.store.drop_entry(KIND, of[1], of[0])

    def _hold(self, one: EntityMap) -> None:
        self._at_hand[one.id] = one
        while len(self._at_hand) > MOST_AT_HAND:
            self._at_hand.popitem(last=False)


def _doc_of(made: EntityMap) -> dict[str, Any]:
    doc = {"expiresAt": to_text(made.expires_at), "entities": dict(made.entities), "linked": dict(made.linked)}
    return doc | ({"temporal": True} if made.temporal else {})


def _map_of(entry: Entry, tenant: str) -> EntityMap:
    doc, ends = entry.doc, from_text(entry.doc["expiresAt"])
    return EntityMap(entry.id, tenant, ends, doc["entities"], doc["linked"], temporal=doc.get("temporal", False))
