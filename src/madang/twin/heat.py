"""A surface between sensors: the latest readings of one attribute, spread over a grid.

Inverse distance weighting with the square of the distance (Shepard 1968), over the sensors whose reading is not stale.
Nothing is said beyond the hull of the sensors and a reach around it: half the usual (median) distance from a sensor to
its nearest neighbour. What comes out is an estimate, and synthetic as soon as one reading is.

Only air and weather lie spread between their stations: a speed belongs to its road, a battery to its device, and the
mean of two wind directions may be the opposite one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from madang.errors import NotFoundError, Pair, both
from madang.geometry.flat import Floats
from madang.geometry.footprints import metres_per_degree
from madang.indicators.provenance import at_least_estimated
from madang.store import Store
from madang.twin.live import Live, Reading, Sensor, live

LEAST_SENSORS = 3
FIELDS = ("AirQualityObserved", "WeatherObserved")
NO_FIELD = ("windDirection",)
LONGER_SIDE = 96  # cells
NEAREST_M2 = 1e-4  # a place nearer than this to a station has the station's value
REACH_SHARE = 0.5
CHUNK = 512


@dataclass(frozen=True, eq=False)
class Surface:
    """A regular grid over degrees; values row by row from the north-west, not-a-number outside the reach."""

    attribute: str
    west: float
    south: float
    east: float
    north: float
    values: Floats  # rows x columns
    unit: str | None
    status: str
    sources: frozenset[str]
    note: Pair


def surfaces(now: Live) -> dict[str, list[tuple[Sensor, Reading]]]:
    """The attributes that a surface can be drawn of, with the sensors and readings that would carry it."""
    found: dict[str, list[tuple[Sensor, Reading]]] = {}
    for sensor in now.sensors:
        for reading in sensor.readings if sensor.type in FIELDS else ():
            number = isinstance(reading.value, int | float) and not isinstance(reading.value, bool)
            if number and reading.attribute not in NO_FIELD:
                found.setdefault(reading.attribute, []).append((sensor, reading))
    return {name: told for name, told in found.items() if _hull(_fresh(told)).geom_type == "Polygon"}


def heat(store: Store, branch: str, attribute: str) -> Surface:
    """The surface of an attribute as it is read now."""
    told = surfaces(live(store, branch)).get(attribute)
    if told is None:
        known = [s for s in live(store, branch).sensors if any(r.attribute == attribute for r in s.readings)]
        raise NotFoundError("twinreading.too-few-sensors", found=len(known), attribute=attribute, least=LEAST_SENSORS)
    fresh = _fresh(told)
    lonlat, values = _distinct(fresh)
    middle = lonlat.mean(axis=0)
    scale = metres_per_degree(np.array(middle[1]))
    xy = (lonlat - middle) * scale
    reach = REACH_SHARE * float(np.median(_nearest(xy)))
    area = shapely.convex_hull(shapely.multipoints(xy)).buffer(reach)
    west, south, east, north = area.bounds
    cell = max(east - west, north - south) / LONGER_SIDE
    columns, rows = (max(int(np.ceil(side / cell)), 1) for side in (east - west, north - south))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inside = np.asarray(shapely.contains_xy(area, grid[:, 0], grid[:, 1]))
    found = np.full(len(grid), np.nan)
    found[inside] = spread(xy, values, grid[inside])
    corners = (np.array([[west, south], [east, north]]) / scale + middle).reshape(-1).tolist()
    unit, status = unit_and_status(fresh)
    facts = {"sensors": len(fresh), "metres": f"{cell:,.0f}", "reach": f"{reach:,.0f}"}
    return Surface(
        attribute,
        corners[0],
        corners[1],
        corners[2],
        corners[3],
        found.reshape(rows, columns),
        unit,
        status,
        frozenset(reading.source for _, reading in fresh if reading.source),
        both("twinreading.heat-note", **facts, left_out=len(told) - len(fresh)),
    )


def unit_and_status(told: list[tuple[Sensor, Reading]]) -> tuple[str | None, str]:
    """The unit that readings agree on, and the status of what is estimated from them."""
    units = {reading.unit for _, reading in told}
    return units.pop() if len(units) == 1 else None, at_least_estimated(reading.status for _, reading in told)


def spread(xy: Floats, values: Floats, at: Floats) -> Floats:
    """The mean of values weighted by 1/distance² at each place; a sensor's own value where it stands."""
    found = np.empty(len(at))
    for start in range(0, len(at), CHUNK):
        part = at[start : start + CHUNK]
        # |a - b|² as |a|² + |b|² - 2ab: one product of matrices; metres about the middle keep it exact to a millimetre.
        squared = (part**2).sum(axis=1)[:, None] + (xy**2).sum(axis=1)[None, :] - 2 * part @ xy.T
        weight = 1.0 / np.maximum(squared, NEAREST_M2)
        found[start : start + CHUNK] = weight @ values / weight.sum(axis=1)
    return found


def _fresh(told: list[tuple[Sensor, Reading]]) -> list[tuple[Sensor, Reading]]:
    return [(sensor, reading) for sensor, reading in told if not reading.is_stale]


def _hull(told: list[tuple[Sensor, Reading]]) -> shapely.Geometry:
    return shapely.convex_hull(shapely.multipoints([sensor.at for sensor, _ in told])) if told else shapely.Point()


def _distinct(told: list[tuple[Sensor, Reading]]) -> tuple[Floats, Floats]:
    """Places and values, those at one place as their mean."""
    at: dict[tuple[float, float], list[float]] = {}
    for sensor, reading in told:
        at.setdefault(sensor.at, []).append(float(reading.value))
    return np.array(list(at), dtype=np.float64), np.array([float(np.mean(found)) for found in at.values()])


def _nearest(xy: Floats) -> Floats:
    """The distance of each place to the nearest other one."""
    places = shapely.points(xy)
    tree = shapely.STRtree(places)
    _, distances = tree.query_nearest(places, exclusive=True, all_matches=False, return_distance=True)
    return np.asarray(distances, dtype=np.float64)
