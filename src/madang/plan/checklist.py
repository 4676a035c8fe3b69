"""The items a statutory plan must contain, held against what is there.

Which items there are on a day, and which of them apply to this city, the rule pack says. An item is *met* when a
section that names it holds real text and has a responsible body. Real text is at least `ENOUGH` letters or digits
besides placeholders ("작성 예정", "to be written") and live figures; whether it says the right thing no program can
tell, and the checklist does not claim so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from madang.entities.entity import Document, value_of
from madang.errors import both
from madang.plan.findings import responsible_for
from madang.plan.parts import Pair, pair_of, ref_of, title_of, words_of
from madang.plan.tree import PlanTree
from madang.rules.items import RequiredItem

ENOUGH = 20
STATUTORY = ("smart-city-plan",)
_PLACEHOLDER = re.compile(
    r"작성\s*(예정|중|필요|바람)|추후\s*(작성|보완|기재)|내용\s*없음|미정|해당\s*없음"
    r"|to be (written|completed|done|added)|lorem ipsum|\bt\.?b\.?d\b|\btodo\b|\bn/a\b",
    re.IGNORECASE,
)
_LIVE = re.compile(r"\{\{.*?\}\}", re.DOTALL)

State = Literal["met", "empty", "not-applicable"]


@dataclass(frozen=True)
class ItemState:
    """One item: whether it is met, by which sections, and if not, why."""

    item: str
    label: Pair
    clause: Pair
    state: State
    why: Pair | None
    condition: Pair | None
    sections: tuple[str, ...]
    responsible: tuple[str, ...]
    certainty: str
    known: bool  # whether it is known if the item applies; a designation nobody stated is not

    def as_json(self) -> dict[str, Any]:
        """The item for a page or a machine."""
        return {
            "item": self.item,
            "label": self.label,
            "clause": self.clause,
            "state": self.state,
            "stateLabel": both(f"plans.item-{self.state}"),
            "why": self.why,
            "condition": self.condition,
            "sections": list(self.sections),
            "responsible": list(self.responsible),
            "certainty": self.certainty,
            "known": self.known,
        }


@dataclass(frozen=True)
class Checklist:
    """All items with their states; `unknown` are items that sections name and the rules of the day do not have."""

    items: tuple[ItemState, ...]
    unknown: tuple[tuple[str, str], ...]  # (section, item)
    statutory: bool = True  # a plan that no law prescribes has no items to be missing

    @property
    def missing(self) -> tuple[ItemState, ...]:
        """The items that apply and are empty."""
        return tuple(one for one in self.items if one.state == "empty")

    @property
    def complete(self) -> bool:
        """Whether nothing that must be there is empty; a statutory plan without any rules is not complete."""
        return not self.missing and (bool(self.items) or not self.statutory)

    def as_json(self) -> dict[str, Any]:
        """The checklist for a page or a machine."""
        counts = {state: sum(one.state == state for one in self.items) for state in ("met", "empty", "not-applicable")}
        return {
            "complete": self.complete,
            "statutory": self.statutory,
            "counts": counts,
            "items": [one.as_json() for one in self.items],
            "unknown": [{"section": section, "item": item} for section, item in self.unknown],
        }


def checklist(tree: PlanTree, required: Iterable[RequiredItem]) -> Checklist:
    """Every required item with its state."""
    items = tuple(required)
    by_item = sections_by_item(tree)
    known = {one.id for one in items}
    unknown = tuple((section["id"], item) for item, found in by_item.items() if item not in known for section in found)
    states = tuple(_state(one, by_item.get(one.id, []), tree) for one in items)
    return Checklist(states, unknown, is_statutory(tree))


def is_statutory(tree: PlanTree) -> bool:
    """Whether law prescribes what the plan must contain."""
    return tree.kind in STATUTORY


def sections_by_item(tree: PlanTree) -> Mapping[str, list[Document]]:
    """The sections that implement each item."""
    found: dict[str, list[Document]] = {}
    for section in tree.sections:
        for item in words_of(section, "implements"):
            found.setdefault(item, []).append(section)
    return found


def _state(item: RequiredItem, sections: list[Document], tree: PlanTree) -> ItemState:
    whys = [_lacks(section, tree) for section in sections]
    state: State = "met" if None in whys else "empty" if item.applies else "not-applicable"
    why = None
    if state == "empty":
        why = next((found for found in whys if found), both("plans.item-no-section"))
    bodies = [body for section in sections for body in responsible_for(section, tree)]
    return ItemState(
        item=item.id,
        label=dict(item.label),
        clause=dict(item.clause),
        state=state,
        why=why,
        condition=dict(item.condition) if item.condition else None,
        sections=tuple(section["id"] for section in sections),
        responsible=tuple(dict.fromkeys(bodies)),
        certainty=item.certainty,
        known=item.is_known,
    )


def _lacks(section: Document, tree: PlanTree) -> Pair | None:
    """What keeps a section from counting; None when it counts."""
    if not is_real(text_of(section, tree)):
        return both("plans.item-no-text", section=title_of(section))
    if not responsible_for(section, tree):
        return both("plans.item-no-body", section=title_of(section))
    return None


def text_of(section: Document, tree: PlanTree) -> str:
    """The running text of a section and of the sections below it, Korean first."""
    texts, waiting, seen = [], [section], {section["id"]}
    for one in waiting:
        texts += [plain_text(part) for part in (one, *tree.text_of_section.get(one["id"], ()))]
        for below in tree.sections:
            if ref_of(below, "refParent") == one["id"] and below["id"] not in seen:
                seen.add(below["id"])
                waiting.append(below)
    return "\n".join(text for text in texts if text)


def plain_text(document: Document) -> str:
    """The text of a paragraph in the language it is written in, Korean first."""
    said = pair_of(value_of(document, "text"))
    return said["ko"] if said else ""


def is_real(text: str) -> bool:
    """Whether a text says something: enough letters besides placeholders and live figures."""
    left = _PLACEHOLDER.sub("", _LIVE.sub("", text))
    return sum(mark.isalnum() for mark in left) >= ENOUGH
