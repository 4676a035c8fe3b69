"""Temporal evolutions over several sources: retrieved and queried, their instances together (clauses 5.7.3, 5.7.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from madang.entities.context import Context
from madang.hub.federation import narrowed
from madang.hub.merging import merged_history
from madang.hub.registrations import Info, Registration
from madang.hub.warnings import INVALID, SourceWarning
from madang.web.exchange import Reply, to_json
from madang.web.ngsi.distributed_asking import Sending, Told, ask, beside
from madang.web.ngsi.distributed_gathering import OF_SEVERAL, sought_of, warned, without
from madang.web.ngsi.distributed_local import Incoming, fresh
from madang.web.ngsi.distributed_matching import Matching
from madang.web.ngsi.mapbook import EntityMap
from madang.web.ngsi.maps import Wish, location_of, map_wished, new_map
from madang.web.ngsi.negotiation import JSON_LD
from madang.web.ngsi.operations import NGSI_BASE

FORM = ("lang", "geometryProperty")
HERE = "@none"  # how a map names this place (5.2.39)


async def retrieve(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET temporal/entities/{id}, from here and from sources, with a map of it where one is asked for."""
    entity_id = str(made.parts["entity_id"])
    wish = map_wished(made, made.parameters)
    reply, places = await _retrieved(made, entity_id, operation, matching)
    if wish.asked and reply.status in (200, 206):
        kept = wish.map or new_map(made, {entity_id: places}, made.parameters, temporal=True)
        reply.headers = [*reply.headers, (b"ngsild-entitymap", location_of(kept).encode())]
    return reply


async def _retrieved(made: Incoming, entity_id: str, operation: str, matching: Matching) -> tuple[Reply, list[str]]:
    """The evolution, and where there was something of it, as a map says it."""
    found = matching.offering(sought_of(made.parameters, made, ids=(entity_id,)), operation)
    if not found:
        return await made.here(parameters=without(made.parameters, OF_SEVERAL)), [HERE]
    path = f"temporal/entities/{quote(entity_id, safe=':')}"
    here, told = await _asked(made, found, path)
    if here.status not in (200, 206, 404):
        return here, []
    warnings = [warning for one in told for warning in one.warnings]
    values, places = ([orjson.loads(here.body)], [HERE]) if here.status != 404 else ([], [])
    for one in told:
        theirs = [value for value in await _values(made, one, warnings) if value.get("id") == entity_id]
        values += theirs
        places += [one.registration.id] if theirs else []
    if not values:
        here.headers = [*here.headers, *warned(warnings)]
        return here, []
    return _reply(made, merged_history(values), here, warnings), places


