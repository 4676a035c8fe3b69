"""The acts of drawing: what each makes of the entities it is about, within a transaction that `twin.drawing` opens.

- A body that moves or turns takes its solid (`geometry3d`) and its parts along, rigid. Where the city has terrain, a
  solid that moves keeps its height above the ground.
- A body that is raised or gets a new outline is an extruded outline from then on (level of detail 1): its solid and
  its parts no longer fit, so they are left out, and `lod` says why.
- A road is closed by `state` "closed". Smart Data Models calls that RoadSegment.status ("open", "limited", "closed"),
  a word that here tells how real data are.
- A zone is of the planned type Zone, or of LandUse; planned types reach main by adoption only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from madang.entities.entity import Document, geo_property, geometry_of, instance_of, property_, types_of, urn, value_of
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, NotFoundError, Pair, both
from madang.geometry.moving import Motion, middle_of, motion_to, moved_geometry, moved_solid
from madang.geometry.terrain import Ground
from madang.twin import drawn, outlines
from madang.twin.catalogue import layer_kinds
from madang.twin.drawn import FLOORS, HEIGHT, Basis, Levels

BODIES = ("Building", "Facility")
BORDERS = frozenset({"City", "District", "Dong", "LegalDong", "Parcel"})  # set by law or survey, not by a pen
ZONES = ("Zone", "LandUse")
FARTHEST_SHIFT_M = 50_000.0
MOST_PARTS = 1_000
UNKNOWN = Levels(None, None)


@dataclass(frozen=True)
class Warned:
    """Something that whoever draws should know; it stops nothing."""

    code: str
    text: Pair
    ids: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The warning as plain JSON."""
        return {"code": self.code, "text": dict(self.text), "ids": list(self.ids)}


@dataclass
class Work:
    """An act while it is done: what was asked, the transaction it reads, what it writes, what there is to say."""

    tx: Any
    id: str | None
    geometry: Any
    by: Mapping[str, Any]
    values: Mapping[str, Any]
    basis: Basis
    ground: Ground | None = None
    put: dict[str, Document] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)

    def warn(self, code: str, ids: Iterable[str], **facts: Any) -> None:
        """Say something that stops nothing."""
        self.warned.append(Warned(code, both(code, **facts), tuple(ids)))

    def parts(self, document: Document) -> list[Document]:
        """The parts of a body, and theirs, as the branch has them."""
        found: dict[str, Document] = {}
        waiting = [document]
        while waiting and len(found) < MOST_PARTS:
            for id in _objects(waiting.pop(), "parts"):
                part = self.tx.document(id)
                if part is not None and id not in found and id != document["id"]:
                    found[id] = part
                    waiting.append(part)
        return list(found.values())


# --- the acts -------------------------------------------------------------------------------------------------------


def _place(work: Work) -> None:
    given = dict(work.values)
    type = _type(given.pop("type", "Building"))
    values = drawn.checked_values(type, given)
    document = _new(work, type)
    if isinstance(work.geometry, Mapping) and work.geometry.get("type") == "Point":
        if type == "Building":
            raise CallerError("drawing.no-geometry", wanted="Polygon", found="Point")
        place = list(outlines.checked_point(work.geometry))
        outline = outlines.Outline({"type": "Point", "coordinates": place}, 0.0, 0.0)
    else:
        outline = outlines.checked_polygon(work.geometry, outlines.BODY)
    document |= drawn.instances({name: value for name, value in values.items() if name not in (HEIGHT, FLOORS)},
                                work.basis)  # fmt: skip
    document |= drawn.levels(values, UNKNOWN, type=type, basis=work.basis)
    document["location"] = work.basis.chosen(geo_property(outline.geometry))
    worked_out = drawn.areas(document, UNKNOWN, area_m2=outline.area_m2)
    document |= {name: instance for name, instance in worked_out.items() if name not in values}
    if type in BODIES and outline.area_m2 and HEIGHT not in document:
        work.warn("drawing.no-height", [document["id"]])
    work.put[document["id"]] = document


def _move(work: Work) -> None:
    document = _about(work)
    geometry = _geometry(document)
    middle = middle_of(geometry)
    if work.geometry is not None:
        motion = motion_to(middle, outlines.checked_point(work.geometry))
    else:
        east, north = (_number(work.by, name, FARTHEST_SHIFT_M) for name in ("eastM", "northM"))
        motion = Motion(middle, east_m=east, north_m=north)
    if max(abs(motion.east_m), abs(motion.north_m)) > FARTHEST_SHIFT_M:
        raise CallerError("drawing.too-far", most=f"{FARTHEST_SHIFT_M / 1000:g}")
    outlines.checked_point({"type": "Point", "coordinates": list(motion.arrival)})
    _carry(work, document, motion)
    tied = [name for name in ("address", "refParcel", "refDong", "refLegalDong") if name in document]
    if tied:
        work.warn("drawing.address-stays", [document["id"]], names=", ".join(tied))


