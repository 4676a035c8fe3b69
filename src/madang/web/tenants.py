"""Which city and which branch a request means: `seongnam`, or `seongnam~fabless-valley`.

A branch is an NGSI-LD tenant (clause 4.14). A tenant that does not exist is an error and is never made by asking for
it; `newcities` makes one when something is created in it. Without a name, a server that was given one city means that
city, also when others came later.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

from madang.city import City
from madang.errors import NotFoundError

MAIN = "main"


class Tenants:
    """The cities of one server by name; two files of one city can't be served side by side."""

    def __init__(self, cities: Sequence[City]) -> None:
        self.cities: dict[str, City] = {}
        for city in cities:
            if city.id in self.cities:
                raise NotFoundError("web.city-twice", city=city.id, path=str(city.path))
            self.cities[city.id] = city
        self.by_path: dict[Path, City] = {city.path.resolve(): city for city in cities}
        self._branches: dict[str, City] = {}  # by tenant; a branch that exists is never taken away
        self._told: list[Callable[[City], None]] = []
        self.default = next(iter(self.cities)) if len(self.cities) == 1 else None

    def city(self, tenant: str | None) -> City:
        """The city a tenant names, seen from the branch it names."""
        if not tenant:
            if self.default is not None and (only := self.cities.get(self.default)) is not None:
                return only
            raise NotFoundError("web.tenant-missing", cities=", ".join(self.cities) or "-")
        if (seen := self._branches.get(tenant)) is not None:
            return seen
        name, tilde, branch = tenant.partition("~")
        city = self.cities.get(name)
        if city is None:
            near = difflib.get_close_matches(name, self.cities, n=3, cutoff=0.5)
            raise NotFoundError("web.tenant-unknown", tenant=tenant, cities=", ".join(near or self.cities) or "-")
        if tilde and branch != MAIN:
            city = self._branches[tenant] = city.branch(branch)
        return city

    def add(self, city: City) -> None:
        """Take in a city that was made while the server runs."""
        if city.id in self.cities:
            raise NotFoundError("web.city-twice", city=city.id, path=str(city.path))
        self.cities[city.id] = city
        self.by_path[city.path.resolve()] = city
        for told in self._told:
            told(city)

    def when_added(self, told: Callable[[City], None]) -> None:
        """Have a function called with each city that is made later."""
        self._told.append(told)
