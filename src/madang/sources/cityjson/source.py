"""CityJSON files as a flow of entities: about two thousand at a time, families together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from madang.entities.entity import Document
from madang.errors import DataError, MadangError, both
from madang.sources.base import Flow, Join, Problems, SourceReport, Tally
from madang.sources.cityjson.entities import Naming, dataset_document, entity
from madang.sources.cityjson.model import Model, Part, open_model
from madang.sources.cityjson.objects import Found, draw, families, find
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.marks import json_kind
from madang.sources.plausible import check_area, check_elevations
from madang.sources.records import slug
from madang.sources.shapes import Geometries, geojson, to_degrees, transformer
from madang.store.applying import without_collecting

Place = dict[str, Any] | None
BATCH = 2000
NOTED = ("instances", "degenerate_rings", "empty_geometries")


class CityJSONSource:
    """Reads CityJSON and CityJSONSeq."""

    name = "cityjson"

    def can_read(self, path: Path) -> bool:
        """JSON whose content says CityJSON."""
        return json_kind(path) in ("cityjson", "cityjsonseq")

    def read(self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False) -> Flow:
        """The file's city objects as entities; a mapping may give crs, dataset and authority."""
        given = read_mapping(mapping) if mapping else None
        crs = given.crs if given else None
        model = open_model(path, crs=crs, is_sequence=json_kind(path) == "cityjsonseq")
        return CityModel(model, given, type=type, skip_bad=skip_bad)


class CityModel:
    """One file's objects, batch by batch."""

    def __init__(self, model: Model, given: MappingFile | None, *, type: str | None, skip_bad: bool) -> None:
        self.path = model.path.name
        self.total = model.count
        self._model = model
        self._dataset = dataset_document(model.path, given, model.head)
        self._naming = Naming(given.authority if given else slug(self.path.split(".")[0]), type)
        self._skip_bad = skip_bad
        self._tally = Tally("city objects")
        self._seen: set[int] = set()
        self._gone: set[str] = set()
        self._area_tried = False

    def batches(self) -> Iterator[Sequence[Document]]:
        """The Dataset, then the entities; the first problem is raised at the end, with the count of the others."""
        self._tally = tally = Tally("city objects")
        problems = Problems(tally, self._skip_bad)
        self._seen, self._gone, self._area_tried = set(), set(), False
        head = self._model.head
        if head.stated not in (None, head.crs):
            tally.note("note-system-of-mapping", crs=head.crs, stated=head.stated)
        yield [self._dataset]
        objects = self._objects(tally)
        with without_collecting():  # until the end: the model's millions of lists would be walked again at every batch
            while batch := self._batch(objects, tally, problems):
                yield self._entities(batch, tally, problems)
        problems.raise_any()
        for name in NOTED:
            if tally.facts.get(name):
                tally.notes.append(both(f"citymodels.note-{name.replace('_', '-')}", count=tally.facts[name]))

    def blobs(self) -> Iterator[bytes]:
        """None: everything stands in the entities and the Dataset."""
        return iter(())

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report of the batches that have gone by."""
        return self._tally.report(self.path), ()

    def _objects(self, tally: Tally) -> Iterator[tuple[str, Part, bool]]:
        """Each object's id and part, family by family, and whether it is the last of its family."""
        for part in self._model.parts():
            for family in families(part):
                for id in family:
                    tally.read += 1
                    yield id, part, id is family[-1]

    def _batch(
        self, objects: Iterator[tuple[str, Part, bool]], tally: Tally, problems: Problems
    ) -> list[tuple[Found, Part]]:
        batch: list[tuple[Found, Part]] = []
        for id, part, is_last in objects:
            try:
                if hash(id) in self._seen:
                    raise DataError("citymodels.twice", place=f"{part.where}, {id}")
                self._seen.add(hash(id))
                batch.append((find(id, part, self._model.head, tally), part))
            except MadangError as problem:
                problems.add(problem, example=f"{part.where}, {id}")
                self._gone.add(id)
            if is_last and len(batch) >= BATCH:
                break
        return batch

    def _entities(self, batch: list[tuple[Found, Part]], tally: Tally, problems: Problems) -> list[Document]:
        try:
            draw([one for one, _ in batch], tally)
        except MadangError as problem:  # one object's vertices are no numbers: find which, one by one
            batch = self._drawn_singly(batch, tally, problems, problem)
        places, wrong = self._places([one for one, _ in batch])
        made = []
        for one, part, place in self._believable(batch, places, wrong, problems):
            try:
                document = entity(
                    one, part.objects, place, naming=self._naming, source=self._dataset["id"], gone=self._gone
                )
            except MadangError as problem:
                problems.add(problem, example=one.where)
                continue
            tally.kept += 1
            made.append(document)
        return made

    def _believable(
        self, batch: list[tuple[Found, Part]], places: list[Place], wrong: list[bool], problems: Problems
    ) -> Iterator[tuple[Found, Part, Place]]:
        """The objects of a batch that lie in the world, at heights that it has; links to the others are not made."""
        kept = []
        for (one, part), place, is_outside in zip(batch, places, wrong, strict=True):
            try:
                if is_outside:
                    raise DataError("citymodels.outside", place=one.where, crs=self._model.head.crs)
                check_elevations(one.low, one.high, place=one.where)
            except MadangError as problem:
                problems.add(problem, example=one.where)
                self._gone.add(one.id)
                continue
            kept.append((one, part, place))
        yield from kept  # only now: who is gone is known

    def _drawn_singly(
        self, batch: list[tuple[Found, Part]], tally: Tally, problems: Problems, first: MadangError
    ) -> list[tuple[Found, Part]]:
        kept = []
        for one, part in batch:
            try:
                draw([one], tally)
            except MadangError as problem:
                problems.add(problem, example=one.where)
                continue
            kept.append((one, part))
        if len(kept) == len(batch):
            raise first
        return kept

    def _places(self, batch: list[Found]) -> tuple[list[Place], list[bool]]:
        """Each outline as GeoJSON in longitude and latitude, and whether it lies outside the world."""
        places: list[Place] = [None] * len(batch)
        outlines = np.array([one.outline for one in batch], dtype=object)
        wrong = _outside(outlines, self._model.head.crs)
        inside = np.flatnonzero(~wrong & ~shapely.is_missing(outlines))
        if len(inside):
            moved = to_degrees(outlines[inside], self._model.head.crs)
            if not self._area_tried:
                self._area_tried = True
                note = check_area(moved, self._model.head.crs, file=self.path)
                self._tally.notes += [note] if note else []
            for n, place in zip(inside.tolist(), geojson(moved), strict=True):
                places[n] = place
        return places, wrong.tolist()


def _outside(outlines: Geometries, crs: str) -> npt.NDArray[np.bool_]:
    """Which outlines have a corner of their bounds outside the world."""
    west, south, east, north = shapely.bounds(outlines).T
    lon, lat = transformer(crs).transform(np.stack([west, west, east, east]), np.stack([south, north, south, north]))
    fits = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return np.asarray(~fits.all(axis=0) & ~shapely.is_missing(outlines))
