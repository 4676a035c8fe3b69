"""What an entity refers to, and what refers to it.

Inward the store's index answers, one question an attribute: which entities have this id as its value. It is asked for
every relationship of the vocabulary; one that nobody described there is seen outward only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from madang.entities.entity import Document, attributes, ids_of
from madang.entities.qlanguage import Compare, Path
from madang.entities.query import Query
from madang.entities.vocabulary import all_attributes
from madang.errors import NotFoundError
from madang.store import Store
from madang.twin.naming import first_type, label_of_attribute, label_of_type, name_of

MOST_RELATED = 500


@dataclass(frozen=True)
class Relation:
    """One relationship, seen from the entity in the middle: the attribute, and the entity at the other end."""

    attribute: str
    id: str
    name: Mapping[str, str] | None
    type: str | None

    def as_json(self) -> dict[str, Any]:
        """The relationship as plain JSON."""
        return {
            "attribute": self.attribute,
            "label": label_of_attribute(self.attribute),
            "id": self.id,
            "name": None if self.name is None else dict(self.name),
            "type": self.type,
            "typeLabel": None if self.type is None else label_of_type(self.type),
        }


@dataclass(frozen=True)
class Related:
    """Both directions, and how many relationships are not listed."""

    outward: tuple[Relation, ...]
    inward: tuple[Relation, ...]
    more: int

    def as_json(self) -> dict[str, Any]:
        """Both directions as plain JSON."""
        return {
            "out": [one.as_json() for one in self.outward],
            "in": [one.as_json() for one in self.inward],
            "more": self.more,
        }


def related(store: Store, branch: str, id: str, *, limit: int = 50) -> Related:
    """The relationships of an entity on a branch, at most `limit` in each direction."""
    view = store.view(branch)
    document = view.document(id)
    if document is None:
        raise NotFoundError("twinreading.entity-unknown", id=id, branch=branch)
    targets = list(dict.fromkeys(targets_of(document)))
    outward = tuple(_relation(attribute, target, view.document(target)) for attribute, target in targets[:limit])
    inward: list[Relation] = []
    there = 0
    for attribute in _references():
        asked = Compare(Path((attribute,)), "==", id)
        left = limit - len(inward)
        found = view.documents(Query(q=asked, limit=left + 1))
        inward += [_relation(attribute, other["id"], other) for other in found[:left]]
        there += len(found) if len(found) <= left else view.count(Query(q=asked))
    return Related(outward, tuple(inward), len(targets) - len(outward) + there - len(inward))


def targets_of(document: Document) -> Iterator[tuple[str, str]]:
    """(attribute, id) of everything a document refers to."""
    for name, _, instance in attributes(document):
        kind = instance["type"]
        if kind in ("Relationship", "ListRelationship"):
            for target in ids_of(instance):
                yield name, target


@cache
def _references() -> tuple[str, ...]:
    return tuple(info.name for info in all_attributes() if info.kind in ("Relationship", "ListRelationship"))


def _relation(attribute: str, id: str, document: Document | None) -> Relation:
    if document is None:
        return Relation(attribute, id, None, None)
    return Relation(attribute, id, name_of(document), first_type(document))
