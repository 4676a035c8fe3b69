"""Whether a legal route is open: each of its requirements held against the facts, with the clause and the reason. Pure.

A route is open if all its requirements hold, closed if one does not, and unknown while a fact is missing. The reason
names the facts it rests on, with the date each stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.errors import NotFoundError, Pair, both
from madang.rules.conditions import Facts, fact_of, holds, tests_of
from madang.rules.judging import DOUBT
from madang.rules.layers import Found, Packs, rules_on
from madang.rules.saying import joined, sentences


@dataclass(frozen=True)
class Requirement:
    """One requirement of a route and whether it holds; None while a fact is missing."""

    rule: str
    label: Pair
    clause: Pair
    is_met: bool | None
    detail: Pair
    certainty: str


@dataclass(frozen=True)
class Eligibility:
    """Whether a route is open, by which clauses, and why."""

    route: str
    eligible: bool | None
    clause: Pair
    detail: Pair
    certainty: str
    requirements: tuple[Requirement, ...]
    as_of: date

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON."""
        parts = [dict(vars(one)) for one in self.requirements]
        return {**vars(self), "requirements": parts, "as_of": self.as_of.isoformat()}


def routes(packs: Packs, day: date) -> list[str]:
    """The legal routes that packs speak of on a day."""
    return sorted({str(rule.route) for _, rule in rules_on(packs, day, "eligibility")})


def eligible(packs: Packs, route: str, facts: Facts, day: date) -> Eligibility:
    """Whether a route is open to who has these facts."""
    found = [(pack, rule) for pack, rule in rules_on(packs, day, "eligibility") if rule.route == route]
    if not found:
        raise NotFoundError("rules.route-unknown", route=route, known=", ".join(routes(packs, day)) or "-")
    parts = tuple(_requirement(one, facts) for one in found)
    answers = [one.is_met for one in parts]
    answer = False if False in answers else None if None in answers else True
    decisive = [one for one in parts if one.is_met is answer] if answer is not True else list(parts)
    return Eligibility(
        route=route,
        eligible=answer,
        clause=joined(one.clause for one in decisive),
        detail=sentences(one.detail for one in decisive),
        certainty=max((one.certainty for one in decisive), key=DOUBT.__getitem__),
        requirements=parts,
        as_of=day,
    )


def _requirement(found: Found, facts: Facts) -> Requirement:
    pack, rule = found
    assert rule.when is not None
    met = holds(rule.when, facts)
    if met:
        said = [both("rules.eligible-yes", label=rule.label)]
    elif met is None:
        said = [both("rules.eligible-unknown", label=rule.label)]
    else:
        said = [both("rules.eligible-no", label=rule.otherwise or rule.label)]
    said += [_fact_said(found, path, facts) for path in dict.fromkeys(test.fact for test in tests_of(rule.when))]
    if rule.certainty == "?":
        said.insert(0, both("rules.unverified"))
    if rule.note is not None:
        said.append(both("rules.noted", note=rule.note))
    return Requirement(rule.id, rule.label, pack.cited(rule), met, sentences(said), rule.certainty)


def _fact_said(found: Found, path: str, facts: Facts) -> Pair:
    """A fact as it was given, with its unit, the date it stands for and what it was taken from."""
    info = found[0].facts[path]
    value = fact_of(facts, path)
    if value is None:
        return both("rules.fact-not-given", label=info.label)
    if isinstance(value, bool):
        shown = both("rules.yes" if value else "rules.no")
    else:
        text = f"{value:,}" if isinstance(value, int | float) else str(value)
        shown = joined([{"ko": text, "en": text}, *([info.unit] if info.unit else [])], " ")
    basis = fact_of(facts, info.basis) if info.basis else None
    label = info.label if basis is None else joined([info.label, _in_brackets(basis)], " ")
    as_of = fact_of(facts, info.as_of) if info.as_of else None
    if as_of is None:
        return both("rules.fact-said", label=label, value=shown)
    return both("rules.fact-said-as-of", label=label, value=shown, as_of=as_of)


def _in_brackets(basis: Any) -> Pair:
    said = basis if isinstance(basis, dict) else {"ko": basis, "en": basis}
    return {language: f"[{text}]" for language, text in said.items()}
