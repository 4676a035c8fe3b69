"""An amendment: what a branch changes in a plan, which items of the law that touches, and whether it is minor.

An amendment is a branch. Its difference is told from what the branch and main last had the same, so what main did
meanwhile is not laid at its door. Every changed part stands for an item of the plan's contents: a paragraph or section
for those its section implements, other parts for those of their section, else for the item that the Act gives such
matters (`IMPLIED`). A part that no item is known for makes the change major: minor has to be shown, not assumed.

What only tells how the plan is being carried out (`PROGRESS`: a state, an amount spent, evidence) amends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from madang.entities.entity import Document, value_of
from madang.entities.patch import AttributeChange, apply_changes
from madang.errors import ConflictError, both
from madang.plan.checklist import is_statutory
from madang.plan.differences import PlanDifference, differences, position_of, section_label
from madang.plan.parts import Pair, pair_of, ref_of, refs_of, title_of, words_of
from madang.plan.tree import TYPES, PlanTree, Shelf, plan_tree, shelf_of, type_of
from madang.rules.book import Rulebook
from madang.store import EntityChange, MergeConflict, Store

Change = Literal["new", "minor", "major", "none", "removed"]

PROGRESS = frozenset({"state", "executed", "doneOn", "evidence"})
# The item a part stands for when no section claims it: Act 8(1) 2 goals and strategy, 3 phasing, 7 services, 8 funds;
# an area or the horizon of the plan is its basic direction, item 2.
IMPLIED = {
    "Plan": "act-8-1-2",
    "Goal": "act-8-1-2",
    "Strategy": "act-8-1-2",
    "Target": "act-8-1-2",
    "Zone": "act-8-1-2",
    "Task": "act-8-1-3",
    "Milestone": "act-8-1-3",
    "Service": "act-8-1-7",
    "BudgetLine": "act-8-1-8",
}
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class ItemChange:
    """One item of the plan's contents that a change touches, and the parts by which it does."""

    item: str
    label: Pair | None
    clause: Pair | None
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Amendment:
    """What a change is in law: new, minor, major, none, or the removal of a plan; the items, and the clause."""

    plan: str
    change: Change
    items: tuple[ItemChange, ...]
    sections: tuple[str, ...]
    clause: Pair | None
    detail: Pair
    difference: PlanDifference

    def as_json(self) -> dict[str, Any]:
        """The amendment for a page or a machine."""
        return {
            "plan": self.plan,
            "change": self.change,
            "changeLabel": both(f"plans.change-{self.change}"),
            "items": [
                {"item": one.item, "label": one.label, "clause": one.clause, "parts": list(one.parts)}
                for one in self.items
            ],
            "sections": list(self.sections),
            "clause": self.clause,
            "detail": self.detail,
            "difference": self.difference.as_json(),
        }


def branch_states(store: Store, branch: str) -> tuple[Shelf, Shelf]:
    """What plans a branch began with and has now: its changes taken back, and as they stand."""
    after = shelf_of(store.view(branch))
    if branch == "main":
        return after, after
    return Shelf(_taken_back(after.documents, store.diff(branch))), after


def _taken_back(documents: Mapping[str, Document], changes: Iterable[EntityChange]) -> dict[str, Document]:
    found = dict(documents)
    for change in changes:
        if not any(name in TYPES for name in change.types) and change.id not in found:
            continue
        undone = [AttributeChange(one.attribute, one.dataset_id, one.after, one.before) for one in change.attributes]
        was = None if change.kind == "added" else apply_changes(found.get(change.id), undone, id=change.id)
        if was is None:
            found.pop(change.id, None)
        else:
            found[change.id] = was
    return found


def tree_or_none(shelf: Shelf, plan_id: str) -> PlanTree | None:
    """The tree of a plan, or None where there is no such plan."""
    return plan_tree(shelf, plan_id) if plan_id in shelf.documents else None


def amendment(store: Store, branch: str, plan_id: str, *, rulebook: Rulebook, as_of: date) -> Amendment:
    """What a branch changes in a plan, in law."""
    before, after = branch_states(store, branch)
    return judged(tree_or_none(before, plan_id), tree_or_none(after, plan_id), rulebook=rulebook, as_of=as_of)


def judged(before: PlanTree | None, after: PlanTree | None, *, rulebook: Rulebook, as_of: date) -> Amendment:
    """What turning one state of a plan into another is in law."""
    some = after or before
    assert some is not None  # a change is of a plan that stands on one of its sides
    difference = differences(before, after)
    if difference.is_empty:
        return Amendment(some.id, "none", (), (), None, both("plans.detail-none"), difference)
    if before is None or after is None:
        what: Change = "new" if before is None else "removed"
        return Amendment(some.id, what, (), (), None, both(f"plans.detail-{what}"), difference)
    touched = items_touched(difference, before, after)
    if not touched:
        return Amendment(some.id, "none", (), (), None, both("plans.detail-none"), difference)
    if not is_statutory(some):  # law knows no minor change of a plan that it does not prescribe
        items = tuple(ItemChange(item, None, None, tuple(parts)) for item, parts in sorted(touched.items()))
        return Amendment(some.id, "major", items, (), None, both("plans.detail-not-statutory"), difference)
    required = {one.id: one for one in rulebook.required_items(some.kind, as_of=as_of)}
    known = [item for item in touched if item in required]
    verdict = rulebook.minor_change(known, kind=some.kind, as_of=as_of)
    is_minor = verdict.minor and len(known) == len(touched)
    unproven = len(known) < len(touched) and (verdict.minor or not known)
    detail = both("plans.detail-unmapped") if unproven else dict(verdict.detail)
    items = tuple(
        ItemChange(
            item,
            dict(required[item].label) if item in required else None,
            dict(required[item].clause) if item in required else None,
            tuple(parts),
        )
        for item, parts in sorted(touched.items())
    )
    sections = tuple(dict.fromkeys(id for one in items for id in one.parts if _is_section(id, before, after)))
    change: Change = "minor" if is_minor else "major"
    return Amendment(some.id, change, items, sections, dict(verdict.clause), detail, difference)


