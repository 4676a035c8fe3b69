"""A plan as a tree: vision, sections with their paragraphs, goals, strategies, tasks, budget, targets, services.

A branch is read with one query for all the types a plan is made of (`Shelf`), and the tree of a plan is put together
in memory: what it costs does not depend on how many tasks there are times how much hangs on each. What belongs to no
plan stays on the shelf as an orphan and is named by the check (`findings`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from madang.entities.entity import Document, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError
from madang.plan.parts import Pair, in_order, ref_of, refs_of, title_of, whole_of
from madang.store import View

TYPES = (
    "Plan", "Section", "Paragraph", "Goal", "Strategy", "Task", "Target", "BudgetLine", "Milestone", "Service", "Zone",
)  # fmt: skip
_QUERY = Query(types=parse_types(",".join(TYPES)))

# By which of its references an entity belongs to a plan, the nearest first.
_BELONGS = {
    "Section": ("refPlan",),
    "Paragraph": ("refSection",),
    "Goal": ("refPlan",),
    "Strategy": ("refPlan", "refGoal"),
    "Task": ("refPlan", "refStrategy", "refGoal", "refSection"),
    "Target": ("refPlan", "refGoal", "refTask"),
    "BudgetLine": ("refTask", "refService"),
    "Milestone": ("refTask",),
    "Service": ("refPlan", "refTask"),
    "Zone": ("refPlan",),
}
_FREE = {"Zone", "Milestone"}  # these also live outside any plan: a special zone, a milestone of a facility


@dataclass(frozen=True)
class Shelf:
    """Everything of plans that a branch holds, by id."""

    documents: Mapping[str, Document]

    @cached_property
    def plan_of(self) -> Mapping[str, str | None]:
        """For each entity the id of the plan it belongs to, or None."""
        found: dict[str, str | None] = {}
        for id in self.documents:
            self._plan(id, found)
        return found

    def _plan(self, id: str, found: dict[str, str | None]) -> str | None:
        if id in found:
            return found[id]
        document = self.documents.get(id)
        if document is None:
            return None
        kind = type_of(document)
        if kind == "Plan":
            found[id] = id
            return id
        found[id] = None  # references that go round lead to no plan
        for name in _BELONGS.get(kind, ()):
            for target in refs_of(document, name):
                plan = self._plan(target, found)
                if plan is not None:
                    found[id] = plan
                    return plan
        return None

    def plans(self) -> tuple[Document, ...]:
        """Every plan, by its years and id."""
        plans = [document for document in self.documents.values() if type_of(document) == "Plan"]
        return tuple(sorted(plans, key=lambda plan: (whole_of(plan, "startYear") or 0, plan["id"])))

    def orphans(self) -> tuple[Document, ...]:
        """What belongs to no plan though its type says it must."""
        return tuple(
            document
            for id, document in self.documents.items()
            if self.plan_of[id] is None and not (type_of(document) in _FREE and not self._points_nowhere(document))
        )

    def _points_nowhere(self, document: Document) -> bool:
        names = _BELONGS[type_of(document)]
        return any(target not in self.documents for name in names for target in refs_of(document, name))


@dataclass(frozen=True)
class PlanTree:
    """One plan with all that belongs to it, each kind in its order."""

    plan: Document
    sections: tuple[Document, ...] = ()
    paragraphs: tuple[Document, ...] = ()
    goals: tuple[Document, ...] = ()
    strategies: tuple[Document, ...] = ()
    tasks: tuple[Document, ...] = ()
    targets: tuple[Document, ...] = ()
    budget: tuple[Document, ...] = ()
    milestones: tuple[Document, ...] = ()
    services: tuple[Document, ...] = ()
    areas: tuple[Document, ...] = ()
    orphans: tuple[Document, ...] = field(default=())

    @property
    def id(self) -> str:
        """The plan's id."""
        return str(self.plan["id"])

    @property
    def title(self) -> Pair:
        """The plan's title."""
        return title_of(self.plan)

    @property
    def kind(self) -> str:
        """Its legal kind, such as smart-city-plan; a plan that does not say follows no Act."""
        return str(value_of(self.plan, "kind") or "unstated")

    @property
    def years(self) -> tuple[int | None, int | None]:
        """Its first and last year."""
        return whole_of(self.plan, "startYear"), whole_of(self.plan, "endYear")

    def all(self) -> Iterator[Document]:
        """The plan and everything in it, orphans apart."""
        yield self.plan
        for part in (
            self.sections, self.paragraphs, self.goals, self.strategies, self.tasks, self.targets, self.budget,
            self.milestones, self.services, self.areas,
        ):  # fmt: skip
            yield from part

    @cached_property
    def by_id(self) -> Mapping[str, Document]:
        """Everything in it by id."""
        return {document["id"]: document for document in self.all()}

    def of(self, documents: Iterable[Document], name: str) -> Mapping[str, tuple[Document, ...]]:
        """Documents grouped by the ids that an attribute of theirs refers to."""
        groups: dict[str, list[Document]] = {}
        for document in documents:
            for target in refs_of(document, name):
                groups.setdefault(target, []).append(document)
        return {id: tuple(found) for id, found in groups.items()}

    @cached_property
    def text_of_section(self) -> Mapping[str, tuple[Document, ...]]:
        """The paragraphs of each section, in their order."""
        return self.of(self.paragraphs, "refSection")

    @cached_property
    def budget_of(self) -> Mapping[str, tuple[Document, ...]]:
        """The budget lines of each task and each service."""
        return {**self.of(self.budget, "refTask"), **self.of(self.budget, "refService")}

    @cached_property
    def milestones_of(self) -> Mapping[str, tuple[Document, ...]]:
        """The milestones of each task."""
        return self.of(self.milestones, "refTask")

    @cached_property
    def section_numbers(self) -> Mapping[str, int]:
        """The number of each section as people count them, from 1."""
        return {section["id"]: number for number, section in enumerate(self.sections, 1)}


