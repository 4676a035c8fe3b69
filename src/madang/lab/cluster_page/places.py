"""A cluster on the map: its boundary, its dong with workers, and what stands where, each with kind and status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.entities.entity import Document, geometry_of, value_of
from madang.errors import both
from madang.lab.cluster_page.belonging import BODIES, Belonging
from madang.lab.cluster_page.seen import title_of, told
from madang.lab.register import pair


def features(belonging: Belonging, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of the cluster that has a place, as GeoJSON; what has none is not guessed."""
    seen = belonging.seen
    made = [*_boundary(belonging), *_dong(belonging, measured)]
    for kind, types, why in (
        ("facility", ("Facility", "HydrogenStation"), belonging.facilities),
        ("body", BODIES, belonging.bodies),
        ("investment", ("InvestmentMemorandum",), belonging.memoranda),
        ("firm", ("Firm",), belonging.firms),
    ):
        for type in types:
            made += [_feature(seen.is_inside(one), one, kind) for one in belonging.documents(type, why)]
    return {"type": "FeatureCollection", "features": [one for one in made if one["geometry"] is not None]}


def _boundary(belonging: Belonging) -> list[dict[str, Any]]:
    cluster = belonging.seen.cluster
    made = _feature(None, cluster, "boundary")
    if value_of(cluster, "boundaryName"):
        made["properties"]["name"] = pair(value_of(cluster, "boundaryName"))
    return [made]


def _dong(belonging: Belonging, measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Dong of which the census counts workers of the cluster's industries."""
    made = []
    for row in measured["byPlace"]:
        dong = belonging.seen.one(row["place"]) if row["place"] else None
        if dong is not None:
            feature = _feature(None, dong, "dong")
            feature["properties"]["value"] = row["workers"]
            made.append(feature)
    return made


def _feature(is_inside: bool | None, document: Document, kind: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": document["id"],
        "geometry": geometry_of(document),
        "properties": {
            "id": document["id"],
            "name": title_of(document),
            "kind": kind,
            "kindLabel": both(f"clusters.map-{kind}"),
            "stage": value_of(document, "supplyStage"),
            "status": told(document)["status"],
            "isInside": is_inside,
            "value": None,
        },
    }
