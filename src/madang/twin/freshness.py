"""How often a series is read as a rule, and from when on its last reading is stale.

The usual interval is the median of the last few; a reading is stale when it is older than three of them. A series with
one reading has no interval: it is stale after an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from madang.errors import Pair, both

INTERVALS = 8  # of which the median is the usual one
STALE_AFTER = 3.0
WITHOUT_INTERVAL_S = 3600.0


@dataclass(frozen=True)
class Freshness:
    """The usual interval of a series (None: one reading), and after how many seconds a reading of it is stale."""

    usual_s: float | None

    @staticmethod
    def of(moments: Sequence[datetime]) -> Freshness:
        """From the last readings' moments, in order of time."""
        gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        return Freshness(median(gaps) if gaps else None)

    @property
    def stale_after_s(self) -> float:
        """The age from which on a reading is stale."""
        return WITHOUT_INTERVAL_S if self.usual_s is None else STALE_AFTER * self.usual_s

    def is_stale(self, observed_at: datetime, now: datetime) -> bool:
        """Whether a reading is stale at a moment."""
        return (now - observed_at).total_seconds() > self.stale_after_s

    def reason(self) -> Pair:
        """Why it is stale after that time, for people."""
        if self.usual_s is None:
            return both("twinreading.stale-single", hours=f"{WITHOUT_INTERVAL_S / 3600:g}")
        return both("twinreading.stale-usual", times=f"{STALE_AFTER:g}", minutes=f"{self.usual_s / 60:,.4g}")
