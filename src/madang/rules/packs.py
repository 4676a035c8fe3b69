"""Rule packs (절차규칙집): law and practice as versioned data.

A pack holds the laws it speaks of with the source of each text, the facts its
conditions may ask for, the procedures with their steps in order, and the rules. A rule has its clause, the dates it
holds, how sure it is (S source text read, K general knowledge, ? not verified), and one kind:

    obliges          a step that must be done
    permits          a step that may be done
    not_applicable   a step this law knows nothing of (`step`), or an exemption from a whole procedure (no `step`)
    deadline         days for a step
    requires_section an item that a document of a kind must hold (`of`, `item`)
    threshold        a number practice goes by (`topic`, `value` or `low` and `high`, `unit`)
    eligibility      a requirement of a legal route (`route`, `when`)
    taxonomy         an entry of a list that law gives (`of`, `entry`)

The same rule may stand several times, once for each time it held. How packs are written and checked is in
`pack_file.py`; what they say together is in `layers.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from madang.errors import Pair
from madang.rules.clauses import cite, lies_within
from madang.rules.conditions import Condition
from madang.rules.days import Direction, Unit
from madang.rules.saying import joined

OF_STEPS = ("obliges", "permits", "not_applicable", "deadline")
FORCES = {"obliges": "must", "permits": "may", "not_applicable": "n/a", "deadline": "n/a"}


@dataclass(frozen=True)
class Law:
    """A law or a guideline: how it is cited, its full name, and where its text was read."""

    line: int = field(repr=False)
    cite: Pair
    title: Pair
    source: str | None = None


@dataclass(frozen=True)
class FactInfo:
    """A fact that conditions may ask for; `as_of` is the fact that tells the date it stands for."""

    line: int = field(repr=False)
    label: Pair
    unit: Pair | None = None
    as_of: str | None = None
    basis: str | None = None


@dataclass(frozen=True)
class Step:
    """A step of a procedure; `after` places it behind another one."""

    line: int = field(repr=False)
    id: str
    title: Pair
    after: str | None = None


@dataclass(frozen=True)
class Basis:
    """A clause by its law and its number."""

    line: int = field(repr=False)
    law: str
    clause: str


@dataclass(frozen=True)
class Procedure:
    """A procedure: its steps in order, or those of another one that a clause says go likewise (준용)."""

    line: int = field(repr=False)
    id: str
    title: Pair
    steps: tuple[Step, ...] = ()
    like: str | None = None
    applied_by: Basis | None = None


@dataclass(frozen=True)
class Days:
    """A number of days: from or before what, and whether all days count or working days only."""

    line: int = field(repr=False)
    number: int
    direction: Direction
    counts: Unit = "calendar"
    of: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule for the time it holds."""

    line: int = field(repr=False)
    id: str
    law: str
    clause: str
    label: Pair
    kind: str
    certainty: str
    valid_from: date
    valid_to: date | None = None
    also: tuple[Basis, ...] = ()
    source: str | None = None
    note: Pair | None = None
    text: Pair | None = None
    procedure: tuple[str, ...] = ()
    step: str | None = None
    when: Condition | None = None
    condition: Pair | None = None
    requires: Condition | None = None
    otherwise: Pair | None = None
    days: Days | None = None
    items: tuple[str, ...] = ()
    of: str | None = None
    item: str | None = None
    entry: str | None = None
    forbids: tuple[str, ...] = ()
    topic: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Pair | None = None
    route: str | None = None

    @property
    def force(self) -> str:
        """must, may or n/a."""
        return FORCES.get(self.kind, "must")

    def holds_on(self, day: date) -> bool:
        """Whether the rule holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def holds_with(self, other: Rule) -> bool:
        """Whether there is a day on which both rules hold."""
        return (other.valid_to is None or self.valid_from <= other.valid_to) and (
            self.valid_to is None or other.valid_from <= self.valid_to
        )


@dataclass(frozen=True, eq=False)
class Pack:
    """A rule pack as it was read; `digest` is the hash of its text. Two packs are the same if they are one object."""

    file: str
    digest: str
    id: str
    version: str
    kind: str
    title: Pair
    laws: dict[str, Law]
    facts: dict[str, FactInfo]
    procedures: tuple[Procedure, ...]
    steps: tuple[tuple[str, Step], ...]
    rules: tuple[Rule, ...]

    def in_force(self, day: date) -> Iterator[Rule]:
        """The rules that hold on a day."""
        return (rule for rule in self.rules if rule.holds_on(day))

    def cited(self, rule: Rule) -> Pair:
        """The clauses of a rule as they are cited."""
        named = [self.citation(rule.law, rule.clause), *(self.citation(more.law, more.clause) for more in rule.also)]
        return joined(named)

    def citation(self, law: str, clause: str) -> Pair:
        """One clause as it is cited; practice that has no clauses is cited by its name."""
        name = self.laws[law].cite
        if clause == "-":
            return dict(name)
        korean, english = cite(name["ko"], name["en"], clause)
        return {"ko": korean, "en": english}

    def source_of(self, rule: Rule) -> str | None:
        """Where the text of a rule was read."""
        return rule.source or self.laws[rule.law].source

    def as_json(self) -> dict[str, Any]:
        """The pack by itself: what it is, how sure its rules are, and what they were read from."""
        sure = {mark: sum(rule.certainty == mark for rule in self.rules) for mark in ("S", "K", "?")}
        laws = [{"id": key, "title": law.title, "source": law.source} for key, law in self.laws.items()]
        return {
            "id": self.id,
            "version": self.version,
            "kind": self.kind,
            "title": self.title,
            "digest": self.digest,
            "rules": len(self.rules),
            "certainty": sure,
            "laws": laws,
            "procedures": [{"id": one.id, "title": one.title} for one in self.procedures],
        }


def rules_of_clause(pack: Pack, law: str, number: str) -> list[Rule]:
    """The rules that rest on a clause or a part of it."""
    bases = [(rule, [(rule.law, rule.clause), *((more.law, more.clause) for more in rule.also)]) for rule in pack.rules]
    return [rule for rule, named in bases if any(one == law and lies_within(own, number) for one, own in named)]
