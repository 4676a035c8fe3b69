"""A batch of city objects: each with its `geometry3d`, and all together their footprints and heights.

Objects come family by family (a building, then its parts), so that one without a body of its own can take outline and
height from its parts. Families are told by `parents` and `children`; members of a group are no family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any

import numpy as np
import shapely

from madang.errors import DataError
from madang.sources.base import Tally
from madang.sources.cityjson.geometry import (
    INSTANCE,
    MOST_DRAWN,
    Flat,
    OwnAppearance,
    check_inside,
    flat_geometry,
    placed,
    rebuilt,
    with_appearance,
)
from madang.sources.cityjson.model import Head, Part
from madang.sources.solids import Surfaces, degenerate_rings, footprints, heights, offsets

GROUP = "CityObjectGroup"
PLAIN = frozenset(("type", "attributes", "geometry", "parents", "children"))  # members with a place of their own


@dataclass
class Found:
    """One object on its way to an entity."""

    id: str
    where: str
    object: dict[str, Any]
    geometry3d: dict[str, Any] | None
    members: dict[str, Any]  # of the object, besides the plain ones
    best: dict[str, Any] | None  # the geometry that is seen from above, over its own vertices
    best_flat: Flat | None
    outline: Any = None  # in the plane of the file's system
    low: float = float("nan")
    high: float = float("nan")


@dataclass
class _Own:
    """The vertices one object uses, in the order of their first use."""

    vertices: list[Any] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)  # of the file's vertices

    def take(self, used: dict[int, None], part: Part, where: str) -> None:
        check_inside(used, len(part.vertices), where)
        self.numbers = dict(zip(used, range(len(used)), strict=True))
        self.vertices = [part.vertices[old] for old in used]

    def renumbered(self, corners: list[int]) -> list[int]:
        return list(map(self.numbers.__getitem__, corners))


# --- families --------------------------------------------------------------------------------------------------------


def families(part: Part) -> Iterator[list[str]]:
    """The ids of a part, family by family, the head of each first; links that lead nowhere or in a ring are kept."""
    objects = part.objects
    seen: set[str] = set()
    heads = [id for id, thing in objects.items() if not _links(objects, thing, "parents")]
    for head in chain(heads, objects):
        if head in seen:
            continue
        family, open_ = [], [head]
        while open_:
            id = open_.pop()
            if id in seen:
                continue
            seen.add(id)
            family.append(id)
            if not _is_group(objects[id]):
                open_ += reversed(_links(objects, objects[id], "children"))
        yield family


def _links(objects: Mapping[str, Any], thing: Any, member: str) -> list[str]:
    found = thing.get(member) if type(thing) is dict else None
    if type(found) is not list:
        return []
    return [id for id in found if type(id) is str and id in objects and not _is_group(objects[id])]


def _is_group(thing: Any) -> bool:
    return type(thing) is dict and thing.get("type") == GROUP


# --- one object ------------------------------------------------------------------------------------------------------


def find(id: str, part: Part, head: Head, tally: Tally) -> Found:
    """One object checked, its geometries over vertices of its own."""
    thing, where = part.objects[id], f"{part.where}, {id}"
    _check(thing, part.objects, where)
    flats = [flat_geometry(geometry, part.appearance, where) for geometry in thing.get("geometry") or ()]
    members = {name: value for name, value in thing.items() if name not in PLAIN}
    addresses = [_address(address, part, where) for address in _located(members)]
    own = _Own()
    own.take(dict.fromkeys(chain.from_iterable(flat.corners for flat in (*flats, *addresses))), part, where)
    if addresses:
        members["address"] = _with_location(members["address"], iter(addresses), own)
    appearance = OwnAppearance(part.appearance, where)
    geometries, made_flats = [], []
    for flat in flats:
        made, made_flat = _geometry(flat, own, head, tally, where)
        if "material" in made or "texture" in made:
            made = with_appearance(
                made, materials=appearance.number("materials"), textures=appearance.number("textures"),
                corners=appearance.number("vertices-texture"), where=where,
            )  # fmt: skip
        geometries.append(made)
        made_flats.append(made_flat)
        if not flat.corners:
            tally.facts["empty_geometries"] = tally.facts.get("empty_geometries", 0) + 1
    document = None
    if geometries or own.vertices:
        document = {
            "crs": head.crs,
            "transform": {"scale": head.scale.tolist(), "translate": head.translate.tolist()},
            "vertices": own.vertices,
            "geometry": geometries,
        }
        if taken := appearance.taken():
            document["appearance"] = taken
    filled = [n for n, flat in enumerate(made_flats) if flat.corners]
    best = max(filled, key=lambda n: (lod_of(geometries[n]), made_flats[n].depth), default=None)
    if best is None:
        return Found(id, where, thing, document, members, None, None)
    return Found(id, where, thing, document, members, geometries[best], made_flats[best])


def lod_of(geometry: Mapping[str, Any]) -> float:
    """The level of detail as a number, 0 where it says none."""
    try:
        return float(geometry.get("lod", 0))
    except (TypeError, ValueError):
        return 0.0


def _check(thing: Any, objects: Mapping[str, Any], where: str) -> None:
    if type(thing) is not dict or type(thing.get("type")) is not str:
        raise DataError("citymodels.no-type", place=where)
    for member, kind in (("attributes", dict), ("geometry", list), ("parents", list), ("children", list)):
        if thing.get(member) is not None and type(thing[member]) is not kind:
            raise DataError("citymodels.wrong-member", place=where, member=member)
    for member in ("parents", "children"):
        for other in thing.get(member) or ():
            if type(other) is not str or other not in objects:
                raise DataError("citymodels.no-relative", place=where, member=member, found=str(other)[:60])
            if other == thing.get("id") or (member == "parents" and objects[other] is thing):
                raise DataError("citymodels.own-parent", place=where)


def _geometry(flat: Flat, own: _Own, head: Head, tally: Tally, where: str) -> tuple[dict[str, Any], Flat]:
    corners = own.renumbered(flat.corners)
    if flat.geometry["type"] != INSTANCE:
        made = {**flat.geometry, "boundaries": rebuilt(flat.sizes, corners)}
        return made, Flat(made, flat.depth, flat.sizes, corners)
    tally.facts["instances"] = tally.facts.get("instances", 0) + 1
    template, points = placed(flat.geometry, head.templates, where)
    instance = {**flat.geometry, "boundaries": corners}
    if len(template.flat.corners) > MOST_DRAWN:
        return instance, Flat(instance, 1, [], corners)
    try:
        reference = np.asarray(own.vertices[corners[0]], dtype=np.float64) * head.scale
    except (TypeError, ValueError):
        raise DataError("sources.bad-vertices", file=where) from None
    first = len(own.vertices)
    own.vertices.extend(np.rint((points + reference) / head.scale).astype(np.int64).tolist())
    number = {old: first + n for n, old in enumerate(template.used)}
    drawn = list(map(number.__getitem__, template.flat.corners))
    left = {k: v for k, v in template.geometry.items() if k not in ("boundaries", "material", "texture")}
    del instance["type"]
    made = {**left, "boundaries": rebuilt(template.flat.sizes, drawn), "instance": instance}
    return made, Flat(made, template.flat.depth, template.flat.sizes, drawn)


def _located(members: Mapping[str, Any]) -> list[Any]:
    addresses = members.get("address")
    if type(addresses) is not list:
        return []
    return [a["location"] for a in addresses if type(a) is dict and type(a.get("location")) is dict]


def _address(location: Any, part: Part, where: str) -> Flat:
    return flat_geometry(location, part.appearance, f"{where}, address")


def _with_location(addresses: list[Any], flats: Iterator[Flat], own: _Own) -> list[Any]:
    made = []
    for address in addresses:
        if type(address) is dict and type(address.get("location")) is dict:
            flat = next(flats)
            boundaries = rebuilt(flat.sizes, own.renumbered(flat.corners))
            address = {**address, "location": {**address["location"], "boundaries": boundaries}}
        made.append(address)
    return made


# --- a batch ---------------------------------------------------------------------------------------------------------


def draw(batch: list[Found], tally: Tally) -> None:
    """Give each object of a batch its outline, low and high, its own or its parts'."""
    drawn = [one for one in batch if one.best_flat is not None and one.geometry3d is not None]
    bodies = [one for one in drawn if one.best_flat is not None and one.best_flat.depth >= 3]
    if drawn:
        points, starts = _points(drawn)
        given = _surfaces(bodies, points, {one.id: start for one, start in zip(drawn, starts.tolist(), strict=True)})
        low, high = heights(given)
        for one, outline, least, most in zip(bodies, footprints(given), low.tolist(), high.tolist(), strict=True):
            one.outline, one.low, one.high = outline, least, most
        if count := degenerate_rings(given):
            tally.facts["degenerate_rings"] = tally.facts.get("degenerate_rings", 0) + count
        for one, start in zip(drawn, starts.tolist(), strict=True):
            if one.outline is None:
                _draw_lines(one, points, start)
    _lend_from_children(batch)


