"""Implicit geometry: one shape drawn once and set up many times (trees, lamps, signs).

An instance is a template, a matrix of 4 x 4 and a reference point. Its corners are the matrix times the template's
corners, in metres, put at the reference point after that has been placed in the model's plane. A template may stand in
another object, before or after; a template in a file of its own (`libraryObject`) is not read, but counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.sources.citygml.geometry import Drawing, Geometry, settle
from madang.sources.citygml.names import HREF, id_of, local
from madang.sources.citygml.safe import floats
from madang.sources.solids import Floats


@dataclass(eq=False)
class Template:
    """A shape of its own coordinates."""

    rows: Floats
    geometries: list[Geometry]


@dataclass(eq=False)
class Instance:
    """A template set up at a place: by its id until it is found."""

    lod: str
    matrix: Floats  # 4 x 4
    place: int  # row of the drawing that holds the reference point
    wanted: str | None
    template: Template | None = None


def read_instance(element: Any, lod: str, drawing: Drawing) -> Instance | None:
    """An ImplicitGeometry; None, and counted, where it can't be drawn from this file alone."""
    if local(element) != "ImplicitGeometry":
        return None
    matrix = np.eye(4)
    place: int | None = None
    wanted: str | None = None
    template: Template | None = None
    library = False
    for part in element:
        name = local(part)
        if name == "transformationMatrix":
            matrix = _matrix(part, drawing)
        elif name == "referencePoint":
            start, stop = drawing.positions(part, drawing.dimension)
            place = start if stop > start else None
        elif name in ("relativeGMLGeometry", "relativeGeometry"):
            href = part.get(HREF)
            if href:
                wanted = href[1:] if href.startswith("#") else None
                library |= wanted is None
            for inner in part:
                template = read_template(inner, lod, drawing)
                wanted = id_of(inner) or wanted
        elif name == "libraryObject":
            library = True
    if place is None or (template is None and wanted is None):
        drawing.count("library-objects" if library else "implicit-without-place")
        return None
    return Instance(lod, matrix, place, wanted, template)


def read_template(element: Any, lod: str, drawing: Drawing) -> Template:
    """A geometry with coordinates of its own."""
    own = Drawing(drawing.where, None, drawing.triangles)
    geometries = list(own.geometries(element, lod, ""))
    for geometry in geometries:
        settle(geometry, own.by_id.get, own)
    for name, count in own.counts.items():
        drawing.count(name, count)
    return Template(own.rows(), geometries)


def _matrix(part: Any, drawing: Drawing) -> Floats:
    numbers = floats(part.text or "", drawing.where, part.sourceline or 0)
    if len(numbers) != 16:
        raise DataError("citygml.bad-matrix", place=drawing.place(part), found=len(numbers))
    return np.array(numbers).reshape(4, 4)
