"""National calls (공모) as a file: window, funds, eligibility and score sheet, read strictly.

    format: madang-calls/1
    calls:
      - id: smart-solution-2027
        title: {ko: …, en: …}
        authority: {ko: …, en: …}
        opens: 2026-12-01
        closes: 2027-01-31
        matching_percent: 50                  # what the city pays of the whole cost
        grant: [{year: 2027, krw: 2000000000}]
        eligibility:
          - {id: population, label: {…}, when: {fact: city.population, at_least: 100000}}
          - {id: topic, label: {…}, topic: yes, when: {fact: task.category, one_of: [transport]}}
        score_sheet:
          - {id: ready, label: {…}, points: 40, when: {fact: task.owner, is_set: yes}}
          - {id: idea, label: {…}, points: 60}                   # without `when`: given by people

A condition is written as in rule packs (`rules.conditions`) over the facts that `calls` gathers. One marked `topic`
says what the call is about: a task that does not meet it is no match at all. A file that breaks the format, asks for a
fact that nobody gathers, or whose points do not sum to 100 is refused with its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from madang import strict_yaml as y
from madang.errors import Pair
from madang.rules.conditions import Condition, read_condition, tests_of

FORMAT = "madang-calls/1"
FULL = 100
FACTS = (
    "city.population",
    "city.capital_area",
    "city.kind",
    "task.owner",
    "task.amount",
    "task.category",
    "task.due",
    "task.start_year",
    "task.end_year",
    "task.location",
    "task.facility",
    "task.goal",
    "task.targets",
    "task.aligned",
    "funds.local",
    "funds.short",
    "plans.kinds",
    "agreements.titles",
    "agreements.partners",
    "permits.waiting",
)


@dataclass(frozen=True)
class Requirement:
    """One condition of a call."""

    line: int
    id: str
    label: Pair
    when: Condition
    written: Any
    topic: bool = False


@dataclass(frozen=True)
class Criterion:
    """One line of the score sheet: full points when its condition holds, or points that people give."""

    line: int
    id: str
    label: Pair
    points: int
    when: Condition | None = None
    written: Any = None


@dataclass(frozen=True)
class Grant:
    """What the call pays in a year at most."""

    line: int
    year: int
    krw: int


@dataclass(frozen=True)
class CallSheet:
    """A call as it was announced."""

    line: int
    id: str
    title: Pair
    authority: Pair
    opens: date
    closes: date
    matching_percent: int
    grant: tuple[Grant, ...]
    eligibility: tuple[Requirement, ...]
    score_sheet: tuple[Criterion, ...]
    description: Pair | None = None
    url: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class _File:
    line: int
    format: str
    calls: tuple[CallSheet, ...]


def read_calls(path: Path) -> tuple[CallSheet, ...]:
    """The calls of a file."""
    return _calls(y.read(path))


def parse_calls(text: str, *, file: str) -> tuple[CallSheet, ...]:
    """The calls of a text."""
    return _calls(y.parse(text, file=file))


def read_kept(condition: Any) -> Condition:
    """A condition as a stored call keeps it."""
    return read_condition(y.parse(orjson.dumps(condition).decode(), file="call"))


def _calls(root: y.Located) -> tuple[CallSheet, ...]:
    found: _File = _FILE(root)
    return found.calls


def _condition(node: y.Located) -> tuple[Condition, Any]:
    made = read_condition(node)
    for test in tests_of(made):
        if test.fact not in FACTS:
            raise node.wrong("investment.fact-unknown", fact=test.fact, known=", ".join(FACTS))
    return made, _plain(node)


def _plain(node: y.Located) -> Any:
    if isinstance(node.value, Mapping):
        return {key: _plain(inner) for key, inner in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(inner) for inner in node.value]
    return node.value.isoformat() if isinstance(node.value, date) else node.value


def _requirement(line: int, *, when: tuple[Condition, Any], **told: Any) -> Requirement:
    return Requirement(line, when=when[0], written=when[1], **told)


def _criterion(line: int, *, when: tuple[Condition, Any] | None = None, **told: Any) -> Criterion:
    condition, written = when or (None, None)
    return Criterion(line, when=condition, written=written, **told)


def _sheet(node: y.Located) -> CallSheet:
    made: CallSheet = y.record(
        CallSheet,
        {
            "id": y.slug,
            "title": y.pair,
            "authority": y.pair,
            "opens": y.day,
            "closes": y.day,
            "matching_percent": _share,
            "grant": y.list_of(y.record(Grant, {"year": y.whole, "krw": _krw}, {})),
            "eligibility": y.list_of(
                y.record(_requirement, {"id": y.slug, "label": y.pair, "when": _condition}, {"topic": y.flag})
            ),
            "score_sheet": y.list_of(
                y.record(_criterion, {"id": y.slug, "label": y.pair, "points": y.whole}, {"when": _condition})
            ),
        },
        {"description": y.pair, "url": y.text, "status": y.one_of("observed", "synthetic")},
    )(node)
    if made.closes < made.opens:
        raise node.value["closes"].wrong("investment.call-window", opens=made.opens, closes=made.closes)
    total = sum(one.points for one in made.score_sheet)
    if total != FULL or any(one.points <= 0 for one in made.score_sheet):
        raise node.value["score_sheet"].wrong("investment.points-sum", total=total)
    for field in ("eligibility", "score_sheet"):
        ids = [one.id for one in getattr(made, field)]
        if len(set(ids)) != len(ids):
            raise node.value[field].wrong("investment.id-twice", field=field)
    years = [one.year for one in made.grant]
    if len(set(years)) != len(years) or not years:
        raise node.value["grant"].wrong("investment.id-twice", field="grant")
    return made


def _share(node: y.Located) -> int:
    found = y.whole(node)
    if not 0 <= found < FULL:
        raise node.wrong("investment.share-wrong", found=found)
    return found


def _krw(node: y.Located) -> int:
    found = y.whole(node)
    if found <= 0:
        raise node.wrong("investment.krw-wrong", found=found)
    return found


def _format(node: y.Located) -> str:
    if node.value != FORMAT:
        raise node.wrong("yaml.format", found=node.value, format=FORMAT)
    return FORMAT


_FILE = y.record(_File, {"format": _format, "calls": y.list_of(_sheet)}, {})
