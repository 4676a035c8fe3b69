"""A research service (연구용역) in its phases: launch, interim and final briefing, what is due at each, what was said.

A phase has a day by which it is due and deliverables with days of their own. A comment at a briefing is open until it
is answered: by a change, which names what was changed and where it stands, or by a reason why nothing was. The final
briefing is not closed over open comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang import dates
from madang.civic.alliances.records import (
    AUTHORITY,
    civil_day,
    entity_named,
    missing_ids,
    need_reason,
    next_id,
    pair,
    put_new,
    records_of,
    today_of,
)
from madang.civic.studies.records import study_named
from madang.entities.entity import Document, json_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, NotFoundError, Pair, both
from madang.store import Store, View

PHASES = ("launch", "interim", "final")


@dataclass(frozen=True)
class Deliverable:
    """Something owed: by when, and when it came; `days_over` counts from the due day to its coming, or to today."""

    id: str
    phase: str
    title: Pair
    due: str
    delivered_on: str | None
    evidence: str | None
    state: str
    label: Pair
    days_over: int


@dataclass(frozen=True)
class Comment:
    """What somebody said at a briefing, and what became of it."""

    id: str
    phase: str
    author: str
    text: str
    date: str
    state: str
    label: Pair
    answer: str | None
    changed: str | None


@dataclass(frozen=True)
class Phase:
    """One phase with its briefing, what is due, and what was said."""

    id: str
    kind: str
    label: Pair
    due: str
    held_on: str | None
    deliverables: tuple[Deliverable, ...]
    comments: tuple[Comment, ...]

    def as_json(self) -> dict[str, Any]:
        """The phase as plain JSON values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "due": self.due,
            "heldOn": self.held_on,
            "deliverables": [dict(vars(one)) for one in self.deliverables],
            "comments": [dict(vars(one)) for one in self.comments],
            "openComments": sum(one.state == "open" for one in self.comments),
        }


def phases(store: Store, study: str) -> list[Phase]:
    """The phases of a study's service contract, in their order."""
    view = store.view()
    found = study_named(view, study)
    rows = records_of(view, "ServicePhase", refStudy=found["id"])
    rows.sort(key=lambda one: PHASES.index(value_of(one, "kind")))
    return [_phase(view, one, today_of(store)) for one in rows]


def due_list(store: Store, study: str) -> list[Deliverable]:
    """What is owed and has not come, the longest overdue first."""
    owed = [one for phase in phases(store, study) for one in phase.deliverables if one.delivered_on is None]
    return sorted(owed, key=lambda one: (one.due, one.id))


def add_phase(
    store: Store,
    study: str,
    *,
    kind: str,
    due: str,
    deliverables: Sequence[Mapping[str, Any]],
    reason: str,
    actor: str,
) -> Document:
    """A phase of the contract with what is due in it; phases follow each other in time."""
    need_reason(reason)
    if kind not in PHASES:
        raise CallerError("studies.phase-unknown", phase=kind, known=", ".join(PHASES))
    view, today = store.view(), today_of(store)
    found = study_named(view, study)
    day = civil_day(due, today=today, future=True)
    for other in records_of(view, "ServicePhase", refStudy=found["id"]):
        _require_order(kind, day, value_of(other, "kind"), value_of(other, "due"))
    stem = f"{found['id'].rpartition(':')[2]}-{kind}"
    made: Document = {
        "id": urn("ServicePhase", AUTHORITY, stem),
        "type": "ServicePhase",
        "refStudy": relationship(found["id"]),
        "kind": property_(kind),
        "due": property_(day),
        "deliverables": json_property(
            [
                {
                    "id": f"{stem}-{number}",
                    "title": pair(one["title"]),
                    "due": civil_day(one.get("due") or day, today=today, future=True),
                }
                for number, one in enumerate(deliverables, 1)
            ]
        ),
        "recordedBy": property_(actor),
    }
    return _written(store, made, reason, actor)


def hold_briefing(
    store: Store, study: str, *, phase: str, on: str | None, meeting: str | None, reason: str, actor: str
) -> Document:
    """Record that a briefing was held; the final one waits for an answer to every comment of those before."""
    need_reason(reason)
    view = store.view()
    before = _phase_named(view, study, phase)
    kind, mine = value_of(before, "kind"), value_of(before, "refStudy")
    if value_of(before, "heldOn") is not None:
        raise ConflictError("studies.briefing-held", phase=label_of(kind), on=value_of(before, "heldOn"))
    if kind == "final":
        waiting = [
            one for one in records_of(view, "BriefingComment", refStudy=mine) if value_of(one, "state") == "open"
        ]
        if waiting:
            raise ConflictError("studies.comments-open", count=len(waiting), first=value_of(waiting[0], "text"))
    made = {**before, "heldOn": property_(civil_day(on, today=today_of(store)))}
    if meeting is not None:
        if missing_ids(view, [meeting]):
            raise NotFoundError("studies.evidence-unknown", id=meeting)
        made["refMeeting"] = relationship(meeting)
    return _written(store, made, reason, actor)


