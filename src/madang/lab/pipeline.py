"""Talent by year: seats become graduates, graduates local hires, hires stay or leave; against what is wanted. Pure.

    hired(t)   = seats x graduation x local hire      for the cohort that began in t - years of study
    staying(t) = hired(t) + retention x staying(t-1)

Every step grows with every parameter, so the low and high ends of supply are those of its parameters (interval
arithmetic): a band of extremes, wider than a band of probabilities. A gap is supply less demand: its low end takes the
low supply and the high demand.

This is the quick answer. The model `talent` (`models.talent`) adds what is not registered (leave, military service,
experienced people, promised jobs), and equals this where that is neutral.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from madang.lab.register import CASES, Range


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme: seats a year from the first year of entry to the last (None: it goes on)."""

    start: int
    end: int | None
    study_years: int
    seats: Range
    graduation: Range
    local_hire: Range
    retention: Range


def hired(programme: Programme, year: int) -> Range:
    """Those hired here in a year."""
    entered = year - programme.study_years
    if entered < programme.start or (programme.end is not None and entered > programme.end):
        return Range(0.0, 0.0, 0.0)
    p = programme
    return Range(*(p.seats.at(c) * p.graduation.at(c) * p.local_hire.at(c) for c in CASES))


def staying(programme: Programme, year: int) -> Range:
    """Those hired here until a year, as far as they stayed."""
    first = programme.start + programme.study_years
    total = Range(0.0, 0.0, 0.0)
    for when in range(first, year + 1):
        new = hired(programme, when)
        total = Range(*(new.at(c) + programme.retention.at(c) * total.at(c) for c in CASES))
    return total


@dataclass(frozen=True, slots=True)
class AtWork:
    """People who were at work already in a year, and which share of them stays a year."""

    year: int
    persons: Range
    retention: Range


def still_at_work(people: AtWork, year: int) -> Range | None:
    """Those of them who are still there; unknown before the year in which they were counted."""
    if year < people.year:
        return None
    return Range(*(people.persons.at(c) * people.retention.at(c) ** (year - people.year) for c in CASES))


def added(ranges: Iterable[Range]) -> Range:
    """The sum of ranges, end by end."""
    total = [0.0, 0.0, 0.0]
    for one in ranges:
        total = [t + one.at(c) for t, c in zip(total, CASES, strict=True)]
    return Range(*total)


def gap(supply: Range, demand: Range) -> Range:
    """Supply less demand; the low end is the worst of both."""
    return Range(supply.low - demand.high, supply.central - demand.central, supply.high - demand.low)
