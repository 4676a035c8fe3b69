"""A proposal's procedure as its page shows it, in one answer: steps, opinions, votes, conditions, rounds, what next.

A row of the procedure is the verdict of the rules with what was recorded of the step; a step recorded under an older
version of its pack is marked to be looked at again. `next` names every act that the state allows, whether the gates
let it through, and if not, what keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from madang import clock
from madang.civic.deciding import conditions, gates, opinions
from madang.civic.deciding.procedure_records import (
    agenda_of,
    latest_steps,
    of_round,
    opinions_of,
    round_of,
    steps_of,
    votes_of,
    votes_of_round,
)
from madang.civic.deciding.records import decisions_of, proposal_of
from madang.civic.deciding.states import LABELS, possible
from madang.entities.entity import Document, value_of
from madang.errors import Pair, both
from madang.rules.judging import Verdict
from madang.store import Store

RESULTS = ("carried", "lost", "tied", "conditional")


def procedure_view(store: Store, proposal_id: str) -> dict[str, Any]:
    """Everything about the procedure of a proposal, as plain JSON values."""
    proposal = proposal_of(store, proposal_id)
    here = gates.standing(store, proposal)
    current = {str(vote["id"]) for vote in votes_of_round(store, proposal)}
    return {
        "proposal": proposal["id"],
        "state": value_of(proposal, "state"),
        "stateLabel": dict(LABELS[value_of(proposal, "state")]),
        "round": here.round,
        "procedure": procedure_rows(store, proposal, here),
        "opinions": [row.as_json() for row in opinions.rows(store, proposal["id"])],
        "dispositions": opinions.counts(store, proposal),
        "votes": [_vote(store, vote, current) for vote in votes_of(store, proposal["id"])],
        "agenda": [{"id": one["id"], "title": value_of(one, "title")} for one in agenda_of(store, proposal["id"])],
        "conditions": conditions.rows(store, proposal),
        "deferredUntil": value_of(proposal, "deferredUntil"),
        "rounds": rounds(store, proposal),
        "timeline": timeline(store, proposal, here),
        "next": next_acts(store, proposal, here),
    }


def procedure_rows(store: Store, proposal: Document, here: gates.Standing) -> dict[str, Any]:
    """The route, its steps with what was recorded of each, and what is missing before and after the adoption."""
    recorded = latest_steps(store, proposal)
    missing, later = here.before_adoption(), here.after_adoption()
    return {
        "id": here.route.procedure,
        "plan": here.route.plan,
        "change": here.route.change,
        "planCheck": here.route.freshness,
        "undeclared": list(here.route.undeclared),
        "inForce": _record(here.in_force) if here.in_force is not None else None,
        "steps": [_step(one, recorded.get(one.step)) for one in here.verdicts],
        "missing": [one.step for one in missing],
        "due": [one.step for one in later],
    }


def _step(verdict: Verdict, record: Document | None) -> dict[str, Any]:
    told = verdict.as_json()
    pack = f"{verdict.pack}@{verdict.version}"
    return {
        **told,
        "when": "after-adoption" if verdict.step in gates.AFTER_ADOPTION else "before-adoption",
        "record": _record(record) if record is not None else None,
        "recheck": record is not None and value_of(record, "rulePack") not in (None, pack),
    }


def _record(record: Document) -> dict[str, Any]:
    names = ("state", "startsOn", "endsOn", "documentNumber", "evidence", "facts", "text", "attempt", "recordedBy",
             "round", "step", "rulePack")  # fmt: skip
    return {"id": record["id"]} | {name: value_of(record, name) for name in names}


def _vote(store: Store, vote: Document, current: set[str]) -> dict[str, Any]:
    names = (
        "result",
        "counts",
        "heldAt",
        "quorum",
        "recused",
        "dissent",
        "refMeeting",
        "refCommittee",
        "voteConditions",
    )
    result = str(value_of(vote, "result"))
    committee = store.view().document(str(value_of(vote, "refCommittee")))
    told = {
        "current": vote["id"] in current,
        "resultLabel": both(f"procedure.result-{result}") if result in RESULTS else None,
        "committee": value_of(committee, "name") if committee is not None else None,
    }
    return {"id": vote["id"], **told} | {name: value_of(vote, name) for name in names}


def rounds(store: Store, proposal: Document) -> list[dict[str, Any]]:
    """Each round so far: how many steps and opinions it has, and how it ended."""
    steps = steps_of(store, proposal["id"])
    said = [one for one in opinions_of(store, proposal["id"]) if value_of(one, "refOpinion") is None]
    decisions = decisions_of(store, proposal["id"])
    found = []
    for number in range(1, round_of(proposal) + 1):
        ended = [one for one in decisions if (value_of(one, "round") or 1) == number]
        last = ended[-1] if ended else None
        found.append(
            {
                "round": number,
                "current": number == round_of(proposal),
                "steps": len(of_round(steps, number)),
                "opinions": len(of_round(said, number)),
                "decision": last["id"] if last else None,
                "outcome": dict(LABELS[value_of(last, "state")]) if last else None,
                "reason": value_of(last, "decisionReason") if last else None,
            }
        )
    return found


def timeline(store: Store, proposal: Document, here: gates.Standing) -> list[dict[str, Any]]:
    """What happened to the proposal, by day: submissions, steps, votes, decisions."""
    submitted, zone = both("procedure.act-submit"), ZoneInfo(store.city.zone)
    lines: list[dict[str, Any]] = [
        {
            "on": one.at.astimezone(zone).date().isoformat(),
            "what": "submit",
            "label": submitted,
            "by": one.actor,
            "text": one.reason,
        }
        for one in store.log(entity=proposal["id"])
        if one.facts.get("act") == "submit"
    ]  # fmt: skip
    titles = {one.step: one.title for one in here.verdicts}
    for step in steps_of(store, proposal["id"]):
        name, state = value_of(step, "step"), value_of(step, "state")
        on = value_of(step, "startsOn" if state == "running" else "endsOn")
        label = titles.get(name) or both("procedure.in-force-step")
        lines.append(_line(on, "step", label, step, "recordedBy", "text", state))
    for vote in votes_of(store, proposal["id"]):
        on = clock.day_said(value_of(vote, "heldAt"), store.city.zone)
        lines.append(_line(on, "vote", both("procedure.committee-vote"), vote, "-", "-", value_of(vote, "result")))
    for decision in decisions_of(store, proposal["id"]):
        state = value_of(decision, "state")
        on = clock.day_said(value_of(decision, "decidedAt"), store.city.zone)
        lines.append(_line(on, "decision", dict(LABELS[state]), decision, "decidedBy", "decisionReason", state))
    return sorted(lines, key=lambda line: str(line["on"]))


def _line(on: Any, what: str, label: Pair, record: Document, by: str, text: str, state: Any) -> dict[str, Any]:
    told = {"by": value_of(record, by), "text": value_of(record, text)}
    return {"on": on, "what": what, "label": label, "state": state, "record": record["id"], **told}


def next_acts(store: Store, proposal: Document, here: gates.Standing) -> list[dict[str, Any]]:
    """The acts that the state allows, each with what keeps it, if anything does."""
    made = []
    for act in possible(value_of(proposal, "state")):
        kept: Sequence[gates.Obstacle] = gates.obstacles(store, proposal, act, found=here)
        made.append(
            {
                "act": act,
                "label": both(f"procedure.act-{act}"),
                "possible": not kept,
                "role": "propose" if act == "submit" else "decide",
                "why": [one.as_json() for one in kept],
            }
        )
    return made


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """A record as its id and the bare values of its attributes."""
    return {"id": document["id"]} | {
        name: value_of(dict(document), name) for name in document if name not in ("id", "type", "@context")
    }
