"""Layers of features as entities: GeoJSON, GeoParquet, everything else that GDAL reads (`features` reads the files).

Any coordinate system becomes longitude and latitude; a layer that does not state its system is refused unless the
mapping does. A small file is read whole; a large one gives a `Flow`, so that a million footprints need not stand in
memory, and of keys seen only a hash is kept.

With a mapping, or a shipped profile for a well-known file, columns become what the mapping says. Without one every
column is kept under its own name, the type is the caller's or guessed from the layer's name, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from madang.entities.entity import NO_ATTRIBUTE_NAMES, Document, is_name
from madang.errors import DataError, MadangError
from madang.sources.base import Flow, Join, Loaded, Problems, SourceReport, Tally, joins_of
from madang.sources.features import Batch, FeatureFile, is_geoparquet, open_features
from madang.sources.mapping import Column, MappingFile, profile_for, read_mapping
from madang.sources.marks import json_kind
from madang.sources.plausible import check_area, impossible_elevation, impossible_elevations, name_of
from madang.sources.records import Builder, Record, dataset_of, joins_wanted
from madang.sources.shapes import geojson, invalid, outside, repaired, to_degrees

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
WRITTEN_AT_ONCE = 2000


class VectorSource:
    """Reads layers of features."""

    name = "vector"

    def can_read(self, path: Path) -> bool:
        """GeoJSON by its content, GeoParquet by its mark, the rest by its suffix."""
        return _kind(path) is not None

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded | Flow:
        """The features of one layer as entities; a large layer flows."""
        given = read_mapping(mapping) if mapping else None
        kind = _kind(path) or "gdal"
        flow = LayerFlow(path, open_features(path, kind=kind, mapping=given), given, type=type, skip_bad=skip_bad)
        return flow if flow.file.large else flow.whole()


def _kind(path: Path) -> str | None:
    if json_kind(path) == "geojson":
        return "geojson"
    if is_geoparquet(path):
        return "parquet"
    return "gdal" if path.suffix.lower() in GDAL_SUFFIXES else None


class LayerFlow:
    """One layer on its way to entities."""

    def __init__(
        self, path: Path, file: FeatureFile, given: MappingFile | None, *, type: str | None, skip_bad: bool
    ) -> None:
        self.path, self.file, self.total = path.name, file, file.total
        self._where, self._given, self._type, self._skip_bad = path, given, type, skip_bad
        self._finished: tuple[SourceReport, Sequence[Join]] | None = None

    def blobs(self) -> Iterator[bytes]:
        """None: a layer is entities and nothing else."""
        return iter(())

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report and the joins, once the batches have gone by."""
        if self._finished is None:
            raise RuntimeError("the batches have not gone by yet")
        return self._finished

    def batches(self) -> Iterator[Sequence[Document]]:
        """The dataset, then the entities, some thousand at a time."""
        reading = _Reading(self)
        told = False
        for batch in self.file.batches(reading.bad):
            entities = reading.entities(batch)
            reading.problems.raise_any()
            if not told and reading.dataset is not None:
                told = True
                yield [reading.dataset]
            for start in range(0, len(entities), WRITTEN_AT_ONCE):
                yield entities[start : start + WRITTEN_AT_ONCE]
        self._finished = reading.finish()

    def whole(self) -> Loaded:
        """The layer read at once; every bad feature is counted before the first is reported."""
        reading = _Reading(self)
        entities = [one for batch in self.file.batches(reading.bad) for one in reading.entities(batch)]
        reading.problems.raise_any()
        report, joins = reading.finish()
        datasets = [reading.dataset] if reading.dataset is not None else []
        return Loaded(entities, datasets, {}, report, joins)


