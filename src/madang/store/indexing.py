"""What the side tables know of a document: its values, the kinds of its attributes, its box and its geometry.

The values are those `entities.index` gives; one table holds them for all attributes, so an attribute costs no index and
no DDL of its own. Each attribute also leaves behind of what *kind* it was, once a type, so that a layer knows its
columns and a count knows whether an entity can stand in the index twice.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import orjson
import shapely

from madang.entities.entity import ENTITY_MEMBERS, Document, geometry_of
from madang.entities.index import IndexValue, index_terms

# How md_shape.kind counts them. A type alone stands there as attribute 0, kind 0.
A_TYPE, NUMBER, TEXT, TRUTH, LINK, LANGUAGE, MANY, DEEP, SERIES, POINT, LINE, SURFACE, SHAPES = range(13)

Box = tuple[float, float, float, float]  # x0, x1, y0, y1: the order of R*Tree columns and of a GeoPackage envelope

_GPKG_HEAD = struct.Struct("<2sBBi4d")
_POINT = struct.Struct("<BIdd")
HEAD_BYTES = _GPKG_HEAD.size  # the WKB of a stored geometry begins here
KIND_OF_TYPE: dict[type, int] = {str: TEXT, int: NUMBER, float: NUMBER, bool: TRUTH, list: MANY}
_KIND_OF_GEOMETRY = {"Point": POINT, "LineString": LINE, "Polygon": SURFACE}
_KIND_OF_ATTRIBUTE = {
    "LanguageProperty": LANGUAGE,
    "ListProperty": MANY,
    "ListRelationship": MANY,
    "VocabProperty": MANY,
}


def kind_of(found: Any) -> int:
    """The kind of an attribute, from its instance or list of instances."""
    if type(found) is not dict or "datasetId" in found:
        return MANY
    kind = found["type"]
    if kind == "Property":
        return KIND_OF_TYPE.get(type(found.get("value")), DEEP)
    if kind == "Relationship":
        return LINK if type(found["object"]) is str else MANY
    if kind == "GeoProperty":
        return _KIND_OF_GEOMETRY.get(found["value"]["type"], SHAPES)
    return _KIND_OF_ATTRIBUTE.get(kind, DEEP)


def values(doc: Document) -> list[tuple[str, IndexValue]]:
    """The (attribute, value) pairs of a document; the place of a series, a Property without a value, has none."""
    made: dict[str, Any] = {}
    for name, found in doc.items():
        if name not in ENTITY_MEMBERS:
            instances = [i for i in (found if type(found) is list else (found,)) if not is_place(i)]
            if instances:
                made[name] = instances
    return index_terms(made)


def is_place(instance: dict[str, Any]) -> bool:
    """Whether an instance only keeps the place of a series' readings."""
    return instance["type"] == "Property" and "value" not in instance


def alike(a: Any, b: Any) -> bool:
    """Whether two attributes leave the same in the index; to Python 1 and true are equal, to JSON they are not."""
    if a != b:
        return False
    if type(a) is dict and type(a.get("value")) is type(b.get("value")) and type(a.get("value")) is not list:
        return True
    return orjson.dumps(a, option=orjson.OPT_SORT_KEYS) == orjson.dumps(b, option=orjson.OPT_SORT_KEYS)


def geometry_blobs(docs: Sequence[Document]) -> list[tuple[Box, bytes] | None]:
    """For each document the box and the GeoPackage geometry of its `location`; None where there is none."""
    made: list[tuple[Box, bytes] | None] = [None] * len(docs)
    hard: list[int] = []
    texts: list[bytes] = []
    for n, doc in enumerate(docs):
        place = doc.get("location")
        if place is None:
            continue
        geometry = place["value"] if type(place) is dict and place["type"] == "GeoProperty" else geometry_of(doc)
        if geometry is None:
            continue
        if geometry["type"] == "Point" and len(geometry["coordinates"]) == 2:
            x, y = geometry["coordinates"]
            made[n] = _blob((x, x, y, y), _POINT.pack(1, 1, x, y))
        else:
            hard.append(n)
            texts.append(orjson.dumps(geometry))
    if hard:
        shapes = shapely.from_geojson(texts)
        boxes = shapely.bounds(shapes)
        wkbs = shapely.to_wkb(shapes, byte_order=1, flavor="iso")
        for n, (x0, y0, x1, y1), wkb in zip(hard, boxes.tolist(), wkbs, strict=True):
            if not math.isnan(x0):
                made[n] = _blob((x0, x1, y0, y1), wkb)
    return made


def _blob(box: Box, wkb: bytes) -> tuple[Box, bytes]:
    return box, _GPKG_HEAD.pack(b"GP", 0, 0b00000011, 4326, *box) + wkb
