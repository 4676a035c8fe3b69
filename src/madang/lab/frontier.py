"""The Pareto front of a board, with the probability of standing on it, and the consensus frontier of opinion groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import CallerError, both
from madang.lab.acceptability import checked_weights, utilities
from madang.lab.board import Board
from madang.lab.criteria import Performance, performance
from madang.lab.pareto import Consensus, consensus, dominated_by, front_shares


@dataclass(frozen=True, slots=True)
class Point:
    """One alternative: its values, whether nothing dominates it, how probably so, and what does."""

    alternative: str
    values: Mapping[str, float]
    is_front: bool
    probability: float | None
    dominated_by: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The point as plain JSON values."""
        return {
            "alternative": self.alternative,
            "values": dict(self.values),
            "isFront": self.is_front,
            "probability": self.probability,
            "dominatedBy": list(self.dominated_by),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """The points of a board by criteria, and the consensus where groups and worth are known."""

    performance: Performance
    points: tuple[Point, ...]
    consensus: tuple[Consensus, ...] | None
    seed: int

    @property
    def front(self) -> list[str]:
        """The alternatives that nothing dominates."""
        return [one.alternative for one in self.points if one.is_front]

    def as_json(self) -> dict[str, Any]:
        """The front as plain JSON values."""
        titles = {one.id: dict(one.title) for one in self.performance.board.alternatives}
        told = None
        if self.consensus is not None:
            points = [one.as_json() | {"title": titles[one.alternative]} for one in self.consensus]
            told = {"method": both("lab.method-consensus"), "points": points}
        return {
            "method": both("lab.method-pareto"),
            "seed": self.seed,
            "criteria": self.performance.criteria_json(),
            "points": [one.as_json() | {"title": titles[one.alternative]} for one in self.points],
            "leftOut": [one.as_json() for one in self.performance.left_out],
            "consensus": told,
        }


def frontier(
    board: Board,
    criteria: Sequence[Any],
    *,
    groups: Mapping[str, Mapping[str, float]] | None = None,
    worth: Mapping[str, float] | None = None,
) -> Frontier:
    """The Pareto front of a board's alternatives; with groups' weights and worth (B/C) the consensus frontier too."""
    found = performance(board, criteria)
    signed = found.values * found.signs
    beaten = dominated_by(signed) if len(signed) else np.zeros((0, 0), dtype=bool)
    shares = None if found.members is None else front_shares(found.members * found.signs)
    points = tuple(
        Point(
            name,
            {c.id: float(found.table[name][c.id] or 0.0) for c in found.criteria},
            not beaten[i].any(),
            None if shares is None else round(float(shares[i]), 6),
            tuple(found.names[j] for j in np.flatnonzero(beaten[i])),
        )
        for i, name in enumerate(found.names)
    )
    return Frontier(found, points, _consensus(found, groups, worth), board.seed)


def _consensus(
    found: Performance, groups: Mapping[str, Mapping[str, float]] | None, worth: Mapping[str, float] | None
) -> tuple[Consensus, ...] | None:
    if not groups and not worth:
        return None
    if not groups or not worth:
        raise CallerError("lab.consensus-needs-both")
    weighed = [name for name in found.names if name in worth]
    stranger = next((name for name in worth if name not in found.names), None)
    if stranger is not None or not weighed:
        raise CallerError("lab.alternative-unknown", id=stranger or "-", known=", ".join(found.names))
    useful = utilities(found.values, found.criteria)[[found.names.index(name) for name in weighed]]
    weights = {group: checked_weights(said, found.criteria) for group, said in groups.items()}
    return tuple(consensus(weighed, worth, useful, weights))
