"""A batch of settled members as entities: placed, seen from above, measured, and said in the vocabulary's words.

Everything that can be done for many objects at once is: placing coordinates, outlines, degrees. The outline is the
stated footprint (`lod0FootPrint`) where there is one, else the most detailed geometry seen from above; of a terrain it
is the hull of its points. An object without geometry of its own takes outline and heights from its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from madang.entities.entity import (
    Document,
    check_entity,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.errors import DataError, MadangError
from madang.sources.base import Problems, Tally
from madang.sources.citygml.crs import System
from madang.sources.citygml.documents import document_of, spans_of
from madang.sources.citygml.figures import height_of, number
from madang.sources.citygml.geometry import Geometry
from madang.sources.citygml.implicit import Instance
from madang.sources.citygml.member import Member
from madang.sources.citygml.names import OWN_TYPES, RELIEF
from madang.sources.citygml.objects import Thing
from madang.sources.citygml.outlines import outlines_of
from madang.sources.plausible import check_elevations
from madang.sources.shapes import geojson, outside, to_degrees
from madang.sources.solids import Floats, offsets

# Attributes that the vocabulary has, under the words CityGML has for them; the first that is there counts.
RENAMED = (
    ("floorsAboveGround", "{floor}", ("storeysAboveGround",)),
    ("floorsBelowGround", "{floor}", ("storeysBelowGround",)),
    ("use", None, ("usage", "function")),
    ("category", None, ("class",)),
)
_GROUND = RELIEF | {"ReliefFeature"}  # which has no height of its own
_LARGEST = 1e11  # of a coordinate as written
_FARTHEST_M = 1e9  # no plane of the Earth reaches so far
_YEAR = re.compile(r"(\d{4})")


@dataclass(eq=False)
class Placed:
    """A thing with what it is drawn by, in the plane of its system."""

    thing: Thing
    where: str
    geometries: list[Geometry]
    outline: Any = None
    low: float | None = None
    high: float | None = None


@dataclass
class Maker:
    """What all things of a reading share: how ids are made, what is counted, what was seen before."""

    authority: str
    source: str
    type: str | None
    tally: Tally
    problems: Problems
    seen: set[int] = field(default_factory=set)
    unnamed: int = 0

    def made(self, members: Sequence[Member], system: System) -> list[Document]:
        """The entities of a batch of composed members; what is wrong with one thing is a problem of that thing."""
        things, rows = self._placed(members, system)
        millimetres = np.rint(np.nan_to_num(rows, posinf=0, neginf=0).clip(-1e12, 1e12) * 1000).astype(np.int64)
        for one in things:
            _measure(one, rows)
        outlines = outlines_of([(one.thing.kind in RELIEF, one.geometries) for one in things], rows)
        for one, outline in zip(things, outlines, strict=True):
            one.outline = outline
        _lend(things)
        things = [one for one in things if self._believable(one)]
        locations = self._locations(things, system)
        ids = {id(one.thing): self._id(one.thing) for one in things}
        documents = []
        for one, location in zip(things, locations, strict=True):
            document = self._checked(one, location, ids, millimetres, system)
            if document is not None:
                documents.append(document)
        return documents

    # --- placing ---

    def _placed(self, members: Sequence[Member], system: System) -> tuple[list[Placed], Floats]:
        """Things over one list of placed corners; members with corners that are no places are problems."""
        own = [member.rows() for member in members]
        starts = offsets([len(rows) for rows in own])
        stated = np.concatenate(own) if own else np.empty((0, 3))
        with np.errstate(all="ignore"):
            numbers = _within(stated, _LARGEST)
            placed = system.placed(np.where(numbers[:, None], stated, 0.0))
            places = _within(placed, _FARTHEST_M)
        blocks: list[Floats] = [placed]
        things: list[Placed] = []
        at = len(placed)
        for member, start, stop in zip(members, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            self.tally.read += len(member.things)
            if not numbers[start:stop].all():
                self._refuse(member, "citygml.not-finite")
                continue
            if not places[start:stop].all():
                self._refuse(member, "citygml.outside-the-world", crs=system.stated[:120])
                continue
            for thing in member.things:
                for geometry in thing.geometries:
                    geometry.offset = start
                geometries = list(thing.geometries)
                for instance in thing.instances:
                    set_up = _set_up(instance, placed[start + instance.place], at)
                    if set_up is None:
                        self._fact("implicitMissing")
                        continue
                    self._fact("implicit")
                    corners, drawn = set_up
                    geometries.extend(drawn)
                    blocks.append(corners)
                    at += len(corners)
                things.append(Placed(thing, _where(member, thing), geometries))
        return things, np.concatenate(blocks)

    def _refuse(self, member: Member, code: str, **facts: Any) -> None:
        for thing in member.things:
            where = _where(member, thing)
            self.problems.add(DataError(code, place=where, **facts), example=where)

    def _believable(self, one: Placed) -> bool:
        try:
            check_elevations(one.low, one.high, place=one.where)
        except DataError as problem:
            self.problems.add(problem, example=one.where)
            return False
        return True

    def _locations(self, things: list[Placed], system: System) -> list[dict[str, Any] | None]:
        outlines = np.array([one.outline for one in things] + [None], dtype=object)[:-1]
        made: list[dict[str, Any] | None] = [None] * len(things)
        drawn = np.flatnonzero(~shapely.is_missing(outlines))
        if len(drawn):
            drawn = drawn[system.within(shapely.bounds(outlines[drawn]))]
        if len(drawn):
            moved = to_degrees(outlines[drawn], system.flat)
            fits = ~outside(moved)
            for place, shape in zip(drawn[fits].tolist(), geojson(moved[fits]), strict=True):
                made[place] = shape
        return made

    # --- entities ---

    def _checked(
        self, one: Placed, location: dict[str, Any] | None, ids: dict[int, str], millimetres: Any, system: System
    ) -> Document | None:
        thing = one.thing
        if one.outline is None:
            reason = "no-geometry"
            self.tally.leave_out(reason, example=f"{one.where} ({thing.kind})")
            return None
        if location is None:
            self.problems.add(
                DataError("citygml.outside-the-world", place=one.where, crs=system.stated[:120]),
                example=one.where,
            )
            return None
        key = hash(ids[id(thing)])
        if key in self.seen:
            self.tally.leave_out("duplicate", example=one.where)
            return None
        self.seen.add(key)
        try:
            made = check_entity(self._entity(one, location, ids, millimetres, system), where=one.where)
        except MadangError as problem:
            self.problems.add(problem, example=one.where)
            return None
        self.tally.kept += 1
        self._fact(thing.kind)
        self._fact("unknownValues", thing.attributes.unknown)
        self._fact("codesResolved", thing.attributes.resolved)
        self._fact("attributesCut", thing.attributes.cut)
        return made

    def _entity(
        self, one: Placed, location: dict[str, Any], ids: dict[int, str], millimetres: Any, system: System
    ) -> Document:
        thing, values = one.thing, one.thing.attributes.values
        made: Document = {
            "id": ids[id(thing)],
            "type": self._type(thing),
            "location": geo_property(location),
            "cityjsonType": property_(thing.kind),
            "source": relationship(self.source),
        }
        if thing.id:
            made["code"] = property_(thing.id)
        height = None if thing.kind in _GROUND else height_of(thing, one.low, one.high)
        if height is not None:
            made["height"] = height
            self._fact("height." + _how(height))
        if one.low is not None:
            made["baseElevation"] = property_(round(one.low, 3), unit="MTR")
        if one.geometries:
            made["lod"] = property_(max(geometry.lod for geometry in one.geometries))
            made["geometry3d"] = json_property(document_of(one.geometries, millimetres, system.name))
            for lod in sorted({geometry.lod for geometry in one.geometries}):
                self._fact(f"lod{lod}")
        if values:
            made["cityjsonAttributes"] = json_property(values)
        made.update(_said(thing))
        if thing.parent is not None and id(thing.parent) in ids:
            made["refParent"] = relationship(ids[id(thing.parent)])
        parts = [ids[id(part)] for part in thing.parts if id(part) in ids]
        if parts:
            made["parts"] = relationship(parts if len(parts) > 1 else parts[0])
        return made

    def _type(self, thing: Thing) -> str:
        return OWN_TYPES.get(thing.kind) or self.type or "CityObject"

    def _id(self, thing: Thing) -> str:
        code = thing.id
        if not code:
            self.unnamed += 1
            code = f"unnamed-{self.unnamed}"
        return urn(self._type(thing), self.authority, re.sub(r"[\x00-\x20\s<>\"{}|\\^`]+", "_", code)[:400])

    def _fact(self, name: str, by: int = 1) -> None:
        if by:
            self.tally.facts[name] = self.tally.facts.get(name, 0) + by


def _said(thing: Thing) -> Iterator[tuple[str, Any]]:
    """The attributes that the vocabulary has words for."""
    values = thing.attributes.values
    name = _first(values.get("name"))
    if isinstance(name, str) and name:
        yield "name", language_property({"ko": name})
    if thing.attributes.address:
        yield "address", property_(thing.attributes.address)
    for ours, unit, theirs in RENAMED:
        found = next((v for v in (_first(values.get(word)) for word in theirs) if v not in (None, "")), None)
        if found is not None and (unit is None or number({"it": found}, "it") is not None):
            yield ours, property_(found, unit=unit)
    built = _first(values.get("yearOfConstruction") or values.get("dateOfConstruction"))
    year = _YEAR.match(str(built)) if built is not None else None
    if year:
        yield "completionYear", property_(int(year.group(1)))


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _how(height: dict[str, Any]) -> str:
    status = height.get("status", {}).get("value")
    return {"observed": "stated", "estimated": "storeys"}.get(status, "geometry")


def _where(member: Member, thing: Thing) -> str:
    return f"{member.drawing.where}, line {thing.line}{', ' + thing.id[:80] if thing.id else ''}"


def _set_up(instance: Instance, place: Floats, at: int) -> tuple[Floats, list[Geometry]] | None:
    """An instance's corners in the plane, and its geometries over them from row `at` on."""
    template = instance.template
    if template is None or not np.isfinite(template.rows).all() or not np.isfinite(instance.matrix).all():
        return None
    corners = template.rows @ instance.matrix[:3, :3].T + instance.matrix[:3, 3] + place
    drawn = [g for g in template.geometries if g.lines or any(g.shells)]
    if not drawn or not np.isfinite(corners).all() or np.abs(corners).max() > _FARTHEST_M:
        return None
    return corners, [Geometry(g.kind, instance.lod, "implicit", g.shells, g.solids, g.lines, at) for g in drawn]


