"""The bodies that stand near a place, as upright prisms: what keeps the sun off something.

A body is a Building, a Facility, or a part of a building (BuildingPart); a whole without a solid that stands in its
parts is left out, as it is in the tiles. A part that begins above the ground (`baseAboveGround`) shades as if the air
below it were built. Its height is its own, else its storeys at its use's figure (then it is estimated); with neither it
is counted as unknown and shades nothing. A solid counts by its outline and height (level of detail 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.errors import ShapelyError

from madang.entities.entity import Document, geometry_of, instance_of, provenance_of, types_of, value_of
from madang.entities.query import GeoQuery, Query, parse_types
from madang.geometry.flat import Bools, Floats
from madang.geometry.rings import Rings, rings_from_geometries
from madang.geometry.terrain import Ground, bases
from madang.store import View
from madang.twin.drawn import HIGHEST_M, Levels, number_of

TYPES = "Building,Facility,CityObject"
PARTS = ("BuildingPart", "BuildingInstallation")
AREAS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Bodies:
    """Prisms side by side: outlines in (lon, lat), height of base and top in metres, and how sure each is."""

    ids: tuple[str, ...]
    rings: Rings
    base_m: Floats
    height_m: Floats
    estimated: Bools
    synthetic: Bools
    parts: dict[str, tuple[str, ...]]  # a whole that is left out -> the parts that stand for it
    unknown: int  # those whose height nobody knows

    @property
    def top_m(self) -> Floats:
        """The height of the roofs above the level that heights are counted from."""
        return self.base_m + self.height_m

    def index(self, id: str) -> list[int]:
        """Where a body stands among these: one place, that of each of its parts, or none."""
        wanted = set(self.parts.get(id, (id,)))
        return [number for number, one in enumerate(self.ids) if one in wanted]


def bodies_within(view: View, bounds: tuple[float, float, float, float], ground: Ground | None) -> Bodies:
    """The bodies whose outlines touch a rectangle (west, south, east, north)."""
    west, south, east, north = bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    near = GeoQuery("intersects", {"type": "Polygon", "coordinates": [ring]})
    found = [one for one in view.documents(Query(types=parse_types(TYPES), geo=near)) if _is_body(one)]
    return bodies_of(found, ground)


def bodies_of(documents: Sequence[Document], ground: Ground | None) -> Bodies:
    """Entities as prisms; what has no outline or no height is left out, the latter counted."""
    high = {one["id"] for one in documents if (_height(Levels.of(one)) or 0) > 0}
    wholes = [one for one in documents if "parts" in one and "geometry3d" not in one]
    parts = {one["id"]: tuple(id for id in _parts(one) if id in high) for one in wholes}
    parts = {whole: ids for whole, ids in parts.items() if ids}
    standing = [one for one in documents if one["id"] not in parts]
    levels = [Levels.of(one) for one in standing]
    heights = np.array([_height(one) for one in levels], dtype=np.float64)
    shapes = np.array([_shape(one) for one in standing], dtype=object)
    drawn = np.flatnonzero((heights > 0) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    rings = rings_from_geometries(shapes[drawn])
    chosen = [standing[number] for number in drawn]
    return Bodies(
        ids=tuple(one["id"] for one in chosen),
        rings=rings,
        base_m=_bases(chosen, rings, ground),
        height_m=heights[drawn],
        estimated=np.array([_is_estimated(one, levels[n]) for n, one in zip(drawn, chosen, strict=True)], dtype=bool),
        synthetic=np.array([_is_synthetic(one) for one in chosen], dtype=bool),
        parts=parts,
        unknown=int(np.isnan(heights).sum()),
    )


def _is_body(document: Document) -> bool:
    if "CityObject" in types_of(document):
        return value_of(document, "cityjsonType") in PARTS
    return True


def _parts(document: Document) -> list[str]:
    found = (instance_of(document, "parts") or {}).get("object", ())
    return [found] if isinstance(found, str) else list(found)


def _height(levels: Levels) -> float:
    found = levels.estimated_m
    return float("nan") if found is None else found


def _is_estimated(document: Document, levels: Levels) -> bool:
    return levels.height_m is None or provenance_of(document, "height").status == "estimated"


def _is_synthetic(document: Document) -> bool:
    """Whether the thing, its place or its height was made up or planned."""
    told = {provenance_of(document, name).status for name in ("height", "location")}
    return "synthetic" in told | {value_of(document, "status")}


def _shape(document: Document) -> shapely.Geometry | None:
    geometry = geometry_of(document)
    if geometry is None or geometry["type"] not in AREAS:
        return None
    try:
        return shapely.geometry.shape(geometry)
    except (ShapelyError, ValueError):
        return None


def _bases(documents: Sequence[Document], rings: Rings, ground: Ground | None) -> Floats:
    """Where the bodies begin: on 0 without terrain; with one on the lowest ground, a solid where its data put it."""
    above = np.array([_above_ground(one) for one in documents])
    if ground is None or not documents:
        return above
    found = bases(rings, ground)
    own = [_own_base(one) for one in documents]
    found = np.where(np.isnan(own), found, own)
    made: Floats = np.where(np.isnan(found), ground.lowest_m, found) + above
    return made


def _above_ground(document: Document) -> float:
    base = number_of(document, "baseAboveGround") if "geometry3d" not in document else None
    return base if base is not None and 0 < base <= HIGHEST_M else 0.0


def _own_base(document: Document) -> float:
    base = value_of(document, "baseElevation") if "geometry3d" in document else None
    return float(base) if isinstance(base, int | float) and not isinstance(base, bool) else float("nan")
