"""The door to a room's functions: what a path, a query and a body ask for, who asks, and the answer as JSON.

A room's module gives its table of (method, pattern, handler) in `routes(door)`:

    def routes(door: Door) -> Table:
        return [
            ("GET", "/api/cities/{tenant}/committees", door.reads(committees)),
            ("POST", "/api/cities/{tenant}/votes", door.writes(vote, role="decide")),
        ]

where a function takes `Asked` and gives what becomes JSON, or a `Reply`. It runs on a thread, so that the event loop
goes on serving. What the caller may do is checked before anything is read from the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.city import City
from madang.errors import CallerError, Language
from madang.store import Store
from madang.web.access import require
from madang.web.exchange import Caller, Reply, Request, json_reply, parse_json, parse_parameters
from madang.web.inthreads import in_thread
from madang.web.routes import Handler
from madang.web.tenants import Tenants

Table = list[tuple[str, str, Handler]]


@dataclass(frozen=True)
class Asked:
    """One request to a room: the city or branch, the named parts of the path, the query's parameters, the body."""

    city: City
    parts: Mapping[str, str]
    parameters: Mapping[str, str]
    body: Mapping[str, Any]
    caller: Caller
    language: Language

    @property
    def actor(self) -> str:
        """The name under which changes are recorded."""
        return self.caller.actor


class Door:
    """Makes handlers of functions that take `Asked`."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def reads(self, answer: Callable[[Asked], Any], *, parameters: Sequence[str] = (), role: str = "read") -> Handler:
        """A handler that changes nothing; `parameters` are those of the query that it knows."""

        async def handler(request: Request, tenant: str, **parts: str) -> Reply:
            require(request.caller, role)
            known = parse_parameters(request.query_string, known=tuple(parameters))
            return _reply(await in_thread(answer, self._asked(request, tenant, parts, known, {})))

        return handler

    def writes(self, act: Callable[[Asked], Any], *, role: str = "propose", status: int = 200) -> Handler:
        """A handler that changes something, given a JSON object as body; refused to who lacks the role."""

        async def handler(request: Request, tenant: str, **parts: str) -> Reply:
            require(request.caller, role)
            city = self._tenants.city(tenant)  # an unknown one is refused before the body is read
            body = await json_body(request)
            return _reply(await in_thread(act, self._asked(request, city, parts, {}, body)), status)

        return handler

    def takes(
        self,
        act: Callable[[Asked, bytes], Any],
        *,
        media_type: str,
        parameters: Sequence[str] = (),
        role: str = "propose",
    ) -> Handler:
        """A handler for a file sent as the body, of this media type (which a form of another site can't send)."""

        async def handler(request: Request, tenant: str, **parts: str) -> Reply:
            city = self._tenants.city(tenant)
            require(request.caller, role)
            known = parse_parameters(request.query_string, known=tuple(parameters))
            given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if given != media_type:
                raise CallerError("web.media-type-unknown", given=given or "-", known=media_type)
            data = await request.body()
            return _reply(await in_thread(act, self._asked(request, city, parts, known, {}), data))

        return handler

    def beside(self, city: City) -> list[Store]:
        """The files of the other cities that this server holds, to be read beside one of them."""
        return [other.store for other in self._tenants.cities.values() if other.id != city.id]

    def _asked(
        self,
        request: Request,
        tenant: str | City,
        parts: Mapping[str, str],
        parameters: Mapping[str, str],
        body: Mapping[str, Any],
    ) -> Asked:
        city = self._tenants.city(tenant) if isinstance(tenant, str) else tenant
        return Asked(city, parts, parameters, body, request.caller, request.language)


async def json_body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a body; only as application/json, which a form of another site can't send."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json":
        raise CallerError("web.media-type-unknown", given=given or "-", known="application/json")
    value = parse_json(await request.body())
    if not isinstance(value, dict):
        raise CallerError("web.body-not-an-object", expected="a JSON object", found=type(value).__name__)
    return value


def _reply(answer: Any, status: int = 200) -> Reply:
    return answer if isinstance(answer, Reply) else json_reply(answer, status=status)
