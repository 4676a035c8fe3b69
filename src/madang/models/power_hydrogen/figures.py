"""Indicators of an answer: what is adequate, what it costs, what it emits; unknown where what they need is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity
from madang.models.base import Floats, Label
from madang.models.power_hydrogen import costs
from madang.models.power_hydrogen.card import OUTPUTS
from madang.models.power_hydrogen.programme import FIXED_SOLAR, Answer
from madang.models.power_hydrogen.site import LHV_KWH_KG, MWH_KG, Site

NOTICED_MW = 1e-6  # what an hour must lack to count as unserved

Values = Mapping[str, tuple[float | None, str]]  # indicator -> value, or the code of why there is none


def unknown(why: Label) -> dict[str, Quantity]:
    """Every indicator, without a value, for one reason."""
    return {id: _quantity(id, None, why) for id in OUTPUTS}


def figures(
    site: Site,
    answer: Answer,
    without: Answer | None,
    sizes: Mapping[str, float],
    params: Mapping[str, Any],
) -> dict[str, Quantity]:
    """Every indicator of an answer; `without` is the same site without hydrogen, where it makes its own."""
    values = {
        **_adequacy(site, answer),
        **_money(site, answer, without, sizes, params),
        **_energy(site, answer, sizes, params),
    }
    return {
        f"power-hydrogen.{name}": _quantity(
            f"power-hydrogen.{name}", value, None if not why else both(f"power_hydrogen.{why}")
        )
        for name, (value, why) in values.items()
    }


def imported(site: Site, answer: Answer) -> Floats:
    """What all connections bring in each hour (MW)."""
    return sum((answer.flow(f"grid {g.id}") for g in site.grids), np.zeros(site.horizon.hours))


def available_solar(site: Site, sizes: Mapping[str, float]) -> Floats:
    """What roofs could give in each hour (MW)."""
    roofs = [sizes[d.id] * d.profile for d in site.of("solar") if d.profile is not None]
    return sum(roofs, np.zeros(site.horizon.hours))


def used_solar(site: Site, answer: Answer) -> Floats:
    """What roofs do give in each hour (MW), exports included."""
    names = [FIXED_SOLAR, *(d.id for d in site.of("solar") if d.extendable)]
    return sum((answer.flow(name) for name in names), np.zeros(site.horizon.hours))


def made_hydrogen_kg(site: Site, answer: Answer, params: Mapping[str, Any]) -> float:
    """What the electrolysers make in a year."""
    taken = sum((answer.flow(d.id) for d in site.of("electrolyser")), np.zeros(site.horizon.hours))
    return float(site.horizon.weights @ taken) * float(params["electrolyser_efficiency"]) * 1000 / LHV_KWH_KG


def _adequacy(site: Site, answer: Answer) -> Values:
    weights, missing = site.horizon.weights, answer.flow("unserved")
    stated = all(g.limit is not None for g in site.grids)
    why = "" if stated else "no-limit"
    gas_kg = float(weights @ answer.flow("unserved hydrogen")) * 1000 / LHV_KWH_KG
    return {
        "unserved-energy": (float(weights @ missing) if stated else None, why),
        "unserved-hours": (float(weights @ (missing > NOTICED_MW)) if stated else None, why),
        "unserved-hydrogen": (gas_kg, ""),
        "peak-import": (float(imported(site, answer).max()), ""),
    }


def _money(
    site: Site, answer: Answer, without: Answer | None, sizes: Mapping[str, float], params: Mapping[str, Any]
) -> Values:
    items = costs.stack(site, answer, sizes, params)
    each: float | None = None
    made, why = made_hydrogen_kg(site, answer, params), "no-own-hydrogen"
    lacks = max(float(answer.flow("unserved").max()), float(without.flow("unserved").max()) if without else 0.0)
    if without is not None and made > 0:
        why = "hydrogen-cost-unserved" if lacks > NOTICED_MW else ""
        then = {d.id: without.sizes.get(d.id, d.size) if d.extendable else d.size for d in site.devices}
        then |= {d.id: 0.0 for kind in ("electrolyser", "tank") for d in site.of(kind)}
        power = costs.total(costs.stack(site, without, then, params))
        each = None if why else (costs.total(items) - items["delivered-hydrogen"] - power) / made
    return {
        "cost": (costs.total(items), ""),
        "investment": (sum(costs.investment(site, sizes, params).values()), ""),
        "hydrogen-cost": (each, why),
        "hydrogen-made": (made, ""),
    }


def _energy(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> Values:
    weights = site.horizon.weights
    bought, own = float(weights @ imported(site, answer)), float(weights @ answer.flow("own use"))
    could, did = float(weights @ available_solar(site, sizes)), float(weights @ used_solar(site, answer))
    delivered_kg = float(weights @ answer.flow("delivered")) * 1000 / LHV_KWH_KG
    emitted = bought * float(params["grid_emission"]) + delivered_kg * float(params["hydrogen_emission"]) / 1000
    by_kind = {kind: [(d, sizes[d.id]) for d in site.of(kind)] for kind in costs.KINDS}
    return {
        "emissions": (emitted, ""),
        "electricity": (bought + own, ""),
        "self-sufficiency": (100 * own / (bought + own) if bought + own > 0 else None, "no-electricity"),
        "curtailment": (100 * max(could - did, 0.0) / could if could > 0 else None, "no-solar"),
        "solar-size": (sum(size for _, size in by_kind["solar"]) * 1000, ""),
        "battery-size": (sum(size * d.hours for d, size in by_kind["battery"]) * 1000, ""),
        "electrolyser-size": (sum(size for _, size in by_kind["electrolyser"]) * 1000, ""),
        "tank-size": (sum(size for _, size in by_kind["tank"]) / MWH_KG, ""),
    }


def _quantity(id: str, value: float | None, why: Label | None) -> Quantity:
    entry = indicator(id)
    return Quantity(value, entry.unit, method=entry.method["en"], note=dict(why) if value is None and why else None)
