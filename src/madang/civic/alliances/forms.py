"""The legal form of an alliance (법적 형태), which follows from the steps that were taken, and the charter it needs.

    council                    행정협의회          no legal person; members agree and follow what is agreed
    association                지방자치단체조합      a legal person; council votes and approval
    special-local-government   특별지방자치단체      a legal person with its own assembly; council votes and approval
    informal                   임의 협력           none of these procedures is complete

What each form's procedure needs, and what its charter must hold, is law: it comes from the rule packs (`Rulebook`).
This room brings the facts: which steps are recorded, which councils have voted, what the charter says. A step that
every member's council takes is done when all of them have: those of today, or, once the body is there, those who
founded it. A step is not recorded before the ones that must come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang import dates
from madang.civic.alliances.records import (
    AUTHORITY,
    alliance_named,
    city_named,
    civil_day,
    ids_of,
    members_on,
    missing_ids,
    name_of_city,
    need_reason,
    pair,
    records_of,
    today_of,
)
from madang.entities.entity import Document, json_property, property_, relationship, urn, value_of
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError, Pair, both
from madang.indicators.stored import address_of
from madang.rules.book import Rulebook
from madang.rules.judging import Verdict
from madang.store import Store, View

# Form -> procedure and charter in the rule packs; the strongest form first.
PROCEDURES: Mapping[str, str] = {
    "special-local-government": "special-local-government",
    "association": "alliance-association",
    "council": "alliance-council",
}
# The step with which the body is there; what comes after it, the body does itself.
FOUNDED_WITH: Mapping[str, str] = {
    "special-local-government": "notice",
    "association": "approval",
    "council": "notice",
}
STATES = ("done", "running", "refused")
OF_EACH_COUNCIL = "council"  # a step whose id names the council is taken by the council of every member


@dataclass(frozen=True)
class CharterItem:
    """One thing a charter must hold: its clause, and what the charter says, if it says it."""

    id: str
    label: Pair
    clause: Pair
    applies: bool
    text: str | None

    @property
    def held(self) -> bool:
        """Whether the charter says it."""
        return bool(self.text)

    def as_json(self) -> dict[str, Any]:
        """The item as plain JSON values."""
        return {
            "id": self.id, "label": self.label, "clause": self.clause, "applies": self.applies,
            "text": self.text, "held": self.held,
        }  # fmt: skip


@dataclass(frozen=True)
class FormStep:
    """One step of a procedure: the verdict on it, and how each member's council stands where that is asked."""

    verdict: Verdict
    councils: tuple[tuple[str, Pair, str], ...]  # city, name, state; empty: a step of the alliance as a whole

    @property
    def waiting_for(self) -> list[Pair]:
        """The members whose council has not done it."""
        return [name for _, name, state in self.councils if state != "done"]

    def as_json(self) -> dict[str, Any]:
        """The step as plain JSON values."""
        councils = [
            {"city": city, "name": name, "state": state, "label": both(f"alliances.vote-{state}")}
            for city, name, state in self.councils
        ]
        return {**self.verdict.as_json(), "councils": councils, "waitingFor": self.waiting_for}


@dataclass(frozen=True)
class FormStanding:
    """How an alliance stands to one legal form."""

    form: str
    label: Pair
    steps: tuple[FormStep, ...]
    charter: tuple[CharterItem, ...]

    @property
    def needed(self) -> list[FormStep]:
        """The steps that must be, and are not yet."""
        return [one for one in self.steps if one.verdict.force == "must" and one.verdict.state != "held"]

    @property
    def is_reached(self) -> bool:
        """Whether the body is there: every step up to the one that founds it has been taken."""
        place = next((at for at, one in enumerate(self.steps) if one.verdict.step == FOUNDED_WITH[self.form]), None)
        return place is not None and not any(one in self.needed for one in self.steps[: place + 1])

    def as_json(self) -> dict[str, Any]:
        """The standing as plain JSON values."""
        return {
            "form": self.form,
            "label": self.label,
            "reached": self.is_reached,
            "needed": len(self.needed),
            "steps": [one.as_json() for one in self.steps],
            "charter": charter_json(self.charter),
        }


