"""The layers of a city as last read, brought up to date by what changed instead of read again.

Main's layers stand in memory. A branch's are main's with the difference between the two put in place: what the branch
sees otherwise, because it changed it or because main moved on since the branch left it. Both views are taken at one
transaction, so an answer is of one state of the city whatever is written meanwhile.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from madang.entities.entity import Document
from madang.store import Store, View
from madang.store.merging import EntityChange
from madang.twin.catalogue import LayerKind, layer_kinds
from madang.twin.reading import LayerData, patched, read_documents, read_layer

MAIN = "main"
KEPT_BRANCH_LAYERS = 16
MOST_PATCHED_SHARE = 0.25  # more of a layer than this is read anew
FEW = 500  # so many are always patched


@dataclass(frozen=True, eq=False)
class Held:
    """A layer as a branch shows it, beside main's; `before` and `after` are what the two have otherwise."""

    kind: LayerKind
    main: LayerData
    view: View
    before: Sequence[Document] = ()
    after: Sequence[Document] = ()

    @cached_property
    def data(self) -> LayerData:
        """The whole layer of the branch."""
        if not self.before and not self.after:
            return self.main
        return patched(self.main, self.before, self.after) or read_layer(self.view, self.kind)

    @cached_property
    def hidden(self) -> Sequence[str]:
        """The features of main's layer that the branch has otherwise or not at all."""
        ids = [str(document["id"]) for document in self.before]
        return [id for id, row in zip(ids, self.main.rows.where(ids).tolist(), strict=True) if row >= 0]

    @cached_property
    def delta(self) -> LayerData:
        """What of the layer is the branch's own, standing as it does in the whole."""
        own = read_documents(self.kind, self.after)
        if own.rows.has_parts:  # a part of something stands as high as that does
            rows = self.data.rows.where(own.ids)
            return self.data.only(rows[rows >= 0])
        return own.as_part_of(self.main)


@dataclass
class _Kept:
    """One layer of main: as it was at a transaction, and what changed since."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    tx: int = 0
    data: LayerData | None = None
    changed: dict[str, int] = field(default_factory=dict)  # the last transaction that touched each


class _Memory:
    """The layers of one store."""

    def __init__(self, since: int) -> None:
        self._lock = threading.Lock()
        self._cursor = since
        self._kept = {kind.id: _Kept() for kind in layer_kinds().values()}
        self._kinds_of: dict[str, list[str]] = {}
        for kind in layer_kinds().values():
            for name in kind.types:
                self._kinds_of.setdefault(name, []).append(kind.id)
        self._moved: dict[str, int] = {}  # the last transaction that wrote on each branch
        self._differences: OrderedDict[str, tuple[Any, list[EntityChange]]] = OrderedDict()
        self._held: OrderedDict[tuple[str, str], tuple[Any, Held]] = OrderedDict()

    def held(self, store: Store, branch: str, kind: LayerKind) -> Held:
        kept = self._kept[kind.id]
        with kept.lock:
            at = self._follow(store)
            main = self._main(store, kind, kept, at)
            if branch == MAIN:
                return Held(kind, main, store.view(at=at))
            changes = self._difference(store, branch, at)
            with self._lock:
                made = self._held.get((branch, kind.id))
            if made is None or made[0][0] is not main or made[0][1] is not changes:
                made = ((main, changes), self._of_branch(store, branch, kind, main, changes, at))
                with self._lock:
                    self._held[branch, kind.id] = made
                    while len(self._held) > KEPT_BRANCH_LAYERS * len(self._kept):
                        self._held.popitem(last=False)
            return made[1]

    def _main(self, store: Store, kind: LayerKind, kept: _Kept, at: int) -> LayerData:
        with self._lock:
            ids = [id for id, tx in kept.changed.items() if kept.tx < tx <= at]
            kept.changed = {id: tx for id, tx in kept.changed.items() if tx > at}
        data = kept.data
        if data is not None and ids:
            few = len(ids) <= max(FEW, MOST_PATCHED_SHARE * len(data.rows))
            data = _moved_on(data, store, ids, kept.tx, at) if few else None
        if data is None:
            data = read_layer(store.view(at=at), kind)
        kept.data, kept.tx = data, at
        return data

    def _of_branch(
        self, store: Store, branch: str, kind: LayerKind, main: LayerData, changes: list[EntityChange], at: int
    ) -> Held:
        types = set(kind.types)
        ids = [change.id for change in changes if not types.isdisjoint(change.types)]
        others = [change.id for change in changes if types.isdisjoint(change.types)]
        ids += [id for id, row in zip(others, main.rows.where(others).tolist(), strict=True) if row >= 0]
        theirs, ours = store.view(branch, at=at), store.view(at=at)
        return Held(kind, main, theirs, _documents(ours, ids), _documents(theirs, ids))

    def _difference(self, store: Store, branch: str, at: int) -> list[EntityChange]:
        with self._lock:
            key = (self._moved.get(MAIN, 0), self._moved.get(branch, 0))
            known = self._differences.get(branch)
            if known is not None and known[0] == key:
                return known[1]
        found = store.difference(store.view(at=at), store.view(branch, at=at))
        with self._lock:
            known = self._differences.get(branch)
            if known is None or known[0] != key:
                known = self._differences[branch] = (key, found)
            while len(self._differences) > KEPT_BRANCH_LAYERS:
                self._differences.popitem(last=False)
            return known[1]

    def _follow(self, store: Store) -> int:
        """Note what was changed since; gives the transaction up to which that is known."""
        with self._lock:
            head = store.data_version()
            foreign: dict[str, int] = {}
            for change in store.changes(self._cursor) if head > self._cursor else ():
                if change.kind != "observed":
                    self._moved[change.branch] = change.tx
                if change.branch != MAIN:
                    continue
                for name in (change.type,) if isinstance(change.type, str) else change.type:
                    for kind in self._kinds_of.get(name, ()):
                        self._kept[kind].changed[change.id] = change.tx
                if change.kind == "updated":
                    foreign[change.id] = change.tx
                head = max(head, change.tx)
            self._note_foreign(foreign)
            self._cursor = head
            return head

    def _note_foreign(self, changed: dict[str, int]) -> None:
        """An entity may have become one of another type: it then leaves a layer that its change does not name."""
        ids = list(changed)
        for kept in self._kept.values():
            if kept.data is None or not ids:
                continue
            if len(ids) > FEW and len(ids) > len(kept.data.rows):
                rows = set(kept.data.ids)
                there = [id for id in ids if id in rows]
            else:
                there = [id for id, row in zip(ids, kept.data.rows.where(ids).tolist(), strict=True) if row >= 0]
            kept.changed.update({id: changed[id] for id in there})


_memories: WeakKeyDictionary[Store, _Memory] = WeakKeyDictionary()
_opening = threading.Lock()


def held(store: Store, branch: str, kind: LayerKind) -> Held:
    """A layer of a branch as it is now."""
    if branch != MAIN:
        store.branch(branch)
    with _opening:
        memory = _memories.get(store)
        if memory is None:
            memory = _memories[store] = _Memory(since=store.view().tx)
    return memory.held(store, branch, kind)


def _moved_on(data: LayerData, store: Store, ids: Sequence[str], since: int, at: int) -> LayerData | None:
    then, now = store.view(at=since), store.view(at=at)
    return patched(data, _documents(then, ids), _documents(now, ids))


def _documents(view: View, ids: Sequence[str]) -> list[Document]:
    return [document for document in map(view.document, ids) if document is not None]
