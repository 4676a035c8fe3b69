"""What the procedure has to know of the plans that a branch changes: kind of change, complete or not, what is missing.

The procedure's rules ask for `plan.change`, `plan.complete` and `plan.missing`. A branch that changes no statutory plan
gives no change and is complete in so far: there is nothing to be filled in. One that changes several gives the
weightiest. A plan that no law prescribes is named among the plans, and asks for no step.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from madang import clock
from madang.entities.entity import Document
from madang.plan.amendment import branch_states, judged, tree_or_none
from madang.plan.check import check_document, check_plan, required_of
from madang.plan.checklist import checklist, is_statutory
from madang.plan.differences import differences
from madang.rules.book import Rulebook
from madang.store import Store

_WEIGHT = ("none", "minor", "major", "new", "removed")


def plan_facts(store: Store, branch: str, rulebook: Rulebook, *, as_of: date | None = None) -> dict[str, Any]:
    """The facts that gates ask for: {"change", "complete", "missing", "plans"}."""
    day = as_of or clock.today(store.city.zone)
    before, after = branch_states(store, branch)
    facts: dict[str, Any] = {"change": None, "complete": True, "missing": [], "plans": []}
    for plan in changed_plans(store, branch):
        old, new = tree_or_none(before, plan), tree_or_none(after, plan)
        facts["plans"].append(plan)
        some = new or old
        if some is None or not is_statutory(some):
            continue
        change = judged(old, new, rulebook=rulebook, as_of=day).change
        if facts["change"] is None or _WEIGHT.index(change) > _WEIGHT.index(facts["change"]):
            facts["change"] = change
        if new is not None:
            items = required_of(new, rulebook=rulebook, as_of=day)
            for one in checklist(new, items).missing:
                facts["complete"] = False
                facts["missing"].append({"item": one.item, "label": one.label, "clause": one.clause})
    return facts


def changed_plans(store: Store, branch: str) -> list[str]:
    """The plans that a branch changes."""
    before, after = branch_states(store, branch)
    plans = dict.fromkeys(plan["id"] for shelf in (after, before) for plan in shelf.plans())
    return [
        plan
        for plan in plans
        if branch != "main" and not differences(tree_or_none(before, plan), tree_or_none(after, plan)).is_empty
    ]


def check_documents(
    store: Store, branch: str, rulebook: Rulebook, *, by: str, as_of: date | None = None
) -> list[Document]:
    """The records of checks of every plan that a branch changes and still holds, ready to be written."""
    day = as_of or clock.today(store.city.zone)
    _, after = branch_states(store, branch)
    return [
        check_document(check_plan(store, branch, plan, rulebook=rulebook, as_of=day), city=store.city.id, by=by)
        for plan in changed_plans(store, branch)
        if plan in after.documents
    ]
