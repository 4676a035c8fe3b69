"""Weights from pairwise judgements (AHP, Saaty 1977): the principal eigenvector, and whether the judgements agree.

Judgements are on the nine-point scale: 3 says that the first weighs three times the second, 1/3 the other way round.
The consistency ratio is CI over Saaty's random index; above 0.1 the judgements contradict each other too much to give
weights, and the one that stands farthest from the weights is named, with the value that would fit. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from madang.errors import DataError

GATE = 0.1
# Saaty (1980), The Analytic Hierarchy Process, table of random indices, by number of criteria.
RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
Judgement = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that sum to 1, their consistency ratio, and the principal eigenvalue."""

    weights: Mapping[str, float]
    ratio: float
    eigenvalue: float

    def as_json(self) -> dict[str, Any]:
        """The weights as plain JSON values."""
        return {
            "method": "AHP (Saaty 1977), principal eigenvector",
            "weights": {name: round(one, 6) for name, one in self.weights.items()},
            "consistency_ratio": round(self.ratio, 6),
            "gate": GATE,
            "eigenvalue": round(self.eigenvalue, 6),
        }


def weigh(criteria: Sequence[str], judgements: Sequence[Judgement]) -> Weights:
    """The weights of criteria; every pair must be judged once, and the judgements must agree (CR <= 0.1)."""
    names = list(dict.fromkeys(criteria))
    if len(names) != len(criteria) or not 2 <= len(names) < len(RANDOM_INDEX):
        raise DataError("clusters.criteria-count", count=len(criteria), most=len(RANDOM_INDEX) - 1)
    matrix = _matrix(names, judgements)
    values, vectors = np.linalg.eig(matrix)
    largest = int(np.argmax(values.real))
    weights = np.abs(vectors[:, largest].real)
    weights /= weights.sum()
    n, eigenvalue = len(names), float(values[largest].real)
    index = RANDOM_INDEX[n]
    ratio = max(0.0, (eigenvalue - n) / (n - 1) / index) if index else 0.0
    if ratio > GATE:
        first, second, said, fitting = _worst(names, matrix, weights)
        raise DataError(
            "clusters.judgements-inconsistent",
            ratio=f"{ratio:.3f}", gate=GATE, first=first, second=second, said=_as_said(said), fitting=_as_said(fitting),
        )  # fmt: skip
    return Weights(dict(zip(names, map(float, weights), strict=True)), ratio, eigenvalue)


def _matrix(names: Sequence[str], judgements: Sequence[Judgement]) -> np.ndarray[Any, np.dtype[np.float64]]:
    at = {name: n for n, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)))
    np.fill_diagonal(matrix, 1.0)
    for first, second, value in judgements:
        unknown = [name for name in (first, second) if name not in at]
        if unknown or first == second:
            raise DataError("clusters.judgement-stranger", criterion=(unknown or [first])[0], known=", ".join(names))
        if not on_scale(value):
            raise DataError("clusters.judgement-off-scale", first=first, second=second, found=value)
        if matrix[at[first], at[second]]:
            raise DataError("clusters.judgement-twice", first=first, second=second)
        matrix[at[first], at[second]], matrix[at[second], at[first]] = value, 1 / value
    for first, second in combinations(names, 2):
        if not matrix[at[first], at[second]]:
            raise DataError("clusters.judgement-missing", first=first, second=second)
    return matrix


def on_scale(value: Any) -> bool:
    """Whether a number is 1 to 9, or one over 1 to 9."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 10:
        return False
    larger = max(value, 1 / value)
    return larger < 9.01 and abs(larger - round(larger)) < 0.01


def _worst(names: Sequence[str], matrix: Any, weights: Any) -> tuple[str, str, float, float]:
    """The judgement farthest from the weights, and the one on the scale that would fit them."""
    fitting = weights[:, None] / weights[None, :]
    away = np.abs(np.log(matrix / fitting))
    i, j = divmod(int(np.argmax(np.triu(away, 1))), len(names))
    ratio = float(fitting[i, j])
    near = min(9, round(ratio)) if ratio >= 1 else 1 / min(9, round(1 / ratio))
    return names[i], names[j], float(matrix[i, j]), near


def _as_said(value: float) -> str:
    return f"{round(value)}" if value >= 0.999 else f"1/{round(1 / value)}"
