"""Proposals (안건) and the decisions on them: a branch put up, deliberated, and adopted or not.

A proposal is a record: it is seen from every branch and never forked. It keeps what its branch said when it was
submitted (`branchState`), so that a branch changed since is noticed. Which act is possible when stands in `states`;
how proposals are found in `proposal_records`; what should be looked at before deciding in `checks`; what must hold
before an act in `gates`; what the page shows in `proposal_page`.

Adopting merges the branch, and the proposal's new state and the `Decision` are written **in the transaction of the
merge**: after a kill at any moment there is either an open proposal and an unmerged branch, or a decision and its
merge. The gates are looked at before, and once more in that transaction. A branch that changes between the checks and
the merge is not adopted. What a proposal is about is what adoption would change on main: of a branch of a branch, also
what its parent changed. Every act asks for a reason, and each decision is a record of its own, so a proposal that
comes back after a refusal keeps the memory of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from madang import clock
from madang.civic.deciding import conditions as conditions_of
from madang.civic.deciding import gates, opinions
from madang.civic.deciding.branch_contents import hash_of
from madang.civic.deciding.checks import Check, checks_of, runs_of
from madang.civic.deciding.page import Comparing, proposal_view
from madang.civic.deciding.procedure_records import day_of, today_of, votes_of_round
from madang.civic.deciding.records import AUTHORITY, all_proposals, decisions_of, proposal_id_of, proposal_of
from madang.civic.deciding.states import DECISIONS, LABELS, OPEN, Act, State, after
from madang.entities.entity import (
    Document,
    Instance,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.store import Store, Tx

Title = str | Mapping[str, str]
Resolve = Mapping[Any, Any]
Also = Callable[[Tx], None]

# What a new submission takes back from an earlier round; the decisions themselves stay as records.
_OF_AN_EARLIER_ROUND = (
    "runs", "decidedBy", "decidedAt", "decisionReason", "mergeTransaction", "conditions", "deferredUntil"
)  # fmt: skip


def propose(store: Store, branch: str, *, title: Title, reason: str, actor: str) -> Document:
    """Put a branch up for decision; one that was deferred or refused before is submitted again in a new round."""
    _need_reason(reason)
    found = store.branch(branch)
    if found.parent is None:
        raise CallerError("civic.propose-main")
    if found.state != "open":
        raise ConflictError("civic.branch-closed", branch=branch, state=found.state)
    changes = store.diff(branch)
    if not changes:
        raise CallerError("civic.nothing-to-propose", branch=branch)
    runs = [run["id"] for run in runs_of(store, branch)]
    place = _place(store)
    with store.transact(actor=actor, reason=reason, act="submit") as tx:
        before = tx.document(proposal_id_of(branch)) or {}
        state: State | None = value_of(before, "state")
        if after(state, "submit") is None:
            assert state is not None  # what is not there yet can be submitted
            raise ConflictError("civic.already-open", id=before["id"], branch=branch, state=dict(LABELS[state]))
        made = {name: said for name, said in before.items() if name not in _OF_AN_EARLIER_ROUND}
        made |= {
            "id": proposal_id_of(branch),
            "type": "Proposal",
            "title": _said(title),
            "reason": property_(reason),
            "branch": property_(branch),
            "state": property_("submitted"),
            "round": property_((value_of(before, "round") or 0) + 1),
            "branchState": property_(hash_of(changes)),
            "submittedBy": property_(actor),
            "submittedAt": property_(clock.to_text(clock.now())),
        }
        if runs:
            made["runs"] = relationship(runs)
        if place is not None:
            made["refCity"] = relationship(place)
        tx.put(made)
    return made


def checks(store: Store, proposal_id: str) -> list[Check]:
    """What should be looked at before deciding on a proposal."""
    return checks_of(store, proposal_of(store, proposal_id))


def decide(
    store: Store,
    proposal_id: str,
    *,
    adopt: bool,
    reason: str,
    actor: str,
    resolve: Resolve | None = None,
    comparison: Mapping[str, Any] | None = None,
    also: Also | None = None,
) -> Document:
    """Adopt a proposal and merge its branch, or refuse it; gives the proposal as it stands then."""
    what: Act = "adopt" if adopt else "refuse"
    return act(store, proposal_id, what, reason=reason, actor=actor, resolve=resolve, comparison=comparison, also=also)


def act(
    store: Store,
    proposal_id: str,
    what: Act,
    *,
    reason: str,
    actor: str,
    resolve: Resolve | None = None,
    comparison: Mapping[str, Any] | None = None,
    conditions: Sequence[Mapping[str, Any]] = (),
    until: Any = None,
    also: Also | None = None,
) -> Document:
    """Take one act on a proposal, as far as its state and the gates before the act allow it.

    `resolve` names sides for conflicts when adopting. `comparison` is what was on the table, as JSON: the decision
    keeps it, because after the merge main and branch no longer differ. `conditions` go with a conditional adoption,
    `until` with a deferral. `also` writes more records into the transaction of an adoption.
    """
    _need_reason(reason)
    proposal = proposal_of(store, proposal_id)
    proposal_id = proposal["id"]
    _require(proposal, what)
    terms = _terms(store, what, conditions, until)
    branch = value_of(proposal, "branch")
    if what == "submit":
        return propose(store, branch, title=_title(proposal), reason=reason, actor=actor)
    if what == "deliberate":
        with store.transact(actor=actor, reason=reason, act=what) as tx:
            return _moved(tx, proposal_id, what)

    upto = store.data_version()
    if what == "adopt" and not store.diff(branch):
        raise CallerError("civic.nothing-to-adopt", branch=branch)
    gates.require(store, proposal, what)
    looked_at = checks_of(store, proposal)
    seen = {"checks": json_property([{"id": check.id, "state": check.state} for check in looked_at])}
    if comparison is not None:
        seen["comparison"] = json_property(dict(comparison))
    seen |= _seen(store, proposal)
    write = _recorder(store, proposal_id, what, reason=reason, actor=actor, seen=seen, terms=terms)

    def record(tx: Tx) -> None:
        """Record the decision if the gates, which nobody else can close now, are still open."""
        if store.data_version() != upto:
            gates.require(store, proposal_of(store, proposal_id), what)
        write(tx)

    if what == "adopt":

        def record_unchanged(tx: Tx) -> None:
            """Record the adoption if the branch, which nobody else can write now, is what was looked at."""
            if any(one.number > upto for one in store.log(branch=branch, limit=1)):
                raise ConflictError("civic.branch-moved", branch=branch)
            record(tx)
            if also is not None:
                also(tx)

        store.merge(branch, actor=actor, reason=reason, adopting=proposal_id, resolve=resolve, also=record_unchanged)
    else:
        with store.transact(actor=actor, reason=reason, act=what) as tx:
            record(tx)
    return proposal_of(store, proposal_id)


def _terms(store: Store, what: Act, conditions: Sequence[Mapping[str, Any]], until: Any) -> dict[str, Instance]:
    """What a decision says beyond itself: the conditions of a conditional adoption, the day of a deferral."""
    if what == "adopt-conditionally":
        return {"conditions": json_property(conditions_of.named(conditions))}
    if conditions:
        raise CallerError("procedure.conditions-elsewhere", act=what)
    if until is None:
        return {}
    if what != "defer":
        raise CallerError("procedure.until-elsewhere", act=what)
    day = day_of(until, "until")
    if day <= today_of(store):
        raise CallerError("procedure.until-past", until=day)
    return {"deferredUntil": property_(day.isoformat())}


def _seen(store: Store, proposal: Document) -> dict[str, Instance]:
    """What lay on the table, for the decision to keep: the procedure, the votes with their dissent, the opinions."""
    here = gates.standing(store, proposal)
    names = ("step", "rule", "force", "state", "clause", "pack", "version", "certainty")
    made = {
        "round": property_(here.round),
        "verdicts": json_property([{name: getattr(one, name) for name in names} for one in here.verdicts]),
        "dispositions": json_property(opinions.counts(store, proposal)),
    }
    votes = votes_of_round(store, proposal)
    if votes:
        made["votes"] = relationship([vote["id"] for vote in votes])
    dissent = [{**said, "vote": vote["id"]} for vote in votes for said in value_of(vote, "dissent") or []]
    if dissent:
        made["dissent"] = json_property(dissent)
    return made


def _recorder(
    store: Store,
    proposal_id: str,
    what: Act,
    *,
    reason: str,
    actor: str,
    seen: Mapping[str, Instance],
    terms: Mapping[str, Instance],
) -> Callable[[Tx], None]:
    """What writes a decision and the proposal's new state into a transaction: the merge's, when there is one."""
    number = len(decisions_of(store, proposal_id)) + 1
    at = clock.to_text(clock.now())
    common = {
        "decidedBy": property_(actor),
        "decidedAt": property_(at),
        "decisionReason": property_(reason),
        **terms,
    }

    def write(tx: Tx) -> None:
        if what == "adopt":
            common["mergeTransaction"] = property_(tx.number)
        proposal = _moved(tx, proposal_id, what, common)
        decision: Document = {
            "id": urn("Decision", AUTHORITY, f"{proposal_id.rpartition(':')[2]}-{number}"),
            "type": "Decision",
            "title": proposal["title"],
            "refProposal": relationship(proposal_id),
            "branch": proposal["branch"],
            "state": proposal["state"],
            "adopted": property_(what == "adopt"),
            **seen,
            **common,
        }
        if what == "adopt" and "conditions" in proposal:
            decision["conditions"] = proposal["conditions"]
        if "refCity" in proposal:
            decision["refCity"] = proposal["refCity"]
        tx.put(decision)

    return write


def _moved(tx: Tx, proposal_id: str, what: Act, more: Mapping[str, Instance] | None = None) -> Document:
    """Write the proposal's new state, checked again within the transaction: someone else may have decided meanwhile."""
    proposal = tx.document(proposal_id)
    if proposal is None:
        raise NotFoundError("civic.proposal-unknown", id=proposal_id, known="-")
    moved = {**proposal, **(more or {}), "state": property_(_require(proposal, what))}
    tx.put(moved)
    return moved


