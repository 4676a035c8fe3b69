"""One member of a city model as things: the object, its parts, what its surfaces are, and how it is drawn.

A `Thing` is a feature that becomes an entity. Boundary surfaces, openings and lanes are no things: they say what their
polygons are, in `meanings`. Sections, spaces and fillings only divide their owner; what they draw belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from madang.sources.citygml.attributes import Attributes, Codes, read_property
from madang.sources.citygml.geometry import Drawing, Geometry, Polygon, Ref
from madang.sources.citygml.implicit import Instance, read_instance
from madang.sources.citygml.names import (
    HREF,
    LEFT_ASIDE,
    MEANING,
    OBJECTS,
    SHAPE,
    TERRAIN_SHAPES,
    THROUGH,
    id_of,
    local,
    split,
)

_PLAIN = frozenset(("name", "description", "creationDate", "terminationDate", "validFrom", "validTo"))
_MOST_DEPTH = 24


@dataclass(eq=False)
class Thing:
    """A feature on its way to an entity."""

    kind: str  # CityJSON's type
    id: str | None
    line: int
    parent: Thing | None
    parts: list[Thing] = field(default_factory=list)
    attributes: Attributes = field(default_factory=Attributes)
    geometries: list[Geometry] = field(default_factory=list)
    meanings: list[dict[str, Any]] = field(default_factory=list)
    surfaces: list[tuple[str, Any]] = field(default_factory=list)  # level of detail, polygon of a boundary surface
    instances: list[Instance] = field(default_factory=list)
    measured: list[tuple[str, float]] = field(default_factory=list)  # CityGML 3 heights: status, metres
    raster: bool = False


def things(element: Any, drawing: Drawing, codes: Codes) -> list[Thing]:
    """The object of a member and everything below it, parents before their parts."""
    found: list[Thing] = []
    _, name = split(element.tag)
    kind = OBJECTS.get(name)
    if kind is None:
        kind = f"+{name}"  # an extension's own feature, as CityJSON writes it
    _thing(element, kind, None, drawing, codes, found, 0)
    return found


def _thing(
    element: Any, kind: str, parent: Thing | None, drawing: Drawing, codes: Codes, found: list[Thing], depth: int
) -> None:
    made = Thing(kind, id_of(element), element.sourceline or 0, parent)
    made.raster = kind == "RasterRelief"
    found.append(made)
    if parent is not None:
        parent.parts.append(made)
    _fill(made, element, drawing, codes, found, depth)


def _fill(made: Thing, element: Any, drawing: Drawing, codes: Codes, found: list[Thing], depth: int) -> None:
    """Read an object's properties: boundary surfaces first, since its solids refer to their polygons."""
    if depth > _MOST_DEPTH:
        drawing.count("too-deep")
        return
    later = []
    for part in element:
        name = local(part)
        if name in MEANING and _boundaries(made, part, drawing, codes, found, depth):
            continue
        later.append((name, part))
    for name, part in later:
        shape = SHAPE.fullmatch(name)
        if shape:
            _shape(made, part, shape.group(1), shape.group(2), drawing)
        elif name in TERRAIN_SHAPES:
            for inner in part:
                made.geometries.extend(drawing.geometries(inner, _terrain_lod(element), name))
        elif name == "height" and any(local(inner) == "Height" for inner in part):
            _height(made, part)
        elif name == "boundedBy":
            _envelope(part, drawing)
        elif name in LEFT_ASIDE:
            drawing.count("group-members" if name == "groupMember" else name)
        elif name == "pointCloud":
            drawing.count("point-clouds")
        elif name and not _below(made, part, drawing, codes, found, depth):
            read_property(part, name, made.attributes, codes)


def _below(made: Thing, part: Any, drawing: Drawing, codes: Codes, found: list[Thing], depth: int) -> bool:
    """Read the features in a property; False where it holds none, but a value."""
    any_feature = False
    for inner in part:
        name = local(inner)
        if name in THROUGH:
            _fill(made, inner, drawing, codes, found, depth + 1)
            any_feature = True
        elif name in OBJECTS:
            _thing(inner, OBJECTS[name], made, drawing, codes, found, depth + 1)
            any_feature = True
    return any_feature


