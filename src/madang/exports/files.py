"""Entities to a file that others read, chosen by the file's ending: GeoJSON, NGSI-LD JSON, CSV, Excel, GeoParquet,
GeoPackage, CityJSON and CityJSONSeq, glTF.

Every file carries where its data come from, as far as its format can: GeoJSON and Parquet name datasets, licences and
attributions; CSV and the others carry the `source` and `status` of each value. A file appears whole or not at all.

`check_open` says whether the data may be passed on to anybody: a licence that is private, restricted or unknown
forbids it (the strictest of the datasets counts).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from madang.entities.entity import Document, geometry_of, value_of
from madang.errors import CallerError, FileError, ForbiddenError
from madang.exports.flat import Flat, flatten, plain, sources_of
from madang.exports.geopackage import check_no_city, write_geopackage
from madang.exports.tables import column_of, geoparquet_note
from madang.exports.workbook import write_workbook
from madang.indicators.provenance import combine_licences, freedom_of
from madang.store import View

if TYPE_CHECKING:
    from madang.exports.cityjson import CityModelOut

OPEN = ("free", "attribution", "share-alike")


@dataclass(frozen=True)
class Exported:
    """What was written where, and how many entities have no geometry (formats of features show them without one)."""

    path: Path
    format: str
    entities: int
    without_geometry: int
    sources: tuple[dict[str, Any], ...]


def export(
    view: View, documents: Sequence[Document], path: Path, *, context: str | None = None, crs: str | None = None
) -> Exported:
    """Write entities to a file, replacing it; `context` is the @context that NGSI-LD entities shall name.

    Without a context, NGSI-LD entities carry the city's own names, as Madang reads them. `crs` is the coordinate
    system of a CityJSON file; without it the models' own. A building of a city model takes its parts along.
    """
    writer = _WRITERS.get("".join(path.suffixes[-2:]).lower()) or _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise CallerError("exports.format-unknown", path=str(path), known=", ".join(sorted(_WRITERS)))
    name, write = writer
    if crs is not None and write not in _IN_ANY_CRS:
        raise CallerError("exports.crs-fixed", path=str(path), format=name)
    if write in _WITH_PARTS:
        documents = with_parts(view, documents)
    if write is _write_geopackage:
        check_no_city(path)
    credits_ = credits_of(view, documents)
    unfinished = path.with_name(f".{path.name[:60]}.{os.getpid()}.part")
    try:
        write(_Content(view, documents, credits_, context, crs), unfinished)
        unfinished.replace(path)
    except OSError as problem:
        raise FileError("exports.unwritable", path=str(path), why=problem.strerror or str(problem)) from problem
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    missing = sum(geometry_of(document) is None for document in documents)
    return Exported(path, name, len(documents), missing, tuple(credits_))


def credits_of(view: View, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Title, licence and attribution of each dataset the entities come from; an unknown dataset says nothing."""
    return [_credit(source, view.document(source)) for source in sources_of(documents)]


def check_open(view: View, documents: Sequence[Document]) -> None:
    """Raise ForbiddenError unless the licences of all datasets allow passing the data on."""
    found = credits_of(view, documents)
    licence = combine_licences(credit["licence"] for credit in found)
    if not licence.may_be_exported:
        closed = [c["title"] or c["id"] for c in found if freedom_of(c["licence"]) not in OPEN]
        raise ForbiddenError("exports.not-open", datasets=", ".join(map(str, closed)) or "—", found=licence.freedom)


@dataclass(frozen=True)
class _Content:
    view: View
    documents: Sequence[Document]
    credits: Sequence[dict[str, Any]]
    context: str | None
    crs: str | None

    @cached_property
    def flat(self) -> Flat:
        """The entities as columns, made when a format asks for them."""
        return flatten(self.documents)

    @property
    def datasets(self) -> dict[str, Document]:
        """The records of the data sets the entities come from."""
        found = {credit["id"]: self.view.document(credit["id"]) for credit in self.credits}
        return {id: record for id, record in found.items() if record is not None}


