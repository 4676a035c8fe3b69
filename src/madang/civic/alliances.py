"""Allied cities: members over time, ordinances, joint projects."""

from __future__ import annotations

from madang.store import Seat


class Alliances:
    """Allied cities: members over time, ordinances, joint projects."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
