"""The city's plans: tree, sections, checks, versions."""

from __future__ import annotations

from madang.store import Seat


class Plans:
    """The city's plans: tree, sections, checks, versions."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
