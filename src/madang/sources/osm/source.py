"""Which reader an OpenStreetMap file needs, and the flow of what it holds.

.pbf, .osm, .osm.gz, .osm.bz2 and .xml, Overpass XML with geometry, and Overpass JSON. What is packed is unpacked into a
folder that is gone afterwards. Building parts are read first: a part knows the building it stands in, and a building
that is seen by its parts knows them; they come last in the flow. Dirty objects are left out under their reason, as this
map always has some: the file as a whole is still all or nothing.
"""

from __future__ import annotations

import bz2
import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from madang.entities.entity import Document, urn
from madang.errors import CallerError, DataError
from madang.sources.base import Flow, Join, SourceReport, Tally
from madang.sources.osm.binary import BinaryReader
from madang.sources.osm.elements import Element, Reader
from madang.sources.osm.features import AUTHORITY, dataset, documents, entity_id
from madang.sources.osm.heights import upright
from madang.sources.osm.markup import MarkupReader
from madang.sources.osm.overpass import OverpassReader, is_overpass
from madang.sources.records import slug
from madang.sources.speaking import note, spoken

BATCH = 2000
STANDING_IN_PARTS = 0.5  # of a building's outline under parts of a known height: it is then seen by them alone
TYPES = ("Building", "CityObject", "RoadSegment", "Road", "Railway", "Station", "BusStop", "WaterBody", "PlantCover",
         "LandUse", "SolitaryVegetationObject")  # fmt: skip
PACKED: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
MOST_UNPACKED = 100  # times the packed size; OpenStreetMap XML packs to about a tenth
ALWAYS_UNPACKED = 64 << 20
UNSORTED_BELOW = 256 << 20  # bytes of XML that osmium may hold in memory to bring nodes before ways
_CHUNK = 1 << 20
_ND = re.compile(rb"<nd\b([^>]*)>")


class OsmSource:
    """Reads OpenStreetMap files."""

    name = "osm"

    def can_read(self, path: Path) -> bool:
        """By the suffix; XML and JSON by what their first bytes say."""
        name = path.name.lower()
        if name.endswith((".osm", ".pbf", ".osm.gz", ".osm.bz2")):
            return True
        if name.endswith(".json"):
            return is_overpass(path)
        if name.endswith(".xml"):
            with path.open("rb") as file:
                return re.search(rb"<osm[\s>]", file.read(4096)) is not None
        return False

    def read(self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False) -> Flow:
        """The file's features; with a type, those of that type alone."""
        if mapping is not None:
            raise CallerError("osm.no-mapping", file=path.name)
        if type is not None and type not in TYPES:
            raise CallerError("osm.unknown-type", found=type, known=", ".join(TYPES))
        return OsmFlow(path.name, path, type)


