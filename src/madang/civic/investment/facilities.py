"""Facilities under way: planned against actual S-curve, budget, occupancy, milestones, and the risks of a delay.

A facility and its planned curve are planned things and change by adoption. What is reported of it are dated `Progress`
records: physical progress, budget executed, occupancy. A delay is a risk for every task that waits for the facility,
directly or through other tasks; the way is named. A risk is computed, never stored, so it is gone when the delay is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment import scurve
from madang.entities.entity import Document, Instance, geometry_of, json_property, property_, value_of
from madang.errors import CallerError, ConflictError, MadangError, Pair
from madang.store import Store


@dataclass(frozen=True)
class Risk:
    """A task that a delayed facility puts at risk; `slack` is what lies between planned finish and the task's start."""

    task: str
    title: Pair
    owner: Pair | None
    way: tuple[str, ...]
    delay_days: int
    slack_days: int | None
    level: str

    def as_json(self) -> dict[str, Any]:
        """The risk for a page."""
        return {
            "task": self.task,
            "title": self.title,
            "owner": self.owner,
            "way": list(self.way),
            "delay_days": self.delay_days,
            "slack_days": self.slack_days,
            "level": self.level,
            "level_label": f.label(f"risk-{self.level}"),
        }


@dataclass(frozen=True)
class FacilityState:
    """A facility on a day."""

    id: str
    name: Pair
    state: str
    location: Any
    budget: f.Figure | None
    executed: f.Figure | None
    physical: f.Figure | None
    occupancy: f.Figure | None
    planned_now: float | None
    earned: scurve.Earned | None
    planned: tuple[scurve.Point, ...]
    actual: tuple[dict[str, Any], ...]
    milestones: tuple[dict[str, Any], ...]
    risks: tuple[Risk, ...]
    missing: tuple[str, ...]
    problem: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The facility for a page, with both curves."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "state_label": f.label(f"facility-{self.state}"),
            "location": self.location,
            "budget": self.budget,
            "executed": self.executed,
            "physical": self.physical,
            "occupancy": self.occupancy,
            "planned_now": self.planned_now,
            "earned": self.earned.as_json() if self.earned else None,
            "planned": [{"date": day.isoformat(), "percent": percent} for day, percent in self.planned],
            "actual": list(self.actual),
            "milestones": list(self.milestones),
            "risks": [one.as_json() for one in self.risks],
            "missing": [{"what": what, "label": f.label(f"facility-needs-{what}")} for what in self.missing],
            "problem": self.problem,
            "method": f.label("earned-method"),
        }


def facilities(store: Store, *, as_of: date, branch: str = "main") -> list[FacilityState]:
    """Every facility on a day, the latest against its plan first."""
    records = f.of(f.all_of(store, "Progress", branch=branch), "refFacility")
    milestones = f.of(f.all_of(store, "Milestone", branch=branch), "refFacility")
    tasks = f.all_of(store, "Task", branch=branch)
    found = [
        _state(store, one, records.get(one["id"], []), milestones.get(one["id"], []), tasks, as_of, branch)
        for one in f.all_of(store, "Facility", branch=branch)
    ]
    return sorted(found, key=lambda one: (-(one.earned.delay_days if one.earned else -(10**6)), one.id))


def facility(store: Store, id: str, *, as_of: date, branch: str = "main") -> FacilityState:
    """One facility on a day."""
    wanted = f.named(store, id, "Facility", branch=branch)["id"]
    return next(one for one in facilities(store, as_of=as_of, branch=branch) if one.id == wanted)


