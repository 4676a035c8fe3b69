"""Things seen from above: the outline of each in the plane of its system.

The stated footprint (`lod0FootPrint`) where there is one, else the most detailed surfaces; lines and points where there
are no surfaces; of a terrain the hull of its points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from madang.sources.citygml.documents import spans_of
from madang.sources.citygml.geometry import Geometry, Polygon
from madang.sources.solids import GRID_M, Floats, Surfaces, footprints, offsets

_Drawn = list[tuple[Polygon, int]]  # polygons with the offset of their rows
_DRAWN_POINTS = 200  # more points than this are shown by their hull


def outlines_of(things: Sequence[tuple[bool, Sequence[Geometry]]], rows: Floats) -> list[Any]:
    """The outline of each thing, given whether it is a terrain and its geometries; None without geometry."""
    made: list[Any] = [None] * len(things)
    drawn: list[tuple[int, _Drawn]] = []
    for place, (terrain, geometries) in enumerate(things):
        surfaces = [g for g in geometries if g.shells]
        if terrain or not surfaces:
            made[place] = _hull(geometries, rows)
            continue
        stated = [g for g in surfaces if g.lod == "0" and g.role == "FootPrint"]
        best = max(g.lod for g in surfaces)
        chosen = stated or [g for g in surfaces if g.lod == best]
        drawn.append((place, [(p, g.offset) for g in chosen for shell in g.shells for p in shell]))
    try:
        outlines = list(footprints(_surfaces([polygons for _, polygons in drawn], rows)))
    except shapely.errors.GEOSException:  # one of them is so tangled that it stops them all
        outlines = [_alone(polygons, rows) for _, polygons in drawn]
    for (place, _), outline in zip(drawn, outlines, strict=True):
        made[place] = outline
    return made


def _surfaces(objects: Sequence[_Drawn], rows: Floats) -> Surfaces:
    rings = [(a + by, b + by) for polygons in objects for polygon, by in polygons for a, b in polygon.rings]
    corners = np.fromiter((n for a, b in rings for n in range(a, b)), dtype=np.int64)
    return Surfaces(
        rows,
        corners,
        offsets([b - a for a, b in rings]),
        offsets([len(polygon.rings) for polygons in objects for polygon, _ in polygons]),
        offsets([len(polygons) for polygons in objects]),
    )


def _alone(polygons: _Drawn, rows: Floats) -> Any:
    """One outline by itself; of what can't be united even so, the hull."""
    try:
        return footprints(_surfaces([polygons], rows))[0]
    except shapely.errors.GEOSException:
        pass
    drawn = [shapely.Polygon(rows[p.rings[0][0] + by : p.rings[0][1] + by, :2]) for p, by in polygons]
    valid = [shapely.make_valid(one, method="structure", keep_collapsed=False) for one in drawn]
    try:
        united = shapely.union_all([one for one in valid if one.area > 0], grid_size=GRID_M)
    except shapely.errors.GEOSException:
        united = shapely.union_all(drawn).convex_hull if drawn else None
    if united is None or united.is_empty:
        points = np.concatenate([rows[a + by : b + by, :2] for p, by in polygons for a, b in p.rings])
        return shapely.MultiPoint(points).centroid
    if united.geom_type in ("Polygon", "MultiPolygon"):
        return united
    return united.convex_hull


def _hull(geometries: Sequence[Geometry], rows: Floats) -> Any:
    spans = [span for geometry in geometries for span in spans_of(geometry)]
    if not spans:
        return None
    if all(geometry.kind == "MultiLineString" for geometry in geometries):
        return shapely.MultiLineString([rows[a:b, :2] for a, b in spans])
    points = np.concatenate([rows[a:b, :2] for a, b in spans])
    if len(points) == 1:
        return shapely.Point(points[0])
    if len(points) <= _DRAWN_POINTS and all(geometry.kind == "MultiPoint" for geometry in geometries):
        return shapely.MultiPoint(points)
    return shapely.linestrings(points).convex_hull
