"""Records about a proposal as they stand in a city: steps, opinions, votes, agenda items, plan checks. Reads only.

Steps and opinions belong to a round: what was done or said in an earlier one stays to be seen and is not counted again.
A vote belongs to the round in which it was recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from madang import clock
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_q, parse_types
from madang.errors import CallerError
from madang.store import Store

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def about(store: Store, type_name: str, proposal_id: str) -> list[Document]:
    """The records of a type that refer to a proposal, by id."""
    query = Query(types=parse_types(type_name), q=parse_q(f'refProposal=="{proposal_id}"'))
    return sorted(store.view().documents(query), key=lambda document: str(document["id"]))


def round_of(proposal: Document) -> int:
    """In which round a proposal stands."""
    return int(value_of(proposal, "round") or 1)


def of_round(documents: Iterable[Document], number: int) -> list[Document]:
    """The steps or opinions of one round."""
    return [document for document in documents if (value_of(document, "round") or 1) == number]


def steps_of(store: Store, proposal_id: str) -> list[Document]:
    """Every recorded step of a proposal, of all rounds, in the order in which they began."""
    found = about(store, "ProcedureStep", proposal_id)
    return sorted(found, key=lambda s: (value_of(s, "round") or 1, value_of(s, "startsOn") or "", s["id"]))


def latest_steps(store: Store, proposal: Document) -> dict[str, Document]:
    """Of this round, the last attempt at each step."""
    found: dict[str, Document] = {}
    mine = of_round(steps_of(store, proposal["id"]), round_of(proposal))
    for step in sorted(mine, key=lambda one: int(value_of(one, "attempt") or 1)):
        found[value_of(step, "step")] = step
    return found


def opinions_of(store: Store, proposal_id: str) -> list[Document]:
    """Every opinion and reply on a proposal, of all rounds, in the order in which they came in."""
    return sorted(about(store, "Opinion", proposal_id), key=lambda o: (value_of(o, "submittedAt") or "", o["id"]))


def votes_of(store: Store, proposal_id: str) -> list[Document]:
    """Every vote on a proposal, in the order in which they were held."""
    return sorted(about(store, "Vote", proposal_id), key=lambda v: (str(value_of(v, "heldAt") or ""), v["id"]))


def votes_of_round(store: Store, proposal: Document) -> list[Document]:
    """The votes recorded since this round was submitted; in the first round, all."""
    votes = votes_of(store, proposal["id"])
    if round_of(proposal) == 1:
        return votes
    submitted = next((t.number for t in store.log(entity=proposal["id"]) if t.facts.get("act") == "submit"), 0)
    view = store.view()
    return [vote for vote in votes if (version := view.version(vote["id"])) is not None and version.tx > submitted]


def agenda_of(store: Store, proposal_id: str) -> list[Document]:
    """The agenda items by which committees were given a proposal."""
    return about(store, "AgendaItem", proposal_id)


def plan_check_of(store: Store, plan: str, branch: str) -> Document | None:
    """What was last found when a plan on a branch was checked, or None."""
    found = store.view().documents(Query(types=parse_types("PlanCheck")))
    mine = [check for check in found if _plan_of(check) == plan and value_of(check, "branch") == branch]
    return max(mine, key=lambda check: (value_of(check, "branchTransaction") or 0, check["id"]), default=None)


def _plan_of(check: Document) -> Any:
    return value_of(check, "plan") or value_of(check, "refPlan")


def day_of(given: date | str, name: str) -> date:
    """A civil date from text or as it is; refuses what is none."""
    if isinstance(given, date):
        return given
    try:
        if _DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise CallerError("procedure.bad-date", field=name, found=given)


def today_of(store: Store) -> date:
    """The civil date in the city's zone."""
    return clock.today(store.city.zone)