def items_touched(difference: PlanDifference, before: PlanTree, after: PlanTree) -> dict[str, list[str]]:
    """The items that a difference touches, each with the sections or other parts by which it does."""
    found: dict[str, dict[str, None]] = {}

    def touch(part: str, items: Iterable[str]) -> None:
        for item in items:
            found.setdefault(item, {})[part] = None

    for paragraph in difference.paragraphs:
        if paragraph.kind == "renumbered":
            continue
        for tree, section in ((after, paragraph.section), (before, paragraph.from_section)):
            if section is not None and section in tree.by_id:
                touch(section, items_of_section(tree.by_id[section], tree) or [UNMAPPED])
        if paragraph.section is None and paragraph.from_section is None:
            touch(paragraph.id, [UNMAPPED])
    for part in difference.parts:
        names = {one.attribute for one in part.attributes}
        if part.kind == "changed" and names and names <= PROGRESS:
            continue
        for tree in (after, before):
            if part.id in tree.by_id:
                touch(part.id, _items_of_part(tree.by_id[part.id], tree))
    return {item: list(parts) for item, parts in found.items()}


def items_of_section(section: Document, tree: PlanTree) -> tuple[str, ...]:
    """The items a section implements, else those of the section it is part of."""
    seen: set[str] = set()
    while section["id"] not in seen:
        seen.add(section["id"])
        own = words_of(section, "implements")
        parent = tree.by_id.get(ref_of(section, "refParent") or "")
        if own or parent is None:
            return own
        section = parent
    return ()


def _items_of_part(document: Document, tree: PlanTree) -> Sequence[str]:
    kind = type_of(document)
    if kind == "Section":
        return items_of_section(document, tree) or [UNMAPPED]
    sections = [tree.by_id[id] for id in _sections_of(document, tree) if id in tree.by_id]
    named = [item for section in sections for item in items_of_section(section, tree)]
    return named or [IMPLIED.get(kind, UNMAPPED)]


def _sections_of(document: Document, tree: PlanTree) -> tuple[str, ...]:
    own = refs_of(document, "refSection")
    task = tree.by_id.get(ref_of(document, "refTask") or "")
    return own or (refs_of(task, "refSection") if task is not None and type_of(document) == "Milestone" else ())


def _is_section(id: str, *trees: PlanTree) -> bool:
    return any(id in tree.by_id and type_of(tree.by_id[id]) == "Section" for tree in trees)


# --- two amendments of one paragraph ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanConflict:
    """One part of a plan that two amendments changed, named as people name it."""

    id: str
    type: str
    label: Pair
    attribute: str
    base: Pair | None
    ours: Pair | None
    theirs: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The conflict for a page or a machine; `ours` is what stands on main, `theirs` what the branch says."""
        return {
            "id": self.id,
            "type": self.type,
            "label": self.label,
            "attribute": self.attribute,
            "base": self.base,
            "ours": self.ours,
            "theirs": self.theirs,
        }

    def __str__(self) -> str:
        return " / ".join(dict.fromkeys(self.label.values()))


def conflicts(store: Store, branch: str, into: str = "main") -> list[PlanConflict]:
    """Where an amendment and what was adopted since both changed one part of a plan."""
    clashes = (
        [one for one in store.conflicts(branch, into) if any(name in TYPES for name in one.types)]
        if branch != into
        else []
    )
    if not clashes:
        return []
    shelves = [shelf_of(store.view(name)) for name in (into, branch)]
    return [_named(clash, shelves) for clash in clashes]


def refuse_conflicts(store: Store, branch: str, into: str = "main") -> None:
    """Raise when an amendment cannot be merged: names the section and paragraph of the first conflict."""
    found = conflicts(store, branch, into)
    if found:
        label = found[0].label
        raise ConflictError(
            "plans.amendments-clash",
            branch=branch,
            count=len(found),
            where=label,
            conflicts=found,
        )


def _named(clash: MergeConflict, shelves: Sequence[Shelf]) -> PlanConflict:
    shelf = next((one for one in shelves if clash.id in one.documents), None)
    label = {"ko": clash.id, "en": clash.id}
    if shelf is not None:
        document = shelf.documents[clash.id]
        label = title_of(document)
        plan = shelf.plan_of[clash.id]
        if type_of(document) == "Paragraph" and plan is not None:
            tree = plan_tree(shelf, plan)
            section = ref_of(document, "refSection")
            where = section_label(tree, section)
            label = both("plans.paragraph-label", section=where, position=position_of(tree, clash.id, section))
    sides = [_text(one) for one in (clash.base, clash.ours, clash.theirs)]
    return PlanConflict(clash.id, clash.type, label, clash.attribute, *sides)


def _text(instance: Any) -> Pair | None:
    if not isinstance(instance, dict) or "type" not in instance:
        return pair_of(instance)
    said = value_of({"it": instance}, "it", instance.get("datasetId"))
    return pair_of(said) or ({"ko": str(said), "en": str(said)} if said is not None else None)
