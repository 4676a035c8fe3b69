"""The CityGML source: a file, or a ZIP of files, as a flow of entities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from madang.entities.entity import Document, language_property, urn
from madang.errors import DataError, both
from madang.sources.base import Join, Problems, SourceReport, Tally
from madang.sources.citygml.archive import Files, is_citygml
from madang.sources.citygml.crs import System, crs_of, system_of
from madang.sources.citygml.geometry import Drawing
from madang.sources.citygml.implicit import read_template
from madang.sources.citygml.making import Maker
from madang.sources.citygml.member import Library, Member, answer, compose
from madang.sources.citygml.names import GML_SHAPES, id_of, local
from madang.sources.citygml.objects import things
from madang.sources.citygml.safe import OBJECT_NUMBERS, Streamed, members
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.records import dataset_of, slug
from madang.sources.solids import Floats

_BATCH_THINGS = 1000
_BATCH_NUMBERS = 3_000_000
_WAITING = 5_000  # members that wait for what stands in another one
_LOOKUPS = 3  # readings of the whole file for that, at most
_SAMPLE = 256
# What may be wrong with one member and leave the others whole -> the reason under which it is counted.
_LEAVABLE = {
    "citygml.not-a-number": "not-a-number",
    "citygml.bad-positions": "bad-geometry",
    "citygml.bad-matrix": "bad-geometry",
}
# What was made simple or left aside, in the order in which the report says it.
_NOTED = (
    "missing-references", "open-solids", "outside-references", "boundary-references", "matched-copies", "flat",
    "open-rings", "degenerate", "arcs", "unknown-geometries", "terrain-intersections", "boundary-curves",
    "point-clouds", "library-objects", "implicit-without-place", "group-members", "too-deep",
)  # fmt: skip


class CityGMLSource:
    """Reads CityGML 1.0, 2.0 and 3.0, alone or as a ZIP of several files."""

    name = "citygml"

    def can_read(self, path: Path) -> bool:
        """A file whose root is a CityModel, or a ZIP that holds one."""
        return is_citygml(path)

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> CityGMLFlow:
        """The file's city objects, batch by batch; a mapping may give crs, dataset and authority."""
        return CityGMLFlow(path, type, read_mapping(mapping) if mapping else None, skip_bad)


@dataclass
class _Reading:
    """What one file of a reading goes by: its coordinate system once known, and what its objects lend each other."""

    where: str
    name: str
    system: System | None = None
    certain: bool = False  # the order of its numbers was seen in coordinates
    library: Library = field(default_factory=Library)
    lookups: int = 0


