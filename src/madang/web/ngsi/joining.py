"""Linked entities in an answer (NGSI-LD 4.5.23): inside the relationships that lead to them, or behind the entities.

Relationships are followed level by level as far as `joinLevel` says, and only those that the answer shows. An entity
that was met before on the way, or is named in `containedBy`, is not entered again: a circle of relationships ends where
it began. What an id leads to is looked up once an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.entities.projection import Projection
from madang.web.ngsi.forms import Form
from madang.web.ngsi.negotiation import Wanted

MOST_LINKED = 10_000  # of one answer; relationships beyond lead nowhere

Shown = Callable[[Document, Wanted, Form, Projection | None, Projection | None], tuple[Document, dict[str, Any]]]


class Joiner:
    """Shows entities in the form of an answer and finds those they lead to."""

    def __init__(self, wanted: Wanted, form: Form, show: Shown, document_of: Callable[[str], Document | None]) -> None:
        self.wanted, self.form = wanted, form
        self._show, self._document_of = show, document_of
        self._met: dict[str, Document | None] = {}

    def shown(self, document: Document, pick: Projection | None, omit: Projection | None) -> dict[str, Any]:
        """A document as the answer shows it, without what it leads to."""
        return self._show(document, self.wanted, self.form, pick, omit)[1]

    def document(self, id: str) -> Document | None:
        """What an id leads to, or None."""
        if id not in self._met:
            if len(self._met) >= MOST_LINKED:
                return None
            self._met[id] = self._document_of(id)
        return self._met[id]

    def linking(
        self, document: Document, pick: Projection | None, omit: Projection | None
    ) -> tuple[dict[str, Any], list[Link]]:
        """A document as the answer shows it, and the relationships in it that may be followed."""
        reduced, shown = self._show(document, self.wanted, self.form, pick, omit)
        return shown, list(self._links(reduced, pick, omit))

    def _links(self, reduced: Document, pick: Projection | None, omit: Projection | None) -> Iterator[Link]:
        for name, part in reduced.items():
            if name in ENTITY_MEMBERS or type(part) is str:
                continue
            several = type(part) is list
            for place, one in enumerate(part if several else [part]):
                targets = _targets(one)
                if targets is not None:
                    given = name if self.wanted.own else self.wanted.context.given_name(name)
                    inner = ((pick or {}).get(name), (omit or {}).get(name))
                    yield Link(given, place if several else None, one, targets, inner)


class Link:
    """One instance of a relationship: where the answer shows it, whom it names, what of them is asked for."""

    def __init__(
        self,
        name: str,
        place: int | None,
        instance: dict[str, Any],
        targets: list[str],
        inner: tuple[Projection | None, Projection | None],
    ) -> None:
        self.name, self.place, self.instance, self.targets = name, place, instance, targets
        self.pick, self.omit = inner

    def put(self, shown: dict[str, Any], found: dict[str, dict[str, Any]], format: str) -> None:
        """Put the entities found where the relationship stands."""
        if not found:
            return
        if format == "simplified":
            self._put_simplified(shown, found)
            return
        at = shown[self.name] if self.place is None else shown[self.name][self.place]
        entities = [found[id] for id in self.targets if id in found]
        if self.instance["type"] == "ListRelationship":
            at = {**at, "entityList": entities}
        else:
            at = {**at, "entity": entities if type(self.instance["object"]) is list else entities[0]}
        if self.place is None:
            shown[self.name] = at
        else:
            shown[self.name] = [at if place == self.place else one for place, one in enumerate(shown[self.name])]

    def _put_simplified(self, shown: dict[str, Any], found: dict[str, dict[str, Any]]) -> None:
        values: Any = [found.get(id, id) for id in self.targets]
        if self.instance["type"] == "Relationship" and type(self.instance["object"]) is str:
            values = values[0]
        if self.place is None:
            shown[self.name] = values
        else:
            dataset = self.instance.get("datasetId", "@none")
            shown[self.name] = {"dataset": {**shown[self.name]["dataset"], dataset: values}}


def inline(joiner: Joiner, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Entities with those they lead to inside their relationships (4.5.23.2)."""
    form = joiner.form
    levels = form.join_level if form.join == "inline" else 0
    return [_inlined(joiner, one, form.pick, form.omit, levels, form.contained_by | {one["id"]}) for one in documents]


def _inlined(
    joiner: Joiner,
    document: Document,
    pick: Projection | None,
    omit: Projection | None,
    levels: int,
    before: frozenset[str],
) -> dict[str, Any]:
    shown, links = joiner.linking(document, pick, omit)
    if not levels:
        return shown
    shown = dict(shown)
    for link in links:
        found = {}
        for id in link.targets:
            linked = None if id in before else joiner.document(id)
            if linked is not None:
                found[id] = _inlined(joiner, linked, link.pick, link.omit, levels - 1, before | {id})
        link.put(shown, found, joiner.form.format)
    return shown


def flat(joiner: Joiner, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Entities, and behind them those they lead to, level by level, each once (4.5.23.3)."""
    form = joiner.form
    before = form.contained_by | {one["id"] for one in documents}
    level = [(one, form.pick, form.omit) for one in documents]
    made: list[dict[str, Any]] = []
    for deeper in range(form.join_level, -1, -1):
        following: dict[str, tuple[Document, Projection | None, Projection | None]] = {}
        for document, pick, omit in level:
            shown, links = joiner.linking(document, pick, omit)
            made.append(shown)
            for link in links if deeper else ():
                for id in link.targets:
                    linked = None if id in before or id in following else joiner.document(id)
                    if linked is not None:
                        following[id] = (linked, link.pick, link.omit)
        before |= following.keys()
        level = list(following.values())
    return made


def _targets(instance: Any) -> list[str] | None:
    """The ids that an instance names, if it is a relationship."""
    kind = instance.get("type") if type(instance) is dict else None
    if kind == "Relationship":
        found = instance["object"]
    elif kind == "ListRelationship":
        found = [one["object"] if type(one) is dict else one for one in instance["objectList"]]
    else:
        return None
    return [one for one in (found if type(found) is list else [found]) if type(one) is str]
