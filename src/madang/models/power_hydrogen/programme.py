"""The linear programme of a site as plain numbers, and its answer as arrays: what goes to the engine, what comes back.

Pure. Money goes to the engine in million KRW, so that its numbers stay near one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.models.base import Floats
from madang.models.power_hydrogen.costs import annuity_factor, capex_of
from madang.models.power_hydrogen.site import LHV_KWH_KG, Device, Kind, Site

MILLION = 1e6
FIXED_SOLAR = "solar"  # all roofs whose size is given, as one


@dataclass(frozen=True, eq=False)
class Answer:
    """The optimum: sizes and flows by name (MW over the horizon's hours), and what the engine says of itself."""

    objective_krw: float
    sizes: Mapping[str, float]
    flows: Mapping[str, Floats]
    price_krw_mwh: Floats
    gap: float
    imbalance: float

    def flow(self, name: str) -> Floats:
        """What a component gives in each hour; zero where there is none."""
        return self.flows.get(name, np.zeros(len(self.price_krw_mwh)))


def case_of(site: Site, params: Mapping[str, Any], *, own_hydrogen: bool = True) -> dict[str, Any]:
    """The case that the engine solves; without own hydrogen, its devices and its demand are left out."""
    kinds: tuple[Kind, ...] = ("battery", "electrolyser", "tank") if own_hydrogen else ("battery",)
    devices = [_device(d, site, params) for kind in kinds for d in site.of(kind)]
    export = sum(g.export_limit for g in site.grids)
    return {
        "weight": site.horizon.weights.tolist(),
        "ends": site.horizon.ends(),
        "load": site.load.tolist(),
        "hydrogen": site.hydrogen.tolist() if own_hydrogen else [],
        "grids": [
            {
                "id": g.id,
                "limit": g.limit,
                "price": (g.price / MILLION).tolist(),
                "charge": demand_charge(params) / MILLION,
            }
            for g in site.grids
        ],
        "export": {"limit": export, "price": float(params["export_price"]) * 1000 / MILLION},
        "delivery": {"limit": site.delivery_limit, "price": per_mwh(params["hydrogen_price"]) / MILLION},
        "penalty": {
            "electricity": float(params["unserved_cost"]) * 1000 / MILLION,
            "hydrogen": per_mwh(params["unserved_hydrogen_cost"]) / MILLION,
        },
        "devices": [*_solar(site, params), *devices],
    }


def per_mwh(krw_kg: Any) -> float:
    """A price a kg of hydrogen as one a MWh of its lower heating value."""
    return float(krw_kg) * 1000 / LHV_KWH_KG


def demand_charge(params: Mapping[str, Any]) -> float:
    """The demand charge a MW and year, in KRW."""
    return float(params["demand_charge"]) * 12 * 1000


def answer_of(said: Mapping[str, Any]) -> Answer:
    """The engine's answer to a case."""
    return Answer(
        said["objective"] * MILLION,
        said["sizes"],
        {name: np.array(values, dtype=np.float64) for name, values in said["flows"].items()},
        np.array(said["price"], dtype=np.float64) * MILLION,
        said["gap"],
        said["imbalance"],
    )


def size_of(device: Device, answer: Answer) -> float:
    """The size that a device has in an answer: chosen where it may be, else as given."""
    return answer.sizes.get(device.id, device.size) if device.extendable else device.size


def _solar(site: Site, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    fixed = [d for d in site.of("solar") if not d.extendable]
    whole = sum(d.size for d in fixed)
    one = []
    if whole > 0:
        output = sum((d.size * d.profile for d in fixed if d.profile is not None), np.zeros(site.horizon.hours))
        one = [Device(FIXED_SOLAR, "solar", whole, profile=output / whole)]
    return [_device(d, site, params) for d in [*one, *(d for d in site.of("solar") if d.extendable)]]


def _device(device: Device, site: Site, params: Mapping[str, Any]) -> dict[str, Any]:
    yearly = capex_of(device, params) * (annuity_factor(device.kind, params) + float(params["upkeep"]))
    efficiency = {"battery": "battery_efficiency", "electrolyser": "electrolyser_efficiency"}.get(device.kind)
    return {
        "id": device.id,
        "kind": device.kind,
        "size": device.size,
        "extendable": device.extendable,
        "most": device.most,
        "hours": device.hours,
        "efficiency": float(params[efficiency]) if efficiency else 1.0,
        "profile": [] if device.profile is None else device.profile.tolist(),
        "annuity": yearly / MILLION,
    }
