"""Which statutory procedure a proposal has to follow: read from what its branch changes.

    a statutory plan that main does not have yet      its kind's procedure: "smart-city-plan"
    a change of one that main has, major              "smart-city-plan-change"
    the same, minor (Act 11 proviso, decree 16)       "smart-city-plan-change" too: the rules say what falls away
    a zone whose kind is a legal route                that route: "special-zone", …
    anything else                                     "proposal": no Act asks for steps; a city's ordinance may

Whether a change is minor stands in the plan's check (`PlanCheck`), which must be of the branch as it is now. Where
there is none, a change counts as major: what is not shown to be minor is not treated as minor. A plan that does not
say of what kind it is follows no Act, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from madang.civic.procedure_records import plan_check_of
from madang.entities.entity import Document, types_of, value_of
from madang.store import EntityChange, Store, View

PlanChange = Literal["new", "minor", "major"]
Freshness = Literal["fresh", "old", "none"]

# The kinds of plan that an Act governs: how a new one is made, and how one is changed.
STATUTORY_PLANS: Mapping[str, tuple[str, str]] = {"smart-city-plan": ("smart-city-plan", "smart-city-plan-change")}
ZONES = ("special-zone", "regulation-free-zone", "sandbox")
ORDINARY = "proposal"

OF_A_PLAN = frozenset(
    {"Plan", "Section", "Paragraph", "Goal", "Strategy", "Task", "Target", "Service", "BudgetLine", "Milestone"}
)
_UPWARDS = ("refPlan", "refSection", "refGoal", "refTask", "refStrategy", "refParent")
_DEPTH = 6


@dataclass(frozen=True)
class Route:
    """The procedure a branch has to follow, and why."""

    procedure: str
    plan: str | None = None
    change: PlanChange | None = None
    check: Document | None = None
    freshness: Freshness | None = None
    undeclared: tuple[str, ...] = ()


def route_of(store: Store, branch: str, changes: Sequence[EntityChange]) -> Route:
    """The procedure for what a branch changes; the weightiest where it touches several plans."""
    before, after = store.view(), store.view(branch)
    merged = store.branch(branch).merged_tx
    if merged is not None:
        before = store.view(at=merged - 1)
    plans = sorted(found for found in {_plan_behind(one, before, after) for one in changes} if found is not None)
    undeclared = tuple(plan for plan in plans if _kind_of(plan, before, after) is None)
    routes = [
        _plan_route(store, branch, plan, kind, before)
        for plan in plans
        if (kind := _kind_of(plan, before, after)) is not None and kind in STATUTORY_PLANS
    ]
    if routes:
        weight = {"new": 0, "major": 1, "minor": 2}
        first = min(routes, key=lambda route: weight[route.change or "major"])
        return Route(first.procedure, first.plan, first.change, first.check, first.freshness, undeclared)
    zone = next((found for one in changes if (found := _zone_route(one, before, after))), None)
    return Route(zone or ORDINARY, undeclared=undeclared)


def _plan_route(store: Store, branch: str, plan: str, kind: str, before: View) -> Route:
    made, changed = STATUTORY_PLANS[kind]
    check = plan_check_of(store, plan, branch)
    freshness: Freshness = "none" if check is None else "fresh" if _is_fresh(store, branch, check) else "old"
    if before.document(plan) is None:
        return Route(made, plan, "new", check, freshness)
    found = value_of(check, "change") if check is not None and freshness == "fresh" else None
    return Route(changed, plan, "minor" if found == "minor" else "major", check, freshness)


def _is_fresh(store: Store, branch: str, check: Document) -> bool:
    """Whether nothing of the branch itself was changed since a check was made; records about it do not count."""
    made_for = value_of(check, "branchState")
    if not isinstance(made_for, int):
        return False
    later = takewhile(lambda one: one.number > made_for, store.log(branch=branch))
    return not any(_changes_branch(store, branch, one.number) for one in later)


def _changes_branch(store: Store, branch: str, transaction: int) -> bool:
    changes = takewhile(lambda change: change.tx == transaction, store.changes(transaction - 1))
    return any(change.branch == branch for change in changes)


def _kind_of(plan: str, before: View, after: View) -> str | None:
    document = after.document(plan) or before.document(plan)
    return value_of(document, "kind") if document is not None else None


def _plan_behind(change: EntityChange, before: View, after: View) -> str | None:
    """The plan that a changed entity belongs to, looked for upwards; None for what is of no plan."""
    if change.type not in OF_A_PLAN:
        return None
    id: str | None = change.id
    for _ in range(_DEPTH):
        document = (after.document(id) or before.document(id)) if id is not None else None
        if document is None:
            return None
        if "Plan" in types_of(document):
            return str(document["id"])
        plan = value_of(document, "refPlan")
        if isinstance(plan, str):
            return plan
        id = next((up for name in _UPWARDS if isinstance(up := value_of(document, name), str)), None)
    return None


def _zone_route(change: EntityChange, before: View, after: View) -> str | None:
    if change.type != "Zone":
        return None
    document = after.document(change.id) or before.document(change.id)
    kind = value_of(document, "kind") if document is not None else None
    return kind if kind in ZONES else None
