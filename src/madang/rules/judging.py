"""Facts in, verdicts with their clause out: how each step of a procedure stands on a day. Pure.

A step's fact has `state` (done, running, refused) and its dates (`starts_on`, `ends_on`); a step without a fact was
not begun. What is not verified stays so in every verdict, and a condition that hangs on a fact nobody gave is said to
be unknown rather than taken for met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.errors import CallerError, Pair, both
from madang.rules.conditions import Facts, holds
from madang.rules.days import Count, count
from madang.rules.layers import STRENGTH, Course, Found, Packs, applied, exemptions, rules_of_step
from madang.rules.packs import Days, Rule, Step
from madang.rules.saying import joined, sentences

DOUBT = {"S": 0, "K": 1, "?": 2}
STATES = ("done", "running", "refused")


@dataclass(frozen=True)
class Verdict:
    """How one step stands: its force is must, may or n/a; its state held, missing, running, optional and so on."""

    rule: str
    step: str
    label: Pair
    title: Pair
    force: str
    state: str
    clause: Pair
    detail: Pair
    due: date | None
    days: int | None
    overdue: bool
    certainty: str
    pack: str
    version: str

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON; dates as YYYY-MM-DD."""
        return {**vars(self), "due": self.due.isoformat() if self.due else None}


@dataclass(frozen=True)
class Timing:
    """What the days of a step come to: the due day, and whether it was kept."""

    rule: Found
    count: Count
    number: int
    is_kept: bool | None


def judge(packs: Packs, on: Course, facts: Facts, day: date) -> list[Verdict]:
    """How every step of a procedure stands on a day, in the order of the procedure."""
    told = _checked(facts)
    for found in exemptions(packs, on, day):
        if found[1].when is not None and holds(found[1].when, told):
            return [_exempt(found, step) for step in on.steps]
    verdicts = (_step_verdict(packs, on, step, told, day) for step in on.steps)
    return [verdict for verdict in verdicts if verdict is not None]


def _exempt(found: Found, step: Step) -> Verdict:
    pack, rule = found
    detail = sentences([rule.label, rule.text] if rule.text else [rule.label])
    return _verdict(found, step, "n/a", "not-applicable", pack.cited(rule), detail, None, rule.certainty)


def _step_verdict(packs: Packs, on: Course, step: Step, facts: Facts, day: date) -> Verdict | None:
    rules = rules_of_step(packs, on, step.id, day)
    spoken = [(found, holds(found[1].when, facts) if found[1].when else True) for found in rules]
    speaking = [(found, applies) for found, applies in spoken if found[1].kind != "deadline"]
    if not speaking:
        return None
    # The strongest that applies; else one whose condition is unknown; else the one that does not apply.
    rank = {True: 2, None: 1, False: 0}
    found, applies = max(speaking, key=lambda one: (rank[one[1]], STRENGTH[one[0][1].force]))
    timing = _timing([one for one, it_applies in spoken if it_applies], on, step, facts)
    return _told(found, applies, timing, on, step, facts, day)


def _told(
    found: Found, applies: bool | None, timing: Timing | None, on: Course, step: Step, facts: Facts, day: date
) -> Verdict:
    rule = found[1]
    fact = _fact(facts, step.id)
    state, said = _state(rule, applies, fact, facts)
    overdue = False
    if timing is not None and state != "not-applicable":
        said.append(timing.count.counting)
        if timing.is_kept is False and state == "held":
            number = timing.rule[1].days
            assert number is not None
            if number.direction == "within":
                said.append(both("rules.held-late", due=timing.count.due))
            else:
                state = "missing"
                said.append(both("rules.too-few-days", days=timing.number, due=timing.count.due))
        elif state == "running" and timing.is_kept is None and day > timing.count.due:
            overdue = True
            said.append(both("rules.overdue", due=timing.count.due))
    certainty = max([rule.certainty, *([timing.rule[1].certainty] if timing else [])], key=DOUBT.__getitem__)
    if certainty == "?":
        said.insert(0, both("rules.unverified"))
        state = "unverified" if state in ("missing", "optional") else state
    if rule.note is not None and state != "not-applicable":
        said.append(both("rules.noted", note=rule.note))
    force = "n/a" if state == "not-applicable" else rule.force
    verdict_timing = None if state == "not-applicable" else timing
    cited = _cited(found, verdict_timing, on)
    return _verdict(found, step, force, state, cited, sentences(said), verdict_timing, certainty, overdue=overdue)


