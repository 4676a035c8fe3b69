"""Hours of direct sunlight on façades, roofs or a plot, on a day, with what stands on a branch.

Every point is asked in the middle of every step of time whether the sun reaches it (`geometry.sunbeams`): the sun is
above the horizon, in front of the wall, and neither a body within `REACH_M` nor the ground within `GROUND_REACH_M` is
in the way. What is answered is minutes, never a verdict; on the day of the winter solstice also the minutes that
Korean practice asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from madang.entities.entity import geometry_of
from madang.entities.storeys import HOME_M, OTHER_M
from madang.errors import CallerError, NotFoundError, Pair, both
from madang.geometry import sampling
from madang.geometry.flat import Bools, Floats
from madang.geometry.footprints import metres_per_degree
from madang.geometry.horizon import clear_of_ground
from madang.geometry.sunbeams import Points, lit, walls_of
from madang.geometry.terrain import Ground
from madang.store import Store, View
from madang.twin import outlines
from madang.twin.bodies import Bodies, bodies_within
from madang.twin.sun import rise_and_set, sun_at, winter_solstice
from madang.twin.sunlight_asked import Asked
from madang.twin.terrain import ground_of

REACH_M, GROUND_REACH_M = 1_500.0, 10_000.0
WIDEST_M = 5_000.0
MOST_SAMPLES = 20_000
CONTINUOUS, TOTAL = (9 * 60, 15 * 60), (8 * 60, 16 * 60)  # minutes of the day
CONTINUOUS_LEAST, TOTAL_LEAST = 120, 240


@dataclass(frozen=True)
class _Scene:
    """The points asked about among the bodies near them, in metres of a plane about a middle."""

    points: Points
    owner: tuple[str | None, ...]
    bodies: Bodies
    middle: Floats
    scale: Floats
    ground: Ground | None

    def plane(self, lonlat: Floats) -> Floats:
        return np.asarray((lonlat - self.middle) * self.scale, dtype=np.float64)

    def lonlat(self, place: Floats) -> Floats:
        return np.asarray(place / self.scale + self.middle, dtype=np.float64)


def sunlight(store: Store, branch: str, asked: Asked) -> dict[str, Any]:
    """The minutes of sun of every point, and what they were worked out from."""
    scene = _scene(store.view(branch), asked)
    zone = store.city.zone
    lon, lat = (float(one) for one in scene.middle)
    reached, lengths = _sunny(scene, asked, asked.window, zone)
    minutes, longest = _minutes(reached, lengths), _longest(reached, lengths)
    measured = None
    solstice = winter_solstice(asked.day.year, zone=zone)
    if asked.day == solstice:
        measured = _measured(scene, asked, zone)
    rises, sets = rise_and_set(asked.day, lon=lon, lat=lat, zone=zone)
    lonlat = np.round(scene.lonlat(scene.points.place), 7)
    samples = [
        {
            "id": scene.owner[n],
            "lon": float(lonlat[n, 0]),
            "lat": float(lonlat[n, 1]),
            "height": round(float(scene.points.height[n]), 2),
            "azimuth": _azimuth(scene.points.facing[n]),
            "minutes": round(float(minutes[n]), 1),
            "longest": round(float(longest[n]), 1),
        }
        | ({} if measured is None else {"continuous": round(float(measured[0][n]), 1),
                                        "total": round(float(measured[1][n]), 1)})
        for n in range(len(scene.points))
    ]  # fmt: skip
    return {
        "date": asked.day.isoformat(),
        "zone": zone,
        "solstice": solstice.isoformat(),
        "from": _clock(asked.window[0]),
        "to": _clock(asked.window[1]),
        "stepMinutes": asked.step_minutes,
        "spacingM": asked.spacing_m,
        "reachM": REACH_M,
        "sunrise": rises and rises.strftime("%H:%M"),
        "sunset": sets and sets.strftime("%H:%M"),
        "samples": samples,
        "summary": {**_summary(minutes), "byId": _by_id(scene.owner, minutes), "meets": _meets(measured)},
        "method": both("sunlight.method", spacing=f"{asked.spacing_m:g}", step=f"{asked.step_minutes:g}"),
        "assumptions": _assumptions(scene, asked.side),
        "status": "synthetic" if scene.bodies.synthetic.any() else "estimated",
        "obstacles": {
            "counted": len(scene.bodies.ids),
            "estimatedHeight": int(scene.bodies.estimated.sum()),
            "unknownHeight": scene.bodies.unknown,
            "synthetic": int(scene.bodies.synthetic.sum()),
        },
    }


# --- the scene --------------------------------------------------------------------------------------------------------


def _scene(view: View, asked: Asked) -> _Scene:
    shapes = _shapes(view, asked)
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    middle = np.array([(west + east) / 2, (south + north) / 2])
    scale = metres_per_degree(np.array(middle[1]))
    wide = float(np.hypot(*((east - west, north - south) * scale)))
    if wide > WIDEST_M:
        raise CallerError("sunlight.too-wide", found=f"{wide / 1000:.1f}", most=f"{WIDEST_M / 1000:g}")
    ground = ground_of(view)
    reach = REACH_M / scale
    near = (west - reach[0], south - reach[1], east + reach[0], north + reach[1])
    bodies = bodies_within(view, (float(near[0]), float(near[1]), float(near[2]), float(near[3])), ground)
    scene = _Scene(Points(np.zeros((0, 2)), np.zeros(0), np.zeros((0, 2))), (), bodies, middle, scale, ground)
    points, owner = _points(scene, asked, shapes)
    free = _outside(scene, points)
    if not free.any():
        raise CallerError("sunlight.nothing-exposed")
    kept = tuple(owner[n] for n in np.flatnonzero(free))
    return _Scene(points.take(free), kept, bodies, middle, scale, ground)


def _shapes(view: View, asked: Asked) -> list[shapely.Geometry]:
    """The outlines asked about, in (lon, lat)."""
    if asked.plot is not None:
        outline = outlines.checked_polygon(asked.plot, outlines.Bounds(widest_m=WIDEST_M))
        return [shapely.geometry.shape(outline.geometry)]
    found = []
    for id in asked.ids:
        document = view.document(id)
        if document is None:
            raise NotFoundError("sunlight.not-there", id=id)
        geometry = geometry_of(document)
        if geometry is None or geometry["type"] not in ("Polygon", "MultiPolygon"):
            raise CallerError("sunlight.no-body", id=id)
        found.append(shapely.geometry.shape(geometry))
    return found


def _points(scene: _Scene, asked: Asked, shapes: Sequence[shapely.Geometry]) -> tuple[Points, list[str | None]]:
    """The points asked about, and whose they are."""
    if asked.plot is not None or asked.side == "plot":
        owners: list[str | None] = [None] if asked.plot is not None else list(asked.ids)
        made = [_on_plot(scene, shape, asked.spacing_m) for shape in shapes]
    else:
        owners, made = [], []
        for id in asked.ids:
            numbers = scene.bodies.index(id)
            if not numbers:
                raise CallerError("sunlight.no-body", id=id)
            for number in numbers:
                owners.append(id)
                made.append(_on_body(scene, number, asked))
    whose = [owner for owner, points in zip(owners, made, strict=True) for _ in range(len(points))]
    _few(len(whose))
    joined = (np.concatenate([getattr(points, name) for points in made]) for name in ("place", "height", "facing"))
    return Points(*joined), whose


def _on_body(scene: _Scene, number: int, asked: Asked) -> Points:
    rings = scene.bodies.rings.take(np.array([number]))
    place = scene.plane(rings.lonlat)
    base, height = float(scene.bodies.base_m[number]), float(scene.bodies.height_m[number])
    if asked.side == "facade":
        _few(sampling.number_on_facades(place, rings, height_m=height, spacing_m=asked.spacing_m))
        return sampling.on_facades(rings, place, base_m=base, height_m=height, spacing_m=asked.spacing_m)
    shape = _flat_shapes(scene)[number]
    _few_within(shape, asked.spacing_m)
    return sampling.on_level(shape, height_m=base + height, spacing_m=asked.spacing_m)


def _on_plot(scene: _Scene, shape: shapely.Geometry, spacing_m: float) -> Points:
    flat = shapely.transform(shape, scene.plane)
    _few_within(flat, spacing_m)
    points = sampling.on_level(flat, height_m=0.0, spacing_m=spacing_m)
    if scene.ground is None:
        return points
    under = scene.ground.heights(scene.lonlat(points.place))
    return Points(points.place, np.where(np.isnan(under), scene.ground.lowest_m, under) + sampling.ABOVE_M,
                  points.facing)  # fmt: skip


def _flat_shapes(scene: _Scene) -> list[shapely.Geometry]:
    """The bodies' outlines in the plane."""
    rings, place = scene.bodies.rings, scene.plane(scene.bodies.rings.lonlat)
    made = []
    for number in range(len(rings)):
        polygons = []
        for polygon in range(rings.feature_offsets[number], rings.feature_offsets[number + 1]):
            own = range(rings.polygon_offsets[polygon], rings.polygon_offsets[polygon + 1])
            lines = [place[rings.ring_offsets[ring] : rings.ring_offsets[ring + 1]] for ring in own]
            polygons.append(shapely.Polygon(lines[0], lines[1:]))
        made.append(polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons))
    return made