def _within(points: Floats, most: float) -> npt.NDArray[np.bool_]:
    """Which points are finite and no farther than this from 0."""
    return np.asarray((np.abs(points) <= most).all(axis=1), dtype=np.bool_)  # NaN is not


def _measure(one: Placed, rows: Floats) -> None:
    """Lowest and highest corner of the most detailed geometry; a level 0 at height 0 says nothing of heights."""
    if not one.geometries:
        return
    best = max(geometry.lod for geometry in one.geometries)
    spans = [span for geometry in one.geometries if geometry.lod == best for span in spans_of(geometry)]
    z = np.concatenate([rows[a:b, 2] for a, b in spans])
    low, high = float(z.min()), float(z.max())
    if best != "0" or low != 0 or high != 0:
        one.low, one.high = low, high


def _lend(things: list[Placed]) -> None:
    """Things without geometry take outline and heights from their parts, the deepest parts first."""
    by_thing = {id(one.thing): one for one in things}
    for one in reversed(things):
        if one.outline is None:
            parts = [by_thing[id(p)] for p in one.thing.parts if id(p) in by_thing]
            parts = [part for part in parts if part.outline is not None]
            if parts:
                one.outline = shapely.union_all([part.outline for part in parts])
                lows = [part.low for part in parts if part.low is not None]
                highs = [part.high for part in parts if part.high is not None]
                one.low, one.high = min(lows, default=None), max(highs, default=None)
