"""Committees and meetings: members, agenda, votes, minutes, what is to follow."""

from __future__ import annotations

from madang.store import Seat


class Committees:
    """Committees and meetings: members, agenda, votes, minutes, what is to follow."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
