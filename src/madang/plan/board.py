"""The plan board: all that a page draws of a plan, in one answer.

Goals with their strategies and tasks, the time line, money by year, milestones, the critical path, targets with their
figures, names of everybody involved. Money by year is a sum of budget lines and has no address of its own; amounts of
tasks and values of targets have theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from madang.entities.entity import Document, geometry_of, provenance_of, value_of
from madang.errors import ConflictError, both
from madang.indicators.address import Address
from madang.plan.dependencies import critical_path, graph_of
from madang.plan.parts import number_of, pair_of, refs_of, title_of, unit_of, whole_of, years_of
from madang.plan.promises import state_of
from madang.plan.tree import PlanTree
from madang.plan.yearly import fund_label, money_of
from madang.store import Store, View

CATEGORIES = ("cluster", "zone", "project")


class Figures:
    """Attributes as figures with addresses, seen from one view."""

    def __init__(self, store: Store, view: View) -> None:
        self._view = view
        self._written: dict[str, int | None] = {}
        self._city = str(store.city.uuid)

    def of(self, document: Document, attribute: str) -> dict[str, Any] | None:
        """One attribute of an entity as a figure; None when it has none."""
        value = value_of(document, attribute)
        if value is None:
            return None
        id = document["id"]
        if id not in self._written:
            version = self._view.version(id)
            self._written[id] = version.tx if version else None
        tx = self._written[id]
        provenance = provenance_of(document, attribute)
        address = Address(self._city, f"tx:{tx}", id, attribute) if tx is not None else None
        return {
            "value": value,
            "unit": unit_of(document, attribute),
            "status": provenance.status,
            "source": provenance.source,
            "address": str(address) if address else None,
        }


def board(store: Store, view: View, tree: PlanTree, *, today: date, names: Mapping[str, Any]) -> dict[str, Any]:
    """The plan board of a tree on a day."""
    figures = Figures(store, view)
    return {
        "plan": summary(tree),
        "vision": pair_of(value_of(tree.plan, "vision")),
        "goals": _goals(tree, figures, today),
        "tasks": [_task(task, tree, figures, today) for task in tree.tasks],
        "years": years(tree),
        "funds": [
            {"fund": fund, "label": fund_label(fund), **money_of(lines).as_json()}
            for fund, lines in _by_fund(tree).items()
        ],
        "milestones": [_milestone(one, today) for one in tree.milestones],
        "criticalPath": _critical(tree),
        "edges": [{"before": first, "after": then} for first, then in graph_of(tree.tasks).edges],
        "targets": [_target(one, figures) for one in tree.targets],
        "sections": [
            {
                "id": one["id"],
                "number": number,
                "title": title_of(one),
                "responsible": list(refs_of(one, "responsible")),
            }
            for number, one in enumerate(tree.sections, 1)
        ],
        "names": dict(names),
    }


def summary(tree: PlanTree) -> dict[str, Any]:
    """A plan in a list of plans."""
    first, last = tree.years
    return {
        "id": tree.id,
        "title": tree.title,
        "kind": tree.kind,
        "kindLabel": both(f"plans.kind-{tree.kind}") if tree.kind in ("smart-city-plan", "policy-plan") else None,
        "startYear": first,
        "endYear": last,
        "owners": list(refs_of(tree.plan, "owner")),
        "announcement": value_of(tree.plan, "refAnnouncement"),
        "counts": {
            "sections": len(tree.sections),
            "paragraphs": len(tree.paragraphs),
            "goals": len(tree.goals),
            "tasks": len(tree.tasks),
            "targets": len(tree.targets),
            "services": len(tree.services),
        },
    }


def bodies_of(tree: PlanTree) -> set[str]:
    """The ids of everybody a tree names: owners, responsible bodies, roles."""
    found: set[str] = set()
    for document in tree.all():
        for name in ("owner", "responsible"):
            found.update(refs_of(document, name))
        said = value_of(document, "raci") if "raci" in document else None
        for ids in said.values() if isinstance(said, dict) else ():
            found.update([ids] if isinstance(ids, str) else ids)
    return found


def years(tree: PlanTree) -> list[dict[str, Any]]:
    """Money planned and executed in each year of the plan."""
    by_year: dict[int, list[Document]] = {}
    first, last = tree.years
    if first is not None and last is not None:
        by_year = {year: [] for year in range(first, last + 1)}
    for line in tree.budget:
        year = whole_of(line, "year")
        if year is not None:
            by_year.setdefault(year, []).append(line)
    return [{"year": year, **money_of(by_year[year]).as_json()} for year in sorted(by_year)]


def _by_fund(tree: PlanTree) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for line in tree.budget:
        found.setdefault(str(value_of(line, "fund") or "unstated"), []).append(line)
    return found


def _goals(tree: PlanTree, figures: Figures, today: date) -> list[dict[str, Any]]:
    by_goal, of_goal = tree.of(tree.strategies, "refGoal"), tree.of(tree.tasks, "refGoal")
    of_strategy = tree.of(tree.tasks, "refStrategy")
    targets = tree.of(tree.targets, "refGoal")
    under = {task["id"] for tasks in of_strategy.values() for task in tasks}
    return [
        {
            "id": goal["id"],
            "title": title_of(goal),
            "strategies": [
                {"id": one["id"], "title": title_of(one), "tasks": _ids(of_strategy.get(one["id"], ()))}
                for one in by_goal.get(goal["id"], ())
            ],
            "tasks": _ids(task for task in of_goal.get(goal["id"], ()) if task["id"] not in under),
            "targets": _ids(targets.get(goal["id"], ())),
        }
        for goal in tree.goals
    ]


def _ids(documents: Iterable[Document]) -> list[str]:
    return [one["id"] for one in documents]


def _task(task: Document, tree: PlanTree, figures: Figures, today: date) -> dict[str, Any]:
    span, category = years_of(task), value_of(task, "category")
    return {
        "id": task["id"],
        "title": title_of(task),
        "category": category,
        "categoryLabel": both(f"plans.category-{category}") if category in CATEGORIES else None,
        "state": value_of(task, "state"),
        "owners": list(refs_of(task, "owner")),
        "startYear": span[0] if span else None,
        "endYear": span[1] if span else None,
        "due": value_of(task, "due"),
        "amount": figures.of(task, "amount"),
        "withoutBudget": value_of(task, "budget") == "none",
        "budget": money_of(tree.budget_of.get(task["id"], ())).as_json(),
        "milestones": _ids(tree.milestones_of.get(task["id"], ())),
        "dependsOn": list(refs_of(task, "dependsOn")),
        "goal": value_of(task, "refGoal"),
        "strategy": value_of(task, "refStrategy"),
        "section": value_of(task, "refSection"),
        "alignsWith": list(refs_of(task, "alignsWith")),
        "location": geometry_of(task),
        "announcement": value_of(task, "refAnnouncement"),
    }


def _milestone(milestone: Document, today: date) -> dict[str, Any]:
    state = state_of(milestone, today=today)
    return {
        "id": milestone["id"],
        "title": title_of(milestone),
        "due": value_of(milestone, "due"),
        "state": state,
        "stateLabel": both(f"plans.milestone-{state}"),
        "tasks": list(refs_of(milestone, "refTask")),
    }


def _target(target: Document, figures: Figures) -> dict[str, Any]:
    return {
        "id": target["id"],
        "title": title_of(target),
        "indicator": value_of(target, "indicator"),
        "due": value_of(target, "due"),
        "value": figures.of(target, "value"),
        "baseline": figures.of(target, "baseline"),
        "baselineYear": whole_of(target, "baselineYear"),
        "method": value_of(target, "method"),
        "forecast": value_of(target, "forecastAddress"),
        "goals": list(refs_of(target, "refGoal")),
        "tasks": list(refs_of(target, "refTask")),
        "gap": number_of(target, "baseline") is None or whole_of(target, "baselineYear") is None,
    }


def _critical(tree: PlanTree) -> dict[str, Any]:
    try:
        return critical_path(tree.tasks).as_json()
    except ConflictError as circle:  # a board shows what is there, and says that it goes round
        names = {language: circle.message(language) for language in ("ko", "en")}
        return {"tasks": [], "years": None, "unknown": [], "early": [], "circle": circle.facts["path"], "note": names}
