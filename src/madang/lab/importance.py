"""What moves an answer, from the draws of an ensemble: rank correlations and a regression. Pure.

    rank    Spearman's correlation of a factor with the outcome: monotone, not only straight
    slope   coefficient of the standardised regression on all factors (SRC; Saltelli et al. 2008, section 1.2.5)
    share   of the outcome's variance that a factor carries in that regression: slope times plain correlation; the
            shares sum to R², the part explained (Pratt 1987)

1 - R² is what factors do together, not in a straight line, or what a model draws beside them. A low R² says that the
shares tell little; the ranks still hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import Pair, both

Floats = NDArray[np.float64]
LOW_R2 = 0.7


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its name, rank correlation, standardised slope, and share of the variance."""

    id: str
    label: Pair
    rank: float
    slope: float
    share: float

    def as_json(self) -> dict[str, Any]:
        """The factor as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Importance:
    """Factors by what they carry, the most important first, and what all explain together."""

    indicator: str
    n: int
    explained: float | None
    factors: tuple[Factor, ...]

    def as_json(self) -> dict[str, Any]:
        """The factors as plain JSON values."""
        notes = [] if self.explained is None or self.explained >= LOW_R2 else [both("lab.importance-low")]
        return {
            "indicator": self.indicator,
            "n": self.n,
            "method": both("lab.method-importance", n=self.n),
            "explained": self.explained,
            "factors": [one.as_json() for one in self.factors],
            "notes": notes,
        }


def importance(
    indicator: str, columns: Mapping[str, Floats], outcome: Floats, labels: Mapping[str, Pair]
) -> Importance:
    """The importance of each column for an outcome, over the members in which the outcome is known."""
    known = ~np.isnan(outcome)
    y = outcome[known]
    moved = {id: column[known] for id, column in columns.items() if np.ptp(column[known]) > 0} if known.any() else {}
    if len(y) <= len(moved) + 2 or not moved or np.ptp(y) == 0:
        return Importance(indicator, len(y), None, ())
    x = np.stack([_standard(column) for column in moved.values()], axis=1)
    y = _standard(y)
    slopes = np.linalg.lstsq(x, y, rcond=None)[0]
    plain = x.T @ y / len(y)
    ranked = _standard(_ranks(y))
    found = [
        Factor(
            id,
            labels.get(id, {"ko": id, "en": id}),
            _rounded(float(_standard(_ranks(x[:, n])) @ ranked) / len(y)),
            _rounded(slopes[n]),
            _rounded(slopes[n] * plain[n]),
        )
        for n, id in enumerate(moved)
    ]
    found.sort(key=lambda one: (-abs(one.rank), one.id))
    return Importance(indicator, len(y), _rounded(float(slopes @ plain)), tuple(found))


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _ranks(values: Floats) -> Floats:
    """Ranks from 0, equals sharing the middle of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count + 1) / 2)[place], dtype=np.float64)


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0
