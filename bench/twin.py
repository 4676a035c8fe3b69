"""100,000 buildings of a city file to 3D Tiles, and what an edit costs.

    python bench/twin.py [--buildings 100000] [--json]

Footprints as towns have them: 55 % with four corners, 28 % L-shaped, 12 % with 8 to 21 corners, 5 % with a court. They
are put into a city file first (not timed). The best of three runs counts, with the median beside it.

    read, build    the layer from the file; its tileset from what was read
    whole          both, from a freshly opened file into an empty cache: the goal is 30,000 buildings a second
    delta          a warm server is asked for the delta tileset of a branch right after 1,000 buildings changed on it:
                   the goal is 0.2 s
    rebuild        the same for the layer's tileset on main, after 1,000 edits all over the city and in one place
    solids         bodies of a CityJSON shape (a pitched roof on walls) to tiles, bodies a second
    py3dtiles      its own export of 1,500 of the same buildings, where it is installed: from bodies in its working
                   frame to b3dm, without the reading; ours from the same bodies beside it
    trimesh        its own extrusion of 2,000 of them, where it is installed (geometry only)

Exit status 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
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

from madang.entities.entity import Document, geo_property, language_property, property_
from madang.store import Store
from madang.twin.catalogue import layer_kind
from madang.twin.layers import delta_tileset, layer_tileset
from madang.twin.reading import read_documents, read_layer
from madang.twin.tiles import TILESET, build_tileset

GOAL_PER_S = 30_000
GOAL_DELTA_S = 0.2
EDITS = 1000
SOLIDS = 5000
BY_PY3DTILES = 1500
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


def building(number: int, place: dict[str, Any], height: float) -> Document:
    """One building as an entity."""
    return {
        "id": f"urn:ngsi-ld:Building:bench:{number:06d}",
        "type": "Building",
        "name": language_property({"ko": f"건물 {number}"}),
        "location": geo_property(place, status="synthetic"),
        "height": property_(height, unit="MTR", status="synthetic"),
        "floorsAboveGround": property_(max(1, round(height / 4)), unit="{floor}", status="synthetic"),
    }


def places_of(shapes: list[shapely.Polygon]) -> list[dict[str, Any]]:
    """The footprints as GeoJSON."""
    return [json.loads(text) for text in shapely.to_geojson(np.array(shapes, dtype=object))]


def fill(store: Store, places: list[dict[str, Any]]) -> None:
    """Put the buildings into the city file in one transaction."""
    heights = np.random.default_rng(1).uniform(3, 60, len(places)).round(1).tolist()
    with store.transact(actor="bench", reason="synthetic buildings") as tx:
        tx.put_many(
            building(number, place, height) for number, (place, height) in enumerate(zip(places, heights, strict=True))
        )


def seconds(work: Callable[[int], object]) -> tuple[float, float]:
    """The best and the median of the runs; each gets its number."""
    taken = []
    for run in range(RUNS):
        start = time.perf_counter()
        work(run)
        taken.append(time.perf_counter() - start)
    return min(taken), statistics.median(taken)


def edit(store: Store, branch: str, numbers: list[int], places: list[dict[str, Any]], *, height: float) -> None:
    """Give these buildings another height, in one transaction."""
    with store.transact(branch=branch, actor="bench", reason="edit") as tx:
        tx.put_many(building(number, places[number], height) for number in numbers)


def edits(store: Store, places: list[dict[str, Any]], cache: Path) -> dict[str, Any]:
    """What a warm server needs after edits: the delta of a branch, and main's tileset built again."""
    count, dice = len(places), np.random.default_rng(3)
    scattered = dice.choice(count, min(EDITS, count), replace=False).tolist()
    corners = np.array([np.array(place["coordinates"][0])[0] for place in places])
    near = np.argsort(np.hypot(*(corners - corners[0]).T), kind="stable")[:EDITS].tolist()
    store.fork("plan", actor="bench", reason="plan")
    layer_tileset(store, "main", "building", cache)
    delta_tileset(store, "plan", "building", cache)

    def timed(branch: str, numbers: list[int], height: float) -> float:
        edit(store, branch, numbers, places, height=height)
        start = time.perf_counter()
        (delta_tileset if branch == "plan" else layer_tileset)(store, branch, "building", cache)
        return time.perf_counter() - start

    found = {
        "delta_s": [timed("plan", scattered, 61.0 + run) for run in range(RUNS)],
        "rebuild_scattered_s": [timed("main", scattered, 61.0 + run) for run in range(RUNS)],
        "rebuild_clustered_s": [timed("main", near, 71.0 + run) for run in range(RUNS)],
    }
    return {name: [round(min(runs), 3), round(statistics.median(runs), 3)] for name, runs in found.items()}


HOUSE = [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 1],
    [1, 1, 1],
    [0, 1, 1],
    [0, 0.5, 2],
    [1, 0.5, 2],
]
SIDES = [[[0, 3, 2, 1]], [[0, 1, 5, 4]], [[1, 2, 6, 9, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 8, 7]], [[4, 5, 9, 8]], [[8, 9, 6, 7]]]  # fmt: skip  # noqa: E501


def solid(number: int, place: dict[str, Any]) -> Document:
    """A building with a pitched roof for a body."""
    west, south = place["coordinates"][0][0]
    told = {
        "crs": "EPSG:4326",
        "transform": {"scale": [1e-4, 1e-4, 5.0], "translate": [west, south, 12.0]},
        "vertices": HOUSE,
        "geometry": [{"type": "Solid", "lod": "2", "boundaries": [SIDES]}],
    }
    return building(number, place, 10.0) | {"geometry3d": {"type": "JsonProperty", "json": told}}