def _state(
    store: Store,
    document: Document,
    records: Sequence[Document],
    milestones: Sequence[Document],
    tasks: Sequence[Document],
    as_of: date,
    branch: str,
) -> FacilityState:
    known = f.in_force(records, as_of)
    points, problem = _planned(document)
    budget = f.figure(store, document, "amount", branch=branch)
    latest = {name: _latest(store, known, name) for name in ("physical", "executedSoFar", "occupancyRate")}
    physical = latest["physical"]
    measured = None
    if points and physical is not None:
        executed = latest["executedSoFar"]
        measured = scurve.earned(
            points,
            on=date.fromisoformat(str(physical["period"])),
            actual=physical["value"],
            budget=budget["value"] if budget else None,
            executed=executed["value"] if executed else None,
        )
    delay = measured.delay_days if measured else 0
    missing = [
        what
        for what, there in (("curve", points), ("budget", budget), ("progress", physical))
        if not there and not (what == "curve" and problem)
    ]
    return FacilityState(
        id=document["id"],
        name=f.name_of(document, document["id"]),
        state=_word(points, physical, delay, as_of),
        location=geometry_of(document),
        budget=budget,
        executed=latest["executedSoFar"],
        physical=physical,
        occupancy=latest["occupancyRate"],
        planned_now=scurve.planned_at(points, as_of) if points else None,
        earned=measured,
        planned=points,
        actual=tuple(_reported(store, one) for one in known),
        milestones=tuple(
            _milestone(one, as_of) for one in sorted(milestones, key=lambda one: str(value_of(one, "due")))
        ),
        risks=tuple(_risks(store, document, tasks, delay, points[-1][0] if points else None, branch)),
        missing=tuple(missing),
        problem=problem,
    )


def _planned(document: Document) -> tuple[tuple[scurve.Point, ...], Pair | None]:
    """The planned curve; one that breaks the rules, as a branch may hold it, is shown with what is wrong."""
    given = value_of(document, "plannedProgress")
    if given is None:
        return (), None
    try:
        return scurve.curve(given), None
    except MadangError as wrong:
        return (), {"ko": wrong.message("ko"), "en": wrong.message("en")}


def _word(points: Sequence[scurve.Point], physical: f.Figure | None, delay: int, as_of: date) -> str:
    if physical is not None and physical["value"] == 100:
        return "finished"
    if physical is None:
        return "unreported" if points and as_of >= points[0][0] else "planned"
    return "late" if delay > 0 else "on-plan" if points else "reported"


def _latest(store: Store, known: Sequence[Document], attribute: str) -> f.Figure | None:
    told = [one for one in known if attribute in one]
    return f.figure(store, told[-1], attribute) if told else None


def _reported(store: Store, one: Document) -> dict[str, Any]:
    return {
        "date": value_of(one, "date"),
        "physical": f.figure(store, one, "physical"),
        "executed": f.figure(store, one, "executedSoFar"),
        "occupancy": f.figure(store, one, "occupancyRate"),
        "by": value_of(one, "recordedBy"),
        "reason": value_of(one, "reason"),
        "shown_by": value_of(one, "evidence") or value_of(one, "document"),
    }


def _milestone(one: Document, as_of: date) -> dict[str, Any]:
    due, done = f.stated(value_of(one, "due")), f.stated(value_of(one, "doneOn"))
    is_done = (done is not None and f.phase(done, as_of) == "after") or (done is None and f.has_evidence(one))
    state = "done" if is_done else "undated" if due is None else "late" if due.last < as_of else "due"
    return {
        "id": one["id"],
        "title": f.name_of(one, one["id"]),
        "due": due.text if due else None,
        "done_on": done.text if done and is_done else None,
        "state": state,
        "state_label": f.label(f"timeline-{state}"),
        "days": (due.last - as_of).days if due and not is_done else None,
    }


# --- risks -----------------------------------------------------------------------------------------------------------


def _risks(
    store: Store, document: Document, tasks: Sequence[Document], delay: int, finish: date | None, branch: str
) -> list[Risk]:
    """The tasks that wait for a delayed facility, each with the way by which it does; nearest first."""
    if delay <= 0 or finish is None:
        return []
    made = []
    for task, way in waiting(document, tasks):
        start = f.stated(value_of(task, "startsOn") or value_of(task, "startYear"))
        slack = (start.first - finish).days if start else None
        made.append(
            Risk(
                task=task["id"],
                title=f.name_of(task, task["id"]),
                owner=f.names_of(store, value_of(task, "owner"), branch=branch),
                way=way,
                delay_days=delay,
                slack_days=slack,
                level="unknown" if slack is None else "high" if delay > slack else "watch",
            )
        )
    return made


