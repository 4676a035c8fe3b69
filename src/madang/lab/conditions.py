"""Boxes of conditions in words, and those that the members of a recorded ensemble show.

"Where A is at least x and B at most y, the second is better in 92 % of the members; this holds 71 % of all members
in which it is."
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import CallerError, Language, Pair, both
from madang.indicators.catalogue import catalogue
from madang.indicators.quantity import format_value
from madang.lab.prim import Box, find_box
from madang.lab.turnables import unit_label
from madang.models.many.recorded import Ensemble

Columns = tuple[tuple[str, Pair, str], ...]  # id, label and unit of each column of the points
BARE_UNITS = ("1", "C62", "KRW", "P1", "IE", "person")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The box of an ensemble: what was wished for, in how many members it came true, and the box where it is dense."""

    indicator: str
    wish: Pair
    n: int
    failed: int
    probability: float
    box: Box | None
    columns: Columns

    def as_json(self) -> dict[str, Any]:
        """The conditions as plain JSON values."""
        return {
            "method": both("lab.method-conditions", n=self.n),
            "indicator": self.indicator,
            "wish": dict(self.wish),
            "n": self.n,
            "failed": self.failed,
            "probability": self.probability,
            "box": None if self.box is None else box_json(self.box, self.columns, self.wish, what="wish"),
        }


def conditions(
    ensemble: Ensemble,
    indicator: str,
    *,
    against: Ensemble | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Conditions:
    """Under which conditions an ensemble's outcome beats that of another of the same design, or keeps a limit."""
    if sum(one is not None for one in (against, at_least, at_most)) != 1:
        raise CallerError("lab.conditions-wish")
    one = ensemble.experiments
    if indicator not in one.outcomes:
        raise CallerError("lab.no-draws", model=ensemble.model, indicator=indicator)
    y, known = one.outcomes[indicator], catalogue().get(indicator)
    unit, label = (known.unit, dict(known.label)) if known else ("1", {"ko": indicator, "en": indicator})
    if against is not None:
        other = against.experiments
        same = one.design.columns == other.design.columns and one.design.points.shape == other.design.points.shape
        if not same or not np.array_equal(one.design.points, other.design.points):
            raise CallerError("lab.designs-differ", first=ensemble.id, second=against.id)
        sign = -1.0 if known is not None and known.direction == "lower" else 1.0
        y = sign * (y - other.outcomes[indicator])
        wish, met = both("lab.wish-better", label=label, branch=ensemble.branch, against=against.branch), y > 0
    elif at_least is not None:
        wish, met = both("lab.wish-least", label=label, limit=shown(at_least, unit)), y >= at_least
    else:
        assert at_most is not None
        wish, met = both("lab.wish-most", label=label, limit=shown(at_most, unit)), y <= at_most
    answered = ~np.isnan(y)
    points, hits = one.design.points[answered], met[answered]
    columns = tuple(
        (str(c["name"]), dict(c["label"] or {"ko": c["name"], "en": c["name"]}), str(c["unit"] or "1"))
        for c in ensemble.columns
    )
    box = find_box(points, hits) if len(hits) and hits.any() and not hits.all() else None
    share = round(float(hits.mean()), 6) if len(hits) else 0.0
    return Conditions(indicator, wish, len(hits), int((~answered).sum()), share, box, columns)


def box_sentence(box: Box, columns: Columns, title: Pair, *, what: str = "box") -> Pair:
    """A box in one sentence; `title` is what wins, or what was wished for."""
    if not box.sides:
        return both("lab.turning-no-box")
    said = [condition(box, n, columns) for n in range(len(box.sides))]
    listed = {lang: ", ".join(one[lang] for one in said) for lang in ("ko", "en")}
    held = {"density": percent(box.density), "coverage": percent(box.coverage)}
    return both(f"lab.turning-{what}", b=title, conditions=listed, **held)


def condition(box: Box, n: int, columns: Columns) -> Pair:
    """One side of a box in words."""
    side = box.sides[n]
    _, label, unit = columns[side.column]
    kind = "between" if side.low is not None and side.high is not None else "above" if side.high is None else "below"
    low, high = ("" if end is None else shown(end, unit) for end in (side.low, side.high))
    return both(f"lab.condition-{kind}", label=label, low=low, high=high)


def box_json(box: Box, columns: Columns, title: Pair, *, what: str = "box") -> dict[str, Any]:
    """A box as plain JSON values, with its sentence and the way to it."""
    found = []
    for n, side in enumerate(box.sides):
        id, label, unit = columns[side.column]
        named = {"id": id, "label": dict(label), "unit": unit, "unitLabel": unit_label(unit)}
        ends = {"low": side.low, "high": side.high, "p": side.p}
        found.append(named | ends | {"sentence": condition(box, n, columns)})
    return {
        "sentence": box_sentence(box, columns, title, what=what),
        "coverage": box.coverage,
        "density": box.density,
        "mass": box.mass,
        "n": box.n,
        "base": box.base,
        "conditions": found,
        "trajectory": [
            {"mass": one.mass, "coverage": one.coverage, "density": one.density, "conditions": one.conditions}
            for one in box.trajectory
        ],
    }


def shown(value: float, unit: str) -> Pair:
    """A value with its unit as people read it."""
    return {"ko": _shown(value, unit, "ko"), "en": _shown(value, unit, "en")}


def percent(share: float) -> str:
    """A share as percent with one digit."""
    return f"{100 * share:.1f} %"


def _shown(value: float, unit: str, language: Language) -> str:
    text = format_value(value, unit, language)
    return text if unit in BARE_UNITS else f"{text} {unit_label(unit)[language]}"
