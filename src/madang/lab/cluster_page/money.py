"""Investment in a cluster: what was pledged, what of it counts by its stage, what was spent; one row a memorandum.

The rows come as the investment register gives them (`city.investment.pipeline`), so that a memorandum shows the same
three amounts here and there. Sums are of the cluster's own memoranda; one whose amount is unknown is counted as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang.errors import both
from madang.indicators.provenance import combine_status
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.seen import Figure, derived, unknown

THREE = ("pledged", "weighted", "realised")


def investment(belonging: Belonging, pipeline: Mapping[str, Any] | None) -> dict[str, Any]:
    """The three amounts, by stage and by memorandum."""
    companies = [] if pipeline is None else [one for one in pipeline["companies"] if one["id"] in belonging.memoranda]
    rows = [_row(belonging, one) for one in companies]
    weights = None if pipeline is None else pipeline["weights"]
    return {
        **{name: _total(rows, name) for name in THREE},
        "count": len(rows),
        "realisedUnknown": sum(row["realised"]["value"] is None for row in rows),
        "weightsNote": _weights(weights) if rows and weights else None,
        "byStage": _by_stage(pipeline, rows) if rows else [],
        "rows": rows,
    }


def _row(belonging: Belonging, one: Mapping[str, Any]) -> dict[str, Any]:
    document = belonging.seen.one(one["id"]) or {"id": one["id"], "type": "InvestmentMemorandum"}
    return {
        "id": one["id"],
        "company": one["company"],
        "sector": one["sector"],
        "site": one["site"],
        "signedOn": one["signed_on"],
        "stage": one["stage"],
        "stageLabel": one["stage_label"],
        **{name: _figure(one[name], "KRW") for name in THREE},
        "jobs": _figure(one["jobs"], "E51"),
        "place": belonging.seen.place(document),
        "how": belonging.memoranda[one["id"]],
    }


def _figure(said: Mapping[str, Any] | None, unit: str) -> Figure:
    """A figure of the register in the page's form."""
    if said is None or said.get("value") is None:
        return unknown(unit, both("clusters.page-not-stated"))
    band = {"low": said["low"], "high": said["high"]} if "low" in said else None
    return derived(
        said["value"], said.get("unit") or unit, status=said.get("status"), period=said.get("period"), band=band,
        address=said.get("address"), source=said.get("source"),
    )  # fmt: skip


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> Figure:
    known = [row[name] for row in rows if row[name]["value"] is not None]
    if not known:
        return unknown("KRW", both("clusters.page-no-investment" if not rows else "clusters.page-not-stated"))
    banded = [one for one in known if one["band"]]
    band = None
    if banded:
        band = {end: sum(one["band"][end] if one["band"] else one["value"] for one in known) for end in ("low", "high")}
    note = both("clusters.page-sum", known=len(known), all=len(rows))
    status = combine_status(one["status"] for one in known)
    return derived(sum(one["value"] for one in known), "KRW", status=status, band=band, note=note)


def _by_stage(pipeline: Mapping[str, Any] | None, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every stage that the register knows, with what stands there of this cluster."""
    made = []
    for stage in () if pipeline is None else pipeline["by_stage"]:
        here = [row for row in rows if row["stage"] == stage["key"]]
        sums = {name: [row[name]["value"] for row in here if row[name]["value"] is not None] for name in THREE}
        made.append(
            {
                "id": stage["key"],
                "label": stage["label"],
                "count": len(here),
                **{name: sum(values) if values or not here else None for name, values in sums.items()},
            }
        )
    return made


def _weights(weights: Mapping[str, Any]) -> dict[str, str]:
    return both("clusters.page-weights-assumed" if weights["assumption"] else "clusters.page-weights", id=weights["id"])
