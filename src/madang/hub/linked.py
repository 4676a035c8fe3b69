"""Linked entities in notifications (NGSI-LD 4.5.23): inside the relationships that name them, or beside the entity.

What is needed beside the entity itself, linked entities and the store's times, is handed in as a `Sight`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from madang.entities.context import Context
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NULL, OUTPUT_ONLY, Document, Instance
from madang.hub.subscriptions import Form

VALUES = frozenset((*MEMBER_OF_KIND.values(), *(name for name in OUTPUT_ONLY if name.startswith("previous"))))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a notification is written with: names, linked entities, and the store's times of an entity."""

    context: Context
    linked: Callable[[str], Document | None] = lambda id: None
    times: Callable[[Document, int], Document] = lambda document, tx: document  # as of a transaction


def with_linked(document: Document, form: Form, sight: Sight, level: int, above: set[str]) -> Document:
    """The document with the entities its relationships name inside them (4.5.23.2); none stands within itself."""
    made: Document = {}
    for name, found in document.items():
        if name in ENTITY_MEMBERS or type(found) not in (dict, list):
            made[name] = found
            continue
        many = [_joined(one, form, sight, level, above) for one in (found if type(found) is list else [found])]
        made[name] = many if type(found) is list else many[0]
    return made


def _joined(instance: Any, form: Form, sight: Sight, level: int, above: set[str]) -> Any:
    if type(instance) is not dict or instance.get("type") not in ("Relationship", "ListRelationship"):
        return instance
    found = []
    for id in _objects(instance):
        linked = None if id in above else sight.linked(id)
        if linked is not None:
            timed = _with_times(linked, form, sight)
            found.append(with_linked(timed, form, sight, level - 1, above | {id}) if level > 1 else timed)
    if not found:
        return instance
    if instance["type"] == "ListRelationship":
        return {**instance, "entityList": found}
    return {**instance, "entity": found if type(instance["object"]) is list else found[0]}


def linked_of(document: Document, form: Form, sight: Sight) -> list[Document]:
    """The entities that are linked, as entities of their own (4.5.23.3), each once."""
    found: dict[str, Document] = {document["id"]: document} if "id" in document else {}
    edge: list[Document] = [document]
    for _ in range(form.join_level):
        reached: list[Document] = []
        for one in edge:
            for id in _linked_ids(one):
                linked = None if id in found else sight.linked(id)
                if linked is not None:
                    found[id] = _with_times(linked, form, sight)
                    reached.append(linked)
        edge = reached
    return [one for id, one in found.items() if one is not document]


def _linked_ids(document: Document) -> Iterable[str]:
    for name, found in document.items():
        if name not in ENTITY_MEMBERS and type(found) in (dict, list):
            for one in found if type(found) is list else [found]:
                if one.get("type") in ("Relationship", "ListRelationship"):
                    yield from _objects(one)


def _objects(instance: Instance) -> list[str]:
    found = instance.get(MEMBER_OF_KIND[instance["type"]])
    many = found if type(found) is list else [found]
    return [one for one in many if type(one) is str and one != NULL]


def _with_times(document: Document, form: Form, sight: Sight) -> Document:
    if form.system_times:
        return sight.times(document, -1)
    bare: Document = without_expiry(document)
    return bare


def without_expiry(part: Any) -> Any:
    """An entity without the times at which it and its parts end, which sysAttrs shows (5.2.14.1)."""
    if type(part) is list:
        return [without_expiry(one) for one in part]
    if type(part) is not dict:
        return part
    return {
        name: inner if name in VALUES else without_expiry(inner) for name, inner in part.items() if name != "expiresAt"
    }
