"""City files for tenants that do not exist yet: made when something is created in one (clauses 4.14, 5.5.10).

Only a server that was started with a folder for them makes any. The file is built under another name and moved in
place when it is whole, off the event loop; requests that come together make one file. The name of a city is a slug, so
`city~brnch`, a mistyped branch, never becomes one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path

from madang.city import City, open_city
from madang.errors import CallerError, FileError
from madang.store import Store
from madang.web.inthreads import in_thread
from madang.web.tenants import Tenants

MOST = 100  # cities one server has open
LONGEST = 40
DEFAULT = "default"  # the city of requests that name none, where no file was named at start
log = logging.getLogger("madang.tenants")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_MAKING, _BEFORE = ".making.gpkg", ".before-"


class NewCities:
    """Makes city files in one folder; for the event loop only."""

    def __init__(
        self,
        tenants: Tenants,
        folder: Path | None,
        *,
        url: str | None = None,
        opened: Callable[[City], None] | None = None,
        most: int = MOST,
    ) -> None:
        self._tenants = tenants
        self._folder, self._url, self._opened, self._most = folder, url, opened, most
        self._coming: dict[str, asyncio.Task[City]] = {}
        self._made: list[City] = []
        if folder is not None and tenants.default is None:
            tenants.default = DEFAULT

    def could_be(self, tenant: str | None) -> bool:
        """Whether a name that nobody bears yet could be a city's here."""
        return self._folder is not None and bool(is_name(tenant or self._tenants.default or ""))

    async def make(self, tenant: str | None) -> City:
        """The city of a new tenant, open and served."""
        name = tenant or self._tenants.default or ""
        if self._folder is None or not is_name(name):
            raise CallerError("tenants.name", tenant=name[:80], longest=LONGEST)
        task = self._coming.get(name)
        if task is None:
            if len(self._tenants.cities) + len(self._coming) >= self._most:
                raise CallerError("tenants.full", tenant=name, most=self._most)
            task = self._coming[name] = asyncio.create_task(self._make(self._folder, name))
            task.add_done_callback(lambda _: self._coming.pop(name, None))
        return await asyncio.shield(task)

    async def _make(self, folder: Path, name: str) -> City:
        if name in self._tenants.cities:
            return self._tenants.cities[name]
        city = await in_thread(build, folder, name, self._url)
        self._made.append(city)
        if self._opened is not None:
            self._opened(city)
        self._tenants.add(city)
        return city

    async def close(self) -> None:
        """Close what was made; what was given at start its giver closes."""
        if self._coming:
            await asyncio.gather(*self._coming.values(), return_exceptions=True)
        for city in self._made:
            await in_thread(city.close)
        self._made.clear()


def is_name(tenant: str) -> bool:
    """Whether a new city may bear this name, which is the name of its file too."""
    return len(tenant) <= LONGEST and bool(_NAME.fullmatch(tenant))


def build(folder: Path, name: str, url: str | None = None) -> City:
    """A new, empty city, open for writing; a file of its name is never written over."""
    path, making = folder / f"{name}.gpkg", folder / f".{name}{_MAKING}"
    if path.exists():
        raise CallerError("tenants.taken", tenant=name, path=path.name)
    making.unlink(missing_ok=True)  # what a server that was cut off left behind
    Store.create(making, city_id=name, title={"ko": name, "en": name}, reason="a new tenant").close()
    making.rename(path)
    making.with_name(making.name + ".lock").unlink(missing_ok=True)
    return open_city(path, write=True, url=url)


def city_files(folder: Path) -> list[Path]:
    """The city files of a folder: none in the making, none kept from before an upgrade, no other GeoPackages."""
    found = sorted(folder.glob("*.gpkg"))
    return [path for path in found if not path.name.startswith(".") and _BEFORE not in path.name and _is_city(path)]


def _is_city(path: Path) -> bool:
    try:
        open_city(path).close()
    except FileError as wrong:
        if wrong.code != "store.not-a-city":
            return True  # what is wrong with it is said when it is opened for writing
        log.warning("%s is no city file and is not served", path.name)
        return False
    return True
