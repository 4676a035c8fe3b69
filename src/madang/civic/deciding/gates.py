"""The gates before a decision: what the procedure, the committee, the conditions and the opinions still demand.

    adopt                 the steps that come before adoption hold; a plan in question was checked as it is now, and is
                          complete; every committee that has it on its agenda for decision carried it; every condition
                          is met; every opinion has a disposition
    adopt-conditionally   conditions are named; the committees carried it, or carried it on conditions
    refuse                every opinion has a disposition
    deliberate, defer     nothing

The law is not written here: facts are collected from records and judged by the rule packs. The notice in the gazette
follows the adoption, so it is demanded after it, not before; what the Minister made a condition of his approval has its
own thirty days (decree Art. 15(5)) and keeps nothing waiting. A plan that was noticed before the city was kept here is
registered as being in force, with the number of its notice; its steps are history. A gate that is closed says which
Act and article keeps it so, and opens nothing; the check is made again within the transaction of the decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from madang import clock
from madang.civic.deciding.legal_route import Route, route_of
from madang.civic.deciding.procedure_records import (
    agenda_of,
    latest_steps,
    of_round,
    opinions_of,
    round_of,
    today_of,
    votes_of_round,
)
from madang.civic.deciding.states import Act, State
from madang.entities.entity import Document, value_of
from madang.errors import ConflictError, ForbiddenError, Pair, both
from madang.rules.book import Rulebook
from madang.rules.judging import Verdict
from madang.store import Store

AFTER_ADOPTION = frozenset({"gazette-notice"})
BESIDE_ADOPTION = frozenset({"approval-supplement"})  # due by its own clock, before the adoption or after
UNCHECKED = "unchecked"
IN_FORCE = "in-force"  # a plan that was approved and noticed before the city was kept here

Facts = Mapping[str, Any]
Kind = Literal["procedure", "plan", "vote", "conditions", "opinions"]


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps a decision from being taken: what, by which clause, and what to do."""

    kind: Kind
    id: str
    label: Pair
    detail: Pair
    clause: Pair | None = None

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "label": self.label, "detail": self.detail, "clause": self.clause}


@dataclass
class StoreSeat:
    """A store as a seat of its own, for rooms below that ask for one."""

    store: Store
    branch_name: str = "main"

    def for_writing(self) -> Store:
        return self.store

    def actor(self, by: str | None) -> str:
        return by or "madang"


@dataclass(frozen=True)
class Standing:
    """How a proposal stands in its procedure: the route, the facts, and the verdict on each step."""

    proposal: str
    round: int
    route: Route
    facts: Facts
    verdicts: Sequence[Verdict]
    state: State
    in_force: Document | None = None
    titles: Mapping[str, Pair] = field(default_factory=dict)

    def before_adoption(self) -> list[Verdict]:
        """The steps that still have to be done before the adoption, in order."""
        if self.in_force is not None:
            return []
        return [one for one in self.verdicts if one.step not in AFTER_ADOPTION | BESIDE_ADOPTION and _is_open(one)]

    def after_adoption(self) -> list[Verdict]:
        """The steps that are due once the proposal is adopted, and not done."""
        if self.in_force is not None:
            return []
        open_ones = [one for one in self.verdicts if one.step in AFTER_ADOPTION | BESIDE_ADOPTION and _is_open(one)]
        return open_ones if self.state == "adopted" else []


def _is_open(verdict: Verdict) -> bool:
    """Whether a step still has to be done: a must that does not hold, or a may that was begun and is not over."""
    return verdict.state == "running" or (verdict.force != "n/a" and verdict.state == "missing")


def standing(store: Store, proposal: Document, *, as_of: date | None = None) -> Standing:
    """The proposal's procedure judged on what is recorded now."""
    branch = value_of(proposal, "branch")
    route = route_of(store, branch, store.diff(branch))
    facts = facts_of(store, proposal, route)
    verdicts = judged(store, route, facts, as_of=as_of)
    in_force = latest_steps(store, proposal).get(IN_FORCE) if route.change == "new" else None
    return Standing(
        proposal["id"],
        round_of(proposal),
        route,
        facts,
        verdicts,
        value_of(proposal, "state"),
        in_force,
        _titles(store, route),
    )


