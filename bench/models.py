"""What models cost: many alternatives in one call, an ensemble, a slider, a comparison, a run computed again.

Run as `python bench/models.py`. Real figures of Gwangyang, from the data packages. Times are wall clock of
one process; ratios are against a plain loop that solves one alternative at a time, measured in the same run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from madang.entities.entity import json_property, property_
from madang.lab import compare as comparing
from madang.models import runner
from madang.models.base import Context
from madang.models.clusters.districts import years_of
from madang.models.economy import impact, shipped
from madang.models.economy.regional import Region, region_of
from madang.models.industries import INDUSTRIES
from madang.sources import base, korea
from madang.store import Store

ALTERNATIVES, LOOP, SLIDES = 10_000, 200, 20
GWANGYANG = "36060"
SHARES = {"electrical-equipment": 0.45, "basic-metals": 0.2, "chemicals": 0.15, "construction": 0.2}
PROGRAMME = "urn:ngsi-ld:Programme:bench:1"


def main() -> None:
    table, region = shipped.table(), gwangyang()
    spending = np.random.default_rng(0).random((ALTERNATIVES, len(table.codes))) * 1e11

    many = best(lambda: impact.alternatives(table, region, spending, delta=0.25))
    loop = best(lambda: [one_by_one(table, region, row) for row in spending[:LOOP]], times=2) / LOOP * ALTERNATIVES
    say("10,000 alternatives, one set of assumptions", many, f"{loop / many:,.0f}x a loop of solves ({loop:.2f} s)")

    ctx = Context(0)
    delta = 0.1 + 0.3 * ctx.stratified("delta", ALTERNATIVES)
    factor = np.stack([0.8 + 0.4 * ctx.stratified(c, ALTERNATIVES) for c in table.codes], axis=1)
    demand = impact.Demand(spending[:, None], np.full((ALTERNATIVES, 1), np.nan))
    own = best(lambda: impact.evaluate(table, region, demand, delta=delta, import_factor=factor), times=2)
    say("10,000 alternatives, each its own assumptions", own, f"{loop / own:,.1f}x a loop of solves")

    with tempfile.TemporaryDirectory() as folder, city(Path(folder)) as store:
        first = clocked(lambda: comparing.compare(store, "plan"))
        say("comparison, first time (two runs of 1,000 members, recorded)", first)
        say("comparison, known", best(lambda: comparing.compare(store, "plan")))
        slides = [
            clocked(lambda n=n: comparing.what_if(store, "plan", {f"{PROGRAMME}#amount": 1e12 + n * 1e10}))
            for n in range(SLIDES)
        ]
        say("slider to indicators with band, median", statistics.median(slides), f"slowest {max(slides) * 1e3:.0f} ms")
        say("verify one run", best(lambda: runner.verify_run(store, comparing.compare(store, "plan").rows[0].run)))


def one_by_one(table: object, region: object, spending: object) -> impact.Impact:
    """One alternative the plain way: its own system, its own solve."""
    alone = impact.Demand(spending[None, None], np.full((1, 1), np.nan))  # type: ignore[index]
    ones = np.ones((1, len(table.codes)))  # type: ignore[attr-defined]
    return impact.evaluate(table, region, alone, delta=np.array([0.25]), import_factor=ones)  # type: ignore[arg-type]


def gwangyang() -> Region:
    """Gwangyang beside the rest of Korea, 2020."""
    year = years_of(korea.national_tables().grdp)[2020]
    own = year.values[year.codes.index(GWANGYANG)]
    ids = [i.id for i in INDUSTRIES]
    here = {id: None if np.isnan(v) else float(v) for id, v in zip(ids, own, strict=True)}
    whole = dict(zip(ids, map(float, np.nansum(year.values, axis=0)), strict=True))
    return region_of(shipped.table().codes, here, whole, year=2020)


def city(folder: Path) -> Store:
    """Gwangyang as a city file, with one programme on a branch."""
    store = Store.create(folder / "city.gpkg", city_id="gwangyang", title={"ko": "광양시", "en": "Gwangyang"})
    base.write(store, [korea.city_from_packages("gwangyang")], actor="bench", reason="load")
    store.fork("plan", actor="bench", reason="fork")
    with store.transact(branch="plan", actor="bench", reason="programme") as tx:
        amount = property_(1_374_200_000_000, unit="KRW", status="observed")
        shares = json_property(SHARES)
        tx.put({"id": PROGRAMME, "type": "Programme", "amount": amount, "sectorShares": shares})
    return store


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
