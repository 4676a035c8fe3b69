"""Which column moves an outcome, and by how much: sensitivity indices of a design that was answered.

    sobol, saltelli    first-order and total indices (Saltelli 2010, Jansen 1999), with bootstrapped confidence (SALib)
    morris             mean and spread of elementary effects (Morris 1991, Campolongo 2007) (SALib)
    lhs, full, given   first-order indices from the data as they are: the correlation ratio of the outcome on classes
                       of a column (Pearson 1905), corrected for its bias (Kelley 1935); total indices stay unknown

A first-order index is the share of the outcome's variance that a column makes by itself, a total index the share in
which it takes part. What belongs together (a block of Saltelli's scheme, a trajectory) is left out whole where one of
its members has failed, and how many were left out is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import CallerError, Pair, both
from madang.models.base import Context, Floats
from madang.models.many.design import LEVELS, Design, needs_extra, problem
from madang.models.many.experiments import Experiments

CONFIDENCE = 0.95
RESAMPLES = 200
CLASSES_AT_MOST, PER_CLASS = 50, 5
LEAST = 20  # members from which anything can be said


@dataclass(frozen=True, slots=True)
class Index:
    """One index: its value and the half-width of its 95 % confidence interval, where one is known."""

    value: float
    conf: float | None = None

    def as_json(self) -> dict[str, float | None]:
        """The index as plain JSON values."""
        low, high = (None, None) if self.conf is None else (self.value - self.conf, self.value + self.conf)
        return {"value": self.value, "conf": self.conf, "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of one outcome by column; a kind that the design does not allow is absent, and `notes` say why."""

    indicator: str
    method: str  # sobol, morris or given-data
    members: int
    used: int
    by_column: Mapping[str, Mapping[str, Index]]  # column -> first, total, mu_star, mu, sigma
    pairs: Mapping[tuple[str, str], Index]
    notes: tuple[Pair, ...] = ()

    def first(self, column: str) -> float | None:
        """The first-order index of a column, None where there is none."""
        return self._of(column, "first")

    def total(self, column: str) -> float | None:
        """The total index of a column, None where there is none."""
        return self._of(column, "total")

    def as_json(self) -> dict[str, Any]:
        """The indices as plain JSON values, in the order of the columns."""
        kinds = ("first", "total", "mu_star", "mu", "sigma")
        rows = [
            {"name": name, **{kind: found[kind].as_json() if kind in found else None for kind in kinds}}
            for name, found in self.by_column.items()
        ]
        return {
            "indicator": self.indicator,
            "method": self.method,
            "members": self.members,
            "used": self.used,
            "left_out": self.members - self.used,
            "confidence": CONFIDENCE,
            "rows": rows,
            "pairs": [{"names": list(names), **one.as_json()} for names, one in self.pairs.items()],
            "notes": [dict(note) for note in self.notes],
        }

    def _of(self, column: str, kind: str) -> float | None:
        found = self.by_column[column].get(kind)
        return None if found is None else found.value


def sensitivity(experiments: Experiments, indicator: str) -> Indices:
    """The indices of one outcome, by the method that the design allows."""
    design = experiments.design
    if indicator not in experiments.outcomes:
        raise CallerError("many.outcome-unknown", id=indicator, known=", ".join(experiments.outcomes))
    outcome = experiments.outcomes[indicator]
    whole = np.isfinite(outcome).reshape(-1, design.block).all(axis=1)
    usable = np.repeat(whole, design.block)
    used = int(usable.sum())
    method = {"saltelli": "sobol", "sobol": "sobol", "morris": "morris"}.get(design.method, "given-data")
    notes = []
    if used < design.n:
        notes.append(both("many.note-left-out", left=design.n - used, members=design.n))
    if not used:
        notes.append(both("many.note-unknown"))
    elif used < LEAST:
        notes.append(both("many.note-few", used=used, least=LEAST))
    elif not np.ptp(outcome[usable]):
        notes.append(both("many.note-constant"))
    else:
        kept, points = outcome[usable], design.points[usable]
        by_column, pairs = {
            "sobol": _sobol,
            "morris": _morris,
            "given-data": _given_data,
        }[method](design, points, kept)
        if method == "given-data":
            notes.append(both("many.note-given-data"))
        return Indices(indicator, method, design.n, used, by_column, pairs, tuple(notes))
    return Indices(indicator, method, design.n, used, {name: {} for name in design.columns}, {}, tuple(notes))


_Found = tuple[dict[str, dict[str, Index]], dict[tuple[str, str], Index]]


def _sobol(design: Design, points: Floats, outcome: Floats) -> _Found:
    needs_extra()
    from SALib.analyze import sobol

    second = design.method == "saltelli"
    said = problem(design.columns)
    # Indices don't depend on the level; taking it off spares the estimators digits.
    found = sobol.analyze(
        said, outcome - outcome.mean(), calc_second_order=second, num_resamples=RESAMPLES, conf_level=CONFIDENCE,
        seed=design.seed % 2**32,
    )  # fmt: skip
    by_column = {
        name: {
            "first": Index(float(found["S1"][n]), float(found["S1_conf"][n])),
            "total": Index(float(found["ST"][n]), float(found["ST_conf"][n])),
        }
        for n, name in enumerate(design.columns)
    }
    columns = design.columns if second else ()
    pairs = {
        (a, b): Index(float(found["S2"][i, j]), float(found["S2_conf"][i, j]))
        for i, a in enumerate(columns)
        for j, b in enumerate(columns)
        if i < j
    }
    return by_column, pairs


def _morris(design: Design, points: Floats, outcome: Floats) -> _Found:
    needs_extra()
    from SALib.analyze import morris

    found = morris.analyze(
        problem(design.columns), points, outcome, num_resamples=RESAMPLES, conf_level=CONFIDENCE, num_levels=LEVELS,
        seed=design.seed % 2**32,
    )  # fmt: skip
    by_column = {
        name: {
            "mu_star": Index(float(found["mu_star"][n]), float(found["mu_star_conf"][n])),
            "mu": Index(float(found["mu"][n])),
            "sigma": Index(float(found["sigma"][n])),
        }
        for n, name in enumerate(design.columns)
    }
    return by_column, {}


def _given_data(design: Design, points: Floats, outcome: Floats) -> _Found:
    rng = Context(design.seed).rng("sensitivity")
    again = rng.integers(0, len(outcome), (RESAMPLES, len(outcome)))
    by_column = {}
    for at, name in enumerate(design.columns):
        classes = _classes(points[:, at])
        resampled = [_ratio(classes[rows], outcome[rows]) for rows in again]
        half = float(np.std(resampled, ddof=1)) * 1.96
        by_column[name] = {"first": Index(_ratio(classes, outcome), half)}
    return by_column, {}


def _classes(column: Floats) -> Any:
    """The class of each member: its value where there are few, else one of equally full classes."""
    values, at = np.unique(column, return_inverse=True)
    many = max(2, min(CLASSES_AT_MOST, len(column) // PER_CLASS))
    if len(values) <= many:
        return at
    rank = np.argsort(np.argsort(column, kind="stable"), kind="stable")
    return rank * many // len(column)


def _ratio(classes: Any, outcome: Floats) -> float:
    """The part of the variance that lies between classes, without what chance alone puts there."""
    n, counts = len(outcome), np.bincount(classes)
    centred = outcome - outcome.mean()
    whole, used = float(centred @ centred), int((counts > 0).sum())
    if whole == 0.0 or n <= used:
        return 0.0
    sums = np.bincount(classes, weights=centred)
    between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
    return 1.0 - (1.0 - between / whole) * (n - 1) / (n - used)
