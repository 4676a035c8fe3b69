"""City models: objects a second from a CityJSON file into a city file, and out again, on one core.

    python bench/cityjson.py [--objects 6000] [--file model.city.json] [--json]

Without --file the model is made: half blocks with six surfaces, half bodies with sixty, as triangulated models have
them, and each with attributes. Timed is CPU time, the best of three runs: reading entities batch by batch; reading
into a city file, everything included; writing the document, and the sequence, from the city file. Beside each stands
how often the same bytes could have been parsed by orjson in that time.
Exit status 1 if fewer than 3,000 objects a second are read.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from madang.entities.query import Query
from madang.exports.files import export
from madang.sources import base
from madang.store import Store

GOAL_PER_S = 3_000
RUNS = 3
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]


def cpu_s(work: Callable[[], object], runs: int = RUNS) -> float:
    """CPU seconds of the best of several runs."""
    spent = []
    for _ in range(runs):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def made(count: int, seed: int = 0) -> dict[str, Any]:
    """A model of blocks and of bodies with a roof of many triangles, strewn over ten kilometres."""
    random = np.random.default_rng(seed)
    vertices: list[list[int]] = []
    objects: dict[str, Any] = {}
    places = random.integers(0, 10_000_000, (count, 2)).tolist()
    sizes = random.integers(6_000, 30_000, (count, 3)).tolist()
    for number, ((x, y), (dx, dy, dz)) in enumerate(zip(places, sizes, strict=True)):
        first = len(vertices)
        floor = [[x, y], [x + dx, y], [x + dx, y + dy], [x, y + dy]]
        vertices += [[*corner, z] for z in (0, dz) for corner in floor]
        surfaces = [[[corner + first for corner in ring] for ring in surface] for surface in SHELL]
        if number % 2:
            surfaces = [surfaces[0], *surfaces[2:], *_fan(vertices, x, y, dx, dy, dz)]
        values = [0, *[2] * 4, *[1] * (len(surfaces) - 5)] if number % 2 else [0, 1, 2, 2, 2, 2]
        kinds = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
        objects[f"b{number}"] = {
            "type": "Building",
            "attributes": {"name": f"건물 {number}", "storeysAboveGround": dz // 3000, "use": "업무"},
            "geometry": [{"type": "Solid", "lod": "2.2" if number % 2 else "1.2", "boundaries": [surfaces],
                          "semantics": {"surfaces": kinds, "values": [values]}}],
        }  # fmt: skip
    return {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/5186"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [200_000.0, 500_000.0, 0.0]},
        "CityObjects": objects,
        "vertices": vertices,
    }


def _fan(vertices: list[list[int]], x: int, y: int, dx: int, dy: int, dz: int) -> list[list[list[int]]]:
    """A pointed roof of 56 triangles about the middle; its rim lies on the walls' upper edges."""
    first = len(vertices)
    around = np.linspace(0, 4, 56, endpoint=False)
    side, along = np.divmod(around, 1)
    rim = [[(a, 0.0), (1.0, a), (1 - a, 1.0), (0.0, 1 - a)][int(s)] for s, a in zip(side, along, strict=True)]
    vertices += [[x + round(u * dx), y + round(v * dy), dz] for u, v in rim]
    vertices.append([x + dx // 2, y + dy // 2, dz + 3000])
    top = first + len(rim)
    return [[[first + n, first + (n + 1) % len(rim), top]] for n in range(len(rim))]


def measured(path: Path, folder: Path) -> dict[str, float]:
    """Seconds of each part, and the number of objects."""
    text = path.read_bytes()
    found: dict[str, float] = {"parse": cpu_s(lambda: orjson.loads(text)), "mib": len(text) / 2**20}

    def read() -> None:
        flow = base.read(path)
        for batch in flow.batches():  # type: ignore[union-attr]
            del batch

    found["read"] = cpu_s(read)
    spent = []
    for run in range(RUNS):
        with Store.create(folder / f"{run}.gpkg", city_id="bench", title={"ko": "시험", "en": "Bench"}) as store:
            start = time.process_time()
            report = base.write(store, [base.read(path)], actor="bench", reason="load").reports[0]
            spent.append(time.process_time() - start)
            found["objects"] = report.kept
            if run == RUNS - 1:
                for name in ("out.city.json", "out.city.jsonl"):
                    found[name] = cpu_s(lambda name=name: _out(store, folder / name))  # type: ignore[misc]
    found["into"] = min(spent)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _out(store: Store, path: Path) -> None:
    view = store.view()
    export(view, [one for one in view.documents(Query()) if one["type"] != "Dataset"], path)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=6_000)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = asked.file or folder / "made.city.json"
        if asked.file is None:
            path.write_bytes(orjson.dumps(made(asked.objects)))
        found = measured(path, folder)
    rates = {part: found["objects"] / found[part] for part in ("read", "into", "out.city.json", "out.city.jsonl")}
    if asked.json:
        print(json.dumps({**found, "per_s": rates}))
    else:
        machine = f"{os.cpu_count()} cores, {platform.machine()}"
        print(f"{found['objects']:,.0f} objects, {found['mib']:.1f} MiB; {machine}")
        print(f"{'orjson.loads alone':<28} {found['parse']:7.3f} s")
        labels = {"read": "read as entities", "into": "into a city file", "out.city.json": "out as a document",
                  "out.city.jsonl": "out as a sequence"}  # fmt: skip
        for part, label in labels.items():
            ratio = found[part] / found["parse"]
            print(f"{label:<28} {found[part]:7.3f} s   {rates[part]:9,.0f} objects/s   {ratio:5.1f} x parsing")
        print(f"{'peak memory':<28} {found['peak_mib']:7.0f} MiB")
    return 0 if rates["read"] >= GOAL_PER_S else 1


if __name__ == "__main__":
    sys.exit(main())
