"""When a committee has to meet, by its cycle, and whether it has: calendar months, quarters, half-years, years.

A cycle is met by a regular meeting that was opened in it. What counts is what is recorded: a cycle without a record is
called that, not a meeting that did not take place; a cycle that was missed is no longer overdue once a later one was
met. The cycle comes from the charter, else from what was announced ("반기마다 정기회의"), and says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

from madang.civic.committees.charters import CYCLES, Charter
from madang.civic.committees.words import said
from madang.dates import period
from madang.entities.entity import Document, value_of
from madang.errors import Pair


@dataclass(frozen=True)
class Cycle:
    """How often a committee meets, and how that is known."""

    every: str
    basis: Pair

    @property
    def months(self) -> int:
        return CYCLES[self.every]


@dataclass(frozen=True)
class Schedule:
    """Where a committee stands in its cycle on a day."""

    every: str
    basis: Pair
    current: str
    due: date
    met: bool
    last_meeting: str | None
    missed: tuple[str, ...]
    overdue_since: date | None

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "every": self.every,
            "every_label": said(f"cycle-{self.every}"),
            "basis": self.basis,
            "current": self.current,
            "due": self.due.isoformat(),
            "met": self.met,
            "last_meeting": self.last_meeting,
            "missed": list(self.missed),
            "overdue_since": self.overdue_since.isoformat() if self.overdue_since else None,
        }


def cycle_of(committee: Document, charter: Charter | None) -> Cycle | None:
    """A committee's cycle, from its charter or from what was announced; None where neither says one."""
    if charter is not None and charter.cycle is not None:
        return Cycle(charter.cycle.every, dict(charter.cycle.clause or charter.source))
    announced = value_of(committee, "meets")
    if isinstance(announced, dict):
        for every, words in _words().items():
            if any(word in str(text) for word in words for text in announced.values()):
                return Cycle(every, said("cycle-announced", text=dict(announced)))
    return None


def schedule(
    committee: Document, charter: Charter | None, meetings: Iterable[Document], today: date
) -> Schedule | None:
    """Which cycles have passed without a recorded regular meeting, and until when the next one is due."""
    cycle = cycle_of(committee, charter)
    if cycle is None:
        return None
    held = sorted(_days(meetings))
    past = [day for day in held if day <= today]
    since = value_of(committee, "since")
    begin = period(str(since)).first if since else (held[0] if held else today)
    first, now = _number(begin, cycle.months), _number(today, cycle.months)
    met = {_number(day, cycle.months) for day in past}
    missed = [n for n in range(first, now) if n not in met]
    unmet = missed and missed[-1] == now - 1 and now not in met
    return Schedule(
        every=cycle.every,
        basis=cycle.basis,
        current=_name(now, cycle.every),
        due=_last_day(now, cycle.months),
        met=now in met,
        last_meeting=past[-1].isoformat() if past else None,
        missed=tuple(_name(n, cycle.every) for n in missed),
        overdue_since=_last_day(now - 1, cycle.months) + timedelta(days=1) if unmet else None,
    )


def _days(meetings: Iterable[Document]) -> list[date]:
    opened = [m for m in meetings if value_of(m, "kind") == "regular" and value_of(m, "state") in ("open", "closed")]
    return [period(str(value_of(meeting, "date"))).first for meeting in opened]


def _number(day: date, months: int) -> int:
    """Cycles since the year 0."""
    return (day.year * 12 + day.month - 1) // months


def _last_day(number: int, months: int) -> date:
    month = (number + 1) * months
    return date(month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _name(number: int, every: str) -> str:
    """2026, 2026-H1, 2026-Q3, 2026-11."""
    months = CYCLES[every]
    year, month = divmod(number * months, 12)
    part = month // months + 1
    return {"year": f"{year}", "half-year": f"{year}-H{part}", "quarter": f"{year}-Q{part}"}.get(
        every, f"{year}-{month + 1:02d}"
    )


def cycle_name(name: str) -> Pair:
    """A cycle as people say it: 2026년 상반기."""
    year, _, part = name.partition("-")
    if part.startswith("H"):
        return said(f"half-{part[1:]}", year=year)
    if part.startswith("Q"):
        return said("quarter", year=year, n=part[1:])
    return said("month", year=year, n=str(int(part))) if part else said("year", year=year)


@cache
def _words() -> Mapping[str, list[str]]:
    text = resources.files("madang.civic.data").joinpath("meeting_cycles.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))
