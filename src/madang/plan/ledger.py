"""The promise ledger (약속 이행장부): promised numbers as dated forecasts, and their scores."""

from __future__ import annotations

from madang.store import Seat


class PromiseLedger:
    """The promise ledger (약속 이행장부): promised numbers as dated forecasts, and their scores."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
