"""The newest view of each tenant, kept from one request to the next while nothing is written.

Making a view takes as long as reading an entity. Looking whether the file has moved on since takes half of that, so the
hot paths, which all run on the event loop, share one view a tenant until it has. What runs on a thread makes its own.
"""

from __future__ import annotations

from madang.city import City
from madang.store import View


class Views:
    """The last view of each city and branch; for the event loop only."""

    def __init__(self) -> None:
        self._kept: dict[City, View] = {}

    def now(self, city: City) -> View:
        """A view of the city as it is now."""
        kept = self._kept.get(city)
        if kept is None or kept.tx != city.store.data_version():
            kept = self._kept[city] = city.view()
        return kept

    def forget(self, city: City) -> None:
        """Keep nothing of a city that is closed, or was only looked at for a while."""
        self._kept.pop(city, None)
