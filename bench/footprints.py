"""Footprints into a city file, many of them: features a second, and whether memory stays bounded.

    python bench/footprints.py [--features 1000000]

A GeoPackage, a GeoParquet and a GeoJSON of made footprints are loaded into a new city file, each in a process of its
own, whose highest use of memory is read at the end; first a quarter of the features, then all. Bounded means: four
times the features take far less than four times the memory. Compared with pyogrio (or pyarrow, orjson) reading the same
file into memory, in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from madang.city import new_city

FORMATS = ("gpkg", "parquet", "geojson")


def write(path: Path, count: int) -> None:
    """A layer of squares with a number and storeys."""
    corners = np.array([127.0, 37.3]) + np.random.default_rng(0).random((count, 2)) * 0.2
    shapes = shapely.box(*corners.T, *(corners + 0.0002).T)
    numbers, floors = np.arange(count), np.arange(count) % 12
    if path.suffix == ".geojson":
        with path.open("w") as out:
            out.write('{"type": "FeatureCollection", "features": [\n')
            for n, shape in enumerate(shapely.to_geojson(shapes)):
                told = f'{{"id": {n}, "floors": {n % 12}}}'
                out.write(("," if n else "") + f'{{"type": "Feature", "properties": {told}, "geometry": {shape}}}\n')
            out.write("]}")
    elif path.suffix == ".gpkg":
        pyogrio.raw.write(
            path, shapely.to_wkb(shapes), [numbers, floors], ["id", "floors"],
            geometry_type="Polygon", crs="EPSG:4326", layer="buildings",
        )  # fmt: skip
    else:
        about = {"encoding": "WKB", "geometry_types": ["Polygon"]}
        geo = json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}})
        table = pa.table({"id": numbers, "floors": floors, "geometry": shapely.to_wkb(shapes).tolist()})
        pq.write_table(table.replace_schema_metadata({"geo": geo}), path)


def load(path: Path) -> dict[str, float]:
    """What one load took; runs in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, new_city(Path(folder) / "city.gpkg") as city:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        kept = city.load(path, as_type="Building").reports[0].kept
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = city.path.stat().st_size
    return {"kept": kept, "seconds": seconds, "before_mb": before / 1024, "peak_mb": peak / 1024, "file_mb": size / 1e6}


def plainly(path: Path) -> float:
    """Seconds to read the same file into memory by its own library."""
    start = time.perf_counter()
    if path.suffix == ".gpkg":
        pyogrio.raw.read(path)
    elif path.suffix == ".parquet":
        pq.read_table(path)
    else:
        json.loads(path.read_bytes())
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=200_000)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        print(json.dumps(load(given.load)))
        return 0
    bounded = True
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            peaks = []
            for count in (given.features // 4, given.features):
                path = Path(folder) / f"buildings.{kind}"
                path.unlink(missing_ok=True)
                write(path, count)
                run = subprocess.run([sys.executable, __file__, "--load", path], check=True, capture_output=True)
                told = json.loads(run.stdout)
                peaks.append(told["peak_mb"] - told["before_mb"])
                print(
                    f"{kind:8} {count:9,} features: {count / told['seconds']:7,.0f}/s, peak +{peaks[-1]:,.0f} MB, "
                    f"file {told['file_mb']:,.0f} MB, {told['seconds'] / plainly(path):.0f}x reading the file alone"
                )
            bounded = bounded and peaks[1] < 2.5 * peaks[0] + 100
            print(f"{kind:8} four times the features take {peaks[1] / peaks[0]:.2f}x the memory")
    return 0 if bounded else 1


if __name__ == "__main__":
    sys.exit(main())
