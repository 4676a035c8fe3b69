"""Whether the areas of a plan cover the city once: no dong left out, none counted twice.

An area of the plan is a `Zone` that names the plan; it says which dong it holds (`refDong`), or has a geometry, which
is intersected with the dong. A dong is covered once when the areas together hold all of it and no two hold the same
part, to within `TOLERANCE` for boundaries drawn by different hands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape

from madang.entities.entity import Document, geometry_of
from madang.plan.parts import Pair, refs_of, title_of

TOLERANCE = 0.005


@dataclass(frozen=True)
class AreaShare:
    """One area of a plan: who is responsible for it and how many dong it holds, parts counted as parts."""

    area: str
    label: Pair
    responsible: tuple[str, ...]
    dong: float


@dataclass(frozen=True)
class Coverage:
    """How the areas of a plan cover the dong: those left out, in part or whole, and those covered more than once."""

    areas: tuple[AreaShare, ...]
    dong: int
    uncovered: tuple[tuple[str, Pair, float], ...]  # (dong, name, share that no area holds)
    twice: tuple[tuple[str, Pair, tuple[str, ...]], ...]  # (dong, name, areas)

    @property
    def is_once(self) -> bool | None:
        """Whether every dong is covered once; None where the plan states no area, or the city has no dong."""
        if not self.areas or not self.dong:
            return None
        return not self.uncovered and not self.twice

    def as_json(self) -> dict[str, Any]:
        """The coverage for a page or a machine."""
        return {
            "once": self.is_once,
            "dong": self.dong,
            "areas": [
                {"area": a.area, "label": a.label, "responsible": list(a.responsible), "dong": round(a.dong, 3)}
                for a in self.areas
            ],
            "uncovered": [
                {"dong": id, "label": label, "share": round(share, 3)} for id, label, share in self.uncovered
            ],
            "twice": [{"dong": id, "label": label, "areas": list(areas)} for id, label, areas in self.twice],
        }


def coverage(areas: Sequence[Document], dong: Iterable[Document]) -> Coverage:
    """How areas cover dong."""
    places = list(dong)
    shapes = [_geometry(area) if not refs_of(area, "refDong") else None for area in areas]
    named = [set(refs_of(area, "refDong")) for area in areas]
    held = [0.0] * len(areas)
    uncovered, twice = [], []
    for place in places:
        outline = _geometry(place)
        parts = [_part(place["id"], outline, names, zone) for names, zone in zip(named, shapes, strict=True)]
        shares = [part.share for part in parts]
        for n, share in enumerate(shares):
            held[n] += share
        whole = min(1.0, _together(parts))
        if whole < 1 - TOLERANCE:
            uncovered.append((place["id"], title_of(place), 1 - whole))
        if sum(shares) - whole > TOLERANCE:
            ids = tuple(area["id"] for area, share in zip(areas, shares, strict=True) if share > TOLERANCE)
            twice.append((place["id"], title_of(place), ids))
    return Coverage(
        tuple(
            AreaShare(area["id"], title_of(area), refs_of(area, "responsible"), dong_held)
            for area, dong_held in zip(areas, held, strict=True)
        ),
        len(places),
        tuple(uncovered),
        tuple(twice),
    )


@dataclass(frozen=True)
class _Part:
    """The part of a dong that an area holds: all of it, nothing, or a piece of its outline."""

    share: float
    piece: Any = None


def _part(id: str, outline: Any, names: set[str], zone: Any) -> _Part:
    if names:
        return _Part(1.0 if id in names else 0.0, outline if id in names else None)
    if zone is None or outline is None or not outline.area:
        return _Part(0.0)
    piece = shapely.intersection(zone, outline)
    return _Part(float(piece.area / outline.area), piece)


def _together(parts: Sequence[_Part]) -> float:
    """The share of a dong that the parts hold together, what several hold counted once."""
    some = [part for part in parts if part.share > 0]
    if len(some) < 2 or any(part.share >= 1 for part in some):
        return max((part.share for part in some), default=0.0)
    apart = sum(part.share for part in some)
    pieces = sum(part.piece.area for part in some)
    return float(shapely.union_all([part.piece for part in some]).area / pieces * apart)


def _geometry(document: Document) -> Any:
    """The polygon of an entity, made valid; None where it has none."""
    found = geometry_of(document)
    return None if found is None else shapely.make_valid(shape(found))
