"""Which entities of a type were created, changed or removed by which transaction: what a change of time has to look at.

Read from the transactions once and followed from then on; readings are passed over, they have their own moments.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import Counter
from weakref import WeakKeyDictionary

from madang.store import Store


class _Touched:
    """The transactions of one store, by type: their numbers in order, and beside them the ids."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._cursor = 0
        self._of: dict[str, tuple[list[int], list[str]]] = {}

    def of(self, store: Store, type: str) -> tuple[list[int], list[str]]:
        last = store.data_version()
        for change in store.changes(self._cursor) if last > self._cursor else ():
            self._cursor = max(self._cursor, change.tx)
            for name in (change.type,) if isinstance(change.type, str) else change.type:
                if change.kind != "observed":
                    numbers, ids = self._of.setdefault(name, ([], []))
                    numbers.append(change.tx)
                    ids.append(change.id)
        self._cursor = max(self._cursor, last)
        return self._of.get(type, ([], []))


_touched: WeakKeyDictionary[Store, _Touched] = WeakKeyDictionary()
_opening = threading.Lock()


def touched_since(store: Store, type: str, transaction: int) -> set[str]:
    """Entities of a type that some branch touched after a transaction."""
    with _opening:
        found = _touched.setdefault(store, _Touched())
    with found.lock:
        numbers, ids = found.of(store, type)
        return set(ids[bisect_right(numbers, transaction) :])


def first_touched(store: Store, type: str) -> int | None:
    """The first transaction that touched a type, or None."""
    with _opening:
        found = _touched.setdefault(store, _Touched())
    with found.lock:
        numbers, _ = found.of(store, type)
        return numbers[0] if numbers else None


def touched_again(store: Store, type: str, *, most: int) -> list[str]:
    """Entities of a type that more than one transaction touched, the most often touched first."""
    with _opening:
        found = _touched.setdefault(store, _Touched())
    with found.lock:
        _, ids = found.of(store, type)
        return [id for id, times in Counter(ids).most_common(most) if times > 1]