def with_parts(view: View, documents: Sequence[Document]) -> Sequence[Document]:
    """The entities, and the parts of those that have some, whose bodies are theirs."""
    known = {document["id"]: document for document in documents}
    open_ = [document for document in documents if "parts" in document]
    while open_:
        parts = value_of(open_.pop(), "parts") or ()
        for id in (parts,) if isinstance(parts, str) else parts:
            if id not in known and (part := view.document(id)) is not None:
                known[id] = part
                open_.append(part)
    return list(known.values())


def _credit(source: str, record: Document | None) -> dict[str, Any]:
    members = ("title", "licence", "attribution")
    return {"id": source, **{name: None if record is None else plain(value_of(record, name)) for name in members}}


def _write_geojson(content: _Content, path: Path) -> None:
    shapes = shapely.to_geojson(np.array(content.flat.geometries, dtype=object)).tolist()
    features = [
        {
            "type": "Feature",
            "id": row["id"],
            "geometry": None if shape is None else orjson.Fragment(shape),
            "properties": row,
        }
        for shape, row in zip(shapes, content.flat.rows(), strict=True)
    ]
    collection = {"type": "FeatureCollection", "sources": list(content.credits), "features": features}
    path.write_bytes(orjson.dumps(collection))


def _write_ngsi_ld(content: _Content, path: Path) -> None:
    added = {} if content.context is None else {"@context": content.context}
    path.write_bytes(orjson.dumps([document | added for document in content.documents]))


def _write_csv(content: _Content, path: Path) -> None:
    columns = content.flat.columns
    # With a byte order mark spreadsheets read Korean as what it is.
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow([*columns, "geometry"])
        shapes = shapely.to_wkt(np.array(content.flat.geometries, dtype=object), rounding_precision=7).tolist()
        rows.writerows(zip(*columns.values(), shapes, strict=True))


def _write_excel(content: _Content, path: Path) -> None:
    write_workbook(content.documents, content.credits, path)


def _write_parquet(content: _Content, path: Path) -> None:
    import pyarrow.parquet as pq

    shapes = np.array(content.flat.geometries, dtype=object)
    arrays = {name: column_of(values) for name, values in content.flat.columns.items()}
    arrays["geometry"] = pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())
    table = pa.table(arrays)
    notes = {b"geo": orjson.dumps(geoparquet_note(shapes)), b"sources": orjson.dumps(list(content.credits))}
    pq.write_table(table.replace_schema_metadata(notes), path, compression="zstd")


def _write_geopackage(content: _Content, path: Path) -> None:
    write_geopackage(content.documents, content.credits, path)


def _write_cityjson(content: _Content, path: Path) -> None:
    from madang.exports.cityjson import write_cityjson

    write_cityjson(_model(content), path)


def _write_cityjson_sequence(content: _Content, path: Path) -> None:
    from madang.exports.cityjson import write_cityjson_sequence

    write_cityjson_sequence(_model(content), path)


def _model(content: _Content) -> CityModelOut:
    from madang.exports.cityjson import CityModelOut

    return CityModelOut(content.documents, content.datasets, content.credits, crs=content.crs)


def _write_gltf(content: _Content, path: Path) -> None:
    from madang.exports.gltf import write_gltf

    write_gltf(_model(content), path)


_WRITERS: dict[str, tuple[str, Callable[[_Content, Path], None]]] = {
    ".geojson": ("GeoJSON", _write_geojson),
    ".json": ("NGSI-LD", _write_ngsi_ld),
    ".jsonld": ("NGSI-LD", _write_ngsi_ld),
    ".csv": ("CSV", _write_csv),
    ".xlsx": ("Excel", _write_excel),
    ".parquet": ("GeoParquet", _write_parquet),
    ".gpkg": ("GeoPackage", _write_geopackage),
    ".city.json": ("CityJSON", _write_cityjson),
    ".cityjson": ("CityJSON", _write_cityjson),
    ".city.jsonl": ("CityJSONSeq", _write_cityjson_sequence),
    ".glb": ("glTF", _write_gltf),
}
_IN_ANY_CRS = (_write_cityjson, _write_cityjson_sequence)
_WITH_PARTS = (_write_cityjson, _write_cityjson_sequence, _write_gltf)
