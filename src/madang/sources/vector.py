"""Layers of features: GeoJSON by itself, everything else that GDAL reads through pyogrio.

GeoJSON is parsed here, so that a bad feature is named by its number and a ring that is not closed is refused instead of
being closed in silence. Any coordinate system becomes longitude and latitude; a layer that does not state its system is
refused unless the mapping does. Shapefiles without a `.cpg` are UTF-8 or cp949, whichever their text is.

With a mapping, or a shipped profile for a well-known file, columns become what the mapping says. Without one every
column is kept under its own name, the type is the caller's or guessed from the layer's name, and the report says so.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from madang.entities.entity import NO_ATTRIBUTE_NAMES, is_name
from madang.entities.geojson import check_geometry
from madang.errors import CallerError, DataError, MadangError
from madang.sources.base import Loaded, Problems, Tally, joins_of
from madang.sources.encoding import nearest
from madang.sources.mapping import Column, MappingFile, profile_for, read_mapping
from madang.sources.marks import json_kind
from madang.sources.records import Builder, Record, dataset_of, joins_wanted
from madang.sources.shapes import WGS84, Geometries, geojson, invalid, outside, repaired, to_degrees

GDAL_SUFFIXES = frozenset(
    (".gpkg", ".shp", ".zip", ".fgb", ".gml", ".kml", ".kmz", ".gpx", ".dxf", ".tab", ".mif", ".geojsonl", ".geojsons",
     ".ndgeojson", ".topojson")
)  # fmt: skip
KEY_NAMES = ("id", "gid", "fid", "uid", "pnu", "bd_mng_id", "ufid", "osm_id", "link_id", "adm_cd", "code")
TYPE_WORDS = (
    (("build", "bldg", "건물"), "Building"),
    (("parcel", "필지", "지적", "cadast"), "Parcel"),
    (("road", "highway", "street", "도로", "link"), "RoadSegment"),
    (("bus", "정류"), "BusStop"),
    (("zon", "landuse", "land_use", "용도"), "LandUse"),
    (("bridge", "교량"), "Bridge"),
    (("water", "river", "수역", "하천"), "WaterBody"),
    (("tree", "수목", "가로수"), "SolitaryVegetationObject"),
)


@dataclass(frozen=True)
class Layer:
    """Features as they stand in a file: geometries in the layer's own system, one list of cells a column."""

    name: str
    crs: str | None
    geometries: Geometries
    columns: dict[str, list[Any]]
    wheres: list[str]


