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
    """The `geometry3d` of one thing; its geometries are drawn with rows of `millimetres`."""
    corners = np.concatenate([millimetres[a:b] for geometry in geometries for a, b in spans_of(geometry)])
    low = corners.min(axis=0)
    numbers: dict[tuple[int, ...], int] = {}
    index = [numbers.setdefault(corner, len(numbers)) for corner in map(tuple, (corners - low).tolist())]
    made: list[dict[str, Any]] = []
    at = 0
    for geometry in geometries:
        at = _add(geometry, index, at, made)
    return {
        "crs": crs,
        "transform": {"scale": [STEP_M, STEP_M, STEP_M], "translate": [round(v / 1000, 3) for v in low.tolist()]},
        "vertices": [list(corner) for corner in numbers],
        "geometry": made,
    }


def spans_of(geometry: Geometry) -> list[tuple[int, int]]:
    """The stretches of rows that a geometry is drawn with, among the corners of many members."""
    by = geometry.offset
    if geometry.lines:
        return [(a + by, b + by) for a, b in geometry.lines]
    return [(a + by, b + by) for shell in geometry.shells for polygon in shell for a, b in polygon.rings]


def _add(geometry: Geometry, index: list[int], at: int, into: list[dict[str, Any]]) -> int:
    """Write one geometry over the corners from `at` on; gives where the next one begins."""
    made: dict[str, Any] = {"type": geometry.kind, "lod": geometry.lod}
    into.append(made)
    if geometry.lines:
        lines = []
        for a, b in geometry.lines:
            lines.append(index[at : at + b - a])
            at += b - a
        made["boundaries"] = lines if geometry.kind == "MultiLineString" else [n for line in lines for n in line]
        return at
    said: list[dict[str, Any]] = []
    known: dict[tuple[int, int], int] = {}
    shells, values = [], []
    for shell in geometry.shells:
        surfaces = []
        for polygon in shell:
            rings = []
            for a, b in polygon.rings:
                rings.append(index[at : at + b - a])
                at += b - a
            surfaces.append(rings)
        shells.append(surfaces)
        values.append([_meaning(polygon, said, known) for polygon in shell])
    meant: list[Any]
    if geometry.kind in ("MultiSolid", "CompositeSolid"):
        made["boundaries"], meant = _by_solid(shells, geometry.solids), _by_solid(values, geometry.solids)
    elif geometry.kind == "Solid":
        made["boundaries"], meant = shells, values
    else:
        made["boundaries"] = [surface for shell in shells for surface in shell]
        meant = [value for shell in values for value in shell]
    if said:
        made["semantics"] = {"surfaces": said, "values": meant}
    return at


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