class CityGMLFlow:
    """City objects of a file, some thousand at a time."""

    def __init__(self, path: Path, type: str | None, mapping: MappingFile | None, skip_bad: bool) -> None:
        self.path = path.name
        self.total: int | None = None
        self._file = path
        self._type = type
        self._mapping = mapping
        self._overruled = mapping.crs if mapping else None  # the system, whatever the file says
        self._skip_bad = skip_bad
        self._finished: SourceReport | None = None

    def blobs(self) -> Iterator[bytes]:
        """None: textures are left aside."""
        return iter(())

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report, once the batches have gone by."""
        if self._finished is None:
            for _ in self.batches():
                pass
        assert self._finished is not None
        return self._finished, ()

    def batches(self) -> Iterator[Sequence[Document]]:
        """The dataset, then the entities; raises no later than after the last batch."""
        tally = Tally("city objects")
        problems = Problems(tally, self._skip_bad)
        dataset = self._dataset()
        authority = self._mapping.authority if self._mapping else slug(self.path.split(".")[0])
        maker = Maker(authority, dataset["id"], self._type, tally, problems)
        counts: dict[str, int] = {}
        yield [dataset]
        files = Files(self._file)
        systems: dict[tuple[str, bool], System] = {}
        models = 0
        for name in files.models():
            models += 1
            reading = _Reading(f"{self.path}: {name}" if name else self.path, name)
            for batch in self._members(files, reading, counts, problems):
                if reading.system is not None:
                    if reading.certain:
                        systems[(reading.system.stated, reading.system.swapped)] = reading.system
                    documents = maker.made(batch, reading.system)
                    if documents:
                        yield documents
        if not models:
            raise DataError("citygml.no-city-model", file=self.path, found="ZIP")
        problems.raise_any()
        if not tally.read:
            raise DataError("citygml.empty", file=self.path)
        _say(tally, counts, list(systems.values()), files, models, maker.unnamed)
        self._finished = tally.report(self.path)

    # --- members of one file ---

    def _members(
        self, files: Files, reading: _Reading, counts: dict[str, int], problems: Problems
    ) -> Iterator[list[Member]]:
        """Settled members in batches; those that refer to other members come when these are found."""
        batch: list[Member] = []
        waiting: list[Member] = []
        held = waits = 0  # coordinates
        streamed = Streamed()
        with files.open(reading.name) as stream:
            for element in members(stream, reading.where, streamed):
                try:
                    member = self._member(element, files, reading, streamed)
                except DataError as wrong:
                    _unreadable(wrong, problems)
                    continue
                missing = answer(member, reading.library) - reading.library.absent
                self._keep_templates(member, reading.library)
                if missing and reading.lookups < _LOOKUPS:
                    waiting.append(member)
                    waits += len(member.drawing.numbers)
                    if len(waiting) >= _WAITING or waits > OBJECT_NUMBERS:
                        batch += self._looked_up(waiting, files, reading)
                        held, waiting, waits = held + waits, [], 0
                else:
                    batch.append(member)
                    held += len(member.drawing.numbers)
                if len(batch) >= _BATCH_THINGS or held > _BATCH_NUMBERS:
                    yield self._ready(batch, reading, streamed, counts)
                    batch, held = [], 0
        if waiting:
            batch += self._looked_up(waiting, files, reading)
        if batch:
            yield self._ready(batch, reading, streamed, counts)
        counts["appearances"] = counts.get("appearances", 0) + streamed.appearances

    def _member(self, element: Any, files: Files, reading: _Reading, streamed: Streamed) -> Member:
        if streamed.wrong is not None:
            raise streamed.wrong
        stated = streamed.envelope[1]
        drawing = Drawing(reading.where, int(stated) if stated in ("2", "3") else None, streamed.triangles)
        if streamed.envelope[0]:
            drawing.systems.add(streamed.envelope[0])
        found = things(element, drawing, lambda space, code: files.code(reading.name, space, code))
        return Member(found, drawing)

    def _keep_templates(self, member: Member, library: Library) -> None:
        """Keep the templates that other members may set up again."""
        for thing in member.things:
            for instance in thing.instances:
                name, template = instance.wanted, instance.template
                if name and template is not None and name not in library.templates:
                    library.corners += len(template.rows)
                    if 3 * library.corners <= OBJECT_NUMBERS:
                        library.templates[name] = template

    def _looked_up(self, waiting: list[Member], files: Files, reading: _Reading) -> list[Member]:
        """Read the file once more for what these members refer to."""
        wanted = {name for member in waiting for name in member.missing} - set(reading.library.surfaces)
        reading.lookups += 1
        streamed = Streamed()
        library = reading.library
        with files.open(reading.name) as stream:
            for element in members(stream, reading.where, streamed):
                for part in element.iter():
                    name = id_of(part)
                    if name in wanted and name not in library.surfaces and local(part) in GML_SHAPES:
                        template = read_template(part, "0", Drawing(reading.where, None, streamed.triangles))
                        library.corners += len(template.rows)
                        if 3 * library.corners <= OBJECT_NUMBERS:
                            library.surfaces[name] = template
        library.absent |= wanted - set(library.surfaces)
        for member in waiting:
            answer(member, library)
        return waiting

    def _ready(
        self, batch: list[Member], reading: _Reading, streamed: Streamed, counts: dict[str, int]
    ) -> list[Member]:
        """Compose members, count what was made simple, and find the file's system where it is not known yet."""
        for member in batch:
            compose(member)
            for name, count in member.drawing.counts.items():
                counts[name] = counts.get(name, 0) + count
            counts["groups"] = counts.get("groups", 0) + sum(t.kind == "CityObjectGroup" for t in member.things)
            counts["rasters"] = counts.get("rasters", 0) + sum(t.raster for t in member.things)
        if reading.system is None or not reading.certain:
            sample = _sample(batch)
            reading.system, reading.certain = self._system(batch, sample, reading, streamed), len(sample) > 0
        for member in batch if not self._overruled else []:
            for stated in member.drawing.systems - {reading.system.stated}:
                if crs_of(stated) != crs_of(reading.system.stated):
                    raise DataError(
                        "citygml.two-systems", file=reading.where, first=reading.system.stated[:120], other=stated[:120]
                    )
        return batch

    def _system(self, batch: list[Member], sample: Floats, reading: _Reading, streamed: Streamed) -> System:
        stated = streamed.envelope[0] or next((s for m in batch for s in sorted(m.drawing.systems)), None)
        if self._overruled:
            system = system_of(self._overruled, sample, reading.where)
            agrees = not stated or crs_of(stated) == crs_of(self._overruled)
            return system if agrees else replace(system, instead_of=stated)
        if not stated:
            raise DataError("citygml.no-crs", file=reading.where)
        return system_of(stated, sample, reading.where)

    def _dataset(self) -> Document:
        if self._mapping is not None and self._mapping.dataset is not None:
            return dataset_of(self._mapping, self.path)
        return {
            "id": urn("Dataset", "file", slug(self.path)),
            "type": "Dataset",
            "title": language_property({"ko": self.path, "en": self.path}),
        }


