"""How good the model is. It decides and does not forecast, so there is nothing to score out of sample.

What can be shown is how near its search comes to an optimum that others have published: the case of San Francisco (205
census tracts, 16 stores, ways along the road network) that spopt carries in its own tests. The engine's optimum is held
against it in `tests/theory`; here stands the exchange search, the model's own check of the engine, beside the plain
way of adding the best site each time.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from madang.errors import both
from madang.indicators.quantity import rounded
from madang.models.base import Floats
from madang.models.siting.objectives import Problem, exchanged, greedy, loss

FOLDER = Path("tests", "test_locate", "data")
WAYS = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
PEOPLE = "SF_demand_205_centroid_uniform_weight.csv"
SITES = 4
PUBLISHED_MEAN_M = 2982.1268579890657  # spopt 0.7.0, tests/test_locate/test_p_median.py: mean_distance_expected


class Case(NamedTuple):
    """A published siting problem: ways in kilometres (places x sites) and people."""

    ways: Floats
    people: Floats


def san_francisco() -> Case | None:
    """The case that spopt's wheel carries; None where spopt is not installed or carries no tests."""
    found = find_spec("spopt")
    roots = [Path(p) for p in (found.submodule_search_locations or [])] if found is not None else []
    folder = next((root / FOLDER for root in roots if (root / FOLDER / WAYS).exists()), None)
    if folder is None:
        return None
    with (folder / PEOPLE).open(encoding="utf-8") as lines:
        people = {row["NAME"]: float(row["POP2000"]) for row in csv.DictReader(lines)}
    with (folder / WAYS).open(encoding="utf-8") as lines:
        ways = {(row["DestinationName"], row["name"]): float(row["distance"]) / 1000 for row in csv.DictReader(lines)}
    tracts, stores = sorted({tract for tract, _ in ways}), sorted({store for _, store in ways})
    return Case(
        np.array([[ways[tract, store] for store in stores] for tract in tracts]),
        np.array([people[tract] for tract in sorted(people)]),
    )


def goodness() -> Mapping[str, Any]:
    """Why it is not scored, and the published case."""
    case = san_francisco()
    if case is None:
        return {"model": "siting", "scored": False, "sentence": both("siting.goodness-no-case"), "rows": []}
    problem = Problem(case.ways, np.full(len(case.people), np.inf), case.people, "p-median", np.inf, 0.0)
    plain = greedy(problem, SITES)
    _, best = exchanged(problem, plain)
    row = {
        "label": both("siting.goodness-mean", published=f"{PUBLISHED_MEAN_M:,.2f}"),
        "value": rounded(1000 * best, "MTR"),
        "naive": rounded(1000 * loss(problem, problem.nearest(plain)), "MTR"),
        "unit": "MTR",
    }
    return {"model": "siting", "scored": False, "sentence": both("siting.goodness"), "rows": [row]}
