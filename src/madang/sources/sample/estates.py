"""Blocks that are one lot or a few large ones: apartment estates, offices, schools, factories, a park."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely

from madang.sources.sample import lots
from madang.sources.sample.layout import Cell
from madang.sources.sample.lots import Body, Built
from madang.sources.sample.words import SPECIES, block_name, made_up

SLAB_M = (58.0, 12.5)
SLAB_GAP_M = 44.0  # between slabs, so that they get their sun
TREE_M = (5.0, 13.0)
PARK_TREES, ESTATE_TREES = 60, 14


def apartments(cell: Cell, rng: np.random.Generator) -> Built:
    """An estate: rows of slabs that face south, or towers with green between; a service building, trees."""
    made = Built()
    lot = made.lot(cell.box)
    number, year = cell.column * 10 + cell.row + 1, int(rng.integers(1991, 2022))
    west, south, east, north = cell.west + 12, cell.south + 12, cell.east - 12, cell.north - 12
    if year < 2006:
        shapes, kind, floors = _slabs(west, south, east, north), "slab", (12, 20)
    else:
        shapes, kind, floors = _towers(west, south, east, north), "tower", (18, 33)
    for block, shape in enumerate(shapes, 101):
        high = int(rng.integers(floors[0], floors[1] + 1))
        made.bodies.append(Body(shape, kind, high, year, lot, block_name(number, block)))
    service = shapely.box(west, south - 8, west + 26, south + 4)
    if not any(shapely.intersects(service, shape.buffer(4)) for shape in shapes):
        made.bodies.append(Body(service, "service", 2, year, lot, block_name(number)))
    green = shapely.box(west + 36, south - 8, east, south + 6)
    green = shapely.difference(green, shapely.union_all(shapes).buffer(5))
    if green.area > 200 and green.geom_type == "Polygon":
        made.greens.append((green, "garden"))
    _plant(
        made, shapely.difference(cell.box.buffer(-3), shapely.union_all(_outlines(made)).buffer(5)), ESTATE_TREES, rng
    )
    return made


def offices(cell: Cell, rng: np.random.Generator) -> Built:
    """Lots with an office tower each, some with a podium of shops at their feet beside it."""
    made = Built()
    columns, rows = 4, 2
    wide, deep = (cell.east - cell.west) / columns, (cell.north - cell.south) / rows
    for column in range(columns):
        for row in range(rows):
            west, south = cell.west + column * wide, cell.south + row * deep
            lot = made.lot(shapely.box(west, south, west + wide, south + deep))
            high, form, year = rng.random(3)
            floors = 7 + int(20 * high**1.5)
            block = shapely.box(west + 5, south + 7, west + wide - 5, south + 7 + deep * 0.52)
            if form > 0.66:
                middle = shapely.centroid(block)
                block = shapely.Polygon(_cross(middle.x, middle.y, wide * 0.38, deep * 0.26))
            elif form > 0.4:
                wing = shapely.box(west + 5, south + 7, west + 5 + wide * 0.32, south + deep - 8)
                block = shapely.union(block, wing)
            made.bodies.append(Body(block, "office", floors, 2002 + int(year * 22), lot))
            if form <= 0.4:
                shop = shapely.box(west + 8, south + deep * 0.52 + 11, west + wide - 8, south + deep - 7)
                made.bodies.append(Body(shop, "shop", 2 + int(form * 5), 2002 + int(year * 22), lot))
    return made


def school(cell: Cell, rng: np.random.Generator) -> Built:
    """A school with its wing, its hall and its playing field to the south; low houses beside it."""
    made = Built()
    half = (cell.west + cell.east) / 2
    lot = made.lot(shapely.box(half - 30, cell.south, cell.east, cell.north))
    west, east, north = half - 20, cell.east - 12, cell.north - 10
    main = shapely.box(west, north - 14, east, north)
    wing = shapely.box(west, north - 50, west + 14, north)
    year, number = int(rng.integers(1985, 2016)), cell.column * 10 + cell.row + 1
    name = made_up(f"가온 {number}초등학교", f"Gaon Primary School {number}")
    made.bodies.append(Body(shapely.union(main, wing), "school", 4 + int(rng.integers(0, 2)), year, lot, name))
    hall = shapely.box(east - 34, north - 46, east, north - 22)
    made.bodies.append(Body(hall, "gym", 1, min(year + 8, 2023), lot))
    made.fields.append(shapely.box(west + 2, cell.south + 10, east - 2, north - 58))
    _plant(made, shapely.box(west, cell.south + 1, east, cell.south + 8), 8, rng)
    beside = lots.homes(Cell(cell.west, cell.south, half - 38, cell.north, cell.column, cell.row), rng)
    for body in beside.bodies:
        made.bodies.append(Body(body.shape, body.kind, body.floors, body.year, body.lot + len(made.lots), body.name))
    made.lots += beside.lots
    made.lanes += beside.lanes
    return made


def factories(cell: Cell, rng: np.random.Generator) -> Built:
    """Halls on six lots, each with a small office at its gate."""
    made = Built()
    columns, rows = 3, 2
    wide, deep = (cell.east - cell.west) / columns, (cell.north - cell.south) / rows
    for column in range(columns):
        for row in range(rows):
            west, south = cell.west + column * wide, cell.south + row * deep
            lot = made.lot(shapely.box(west, south, west + wide, south + deep))
            year = int(rng.integers(1988, 2022))
            hall = shapely.box(west + 6, south + 22, west + wide - 6, south + deep - 6 - 8 * rng.random())
            made.bodies.append(Body(hall, "factory", 1 + int(rng.random() > 0.7), year, lot))
            made.bodies.append(Body(shapely.box(west + 6, south + 5, west + 24, south + 16), "office", 2, year, lot))
    return made


def park(cell: Cell, rng: np.random.Generator) -> Built:
    """Grass with a pond and many trees."""
    made = Built()
    made.lot(cell.box)
    u, v = cell.middle
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    reach = 26 + 5 * np.sin(3 * angles) + 3 * np.cos(2 * angles)
    pond = shapely.Polygon(np.column_stack([u - 18 + 1.5 * reach * np.cos(angles), v + reach * np.sin(angles)]))
    made.waters.append(pond)
    made.greens.append((shapely.difference(cell.box.buffer(-2), pond), "park"))
    _plant(made, shapely.difference(cell.box.buffer(-6), pond.buffer(3)), PARK_TREES, rng)
    return made


BUILDERS: Mapping[str, Callable[[Cell, np.random.Generator], Built]] = {
    "homes": lots.homes,
    "shops": lots.shops,
    "apartments": apartments,
    "offices": offices,
    "school": school,
    "factories": factories,
    "park": park,
}


def _slabs(west: float, south: float, east: float, north: float) -> list[Any]:
    long, deep = SLAB_M
    count = max(1, int((east - west + 12) // (long + 12)))
    long = (east - west - 12 * (count - 1)) / count
    found, top = [], north
    while top - deep > south + 10:
        found += [shapely.box(west + n * (long + 12), top - deep, west + n * (long + 12) + long, top)
                  for n in range(count)]  # fmt: skip
        top -= deep + SLAB_GAP_M
    return found


def _towers(west: float, south: float, east: float, north: float) -> list[Any]:
    found = []
    for row, v in enumerate(np.arange(north - 18, south + 18, -52.0)):
        for u in np.arange(west + 20 + 22 * (row % 2), east - 16, 46.0):
            found.append(shapely.Polygon(_cross(float(u), float(v), 15.0, 15.0)))
    return found


def _cross(u: float, v: float, wide: float, deep: float) -> list[tuple[float, float]]:
    """A tower of four wings: a cross with short arms."""
    a, b = wide, deep
    c, d = wide * 0.55, deep * 0.55
    return [(u - c, v - b), (u + c, v - b), (u + c, v - d), (u + a, v - d), (u + a, v + d), (u + c, v + d),
            (u + c, v + b), (u - c, v + b), (u - c, v + d), (u - a, v + d), (u - a, v - d), (u - c, v - d)]  # fmt: skip


def _outlines(made: Built) -> list[Any]:
    return [body.shape for body in made.bodies]


def _plant(made: Built, ground: Any, count: int, rng: np.random.Generator) -> None:
    """Trees at random places of some ground; what falls beside it is not planted."""
    west, south, east, north = ground.bounds
    places = rng.uniform((west, south), (east, north), (count * 2, 2))
    standing = places[shapely.contains_xy(ground, places[:, 0], places[:, 1])][:count]
    for u, v in standing:
        made.trees.append((float(u), float(v), float(rng.uniform(*TREE_M)), int(rng.integers(len(SPECIES)))))