def _unreadable(wrong: DataError, problems: Problems) -> None:
    """A member whose geometry can't be read is left out where that is allowed; one too large refuses the file."""
    if wrong.code not in _LEAVABLE:
        raise wrong
    problems.tally.read += 1
    if problems.skip_bad:
        problems.tally.leave_out(_LEAVABLE[wrong.code], example=str(wrong))
    else:
        problems.add(wrong)


def _sample(batch: list[Member]) -> Floats:
    """Some coordinates of the batch."""
    found: list[Floats] = []
    for member in batch:
        rows = np.array(member.drawing.numbers[: 3 * _SAMPLE], dtype=np.float64).reshape(-1, 3)
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows):
            found.append(rows[:8])
        if len(found) >= _SAMPLE:
            break
    return np.concatenate(found) if found else np.empty((0, 3))


def _say(tally: Tally, counts: dict[str, int], systems: list[System], files: Files, models: int, unnamed: int) -> None:
    """Notes and facts of the report."""
    for system in systems:
        order = "north-first" if system.swapped else "east-first"
        why = "order-area" if system.why == "area" else "order-name"
        tally.notes.append(
            both(
                "citygml.note-order", crs=system.stated[:120],
                order=both(f"citygml.{order}"), why=both(f"citygml.{why}"),
            )
        )  # fmt: skip
        if system.swapped != system.register_says_swapped:
            tally.notes.append(both("citygml.note-order-unexpected", crs=system.stated[:120]))
        if system.to_metres is not None:
            tally.notes.append(both("citygml.note-degrees", crs=system.stated[:120], metric=system.name))
        if system.off is not None:
            tally.notes.append(system.off)
        if system.instead_of is not None:
            tally.notes.append(
                both("sources.note-system-of-mapping", crs=system.stated[:120], stated=system.instead_of[:120])
            )
    facts = tally.facts
    for name in ("unknownValues", "attributesCut", "implicit", "implicitMissing"):
        if facts.get(name):
            tally.notes.append(both(f"citygml.note-{name.lower()}", count=facts[name]))
    for name in ("stated", "geometry", "storeys"):
        if facts.get(f"height.{name}"):
            tally.notes.append(both(f"citygml.note-height-{name}", count=facts[f"height.{name}"]))
    if unnamed:
        tally.notes.append(both("citygml.note-unnamed", count=unnamed))
    for name in ("appearances", "groups", "rasters", *_NOTED):
        if counts.get(name):
            facts[name] = counts[name]
            tally.notes.append(both(f"citygml.note-{name}", count=counts[name]))
    if models > 1:
        facts["files"] = models
    if files.left:
        tally.notes.append(both("citygml.note-other-files", count=files.left))
