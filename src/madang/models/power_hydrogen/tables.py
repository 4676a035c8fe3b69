"""Tables of an answer: a week by the hour, months, investment by year, the cost of a year, what would move it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import both
from madang.indicators.quantity import rounded
from madang.models.base import Floats
from madang.models.power_hydrogen import costs
from madang.models.power_hydrogen.figures import imported
from madang.models.power_hydrogen.horizon import WEEK
from madang.models.power_hydrogen.parameters import PRICED
from madang.models.power_hydrogen.programme import Answer
from madang.models.power_hydrogen.site import Site

Rows = list[dict[str, Any]]


def tables(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> dict[str, Rows]:
    """All tables of an answer, by key."""
    series = _series(site, answer)
    return {
        "by-hour:power-hydrogen.electricity": _by_hour(site, series),
        "by-month:power-hydrogen.electricity": _by_month(site, series),
        "by-year:power-hydrogen.investment": _by_year(site, sizes, params),
        "cost-stack": _cost_stack(site, answer, sizes, params),
        "what-moves-cost": what_moves_cost(site, answer, sizes, params),
        "sizes": _sizes(site, sizes),
    }


def _series(site: Site, answer: Answer) -> dict[str, Floats]:
    """Electricity by where it comes from (above nothing) and where it goes (below), in MW."""
    batteries = sum((answer.flow(d.id) for d in site.of("battery")), np.zeros(site.horizon.hours))
    electrolysers = sum((answer.flow(d.id) for d in site.of("electrolyser")), np.zeros(site.horizon.hours))
    found = {
        "grid": imported(site, answer),
        "solar": answer.flow("own use"),
        "battery-out": np.maximum(batteries, 0.0),
        "unserved": answer.flow("unserved"),
        "load": -site.load,
        "battery-in": np.minimum(batteries, 0.0),
        "electrolyser": -electrolysers,
        "export": answer.flow("export"),
    }
    return {name: values for name, values in found.items() if np.any(values)}


def _by_hour(site: Site, series: Mapping[str, Floats]) -> Rows:
    """The tightest week: that with the hour of the largest import and lack."""
    zero = np.zeros(site.horizon.hours)
    tight = series.get("grid", zero) + 1e3 * series.get("unserved", zero)
    starts = int(np.argmax(tight)) // WEEK * WEEK
    block = both(f"power_hydrogen.block-{site.horizon.blocks[starts // site.horizon.hours_of_block][0]}")
    hours = range(starts, min(starts + WEEK, site.horizon.hours))
    return [
        {"hour": h - starts, "value": rounded(float(values[h]), "MWH"), "series": _label(name), "week": block}
        for name, values in series.items()
        for h in hours
    ]


def _by_month(site: Site, series: Mapping[str, Floats]) -> Rows:
    return [
        {"month": month + 1, "value": rounded(float(value), "MWH"), "series": _label(name)}
        for name, values in series.items()
        for month, value in enumerate(site.horizon.monthly(values))
    ]


def _by_year(site: Site, sizes: Mapping[str, float], params: Mapping[str, Any]) -> Rows:
    paid = costs.investment(site, sizes, params)
    return [
        {"year": year, "value": rounded(krw, "KRW"), "series": _label(kind)}
        for year, kind, krw in costs.spent_by_year(paid, params)
    ]


def _cost_stack(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> Rows:
    items = costs.stack(site, answer, sizes, params)
    whole = costs.total(items)
    return [
        {
            "id": name,
            "label": _label(name),
            "krw": rounded(items[name], "KRW"),
            "share": rounded(items[name] / whole, "1") if whole else None,
        }
        for name in costs.ITEMS
    ]


def what_moves_cost(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> Rows:
    """The year's cost at the low and high of each price card, with sizes and operation kept as they are; widest first.

    Exact for the plan as computed. Planning anew at the other price could only cost less.
    """
    rows = []
    for p in PRICED:
        if p.name == "tariff" and any(g.own_tariff for g in site.grids):
            continue
        low, high = (_cost_at(site, answer, sizes, params, p.name, value) for value in (p.low, p.high))
        row = {"parameter": p.name, "label": dict(p.label), "low": p.low, "high": p.high, "unit": p.unit}
        rows.append(row | {"low_krw": rounded(low, "KRW"), "high_krw": rounded(high, "KRW")})
    return sorted(rows, key=lambda row: -abs(row["high_krw"] - row["low_krw"]))


def _cost_at(
    site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any], name: str, value: float
) -> float:
    items = costs.stack(site, answer, sizes, {**params, name: value})
    if name == "tariff":  # prices stand in the site: the mean is a factor of all of them
        items["energy-charge"] *= value / float(params["tariff"]) if params["tariff"] else 1.0
    return costs.total(items)


def _sizes(site: Site, sizes: Mapping[str, float]) -> Rows:
    return [
        {
            "id": d.id,
            "label": _label(d.kind),
            "size_mw": rounded(sizes[d.id], "MAW") if d.kind != "tank" else None,
            "size_mwh": rounded(sizes[d.id] * d.hours, "MWH") if d.kind in ("battery", "tank") else None,
            "chosen": d.extendable,
        }
        for d in site.devices
    ]


def _label(name: str) -> dict[str, str]:
    return both(f"power_hydrogen.item-{name}")
