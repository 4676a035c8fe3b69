"""Who gets how much: equity of an indicator over districts or groups, and who loses against 현행.

Each place has a value and, where known, the persons it stands for; without any, places count alike. With weights w_i
that sum to 1 and mean m:

    gini          sum over i, j of w_i w_j |x_i - x_j| / (2 m)                   (Gini 1912; Sen 1973, chapter 2)
    fifths        what the best-off fifth of persons gets over what the worst-off fifth gets, S80/S20 (Eurostat); a
                  place at the border is split. "Best off" is by size, whatever the direction
    palma         share of the top tenth over that of the bottom four tenths (Palma 2011; Cobham & Sumner 2013); only
                  from ten places on
    worst served  share of persons in places whose value is below 60 % of the median person's (the at-risk line of
                  Eurostat), above 1/0.6 of it where lower is better
    losers        places whose value is worse than in 현행, by the indicator's direction, and their persons

A measure that makes no sense for the values at hand (a Gini of negative ones, say) is None. Places without a value, or
without persons where others have them, are counted as unknown and left out. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import Pair, both

Floats = NDArray[np.float64]
RISK = 0.6
PALMA_PLACES = 10
EQUAL = 1e-9  # relative: changes smaller than that are no changes
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A district or group: its key, name, value (None: unknown) and persons (None: unknown)."""

    id: str
    label: Pair
    value: float | None
    persons: float | None


@dataclass(frozen=True, slots=True)
class Equity:
    """The measures of one indicator over the places of one alternative."""

    places: int
    unknown: int
    persons: float | None
    mean: float | None
    gini: float | None
    fifths: float | None
    palma: float | None
    worst_served: Mapping[str, float | None] | None
    worst: Place | None
    best: Place | None
    losers: Mapping[str, Any] | None
    winners: Mapping[str, Any] | None
    notes: tuple[Pair, ...]

    def as_json(self) -> dict[str, Any]:
        """The measures as plain JSON values."""
        return {
            "places": self.places,
            "unknown": self.unknown,
            "persons": self.persons,
            "isWeighted": self.persons is not None,
            "mean": self.mean,
            "gini": self.gini,
            "worstServed": None if self.worst_served is None else dict(self.worst_served),
            "fifths": self.fifths,
            "palma": self.palma,
            "worst": _ends(self.worst),
            "best": _ends(self.best),
            "losers": None if self.losers is None else dict(self.losers),
            "winners": None if self.winners is None else dict(self.winners),
            "notes": [dict(note) for note in self.notes],
        }


def places_of(rows: Sequence[Mapping[str, Any]]) -> list[Place]:
    """The places of a `by-district:` or `by-group:` table."""
    found = []
    for row in rows:
        id = str(row.get("place") or row.get("group") or row.get("region") or "")
        label = row.get("label") or {"ko": id, "en": id}
        found.append(Place(id, dict(label), _number(row.get("value")), _number(row.get("weight"))))
    return found


def equity(places: Sequence[Place], *, direction: str | None = None, before: Sequence[Place] | None = None) -> Equity:
    """The measures over places; with `before` (the same places in 현행) also who loses and who gains."""
    weighted = any(one.persons is not None for one in places)
    known = [one for one in places if one.value is not None and (not weighted or (one.persons or 0) > 0)]
    notes: list[Pair] = []
    if not weighted and known:
        notes.append(both("lab.equity-unweighted"))
    x = np.array([one.value for one in known], dtype=np.float64)
    w = np.array([one.persons if weighted else 1.0 for one in known], dtype=np.float64)
    proper = len(known) > 1 and float(x.min()) >= 0 and float(x @ w) > 0
    if known and not proper:
        notes.append(both("lab.equity-not-shares"))
    ends = sorted(known, key=lambda one: (one.value or 0.0, one.id), reverse=direction == "lower")
    losers, winners = _changed(known, before, direction, weighted) if before is not None else (None, None)
    if before is not None and direction is None and known:
        notes.append(both("lab.equity-no-direction"))
    return Equity(
        len(places),
        len(places) - len(known),
        float(w.sum()) if weighted and known else None,
        _rounded(float(x @ w / w.sum())) if known else None,
        _rounded(gini(x, w)) if proper else None,
        _ratio(x, w, top=0.2, bottom=0.2) if proper else None,
        _ratio(x, w, top=0.1, bottom=0.4) if proper and len(known) >= PALMA_PLACES else None,
        _worst_served(x, w, direction, weighted) if proper and direction else None,
        ends[0] if known and direction else None,
        ends[-1] if known and direction else None,
        losers,
        winners,
        tuple(notes),
    )


