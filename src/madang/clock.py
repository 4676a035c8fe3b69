"""The only place that asks what time it is.

Moments are aware UTC datetimes; civil dates belong to a city's zone. Everything else takes the time as a value,
so that a test, a replay or a model never depends on the hour it runs at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return _fixed or datetime.now(UTC)


def today(zone: str = "Asia/Seoul") -> date:
    """The civil date in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def elapsed_s() -> float:
    """Seconds on a clock that only runs forward; only differences mean something."""
    return time.perf_counter()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at one moment, for tests and replays."""
    global _fixed
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before


def day_said(said: str | None, zone: str = "Asia/Seoul") -> str:
    """The civil date in a zone of a moment written as text; a date stays what it is, and nothing is a dash."""
    if not said or "T" not in said:
        return said or "-"
    return from_text(said).astimezone(ZoneInfo(zone)).date().isoformat()


def to_text(moment: datetime) -> str:
    """An NGSI-LD DateTime in UTC with microseconds: '2026-11-22T01:02:03.000004Z'."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """An aware UTC datetime from ISO 8601 text; text without a zone is refused with ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write 2026-01-31T09:00:00+09:00 or …Z")
    return moment.astimezone(UTC)
