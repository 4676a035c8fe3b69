"""Steps of a procedure as they are done: started, completed with evidence, or refused by whoever had to agree.

    started     it runs: a notice period, a consultation, a supplement; what the clause counts, counts from here
    completed   it is done, and a document or an entity shows it
    refused     the answer was no; the step may be tried again

Each attempt is a record, written by acts alone; a further attempt does not alter the one before. A step must belong to
the procedure that the proposal follows, lie in the past or today, and not end before a step it builds on began. What
was done in a round that is over can't be added to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from madang.civic.deciding.gates import AFTER_ADOPTION, BESIDE_ADOPTION, IN_FORCE, Standing, standing
from madang.civic.deciding.procedure_records import day_of, latest_steps, today_of
from madang.civic.deciding.records import AUTHORITY, proposal_of
from madang.civic.deciding.states import LABELS, OPEN
from madang.entities.entity import Document, Instance, json_property, property_, relationship, urn, value_of
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.rules.judging import Verdict
from madang.store import Store, Tx

StepState = Literal["running", "done", "refused"]
Evidence = str | Sequence[str] | None
Day = date | str | None


def start(
    store: Store,
    proposal_id: str,
    step: str,
    *,
    reason: str,
    actor: str,
    on: Day = None,
    document: str | None = None,
    evidence: Evidence = None,
    facts: Mapping[str, Any] | None = None,
) -> Document:
    """Begin a step on a day, today unless told; what the clause counts, counts from there."""
    here, verdict, last = _looked_up(store, proposal_id, step)
    if last is not None and value_of(last, "state") in ("running", "done"):
        raise _already(verdict, last)
    day = _past(store, on, "on")
    given = _given(store, document, evidence, facts, startsOn=property_(day.isoformat()))
    return _written(store, here, verdict, last, "running", given, reason=reason, actor=actor, new=True)


def complete(
    store: Store,
    proposal_id: str,
    step: str,
    *,
    reason: str,
    actor: str,
    on: Day = None,
    started: Day = None,
    document: str | None = None,
    evidence: Evidence = None,
    facts: Mapping[str, Any] | None = None,
    again: bool = False,
) -> Document:
    """End a step with what shows it; `again` records a further attempt at one that is done already."""
    here, verdict, last = _looked_up(store, proposal_id, step)
    if last is not None and value_of(last, "state") == "done" and not again:
        raise _already(verdict, last)
    running = last is not None and value_of(last, "state") == "running"
    day = _past(store, on, "on")
    begun = _begun(last if running else None, started, day)
    if begun > day:
        raise CallerError("procedure.ends-before-it-starts", label=verdict.title, started=begun, on=day)
    _after_what_it_builds_on(store, here, verdict, day)
    given = _given(
        store,
        document,
        evidence,
        facts,
        startsOn=property_(begun.isoformat()),
        endsOn=property_(day.isoformat()),
    )
    kept = running and last is not None and ("evidence" in last or "documentNumber" in last)
    if not kept and "evidence" not in given and "documentNumber" not in given:
        raise CallerError("procedure.evidence-missing", label=verdict.title, clause=verdict.clause)
    return _written(store, here, verdict, last, "done", given, reason=reason, actor=actor, new=not running)


def refuse(
    store: Store,
    proposal_id: str,
    step: str,
    *,
    reason: str,
    actor: str,
    on: Day = None,
    document: str | None = None,
    evidence: Evidence = None,
    facts: Mapping[str, Any] | None = None,
) -> Document:
    """Record that a step was answered with no: the Minister did not approve, a council voted against."""
    here, verdict, last = _looked_up(store, proposal_id, step)
    day = _past(store, on, "on")
    running = last is not None and value_of(last, "state") == "running"
    begun = _begun(last if running else None, None, day)
    if begun > day:
        raise CallerError("procedure.ends-before-it-starts", label=verdict.title, started=begun, on=day)
    given = _given(
        store, document, evidence, facts, startsOn=property_(begun.isoformat()), endsOn=property_(day.isoformat())
    )
    return _written(store, here, verdict, last, "refused", given, reason=reason, actor=actor, new=not running)


def register_in_force(
    store: Store,
    proposal_id: str,
    *,
    approved_on: Day,
    noticed_on: Day,
    document: str,
    reason: str,
    actor: str,
) -> Document:
    """Record that a plan new to the city's file was approved and noticed before, with the number of its notice."""
    _need_reason(reason)
    proposal = proposal_of(store, proposal_id)
    here = standing(store, proposal)
    state = value_of(proposal, "state")
    if state not in OPEN:
        raise ConflictError("procedure.round-over", id=proposal["id"], state=dict(LABELS[state]))
    if here.route.change != "new":
        raise ConflictError("procedure.not-new", id=proposal["id"])
    approved, noticed = _past(store, approved_on, "approved_on"), _past(store, noticed_on, "noticed_on")
    if approved > noticed:
        raise CallerError("procedure.noticed-before-approved", approved=approved, noticed=noticed)
    if not document.strip():
        raise CallerError("procedure.notice-without-number")
    made: Document = {
        "id": step_id(proposal["id"], here.round, IN_FORCE, 1),
        "type": "ProcedureStep",
        "refProposal": relationship(proposal["id"]),
        "round": property_(here.round),
        "procedure": property_(here.route.procedure),
        "step": property_(IN_FORCE),
        "attempt": property_(1),
        "state": property_("done"),
        "startsOn": property_(approved.isoformat()),
        "endsOn": property_(noticed.isoformat()),
        "documentNumber": property_(document.strip()),
        "text": property_(reason),
        "recordedBy": property_(actor),
    }
    with store.transact(actor=actor, reason=reason, act="step") as tx:
        _still_where_it_was(tx, here)
        if (before := tx.document(made["id"])) is not None:
            raise ConflictError(
                "procedure.in-force-already", id=proposal["id"], document=value_of(before, "documentNumber")
            )
        tx.put(made)
    return made