def _points(drawn: list[Found]) -> tuple[Any, Any]:
    """The vertices of all objects in the plane of their file, in metres, and where each object's begin."""
    vertices = [one.geometry3d["vertices"] for one in drawn if one.geometry3d is not None]
    try:
        whole = np.array(list(chain.from_iterable(vertices)))
        fits = whole.dtype.kind in "if" and whole.ndim == 2 and whole.shape[1] == 3
    except ValueError:
        fits = False
    if not fits or not (np.abs(whole) < 2**53).all():
        raise DataError("sources.bad-vertices", file=_culprit(drawn))
    counts = [len(own) for own in vertices]
    transforms = [one.geometry3d["transform"] for one in drawn if one.geometry3d is not None]
    same = transforms[0]
    assert all(one is same or one == same for one in transforms)
    return whole * np.array(same["scale"]) + np.array(same["translate"]), offsets(counts)[:-1]


def _culprit(drawn: list[Found]) -> str:
    for one in drawn:
        for vertex in one.geometry3d["vertices"] if one.geometry3d else ():
            numbers = type(vertex) is list and len(vertex) == 3 and all(type(n) in (int, float) for n in vertex)
            if not numbers or max(map(abs, vertex)) >= 2**53:
                return one.where
    return drawn[0].where


def _surfaces(bodies: list[Found], points: Any, starts: Mapping[str, int]) -> Surfaces:
    corners: list[Any] = []
    rings: list[int] = []
    surfaces: list[int] = []
    objects: list[int] = []
    for one in bodies:
        flat = one.best_flat
        assert flat is not None
        corners.append(np.array(flat.corners, dtype=np.int64) + starts[one.id])
        rings += flat.sizes[-1]
        surfaces += flat.sizes[-2]
        objects.append(len(flat.sizes[-2]))
    flat_corners = np.concatenate(corners) if corners else np.empty(0, dtype=np.int64)
    return Surfaces(points, flat_corners, offsets(rings), offsets(surfaces), offsets(objects))


