"""A member of a city model, settled: every reference answered, every surface drawn once, by the object that owns it.

A solid of which some faces can't be found is no solid: it becomes a set of surfaces, with the boundary surfaces that it
should have named beside it, and is counted. Boundary surfaces that no solid of their level names stand as surfaces of
their own. Where a file repeats its boundary polygons inside the solid instead of naming them, the corners tell which is
which, so that nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from madang.sources.citygml.geometry import Drawing, Geometry, Polygon, Ref, settle
from madang.sources.citygml.implicit import Template
from madang.sources.citygml.objects import Thing
from madang.sources.solids import Floats


@dataclass
class Library:
    """What members lend each other: templates and surfaces by id, with their own coordinates."""

    templates: dict[str, Template] = field(default_factory=dict)
    surfaces: dict[str, Template] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)  # looked for in the whole file, and not there
    corners: int = 0  # of what is kept


@dataclass
class Member:
    """Things of one member over one drawing, and the ids that nothing in it answers to."""

    things: list[Thing]
    drawing: Drawing
    missing: set[str] = field(default_factory=set)

    def rows(self) -> Floats:
        """The member's coordinates as the file has them."""
        return self.drawing.rows()


def answer(member: Member, library: Library) -> set[str]:
    """Put polygons and templates in the place of references; gives the ids still missing."""
    drawing = member.drawing

    def polygons(name: str) -> list[Any] | None:
        found = drawing.by_id.get(name)
        if found is None and name in library.surfaces:
            found = drawing.by_id[name] = _lent(library.surfaces[name], drawing)
        return found

    missing: set[str] = set()
    for thing in member.things:
        for geometry in thing.geometries:
            missing |= settle(geometry, polygons, drawing)
        if any(type(polygon) is Ref for _, polygon in thing.surfaces):
            _settle_surfaces(thing, polygons, drawing, missing)
        for instance in thing.instances:
            if instance.template is None and instance.wanted is not None:
                instance.template = library.templates.get(instance.wanted) or library.surfaces.get(instance.wanted)
                if instance.template is None:
                    missing.add(instance.wanted)
    member.missing = missing
    return missing


def _settle_surfaces(
    thing: Thing, polygons: Callable[[str], list[Any] | None], drawing: Drawing, missing: set[str]
) -> None:
    settled: list[tuple[str, Any]] = []
    for lod, polygon in thing.surfaces:
        if type(polygon) is Ref:
            inner = Geometry("MultiSurface", lod, "", [[polygon]])
            missing |= settle(inner, polygons, drawing)
            settled.extend((lod, one) for one in inner.shells[0])
        else:
            settled.append((lod, polygon))
    thing.surfaces = settled


def _lent(template: Template, drawing: Drawing) -> list[Any]:
    """Another member's surfaces with their corners put into this drawing."""
    start = len(drawing.numbers) // 3
    drawing.numbers.extend(template.rows.ravel().tolist())
    made = []
    for geometry in template.geometries:
        for shell in geometry.shells:
            for polygon in shell:
                if type(polygon) is Polygon:
                    made.append(Polygon([(a + start, b + start) for a, b in polygon.rings]))
    return made


def compose(member: Member) -> None:
    """Leave each thing with the geometries it is drawn by, once each."""
    drawing = member.drawing
    used: dict[str, set[int]] = {}
    for thing in member.things:
        for geometry in thing.geometries:
            _drop_missing(geometry, drawing)
            seen = used.setdefault(geometry.lod, set())
            seen.update(id(polygon) for shell in geometry.shells for polygon in shell)
    for thing in member.things:
        if thing.surfaces:
            _add_boundaries(thing, used, drawing)
        thing.geometries = [g for g in thing.geometries if g.lines or any(g.shells)]


def _drop_missing(geometry: Geometry, drawing: Drawing) -> None:
    lost = 0
    for number, shell in enumerate(geometry.shells):
        if any(type(one) is Ref for one in shell):
            kept = [one for one in shell if type(one) is not Ref]
            lost += len(shell) - len(kept)
            geometry.shells[number] = kept
    if lost:
        drawing.count("missing-references", lost)
        if "Solid" in geometry.kind:
            drawing.count("open-solids")
            geometry.kind, geometry.solids = "MultiSurface", []
            geometry.shells = [[one for shell in geometry.shells for one in shell]]


def _add_boundaries(thing: Thing, used: dict[str, set[int]], drawing: Drawing) -> None:
    left: dict[str, list[Polygon]] = {}
    for lod, polygon in thing.surfaces:
        if type(polygon) is Polygon and id(polygon) not in used.get(lod, ()):
            left.setdefault(lod, []).append(polygon)
    for lod, polygons in left.items():
        plain = [
            one
            for geometry in thing.geometries
            if geometry.lod == lod
            for shell in geometry.shells
            for one in shell
            if one.meaning is None
        ]
        if plain:
            polygons = _without_copies(polygons, plain, drawing)
        if polygons:
            thing.geometries.append(Geometry("MultiSurface", lod, "boundaries", [polygons]))


def _without_copies(polygons: list[Polygon], plain: list[Polygon], drawing: Drawing) -> list[Polygon]:
    """Boundary polygons that no plain one repeats; the plain ones that do take over their meaning."""
    by_corners = {_corners(one, drawing): one for one in plain}
    kept = []
    for polygon in polygons:
        twin = by_corners.get(_corners(polygon, drawing))
        if twin is None:
            kept.append(polygon)
        else:
            twin.meaning, twin.owner = polygon.meaning, polygon.owner
            drawing.count("matched-copies")
    return kept


def _corners(polygon: Polygon, drawing: Drawing) -> frozenset[tuple[float, ...]]:
    a, b = polygon.rings[0]
    numbers = drawing.numbers[3 * a : 3 * b]
    return frozenset(
        (round(numbers[n], 7), round(numbers[n + 1], 7), round(numbers[n + 2], 3)) for n in range(0, len(numbers), 3)
    )
