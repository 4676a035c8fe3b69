"""Research studies: question, alternatives, evidence, recommendation, use."""

from __future__ import annotations

from madang.store import Seat


class Studies:
    """Research studies: question, alternatives, evidence, recommendation, use."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
