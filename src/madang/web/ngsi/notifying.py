"""The service that tells subscribers: follows the city's changes, fills the outbox, and delivers (clause 5.8.6)."""

from __future__ import annotations

from madang.city import City
from madang.web.around import Around


async def run(around: Around, city: City) -> None:
    """Follow one city until cancelled."""
