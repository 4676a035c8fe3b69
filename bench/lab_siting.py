"""What siting costs: each objective for a city, a larger one, and its bands.

Run as `python bench/lab_siting.py`. Places, people and candidates are drawn, not real. Times are wall clock; the engine
runs in a process of its own, whose start (imports of spopt) is said apart.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from madang.models import engines
from madang.models.base import Context, Records
from madang.models.siting import choosing
from madang.models.siting.card import SPEC
from madang.models.siting.choosing import Ask, choose
from madang.models.siting.model import Siting
from madang.models.siting.objectives import OBJECTIVES

CITY, LARGE = (50, 60, 5), (300, 60, 5)  # places, candidates, new sites
RADIUS_KM, ACROSS_KM, MEMBERS = 4.0, 20.0, 10_000


def main() -> None:
    first = clocked(lambda: choose(asked("coverage", *CITY, seed=1), Context(0)))
    say("the engine's start and a first small answer", first)
    for size in (CITY, LARGE):
        places, candidates, count = size
        print(f"  {places} places, {candidates} candidates, {count} new sites")
        for objective in OBJECTIVES:
            choosing._known.clear()
            ask = asked(objective, *size, seed=0)
            took = clocked(lambda ask=ask: choose(ask, Context(0)))
            say(f"  {objective}", took, f"gap {choose(ask, Context(0)).best.gap:.1e}")
        say("  the last one, known already", clocked(lambda ask=ask: choose(ask, Context(0))))
    inputs, numbers = city(*CITY)
    with Context(0) as ctx:
        Siting().run_batch(inputs, {name: v[:10] for name, v in numbers.items()}, ctx)
        took = clocked(lambda: Siting().run_batch(inputs, numbers, ctx))
    say(f"access of {MEMBERS:,} members, sites chosen already", took, f"{1e6 * took / MEMBERS:.0f} us a member")
    engines.end_all()


def asked(objective: str, places: int, candidates: int, count: int, *, seed: int) -> Ask:
    """A drawn question, without its curve."""
    rng = np.random.default_rng(seed)
    here, there = (rng.random((n, 2)) * ACROSS_KM for n in (places, candidates))
    ways = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    return Ask(
        ways=ways,
        people=rng.integers(1_000, 30_000, places).astype(float),
        standing=(),
        candidates=tuple(range(candidates)),
        objective=objective,
        count=count,
        radius=RADIUS_KM,
        aversion=1.0,
        seconds=60.0,
        curve=False,
    )


def city(places: int, candidates: int, count: int) -> tuple[dict[str, Records | None], dict[str, np.ndarray]]:
    """Drawn rows as the runner would read them, and the parameters of many members."""
    rng = np.random.default_rng(0)

    def rows(n: int, **more: object) -> tuple[dict[str, object], ...]:
        at = rng.random((n, 2)) * [0.2, 0.15] + [127.0, 37.3]
        return tuple({"location": {"type": "Point", "coordinates": list(p)}, **more} for p in at)

    dongs = Records(tuple(f"urn:d{n:03}" for n in range(places)), rows(places, population=20_000))
    sites = Records(tuple(f"urn:s{n:03}" for n in range(candidates)), rows(candidates, kind="lab", state="candidate"))
    with Context(0) as ctx:
        numbers = {p.name: np.full(MEMBERS, p.default) for p in SPEC.params} | {"p": np.full(MEMBERS, float(count))}
        for p in SPEC.params:
            if p.role == "uncertainty":
                numbers[p.name] = p.low + (p.high - p.low) * ctx.stratified(p.name, MEMBERS)
    empty = dict.fromkeys((port.name for port in SPEC.inputs), None)
    return {**empty, "dongs": dongs, "sites": sites}, numbers


def clocked(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def say(what: str, seconds: float, more: str = "") -> None:
    print(f"  {what:<62} {seconds * 1e3:9.1f} ms  {more}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