async def query(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET temporal/entities/ and POST temporal/entityOperations/query, from here and from sources."""
    parameters = _parameters(made)
    wish = map_wished(made, parameters)
    if wish.asked:
        try:
            return await _mapped(made, operation, matching, wish)
        except RefusedHere as refused:
            return refused.reply
    found = matching.offering(sought_of(parameters, made), operation)
    if not found:
        return await made.here(parameters=without(made.parameters, OF_SEVERAL))
    here, told = await _asked(made, found, made.asked.request.path[len(NGSI_BASE) :].strip("/"))
    if here.status not in (200, 206):
        return here
    warnings = [warning for one in told for warning in one.warnings]
    mine = orjson.loads(here.body)
    by_id: dict[str, list[Any]] = {}
    for value in mine if isinstance(mine, list) else [mine]:
        by_id.setdefault(value["id"], []).append(value)
    for one in told:
        for value in await _values(made, one, warnings):
            by_id.setdefault(str(value.get("id")), []).append(value)
    together = [merged_history(values) for values in by_id.values()]
    limit = parameters.get("limit", "")
    if limit.isdigit() and int(limit) > 0:
        together = together[: int(limit)]
    return _reply(made, together, here, warnings)


async def _mapped(made: Incoming, operation: str, matching: Matching, wish: Wish) -> Reply:
    """The same over the entities of a map, made now if there is none (5.14.5)."""
    kept = wish.map or await history_map(made, operation, matching)
    is_new = wish.map is None
    limit, offset = _whole(made.parameters.get("limit"), 20), _whole(made.parameters.get("offset"), 0)
    page = list(kept.entities)[offset : offset + limit]
    headers = [(b"ngsild-entitymap", location_of(kept).encode())]
    if made.parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % len(kept.entities)))
    if not page:
        return Reply(201 if is_new else 200, b"[]", headers=headers)
    request = made.asked.request
    plain = {name: text for name, text in request.headers.items() if name != "ngsild-entitymap"}
    parameters = without(made.parameters, ("entityMap", "entityMapLifetime", "offset", "count")) | {
        "id": ",".join(page),
        "limit": str(len(page)),
    }
    again = replace(made, asked=fresh(made.asked, replace(request, headers=plain)), parameters=parameters)
    if made.has_body:
        again.body = {**made.body, "entities": [{"type": "*", "id": id} for id in page]}
        again.parameters = without(parameters, ("id",))
    reply = await query(again, operation, matching)
    if reply.status in (200, 206):
        reply.headers = [*(one for one in reply.headers if one[0] != b"ngsild-results-count"), *headers]
        reply.status = 201 if is_new else reply.status
    return reply


async def history_map(made: Incoming, operation: str, matching: Matching) -> EntityMap:
    """A map of the entities that a temporal query finds, here and at sources."""
    found = matching.offering(sought_of(_parameters(made), made), operation)
    parameters = without(made.parameters, ("offset", "count", *OF_SEVERAL)) | {"limit": "1000"}
    wide = replace(made, parameters=parameters)
    here, told = await _asked(wide, found, "temporal/entities" if not made.has_body else _query_path())
    if here.status not in (200, 206):
        raise RefusedHere(here)
    entities: dict[str, list[str]] = {}
    for value in orjson.loads(here.body):
        entities.setdefault(value["id"], []).append(HERE)
    for one in told:
        for value in await _values(made, one, []):
            entities.setdefault(value["id"], []).append(one.registration.id)
    return new_map(made, entities, made.parameters, temporal=True)


class RefusedHere(Exception):
    """The local part refuses; its answer is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def _query_path() -> str:
    return "temporal/entityOperations/query"


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdigit() else default


def _parameters(made: Incoming) -> dict[str, str]:
    if not made.has_body:
        return made.parameters
    selectors = made.body.get("entities", []) if isinstance(made.body, dict) else []
    types = [one["type"] for one in selectors if isinstance(one, dict) and isinstance(one.get("type"), str)]
    ids = [one["id"] for one in selectors if isinstance(one, dict) and isinstance(one.get("id"), str)]
    found = dict(made.parameters)
    if types and "*" not in types:
        found["type"] = ",".join(dict.fromkeys(types))
    if ids and len(ids) == len(selectors):
        found["id"] = ",".join(ids)
    return found


async def _asked(
    made: Incoming, found: list[tuple[Registration, tuple[Info, ...]]], path: str
) -> tuple[Reply, list[Told]]:
    plain = without(made.parameters, OF_SEVERAL)
    sendings = []
    for registration, infos in found:
        asking = without(plain, FORM)
        if not made.has_body:
            asking = narrowed(asking, infos, given=made.context.given_name, stored=made.name)
        sending = Sending(made.asked.request.method, path, asking, made.body, made.media_type, made.named)
        sendings.append(ask(made.asked, registration, infos, sending))
    return await beside(made.here(parameters=plain, plain=True), sendings)


async def _values(made: Incoming, told: Told, warnings: list[SourceWarning]) -> list[dict[str, Any]]:
    """The entities of an answer, with their names in the request's context."""
    if told.status not in (200, 206):
        return []
    try:
        value = told.json()
        found = []
        for one in value if isinstance(value, list) else [value]:
            named = one.pop("@context", told.named)
            if not isinstance(one["id"], str) or not one["type"]:
                raise ValueError(one["id"])
            await made.asked.contexts.ready(named, made.asked.city)
            theirs = made.asked.contexts.compiled(named)
            found.append(one if theirs is made.context else _renamed(one, theirs, made.context))
        return found
    except (ValueError, KeyError, TypeError, AttributeError):
        warnings.append(SourceWarning(INVALID, told.registration.id, "its answer holds no temporal entities"))
        return []


def _renamed(value: dict[str, Any], theirs: Context, mine: Context) -> dict[str, Any]:
    return mine.from_stored(theirs.to_stored(value))


def _reply(made: Incoming, value: Any, here: Reply, warnings: list[SourceWarning]) -> Reply:
    asked = made.asked
    wanted = asked.wanted()
    if wanted.media_type == JSON_LD:
        several = value if isinstance(value, list) else [value]
        several = [{"@context": wanted.context_beside(one), **one} for one in several]
        value = several if isinstance(value, list) else several[0]
    kept = [one for one in here.headers if one[0] in (b"content-range", b"ngsild-results-count")]
    status = here.status if here.status == 206 else 200
    headers = [*wanted.headers(), *kept, *warned(warnings)]
    return Reply(status, to_json(value), wanted.media_type.encode(), headers)
