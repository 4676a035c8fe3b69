"""What the pages ask for, as JSON under /api, computed by `City` and the rooms below it.

Every answer that reads more than one entity is made on a thread, so that the event loop goes on serving. What the
caller may do is checked here, before anything is read from the body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from madang.city import City
from madang.errors import CallerError
from madang.web.access import require, require_for_branch
from madang.web.api import (
    alliances,
    bundles,
    clusters,
    committees,
    comparing,
    ensembles,
    feeds,
    investment,
    keeping,
    lab,
    notifications,
    origins,
    papers,
    plans,
    procedure,
    promised,
    proposing,
    reading,
    rulebook,
    studies,
    tables,
    twin_acting,
    twin_reading,
)
from madang.web.api.door import Door, json_body
from madang.web.api.fields import text_field
from madang.web.events import events
from madang.web.exchange import Reply, Request, Stream, json_reply, parse_parameters
from madang.web.inthreads import in_thread
from madang.web.routes import Routes
from madang.web.streaming import stream
from madang.web.tenants import MAIN, Tenants

ROOMS = (
    alliances,
    bundles,
    clusters,
    committees,
    ensembles,
    feeds,
    investment,
    lab,
    notifications,
    papers,
    plans,
    procedure,
    promised,
    rulebook,
    studies,
    tables,
    twin_acting,
    twin_reading,
)


class Api:
    """The pages' API over all cities of the server."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._routes = Routes(
            [
                ("GET", "/api/whoami", self._whoami),
                ("GET", "/api/cities", self._cities),
                ("GET", "/api/cities/{tenant}/home", self._reading(reading.home)),
                ("GET", "/api/cities/{tenant}/compare", self._compare),
                ("GET", "/api/cities/{tenant}/diff", self._diff),
                ("GET", "/api/cities/{tenant}/levers", self._reading(comparing.levers)),
                ("POST", "/api/cities/{tenant}/levers", self._keep),
                ("POST", "/api/cities/{tenant}/what-if", self._what_if),
                ("GET", "/api/cities/{tenant}/layers", self._reading(reading.layers)),
                ("GET", "/api/cities/{tenant}/entity/{entity_id}", self._entity),
                ("POST", "/api/cities/{tenant}/entities", self._put),
                ("GET", "/api/cities/{tenant}/log", self._log),
                ("GET", "/api/cities/{tenant}/events", self._events),
                ("GET", "/api/cities/{tenant}/stream", self._stream),
                ("POST", "/api/cities/{tenant}/branches", self._fork),
                ("GET", "/api/cities/{tenant}/proposals", self._reading(proposing.proposals)),
                ("POST", "/api/cities/{tenant}/proposals", self._propose),
                ("GET", "/api/cities/{tenant}/proposals/{proposal_id}", self._proposal),
                ("POST", "/api/cities/{tenant}/proposals/{proposal_id}/decision", self._decide),
                ("GET", "/api/provenance", self._provenance),
                ("POST", "/api/recompute", self._recompute),
                *(route for room in ROOMS for route in room.routes(Door(tenants))),
            ]
        )

    async def answer(self, request: Request) -> Reply | Stream:
        """The answer to any path below /api/."""
        return await self._routes.answer(request)

    # -- reading --------------------------------------------------------------------------------------------------

    def _reading(self, read: Callable[[City], Any]) -> Callable[..., Any]:
        """A handler for what takes the city and nothing else."""

        async def handler(request: Request, tenant: str) -> Reply:
            parse_parameters(request.query_string, known=())
            return json_reply(await in_thread(read, self._tenants.city(tenant)))

        return handler

    async def _whoami(self, request: Request) -> Reply:
        return json_reply({"actor": request.caller.actor, "role": request.caller.role})

    async def _cities(self, request: Request) -> Reply:
        cities = list(self._tenants.cities.values())
        return json_reply(await in_thread(lambda: [reading.city_row(city) for city in cities]))

    async def _diff(self, request: Request, tenant: str) -> Reply:
        return json_reply(await in_thread(comparing.diff, self._tenants.city(tenant), _against(request)))

    async def _compare(self, request: Request, tenant: str) -> Reply:
        city = self._tenants.city(tenant)
        return json_reply(await in_thread(comparing.compare, city, _against(request), request.caller))

    async def _entity(self, request: Request, tenant: str, entity_id: str) -> Reply:
        return json_reply(await in_thread(reading.entity, self._tenants.city(tenant), entity_id))

    async def _log(self, request: Request, tenant: str) -> Reply:
        return json_reply(await in_thread(reading.log, self._tenants.city(tenant), request))

    async def _events(self, request: Request, tenant: str) -> Stream:
        return events(request, self._tenants.city(tenant))

    async def _stream(self, request: Request, tenant: str) -> Stream:
        return stream(request, self._tenants.city(tenant))

    async def _provenance(self, request: Request) -> Reply:
        parameters = parse_parameters(request.query_string, known=("address",))
        if "address" not in parameters:
            raise CallerError("web.parameter-missing", parameter="address", expected="the address of a number")
        return json_reply(await in_thread(origins.explain, self._tenants, parameters["address"]))

    async def _proposal(self, request: Request, tenant: str, proposal_id: str) -> Reply:
        return json_reply(await in_thread(proposing.proposal, self._tenants.city(tenant), proposal_id))

    # -- computing without recording -----------------------------------------------------------------------------

    async def _what_if(self, request: Request, tenant: str) -> Reply:
        body = await json_body(request)
        levers = body.get("levers")
        if not isinstance(levers, dict) or not all(_is_number(value) for value in levers.values()):
            raise CallerError("web.field-missing", field="levers", expected='{"lever": number, …}')
        return json_reply(await in_thread(comparing.what_if, self._tenants.city(tenant), levers))

    async def _recompute(self, request: Request) -> Reply:
        address = text_field(await json_body(request), "address")
        return json_reply(await in_thread(origins.recompute, self._tenants, address))

    # -- changing -------------------------------------------------------------------------------------------------

    async def _fork(self, request: Request, tenant: str) -> Reply:
        require(request.caller, "propose")
        body = await json_body(request)
        made = await in_thread(proposing.fork, self._tenants, tenant, body, actor=request.caller.actor)
        return json_reply(made, status=201)

    async def _put(self, request: Request, tenant: str) -> Reply:
        city = self._tenants.city(tenant)
        require_for_branch(request.caller, city.branch_name)
        body = await json_body(request)
        return json_reply(await in_thread(proposing.put, city, body, actor=request.caller.actor))

    async def _keep(self, request: Request, tenant: str) -> Reply:
        require(request.caller, "propose")
        city = self._tenants.city(tenant)
        if city.branch_name == MAIN:
            raise CallerError("web.lever-of-main")
        body, by = await json_body(request), request.caller.actor
        return json_reply(await in_thread(keeping.keep, city, body, actor=by, language=request.language))

    async def _propose(self, request: Request, tenant: str) -> Reply:
        require(request.caller, "propose")
        city = self._tenants.city(tenant)
        if city.branch_name == MAIN:
            raise CallerError("web.proposal-of-main")
        body = await json_body(request)
        made = await in_thread(proposing.propose, city, body, actor=request.caller.actor)
        return json_reply(made, status=201)

    async def _decide(self, request: Request, tenant: str, proposal_id: str) -> Reply:
        require(request.caller, "decide")
        city = self._tenants.city(tenant)
        body = await json_body(request)
        return json_reply(await in_thread(proposing.decide, city, proposal_id, body, actor=request.caller.actor))


def _against(request: Request) -> str:
    return parse_parameters(request.query_string, known=("against",)).get("against", MAIN)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