def charter_json(items: Sequence[CharterItem]) -> dict[str, Any]:
    """A charter's items with how many of those that apply are held."""
    applying = [one for one in items if one.applies]
    return {
        "items": [one.as_json() for one in items],
        "held": sum(one.held for one in applying),
        "of": len(applying),
        "missing": [one.label for one in applying if not one.held],
    }


def label_of(form: str) -> Pair:
    """What a legal form is called."""
    return both(f"alliances.form-{form}")


def form_of(standings: Sequence[FormStanding]) -> str:
    """The strongest form whose procedure is complete; informal where none is."""
    return next((one.form for one in standings if one.is_reached), "informal")


def standings(
    store: Store, rules: Rulebook, alliance: Document, *, as_of: date | None = None, branch: str = "main"
) -> list[FormStanding]:
    """How an alliance stands to each legal form on a day, the strongest first."""
    return [standing(store, rules, alliance, form, as_of=as_of, branch=branch) for form in PROCEDURES]


def standing(
    store: Store, rules: Rulebook, alliance: Document, form: str, *, as_of: date | None = None, branch: str = "main"
) -> FormStanding:
    """How an alliance stands to one legal form on a day."""
    view, day = store.view(branch), as_of or today_of(store)
    charter = charter_of(view, rules, alliance["id"], form, as_of=day)
    recorded = _recorded(view, alliance["id"], form, day)
    members = {one.city: one.name for one in members_on(view, alliance, _counted_on(recorded, form, day))}
    facts = _facts(recorded, list(members), charter)
    steps = tuple(
        FormStep(verdict, _councils(verdict.step, recorded, members))
        for verdict in rules.judge(PROCEDURES[form], facts, as_of=day)
    )
    return FormStanding(form, label_of(form), steps, charter)


def charter_of(
    view: View, rules: Rulebook, alliance: str, form: str, *, as_of: date | None = None
) -> tuple[CharterItem, ...]:
    """What the charter of a form must hold, and what this alliance's says; empty where the packs ask for nothing."""
    found = records_of(view, "AllianceCharter", refAlliance=alliance)
    said = value_of(found[0], "charterItems") if found else {}
    return tuple(
        CharterItem(one.id, one.label, one.clause, one.applies, (said.get(one.id) or "").strip() or None)
        for one in _required(rules, form, as_of)
    )


def write_charter(
    store: Store, rules: Rulebook, alliance: str, *, items: Mapping[str, str], form: str, reason: str, actor: str
) -> Document:
    """Write items of the charter; what is not named stays as it is, an empty text takes an item out."""
    need_reason(reason)
    checked_form(form)
    view = store.view()
    found = alliance_named(view, alliance)
    known = [one.id for one in _required(rules, form, None)]
    unknown = [id for id in items if id not in known]
    if unknown:
        raise NotFoundError("alliances.charter-item-unknown", item=unknown[0], known=", ".join(known) or "-")
    before = records_of(view, "AllianceCharter", refAlliance=found["id"])
    said = dict(value_of(before[0], "charterItems")) if before else {}
    said |= {id: text.strip() for id, text in items.items()}
    made: Document = {
        "id": urn("AllianceCharter", AUTHORITY, found["id"].rpartition(":")[2]),
        "type": "AllianceCharter",
        "refAlliance": relationship(found["id"]),
        "charterItems": json_property({id: text for id, text in said.items() if text}),
        "date": property_(today_of(store).isoformat()),
        "recordedBy": property_(actor),
    }
    with store.transact(actor=actor, reason=reason) as tx:
        tx.put(made)
    return made


