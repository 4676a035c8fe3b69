"""A smooth valley as the ground of a made-up quarter: its stream lies lowest, hills rise on both sides."""

from __future__ import annotations

import hashlib

import numpy as np
import shapely
from pyproj import CRS

from madang.entities.entity import (
    Document,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.sources.base import Loaded, Tally
from madang.sources.heights import encoded
from madang.sources.sample.layout import STREAM_M, laid_out
from madang.sources.sample.plane import Plane, Points, code_of, draw_of, plane_of
from madang.sources.sample.quarter import SIZE_M, dataset
from madang.sources.sample.words import STATUS, TITLES
from madang.sources.shapes import WGS84, geojson, to_degrees, transformer_between

CRS_NAME = "EPSG:5186"
CELL_M = 20.0
BEYOND_M = 1_100.0  # of the quarter, on each side
LOWEST_M = 52.0
FALL = 0.0035  # of the valley, along the stream
FLAT_M, HILL_M = 380.0, 95.0  # how far the floor of the valley reaches, how high the hills rise beyond it
DATUM = "made up"


def sample_ground(
    place: Document,
    *,
    seed: int = 0,
    middle: tuple[float, float] | None = None,
    size_m: tuple[float, float] = SIZE_M,
) -> Loaded:
    """The synthetic ground of the quarter that `sample_quarter` makes of the same words, and of some way around it."""
    plane, boundary = plane_of(place, middle)
    stream_v = laid_out(boundary, size_m, np.random.default_rng(draw_of(place, seed))).stream_v
    code = code_of(place)
    reach = max(size_m) / 2 + BEYOND_M
    east, north = transformer_between(WGS84, CRS_NAME).transform(plane.lon, plane.lat)
    count = int(2 * reach // CELL_M)
    west, top = round(east - reach), round(north + reach)
    row, column = np.mgrid[0:count, 0:count]
    x, y = west + (column + 0.5) * CELL_M, top - (row + 0.5) * CELL_M
    lon, lat = transformer_between(CRS_NAME, WGS84).transform(x.ravel(), y.ravel())
    heights = (
        _heights(plane, np.column_stack([lon, lat]), stream_v, max(size_m))
        .round(1)
        .reshape(count, count)
        .astype(np.float32)
    )
    data, said = encoded(heights)
    grid = {"sha256": hashlib.sha256(data).hexdigest(), **said, "crs": CRS_NAME,
            "transform": [CELL_M, 0.0, float(west), 0.0, -CELL_M, float(top)]}  # fmt: skip
    side = count * CELL_M
    outline = np.array([shapely.segmentize(shapely.box(west, top - side, west + side, top), side / 4)], dtype=object)
    source = dataset(code, "ground")
    entity: Document = {
        "id": urn("Terrain", "sample", code),
        "type": "Terrain",
        "name": language_property(TITLES["ground"]),
        "resolution": property_(CELL_M, unit="MTR"),
        "rows": property_(count, unit="C62"),
        "columns": property_(count, unit="C62"),
        "lowestElevation": property_(round(float(heights.min()), 1), unit="MTR"),
        "highestElevation": property_(round(float(heights.max()), 1), unit="MTR"),
        "unknownShare": property_(0.0, unit="C62"),
        "crs": property_(CRS_NAME),
        "verticalDatum": property_(DATUM),
        "grid": json_property(grid),
        "location": geo_property(geojson(to_degrees(outline, CRS.from_user_input(CRS_NAME)))[0],
                                 source=source["id"], status=STATUS),
        "source": relationship(source["id"]),
        "status": property_(STATUS),
    }  # fmt: skip
    city = value_of(place, "refCity")
    if city:
        entity["refCity"] = relationship(city)
    tally = Tally("cells", read=count * count, kept=count * count)
    return Loaded([entity], [source], {grid["sha256"]: data}, tally.report(f"sample-ground:{code}"))


def _heights(plane: Plane, lonlat: Points, stream_v: float, length_m: float) -> Points:
    """Metres: a floor that falls along the stream, a shallow bed, and two rounded ranges of hills."""
    u, v = plane.places(lonlat).T
    across = v - stream_v
    floor = LOWEST_M + FALL * (u + length_m) + 0.008 * np.abs(across)
    bed = -1.5 * np.exp(-((across / STREAM_M) ** 2))
    far = np.clip((np.abs(across) - FLAT_M - 60 * np.sin(u / 420)) / 1_300.0, 0, 1)
    hills = (
        HILL_M * far**2 * (3 - 2 * far) * (1.2 + 0.5 * np.sin(u / 510 + 1) + 0.3 * np.sin(u / 230 + np.sign(across)))
    )
    return np.asarray(floor + bed + hills, dtype=np.float64)
