"""Which entities of a type were created, changed or removed by which transaction: what a change of time has to look at.

Read from the transactions once and followed from then on; readings are passed over, they have their own moments.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
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


def touched_since(store: Store, types: Sequence[str], transaction: int) -> set[str]:
    """Entities of some types that some branch touched after a transaction."""
    found = (ids[bisect_right(numbers, transaction) :] for numbers, ids in _of(store, types))
    return set().union(*found)


def first_touched(store: Store, types: Sequence[str]) -> int | None:
    """The first transaction that touched one of some types, or None."""
    return min((numbers[0] for numbers, _ in _of(store, types) if numbers), default=None)


def touched_again(store: Store, types: Sequence[str], *, most: int) -> list[str]:
    """Entities of some types that more than one transaction touched, the most often touched first."""
    times = Counter(id for _, ids in _of(store, types) for id in ids)
    return [id for id, number in times.most_common(most) if number > 1]


def _of(store: Store, types: Sequence[str]) -> list[tuple[list[int], list[str]]]:
    with _opening:
        found = _touched.setdefault(store, _Touched())
    with found.lock:
        return [found.of(store, name) for name in types]
