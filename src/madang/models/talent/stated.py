"""What a branch states about talent, checked: programmes, people at work, wanted people, promised jobs, their skills.

A stated value is one number or {low, central, high}. What is missing stays missing (None): it is a matter of the answer
what that leaves unknown. What can't be true is refused with the entity and attribute.

Jobs are promised by memoranda, firm by firm (`plannedJobs`), or by the measures of commitments; where an agreement has
both, its memoranda count, so that no job counts twice. Cancelled memoranda and terminated agreements promise nothing.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang.errors import DataError, Pair, both
from madang.models.base import Inputs, Label, Records

RATES = ("graduationRate", "localHireRate", "retentionRate")
OPEN_END = 9999  # a programme without a last year of entry
LONGEST_STUDY = 12
KINDS = ("yearly", "standing")  # new people wanted in a year; all who are wanted at work that year
TERMINATED, CANCELLED = "terminated", "cancelled"


@dataclass(frozen=True, slots=True)
class Span:
    """A stated value: low, central, high."""

    low: float
    central: float
    high: float

    def moved(self, central: float) -> Span:
        """The same doubt around another value, within 0 and 1: a rate that somebody turned is no better known."""
        low, high = central - (self.central - self.low), central + (self.high - self.central)
        return Span(max(0.0, low), central, min(1.0, high))


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme that trains people for one skill; a rate that nobody stated is None."""

    id: str
    name: Pair
    skill: str
    start: int
    end: int
    study: int
    spans: Mapping[str, Span | None]  # seats and RATES
    amount: float | None  # of all its entries together, in won


@dataclass(frozen=True, slots=True)
class AtWork:
    """People who were at work with a skill in a year, and which share of them stays a year."""

    id: str
    skill: str
    year: int
    persons: Span
    retention: Span


@dataclass(frozen=True, slots=True)
class Wanted:
    """People with a skill whom somebody wants in a year."""

    id: str
    skill: str
    year: int
    kind: str
    persons: Span


@dataclass(frozen=True, slots=True)
class Promise:
    """Promised jobs: since when, due when (None: not said), and their split over skills (None likewise)."""

    id: str
    name: Pair
    jobs: float
    since: int | None
    due: int | None
    mix: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Stated:
    """All of it, each part sorted by id; `warnings` name what could not be used."""

    programmes: tuple[Programme, ...]
    at_work: tuple[AtWork, ...]
    wanted: tuple[Wanted, ...]
    promises: tuple[Promise, ...]
    warnings: tuple[Label, ...]

    @property
    def skills(self) -> tuple[str, ...]:
        """Every skill that somebody names, sorted."""
        named = {one.skill for one in self.programmes} | {one.skill for one in self.at_work}
        named |= {one.skill for one in self.wanted}
        return tuple(sorted(named | {skill for one in self.promises for skill in one.mix or ()}))


def read(inputs: Inputs) -> Stated:
    """What the ports hold."""
    warnings: list[Label] = []
    return Stated(
        tuple(_programmes(inputs)),
        tuple(_at_work(inputs)),
        tuple(_wanted(inputs)),
        tuple(_promises(inputs, warnings)),
        tuple(warnings),
    )


def span(given: Any, entity: str, attribute: str, *, most: float = math.inf) -> Span:
    """A number or {low, central, high} as a span; refused where it is out of order or beyond its limits."""
    values = [given] * 3 if not isinstance(given, Mapping) else [given.get(c) for c in ("low", "central", "high")]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if len(numbers) != 3 or not 0 <= numbers[0] <= numbers[1] <= numbers[2] <= most:
        limits = f"0~{most:g}" if math.isfinite(most) else "0~"
        raise DataError("talent.span-wrong", entity=entity, attribute=attribute, found=str(given)[:80], limits=limits)
    return Span(*numbers)


