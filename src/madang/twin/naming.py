"""How the viewer says an entity: its name and type in both languages, where on the map it stands, whose data it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from shapely.errors import ShapelyError

from madang.entities.entity import Document, geometry_of, types_of, value_of
from madang.entities.vocabulary import attribute_info, type_info
from madang.store import View

Pair = Mapping[str, str]
NAMES = ("name", "title", "text")
MOST_NAME = 200


def pair(said: Any) -> dict[str, str] | None:
    """A text, or a text in each language, as one in Korean and one in English; None where nothing is said."""
    if isinstance(said, str):
        return {"ko": said, "en": said} if said else None
    if not isinstance(said, Mapping):
        return None
    texts = {language: text for language, text in said.items() if isinstance(text, str) and text}
    anyone = next(iter(texts.values()), None)
    return None if anyone is None else {language: texts.get(language) or anyone for language in ("ko", "en")}


def name_of(document: Document) -> dict[str, str] | None:
    """What people call an entity, in both languages; long texts are cut."""
    for attribute in NAMES:
        said = pair(value_of(document, attribute)) if attribute in document else None
        if said is not None:
            return {language: text[:MOST_NAME] for language, text in said.items()}
    return None


def label_of_type(name: str) -> dict[str, str]:
    """What a type is called, in both languages."""
    return dict(type_info(name).label)


def label_of_attribute(name: str) -> dict[str, str]:
    """What an attribute is called, in both languages; its own name when the vocabulary has none."""
    known = attribute_info(name)
    return {"ko": name, "en": name} if known is None else dict(known.label)


def point_of(document: Document) -> tuple[float, float] | None:
    """A point (lon, lat) in the middle of an entity's place, or None where it has none that can be read."""
    geometry = geometry_of(document)
    if geometry is None:
        return None
    if geometry.get("type") == "Point":
        lon, lat = geometry["coordinates"][:2]
        return float(lon), float(lat)
    try:
        inside = _middle(shapely.geometry.shape(geometry))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    return None if inside.is_empty else (round(inside.x, 7), round(inside.y, 7))


def _middle(shape: Any) -> Any:
    """The middle of a line (the longest of several), else a point inside."""
    if shape.geom_type == "MultiLineString" and not shape.is_empty:
        shape = max(shape.geoms, key=lambda line: line.length)
    is_line = shape.geom_type == "LineString" and not shape.is_empty
    return shape.interpolate(0.5, normalized=True) if is_line else shape.representative_point()


def first_type(document: Document) -> str:
    """The type by which an entity is labelled."""
    return types_of(document)[0]


def titles_of(view: View, sources: Iterable[str | None]) -> dict[str, str] | None:
    """The titles of the data sets that figures come from, each once; None where nobody said."""
    ids = sorted({source for source in sources if source})
    documents = (view.document(id) for id in ids)
    titles = [said for said in (name_of(document) for document in documents if document is not None) if said]
    if not titles:
        return None
    return {language: "; ".join(dict.fromkeys(title[language] for title in titles)) for language in ("ko", "en")}
