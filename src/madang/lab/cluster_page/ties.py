"""The network around a cluster: its own actors, whom they work with, and how that part stands in the whole."""

from __future__ import annotations

from typing import Any

from madang.lab.actors import ActorNetwork, Actors
from madang.lab.cluster_page.belonging import Belonging

ACTORS_SHOWN, TIES_SHOWN = 60, 400


def network(belonging: Belonging, actors: Actors) -> dict[str, Any]:
    """The actors of the cluster and those beside them, with the ties between them."""
    own = {belonging.seen.id, *belonging.firms, *belonging.bodies}
    whole = actors.around(own, top=ACTORS_SHOWN)
    told = whole.as_json()
    kept = {one["id"] for one in told["actors"]}
    return {
        **{name: told[name] for name in ("size", "links", "exact", "sources", "method", "groups")},
        "actors": [{**one, "isOwn": one["id"] in own} for one in told["actors"]],
        "ties": [list(tie) for tie in _ties(whole, kept)],
        "missing": told["missing"],
    }


def _ties(whole: ActorNetwork, kept: set[str]) -> list[tuple[str, str, str]]:
    """Ties between those shown, each pair and kind of record once."""
    found = {(min(a, b), max(a, b), type) for type, a, b in whole.ties if a in kept and b in kept}
    return sorted(found)[:TIES_SHOWN]
