"""The NGSI-LD service of all cities: its paths, its hot path, and how its errors leave.

Base path `/ngsi-ld/v1`; the tenant stands in the NGSILD-Tenant header (6.3.14), or, for clients that can't send it,
before the base path: `/seongnam~fabless-valley/ngsi-ld/v1/entities`. GET of one entity in its stored form is answered
before anything else is looked at. Errors are application/json whatever was accepted (6.3.6); 405, 411 and 415 have no
body (6.3.4).
"""

from __future__ import annotations

from urllib.parse import unquote

from madang.city import City
from madang.entities.transient import MARK
from madang.errors import CallerError, MadangError, NotFoundError
from madang.hub.pseudonym import pseudonym
from madang.web.access import require_for_branch
from madang.web.around import Around
from madang.web.exchange import Header, Reply, Request, Send, json_reply, language_of, packed
from madang.web.ngsi import (
    batch,
    csource_subscribing,
    discovery,
    distributed,
    hosting,
    identity,
    mapping,
    purging,
    reading,
    registering,
    snapshots,
    subscribing,
    temporal,
    writing,
)
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import CONTEXT_PATH, JSON, link_to_context, linked_context, media_type_of_body
from madang.web.ngsi.operations import BATCH, ENTITY, NGSI_BASE, Table
from madang.web.problems import problem_reply
from madang.web.routes import Routes
from madang.web.tenants import MAIN

ENTITIES = NGSI_BASE + "entities/"
CREATING = frozenset(  # what makes a tenant that is not there yet (5.5.10)
    NGSI_BASE + path
    for path in (
        "entities",
        "entityOperations/create",
        "entityOperations/upsert",
        "temporal/entities",
        "subscriptions",
        "csourceRegistrations",
        "csourceSubscriptions",
        "jsonldContexts",
    )
)
NEVER_IN_SNAPSHOT = tuple(NGSI_BASE + path for path in ("snapshots", "jsonldContexts", "info/"))
OUTSIDE_SNAPSHOTS = tuple(NGSI_BASE + path for path in ("subscriptions", "csource"))
BARE_ERRORS = frozenset({405, 411, 415})

CORE: Table = [
    ("GET", NGSI_BASE + "entities", reading.query_entities),
    ("GET", ENTITY, reading.retrieve_entity),
    *writing.TABLE,
    *batch.TABLE,
    *purging.TABLE,
    ("POST", BATCH + "query", reading.query_by_post),
    ("GET", NGSI_BASE + "types", discovery.types),
    ("GET", NGSI_BASE + "types/{term}", discovery.type_details),
    ("GET", NGSI_BASE + "attributes", discovery.attributes),
    ("GET", NGSI_BASE + "attributes/{term}", discovery.attribute_details),
]
OPERATIONS: Table = [
    *CORE,
    *temporal.TABLE,
    *subscribing.TABLE,
    *registering.TABLE,
    *csource_subscribing.TABLE,
    *hosting.TABLE,
    *mapping.TABLE,
    *snapshots.TABLE,
    *identity.TABLE,
]