def _turn(work: Work) -> None:
    document = _about(work)
    degrees = _number(work.by, "degrees", 360.0)
    _carry(work, document, Motion(middle_of(_geometry(document)), clockwise_deg=degrees))


def _raise(work: Work) -> None:
    document = _about(work)
    before = Levels.of(document)
    if work.by:
        values = drawn.checked_values(_kind(document), drawn.raised(work.by, before))
    else:
        values = drawn.checked_values(_kind(document), work.values)
    if not values or set(values) - {HEIGHT, FLOORS}:
        raise CallerError(
            "drawing.by-wrong", found=repr(dict(work.values))[:80], expected='{"metres": 9} or {"floors": 3}'
        )
    _rise(work, document, values, before, counted=before)


def _change(work: Work) -> None:
    document = _about(work)
    before, type = Levels.of(document), _kind(document)
    values = drawn.checked_values(type, work.values)
    heights = {name: values.pop(name) for name in (HEIGHT, FLOORS) if name in values}
    if not values and not heights and work.geometry is None:
        raise CallerError("drawing.nothing-changed", id=document["id"])
    made = document | drawn.instances(values, work.basis)
    if work.geometry is not None:
        made |= _outlined(work, type)
    if heights or work.geometry is not None:
        # A new outline changes the area of every storey, so the floor area is worked out anew.
        _rise(work, made, heights, before, counted=before if work.geometry is None else UNKNOWN, kept=values)
    else:
        work.put[document["id"]] = made


def _remove(work: Work) -> None:
    document = _about(work)
    work.gone += [document["id"], *(part["id"] for part in work.parts(document))]


def _close(work: Work) -> None:
    _road_state(work, "closed")


def _open(work: Work) -> None:
    _road_state(work, "open")


def _add_road(work: Work) -> None:
    values = drawn.checked_values("RoadSegment", work.values)
    outline = outlines.checked_line(work.geometry, outlines.ROAD)
    document = _new(work, "RoadSegment") | drawn.instances(values, work.basis)
    if "width" not in values and "lanes" in values:
        lane = layer_kinds()["road"].lane_m
        method = both("drawing.method-width", lanes=values["lanes"], lane=f"{lane:g}")
        document["width"] = drawn.estimated(round(values["lanes"] * lane, 2), unit="MTR", method=method)
    document["location"] = work.basis.chosen(geo_property(outline.geometry))
    document["length"] = _length(outline)
    work.put[document["id"]] = document


def _zone(work: Work) -> None:
    given = dict(work.values)
    type, use = given.pop("type", "Zone"), given.pop("use", None)
    if type not in ZONES:
        raise CallerError("drawing.type-unknown", found=repr(type)[:60], known=", ".join(ZONES))
    if use is None:
        raise CallerError("drawing.zone-without-use")
    values = drawn.checked_values(type, {**given, "kind" if type == "Zone" else "landUse": use})
    outline = outlines.checked_polygon(work.geometry, outlines.LAND)
    document = _new(work, type) | drawn.instances(values, work.basis)
    document["location"] = work.basis.chosen(geo_property(outline.geometry))
    document["area"] = _land(outline)
    work.put[document["id"]] = document


ACTS: Mapping[str, Callable[[Work], None]] = {
    "place": _place,
    "move": _move,
    "turn": _turn,
    "raise": _raise,
    "change": _change,
    "remove": _remove,
    "close-road": _close,
    "open-road": _open,
    "add-road": _add_road,
    "zone": _zone,
}


# --- what several acts do -------------------------------------------------------------------------------------------


def _new(work: Work, type: str) -> Document:
    """A new entity without a place, under an id of its own: no two transactions have one number."""
    state = property_("planned")
    return {"id": urn(type, "drawn", str(work.tx.number)), "type": type, "state": state,
            "status": property_("synthetic")}  # fmt: skip


def _type(given: Any) -> str:
    """A type that may be placed: of the city, with a place, and no border that the law draws."""
    info = type_info(given) if isinstance(given, str) else None
    good = info is not None and info.scope == "city" and "location" in info.attributes and given not in BORDERS
    if not good or given in (*ZONES, "RoadSegment", "Task"):
        raise CallerError("drawing.type-unknown", found=repr(given)[:60], known="Building, Facility, BusStop, …")
    return str(given)


def _about(work: Work) -> Document:
    """The entity an act is about, as the branch has it now."""
    id = work.id
    if not id:
        raise CallerError("drawing.no-id")
    found: Document | None = work.tx.document(id)
    if found is None:
        raise NotFoundError("drawing.not-there", id=id, branch=work.tx.branch)
    if any(type_info(type).scope != "city" or type in BORDERS for type in types_of(found)):
        raise CallerError("drawing.not-drawable", id=id, type=_kind(found))
    _geometry(found)
    return found


def _kind(document: Document) -> str:
    return str(types_of(document)[0])


def _geometry(document: Document) -> dict[str, Any]:
    found = geometry_of(document)
    if found is None:
        raise CallerError("drawing.without-place", id=document["id"])
    return found