def _require(proposal: Document, what: Act) -> State:
    """The state to which an act leads; raises where the proposal's state does not allow the act."""
    state: State = value_of(proposal, "state")
    there = after(state, what)
    if there is not None:
        return there
    facts = {"id": proposal["id"], "state": dict(LABELS[state])}
    decided = value_of(proposal, "decidedAt")
    if what in DECISIONS and state not in OPEN and decided is not None:
        raise ConflictError(
            "civic.already-decided", by=value_of(proposal, "decidedBy"), at=clock.day_said(decided), **facts
        )
    raise ConflictError("civic.not-now", act=what, **facts)


# --- ids and parts ---------------------------------------------------------------------------------------------------


def _place(store: Store) -> str | None:
    cities = store.view().ids(Query(types=parse_types("City"), limit=1))
    return cities[0] if cities else None


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise CallerError("civic.reason-missing")


def _said(title: Title) -> Instance:
    if isinstance(title, str):
        if not title.strip():
            raise CallerError("civic.title-missing")
        return property_(title)
    return language_property(dict(title))


def _title(proposal: Document) -> Title:
    title: Title = value_of(proposal, "title")
    return title


__all__ = [
    "Check",
    "Comparing",
    "act",
    "all_proposals",
    "checks",
    "decide",
    "decisions_of",
    "proposal_of",
    "proposal_view",
    "propose",
]
