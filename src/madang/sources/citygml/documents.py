"""Geometry of things as `geometry3d`: whole millimetres, corners shared, surfaces with what they are.

The document is the one CityJSON's objects have (`sources/solids.py`): {"crs", "transform", "vertices", "geometry"}.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from madang.sources.citygml.geometry import Geometry, Polygon
from madang.sources.citygml.objects import Thing
from madang.sources.solids import STEP_M

Ints = npt.NDArray[np.int64]


def document_of(geometries: list[Geometry], millimetres: Ints, crs: str) -> dict[str, Any]:
    """The `geometry3d` of one thing; spans of its geometries are rows of `millimetres`."""
    spans = [span for geometry in geometries for span in spans_of(geometry)]
    corners = millimetres[np.concatenate([np.arange(a, b) for a, b in spans])] if len(spans) > 64 else np.concatenate(
        [millimetres[a:b] for a, b in spans]
    )  # fmt: skip
    low = corners.min(axis=0)
    numbers: dict[tuple[int, ...], int] = {}
    index = [numbers.setdefault(corner, len(numbers)) for corner in map(tuple, (corners - low).tolist())]
    at = 0
    rows: dict[tuple[int, int], list[int]] = {}
    for a, b in spans:
        rows[(a, b)] = index[at : at + b - a]
        at += b - a
    return {
        "crs": crs,
        "transform": {"scale": [STEP_M, STEP_M, STEP_M], "translate": [round(v / 1000, 3) for v in low.tolist()]},
        "vertices": [list(corner) for corner in numbers],
        "geometry": [_geometry(geometry, rows) for geometry in geometries],
    }


def spans_of(geometry: Geometry) -> list[tuple[int, int]]:
    """The stretches of rows that a geometry is drawn with."""
    if geometry.lines:
        return list(geometry.lines)
    return [ring for shell in geometry.shells for polygon in shell for ring in polygon.rings]


def _geometry(geometry: Geometry, rows: dict[tuple[int, int], list[int]]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": geometry.kind, "lod": geometry.lod}
    if geometry.kind == "MultiLineString":
        return {**made, "boundaries": [rows[span] for span in geometry.lines]}
    if geometry.kind == "MultiPoint":
        return {**made, "boundaries": [index for span in geometry.lines for index in rows[span]]}
    said: list[dict[str, Any]] = []
    known: dict[tuple[int, int], int] = {}
    shells, values = [], []
    for shell in geometry.shells:
        shells.append([[rows[ring] for ring in polygon.rings] for polygon in shell])
        values.append([_meaning(polygon, said, known) for polygon in shell])
    if geometry.kind in ("MultiSolid", "CompositeSolid"):
        made["boundaries"], meant = _by_solid(shells, geometry.solids), _by_solid(values, geometry.solids)
    elif geometry.kind == "Solid":
        made["boundaries"], meant = shells, values
    else:
        made["boundaries"] = [surface for shell in shells for surface in shell]
        meant = [value for shell in values for value in shell]
    if said:
        made["semantics"] = {"surfaces": said, "values": meant}
    return made


def _by_solid(shells: list[Any], sizes: list[int]) -> list[Any]:
    parts = iter(shells)
    return [[next(parts) for _ in range(size)] for size in sizes]


def _meaning(polygon: Polygon, said: list[dict[str, Any]], known: dict[tuple[int, int], int]) -> int | None:
    if polygon.meaning is None:
        return None
    owner: Thing = polygon.owner
    key = (id(owner), polygon.meaning)
    if key not in known:
        known[key] = len(said)
        said.append(owner.meanings[polygon.meaning])
    return known[key]
