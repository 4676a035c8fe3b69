"""Papers of a city: each composed by the room that knows its content, written and verified by `documents`."""

from __future__ import annotations

from madang.store import Seat


class Papers:
    """What a city hands in or publishes: briefs, plan books, minutes, dossiers, lists."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
