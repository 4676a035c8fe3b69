"""The implementation plan of one year: its tasks, money by source, milestones and targets, and how far each has come.

Put together from the tree and nowhere stored, so it can't say something else than the plan. A milestone is done when
there is evidence for it, as with any promise; a share of the budget executed is told only where an amount executed is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import both
from madang.plan.findings import has_budget
from madang.plan.parts import Pair, number_of, period_of, refs_of, title_of, unit_of, whole_of, years_of
from madang.plan.promises import state_of
from madang.plan.tree import PlanTree


@dataclass(frozen=True)
class Money:
    """An amount planned and what of it was spent; None where nothing is stated."""

    planned: int | None
    executed: int | None

    @property
    def share(self) -> float | None:
        """Which share of it was spent, in per cent."""
        return self.executed / self.planned * 100 if self.planned and self.executed is not None else None

    def as_json(self) -> dict[str, Any]:
        """The amounts as figures."""
        return {
            "planned": {"value": self.planned, "unit": "KRW"} if self.planned is not None else None,
            "executed": {"value": self.executed, "unit": "KRW"} if self.executed is not None else None,
            "share": {"value": self.share, "unit": "P1"} if self.share is not None else None,
        }


@dataclass(frozen=True)
class YearTask:
    """One task in one year."""

    id: str
    title: Pair
    state: str | None
    owners: tuple[str, ...]
    money: Money
    milestones: tuple[str, ...]
    gaps: tuple[Pair, ...]


@dataclass(frozen=True)
class YearMilestone:
    """A milestone that falls due in the year, and how it stands."""

    id: str
    title: Pair
    due: str
    state: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class YearTarget:
    """A target that falls due in the year."""

    id: str
    title: Pair
    indicator: str | None
    value: float | int | None
    unit: str | None


@dataclass(frozen=True)
class YearPlan:
    """The implementation plan of one year."""

    plan: str
    year: int
    tasks: tuple[YearTask, ...]
    money: Money
    funds: tuple[tuple[str, Money], ...]
    milestones: tuple[YearMilestone, ...]
    targets: tuple[YearTarget, ...]
    outside: bool  # the year lies outside the plan's horizon

    def as_json(self) -> dict[str, Any]:
        """The year for a page or a machine."""
        return {
            "plan": self.plan,
            "year": self.year,
            "outside": self.outside,
            "budget": self.money.as_json(),
            "funds": [{"fund": fund, "label": fund_label(fund), **money.as_json()} for fund, money in self.funds],
            "tasks": [
                {
                    "id": one.id,
                    "title": one.title,
                    "state": one.state,
                    "owners": list(one.owners),
                    "budget": one.money.as_json(),
                    "milestones": list(one.milestones),
                    "gaps": list(one.gaps),
                }
                for one in self.tasks
            ],
            "milestones": [
                {
                    "id": one.id,
                    "title": one.title,
                    "due": one.due,
                    "state": one.state,
                    "stateLabel": both(f"plans.milestone-{one.state}"),
                    "tasks": list(one.tasks),
                }
                for one in self.milestones
            ],
            "targets": [
                {"id": t.id, "title": t.title, "indicator": t.indicator, "value": t.value, "unit": t.unit}
                for t in self.targets
            ],
            "gaps": sum(bool(one.gaps) for one in self.tasks),
        }


def year_plan(tree: PlanTree, year: int, *, today: date) -> YearPlan:
    """The implementation plan of a year as it stands on a day."""
    lines = [line for line in tree.budget if whole_of(line, "year") == year]
    by_task = tree.of(lines, "refTask")
    due = [one for one in tree.milestones if _falls_in(one, year)]
    due_of = tree.of(due, "refTask")
    tasks = [
        _task(task, tree, by_task.get(task["id"], ()), due_of.get(task["id"], ()))
        for task in tree.tasks
        if ((span := years_of(task)) and span[0] <= year <= span[1]) or task["id"] in by_task or task["id"] in due_of
    ]
    funds = dict.fromkeys(str(value_of(line, "fund") or "unstated") for line in lines)
    first, last = tree.years
    return YearPlan(
        tree.id,
        year,
        tuple(tasks),
        money_of(lines),
        tuple((fund, money_of(x for x in lines if (value_of(x, "fund") or "unstated") == fund)) for fund in funds),
        tuple(
            YearMilestone(
                one["id"],
                title_of(one),
                str(value_of(one, "due")),
                state_of(one, today=today),
                refs_of(one, "refTask"),
            )
            for one in due
        ),
        tuple(
            YearTarget(
                one["id"],
                title_of(one),
                value_of(one, "indicator"),
                number_of(one, "value"),
                unit_of(one, "value"),
            )
            for one in tree.targets
            if _falls_in(one, year)
        ),
        (first is not None and year < first) or (last is not None and year > last),
    )


def money_of(lines: Iterable[Document]) -> Money:
    """What budget lines plan and what was spent of it."""
    planned, executed = [], []
    for line in lines:
        if (amount := whole_of(line, "amount")) is not None:
            planned.append(amount)
        if (spent := whole_of(line, "executed")) is not None:
            executed.append(spent)
    return Money(sum(planned) if planned else None, sum(executed) if executed else None)


def fund_label(fund: str) -> Pair:
    """A source of funds as people call it; one that law does not know is called as it is written."""
    known = ("national", "province", "city", "private", "unstated")
    return both(f"plans.fund-{fund}") if fund in known else {"ko": fund, "en": fund}


def _task(task: Document, tree: PlanTree, lines: Sequence[Document], due: Sequence[Document]) -> YearTask:
    gaps = []
    if not refs_of(task, "owner"):
        gaps.append(both("plans.year-no-owner"))
    if not lines and value_of(task, "budget") != "none":
        stated = has_budget(task, tree.budget_of.get(task["id"], ()))
        gaps.append(both("plans.year-no-money" if stated else "plans.year-no-budget"))
    if not due:
        gaps.append(both("plans.year-no-milestone"))
    return YearTask(
        task["id"],
        title_of(task),
        str(value_of(task, "state")) if value_of(task, "state") is not None else None,
        refs_of(task, "owner"),
        money_of(lines),
        tuple(one["id"] for one in due),
        tuple(gaps),
    )


def _falls_in(document: Document, year: int) -> bool:
    due = period_of(document, "due")
    return due is not None and due.last.year == year
