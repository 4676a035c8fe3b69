"""The service catalogue of a plan, in the fields that the decree gives, with who does what.

Each service has a field, an owner, data sets, a budget or an explicit "none", an indicator, and roles (RACI): exactly
one who is accountable, at least one who does it. What is missing is named; a field without services stays on the list,
because that a plan offers nothing there is worth seeing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import both
from madang.plan.findings import has_budget
from madang.plan.parts import Pair, refs_of, title_of, whole_of
from madang.plan.tree import PlanTree
from madang.rules.items import Field

ROLES = ("responsible", "accountable", "consulted", "informed")


@dataclass(frozen=True)
class ServiceRow:
    """One service with all that the catalogue asks of it, and what it lacks."""

    id: str
    title: Pair
    field: str | None
    owners: tuple[str, ...]
    datasets: tuple[str, ...]
    indicator: str | None
    amount: int | None
    without_budget: bool  # it says that it needs none
    tasks: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    gaps: tuple[Pair, ...]

    def as_json(self) -> dict[str, Any]:
        """The service for a page or a machine."""
        return {
            "id": self.id,
            "title": self.title,
            "field": self.field,
            "owners": list(self.owners),
            "datasets": list(self.datasets),
            "indicator": self.indicator,
            "amount": {"value": self.amount, "unit": "KRW"} if self.amount is not None else None,
            "withoutBudget": self.without_budget,
            "tasks": list(self.tasks),
            "raci": {role: list(self.roles.get(role, ())) for role in ROLES},
            "gaps": list(self.gaps),
        }


@dataclass(frozen=True)
class ServiceCatalogue:
    """The services by field, those of no known field apart."""

    fields: tuple[tuple[str, Pair, Pair], ...]  # (id, label, clause)
    services: tuple[ServiceRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The catalogue for a page or a machine."""
        known = {id for id, _, _ in self.fields}
        return {
            "fields": [
                {
                    "field": id,
                    "label": label,
                    "clause": clause,
                    "services": [row.as_json() for row in self.services if row.field == id],
                }
                for id, label, clause in self.fields
            ],
            "withoutField": [row.as_json() for row in self.services if row.field not in known],
            "count": len(self.services),
            "gaps": sum(bool(row.gaps) for row in self.services),
        }


def catalogue(tree: PlanTree, fields: Sequence[Field]) -> ServiceCatalogue:
    """The service catalogue of a plan."""
    known = tuple((field.id, dict(field.label), dict(field.clause)) for field in fields)
    ids = {id for id, _, _ in known}
    return ServiceCatalogue(known, tuple(_row(service, tree, ids) for service in tree.services))


def _row(service: Document, tree: PlanTree, fields: set[str]) -> ServiceRow:
    lines = tree.budget_of.get(service["id"], ())
    amounts = [amount for line in lines if (amount := whole_of(line, "amount")) is not None]
    said = value_of(service, "serviceField")
    roles = _roles(service)
    gaps: list[Pair] = []
    if said is None:
        gaps.append(both("plans.service-without-field"))
    elif said not in fields:
        gaps.append(both("plans.service-field-unknown", field=str(said)))
    for name in ("owner", "refDataset", "indicator"):
        if value_of(service, name) is None:
            gaps.append(both(f"plans.service-without-{name.lower()}"))
    if not has_budget(service, lines):
        gaps.append(both("plans.service-without-budget"))
    if len(roles.get("accountable", ())) != 1:
        gaps.append(both("plans.service-accountable", count=len(roles.get("accountable", ()))))
    if not roles.get("responsible"):
        gaps.append(both("plans.service-responsible"))
    return ServiceRow(
        service["id"],
        title_of(service),
        said if isinstance(said, str) else None,
        refs_of(service, "owner"),
        refs_of(service, "refDataset"),
        str(value_of(service, "indicator")) if value_of(service, "indicator") is not None else None,
        sum(amounts) if amounts else whole_of(service, "amount"),
        value_of(service, "budget") == "none",
        refs_of(service, "refTask"),
        roles,
        tuple(gaps),
    )


def _roles(service: Document) -> dict[str, tuple[str, ...]]:
    said = value_of(service, "raci")
    if not isinstance(said, dict):
        return {}
    return {
        role: tuple(found) if isinstance(found, list) else (str(found),)
        for role in ROLES
        if (found := said.get(role)) is not None
    }