def _rows(inputs: Inputs, port: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = inputs.get(port)
    if isinstance(found, Records):
        yield from zip(found.ids, found.rows, strict=True)


def _programmes(inputs: Inputs) -> Iterator[Programme]:
    turned = {name: dict(_rows(inputs, port)) for port, name in TURNED.items()}
    for id, row in _rows(inputs, "programmes"):
        spans: dict[str, Span | None] = {"seats": _maybe(row, id, "seats")}
        for name in RATES:
            spans[name] = _turned(row, turned.get(name, {}).get(id, {}), id, name)
        start, study = _year(row, id, "startYear"), _whole(row, id, "studyYears", LONGEST_STUDY)
        end = OPEN_END if row.get("endYear") is None else _year(row, id, "endYear")
        if end < start:
            raise DataError("talent.ends-before-it-begins", entity=id, start=start, end=end)
        amount = None if row.get("amount") is None else span(row["amount"], id, "amount").central
        yield Programme(id, _name(row, id), _skill(row, id), start, end, study, spans, amount)


# Ports beside `programmes` whose attribute is a lever of its own.
TURNED = {"local_hire": "localHireRate", "retention": "retentionRate"}


def _turned(row: Mapping[str, Any], lever: Mapping[str, Any], id: str, name: str) -> Span | None:
    """The stated span, moved along where its lever was turned to a bare number."""
    known, now = _maybe(row, id, name, most=1), _maybe(lever, id, name, most=1)
    if now is None or now == known:
        return known
    return now if known is None or isinstance(lever[name], Mapping) else known.moved(now.central)


def _at_work(inputs: Inputs) -> Iterator[AtWork]:
    seen: set[str] = set()
    for id, row in _rows(inputs, "at_work"):
        for name in ("personsAtWork", "retentionRate"):
            if row.get(name) is None:
                raise DataError("talent.not-stated", entity=id, attribute=name)
        skill = _skill(row, id)
        if skill in seen:
            raise DataError("talent.at-work-twice", skill=skill)
        seen.add(skill)
        persons = span(row["personsAtWork"], id, "personsAtWork")
        stay = span(row["retentionRate"], id, "retentionRate", most=1)
        yield AtWork(id, skill, _year(row, id, "year"), persons, stay)


def _wanted(inputs: Inputs) -> Iterator[Wanted]:
    seen: dict[tuple[str, int], str] = {}
    for id, row in _rows(inputs, "demand"):
        skill, year, kind = _skill(row, id), _year(row, id, "year"), str(row.get("demandKind") or KINDS[0])
        if kind not in KINDS:
            raise DataError("talent.kind-unknown", entity=id, found=kind, known=", ".join(KINDS))
        first = seen.setdefault((skill, year), id)
        if first != id:
            raise DataError("talent.demand-twice", first=first, second=id, skill=skill, year=year)
        if row.get("persons") is not None:  # wanted, but nobody says how many: unknown
            yield Wanted(id, skill, year, kind, span(row["persons"], id, "persons"))


# --- promised jobs ---------------------------------------------------------------------------------------------------


def _promises(inputs: Inputs, warnings: list[Label]) -> Iterator[Promise]:
    agreements = dict(_rows(inputs, "agreements"))
    mixes = _mixes(inputs)
    cancelled = _cancelled(inputs)
    by_firm: set[str] = set()
    for id, row in _rows(inputs, "memoranda"):
        agreement = row.get("refAgreement")
        over = (agreements.get(str(agreement)) or {}).get("state") == TERMINATED
        if row.get("plannedJobs") is None or id in cancelled or over:
            continue
        by_firm |= {str(agreement)} if agreement else set()
        since = _said_year(row.get("signedOn"))
        due = _said_year((agreements.get(str(agreement)) or {}).get("endsOn"))
        name = {"ko": str(row.get("company") or id), "en": str(row.get("company") or id)}
        yield from _placed(
            Promise(id, name, _jobs(row["plannedJobs"], id), since, due, _mix(mixes, id, agreement)), warnings
        )
    for id, row in _rows(inputs, "commitments"):
        agreement = agreements.get(str(row.get("refAgreement"))) or {}
        if str(row.get("refAgreement")) in by_firm or agreement.get("state") == TERMINATED:
            continue
        jobs = sum(_jobs(one.get("target"), id) for one in row.get("measures") or () if counts_jobs(one))
        if jobs:
            since = _said_year(row.get("startsOn")) or _said_year(agreement.get("signedOn"))
            due, mix = _said_year(row.get("due")), _mix(mixes, id, row.get("refAgreement"))
            yield from _placed(Promise(id, _name(row, id), jobs, since, due, mix), warnings)


def counts_jobs(measure: Mapping[str, Any]) -> bool:
    """Whether a commitment's measure counts jobs: by its unit (E51), or by its name where it counts persons."""
    rule = _rule()
    if measure.get("unit") in rule["units"]:
        return True
    names = " ".join(str(name).lower() for name in (measure.get("name") or {}).values())
    is_of_persons = measure.get("unit") in (None, *rule["persons"])
    return is_of_persons and any(w in names for w in rule["words"]) and not any(w in names for w in rule["not"])


@cache
def _rule() -> dict[str, list[str]]:
    text = resources.files(__package__).joinpath("jobs.toml").read_text("utf-8")
    return dict(tomllib.loads(text))


def _placed(promise: Promise, warnings: list[Label]) -> Iterator[Promise]:
    """The promise, if it can be placed in time."""
    if promise.since is None and promise.due is None:
        warnings.append(both("talent.promise-undated", name=promise.name, jobs=f"{promise.jobs:,.0f}"))
        return
    yield promise


def _mixes(inputs: Inputs) -> dict[str, Mapping[str, float]]:
    """Shares by skill of what they are said of: a memorandum, a commitment, or a whole agreement."""
    found: dict[str, Mapping[str, float]] = {}
    said_by: dict[str, str] = {}
    for id, row in _rows(inputs, "mixes"):
        shares = row.get("skillShares")
        good = isinstance(shares, Mapping) and all(
            isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1 for v in shares.values()
        )
        if not isinstance(shares, Mapping) or not good or sum(shares.values()) > 1 + 1e-9:
            raise DataError("talent.mix-wrong", entity=id, found=str(shares)[:80])
        for about in (row.get(name) for name in ("refMemorandum", "refCommitment", "refAgreement")):
            if about is None:
                continue
            if str(about) in found:
                raise DataError("talent.mix-twice", first=said_by[str(about)], second=id, about=about)
            found[str(about)] = {str(skill).strip(): float(v) for skill, v in shares.items()}
            said_by[str(about)] = id
    return found


def _mix(mixes: Mapping[str, Mapping[str, float]], *about: Any) -> Mapping[str, float] | None:
    return next((mixes[str(one)] for one in about if str(one) in mixes), None)


def _cancelled(inputs: Inputs) -> set[str]:
    """Memoranda whose last stage is the end of them."""
    last: dict[str, tuple[str, float, str, str]] = {}
    for id, row in _rows(inputs, "stages"):
        about = str(row.get("refMemorandum"))
        key = (str(row.get("date") or ""), float(row.get("order") or 0), id, str(row.get("stage")))
        last[about] = max(last.get(about, key), key)
    return {about for about, (*_, stage) in last.items() if stage == CANCELLED}


# --- cells -----------------------------------------------------------------------------------------------------------


def _maybe(row: Mapping[str, Any], id: str, name: str, *, most: float = math.inf) -> Span | None:
    return None if row.get(name) is None else span(row[name], id, name, most=most)


def _jobs(given: Any, id: str) -> float:
    return span(given, id, "plannedJobs").central


def _skill(row: Mapping[str, Any], id: str) -> str:
    found = str(row.get("skill") or "").strip()
    if not found:
        raise DataError("talent.not-stated", entity=id, attribute="skill")
    return found


def _year(row: Mapping[str, Any], id: str, name: str) -> int:
    return _whole(row, id, name, OPEN_END, least=1000)


def _whole(row: Mapping[str, Any], id: str, name: str, most: int, *, least: int = 0) -> int:
    given = row.get(name)
    if given is None:
        raise DataError("talent.not-stated", entity=id, attribute=name)
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float)
        or given != int(given)
        or not least <= given <= most
    ):
        raise DataError("talent.not-whole", entity=id, attribute=name, found=given, low=least, high=most)
    return int(given)


def _said_year(said: Any) -> int | None:
    """The year of a stated day, month, quarter or year; None where there is none in it."""
    found = re.match(r"\d{4}", str(said)) if said is not None else None
    return int(found[0]) if found else None


def _name(row: Mapping[str, Any], id: str) -> Pair:
    said = next((row[name] for name in ("name", "title") if row.get(name)), id.rpartition(":")[2])
    if isinstance(said, Mapping):
        some = str(next(iter(said.values()), ""))
        return {"ko": str(said.get("ko", said.get("en", some))), "en": str(said.get("en", said.get("ko", some)))}
    return {"ko": str(said), "en": str(said)}
