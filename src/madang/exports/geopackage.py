"""Entities as a GeoPackage for GIS tools: one layer a type, attributes as columns, longitude and latitude.

Each value's `.unit`, `.status` and `.source` stand beside it as in every table (`exports.flat`), and the layer's
metadata name data sets, licences and attributions. The solids of city models (`geometry3d`) are left to CityJSON and
glTF. A city file is never written over: it is a GeoPackage too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from madang.entities.entity import Document, types_of
from madang.errors import CallerError
from madang.exports.flat import flatten
from madang.exports.tables import column_of
from madang.store import is_open_city

LEFT_OUT = frozenset(("geometry3d",))
TAKEN = frozenset(("fid", "geom"))  # columns the format has itself
CITY_MARK = b"CREATE TABLE md_schema"
HEAD_BYTES = 1 << 20


def check_no_city(path: Path) -> None:
    """Refuse to write over a city file."""
    if not path.exists():
        return
    if not is_open_city(path):
        with path.open("rb") as file:
            if CITY_MARK not in file.read(HEAD_BYTES):
                return
    raise CallerError("exports.over-a-city", path=str(path))


def write_geopackage(documents: Sequence[Document], credits_: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the entities, a layer for each type in the order in which the types are met."""
    import pyogrio

    by_type: dict[str, list[Document]] = {}
    for document in documents:
        by_type.setdefault(types_of(document)[0], []).append(document)
    made = path.with_name(path.name + ".gpkg")  # the ending that the format's driver asks for
    try:
        for number, (name, of_type) in enumerate(by_type.items()):
            table, kind = _layer(of_type)
            pyogrio.write_arrow(
                table, made, driver="GPKG", layer=name.rpartition("/")[2].rpartition(":")[2] or name,
                geometry_name="geometry", geometry_type=kind, crs="EPSG:4326", append=number > 0,
                layer_metadata={"sources": orjson.dumps(list(credits_)).decode()},
            )  # fmt: skip
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _layer(documents: Sequence[Document]) -> tuple[pa.Table, str]:
    """The entities of one type as a table with a geometry column, and the kind of geometry they share."""
    flat = flatten([{k: v for k, v in document.items() if k not in LEFT_OUT} for document in documents])
    shapes = shapely.force_2d(np.array(flat.geometries, dtype=object))
    kinds = {shape.geom_type for shape in shapes[~shapely.is_missing(shapes)]}
    bare = {kind.removeprefix("Multi") for kind in kinds}
    kind = next(iter(kinds)) if len(kinds) == 1 else "Unknown"
    if len(kinds) == 2 and len(bare) == 1:
        kind = f"Multi{bare.pop()}"
        gather = {"MultiPolygon": shapely.multipolygons, "MultiLineString": shapely.multilinestrings}
        many = gather.get(kind, shapely.multipoints)
        shapes = np.array([s if s is None or s.geom_type == kind else many([s]) for s in shapes], dtype=object)
    arrays = {f"{n}_" if n.lower() in TAKEN else n: column_of(values) for n, values in flat.columns.items()}
    arrays["geometry"] = pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())
    fields = [pa.field(name, array.type) for name, array in arrays.items()]
    fields[-1] = fields[-1].with_metadata({"ARROW:extension:name": "ogc.wkb"})
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields)), kind