class _Reading:
    """What is known while the batches of a layer go by."""

    def __init__(self, flow: LayerFlow) -> None:
        self._flow = flow
        self.tally = Tally("features")
        self.problems = Problems(self.tally, flow._skip_bad)
        self.dataset: Document | None = None
        self._builder: Builder | None = None
        self._used: MappingFile | None = None
        self._repaired = ""
        self._told = self._area_tried = False
        self._joins: dict[str, dict[str, int]] = {}
        self._own: set[str] = set()

    def bad(self, problem: MadangError, where: str) -> None:
        """A feature that could not be read."""
        self.tally.read += 1
        self.problems.add(problem, example=where)

    def entities(self, batch: Batch) -> list[Document]:
        used, builder = self._mapping(batch)
        made = builder.build_some(self._records(batch, used))
        wanted = list(joins_wanted(used))
        for join in joins_of(made, wanted):
            counts = self._joins.setdefault(join.attribute, {})
            for target, count in join.targets.items():
                counts[target] = counts.get(target, 0) + count
        if wanted and self._flow.file.large:
            self._own.update(document["id"] for document in made)
        return made

    def finish(self) -> tuple[SourceReport, Sequence[Join]]:
        if self._builder is None:  # not one feature
            self._mapping(Batch(np.empty(0, dtype=object), {}, []))
        assert self._builder is not None
        self._builder.finish()
        if self.tally.facts.setdefault("repaired", 0):
            self.tally.note("note-repaired", count=self.tally.facts["repaired"], example=self._repaired)
        joins = [
            Join(name, {target: n for target, n in counts.items() if target not in self._own})
            for name, counts in self._joins.items()
        ]
        return self.tally.report(self._flow.path), joins

    def _mapping(self, batch: Batch) -> tuple[MappingFile, Builder]:
        """The mapping, settled by the first batch; a layer without one takes in columns that come up later."""
        flow = self._flow
        if self._used is None or self._builder is None:
            used = flow._given or profile_for(flow.path, list(batch.columns))
            self._guessed = used is None
            used = used or _guessed(flow._where, flow.file.layer, batch.columns, flow._type, self.tally)
            if flow._given is None and used.name != flow.path:
                self.tally.note("note-profile", profile=used.name)
            if flow._type is not None:
                used = replace(used, type=flow._type)
            used.check_columns(flow.path, list(batch.columns))
            self._used, self.dataset = used, dataset_of(used, flow.path)
            self._builder = Builder(used, self.dataset["id"], self.tally, self.problems, lean=flow.file.large)
        elif self._guessed and (new := [n for n in batch.columns if n not in {c.column for c in self._used.columns}]):
            columns = (*self._used.columns, *(Column(name, attribute_name(name)) for name in new))
            self._used = replace(self._used, columns=columns)
            self._builder.mapping = self._used
        return self._used, self._builder

    def _records(self, batch: Batch, mapping: MappingFile) -> Iterator[Record]:
        """Records with their geometry in lon/lat; repaired polygons are counted."""
        crs = self._system(mapping)
        bad = invalid(batch.geometries)
        if bad.any():
            self.tally.facts["repaired"] = self.tally.facts.get("repaired", 0) + int(bad.sum())
            self._repaired = self._repaired or batch.wheres[int(np.flatnonzero(bad)[0])]
        missing = shapely.is_missing(batch.geometries) | shapely.is_empty(batch.geometries)
        shapes: list[Any] = [None] * len(batch)
        there = np.flatnonzero(~missing)
        if len(there):
            moved = to_degrees(repaired(batch.geometries[there]), crs)
            beyond = there[outside(moved)]
            if len(beyond):
                where = batch.wheres[int(beyond[0])]
                raise DataError("sources.outside-the-world", place=where, crs=crs, more=len(beyond) - 1)
            if not self._area_tried:
                self._area_tried = True
                note = check_area(moved, crs, file=self._flow.path)
                self.tally.notes += [note] if note else []
            for index, found in zip(there, geojson(moved), strict=True):
                shapes[index] = found
        names = list(batch.columns)
        absurd = impossible_elevations(batch.geometries)
        rows = zip(batch.wheres, shapes, *batch.columns.values(), strict=True)
        for n, (where, shape, *cells) in enumerate(rows):
            if n in absurd:
                self.bad(impossible_elevation(absurd[n], place=where), where)
                continue
            yield Record(where, dict(zip(names, cells, strict=True)), shape)

    def _system(self, mapping: MappingFile) -> str:
        """The layer's system: the caller's mapping goes before the file, the file before a profile that ships."""
        stated = self._flow.file.crs
        given = self._flow._given.crs if self._flow._given else None
        crs = given or stated or mapping.crs
        if crs is None:
            raise DataError("sources.no-crs", file=self._flow.path, layer=self._flow.file.layer)
        if (
            given
            and stated
            and not self._told
            and not CRS.from_user_input(given).equals(CRS.from_user_input(stated), ignore_axis_order=True)
        ):
            self._told = True
            self.tally.note("note-system-of-mapping", crs=given, stated=name_of(CRS.from_user_input(stated)))
        return crs


# --- without a mapping -----------------------------------------------------------------------------------------------


def _guessed(path: Path, layer: str, cells: dict[str, list[Any]], type: str | None, tally: Tally) -> MappingFile:
    """Every column under its own name; what was guessed is said in the report."""
    chosen = type or guessed_type(f"{layer} {path.stem}")
    key = next((name for name in cells if name.lower() in KEY_NAMES and _is_key(cells[name])), None)
    if type is None:
        tally.note("note-guessed-type", type=chosen, layer=layer)
    tally.note("note-guessed-key", key=key) if key else tally.note("note-numbered")
    columns = tuple(Column(name, attribute_name(name)) for name in cells)
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
