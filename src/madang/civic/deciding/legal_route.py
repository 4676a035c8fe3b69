"""Which statutory procedure a proposal has to follow: read from what its branch changes.

    a statutory plan that main does not have yet      its kind's procedure: "smart-city-plan"
    a change of one that main has, major              "smart-city-plan-change"
    a zone whose kind is a legal route                that route: "special-zone", …
    a minor change (Act 11 proviso, decree 16)        "smart-city-plan-change" too: the rules say what falls away
    progress alone (a task's state, what was spent)   "proposal": nothing that law prescribes is changed
    anything else                                     "proposal": no Act asks for steps; a city's ordinance may

The weightiest stands first in this list and is the one to follow. Where a branch would have to go two ways at once, the
others are named (`others`): it has to be put up in parts, because the steps of one are not those of another. What a
part belongs to is looked up on both sides, so that nothing leaves a plan's procedure by being moved or renamed.

Whether a change is minor stands in the plan's check (`PlanCheck`), which must be of the branch as it is now. Where
there is none, a change counts as major: what is not shown to be minor is not treated as minor. A plan that does not
say of what kind it is follows no Act, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from madang.civic.deciding.procedure_records import plan_check_of
from madang.entities.entity import Document, types_of, value_of
from madang.store import EntityChange, Store, View

PlanChange = Literal["new", "major", "minor", "none"]
Freshness = Literal["fresh", "old", "none"]

# The kinds of plan that an Act governs: how a new one is made, and how one is changed.
STATUTORY_PLANS: Mapping[str, tuple[str, str]] = {"smart-city-plan": ("smart-city-plan", "smart-city-plan-change")}
ZONES = ("special-zone", "regulation-free-zone", "sandbox")
ORDINARY = "proposal"

OF_A_PLAN = frozenset(
    {"Plan", "Section", "Paragraph", "Goal", "Strategy", "Task", "Target", "Service", "BudgetLine", "Milestone"}
)
_UPWARDS = ("refSection", "refGoal", "refTask", "refStrategy", "refParent")
_DEPTH = 7
_WEIGHT: Mapping[PlanChange, int] = {"new": 0, "major": 1, "minor": 2, "none": 3}


@dataclass(frozen=True)
class Route:
    """The procedure a branch has to follow, and why."""

    procedure: str
    plan: str | None = None
    change: PlanChange | None = None
    check: Document | None = None
    freshness: Freshness | None = None
    undeclared: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def changes_law(self) -> bool:
        """Whether it touches what law prescribes of a plan, beyond what may be changed without asking."""
        return self.change in ("new", "major")


def route_of(store: Store, branch: str, changes: Sequence[EntityChange]) -> Route:
    """The procedure for what a branch changes; the weightiest where it touches several plans."""
    before, after = store.view(), store.view(branch)
    merged = store.branch(branch).merged_tx
    if merged is not None:
        before = store.view(at=merged - 1)
    behind = _Behind(before, after)
    plans = sorted({plan for one in changes for plan in behind.plans(one)})
    kinds = {plan: _kinds_of(plan, before, after) for plan in plans}
    undeclared = tuple(plan for plan in plans if not kinds[plan])
    routes = [
        _plan_route(store, branch, plan, kind, before)
        for plan in plans
        for kind in sorted(kinds[plan] & STATUTORY_PLANS.keys())
    ]
    zones = sorted({zone for one in changes for zone in _zones_of(one, before, after)})
    first = min(routes, key=lambda route: _WEIGHT[route.change or "major"], default=Route(ORDINARY))
    if first.changes_law:
        return replace(first, undeclared=undeclared, others=tuple(zones))
    if zones:
        return Route(zones[0], undeclared=undeclared, others=tuple(zones[1:]))
    return replace(first, undeclared=undeclared)


def _plan_route(store: Store, branch: str, plan: str, kind: str, before: View) -> Route:
    made, changed = STATUTORY_PLANS[kind]
    check = plan_check_of(store, plan, branch)
    freshness: Freshness = "none" if check is None else "fresh" if _is_fresh(store, branch, check) else "old"
    if before.document(plan) is None:
        return Route(made, plan, "new", check, freshness)
    found = value_of(check, "change") if check is not None and freshness == "fresh" else None
    if found == "none":
        return Route(ORDINARY, plan, "none", check, freshness)
    return Route(changed, plan, "minor" if found == "minor" else "major", check, freshness)


def _is_fresh(store: Store, branch: str, check: Document) -> bool:
    """Whether nothing of the branch itself was changed since a check was made; records about it do not count."""
    made_for = value_of(check, "branchTransaction")
    if not isinstance(made_for, int):
        return False
    later = takewhile(lambda one: one.number > made_for, store.log(branch=branch))
    return not any(_changes_branch(store, branch, one.number) for one in later)


def _changes_branch(store: Store, branch: str, transaction: int) -> bool:
    changes = takewhile(lambda change: change.tx == transaction, store.changes(transaction - 1))
    return any(change.branch == branch for change in changes)


def _kinds_of(id: str, *views: View) -> set[str]:
    """The kinds that an entity says it is of, before or after."""
    found = (view.document(id) for view in views)
    return {kind for one in found if one is not None and isinstance(kind := value_of(one, "kind"), str)}


class _Behind:
    """Finds the plans that entities belong to, upwards, on both sides; each is looked up once."""

    def __init__(self, before: View, after: View) -> None:
        self._views = (before, after)
        self._known: dict[str, list[Document]] = {}

    def plans(self, change: EntityChange) -> set[str]:
        """The plans that a changed entity belonged or belongs to; none for what is of no plan."""
        if OF_A_PLAN.isdisjoint(change.types):
            return set()
        found: set[str] = set()
        seen, level = {change.id}, [change.id]
        for _ in range(_DEPTH):
            above: list[str] = []
            for document in (one for id in level for one in self._sides(id)):
                if "Plan" in types_of(document):
                    found.add(str(document["id"]))
                    continue
                direct = _ids(value_of(document, "refPlan"))
                above += direct or [id for name in _UPWARDS for id in _ids(value_of(document, name))]
            level = [id for id in dict.fromkeys(above) if id not in seen]
            seen.update(level)
        return found

    def _sides(self, id: str) -> list[Document]:
        if id not in self._known:
            self._known[id] = [found for view in self._views if (found := view.document(id)) is not None]
        return self._known[id]


def _ids(said: object) -> list[str]:
    several = said if isinstance(said, list) else [said]
    return [one for one in several if isinstance(one, str)]


def _zones_of(change: EntityChange, before: View, after: View) -> set[str]:
    return _kinds_of(change.id, before, after) & set(ZONES) if "Zone" in change.types else set()
