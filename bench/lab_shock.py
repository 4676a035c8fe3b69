"""What a supply shock costs: a year of 210 industries, a band of 1,000 members, options, the model on a made-up city.

Run as `python bench/lab_shock.py`. The 210 industries are drawn, not real; the table is the shipped one. Times are wall
clock of one process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from madang.models.base import Blob, Context, Records
from madang.models.economy import shipped
from madang.models.industries import INDUSTRIES
from madang.models.supply_shock import cascade
from madang.models.supply_shock.cascade import Network, Setting
from madang.models.supply_shock.goodness import one_item
from madang.models.supply_shock.model import SupplyShock

LARGE, MEMBERS = 210, 1_000


def main() -> None:
    slots = np.repeat(np.arange(LARGE)[:, None], LARGE, axis=1)
    np.fill_diagonal(slots, LARGE)
    dense = Network(np.eye(LARGE), slots, slots, np.ones(slots.shape, dtype=bool), np.full(LARGE, 0.5))
    shock = one_item(*(np.array([v]) for v in (0.8, 180.0, 60.0, 1.0)))
    setting = Setting(np.array([0.5]), np.array([10.0]), np.array([0.5]), 60.0)
    say(f"a year of {LARGE} industries, each needing all others", best(lambda: cascade.run(dense, shock, setting)))

    model = SupplyShock()
    one = {p.name: p.default for p in model.spec.params}
    with Context(0) as ctx:
        many = {
            p.name: np.full(MEMBERS, p.default)
            if p.role == "constant"
            else p.low + (p.high - p.low) * ctx.stratified(p.name, MEMBERS)
            for p in model.spec.params
        }
        for words, options, city in (
            ("Korea alone", 0, False),
            ("Korea alone, without and with 4 options", 4, False),
            ("a city beside Korea", 0, True),
            ("a city beside Korea, without and with 4 options", 4, True),
        ):
            inputs = made_up(options, city=city)
            took = best(lambda inputs=inputs: model.run_batch(inputs, many, ctx), times=3)
            say(f"band of {MEMBERS:,} members, {words}", took)
        inputs = made_up(4, city=True)
        say("central answer with tables, 4 options and their 16 sets", best(lambda: model.run(inputs, one, ctx)))


def made_up(options: int, *, city: bool) -> dict[str, Records | Blob]:
    """One firm in electronics with a restricted item, and options against it; value added is invented."""
    names = [i.id for i in INDUSTRIES]
    grdp = "\n".join([",".join(["year", "code", *names]), ",".join(["2020", "1", *["20000000000000"] * len(names)])])
    dependency = {"buyer": "firm", "industry": "electronics", "yearlyOutput": 2e12, "originShare": 0.9}
    days = {"low": 30, "central": 60, "high": 90}
    restricted = {"refDependency": "d", "startsOn": "2027-01-01", "restrictionDays": 180, "deliveredShare": 0.2}
    made: dict[str, Records | Blob] = {
        "dependencies": Records(("d",), ({**dependency, "stockDays": days},)),
        "restrictions": Records(("r",), (restricted,)),
        "options": Records(
            tuple(f"o{n}" for n in range(options)),
            tuple({"kind": "stock", "refDependency": "d", "stockDays": 5.0 * (n + 1)} for n in range(options)),
        ),
        "table": shipped.default_blob(),
        "national": Blob("grdp.csv", grdp.encode()),
    }
    if city:
        own = {"refPlace": "c", "year": 2020, **dict.fromkeys(names, 1e12)}
        made |= {"cities": Records(("c",), ({},)), "grdp": Records(("s",), (own,))}
    return made


def best(work: Callable[[], object], *, times: int = 5) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def say(what: str, seconds: float) -> None:
    sys.stdout.write(f"{what:72} {seconds * 1e3:9.1f} ms\n")


if __name__ == "__main__":
    main()
