"""The text of a plan as a page reads it: sections, paragraphs, figures with their addresses, what is out of date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from madang.documents.paper import Figure, Inline
from madang.entities.entity import Document, value_of
from madang.plan.check import names_of
from madang.plan.differences import section_label
from madang.plan.figures import Resolver, inlines
from madang.plan.findings import responsible_for
from madang.plan.parts import pair_of, ref_of, title_of, words_of
from madang.plan.stale import StaleFigure
from madang.plan.tree import PlanTree
from madang.store import Store


def text_page(store: Store, branch: str, tree: PlanTree, stale: Iterable[StaleFigure]) -> dict[str, Any]:
    """The sections of a plan with their paragraphs."""
    resolver = Resolver(store, branch)
    old: dict[str, list[dict[str, Any]]] = {}
    for one in stale:
        old.setdefault(one.paragraph, []).append(one.as_json())
    bodies = {section["id"]: responsible_for(section, tree) for section in tree.sections}
    return {
        "plan": tree.id,
        "title": tree.title,
        "vision": pair_of(value_of(tree.plan, "vision")),
        "sections": [
            {
                "id": section["id"],
                "number": tree.section_numbers[section["id"]],
                "label": section_label(tree, section["id"]),
                "title": title_of(section),
                "parent": ref_of(section, "refParent"),
                "implements": list(words_of(section, "implements")),
                "responsible": list(bodies[section["id"]]),
                "paragraphs": [
                    _paragraph(one, resolver, old.get(one["id"], []))
                    for one in tree.text_of_section.get(section["id"], ())
                ],
                "stale": any(one["id"] in old for one in tree.text_of_section.get(section["id"], ())),
            }
            for section in tree.sections
        ],
        "names": names_of(store, branch, {id for ids in bodies.values() for id in ids}),
    }


def _paragraph(document: Document, resolver: Resolver, stale: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": document["id"],
        "order": value_of(document, "order"),
        "text": pair_of(value_of(document, "text")),
        "pieces": {
            language: [_piece(one) for one in inlines(document, language, resolver=resolver)]
            for language in ("ko", "en")
        },
        "stale": stale,
    }


def _piece(one: Inline) -> Any:
    if not isinstance(one, Figure):
        return one
    return {"text": one.text, "value": one.value, "unit": one.unit, "status": one.status, "address": one.address}
