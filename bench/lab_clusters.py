"""What clusters cost: specialisation of all districts over ten years, a network of 10,000 actors, a cluster's page.

Run as `python bench/lab_clusters.py`. Figures are drawn, not real. Times are wall clock of one process.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

import madang
from madang.lab import network
from madang.models.clusters import measures

DISTRICTS, INDUSTRIES, YEARS, FIRMS = 229, 77, 10, 2_000
AREA = {"type": "Polygon", "coordinates": [[[127, 37], [127.5, 37], [127.5, 38], [127, 38], [127, 37]]]}
ACTORS, TIES = 10_000, 20_000


def main() -> None:
    rng = np.random.default_rng(0)
    workers = rng.lognormal(5, 2, (YEARS, DISTRICTS, INDUSTRIES)).round()
    firms = np.maximum(1, (workers / 8).round())
    workers[rng.random(workers.shape) < 0.05] = np.nan  # withheld
    took = best(lambda: all_of(workers, firms))
    say(f"{DISTRICTS} districts x {INDUSTRIES} industries x {YEARS} years, all measures", took)
    graph = network.graph_of(ACTORS, ties(rng))
    say(f"betweenness of {ACTORS:,} actors, {TIES:,} ties, drawn", best(lambda: network.betweenness(graph), times=1))
    say("its actors that cut", best(lambda: network.cut_actors(graph), times=1))
    say("its missing links", best(lambda: network.missing_links(graph), times=1))
    say("its groups", best(lambda: network.groups(graph), times=1))
    tracemalloc.start()
    network.betweenness(graph)
    print(f"  memory of betweenness at most {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")
    tracemalloc.stop()
    with tempfile.TemporaryDirectory() as folder, madang.new(Path(folder) / "bench.gpkg", by="bench") as city:
        city.put([firm(n, rng) for n in range(FIRMS)], by="bench")
        city.clusters.add(name="bench", codes=["C26"], boundary=AREA, boundary_name="bench", reason="bench", by="bench")
        say(f"a cluster's page with {FIRMS:,} firms, half of them inside", best(lambda: city.clusters.page("bench")))


def all_of(workers: np.ndarray, firms: np.ndarray) -> None:
    """Every measure of every year and district, and shift-share from each year to the next."""
    for year in range(YEARS):
        quotients = measures.location_quotients(workers[year])
        measures.density(quotients)
        measures.krugman(workers[year])
        measures.herfindahl(workers[year])
        measures.spread(workers[year])
        measures.ellison_glaeser(workers[year], firms[year])
        if year:
            measures.shift_shares(workers[year - 1], workers[year])


def ties(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Ties that grow towards those who have many already, as agreements do (Barabasi & Albert 1999)."""
    ends = [0, 1]
    for actor in range(2, ACTORS):
        for other in rng.choice(len(ends), TIES // ACTORS).tolist():
            ends += [actor, ends[other]]
    return list(zip(ends[::2], ends[1::2], strict=True))


def firm(n: int, rng: np.random.Generator) -> dict[str, object]:
    """A firm somewhere, that supplies another."""
    return {
        "id": f"urn:ngsi-ld:Firm:bench:{n}", "type": "Firm", "name": f"firm {n}", "ksicCodes": ["C26112"],
        "location": {"type": "Point", "coordinates": [127 + rng.random(), 37 + rng.random()]}, "employees": n,
        "suppliesTo": {"object": f"urn:ngsi-ld:Firm:bench:{int(rng.integers(FIRMS))}"},
    }  # fmt: skip


def best(act: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return min(took)


def say(what: str, seconds: float) -> None:
    print(f"  {what}: {seconds:.3f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
