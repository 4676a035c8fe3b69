"""One object's geometries: over vertices of their own, or over the file's; and what in them contradicts itself.

A geometry is flattened level by level (how many surfaces a shell has, how many rings a surface, how many corners a
ring) and built up again from new numbers, so that no step handles one vertex at a time. Refused are boundaries of the
wrong depth or naming vertices, materials or textures that are not there, semantics that do not match their surfaces,
and objects of more than a million corners.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.sources.solids import Floats

DEPTH = {"MultiPoint": 1, "MultiLineString": 2, "MultiSurface": 3, "CompositeSurface": 3, "Solid": 4,
         "MultiSolid": 5, "CompositeSolid": 5}  # fmt: skip
INSTANCE = "GeometryInstance"
MOST_CORNERS = 1_000_000  # of one object
MOST_DRAWN = 20_000  # corners of a template that is drawn out; a larger one stays a template

Sizes = list[list[int]]
Number = Callable[[int], int]


def flattened(boundaries: Any, depth: int) -> tuple[Sizes, list[Any]]:
    """How many things each level holds, from the outside in, and the innermost numbers; TypeError if too shallow."""
    sizes: Sizes = []
    level = boundaries
    for _ in range(depth - 1):
        sizes.append(list(map(len, level)))
        level = list(chain.from_iterable(level))
    return sizes, level


def rebuilt(sizes: Sizes, numbers: Sequence[Any]) -> list[Any]:
    """Boundaries again, from what `flattened` gave."""
    level: Sequence[Any] = numbers
    for counts in reversed(sizes):
        rest = iter(level)
        level = [list(islice(rest, count)) for count in counts]
    return list(level)


@dataclass(frozen=True)
class Flat:
    """A geometry flattened: `corners` are numbers of vertices."""

    geometry: Mapping[str, Any]
    depth: int
    sizes: Sizes
    corners: list[int]


@dataclass(frozen=True)
class Template:
    """A geometry that others are copies of, with the points of its corners."""

    geometry: Mapping[str, Any]
    flat: Flat
    used: list[int]
    points: Floats  # of `used`, in the template's own metres


def flat_geometry(geometry: Any, appearance: Mapping[str, list[Any]], where: str) -> Flat:
    """A geometry flattened and checked, except whether its vertices are there."""
    if type(geometry) is not dict:
        raise DataError("sources.cityjson-geometry", place=where, found=str(geometry)[:40])
    kind = geometry.get("type")
    depth = 1 if kind == INSTANCE else DEPTH.get(kind if type(kind) is str else "")
    if depth is None:
        raise DataError("sources.cityjson-geometry", place=where, found=str(kind)[:40])
    boundaries = geometry.get("boundaries")
    if type(boundaries) is not list:
        raise DataError("citymodels.bad-boundaries", place=where, kind=kind)
    try:
        sizes, corners = flattened(boundaries, depth)
    except TypeError:
        raise DataError("citymodels.bad-boundaries", place=where, kind=kind) from None
    if len(corners) > MOST_CORNERS:
        raise DataError("citymodels.too-many-corners", place=where, found=len(corners), most=MOST_CORNERS)
    if not set(map(type, corners)) <= {int}:
        raise DataError("citymodels.bad-boundaries", place=where, kind=kind)
    if "semantics" in geometry:
        _check_semantics(geometry, depth, where)
    if "material" in geometry:
        _check_materials(geometry, depth, len(appearance.get("materials", ())), where)
    return Flat(geometry, depth, sizes, corners)


def check_inside(numbers: Any, count: int, where: str) -> None:
    """Raise unless all numbers name one of so many vertices."""
    if not numbers:
        return
    least, most = min(numbers), max(numbers)
    if least < 0 or most >= count:
        raise DataError("sources.cityjson-index", place=where, found=least if least < 0 else most, count=count)


def _check_semantics(geometry: Mapping[str, Any], depth: int, where: str) -> None:
    semantics = geometry["semantics"]
    if semantics is None:
        return
    surfaces = semantics.get("surfaces") if type(semantics) is dict else None
    if type(surfaces) is not list or not all(type(surface) is dict for surface in surfaces):
        raise DataError("citymodels.bad-semantics", place=where)
    if not _fits(semantics.get("values"), geometry["boundaries"], max(depth - 3, 0), {None, *range(len(surfaces))}):
        raise DataError("citymodels.semantics-count", place=where)


def _check_materials(geometry: Mapping[str, Any], depth: int, count: int, where: str) -> None:
    themes = geometry["material"] or {}
    allowed = {None, *range(count)}
    for theme in themes.values() if type(themes) is dict else [None]:
        fits = type(theme) is dict and (
            theme["value"] in allowed
            if type(theme.get("value")) is int
            else _fits(theme.get("values"), geometry["boundaries"], max(depth - 3, 0), allowed)
        )
        if not fits:
            raise DataError("citymodels.bad-appearance", place=where)


def _fits(values: Any, boundaries: list[Any], levels: int, allowed: set[Any]) -> bool:
    """Whether values are nested as boundaries are, one number a surface, each an allowed one."""
    if values is None:
        return True
    if type(values) is not list or len(values) != len(boundaries):
        return False
    if levels:
        return all(_fits(v, b, levels - 1, allowed) for v, b in zip(values, boundaries, strict=True))
    try:
        return set(values) <= allowed
    except TypeError:
        return False


# --- appearance ------------------------------------------------------------------------------------------------------


class OwnAppearance:
    """The part of a file's appearance that one object uses, numbered anew in the order of use."""

    def __init__(self, whole: Mapping[str, list[Any]], where: str) -> None:
        self._whole = whole
        self._where = where
        self._used: dict[str, dict[int, int]] = {}

    def number(self, name: str) -> Number:
        """Gives each number of a list (materials, textures, vertices-texture) its new one."""
        used, known = self._used.setdefault(name, {}), self._whole.get(name, ())

        def new(old: int) -> int:
            if type(old) is not int or not 0 <= old < len(known):
                raise DataError("citymodels.bad-appearance", place=self._where)
            return used.setdefault(old, len(used))

        return new

    def taken(self) -> dict[str, list[Any]]:
        """The used materials, textures and texture vertices."""
        return {name: [self._whole[name][old] for old in used] for name, used in self._used.items() if used}


