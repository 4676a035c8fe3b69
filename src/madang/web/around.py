"""What a request finds around it: the cities, the compiled contexts, the views, the way out, the settings.

One object a server, made by `create_app` and handed to every door. `Settings` are what whoever starts the server
decides; nothing in them changes while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madang import clock
from madang.city import City
from madang.hub.outgoing import Outgoing
from madang.web.newcities import MOST, NewCities
from madang.web.ngsi.contexts import Contexts
from madang.web.ngsi.snapshotting import Snapshots
from madang.web.ngsi.sources import Sources
from madang.web.ngsi.views import Views
from madang.web.tenants import Tenants


@dataclass(frozen=True, slots=True)
class Settings:
    """What was decided at start."""

    allow_local: bool = False  # whether notifications and questions may go to this machine and its link
    fetch_contexts: bool = True  # whether a @context that is not known is asked for on the network
    new_cities_in: Path | None = None  # the folder in which a new tenant gets its city file
    most_cities: int = MOST  # how many cities are open at once
    default_city: str | None = None  # the city of requests that name none, where that is not the only one given
    log_requests: bool = False  # whether every request leaves a line in the log
    most_instances: int = 1000  # of one attribute in an answer of the temporal API; more come in parts (206)
    sweep_every_s: float = 1.0  # how often what has expired is looked for


@dataclass(slots=True)
class Around:
    """The surroundings of all requests of one server."""

    tenants: Tenants
    contexts: Contexts
    outgoing: Outgoing
    new_cities: NewCities
    settings: Settings = field(default_factory=Settings)
    views: Views = field(default_factory=Views)
    sources: Sources = field(default_factory=Sources)
    snapshots: Snapshots = field(default_factory=Snapshots)
    up_since: float = field(default_factory=clock.elapsed_s)


def surroundings(
    tenants: Tenants,
    *,
    settings: Settings | None = None,
    load_context: Callable[[str], Any] | None = None,
    url: str | None = None,
    opened: Callable[[City], None] | None = None,
) -> Around:
    """The surroundings for these cities."""
    settings = settings or Settings()
    outgoing = Outgoing(allow_local=settings.allow_local)
    contexts = Contexts(load_context, outgoing=outgoing, fetching=settings.fetch_contexts)
    tenants.default = settings.default_city or tenants.default
    new_cities = NewCities(tenants, settings.new_cities_in, url=url, opened=opened, most=settings.most_cities)
    return Around(tenants, contexts, outgoing, new_cities, settings)