def _carry(work: Work, document: Document, motion: Motion) -> None:
    """The entity and its parts after a motion, solids and all."""
    lost: list[str] = []
    rise = _rise_of_ground(work.ground, motion)
    for one in (document, *work.parts(document)):
        made = dict(one)
        geometry = geometry_of(one)
        if geometry is not None:
            made["location"] = work.basis.chosen(geo_property(moved_geometry(geometry, motion)))
        solid = instance_of(one, "geometry3d")
        if solid is not None:
            moved = moved_solid(solid.get("json") or {}, motion, rise_m=rise)
            if moved is None:
                del made["geometry3d"]
                lost.append(one["id"])
            else:
                made["geometry3d"] = work.basis.chosen({**_bare(solid), "json": moved})
                base = drawn.number_of(one, "baseElevation")
                if rise and base is not None:
                    made["baseElevation"] = work.basis.chosen(property_(round(base + rise, 3), unit="MTR"))
        work.put[one["id"]] = made
    if lost:
        work.warn("drawing.solid-lost", lost)


def _rise_of_ground(ground: Ground | None, motion: Motion) -> float:
    """How much higher the ground is where a motion leads; 0 where that is not known."""
    if ground is None or motion.arrival == motion.middle:
        return 0.0
    before, after = ground.heights(np.array([motion.middle, motion.arrival]))
    return float(after - before) if np.isfinite(after - before) else 0.0


def _outlined(work: Work, type: str) -> dict[str, Any]:
    """The attributes that a new outline (of a road: a new line) gives."""
    if type == "RoadSegment":
        outline = outlines.checked_line(work.geometry, outlines.ROAD)
        more = {"length": _length(outline)}
    elif type in ZONES:
        outline = outlines.checked_polygon(work.geometry, outlines.LAND)
        more = {"area": _land(outline)}
    else:
        outline, more = outlines.checked_polygon(work.geometry, outlines.BODY), {}
    return {"location": work.basis.chosen(geo_property(outline.geometry)), **more}


def _rise(
    work: Work,
    document: Document,
    heights: Mapping[str, Any],
    before: Levels,
    *,
    counted: Levels,
    kept: Mapping[str, Any] | None = None,
) -> None:
    """The entity at another height or with another outline: an extruded outline, with what follows from it.

    `counted` are the storeys that its floor area counts already.
    """
    made = dict(document)
    if heights:
        made |= drawn.levels(heights, before, type=_kind(document), basis=work.basis)
    worked_out = drawn.areas(made, counted, area_m2=_area(made))
    made |= {name: instance for name, instance in worked_out.items() if name not in (kept or {})}
    work.put[document["id"]] = _without_solid(work, made)


def _without_solid(work: Work, document: Document) -> Document:
    parts = work.parts(document)
    if "geometry3d" not in document and not parts:
        return document
    kept = {name: member for name, member in document.items() if name not in ("geometry3d", "parts")}
    method = both("drawing.method-lod", lod=str(value_of(document, "lod") or "-"))
    work.gone += [part["id"] for part in parts]
    work.warn("drawing.solid-dropped", [document["id"], *(part["id"] for part in parts)])
    return {**kept, "lod": drawn.estimated("1", unit=None, method=method)}


def _road_state(work: Work, state: str) -> None:
    document = _about(work)
    if "RoadSegment" not in types_of(document):
        raise CallerError("drawing.not-a-road", id=document["id"], type=_kind(document))
    if (value_of(document, "state") or "open") == state:
        raise CallerError("drawing.nothing-changed", id=document["id"])
    work.put[document["id"]] = {**document, "state": work.basis.chosen(property_(state))}


def _length(outline: outlines.Outline) -> dict[str, Any]:
    return drawn.estimated(round(outline.length_m, 1), unit="MTR", method=both("drawing.method-line"))


def _land(outline: outlines.Outline) -> dict[str, Any]:
    return drawn.estimated(round(outline.area_m2 / 1e6, 6), unit="KMK", method=both("drawing.method-footprint"))


def _area(document: Document) -> float:
    geometry = geometry_of(document) or {}
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return 0.0
    try:
        return outlines.area_m2(shapely.geometry.shape(geometry))
    except (ShapelyError, ValueError):
        return 0.0


def _objects(document: Document, name: str) -> list[str]:
    """The ids that a relationship names."""
    found = (instance_of(document, name) or {}).get("object", ())
    return [found] if isinstance(found, str) else list(found)


def _bare(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in instance.items() if name not in ("source", "period", "method")}


def _number(by: Mapping[str, Any], name: str, most: float) -> float:
    value = by.get(name, 0 if name in ("eastM", "northM") and by else None)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        expected = '{"degrees": 30}' if name == "degrees" else '{"eastM": 10, "northM": -5}'
        raise CallerError("drawing.by-wrong", found=repr(dict(by))[:80], expected=expected)
    return float(value)