def _outside(scene: _Scene, points: Points) -> Bools:
    """Which points lie in no body: those against a party wall, or on ground that is built on, see no sky."""
    free = np.ones(len(points), dtype=bool)
    if len(scene.bodies.ids):
        tree = shapely.STRtree(_flat_shapes(scene))
        point, body = tree.query(shapely.points(points.place), predicate="within")
        free[point[scene.bodies.top_m[body] > points.height[point]]] = False
    return free


# --- time -------------------------------------------------------------------------------------------------------------


def _sunny(scene: _Scene, asked: Asked, window: tuple[int, int], zone: str) -> tuple[Bools, Floats]:
    """Whether each point has sun in each step of a window, and how many minutes each step has."""
    begin = datetime.combine(asked.day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    edges = np.append(np.arange(window[0], window[1], asked.step_minutes), window[1])
    moments = [begin + timedelta(minutes=float(minute)) for minute in (edges[:-1] + edges[1:]) / 2]
    sun = sun_at(moments, lon=float(scene.middle[0]), lat=float(scene.middle[1]))
    walls = walls_of(scene.bodies.rings, scene.plane(scene.bodies.rings.lonlat), scene.bodies.top_m)
    reached = lit(scene.points, walls, azimuth=sun.azimuth, elevation=sun.elevation, reach_m=REACH_M)
    if scene.ground is not None:
        places = scene.lonlat(scene.points.place)
        reached &= clear_of_ground(
            places, scene.points.height, scene.ground, azimuth=sun.azimuth, elevation=sun.elevation,
            reach_m=GROUND_REACH_M, wanted=reached,
        )  # fmt: skip
    return reached, np.diff(edges)


def _minutes(reached: Bools, lengths: Floats) -> Floats:
    return np.asarray(lengths @ reached, dtype=np.float64)


def _longest(reached: Bools, lengths: Floats) -> Floats:
    """The longest run of each point."""
    run = np.zeros(reached.shape[1])
    longest = run.copy()
    for now, length in zip(reached, lengths, strict=True):
        run = np.where(now, run + length, 0.0)
        np.maximum(longest, run, out=longest)
    return longest


def _measured(scene: _Scene, asked: Asked, zone: str) -> tuple[Floats, Floats]:
    """On the solstice: the longest run from 9 to 15 o'clock, and all sun from 8 to 16."""
    early, early_lengths = _sunny(scene, asked, (TOTAL[0], CONTINUOUS[0]), zone)
    middle, lengths = _sunny(scene, asked, CONTINUOUS, zone)
    late, late_lengths = _sunny(scene, asked, (CONTINUOUS[1], TOTAL[1]), zone)
    total = _minutes(early, early_lengths) + _minutes(middle, lengths) + _minutes(late, late_lengths)
    return _longest(middle, lengths), total


# --- what is said -----------------------------------------------------------------------------------------------------


def _summary(minutes: Floats) -> dict[str, Any]:
    return {
        "samples": len(minutes),
        "least": round(float(minutes.min()), 1),
        "mean": round(float(minutes.mean()), 1),
        "most": round(float(minutes.max()), 1),
    }


def _by_id(owner: Sequence[str | None], minutes: Floats) -> dict[str, Any]:
    whose = np.array([one or "" for one in owner])
    return {str(id): _summary(minutes[whose == id]) for id in dict.fromkeys(owner) if id is not None}


def _meets(measured: tuple[Floats, Floats] | None) -> dict[str, Any] | None:
    if measured is None:
        return None
    continuous, total = measured[0] >= CONTINUOUS_LEAST, measured[1] >= TOTAL_LEAST
    either = continuous | total
    return {
        "continuous": _measure("continuous", CONTINUOUS, CONTINUOUS_LEAST, continuous),
        "total": _measure("total", TOTAL, TOTAL_LEAST, total),
        "either": {"samples": int(either.sum()), "share": round(float(either.mean()), 4)},
    }


def _measure(name: str, window: tuple[int, int], least: int, met: Bools) -> dict[str, Any]:
    return {
        "label": both(f"sunlight.measure-{name}"),
        "window": [_clock(window[0]), _clock(window[1])],
        "atLeast": least,
        "samples": int(met.sum()),
        "share": round(float(met.mean()), 4),
        "basis": both(f"sunlight.basis-{name}"),
        "certainty": "K",  # as other texts quote it; neither gazette nor register of judgments was read
    }


def _assumptions(scene: _Scene, side: str) -> list[Pair]:
    bodies = scene.bodies
    made = [both("sunlight.assume-clear"), both("sunlight.assume-prisms")]
    if side == "facade":
        made.append(both("sunlight.assume-windows"))
    made.append(both("sunlight.assume-reach", reach=f"{REACH_M:,.0f}"))
    if scene.ground is None:
        made.append(both("sunlight.assume-flat"))
    else:
        made.append(both("sunlight.assume-terrain", reach=f"{GROUND_REACH_M / 1000:g}"))
    counts = {"unknown": bodies.unknown, "synthetic": int(bodies.synthetic.sum())}
    made += [both(f"sunlight.assume-{name}", count=f"{count:,}") for name, count in counts.items() if count]
    if bodies.estimated.any():
        count = int(bodies.estimated.sum())
        made.append(both("sunlight.assume-estimated", count=f"{count:,}", home=f"{HOME_M:g}", other=f"{OTHER_M:g}"))
    return made


def _azimuth(facing: Floats) -> float | None:
    if not facing.any():
        return None
    return round(float(np.degrees(np.arctan2(facing[0], facing[1])) % 360), 1)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _few(samples: int) -> None:
    if samples > MOST_SAMPLES:
        raise CallerError("sunlight.too-many-samples", found=f"{samples:,}", most=f"{MOST_SAMPLES:,}")


def _few_within(shape: shapely.Geometry, spacing_m: float) -> None:
    """Refuse a grid that is too fine, or too large for a thin shape that lies across it."""
    west, south, east, north = shape.bounds
    _few(int(max(shape.area, (east - west) * (north - south) / 50) / spacing_m**2))
