"""Rule packs (절차규칙집): law and practice as versioned data, read strictly.

A pack is a YAML file of the form `madang-rules/1`: the laws it speaks of with the source of each text, the facts its
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

The same rule may stand several times, once for each time it held; the times must not overlap. This module reads and
checks one pack and knows no city; what packs say together is in `layers.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NoReturn

from madang import strict_yaml as y
from madang.errors import DataError, Pair
from madang.rules.clauses import cite, is_number, lies_within
from madang.rules.conditions import Condition, read_condition, tests_of
from madang.rules.days import Direction, Unit
from madang.rules.saying import joined

FORMAT = "madang-rules/1"
KINDS = (
    "obliges",
    "permits",
    "not_applicable",
    "deadline",
    "requires_section",
    "threshold",
    "eligibility",
    "taxonomy",
)
OF_STEPS = ("obliges", "permits", "not_applicable", "deadline")
FORCES = {"obliges": "must", "permits": "may", "not_applicable": "n/a", "deadline": "n/a"}
PACK_KINDS = ("act", "practice", "ordinance")
_READ_FROM = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{7,40}:\S.*")
_NEEDED = {
    "obliges": ("procedure", "step"),
    "permits": ("procedure", "step"),
    "not_applicable": ("procedure",),
    "deadline": ("procedure", "step", "days"),
    "requires_section": ("of", "item"),
    "threshold": ("topic", "unit"),
    "eligibility": ("route", "when"),
    "taxonomy": ("of", "entry"),
}


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


# --- reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def read_pack(text: str, file: str) -> Pack:
    """A pack from its text; refused with file, line and next step where it is wrong."""
    fields = _PACK(y.parse(text, file=file))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    pack = Pack(
        file=file,
        digest=digest,
        procedures=fields.pop("procedures", ()),
        steps=tuple(fields.pop("steps", ())),
        laws=fields.pop("laws"),
        facts=fields.pop("facts", {}),
        **{name: fields[name] for name in ("id", "version", "kind", "title", "rules")},
    )
    for rule in pack.rules:
        _check_rule(pack, rule)
    _check_versions(pack)
    return pack


@cache
def shipped() -> tuple[Pack, ...]:
    """The packs that come with Madang, read once."""
    folder = resources.files("madang.rules") / "packs"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return tuple(read_pack(one.read_text("utf-8"), one.name) for one in files)


def wrong(pack: Pack, line: int, code: str, **facts: Any) -> NoReturn:
    """Refuse a pack at a line."""
    raise DataError(code, file=pack.file, line=line, **facts)


def _clause(node: y.Located) -> str:
    found = y.text(node)
    if found != "-" and not is_number(found):
        raise node.wrong("rules.clause-not-a-number", found=found)
    return found


def _version(node: y.Located) -> str:
    return str(node.value) if isinstance(node.value, date) else y.text(node)


def _many(read: y.Reader) -> y.Reader:
    """Reads one or a list of several."""
    return lambda node: y.list_of(read)(node) if isinstance(node.value, list) else (read(node),)


def _plain(line: int, **fields: Any) -> dict[str, Any]:
    return fields


def _named_step(line: int, procedure: str, **fields: Any) -> tuple[str, Step]:
    return procedure, Step(line, **fields)


_BASIS = y.record(Basis, {"law": y.text, "clause": _clause}, {})
_STEP = y.record(Step, {"id": y.slug, "title": y.pair}, {"after": y.slug})
_DAYS = y.record(
    Days,
    {"number": y.whole, "direction": y.one_of("within", "before", "lasting")},
    {"counts": y.one_of("calendar", "business"), "of": y.slug},
)
_RULE = y.record(
    Rule,
    {
        "id": y.slug,
        "law": y.text,
        "clause": _clause,
        "label": y.pair,
        "kind": y.one_of(*KINDS),
        "certainty": y.one_of("S", "K", "?"),
        "valid_from": y.day,
    },
    {
        "valid_to": y.day,
        "also": y.list_of(_BASIS),
        "source": y.text,
        "note": y.pair,
        "text": y.pair,
        "procedure": _many(y.slug),
        "step": y.slug,
        "when": read_condition,
        "condition": y.pair,
        "requires": read_condition,
        "otherwise": y.pair,
        "days": _DAYS,
        "items": y.list_of(y.slug),
        "of": y.slug,
        "item": y.slug,
        "entry": y.slug,
        "forbids": y.list_of(y.slug),
        "topic": y.slug,
        "value": y.number,
        "low": y.number,
        "high": y.number,
        "unit": y.pair,
        "route": y.slug,
    },
)
_PROCEDURE = y.record(
    Procedure,
    {"id": y.slug, "title": y.pair},
    {"steps": y.list_of(_STEP), "like": y.slug, "applied_by": _BASIS},
)
_PACK = y.record(
    _plain,
    {
        "format": y.one_of(FORMAT),
        "id": y.slug,
        "version": _version,
        "kind": y.one_of(*PACK_KINDS),
        "title": y.pair,
        "laws": y.mapping_of(y.record(Law, {"cite": y.pair, "title": y.pair}, {"source": y.text})),
        "rules": y.list_of(_RULE),
    },
    {
        "facts": y.mapping_of(
            y.record(FactInfo, {"label": y.pair}, {"unit": y.pair, "as_of": y.text, "basis": y.text})
        ),
        "procedures": y.list_of(_PROCEDURE),
        "steps": y.list_of(
            y.record(_named_step, {"procedure": y.slug, "id": y.slug, "title": y.pair}, {"after": y.slug})
        ),
    },
)


# --- checks within one pack -------------------------------------------------------------------------------------------


def _check_rule(pack: Pack, rule: Rule) -> None:
    for law in (rule.law, *(more.law for more in rule.also)):
        if law not in pack.laws:
            wrong(pack, rule.line, "rules.law-unknown", rule=rule.id, law=law, known=", ".join(pack.laws))
    if rule.clause == "-" and pack.kind != "practice":
        wrong(pack, rule.line, "rules.clause-missing", rule=rule.id)
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        wrong(pack, rule.line, "rules.dates-reversed", rule=rule.id, start=rule.valid_from, end=rule.valid_to)
    for name in _NEEDED[rule.kind]:
        if not getattr(rule, name):
            wrong(pack, rule.line, "rules.field-of-kind-missing", rule=rule.id, kind=rule.kind, field=name)
    if rule.kind == "threshold" and rule.value is None and rule.low is None and rule.high is None:
        wrong(pack, rule.line, "rules.field-of-kind-missing", rule=rule.id, kind=rule.kind, field="value")
    _check_certainty(pack, rule)
    _check_facts(pack, rule)


def _check_certainty(pack: Pack, rule: Rule) -> None:
    """What was read names where; what is not verified says what exactly."""
    if rule.certainty == "?" and rule.note is None:
        wrong(pack, rule.line, "rules.unverified-without-note", rule=rule.id)
    if rule.certainty == "S":
        source = pack.source_of(rule)
        if source is None:
            wrong(pack, rule.line, "rules.source-missing", rule=rule.id)
        if pack.kind == "act" and not _READ_FROM.fullmatch(source):
            wrong(pack, rule.line, "rules.source-unclear", rule=rule.id, found=source)


def _check_facts(pack: Pack, rule: Rule) -> None:
    for condition in (rule.when, rule.requires):
        for test in tests_of(condition) if condition else ():
            if not test.fact.startswith("steps.") and test.fact not in pack.facts:
                known = ", ".join(pack.facts) or "-"
                wrong(pack, rule.line, "rules.fact-unknown", rule=rule.id, fact=test.fact, known=known)


def _check_versions(pack: Pack) -> None:
    seen: dict[str, list[Rule]] = {}
    for rule in pack.rules:
        for earlier in seen.setdefault(rule.id, []):
            if earlier.holds_with(rule):
                wrong(pack, rule.line, "rules.versions-overlap", rule=rule.id, other=earlier.line)
        seen[rule.id].append(rule)


def rules_of_clause(pack: Pack, law: str, number: str) -> list[Rule]:
    """The rules that rest on a clause or a part of it."""
    bases = [(rule, [(rule.law, rule.clause), *((more.law, more.clause) for more in rule.also)]) for rule in pack.rules]
    return [rule for rule, named in bases if any(one == law and lies_within(own, number) for one, own in named)]