def record_step(
    store: Store,
    rules: Rulebook,
    alliance: str,
    *,
    form: str,
    step: str,
    council: str | None,
    state: str,
    on: str | None,
    evidence: Sequence[str],
    reason: str,
    actor: str,
) -> Document:
    """Record a step towards a legal form; refused while a step that must come before it is missing."""
    need_reason(reason)
    checked_form(form)
    if state not in STATES:
        raise CallerError("alliances.step-state-unknown", state=state, known=", ".join(STATES))
    view = store.view()
    found = alliance_named(view, alliance)
    day = _whole_day(on, today_of(store))
    on_day = date.fromisoformat(day)
    stands = standing(store, rules, found, form, as_of=on_day)
    place = next((at for at, one in enumerate(stands.steps) if one.verdict.step == step), None)
    if place is None:
        known = ", ".join(one.verdict.step for one in stands.steps)
        raise NotFoundError("alliances.step-unknown", step=step, form=label_of(form), known=known or "-")
    member = _council(view, found, step, council, on_day)
    if state == "done":
        _require_before(stands, place)
        if member is None:
            _require_ready(view, rules, found, stands, place, on_day)
    unknown = missing_ids(view, evidence)
    if unknown:
        raise NotFoundError("alliances.evidence-unknown", id=unknown[0])
    made = _step(found["id"], form, step, member, state, day, evidence, reason, actor)
    before = view.document(made["id"])
    if before is not None and value_of(before, "state") == "done":
        raise ConflictError("alliances.step-done-already", step=stands.steps[place].verdict.title)
    with store.transact(actor=actor, reason=reason, act="alliance-step") as tx:
        tx.put(made)
    return made


def steps_recorded(store: Store, alliance: str) -> list[dict[str, Any]]:
    """Every step that was recorded for an alliance, the earliest first, with the address of its date."""
    view = store.view()
    found = [one for one in records_of(view, "AdoptionStep", refAlliance=alliance) if "refOrdinance" not in one]
    rows = [
        {
            "id": one["id"],
            "form": value_of(one, "form"),
            "step": value_of(one, "step"),
            "council": value_of(one, "refMember"),
            "state": value_of(one, "state"),
            "date": value_of(one, "date"),
            "text": value_of(one, "text"),
            "evidence": ids_of(value_of(one, "evidence")),
            "address": address_of(store, one["id"], "date"),
        }
        for one in found
    ]
    return sorted(rows, key=lambda one: (one["date"], one["id"]))


# --- facts -----------------------------------------------------------------------------------------------------------

Recorded = Mapping[str, Mapping[str | None, Document]]  # step -> council, or None for the alliance -> record


def _facts(recorded: Recorded, members: Sequence[str], charter: Sequence[CharterItem]) -> dict[str, Any]:
    """The facts the rules judge: every step's state, the councils, the charter."""
    steps = {step: _step_fact(step, of, members) for step, of in recorded.items()}
    councils = [fact for step, fact in steps.items() if OF_EACH_COUNCIL in step]
    return {
        "steps": steps,
        "alliance": {
            "members": len(members),
            "councils_missing": len(councils[0]["missing"]) if councils else len(members),
            "charter_missing": sum(one.applies and not one.held for one in charter),
        },
    }


def _step_fact(step: str, of: Mapping[str | None, Document], members: Sequence[str]) -> dict[str, Any]:
    if OF_EACH_COUNCIL not in step:
        one = next(iter(of.values()))
        return {"state": value_of(one, "state"), "starts_on": value_of(one, "date"), "ends_on": value_of(one, "date")}
    states = {city: value_of(of[city], "state") for city in members if city in of}
    days = [value_of(of[city], "date") for city in states]
    if "refused" in states.values():
        state = "refused"
    else:
        state = "done" if len(states) == len(members) and set(states.values()) == {"done"} else "running"
    fact = {"state": state, "councils": states, "missing": [city for city in members if states.get(city) != "done"]}
    if days:
        fact["starts_on"] = min(days)
    return fact | ({"ends_on": max(days)} if state == "done" else {})


def _counted_on(recorded: Recorded, form: str, day: date) -> date:
    """The day whose members' councils count: the day of founding, once that is past."""
    founding = recorded.get(FOUNDED_WITH[form], {}).get(None)
    if founding is None or value_of(founding, "state") != "done":
        return day
    return date.fromisoformat(value_of(founding, "date"))


def _recorded(view: View, alliance: str, form: str, day: date) -> Recorded:
    found: dict[str, dict[str | None, Document]] = {}
    for one in records_of(view, "AdoptionStep", refAlliance=alliance):
        if value_of(one, "form") == form and date.fromisoformat(value_of(one, "date")) <= day:
            found.setdefault(value_of(one, "step"), {})[value_of(one, "refMember")] = one
    return found


