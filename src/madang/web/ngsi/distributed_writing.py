"""Changing one entity over several sources (clauses 5.6.1-5.6.6, 5.6.11-5.6.19, 5.6.21; 6.3.17).

What proxied registrations cover goes to their sources and is not touched here; inclusive sources get a copy of the
rest, which is also done here, and first: what is no entity is refused before anybody else hears of it. A request that
comes back to where it was is answered 508, before anything is written.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from madang.entities.entity import is_uri
from madang.entities.qlanguage import parse_types, renamed_types
from madang.errors import CallerError, ConflictError, MadangError, NotFoundError
from madang.hub.federation import Division, Share, divided
from madang.hub.registrations import Registration, Sought
from madang.web.exchange import Reply, json_reply
from madang.web.ngsi.distributed_asking import LOOP, TIMEOUT, Sending, Told, ask
from madang.web.ngsi.distributed_gathering import OF_SEVERAL, sought_of, without
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.distributed_matching import Matching
from madang.web.ngsi.operations import NGSI_BASE
from madang.web.problems import problem, problem_reply

NOT_ATTRIBUTES = frozenset(("id", "type", "scope", "@context", "expiresAt"))
OF_ATTRIBUTE = frozenset(
    (
        *("updateAttrs", "replaceAttrs", "deleteAttrs"),
        *("deleteAttrsTemporal", "updateAttrInstanceTemporal", "deleteAttrInstanceTemporal"),
    )
)
OF_FRAGMENTS = frozenset(("appendAttrs", "updateEntity", "appendAttrsTemporal"))
CREATING = frozenset(("createEntity", "upsertTemporal"))


@dataclass(slots=True)
class Part:
    """What became of one part of a change: at a source, or here."""

    attributes: tuple[str, ...]
    status: int
    source: str | None = None
    error: MadangError | None = None
    details: dict[str, Any] | None = None  # the problem as it was told here
    body: Any = None
    reply: Reply | None = field(default=None, repr=False)
    named: bool = False  # whether a registration names the entity itself, so that lacking it is a failure

    @property
    def is_well(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300


async def write(made: Incoming, operation: str, matching: Matching) -> Reply:
    """One entity, or attributes of it, changed here and at sources."""
    fragment = _fragment(made, operation)
    if fragment is None:
        return await made.as_it_came()
    entity_id = str(made.parts.get("entity_id") or fragment.get("id"))
    if not is_uri(entity_id):
        return await made.as_it_came()
    found = matching.found(_sought(made, operation, entity_id, fragment))
    found = [one for one in found if one[0].mode != "auxiliary"]
    division = divided(fragment, found, operation, name=made.name)
    if matching.loops and division.shares:
        raise CallerError("registrations.loop", via=made.asked.request.headers.get("via", "-"))
    if not division.shares:
        return await made.as_it_came()
    parts = await _done(made, operation, division)
    _mark_named(parts, operation, entity_id, {share.registration.id: share.registration for share in division.shares})
    return _answer(made, operation, entity_id, parts)


def _mark_named(parts: list[Part], operation: str, entity_id: str, by_id: dict[str, Registration]) -> None:
    """Note which parts were promised by id: a source of a whole type may well lack an entity, this one may not."""
    names = {id for id, one in by_id.items() if any(k.id == entity_id for info in one.infos for k in info.kinds)}
    for part in parts:
        part.named = part.source in names or (part.source is None and operation == "deleteEntity" and bool(names))


def _fragment(made: Incoming, operation: str) -> dict[str, Any] | None:
    """What is to be changed, by attributes; None for what is no such thing, which the operation itself refuses."""
    if operation in OF_ATTRIBUTE:
        return {str(made.parts["term"]): made.body}
    if made.has_body:
        return made.body if isinstance(made.body, dict) else None
    return {}


def _sought(made: Incoming, operation: str, entity_id: str, fragment: dict[str, Any]) -> Sought:
    attributes = frozenset(made.name(key) for key in fragment if key not in NOT_ATTRIBUTES)
    types, known = None, None
    if operation in CREATING or operation == "replaceEntity":
        given = fragment.get("type")
        names = given if isinstance(given, list) else [given] if isinstance(given, str) else []
        known = frozenset(made.name(one) for one in names if isinstance(one, str)) or None
    elif made.parameters.get("type"):
        types = renamed_types(parse_types(made.parameters["type"]), made.name)
    return Sought(types=types, ids=(entity_id,), attributes=attributes, any_type=known)


async def _done(made: Incoming, operation: str, division: Division) -> list[Part]:
    parts: list[Part] = []
    if division.remains is not None:
        remains = _body_of(made, operation, division.remains)
        reply = await made.here(parameters=without(made.parameters, OF_SEVERAL), body=remains)
        here = _here(reply, division.remains)
        if not here.is_well and here.status not in (404, 409):
            return [here]  # what is wrong with it is wrong with it anywhere
        parts.append(here)
    parts += await asyncio.gather(*(_sent(made, operation, share) for share in division.shares))
    return parts


def _body_of(made: Incoming, operation: str, fragment: dict[str, Any]) -> Any:
    if not made.has_body:
        return None
    return made.body if operation in OF_ATTRIBUTE else fragment


def _here(reply: Reply, fragment: dict[str, Any]) -> Part:
    attributes = tuple(key for key in fragment if key not in NOT_ATTRIBUTES)
    part = Part(attributes, reply.status, reply=reply)
    if reply.body:
        part.body = orjson.loads(reply.body)
        if not part.is_well:
            part.details = part.body
    return part


async def _sent(made: Incoming, operation: str, share: Share) -> Part:
    if not share.offered:
        facts = {"id": share.registration.id, "operation": operation}
        return Part(share.attributes, 409, share.registration.id, ConflictError("registrations.not-offered", **facts))
    return part_of(await ask(made.asked, share.registration, (), _sending(made, operation, share)), share.attributes)


def _sending(made: Incoming, operation: str, share: Share) -> Sending:
    request = made.asked.request
    path = quote(request.path[len(NGSI_BASE) :].strip("/"), safe=":/%")
    return Sending(
        request.method,
        f"{path}/" if operation in OF_FRAGMENTS else path,  # …/attrs/ is how the resource is written (6.6, 6.21)
        without(made.parameters, OF_SEVERAL),
        _body_of(made, operation, share.fragment),
        made.media_type,
        made.named,
        term=str(made.parts["term"]) if operation in ("updateAttrs", "replaceAttrs", "deleteAttrs") else None,
    )


def part_of(told: Told, attributes: tuple[str, ...] = ()) -> Part:
    """What became of the part a source was asked for; its failures as the errors of clause 6.3.17."""
    part = Part(attributes, told.status, told.registration.id)
    if told.is_well:
        if told.body:
            try:
                part.body = told.json()
            except orjson.JSONDecodeError:
                part.body = None
        return part
    part.error = error_of(told.registration, told.status, told.detail)
    return part


def error_of(registration: Registration, status: int, detail: str) -> MadangError:
    """The error that a source's failure is here: 508, 504, 404, and 502 for everything else."""
    if status == LOOP:
        return CallerError("registrations.loop", via=registration.id)
    if status == TIMEOUT:
        return CallerError("registrations.source-silent", id=registration.id, detail=detail)
    if status == 404:
        return NotFoundError("registrations.source-lacks", id=registration.id, detail=detail)
    return CallerError("registrations.source-failed", id=registration.id, status=status, detail=detail)


