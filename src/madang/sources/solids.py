"""Surfaces of city objects to what an entity says of them: footprint, lowest and highest point, `geometry3d`.

For every reader of 3D city models (CityJSON, CityGML). Points are (x, y, z) in the plane of a projected or geographic
coordinate system, x to the east, z in metres. A surface is a list of rings, the outer one first, none closed by
repeating its first point. Everything runs over many objects at once: call it for a batch, not for an object.

    given = surfaces_of([[[ring, hole], [ring]], …])    # per object its surfaces; rings as arrays (k, 3)
    outlines = footprints(given)                        # per object a shapely geometry in that plane, or None
    places = in_degrees(outlines, "EPSG:5186")          # per object GeoJSON in lon/lat, or None
    low, high = heights(given)                          # per object metres, NaN without points
    document = geometry3d([Shape("Solid", "2", surfaces, semantics)], "EPSG:5186")

`geometry3d` is a JSON document {"crs", "transform": {"scale", "translate"}, "vertices": [[i, j, k], …], "geometry":
[CityJSON geometry objects]}. A closed body is seen from above as its lower (or upper) side is, so a block with one
ground surface needs no union; surfaces that do not close are united.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from madang.sources.shapes import Geometries, geojson, to_degrees

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SMALLEST_M2 = 1e-4  # a surface seen from above that covers less is a wall
STEP_M = 0.001  # vertices of a document made from plain coordinates are whole millimetres
STEP_DEGREES = 1e-8  # about a millimetre as well
GRID_M = 0.001
POLYGONAL = (3, 6)  # the numbers of polygons and multipolygons among the types of geometry


@dataclass(frozen=True)
class Surfaces:
    """The surfaces of many objects over one list of points.

    `corners` are rows of `points`, ring after ring. `rings` are the offsets (one more than rings) into corners,
    `surfaces` those into rings, `objects` those into surfaces; objects without surfaces may stand among them.
    """

    points: Floats
    corners: Ints
    rings: Ints
    surfaces: Ints
    objects: Ints


@dataclass(frozen=True)
class Shape:
    """One geometry of an object as plain coordinates: its kind, level of detail, surfaces, and what each surface is.

    `semantics` are CityJSON semantic objects ({"type": "RoofSurface"}), one a surface, None where nothing is said. A
    solid's surfaces are its outer shell; `cavities` are the shells inside it.
    """

    kind: Literal["MultiSurface", "CompositeSurface", "Solid"]
    lod: str
    surfaces: Sequence[Sequence[Floats]]
    semantics: Sequence[Mapping[str, Any] | None] = ()
    cavities: Sequence[Sequence[Sequence[Floats]]] = ()


def surfaces_of(objects: Sequence[Sequence[Sequence[Any]]]) -> Surfaces:
    """Objects given as surfaces given as rings of coordinates (k, 3)."""
    flat = list(chain.from_iterable(objects))
    rings = list(chain.from_iterable(flat))
    sizes = [len(ring) for ring in rings]
    points = np.concatenate([np.asarray(ring, dtype=np.float64) for ring in rings]) if rings else np.empty((0, 3))
    return Surfaces(
        points,
        np.arange(len(points), dtype=np.int64),
        offsets(sizes),
        offsets([len(surface) for surface in flat]),
        offsets([len(one) for one in objects]),
    )


def offsets(sizes: Sequence[int] | Ints) -> Ints:
    """Where each of several things laid end to end begins, and where the last one ends."""
    made = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(np.asarray(sizes, dtype=np.int64), out=made[1:])
    return made


# --- seen from above -------------------------------------------------------------------------------------------------


def heights(given: Surfaces) -> tuple[Floats, Floats]:
    """The lowest and the highest point of each object, in metres; NaN where it has none."""
    bounds = given.rings[given.surfaces[given.objects]]
    z = given.points[given.corners, 2]
    low, high = _least(z, bounds), -_least(-z, bounds)
    empty = bounds[1:] == bounds[:-1]
    low[empty] = high[empty] = np.nan
    return low, high


def degenerate_rings(given: Surfaces) -> int:
    """How many rings have fewer than three corners that differ from the one before."""
    points = given.points[given.corners]
    before = np.arange(len(points)) - 1
    starts, stops = given.rings[:-1], given.rings[1:]
    filled = stops > starts
    before[starts[filled]] = stops[filled] - 1
    differs = (points != points[before]).any(axis=1) if len(points) else np.empty(0, dtype=bool)
    return int((_sums(differs.astype(np.float64), given.rings) < 3).sum())


def footprints(given: Surfaces) -> Geometries:
    """The outline of each object seen from above: polygons, a point where only walls stand, None without points."""
    count = len(given.objects) - 1
    made = np.full(count, None, dtype=object)
    area = _areas(given)
    seen = np.abs(area) > SMALLEST_M2
    object_of = np.repeat(np.arange(count), np.diff(given.objects))
    polygons, surface = _polygons(given, np.flatnonzero(seen & _needed(given, area, seen)))
    side = object_of[surface] * 2 + (area[surface] > 0)  # the lower and the upper side of each object by itself
    order = np.argsort(side, kind="stable")
    sides, first, sizes = np.unique(side[order], return_index=True, return_counts=True)
    united = _united(polygons[order], first, sizes)
    whole, at, both = np.unique(sides // 2, return_index=True, return_counts=True)
    made[whole] = united[at]
    for number, place in zip(whole[both == 2].tolist(), at[both == 2].tolist(), strict=True):
        made[number] = shapely.union_all(united[place : place + 2], grid_size=GRID_M)
    odd = ~np.isin(shapely.get_type_id(made), POLYGONAL) & ~shapely.is_missing(made)
    for number in np.flatnonzero(odd | shapely.is_empty(made)).tolist():
        made[number] = _polygonal(made[number])
    west, south, east, north = _bounds(given)
    for number in np.flatnonzero(shapely.is_missing(made) & np.isfinite(west)).tolist():
        made[number] = shapely.Point((west[number] + east[number]) / 2, (south[number] + north[number]) / 2)
    return made


def in_degrees(outlines: Geometries, crs: str | CRS) -> list[dict[str, Any] | None]:
    """Outlines in longitude and latitude as GeoJSON, valid, rounded to a centimetre; None stays None."""
    made: list[dict[str, Any] | None] = [None] * len(outlines)
    drawn = np.flatnonzero(~shapely.is_missing(outlines))
    if len(drawn):
        for number, shape in zip(drawn.tolist(), geojson(to_degrees(outlines[drawn], crs)), strict=True):
            made[number] = shape
    return made


def _areas(given: Surfaces) -> Floats:
    """The signed area of each surface seen from above: positive where it faces up."""
    if not len(given.corners):
        return np.zeros(len(given.surfaces) - 1)
    starts, stops = given.rings[:-1], given.rings[1:]
    xy = given.points[given.corners, :2]
    xy = xy - np.repeat(xy[np.minimum(starts, len(xy) - 1)], stops - starts, axis=0)  # near 0, where areas are exact
    after = np.arange(len(xy)) + 1
    filled = stops > starts
    after[stops[filled] - 1] = starts[filled]
    cross = xy[:, 0] * xy[after, 1] - xy[after, 0] * xy[:, 1]
    return _sums(cross / 2, given.rings[given.surfaces])


def _needed(given: Surfaces, area: Floats, seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which surfaces an outline needs: of a closed body one side, and all of everything else."""
    up, down = seen & (area > 0), seen & (area < 0)
    total_up = _sums(np.where(up, area, 0.0), given.objects)
    total_down = _sums(np.where(down, -area, 0.0), given.objects)
    closed = np.abs(total_up - total_down) <= 1e-6 * (total_up + total_down) + SMALLEST_M2
    fewer_up = _sums(up.astype(np.float64), given.objects) < _sums(down.astype(np.float64), given.objects)
    sizes = np.diff(given.objects)
    side = np.where(np.repeat(fewer_up, sizes), up, down)
    whole, part = _bounds(given), _bounds(given, side)
    with np.errstate(invalid="ignore"):
        closed &= np.all([np.abs(a - b) <= 2 * GRID_M for a, b in zip(whole, part, strict=True)], axis=0)
    return np.where(np.repeat(closed, sizes), side, True)