def _titles(store: Store, route: Route) -> dict[str, Pair]:
    """What procedures are called, where a proposal falls under several."""
    if not route.others:
        return {}
    return {one.id: one.title for one in Rulebook(StoreSeat(store)).procedures(today_of(store))}


def judged(store: Store, route: Route, facts: Facts, *, as_of: date | None = None) -> list[Verdict]:
    """The verdicts of a route; none where no pack knows a procedure of that name."""
    book = Rulebook(StoreSeat(store))
    if route.procedure not in known_procedures(book, as_of):
        return []
    return list(book.judge(route.procedure, facts, as_of=as_of or today_of(store)))


def known_procedures(book: Rulebook, as_of: date | None = None) -> set[str]:
    """The names of the procedures that the packs in force describe."""
    return {one.id for one in book.procedures(as_of)}


# --- facts -----------------------------------------------------------------------------------------------------------


def facts_of(store: Store, proposal: Document, route: Route) -> dict[str, Any]:
    """What the rules judge: steps as recorded, the plan as checked, votes, opinions, the city."""
    return {
        "steps": {
            step: _step_facts(record) for step, record in latest_steps(store, proposal).items() if step != IN_FORCE
        },
        **_plan_facts(route),
        "votes": {"carried": [v["id"] for v in votes_of_round(store, proposal) if value_of(v, "result") == "carried"]},
        "opinions": {"open": len(undisposed(store, proposal))},
    }


def _step_facts(record: Document) -> dict[str, Any]:
    made = {**(value_of(record, "facts") or {}), "state": value_of(record, "state")}
    for name, attribute in (("starts_on", "startsOn"), ("ends_on", "endsOn")):
        if (day := value_of(record, attribute)) is not None:
            made[name] = day
    return made


def _plan_facts(route: Route) -> dict[str, Any]:
    check = route.check if route.freshness == "fresh" else None
    if check is None:
        return {"plan": {"change": route.change, "complete": None, "missing": []}}
    stated = value_of(check, "ruleFacts") or {}
    told = {"complete": value_of(check, "complete"), "missing": value_of(check, "missing") or []}
    return {**stated, "plan": {**stated.get("plan", {}), "change": route.change, **told}}


def undisposed(store: Store, proposal: Document) -> list[Document]:
    """The opinions of this round that wait for a disposition; replies and withdrawn ones need none."""
    mine = of_round(opinions_of(store, proposal["id"]), round_of(proposal))
    return [one for one in mine if value_of(one, "state") == "open" and value_of(one, "refOpinion") is None]


# --- obstacles -------------------------------------------------------------------------------------------------------


def obstacles(store: Store, proposal: Document, act: Act, *, found: Standing | None = None) -> list[Obstacle]:
    """What keeps an act from being taken now, the weightiest first; nothing where it may be."""
    if act == "adopt":
        here = found or standing(store, proposal)
        return [
            *_of_procedure(here),
            *_of_plan(here),
            *_of_votes(store, proposal, _enough(proposal)),
            *_of_conditions(proposal),
            *_of_opinions(store, proposal),
        ]
    if act == "adopt-conditionally":
        return _of_votes(store, proposal, ("carried", "conditional"))
    return _of_opinions(store, proposal) if act == "refuse" else []


def _of_procedure(here: Standing) -> list[Obstacle]:
    if here.route.others:
        first, *others = (
            here.titles.get(id) or {"ko": id, "en": id} for id in (here.route.procedure, *here.route.others)
        )
        joined = {language: ", ".join(one[language] for one in others) for language in ("ko", "en")}
        detail = both("procedure.ways", first=first, others=joined)
        return [Obstacle("procedure", "split", both("procedure.several-ways"), detail)]
    return [Obstacle("procedure", one.step, one.title, one.detail, one.clause) for one in here.before_adoption()]


def _of_plan(here: Standing) -> list[Obstacle]:
    if here.in_force is not None or not here.route.changes_law:
        return []
    if here.facts["plan"]["complete"] is None:
        return [Obstacle("plan", UNCHECKED, both("procedure.plan-check"), both("procedure.plan-check-needed"))]
    return [
        Obstacle("plan", str(one.get("item")), one["label"], both("procedure.item-empty"), one.get("clause"))
        for one in here.facts["plan"]["missing"]
    ]


