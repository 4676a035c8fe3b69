"""What the pages change: a new 안, its entities, putting it up, deciding it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.city import City
from madang.web.api.fields import list_field, switch_field, text_field, titles_field
from madang.web.api.figures import flat
from madang.web.api.reading import branch_row, transaction_row
from madang.web.tenants import MAIN, Tenants


def fork(tenants: Tenants, tenant: str, body: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
    """A new branch of the city, from main or from the parent the body names."""
    parent = text_field(body, "parent", default=MAIN)
    city = tenants.city(tenant.partition("~")[0])
    origin = city if parent == MAIN else city.branch(parent)
    reason = text_field(body, "reason", default="")
    made = origin.fork(text_field(body, "name"), title=titles_field(body, "title"), reason=reason, by=actor)
    return branch_row(made.store.branch(made.branch_name))


def put(city: City, body: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
    """Entities created or replaced on the branch, in one transaction."""
    entities = list_field(body, "entities")
    reason = text_field(body, "reason", default="")
    return transaction_row(city.put(entities, reason=reason, by=actor))


def proposals(city: City) -> list[dict[str, Any]]:
    """All proposals of the city, newest first."""
    return [flat(document) for document in city.proposals()]


def proposal(city: City, proposal_id: str) -> dict[str, Any]:
    """One proposal as its page shows it."""
    return city.proposal(proposal_id)


def propose(city: City, body: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
    """The branch put up for decision."""
    title, reason = text_field(body, "title"), text_field(body, "reason")
    return flat(city.propose(title=title, reason=reason, by=actor))


def decide(city: City, proposal_id: str, body: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
    """The decision, with its reason: adopted and merged, or refused."""
    reason = text_field(body, "reason")
    act = city.adopt if switch_field(body, "adopt") else city.refuse
    return flat(act(proposal_id, reason=reason, by=actor))
