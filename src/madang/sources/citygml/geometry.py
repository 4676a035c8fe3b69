"""GML geometry as numbers: polygons, lines and points over the coordinates of one member, and what refers to them.

`Drawing` holds the coordinates of one member of a city model, three numbers a corner, in the order of the file. Rings
are stretches of it, without the repeated last corner. A solid whose faces stand elsewhere (`xlink:href`, the usual way)
holds `Ref`s until the whole member is read; `settle` puts the polygons in their place.

What has no counterpart in CityJSON is made simple and counted: arcs become the straight lines through their points.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.sources.citygml.names import HREF, id_of, local
from madang.sources.citygml.safe import check_count, floats
from madang.sources.solids import Floats

Span = tuple[int, int]  # rows of the drawing

_SURFACE_ROOTS = frozenset(
    ("MultiSurface", "CompositeSurface", "Surface", "Polygon", "OrientableSurface", "TriangulatedSurface", "Tin",
     "PolyhedralSurface", "Shell")
)  # fmt: skip
_LEAVES = frozenset(("Polygon", "PolygonPatch", "Triangle", "Rectangle"))
_MOST_STEPS = 2_000_000  # references to references multiply
_ARCS = frozenset(("Arc", "ArcString", "Circle", "ArcByCenterPoint", "CircleByCenterPoint", "Bezier", "BSpline"))


@dataclass(slots=True, eq=False)
class Polygon:
    """One surface: its rings, the outer one first, and the number of what it is in its owner's meanings."""

    rings: list[Span]
    meaning: int | None = None
    owner: Any = None


@dataclass(slots=True, eq=False)
class Ref:
    """A surface or shape that stands elsewhere, by its id; `turned` if its other side is meant."""

    id: str
    turned: bool = False


@dataclass(slots=True, eq=False)
class Geometry:
    """One geometry: CityJSON's name of its kind, level of detail, and what it is made of.

    `shells` are lists of polygons: one for surfaces, outer and inner shells for a solid. `solids` says how many shells
    each solid of several has. `lines` and `points` are for those kinds.
    """

    kind: str
    lod: str
    role: str = ""  # what follows lodN in the property's name
    shells: list[list[Any]] = field(default_factory=list)
    solids: list[int] = field(default_factory=list)
    lines: list[Span] = field(default_factory=list)
    offset: int = 0  # of its rows in a list of many members' corners


