"""The acts of drawing: what each makes of the entities it is about, within a transaction that `twin.drawing` opens.

- What becomes of solids and parts is said in `twin.drawing_bodies`.
- A road is closed by `state` "closed". Smart Data Models calls that RoadSegment.status ("open", "limited", "closed"),
  a word that here tells how real data are.
- A zone is of the planned type Zone, or of LandUse; planned types reach main by adoption only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from madang.entities.entity import Document, geo_property, geometry_of, property_, types_of, urn, value_of
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, NotFoundError, both
from madang.geometry.moving import Motion, middle_of, motion_to
from madang.twin import drawn, outlines
from madang.twin.catalogue import layer_kinds
from madang.twin.drawing_bodies import Work, carry, rise
from madang.twin.drawn import FLOORS, HEIGHT, Levels

BODIES = ("Building", "Facility")
BORDERS = frozenset({"City", "District", "Dong", "LegalDong", "Parcel"})  # set by law or survey, not by a pen
ZONES = ("Zone", "LandUse")
FARTHEST_SHIFT_M = 50_000.0
UNKNOWN = Levels(None, None)


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
    carry(work, document, motion)
    tied = [name for name in ("address", "refParcel", "refDong", "refLegalDong") if name in document]
    if tied:
        work.warn("drawing.address-stays", [document["id"]], names=", ".join(tied))


def _turn(work: Work) -> None:
    document = _about(work)
    degrees = _number(work.by, "degrees", 360.0)
    carry(work, document, Motion(middle_of(_geometry(document)), clockwise_deg=degrees))


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
    rise(work, document, values, before, counted=before)


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
        rise(work, made, heights, before, counted=before if work.geometry is None else UNKNOWN, kept=values)
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


def _number(by: Mapping[str, Any], name: str, most: float) -> float:
    value = by.get(name, 0 if name in ("eastM", "northM") and by else None)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        expected = '{"degrees": 30}' if name == "degrees" else '{"eastM": 10, "northM": -5}'
        raise CallerError("drawing.by-wrong", found=repr(dict(by))[:80], expected=expected)
    return float(value)
