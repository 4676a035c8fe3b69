"""The rule packs that hold for a city: those that come with Madang, and those it has added."""

from __future__ import annotations

from madang.store import Seat


class Rulebook:
    """The rule packs that hold for a city: those that come with Madang, and those it has added."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
