"""What a JSON file is, told from its content: GeoJSON, CityJSON, a sequence of either, or entities."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson

Kind = Literal["geojson", "cityjson", "cityjsonseq", "entities"]

SUFFIXES = frozenset((".json", ".geojson", ".jsonld", ".jsonl", ".cityjson"))
_HEAD = 8192
_TYPE = re.compile(rb'"type"\s*:\s*"(CityJSON|CityJSONFeature|FeatureCollection|Feature)"')
_OBJECTS = re.compile(rb'[\s\xef\xbb\xbf]*\{\s*"CityObjects"\s*:')  # as many write them: the objects first
_GEO = ("FeatureCollection", "Feature")


def json_kind(path: Path) -> Kind | None:
    """The kind of a JSON file; None if it is no JSON that Madang knows."""
    if path.suffix.lower() not in SUFFIXES:
        return None
    state = path.stat()
    return _kind_of(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _kind_of(path: Path, _modified: int, _size: int) -> Kind | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    first = head.split(b"\n", 1)[0].strip()
    if path.suffix.lower() == ".jsonl" or (first.startswith(b"{") and first.endswith(b"}") and b"\n" in head):
        return _line_kind(first)
    if _OBJECTS.match(head):  # whole or broken off: its own reader says what is wrong with it
        return "cityjson"
    found = _TYPE.search(head)
    if found and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        name = found.group(1).decode()
        if name == "CityJSON" or b'"CityObjects"' in head:
            return "cityjson"
        if name in _GEO and _top_is(head, name):
            return "geojson"
    try:
        return _parsed_kind(orjson.loads(path.read_bytes()))
    except orjson.JSONDecodeError:
        return (
            "geojson" if path.suffix.lower() == ".geojson" else "entities" if path.suffix.lower() == ".jsonld" else None
        )


def _line_kind(line: bytes) -> Kind | None:
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    kind = _parsed_kind(parsed)
    return "cityjsonseq" if kind == "cityjson" else kind


def _top_is(head: bytes, name: str) -> bool:
    """Whether the first member of the top object that is called type has this value."""
    return bool(
        re.match(
            rb'[\s\xef\xbb\xbf]*\{\s*("[a-z_]+"\s*:\s*("[^"]*"|[\d.]+)\s*,\s*)*"type"\s*:\s*"' + name.encode(), head
        )
    )


def _parsed_kind(parsed: Any) -> Kind | None:
    if isinstance(parsed, list):
        first = parsed[0] if parsed else {"id": ""}
        return "entities" if isinstance(first, dict) and ("id" in first or "type" in first) else None
    if not isinstance(parsed, dict):
        return None
    kind = parsed.get("type")
    if kind in ("CityJSON", "CityJSONFeature"):
        return "cityjson"
    if kind in _GEO:
        return "geojson"
    return "entities" if "id" in parsed or "@context" in parsed or "@graph" in parsed else None