def _state(rule: Rule, applies: bool | None, fact: Mapping[str, Any], facts: Facts) -> tuple[str, list[Pair]]:
    """The state a rule gives a step, and the sentences that say why."""
    if rule.kind == "not_applicable":
        return "not-applicable", [rule.label, *([rule.text] if rule.text else [])]
    if applies is False:
        return "not-applicable", [both("rules.only", condition=rule.condition or rule.label)]
    said = [both("rules.only", condition=rule.condition)] if rule.condition else []
    done = fact.get("state")
    if applies is None and done is None:
        return "unverified", [*said, both("rules.fact-missing")]
    if done == "refused":
        return "missing", [*said, both("rules.refused")]
    is_ready = holds(rule.requires, facts) if rule.requires else True
    if done is not None and is_ready is False:
        return "missing", [*said, both("rules.before-its-time"), rule.otherwise or rule.label]
    if done == "running":
        return "running", [*said, both("rules.running", since=fact.get("starts_on") or "-")]
    if done == "done":
        return "held", [*said, both("rules.held", on=fact.get("ends_on") or fact.get("starts_on") or "-")]
    waits = [rule.otherwise] if is_ready is False and rule.otherwise else []
    if rule.kind == "permits":
        return "optional", [*said, both("rules.optional"), *waits]
    return "missing", [*said, both("rules.missing"), *waits]


def _timing(found: Sequence[Found], on: Course, step: Step, facts: Facts) -> Timing | None:
    """The strictest of the days that rules give a step; None while the day they are counted from is not known."""
    timings = [one for one in (_one_timing(rule, step, facts) for rule in found if rule[1].days) if one]
    if not timings:
        return None
    # Of several, the one that was broken, else the one that leaves least time.
    return min(timings, key=lambda one: (one.is_kept is not False, one.count.due))


def _one_timing(found: Found, step: Step, facts: Facts) -> Timing | None:
    days = found[1].days
    assert days is not None
    own, other = _fact(facts, step.id), _fact(facts, days.of or step.id)
    begun = _day(own, "starts_on")
    if days.direction == "before":
        start = _day(other, "starts_on")
        return _made(found, days, start, kept=lambda due: None if begun is None else begun <= due)
    if days.direction == "lasting":
        ended = _day(own, "ends_on")
        return _made(found, days, begun, kept=lambda due: None if ended is None else ended >= due)
    start = begun if days.of is None else _day(other, "ends_on") or _day(other, "starts_on")
    answered = _day(own, "ends_on") if days.of is None else _day(own, "ends_on") or begun
    done = own.get("state") == "done"
    return _made(found, days, start, kept=lambda due: None if not done or answered is None else answered <= due)


def _made(found: Found, days: Days, start: date | None, *, kept: Callable[[date], bool | None]) -> Timing | None:
    if start is None:
        return None
    counted = count(start, days.number, direction=days.direction, unit=days.counts)
    return Timing(found, counted, days.number, kept(counted.due))


def _cited(found: Found, timing: Timing | None, on: Course) -> Pair:
    named = [found[0].cited(found[1])]
    if timing is not None and timing.rule[1].id != found[1].id:
        named.append(timing.rule[0].cited(timing.rule[1]))
    return applied(joined(named), on)


def _verdict(
    found: Found,
    step: Step,
    force: str,
    state: str,
    clause: Pair,
    detail: Pair,
    timing: Timing | None,
    certainty: str,
    *,
    overdue: bool = False,
) -> Verdict:
    pack, rule = found
    days = timing.number if timing else rule.days.number if rule.days and state != "not-applicable" else None
    return Verdict(
        rule=rule.id,
        step=step.id,
        label=rule.label,
        title=step.title,
        force=force,
        state=state,
        clause=clause,
        detail=detail,
        due=timing.count.due if timing else None,
        days=days,
        overdue=overdue,
        certainty=certainty,
        pack=pack.id,
        version=pack.version,
    )


# --- facts of steps ---------------------------------------------------------------------------------------------------


def _fact(facts: Facts, step: str) -> Mapping[str, Any]:
    found = (facts.get("steps") or {}).get(step)
    return found if isinstance(found, Mapping) else {}


def _day(fact: Mapping[str, Any], name: str) -> date | None:
    found = fact.get(name)
    return date.fromisoformat(found) if isinstance(found, str) else found


def _checked(facts: Facts) -> Facts:
    """The facts, after a look at what steps say: a state nobody knows or a date that is none is refused by name."""
    steps = facts.get("steps") or {}
    if not isinstance(steps, Mapping):
        raise CallerError("rules.facts-shape", name="steps", found=type(steps).__name__)
    for step, fact in steps.items():
        if not isinstance(fact, Mapping) or fact.get("state") not in (None, *STATES):
            found = fact.get("state") if isinstance(fact, Mapping) else fact
            raise CallerError("rules.step-state", step=step, found=found, known=", ".join(STATES))
        for name in ("starts_on", "ends_on"):
            try:
                is_day = isinstance(_day(fact, name), date | None)
            except ValueError:
                is_day = False
            if not is_day:
                raise CallerError("rules.step-date", step=step, field=name, found=fact[name])
    return facts
