"""The tornado: one thing at a time from its low to its high end, all else at its centre, the widest swing first.

What is turned are the uncertainties and levers of the model that gives the indicator: parameters over the range of
their card, attributes over a range that is given, else over a fifth less and more, marked as assumed. Held against
another alternative, what nature chooses is turned for both. Things that only matter together are not seen by a tornado;
the draws of an ensemble see them (`importance`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.errors import CallerError, Pair, both
from madang.indicators.quantity import rounded
from madang.lab import measuring
from madang.lab.alternatives import Alternative
from madang.lab.catalogue_view import entry_of
from madang.lab.turnables import Turnable, standing, unit_label
from madang.store import Store

STILL = 1e-12  # of the central value: swings below are none


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing turned: its range, where it stands, and the indicator at both ends."""

    turned: Turnable
    low: float
    central: float
    high: float
    at_low: float
    at_high: float
    is_assumed_range: bool

    @property
    def swing(self) -> float:
        """How far the indicator moves from end to end."""
        return abs(self.at_high - self.at_low)

    def as_json(self, unit: str) -> dict[str, Any]:
        """The bar as plain JSON values."""
        one = self.turned
        return {
            "id": one.id,
            "label": dict(one.label),
            "unit": one.unit,
            "unitLabel": unit_label(one.unit),
            "role": one.role,
            "low": self.low,
            "central": self.central,
            "high": self.high,
            "atLow": rounded(self.at_low, unit),
            "atHigh": rounded(self.at_high, unit),
            "swing": rounded(self.swing, unit),
            "source": one.source,
            "sourceToBeNamed": one.source is None,
            "isAssumedRange": self.is_assumed_range,
        }


@dataclass(frozen=True, slots=True)
class Tornado:
    """Bars from the widest on, those that move nothing apart, and the central value all start from."""

    alternative: str
    against: str | None
    indicator: str
    central: float
    seed: int
    bars: tuple[Bar, ...]
    unmoved: tuple[Turnable, ...]

    def as_json(self) -> dict[str, Any]:
        """The tornado as plain JSON values."""
        entry = entry_of(self.indicator, measuring.model_of(self.indicator))
        unit = entry.indicator.unit
        notes: list[Pair] = [both("lab.tornado-one-at-a-time")]
        if any(bar.is_assumed_range for bar in self.bars):
            notes.append(both("lab.tornado-assumed-range"))
        return {
            "alternative": self.alternative,
            "against": self.against,
            "indicator": entry.as_json(),
            "central": rounded(self.central, unit),
            "seed": self.seed,
            "method": both("lab.method-tornado"),
            "bars": [bar.as_json(unit) for bar in self.bars],
            "unmoved": [{"id": one.id, "label": dict(one.label)} for one in self.unmoved],
            "notes": notes,
        }


def tornado(
    store: Store,
    alternative: Alternative,
    indicator: str,
    *,
    against: Alternative | None = None,
    over: Sequence[str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
    slow: bool = False,
) -> Tornado:
    """The tornado of an indicator of an alternative, or of its difference from another."""
    measure, ranges = measuring.plain(indicator), dict(ranges or {})
    pair = [alternative] if against is None else [alternative, against]
    wanted = over if over is not None or not ranges else None
    things = measuring.turned_for(store, measure, pair, over=wanted)
    stranger = next((id for id in ranges if id not in {one.id for one in things}), None)
    if stranger is not None:
        raise CallerError("models.lever-unknown", name=stranger, known=", ".join(one.id for one in things)[:300])

    def at(one: Turnable | None, value: float = 0.0) -> float:
        return measuring.gap(store, measure, alternative, against, one=one, at=value, seed=seed, slow=slow)

    central, bars, unmoved = at(None), [], []
    for one in things:
        low, high = ranges.get(one.id, (one.low, one.high))
        if not one.min <= low <= high <= one.max:
            raise CallerError("lab.range-beyond", name=one.id, low=low, high=high, least=one.min, most=one.max)
        bar = Bar(
            one, low, standing(one, alternative.levers), high, at(one, low), at(one, high),
            one.is_assumed_range and one.id not in ranges,
        )  # fmt: skip
        if bar.swing <= STILL * max(abs(central), abs(bar.at_low), abs(bar.at_high)):
            unmoved.append(one)
        else:
            bars.append(bar)
    bars.sort(key=lambda bar: (-bar.swing, bar.turned.id))
    named = None if against is None else against.id
    return Tornado(alternative.id, named, indicator, central, seed, tuple(bars), tuple(unmoved))