def _bounds(given: Surfaces, chosen: npt.NDArray[np.bool_] | None = None) -> tuple[Floats, Floats, Floats, Floats]:
    """West, south, east, north of each object, or of its chosen surfaces; infinite where there are none."""
    found = []
    for sign in (1.0, -1.0):
        for axis in (0, 1):
            of_surface = _least(sign * given.points[given.corners, axis], given.rings[given.surfaces])
            if chosen is not None:
                of_surface = np.where(chosen, of_surface, np.inf)
            found.append(sign * _least(of_surface, given.objects))
    return found[0], found[1], found[2], found[3]


def _polygons(given: Surfaces, chosen: Ints) -> tuple[Geometries, Ints]:
    """The chosen surfaces as valid polygons of the plane, and the surface of each."""
    first, last = given.surfaces[chosen], given.surfaces[chosen + 1]
    ring = _spans(first, last - first)
    polygon = np.repeat(np.arange(len(chosen)), last - first)
    outer = np.zeros(len(ring), dtype=bool)
    outer[offsets(last - first)[:-1]] = True
    sizes = given.rings[ring + 1] - given.rings[ring]
    drawn = sizes >= 3
    ring, polygon, outer, sizes = ring[drawn], polygon[drawn], outer[drawn], sizes[drawn]
    if not len(ring):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    xy = given.points[given.corners[_spans(given.rings[ring], sizes)], :2]
    made = shapely.linearrings(xy, indices=np.repeat(np.arange(len(ring)), sizes))
    # A surface whose outer ring is no ring has nothing to pierce.
    whole = np.zeros(len(chosen), dtype=bool)
    whole[polygon[outer]] = True
    pierced = np.bincount(polygon, minlength=len(chosen)) > 1
    polygons = np.full(len(chosen), None, dtype=object)
    plain = outer & ~pierced[polygon]
    polygons[polygon[plain]] = shapely.polygons(made[plain])
    holed = (pierced & whole)[polygon]
    if holed.any():
        _, place = np.unique(polygon[holed], return_inverse=True)
        polygons[pierced & whole] = shapely.polygons(made[holed], indices=place)
    corners = np.bincount(polygon, weights=sizes, minlength=len(chosen))
    polygons, corners = polygons[whole], corners[whole]
    bad = corners > 3  # a triangle that covers something is valid
    bad[bad] = ~shapely.is_valid(polygons[bad])
    if bad.any():
        polygons[bad] = shapely.make_valid(polygons[bad], method="structure", keep_collapsed=False)
    return polygons, chosen[whole]


