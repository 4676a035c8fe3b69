"""How good: what the model agrees with. Not scored: no loss of a restricted firm is at hand to score it on."""

from __future__ import annotations

from typing import Any

import numpy as np

from madang.errors import both
from madang.models.base import Floats
from madang.models.supply_shock import cascade
from madang.models.supply_shock.cascade import DAYS, Items, Network, Path, Setting

CASES = 2000


def goodness() -> dict[str, Any]:
    """The agreement with theory, recomputed: closed form, no drift, a cascade solved by hand."""
    rows = [
        (both("supply_shock.goodness-direct", cases=CASES), gap_to_closed_form(CASES)),
        (both("supply_shock.goodness-drift"), drift()),
        (both("supply_shock.goodness-hand"), gap_to_hand()),
        (both("supply_shock.goodness-2019"), None),
    ]
    return {
        "model": "supply-shock",
        "scored": False,
        "sentence": both("supply_shock.goodness"),
        "rows": [{"label": label, "value": value, "naive": None, "unit": "1"} for label, value in rows],
    }


def gap_to_closed_form(cases: int) -> float:
    """The largest gap between the day-by-day loss of a year and criticality x ((1-d)T - S)/365, over random cases."""
    rng = np.random.default_rng(0)
    delivered, days = rng.random(cases), rng.integers(0, 366, cases).astype(float)
    stock, critical, substitute = rng.random(cases) * 120, rng.random(cases), rng.random(cases) * 400
    lasts = np.minimum(days, substitute)
    path = cascade.run(
        cascade.alone(1), one_item(1 - delivered, lasts, stock, critical), cascade.idle(cases, restock=60.0)
    )
    closed = critical * np.maximum((1 - delivered) * lasts - stock, 0.0) / DAYS
    return float(np.abs(path.lost[0] / DAYS - closed).max())


def drift() -> float:
    """The largest loss of any producer in a year of a network without a shock."""
    rng = np.random.default_rng(1)
    slots = rng.integers(0, 20, (8, 20))
    network = Network(np.eye(20), slots, slots, rng.random((8, 20)) < 0.5, rng.random(20))
    setting = Setting(np.ones(5), np.arange(5.0), np.linspace(0, 1, 5), 60.0)
    nothing = one_item(np.zeros(5), np.full(5, 365.0), np.zeros(5), np.ones(5))
    return float(np.abs(cascade.run(network, nothing, setting).lost).max())


def gap_to_hand() -> float:
    """The gap to the chain A -> B of `chain`: A lacks half an item for 100 days of which 10 are in stock.

    A makes half from day 20 to 99: 40 days lost. B has 5 days of A's good and takes half of it: it lacks A's good from
    day 21 to 100, its stock of 5 lasts 10 days, so it loses 0.5 x (80 x 0.5 - 5) = 17.5 days at criticality one half.
    """
    path = chain()
    return float(np.abs(path.lost[:, 0] - [40.0, 17.5]).max())


def chain() -> Path:
    """Two industries, the second of which needs the product of the first; every customer lacks in proportion."""
    slots = np.array([[2, 0]])
    network = Network(np.eye(2), slots, slots, np.array([[False, True]]), np.array([0.5, 0.5]))
    setting = Setting(np.array([0.5]), np.array([5.0]), np.array([0.0]), 60.0)
    item = one_item(np.array([0.5]), np.array([100.0]), np.array([10.0]), np.array([1.0]))
    return cascade.run(network, item, setting, keep_days=True)


def one_item(missing: Floats, lasts: Floats, stock: Floats, critical: Floats) -> Items:
    """One item of the first producer, restricted once from the first day; one entry a member."""
    starts = np.zeros((1, 1, len(stock)))
    return Items(np.array([0]), stock[None], critical[None], missing[None, None], starts, lasts[None, None])
