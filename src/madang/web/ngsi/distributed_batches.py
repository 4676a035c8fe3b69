"""Batches over several sources (clauses 5.6.7-5.6.10, 5.6.20): each entity divided, one request a source.

An entity has succeeded when everything that was to be done with it was done; else it stands among the errors, once for
each source that failed it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from madang.entities.entity import is_uri
from madang.errors import CallerError, ConflictError, MadangError
from madang.hub.federation import divided
from madang.hub.registrations import Registration, Sought
from madang.web.exchange import Reply, json_reply
from madang.web.ngsi.distributed_asking import Sending, Told, ask
from madang.web.ngsi.distributed_gathering import OF_SEVERAL, without
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.distributed_matching import Matching
from madang.web.ngsi.distributed_writing import NOT_ATTRIBUTES, Part, entity_error, error_of
from madang.web.ngsi.negotiation import JSON_LD
from madang.web.ngsi.operations import NGSI_BASE


@dataclass(slots=True)
class Lot:
    """What of a batch goes to one source."""

    registration: Registration
    items: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """Who gets what of a batch: sources, this server, and nobody, because a source does not offer it."""

    lots: dict[str, Lot] = field(default_factory=dict)
    here: list[Any] = field(default_factory=list)
    refused: list[tuple[str, Part]] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What became of the entities of a batch."""

    done: set[str] = field(default_factory=set)
    created: set[str] = field(default_factory=set)
    wrong: list[tuple[str | None, Part]] = field(default_factory=list)
    lacking: list[tuple[str | None, Part]] = field(default_factory=list)  # not there, which others may make good


async def batch(made: Incoming, operation: str, matching: Matching) -> Reply:
    """POST entityOperations/{create, upsert, update, merge, delete}, here and at sources."""
    if not isinstance(made.body, list) or not made.body:
        return await made.as_it_came()
    try:
        plan = await _planned(made, operation, matching)
    except MadangError:
        return await made.as_it_came()
    if not plan.lots and not plan.refused:
        return await made.as_it_came()
    if matching.loops:
        raise CallerError("registrations.loop", via=made.asked.request.headers.get("via", "-"))
    outcome = Outcome()
    outcome.wrong += plan.refused
    if plan.here:
        reply = await made.here(parameters=without(made.parameters, OF_SEVERAL), body=plan.here)
        if reply.status not in (200, 201, 204, 207):
            return reply
        _take_here(outcome, reply, plan.here, operation)
    told = await asyncio.gather(*(_sent(made, lot) for lot in plan.lots.values()))
    for lot, one in zip(plan.lots.values(), told, strict=True):
        _take(outcome, one, lot, operation)
    return _answer(made, operation, outcome)


async def _planned(made: Incoming, operation: str, matching: Matching) -> Plan:
    plan = Plan()
    for item in made.body:
        name = await _names(made, item)
        fragment = {"id": item} if isinstance(item, str) else item
        if not isinstance(fragment, dict) or not is_uri(str(fragment.get("id"))):
            plan.here.append(item)
            continue
        found = [one for one in matching.found(_sought(fragment, operation, name)) if one[0].mode != "auxiliary"]
        division = divided(fragment, found, operation, name=name)
        for share in division.shares:
            if share.offered:
                lot = plan.lots.setdefault(share.registration.id, Lot(share.registration))
                lot.items.append(item if isinstance(item, str) else share.fragment)
            else:
                error = ConflictError("registrations.not-offered", id=share.registration.id, operation=operation)
                plan.refused.append((fragment["id"], Part((), 409, share.registration.id, error)))
        if division.remains is not None:
            plan.here.append(item if isinstance(item, str) else division.remains)
    return plan


async def _names(made: Incoming, item: Any) -> Any:
    """What reads the names of one entity: its own @context where it brought one."""
    if made.media_type != JSON_LD or not isinstance(item, dict) or "@context" not in item:
        return made.name
    named = item["@context"]
    await made.asked.contexts.ready(named, made.asked.city)
    if made.named is None:
        made.named = named
    return made.asked.contexts.compiled(named).stored_name


def _sought(fragment: dict[str, Any], operation: str, name: Any) -> Sought:
    given = fragment.get("type")
    types = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    return Sought(
        ids=(fragment["id"],),
        attributes=frozenset(name(key) for key in fragment if key not in NOT_ATTRIBUTES),
        any_type=frozenset(name(one) for one in types if isinstance(one, str)) or None,
    )


async def _sent(made: Incoming, lot: Lot) -> Told:
    request = made.asked.request
    path = request.path[len(NGSI_BASE) :].strip("/")
    sending = Sending("POST", path, without(made.parameters, OF_SEVERAL), lot.items, made.media_type, made.named)
    return await ask(made.asked, lot.registration, (), sending)


def _ids(items: list[Any]) -> list[str]:
    return [one if isinstance(one, str) else str(one.get("id")) for one in items if isinstance(one, (str, dict))]


def _take_here(outcome: Outcome, reply: Reply, items: list[Any], operation: str) -> None:
    value = orjson.loads(reply.body) if reply.body else None
    if reply.status == 207 and isinstance(value, dict):
        outcome.done.update(value.get("success", ()))
        for entry in value.get("errors", ()):
            details = entry.get("error", {})
            part = Part((), int(details.get("status", 400)), details=details)
            _note(outcome, entry.get("entityId"), part)
        return
    outcome.done.update(_ids(items))
    if reply.status == 201 and isinstance(value, list):
        outcome.created.update(value)


def _take(outcome: Outcome, told: Told, lot: Lot, operation: str) -> None:
    ids = _ids(lot.items)
    if not told.is_well:
        error = error_of(lot.registration, told.status, told.detail)
        for id in ids:
            _note(outcome, id, Part((), told.status, lot.registration.id, error))
        return
    try:
        value = told.json() if told.body else None
    except orjson.JSONDecodeError:
        value = None
    failed: set[str] = set()
    if told.status == 207 and isinstance(value, dict):
        for entry in value.get("errors", ()):
            details = entry.get("error")
            details = details if isinstance(details, dict) else {"detail": str(details)[:300]}
            id = str(entry.get("entityId"))
            failed.add(id)
            status = details.get("status", 400)
            part = Part((), status if isinstance(status, int) else 400, lot.registration.id, details=details)
            _note(outcome, id, part)
    done = [id for id in ids if id not in failed]
    outcome.done.update(done)
    if told.status == 201 and isinstance(value, list):
        outcome.created.update(id for id in value if id in ids)
    elif told.status == 201 and operation == "createBatch":
        outcome.created.update(done)


def _note(outcome: Outcome, id: str | None, part: Part) -> None:
    (outcome.lacking if part.status in (404, 508) else outcome.wrong).append((id, part))


def _answer(made: Incoming, operation: str, outcome: Outcome) -> Reply:
    wrong = [*outcome.wrong, *(one for one in outcome.lacking if one[0] not in outcome.done)]
    order = {id: place for place, id in reversed(list(enumerate(_ids(made.body))))}
    if wrong:
        failed = {id for id, _ in wrong}
        success = sorted(outcome.done - failed, key=lambda id: order.get(id, 0))
        errors = [entity_error(made, str(id), part) for id, part in wrong]
        return json_reply({"success": success, "errors": errors}, status=207)
    if operation == "createBatch":
        return json_reply(sorted(outcome.done, key=lambda id: order.get(id, 0)), status=201)
    if outcome.created:
        return json_reply(sorted(outcome.created, key=lambda id: order.get(id, 0)), status=201)
    return Reply(204)
