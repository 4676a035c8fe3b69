"""What is asked about sunlight: read from a page's or a command's words, checked, with what is left out filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.errors import CallerError

SIDES = ("facade", "roof", "plot")
DAY = (0, 24 * 60)
MOST_IDS = 200
YEARS = range(1950, 2051)  # the sun's algorithm is held to its accuracy within these
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


@dataclass(frozen=True)
class Asked:
    """Where, on which day, from which minute of the day to which, how finely."""

    day: date
    ids: tuple[str, ...] = ()
    plot: Mapping[str, Any] | None = None
    side: str = "facade"
    window: tuple[int, int] = DAY
    step_minutes: float = 10.0
    spacing_m: float = 3.0


def read_asked(said: Mapping[str, Any]) -> Asked:
    """The question in a JSON object: ids or plot, side, date, from, to, stepMinutes, spacingM."""
    ids, plot = said.get("ids") or (), said.get("plot")
    if not ids and plot is None:
        raise CallerError("sunlight.nothing-asked")
    if ids and plot is not None:
        raise CallerError("sunlight.both-asked")
    if not isinstance(ids, Sequence) or isinstance(ids, str) or not all(isinstance(id, str) for id in ids):
        raise CallerError("sunlight.nothing-asked")
    if len(ids) > MOST_IDS:
        raise CallerError("sunlight.too-many-ids", found=len(ids), most=MOST_IDS)
    side = said.get("side") or ("facade" if ids else "plot")
    if side not in SIDES or (plot is not None and side != "plot"):
        known = SIDES if plot is None else ("plot",)
        raise CallerError("sunlight.side-unknown", found=str(side)[:40], known=", ".join(known))
    window = _minute(said.get("from"), DAY[0]), _minute(said.get("to"), DAY[1])
    if window[0] >= window[1]:
        raise CallerError("sunlight.time-wrong", found=str(said.get("to"))[:40])
    return Asked(
        day=_day(said.get("date")),
        ids=tuple(dict.fromkeys(ids)),
        plot=plot,
        side=side,
        window=window,
        step_minutes=_number(said, "stepMinutes", 1.0, 60.0, usual=10.0),
        spacing_m=_number(said, "spacingM", 0.5, 100.0, usual=3.0),
    )


def _day(said: Any) -> date:
    try:
        found = date.fromisoformat(said)
    except (TypeError, ValueError):
        found = None
    if found is None or found.year not in YEARS:
        raise CallerError("sunlight.date-wrong", found=str(said)[:40])
    return found


def _minute(said: Any, usual: int) -> int:
    if said is None:
        return usual
    if not isinstance(said, str) or not _TIME.fullmatch(said):
        raise CallerError("sunlight.time-wrong", found=str(said)[:40])
    return int(said[:2]) * 60 + int(said[3:])


def _number(said: Mapping[str, Any], field: str, low: float, high: float, *, usual: float) -> float:
    found = said.get(field)
    if found is None:
        return usual
    good = isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found)
    if not good or not low <= found <= high:
        raise CallerError("sunlight.number-wrong", field=field, low=f"{low:g}", high=f"{high:g}", found=str(found)[:40])
    return float(found)