# -- one answer of several --------------------------------------------------------------------------------------------


def _answer(made: Incoming, operation: str, entity_id: str, parts: list[Part]) -> Reply:
    well = [one for one in parts if one.is_well]
    # A source that does not have the entity, or that the request already came by, takes nothing from what others did.
    wrong = [one for one in parts if not one.is_well and not (well and _is_harmless(one))]
    partial = [one for one in well if isinstance(one.body, dict) and "notUpdated" in one.body]
    if not wrong and not partial:
        return _success(made, operation, entity_id, well)
    if not well:
        return _refusal(made, entity_id, wrong)
    if operation in OF_FRAGMENTS or operation in OF_ATTRIBUTE:
        return _update_result(made, well, wrong)
    errors = [entity_error(made, entity_id, one) for one in wrong]
    return json_reply({"success": [entity_id], "errors": errors}, status=207)


def _is_harmless(part: Part) -> bool:
    return part.status == LOOP or (part.status == 404 and not part.named)


def _success(made: Incoming, operation: str, entity_id: str, well: list[Part]) -> Reply:
    here = next((one.reply for one in well if one.reply is not None), None)
    if here is not None:
        return here
    request = made.asked.request
    if operation in CREATING and any(one.status == 201 for one in well):
        location = f"{request.mount}{request.path.rstrip('/')}/{quote(entity_id, safe=':')}"
        return Reply(201, headers=[(b"location", location.encode())])
    return Reply(204)


