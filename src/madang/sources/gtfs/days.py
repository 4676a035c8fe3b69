"""Which services run on which day, and one ordinary day for each day of the week.

Feeds lay seasons, holidays and exceptions over each other, so that adding up every service of a weekday counts trips
that never run together. For each day of the week, the dates of the feed are put in order of how many trips run on
them, and the middle one is its ordinary day: holidays and special days stand at the ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from madang.errors import DataError
from madang.sources.gtfs.tables import Feed, Row

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The services that run on each date."""

    dates: Mapping[date, frozenset[str]]


def calendar(feed: Feed) -> Calendar:
    """The calendar of a feed, from calendar.txt and calendar_dates.txt; empty if it has neither."""
    on: dict[date, set[str]] = {}
    for row in feed.rows("calendar", must=("service_id", *WEEK, "start_date", "end_date")):
        service, *flags, first, last = row.cells
        start, end = _date(first, row), _date(last, row)
        for days in range((min(end, start + LONGEST) - start).days + 1):
            day = start + timedelta(days=days)
            if flags[day.weekday()] == "1":
                on.setdefault(day, set()).add(service)
    for row in feed.rows("calendar_dates", must=("service_id", "date", "exception_type")):
        service, said, kind = row.cells
        day = _date(said, row)
        if kind == "1":
            on.setdefault(day, set()).add(service)
        elif kind == "2":
            on.get(day, set()).discard(service)
    return Calendar({day: frozenset(running) for day, running in on.items() if running})


def ordinary_days(found: Calendar, trips: Mapping[str, int]) -> list[date | None]:
    """For each day of the week the date with the middle number of trips; None where no date has any."""
    by_weekday: list[list[tuple[int, date]]] = [[] for _ in WEEK]
    for day, services in found.dates.items():
        running = sum(trips.get(service, 0) for service in services)
        if running:
            by_weekday[day.weekday()].append((running, day))
    return [sorted(days)[len(days) // 2][1] if days else None for days in by_weekday]


def _date(text: str, row: Row) -> date:
    try:
        if len(text) != 8:
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise DataError("gtfs.bad-date", place=row.where, found=text[:40]) from None
