"""What a room needs to work on a city: the store as it is open now, a branch, a way to write, and who does it.

`City` is one. A room's own door (`city.committees`, `city.plan`) is given a seat and nothing else, so it neither opens
files nor knows how commands and requests come in.
"""

from __future__ import annotations

from typing import Protocol

from madang.store.store import Store


class Seat(Protocol):
    """One city file seen from one branch by somebody."""

    branch_name: str

    @property
    def store(self) -> Store:
        """The store as it is open now: for reading, or for writing after the first write."""
        ...

    def for_writing(self) -> Store:
        """The store open for writing; takes the writer's lock when it is first needed."""
        ...

    def actor(self, by: str | None) -> str:
        """Who does it: the name given, else the user's."""
        ...
