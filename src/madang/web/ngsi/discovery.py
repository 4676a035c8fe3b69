"""What a city holds, by type and by attribute (clauses 5.7.5-5.7.10; data types 5.2.24-5.2.28).

Counts of entities come from the index, those of attributes from the store's inventory, which follows what is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from madang.errors import NotFoundError
from madang.store import View
from madang.web.exchange import Reply, to_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import JSON_LD, Wanted
from madang.web.ngsi.parameters import flag


async def types(asked: Asked) -> Reply:
    """GET types/: names, or with details=true their attributes too."""
    details = _details(asked)
    wanted, view = asked.wanted(), asked.city.view()
    if not details:
        shown = [_shown(wanted, name) for name in sorted(await in_thread(view.types))]
        return _reply({"id": _list_id("EntityTypeList"), "type": "EntityTypeList", "typeList": shown}, wanted)
    names, found = await in_thread(_types_and_attributes, view)
    body = [
        {
            "id": asked.contexts.city.expand(name),
            "type": "EntityType",
            "typeName": _shown(wanted, name),
            "attributeNames": [_shown(wanted, attribute) for attribute in sorted(found.get(name, ()))],
        }
        for name in names
    ]
    return _reply(body, wanted)


async def type_details(asked: Asked, term: str) -> Reply:
    """GET types/{type}: how many entities, and which attributes they have."""
    _local(asked)
    wanted, view = asked.wanted(), asked.city.view()
    name = asked.stored_name(term)
    count = (await in_thread(view.types)).get(name)
    if count is None:
        raise NotFoundError("web.type-not-stored", tenant=asked.city.tenant, type=term)
    kinds: dict[str, set[str]] = {}
    for names, attribute, kind in await in_thread(view.inventory):
        if name in names:
            kinds.setdefault(attribute, set()).add(kind)
    body = {
        "id": asked.contexts.city.expand(name),
        "type": "EntityTypeInfo",
        "typeName": _shown(wanted, name),
        "entityCount": count,
        "attributeDetails": [
            {
                "id": asked.contexts.city.expand(attribute),
                "type": "Attribute",
                "attributeName": _shown(wanted, attribute),
                "attributeTypes": sorted(found),
            }
            for attribute, found in sorted(kinds.items())
        ],
    }
    return _reply(body, wanted)


async def attributes(asked: Asked) -> Reply:
    """GET attributes/: names, or with details=true the types that have them."""
    details = _details(asked)
    wanted, view = asked.wanted(), asked.city.view()
    seen = _by_attribute(await in_thread(view.inventory))
    if not details:
        names = [_shown(wanted, name) for name in sorted(seen)]
        return _reply({"id": _list_id("AttributeList"), "type": "AttributeList", "attributeList": names}, wanted)
    body = [
        {
            "id": asked.contexts.city.expand(name),
            "type": "Attribute",
            "attributeName": _shown(wanted, name),
            "typeNames": [_shown(wanted, type_name) for type_name in sorted(type_names)],
        }
        for name, type_names in sorted(seen.items())
    ]
    return _reply(body, wanted)


async def attribute_details(asked: Asked, term: str) -> Reply:
    """GET attributes/{attribute}: how many instances, of which kinds, on which types."""
    _local(asked)
    wanted, view = asked.wanted(), asked.city.view()
    name = asked.stored_name(term)
    found = {key: count for key, count in (await in_thread(view.inventory)).items() if key[1] == name}
    if not found:
        raise NotFoundError("web.attribute-not-stored", tenant=asked.city.tenant, attribute=term)
    type_names = {type_name for names, _, _ in found for type_name in names}
    body = {
        "id": asked.contexts.city.expand(name),
        "type": "Attribute",
        "attributeName": _shown(wanted, name),
        "attributeCount": sum(found.values()),
        "attributeTypes": sorted({kind for _, _, kind in found}),
        "typeNames": [_shown(wanted, type_name) for type_name in sorted(type_names)],
    }
    return _reply(body, wanted)


def _details(asked: Asked) -> bool:
    parameters = asked.take_parameters(("details", "local"))
    flag(parameters, "local")
    return flag(parameters, "details") is True


def _local(asked: Asked) -> None:
    flag(asked.take_parameters(("local",)), "local")


def _types_and_attributes(view: View) -> tuple[list[str], dict[str, set[str]]]:
    """All types, and the attributes of each."""
    found: dict[str, set[str]] = {}
    for names, attribute, _ in view.inventory():
        for type_name in names:
            found.setdefault(type_name, set()).add(attribute)
    return sorted(view.types()), found


def _by_attribute(inventory: Iterable[tuple[tuple[str, ...], str, str]]) -> dict[str, set[str]]:
    """All attributes, and the types that have them."""
    found: dict[str, set[str]] = {}
    for names, attribute, _ in inventory:
        found.setdefault(attribute, set()).update(names)
    return found


def _shown(wanted: Wanted, name: str) -> str:
    return wanted.context.given_name(name)


def _list_id(kind: str) -> str:
    return f"urn:ngsi-ld:{kind}:madang"


def _reply(body: Any, wanted: Wanted) -> Reply:
    if wanted.media_type == JSON_LD:
        context = {"@context": wanted.context_beside(body, values=True)}
        body = [{**context, **one} for one in body] if isinstance(body, list) else {**context, **body}
    return Reply(200, to_json(body), wanted.media_type.encode(), wanted.headers())
