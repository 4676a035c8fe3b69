"""100,000 buildings of a city file to 3D Tiles: buildings a second, read from the file and built.

    python bench/twin.py [--buildings 100000] [--json]

Footprints as towns have them: 55 % with four corners, 28 % L-shaped, 12 % with 8 to 21 corners, 5 % with a court. They
are put into a city file first (not timed). Timed are reading the layer from the file, building its tileset and both
together; the best of three runs counts, with the median beside it, and the mean of CPU time. Where trimesh is
installed, it extrudes a part of the same buildings for comparison (geometry only: no ids, no quantising, no Earth's
frame).
Exit status 1 if the whole way is slower than the goal of 20,000 buildings a second.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from madang.entities.entity import geo_property, language_property, property_
from madang.store import Store
from madang.twin.catalogue import layer_kind
from madang.twin.layers import content_hash, layer_tileset
from madang.twin.reading import read_layer
from madang.twin.tiles import build_tileset

GOAL_PER_S = 20_000
RUNS = 3
SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
ELL = np.array([[0.0, 0], [1, 0], [1, 0.5], [0.5, 0.5], [0.5, 1], [0, 1]])
DEGREES_A_METRE = np.array([1 / 88_500, 1 / 111_000])


def footprints(count: int, seed: int = 0) -> list[shapely.Polygon]:
    """Footprints in the named shares, strewn over 18 by 22 km about Seongnam."""
    random = np.random.default_rng(seed)
    centres = np.stack([random.uniform(127.0, 127.2, count), random.uniform(37.33, 37.53, count)], axis=1)
    kinds = random.choice(4, count, p=[0.55, 0.28, 0.12, 0.05])
    made: list[shapely.Polygon] = []
    for centre, kind in zip(centres, kinds, strict=True):
        size = random.uniform(8, 30)
        hole = []
        if kind == 0:
            ring = SQUARE * size * (1, random.uniform(0.5, 1))
        elif kind == 1:
            ring = ELL * size
        elif kind == 2:
            corners = random.integers(8, 22)
            turn = 2 * np.pi * np.arange(corners) / corners
            ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * random.uniform(5, 15, (corners, 1))
        else:
            ring = SQUARE * 2 * size
            hole = [centre + (ring * 0.5 + size / 2)[::-1] * DEGREES_A_METRE]
        made.append(shapely.Polygon(centre + ring * DEGREES_A_METRE, hole))
    return made


def fill(store: Store, shapes: list[shapely.Polygon]) -> None:
    """Put the buildings into the city file in one transaction."""
    heights = np.random.default_rng(1).uniform(3, 60, len(shapes)).round(1).tolist()
    places = (json.loads(text) for text in shapely.to_geojson(np.array(shapes, dtype=object)))
    with store.transact(actor="bench", reason="synthetic buildings") as tx:
        tx.put_many(
            {
                "id": f"urn:ngsi-ld:Building:bench:{number:06d}",
                "type": "Building",
                "name": language_property({"ko": f"건물 {number}"}),
                "location": geo_property(place, status="synthetic"),
                "height": property_(height, unit="MTR", status="synthetic"),
                "floorsAboveGround": property_(max(1, round(height / 4)), unit="{floor}", status="synthetic"),
            }
            for number, (place, height) in enumerate(zip(places, heights, strict=True))
        )


def seconds(work: Callable[[int], object]) -> tuple[float, float]:
    """The best and the median of the runs; each gets its number."""
    taken = []
    for run in range(RUNS):
        start = time.perf_counter()
        work(run)
        taken.append(time.perf_counter() - start)
    return min(taken), statistics.median(taken)


def by_trimesh(shapes: list[shapely.Polygon]) -> float | None:
    """Buildings a second of trimesh's own extrusion, joined into one glb; None without trimesh."""
    if importlib.util.find_spec("trimesh") is None:
        return None
    import trimesh

    part = [shapely.transform(shape, lambda lonlat: lonlat / DEGREES_A_METRE) for shape in shapes[:2000]]
    start = time.perf_counter()
    solids = [trimesh.creation.extrude_polygon(shape, 10.0) for shape in part]
    trimesh.util.concatenate(solids).export(file_type="glb")
    return len(part) / (time.perf_counter() - start)


def measure(count: int, folder: Path) -> dict[str, Any]:
    """All figures of one city."""
    shapes = footprints(count)
    kind = layer_kind("building")
    with Store.create(folder / "bench.gpkg", city_id="bench", title={"ko": "시험", "en": "Bench"}) as store:
        fill(store, shapes)
        read_best, read_median = seconds(lambda run: read_layer(store.view(), kind))
        data = read_layer(store.view(), kind)
        hash_best, _ = seconds(lambda run: content_hash(data.columns(1.0), []))
        infos = []
        columns = data.columns(1.0)
        build_best, build_median = seconds(lambda run: infos.append(build_tileset(columns, folder / f"tiles-{run}")))
    info = infos[0]

    def whole_way(run: int) -> None:
        # A freshly opened file: nothing of the layer is in memory yet.
        with Store.open(folder / "bench.gpkg") as store:
            layer_tileset(store, "main", "building", folder / f"cache-{run}")

    cpu_before = time.process_time()
    whole_best, whole_median = seconds(whole_way)
    whole_cpu = (time.process_time() - cpu_before) / RUNS
    trimesh_per_s = by_trimesh(shapes)
    return {
        "buildings": info.features,
        "tiles": info.tiles,
        "vertices": info.vertices,
        "triangles": info.triangles,
        "megabytes": round(info.bytes / 1e6, 1),
        "read_s": [round(read_best, 2), round(read_median, 2)],
        "hash_s": round(hash_best, 2),
        "build_s": [round(build_best, 2), round(build_median, 2)],
        "whole_s": [round(whole_best, 2), round(whole_median, 2)],
        "whole_cpu_s": round(whole_cpu, 2),
        "build_per_s": round(info.features / build_best),
        "whole_per_s": round(info.features / whole_best),
        "whole_per_cpu_s": round(info.features / whole_cpu),
        "goal_per_s": GOAL_PER_S,
        "trimesh_per_s": None if trimesh_per_s is None else round(trimesh_per_s),
        "build_over_trimesh": None if trimesh_per_s is None else round(info.features / build_best / trimesh_per_s),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def main() -> int:
    """Measure, print, and say by the exit status whether the goal is met."""
    asked = argparse.ArgumentParser(description="Buildings of a city file to 3D Tiles")
    asked.add_argument("--buildings", type=int, default=100_000)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.buildings, Path(folder))
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:>18}  {value}")
    return 0 if found["whole_per_s"] >= GOAL_PER_S else 1


if __name__ == "__main__":
    sys.exit(main())
