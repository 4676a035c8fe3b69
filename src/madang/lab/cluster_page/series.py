"""A cluster over time: counts by period, firms by the year they were founded, and what happened or is due when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from madang.entities.entity import Document, types_of, value_of
from madang.errors import both
from madang.indicators.provenance import combine_status
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.facilities import opening
from madang.lab.cluster_page.seen import ids, title_of, told, type_label
from madang.lab.cluster_view import ClusterView
from madang.lab.taxonomy import falls_under


def series(belonging: Belonging, view: ClusterView, pipeline: Mapping[str, Any] | None) -> dict[str, Any]:
    """Lines to draw and events to mark."""
    return {"lines": [*_counts(view), *_founded(belonging), *_census(belonging)], "events": _events(belonging)}


def _counts(view: ClusterView) -> list[dict[str, Any]]:
    """What was recorded of the cluster, by period."""
    made: dict[str, dict[str, Any]] = {}
    for one in view.counts:
        row = one.as_json()
        line = made.setdefault(one.measure, _line(one.measure, row["label"], one.figure["unit"]))
        figure = one.figure
        line["points"].append({name: figure[name] for name in ("period", "value", "status", "address")})
    return list(made.values())


def _founded(belonging: Belonging) -> list[dict[str, Any]]:
    """Firms of the register by the year they were founded: those that are there today, not all that ever were."""
    firms = belonging.documents("Firm", belonging.firms)
    years = Counter(int(str(value_of(one, "foundedYear"))[:4]) for one in firms if value_of(one, "foundedYear"))
    if not years:
        return []
    line = _line("founded", both("clusters.series-founded", unknown=len(firms) - sum(years.values())), "C62")
    status = combine_status(told(one)["status"] for one in firms)
    line["points"] = [
        {"period": str(year), "value": years[year], "status": status, "address": None}
        for year in range(min(years), max(years) + 1)
    ]
    return [line]


def _census(belonging: Belonging) -> list[dict[str, Any]]:
    """Workers of the cluster's industries in the city's own rows of the census; unknown where a part is withheld."""
    cities = {str(value_of(one, "code")) for one in belonging.seen.all("City")}
    points = []
    for one in belonging.seen.all("IndustryStatistic"):
        held = value_of(one, "workersByIndustry")
        if str(value_of(one, "code")) not in cities or not held or value_of(one, "year") is None:
            continue
        some = [code for code in held if falls_under(code, belonging.codes)]
        leaves = [code for code in some if not any(other != code and other.startswith(code) for other in some)]
        values = [held[code] for code in leaves]
        value = None if not values or any(v is None for v in values) else sum(values)
        points.append(
            {"period": str(value_of(one, "year")), "value": value, "status": told(one)["status"], "address": None}
        )
    if not points:
        return []
    line = _line("census-workers", both("clusters.series-census"), "IE")
    line["points"] = sorted(points, key=lambda point: point["period"])
    return [line]


def _line(id: str, label: Mapping[str, str], unit: str | None) -> dict[str, Any]:
    return {"id": id, "label": dict(label), "unit": unit, "points": []}


def _events(belonging: Belonging) -> list[dict[str, Any]]:
    """Agreements, commitments, facilities, memoranda and reports of progress by their day."""
    seen, found = belonging.seen, list[dict[str, Any]]()
    for one in belonging.documents("Agreement", belonging.agreements):
        found += [_event(belonging, one, "signedOn", "signed"), _event(belonging, one, "endsOn", "ends")]
        for owed in seen.all("Commitment"):
            if one["id"] in ids(owed, "refAgreement"):
                done = value_of(owed, "doneOn") is not None
                found.append(_event(belonging, owed, "doneOn" if done else "due", "done" if done else "due"))
    for one in belonging.documents("Facility", belonging.facilities):
        found.append(_dated(belonging, one, opening(one), "opens"))
    for one in belonging.documents("InvestmentMemorandum", belonging.memoranda):
        found.append(_event(belonging, one, "signedOn", "pledged"))
        for stage in seen.all("InvestmentStage"):
            if one["id"] in ids(stage, "refMemorandum"):
                found.append(_dated(belonging, one, value_of(stage, "date"), "stage"))
    return sorted((one for one in found if one["date"]), key=lambda one: (one["date"], one["ref"], one["kind"]))


def _event(belonging: Belonging, document: Document, attribute: str, kind: str) -> dict[str, Any]:
    return _dated(belonging, document, value_of(document, attribute), kind)


def _dated(belonging: Belonging, document: Document, when: Any, kind: str) -> dict[str, Any]:
    day = None if when is None else str(when)
    return {
        "date": day,
        "kind": kind,
        "kindLabel": both(f"clusters.event-{kind}", type=type_label(document)),
        "type": types_of(document)[0],
        "title": title_of(document),
        "ref": document["id"],
        "isPlanned": day is not None and day > belonging.seen.today.isoformat()[: len(day)],
        "status": told(document)["status"],
    }
