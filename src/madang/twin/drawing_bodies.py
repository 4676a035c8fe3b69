"""What drawing does to a body: its outline, its solid and its parts, kept together or kept honest.

A body that moves or turns takes its solid (`geometry3d`) and its parts along; where the city has terrain, a solid keeps
its height above the ground. A body at another height or with another outline is an extruded outline from then on (level
of detail 1): the solid and the parts no longer fit, so they are left out, and `lod` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from madang.entities.entity import Document, geo_property, geometry_of, instance_of, property_, types_of, value_of
from madang.errors import Pair, both
from madang.geometry.moving import Motion, moved_geometry, moved_solid
from madang.geometry.terrain import Ground
from madang.twin import drawn, outlines
from madang.twin.drawn import Basis, Levels

MOST_PARTS = 1_000


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


def carry(work: Work, document: Document, motion: Motion) -> None:
    """The entity and its parts after a motion, solids and all."""
    lost: list[str] = []
    uphill = rise_of_ground(work.ground, motion)
    for one in (document, *work.parts(document)):
        made = dict(one)
        geometry = geometry_of(one)
        if geometry is not None:
            made["location"] = work.basis.chosen(geo_property(moved_geometry(geometry, motion)))
        solid = instance_of(one, "geometry3d")
        if solid is not None:
            moved = moved_solid(solid.get("json") or {}, motion, rise_m=uphill)
            if moved is None:
                del made["geometry3d"]
                lost.append(one["id"])
            else:
                made["geometry3d"] = work.basis.chosen({**_bare(solid), "json": moved})
                base = drawn.number_of(one, "baseElevation")
                if uphill and base is not None:
                    made["baseElevation"] = work.basis.chosen(property_(round(base + uphill, 3), unit="MTR"))
        work.put[one["id"]] = made
    if lost:
        work.warn("drawing.solid-lost", lost)


def rise_of_ground(ground: Ground | None, motion: Motion) -> float:
    """How much higher the ground is where a motion leads; 0 where that is not known."""
    if ground is None or motion.arrival == motion.middle:
        return 0.0
    before, after = ground.heights(np.array([motion.middle, motion.arrival]))
    return float(after - before) if np.isfinite(after - before) else 0.0


def rise(
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
        made |= drawn.levels(heights, before, type=str(types_of(document)[0]), basis=work.basis)
    worked_out = drawn.areas(made, counted, area_m2=_area(made))
    made |= {name: instance for name, instance in worked_out.items() if name not in (kept or {})}
    work.put[document["id"]] = without_solid(work, made)


def without_solid(work: Work, document: Document) -> Document:
    """The entity as an extruded outline, its solid and parts left out; itself where it has neither."""
    parts = work.parts(document)
    if "geometry3d" not in document and not parts:
        return document
    kept = {name: member for name, member in document.items() if name not in ("geometry3d", "parts")}
    method = both("drawing.method-lod", lod=str(value_of(document, "lod") or "-"))
    work.gone += [part["id"] for part in parts]
    work.warn("drawing.solid-dropped", [document["id"], *(part["id"] for part in parts)])
    return {**kept, "lod": drawn.estimated("1", unit=None, method=method)}


def _area(document: Document) -> float:
    geometry = geometry_of(document) or {}
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return 0.0
    try:
        return outlines.area_m2(shapely.geometry.shape(geometry))
    except (ShapelyError, ValueError):
        return 0.0


def _bare(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in instance.items() if name not in ("source", "period", "method")}


def _objects(document: Document, name: str) -> list[str]:
    """The ids that a relationship names."""
    found = (instance_of(document, name) or {}).get("object", ())
    return [found] if isinstance(found, str) else list(found)
