"""The versions of a plan, derived from the transactions by which it was adopted and amended.

A version number is nowhere stored: it follows from main's history. A plan reaches main by adoption only, so every
transaction that changed it there is an adopted decision or the undoing of one; the first is 1.0, a minor amendment
counts on (1.1), a major one begins anew (2.0). So a number always leads to a transaction with its actor, reason,
proposal and hash, and no attribute can claim a version that was never decided. Minor or major is judged by the rules of
the day of the merge. What only records progress makes no version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from madang import clock
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError, both
from madang.plan.amendment import Amendment, Change, judged, tree_or_none
from madang.plan.differences import PlanDifference
from madang.plan.parts import Pair
from madang.plan.tree import PlanTree, shelf_of
from madang.rules.book import Rulebook
from madang.store import Store, Transaction

_NUMBER = re.compile(r"(\d+)\.(\d+)")
_TRANSACTION = re.compile(r"(?:tx:)?(\d+)")


@dataclass(frozen=True)
class PlanVersion:
    """One version of a plan: its number, the transaction it stands on, and what the change was in law."""

    number: str
    change: Change
    clause: Pair | None
    detail: Pair
    items: tuple[str, ...]
    transaction: int
    at: datetime
    actor: str
    reason: str
    branch: str | None
    proposal: str | None

    def as_json(self) -> dict[str, Any]:
        """The version for a page or a machine."""
        return {
            "number": self.number,
            "change": self.change,
            "changeLabel": both(f"plans.change-{self.change}"),
            "clause": self.clause,
            "detail": self.detail,
            "items": list(self.items),
            "transaction": self.transaction,
            "at": clock.to_text(self.at),
            "actor": self.actor,
            "reason": self.reason,
            "branch": self.branch,
            "proposal": self.proposal,
        }


class History:
    """The versions of one plan and its states, read once."""

    def __init__(self, store: Store, plan_id: str, rulebook: Rulebook) -> None:
        self._store = store
        self._plan = plan_id
        self._rulebook = rulebook
        self._states: dict[int, PlanTree | None] = {}

    @cached_property
    def versions(self) -> tuple[PlanVersion, ...]:
        """Every version, oldest first."""
        found: list[PlanVersion] = []
        major, minor, zone = 0, 0, ZoneInfo(self._store.city.zone)
        for transaction in self._adoptions():
            before, after = self._state(transaction.number - 1), self._state(transaction.number)
            if before is None and after is None:
                continue
            day: date = transaction.at.astimezone(zone).date()
            change = self._change(before, after, day)
            if change.change == "none":
                continue
            major, minor = (major, minor + 1) if change.change == "minor" else (major + 1, 0)
            found.append(
                PlanVersion(
                    f"{major}.{minor}",
                    change.change,
                    change.clause,
                    change.detail,
                    tuple(one.item for one in change.items),
                    transaction.number,
                    transaction.at,
                    transaction.actor,
                    transaction.reason,
                    transaction.facts.get("merged"),
                    transaction.facts.get("adopting"),
                )
            )
        return tuple(found)

    @property
    def current(self) -> PlanVersion | None:
        """The version in force; None for a plan that was not adopted yet."""
        return self.versions[-1] if self.versions else None

    def at(self, point: str) -> PlanTree | None:
        """The plan at a version number ("1.1"), a transaction ("tx:12" or "12") or on a branch ("main")."""
        if _NUMBER.fullmatch(point):
            found = next((one for one in self.versions if one.number == point), None)
            if found is None:
                known = ", ".join(one.number for one in self.versions) or "-"
                raise NotFoundError("plans.version-unknown", version=point, known=known)
            return self._state(found.transaction)
        transaction = _TRANSACTION.fullmatch(point)
        if transaction:
            number = int(transaction[1])
            return self._of_transaction(self._store.transaction(number))
        if not point:
            raise CallerError("plans.no-point")
        return tree_or_none(shelf_of(self._store.view(point)), self._plan)

    def _of_transaction(self, transaction: Transaction) -> PlanTree | None:
        if transaction.branch == "main":
            return self._state(transaction.number)
        return tree_or_none(shelf_of(self._store.view(transaction.branch, at=transaction.number)), self._plan)

    def _change(self, before: PlanTree | None, after: PlanTree | None, day: date) -> Amendment:
        """What a transaction was in law; of a plan that begins or ends nothing has to be compared."""
        if before is not None and after is not None:
            return judged(before, after, rulebook=self._rulebook, as_of=day)
        what: Change = "new" if before is None else "removed"
        return Amendment(self._plan, what, (), (), None, both(f"plans.detail-{what}"), PlanDifference((), ()))

    def _adoptions(self) -> list[Transaction]:
        """Main's transactions by which planned things can have changed, oldest first."""
        told = self._store.log(branch="main")
        return [one for one in reversed(told) if one.kind in ("merge", "revert") or "adopting" in one.facts]

    def _state(self, transaction: int) -> PlanTree | None:
        if transaction not in self._states:
            view = self._store.view(at=transaction)
            has_plan = bool(view.count(Query(types=parse_types("Plan"), ids=(self._plan,))))
            self._states[transaction] = tree_or_none(shelf_of(view), self._plan) if has_plan else None
        return self._states[transaction]
