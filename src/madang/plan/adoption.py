"""What the plan has to do with deciding: its checks stand fresh before a decision, and its promises are made by it.

The procedure's gates read recorded checks (`PlanCheck`), never the plan itself. So before a proposal is put up or
decided, the checks of the plans its branch changes are recorded anew where the branch or the rules have moved on. The
promises that adopting a branch makes are written in the transaction of the adoption, by `promising`.
"""

from __future__ import annotations

from collections.abc import Callable

from madang import clock
from madang.errors import sentence
from madang.plan.amendment import branch_states, tree_or_none
from madang.plan.check import check_document, check_plan, recorded_check
from madang.plan.facts import changed_plans
from madang.plan.forecasts import promises_of
from madang.rules.book import Rulebook
from madang.store import Store, Tx


def keep_checks(store: Store, branch: str, rulebook: Rulebook, *, actor: str) -> int:
    """Record the checks of the plans a branch changes that were not recorded, or are no longer good; gives how many."""
    today = clock.today(store.city.zone)
    made = []
    for plan in _still_there(store, branch):
        known = recorded_check(store, branch, plan, rulebook=rulebook, as_of=today)
        if known is None or known.branch_moved or known.rules_changed:
            found = check_plan(store, branch, plan, rulebook=rulebook, as_of=today)
            made.append(check_document(found, city=store.city.id, by=actor))
    if made:
        with store.transact(actor=actor, reason=sentence("plans.reason-check", "ko"), act="check") as tx:
            tx.put_many(made)
    return len(made)


def promising(store: Store, branch: str, *, proposal: str) -> Callable[[Tx], None]:
    """What writes the promises of an adoption into its transaction: of the branch as it is adopted, not as it was."""

    def write(tx: Tx) -> None:
        tx.put_many(promises_of(store, branch, proposal=proposal))

    return write


def _still_there(store: Store, branch: str) -> list[str]:
    _, after = branch_states(store, branch)
    return [plan for plan in changed_plans(store, branch) if tree_or_none(after, plan) is not None]
