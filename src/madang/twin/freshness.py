"""How often a series is read as a rule, and from when on its last reading is stale.

The usual interval is the median of the last few; a reading is stale when it is older than three of them. A series with
one reading has no interval: it is stale after an hour. What brings readings in by itself may have said how often they
are expected (`staleAfter` of the attribute, in seconds); then that counts, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from madang.errors import Pair, both

INTERVALS = 8  # of which the median is the usual one
STALE_AFTER = 3.0
WITHOUT_INTERVAL_S = 3600.0


@dataclass(frozen=True)
class Freshness:
    """The usual interval of a series (None: one reading), and after how many seconds a reading of it is stale."""

    usual_s: float | None
    stated_s: float | None = None  # the age that the attribute itself states

    def stated_by(self, instance: Mapping[str, Any]) -> Freshness:
        """The same, with the age that an attribute states, if it does."""
        found = instance.get("staleAfter")
        stated = found.get("value") if isinstance(found, dict) else None
        good = isinstance(stated, int | float) and not isinstance(stated, bool) and stated > 0
        return Freshness(self.usual_s, float(stated)) if good and stated is not None else self

    @staticmethod
    def of(moments: Sequence[datetime]) -> Freshness:
        """From the last readings' moments, in order of time."""
        gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        return Freshness(median(gaps) if gaps else None)

    @property
    def stale_after_s(self) -> float:
        """The age from which on a reading is stale."""
        if self.stated_s is not None:
            return self.stated_s
        return WITHOUT_INTERVAL_S if self.usual_s is None else STALE_AFTER * self.usual_s

    def is_stale(self, observed_at: datetime, now: datetime) -> bool:
        """Whether a reading is stale at a moment."""
        return (now - observed_at).total_seconds() > self.stale_after_s

    def reason(self) -> Pair:
        """Why it is stale after that time, for people."""
        if self.stated_s is not None:
            return both("twinreading.stale-stated", minutes=f"{self.stated_s / 60:,.4g}")
        if self.usual_s is None:
            return both("twinreading.stale-single", hours=f"{WITHOUT_INTERVAL_S / 3600:g}")
        return both("twinreading.stale-usual", times=f"{STALE_AFTER:g}", minutes=f"{self.usual_s / 60:,.4g}")
