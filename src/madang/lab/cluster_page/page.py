"""A cluster's page in one answer: what every part says, in the shape that `web.api.clusters` describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang.entities.entity import geometry_of, value_of
from madang.errors import Pair, both
from madang.indicators.provenance import combine_status
from madang.lab.actors import Actors
from madang.lab.cluster_page.agreements import agreements, claims, promises
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.facilities import bodies, facilities
from madang.lab.cluster_page.gaps import gaps
from madang.lab.cluster_page.measures import measures
from madang.lab.cluster_page.money import investment
from madang.lab.cluster_page.people import gap_figure, talent
from madang.lab.cluster_page.places import features
from madang.lab.cluster_page.register import register
from madang.lab.cluster_page.seen import Figure, Seen, derived, unknown
from madang.lab.cluster_page.series import series
from madang.lab.cluster_page.supply import supply
from madang.lab.cluster_page.ties import network
from madang.lab.cluster_view import ClusterView
from madang.lab.dependencies import Dependencies
from madang.lab.register import pair
from madang.lab.talent import Talent

Page = dict[str, Any]


def page(
    seen: Seen,
    view: ClusterView,
    *,
    talents: Talent,
    dependencies: Dependencies,
    actors: Actors,
    pipeline: Mapping[str, Any] | None,
) -> Page:
    """Everything the page of one cluster shows; `pipeline` is the investment register as it is shown elsewhere."""
    belonging = Belonging(seen)
    made: Page = {
        **view.as_json(),
        "description": _said(value_of(seen.cluster, "description")),
        "tagLabel": belonging.tag.label if belonging.tag else None,
        "branch": seen.branch,
        "asOf": seen.today.isoformat(),
        "boundary": _boundary(seen, view),
        "register": register(belonging),
        "facilities": facilities(belonging),
        "bodies": bodies(belonging),
        "agreements": agreements(belonging),
        "investment": investment(belonging, pipeline),
        "talent": talent(belonging, talents),
        "supply": supply(belonging, dependencies),
        "measures": measures(belonging),
        "series": series(belonging, view, pipeline),
        "claims": claims(belonging, view.inside),
        "promises": promises(belonging),
        "network": network(belonging, actors),
    }
    made["map"] = features(belonging, made["measures"])
    made["gaps"] = gaps(belonging, made)
    made["head"] = _head(belonging, view, made)
    return made


def _boundary(seen: Seen, view: ClusterView) -> dict[str, Any] | None:
    line, name = geometry_of(seen.cluster), value_of(seen.cluster, "boundaryName")
    if seen.area is None or view.inside is None:
        return None
    return {"name": pair(name), "geometry": line, "areaKm2": round(view.inside.area_km2, 6)}


def _head(belonging: Belonging, view: ClusterView, made: Page) -> list[dict[str, Any]]:
    """The figures an officer is asked for first."""
    money = made["investment"]
    rows: list[tuple[str, str, Figure]] = [
        ("firms", "register", made["register"]["count"]),
        ("employees", "register", made["register"]["employees"]),
        ("share-inside", "register", _share(view)),
        ("facilities", "facilities", _many(belonging, "Facility", belonging.facilities)),
        ("bodies", "bodies", _of_rows(made["bodies"])),
        ("agreements", "agreements", _many(belonging, "Agreement", belonging.agreements)),
        ("pledged", "investment", money["pledged"]),
        ("weighted", "investment", money["weighted"]),
        ("realised", "investment", money["realised"]),
        ("talent-gap", "talent", gap_figure(made["talent"])),
        ("choke-points", "gaps", _count(sum(one["kind"] == "choke-point" for one in made["gaps"]))),
    ]
    return [{"id": id, "label": both(f"clusters.head-{id}"), "figure": one, "part": part} for id, part, one in rows]


def _many(belonging: Belonging, type: str, why: Mapping[str, str]) -> Figure:
    found = belonging.documents(type, why)
    return belonging.seen.counted(found) if found else _count(0)


def _of_rows(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """How many rows of the page there are, on the strictest of their statuses."""
    told = combine_status(row["status"] for row in rows) if rows else None
    return derived(len(rows), "C62", status=told, note=both("clusters.page-counted"))


def _count(n: int) -> Figure:
    """A count of what this file holds; none there is a count too, and says that it is of the file."""
    return derived(n, "C62", note=both("clusters.page-counted"))


def _share(view: ClusterView) -> Figure:
    inside = view.inside
    if inside is None:
        return unknown("P1", both("clusters.page-no-boundary"))
    if inside.share is None:
        return unknown("P1", both("clusters.not-reproducible"))
    note = both("clusters.page-share", inside=inside.inside, placed=inside.placed, unplaced=inside.unplaced)
    return derived(round(inside.share, 4), "P1", status=inside.status, note=note)


def _said(text: Any) -> Pair | None:
    return pair(text) if text else None
