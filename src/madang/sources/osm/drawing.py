"""Objects that carry their geometry with them (Overpass `out geom`), as elements or as a reason to leave them out.

A position that the file leaves out (beyond the box that was asked for) breaks a line in pieces and an outline for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from madang.sources.base import Tally
from madang.sources.osm.elements import MOST_VERTICES, Element, Kind, leave_out
from madang.sources.osm.kinds import Meaning, Tags, area_meaning, is_not_built, line_meaning, point_meaning
from madang.sources.osm.rings import Position, assembled

Points = Sequence[Position | None]
AREAS = ("multipolygon", "boundary")
INNER = "inner"
OUTLINE = "outline"


@dataclass(slots=True)
class Part:
    """A member of a relation that has a geometry."""

    role: str
    points: list[Position | None] = field(default_factory=list)


def node(tally: Tally, id: int, tags: Tags, position: Position | None) -> Element | None:
    """The element of a node, if it is a feature."""
    meaning = point_meaning(tags)
    if meaning is None:
        return _no_feature(tally, "n", id, tags, area_meaning(tags) is not None and "building" in tags, "no-outline")
    if position is None:
        return _left(tally, "missing-nodes", "n", id)
    return Element("n", id, tags, meaning, shapely.Point(position))


def way(tally: Tally, id: int, tags: Tags, points: Points) -> Element | None:
    """The element of a way: an area if it is closed and its tags say so, else a line."""
    area, line = area_meaning(tags), line_meaning(tags)
    if area is None and line is None:
        return _no_feature(tally, "w", id, tags, False, "")
    there = [point for point in points if point is not None]
    if len(points) > MOST_VERTICES:
        return _left(tally, "too-many-vertices", "w", id)
    if area is not None and (line is None or _is_closed(points)):
        return _outline(tally, id, tags, area, points, there)
    assert line is not None
    pieces = _pieces(points)
    if not pieces:
        return _left(tally, "missing-nodes" if len(there) < len(points) else "too-few-points", "w", id)
    if len(there) < len(points):
        tally.facts["lines_cut"] = tally.facts.get("lines_cut", 0) + 1
    drawn = shapely.LineString(pieces[0]) if len(pieces) == 1 else shapely.MultiLineString(pieces)
    return Element("w", id, tags, line, drawn)


def relation(tally: Tally, id: int, tags: Tags, parts: Sequence[Part]) -> Element | None:
    """The element of a multipolygon, or of a building that a relation holds together; other relations are none."""
    kind = tags.get("type")
    meaning = area_meaning(tags) if kind in (*AREAS, "building") else None
    if meaning is None:
        return _no_feature(tally, "r", id, tags, False, "") if kind in AREAS else None
    if sum(len(part.points) for part in parts) > MOST_VERTICES:
        return _left(tally, "too-many-vertices", "r", id)
    if kind == "building":
        return _whole_building(tally, id, tags, meaning, parts)
    if not parts or any(None in part.points or len(part.points) < 2 for part in parts):
        return _left(tally, "missing-members", "r", id)
    lines: Any = [part.points for part in parts if part.role != INNER]
    found = assembled(lines, [part.points for part in parts if part.role == INNER])  # type: ignore[misc]
    if found.drawn is None:
        return _left(tally, "open-ring" if found.open else "broken-multipolygon", "r", id)
    if found.open:
        tally.facts["open_holes"] = tally.facts.get("open_holes", 0) + found.open
    return Element("r", id, tags, meaning, found.drawn)


def _whole_building(tally: Tally, id: int, tags: Tags, meaning: Meaning, parts: Sequence[Part]) -> Element | None:
    """A relation of type building: its outline, or where it has none of its own, all its parts seen from above."""
    whole = [part for part in parts if _is_closed(part.points)]
    outlines = [part.points for part in whole if part.role == OUTLINE] or [part.points for part in whole]
    if not outlines:
        return _left(tally, "missing-members", "r", id)
    polygons = [shapely.Polygon(points) for points in outlines]
    drawn = shapely.union_all(shapely.make_valid(polygons, method="structure", keep_collapsed=False))
    return Element("r", id, tags, meaning, drawn)


def _outline(
    tally: Tally, id: int, tags: Tags, meaning: Meaning, points: Points, there: Sequence[Position]
) -> Element | None:
    if len(there) < len(points):
        return _left(tally, "missing-nodes", "w", id)
    if len(points) < 4:
        return _left(tally, "too-few-points", "w", id)
    if points[0] != points[-1]:
        return _left(tally, "open-ring", "w", id)
    return Element("w", id, tags, meaning, shapely.Polygon(there))


def _is_closed(points: Points) -> bool:
    return len(points) >= 4 and points[0] == points[-1] and None not in points


def _pieces(points: Points) -> list[list[Position]]:
    pieces: list[list[Position]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if len(set(piece)) >= 2]


def _no_feature(tally: Tally, kind: Kind, id: int, tags: Tags, wrong: bool, reason: str) -> Element | None:
    if wrong:
        leave_out(tally, reason, kind, id)
    elif is_not_built(tags):
        leave_out(tally, "not-built", kind, id)
    return None


def _left(tally: Tally, reason: str, kind: Kind, id: int) -> Element | None:
    leave_out(tally, reason, kind, id)
    return None
