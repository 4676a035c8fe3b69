"""Times as payloads write them: ISO 8601, seconds or milliseconds of the epoch, or a form of their own with a zone.

Korean services write local time without a zone, and the last hour of a day as 24:00, which belongs to the next day. A
time without a zone is refused unless the mapping names one: nobody guesses nine hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from madang.errors import DataError
from madang.sources.feeds.paths import MISSING, Path, find

FORMS = ("iso", "s", "ms", "us")
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}


@dataclass(frozen=True, slots=True)
class When:
    """Where the time of a reading stands, and in what form; without paths it is the time of receipt."""

    paths: Sequence[Path] = ()
    form: str = "iso"
    zone: str | None = None
    shift_s: float = 0.0

    def of(self, record: Any, received_at: datetime) -> datetime:
        """The moment of a record."""
        if not self.paths:
            return received_at
        parts = [find(steps, record) for steps in self.paths]
        if any(part is MISSING or part is None or part == "" for part in parts):
            raise DataError("feeds.no-time")
        try:
            moment = self._read(parts)
        except (ValueError, TypeError, OverflowError):
            raise DataError("feeds.bad-time", found=" ".join(str(part)[:40] for part in parts)) from None
        return moment + timedelta(seconds=self.shift_s) if self.shift_s else moment

    def _read(self, parts: Sequence[Any]) -> datetime:
        if self.form in _PER_SECOND:
            return datetime.fromtimestamp(float(parts[0]) / _PER_SECOND[self.form], UTC)
        text = " ".join(str(part).strip() for part in parts)
        if self.form == "iso":
            return self._zoned(datetime.fromisoformat(text))
        late = 0
        if "%H" in self.form and (at := self._hour_24(text)) is not None:
            text, late = at, 1
        return self._zoned(datetime.strptime(text, self.form)) + timedelta(days=late)

    def _hour_24(self, text: str) -> str | None:
        """The text with hour 00, if its hour is 24."""
        head = self.form.partition("%H")[0]
        at = len(datetime(2000, 11, 22, 10, 10, 10).strftime(head))
        return text[:at] + "00" + text[at + 2 :] if text[at : at + 2] == "24" else None

    def _zoned(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            if self.zone is None:
                raise ValueError("no zone")
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        return moment.astimezone(UTC)
