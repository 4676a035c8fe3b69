"""What a city holds, by type and by attribute (clauses 5.7.5-5.7.10; data types 5.2.24-5.2.28).

Counts of types come from the store; which attributes a type has is read off its entities, page by page, on a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from madang.entities import entity as entities
from madang.entities.entity import Document
from madang.entities.query import Query, parse_types
from madang.errors import NotFoundError
from madang.store import View
from madang.web.exchange import Reply, to_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import JSON_LD, Wanted

PAGE = 1000


@dataclass(slots=True)
class Seen:
    """One attribute as it was found: in how many instances, of which kinds, on which types."""

    count: int = 0
    kinds: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)


async def types(asked: Asked) -> Reply:
    """GET types/: names, or with details=true their attributes too."""
    details = asked.take_parameters(("details", "local")).get("details") == "true"
    wanted, view = asked.wanted(), asked.city.view()
    names = sorted(view.types())
    if not details:
        shown = [_shown(wanted, name) for name in names]
        return _reply({"id": _list_id("EntityTypeList"), "type": "EntityTypeList", "typeList": shown}, wanted)
    found = await in_thread(lambda: {name: _attributes_of(view, name) for name in names})
    body = [
        {
            "id": asked.contexts.city.expand(name),
            "type": "EntityType",
            "typeName": _shown(wanted, name),
            "attributeNames": [_shown(wanted, attribute) for attribute in sorted(seen)],
        }
        for name, seen in found.items()
    ]
    return _reply(body, wanted)


async def type_details(asked: Asked, term: str) -> Reply:
    """GET types/{type}: how many entities, and which attributes they have."""
    asked.take_parameters(("local",))
    wanted, view = asked.wanted(), asked.city.view()
    name = asked.stored_name(term)
    count = view.types().get(name)
    if count is None:
        raise NotFoundError("web.type-not-stored", tenant=asked.city.tenant, type=term)
    seen = await in_thread(_attributes_of, view, name)
    details = [
        {
            "id": asked.contexts.city.expand(attribute),
            "type": "Attribute",
            "attributeName": _shown(wanted, attribute),
            "attributeTypes": sorted(one.kinds),
        }
        for attribute, one in sorted(seen.items())
    ]
    body = {
        "id": asked.contexts.city.expand(name),
        "type": "EntityTypeInfo",
        "typeName": _shown(wanted, name),
        "entityCount": count,
        "attributeDetails": details,
    }
    return _reply(body, wanted)


async def attributes(asked: Asked) -> Reply:
    """GET attributes/: names, or with details=true the types that have them."""
    details = asked.take_parameters(("details", "local")).get("details") == "true"
    wanted, view = asked.wanted(), asked.city.view()
    seen = await in_thread(_all_attributes, view)
    if not details:
        names = [_shown(wanted, name) for name in sorted(seen)]
        return _reply({"id": _list_id("AttributeList"), "type": "AttributeList", "attributeList": names}, wanted)
    body = [
        {
            "id": asked.contexts.city.expand(name),
            "type": "Attribute",
            "attributeName": _shown(wanted, name),
            "typeNames": [_shown(wanted, type_name) for type_name in sorted(one.types)],
        }
        for name, one in sorted(seen.items())
    ]
    return _reply(body, wanted)


async def attribute_details(asked: Asked, term: str) -> Reply:
    """GET attributes/{attribute}: how many instances, of which kinds, on which types."""
    asked.take_parameters(("local",))
    wanted, view = asked.wanted(), asked.city.view()
    name = asked.stored_name(term)
    one = (await in_thread(_all_attributes, view)).get(name)
    if one is None:
        raise NotFoundError("web.attribute-not-stored", tenant=asked.city.tenant, attribute=term)
    body = {
        "id": asked.contexts.city.expand(name),
        "type": "Attribute",
        "attributeName": _shown(wanted, name),
        "attributeCount": one.count,
        "attributeTypes": sorted(one.kinds),
        "typeNames": [_shown(wanted, type_name) for type_name in sorted(one.types)],
    }
    return _reply(body, wanted)


def _all_attributes(view: View) -> dict[str, Seen]:
    together: dict[str, Seen] = {}
    for type_name in view.types():
        for name, one in _attributes_of(view, type_name).items():
            into = together.setdefault(name, Seen())
            into.count += one.count
            into.kinds |= one.kinds
            into.types |= one.types
    return together


def _attributes_of(view: View, type_name: str) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for document in _every(view, type_name):
        for name, _, instance in entities.attributes(document):
            one = seen.setdefault(name, Seen())
            one.count += 1
            one.kinds.add(instance["type"])
            one.types.add(type_name)
    return seen


def _every(view: View, type_name: str) -> Iterator[Document]:
    offset = 0
    while True:
        page = view.documents(Query(types=parse_types(type_name), limit=PAGE, offset=offset))
        yield from page
        if len(page) < PAGE:
            return
        offset += PAGE


def _shown(wanted: Wanted, name: str) -> str:
    return wanted.context.given_name(name)


def _list_id(kind: str) -> str:
    return f"urn:ngsi-ld:{kind}:madang"


def _reply(body: Any, wanted: Wanted) -> Reply:
    if wanted.media_type == JSON_LD:
        context = {"@context": wanted.context_name}
        body = [{**context, **one} for one in body] if isinstance(body, list) else {**context, **body}
    return Reply(200, to_json(body), wanted.media_type.encode(), wanted.headers())
