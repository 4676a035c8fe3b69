"""What the power and hydrogen model costs: importing its engine, a week, four weeks, a year; a run that is known.

Run as `python bench/lab_energy.py`; needs `madang[energy]`. A made-up fab of 500 MW with a battery, roofs and an
electrolyser to be sized. Times are wall clock of the call, the engine's process included; ratios are against PyPSA
in a process that is started anew for each question, measured in the same run.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from madang.models import engines
from madang.models.base import Context, Records
from madang.models.ensemble import parameters
from madang.models.power_hydrogen.card import SPEC
from madang.models.power_hydrogen.model import PowerHydrogen

TIMES = 3


def main() -> None:
    first = clocked(lambda: answer("168"))
    say("a mean week (168 h), with starting the engine", first)
    week = median(lambda: answer("168"))
    say("a mean week (168 h), engine waiting", week, f"{first / week:.1f}x faster than starting it")
    weeks = median(lambda: answer("672"))
    say("four weeks (672 h), the default", weeks)
    year = clocked(lambda: answer("8760"))
    say("a year (8,760 h)", year, f"{year / weeks:.1f}x four weeks")
    say("what goes in, without the engine", median(prepared))
    engines.end_all()


def answer(hours: str) -> object:
    """One run with an electrolyser: the site is solved twice, with and without its own hydrogen."""
    with Context(0) as ctx:
        return PowerHydrogen().run(fab(), parameters(SPEC, {"hours": hours}).values, ctx)


def prepared() -> object:
    """Reading a site whose load nobody knows: everything but the engine."""
    with Context(0) as ctx:
        unknown = {**fab(), "batteries": one("Battery")}
        return PowerHydrogen().run(unknown, parameters(SPEC, {}).values, ctx)


def fab() -> dict[str, Records]:
    """A made-up fab in Yongin."""
    yongin = {"type": "Point", "coordinates": [127.2, 37.2]}
    return {
        "sites": one(
            "EnergySite", electricLoad=500.0, loadShape="three-shift", location=yongin, hydrogenDeliveryLimit=0.0
        ),
        "grids": one("GridConnection", importLimit=560.0, exportLimit=10.0),
        "solar": one("RoofSolar", roofArea=400_000.0, extendable=True),
        "batteries": one("Battery", energyCapacity=100_000.0),
        "electrolysers": one("Electrolyser", extendable=True),
        "tanks": one("HydrogenTank", extendable=True),
        "stations": one("HydrogenStation", hydrogenDemand=2_000.0),
    }


def one(kind: str, **row: Any) -> Records:
    return Records((f"urn:ngsi-ld:{kind}:bench:1",), (row,))


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(work: Callable[[], object]) -> float:
    return statistics.median(clocked(work) for _ in range(TIMES))


def say(what: str, seconds: float, more: str = "") -> None:
    sys.stdout.write(f"{what:52} {seconds:8.2f} s  {more}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