def _councils(step: str, recorded: Recorded, members: Mapping[str, Pair]) -> tuple[tuple[str, Pair, str], ...]:
    if OF_EACH_COUNCIL not in step:
        return ()
    of = recorded.get(step, {})
    return tuple((c, name, value_of(of[c], "state") if c in of else "missing") for c, name in members.items())


def _require_before(stands: FormStanding, place: int) -> None:
    """Refuse a step while one that must come before it is missing, naming the clause and the councils it waits for."""
    own = stands.steps[place].verdict
    for one in stands.steps[:place]:
        if one.verdict.force != "must" or one.verdict.state == "held":
            continue
        facts = {"step": own.title, "before": one.verdict.title, "clause": one.verdict.clause}
        if one.councils:
            raise ConflictError("alliances.votes-missing", councils=_listed(one.waiting_for), **facts)
        raise ConflictError("alliances.steps-missing", **facts)


def _require_ready(
    view: View, rules: Rulebook, alliance: Document, stands: FormStanding, place: int, day: date
) -> None:
    """Refuse a step that, were it taken, the rules would not let stand: an approval of a charter that lacks items."""
    recorded = _recorded(view, alliance["id"], stands.form, day)
    facts = _facts(recorded, [one.city for one in members_on(view, alliance, day)], stands.charter)
    own = stands.steps[place].verdict
    facts["steps"][own.step] = {"state": "done", "starts_on": day.isoformat(), "ends_on": day.isoformat()}
    verdicts = rules.judge(PROCEDURES[stands.form], facts, as_of=day)
    then = next(one for one in verdicts if one.step == own.step)
    if then.state != "missing":
        return
    missing = [item for item in stands.charter if item.applies and not item.held]
    if missing:
        raise ConflictError(
            "alliances.charter-incomplete",
            step=own.title,
            items=_listed([item.label for item in missing]),
            clause=missing[0].clause,
            count=len(missing),
        )
    raise ConflictError("alliances.steps-missing", step=own.title, before=then.detail, clause=then.clause)


def _council(view: View, alliance: Document, step: str, council: str | None, day: date) -> str | None:
    if OF_EACH_COUNCIL not in step:
        if council is not None:
            raise CallerError("alliances.step-of-the-whole", step=step)
        return None
    if council is None:
        raise CallerError("alliances.council-missing", step=step)
    member = city_named(view, council)
    if member not in {one.city for one in members_on(view, alliance, day)}:
        raise ForbiddenError(
            "alliances.council-not-member",
            city=name_of_city(view, member),
            alliance=pair(value_of(alliance, "name")),
            on=day.isoformat(),
        )
    return member


def _step(
    alliance: str,
    form: str,
    step: str,
    member: str | None,
    state: str,
    day: str,
    evidence: Sequence[str],
    reason: str,
    actor: str,
) -> Document:
    place = f"-{member.rpartition(':')[2]}" if member else ""
    made: Document = {
        "id": urn("AdoptionStep", AUTHORITY, f"{alliance.rpartition(':')[2]}-{form}-{step}{place}"),
        "type": "AdoptionStep",
        "refAlliance": relationship(alliance),
        "form": property_(form),
        "step": property_(step),
        "state": property_(state),
        "date": property_(day),
        "text": property_(reason),
        "recordedBy": property_(actor),
    }
    if member is not None:
        made["refMember"] = relationship(member)
    if evidence:
        made["evidence"] = relationship(list(evidence) if len(evidence) > 1 else evidence[0])
    return made


def _required(rules: Rulebook, form: str, as_of: date | None) -> list[Any]:
    try:
        return list(rules.required_items(PROCEDURES[form], as_of=as_of))
    except NotFoundError:
        return []


def checked_form(form: str) -> None:
    """Refuse a form that there is not."""
    if form not in PROCEDURES:
        raise CallerError("alliances.form-unknown", form=form, known=", ".join(PROCEDURES))


def _whole_day(on: str | None, today: date) -> str:
    day = civil_day(on, today=today)
    if dates.period(day).precision != "day":
        raise CallerError("alliances.bad-day", found=day)
    return day


def _listed(names: Sequence[Pair]) -> Pair:
    return {language: ", ".join(name[language] for name in names) for language in ("ko", "en")}
