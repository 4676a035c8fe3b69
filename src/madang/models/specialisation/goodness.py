"""How good the specialisation model is: it describes and forecasts nothing, so it is held against hand-made tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from madang.errors import both
from madang.models.clusters import measures


def goodness() -> dict[str, Any]:
    """That there is nothing to score out of sample, and how far its measures are from examples solved by hand."""
    before, after = np.array([[30.0, 70.0], [20.0, 180.0]]), np.array([[45.0, 70.0], [20.0, 195.0]])
    quotient = float(measures.location_quotients(before)[0, 0])
    competitive = float(measures.shift_shares(before, after).competitive[0, 0])
    rows = (("quotient", quotient, 1.8), ("competitive", competitive, 6.0))
    return {
        "model": "specialisation",
        "scored": False,
        "sentence": both("clusters.goodness-specialisation"),
        "rows": [
            {"label": both(f"clusters.goodness-{name}"), "value": abs(found - by_hand), "naive": None, "unit": "1"}
            for name, found, by_hand in rows
        ],
    }
