"""Files that libosmium reads: .pbf, and XML whose ways name their nodes by number.

Node positions lie in memory for a small file and in a file of their own on disk for a large one, so that an extract of
a whole country fits a laptop. Multipolygons are assembled by libosmium; closed ways are drawn here, so that an outline
that crosses itself can be repaired instead of being lost. A multipolygon of which members lie beyond the extract's
edge can't be closed, and is counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from madang.errors import DataError
from madang.sources.base import Tally
from madang.sources.osm.drawing import AREAS
from madang.sources.osm.elements import MOST_VERTICES, Element, Kind, leave_out
from madang.sources.osm.kinds import KEYS, Meaning, Tags, area_meaning, is_not_built, line_meaning, point_meaning
from madang.sources.osm.markup import MarkupReader

IN_MEMORY_BELOW = 64 << 20  # bytes of a file, about 8 million nodes of a PBF
BATCH = 2000


@dataclass
class BinaryReader:
    """Reads one file through osmium."""

    path: Path
    name: str
    suffix: str  # as osmium calls the format: "pbf" or "osm"
    scratch: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))

    def timestamp(self) -> str | None:
        """The moment that the header says: osmium keeps that of a PBF, and forgets that of XML."""
        if self.suffix != "pbf":
            return MarkupReader(self.path, self.name).timestamp()
        import osmium

        with _told(self.name):
            reader = osmium.io.Reader(osmium.io.File(str(self.path), self.suffix), osmium.osm.NOTHING)
            try:
                header = reader.header()
                if header.has_multiple_object_versions:
                    raise DataError("osm.history", file=self.name)
                return header.get("osmosis_replication_timestamp") or header.get("timestamp") or None
            finally:
                reader.close()

    def has_parts(self) -> bool:
        """Whether any object is a part of a building: told from the tags alone, which is quick."""
        import osmium

        with _told(self.name):
            objects = osmium.FileProcessor(self._file(), osmium.osm.WAY | osmium.osm.RELATION)
            return any(True for _ in objects.with_filter(osmium.filter.KeyFilter("building:part")))

    def elements(self, tally: Tally, *, parts: bool) -> Iterator[Element]:
        """Building parts alone, or all the rest."""
        if parts and not self.has_parts():
            return
        keys = ("building:part",) if parts else KEYS
        drawer = _Drawer(Tally("features") if parts else tally, parts=parts)
        with tempfile.TemporaryDirectory(prefix="madang-osm-", dir=self.scratch) as folder, _told(self.name):
            for found in self._objects(keys, Path(folder)):
                drawer.take(found)
                if len(drawer.waiting) >= BATCH:
                    yield from drawer.drawn()
        yield from drawer.drawn()
        drawer.finish()

    def _objects(self, keys: tuple[str, ...], folder: Path) -> Any:
        import osmium

        small = self.path.stat().st_size < IN_MEMORY_BELOW
        storage = "sparse_mem_array" if small else f"sparse_file_array,{folder / 'positions'}"
        wanted = osmium.filter.KeyFilter(*keys)
        objects = osmium.FileProcessor(self._file()).with_locations(storage)
        return objects.with_areas(osmium.filter.KeyFilter(*keys)).with_filter(wanted)

    def _file(self) -> Any:
        import osmium

        return osmium.io.File(str(self.path), self.suffix)


class _told:
    """What osmium raises, as an error that says which file is wrong."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, wrong: BaseException | None, trace: Any) -> None:
        if isinstance(wrong, RuntimeError | ValueError | OverflowError) and not isinstance(wrong, UnicodeError):
            raise DataError("osm.unreadable", file=self._name, why=str(wrong)[:200]) from None


