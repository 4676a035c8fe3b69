"""A small memory of what was solved, so that a slider that turns amounts solves nothing again.

The key is everything a solution depends on, as bytes: numbers and their shapes in a fixed order, never names or
identities. What was used longest ago is forgotten first.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

import numpy as np


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Memory(Generic[T]):
    """Solutions by what they depend on, up to a number of bytes."""

    def __init__(self, limit_bytes: int = 64 * 2**20) -> None:
        self._limit, self._found, self._lock = limit_bytes, OrderedDict[bytes, T](), Lock()

    def of(self, parts: Sequence[object], solve: Callable[[], T]) -> T:
        """The solution for these parts: the one that is known, else solved now."""
        digest = hashlib.sha256()
        _digest(digest, tuple(parts))
        key = digest.digest()
        with self._lock:
            if (known := self._found.get(key)) is not None:
                self._found.move_to_end(key)
                return known
        solved = solve()
        with self._lock:
            self._found[key] = solved
            while sum(one.nbytes for one in self._found.values()) > self._limit:
                self._found.popitem(last=False)
        return solved


def _digest(key: Any, part: object) -> None:
    if isinstance(part, np.ndarray):
        key.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
    elif isinstance(part, float):
        key.update(np.float64(part).tobytes())
    elif isinstance(part, int):
        key.update(str(part).encode())
    elif isinstance(part, tuple | list):
        key.update(str(len(part)).encode())
        for one in part:
            _digest(key, one)
    elif is_dataclass(part):
        for field in fields(part):
            _digest(key, getattr(part, field.name))
    elif part is None:
        key.update(b"none")
