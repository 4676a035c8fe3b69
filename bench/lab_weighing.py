"""What the lab costs: judgements, ranks, worth, and a slider from its turn to indicators with bands.

Run as `python bench/lab_weighing.py`. Times are wall clock of one process, the best of several unless it says so;
matrices, tables and flows are drawn; the slider is on real figures of Gwangyang, from the data packages.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from madang.lab import ahp, benefit_cost, measuring
from madang.lab.acceptability import Criterion, ranking
from madang.lab.alternatives import Alternative
from madang.lab.board import make_board
from madang.lab.pareto import front, front_shares
from madang.lab.prim import find_box
from madang.lab.tornado import tornado
from madang.lab.turning import what_must_hold
from models import PROGRAMME, city

MATRICES, CRITERIA = 10_000, 7
ALTERNATIVES, DRAWS = 200, 10_000
SLIDES = 30
STAYS = "economy.value-added-city-realised"


def main() -> None:
    random = np.random.default_rng(0)
    matrices = judged(random)
    say("10,000 AHP matrices of 7 x 7: weights and ratios", best(lambda: ahp.weigh_many(matrices)), "goal 500 ms")

    table = random.random((ALTERNATIVES, 8))
    names = [Criterion(f"c{k}", "more") for k in range(8)]
    rows = {f"a{n}": dict(zip((c.id for c in names), map(float, row), strict=True)) for n, row in enumerate(table)}
    say("200 alternatives x 10,000 weights: ranks", best(lambda: ranking(rows, names, draws=DRAWS)), "goal 300 ms")
    members = table + 0.1 * random.random((1000, ALTERNATIVES, 8))
    uncertain = best(lambda: ranking(rows, names, members=members, draws=DRAWS), times=2)
    say("  the same, each weight with one of 1,000 members", uncertain)

    flows, years = random.random((2, 10_000, 30)) * 1e9, np.arange(2027.0, 2057.0)
    worths = best(lambda: benefit_cost.worths(flows[0], flows[1], years, rate=0.045, base_year=2027))
    say("B/C of 10,000 alternatives over 30 years", worths)

    points = random.random((10_000, 4))
    say("Pareto front of 10,000 alternatives, 4 criteria", best(lambda: front(points), times=2))
    say("  share of 1,000 members on the front, 20 alternatives", best(lambda: front_shares(members[:, :20, :4])))
    cloud = random.random((10_000, 8))
    hits = (cloud[:, 0] > 0.6) & (cloud[:, 1] < 0.5)
    say("PRIM: 10,000 members, 8 columns", best(lambda: find_box(cloud, hits), times=2))

    with tempfile.TemporaryDirectory() as folder, city(Path(folder)) as store:
        plan = Alternative("plan", "plan", {"ko": "안", "en": "plan"})
        slides = [clocked(lambda n=n: make_board(store, [turned(n)], models=["economy"])) for n in range(SLIDES)]
        told = f"slowest {max(slides[1:]) * 1e3:.0f} ms, first {slides[0] * 1e3:.0f} ms; goal 100 ms"
        say("slider to a board with bands, economy, median", statistics.median(slides), told)
        again = best(lambda: make_board(store, [turned(3)], models=["economy"]))
        say("  turned back to where it was", again)
        say("tornado of the economy", clocked(lambda: tornado(store, plan, STAYS)))
        other = Alternative("v", "plan", plan.title, {f"{PROGRAMME}#amount": 1.5e12})
        measure = measuring.improving(STAYS)
        say("what would have to be true, economy", clocked(lambda: what_must_hold(store, plan, other, measure)))


def turned(n: int) -> Alternative:
    """The plan with its amount turned."""
    return Alternative("v", "plan", {"ko": "안", "en": "plan"}, {f"{PROGRAMME}#amount": 1e12 + n * 1e10})


def judged(random: np.random.Generator) -> np.ndarray:
    """Reciprocal matrices on the nine-point scale."""
    scale = np.array([*range(1, 10), *(1 / n for n in range(2, 10))])
    upper = np.triu(random.choice(scale, (MATRICES, CRITERIA, CRITERIA)), 1)
    lower = np.divide(1.0, upper, out=np.zeros_like(upper), where=upper > 0)
    return upper + np.swapaxes(lower, 1, 2) + np.eye(CRITERIA)


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object], *, times: int = 5) -> float:
    return min(clocked(work) for _ in range(times))


def say(what: str, seconds: float, more: str = "") -> None:
    sys.stdout.write(f"{what:62} {seconds * 1e3:9.1f} ms  {more}\n")


if __name__ == "__main__":
    main()