class _Drawer:
    """Draws what osmium hands over: texts of geometry first, shapes of two thousand at once."""

    def __init__(self, tally: Tally, *, parts: bool) -> None:
        import osmium

        self._osm = osmium.osm
        self._nodes = osmium.geom.use_nodes.ALL
        self._factory = osmium.geom.WKBFactory()
        self._invalid: type[Exception] = osmium.InvalidLocationError
        self._tally = tally
        self._parts = parts
        self._awaited: set[int] = set()
        self._made: set[int] = set()
        self.waiting: list[tuple[Kind, int, Tags, Meaning, str]] = []

    def take(self, found: Any) -> None:
        """One object: drawn as text, or counted."""
        if found.deleted or not found.visible:
            return
        if found.is_area():
            self._area(found)
        elif found.is_way():
            self._way(found)
        elif found.is_node():
            tags = _tags(found)
            meaning = point_meaning(tags)
            if meaning is not None:
                self._keep("n", found.id, tags, meaning, self._factory.create_point, found)
            elif tags.get("building", "no") != "no":
                leave_out(self._tally, "no-outline", "n", found.id)
        elif found.is_relation():
            self._relation(found)

    def _way(self, way: Any) -> None:
        tags = _tags(way)
        area, line = area_meaning(tags), line_meaning(tags)
        if area is None and line is None:
            if is_not_built(tags):
                leave_out(self._tally, "not-built", "w", way.id)
            return
        closed = len(way.nodes) >= 4 and way.nodes[0].ref == way.nodes[-1].ref
        meaning = area if area is not None and (line is None or closed) else line
        if meaning is None or meaning.part != self._parts:
            return
        if meaning.shape == "area" and not closed:
            leave_out(self._tally, "open-ring" if len(way.nodes) >= 4 else "too-few-points", "w", way.id)
        elif len(way.nodes) > MOST_VERTICES:
            leave_out(self._tally, "too-many-vertices", "w", way.id)
        else:
            self._keep("w", way.id, tags, meaning, self._line, way)

    def _line(self, way: Any) -> str:
        return str(self._factory.create_linestring(way, self._nodes))

    def _area(self, area: Any) -> None:
        if area.from_way():  # drawn as it passed by as a way
            return
        tags = _tags(area)
        meaning = area_meaning(tags)
        if meaning is None or meaning.part != self._parts:
            return
        id = area.orig_id()
        self._made.add(id)
        outer, _ = area.num_rings()
        if not outer:
            leave_out(self._tally, "broken-multipolygon", "r", id)
            return
        self._keep("r", id, tags, meaning, self._factory.create_multipolygon, area)

    def _relation(self, relation: Any) -> None:
        tags = _tags(relation)
        meaning = area_meaning(tags)
        if meaning is not None and meaning.part == self._parts:
            if tags.get("type") in AREAS:
                self._awaited.add(relation.id)
            elif tags.get("type") == "building":
                leave_out(self._tally, "building-relation", "r", relation.id)

    def _keep(self, kind: Kind, id: int, tags: Tags, meaning: Meaning, draw: Callable[[Any], str], found: Any) -> None:
        if meaning.part != self._parts:
            return
        try:
            text = draw(found)
        except self._invalid:
            leave_out(self._tally, "missing-nodes", kind, id)
        except RuntimeError:  # a line of one point, an area without a ring
            leave_out(self._tally, "too-few-points", kind, id)
        else:
            self.waiting.append((kind, id, tags, meaning, text))

    def drawn(self) -> Iterator[Element]:
        """The elements of what was taken so far."""
        waiting, self.waiting = self.waiting, []
        shapes = shapely.from_wkb([text for *_, text in waiting])
        for (kind, id, tags, meaning, _), shape in zip(waiting, shapes, strict=True):
            if kind == "w" and meaning.shape == "area":
                shape = shapely.Polygon(shape.coords)
            yield Element(kind, id, tags, meaning, shape)

    def finish(self) -> None:
        """Count the multipolygons that never became whole."""
        for id in sorted(self._awaited - self._made):
            leave_out(self._tally, "missing-members", "r", id)


def _tags(found: Any) -> Tags:
    return {tag.k: tag.v for tag in found.tags}
