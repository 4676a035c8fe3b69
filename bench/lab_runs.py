"""What runs by the thousand cost: overhead a task, one core against two, a cached run, memory of many members.

Run as `python bench/lab_runs.py`. Wall clock on the machine at hand; ratios are measured within the same run, so a busy
machine changes them less than the times.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from madang.indicators.quantity import Quantity
from madang.models import registry
from madang.models.base import Context, Inputs, Param, Result, Spec
from madang.models.many.design import sample
from madang.models.many.experiments import evaluate
from madang.models.many.journal import Journal
from madang.models.many.supervisor import cores

PAIR = {"ko": "성능 측정", "en": "benchmark"}
TASKS, HEAVY, OUTCOMES = 20_000, 400, 20


def spec(id: str, outputs: list[str]) -> Spec:
    """A card of a model for measuring."""
    return Spec(
        id=id, version="1", title=PAIR, question=PAIR, inputs=[], outputs=outputs,
        params=[Param("x", "1", "uncertainty", 0.5, 0.0, 1.0)], engine="python", engine_version=lambda: "3",
        licence="Apache-2.0", assumptions=[], not_valid=[], checked=[], constants=[], references=[],
    )  # fmt: skip


class Empty:
    """Does nothing."""

    spec = spec("empty", ["empty.y"])

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        return Result({"empty.y": Quantity(params["x"], "1")})


class Heavy:
    """Pure Python, some tens of milliseconds a member."""

    spec = spec("heavy", ["heavy.y"])

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        x = params["x"]
        for _ in range(300_000):
            x = 3.9 * x * (1 - x)
        return Result({"heavy.y": Quantity(x, "1")})


class Wide:
    """A batch model with twenty outcomes."""

    spec = spec("wide", [f"wide.y{n}" for n in range(OUTCOMES)])

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        return Result({id: Quantity(params["x"], "1") for id in self.spec.outputs})

    def run_batch(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Mapping[str, Any]:
        return {id: params["x"] * n for n, id in enumerate(self.spec.outputs)}


def main() -> None:
    design = sample(Empty.spec, TASKS)
    spent, _ = clocked(lambda: evaluate(Empty(), {}, design, workers=1))
    few, _ = clocked(lambda: evaluate(Empty(), {}, sample(Empty.spec, 20), workers=1))
    say("overhead a task, local, one worker (less its start)", (spent - few) / TASKS * 1e3, "ms")
    say("a worker's start", few * 1e3, "ms")

    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        first, _ = clocked(lambda: evaluate(Empty(), {}, design, workers=1, journal=journal))
        again, found = clocked(lambda: evaluate(Empty(), {}, design, journal=Journal(Path(folder))))
        say("the journal's part a task", (first - spent) / TASKS * 1e3, "ms")
        say(f"{found.hits:,} members from the journal", again * 1e3, "ms")

    heavy = sample(Heavy.spec, HEAVY)
    times = {n: clocked(lambda n=n: evaluate(Heavy(), {}, heavy, workers=n))[0] for n in (1, 2)}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    say(
        "one core to two, start included",
        times[1] / times[2],
        f"x ({times[1]:.1f} s; load {load:.1f}, {cores()} cores)",
    )

    wide = sample(Wide.spec, 10_000)
    tracemalloc.start()
    found = evaluate(Wide(), {}, wide, executor="in-process")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = sum(column.nbytes for column in found.outcomes.values())
    say(f"memory of 10,000 members x {OUTCOMES} outcomes, at the most", peak / 2**20, f"MiB ({kept / 2**20:.1f} kept)")

    city_runs()


def city_runs() -> None:
    """A cached run and an ensemble in a real city."""
    import madang

    with tempfile.TemporaryDirectory() as folder:
        os.environ["MADANG_CACHE"] = folder
        with madang.new(Path(folder) / "gwangyang.gpkg", source="korea:gwangyang") as city:
            for model in ("economy", "clusters"):
                city.run(model)
                cached = sorted(clocked(lambda model=model: city.run(model))[0] for _ in range(21))
                say(f"{model}: a cached run, median", cached[10] * 1e3, f"ms (slowest {cached[-1] * 1e3:.1f})")
            assert "economy" in registry.models()
            spent, _ = clocked(lambda: city.experiments.run("economy", n=10_000))
            say("economy: 10,000 members, recorded", spent * 1e3, "ms")
            again, found = clocked(lambda: city.experiments.run("economy", n=10_000))
            assert found.cached
            say("economy: the same again, from its record", again * 1e3, "ms")


def clocked(work: Any) -> tuple[float, Any]:
    began = perf_counter()
    found = work()
    return perf_counter() - began, found


def say(what: str, value: float, unit: str) -> None:
    sys.stdout.write(f"{what:56} {value:10.3f} {unit}\n")


if __name__ == "__main__":
    # Workers find these models by their module's name, which as a script is not their own.
    sys.path.insert(0, str(Path(__file__).parent))
    import lab_runs

    lab_runs.main()