def deliver(
    store: Store, study: str, *, deliverable: str, on: str | None, evidence: str | None, reason: str, actor: str
) -> Document:
    """Record that something owed has come."""
    need_reason(reason)
    view = store.view()
    found = study_named(view, study)
    if evidence is not None and missing_ids(view, [evidence]):
        raise NotFoundError("studies.evidence-unknown", id=evidence)
    for phase in records_of(view, "ServicePhase", refStudy=found["id"]):
        owed = [dict(one) for one in value_of(phase, "deliverables")]
        for one in owed:
            if deliverable in (one["id"], one["title"]["ko"], one["title"]["en"]):
                if "deliveredOn" in one:
                    raise ConflictError("studies.already-delivered", title=one["title"], on=one["deliveredOn"])
                one["deliveredOn"] = civil_day(on, today=today_of(store))
                one["evidence"] = evidence
                return _written(store, {**phase, "deliverables": json_property(owed)}, reason, actor)
    known = [
        one["id"] for p in records_of(view, "ServicePhase", refStudy=found["id"]) for one in value_of(p, "deliverables")
    ]
    raise NotFoundError("studies.deliverable-unknown", id=deliverable, known=", ".join(known) or "-")


def comment(store: Store, study: str, *, phase: str, text: str, author: str, reason: str, actor: str) -> Document:
    """Record what somebody said at a briefing."""
    need_reason(reason)
    if not text.strip():
        raise CallerError("studies.comment-empty")
    view = store.view()
    at = _phase_named(view, study, phase)
    mine = value_of(at, "refStudy")
    stem = urn("BriefingComment", AUTHORITY, f"{mine.rpartition(':')[2]}-comment")
    made: Document = {
        "id": next_id(view.ids(Query(types=parse_types("BriefingComment"))), stem),
        "type": "BriefingComment",
        "text": property_(text),
        "refStudy": relationship(mine),
        "refPhase": relationship(at["id"]),
        "submittedBy": property_(author),
        "date": property_(value_of(at, "heldOn") or today_of(store).isoformat()),
        "state": property_("open"),
        "recordedBy": property_(actor),
    }
    return put_new(store, made, actor=actor, reason=reason)


def answer(store: Store, comment_id: str, *, changed: str | None, text: str, reason: str, actor: str) -> Document:
    """Answer a comment: with what was changed because of it, or with why nothing was."""
    need_reason(reason)
    if not text.strip():
        raise CallerError("studies.answer-empty")
    view = store.view()
    before = entity_named(view, "BriefingComment", comment_id, unknown="studies.comment-unknown")
    if value_of(before, "state") != "open":
        raise ConflictError("studies.already-answered", id=before["id"])
    made = {
        **before,
        "state": property_("changed" if changed else "not-adopted"),
        "answer": property_(text),
    }
    if changed is not None:
        if missing_ids(view, [changed]):
            raise NotFoundError("studies.evidence-unknown", id=changed)
        made["changed"] = relationship(changed)
    return _written(store, made, reason, actor)


def label_of(phase: str) -> Pair:
    """What a phase is called."""
    return both(f"studies.phase-{phase}")


def _phase(view: View, phase: Document, today: date) -> Phase:
    kind = value_of(phase, "kind")
    owed = tuple(_deliverable(one, kind, today) for one in value_of(phase, "deliverables") or [])
    said = tuple(
        Comment(
            one["id"], kind, value_of(one, "submittedBy"), value_of(one, "text"), value_of(one, "date"),
            value_of(one, "state"), both(f"studies.comment-{value_of(one, 'state')}"), value_of(one, "answer"),
            value_of(one, "changed"),
        )
        for one in records_of(view, "BriefingComment", refPhase=phase["id"])
    )  # fmt: skip
    return Phase(phase["id"], kind, label_of(kind), value_of(phase, "due"), value_of(phase, "heldOn"), owed, said)


def _deliverable(one: Mapping[str, Any], phase: str, today: date) -> Deliverable:
    came = one.get("deliveredOn")
    until = dates.period(came).last if came else today
    over = max(0, (until - dates.period(one["due"]).last).days)
    state = ("late" if over else "delivered") if came else ("overdue" if over else "due")
    return Deliverable(
        one["id"], phase, pair(one["title"]), one["due"], came, one.get("evidence"), state,
        both(f"studies.deliverable-{state}"), over,
    )  # fmt: skip


def _require_order(kind: str, due: str, other: str, other_due: str) -> None:
    if kind == other:
        raise ConflictError("studies.phase-twice", phase=label_of(kind))
    is_earlier = PHASES.index(kind) < PHASES.index(other)
    first, second = (due, other_due) if is_earlier else (other_due, due)
    if dates.period(first).first > dates.period(second).last:
        raise CallerError(
            "studies.phase-out-of-order", phase=label_of(kind), due=due, other=label_of(other), at=other_due
        )


def _phase_named(view: View, study: str, phase: str) -> Document:
    found = study_named(view, study)
    for one in records_of(view, "ServicePhase", refStudy=found["id"]):
        if phase in (one["id"], value_of(one, "kind")):
            return one
    raise NotFoundError("studies.phase-missing", phase=phase)


def _written(store: Store, made: Document, reason: str, actor: str) -> Document:
    with store.transact(actor=actor, reason=reason) as tx:
        tx.put(made)
    return made
