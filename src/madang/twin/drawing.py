"""Drawing a change of the city on a branch: place, move, turn, raise, change, remove, roads, zones.

Each act (`twin.drawing_acts`) is one transaction on the branch, with actor and reason, and carries the fact `drawing`
({"act", "ids"}), by which `twin.undoing` finds it again. On main nothing is drawn: whoever wants to change the city
makes a branch first. What is drawn is a plan: it is marked as chosen and synthetic, never as observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely

from madang.entities.entity import Document, geometry_of, types_of
from madang.entities.query import GeoQuery, Query, parse_types
from madang.errors import CallerError, ConflictError, Language, both, sentence
from madang.store import Store
from madang.twin import outlines
from madang.twin.drawing_acts import ACTS, BODIES
from madang.twin.drawing_bodies import Warned, Work
from madang.twin.drawn import Basis
from madang.twin.terrain import ground_of

MAIN = "main"
MOST_NAMED = 20
OVERLAP_M2 = 1.0
MOST_REASON = 500
AREAS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Drawing:
    """One act as it is asked for; what `by` and `values` may hold, each act says."""

    act: str
    id: str | None = None
    geometry: Any = None
    by: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Drawn:
    """What an act did: its transaction, the entities it touched, the one it is about first, and warnings."""

    transaction: int
    act: str
    ids: tuple[str, ...]
    warnings: tuple[Warned, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What was done as plain JSON, with the note that says what a drawn thing is."""
        return {
            "transaction": self.transaction,
            "act": self.act,
            "ids": list(self.ids),
            "warnings": [one.as_json() for one in self.warnings],
            "note": both("drawing.note"),
        }


def draw(store: Store, branch: str, drawing: Drawing, *, actor: str, language: Language = "ko") -> Drawn:
    """Do one act on a branch."""
    check_branch(branch)
    if drawing.act not in ACTS:
        raise CallerError("drawing.act-unknown", found=drawing.act, known=", ".join(ACTS))
    if len(drawing.reason) > MOST_REASON:
        raise CallerError("drawing.reason-long", most=MOST_REASON)
    reason = drawing.reason.strip() or sentence(f"drawing.reason-{drawing.act}", language)
    ground = ground_of(store.view(branch)) if drawing.act == "move" else None
    with store.transact(branch=branch, actor=actor, reason=reason) as tx:
        work = Work(tx, drawing.id, drawing.geometry, drawing.by, drawing.values, Basis(reason), ground)
        ACTS[drawing.act](work)
        changed = {id: document for id, document in work.put.items() if document != tx.document(id)}
        if not changed and not work.gone:
            raise CallerError("drawing.nothing-changed", id=drawing.id or "-")
        ids = tuple(dict.fromkeys([*changed, *work.gone]))
        tx.facts["drawing"] = {"act": drawing.act, "ids": list(ids)}
        for document in changed.values():
            tx.put(document)
        for id in work.gone:
            tx.delete(id)
    warned = [*work.warned, *_overlaps(store, branch, list(changed.values()), set(ids))]
    return Drawn(tx.number, drawing.act, ids, tuple(warned))


def check_branch(branch: str) -> None:
    """Refuse main, with the way to an alternative."""
    if branch == MAIN:
        raise ConflictError("drawing.on-main")


def _overlaps(store: Store, branch: str, documents: list[Document], own: set[str]) -> list[Warned]:
    """A warning for the bodies that run into others, as the branch has them now."""
    view = store.view(branch)
    found: list[str] = []
    for document in documents:
        geometry = geometry_of(document)
        if geometry is None or types_of(document)[0] not in BODIES or geometry["type"] not in AREAS:
            continue
        shape = shapely.make_valid(shapely.geometry.shape(geometry))
        query = Query(types=parse_types(",".join(BODIES)), geo=GeoQuery("intersects", geometry))
        for other in view.documents(query):
            there = geometry_of(other)
            if other["id"] in own or there is None or there["type"] not in AREAS:
                continue
            shared = shapely.intersection(shape, shapely.make_valid(shapely.geometry.shape(there)))
            if outlines.area_m2(shared) > OVERLAP_M2:
                found.append(other["id"])
    if not found:
        return []
    named = tuple(dict.fromkeys(found))
    return [Warned("drawing.overlaps", both("drawing.overlaps", count=len(named)), named[:MOST_NAMED])]
