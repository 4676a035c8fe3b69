"""An area cut into questions of bounded size, and how each is put to Overpass.

Squares of about four kilometres, of which only those that touch the area are asked; one that proves too much for the
server is cut into four. The names of the squares do not depend on what has been done, so a second run knows them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from madang.sources.osm.kinds import GREEN, RAILS, STATIONS, WATER, Theme
from madang.sources.osm.places import Area

SIDE_KM = 4.0
KM_PER_DEGREE = 111.2
DEEPEST = 5  # 4 km in four, five times: 125 m
MOST_TILES = 2_000
TIMEOUT_S = 120
MEMORY = 512 << 20
USUAL: tuple[Theme, ...] = ("buildings", "roads", "green", "water", "rail", "stops")
THEMES: tuple[Theme, ...] = (*USUAL, "land", "trees")
# What a dense square kilometre holds: the extract of Jamsil, Seoul, 2024-11-01, 6.0 km2 (1,747 features, 2.0 MB).
DENSE_FEATURES = 290
DENSE_MB = 0.33
TILE_S = 8  # seconds that a busy public server takes for one square, and the pause after it


@dataclass(frozen=True, slots=True)
class Tile:
    """A square to ask for, in degrees."""

    name: str
    west: float
    south: float
    east: float
    north: float

    def quarters(self) -> list[Tile]:
        """The four squares it is made of."""
        lon, lat = round((self.west + self.east) / 2, 7), round((self.south + self.north) / 2, 7)
        bounds = [
            (self.west, self.south, lon, lat), (lon, self.south, self.east, lat),
            (self.west, lat, lon, self.north), (lon, lat, self.east, self.north),
        ]  # fmt: skip
        return [Tile(f"{self.name}-{number}", *box) for number, box in enumerate(bounds)]

    @property
    def depth(self) -> int:
        """How often it was cut."""
        return self.name.count("-")

    @property
    def box(self) -> Any:
        """Its outline."""
        return shapely.box(self.west, self.south, self.east, self.north)


@dataclass(frozen=True)
class Plan:
    """What is to be asked: of which area, which themes, in which squares."""

    area: Area
    themes: tuple[Theme, ...]
    tiles: tuple[Tile, ...]

    @property
    def key(self) -> str:
        """What tells this plan from others: the same area and themes have the same."""
        said = [self.themes, [(t.name, t.west, t.south, t.east, t.north) for t in self.tiles]]
        outline = shapely.to_wkb(shapely.set_precision(self.area.outline, 1e-7))
        return hashlib.sha256(json.dumps(said).encode() + outline).hexdigest()[:12]

    @property
    def km2(self) -> float:
        """How large the area is, in its own plane."""
        middle = math.radians((self.area.outline.bounds[1] + self.area.outline.bounds[3]) / 2)
        return float(self.area.outline.area * KM_PER_DEGREE**2 * math.cos(middle))

    @property
    def guess(self) -> dict[str, int]:
        """About how much would come if all of it were dense, and how long it takes."""
        return {
            "questions": len(self.tiles),
            "features": round(self.km2 * DENSE_FEATURES),
            "megabytes": max(1, round(self.km2 * DENSE_MB)),
            "minutes": max(1, round(len(self.tiles) * TILE_S / 60)),
        }


def plan(area: Area, themes: Sequence[Theme] = USUAL) -> Plan:
    """The squares that an area touches, from the south-west, row by row."""
    west, south, east, north = area.outline.bounds
    high = SIDE_KM / KM_PER_DEGREE
    wide = high / max(0.1, math.cos(math.radians((south + north) / 2)))
    rows, columns = math.ceil((north - south) / high) or 1, math.ceil((east - west) / wide) or 1
    if rows * columns > 100 * MOST_TILES:
        return Plan(area, tuple(sorted(themes)), (Tile("0", west, south, east, north),) * (MOST_TILES + 1))
    shapely.prepare(area.outline)
    squares = [
        Tile(
            f"{row}x{column}",
            round(west + column * wide, 7), round(south + row * high, 7),
            round(min(east, west + (column + 1) * wide), 7), round(min(north, south + (row + 1) * high), 7),
        )
        for row in range(rows)
        for column in range(columns)
    ]  # fmt: skip
    return Plan(area, tuple(sorted(themes)), tuple(one for one in squares if area.outline.intersects(one.box)))


def question(tile: Tile, themes: Sequence[Theme]) -> str:
    """What Overpass is asked: everything of the themes that touches the square, whole and with its geometry."""
    asked = "".join(f"{line};" for theme in themes for line in _ASKED[theme])
    box = f"{tile.south},{tile.west},{tile.north},{tile.east}"
    return f"[out:json][timeout:{TIMEOUT_S}][maxsize:{MEMORY}][bbox:{box}];({asked});out geom;"


def _both(condition: str) -> list[str]:
    return [f"way{condition}", f"relation{condition}"]


def _one_of(key: str, values: frozenset[str]) -> str:
    return f'["{key}"~"^({"|".join(sorted(values))})$"]'


def _table(table: dict[str, frozenset[str]]) -> list[str]:
    return [line for key, values in table.items() for line in _both(_one_of(key, values))]


_ASKED: dict[Theme, list[str]] = {
    "buildings": [*_both('["building"]'), *_both('["building:part"]')],
    "roads": ['way["highway"]', *_both('["area:highway"]')],
    "green": _table(GREEN),
    "water": [*_table(WATER), 'way["waterway"]'],
    "rail": [f"way{_one_of('railway', RAILS)}"],
    "stops": [
        f"nwr{_one_of('railway', STATIONS)}", 'nwr["public_transport"="station"]', 'node["highway"="bus_stop"]',
        'node["public_transport"="platform"]["bus"="yes"]',
    ],
    "land": [*_both('["landuse"]'), *_both('["leisure"]'), *_both('["natural"]')],
    "trees": ['node["natural"="tree"]', 'way["natural"="tree_row"]'],
}  # fmt: skip
