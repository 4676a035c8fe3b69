"""Columns of cells as Arrow arrays of one type each, and what GeoParquet says of its geometry."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import shapely


def column_of(values: list[Any]) -> pa.Array:
    """Cells as one type: whole numbers, yes and no, and texts as they are, numbers as 64 bits, a mixture as text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.array(values, pa.string())
    if kinds <= {int} or kinds <= {bool} or kinds <= {str}:
        try:
            return pa.array(values)
        except (OverflowError, pa.ArrowInvalid):  # beyond 64 bits
            pass
    elif kinds <= {int, float}:
        return pa.array(values, pa.float64())
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def geoparquet_note(shapes: Any) -> dict[str, Any]:
    """GeoParquet 1.1 metadata; without a crs member it is longitude and latitude on WGS84."""
    present = shapes[~shapely.is_missing(shapes)]
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted({_type_name(shape) for shape in present})}
    if len(present):
        column["bbox"] = shapely.total_bounds(present).tolist()
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _type_name(shape: Any) -> str:
    return f"{shape.geom_type} Z" if shape.has_z else str(shape.geom_type)
