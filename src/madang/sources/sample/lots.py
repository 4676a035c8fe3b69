"""Blocks of many lots: homes and shops along lanes, two rows of lots back to back, a building on most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from madang.sources.sample.layout import LANE, Cell

EMPTY_SHARE = 0.06  # of lots: open ground, a few cars
YEARS = (1986, 2023)


@dataclass(frozen=True)
class Body:
    """A building to be: its outline, its kind, storeys, year, the lot it stands on."""

    shape: Any
    kind: str
    floors: int
    year: int
    lot: int
    name: Mapping[str, str] | None = None


@dataclass
class Built:
    """What one block becomes; lots are counted from 0, a tree is (u, v, height, species)."""

    lots: list[Any] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    lanes: list[Any] = field(default_factory=list)
    greens: list[tuple[Any, str]] = field(default_factory=list)
    waters: list[Any] = field(default_factory=list)
    fields: list[Any] = field(default_factory=list)
    trees: list[tuple[float, float, float, int]] = field(default_factory=list)

    def lot(self, shape: Any) -> int:
        """Put a lot down; gives its number."""
        self.lots.append(shape)
        return len(self.lots) - 1


@dataclass(frozen=True)
class _Manner:
    """How a block is cut into lots and built on: kinds with their shares, and the storeys they have."""

    depth_m: float
    width_m: tuple[float, float]
    kinds: Sequence[tuple[str, float, tuple[int, int]]]
    setback_m: tuple[float, float]  # to the lane, to the neighbours


_HOMES = _Manner(18.0, (13.5, 18.5), (("flats", 0.5, (3, 5)), ("house", 0.3, (1, 3)), ("row", 0.2, (3, 4))), (2.2, 1.3))
_SHOPS = _Manner(
    24.0, (16.0, 26.0), (("shop", 0.8, (2, 9)), ("office", 0.15, (6, 12)), ("mall", 0.05, (3, 6))), (2.0, 1.0)
)


def homes(cell: Cell, rng: np.random.Generator) -> Built:
    """Low houses along lanes."""
    return _cut(cell, _HOMES, rng)


def shops(cell: Cell, rng: np.random.Generator) -> Built:
    """Shops and small offices along lanes."""
    return _cut(cell, _SHOPS, rng)


def _cut(cell: Cell, manner: _Manner, rng: np.random.Generator) -> Built:
    made = Built()
    pair = 2 * manner.depth_m
    count = max(1, int((cell.north - cell.south + LANE.width_m) // (pair + LANE.width_m)))
    depth = (cell.north - cell.south - (count - 1) * LANE.width_m) / count / 2
    south = cell.south
    for number in range(count):
        if number:
            lane = south - LANE.width_m / 2
            made.lanes.append(shapely.LineString([(cell.west, lane), (cell.east, lane)]))
        for upper in (False, True):
            _row(made, cell, south + upper * depth, depth, upper, manner, rng)
        south += 2 * depth + LANE.width_m
    return made


def _row(
    made: Built, cell: Cell, south: float, depth: float, upper: bool, manner: _Manner, rng: np.random.Generator
) -> None:  # fmt: skip
    """A row of lots; the building stands off the lane by the setback, with the yard behind it."""
    west = cell.west
    kinds = [kind for kind, _, _ in manner.kinds]
    shares = np.cumsum([share for _, share, _ in manner.kinds])
    front, side = manner.setback_m
    while west < cell.east - 1:
        width = float(rng.uniform(*manner.width_m))
        if cell.east - west - width < manner.width_m[0]:
            width = cell.east - west
        lot = made.lot(shapely.box(west, south, west + width, south + depth))
        empty, drawn, high, old, yard = rng.random(5)
        if empty > EMPTY_SHARE:
            place = min(int(np.searchsorted(shares, drawn)), len(kinds) - 1)
            low, most = manner.kinds[place][2]
            deep = depth - front - side - yard * 3.0
            base = south + side + yard * 3.0 if upper else south + front
            shape = shapely.box(west + side, base, west + width - side, base + deep)
            if kinds[place] in ("shop", "office") and high > 0.6:
                shape = _cornered(shape, 0.35)
            floors = low + int(high**1.6 * (most - low + 0.999))
            year = YEARS[0] + int(old**0.8 * (YEARS[1] - YEARS[0]))
            made.bodies.append(Body(shape, kinds[place], floors, year, lot))
        west += width


def _cornered(shape: Any, share: float) -> Any:
    """An L: a rectangle without one corner."""
    west, south, east, north = shape.bounds
    return shapely.difference(
        shape, shapely.box(east - (east - west) * share, north - (north - south) * share, east, north)
    )
