"""The bodies of entities, read from `geometry3d`: surfaces in (lon, lat, height), of the highest level of detail.

`geometry3d` is CityJSON's way to write geometry (see `sources.solids`): whole-number vertices with a scale, and nested
lists of their numbers. What can't be drawn gives no body, and its feature is then drawn by its footprint: no surfaces,
numbers of vertices that are not there, heights or places outside the Earth, or more corners than a tile can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from madang.entities.entity import Document, value_of
from madang.geometry.flat import Floats, Ints, offsets_of
from madang.geometry.rings import Rings
from madang.geometry.surfaces import no_surfaces, sound_surfaces

MOST_CORNERS = 200_000
HIGHEST_M = 20_000.0
NESTING = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}


@dataclass(frozen=True)
class Body:
    """One entity's body as it stands in the file: corners in its own coordinate system, ring and surface lengths."""

    crs: str
    lod: str | None
    corners: Floats
    ring_sizes: Sequence[int]
    surface_sizes: Sequence[int]


def body_of(document: Document) -> Body | None:
    """The body of an entity, or None where it has none that can be drawn."""
    if "geometry3d" not in document:
        return None
    told = value_of(document, "geometry3d")
    try:
        return _body(told)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        return None


@dataclass
class Bodies:
    """The bodies of a layer's features as they go by, one a feature or none."""

    _found: list[Body | None] = field(default_factory=list)

    def take(self, body: Body | None) -> None:
        """The next feature's body."""
        self._found.append(body)

    def finish(self) -> tuple[Rings, list[str | None], Ints]:
        """The surfaces of all features, what level of detail each has, and how many surfaces of each were left out."""
        found = [body if body is not None and _to_degrees(body.crs) is not None else None for body in self._found]
        if not any(body is not None for body in found):
            return no_surfaces(len(found)), [None] * len(found), np.zeros(len(found), dtype=np.int64)
        there = [body for body in found if body is not None]
        surfaces = Rings(
            lonlat=_placed(there),
            ring_offsets=offsets_of(np.fromiter(chain.from_iterable(b.ring_sizes for b in there), dtype=np.int64)),
            polygon_offsets=offsets_of(
                np.fromiter(chain.from_iterable(b.surface_sizes for b in there), dtype=np.int64)
            ),
            feature_offsets=offsets_of(
                np.array([0 if body is None else len(body.surface_sizes) for body in found], dtype=np.int64)
            ),
            mended=np.empty(0, dtype=np.int64),
        )
        sound, dropped = sound_surfaces(_on_earth(surfaces))
        drawn = np.diff(sound.feature_offsets) > 0
        lods = [body.lod if body is not None and seen else None for body, seen in zip(found, drawn, strict=True)]
        return sound, lods, dropped


def _body(told: dict[str, Any]) -> Body | None:
    drawable = [one for one in told["geometry"] if one["type"] in NESTING and one["boundaries"]]
    if not drawable:
        return None
    chosen = max(drawable, key=lambda one: _detail(one.get("lod")))
    rings: list[Sequence[int]] = []
    surface_sizes: list[int] = []
    corners = 0
    for surface in _surfaces(chosen["boundaries"], NESTING[chosen["type"]]):
        surface_sizes.append(len(surface))
        rings.extend(surface)
        corners += sum(map(len, surface))
        if corners > MOST_CORNERS:
            return None
    transform = told.get("transform") or {"scale": [1, 1, 1], "translate": [0, 0, 0]}
    vertices = np.asarray(told["vertices"], dtype=np.float64).reshape(-1, 3)
    used = np.fromiter(chain.from_iterable(rings), dtype=np.int64, count=corners)
    if not corners or used.min() < 0:
        return None
    points = vertices[used] * np.asarray(transform["scale"]) + np.asarray(transform["translate"])
    if not np.isfinite(points).all():
        return None
    lod = chosen.get("lod")
    return Body(str(told["crs"]), None if lod is None else str(lod), points, list(map(len, rings)), surface_sizes)


def _surfaces(boundaries: Any, nesting: int) -> Iterator[Any]:
    if not nesting:
        return iter(boundaries)
    return chain.from_iterable(_surfaces(part, nesting - 1) for part in boundaries)


def _detail(lod: Any) -> float:
    """Levels in order: 1 < 1.2 < 2.2; what is no number is the least."""
    try:
        return float(lod)
    except (TypeError, ValueError):
        return -1.0


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> Transformer | None:
    """From the plane of a coordinate system to (lon, lat); heights stay as they are."""
    try:
        found = CRS.from_user_input(crs)
        plane = found.sub_crs_list[0] if found.is_compound else found.to_2d()
        return Transformer.from_crs(plane, "EPSG:4326", always_xy=True)
    except CRSError:
        return None


def _placed(bodies: Sequence[Body]) -> Floats:
    """All corners as (lon, lat, height), one transformation a coordinate system."""
    corners = np.concatenate([body.corners for body in bodies])
    starts = offsets_of(np.array([len(body.corners) for body in bodies], dtype=np.int64))
    for crs in dict.fromkeys(body.crs for body in bodies):
        transformer = _to_degrees(crs)
        assert transformer is not None
        mine = np.repeat([body.crs == crs for body in bodies], np.diff(starts))
        lon, lat = transformer.transform(corners[mine, 0], corners[mine, 1])
        corners[mine, 0], corners[mine, 1] = lon, lat
    return corners


def _on_earth(surfaces: Rings) -> Rings:
    """Without the bodies that reach out of the Earth."""
    lon, lat, height = surfaces.lonlat.T
    with np.errstate(invalid="ignore"):
        fine = (np.abs(lon) <= 180) & (np.abs(lat) < 90) & (np.abs(height) <= HIGHEST_M)
    if fine.all():
        return surfaces
    bad = np.unique(surfaces.feature_of_vertices()[~fine])
    counts = np.diff(surfaces.feature_offsets)
    good = np.ones(len(surfaces), dtype=bool)
    good[bad] = False
    kept = surfaces.take(np.flatnonzero(good))
    return Rings(kept.lonlat, kept.ring_offsets, kept.polygon_offsets, offsets_of(counts * good), kept.mended)