class Ngsi:
    """NGSI-LD for every city of the server."""

    def __init__(self, around: Around) -> None:
        self.around = self._around = around
        self._tenants = around.tenants
        self._views = around.views
        self._routes = Routes(OPERATIONS)
        self._sources = around.sources
        self._sources.here = self.reply

    async def answer(self, request: Request, send: Send) -> None:
        """Answer one request, errors included."""
        reply = await self.reply(request)
        await packed(reply, request).send(send, method=request.method)

    async def reply(self, request: Request) -> Reply:
        """The answer to one request, errors included; sources that are tenants of this server are asked by it too."""
        tenant, snapshot = request.headers.get("ngsild-tenant"), request.headers.get("ngsild-snapshot")
        try:
            on_base = request.path.startswith(NGSI_BASE)
            named = tenant if on_base else _tenant_of_path(request, tenant)
            try:
                city = self._tenants.city(named)
            except NotFoundError as unknown:
                reply = await self._in_new_city(request, named, unknown)
            else:
                if snapshot is not None and not request.path.startswith(NEVER_IN_SNAPSHOT):
                    city = await self._snapshot(request, city, snapshot)
                reply = self._stored(request, city) or await self._operation(request, city)
        except (MadangError, RecursionError) as error:
            request.language = language_of(request.headers)
            told = error if isinstance(error, MadangError) else CallerError("common.too-deep")
            reply = problem_reply(told, request.language, media_type=JSON.encode())
            if reply.status in BARE_ERRORS:
                reply.body = b""
        if tenant is not None:
            reply.headers = [*reply.headers, (b"ngsild-tenant", tenant.encode("latin-1"))]
        if snapshot is not None:
            reply.headers = [*reply.headers, (b"ngsild-snapshot", snapshot.encode("latin-1"))]
        return reply

    def _stored(self, request: Request, city: City) -> Reply | None:
        """The stored bytes of one entity, when that is exactly what was asked for."""
        headers, path = request.headers, request.path
        if request.method != "GET" or request.query_string or "link" in headers or not path.startswith(ENTITIES):
            return None
        if headers.get("accept", JSON) not in (JSON, "*/*") or "prefer" in headers or "ngsild-entitymap" in headers:
            return None
        entity_id = path[len(ENTITIES) :]
        if "%" in entity_id:
            entity_id = unquote(entity_id)
        elif "/" in entity_id:
            return None
        if len(self._sources.book(city)):
            return None  # other sources may know more of it
        stored = self._views.now(city).get(entity_id)
        if stored is None or MARK in stored:
            return None  # the slow path says why, or leaves out when it ends (6.3.11)
        link = link_to_context(request.base_url() + CONTEXT_PATH)
        return Reply(200, stored, headers=[(b"link", link.encode("latin-1"))])

    async def _in_new_city(self, request: Request, tenant: str | None, unknown: NotFoundError) -> Reply:
        """What is asked of a tenant that is not there: made if something is created in it, else as good as empty."""
        new_cities, path = self._around.new_cities, request.path.rstrip("/")
        if request.method in ("POST", "PATCH", "PUT") and "content-length" not in request.headers:
            raise CallerError("web.length-required")  # whatever the request is meant for (6.3.4)
        if not new_cities.could_be(tenant):
            raise unknown
        request.language = language_of(request.headers)
        if not tenant:  # the default tenant always exists (4.14)
            return await self._operation(request, await new_cities.make(tenant))
        if request.method == "POST" and path in CREATING:
            media_type_of_body(request)
            require_for_branch(request.caller, MAIN)
            return await self._operation(request, await new_cities.make(tenant))
        if request.method == "GET" and path == identity.PATH:
            return identity.told(request, pseudonym(tenant or MAIN), self._around.up_since)
        if request.method == "GET" and path == NGSI_BASE + "jsonldContexts":
            return json_reply([])
        raise unknown

    async def _snapshot(self, request: Request, city: City, snapshot: str) -> City:
        """The city that a snapshot is (6.3.22); what belongs to the city itself is refused within one."""
        if request.path.startswith(OUTSIDE_SNAPSHOTS):
            what = request.path.removeprefix(NGSI_BASE).partition("/")[0]
            raise CallerError("snapshots.not-in-snapshot", what=what)
        return await self._around.snapshots.city_of(city, snapshot)

    async def _operation(self, request: Request, city: City) -> Reply:
        request.language = language_of(request.headers)
        if request.method == "OPTIONS" and (allowed := self._routes.allowed(request.path)) is not None:
            return Reply(204, headers=_may(allowed))
        operation, parts = self._routes.find(request.method, request.path)
        if "link" in request.headers:
            await self._around.contexts.ready(linked_context(request), city)
        return await distributed.answer(Asked(request, city, self._around), operation, parts)  # type: ignore[arg-type]


def _may(allowed: str) -> list[Header]:
    """What a path takes: its methods, and the media types of its bodies (RFC 5789, 3.1)."""
    headers = [(b"allow", allowed.encode())]
    if "PATCH" in allowed:
        headers.append((b"accept-patch", b"application/json, application/ld+json, application/merge-patch+json"))
    if "POST" in allowed:
        headers.append((b"accept-post", b"application/json, application/ld+json"))
    return headers


def _tenant_of_path(request: Request, header: str | None) -> str:
    """Take the tenant off the path; a header that names another one is refused."""
    before, _, after = request.path.partition(NGSI_BASE)
    tenant = unquote(before.strip("/"))
    if header is not None and header != tenant:
        raise CallerError("web.tenant-twice", header=header, path=tenant)
    request.mount, request.path = before, NGSI_BASE + after
    return tenant
