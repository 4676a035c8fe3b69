"""The service that takes away what has expired: entities, attributes, subscriptions, snapshots, maps (clause 4.22)."""

from __future__ import annotations

from madang.city import City
from madang.web.around import Around


async def run(around: Around, city: City) -> None:
    """Sweep one city until cancelled."""
