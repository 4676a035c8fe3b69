"""What an answer costs a year, item by item, from its sizes and flows; and what it would cost at other prices. Pure.

Every device is counted at its full investment, turned into equal yearly payments over its life (annuity), whether it
stands already or not. Penalties of unserved energy are no cost and stand in no item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from madang.models.power_hydrogen.site import LHV_KWH_KG, MWH_KG, Device, Kind, Site

if TYPE_CHECKING:
    from madang.models.power_hydrogen.programme import Answer

KINDS: tuple[Kind, ...] = ("solar", "battery", "electrolyser", "tank")
ITEMS = ("energy-charge", "demand-charge", "delivered-hydrogen", *KINDS, "upkeep", "export")


def annuity(rate: float, years: float) -> float:
    """The yearly payment for one won borrowed now and paid back in equal parts."""
    return 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)


def annuity_factor(kind: Kind, params: Mapping[str, Any]) -> float:
    """The yearly payment per won invested in a kind of device."""
    return annuity(float(params["discount_rate"]), float(params[f"{kind}_life"]))


def capex_of(device: Device, params: Mapping[str, Any]) -> float:
    """The investment in KRW per MW, of a tank per MWh; a battery's is that of the energy of its hours."""
    stated = float(params[f"{device.kind}_capex"])
    if device.kind == "tank":
        return stated / MWH_KG
    return stated * 1000 * (device.hours if device.kind == "battery" else 1.0)


def investment(site: Site, sizes: Mapping[str, float], params: Mapping[str, Any]) -> dict[str, float]:
    """The investment by kind of device, in KRW."""
    return {kind: sum(sizes[d.id] * capex_of(d, params) for d in site.of(kind)) for kind in KINDS}


def stack(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> dict[str, float]:
    """The cost of a year by item, in KRW; what export earns is less than nothing."""
    weights, paid = site.horizon.weights, investment(site, sizes, params)
    energy = sum(float(weights @ (answer.flow(f"grid {g.id}") * g.price)) for g in site.grids)
    peak = sum(answer.sizes[f"grid {g.id}"] for g in site.grids)
    delivered_kg = float(weights @ answer.flow("delivered")) * 1000 / LHV_KWH_KG
    return {
        "energy-charge": energy,
        "demand-charge": peak * float(params["demand_charge"]) * 12 * 1000,
        "delivered-hydrogen": delivered_kg * float(params["hydrogen_price"]),
        **{kind: paid[kind] * annuity_factor(kind, params) for kind in KINDS},
        "upkeep": sum(paid.values()) * float(params["upkeep"]),
        "export": -float(weights @ answer.flow("export")) * float(params["export_price"]) * 1000,
    }


def total(items: Mapping[str, float]) -> float:
    """The sum of a stack."""
    return float(sum(items.values()))


def objective(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> float:
    """The objective of the programme computed again from flows and sizes, in KRW: what the engine must agree with.

    It has the penalties, and of the investment only that in devices whose size was chosen.
    """
    weights, items = site.horizon.weights, stack(site, answer, sizes, params)
    running = sum(items[name] for name in ("energy-charge", "demand-charge", "delivered-hydrogen", "export"))
    chosen = sum(
        sizes[d.id] * capex_of(d, params) * (annuity_factor(d.kind, params) + float(params["upkeep"]))
        for d in site.devices
        if d.extendable
    )
    unserved = float(weights @ answer.flow("unserved")) * float(params["unserved_cost"]) * 1000
    gas = float(weights @ answer.flow("unserved hydrogen")) * 1000 / LHV_KWH_KG
    return running + chosen + unserved + gas * float(params["unserved_hydrogen_cost"])


def spent_by_year(paid: Mapping[str, float], params: Mapping[str, Any]) -> list[tuple[int, Kind, float]]:
    """(Year, kind, KRW) of first investments in year 0 and of what replaces devices at the end of their lives."""
    return [
        (int(year), kind, paid[kind])
        for kind in KINDS
        if paid[kind] > 0
        for year in np.arange(0, float(params["years"]), float(params[f"{kind}_life"]))
    ]