def _of_votes(store: Store, proposal: Document, enough: Sequence[str]) -> list[Obstacle]:
    """Every committee that has the proposal on its agenda has to have carried it; the last vote of each counts."""
    waiting = {_body_of(store, item): item for item in agenda_of(store, proposal["id"]) if _awaits_a_vote(store, item)}
    last = {_body_of(store, vote): vote for vote in votes_of_round(store, proposal)}
    label = both("procedure.committee-vote")
    lost = [vote for vote in last.values() if value_of(vote, "result") not in enough]
    unvoted = [item for body, item in waiting.items() if body not in last]
    missing = both("procedure.vote-missing", items=len(unvoted))
    return [
        *(Obstacle("vote", str(v["id"]), label, both("procedure.vote-not-carried", **_told(store, v))) for v in lost),
        *(Obstacle("vote", str(item["id"]), label, missing) for item in unvoted),
    ]


def _body_of(store: Store, about: Document) -> str:
    """The committee that a vote or an agenda item is of; of a meeting without one, the item itself."""
    meeting = store.view().document(str(value_of(about, "refMeeting")))
    committee = value_of(about, "refCommittee") or (value_of(meeting, "refCommittee") if meeting is not None else None)
    return str(committee or value_of(about, "refAgendaItem") or about["id"])


def _awaits_a_vote(store: Store, item: Document) -> bool:
    """Whether an item is put up for decision, and neither taken back nor of a meeting that did not take place."""
    meeting = store.view().document(str(value_of(item, "refMeeting")))
    cancelled = meeting is not None and value_of(meeting, "state") == "cancelled"
    return value_of(item, "kind") == "decision" and value_of(item, "state") != "withdrawn" and not cancelled


def _enough(proposal: Document) -> Sequence[str]:
    """Which results carry an adoption: one on conditions only where the decision named them."""
    return ("carried", "conditional") if value_of(proposal, "state") == "conditional" else ("carried",)


def _told(store: Store, vote: Document) -> dict[str, Any]:
    counts = value_of(vote, "counts") or {}
    result = str(value_of(vote, "result"))
    known = result if result in ("carried", "tied", "conditional") else "lost"
    return {
        "result": both(f"procedure.result-{known}"),
        "for_": counts.get("for", "-"),
        "against": counts.get("against", "-"),
        "on": clock.day_said(value_of(vote, "heldAt"), store.city.zone),
    }


def _of_conditions(proposal: Document) -> list[Obstacle]:
    waiting = [one for one in value_of(proposal, "conditions") or [] if one["state"] != "met"]
    label = both("procedure.condition")
    return [Obstacle("conditions", one["id"], label, both("procedure.condition-open", **one)) for one in waiting]


def _of_opinions(store: Store, proposal: Document) -> list[Obstacle]:
    label = both("procedure.opinion")
    waiting = undisposed(store, proposal)
    return [
        Obstacle("opinions", one["id"], label, both("procedure.opinion-open", by=value_of(one, "submittedBy")))
        for one in waiting
    ]


def require(store: Store, proposal: Document, act: Act) -> None:
    """Refuse an act whose gate is closed: by procedure, plan, vote, conditions or opinions, in this order."""
    found = obstacles(store, proposal, act)
    if not found:
        return
    first = found[0]
    same = [one for one in found if one.kind == first.kind]
    facts: dict[str, Any] = {
        "id": proposal["id"],
        "label": first.label,
        "clause": first.clause or {"ko": "-", "en": "-"},
        "detail": first.detail,
        "count": len(same),
        "which": ", ".join(one.id for one in same[:5]) + (" …" if len(same) > 5 else ""),
        "missing": [one.as_json() for one in found],
    }
    if first.id == "split":
        raise ConflictError("procedure.to-be-split", **facts)
    if first.id == UNCHECKED:
        raise ConflictError("procedure.plan-unchecked", **facts)
    if first.kind == "procedure":
        raise ForbiddenError("procedure.not-yet", **facts)
    if first.kind == "plan":
        raise ForbiddenError("procedure.plan-incomplete", **facts)
    if first.kind == "vote":
        raise ForbiddenError("procedure.no-carried-vote", **facts)
    if first.kind == "conditions":
        raise ConflictError("procedure.conditions-open", **facts)
    raise ConflictError("procedure.opinions-open", **facts)
