"""The service that moves long history out of a city file into Parquet segments, and keeps retention rules."""

from __future__ import annotations

from madang.city import City
from madang.web.around import Around


async def run(around: Around, city: City) -> None:
    """Compact one city until cancelled."""
