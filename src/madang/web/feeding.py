"""The service that keeps a city's feeds running: begins, watches, begins again, and notes their state."""

from __future__ import annotations

from madang.city import City
from madang.web.around import Around


async def run(around: Around, city: City) -> None:
    """Feed one city until cancelled."""
