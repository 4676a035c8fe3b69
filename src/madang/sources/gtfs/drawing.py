"""How a line is drawn: by the shapes its trips name, or straight from stop to stop; and what a position is."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from madang.errors import DataError
from madang.sources.base import Tally
from madang.sources.gtfs.runs import Runs
from madang.sources.gtfs.tables import Feed
from madang.sources.shapes import DECIMALS, geojson

MOST_SHAPE_POINTS = 20_000_000
Position = tuple[float, float]


def shapes(feed: Feed, wanted: set[str], tally: Tally) -> dict[str, list[Position]]:
    """The shapes that trips name, each in its own order."""
    numbers = {shape: number for number, shape in enumerate(sorted(wanted))}
    whose, order, lons, lats = array("q"), array("d"), array("d"), array("d")
    for row in feed.rows("shapes", must=("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")):
        shape, lat, lon, sequence = row.cells
        number = numbers.get(shape)
        if number is None:
            continue
        position = position_of(lon, lat)
        if position is None or not sequence.isascii() or not sequence.isdigit():
            tally.facts["shape_points_bad"] = tally.facts.get("shape_points_bad", 0) + 1
            continue
        if len(whose) >= MOST_SHAPE_POINTS:
            raise DataError("gtfs.too-many", file=row.file, limit=MOST_SHAPE_POINTS)
        whose.append(number)
        order.append(float(sequence[:15]))
        lons.append(position[0])
        lats.append(position[1])
    owner = np.frombuffer(whose, dtype=np.int64) if whose else np.empty(0, dtype=np.int64)
    turn = np.lexsort((np.array(order), owner))
    points = np.column_stack([np.array(lons), np.array(lats)])[turn]
    ends = np.searchsorted(owner[turn], np.arange(len(numbers) + 1))
    found = zip(numbers, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    return {shape: [(x, y) for x, y in points[start:end].tolist()] for shape, start, end in found if end - start > 1}


def drawn(
    id: str, runs: Runs, lines: dict[str, list[Position]], positions: Mapping[str, Position]
) -> tuple[dict[str, Any] | None, bool]:
    """A route's geometry, and whether it goes straight from stop to stop for want of a shape."""
    found = [lines[shape] for shape in runs.shapes.get(id, {}) if shape in lines]
    straight = not found
    if straight:
        found = [[positions[s] for s in pattern if s in positions] for pattern in runs.patterns.get(id, [])]
    found = [line for line in found if len(set(line)) > 1]
    if not found:
        return None, straight
    return dict(geojson(np.array([shapely.MultiLineString(found)], dtype=object))[0]), straight


def position_of(lon: str, lat: str) -> Position | None:
    """A position on earth; None where the texts are none, or zero and zero, which stands for none."""
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    if not (-180 <= x <= 180 and -90 <= y <= 90) or (x == 0 and y == 0):
        return None
    return round(x, DECIMALS), round(y, DECIMALS)
