"""Proposals and decisions as they stand in a city: finding them, and their ids. Reads only."""

from __future__ import annotations

from difflib import get_close_matches

from madang.entities.entity import Document, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import NotFoundError
from madang.store import Store

AUTHORITY = "madang"


def all_proposals(store: Store) -> list[Document]:
    """All proposals of a city, the newest submission first."""
    found = store.view().documents(Query(types=parse_types("Proposal")))
    return sorted(found, key=lambda p: (value_of(p, "submittedAt") or "", p["id"]), reverse=True)


def proposal_of(store: Store, proposal_id: str) -> Document:
    """One proposal by its id or by its branch's name; an unknown one is answered with those that are there."""
    found = store.view().document(proposal_id if ":" in proposal_id else proposal_id_of(proposal_id))
    if found is None or found["type"] != "Proposal":
        raise _unknown(store, proposal_id)
    return found


def decisions_of(store: Store, proposal_id: str) -> list[Document]:
    """The decisions on a proposal, in the order in which they were taken."""
    found = store.view().documents(Query(types=parse_types("Decision")))
    mine = [decision for decision in found if value_of(decision, "refProposal") == proposal_id]
    return sorted(mine, key=lambda decision: (value_of(decision, "decidedAt"), decision["id"]))


def proposal_id_of(branch: str) -> str:
    """The id of a branch's proposal: a branch is merged once, so it has one, in as many rounds as it takes."""
    return urn("Proposal", AUTHORITY, branch)


def _unknown(store: Store, proposal_id: str) -> NotFoundError:
    ids = [proposal["id"] for proposal in all_proposals(store)]
    near = get_close_matches(proposal_id, ids, n=3, cutoff=0.5) or ids[:5]
    return NotFoundError("civic.proposal-unknown", id=proposal_id, known=", ".join(near) or "-")