def _refusal(made: Incoming, entity_id: str, wrong: list[Part]) -> Reply:
    """The error when nothing was done: the one there is; several together, each with what was said of it."""
    known = [one for one in wrong if one.status != 404] or wrong[:1]
    if len(known) == 1:
        here = next((one.reply for one in wrong if one.reply is not None and one.status == known[0].status), None)
        if here is not None:
            return here
        assert known[0].error is not None
        return problem_reply(known[0].error, made.asked.request.language, media_type=b"application/json")
    return json_reply({"success": [], "errors": [entity_error(made, entity_id, one) for one in wrong]}, status=207)


def _update_result(made: Incoming, well: list[Part], wrong: list[Part]) -> Reply:
    """What was and what was not updated, by full names (5.2.18)."""
    full = made.context.expand
    not_updated = []
    for one in wrong:
        reason = _reason(made, one)
        for key in one.attributes or ("",):
            entry = {"attributeName": full(key) if key else key, "reason": reason}
            not_updated.append(entry | ({"registrationId": one.source} if one.source else {}))
    failed = {entry["attributeName"] for entry in not_updated}
    updated: list[str] = []
    for one in well:
        if isinstance(one.body, dict) and "notUpdated" in one.body:
            updated += one.body.get("updated", [])
            not_updated += one.body["notUpdated"]
        else:
            updated += [full(key) for key in one.attributes]
    updated = [name for name in dict.fromkeys(updated) if name not in failed]
    return json_reply({"updated": updated, "notUpdated": not_updated}, status=207)


def _reason(made: Incoming, part: Part) -> str:
    if part.error is not None:
        return part.error.message(made.asked.request.language)
    return str((part.details or {}).get("detail", f"status {part.status}"))


def entity_error(made: Incoming, entity_id: str, part: Part) -> dict[str, Any]:
    """One entry of a batch's errors (5.2.17), with the status that was answered for this part."""
    details = dict((part.details if part.error is None else problem(part.error, made.asked.request.language)) or {})
    details["status"] = part.status
    entry: dict[str, Any] = {"entityId": entity_id, "error": details}
    return entry | ({"registrationId": part.source} if part.source else {})


# -- purge ------------------------------------------------------------------------------------------------------------


async def purge(made: Incoming, operation: str, matching: Matching) -> Reply:
    """DELETE entities/: what fits is deleted here and at every source that offers it (5.6.21)."""
    found = [one for one in matching.found(sought_of(made.parameters, made)) if one[0].mode != "auxiliary"]
    offering = [one for one in found if operation in one[0].operations]
    if matching.loops and offering:
        raise CallerError("registrations.loop", via=made.asked.request.headers.get("via", "-"))
    if not offering:
        return await made.here(parameters=without(made.parameters, OF_SEVERAL))
    reply = await made.here(parameters=without(made.parameters, OF_SEVERAL))
    here = _here(reply, {})
    if not here.is_well and here.status != 404:
        return reply
    sending = Sending("DELETE", "entities", without(made.parameters, OF_SEVERAL), named=made.named)
    told = await asyncio.gather(*(ask(made.asked, one, infos, sending) for one, infos in offering))
    return _answer(made, operation, "", [here, *map(part_of, told)])
