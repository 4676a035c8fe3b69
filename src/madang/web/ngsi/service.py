"""The NGSI-LD service of all cities: its paths, its hot path, and how its errors leave.

Base path `/ngsi-ld/v1`; the tenant stands in the NGSILD-Tenant header (6.3.14), or, for clients that can't send it,
before the base path: `/seongnam~fabless-valley/ngsi-ld/v1/entities`. GET of one entity in its stored form is answered
before anything else is looked at. Errors are application/json whatever was accepted (6.3.6); 411 and 415 have no body
(6.3.4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from madang.city import City
from madang.errors import CallerError, MadangError
from madang.web.exchange import Reply, Request, Send, language_of, packed
from madang.web.ngsi import batch, discovery, reading, writing
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import CONTEXT_PATH, JSON, Contexts, link_to_context
from madang.web.ngsi.views import Views
from madang.web.problems import problem_reply
from madang.web.routes import Routes
from madang.web.tenants import Tenants

NGSI_BASE = "/ngsi-ld/v1/"
ENTITIES = NGSI_BASE + "entities/"
BARE_ERRORS = frozenset({411, 415})

Operation = Callable[..., Awaitable[Reply]]

_ENTITY = NGSI_BASE + "entities/{entity_id}"
_ATTRIBUTE = _ENTITY + "/attrs/{term}"
_BATCH = NGSI_BASE + "entityOperations/"
OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", NGSI_BASE + "entities", reading.query_entities),
    ("POST", NGSI_BASE + "entities", writing.create_entity),
    ("GET", _ENTITY, reading.retrieve_entity),
    ("PUT", _ENTITY, writing.replace_entity),
    ("PATCH", _ENTITY, writing.merge_entity),
    ("DELETE", _ENTITY, writing.delete_entity),
    ("POST", _ENTITY + "/attrs", writing.append),
    ("PATCH", _ENTITY + "/attrs", writing.update),
    ("PATCH", _ATTRIBUTE, writing.update_attribute),
    ("PUT", _ATTRIBUTE, writing.replace_attribute),
    ("DELETE", _ATTRIBUTE, writing.remove_attribute),
    ("POST", _BATCH + "create", batch.create_batch),
    ("POST", _BATCH + "upsert", batch.upsert_batch),
    ("POST", _BATCH + "update", batch.update_batch),
    ("POST", _BATCH + "merge", batch.merge_batch),
    ("POST", _BATCH + "delete", batch.delete_batch),
    ("POST", _BATCH + "query", reading.query_by_post),
    ("GET", NGSI_BASE + "types", discovery.types),
    ("GET", NGSI_BASE + "types/{term}", discovery.type_details),
    ("GET", NGSI_BASE + "attributes", discovery.attributes),
    ("GET", NGSI_BASE + "attributes/{term}", discovery.attribute_details),
]


class Ngsi:
    """NGSI-LD for every city of the server."""

    def __init__(self, tenants: Tenants, load_context: Callable[[str], Any] | None) -> None:
        self._tenants = tenants
        self._contexts = Contexts(load_context)
        self._views = Views()
        self._routes = Routes(OPERATIONS)

    async def answer(self, request: Request, send: Send) -> None:
        """Answer one request, errors included."""
        tenant = request.headers.get("ngsild-tenant")
        try:
            on_base = request.path.startswith(NGSI_BASE)
            city = self._tenants.city(tenant if on_base else _tenant_of_path(request, tenant))
            reply = self._stored(request, city) or await self._operation(request, city)
        except MadangError as error:
            request.language = language_of(request.headers)
            reply = problem_reply(error, request.language, media_type=JSON.encode())
            if reply.status in BARE_ERRORS:
                reply.body = b""
        if tenant is not None:
            reply.headers = [*reply.headers, (b"ngsild-tenant", tenant.encode("latin-1"))]
        await packed(reply, request).send(send, method=request.method)

    def _stored(self, request: Request, city: City) -> Reply | None:
        """The stored bytes of one entity, when that is exactly what was asked for."""
        headers, path = request.headers, request.path
        if request.method != "GET" or request.query_string or "link" in headers or not path.startswith(ENTITIES):
            return None
        if headers.get("accept", JSON) not in (JSON, "*/*"):
            return None
        entity_id = path[len(ENTITIES) :]
        if "%" in entity_id:
            entity_id = unquote(entity_id)
        elif "/" in entity_id:
            return None
        stored = self._views.now(city).get(entity_id)
        if stored is None:
            return None  # the slow path says why
        link = link_to_context(request.base_url() + CONTEXT_PATH)
        return Reply(200, stored, headers=[(b"link", link.encode("latin-1"))])

    async def _operation(self, request: Request, city: City) -> Reply:
        request.language = language_of(request.headers)
        operation, parts = self._routes.find(request.method, request.path)
        return await operation(Asked(request, city, self._contexts, self._views), **parts)  # type: ignore[return-value]


def _tenant_of_path(request: Request, header: str | None) -> str:
    """Take the tenant off the path; a header that names another one is refused."""
    before, _, after = request.path.partition(NGSI_BASE)
    tenant = unquote(before.strip("/"))
    if header is not None and header != tenant:
        raise CallerError("web.tenant-twice", header=header, path=tenant)
    request.mount, request.path = before, NGSI_BASE + after
    return tenant