def type_of(document: Document) -> str:
    """The type among those a plan is made of."""
    return next((name for name in types_of(document) if name in TYPES), types_of(document)[0])


def shelf_of(view: View) -> Shelf:
    """Everything of plans on a branch, by one query."""
    return Shelf({document["id"]: document for document in view.documents(_QUERY)})


def plan_tree(shelf: Shelf, plan_id: str | None = None) -> PlanTree:
    """The tree of a plan: the one named, by its id or the end of it, or the only one there is."""
    plan = _named(shelf, plan_id)
    kinds: dict[str, list[Document]] = {}
    for id, document in shelf.documents.items():
        if shelf.plan_of[id] == plan["id"] and document is not plan:
            kinds.setdefault(type_of(document), []).append(document)
    return PlanTree(
        plan,
        sections=in_order(kinds.get("Section", [])),
        paragraphs=in_order(kinds.get("Paragraph", [])),
        goals=in_order(kinds.get("Goal", [])),
        strategies=in_order(kinds.get("Strategy", [])),
        tasks=in_order(kinds.get("Task", [])),
        targets=in_order(kinds.get("Target", [])),
        budget=tuple(sorted(kinds.get("BudgetLine", []), key=_by_year)),
        milestones=tuple(sorted(kinds.get("Milestone", []), key=_by_due)),
        services=in_order(kinds.get("Service", [])),
        areas=in_order(kinds.get("Zone", [])),
        orphans=shelf.orphans(),
    )


def _named(shelf: Shelf, plan_id: str | None) -> Document:
    plans = shelf.plans()
    known = ", ".join(plan["id"] for plan in plans) or "-"
    if plan_id is None:
        if len(plans) == 1:
            return plans[0]
        if not plans:
            raise NotFoundError("plans.none")
        raise CallerError("plans.which", known=known)
    for plan in plans:
        if plan_id == plan["id"] or plan["id"].endswith(f":{plan_id}"):
            return plan
    raise NotFoundError("plans.unknown", plan=plan_id, known=known)


def _by_year(document: Document) -> tuple[int, str, str]:
    return whole_of(document, "year") or 0, ref_of(document, "refTask") or "", document["id"]


def _by_due(document: Document) -> tuple[str, str]:
    return str(value_of(document, "due") or "9999"), document["id"]
