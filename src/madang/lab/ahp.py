"""Weights from pairwise judgements (AHP, Saaty 1977): the principal eigenvector, and whether the judgements agree.

Judgements are on the nine-point scale: 3 says that the first weighs three times the second, 1/3 the other way round.
The consistency ratio is CI over Saaty's random index; above 0.1 the judgements contradict each other too much to give
weights, and the one that stands farthest from the weights is named, with the value that would fit.

A group's matrix is the geometric mean of its members' judgements, the only mean that keeps them reciprocal (Aczel &
Saaty 1983); whoever contradicts themselves is shown with their ratio and left out of the mean. Many matrices are solved
in one call. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError, Pair, both

Floats = NDArray[np.float64]
GATE = 0.1
SQUARINGS = 12  # powers of a positive matrix approach weight times ones; 2^12 of them are far below one double
BALANCED = 1e-13
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


@dataclass(frozen=True, slots=True)
class Judge:
    """One member of a group: the weights of their own judgements, the ratio, and whether they count."""

    name: str
    weights: Mapping[str, float]
    ratio: float

    @property
    def counts(self) -> bool:
        """Whether the judgements agree well enough to be counted."""
        return self.ratio <= GATE

    def as_json(self) -> dict[str, Any]:
        """The judge as plain JSON values."""
        return {
            "name": self.name,
            "weights": {name: round(one, 6) for name, one in self.weights.items()},
            "ratio": round(self.ratio, 6),
            "isConsistent": self.counts,
            "counted": self.counts,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """The weights of a group, and each of its members beside them."""

    together: Weights
    judges: tuple[Judge, ...]

    @property
    def weights(self) -> Mapping[str, float]:
        """The weights of the group."""
        return self.together.weights

    def as_json(self) -> dict[str, Any]:
        """The group's weights as plain JSON values."""
        method: Pair = both("lab.method-ahp-group", count=sum(one.counts for one in self.judges))
        return self.together.as_json() | {"method": method, "judges": [one.as_json() for one in self.judges]}


def weigh(criteria: Sequence[str], judgements: Sequence[Judgement]) -> Weights:
    """The weights of criteria; every pair must be judged once, and the judgements must agree (CR <= 0.1)."""
    names = _names(criteria)
    return _gated(names, _matrix(names, judgements))


def weigh_group(criteria: Sequence[str], judges: Mapping[str, Sequence[Judgement]]) -> Judged:
    """The weights of several judges together; those above the gate are shown and not counted."""
    names = _names(criteria)
    if not judges:
        raise DataError("lab.judges-missing")
    matrices = np.stack([_matrix(names, said) for said in judges.values()])
    weights, ratios = weigh_many(matrices)
    found = tuple(
        Judge(name, dict(zip(names, map(float, own), strict=True)), float(ratio))
        for name, own, ratio in zip(judges, weights, ratios, strict=True)
    )
    counted = [n for n, one in enumerate(found) if one.counts]
    if not counted:
        if len(found) == 1:
            _gated(names, matrices[0])  # says which judgement does not fit
        said = ", ".join(f"{one.name} {one.ratio:.3f}" for one in found)
        raise DataError("lab.judges-inconsistent", ratios=said, gate=GATE)
    return Judged(_gated(names, np.exp(np.log(matrices[counted]).mean(axis=0))), found)


def weigh_many(matrices: Floats) -> tuple[Floats, Floats]:
    """Weights (m x n) and consistency ratios (m) of many reciprocal matrices (m x n x n)."""
    n = matrices.shape[-1]
    power, weights = matrices / matrices.sum(axis=(1, 2), keepdims=True), np.empty(matrices.shape[:2])
    for _ in range(SQUARINGS):
        before, weights = weights, power.sum(axis=2)
        weights = weights / weights.sum(axis=1, keepdims=True)
        if np.abs(weights - before).max(initial=0.0) < BALANCED:
            break
        power = power @ power
        power /= power.sum(axis=(1, 2), keepdims=True)
    eigenvalues = (np.einsum("mij,mj->mi", matrices, weights) / weights).mean(axis=1)
    index = RANDOM_INDEX[n]
    ratios = np.maximum(0.0, (eigenvalues - n) / (n - 1) / index) if index else np.zeros(len(matrices))
    return weights, np.asarray(ratios, dtype=np.float64)


def _names(criteria: Sequence[str]) -> list[str]:
    names = list(dict.fromkeys(criteria))
    if len(names) != len(criteria) or not 2 <= len(names) < len(RANDOM_INDEX):
        raise DataError("clusters.criteria-count", count=len(criteria), most=len(RANDOM_INDEX) - 1)
    return names


def _gated(names: Sequence[str], matrix: Floats) -> Weights:
    many, ratios = weigh_many(matrix[None])
    weights, ratio = many[0], float(ratios[0])
    if ratio > GATE:
        first, second, said, fitting = _worst(names, matrix, weights)
        raise DataError(
            "clusters.judgements-inconsistent",
            ratio=f"{ratio:.3f}", gate=GATE, first=first, second=second, said=_as_said(said), fitting=_as_said(fitting),
        )  # fmt: skip
    eigenvalue = float(((matrix @ weights) / weights).mean())
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