@dataclass
class Drawing:
    """Coordinates of one member, and the polygons that carry an id."""

    where: str
    dimension: int | None = None  # as the file's envelope says it
    triangles: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: array("d"))
    by_id: dict[str, list[Any]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    steps: int = 0  # through references

    def count(self, name: str, by: int = 1) -> None:
        """Note that something was made simple or left aside."""
        self.counts[name] = self.counts.get(name, 0) + by

    # --- coordinates ---

    def rows(self) -> Floats:
        """All corners so far."""
        return np.array(self.numbers, dtype=np.float64).reshape(-1, 3)

    def add(self, numbers: list[float], dimension: int | None, element: Any) -> Span:
        """Corners put at the end; heights that are not given are 0 and counted."""
        start = len(self.numbers) // 3
        if dimension is None:
            dimension = 3 if len(numbers) % 3 == 0 else 2
        if dimension not in (2, 3) or len(numbers) % dimension:
            raise DataError("citygml.bad-positions", place=self.place(element), found=len(numbers))
        if dimension == 2:
            self.count("flat")
            self.numbers.extend([v for i in range(0, len(numbers), 2) for v in (numbers[i], numbers[i + 1], 0.0)])
        else:
            self.numbers.extend(numbers)
        check_count(len(self.numbers), self.where, element.sourceline or 0)
        return start, len(self.numbers) // 3

    def place(self, element: Any) -> str:
        """Where an element stands, for an error."""
        return f"{self.where}, line {element.sourceline}"

    def positions(self, element: Any, dimension: int | None) -> Span:
        """The corners that stand in a ring or line, in any of GML's ways of writing them."""
        numbers: list[float] = []
        for part in element:
            name = local(part)
            if name in ("posList", "pos", "coordinates", "lowerCorner"):
                stated = part.get("srsDimension")
                dimension = _dimension(stated) if stated else dimension
                numbers.extend(floats(part.text or "", self.where, part.sourceline or 0))
                if name == "coordinates" and not stated:
                    first = (part.text or "").split()
                    dimension = first[0].count(",") + 1 if first and "," in first[0] else dimension
            elif name in ("pointProperty", "pointRep", "pointMember", "Point", "coord"):
                start, _ = self.positions(part, dimension)
                numbers.extend(self.numbers[3 * start :])
                del self.numbers[3 * start :]
                dimension = 3
            elif name in ("X", "Y", "Z"):
                numbers.extend(floats(part.text or "", self.where, part.sourceline or 0))
            elif name in ("curveMember", "segments", "baseCurve", "LineString", "Curve", "LineStringSegment") or (
                name in _ARCS
            ):
                if name in _ARCS:
                    self.count("arcs")
                start, _ = self.positions(part, dimension)
                more = self.numbers[3 * start :].tolist()
                del self.numbers[3 * start :]
                numbers.extend(more[3:] if numbers and more[:3] == numbers[-3:] else more)
                dimension = 3
        return self.add(numbers, dimension, element)

    # --- surfaces ---

    def ring(self, element: Any, dimension: int | None) -> Span | None:
        """A ring without its repeated last corner; None where it has fewer than three."""
        start, stop = self.positions(element, dimension)
        numbers = self.numbers
        if stop - start > 1:
            if numbers[3 * start : 3 * start + 3] == numbers[3 * stop - 3 : 3 * stop]:
                stop -= 1
                del numbers[3 * stop :]
            else:
                self.count("open-rings")
        if stop - start < 3:
            self.count("degenerate")
            del numbers[3 * start :]
            return None
        return start, stop

    def polygon(self, element: Any, dimension: int | None) -> Polygon | None:
        """A polygon with its holes; None where its outer ring is none."""
        stated = element.get("srsDimension")
        dimension = _dimension(stated) if stated else dimension
        rings: list[Span] = []
        outer = False
        for part in element:
            name = local(part)
            if name in ("exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"):
                for line in part:
                    if local(line) not in ("LinearRing", "Ring"):
                        continue
                    found = self.ring(line, dimension)
                    if name in ("exterior", "outerBoundaryIs"):
                        if found is None:
                            return None
                        outer = True
                        rings.insert(0, found)
                    elif found is not None:
                        rings.append(found)
        if not outer:
            self.count("degenerate")
            return None
        made = Polygon(rings)
        own = id_of(element)
        if own:
            self.by_id[own] = [made]
        return made

    def surfaces(self, element: Any, dimension: int | None, *, turned: bool = False) -> list[Any]:
        """The polygons of any surface, and references to such, in their order."""
        found: list[Any] = []
        self._surfaces(element, dimension, turned, found)
        return found

    def _surfaces(self, element: Any, dimension: int | None, turned: bool, found: list[Any]) -> None:
        name = local(element)
        attributes = element.attrib
        if attributes:
            stated = attributes.get("srsDimension")
            dimension = _dimension(stated) if stated else dimension
            if "srsName" in attributes:
                self.systems.add(attributes["srsName"])
        if name in _LEAVES:
            made = self.polygon(element, dimension)
            if made is not None:
                found.append(self._reversed(made) if turned else made)
            return
        if name == "trianglePatches" and element in self.triangles:
            found.extend(self._triangles(element))
            return
        href = attributes.get(HREF) if attributes else None
        if href is not None:
            if href.startswith("#"):
                found.append(Ref(href[1:], turned))
            else:
                self.count("outside-references")
            return
        turns = name == "OrientableSurface" and attributes.get("orientation") == "-"
        begun = len(found)
        for part in element:
            self._surfaces(part, dimension, turned != turns, found)
        own = id_of(element) if attributes else None
        if own:
            self.by_id.setdefault(own, found[begun:])

    def _reversed(self, polygon: Polygon) -> Polygon:
        """The same polygon seen from its other side, with corners of its own."""
        rings = []
        for first, last in polygon.rings:
            start = len(self.numbers) // 3
            for row in range(last - 1, first - 1, -1):
                self.numbers.extend(self.numbers[3 * row : 3 * row + 3])
            rings.append((start, len(self.numbers) // 3))
        check_count(len(self.numbers), self.where, 0)
        return Polygon(rings, polygon.meaning, polygon.owner)

    def _triangles(self, element: Any) -> Iterator[Polygon]:
        numbers, _ = self.triangles[element]
        start = len(self.numbers) // 3
        self.numbers.extend(numbers)
        check_count(len(self.numbers), self.where, element.sourceline or 0)
        return (Polygon([(n, n + 3)]) for n in range(start, len(self.numbers) // 3, 3))

    # --- whole geometries ---

    def geometries(self, element: Any, lod: str, role: str) -> Iterator[Geometry]:
        """What a geometry element holds: a solid, surfaces, lines or points, each as one geometry."""
        name = local(element)
        dimension = self.dimension
        stated = element.get("srsDimension")
        dimension = _dimension(stated) if stated else dimension
        if element.get("srsName"):
            self.systems.add(element.get("srsName"))
        if name == "Solid":
            yield Geometry("Solid", lod, role, self._shells(element, dimension))
        elif name in ("MultiSolid", "CompositeSolid"):
            made = Geometry(name, lod, role)
            for member in element.iter("{*}Solid"):
                shells = self._shells(member, dimension)
                made.shells.extend(shells)
                made.solids.append(len(shells))
            yield made
        elif name in _SURFACE_ROOTS:
            kind = "CompositeSurface" if name == "CompositeSurface" else "MultiSurface"
            yield Geometry(kind, lod, role, [self.surfaces(element, dimension)])
        elif name in ("MultiPoint", "Point"):
            spans = [self.positions(p, dimension) for p in self._points(element)]
            yield Geometry("MultiPoint", lod, role, lines=[s for s in spans if s[1] > s[0]])
        elif name in ("MultiCurve", "CompositeCurve", "Curve", "OrientableCurve", "LineString"):
            yield self._lines(element, lod, role, dimension)
        elif name in ("GeometricComplex", "MultiGeometry", "Geometry"):
            for member in element:
                for inner in member:
                    yield from self.geometries(inner, lod, role)
        else:
            self.count("unknown-geometries")

    def _points(self, element: Any) -> Iterator[Any]:
        if local(element) == "Point":
            yield element
        else:
            yield from element.iter("{*}Point")

    def _shells(self, element: Any, dimension: int | None) -> list[list[Any]]:
        shells = []
        for part in element:
            if local(part) in ("exterior", "interior"):
                shells.append(self.surfaces(part, dimension))
        own = id_of(element)
        if own:
            self.by_id.setdefault(own, [one for shell in shells for one in shell])
        return shells

    def _lines(self, element: Any, lod: str, role: str, dimension: int | None) -> Geometry:
        made = Geometry("MultiLineString", lod, role)
        name = local(element)
        parts = [element] if name in ("LineString", "Curve") else element.iter("{*}LineString", "{*}Curve")
        for part in parts:
            span = self.positions(part, dimension)
            if span[1] - span[0] >= 2:
                made.lines.append(span)
        return made


def _dimension(stated: str) -> int:
    return int(stated) if stated in ("1", "2", "3") else 0  # 0 fits nothing: refused where it is used


def settle(geometry: Geometry, polygons: Callable[[str], list[Any] | None], drawing: Drawing) -> set[str]:
    """Put the polygons in the place of references; gives the ids that nothing answers to."""
    missing: set[str] = set()
    for number, shell in enumerate(geometry.shells):
        if any(type(one) is Ref for one in shell):
            settled: list[Any] = []
            _settle(shell, polygons, drawing, settled, missing, 0)
            geometry.shells[number] = settled
    return missing


def _settle(
    given: list[Any],
    polygons: Callable[[str], list[Any] | None],
    drawing: Drawing,
    settled: list[Any],
    missing: set[str],
    depth: int,
) -> None:
    for one in given:
        drawing.steps += 1
        if drawing.steps > _MOST_STEPS:
            raise DataError("citygml.too-many-references", place=drawing.where, most=_MOST_STEPS)
        if type(one) is not Ref:
            settled.append(one)
            continue
        found = polygons(one.id) if depth < 8 else None  # references that go round in a ring lead nowhere
        if found is None:
            missing.add(one.id)
            settled.append(one)
        elif one.turned:
            inner: list[Any] = []
            _settle(found, polygons, drawing, inner, missing, depth + 1)
            settled.extend(drawing._reversed(p) if type(p) is Polygon else p for p in inner)
        else:
            _settle(found, polygons, drawing, settled, missing, depth + 1)
