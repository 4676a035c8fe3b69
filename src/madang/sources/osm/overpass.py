"""Overpass JSON (`out geom`): one object after the other from its `elements`, never the whole file at once.

`madang fetch osm` writes the same form with one object a line. What a server says in `remark` when a query broke off
makes the file incomplete, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from madang.errors import DataError
from madang.sources.base import Tally
from madang.sources.osm import drawing
from madang.sources.osm.elements import Element
from madang.sources.osm.rings import Position

CHUNK = 1 << 20
LARGEST_OBJECT = 64 << 20  # characters
HEAD = 1 << 16
_ELEMENTS = re.compile(r'"elements"\s*:\s*\[')
_BASE = re.compile(r'"timestamp_osm_base"\s*:\s*"([^"]*)"')
_REMARK = re.compile(r'"remark"\s*:\s*("(?:[^"\\]|\\.)*")')
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_KINDS = ("node", "way", "relation")


def is_overpass(path: Path) -> bool:
    """Whether a JSON file's head says that it is an answer of Overpass."""
    with path.open("rb") as file:
        head = file.read(8192)
    return b'"elements"' in head and (b'"osm3s"' in head or b'"generator"' in head or b'"version"' in head)


@dataclass
class OverpassReader:
    """Reads one JSON file of Overpass."""

    path: Path
    name: str

    def timestamp(self) -> str | None:
        """`osm3s.timestamp_osm_base`."""
        with self.path.open("r", encoding="utf-8", errors="replace") as file:
            found = _BASE.search(file.read(HEAD))
        return found[1] if found else None

    def elements(self, tally: Tally, *, parts: bool) -> Iterator[Element]:
        """Building parts alone, or all the rest."""
        counted = Tally("features") if parts else tally
        try:
            with self.path.open("r", encoding="utf-8") as file:
                for found in objects(file, self.name):
                    element = self._element(found, counted)
                    if element is not None and element.meaning.part == parts:
                        yield element
        except UnicodeDecodeError as wrong:
            raise DataError("osm.bad-json", file=self.name, place="-", why=wrong) from None

    def _element(self, found: Any, tally: Tally) -> Element | None:
        if not isinstance(found, dict) or found.get("type") not in _KINDS or not _is_id(found.get("id")):
            raise DataError("osm.bad-object", file=self.name, found=json.dumps(found, ensure_ascii=False)[:80])
        tags = found.get("tags")
        if not isinstance(tags, dict) or not tags:
            return None
        tags = {_text(key): _text(value) for key, value in tags.items()}
        id = found["id"]
        if found["type"] == "node":
            return drawing.node(tally, id, tags, _position(found))
        if found["type"] == "way":
            return drawing.way(tally, id, tags, _points(found.get("geometry")))
        members = found.get("members")
        return drawing.relation(
            tally, id, tags,
            [drawing.Part(str(one.get("role") or ""), _points(one.get("geometry")))
             for one in (members if isinstance(members, list) else [])
             if isinstance(one, dict) and one.get("type") == "way"],
        )  # fmt: skip


def objects(file: TextIO, name: str) -> Iterator[Any]:
    """The members of `elements`, decoded one by one; raises a DataError where the text breaks off."""
    text = file.read(HEAD)
    found = _ELEMENTS.search(text)
    if found is None:
        raise DataError("osm.no-elements", file=name)
    buffer, at, number = text[found.end() :], 0, 0
    while True:
        buffer, at = _to_next(file, buffer, at)
        if buffer[at : at + 1] == "]":
            _check_tail(buffer[at:] + file.read(HEAD), name)
            return
        decoded = None
        while decoded is None:
            try:
                decoded = _DECODER.raw_decode(buffer, at)
            except (json.JSONDecodeError, RecursionError) as wrong:
                more = file.read(max(CHUNK, len(buffer) - at)) if len(buffer) - at < LARGEST_OBJECT else ""
                if not more or isinstance(wrong, RecursionError):
                    raise DataError("osm.bad-json", file=name, place=number + 1, why=_why(wrong)) from None
                buffer, at = buffer[at:] + more, 0
        value, at = decoded
        number += 1
        yield value
        if at > CHUNK:
            buffer, at = buffer[at:], 0


def _to_next(file: TextIO, buffer: str, at: int) -> tuple[str, int]:
    """Past white space and commas, to where an object or the end of the list begins."""
    while True:
        while at < len(buffer) and buffer[at] in " \t\r\n,":
            at += 1
        if at < len(buffer):
            return buffer, at
        buffer, at = file.read(CHUNK), 0
        if not buffer:
            return "", 0


def _check_tail(text: str, name: str) -> None:
    remark = _REMARK.search(text)
    if remark and "error" in remark[1].lower():
        raise DataError("osm.incomplete", file=name, why=json.loads(remark[1])[:200])


def _why(wrong: Exception) -> str:
    return wrong.msg if isinstance(wrong, json.JSONDecodeError) else type(wrong).__name__


def _is_id(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 < abs(found) < 1 << 62


def _text(found: Any) -> str:
    """A text that can be written again: half a surrogate pair becomes a question mark."""
    said = found if isinstance(found, str) else json.dumps(found, ensure_ascii=True)
    return said if said.isascii() else said.encode("utf-8", "replace").decode("utf-8")


def _points(found: Any) -> list[Position | None]:
    return [_position(one) for one in found] if isinstance(found, list) else []


def _position(found: Any) -> Position | None:
    if not isinstance(found, dict):
        return None
    lon, lat = found.get("lon"), found.get("lat")
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    return (float(lon), float(lat)) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
