"""Civil dates known to a year, a month or a day, as announcements state them.

A period is text, "2028", "2025-03" or "2025-03-31", and is never made finer than it was stated. It begins on its first
day and is over after its last; which civil day it is now is the caller's question (`clock.today(zone)`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Precision = Literal["year", "month", "day"]

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class Period:
    """A year, a month or a day; `text` is as it was written."""

    text: str
    precision: Precision
    first: date
    last: date


def period(text: str) -> Period:
    """The period a text names; raises ValueError for anything but YYYY, YYYY-MM or YYYY-MM-DD."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if month is None:
        return Period(text, "year", date(year, 1, 1), date(year, 12, 31))
    if day is None:
        return Period(text, "month", date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    return Period(text, "day", date(year, month, day), date(year, month, day))
