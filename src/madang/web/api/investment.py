"""Agreements and investment, facilities, permits, calls, as the pages ask for them."""

from __future__ import annotations

from madang.web.api.door import Door, Table


def routes(door: Door) -> Table:
    """The paths of this room."""
    return []
