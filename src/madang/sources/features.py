"""Features of a file, batch by batch: GeoJSON, what GDAL reads, GeoParquet.

A `FeatureFile` says what the file is once (layer, coordinate system, how many) and gives its features in batches: the
geometries in the layer's own system, one list of cells a column. Nothing here knows entities.

GeoJSON is parsed here, so that a bad feature is named by its number and a ring that is not closed is refused instead
of being closed in silence; up to `SMALL_BYTES` at once, which is fastest, above that feature by feature (ijson).
Shapefiles without a `.cpg` are UTF-8 or cp949, whichever their text is. GeoParquet is read row group by row group; its
geometries must be well-known binary, which nearly every writer uses.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from madang.entities.geojson import check_geometry
from madang.errors import CallerError, DataError, MadangError
from madang.sources.encoding import nearest
from madang.sources.gdal import short_reason
from madang.sources.mapping import MappingFile
from madang.sources.shapes import WGS84, Geometries
from madang.sources.zips import BROKEN, LAYERS, check_contents, check_sizes

BATCH = 5_000
SMALL_BYTES = 32_000_000
MOST_VERTICES = 5_000_000
Bad = Callable[[MadangError, str], None]


@dataclass(frozen=True)
class Batch:
    """A stretch of a layer: geometries (None where a feature has none), cells by column, and where each stands."""

    geometries: Geometries
    columns: dict[str, list[Any]]
    wheres: list[str]

    def __len__(self) -> int:
        return len(self.wheres)


@dataclass(frozen=True)
class FeatureFile:
    """A layer of a file. `batches` reads it anew each time; bad features go to the given function and are left out."""

    layer: str
    crs: str | None
    total: int | None
    large: bool
    batches: Callable[[Bad], Iterator[Batch]]


def open_features(path: Path, *, kind: str, mapping: MappingFile | None) -> FeatureFile:
    """The layer of a file of this kind: "geojson", "parquet" or "gdal"."""
    if kind == "geojson":
        return _geojson(path)
    return _parquet(path) if kind == "parquet" else _gdal(path, mapping)


def is_geoparquet(path: Path) -> bool:
    """Whether a file is Parquet with a geometry column that says so."""
    if path.suffix.lower() not in (".parquet", ".geoparquet"):
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _cells_of(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for row in rows for name in row}
    for row in rows:
        for name, column in columns.items():
            column.append(row.get(name))
    return columns


def _checked_sizes(drawn: Geometries, wheres: Sequence[str]) -> Geometries:
    """Refuse a geometry with more vertices than any city object has."""
    large = np.flatnonzero(shapely.get_num_coordinates(drawn) > MOST_VERTICES)
    if len(large):
        count = int(shapely.get_num_coordinates(drawn[large[0]]))
        raise DataError("sources.too-many-vertices", place=wheres[int(large[0])], found=count, most=MOST_VERTICES)
    return drawn


# --- GeoJSON ---------------------------------------------------------------------------------------------------------


def _geojson(path: Path) -> FeatureFile:
    if path.stat().st_size <= SMALL_BYTES:
        return _small_geojson(path)
    head = _members_around(path)

    def batches(bad: Bad) -> Iterator[Batch]:
        yield from _feature_batches(path, _streamed(path), bad)

    name = str(head.get("name") or path.stem)
    return FeatureFile(name, _stated_crs(head, path.name), _guessed_count(path), True, batches)


def _small_geojson(path: Path) -> FeatureFile:
    try:
        parsed = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as wrong:
        raise DataError("sources.bad-json", file=path.name, line=wrong.lineno, why=wrong.msg) from None
    features = parsed.get("features") if parsed.get("type") == "FeatureCollection" else [parsed]
    if not isinstance(features, list):
        raise DataError("sources.bad-geojson", file=path.name, place="features", found=type(features).__name__)

    def batches(bad: Bad) -> Iterator[Batch]:
        yield from _feature_batches(path, features, bad)

    return FeatureFile(
        str(parsed.get("name") or path.stem), _stated_crs(parsed, path.name), len(features), False, batches
    )


def _streamed(path: Path) -> Iterator[Any]:
    """The features of a large collection, one after the other."""
    import ijson

    number = 0
    try:
        with path.open("rb") as file:
            for feature in ijson.items(file, "features.item", use_float=True):
                number += 1
                yield feature
    except ijson.JSONError as wrong:
        place = f"feature {number + 1}"
        raise DataError(
            "sources.bad-json-feature", file=path.name, place=place, why=str(wrong).split("\n")[0]
        ) from None
    if number == 0:
        raise DataError("sources.bad-geojson", file=path.name, place="features", found="no features")


def _members_around(path: Path) -> dict[str, Any]:
    """The members of a collection that stand before and after its features (`name`, `crs`)."""
    with path.open("rb") as file:
        head = file.read(65536)
        file.seek(max(0, path.stat().st_size - 65536))
        tail = file.read()
    members: dict[str, Any] = {}
    before = re.split(rb'"features"\s*:', head, maxsplit=1)[0].rstrip(b" \t\r\n,") + b"}"
    after = b"{" + tail.rpartition(b"]")[2].lstrip(b" \t\r\n,")
    for part in (before.lstrip(b"\xef\xbb\xbf"), after):
        try:
            found = orjson.loads(part)
        except orjson.JSONDecodeError:
            continue
        members |= found if isinstance(found, dict) else {}
    return members


def _guessed_count(path: Path) -> int:
    """About how many features a large file has, from its first ones; only progress depends on it."""
    with path.open("rb") as file:
        head = file.read(1_000_000)
    return max(1, int(path.stat().st_size / len(head) * len(re.findall(rb'"Feature"', head))))


def _feature_batches(path: Path, features: Iterable[Any], bad: Bad) -> Iterator[Batch]:
    numbered = enumerate(features, 1)
    while part := list(islice(numbered, BATCH)):
        texts, rows, wheres = [], [], []
        for number, feature in part:
            where = f"{path.name}, feature {number}"
            try:
                geometry = _geometry_of(feature, where, path.name)
            except MadangError as problem:
                bad(problem, where)
                continue
            texts.append(None if geometry is None else orjson.dumps(geometry).decode())
            rows.append(feature.get("properties") or {})
            wheres.append(where)
        drawn: Geometries = shapely.from_geojson(np.array(texts, dtype=object))
        yield Batch(_checked_sizes(drawn, wheres), _cells_of(rows), wheres)


def _geometry_of(feature: Any, where: str, file: str) -> dict[str, Any] | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise DataError("sources.bad-geojson", file=file, place=where, found=_kind(feature))
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    try:
        check_geometry(geometry, place=where)
    except DataError as problem:
        if problem.code != "entities.coordinates-out-of-range":  # another system, which the file or mapping states
            raise
    return dict(geometry)


def _kind(value: Any) -> str:
    return str(value.get("type")) if isinstance(value, dict) else type(value).__name__


def _stated_crs(parsed: dict[str, Any], file: str) -> str:
    """The collection's `crs` member, else WGS 84, which is what GeoJSON is."""
    stated = parsed.get("crs")
    if stated is None:
        return WGS84
    name = stated.get("properties", {}).get("name", "") if isinstance(stated, dict) else str(stated)
    try:
        return str(CRS.from_user_input(name).to_string())
    except CRSError:
        raise DataError("sources.unknown-crs", file=file, found=name) from None