def _polygonal(united: Any) -> Any:
    """Of a union what covers something; a point where nothing does, None where nothing is left."""
    if united.is_empty:
        return None
    kept = [part for part in shapely.get_parts(united) if "Polygon" in part.geom_type]
    return shapely.union_all(kept) if kept else united.centroid


def _united(polygons: Geometries, first: Ints, sizes: Ints) -> Geometries:
    """Each stretch of polygons as one: those of one size together, the odd ones by themselves."""
    made = polygons[first]
    for size in np.unique(sizes[sizes > 1]).tolist():
        those = np.flatnonzero(sizes == size)
        pieces = polygons[first[those][:, None] + np.arange(size)]
        united = _coverages(pieces)
        for number in np.flatnonzero(shapely.is_missing(united)).tolist():
            united[number] = shapely.union_all(pieces[number], grid_size=GRID_M)
        made[those] = united
    return made


def _coverages(pieces: Geometries) -> Geometries:
    """The quick union of each row of pieces that touch along whole edges; None where they overlap: no coverage."""
    try:
        united: Geometries = shapely.coverage_union_all(pieces, axis=1)
    except shapely.errors.GEOSException:
        if len(pieces) == 1:
            return np.array([None], dtype=object)
        return np.concatenate([_coverages(row[None]) for row in pieces])
    total = shapely.area(pieces).sum(axis=1)
    fits = (np.abs(shapely.area(united) - total) <= 1e-6 * total) & shapely.is_valid(united)
    united[~fits] = None
    return united


def _least(values: Floats, bounds: Ints) -> Floats:
    """The least of each stretch of values; infinity for an empty one."""
    made = np.full(len(bounds) - 1, np.inf)
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        made[filled] = np.minimum.reduceat(values, bounds[:-1][filled])
    return made


def _sums(values: Floats, bounds: Ints) -> Floats:
    """The sum of each stretch of values; 0 for an empty one."""
    made = np.zeros(len(bounds) - 1)
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        made[filled] = np.add.reduceat(values, bounds[:-1][filled])
    return made


def _spans(starts: Ints, sizes: Ints) -> Ints:
    """All numbers of several stretches, one after the other."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - sizes), sizes), dtype=np.int64)


# --- the document ----------------------------------------------------------------------------------------------------


def geometry3d(shapes: Sequence[Shape], crs: str) -> dict[str, Any]:
    """The `geometry3d` of one object from plain coordinates: whole-number vertices, equal ones merged."""
    shells = [shell for shape in shapes for shell in (shape.surfaces, *shape.cavities)]
    rings = [np.asarray(ring, dtype=np.float64) for shell in shells for surface in shell for ring in surface]
    points = np.concatenate(rings) if rings else np.empty((0, 3))
    step = STEP_DEGREES if CRS.from_user_input(crs).is_geographic else STEP_M
    scale = np.array([step, step, STEP_M])
    translate = np.round(points.min(axis=0), 3) if len(points) else np.zeros(3)
    vertices, of_corner = np.unique(
        np.rint((points - translate) / scale).astype(np.int64), axis=0, return_inverse=True
    )  # fmt: skip
    corner = iter(of_corner.reshape(-1).tolist())
    return {
        "crs": crs,
        "transform": {"scale": scale.tolist(), "translate": translate.tolist()},
        "vertices": vertices.tolist(),
        "geometry": [_geometry(shape, corner) for shape in shapes],
    }


def _geometry(shape: Shape, corner: Any) -> dict[str, Any]:
    shells = [
        [[[next(corner) for _ in range(len(ring))] for ring in surface] for surface in shell]
        for shell in (shape.surfaces, *shape.cavities)
    ]
    solid = shape.kind == "Solid"
    made: dict[str, Any] = {"type": shape.kind, "lod": shape.lod, "boundaries": shells if solid else shells[0]}
    if any(shape.semantics):
        kinds: dict[str, int] = {}
        said: list[Mapping[str, Any]] = []
        values: list[int | None] = []
        for meaning in shape.semantics:
            if meaning is None:
                values.append(None)
                continue
            key = repr(sorted(meaning.items()))
            if key not in kinds:
                kinds[key] = len(said)
                said.append(meaning)
            values.append(kinds[key])
        made["semantics"] = {
            "surfaces": said,
            "values": [values, *([None] * len(shell) for shell in shells[1:])] if solid else values,
        }
    return made
