"""How good the model is where that can be checked: against theory and its own balances, not against outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from madang.errors import both
from madang.models.power_hydrogen import costs, solar
from madang.models.power_hydrogen.card import ID
from madang.models.power_hydrogen.site import LHV_KWH_KG

SUWON = 37.27
OBLIQUITY_DEG = 23.44  # of the earth's axis: the declination of the solstices
SOLSTICES = {"summer": 172, "winter": 355}
HEAT_MJ_KG = 119.96  # lower heating value of hydrogen


def goodness() -> dict[str, Any]:
    """Rows of agreement with theory; not scored on outcomes, for no metered site is at hand."""
    rows = []
    for season, day in SOLSTICES.items():
        sign = 1 if season == "summer" else -1
        found = float(solar.noon_elevation_deg(np.array([float(day)]), SUWON)[0])
        rows.append(_row(f"good-noon-{season}", found, 90 - SUWON + sign * OBLIQUITY_DEG, "DD"))
    year = np.arange(1.0, 366.0)
    rows.append(_row("good-day-length", float(solar.day_length_h(year, SUWON).mean()), 12.0, "HUR"))
    rows.append(_row("good-annuity", costs.annuity(0.05, 20), 0.0802425872, "1"))
    rows.append(_row("good-lhv", LHV_KWH_KG, HEAT_MJ_KG / 3.6, "kW.h/kg"))
    return {"model": ID, "scored": False, "sentence": both("power_hydrogen.good-sentence"), "rows": rows}


def _row(what: str, value: float, theory: float, unit: str) -> dict[str, Any]:
    return {"label": both(f"power_hydrogen.{what}"), "value": value, "naive": None, "theory": theory, "unit": unit}
