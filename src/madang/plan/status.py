"""Where a plan stands today, on one screen: version, gaps, tasks, money, milestones, what is to be looked at again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.entities.entity import value_of
from madang.errors import both
from madang.plan.check import PlanCheck, RecordedCheck
from madang.plan.parts import Pair, title_of
from madang.plan.promises import state_of
from madang.plan.stale import StaleFigure, stale_sections
from madang.plan.tree import PlanTree
from madang.plan.versions import PlanVersion
from madang.plan.yearly import Money, money_of
from madang.store import Store


@dataclass(frozen=True)
class PlanStatus:
    """Where a plan stands."""

    plan: str
    title: Pair
    branch: str
    version: PlanVersion | None
    check: PlanCheck
    recorded: RecordedCheck | None
    task_states: dict[str, int]
    money: Money
    overdue: tuple[tuple[str, Pair, str], ...]  # (milestone, title, due)
    stale: tuple[StaleFigure, ...]

    def as_json(self) -> dict[str, Any]:
        """The status for a page or a machine."""
        check = self.check
        return {
            "plan": self.plan,
            "title": self.title,
            "branch": self.branch,
            "version": self.version.as_json() if self.version else None,
            "complete": check.complete,
            "missing": check.missing,
            "change": check.amendment.change,
            "changeLabel": both(f"plans.change-{check.amendment.change}"),
            "changeClause": check.amendment.clause,
            "wrong": len(check.wrong),
            "gaps": sum(one.weight == "gap" for one in check.findings),
            "unaligned": len(check.alignment.gaps),
            "conflicts": [one.as_json() for one in check.conflicts],
            "tasks": self.task_states,
            "budget": self.money.as_json(),
            "overdue": [{"id": id, "title": title, "due": due} for id, title, due in self.overdue],
            "stale": [one.as_json() for one in self.stale],
            "staleSections": list(dict.fromkeys(one.section for one in self.stale if one.section)),
            "recorded": self.recorded.as_json() if self.recorded else None,
        }


def status_of(
    store: Store,
    tree: PlanTree,
    check: PlanCheck,
    *,
    version: PlanVersion | None,
    recorded: RecordedCheck | None,
    today: date,
) -> PlanStatus:
    """Where a plan stands on a day."""
    overdue = tuple(
        (one["id"], title_of(one), str(value_of(one, "due")))
        for one in tree.milestones
        if state_of(one, today=today) == "overdue"
    )
    stale = tuple(one for one in stale_sections(store, check.branch) if one.paragraph in tree.by_id)
    states = Counter(str(value_of(task, "state") or "planned") for task in tree.tasks)
    return PlanStatus(
        tree.id, tree.title, check.branch, version, check, recorded, dict(states), money_of(tree.budget), overdue, stale
    )