def waiting(document: Document, tasks: Sequence[Document]) -> list[tuple[Document, tuple[str, ...]]]:
    """Tasks that depend on a facility, or on a task that does; a circle of tasks is walked once."""
    own = value_of(document, "refTask")
    front: list[tuple[str, tuple[str, ...]]] = [(document["id"], ())]
    if isinstance(own, str):
        front.append((own, (own,)))
    found: dict[str, tuple[Document, tuple[str, ...]]] = {}
    while front:
        waited_for, way = front.pop(0)
        for task in tasks:
            if task["id"] in found or task["id"] == own or waited_for not in _needs(task):
                continue
            found[task["id"]] = (task, (*way, task["id"]))
            front.append((task["id"], (*way, task["id"])))
    return list(found.values())


def _needs(task: Document) -> set[str]:
    """What a task waits for: the tasks and facilities it depends on, and the facility it is carried out in."""
    needs: set[str] = set()
    for name in ("dependsOn", "refFacility"):
        told = value_of(task, name)
        needs.update([told] if isinstance(told, str) else told or ())
    return needs


# --- acts ------------------------------------------------------------------------------------------------------------


def plan(
    store: Store,
    facility: str,
    *,
    points: Sequence[Mapping[str, Any]],
    actor: str,
    reason: str,
    budget: int | None = None,
    branch: str,
) -> Document:
    """Give a facility its planned curve and budget, on a branch: it reaches main by adoption."""
    f.need_reason(reason)
    checked = [{"date": day.isoformat(), "percent": percent} for day, percent in scurve.curve(points)]
    made: dict[str, Instance] = {"plannedProgress": json_property(checked)}
    if budget is not None:
        made["amount"] = property_(_won("budget", budget), unit="KRW")
    with store.transact(branch=branch, actor=actor, reason=reason) as tx:
        about = f.named(store, facility, "Facility", branch=branch)
        tx.put({**about, **made})
    return {**about, **made}


def report(
    store: Store,
    facility: str,
    *,
    actor: str,
    reason: str,
    on: str | date | None = None,
    physical: float | int | None = None,
    executed: int | None = None,
    occupancy: float | int | None = None,
    evidence: str | None = None,
    because: str | None = None,
) -> Document:
    """Report how far a facility is on a day; progress and spending that fall say because of what."""
    f.need_reason(reason)
    when = f.past_day(on, store=store)
    told: dict[str, Instance] = {}
    for name, percent in (("physical", physical), ("occupancyRate", occupancy)):
        if percent is not None:
            told[name] = property_(_percent(name, percent), unit="P1", period=when.isoformat())
    if executed is not None:
        told["executedSoFar"] = property_(_won("executed", executed), unit="KRW", period=when.isoformat())
    if not told:
        raise CallerError("investment.nothing-reported")
    with store.transact(actor=actor, reason=reason) as tx:
        about = f.named(store, facility, "Facility")
        before = f.of(f.all_of(store, "Progress"), "refFacility").get(about["id"], [])
        _require(about, before, told, when, evidence=evidence, because=because)
        if because:
            told["because"] = property_(because)
        told |= f.shown_by(store, evidence)
        return f.fact(
            tx, "Progress", about, reference="refFacility", on=when.isoformat(), actor=actor, reason=reason, told=told
        )


def _require(
    about: Document,
    before: Sequence[Document],
    told: Mapping[str, Instance],
    when: date,
    *,
    evidence: str | None,
    because: str | None,
) -> None:
    if before and str(value_of(before[-1], "date")) > when.isoformat():
        raise ConflictError("investment.progress-earlier", on=when, last=value_of(before[-1], "date"))
    for name in ("physical", "executedSoFar"):
        last = next((value_of(one, name) for one in reversed(before) if name in one), 0)
        if name in told and told[name]["value"] < last and not because:
            raise ConflictError("investment.progress-falls", now=told[name]["value"], last=last)
    budget = value_of(about, "amount")
    spent = told["executedSoFar"]["value"] if "executedSoFar" in told else 0
    if budget is not None and spent > budget and not (evidence and evidence.strip()):
        raise CallerError("investment.over-budget", executed=spent, budget=budget)


def _percent(name: str, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise CallerError("investment.not-a-percentage", field=name, found=value)
    return value


def _won(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CallerError("investment.not-an-amount", field=name, found=value)
    return value
