"""The check of a plan on a branch: contents, tree, areas, alignment, conflicts, and what the change is in law.

It is made anew each time it is asked for. To be read by other rooms (a gate of the procedure needs "complete" and
"minor or major") it is recorded as a `PlanCheck`, one for each plan and branch, with the transaction it was made for
and the rules it was made against: a record older than the branch, or than the rules, is no longer good and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.entities.entity import Document, json_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import both
from madang.plan.alignment import Alignment, alignment, upper_plans
from madang.plan.amendment import Amendment, PlanConflict, branch_states, conflicts, judged, tree_or_none
from madang.plan.checklist import Checklist, checklist, is_statutory
from madang.plan.coverage import Coverage, coverage
from madang.plan.findings import Finding, findings
from madang.plan.parts import Pair, title_of, words_of
from madang.plan.services import catalogue
from madang.plan.tree import PlanTree, plan_tree
from madang.rules.book import Rulebook
from madang.rules.items import RequiredItem
from madang.store import Store

DESIGNATIONS = {"national-pilot-city": "national_pilot_city", "specialised-complex": "specialised_complex"}
OF_THE_PLAN = {"neighbourAreas": "neighbour_areas", "isMadeByProvince": "by_province"}  # Act Art. 8(3) and 8(4)
_DONG = Query(types=parse_types("Dong"))


@dataclass(frozen=True)
class PlanCheck:
    """Everything that was found when a plan on a branch was held against the rules of a day."""

    plan: str
    title: Pair
    branch: str
    branch_transaction: int
    as_of: date
    checklist: Checklist
    findings: tuple[Finding, ...]
    coverage: Coverage
    alignment: Alignment
    service_gaps: int
    amendment: Amendment
    conflicts: tuple[PlanConflict, ...]
    rules: dict[str, Any]
    rule_facts: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether no item that must be there is empty."""
        return self.checklist.complete

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The findings that cannot be right as they are."""
        return tuple(one for one in self.findings if one.weight == "wrong")

    @property
    def missing(self) -> list[dict[str, Any]]:
        """The empty items, each with its clause."""
        return [
            {"item": one.item, "label": one.label, "clause": one.clause, "why": one.why}
            for one in self.checklist.missing
        ]

    def as_json(self) -> dict[str, Any]:
        """The check for a page or a machine."""
        return {
            "plan": self.plan,
            "title": self.title,
            "branch": self.branch,
            "branchTransaction": self.branch_transaction,
            "asOf": self.as_of.isoformat(),
            "complete": self.complete,
            "completeLabel": both("plans.complete" if self.complete else "plans.incomplete", count=len(self.missing)),
            "missing": self.missing,
            "checklist": self.checklist.as_json(),
            "findings": [one.as_json() for one in self.findings],
            "wrong": len(self.wrong),
            "coverage": self.coverage.as_json(),
            "alignment": {
                "aligned": sum(row.state == "aligned" for row in self.alignment.tasks),
                "localOnly": sum(row.state == "local-only" for row in self.alignment.tasks),
                "gaps": [row.task for row in self.alignment.gaps],
                "unserved": [one.id for one in self.alignment.unserved],
                "conflicts": [one for one in self.alignment.as_json()["conflicts"] if one["certain"]],
            },
            "serviceGaps": self.service_gaps,
            "change": self.amendment.change,
            "changeLabel": both(f"plans.change-{self.amendment.change}"),
            "changeClause": self.amendment.clause,
            "changeDetail": self.amendment.detail,
            "changedItems": [one.item for one in self.amendment.items],
            "changedSections": list(self.amendment.sections),
            "conflicts": [one.as_json() for one in self.conflicts],
            "rules": self.rules,
        }


def rule_facts(plan: Document) -> dict[str, Any]:
    """What the plan says of itself and the city that conditions ask for; what nobody stated is unknown."""
    told: dict[str, Any] = {}
    if value_of(plan, "designations") is not None:
        stated = words_of(plan, "designations")
        told["city"] = {fact: word in stated for word, fact in DESIGNATIONS.items()}
    own = {fact: value_of(plan, name) for name, fact in OF_THE_PLAN.items()}
    if own := {fact: said for fact, said in own.items() if said is not None}:
        told["plan"] = own
    return told


def required_of(tree: PlanTree, *, rulebook: Rulebook, as_of: date) -> list[RequiredItem]:
    """The items that law asks of a plan on a day; none of a plan that no law prescribes."""
    if not is_statutory(tree):
        return []
    return rulebook.required_items(tree.kind, as_of=as_of, facts=rule_facts(tree.plan))


def check_plan(store: Store, branch: str, plan_id: str | None, *, rulebook: Rulebook, as_of: date) -> PlanCheck:
    """The check of a plan on a branch, against the rules of a day."""
    before, after = branch_states(store, branch)
    tree = plan_tree(after, plan_id)
    view = store.view(branch)
    required = required_of(tree, rulebook=rulebook, as_of=as_of)
    services = catalogue(tree, rulebook.service_fields(as_of))
    return PlanCheck(
        plan=tree.id,
        title=tree.title,
        branch=branch,
        branch_transaction=last_of_branch(store, branch),
        as_of=as_of,
        checklist=checklist(tree, required),
        findings=tuple(findings(tree)),
        coverage=coverage(tree.areas, view.documents(_DONG) if tree.areas else ()),
        alignment=alignment(tree, upper_plans(view)),
        service_gaps=sum(bool(row.gaps) for row in services.services),
        amendment=judged(tree_or_none(before, tree.id), tree, rulebook=rulebook, as_of=as_of),
        conflicts=tuple(conflicts(store, branch)),
        rules=rulebook.fingerprint(as_of),
        rule_facts=rule_facts(tree.plan),
    )


def last_of_branch(store: Store, branch: str) -> int:
    """The last transaction of a branch: a check made for an earlier one is out of date."""
    last = store.log(branch=branch, limit=1)
    return last[0].number if last else store.branch(branch).fork_tx


def check_id(city: str, plan_id: str, branch: str) -> str:
    """The id of the record of a check: one for each plan and branch."""
    return urn("PlanCheck", city, f"{plan_id.rpartition(':')[2]}:{branch}")


def check_document(check: PlanCheck, *, city: str, by: str) -> Document:
    """The check as the record that other rooms read."""
    made: Document = {
        "id": check_id(city, check.plan, check.branch),
        "type": "PlanCheck",
        "refPlan": relationship(check.plan),
        "branch": property_(check.branch),
        "branchTransaction": property_(check.branch_transaction),
        "complete": property_(check.complete),
        "missing": json_property(check.missing),
        "change": property_(check.amendment.change),
        "changedItems": json_property([one.item for one in check.amendment.items]),
        "findings": json_property([one.as_json() for one in check.findings]),
        "rules": json_property(check.rules),
        "ruleFacts": json_property(check.rule_facts),
        "rulesHash": property_(check.rules["hash"]),
        "asOf": property_(check.as_of.isoformat()),
        "checkedBy": property_(by),
    }
    if check.amendment.clause is not None:
        made["clause"] = property_(check.amendment.clause["ko"])
    return made


@dataclass(frozen=True)
class RecordedCheck:
    """A check as it was recorded: whether it still stands for the branch and the rules as they are."""

    id: str
    complete: bool
    change: str
    as_of: str
    by: str
    branch_moved: bool
    rules_changed: bool

    def as_json(self) -> dict[str, Any]:
        """The record for a page or a machine."""
        note = "plans.recheck-branch" if self.branch_moved else "plans.recheck-rules" if self.rules_changed else None
        return {
            "id": self.id,
            "complete": self.complete,
            "change": self.change,
            "asOf": self.as_of,
            "by": self.by,
            "branchMoved": self.branch_moved,
            "rulesChanged": self.rules_changed,
            "recheck": self.branch_moved or self.rules_changed,
            "note": both(note) if note else None,
        }


def recorded_check(store: Store, branch: str, plan_id: str, *, rulebook: Rulebook, as_of: date) -> RecordedCheck | None:
    """The last check recorded of a plan on a branch, or None."""
    found = store.view().document(check_id(store.city.id, plan_id, branch))
    if found is None:
        return None
    return RecordedCheck(
        found["id"],
        bool(value_of(found, "complete")),
        str(value_of(found, "change")),
        str(value_of(found, "asOf")),
        str(value_of(found, "checkedBy")),
        value_of(found, "branchTransaction") != last_of_branch(store, branch),
        value_of(found, "rulesHash") != rulebook.fingerprint(as_of)["hash"],
    )


def names_of(store: Store, branch: str, ids: set[str]) -> dict[str, Pair]:
    """What bodies and other entities are called, by one query."""
    if not ids:
        return {}
    return {one["id"]: title_of(one) for one in store.view(branch).documents(Query(ids=tuple(sorted(ids))))}
