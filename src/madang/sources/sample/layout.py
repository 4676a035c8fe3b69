"""How a quarter is divided: bands of blocks between streets, a stream and a railway, and what each block is for.

Columns of blocks run along u, rows along v. Between them lie streets; one row of the valley belongs to the stream, with
a street on either bank, and one to the railway, with the station in its middle. Around the station stand offices and
shops, in the outer corner the factories, in between homes with their schools and a park.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

BLOCK_U_M, BLOCK_V_M = 188.0, 158.0
JITTER_M = 14.0
STREAM_M, RAIL_M = 46.0, 24.0
ARTERIAL_EVERY = 3
STATION_REACH_M = 420.0
BEND_M, BEND_LENGTH_M = 7.0, 260.0  # how far the stream swings, and over what length


@dataclass(frozen=True)
class Class:
    """A class of streets, as OpenStreetMap calls it."""

    category: str
    width_m: float
    lanes: int
    speed_kmh: int


ARTERIAL = Class("primary", 30.0, 6, 60)
COLLECTOR = Class("tertiary", 16.0, 4, 50)
LANE = Class("residential", 8.0, 2, 30)


@dataclass(frozen=True)
class Way:
    """One stretch of a street between two crossings; streets of one number share a name."""

    line: Any
    street: Class
    number: int
    along: bool
    on_bridge: bool = False


@dataclass(frozen=True)
class Cell:
    """A block: its sides, its place among the others, what it is for."""

    west: float
    south: float
    east: float
    north: float
    column: int
    row: int
    use: str = "homes"

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the block."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    @property
    def box(self) -> Any:
        """The block as a polygon."""
        return shapely.box(self.west, self.south, self.east, self.north)


@dataclass(frozen=True)
class Layout:
    """A quarter before anything is built: its area, streets and blocks, where the stream and the railway run."""

    area: Any
    ways: Sequence[Way]
    cells: Sequence[Cell]
    stream: Any
    stream_v: float
    banks: Any
    rail: Any
    station: tuple[float, float]


@dataclass(frozen=True)
class _Band:
    start: float
    end: float
    kind: str  # block, street, stream, rail
    street: Class | None = None

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@dataclass
class _Bands:
    """Bands side by side, from one side of the quarter to the other."""

    at: float
    found: list[_Band] = field(default_factory=list)

    def put(self, width: float, kind: str, street: Class | None = None) -> None:
        self.found.append(_Band(self.at, self.at + width, kind, street))
        self.at += width

    def of(self, kind: str) -> list[_Band]:
        return [one for one in self.found if one.kind == kind]


def laid_out(boundary: Any, size_m: tuple[float, float], rng: np.random.Generator) -> Layout:
    """A quarter of at most this size around the middle of the plane, inside a boundary."""
    columns = _columns(size_m[0], rng)
    rows = _rows(size_m[1], rng)
    window = shapely.box(columns.found[0].start, rows.found[0].start, columns.at, rows.at)
    area = shapely.intersection(boundary, window)
    west, _, east, _ = shapely.bounds(area)
    stream_v, rail_v = rows.of("stream")[0].middle, rows.of("rail")[0].middle
    blocks = columns.of("block")
    station = (blocks[len(blocks) // 2].middle, rail_v)
    ways = list(_ways(columns, rows, area))
    cells = _used(_cells(columns, rows), station, stream_v, rng)
    along = np.arange(west, east + 1, 20.0)
    swing = stream_v + BEND_M * np.sin(along / BEND_LENGTH_M * 2 * math.pi)
    stream = shapely.intersection(area, shapely.LineString(np.column_stack([along, swing])).buffer(6.0))
    band = rows.of("stream")[0]
    banks = shapely.difference(shapely.intersection(area, shapely.box(west, band.start, east, band.end)), stream)
    rail = shapely.intersection(area, shapely.LineString([(west, rail_v), (east, rail_v)]))
    return Layout(area, ways, cells, stream, stream_v, banks, rail, station)


# --- within ----------------------------------------------------------------------------------------------------------


def _columns(length: float, rng: np.random.Generator) -> _Bands:
    count = max(2, int(length // (BLOCK_U_M + COLLECTOR.width_m)))
    bands = _Bands(-length / 2)
    for number in range(count):
        bands.put(BLOCK_U_M + float(rng.uniform(-JITTER_M, JITTER_M)), "block")
        street = ARTERIAL if number % ARTERIAL_EVERY == 1 else COLLECTOR
        if number < count - 1:
            bands.put(street.width_m, "street", street)
    return bands


def _rows(length: float, rng: np.random.Generator) -> _Bands:
    count = max(3, int((length - STREAM_M - RAIL_M) // (BLOCK_V_M + COLLECTOR.width_m)))
    bands = _Bands(-length / 2)
    for number in range(count):
        bands.put(BLOCK_V_M + float(rng.uniform(-JITTER_M, JITTER_M)), "block")
        if number == count // 3:
            for width, kind in ((COLLECTOR.width_m, "street"), (STREAM_M, "stream"), (COLLECTOR.width_m, "street")):
                bands.put(width, kind, COLLECTOR if kind == "street" else None)
        elif number == count - 2:
            bands.put(ARTERIAL.width_m, "street", ARTERIAL)
            bands.put(RAIL_M, "rail")
        elif number < count - 1:
            bands.put(COLLECTOR.width_m, "street", COLLECTOR)
    return bands


def _cells(columns: _Bands, rows: _Bands) -> list[Cell]:
    return [
        Cell(one.start, other.start, one.end, other.end, column, row)
        for column, one in enumerate(columns.of("block"))
        for row, other in enumerate(rows.of("block"))
    ]


def _ways(columns: _Bands, rows: _Bands, area: Any) -> Iterator[Way]:
    """Streets from crossing to crossing; those across reach over the stream on bridges, over the railway on some."""
    us = [one.middle for one in columns.of("street")]
    vs = [one.middle for one in rows.of("street")]
    stream, rail = rows.of("stream")[0], rows.of("rail")[0]
    number = 0
    for band in rows.of("street"):
        number += 1
        for start, end in pairwise([columns.found[0].start, *us, columns.at]):
            yield from _within(area, (start, band.middle), (end, band.middle), band.street, number, along=True)
    for band in columns.of("street"):
        number += 1
        for start, end in pairwise([rows.found[0].start, *vs, rows.at]):
            over_stream, over_rail = start < stream.middle < end, start < rail.middle < end
            if over_rail and band.street is not ARTERIAL:
                start = rail.end + 4.0
            yield from _within(area, (band.middle, start), (band.middle, end), band.street, number,
                               on_bridge=over_stream or (over_rail and band.street is ARTERIAL))  # fmt: skip


def _within(
    area: Any, start: tuple[float, float], end: tuple[float, float], street: Class | None, number: int, *,
    along: bool = False, on_bridge: bool = False,
) -> Iterator[Way]:  # fmt: skip
    line = shapely.intersection(area, shapely.LineString([start, end]))
    for part in shapely.get_parts(line):
        if part.geom_type == "LineString" and part.length > 20 and street is not None:
            yield Way(part, street, number, along, on_bridge)


def _used(cells: list[Cell], station: tuple[float, float], stream_v: float, rng: np.random.Generator) -> list[Cell]:
    """What each block is for, by how far it lies from the station, the stream and the edge."""
    columns, rows = max(one.column for one in cells), max(one.row for one in cells)
    by_distance = sorted(cells, key=lambda one: math.dist(one.middle, station))
    park = min(cells, key=lambda one: abs(one.middle[0] - station[0] + 200) + 2 * abs(one.middle[1] - stream_v - 110))
    uses: dict[tuple[int, int], str] = {(park.column, park.row): "park"}
    for rank, one in enumerate(by_distance):
        key = (one.column, one.row)
        if key in uses:
            continue
        distance = math.dist(one.middle, station)
        if one.column >= columns - 1 and one.row >= rows - 1:
            uses[key] = "factories"
        elif rank < 3:
            uses[key] = "shops"
        elif distance < STATION_REACH_M:
            uses[key] = "offices" if rng.random() < 0.55 else "shops"
        else:
            uses[key] = "apartments" if (one.column * 2 + one.row) % 5 in (0, 3) else "homes"
    homes = [one for one in by_distance if uses[one.column, one.row] == "homes"]
    for one in homes[len(homes) // 3 :: max(1, len(homes) // 3)][:2]:
        uses[one.column, one.row] = "school"
    return [Cell(one.west, one.south, one.east, one.north, one.column, one.row, uses[one.column, one.row])
            for one in cells]  # fmt: skip
