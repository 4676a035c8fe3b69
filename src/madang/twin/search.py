"""Finding entities by name, address, code or id.

What is written is folded: spaces, hyphens, other marks and capitals do not count, so 삼평동 541-1 and 삼평동5411 are
one; a text of initial consonants alone (ㅅㅍㄷ) is looked for among the initials of names. A whole name stands before
the beginning of one, and that before a part of one; among equals places stand before other things of the city, then
observations, then records; then names before addresses, codes and ids, and the shorter text first.

The names are kept in memory, as one long text that Python's own search goes through: the store's index knows whole
values, not parts of them. Main is read once; what transactions change since, and what a branch has otherwise, is read
anew and searched beside it. Readings change no name and are passed over.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import orjson

from madang.entities import vocabulary
from madang.entities.entity import ENTITY_MEMBERS, Document, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.geometry.flat import Ints
from madang.store import Store, View
from madang.twin.naming import first_type, label_of_type, name_of, point_of

MOST_HITS = 100
MOST_TEXT = 200
MOST_CHANGED = 20_000
MAIN = "main"
FIELDS = ("name", "address", "code", "id")
NAME, ADDRESS, CODE, ID = range(4)
PLACE, CITY, OBSERVED, RECORD = range(4)
NAMED = frozenset({"name", "title", "alternateName", "text"})
CODED = frozenset({"code", "pnu", "serialNumber"})
URN = "urn:ngsi-ld:"

_MARKS = re.compile(r"[\W_]+")
_ONLY_INITIALS = re.compile("[ㄱ-ㅎ]+")
_INITIALS = {0xAC00 + n: "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"[n // 588] for n in range(11172)}

Line = tuple[int, str]  # field, folded text


@dataclass(frozen=True)
class Hit:
    """One entity that was found, and by what."""

    id: str
    type: str
    name: Mapping[str, str] | None
    address: str | None
    at: tuple[float, float] | None
    matched: str

    def as_json(self) -> dict[str, Any]:
        """The hit as plain JSON."""
        lon, lat = self.at or (None, None)
        return {
            "id": self.id,
            "type": self.type,
            "label": label_of_type(self.type),
            "name": None if self.name is None else dict(self.name),
            "address": self.address,
            "lon": lon,
            "lat": lat,
            "matched": self.matched,
        }


def search(store: Store, branch: str, text: str, *, limit: int = 20) -> list[Hit]:
    """The entities of a branch that a text may mean, the likeliest first."""
    view = store.view(branch)
    wanted = text.strip()[:MOST_TEXT]
    asked = folded(_local(wanted))
    if not asked:
        return []
    found = _find(store, branch, asked, limit)
    hits = (_hit(view, id, FIELDS[field]) for id, field in found)
    return [hit for hit in hits if hit is not None]


def folded(text: str) -> str:
    """A text as it is compared: composed Hangul, small letters, without spaces and marks."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _MARKS.sub("", text.casefold())


def initials(text: str) -> str:
    """A folded text with the initial consonant in place of every syllable: 삼평동 is ㅅㅍㄷ."""
    return text.translate(_INITIALS)


# --- what is compared -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entity can be found by, and how early it stands among equals."""

    rank: int
    lines: tuple[Line, ...]


def _entry(document: Document) -> _Entry:
    lines: list[Line] = []
    for name in document:
        field = _field(name)
        if field is not None:
            texts = (folded(text[:MOST_TEXT]) for text in _texts(value_of(document, name)))
            lines += [(field, text) for text in texts if text]
    lines.append((ID, folded(_local(document["id"]))))
    return _Entry(_rank(document), tuple(dict.fromkeys(lines)))


def _field(attribute: str) -> int | None:
    if attribute in NAMED:
        return NAME
    if attribute == "address" or attribute.endswith("Address"):
        return ADDRESS
    if attribute in CODED or attribute.endswith("Code"):
        return None if attribute in ENTITY_MEMBERS else CODE
    return None


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value: itself, those in each language or part of an address; a code may be a number."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        parts = [part for part in value.values() if isinstance(part, str)]
        yield from parts
        if len(parts) > 1 and "streetAddress" in value:
            yield " ".join(parts)
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _rank(document: Document) -> int:
    scopes = {vocabulary.scope_of(name) for name in types_of(document)}
    if "record" in scopes:
        return RECORD
    if "observed" in scopes:
        return OBSERVED
    return PLACE if "location" in document else CITY


def _local(id: str) -> str:
    """The part of an id after its type, which all ids of that type begin with."""
    return id.split(":", 3)[-1] if id.startswith(URN) else id


# --- the index --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Haystack:
    """All texts of one kind below each other, and whose each line is."""

    text: str
    starts: Ints
    lengths: Ints
    owners: Ints
    fields: Ints

    @staticmethod
    def of(lines: list[tuple[int, int, str]]) -> _Haystack:
        """From (owner, field, text) rows."""
        lengths = np.fromiter((len(text) for _, _, text in lines), np.int64, len(lines))
        return _Haystack(
            "\n" + "\n".join(text for _, _, text in lines) + "\n",
            1 + np.cumsum(lengths + 1) - (lengths + 1),
            lengths,
            np.fromiter((owner for owner, _, _ in lines), np.int64, len(lines)),
            np.fromiter((field for _, field, _ in lines), np.int64, len(lines)),
        )

    def lines_with(self, text: str, *, beginning: bool) -> tuple[Ints, Ints]:
        """Where a text stands (at the beginning of lines only, or anywhere), and in which lines."""
        wanted, found = "\n" + text if beginning else text, []
        at = self.text.find(wanted)
        while at >= 0:
            found.append(at)
            at = self.text.find(wanted, at + 1)
        places = np.array(found, dtype=np.int64) + beginning
        return places, np.searchsorted(self.starts, places, side="right") - 1


