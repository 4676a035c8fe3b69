"""Which feature goes into which tile: a quadtree that shows the largest first.

A tile holds the largest features of its square; the rest goes down into its four quarters. With ADD refinement a
viewer shows a tile and, where it looks closer, the tiles below it too. The geometric error of a tile is the size of
the largest feature that is still missing while its children are not shown: 0 where nothing is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.geometry.flat import Floats, Ints

NARROWEST_M = 1.0


@dataclass(frozen=True)
class Node:
    """A tile: its features, largest first, its children, and the size of the largest feature below it."""

    name: str
    features: Ints
    missing_m: float
    children: tuple[Node, ...]


def grow(centres_m: Floats, sizes_m: Floats, *, max_per_tile: int) -> Node:
    """The tree over features at (east, north) centres, at most `max_per_tile` in a node."""
    order = np.argsort(-sizes_m, kind="stable")
    return _grow("0", order, centres_m, sizes_m, max_per_tile)


def in_order(root: Node) -> list[Node]:
    """All nodes, parents before children."""
    found = [root]
    for node in found:
        found.extend(node.children)
    return found


def _grow(name: str, features: Ints, centres_m: Floats, sizes_m: Floats, most: int) -> Node:
    own, rest = features[:most], features[most:]
    if not len(rest):
        return Node(name, own, 0.0, ())
    quarters = _quarters(rest, centres_m)
    children = tuple(_grow(f"{name}-{n}", q, centres_m, sizes_m, most) for n, q in enumerate(quarters))
    return Node(name, own, float(sizes_m[rest[0]]), children)


def _quarters(features: Ints, centres_m: Floats) -> list[Ints]:
    """The features by quarter of their bounds, each still largest first; by turns where all stand at one place."""
    xy = centres_m[features]
    lowest, highest = xy.min(axis=0), xy.max(axis=0)
    if float((highest - lowest).max()) < NARROWEST_M:
        return [features[n::4] for n in range(min(4, len(features)))]
    east, north = (xy > (lowest + highest) / 2).T
    where = east + 2 * north
    return [features[where == quarter] for quarter in range(4) if np.any(where == quarter)]
