"""A small made-up (가상) town on a slope for the twin's core: houses in rows, roads, trees, stops, terrain, and an 안.

The ground rises to the north by one metre in ten and has a round hill in the north-west. Nothing in it is real.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from madang.entities.entity import Document, geo_property, json_property, property_
from madang.sources.heights import encoded
from madang.store import Store

TOWN, PLAN = "hilltown", "tower"
LON, LAT = 127.1, 37.4
EAST_M, NORTH_M = 111_320 * math.cos(math.radians(LAT)), 110_990
CELL_M, SIDE = 30.0, 130
STREET = (-16.0, 0.0)  # a walker's stand between two rows of houses, metres east and north of the middle


def place(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude so many metres from the town's middle."""
    return LON + east / EAST_M, LAT + north / NORTH_M


def build(path: Path) -> Path:
    """The town's file."""
    store = Store.create(
        path, city_id=TOWN, title={"ko": "언덕마을(가상)", "en": "Hilltown (made up)"}, synchronous="OFF"
    )
    with store:
        with store.transact(actor="tests", reason="made up") as tx:
            data, said = encoded(_heights())
            sha256 = tx.put_blob(data, media_type="application/octet-stream")
            west, north = place(-CELL_M * SIDE / 2, CELL_M * SIDE / 2)
            step = (CELL_M / EAST_M, 0.0, west, 0.0, -CELL_M / NORTH_M, north)
            grid = {"sha256": sha256, **said, "crs": "EPSG:4326", "transform": list(step)}
            size = CELL_M * SIDE
            terrain = _thing("Terrain", "1", _box(-size / 2, -size / 2, size, size), resolution=CELL_M)
            tx.put(terrain | {"grid": json_property(grid)})
            tx.put_many([*_houses(), *_roads(), *_trees(), *_stops()])
        store.fork(PLAN, title={"ko": "고층안(가상)", "en": "Tower (made up)"}, actor="tests", reason="made up")
        with store.transact(branch=PLAN, actor="tests", reason="made up") as tx:
            tx.put(_thing("Building", "tower", _box(90, -60, 34, 34), name="고층동(가상)", height=110.0))
            tx.delete("urn:ngsi-ld:Building:hill:0-0")
    return path


def _heights() -> Any:
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    north, east = (SIDE / 2 - row) * CELL_M, (column - SIDE / 2) * CELL_M
    hill = 160 * np.exp(-((east + 900) ** 2 + (north - 900) ** 2) / 300_000)
    return (60 + north / 10 + hill).astype(np.float32)


def _box(east: float, north: float, wide: float, deep: float) -> Any:
    (west, south), (far, top) = place(east, north), place(east + wide, north + deep)
    return json.loads(shapely.to_geojson(shapely.box(west, south, far, top)))


def _thing(type: str, id: str, geometry: Any, **values: Any) -> Document:
    told = {key: property_(value, status="synthetic") for key, value in values.items()}
    return {
        "id": f"urn:ngsi-ld:{type}:hill:{id}",
        "type": type,
        "location": geo_property(geometry),
        "status": property_("synthetic"),
        **told,
    }


def _houses() -> Iterator[Document]:
    for row in range(12):
        for column in range(12):
            height = 9.0 + 3 * ((row * 5 + column * 3) % 7) + (45.0 if (row, column) == (6, 7) else 0.0)
            place_of = _box(-390 + column * 64, -390 + row * 64, 30, 40)
            yield _thing("Building", f"{row}-{column}", place_of, name=f"언덕집 {row + 1}-{column + 1}", height=height)
    yield _thing("Building", "far", _box(1500, -1500, 20, 20), name="외딴집", height=6.0)


def _roads() -> Iterator[Document]:
    for n in range(5):
        line = {"type": "LineString", "coordinates": [place(-800 + 160 * k, -16 + (n - 2) * 192) for k in range(11)]}
        yield _thing("RoadSegment", str(n), line, name=f"언덕로 {n + 1}", lanes=2)


def _points(type: str, count: int, east: float, step: float) -> Iterator[Document]:
    for n in range(count):
        point = {"type": "Point", "coordinates": list(place(east, -380 + n * step))}
        yield _thing(type, str(n), point, **({"name": f"언덕정류장 {n + 1}"} if type == "BusStop" else {}))


def _trees() -> Iterator[Document]:
    return _points("SolitaryVegetationObject", 70, -26.0, 11.0)


def _stops() -> Iterator[Document]:
    return _points("BusStop", 6, 20.0, 128.0)
