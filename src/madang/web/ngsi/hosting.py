"""Hosted @contexts: add, list, serve, delete (clauses 5.13; 6.29, 6.30).

A context is named by its id, by the address it was fetched from, or by the address it is served at here. What this
server fetched for itself is never served, only told of. They belong to the city, so all its branches share them.
"""

from __future__ import annotations

from typing import Any

from madang.errors import CallerError, DataError, NotFoundError
from madang.web.access import require_for_branch
from madang.web.exchange import Reply, Request, json_reply, to_json
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.contextbook import CACHED, HOSTED, KINDS, Book, Kept
from madang.web.ngsi.contextfetch import LARGEST, check_shape
from madang.web.ngsi.contexts import HOSTED_PATH
from madang.web.ngsi.negotiation import accepted, address_of, path_of
from madang.web.ngsi.operations import NGSI_BASE, Table


async def add_context(asked: Asked) -> Reply:
    """POST jsonldContexts: keep a context and serve it from here (5.13.2)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, "main")
    asked.request.max_body_bytes = min(asked.request.max_body_bytes, LARGEST)
    _, value = await asked.json_body()
    if not isinstance(value, dict) or "@context" not in value:
        raise CallerError("contexts.missing")
    check_shape(value["@context"])
    await asked.contexts.check(value["@context"], asked.city)
    kept = await (await asked.contexts.book(asked.city)).host(value["@context"])
    return Reply(201, headers=[(b"location", path_of(asked.request, kept).encode())])


async def list_contexts(asked: Asked) -> Reply:
    """GET jsonldContexts: addresses, or with details=true what is known of each (5.13.3)."""
    parameters = asked.take_parameters(("details", "kind"))
    details, kind = _flag(parameters, "details"), parameters.get("kind")
    if kind is not None and kind not in KINDS:
        raise DataError("web.parameter-value", parameter="kind", value=kind, expected=", ".join(KINDS))
    book = await asked.contexts.book(asked.city)
    found = [one for one in book.by_id.values() if kind in (None, one.kind)]
    return json_reply([_told(asked.request, one) if details else address_of(asked.request, one) for one in found])


async def serve_context(asked: Asked, context_id: str) -> Reply:
    """GET jsonldContexts/{id}: the context itself, or with details=true what is known of it (5.13.4)."""
    parameters = asked.take_parameters(("details",))
    book = await asked.contexts.book(asked.city)
    kept = _find(book, context_id)
    if kept is None:
        raise NotFoundError("contexts.unknown", id=context_id[:200])
    if _flag(parameters, "details"):
        told = _told(asked.request, kept)
        if kept.kind != HOSTED:
            kept.use(book)
        return json_reply(told)
    if kept.kind == CACHED:
        raise CallerError("contexts.cached", id=kept.id, url=kept.url)
    media_type = accepted(asked.request)
    kept.use(book)
    return Reply(200, to_json({"@context": kept.document}), media_type.encode())


async def delete_context(asked: Asked, context_id: str) -> Reply:
    """DELETE jsonldContexts/{id}: take it out, or with reload=true fetch a copy anew (5.13.5)."""
    parameters = asked.take_parameters(("reload",))
    require_for_branch(asked.request.caller, "main")
    book = await asked.contexts.book(asked.city)
    kept = _find(book, context_id)
    if _flag(parameters, "reload"):
        if kept is None or kept.kind != CACHED:
            raise CallerError("contexts.not-cached", id=context_id[:200])
        await asked.contexts.reload(kept, book)
        return Reply(204)
    if kept is None:
        raise NotFoundError("contexts.unknown", id=context_id[:200])
    await asked.contexts.remove(kept, book)
    return Reply(204)


def _find(book: Book, name: str) -> Kept | None:
    """One by id, by its first address, or by its address here."""
    found = book.find(name)
    if found is None and HOSTED_PATH in name:
        found = book.find(name.rpartition(HOSTED_PATH)[2])
    return found


def _told(request: Request, kept: Kept) -> dict[str, Any]:
    told: dict[str, Any] = {
        "URL": address_of(request, kept),
        "localId": kept.id,
        "kind": kept.kind,
        "createdAt": kept.created_at,
        "numberOfHits": kept.hits,
    }
    if kept.last_used is not None:
        told["lastUsage"] = kept.last_used
    if (expires := kept.expires_at()) is not None:
        told["expiresAt"] = expires
    told["extraInfo"] = {"sha256": kept.sha256, **({"fetchedAt": kept.fetched_at} if kept.url else {})}
    return told


def _flag(parameters: dict[str, str], name: str) -> bool:
    text = parameters.get(name, "false")
    if text.lower() not in ("true", "false"):
        raise DataError("web.parameter-value", parameter=name, value=text, expected="true, false")
    return text.lower() == "true"


TABLE: Table = [
    ("POST", NGSI_BASE + "jsonldContexts", add_context),
    ("GET", NGSI_BASE + "jsonldContexts", list_contexts),
    ("GET", HOSTED_PATH + "{context_id:path}", serve_context),
    ("DELETE", HOSTED_PATH + "{context_id:path}", delete_context),
]
