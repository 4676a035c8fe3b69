"""How many firms stand within a boundary: recomputed from the firm register that is loaded, the boundary named.

A firm counts by the codes or the strategic industry that are asked for. One without a place counts neither as inside
nor outside: it is told apart, and the share is of the placed. A firm on the line counts as inside. Without a register
the answer is not a number but "not reproducible here".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import Geod

from madang.entities.entity import Document, geometry_of, provenance_of, value_of
from madang.errors import DataError, Pair, both
from madang.indicators.provenance import combine_status
from madang.lab.taxonomy import codes_of, falls_under, known_codes

EARTH = Geod(ellps="GRS80")


@dataclass(frozen=True)
class Inside:
    """Firms inside a boundary; `share` in percent, None where the register can't tell; `check` says which it is."""

    boundary: Pair
    geometry: Mapping[str, Any]
    asked: Pair
    inside: int
    placed: int
    unplaced: int
    employees_inside: int | None
    area_km2: float
    sources: tuple[str, ...]
    status: str | None
    firms: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Percent of the placed firms that stand inside."""
        return 100 * self.inside / self.placed if self.placed else None

    @property
    def check(self) -> str:
        """'recomputed', or 'not-reproducible' where no register is loaded."""
        return "recomputed" if self.placed else "not-reproducible"

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        share = self.share
        return {
            "boundary": self.boundary,
            "geometry": self.geometry,
            "asked": self.asked,
            "inside": self.inside,
            "placed": self.placed,
            "unplaced": self.unplaced,
            "share": {"value": None if share is None else round(share, 4), "unit": "P1", "status": self.status},
            "firmsPerKm2": round(self.inside / self.area_km2, 4) if self.placed else None,
            "employeesPerKm2": None
            if self.employees_inside is None
            else round(self.employees_inside / self.area_km2, 2),
            "areaKm2": round(self.area_km2, 6),
            "check": self.check,
            "checkLabel": both(f"clusters.{self.check}"),
            "sources": list(self.sources),
            "firms": list(self.firms),
        }


def firms_inside(
    firms: Sequence[Document],
    boundary: Mapping[str, Any],
    *,
    name: Pair,
    codes: Iterable[str] = (),
    tag: str | None = None,
) -> Inside:
    """The firms asked for, as far as they stand inside a polygon (lon, lat)."""
    area = read_boundary(boundary)
    wanted = codes_of(codes) if codes else []
    asked = [firm for firm in firms if _is_asked(firm, wanted, tag)]
    placed = [(firm, point) for firm in asked if (point := place_of(firm)) is not None]
    points = np.array([point for _, point in placed]).reshape(-1, 2)
    within = shapely.intersects_xy(area, points[:, 0], points[:, 1]) if placed else np.zeros(0, dtype=bool)
    inside = [firm for (firm, _), is_in in zip(placed, within, strict=True) if is_in]
    told = [provenance_of(firm) for firm, _ in placed]
    counted = [value_of(firm, "employees") for firm in inside]
    unknown = any(count is None for count in counted)
    return Inside(
        boundary=name,
        geometry=dict(boundary),
        asked=_asked(wanted, tag),
        inside=len(inside),
        placed=len(placed),
        unplaced=len(asked) - len(placed),
        employees_inside=None if unknown or not inside else int(sum(counted)),
        area_km2=abs(EARTH.geometry_area_perimeter(shapely.orient_polygons(area))[0]) / 1e6,
        sources=tuple(sorted({one.source for one in told if one.source})),
        status=combine_status(one.status for one in told),
        firms=tuple(firm["id"] for firm in inside),
    )


def read_boundary(boundary: Mapping[str, Any]) -> shapely.Geometry:
    """A polygon or several as a shape; anything else, and one that crosses itself, is refused."""
    if boundary.get("type") not in ("Polygon", "MultiPolygon"):
        raise DataError("clusters.boundary-no-area", found=boundary.get("type"))
    try:
        shape = shapely.from_geojson(_json(boundary))
    except shapely.errors.GEOSException:
        raise DataError("clusters.boundary-no-area", found="-") from None
    if shape.is_empty or not shape.is_valid:
        raise DataError("clusters.boundary-crosses", why=shapely.is_valid_reason(shape))
    return shape


def _json(boundary: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(boundary)).decode()


def _is_asked(firm: Document, codes: Sequence[str], tag: str | None) -> bool:
    by_code = not codes or any(falls_under(code, codes) for code in known_codes(value_of(firm, "ksicCodes") or ()))
    return by_code and (tag is None or value_of(firm, "strategicIndustry") == tag)


def place_of(document: Document) -> tuple[float, float] | None:
    """The middle of where an entity stands in longitude and latitude; None where nobody said."""
    geometry = geometry_of(document)
    if geometry is None:
        return None
    if geometry["type"] == "Point":
        return float(geometry["coordinates"][0]), float(geometry["coordinates"][1])
    centre = shapely.from_geojson(_json(geometry)).centroid
    return centre.x, centre.y


def _asked(codes: Sequence[str], tag: str | None) -> Pair:
    said = ", ".join([*codes, *([tag] if tag else [])])
    return both("clusters.asked", what=said) if said else both("clusters.asked-all")