# --- parts -----------------------------------------------------------------------------------------------------------


def _looked_up(store: Store, proposal_id: str, step: str) -> tuple[Standing, Verdict, Document | None]:
    """Where the proposal stands, the verdict on the step, and its last attempt; refuses what is not of this round."""
    proposal = proposal_of(store, proposal_id)
    here = standing(store, proposal)
    known = {one.step: one for one in here.verdicts}
    if step not in known:
        if not known:
            raise NotFoundError("procedure.no-steps", id=proposal["id"])
        raise NotFoundError("procedure.step-unknown", step=step, known=", ".join(known))
    state = value_of(proposal, "state")
    if state not in OPEN and not (state == "adopted" and step in AFTER_ADOPTION | BESIDE_ADOPTION):
        raise ConflictError("procedure.round-over", id=proposal["id"], state=dict(LABELS[state]))
    if step in AFTER_ADOPTION and state != "adopted":
        raise ConflictError("procedure.only-after-adoption", label=known[step].title, clause=known[step].clause)
    return here, known[step], latest_steps(store, proposal).get(step)


def _still_where_it_was(tx: Tx, here: Standing) -> None:
    """Refuse what was looked up before somebody decided on the proposal, or put it up anew."""
    proposal = tx.document(here.proposal) or {}
    if (value_of(proposal, "round") or 1, value_of(proposal, "state")) != (here.round, here.state):
        raise ConflictError("procedure.proposal-moved", id=here.proposal)


def _already(verdict: Verdict, last: Document) -> ConflictError:
    state = value_of(last, "state")
    code = "procedure.step-running" if state == "running" else "procedure.step-done"
    on = value_of(last, "startsOn" if state == "running" else "endsOn")
    return ConflictError(code, label=verdict.title, step=verdict.step, on=on)


def _past(store: Store, given: Day, name: str) -> date:
    """The day given, or today; refuses one that has not come yet."""
    today = today_of(store)
    day = today if given is None else day_of(given, name)
    if day > today:
        raise CallerError("procedure.in-the-future", on=day, today=today)
    return day


def _begun(running: Document | None, started: Day, ended: date) -> date:
    if started is not None:
        return day_of(started, "started")
    return day_of(value_of(running, "startsOn"), "started") if running is not None else ended


def _after_what_it_builds_on(store: Store, here: Standing, verdict: Verdict, day: date) -> None:
    """Refuse an end before an earlier must of the procedure even began: an approval before its application."""
    steps: Mapping[str, Any] = here.facts["steps"]
    for earlier in here.verdicts:
        if earlier.step == verdict.step:
            return
        begun = steps.get(earlier.step, {}).get("starts_on")
        if earlier.force == "must" and verdict.force == "must" and begun is not None and day.isoformat() < begun:
            raise CallerError(
                "procedure.before-what-it-builds-on", label=verdict.title, on=day, earlier=earlier.title, begun=begun
            )


def _given(
    store: Store, document: str | None, evidence: Evidence, facts: Mapping[str, Any] | None, **more: Instance
) -> dict[str, Instance]:
    made = dict(more)
    if document is not None and document.strip():
        made["documentNumber"] = property_(document.strip())
    if evidence:
        ids = [evidence] if isinstance(evidence, str) else list(evidence)
        view = store.view()
        for id in ids:
            if view.document(id) is None:
                raise NotFoundError("procedure.evidence-unknown", id=id)
        made["evidence"] = relationship(ids)
    if facts:
        made["facts"] = json_property({name: _plain(value) for name, value in facts.items()})
    return made


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _written(
    store: Store,
    here: Standing,
    verdict: Verdict,
    last: Document | None,
    state: StepState,
    given: Mapping[str, Instance],
    *,
    reason: str,
    actor: str,
    new: bool,
) -> Document:
    """The record of an attempt, new or as it goes on, in a transaction of its own."""
    _need_reason(reason)
    attempt = int(value_of(last, "attempt") or 1) if last is not None else 0
    attempt += 1 if new else 0
    id = step_id(here.proposal, here.round, verdict.step, attempt)
    with store.transact(actor=actor, reason=reason, act="step") as tx:
        _still_where_it_was(tx, here)
        before = tx.document(id)
        if (before is None) != new or (before is not None and value_of(before, "state") != "running"):
            raise ConflictError("procedure.step-moved", label=verdict.title)
        made: Document = {
            **(before or {}),
            "id": id,
            "type": "ProcedureStep",
            "refProposal": relationship(here.proposal),
            "round": property_(here.round),
            "procedure": property_(here.route.procedure),
            "step": property_(verdict.step),
            "attempt": property_(attempt),
            "rulePack": property_(f"{verdict.pack}@{verdict.version}"),
            "clause": property_(verdict.clause["ko"]),
            "state": property_(state),
            "text": property_(reason),
            "recordedBy": property_(actor),
            **given,
        }
        if before is not None and "facts" in before and "facts" in given:
            made["facts"] = json_property({**value_of(before, "facts"), **given["facts"]["json"]})
        tx.put(made)
    return made


def step_id(proposal_id: str, round: int, step: str, attempt: int) -> str:
    """The id of one attempt at one step in one round of a proposal."""
    return urn("ProcedureStep", AUTHORITY, f"{proposal_id.rpartition(':')[2]}-r{round}-{step}-{attempt}")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise CallerError("civic.reason-missing")
