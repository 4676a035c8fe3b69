"""Agreements, their commitments, investment by stage, facilities, permits, national calls."""

from __future__ import annotations

from madang.store import Seat


class Investment:
    """Agreements, their commitments, investment by stage, facilities, permits, national calls."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
