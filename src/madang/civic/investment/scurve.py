"""Planned against actual progress: the S-curve, and what earned value and earned schedule say of it. Pure.

    planned value   PV = budget at completion x planned progress         (planned progress: straight between its points)
    earned value    EV = budget at completion x actual progress
    actual cost     AC = budget executed so far
    schedule index  SPI = EV / PV, cost index CPI = EV / AC              ISO 21508:2018, earned value management
    earned schedule ES = the day on which the plan had the actual progress
    delay           the report's day - ES, in days; time index SPI(t) = ES / actual time
    forecast finish begin + planned duration / SPI(t)                    W. Lipke, "Schedule is Different", 2003

SPI is taken from amounts, so it comes back to 1 when a late project ends; delay and SPI(t) do not, which is why both
are given. Without a report nothing is said: planned progress is no progress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from madang.civic.investment.facts import stated
from madang.errors import CallerError

Point = tuple[date, float]


@dataclass(frozen=True)
class Earned:
    """What a report says against the plan; amounts are None without a budget, indices where they are undefined."""

    on: date
    planned: float
    actual: float
    planned_value: int | None
    earned_value: int | None
    actual_cost: int | None
    schedule_index: float | None
    cost_index: float | None
    earned_on: date
    delay_days: int
    time_index: float | None
    planned_finish: date
    forecast_finish: date | None

    def as_json(self) -> dict[str, Any]:
        """The measures for a page."""
        return {
            "on": self.on.isoformat(),
            "planned": self.planned,
            "actual": self.actual,
            "planned_value": self.planned_value,
            "earned_value": self.earned_value,
            "actual_cost": self.actual_cost,
            "schedule_index": self.schedule_index,
            "cost_index": self.cost_index,
            "earned_on": self.earned_on.isoformat(),
            "delay_days": self.delay_days,
            "time_index": self.time_index,
            "planned_finish": self.planned_finish.isoformat(),
            "forecast_finish": self.forecast_finish.isoformat() if self.forecast_finish else None,
        }


def curve(given: Any) -> tuple[Point, ...]:
    """A planned curve from its points: days that follow one another, progress that never falls, from 0 to 100."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < 2:
        raise CallerError("investment.curve-short")
    points: list[Point] = []
    for number, one in enumerate(given, 1):
        when = stated(one.get("date")) if isinstance(one, Mapping) else None
        percent = one.get("percent") if isinstance(one, Mapping) else None
        is_number = isinstance(percent, (int, float)) and not isinstance(percent, bool)
        if when is None or when.precision != "day" or not is_number:
            raise CallerError("investment.curve-point", number=number, found=str(one)[:60])
        points.append((when.first, float(percent)))  # type: ignore[arg-type]
    for number, ((day, percent), (next_day, next_percent)) in enumerate(pairwise(points), 2):
        if next_day <= day or next_percent < percent:
            raise CallerError("investment.curve-order", number=number)
    if points[0][1] != 0 or points[-1][1] != 100:
        raise CallerError("investment.curve-ends", first=points[0][1], last=points[-1][1])
    return tuple(points)


def planned_at(points: Sequence[Point], day: date) -> float:
    """The planned progress on a day, in percent."""
    if day <= points[0][0]:
        return 0.0
    for (first, low), (last, high) in pairwise(points):
        if day <= last:
            return low + (high - low) * (day - first).days / (last - first).days
    return 100.0


def planned_day(points: Sequence[Point], percent: float) -> date:
    """The first day on which the plan has a progress; of no progress, the last day before it begins."""
    if percent == 0:
        return max(day for day, planned in points if planned == 0)
    for (first, low), (last, high) in pairwise(points):
        if low < percent <= high:
            return first + timedelta(days=round((last - first).days * (percent - low) / (high - low)))
    return points[-1][0]


def earned(points: Sequence[Point], *, on: date, actual: float, budget: int | None, executed: int | None) -> Earned:
    """What an actual progress on a day says against the plan."""
    planned = planned_at(points, on)
    value = None if budget is None else round(budget * planned / 100)
    gained = None if budget is None else round(budget * actual / 100)
    reached = planned_day(points, actual)
    begin, finish = points[0][0], points[-1][0]
    time_index = (reached - begin).days / (on - begin).days if on > begin else None
    left = None if not time_index else begin + timedelta(days=round((finish - begin).days / time_index))
    return Earned(
        on=on,
        planned=planned,
        actual=actual,
        planned_value=value,
        earned_value=gained,
        actual_cost=executed,
        schedule_index=actual / planned if planned else None,
        cost_index=gained / executed if gained is not None and executed else None,
        earned_on=reached,
        delay_days=0 if on <= begin else (on - reached).days,
        time_index=time_index,
        planned_finish=finish,
        forecast_finish=on if actual == 100 else left,
    )
