"""The check of the tree: what hangs in the air, what has no owner or budget, what stands twice in one place.

A *wrong* finding is something that cannot be right (a task of no plan, two paragraphs with one order key); a *gap* is
something that is not there yet (no owner, no budget, a target without a baseline year). Nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from madang.entities.entity import Document, value_of
from madang.entities.vocabulary import type_info
from madang.errors import both
from madang.plan.dependencies import circle_in, graph_of
from madang.plan.parts import Pair, number_of, period_of, ref_of, refs_of, title_of, whole_of, years_of
from madang.plan.tree import PlanTree, type_of

Weight = Literal["wrong", "gap"]


@dataclass(frozen=True)
class Finding:
    """One thing the check found: what, of which entity, in words for people."""

    code: str
    weight: Weight
    entity: str
    label: Pair
    path: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding for a page or a machine."""
        made: dict[str, Any] = {
            "code": self.code, "weight": self.weight, "entity": self.entity, "label": self.label,
        }  # fmt: skip
        return made | ({"path": list(self.path)} if self.path else {})


def findings(tree: PlanTree) -> list[Finding]:
    """Everything the check finds in a tree, what is wrong first."""
    found = [
        *_orphans(tree),
        *_references(tree),
        *_circle(tree),
        *_order_keys(tree),
        *_years(tree),
        *_owners_and_budgets(tree),
        *_targets(tree),
    ]
    return sorted(found, key=lambda one: one.weight != "wrong")


def _found(code: str, weight: Weight, document: Document, /, **facts: Any) -> Finding:
    return Finding(code, weight, document["id"], both(f"plans.{code}", title=title_of(document), **facts))


def _orphans(tree: PlanTree) -> Iterator[Finding]:
    for document in tree.orphans:
        kind = dict(type_info(type_of(document)).label)
        yield _found("orphan", "wrong", document, kind=kind, id=document["id"])


_REFERENCES = ("refSection", "refGoal", "refStrategy", "refTask", "refService")


def _references(tree: PlanTree) -> Iterator[Finding]:
    """References within the plan that lead nowhere: an unknown section, goal, strategy or task."""
    for document in tree.all():
        for name in _REFERENCES:
            for target in refs_of(document, name):
                if target not in tree.by_id:
                    yield _found("unknown-part", "wrong", document, target=target)
    for first, then in graph_of(tree.tasks).outside:
        one = tree.by_id.get(then) or tree.by_id[first]
        yield _found("waits-outside", "wrong", one, target=first if one["id"] == then else then)


def _circle(tree: PlanTree) -> Iterator[Finding]:
    circle = circle_in(graph_of(tree.tasks))
    if circle is not None:
        names = [title_of(tree.by_id[id]) for id in circle]
        path = {language: " → ".join(name[language] for name in names) for language in ("ko", "en")}
        yield Finding("circle-found", "wrong", circle[0], both("plans.circle-found", path=path), tuple(circle))


def _order_keys(tree: PlanTree) -> Iterator[Finding]:
    yield from _twice(tree.sections, tree)
    for section in tree.sections:
        yield from _twice(tree.text_of_section.get(section["id"], ()), tree)


def _twice(documents: Sequence[Document], tree: PlanTree) -> Iterator[Finding]:
    seen: dict[tuple[str | None, float], Document] = {}
    for document in documents:
        order = number_of(document, "order")
        if order is None:
            continue
        before = seen.setdefault((ref_of(document, "refParent"), order), document)
        if before is not document:
            kind = dict(type_info(type_of(document)).label)
            yield _found("order-twice", "wrong", document, kind=kind, order=f"{order:g}", other=before["id"])


def _years(tree: PlanTree) -> Iterator[Finding]:
    first, last = tree.years
    if first is None or last is None:
        yield _found("no-horizon", "gap", tree.plan)
    elif last < first:
        yield _found("years-backward", "wrong", tree.plan, first=first, last=last)
    for task in tree.tasks:
        span = years_of(task)
        if span is None:
            yield _found("task-without-dates", "gap", task)
        elif span[1] < span[0]:
            yield _found("years-backward", "wrong", task, first=span[0], last=span[1])
        elif first is not None and last is not None and (span[0] < first or span[1] > last):
            years = {"first": span[0], "last": span[1], "from_year": first, "to_year": last}
            yield _found("task-outside-horizon", "wrong", task, **years)
    for milestone in tree.milestones:
        if value_of(milestone, "due") is not None and period_of(milestone, "due") is None:
            yield _found("due-no-date", "wrong", milestone, due=str(value_of(milestone, "due")))


def _owners_and_budgets(tree: PlanTree) -> Iterator[Finding]:
    if value_of(tree.plan, "kind") is None:
        yield _found("plan-without-kind", "gap", tree.plan)
    if not refs_of(tree.plan, "owner"):
        yield _found("plan-without-owner", "gap", tree.plan)
    for task in tree.tasks:
        if not refs_of(task, "owner"):
            yield _found("task-without-owner", "gap", task)
        if not has_budget(task, tree.budget_of.get(task["id"], ())):
            yield _found("task-without-budget", "gap", task)
    for section in tree.sections:
        if not responsible_for(section, tree):
            yield _found("section-without-body", "gap", section)
    for line in tree.budget:
        if whole_of(line, "year") is None or whole_of(line, "amount") is None:
            yield _found("budget-unstated", "gap", line)


def responsible_for(section: Document, tree: PlanTree) -> tuple[str, ...]:
    """The bodies responsible for a section: its own, else those of the section it is part of."""
    seen: set[str] = set()
    while section["id"] not in seen:
        seen.add(section["id"])
        own = refs_of(section, "responsible")
        parent = tree.by_id.get(ref_of(section, "refParent") or "")
        if own or parent is None:
            return own
        section = parent
    return ()


def has_budget(document: Document, lines: Sequence[Document]) -> bool:
    """Whether a task or service has an amount, a budget line with one, or says in so many words that it needs none."""
    stated = number_of(document, "amount") is not None or any(whole_of(line, "amount") is not None for line in lines)
    return stated or value_of(document, "budget") == "none"


def _targets(tree: PlanTree) -> Iterator[Finding]:
    """R09: each target has a baseline, its year and a method."""
    for target in tree.targets:
        missing = [
            name for name in ("value", "due", "baseline", "baselineYear", "method") if value_of(target, name) is None
        ]
        if missing:
            from_vocabulary = type_info("Target").attributes
            names = {
                language: ", ".join(from_vocabulary[name].label[language] for name in missing)
                for language in ("ko", "en")
            }
            yield _found("target-unfinished", "gap", target, missing=names)
