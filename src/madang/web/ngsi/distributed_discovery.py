"""Types and attributes of several sources, made one list (clauses 5.7.5-5.7.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from madang.entities.context import Context
from madang.hub.registrations import Sought
from madang.hub.warnings import INVALID, SourceWarning
from madang.web.exchange import Reply, to_json
from madang.web.ngsi.distributed_asking import Sending, ask, beside
from madang.web.ngsi.distributed_gathering import OF_SEVERAL, warned, without
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.distributed_matching import Matching
from madang.web.ngsi.operations import NGSI_BASE

Join = Callable[[Any, Any], Any]


async def types(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET types/: all names, or with details=true all with their attributes."""
    if made.parameters.get("details") == "true":
        return await _together(made, "retrieveEntityTypeDetails", matching, Sought(), _lists_joined("attributeNames"))
    return await _together(made, operation, matching, Sought(), _named_lists_joined("typeList"))


async def attributes(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET attributes/: all names, or with details=true all with their types."""
    if made.parameters.get("details") == "true":
        return await _together(made, "retrieveAttrTypeDetails", matching, Sought(), _lists_joined("typeNames"))
    return await _together(made, operation, matching, Sought(), _named_lists_joined("attributeList"))


async def type_info(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET types/{type}: counts added up, attributes joined."""
    sought = Sought(types=((made.name(str(made.parts["term"])),),))
    return await _together(made, operation, matching, sought, _type_infos_joined)


async def attribute_info(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET attributes/{attribute}: counts added up, types joined."""
    sought = Sought(attributes=frozenset((made.name(str(made.parts["term"])),)))
    return await _together(made, operation, matching, sought, _attribute_infos_joined)


async def _together(made: Incoming, operation: str, matching: Matching, sought: Sought, join: Join) -> Reply:
    found = matching.offering(sought, operation)
    mine = without(made.parameters, OF_SEVERAL)
    if not found:
        return await made.here(parameters=mine)
    steps = made.asked.request.path[len(NGSI_BASE) :].strip("/")
    term = str(made.parts["term"]) if "term" in made.parts else None
    sending = Sending("GET", steps, mine, named=made.named, term=term)
    here, told = await beside(
        made.here(parameters=mine), [ask(made.asked, one, infos, sending) for one, infos in found]
    )
    if here.status not in (200, 404):
        return here
    value = orjson.loads(here.body) if here.status == 200 else None
    warnings = [warning for one in told for warning in one.warnings]
    for one in told:
        if one.status != 200:
            continue
        try:
            theirs = await _in_names(made, one.json(), one.named)
            value = theirs if value is None else join(value, theirs)
        except (ValueError, KeyError, TypeError, AttributeError):
            warnings.append(SourceWarning(INVALID, one.registration.id, "its answer is no list of names"))
    if value is None:
        here.headers = [*here.headers, *warned(warnings)]
        return here
    wanted = made.asked.wanted()
    return Reply(200, to_json(value), wanted.media_type.encode(), [*wanted.headers(), *warned(warnings)])


NAMES = ("typeList", "attributeList", "attributeNames", "typeNames", "typeName", "attributeName")


async def _in_names(made: Incoming, value: Any, named: Any) -> Any:
    """An answer with its names in the request's context."""
    if isinstance(value, dict) and "@context" in value:
        named = value["@context"]
    if named == made.named:
        return value
    await made.asked.contexts.ready(named, made.asked.city)
    return _renamed(value, made.asked.contexts.compiled(named), made.context)


def _renamed(value: Any, theirs: Context, mine: Context) -> Any:
    def name(term: str) -> str:
        return mine.given_name(theirs.stored_name(term))

    if isinstance(value, list):
        return [_renamed(one, theirs, mine) for one in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, part in value.items():
        if key in NAMES:
            made[key] = [name(one) for one in part] if isinstance(part, list) else name(part)
        else:
            made[key] = _renamed(part, theirs, mine) if isinstance(part, (dict, list)) else part
    return made


def _union(mine: list[Any], theirs: list[Any]) -> list[Any]:
    return sorted({*mine, *theirs})


def _named_lists_joined(member: str) -> Join:
    return lambda mine, theirs: {**mine, member: _union(mine[member], theirs[member])}


def _lists_joined(member: str) -> Join:
    def join(mine: list[Any], theirs: list[Any]) -> list[Any]:
        by_id = {one["id"]: one for one in mine}
        for one in theirs:
            before = by_id.get(one["id"])
            by_id[one["id"]] = one if before is None else {**before, member: _union(before[member], one[member])}
        return [by_id[id] for id in sorted(by_id)]

    return join


def _type_infos_joined(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    details = {one["id"]: one for one in mine["attributeDetails"]}
    for one in theirs["attributeDetails"]:
        before = details.get(one["id"])
        if before is None:
            details[one["id"]] = one
        else:
            kinds = _union(before.get("attributeTypes", []), one.get("attributeTypes", []))
            details[one["id"]] = {**before, "attributeTypes": kinds}
    count = mine["entityCount"] + theirs["entityCount"]
    return {**mine, "entityCount": count, "attributeDetails": [details[id] for id in sorted(details)]}


def _attribute_infos_joined(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    made = {**mine, "attributeCount": mine["attributeCount"] + theirs["attributeCount"]}
    for member in ("attributeTypes", "typeNames"):
        made[member] = _union(mine.get(member, []), theirs.get(member, []))
    return made
