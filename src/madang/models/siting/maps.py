"""Tables of a siting answer that a map draws: who goes where, and how far it is from anywhere in the area.

    flows:siting.covered   one row a place and its site: the persons who go there, before and after
    grid:siting.distance   one row: kilometres to the nearest site on a regular grid, before and after

The grid is a measure of its own: it tells the way from the middle of each cell, not from the centre of a dong, so it
shows what lies within the places; nobody's number is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from madang.errors import CallerError, both
from madang.models.base import Floats, Inputs, Records
from madang.models.siting.choosing import Choice
from madang.models.siting.distances import near_roads, ways_between
from madang.models.siting.places import degrees, projected
from madang.models.siting.situation import Situation

LONGER_SIDE = 64  # cells
MOST_FLOWS = 2000
CHUNK = 512  # cells whose ways to every site stand in memory at once
DECIMALS = 3  # of kilometres

Row = dict[str, Any]


def maps_of(inputs: Inputs, met: Situation, choice: Choice, numbers: Mapping[str, float]) -> dict[str, list[Row]]:
    """Both tables of the central answer; empty where nothing is known."""
    if met.unknown is not None or not (met.standing or choice.chosen):
        return {}
    found = {"flows:siting.covered": _flows(met, choice, numbers)}
    grid = _grid(inputs, met, choice, numbers)
    return found if grid is None else found | {"grid:siting.distance": [grid]}


def nearest_site(met: Situation, choice: Choice, numbers: Mapping[str, float], *, before: bool) -> list[int] | None:
    """The site of each place: the one it was given to, else the nearest; None where nothing serves."""
    if choice.assigned is not None and not before:
        return list(choice.assigned)
    serving = [*met.standing, *(() if before else choice.chosen)]
    if not serving:
        return None
    ways = met.ways.kilometres(numbers["detour"])[:, serving]
    return [serving[int(j)] for j in ways.argmin(axis=1)]


# --- who goes where ---------------------------------------------------------------------------------------------------


def _flows(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> list[Row]:
    """Persons from every place to its site; `before` where sites stood and others were added."""
    after = nearest_site(met, choice, numbers, before=False) or []
    before = nearest_site(met, choice, numbers, before=True) if choice.chosen else None
    people = met.demand.people * numbers["growth"]
    at = degrees(met.demand.xy)
    rows: list[Row] = []
    for i, site in enumerate(after):
        ends = [site] if before is None or before[i] == site else [site, before[i]]
        for j in ends:
            persons = None if np.isnan(people[i]) else float(f"{people[i]:.12g}")
            row = {
                "from": met.demand.ids[i],
                "from_label": dict(met.demand.labels[i]),
                "from_lon": float(at[i, 0]),
                "from_lat": float(at[i, 1]),
                "to": met.sites.ids[j],
                "to_label": dict(met.sites.labels[j]),
                "to_lon": float(met.sites.lonlat[j, 0]),
                "to_lat": float(met.sites.lonlat[j, 1]),
                "measure": both("siting.flow-measure"),
                "unit": "IE",
                "value": persons if j == site else 0.0,
            }
            rows.append(row if before is None else row | {"before": persons if before[i] == j else 0.0})
    largest = sorted(rows, key=lambda row: -max(row["value"] or 0.0, row.get("before") or 0.0))
    return largest[:MOST_FLOWS] if len(rows) > MOST_FLOWS else rows


# --- how far from anywhere --------------------------------------------------------------------------------------------


def _grid(inputs: Inputs, met: Situation, choice: Choice, numbers: Mapping[str, float]) -> Row | None:
    """Kilometres to the nearest site from the middle of each cell of the area; None without an area."""
    area = _area(inputs, met)
    if area is None:
        return None
    west, south, east, north = (float(f"{side:.7f}") for side in area.bounds)
    corners = projected(np.array([[west, south], [east, south], [west, north]]))
    wide, high = (float(np.hypot(*(corners[n] - corners[0]))) for n in (1, 2))
    cell = max(wide, high) / LONGER_SIDE
    columns, rows = (max(1, round(side / cell)) for side in (wide, high))
    lon = west + (np.arange(columns) + 0.5) * (east - west) / columns
    lat = north - (np.arange(rows) + 0.5) * (north - south) / rows
    middles = np.stack(np.meshgrid(lon, lat), axis=-1).reshape(-1, 2)
    inside = np.asarray(shapely.contains_xy(area, middles[:, 0], middles[:, 1]))
    states = [tuple(met.standing)] if met.standing else []
    if choice.chosen:
        states.append((*met.standing, *choice.chosen))
    serving = sorted(states[-1])
    ways, on_roads = _ways(projected(middles[inside]), inputs, met, serving, numbers["detour"])
    found = [_spread(inside, ways[:, np.searchsorted(serving, state)]) for state in states]
    changes = len(states) == 2
    return {
        "measure": both("siting.grid-measure"),
        "unit": "KMT",
        "note": both(f"siting.note-grid-{'roads' if on_roads else 'straight'}", metres=f"{cell:,.0f}"),
        "frames": [{"label": both(f"siting.access-{name}")} for name in ("before", "after")] if changes else None,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "columns": columns,
        "rows": rows,
        "values": found,
    }


def _area(inputs: Inputs, met: Situation) -> Any:
    """The land of all places; around points their hull."""
    wanted, shapes = set(met.demand.ids), []
    for port in ("dongs", "points"):
        records = inputs.get(port)
        if isinstance(records, Records):
            rows = zip(records.ids, records.rows, strict=True)
            shapes += [shapely.geometry.shape(row["location"]) for id, row in rows if id in wanted]
    polygons = [shape for shape in shapes if shape.area > 0]
    whole = shapely.union_all(shapely.make_valid(polygons or shapes))
    area = whole if polygons else shapely.convex_hull(whole)
    shapely.prepare(area)
    return area if area.area > 0 else None


def _ways(at: Floats, inputs: Inputs, met: Situation, serving: list[int], detour: float) -> tuple[Floats, bool]:
    """Kilometres from each place to each serving site; along roads where the answer's ways are, NaN off the roads."""
    sites = met.sites.xy[serving]
    if met.ways.on_roads:
        near = near_roads(at, inputs.get("roads"))
        try:
            along = ways_between(at[near], sites, inputs.get("roads"), "roads").kilometres(detour)
        except CallerError:  # cells near a road that the connected network does not reach
            near = np.zeros(len(at), dtype=bool)
        if near.any():
            found = np.full((len(at), len(sites)), np.nan)
            found[near] = along
            return found, True
    parts = [at[k : k + CHUNK] for k in range(0, len(at), CHUNK)]
    straight = [np.hypot(*(part[:, None, :] - sites[None, :, :]).transpose(2, 0, 1)) for part in parts]
    return (np.concatenate(straight) if straight else np.empty((0, len(sites)))) * detour / 1000, False


def _spread(inside: Any, ways: Floats) -> list[float | None]:
    """The shortest way of each cell, row by row from the north-west; None outside the area."""
    values = np.full(len(inside), np.nan)
    values[inside] = ways.min(axis=1)
    return [None if not np.isfinite(v) else round(v, DECIMALS) for v in values.tolist()]