def _draw_lines(one: Found, points: Any, start: int) -> None:
    """Outline and heights of a geometry of points or lines, or of a template that is not drawn out."""
    flat = one.best_flat
    assert flat is not None
    own = points[np.array(flat.corners) + start]
    one.low, one.high = float(own[:, 2].min()), float(own[:, 2].max())
    if flat.depth == 2:
        bounds = offsets(flat.sizes[0])
        lines = [own[a:b, :2] for a, b in pairwise(bounds) if b - a >= 2]
        one.outline = shapely.MultiLineString(lines) if lines else shapely.MultiPoint(own[:, :2])
    else:
        one.outline = shapely.MultiPoint(own[:, :2]) if len(own) > 1 else shapely.Point(own[0, :2])


def _lend_from_children(batch: list[Found]) -> None:
    """Objects without an outline or a body of their own take them from their parts; the last of a family first."""
    by_id = {one.id: one for one in batch}
    for one in reversed(batch):
        if _is_group(one.object):
            continue
        parts = [by_id[id] for id in one.object.get("children") or () if id in by_id]
        lent = [part for part in parts if part.outline is not None]
        if one.outline is None and lent:
            outlines = [part.outline for part in lent]
            one.outline = outlines[0] if len(outlines) == 1 else shapely.union_all(outlines)
        if lent and not one.high > one.low:
            lows, highs = [p.low for p in lent if p.low == p.low], [p.high for p in lent if p.high == p.high]
            if lows and highs:
                one.low, one.high = min(lows), max(highs)
