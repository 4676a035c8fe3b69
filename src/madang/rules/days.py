"""Counting days as Korean law counts them, and saying how it was counted.

The first day does not count (Civil Act Art. 157); a period ends with its last day (Art. 159), and where that is a
Saturday or a public holiday, with the next day that is neither (Art. 161); the periods of public administration follow
the Civil Act (General Act on Public Administration Art. 6(1)). Three directions:

    within   at the latest N days after a day: 보완 요청을 받은 날부터 30일 이내
    before   at the latest N whole days before a day: 개최 예정일 14일 전까지. Counted back the same way: the day
             itself does not count, and the N days must lie between, so the act is due on the day before them.
             A due day of this kind is not moved: moving it later would eat into the N days.
    lasting  at least N days from a day on: 20일 이상 공고

Holidays are data (`holidays.yaml`) with the certainty of each; beyond its years only weekends are known, and the
counting says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

from madang import strict_yaml as y
from madang.errors import Pair, both
from madang.rules.saying import sentences

Direction = Literal["within", "before", "lasting"]
Unit = Literal["calendar", "business"]

_ONE = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Holiday:
    """One public holiday and how sure it is: S source read, K general knowledge, ? not verified."""

    line: int
    day: date
    name: Pair
    certainty: str = "?"


@dataclass(frozen=True)
class Calendar:
    """Public holidays of some years; days that may be one stand apart."""

    first_year: int
    last_year: int
    days: dict[date, Holiday]
    doubtful: dict[date, Holiday]

    def is_off(self, day: date) -> bool:
        """Whether a day is a Saturday, a Sunday or a public holiday."""
        return day.weekday() >= _SATURDAY or day in self.days

    def knows(self, day: date) -> bool:
        """Whether the holidays of that day's year are known."""
        return self.first_year <= day.year <= self.last_year


@dataclass(frozen=True)
class Count:
    """The day that a count came to, and how it was counted."""

    due: date
    counting: Pair


@cache
def korea() -> Calendar:
    """The public holidays of Korea that come with Madang."""
    text = (resources.files("madang.rules") / "holidays.yaml").read_text("utf-8")
    pair, day = y.pair, y.day
    sure = y.record(Holiday, {"day": day, "name": pair, "certainty": y.one_of("S", "K", "?")}, {})
    unsure = y.record(Holiday, {"day": day, "name": pair}, {})
    fields = {
        "format": y.one_of("madang-holidays/1"),
        "first_year": y.whole,
        "last_year": y.whole,
        "sources": y.mapping_of(y.text),
        "days": y.list_of(sure),
        "doubtful": y.list_of(unsure),
    }

    def made(line: int, **found: Any) -> Calendar:
        days, doubtful = ({one.day: one for one in found[name]} for name in ("days", "doubtful"))
        return Calendar(found["first_year"], found["last_year"], days, doubtful)

    found: Calendar = y.record(made, fields, {})(y.parse(text, file="holidays.yaml"))
    return found


def count(
    start: date,
    days: int,
    *,
    direction: Direction = "within",
    unit: Unit = "calendar",
    calendar: Calendar | None = None,
) -> Count:
    """The day that N days from a day lead to, with the sentence of how they were counted."""
    known = calendar or korea()
    step = -_ONE if direction == "before" else _ONE
    last = start + step * days if unit == "calendar" else _business(start, days, step, known)
    due, moved = last, False
    if direction == "before":
        due = last - _ONE
        while unit == "business" and known.is_off(due):
            due -= _ONE
    else:
        while known.is_off(due):
            due, moved = due + _ONE, True
    return Count(due, _said(start, days, direction, unit, last=last, due=due, moved=moved, calendar=known))


def _business(start: date, days: int, step: timedelta, known: Calendar) -> date:
    day, left = start, days
    while left:
        day += step
        left -= not known.is_off(day)
    return day


def _said(
    start: date, days: int, direction: str, unit: str, *, last: date, due: date, moved: bool, calendar: Calendar
) -> Pair:
    parts = [both(f"rules.counted-{direction}", start=start, days=days, unit=both(f"rules.unit-{unit}"), due=due)]
    if moved:
        name = calendar.days[last].name if last in calendar.days else both("rules.weekend")
        parts.append(both("rules.counted-moved", last=last, name=name, due=due))
    if due in calendar.doubtful:
        parts.append(both("rules.counted-doubtful", due=due, name=calendar.doubtful[due].name))
    if last in calendar.days and calendar.days[last].certainty == "?":
        parts.append(both("rules.counted-unverified", last=last))
    if not calendar.knows(due):
        parts.append(both("rules.counted-beyond", first=calendar.first_year, last=calendar.last_year))
    return sentences(parts)
