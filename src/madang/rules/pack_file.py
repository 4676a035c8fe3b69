"""Files of rule packs, read strictly: a wrong pack is refused with file, line and next step.

The form `madang-rules/1` is described by the readers in the middle of this module. Beyond it, a pack is refused for a
rule whose law is not listed, whose clause is missing, whose dates are reversed, whose kind lacks what it needs, that
asks for a fact the pack does not list, that is not verified and does not say what, or that stands twice for a day.
Whether a pack fits the others is asked by `layers.check_added`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NoReturn

from madang import strict_yaml as y
from madang.errors import DataError
from madang.rules.clauses import is_number
from madang.rules.conditions import read_condition, tests_of
from madang.rules.packs import Basis, Days, FactInfo, Law, Pack, Procedure, Rule, Step

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
MOST_DAYS = 3660  # ten years: a longer time is a term, not a count of days
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
    if not pack.rules:
        wrong(pack, 1, "rules.pack-without-rules")
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


def _number_of_days(node: y.Located) -> int:
    found = y.whole(node)
    if not 1 <= found <= MOST_DAYS:
        raise node.wrong("rules.days-out-of-range", found=found, most=MOST_DAYS)
    return found


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
    {"number": _number_of_days, "direction": y.one_of("within", "before", "lasting")},
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