def gini(x: Floats, w: Floats) -> float:
    """The Gini coefficient of values with weights: 0 where all have the same, towards 1 where one has all."""
    order = np.argsort(x, kind="stable")
    x, share = x[order], w[order] / w.sum()
    below = np.cumsum(share) - share / 2  # persons with less, half of one's own place among them
    return float(2 * (share * x * below).sum() / (share @ x) - 1)


def part_held(x: Floats, w: Floats, low: float, high: float) -> float:
    """What the persons between two shares of the population, from the least up, hold of the whole."""
    order = np.argsort(x, kind="stable")
    x, share = x[order], w[order] / w.sum()
    end = np.cumsum(share)
    inside = np.clip(np.minimum(end, high) - np.maximum(end - share, low), 0.0, None)
    return float(inside @ x / (share @ x))


def _ratio(x: Floats, w: Floats, *, top: float, bottom: float) -> float | None:
    least = part_held(x, w, 0.0, bottom)
    return _rounded(part_held(x, w, 1 - top, 1.0) / least) if least > 0 else None


def _worst_served(x: Floats, w: Floats, direction: str, weighted: bool) -> dict[str, float | None]:
    order = np.argsort(x, kind="stable")
    reached = np.cumsum(w[order]) / w.sum()
    median = float(x[order][int(np.searchsorted(reached, 0.5))])
    limit = RISK * median if direction == "higher" else median / RISK
    badly = x < limit if direction == "higher" else x > limit
    persons = float(w[badly].sum()) if weighted else None
    return {"share": _rounded(float(w[badly].sum() / w.sum())), "persons": persons, "limit": _rounded(limit)}


def _changed(
    known: Sequence[Place], before: Sequence[Place], direction: str | None, weighted: bool
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if direction is None:
        return None, None
    then = {one.id: one.value for one in before}
    sign = 1.0 if direction == "higher" else -1.0
    pairs = [(one, then[one.id]) for one in known if then.get(one.id) is not None]
    moved = [(one, was, sign * ((one.value or 0.0) - (was or 0.0))) for one, was in pairs]
    whole = sum(one.persons or 0 for one, _ in pairs) if weighted else float(len(pairs))

    def told(of: list[tuple[Place, float | None, float]]) -> dict[str, Any]:
        persons = sum(one.persons or 0 for one, _, _ in of)
        part = persons if weighted else float(len(of))
        return {
            "count": len(of),
            "persons": persons if weighted else None,
            "share": _rounded(part / whole) if whole else None,
            "places": [
                {"place": one.id, "label": dict(one.label), "before": was, "after": one.value, "persons": one.persons}
                for one, was, _ in sorted(of, key=lambda found: -abs(found[2]))[:SHOWN]
            ],
        }

    def least(one: Place, was: float | None) -> float:
        return EQUAL * max(abs(one.value or 0.0), abs(was or 0.0))

    return (
        told([(one, was, by) for one, was, by in moved if by < -least(one, was)]),
        told([(one, was, by) for one, was, by in moved if by > least(one, was)]),
    )


def _ends(one: Place | None) -> dict[str, Any] | None:
    return None if one is None else {"place": one.id, "label": dict(one.label), "value": one.value}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return None
    return float(value)


def _rounded(value: float) -> float:
    return float(f"{value:.9g}") + 0.0
