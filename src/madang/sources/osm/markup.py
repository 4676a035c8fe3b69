"""Overpass `out geom` XML: ways and relation members that carry their positions, which libosmium refuses.

The text is parsed as it streams by, so that no more than one object stands in memory. A document type, which could
declare entities, is refused before anything is expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from madang.errors import DataError
from madang.sources.base import Tally
from madang.sources.osm import drawing
from madang.sources.osm.elements import LETTERS, MOST_VERTICES, Element
from madang.sources.osm.rings import Position

CHUNK = 1 << 20
MOST_TAGS = 5_000
MOST_MEMBERS = 100_000


@dataclass
class MarkupReader:
    """Reads one XML file whose objects carry their geometry."""

    path: Path
    name: str

    def timestamp(self) -> str | None:
        """What `<meta osm_base=…>` says, of which the head of the file has one."""
        listener = _Listener(Tally("features"), self.name, parts=False)
        parser = _parser(listener)
        with self.path.open("rb") as file:
            try:
                parser.Parse(file.read(1 << 16), False)
            except (expat.ExpatError, UnicodeError) as wrong:
                raise DataError("osm.bad-xml", file=self.name, line=parser.CurrentLineNumber, why=wrong) from None
        return listener.timestamp

    def elements(self, tally: Tally, *, parts: bool) -> Iterator[Element]:
        """Building parts alone, or all the rest."""
        listener = _Listener(Tally("features") if parts else tally, self.name, parts=parts)
        parser = _parser(listener)
        with self.path.open("rb") as file:
            try:
                while chunk := file.read(CHUNK):
                    parser.Parse(chunk, False)
                    yield from listener.taken()
                parser.Parse(b"", True)
            except (expat.ExpatError, UnicodeError) as wrong:
                line = parser.CurrentLineNumber
                raise DataError("osm.bad-xml", file=self.name, line=line, why=wrong) from None
        yield from listener.taken()


def _parser(listener: _Listener) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.StartDoctypeDeclHandler = listener.doctype
    return parser


@dataclass
class _Listener:
    """Hears tags go by and makes an element of each object that ends."""

    tally: Tally
    file: str
    parts: bool
    timestamp: str | None = None
    made: list[Element] = field(default_factory=list)
    kind: str = ""
    id: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Position | None] = field(default_factory=list)
    members: list[drawing.Part] = field(default_factory=list)
    seen: int = 0
    depth: int = 0
    root: str = ""

    def taken(self) -> list[Element]:
        """The elements made since the last time."""
        made, self.made = self.made, []
        return made

    def doctype(self, *_: Any) -> None:
        raise DataError("osm.doctype", file=self.file)

    def start(self, name: str, found: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > 16:
            raise DataError("osm.too-deep", file=self.file)
        if name == "nd":
            self._add(_position(found))
        elif name == "tag":
            if len(self.tags) < MOST_TAGS:
                self.tags[found.get("k", "")] = found.get("v", "")
        elif name in LETTERS:
            self.kind, self.id, self.tags, self.points, self.members = name, self._number(found), {}, [], []
            self.seen = 0
            if found.get("action") == "delete" or found.get("visible") == "false":
                self.kind = ""
            elif name == "node":
                self.points.append(_position(found))
        elif name == "member":
            if found.get("type") == "way" and len(self.members) < MOST_MEMBERS:
                self.members.append(drawing.Part(found.get("role", "")))
        elif name == "meta":
            self.timestamp = found.get("osm_base")
        elif self.depth == 1:
            self.root = name
            self.timestamp = found.get("timestamp") or found.get("osmosis_replication_timestamp")
            if name not in ("osm", "osmChange"):
                raise DataError("osm.not-osm", file=self.file, found=name)

    def end(self, name: str) -> None:
        self.depth -= 1
        if name not in LETTERS or not self.kind:
            return
        element = self._element() if self.tags else None
        if element is not None and element.meaning.part == self.parts:
            self.made.append(element)
        self.kind = ""

    def _element(self) -> Element | None:
        if self.kind == "node":
            return drawing.node(self.tally, self.id, self.tags, self.points[0] if self.points else None)
        if self.kind == "way":
            return drawing.way(self.tally, self.id, self.tags, self.points)
        return drawing.relation(self.tally, self.id, self.tags, self.members)

    def _add(self, position: Position | None) -> None:
        self.seen += 1
        if self.seen > MOST_VERTICES + 1:  # no more are kept than tell that there are too many
            return
        (self.members[-1].points if self.kind == "relation" and self.members else self.points).append(position)

    def _number(self, found: dict[str, str]) -> int:
        try:
            number = int(found.get("id", ""))
        except ValueError:
            number = 0
        if not number or abs(number) >= 1 << 62:
            raise DataError("osm.bad-id", file=self.file, found=found.get("id", "")[:40])
        return number


def _position(found: dict[str, str]) -> Position | None:
    try:
        lon, lat = float(found["lon"]), float(found["lat"])
    except (KeyError, ValueError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
