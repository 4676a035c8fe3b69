"""Ways between places and sites: straight lines, or along the loaded roads where these cover the city.

A way is `scaled * detour + along` metres: straight lines are all `scaled`; along roads only the legs from a place or
site to the nearest road are. So a drawn detour factor needs no new search.

Roads are used only when every place and site lies within `SNAP_M` of the largest connected part of the network: a
network that covers a quarter would make its own places look near. Streets are taken as open both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import CallerError, Pair, both
from madang.models.base import Floats, Label, Records
from madang.models.siting.places import projected

SNAP_M = 1000.0
SAME_PLACE_DEGREES = 7  # decimals: about a centimetre


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Ways of places x sites in metres, how they were measured, and the sentence that says so."""

    scaled: Floats
    along: Floats
    on_roads: bool
    note: Label

    def kilometres(self, detour: float) -> Floats:
        """The ways under one detour factor."""
        return np.asarray((self.scaled * detour + self.along) / 1000)


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    xy: Floats
    links: NDArray[np.int64]
    lengths: Floats
    segments: int


def ways_between(places: Floats, sites: Floats, roads: object, asked: str) -> Ways:
    """Ways from each place to each site; `asked` is "", "straight" or "roads"."""
    if asked not in ("", "straight", "roads"):
        raise CallerError("siting.distance-unknown", found=asked, known="straight, roads")
    why = both("siting.why-asked")
    if asked != "straight":
        found = _along_roads(places, sites, roads)
        if isinstance(found, Ways):
            return found
        if asked == "roads":
            raise CallerError("siting.roads-missing", why=found["en"])
        why = found
    straight = _straight(places, sites)
    return Ways(straight, np.zeros_like(straight), False, both("siting.note-straight", why=why))


def near_roads(places: Floats, roads: object) -> NDArray[np.bool_]:
    """Which places lie near enough to a road to go along it; none where there are no roads."""
    from scipy.spatial import cKDTree

    network = _network(roads) if isinstance(roads, Records) else None
    if network is None:
        return np.zeros(len(places), dtype=bool)
    return np.asarray(cKDTree(network.xy).query(places)[0] <= SNAP_M)


def _straight(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1]))


def _along_roads(places: Floats, sites: Floats, roads: object) -> Ways | Pair:
    """Ways along the roads, or why there are none."""
    network = _network(roads) if isinstance(roads, Records) else None
    if network is None or not len(places) or not len(sites):
        return both("siting.why-no-roads")
    try:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components, dijkstra
        from scipy.spatial import cKDTree
    except ImportError:
        raise CallerError("siting.needs-scipy") from None
    n = len(network.xy)
    graph = coo_array((network.lengths, (network.links[:, 0], network.links[:, 1])), shape=(n, n)).tocsr()
    _, part = connected_components(graph, directed=False)
    main = np.flatnonzero(part == np.bincount(part).argmax())
    tree = cKDTree(network.xy[main])
    (leg_place, at_place), (leg_site, at_site) = tree.query(places), tree.query(sites)
    near = int((leg_place <= SNAP_M).sum() + (leg_site <= SNAP_M).sum())
    if near < len(places) + len(sites):
        return both("siting.why-roads-short", near=near, all=len(places) + len(sites))
    stops, back = np.unique(main[at_site], return_inverse=True)
    along = dijkstra(graph, directed=False, indices=stops)[back][:, main[at_place]].T
    legs = leg_place[:, None] + leg_site[None, :]
    return Ways(legs, np.asarray(along), True, both("siting.note-roads", segments=f"{network.segments:,}"))


def _network(roads: Records) -> _Network | None:
    """The network of all road lines: their vertices are its nodes, so that lines meet where they share one."""
    nodes: dict[tuple[float, float], int] = {}
    links: set[tuple[int, int]] = set()
    segments = 0
    for row in roads.rows:
        for line in _lines(row.get("location")):
            at = [
                nodes.setdefault((round(p[0], SAME_PLACE_DEGREES), round(p[1], SAME_PLACE_DEGREES)), len(nodes))
                for p in line
            ]
            links |= {(min(a, b), max(a, b)) for a, b in pairwise(at) if a != b}
            segments += 1
    if not links:
        return None
    xy = projected(np.array(list(nodes), dtype=np.float64))
    pairs = np.array(sorted(links), dtype=np.int64)
    lengths = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    return _Network(xy, pairs, np.maximum(lengths, 1e-3), segments)


def _lines(location: object) -> list[Any]:
    if not isinstance(location, Mapping):
        return []
    match location.get("type"):
        case "LineString":
            return [location["coordinates"]]
        case "MultiLineString":
            return list(location["coordinates"])
        case _:
            return []
