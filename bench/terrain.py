"""The ground: heights a second, bases of buildings, sheets laid on it, terrain tiles a second.

    python bench/terrain.py [--points 1000000] [--cells 1000] [--json]

A synthetic grid of cells x cells of 5 m is asked for its height at points given in degrees. Where rasterio is
installed, its `sample` answers the same points (nearest cell, points handed over in the raster's own metres); where
scipy is, a bilinear interpolator over the same array (from degrees, as ours). Then 20,000 footprints get their lowest
ground, a tile of 1,200 ribbons of roads is laid on it, and the grid becomes tiles. The best of three runs counts, the
median stands beside it. Exit status 1 if a million heights take longer than a second.
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

from madang.geometry.drape import sheets_on
from madang.geometry.footprints import footprints
from madang.geometry.frame import Frame
from madang.geometry.rings import Rings, rings_from_geometries
from madang.geometry.terrain import Grid, Ground, bases
from madang.sources.shapes import transformer
from madang.twin.terrain_tiles import build_terrain

GOAL_S = 1.0  # for a million heights
RUNS = 3
CELL_M = 5.0
WEST, NORTH = 955_000.0, 1_945_000.0
SAMPLED_BY_RASTERIO = 20_000  # it answers point by point


def ground_of(cells: int) -> Ground:
    """Rolling hills, rough by some decimetres."""
    y, x = np.mgrid[0:cells, 0:cells] * (CELL_M / 1000)
    heights = 150 + 90 * np.sin(3 * x) + 70 * np.cos(4 * y) + np.random.default_rng(0).normal(0, 0.3, (cells, cells))
    place = (CELL_M, 0.0, WEST, 0.0, -CELL_M, NORTH)
    return Ground.of([Grid("EPSG:5179", place, heights.astype(np.float32), id="urn:ngsi-ld:Terrain:bench:1")])


def points_on(ground: Ground, count: int) -> Any:
    """Places (lon, lat) strewn over the grid."""
    grid = ground.grids[0]
    return grid.lonlat(np.random.default_rng(1).uniform(0, np.array(grid.heights.shape) - 1.0, (count, 2)))


def shapes_on(ground: Ground, count: int, *, long: bool) -> Rings:
    """Footprints of 20 m, or ribbons of 300 m as roads are."""
    random = np.random.default_rng(2)
    centre = points_on(ground, count)
    turn = random.uniform(0, np.pi, count)
    way = np.stack([np.cos(turn), np.sin(turn)], axis=1) * (150 if long else 10) / 100_000
    if long:
        lines = shapely.linestrings(np.stack([centre - way, centre, centre + way], axis=1))
        return rings_from_geometries(footprints(np.asarray(lines, dtype=object), width_m=np.full(count, 8.0)))
    return rings_from_geometries(np.asarray(shapely.box(*(centre - 1e-4).T, *(centre + 1e-4).T), dtype=object))


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """The best and the median of the runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken), statistics.median(taken)


def by_rasterio(ground: Ground, lonlat: Any, folder: Path) -> float | None:
    """Points a second of rasterio's `sample`; None without rasterio."""
    if importlib.util.find_spec("rasterio") is None:
        return None
    import rasterio

    grid = ground.grids[0]
    rows, columns = grid.heights.shape
    facts = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": grid.crs}
    with rasterio.open(folder / "a.tif", "w", transform=rasterio.Affine(*grid.transform), **facts) as out:
        out.write(grid.heights, 1)
    few = lonlat[:SAMPLED_BY_RASTERIO]
    x, y = transformer(grid.crs).transform(few[:, 0], few[:, 1], direction="INVERSE")
    xy = np.stack([x, y], axis=1).tolist()
    with rasterio.open(folder / "a.tif") as opened:
        best, _ = seconds(lambda: list(opened.sample(xy)))
    return len(few) / best


def by_scipy(ground: Ground, lonlat: Any) -> float | None:
    """Points a second of scipy's bilinear interpolator, from degrees; None without scipy."""
    if importlib.util.find_spec("scipy") is None:
        return None
    from scipy.interpolate import RegularGridInterpolator

    grid = ground.grids[0]
    sides = [np.arange(count, dtype=np.float64) for count in grid.heights.shape]
    ask = RegularGridInterpolator(sides, grid.heights, bounds_error=False)
    best, _ = seconds(lambda: ask(grid.places(lonlat)[:, ::-1]))
    return len(lonlat) / best


def measure(points: int, cells: int, folder: Path) -> dict[str, Any]:
    """All figures of one ground."""
    ground = ground_of(cells)
    lonlat = points_on(ground, points)
    ground.heights(lonlat[:1000])
    height_best, height_median = seconds(lambda: ground.heights(lonlat))
    buildings, roads = shapes_on(ground, 20_000, long=False), shapes_on(ground, 1_200, long=True)
    base_best, _ = seconds(lambda: bases(buildings, ground))
    frame = Frame.about(roads.lonlat)
    drape_best, _ = seconds(lambda: sheets_on(roads, frame, ground, lift_m=0.3))
    sheets = sheets_on(roads, frame, ground, lift_m=0.3)
    tile_best, tile_median = seconds(lambda: build_terrain(ground, folder / "tiles"))
    info = build_terrain(ground, folder / "tiles")
    rasterio_per_s, scipy_per_s = by_rasterio(ground, lonlat, folder), by_scipy(ground, lonlat)
    mine = points / height_best
    return {
        "points": points,
        "heights_s": [round(height_best, 3), round(height_median, 3)],
        "heights_per_s": round(mine),
        "rasterio_sample_per_s": None if rasterio_per_s is None else round(rasterio_per_s),
        "heights_over_rasterio_sample": None if rasterio_per_s is None else round(mine / rasterio_per_s, 1),
        "scipy_per_s": None if scipy_per_s is None else round(scipy_per_s),
        "heights_over_scipy": None if scipy_per_s is None else round(mine / scipy_per_s, 1),
        "bases_per_s": round(len(buildings) / base_best),
        "roads_draped_per_s": round(len(roads) / drape_best),
        "draped_triangles_per_s": round(len(sheets.triangles) / drape_best),
        "cells": cells * cells,
        "tiles": info.tiles,
        "triangles": info.triangles,
        "megabytes": round(info.bytes / 1e6, 1),
        "tiles_s": [round(tile_best, 2), round(tile_median, 2)],
        "tiles_per_s": round(info.tiles / tile_best),
        "cells_per_s": round(cells * cells / tile_best),
        "goal_s_per_million": GOAL_S,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def main() -> int:
    """Measure, print, and say by the exit status whether the goal is met."""
    asked = argparse.ArgumentParser(description="Heights, sheets and tiles of the ground")
    asked.add_argument("--points", type=int, default=1_000_000)
    asked.add_argument("--cells", type=int, default=1000)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.points, options.cells, Path(folder))
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:>29}  {value}")
    return 0 if found["heights_s"][0] * 1e6 <= GOAL_S * options.points else 1


if __name__ == "__main__":
    sys.exit(main())
