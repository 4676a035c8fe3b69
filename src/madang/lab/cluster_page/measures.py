"""What the business census says of a cluster, from the recorded run of the specialisation model.

Where the run is not recorded, the same computation is made without keeping it: its figures then have no address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import MadangError, both
from madang.indicators.catalogue import catalogue
from madang.lab import taxonomy
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.seen import derived, unknown
from madang.models import runner

MODEL = "specialisation"
OF_CLUSTER = (
    ("workers", "IE", None),
    ("firms", "{company}", None),
    ("workers_share", "1", None),
    ("workers_quotient", "1", "higher"),
    ("firms_quotient", "1", "higher"),
)


def measures(belonging: Belonging) -> dict[str, Any]:
    """The cluster's own figures, its industries, its dong, the change of the city's industries."""
    run = _run(belonging)
    if run is None:
        return {
            "run": None, "year": None, "level": None, "source": None, "note": both("clusters.page-no-census"),
            "rows": [], "byIndustry": [], "byPlace": [], "shiftShare": [], "concentration": [],
        }  # fmt: skip
    tables, id = run.tables, belonging.seen.id
    own: Mapping[str, Any] = next((row for row in tables["by-cluster"] if row["cluster"] == id), {})
    status = run.indicators[0].quantity.status
    year = None if tables["year"] is None else str(tables["year"])
    return {
        "run": run.id if run.recorded else None,
        "year": tables["year"],
        "level": _level(tables),
        "source": _source(run),
        "note": _note(run, own),
        "rows": [*_own_rows(own, status, year), *_city_rows(run, year)],
        "byIndustry": _industries(belonging, tables),
        "byPlace": [_place(row) for row in tables["by-cluster-place"] if row["cluster"] == id],
        "shiftShare": [_period(belonging, one) for one in tables["shift-share"]],
        "concentration": [one for one in tables["concentration"] if _is_own(belonging, one)],
    }


def _run(belonging: Belonging) -> runner.Run | None:
    seen = belonging.seen
    if not seen.all("IndustryStatistic") or not seen.all("City"):
        return None
    try:
        known = runner.known_run(seen.store, MODEL, branch=seen.branch)
        return known or runner.run(seen.store, MODEL, branch=seen.branch, record=False)
    except MadangError:  # the census holds no place of this city: there is nothing to say, and nothing wrong
        return None


def _own_rows(own: Mapping[str, Any], status: Any, year: str | None) -> list[dict[str, Any]]:
    """The figures of the cluster's industries taken together; what there is at least where a part is withheld."""
    made = []
    for name, unit, direction in OF_CLUSTER:
        value = own.get(name)
        note = both(f"clusters.measured-{name}-how")
        figure = derived(value, unit, status=status, period=year, note=note)
        if value is None:
            least = own.get(f"{name}_at_least")
            why = both("clusters.page-at-least", least=f"{least:,.0f}") if least else both("clusters.page-not-measured")
            figure = unknown(unit, why)
        made.append(
            {
                "id": f"cluster.{name}", "label": both(f"clusters.measured-{name}"), "method": note,
                "direction": direction, "figure": figure,
            }
        )  # fmt: skip
    return made


def _city_rows(run: runner.Run, year: str | None) -> list[dict[str, Any]]:
    made = []
    for one in run.indicators:
        quantity, method = one.quantity, dict(catalogue()[one.id].method)
        figure = derived(
            quantity.value, quantity.unit, status=quantity.status, period=year, note=quantity.note or method,
            address=one.address if run.recorded else None,
        )  # fmt: skip
        made.append(
            {"id": one.id, "label": dict(one.label), "method": method, "direction": one.direction, "figure": figure}
        )
    return made


def _industries(belonging: Belonging, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": row["industry"],
            "label": row["label"],
            "firms": row["firms"],
            "workers": row["workers"],
            "share": row["share"],
            "quotient": row["location_quotient"],
            "quotientFirms": row["location_quotient_firms"],
            "density": row["density"],
            "isOwn": _is_own(belonging, row),
        }
        for row in tables["by-industry"]
    ]


def _is_own(belonging: Belonging, row: Mapping[str, Any]) -> bool:
    return taxonomy.falls_under(row["industry"], belonging.codes)


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("place", "code", "label", "firms", "workers", "share")
    return {name: row[name] for name in kept} | {"quotient": row["location_quotient"], "perKm2": row["per_km2"]}


def _period(belonging: Belonging, one: Mapping[str, Any]) -> dict[str, Any]:
    parts = ("change", "national", "mix", "competitive")
    own = [row for row in one["by-industry"] if _is_own(belonging, row)]
    return {
        **{name: one[name] for name in ("measure", "from", "to", *parts, "apart")},
        "own": {name: sum(row[name] for row in own) for name in parts} if own else None,
        "byIndustry": [{"code": row["industry"], **{k: v for k, v in row.items() if k != "industry"}} for row in own],
    }


def _level(tables: Mapping[str, Any]) -> dict[str, str]:
    digits = max((len(row["industry"]) for row in tables["by-industry"]), default=1)
    return both(f"clusters.level-{min(digits, 6)}", districts=tables["districts"])


def _source(run: runner.Run) -> dict[str, str] | None:
    named = run.inputs["statistics"]["datasets"]
    return {"ko": ", ".join(named), "en": ", ".join(named)} if named else None


def _note(run: runner.Run, own: Mapping[str, Any]) -> dict[str, str] | None:
    if own.get("uncovered"):
        return both("clusters.page-uncovered", codes=", ".join(own["uncovered"]))
    return None if run.recorded else both("clusters.page-run-unrecorded")
