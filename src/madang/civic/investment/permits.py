"""Permits (인허가): legal basis, application, supplements, statutory days, decision, and who is overdue.

What happens to a permit are dated `PermitEvent` records; the state and the day counter on any day follow from them. The
days are those of a rule of a rule pack where there is one, else as whoever applies states them with the clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment.agreeing import new_id
from madang.civic.investment.permit_days import COUNTINGS, Counter, Counting, Stop, counter
from madang.civic.investment.stage_records import found as memorandum_of
from madang.entities.entity import Document, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, NotFoundError, Pair
from madang.store import Store

APPLIED, REQUESTED, SUPPLEMENTED = "applied", "supplement-requested", "supplemented"
DECIDED = ("granted", "refused", "withdrawn")
# What may follow what; a decision ends it.
_NEXT: dict[str, tuple[str, ...]] = {
    APPLIED: (REQUESTED, *DECIDED),
    REQUESTED: (SUPPLEMENTED, "refused", "withdrawn"),
    SUPPLEMENTED: (REQUESTED, *DECIDED),
}
_STATE = {APPLIED: "running", SUPPLEMENTED: "running", REQUESTED: "suspended"}
_URGENCY = ("overdue", "running", "suspended", "granted", "refused", "withdrawn")
SOON = 3  # days left at which the counter warns


@dataclass(frozen=True)
class PermitState:
    """A permit on a day: *overdue* when its last day has passed without a decision."""

    id: str
    title: Pair
    clause: Pair
    authority: str | None
    about: str | None
    about_name: Pair | None
    applied_on: str
    state: str
    counter: Counter
    counting: str
    decided_on: str | None
    decided_late: bool | None
    events: tuple[dict[str, Any], ...]
    is_soon: bool

    @property
    def overdue_days(self) -> int:
        """Statutory days beyond the last one, as the law counts them."""
        return max(0, -self.counter.left) if self.state == "overdue" else 0

    def as_json(self) -> dict[str, Any]:
        """The permit for a page."""
        return {
            "id": self.id,
            "title": self.title,
            "clause": self.clause,
            "authority": self.authority,
            "about": self.about,
            "about_name": self.about_name,
            "applied_on": self.applied_on,
            "state": self.state,
            "state_label": f.label(f"permit-{self.state}"),
            "statutory_days": self.counter.days,
            "used": self.counter.used,
            "left": self.counter.left,
            "due": self.counter.due.isoformat() if self.counter.due else None,
            "counting": f.label(f"counting-{self.counting}"),
            "is_certain": self.counter.is_certain,
            "overdue_days": self.overdue_days,
            "is_soon": self.is_soon,
            "decided_on": self.decided_on,
            "decided_late": self.decided_late,
            "events": list(self.events),
        }


def permits(store: Store, *, as_of: date, branch: str = "main") -> list[PermitState]:
    """Every permit applied for by a day, the most pressing first."""
    events = f.of(f.all_of(store, "PermitEvent"), "refPermit")
    found = [
        state
        for one in f.all_of(store, "Permit", branch=branch)
        if (state := _state(store, one, f.in_force(events.get(one["id"], ()), as_of), as_of, branch)) is not None
    ]
    return sorted(found, key=lambda one: (_URGENCY.index(one.state), one.counter.left, one.id))


def permit(store: Store, id: str, *, as_of: date, branch: str = "main") -> PermitState:
    """One permit on a day; refused on a day before it was applied for."""
    about = f.named(store, id, "Permit", branch=branch)
    events = f.of(f.all_of(store, "PermitEvent"), "refPermit").get(about["id"], [])
    state = _state(store, about, f.in_force(events, as_of), as_of, branch)
    if state is None:
        first = value_of(events[0], "date") if events else "-"
        raise NotFoundError("investment.permit-not-yet", id=about["id"], as_of=as_of, applied=first)
    return state


def _state(
    store: Store, document: Document, events: Sequence[Document], as_of: date, branch: str
) -> PermitState | None:
    if not events:
        return None
    applied = date.fromisoformat(str(value_of(events[0], "date")))
    last = str(value_of(events[-1], "event"))
    decided = date.fromisoformat(str(value_of(events[-1], "date"))) if last in DECIDED else None
    counting: Counting = value_of(document, "dayCounting") or "petition"
    days = value_of(document, "statutoryDays")
    count = counter(applied, days, as_of=decided or as_of, counting=counting, stops=_stops(events, decided))
    late = count.due is not None and (decided or as_of) > count.due
    state = last if decided else "overdue" if late else _STATE[last]
    about = (
        value_of(document, "refFacility") or value_of(document, "refMemorandum") or value_of(document, "refAgreement")
    )
    return PermitState(
        id=document["id"],
        title=f.name_of(document, document["id"]),
        clause=f.name_of({"title": document["clause"]}),
        authority=value_of(document, "authority"),
        about=about,
        about_name=f.names_of(store, about, branch=branch),
        applied_on=applied.isoformat(),
        state=state,
        counter=count,
        counting=counting,
        decided_on=decided.isoformat() if decided else None,
        decided_late=late if decided else None,
        events=tuple(_event(one) for one in events),
        is_soon=state == "running" and count.left <= SOON,
    )


def _stops(events: Sequence[Document], decided: date | None) -> list[Stop]:
    """From each request to what answered it: a supplement, or a decision that did not wait for one."""
    stops: list[Stop] = []
    for one in events:
        word, day = value_of(one, "event"), date.fromisoformat(str(value_of(one, "date")))
        if word == REQUESTED:
            stops.append((day, None))
        elif word == SUPPLEMENTED:
            stops[-1] = (stops[-1][0], day)
    if stops and stops[-1][1] is None and decided is not None:
        stops[-1] = (stops[-1][0], decided)
    return stops


def _event(one: Document) -> dict[str, Any]:
    word = value_of(one, "event")
    return {
        "id": one["id"],
        "event": word,
        "label": f.label(f"event-{word}"),
        "on": value_of(one, "date"),
        "reason": value_of(one, "reason"),
        "by": value_of(one, "recordedBy"),
        "shown_by": value_of(one, "evidence") or value_of(one, "document"),
    }


# --- acts ------------------------------------------------------------------------------------------------------------


def apply(
    store: Store,
    *,
    title: f.Text,
    clause: f.Text,
    days: int,
    actor: str,
    reason: str,
    counting: str = "petition",
    on: str | date | None = None,
    authority: str | None = None,
    facility: str | None = None,
    company: str | None = None,
    rule: str | None = None,
    code: str | None = None,
    evidence: str | None = None,
    status: str | None = None,
) -> Document:
    """Apply for a permit: from now on its days are counted."""
    f.need_reason(reason)
    when = f.past_day(on, store=store)
    if counting not in COUNTINGS:
        raise CallerError("investment.counting-unknown", counting=counting, known=", ".join(COUNTINGS))
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 1000:
        raise CallerError("investment.days-wrong", found=days)
    with store.transact(actor=actor, reason=reason) as tx:
        made: Document = {
            "id": new_id(tx, "Permit", code),
            "type": "Permit",
            "title": f.said(title),
            "clause": f.said(clause, field="clause"),
            "statutoryDays": property_(days, unit="DAY"),
            "dayCounting": property_(counting),
        }
        if rule is not None:
            made["statutoryRule"] = property_(rule)
        if authority:
            made["authority"] = property_(authority)
        if facility is not None:
            made["refFacility"] = relationship(f.named(store, facility, "Facility")["id"])
        if company is not None:
            made["refMemorandum"] = relationship(memorandum_of(store, company)["id"])
        if status is not None:
            made["status"] = property_(status)
        tx.put(made)
        told = {"event": property_(APPLIED), **f.shown_by(store, evidence)}
        f.fact(
            tx, "PermitEvent", made, reference="refPermit", on=when.isoformat(), actor=actor, reason=reason, told=told
        )  # fmt: skip
    return made


def happen(
    store: Store,
    permit: str,
    *,
    event: str,
    actor: str,
    reason: str,
    on: str | date | None = None,
    evidence: str | None = None,
) -> Document:
    """Record what happened to a permit, as far as it may follow what happened before."""
    f.need_reason(reason)
    when = f.past_day(on, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        about = f.named(store, permit, "Permit")
        before = f.of(f.all_of(store, "PermitEvent"), "refPermit").get(about["id"], [])
        last = str(value_of(before[-1], "event"))
        if last in DECIDED:
            raise ConflictError(
                "investment.permit-decided", id=about["id"], event=f.label(f"event-{last}"),
                on=value_of(before[-1], "date"),
            )  # fmt: skip
        if event not in _NEXT[last]:
            raise ConflictError("investment.permit-order", event=event, last=last, known=", ".join(_NEXT[last]))
        if when.isoformat() < str(value_of(before[-1], "date")):
            raise ConflictError("investment.permit-earlier", on=when, last=value_of(before[-1], "date"))
        told = {"event": property_(event), **f.shown_by(store, evidence)}
        return f.fact(
            tx, "PermitEvent", about, reference="refPermit", on=when.isoformat(), actor=actor, reason=reason, told=told
        )
