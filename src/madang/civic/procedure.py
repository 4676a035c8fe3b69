"""How proposals are decided: steps, gates, opinions and what became of them."""

from __future__ import annotations

from madang.store import Seat


class Procedure:
    """How proposals are decided: steps, gates, opinions and what became of them."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