# --- what GDAL reads -------------------------------------------------------------------------------------------------

LARGE_COUNT = 50_000


def _gdal(path: Path, mapping: MappingFile | None) -> FeatureFile:
    check_whole(path)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        wanted = mapping.layer if mapping else None
        if wanted is not None and wanted not in names:
            raise DataError("sources.no-layer", file=path.name, layer=wanted, layers=", ".join(names))
        if wanted is None and len(names) > 1:
            raise CallerError("sources.several-layers", file=path.name, layers=", ".join(names))
        layer = wanted or names[0]
        encoding = (mapping.encoding if mapping else None) or _dbf_encoding(path)
        options = {"encoding": encoding} if encoding else {}
        told = pyogrio.read_info(path, layer=layer, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, IndexError) as wrong:
        raise _unreadable(path, wrong) from None
    total = int(told["features"])
    if total > LARGE_COUNT:
        return FeatureFile(layer, told["crs"], total, True, lambda bad: _arrow_batches(path, layer, options))
    return FeatureFile(layer, told["crs"], total, False, lambda bad: _whole_layer(path, layer, options))


def _whole_layer(path: Path, layer: str, options: dict[str, str]) -> Iterator[Batch]:
    try:
        meta, fids, wkb, columns = pyogrio.raw.read(path, layer=layer, return_fids=True, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as wrong:
        raise _unreadable(path, wrong) from None
    wheres = [f"{path.name}, feature {fid}" for fid in fids.tolist()]
    cells = {str(n): _column(c) for n, c in zip(meta["fields"], columns, strict=True)}
    yield Batch(_drawn(wkb, wheres), cells, wheres)


def _arrow_batches(path: Path, layer: str, options: dict[str, str]) -> Iterator[Batch]:
    """A large layer as a stream of Arrow batches, so that it never stands in memory whole."""
    opened = pyogrio.raw.open_arrow(
        path, layer=layer, batch_size=BATCH, return_fids=True, use_pyarrow=True, datetime_as_string=True, **options
    )
    try:
        with opened as (meta, reader):
            shape, key = meta["geometry_name"] or "wkb_geometry", meta.get("fid_column") or "OGC_FID"
            number = 0
            for arrow in reader:
                columns = {name: arrow.column(name) for name in arrow.schema.names}
                fids = columns.pop(key).to_pylist() if key in columns else range(number, number + len(arrow))
                wheres = [f"{path.name}, feature {fid}" for fid in fids]
                wkb = columns.pop(shape).to_numpy(zero_copy_only=False) if shape in columns else None
                number += len(arrow)
                yield Batch(_drawn(wkb, wheres), {n: _plain(c) for n, c in columns.items()}, wheres)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, OSError) as wrong:
        raise _unreadable(path, wrong) from None


