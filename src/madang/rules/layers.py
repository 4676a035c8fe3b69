"""What several packs say together: procedures with all their steps, and the rules that hold on a day.

An ordinance may add steps and raise what an Act leaves open; it never lowers what an Act makes a must, nor shortens its
days. A pack that does is refused when it is added, naming both clauses. Where several rules speak of one step, the
strongest force is said, and of equal ones the earlier pack's: Acts and practice come before ordinances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from madang.errors import NotFoundError, Pair, both
from madang.rules.pack_file import wrong
from madang.rules.packs import OF_STEPS, Pack, Procedure, Rule, Step

STRENGTH = {"must": 2, "may": 1, "n/a": 0}


@dataclass(frozen=True, eq=False)
class Course:
    """A procedure with all its steps in order; `base` is the procedure whose rules it follows."""

    id: str
    base: str
    title: Pair
    steps: tuple[Step, ...]
    applied_by: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The course as plain JSON."""
        return {"id": self.id, "title": self.title, "steps": [{"id": one.id, "title": one.title} for one in self.steps]}


Packs = tuple[Pack, ...]
Found = tuple[Pack, Rule]


@lru_cache(maxsize=32)
def courses(packs: Packs) -> Mapping[str, Course]:
    """Every procedure of the packs by its id, with the steps that ordinances add."""
    own = {procedure.id: (pack, procedure) for pack in packs for procedure in pack.procedures}
    return {name: _course(packs, own, pack, procedure) for name, (pack, procedure) in own.items()}


def course(packs: Packs, name: str) -> Course:
    """One procedure; refused with the known ones where there is none of that name."""
    known = courses(packs)
    if name not in known:
        raise NotFoundError("rules.procedure-unknown", procedure=name, known=", ".join(sorted(known)))
    return known[name]


def _course(packs: Packs, own: dict[str, tuple[Pack, Procedure]], pack: Pack, found: Procedure) -> Course:
    base = found.like or found.id
    steps = list(own[base][1].steps if base in own else ())
    for more in packs:
        for procedure, step in more.steps:
            if procedure in (base, found.id) and step.id not in {one.id for one in steps}:
                _place(steps, step)
    named = found.applied_by
    return Course(found.id, base, found.title, tuple(steps), pack.citation(named.law, named.clause) if named else None)


def _place(steps: list[Step], step: Step) -> None:
    at = next((n for n, one in enumerate(steps, 1) if one.id == step.after), len(steps))
    steps.insert(at, step)


def rules_on(packs: Iterable[Pack], day: date, *kinds: str) -> list[Found]:
    """The rules of some kinds that hold on a day, with their packs."""
    return [(pack, rule) for pack in packs for rule in pack.in_force(day) if not kinds or rule.kind in kinds]


@lru_cache(maxsize=64)
def _by_step(packs: Packs, day: date) -> Mapping[tuple[str, str], list[Found]]:
    found: dict[tuple[str, str], list[Found]] = {}
    for pack, rule in rules_on(packs, day, *OF_STEPS):
        for name in rule.procedure if rule.step else ():
            found.setdefault((name, rule.step or ""), []).append((pack, rule))
    return found


def rules_of_step(packs: Packs, on: Course, step: str, day: date) -> list[Found]:
    """The rules that speak of one step of a procedure on a day."""
    known = _by_step(packs, day)
    return [found for name in dict.fromkeys((on.base, on.id)) for found in known.get((name, step), ())]


@lru_cache(maxsize=256)
def exemptions(packs: Packs, on: Course, day: date) -> tuple[Found, ...]:
    """The rules that exempt from a whole procedure."""
    found = rules_on(packs, day, "not_applicable")
    return tuple((pack, rule) for pack, rule in found if rule.step is None and on.id in rule.procedure)


def check_added(pack: Pack, packs: Packs) -> None:
    """Refuse a pack that names what nobody knows, or that lowers what an Act makes a must."""
    known = courses((*packs, pack))
    for procedure in pack.procedures:
        if procedure.like and procedure.like not in known:
            wrong(
                pack, procedure.line, "rules.procedure-of-pack-unknown", procedure=procedure.like, known=_names(known)
            )
    for name, step in pack.steps:
        if name not in known:
            wrong(pack, step.line, "rules.procedure-of-pack-unknown", procedure=name, known=_names(known))
        if step.after and step.after not in {one.id for one in known[name].steps}:
            wrong(pack, step.line, "rules.step-unknown", rule="-", step=step.after, known=_steps(known[name]))
    for rule in pack.rules:
        for name in rule.procedure:
            if name not in known:
                wrong(pack, rule.line, "rules.procedure-of-pack-unknown", procedure=name, known=_names(known))
            if rule.step and rule.step not in {one.id for one in known[name].steps}:
                wrong(pack, rule.line, "rules.step-unknown", rule=rule.id, step=rule.step, known=_steps(known[name]))
            counted_from = rule.days.of if rule.days else None
            if counted_from and counted_from not in {one.id for one in known[name].steps}:
                wrong(pack, rule.line, "rules.step-unknown", rule=rule.id, step=counted_from, known=_steps(known[name]))
        _check_not_lowered(pack, rule, packs)


def _check_not_lowered(pack: Pack, rule: Rule, packs: Packs) -> None:
    for other in packs:
        for law in other.rules:
            if other.id == pack.id or not {*rule.procedure} & {*law.procedure} or not rule.holds_with(law):
                continue
            named = {"rule": rule.id, "own": pack.cited(rule), "law": other.cited(law)}
            if rule.step is None and rule.kind == "not_applicable" and law.force == "must":
                _lowered(pack, rule, "rules.lowers-must", named)
            if rule.step != law.step or rule.step is None:
                continue
            if rule.kind != "deadline" and law.force == "must" and STRENGTH[rule.force] < STRENGTH["must"]:
                _lowered(pack, rule, "rules.lowers-must", named)
            least = _shortened(rule, law)
            if least is not None:
                _lowered(pack, rule, "rules.shortens-days", {**named, **least})


def _shortened(rule: Rule, law: Rule) -> dict[str, int] | None:
    """The days of both, where an ordinance gives people fewer days of notice, or an office more days, than the Act."""
    if rule.days is None or law.days is None or rule.days.direction != law.days.direction:
        return None
    own, least = rule.days.number, law.days.number
    is_laxer = own > least if rule.days.direction == "within" else own < least
    return {"days": own, "least": least} if is_laxer else None


def _lowered(pack: Pack, rule: Rule, code: str, facts: dict[str, Any]) -> None:
    wrong(pack, rule.line, code, **facts)


def _names(known: Mapping[str, Course]) -> str:
    return ", ".join(sorted(known))


def _steps(found: Course) -> str:
    return ", ".join(step.id for step in found.steps)


def applied(cited: Pair, on: Course) -> Pair:
    """Clauses as cited, with the clause by which they apply to this procedure."""
    return both("rules.applied", clause=cited, by=on.applied_by) if on.applied_by else cited
