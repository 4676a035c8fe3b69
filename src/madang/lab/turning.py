"""What would have to be true for B to win over A: break-even values one by one, and a box of conditions.

Each uncertainty, and each thing that can be chosen about B, is turned over its range with all else at its centre. Where
the gap between B and A moves in a straight line (three points within agree to nine digits) the break-even is exact;
else the range is scanned in 16 steps and each change of sign closed in on (false position), so two crossings within one
step would be missed, and the answer says that it is not exact. "Never within its range" is an answer too.

The box comes from the members of the ensembles of both (drawn with the same numbers): conditions under which B wins in
most members (PRIM, see `prim`), with what it covers and how dense it is. Of a weighted sum, each weight is turned too,
the others keeping their proportions: exact, since the sum is linear in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import Pair, both
from madang.lab import answers, measuring
from madang.lab.alternatives import Alternative
from madang.lab.conditions import Columns, box_json, box_sentence, percent, shown
from madang.lab.measuring import Measure
from madang.lab.prim import Box, Marks, find_box
from madang.lab.turnables import Turnable, standing, unit_label
from madang.models.base import Floats
from madang.store import Store

STEPS = 16
CLOSE = 1e-6  # of a step: how near a crossing is closed in on
STRAIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a gap changes its sign over a range: the values, on which side it is positive, and whether exact."""

    at: tuple[float, ...]
    holds: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """The break-even of one thing: its range, where it stands, and where B begins or ceases to win."""

    id: str
    label: Pair
    unit: str
    role: str
    low: float
    central: float
    high: float
    crossing: Crossing
    sentence: Pair

    @property
    def nearest(self) -> float | None:
        """The break-even nearest to where it stands."""
        return min(self.crossing.at, key=lambda one: abs(one - self.central), default=None)

    def as_json(self) -> dict[str, Any]:
        """The break-even as plain JSON values."""
        nearest = self.nearest
        return {
            "id": self.id,
            "label": dict(self.label),
            "unit": self.unit,
            "unitLabel": unit_label(self.unit),
            "role": self.role,
            "low": self.low,
            "central": self.central,
            "high": self.high,
            "at": nearest,
            "others": [one for one in self.crossing.at if one != nearest],
            "holds": self.crossing.holds,
            "isExact": self.crossing.is_exact,
            "sentence": dict(self.sentence),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """What would have to be true for B to win over A in a measure."""

    a: Alternative
    b: Alternative
    measure: Measure
    central: float
    probability: float | None
    turns: tuple[Turn, ...]
    weights: tuple[Turn, ...]
    box: Box | None
    columns: Columns
    seed: int

    @property
    def b_wins(self) -> bool:
        """Whether B is better with everything at its centre."""
        return self.central > 0

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        notes = [] if all(one.crossing.is_exact for one in self.turns) else [both("lab.turning-scanned", steps=STEPS)]
        return {
            "method": both("lab.method-turning"),
            "seed": self.seed,
            "a": self.a.as_json(),
            "b": self.b.as_json(),
            "measure": {"label": dict(self.measure.label), "unit": self.measure.unit},
            "central": self.central,
            "bWins": self.b_wins,
            "probability": self.probability,
            "uncertainties": [one.as_json() for one in self.turns],
            "weights": [one.as_json() for one in self.weights],
            "box": None if self.box is None else box_json(self.box, self.columns, self.b.title),
            "notes": notes,
            "sentences": [dict(one) for one in self.sentences()],
        }

    def sentences(self) -> list[Pair]:
        """The answer in words: who wins now and how often, then each break-even, then the box."""
        names = {"a": self.a.title, "b": self.b.title, "measure": self.measure.label}
        first = both("lab.turning-wins" if self.b_wins else "lab.turning-loses", **names)
        found = [first]
        if self.probability is not None:
            found.append(both("lab.turning-share", **names, share=percent(self.probability)))
        found += [one.sentence for one in (*self.turns, *self.weights) if one.crossing.at]
        still = [one.label for one in (*self.turns, *self.weights) if not one.crossing.at]
        if still:
            listed = {lang: ", ".join(one[lang] for one in still) for lang in ("ko", "en")}
            found.append(both("lab.turning-never", factors=listed, **names))
        if self.box is not None and self.box.sides:
            found.append(box_sentence(self.box, self.columns, self.b.title))
        return found


def what_must_hold(
    store: Store,
    a: Alternative,
    b: Alternative,
    measure: Measure,
    *,
    over: Sequence[str] | None = None,
    seed: int = 0,
    slow: bool = False,
) -> Turning:
    """What would have to be true for B to win over A in an indicator or a weighted sum."""
    turns = []
    for one in measuring.turned_for(store, measure, [b, a], over=over, fixed={**a.levers, **b.levers}):
        low, high = (one.min, one.max) if one.is_assumed_range else (one.low, one.high)

        def at(value: float, one: Turnable = one) -> float:
            return measuring.gap(store, measure, b, a, one=one, at=value, seed=seed, slow=slow)

        found, now = crossing(at, low, high), standing(one, b.levers)
        words = _sentence(b, one.label, one.unit, low, now, high, found)
        turns.append(Turn(one.id, dict(one.label), one.unit, one.role, low, now, high, found, words))
    central = measuring.gap(store, measure, b, a, seed=seed, slow=slow)
    columns, points, hits = _members(store, a, b, measure, seed=seed, slow=slow)
    return Turning(
        a,
        b,
        measure,
        central,
        None if hits is None else round(float(hits.mean()), 6),
        tuple(turns),
        (),
        None if hits is None or points is None or hits.all() or not hits.any() else find_box(points, hits),
        columns,
        seed,
    )


def crossing(gap: Callable[[float], float], low: float, high: float) -> Crossing:
    """Where a gap changes its sign between two ends."""
    ends = gap(low), gap(high)
    size = max(abs(ends[0]), abs(ends[1]))
    within = [gap(low + share * (high - low)) for share in (0.25, 0.5, 0.8)]
    straight = [ends[0] + share * (ends[1] - ends[0]) for share in (0.25, 0.5, 0.8)]
    if all(abs(one - line) <= STRAIGHT * size for one, line in zip(within, straight, strict=True)):
        if ends[0] == ends[1] or not (ends[0] > 0) ^ (ends[1] > 0):
            return Crossing((), _everywhere(max(ends) > 0), True)
        return Crossing((low + (high - low) * ends[0] / (ends[0] - ends[1]),), _side(ends[1] > 0), True)
    places = np.linspace(low, high, STEPS + 1)
    values = [ends[0], *(gap(float(place)) for place in places[1:-1]), ends[1]]
    found = [
        _closed_in(gap, float(places[n]), float(places[n + 1]), values[n], values[n + 1])
        for n in range(STEPS)
        if (values[n] > 0) != (values[n + 1] > 0)
    ]
    if not found:
        return Crossing((), _everywhere(values[0] > 0), False)
    if len(found) == 1:
        return Crossing(tuple(found), _side(values[-1] > 0), False)
    kind = ("outside" if values[0] > 0 else "between") if len(found) == 2 else "several"
    return Crossing(tuple(found), kind, False)


def turned_weights(
    b: Alternative, labels: Mapping[str, Pair], weights: Mapping[str, float], apart: Mapping[str, float]
) -> tuple[Turn, ...]:
    """The break-even of each weight of a weighted sum: `apart` is B minus A by criterion, on its common scale."""
    total, found = sum(weights.values()), []
    for id, weight in weights.items():
        own = weight / total
        rest = sum(weights[other] / total * apart[other] for other in weights if other != id)
        others = rest / (1 - own) if own < 1 else 0.0

        def at(value: float, id: str = id, others: float = others) -> float:
            return value * apart[id] + (1 - value) * others

        one = crossing(at, 0.0, 1.0)
        label = both("lab.weight-of", criterion=labels[id])
        words = _sentence(b, label, "1", 0.0, own, 1.0, one)
        found.append(Turn(f"weight:{id}", label, "1", "weight", 0.0, own, 1.0, one, words))
    return tuple(found)


# --- within ----------------------------------------------------------------------------------------------------------


def _members(
    store: Store, a: Alternative, b: Alternative, measure: Measure, *, seed: int, slow: bool
) -> tuple[Columns, Floats | None, Marks | None]:
    """What each member had drawn (members x columns), and in which of them B wins; None without ensembles."""
    told: list[tuple[str, Pair, str]] = []
    columns: list[Floats] = []
    apart: list[Floats] = []
    for model in measure.models:
        said = {
            name: answers.answer(store, answers.ask(store, model, one, seed=seed), slow=slow)
            for name, one in (("a", a), ("b", b))
        }
        for term in (one for one in measure.terms if measuring.model_of(one.indicator) == model):
            draws = [None if one is None else one.draws.get(term.indicator) for one in said.values()]
            if draws[0] is None or draws[1] is None or np.isnan(draws[0]).any() or np.isnan(draws[1]).any():
                return (), None, None
            apart.append(term.factor * (draws[1] - draws[0]))
        if said["b"] is None or said["a"] is None:
            return (), None, None
        drawn = answers.uncertain_columns(said["b"].question)
        both_drew = answers.uncertain_columns(said["a"].question)
        for p in said["b"].question.model.spec.params:
            if p.name in drawn and p.name in both_drew and np.ptp(drawn[p.name]) > 0:
                told.append((f"{model}.{p.name}", dict(p.label) or {"ko": p.name, "en": p.name}, p.unit))
                columns.append(drawn[p.name])
    m = max(len(one) for one in apart)
    hits = np.sum([np.resize(one, m) for one in apart], axis=0) > 0
    points = np.stack([np.resize(one, m) for one in columns], axis=1) if columns else None
    return tuple(told), points, hits


def _closed_in(gap: Callable[[float], float], low: float, high: float, at_low: float, at_high: float) -> float:
    """Where a gap crosses zero between two places, by false position (Illinois form: the side that stays is halved)."""
    least, stayed = CLOSE * (high - low), 0
    while high - low > least:
        middle = low + (high - low) * min(max(at_low / (at_low - at_high), 0.001), 0.999)
        value = gap(middle)
        if value == 0:
            return middle
        if (value > 0) == (at_low > 0):
            moved, low, at_low = -1, middle, value
            at_high *= 0.5 if stayed == moved else 1.0
        else:
            moved, high, at_high = 1, middle, value
            at_low *= 0.5 if stayed == moved else 1.0
        stayed = moved
    return (low + high) / 2


def _everywhere(wins: bool) -> str:
    return "always" if wins else "never"


def _side(above: bool) -> str:
    return "above" if above else "below"


def _sentence(b: Alternative, label: Pair, unit: str, low: float, now: float, high: float, found: Crossing) -> Pair:
    nearest = sorted(found.at, key=lambda one: abs(one - now))[:1]
    places = {lang: ", ".join(shown(one, unit)[lang] for one in found.at) for lang in ("ko", "en")}
    return both(
        f"lab.holds-{found.holds}",
        b=b.title,
        label=label,
        at=shown(nearest[0], unit) if nearest else "",
        all=places,
        low=shown(low, unit),
        central=shown(now, unit),
        high=shown(high, unit),
    )