def _plain(column: Any) -> list[Any]:
    return [None if isinstance(v, float) and v != v else v for v in column.to_pylist()]


def _drawn(wkb: Any, wheres: Sequence[str]) -> Geometries:
    if wkb is None:
        return np.full(len(wheres), None, dtype=object)
    drawn: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = shapely.is_missing(drawn) & np.array([part is not None for part in wkb])
    if lost.any():
        raise DataError("sources.bad-geometry", place=wheres[int(np.flatnonzero(lost)[0])], more=int(lost.sum()) - 1)
    return _checked_sizes(drawn, wheres)


def _column(column: Any) -> list[Any]:
    """A column as plain Python values; dates as text, not-a-number as None."""
    if np.issubdtype(column.dtype, np.datetime64):
        return [None if np.isnat(value) else str(value) for value in column]
    values: list[Any] = column.tolist()
    if np.issubdtype(column.dtype, np.floating):
        return [None if value != value else value for value in values]
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in values]


def check_whole(path: Path) -> None:
    """Refuse an SQLite file that is shorter than its header says, and ZIP archives that are cut."""
    with path.open("rb") as file:
        head = file.read(100)
    if head.startswith(b"SQLite format 3\x00") and len(head) == 100:
        page = int.from_bytes(head[16:18], "big")
        pages = int.from_bytes(head[28:32], "big")
        expected = (65536 if page == 1 else page) * pages
        if path.stat().st_size < expected:
            raise DataError("sources.truncated", file=path.name, size=path.stat().st_size, expected=expected)
    elif head.startswith(b"SQLite") or (path.suffix.lower() == ".gpkg" and not head.startswith(b"SQLite format 3\x00")):
        raise DataError("sources.not-a-geopackage", file=path.name)
    elif path.suffix.lower() in (".zip", ".kmz"):
        try:
            with zipfile.ZipFile(path) as archive:
                check_sizes(archive, LAYERS, file=path.name)
                check_contents(archive, file=path.name)
        except BROKEN:
            raise DataError("sources.truncated-zip", file=path.name) from None


def _unreadable(path: Path, wrong: Exception) -> DataError:
    return DataError("sources.unreadable-layers", file=path.name, why=short_reason(wrong, path))


def _dbf_encoding(path: Path) -> str | None:
    """The encoding of a shapefile's texts, where no .cpg file tells it."""
    if path.suffix.lower() != ".shp" or any(path.with_suffix(s).exists() for s in (".cpg", ".CPG")):
        return None
    for suffix in (".dbf", ".DBF"):
        table = path.with_suffix(suffix)
        if table.exists():
            return "UTF-8" if nearest(table.read_bytes()[32:4_000_000]) == "utf-8" else "CP949"
    return None


# --- GeoParquet ------------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> FeatureFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            schema, total = opened.schema_arrow, opened.metadata.num_rows
    except (pa.ArrowInvalid, OSError) as wrong:
        raise _unreadable(path, wrong) from None
    try:
        told = orjson.loads((schema.metadata or {})[b"geo"])
        shape = told["primary_column"]
        about = told["columns"][shape]
    except (KeyError, TypeError, orjson.JSONDecodeError):
        raise DataError("sources.parquet-without-geo", file=path.name, columns=", ".join(schema.names)) from None
    if about.get("encoding", "WKB") != "WKB" or shape not in schema.names:
        raise DataError("sources.parquet-encoding", file=path.name, column=shape, found=about.get("encoding"))
    return FeatureFile(
        path.stem, _projjson_crs(about, path.name), total, total > LARGE_COUNT, lambda bad: _row_batches(path, shape)
    )


def _projjson_crs(about: dict[str, Any], file: str) -> str | None:
    """The system of a geometry column: absent means longitude and latitude, null that nobody knows."""
    if "crs" not in about:
        return WGS84
    if about["crs"] is None:
        return None
    try:
        found = CRS.from_user_input(about["crs"])
    except CRSError:
        raise DataError("sources.unknown-crs", file=file, found=str(about["crs"])[:80]) from None
    return WGS84 if found.to_authority() == ("OGC", "CRS84") else str(found.to_string())


def _row_batches(path: Path, shape: str) -> Iterator[Batch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as opened:
            for arrow in opened.iter_batches(batch_size=BATCH):
                wheres = [f"{path.name}, row {n}" for n in range(number + 1, number + len(arrow) + 1)]
                number += len(arrow)
                columns = {n: arrow.column(n) for n in arrow.schema.names}
                drawn = _drawn(columns.pop(shape).to_numpy(zero_copy_only=False), wheres)
                yield Batch(drawn, {n: _written(c) for n, c in columns.items()}, wheres)
    except (pa.ArrowInvalid, OSError) as wrong:
        raise _unreadable(path, wrong) from None


def _written(column: Any) -> list[Any]:
    """Cells of a Parquet column; moments as text, bytes are no value."""
    import pyarrow as pa

    if pa.types.is_temporal(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_binary(column.type):
        return [None] * len(column)
    return _plain(column)
