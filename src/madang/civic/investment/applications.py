"""Applications for a call: which task bids, the points we give ourselves, and its way to the result.

    drafting -> reviewed -> submitted -> selected | not-selected       withdrawn from any of the first three

A bid is submitted within the window of its call, and only while every condition is met; who submits it nevertheless is
told which one is not. Each step is a dated `ApplicationEvent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import calls as c
from madang.civic.investment import facts as f
from madang.entities.entity import Document, json_property, property_, relationship, urn, value_of
from madang.errors import CallerError, ConflictError, Pair
from madang.store import Store

BEGUN = "drafting"
_NEXT: dict[str, tuple[str, ...]] = {
    "drafting": ("reviewed", "withdrawn"),
    "reviewed": ("submitted", "drafting", "withdrawn"),
    "submitted": ("selected", "not-selected", "withdrawn"),
}


@dataclass(frozen=True)
class ApplicationState:
    """An application on a day."""

    id: str
    call: str
    call_title: Pair
    task: str
    task_title: Pair
    state: str
    since: str
    points: Mapping[str, int]
    amount: f.Figure | None

    def as_json(self) -> dict[str, Any]:
        """The application for a page."""
        return {
            "id": self.id,
            "call": self.call,
            "call_title": self.call_title,
            "task": self.task,
            "task_title": self.task_title,
            "state": self.state,
            "state_label": f.label(f"application-{self.state}"),
            "since": self.since,
            "points": dict(self.points),
            "amount": self.amount,
        }


def applications(store: Store, *, as_of: date, branch: str = "main") -> list[ApplicationState]:
    """Every application begun by a day, the latest first."""
    events = f.of(f.all_of(store, "ApplicationEvent"), "refApplication")
    found = []
    for one in f.all_of(store, "Application"):
        known = f.in_force(events.get(one["id"], ()), as_of)
        if known:
            found.append(_state(store, one, known[-1], branch))
    return sorted(found, key=lambda one: (one.since, one.id), reverse=True)


def _state(store: Store, one: Document, last: Document, branch: str) -> ApplicationState:
    view = store.view(branch)
    call, task = str(value_of(one, "refCall")), str(value_of(one, "refTask"))
    return ApplicationState(
        id=one["id"],
        call=call,
        call_title=f.name_of(view.document(call), call),
        task=task,
        task_title=f.name_of(view.document(task), task),
        state=str(value_of(last, "event")),
        since=str(value_of(last, "date")),
        points=value_of(one, "points") or {},
        amount=f.figure(store, last, "amount"),
    )


def points_given(store: Store, call: str) -> dict[str, Mapping[str, int]]:
    """The points that people gave the tasks of a call."""
    mine = [one for one in f.all_of(store, "Application") if value_of(one, "refCall") == call]
    return {str(value_of(one, "refTask")): value_of(one, "points") or {} for one in mine}


def begin(
    store: Store, call: str, task: str, *, actor: str, reason: str, points: Mapping[str, int] | None = None
) -> Document:
    """Begin a bid for a task, or give it new points while it is being written."""
    f.need_reason(reason)
    today = f.day(None, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        about, bidder = f.named(store, call, "Call"), f.named(store, task, "Task")
        state = c.state_of(store, about, as_of=today)
        id = urn("Application", f.AUTHORITY, f"{about['id'].rpartition(':')[2]}-{bidder['id'].rpartition(':')[2]}")
        before = _events(store, id)
        if before and value_of(before[-1], "event") not in ("drafting", "reviewed"):
            raise ConflictError("investment.application-closed", id=id, state=value_of(before[-1], "event"))
        if not before and state.state == "closed":
            raise ConflictError("investment.call-over", call=about["id"], closes=state.closes)
        made: Document = {
            "id": id,
            "type": "Application",
            "refCall": relationship(about["id"]),
            "refTask": relationship(bidder["id"]),
            "points": json_property(_checked(state, points or {})),
        }
        if "status" in about:
            made["status"] = about["status"]
        tx.put(made)
        if not before:
            f.fact(
                tx, "ApplicationEvent", made, reference="refApplication", on=today.isoformat(), actor=actor,
                reason=reason, told={"event": property_(BEGUN)},
            )  # fmt: skip
    return made


def _checked(call: c.CallState, points: Mapping[str, int]) -> dict[str, int]:
    """Points within what the score sheet allows, for the lines that people score."""
    by_hand = {one["id"]: one["points"] for one in call.score_sheet if one["when"] is None}
    for id, given in points.items():
        if id not in by_hand:
            raise CallerError("investment.criterion-unknown", id=id, known=", ".join(by_hand) or "-")
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= by_hand[id]:
            raise CallerError("investment.points-wrong", id=id, found=given, most=by_hand[id])
    return dict(points)


def move(
    store: Store,
    application: str,
    *,
    event: str,
    actor: str,
    reason: str,
    city_facts: c.Facts,
    on: str | date | None = None,
    amount: int | None = None,
    evidence: str | None = None,
) -> Document:
    """Take an application one step on."""
    f.need_reason(reason)
    when = f.past_day(on, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        about = f.named(store, application, "Application")
        before = _events(store, about["id"])
        last = str(value_of(before[-1], "event"))
        if event not in _NEXT.get(last, ()):
            raise ConflictError(
                "investment.application-order", event=event, last=last, known=", ".join(_NEXT.get(last, ())) or "-"
            )
        if when.isoformat() < str(value_of(before[-1], "date")):
            raise ConflictError("investment.application-earlier", on=when, last=value_of(before[-1], "date"))
        if event == "submitted":
            _require_ready(store, about, when, city_facts)
        told = {"event": property_(event), **f.shown_by(store, evidence)}
        if amount is not None:
            if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
                raise CallerError("investment.not-an-amount", field="amount", found=amount)
            told["amount"] = property_(amount, unit="KRW")
        return f.fact(
            tx, "ApplicationEvent", about, reference="refApplication", on=when.isoformat(), actor=actor,
            reason=reason, told=told,
        )  # fmt: skip


def _require_ready(store: Store, application: Document, when: date, city_facts: c.Facts) -> None:
    call, task = str(value_of(application, "refCall")), str(value_of(application, "refTask"))
    state = c.state_of(store, f.named(store, call, "Call"), as_of=when)
    if state.state != "open":
        raise ConflictError("investment.call-not-open", call=call, opens=state.opens, closes=state.closes, on=when)
    mine = next((one for one in c.match(store, call, as_of=when, city_facts=city_facts) if one.task == task), None)
    if mine is None:
        raise ConflictError("investment.off-topic", task=task, call=call)
    if mine.eligible is not True:
        labels = [one["label"] for one in mine.missing]
        names = {language: ", ".join(one[language] for one in labels) for language in ("ko", "en")}
        raise ConflictError("investment.conditions-open", task=task, missing=names)


def _events(store: Store, id: str) -> list[Document]:
    return f.of(f.all_of(store, "ApplicationEvent"), "refApplication").get(id, [])