def _boundaries(made: Thing, part: Any, drawing: Drawing, codes: Codes, found: list[Thing], depth: int) -> bool:
    """Read a property that leads to a boundary surface; False where it is GML's envelope."""
    inner = next((one for one in part if local(one)), None)
    if inner is None:
        if part.get(HREF):
            drawing.count("boundary-references")
        return True
    name = local(inner)
    if name in ("Envelope", "Null", "EnvelopeWithTimePeriod", "Box"):
        return False
    if name in THROUGH and name not in ("Window", "Door"):
        _fill(made, inner, drawing, codes, found, depth + 1)
    elif name in OBJECTS:
        _thing(inner, OBJECTS[name], made, drawing, codes, found, depth + 1)
    else:
        _meaning(made, inner, name, drawing, codes, depth + 1)
    return True


def _meaning(made: Thing, element: Any, name: str, drawing: Drawing, codes: Codes, depth: int) -> None:
    if depth > _MOST_DEPTH:
        drawing.count("too-deep")
        return
    said = Attributes()
    drawn: list[tuple[str, Any]] = []
    for part in element:
        inner = local(part)
        shape = SHAPE.fullmatch(inner)
        if shape:
            if shape.group(2).startswith("Implicit"):
                _shape(made, part, shape.group(1), shape.group(2), drawing)
            elif shape.group(2) in ("MultiCurve", "TerrainIntersection", "Network"):
                drawing.count("boundary-curves")
            else:
                drawn.extend((shape.group(1), polygon) for polygon in _polygons(part, drawing))
        elif inner in MEANING:
            _boundaries(made, part, drawing, codes, [], depth)
        elif inner and inner not in _PLAIN:
            read_property(part, inner, said, codes)
    meaning = {"type": name, **{key: value for key, value in said.values.items() if key not in ("type", "children")}}
    if meaning in made.meanings[-64:]:
        number = len(made.meanings) - 1 - made.meanings[::-1].index(meaning)
    else:
        number = len(made.meanings)
        made.meanings.append(meaning)
    for lod, polygon in drawn:
        if type(polygon) is Polygon:
            polygon.meaning, polygon.owner = number, made
        made.surfaces.append((lod, polygon))
    made.attributes.unknown += said.unknown
    made.attributes.resolved += said.resolved


def _polygons(part: Any, drawing: Drawing) -> Iterator[Any]:
    href = part.get(HREF)
    if href:
        if href.startswith("#"):
            yield Ref(href[1:])
        else:
            drawing.count("outside-references")
    for inner in part:
        yield from drawing.surfaces(inner, drawing.dimension)


def _shape(made: Thing, part: Any, lod: str, role: str, drawing: Drawing) -> None:
    if role == "TerrainIntersection" or role == "TerrainIntersectionCurve":
        drawing.count("terrain-intersections")
        return
    if role.startswith("Implicit"):
        for inner in part:
            found = read_instance(inner, lod, drawing)
            if found is not None:
                made.instances.append(found)
        return
    href = part.get(HREF)
    if href and href.startswith("#"):
        made.geometries.append(Geometry("MultiSurface", lod, role, [[Ref(href[1:])]]))
    elif href:
        drawing.count("outside-references")
    for inner in part:
        if local(inner):
            made.geometries.extend(drawing.geometries(inner, lod, role))


def _terrain_lod(element: Any) -> str:
    for part in element:
        if local(part) == "lod" and (part.text or "").strip() in ("0", "1", "2", "3", "4"):
            return str(part.text).strip()
    return "0"


def _height(made: Thing, part: Any) -> None:
    """CityGML 3: con:Height with its status and value."""
    for height in part:
        said = {local(inner): (inner.text or "").strip() for inner in height}
        try:
            value = float(said.get("value", ""))
        except ValueError:
            continue
        if 0 < value < 9999:
            made.measured.append((said.get("status", ""), value))


def _envelope(part: Any, drawing: Drawing) -> None:
    for inner in part:
        if inner.get("srsName"):
            drawing.systems.add(inner.get("srsName"))