@dataclass
class OsmFlow:
    """The features of one file, batch by batch."""

    path: str
    file: Path
    type: str | None = None
    total: int | None = None
    _tally: Tally = field(default_factory=lambda: Tally("features"))

    def batches(self) -> Iterator[Sequence[Document]]:
        """The dataset, buildings and all the rest, then the parts of buildings."""
        self._tally = tally = Tally("features")
        source = urn("Dataset", AUTHORITY, slug(self.path))
        with readable(self.file) as reader:
            moment = reader.timestamp()
            yield [dataset(source, moment)]
            if moment is None:
                note(tally, "osm.note-no-moment")
            parts = [one for one in reader.elements(tally, parts=True) if self._wanted(one)]
            family = _Family(parts)
            if parts and not isinstance(reader, BinaryReader):  # which draws no relations of buildings
                others = reader.elements(Tally("features"), parts=False)
                family.meet([one for one in others if one.tags.get("type") == "building" and self._wanted(one)])
            seen: set[tuple[str, int]] = set()
            waiting: list[Element] = []
            for element in reader.elements(tally, parts=False):
                if (element.kind, element.id) in seen:
                    tally.facts["said_twice"] = tally.facts.get("said_twice", 0) + 1
                    continue
                seen.add((element.kind, element.id))
                if not self._wanted(element):
                    continue
                waiting.append(element)
                if len(waiting) >= BATCH:
                    yield self._made(waiting, source, family)
                    waiting = []
            yield self._made(waiting, source, family)
            for start in range(0, len(parts), BATCH):
                yield self._made(parts[start : start + BATCH], source, family)
        if not tally.read:
            raise DataError("osm.no-features", file=self.path)
        self._say(tally, len(parts), len(family.within))

    def blobs(self) -> Iterator[bytes]:
        """None: the features say all."""
        return iter(())

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report, once the batches have gone by."""
        return spoken(self._tally, self.path), ()

    def _wanted(self, element: Element) -> bool:
        return self.type is None or element.meaning.type == self.type

    def _made(self, elements: Sequence[Element], source: str, family: _Family) -> list[Document]:
        family.meet([one for one in elements if one.meaning.type == "Building"])
        return documents(elements, source, self._tally, within=family.within, parts=family.parts)

    def _say(self, tally: Tally, parts: int, placed: int) -> None:
        facts, examples = tally.facts, tally.examples
        if parts:
            facts["parts_in_a_building"] = placed
        for fact in ("repaired", "heights_unreadable"):
            if facts.get(fact):
                note(tally, f"osm.note-{fact}", count=facts[fact], example=examples.pop(fact, "-"))
        for fact in ("heights_estimated", "lines_cut", "lines_turned", "said_twice", "phone_numbers_dropped"):
            if facts.get(fact):
                note(tally, f"osm.note-{fact}", count=facts[fact])


class _Family:
    """Which part stands in which building, and which buildings stand in their parts: asked as buildings pass by.

    What a relation holds together as a building goes before the outlines in it. A building has `parts`, and is then
    seen by them alone, where those of a known height cover half of it or more.
    """

    def __init__(self, parts: Sequence[Element]) -> None:
        self._ids = [entity_id(part) for part in parts]
        self._outlines = np.array([_valid(part.drawn) for part in parts], dtype=object)
        self._is_high = [upright(part.tags, part.meaning.category).height is not None for part in parts]
        self._tree = shapely.STRtree(shapely.point_on_surface(self._outlines)) if parts else None
        self.within: dict[str, str] = {}
        self.parts: dict[str, list[str]] = {}

    def meet(self, buildings: Sequence[Element]) -> None:
        """Note the parts that stand in these buildings and in none before."""
        if self._tree is None or not buildings:
            return
        outlines = np.array([_valid(one.drawn) for one in buildings], dtype=object)
        found: dict[int, list[int]] = {}
        for building, part in self._tree.query(outlines, predicate="covers").T.tolist():
            parent = entity_id(buildings[building])
            if self.within.setdefault(self._ids[part], parent) == parent:
                found.setdefault(building, []).append(part)
        for building, parts in found.items():
            high = self._outlines[[part for part in parts if self._is_high[part]]]
            covered = shapely.intersection(shapely.union_all(high), outlines[building])
            if shapely.area(covered) >= STANDING_IN_PARTS * shapely.area(outlines[building]):
                self.parts[entity_id(buildings[building])] = [self._ids[part] for part in parts]


def _valid(drawn: Any) -> Any:
    return drawn if shapely.is_valid(drawn) else shapely.make_valid(drawn)


# --- which reader ----------------------------------------------------------------------------------------------------


@contextmanager
def readable(path: Path) -> Iterator[Reader]:
    """The reader that a file needs; what had to be unpacked or sorted for it is gone when it is done."""
    name, lower = path.name, path.name.lower()
    if lower.endswith(".json"):
        yield OverpassReader(path, name)
        return
    if lower.endswith(".pbf"):
        yield BinaryReader(path, name, "pbf")
        return
    with tempfile.TemporaryDirectory(prefix="madang-osm-", ignore_cleanup_errors=True) as folder:
        plain = _unpacked(path, Path(folder) / "plain.osm") if path.suffix.lower() in PACKED else path
        carries_geometry, nodes_first = _flavour(plain)
        if carries_geometry:
            yield MarkupReader(plain, name)
            return
        yield BinaryReader(plain if nodes_first else _sorted(plain, name, Path(folder)), name, "osm")


def _flavour(path: Path) -> tuple[bool, bool]:
    """Whether ways carry their positions, and whether nodes stand before ways, as osmium needs."""
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = tail + chunk
            found = _ND.search(text)
            if found:
                return b"lat=" in found[1], b"<node" not in _end(path)
            tail = text[-4096:]
    return False, True


def _end(path: Path) -> bytes:
    """What stands at the end of a file with ways: nodes there come after them."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        return file.read()


def _unpacked(path: Path, to: Path) -> Path:
    """The text inside a packed file; one that grows without measure is refused."""
    most = max(ALWAYS_UNPACKED, MOST_UNPACKED * path.stat().st_size)
    done = 0
    try:
        with PACKED[path.suffix.lower()](path, "rb") as packed, to.open("wb") as plain:
            while chunk := packed.read(_CHUNK):
                done += len(chunk)
                if done > most:
                    raise DataError("osm.too-large", file=path.name, limit=most >> 20)
                plain.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError) as wrong:
        if isinstance(wrong, OSError) and wrong.errno is not None:  # a full disk is no fault of the file
            raise
        raise DataError("osm.unreadable", file=path.name, why=wrong) from None
    return to


def _sorted(path: Path, name: str, folder: Path) -> Path:
    """The same objects with nodes before ways and ways before relations."""
    import osmium

    if path.stat().st_size > UNSORTED_BELOW:
        raise DataError("osm.unsorted", file=name, limit=UNSORTED_BELOW >> 20)
    to = folder / "sorted.osm"
    try:
        merger = osmium.MergeInputReader()
        merger.add_file(str(path))
        with osmium.SimpleWriter(str(to)) as writer:
            merger.apply(writer, simplify=True)
    except RuntimeError as wrong:
        raise DataError("osm.unreadable", file=name, why=str(wrong)[:200]) from None
    return to
