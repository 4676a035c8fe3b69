"""The door to the network of actors: `city.clusters.actors`. Who works with whom, by what the file already says.

Two actors are linked where one record names both: parties of an agreement, members of an alliance or a joint project,
a body and the organisation of its member, a firm and its cluster, a programme and who runs it, a firm and whom it
supplies.
Nothing is entered for the network itself: it is as full as those records are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from madang.entities.entity import Document, value_of
from madang.entities.vocabulary import type_info
from madang.errors import Pair, both
from madang.lab import network
from madang.lab.register import entities_of, ids_of, name_of
from madang.store import Seat, View

GROUPS_SHOWN = 20
EXACT_ON_A_PAGE = 500  # beyond this a page, which has more to say, gives drawn figures, and says so
LINKS_LOOKED_THROUGH = 500  # missing links of the whole, of which those of some actors are taken

# Which relationships of which type name actors that work together.
TIES: Mapping[str, tuple[str, ...]] = {
    "Agreement": ("parties",),
    "Alliance": ("members",),
    "JointProject": ("members",),
    "Membership": ("refCommittee", "refOrganisation"),
    "TalentProgramme": ("refOrganisation", "refCluster"),
}
# Which relationships tie the entity itself to those it names.
OWN_TIES: Mapping[str, tuple[str, ...]] = {
    "Firm": ("refCluster", "suppliesTo"),
    "Organisation": ("refCluster", "suppliesTo"),
    "University": ("refCluster",),
}


@dataclass(frozen=True)
class Actor:
    """One actor: how many it works with, its share of shortest paths, whether others hang on it."""

    id: str
    name: Pair
    kind: Pair
    degree: int
    betweenness: float
    is_bridge: bool
    group: int

    def as_json(self) -> dict[str, Any]:
        """The actor as plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "degree": self.degree,
            "betweenness": self.betweenness,
            "bridge": self.is_bridge,
            "group": self.group,
        }


@dataclass(frozen=True)
class MissingLink:
    """Two actors that share neighbours and have no tie of their own."""

    actors: tuple[str, str]
    names: tuple[Pair, Pair]
    common: int

    def as_json(self) -> dict[str, Any]:
        """The pair as plain JSON values."""
        return {
            "id": " ".join(self.actors),
            "actors": list(self.actors),
            "names": list(self.names),
            "common": self.common,
        }


@dataclass(frozen=True)
class ActorNetwork:
    """The network of a branch: sizes, its actors (most between first), missing links, and how it was reckoned."""

    size: int
    links: int
    by_record: Mapping[str, int]
    actors: tuple[Actor, ...]
    missing: tuple[MissingLink, ...]
    exact: bool
    sources: int
    seed: int
    groups: tuple[int, ...]  # sizes, the largest first
    ties: tuple[tuple[str, str, str], ...]  # (type of the record, one actor, another)

    def as_json(self) -> dict[str, Any]:
        """The network as a page draws it."""
        return {
            "size": self.size,
            "links": self.links,
            "records": [
                {"type": type, "label": dict(type_info(type).label), "links": n} for type, n in self.by_record.items()
            ],
            "actors": [one.as_json() for one in self.actors],
            "missing": [one.as_json() for one in self.missing],
            "exact": self.exact,
            "sources": self.sources,
            "seed": self.seed,
            "groups": [{"id": n, "size": size} for n, size in enumerate(self.groups[:GROUPS_SHOWN])],
            "method": both("clusters.network-exact" if self.exact else "clusters.network-drawn", sources=self.sources),
        }


class Actors:
    """The actors of a city and the ties between them."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def network(self, *, top: int = 20, seed: int = 0) -> ActorNetwork:
        """Who stands between others, and which links are missing; `top` of each."""
        return self._network(None, top=top, seed=seed)

    def around(self, own: Collection[str], *, top: int = 60, seed: int = 0) -> ActorNetwork:
        """The part of the network that some actors and those beside them are, with figures of the whole network."""
        return self._network(own, top=top, seed=seed)

    def _network(self, own: Collection[str] | None, *, top: int, seed: int) -> ActorNetwork:
        view = self._seat.store.view(self._seat.branch_name)
        ties = list(_ties(view))
        ids = sorted({id for _, a, b in ties for id in (a, b)})
        at = {id: n for n, id in enumerate(ids)}
        graph = network.graph_of(len(ids), [(at[a], at[b]) for _, a, b in ties])
        most = network.EXACT_UP_TO if own is None else EXACT_ON_A_PAGE
        between = network.betweenness(graph, seed=seed, exact_up_to=most)
        bridges, groups = set(network.cut_actors(graph)), network.groups(graph, seed=seed)
        shown = set(range(len(ids))) if own is None else _beside(graph, [at[id] for id in own if id in at])
        order = sorted(shown, key=lambda n: (_rank(ids[n], own), -between.values[n], -graph.degrees[n], ids[n]))[:top]
        actors = tuple(
            _actor(
                view, ids[n], int(graph.degrees[n]), float(between.values[n]),
                is_bridge=n in bridges, group=int(groups[n]),
            )
            for n in order
        )  # fmt: skip
        pairs = network.missing_links(graph, top=top if own is None else LINKS_LOOKED_THROUGH)
        missing = tuple(
            MissingLink((ids[a], ids[b]), (name_of(view, ids[a]), name_of(view, ids[b])), common)
            for a, b, common in [pair for pair in pairs if own is None or {ids[pair[0]], ids[pair[1]]} & set(own)][:top]
        )
        return ActorNetwork(
            size=len(ids),
            links=int(np.sum(graph.degrees)) // 2,
            by_record=Counter(type for type, _, _ in ties),
            actors=actors,
            missing=missing,
            exact=between.exact,
            sources=between.sources,
            seed=seed,
            groups=tuple(np.bincount(groups).tolist()) if len(ids) else (),
            ties=tuple(ties),
        )


def _beside(graph: network.Graph, own: Iterable[int]) -> set[int]:
    """Some actors and those beside them."""
    found = set(own)
    return found | {other for actor in found for other in graph.neighbours(actor).tolist()}


def _rank(id: str, own: Collection[str] | None) -> bool:
    """One's own come first."""
    return own is not None and id not in own


def _ties(view: View) -> Iterator[tuple[str, str, str]]:
    """Every tie as (type of the record, one actor, another)."""
    for type, names in TIES.items():
        for one in entities_of(view, type):
            named = [id for name in names for id in ids_of(value_of(one, name))]
            yield from ((type, a, b) for a, b in combinations(sorted(set(named)), 2))
    for type, names in OWN_TIES.items():
        for one in entities_of(view, type):
            yield from ((type, one["id"], id) for id in _named(one, names) if id != one["id"])


def _named(document: Document, names: tuple[str, ...]) -> list[str]:
    return [id for name in names for id in ids_of(value_of(document, name))]


def _actor(view: View, id: str, degree: int, between: float, *, is_bridge: bool, group: int) -> Actor:
    known = view.document(id)
    kind = id.split(":")[2] if known is None and id.startswith("urn:ngsi-ld:") else str((known or {}).get("type", ""))
    return Actor(id, name_of(view, id), dict(type_info(kind).label), degree, round(between, 9), is_bridge, group)