Key = tuple[int, int, int, int, str]  # quality, rank, field, length, id


class _Names:
    """The names of entities, ready to be searched."""

    def __init__(self, entries: Mapping[str, _Entry]) -> None:
        self.ids = list(entries)
        self.number = {id: n for n, id in enumerate(self.ids)}
        rows = [(n, field, text) for n, id in enumerate(self.ids) for field, text in entries[id].lines]
        self._texts = _Haystack.of(rows)
        self._initials = _Haystack.of([(n, field, initials(text)) for n, field, text in rows if field == NAME])
        self._ranks = np.fromiter((entry.rank for entry in entries.values()), np.int64, len(entries))

    def best(self, asked: str, limit: int, hidden: Collection[str]) -> list[Key]:
        """What fits best, in order, each entity once; entities that are hidden are not there."""
        hay = self._initials if _ONLY_INITIALS.fullmatch(asked) else self._texts
        gone = np.array([self.number[id] for id in hidden if id in self.number], dtype=np.int64)
        for beginning in (True, False):  # what is inside only if whole texts and beginnings are too few
            at, line = hay.lines_with(asked, beginning=beginning)
            kept = ~np.isin(hay.owners[line], gone)
            at, line = at[kept], line[kept]
            if len(np.unique(hay.owners[line])) >= limit:
                break
        begins = at == hay.starts[line]
        whole = begins & (hay.lengths[line] == len(asked))
        owners, fields, lengths = hay.owners[line], hay.fields[line], hay.lengths[line]
        quality, ranks = np.where(whole, 0, np.where(begins, 1, 2)), self._ranks[owners]
        found: dict[int, Key] = {}
        for n in np.lexsort((owners, lengths, fields, ranks, quality)).tolist():
            owner = int(owners[n])
            key = (int(quality[n]), int(ranks[n]), int(fields[n]), int(lengths[n]), self.ids[owner])
            found.setdefault(owner, key)
            if len(found) == limit:
                break
        return list(found.values())


class _Index:
    """The names of one branch: those that were read once, perhaps of another branch, and what has changed."""

    def __init__(self, names: _Names) -> None:
        self.names = names
        self.changed: dict[str, _Entry | None] = {}
        self._fresh: _Names | None = None

    def read(self, view: View, ids: Collection[str]) -> None:
        """Read these entities anew."""
        for id in ids:
            document = view.document(id)
            self.changed[id] = None if document is None else _entry(document)
        if ids:
            self._fresh = None

    def find(self, asked: str, limit: int) -> list[tuple[str, int]]:
        """(id, field) of what fits best."""
        if self._fresh is None:
            self._fresh = _Names({id: entry for id, entry in self.changed.items() if entry is not None})
        found = self.names.best(asked, limit, self.changed) + self._fresh.best(asked, limit, ())
        return [(key[4], key[2]) for key in sorted(found)[:limit]]


class _Indexes:
    """The indexes of one store, following its transactions."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._cursor = 0
        self._kept: dict[str, _Index] = {}

    def of(self, store: Store, branch: str) -> _Index:
        self._follow(store)
        if MAIN not in self._kept:
            self._cursor = store.data_version()
            self._kept[MAIN] = _Index(_Names(dict(_read(store.view()))))
        if branch not in self._kept:
            view, main = store.view(branch), self._kept[MAIN]
            made = _Index(main.names)
            made.read(view, {change.id for change in store.difference(store.view(), view)} | set(main.changed))
            self._kept[branch] = made
        return self._kept[branch]

    def _follow(self, store: Store) -> None:
        touched = set()
        for change in store.changes(self._cursor) if self._kept else ():
            self._cursor = max(self._cursor, change.tx)
            if change.kind != "observed":
                touched.add(change.id)
        there = {branch.name for branch in store.branches()}
        self._kept = {name: index for name, index in self._kept.items() if name in there}
        if any(len(index.changed) + len(touched) > MOST_CHANGED for index in self._kept.values()):
            self._kept = {}  # a large load: reading everything once is quicker than one by one
        for name, index in self._kept.items() if touched else ():
            index.read(store.view(name), touched)


_indexes: WeakKeyDictionary[Store, _Indexes] = WeakKeyDictionary()
_opening = threading.Lock()


def _find(store: Store, branch: str, asked: str, limit: int) -> list[tuple[str, int]]:
    with _opening:
        indexes = _indexes.setdefault(store, _Indexes())
    with indexes.lock:
        return indexes.of(store, branch).find(asked, limit)


def _read(view: View) -> Iterator[tuple[str, _Entry]]:
    """Every entity of a view; one type after the other, so that no more than one stands in memory."""
    for name in view.types():
        for stored in view.query(Query(types=parse_types(name))):
            document = orjson.loads(stored)
            yield document["id"], _entry(document)


def _hit(view: View, id: str, matched: str) -> Hit | None:
    document = view.document(id)
    if document is None:
        return None
    said = next((text for name in document if _field(name) == ADDRESS for text in _whole(document, name)), None)
    return Hit(id, first_type(document), name_of(document), said, point_of(document), matched)


def _whole(document: Document, attribute: str) -> list[str]:
    """An address as one text; the longest of its forms."""
    return sorted(_texts(value_of(document, attribute)), key=len, reverse=True)[:1]
