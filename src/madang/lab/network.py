"""A network of actors in numbers: degree, betweenness, who alone holds parts together, which links are missing. Pure.

Actors are 0 … n-1, edges pairs without direction; a pair counts once. Betweenness is Brandes' (2001), a source at a
time, each level on arrays: exact while there are no more than `EXACT_UP_TO` actors, else from sources drawn by seed
(Brandes & Pich 2007) and scaled up. It is a share: 1 is on every shortest path between two others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT_UP_TO = 2000
SOURCES_DRAWN = 256


@dataclass(frozen=True, eq=False)
class Graph:
    """Who stands beside whom: for each actor a slice of `beside`, from `first[i]` to `first[i + 1]`, in order."""

    size: int
    first: Ints
    beside: Ints

    def neighbours(self, actor: int) -> Ints:
        """The actors beside one, in order."""
        return self.beside[self.first[actor] : self.first[actor + 1]]

    @cached_property
    def degrees(self) -> Ints:
        """How many stand beside each."""
        return np.diff(self.first)


def graph_of(size: int, edges: Iterable[tuple[int, int]]) -> Graph:
    """The graph of some pairs; a pair said twice counts once, one with itself not at all."""
    said = np.array([(a, b) for a, b in edges if a != b], dtype=np.int64).reshape(-1, 2)
    both = np.unique(np.vstack([said, said[:, ::-1]]), axis=0)
    counts = np.bincount(both[:, 0], minlength=size) if len(both) else np.zeros(size, dtype=np.int64)
    return Graph(size, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), both[:, 1].copy())


@dataclass(frozen=True, slots=True, eq=False)
class Betweenness:
    """The share of shortest paths through each actor; `sources` says how many were taken, `exact` whether all."""

    values: Floats
    sources: int
    exact: bool


def betweenness(graph: Graph, *, seed: int = 0, exact_up_to: int = EXACT_UP_TO) -> Betweenness:
    """Brandes' betweenness of every actor."""
    n = graph.size
    if n < 3:
        return Betweenness(np.zeros(n), n, True)
    exact = n <= exact_up_to
    every = np.arange(n)
    taken = every if exact else np.sort(np.random.default_rng(seed).choice(n, min(SOURCES_DRAWN, n), replace=False))
    total = np.zeros(n)
    for source in taken.tolist():
        total += _dependencies(graph, source)
    scale = n / len(taken) / ((n - 1) * (n - 2))  # each unordered pair is met from both its ends
    return Betweenness(total * scale, len(taken), exact)


def _dependencies(graph: Graph, source: int) -> Floats:
    """What each actor carries of the shortest paths from one actor: level by level out, then back in."""
    n = graph.size
    distance, paths, carried = np.full(n, -1, dtype=np.int64), np.zeros(n), np.zeros(n)
    distance[source], paths[source] = 0, 1.0
    reached, steps = np.array([source], dtype=np.int64), list[tuple[Ints, Ints]]()
    while len(reached):
        near, far = _edges_from(graph, reached)
        onward = distance[far] < 0
        near, far = near[onward], far[onward]
        steps.append((near, far))
        paths += np.bincount(far, weights=paths[near], minlength=n)
        is_new = np.zeros(n, dtype=bool)
        is_new[far] = True
        reached = np.flatnonzero(is_new)
        distance[reached] = len(steps)
    for near, far in reversed(steps):
        carried += np.bincount(near, weights=paths[near] / paths[far] * (1 + carried[far]), minlength=n)
    carried[source] = 0.0
    return carried


def _edges_from(graph: Graph, actors: Ints) -> tuple[Ints, Ints]:
    """Every edge from some actors, as those it comes from and those it leads to."""
    starts, counts = graph.first[actors], graph.degrees[actors]
    before = np.cumsum(counts) - counts
    at = np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
    return np.repeat(actors, counts), graph.beside[at]


def cut_actors(graph: Graph) -> list[int]:
    """Actors without whom some others could no longer reach each other (Hopcroft & Tarjan 1973), without recursion."""
    order, low = [-1] * graph.size, [0] * graph.size
    cuts: set[int] = set()
    clock = 0
    for root in range(graph.size):
        if order[root] >= 0:
            continue
        order[root] = low[root] = clock
        clock += 1
        children, path = 0, [(root, -1, iter(graph.neighbours(root).tolist()))]
        while path:
            actor, parent, rest = path[-1]
            beside = next(rest, None)
            if beside is None:
                path.pop()
                if parent >= 0:
                    low[parent] = min(low[parent], low[actor])
                    if parent != root and low[actor] >= order[parent]:
                        cuts.add(parent)
            elif order[beside] < 0:
                order[beside] = low[beside] = clock
                clock += 1
                children += actor == root
                path.append((beside, actor, iter(graph.neighbours(beside).tolist())))
            elif beside != parent:
                low[actor] = min(low[actor], order[beside])
        if children > 1:
            cuts.add(root)
    return sorted(cuts)


def missing_links(graph: Graph, *, top: int = 20, widest: int = 300) -> list[tuple[int, int, int]]:
    """Pairs that stand apart though they share the most neighbours: (actor, other, neighbours in common).

    An actor beside more than `widest` others says little about any two of them and is passed over.
    """
    common: Counter[tuple[int, int]] = Counter()
    for actor in range(graph.size):
        around = graph.neighbours(actor)
        if len(around) <= widest:
            common.update(combinations(around.tolist(), 2))
    ranked = sorted(common.items(), key=lambda item: (-item[1], item[0]))
    found: list[tuple[int, int, int]] = []
    for (a, b), count in ranked:
        if len(found) == top:
            break
        if b not in set(graph.neighbours(a).tolist()):
            found.append((a, b, count))
    return found


def groups(graph: Graph, *, seed: int = 0, sweeps: int = 30) -> Ints:
    """A group for every actor, 0 the largest: each takes the one most of its neighbours are in, until none changes.

    Label propagation (Raghavan, Albert & Kumara 2007) in an order drawn by the seed; of several equally frequent groups
    the smallest is taken. Groups of this kind hang on the order where the network has none: a hint, no finding.
    """
    labels, order = np.arange(graph.size), np.random.default_rng(seed).permutation(graph.size)
    for _ in range(sweeps):
        changed = 0
        for actor in order.tolist():
            around = labels[graph.neighbours(actor)]
            if len(around):
                seen, counts = np.unique(around, return_counts=True)
                best = int(seen[np.argmax(counts)])
                own = int(counts[seen == labels[actor]].sum())
                if best != labels[actor] and counts.max() > own:
                    labels[actor] = best
                    changed += 1
        if not changed:
            break
    found, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.lexsort((found, -sizes))] = np.arange(len(found))
    return np.asarray(rank[inverse], dtype=np.int64)
