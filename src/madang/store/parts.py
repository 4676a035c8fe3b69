"""Parts of a transaction: small writes of many that wait together, kept in memory until all are applied at once.

A part that fails is taken back alone. What has not touched the tables is taken back by forgetting it; what has, by a
savepoint and by what the transaction knew when the part began (`Undo`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang.store.applying import Pending
from madang.store.observations import Reading


class ChangedTwice(Exception):
    """A part changes an entity that another part of the transaction has changed."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What a transaction knew when a part of it began."""

    observed: dict[tuple[int, int], Any]
    blobs: dict[str, str]
    made: set[str]
    new_types: set[int]
    facts: dict[str, Any]


class Parts:
    """The parts of a transaction that have gone well and wait to be applied, and the one that is open."""

    def __init__(self) -> None:
        self.pending: dict[str, Pending] = {}
        self.readings: list[Reading] = []
        self.changed: set[str] = set()  # ids that parts have changed
        self.is_open = False
        self.ids: set[str] = set()  # ids that the open part has brought to the tables
        self.facts: dict[str, Any] = {}
        self.undo: Undo | None = None  # set once the open part has touched the tables
        self._read: set[str] = set()

    def begin(self, facts: dict[str, Any]) -> None:
        """Open a part."""
        self.is_open, self.ids, self.undo, self.facts = True, set(), None, said(facts)

    def join(self, ids: set[str], pending: dict[str, Pending], readings: list[Reading]) -> None:
        """Take in what the open part has put."""
        self.changed |= ids
        self.pending |= pending
        self.readings += readings
        self._read |= {reading.id for reading in readings}

    def end(self) -> None:
        """Close the part, whatever became of it."""
        self.is_open, self.undo = False, None

    def has(self, id: str) -> bool:
        """Whether something of an entity waits."""
        return id in self.pending or id in self._read

    def has_reading_of(self, id: str) -> bool:
        """Whether a reading of an entity waits."""
        return id in self._read

    def take(self) -> tuple[dict[str, Pending], list[Reading]]:
        """What waits, which then waits no more."""
        taken = self.pending, self.readings
        self.pending, self.readings, self._read = {}, [], set()
        return taken


def said(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as they stand, whatever is added to them later."""
    return {name: list(one) if type(one) is list else one for name, one in facts.items()}
