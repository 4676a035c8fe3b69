"""Signs of life: `/healthz` says that the process answers, `/readyz` that it can do its work.

Ready means: every city can be read, its services run, and there is room on its disk. Both are open to all, so they say
nothing of a city but whether it is well; why it is not stands in the log and, for who may read, in the metrics.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Sequence

from madang.city import City
from madang.errors import MadangError
from madang.web.exchange import Reply, json_reply

LEAST_FREE_BYTES = 64 << 20

log = logging.getLogger("madang.health")


def alive(cities: int) -> Reply:
    """That the process answers."""
    return json_reply({"status": "ok", "cities": cities})


def ready(cities: Iterable[City], failing: Callable[[City], Sequence[str]] = lambda _city: ()) -> Reply:
    """Whether each city can be worked with: 200, or 503 with the ones that can't; to be asked off the event loop.

    `failing` gives the services of a city that keep failing.
    """
    states = {city.id: _state(city, failing(city)) for city in cities}
    well = all(state == "ok" for state in states.values())
    return json_reply({"status": "ok" if well else "not ready", "cities": states}, status=200 if well else 503)


def _state(city: City, failing: Sequence[str]) -> str:
    try:
        city.store.data_version()
    except MadangError as error:
        log.error("%s can't be read: %s", city.id, error)
        return "unreadable"
    if city.store.is_writable and shutil.disk_usage(city.path.parent).free < LEAST_FREE_BYTES:
        return "disk full"
    return f"failing: {', '.join(failing)}" if failing else "ok"