def solids(places: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Bodies a second: from documents to rows, and from rows to tiles."""
    documents = [solid(number, place) for number, place in enumerate(places[:SOLIDS])]
    kind = layer_kind("building")
    data = read_documents(kind, documents)
    read_best, _ = seconds(lambda run: read_documents(kind, documents))
    build_best, _ = seconds(lambda run: build_tileset(data.columns(1.0), folder / f"solids-{run}"))
    return {"solids_read_per_s": round(len(documents) / read_best), "solids_build_per_s": round(SOLIDS / build_best)}


def by_py3dtiles(places: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Bodies a second of py3dtiles' own export, and how many times that ours is; None without py3dtiles."""
    try:
        from py3dtiles.export import wkbs_to_tileset
    except ImportError:
        return {"py3dtiles_per_s": None, "over_py3dtiles": None}

    documents = [solid(number, place) for number, place in enumerate(places[:BY_PY3DTILES])]
    points = np.array(HOUSE) * (9.0, 11.0, 5.0)
    bodies = []
    for place in places[:BY_PY3DTILES]:
        shift = np.array([*(np.array(place["coordinates"][0][0]) - (127.1, 37.4)) / DEGREES_A_METRE, 12.0])
        faces = [shapely.Polygon(points[ring] + shift) for (ring,) in SIDES]
        bodies.append(shapely.to_wkb(shapely.MultiPolygon(faces), output_dimension=3, flavor="iso", byte_order=1))
    ids = [document["id"] for document in documents]
    with contextlib.redirect_stdout(io.StringIO()):
        (folder / "warm").mkdir()
        wkbs_to_tileset(bodies[:10], ids[:10], np.eye(4, dtype=np.float32).flatten(), folder / "warm")
        (folder / "py3dtiles").mkdir()
        start = time.perf_counter()
        wkbs_to_tileset(bodies, ids, np.eye(4, dtype=np.float32).flatten(), folder / "py3dtiles")
        theirs = time.perf_counter() - start
    kind = layer_kind("building")
    build_tileset(read_documents(kind, documents[:10]).columns(1.0), folder / "ours-warm")
    start = time.perf_counter()
    build_tileset(read_documents(kind, documents).columns(1.0), folder / "ours")
    ours = time.perf_counter() - start
    return {"py3dtiles_per_s": round(len(bodies) / theirs), "over_py3dtiles": round(theirs / ours, 1)}


def by_trimesh(shapes: list[shapely.Polygon]) -> float | None:
    """Buildings a second of trimesh's own extrusion, joined into one glb; None without trimesh."""
    if importlib.util.find_spec("trimesh") is None:
        return None
    import trimesh

    part = [shapely.transform(shape, lambda lonlat: lonlat / DEGREES_A_METRE) for shape in shapes[:2000]]
    start = time.perf_counter()
    made = [trimesh.creation.extrude_polygon(shape, 10.0) for shape in part]
    trimesh.util.concatenate(made).export(file_type="glb")
    return len(part) / (time.perf_counter() - start)


def measure(count: int, folder: Path) -> dict[str, Any]:
    """All figures of one city."""
    shapes = footprints(count)
    places = places_of(shapes)
    kind = layer_kind("building")
    with Store.create(folder / "bench.gpkg", city_id="bench", title={"ko": "시험", "en": "Bench"}) as store:
        fill(store, places)
        read_best, read_median = seconds(lambda run: read_layer(store.view(), kind))
        columns = read_layer(store.view(), kind).columns(1.0)
        infos = []
        build_best, build_median = seconds(lambda run: infos.append(build_tileset(columns, folder / f"tiles-{run}")))
    info = infos[0]

    def whole_way(run: int) -> None:
        # A freshly opened file: nothing of the layer is in memory yet.
        with Store.open(folder / "bench.gpkg") as store:
            layer_tileset(store, "main", "building", folder / f"cache-{run}")

    cpu_before = time.process_time()
    whole_best, whole_median = seconds(whole_way)
    whole_cpu = (time.process_time() - cpu_before) / RUNS
    with Store.open(folder / "bench.gpkg", write=True) as store:
        after_edits = edits(store, places, folder / "cache")
    trimesh_per_s = by_trimesh(shapes)
    return {
        "buildings": info.features,
        "tiles": info.tiles,
        "vertices": info.vertices,
        "triangles": info.triangles,
        "megabytes": round(info.bytes / 1e6, 1),
        "tileset_kilobytes": round((folder / "tiles-0" / TILESET).stat().st_size / 1e3),
        "read_s": [round(read_best, 2), round(read_median, 2)],
        "build_s": [round(build_best, 2), round(build_median, 2)],
        "whole_s": [round(whole_best, 2), round(whole_median, 2)],
        "whole_cpu_s": round(whole_cpu, 2),
        "whole_per_s": round(info.features / whole_best),
        "whole_per_cpu_s": round(info.features / whole_cpu),
        "goal_per_s": GOAL_PER_S,
        **after_edits,
        "goal_delta_s": GOAL_DELTA_S,
        **solids(places, folder),
        **by_py3dtiles(places, folder),
        "trimesh_per_s": None if trimesh_per_s is None else round(trimesh_per_s),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def main() -> int:
    """Measure, print, and say by the exit status whether the goals are met."""
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
            print(f"{name:>20}  {'not installed' if value is None else value}")
    return 0 if found["whole_per_s"] >= GOAL_PER_S and found["delta_s"][0] <= GOAL_DELTA_S else 1


if __name__ == "__main__":
    sys.exit(main())
