"""Which feature goes into which tile: a quadtree that shows the largest first.

A tile holds the largest features of its square; the rest goes down into its four quarters. With ADD refinement a
viewer shows a tile and, where it looks closer, the tiles below it too. The geometric error of a tile is the size of
the largest feature that is still missing while its children are not shown: 0 where nothing is missing.

Squares are fixed: the first is found by rounding where the features lie, the others are its quarters. So a feature that
comes or goes changes the tiles on its own way down, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.geometry.flat import Floats, Ints

SMALLEST_SHARE = 2.0**-20  # of the first square; features that share a smaller one stand at one place


@dataclass(frozen=True)
class Square:
    """A square of the plane, in whatever unit its features' centres are."""

    west: float
    south: float
    side: float

    @classmethod
    def around(cls, centres: Floats) -> Square:
        """The square whose side is a power of two and whose corner is a multiple of a quarter of it."""
        lowest, highest = centres.min(axis=0), centres.max(axis=0)
        side = 2.0 ** np.ceil(np.log2(max(float((highest - lowest).max()), 1e-4)))
        while True:
            west, south = np.floor(lowest / (side / 4)) * (side / 4)
            if highest[0] <= west + side and highest[1] <= south + side:
                return cls(float(west), float(south), float(side))
            side *= 2

    def near(self, place: Floats) -> tuple[float, float]:
        """A place rounded to a sixteenth of the square's side: it stays while the place moves a little."""
        step = self.side / 16
        x, y = np.rint(place / step) * step
        return float(x), float(y)

    @property
    def middle(self) -> tuple[float, float]:
        """Where its quarters meet."""
        return self.west + self.side / 2, self.south + self.side / 2

    def quarter(self, number: int) -> Square:
        """South-west 0, south-east 1, north-west 2, north-east 3."""
        half = self.side / 2
        return Square(self.west + half * (number % 2), self.south + half * (number // 2), half)


@dataclass(frozen=True)
class Node:
    """A tile: its features, largest first, its children, and the size of the largest feature below it."""

    name: str
    features: Ints
    missing_m: float
    children: tuple[Node, ...]


@dataclass(frozen=True)
class _Room:
    """What a tile may hold, and where its features stand."""

    centres: Floats
    sizes: Floats
    weights: Ints
    features: int
    weight: int
    narrowest: float


def grow(
    centres: Floats,
    sizes_m: Floats,
    *,
    max_per_tile: int,
    square: Square | None = None,
    weights: Ints | None = None,
    max_weight: int = 1 << 60,
) -> Node:
    """The tree over features at (x, y) centres.

    A node has at most `max_per_tile` of them, and of those above one no more than weigh `max_weight` together. Of
    features of one size the one that was given first comes first.
    """
    first = square or Square.around(centres)
    weights = np.ones(len(sizes_m), dtype=np.int64) if weights is None else weights
    room = _Room(centres, sizes_m, weights, max_per_tile, max_weight, first.side * SMALLEST_SHARE)
    return _grow("0", np.argsort(-sizes_m, kind="stable"), first, room)


def in_order(root: Node) -> list[Node]:
    """All nodes, parents before children."""
    found = [root]
    for node in found:
        found.extend(node.children)
    return found


def _grow(name: str, features: Ints, square: Square, room: _Room) -> Node:
    most = max(1, int(np.searchsorted(np.cumsum(room.weights[features[: room.features]]), room.weight, side="right")))
    own, rest = features[:most], features[most:]
    if not len(rest):
        return Node(name, own, 0.0, ())
    children = tuple(
        _grow(f"{name}-{number}", quarter, square.quarter(number), room)
        for number, quarter in enumerate(_quarters(rest, square, room))
        if len(quarter)
    )
    return Node(name, own, float(room.sizes[rest[0]]), children)


def _quarters(features: Ints, square: Square, room: _Room) -> list[Ints]:
    """The features by quarter of their square, each still largest first; by turns where all stand at one place."""
    if square.side < room.narrowest:
        return [features[n::4] for n in range(4)]
    east, north = (room.centres[features] >= square.middle).T
    where = east + 2 * north
    return [features[where == quarter] for quarter in range(4)]