class VectorSource:
    """Reads layers of features."""

    name = "vector"

    def can_read(self, path: Path) -> bool:
        """GeoJSON by its content, the rest by its suffix."""
        return path.suffix.lower() in GDAL_SUFFIXES or json_kind(path) == "geojson"

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The features of one layer as entities."""
        given = read_mapping(mapping) if mapping else None
        tally = Tally("features")
        problems = Problems(tally, skip_bad)
        layer = _geojson_layer(path, problems) if json_kind(path) == "geojson" else _gdal_layer(path, given)
        used = given or profile_for(path.name, list(layer.columns)) or _guessed(path, layer, type, tally)
        if given is None and used.name != path.name:
            tally.note("note-profile", profile=used.name)
        if type is not None:
            used = replace(used, type=type)
        used.check_columns(path.name, list(layer.columns))
        dataset = dataset_of(used, path.name)
        entities = Builder(used, dataset["id"], tally, problems).build(_records(path, layer, used, tally))
        return Loaded(entities, [dataset], {}, tally.report(path.name), joins_of(entities, joins_wanted(used)))


def _records(path: Path, layer: Layer, mapping: MappingFile, tally: Tally) -> Iterator[Record]:
    """Records with their geometry in lon/lat; repaired polygons are counted."""
    crs = layer.crs or mapping.crs
    if crs is None:
        raise DataError("sources.no-crs", file=path.name, layer=layer.name)
    bad = invalid(layer.geometries)
    tally.facts["repaired"] = int(bad.sum())
    if bad.any():
        tally.note("note-repaired", count=int(bad.sum()), example=layer.wheres[int(np.flatnonzero(bad)[0])])
    missing = shapely.is_missing(layer.geometries) | shapely.is_empty(layer.geometries)
    shapes: list[Any] = [None] * len(layer.geometries)
    there = np.flatnonzero(~missing)
    if len(there):
        moved = to_degrees(repaired(layer.geometries[there]), crs)
        beyond = there[outside(moved)]
        if len(beyond):
            where = layer.wheres[int(beyond[0])]
            raise DataError("sources.outside-the-world", place=where, crs=crs, more=len(beyond) - 1)
        for index, found in zip(there, geojson(moved), strict=True):
            shapes[index] = found
    names = list(layer.columns)
    for where, shape, *cells in zip(layer.wheres, shapes, *layer.columns.values(), strict=True):
        yield Record(where, dict(zip(names, cells, strict=True)), shape)


# --- GeoJSON ---------------------------------------------------------------------------------------------------------


def _geojson_layer(path: Path, problems: Problems) -> Layer:
    try:
        parsed = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as wrong:
        raise DataError("sources.bad-json", file=path.name, line=wrong.lineno, why=wrong.msg) from None
    features = parsed.get("features") if parsed.get("type") == "FeatureCollection" else [parsed]
    if not isinstance(features, list):
        raise DataError("sources.bad-geojson", file=path.name, place="features", found=type(features).__name__)
    drawn, cells, wheres = [], [], []
    for number, feature in enumerate(features, 1):
        where = f"{path.name}, feature {number}"
        try:
            geometry = _geometry_of(feature, where, path.name)
        except MadangError as problem:
            problems.tally.read += 1
            problems.add(problem, example=where)
            continue
        drawn.append(geometry)
        cells.append(feature.get("properties") or {})
        wheres.append(where)
    columns: dict[str, list[Any]] = {name: [] for row in cells for name in row}
    for row in cells:
        for name, column in columns.items():
            column.append(row.get(name))
    texts = np.array([None if g is None else orjson.dumps(g).decode() for g in drawn], dtype=object)
    return Layer(
        str(parsed.get("name") or path.stem),
        _stated_crs(parsed, path.name),
        shapely.from_geojson(texts),
        columns,
        wheres,
    )


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


def _gdal_layer(path: Path, mapping: MappingFile | None) -> Layer:
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
        meta, fids, wkb, columns = pyogrio.raw.read(path, layer=layer, return_fids=True, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, IndexError) as wrong:
        raise DataError("sources.unreadable", file=path.name, why=wrong) from None
    wheres = [f"{path.name}, feature {fid}" for fid in fids.tolist()]
    return Layer(
        layer,
        meta["crs"],
        _drawn(wkb, wheres),
        {str(n): _column(c) for n, c in zip(meta["fields"], columns, strict=True)},
        wheres,
    )


def _drawn(wkb: Any, wheres: Sequence[str]) -> Geometries:
    if wkb is None:
        return np.full(len(wheres), None, dtype=object)
    drawn: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = shapely.is_missing(drawn) & np.array([part is not None for part in wkb])
    if lost.any():
        raise DataError("sources.bad-geometry", place=wheres[int(np.flatnonzero(lost)[0])], more=int(lost.sum()) - 1)
    return drawn


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
    elif path.suffix.lower() in (".zip", ".kmz") and not zipfile.is_zipfile(path):
        raise DataError("sources.truncated-zip", file=path.name)


def _dbf_encoding(path: Path) -> str | None:
    """The encoding of a shapefile's texts, where no .cpg file tells it."""
    if path.suffix.lower() != ".shp" or any(path.with_suffix(s).exists() for s in (".cpg", ".CPG")):
        return None
    for suffix in (".dbf", ".DBF"):
        table = path.with_suffix(suffix)
        if table.exists():
            return "UTF-8" if nearest(table.read_bytes()[32:4_000_000]) == "utf-8" else "CP949"
    return None


# --- without a mapping -----------------------------------------------------------------------------------------------


def _guessed(path: Path, layer: Layer, type: str | None, tally: Tally) -> MappingFile:
    """Every column under its own name; what was guessed is said in the report."""
    chosen = type or guessed_type(f"{layer.name} {path.stem}")
    key = next((name for name in layer.columns if name.lower() in KEY_NAMES and _is_key(layer.columns[name])), None)
    if type is None:
        tally.note("note-guessed-type", type=chosen, layer=layer.name)
    tally.note("note-guessed-key", key=key) if key else tally.note("note-numbered")
    columns = tuple(Column(name, attribute_name(name)) for name in layer.columns)
    stem = re.sub(r"[^\w.-]+", "-", path.stem)
    return MappingFile(
        name=path.name, type=chosen, authority=stem, key=(key,) if key else (), columns=columns, missing=frozenset({""})
    )


def guessed_type(text: str) -> str:
    """A type by the words in a layer's or file's name; CityObject if none fits."""
    words = text.lower()
    return next((type for needles, type in TYPE_WORDS if any(needle in words for needle in needles)), "CityObject")


def attribute_name(column: str) -> str:
    """A column's name as an attribute name."""
    name = re.sub(r"\W+", "_", column.strip()).strip("_") or "column"
    if not name[0].isalpha():
        name = f"column_{name}"
    if (
        name in ("id", "type", "scope", "expiresAt", "location", "source")
        or name in NO_ATTRIBUTE_NAMES
        or not is_name(name)
    ):
        name = f"{name}_"
    return name


def _is_key(values: list[Any]) -> bool:
    return all(value not in (None, "") for value in values) and len(set(map(str, values))) == len(values)