def with_appearance(
    geometry: dict[str, Any], *, materials: Number, textures: Number, corners: Number, where: str
) -> dict[str, Any]:
    """The geometry with its materials, textures and texture vertices numbered anew."""
    made = dict(geometry)
    try:
        if made.get("material"):
            made["material"] = {theme: _material(said, materials) for theme, said in made["material"].items()}
        if made.get("texture"):
            made["texture"] = {
                theme: {**said, "values": _texture(said.get("values"), textures, corners)}
                for theme, said in made["texture"].items()
            }
    except (AttributeError, TypeError, IndexError):
        raise DataError("citymodels.bad-appearance", place=where) from None
    return made


def _material(said: Mapping[str, Any], new: Number) -> dict[str, Any]:
    made = dict(said)
    if made.get("value") is not None:
        made["value"] = new(made["value"])
    if made.get("values") is not None:
        made["values"] = _each(made["values"], new)
    return made


def _each(values: Any, new: Number) -> Any:
    if type(values) is list:
        return [_each(value, new) for value in values]
    return None if values is None else new(values)


def _texture(values: Any, textures: Number, corners: Number) -> Any:
    """Texture values down to the rings: [texture, corner, corner, …] or [null]."""
    if values is None:
        return None
    if values and type(values[0]) is not list and values[0] is not None:
        return [textures(values[0]), *map(corners, values[1:])]
    return [None if value is None else _texture(value, textures, corners) for value in values]


# --- templates -------------------------------------------------------------------------------------------------------


def templates_of(found: Any, appearance: Mapping[str, list[Any]], file: str) -> tuple[Template, ...]:
    """A file's geometry templates, checked."""
    if found is None:
        return ()
    where = f"{file}, geometry-templates"
    if type(found) is not dict or type(found.get("templates")) is not list:
        raise DataError("citymodels.wrong-member", place=file, member="geometry-templates")
    try:
        points = np.array(found.get("vertices-templates") or np.empty((0, 3)))
    except ValueError:
        points = np.empty(0)
    if points.dtype.kind not in "if" or points.ndim != 2 or points.shape[1] != 3:
        raise DataError("sources.bad-vertices", file=where)
    made = []
    for geometry in found["templates"]:
        flat = flat_geometry(geometry, appearance, where)
        if geometry["type"] == INSTANCE:
            raise DataError("sources.cityjson-geometry", place=where, found=INSTANCE)
        used = list(dict.fromkeys(flat.corners))
        check_inside(used, len(points), where)
        made.append(Template(geometry, flat, used, points[used].astype(np.float64)))
    return tuple(made)


def placed(instance: Mapping[str, Any], templates: Sequence[Template], where: str) -> tuple[Template, Floats]:
    """The template of an instance and its points turned and moved, from the reference point, in metres."""
    number, matrix = instance.get("template"), instance.get("transformationMatrix")
    if type(number) is not int or not 0 <= number < len(templates):
        raise DataError("citymodels.no-template", place=where, found=str(number)[:40], count=len(templates))
    try:
        turned = np.asarray(matrix, dtype=np.float64).reshape(4, 4)
    except (TypeError, ValueError):
        raise DataError("citymodels.bad-instance", place=where) from None
    if len(instance["boundaries"]) != 1 or not np.isfinite(turned).all():
        raise DataError("citymodels.bad-instance", place=where)
    template = templates[number]
    return template, template.points @ turned[:3, :3].T + turned[:3, 3]
