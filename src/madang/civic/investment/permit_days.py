"""The day counter of a permit: statutory days used and left, with the days that don't count. Pure.

    petition   the day of application counts; Saturdays, Sundays and public holidays don't
               (민원 처리에 관한 법률 제19조제2항, Petitions Treatment Act Art. 19(2); periods of six days and more)
    business   as petition, but the day of application doesn't count
    calendar   the day of application doesn't count; every other day does, and an end on a day off moves to the next
               working day (Civil Act Art. 157, 161)

A request for a supplement stops the counter: the day of the request still counts, and so does the day on which the
supplement comes in; those between don't. While it is stopped, nobody can name the last day: only how many are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from madang.rules.days import Calendar, korea

Counting = Literal["petition", "business", "calendar"]
COUNTINGS: tuple[Counting, ...] = ("petition", "business", "calendar")
_ONE = timedelta(days=1)

Stop = tuple[date, date | None]  # requested on, supplemented on (None: still waited for)


@dataclass(frozen=True)
class Counter:
    """Days used by a day, days left, and the last day; None while the counter stands still."""

    days: int
    used: int
    left: int
    due: date | None
    is_stopped: bool
    is_certain: bool  # the holidays of all years are known


def counter(
    applied: date,
    days: int,
    *,
    as_of: date,
    counting: Counting = "petition",
    stops: Sequence[Stop] = (),
    calendar: Calendar | None = None,
) -> Counter:
    """The counter on a day; it goes on below nothing left, which is how many days it is overdue."""
    known = calendar or korea()
    is_stopped = any(request < as_of and back is None for request, back in stops)
    until = max(as_of, applied)
    used = sum(_counts(day, applied, counting, stops, known) for day in _days(applied, until))
    due = None if any(back is None for _, back in stops) else _due(applied, days, counting, stops, known)
    last = due or until
    return Counter(days, used, days - used, due, is_stopped, known.knows(applied) and known.knows(last))


def _due(applied: date, days: int, counting: Counting, stops: Sequence[Stop], calendar: Calendar) -> date:
    day, counted = applied, int(_counts(applied, applied, counting, stops, calendar))
    while counted < days:
        day += _ONE
        counted += _counts(day, applied, counting, stops, calendar)
    while counting == "calendar" and calendar.is_off(day):
        day += _ONE
    return day


def _counts(day: date, applied: date, counting: Counting, stops: Sequence[Stop], calendar: Calendar) -> bool:
    if day == applied and counting != "petition":
        return False
    if counting != "calendar" and calendar.is_off(day):
        return False
    return not any(request < day and (back is None or day < back) for request, back in stops)


def _days(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
