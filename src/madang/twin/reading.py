"""A layer read from the city: its shapes, names and heights, what else its features say, and where that comes from.

Everything a tileset, a list of layers or a legend needs is gathered in one pass over the layer's entities. Nothing is
guessed in silence: a height worked out from storeys is marked estimated, an unknown one stays unknown (the feature is
then drawn flat), and a feature without extent gets a sign whose size says so (`symbolic`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely

from madang.entities.entity import Document, Instance, provenance_of, value_of
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import attribute_info
from madang.geometry.flat import Bools, Floats
from madang.geometry.footprints import is_symbolic, metres_per_degree
from madang.indicators.provenance import combine_status
from madang.store import View
from madang.twin.catalogue import Figure, LayerKind, Text
from madang.twin.tiles import FeatureColumns

HIGHEST_SHARE = 0.1  # the highest prism, as a share of the layer's diagonal
MOST_CATEGORIES = 24
NEVER_COLOURED = frozenset(
    {"name", "code", "status", "source", "address", "validFrom", "validTo", "description", "pnu"}
)


@dataclass(frozen=True)
class AttributeSummary:
    """An attribute that features can be coloured by: numbers or a few categories."""

    name: str
    label: Text
    kind: str  # "number" or "category"
    unit: str | None
    period: str | None
    status: str | None
    count: int

    def as_json(self) -> dict[str, Any]:
        """The summary as plain JSON."""
        return {
            "name": self.name,
            "label": dict(self.label),
            "kind": self.kind,
            "unit": self.unit,
            "period": self.period,
            "status": self.status,
            "count": self.count,
        }


@dataclass(frozen=True)
class LayerData:
    """A layer as read: columns side by side, and what was seen on the way."""

    kind: LayerKind
    ids: Sequence[str]
    wkb: Sequence[bytes]
    names: Sequence[str | None]
    names_en: Sequence[str | None]
    base_m: Floats
    width_m: Floats
    heights: Floats  # metres, or the figure's values; not-a-number where unknown
    symbolic: Bools
    figure: Figure | None
    statuses: Mapping[str | None, int]
    sources: Sequence[str]
    attributes: Sequence[AttributeSummary]

    @property
    def status(self) -> str | None:
        """observed, estimated or synthetic: the strictest of what is drawn; None where it was not stated."""
        return combine_status(self.statuses)

    def diagonal_m(self) -> float:
        """From corner to corner of the layer's bounds."""
        west, south, east, north = shapely.total_bounds(shapely.from_wkb(self.wkb))
        metres = metres_per_degree(np.array((south + north) / 2))
        return float(np.hypot(*((east - west, north - south) * metres)))

    def metres_per_unit(self) -> float:
        """The scale of prisms: a 1, 2 or 5 with zeros, so that the highest is at most a tenth of the layer."""
        known = self.heights[np.isfinite(self.heights)]
        if self.figure is None or not len(known) or known.max() <= 0:
            return 1.0
        return round_scale(HIGHEST_SHARE * self.diagonal_m() / float(known.max()))

    def columns(self, metres_per_unit: float) -> FeatureColumns:
        """What the tiles carry: shapes, metres, and id, name and height (or figure) of each feature."""
        scale = metres_per_unit if self.figure else 1.0
        properties: dict[str, Sequence[Any]] = {"name": self.names}
        if any(self.names_en):
            properties["nameEn"] = self.names_en
        properties[self.figure.attribute if self.figure else "height"] = [
            None if np.isnan(value) else value for value in self.heights.tolist()
        ]
        if self.symbolic.any():
            properties["symbolic"] = self.symbolic.astype(np.float64).tolist()
        return FeatureColumns(
            ids=self.ids,
            wkb=self.wkb,
            base_m=self.base_m,
            height_m=np.nan_to_num(np.maximum(self.heights, 0.0)) * scale,
            properties=properties,
            width_m=self.width_m,
        )


def round_scale(scale: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above a scale."""
    power = 10.0 ** np.floor(np.log10(scale))
    step = max(n for n in (1, 2, 5) if n * power <= scale * (1 + 1e-9))
    return float(f"{step * power:.6g}")


def read_layer(view: View, kind: LayerKind) -> LayerData:
    """The layer of a kind as a view sees it; features without a geometry are not in it."""
    ids, wkb = view.geometries(kind.type)
    place = dict(zip(ids, wkb, strict=True))
    seen = _Seen(kind)
    for stored in view.query(Query(types=parse_types(kind.type))):
        document = orjson.loads(stored)  # one at a time: a large layer's documents need not stand in memory together
        if document["id"] in place:
            seen.take(document)
    shapes = [place[entity] for entity in seen.ids]
    return seen.finish(shapes)


@dataclass
class _Attribute:
    """One attribute while its layer is read: how often it was a number, a text, and what it said about itself."""

    numbers: int = 0
    words: int = 0
    texts: set[str] = field(default_factory=set)
    told: set[tuple[str | None, str | None, str | None]] = field(default_factory=set)  # unit, period, status

    def take(self, instance: Instance, status: str | None) -> None:
        value = instance.get("value")
        if type(value) is int or type(value) is float:
            self.numbers += 1
        elif type(value) is str:
            self.words += 1
            if len(self.texts) <= MOST_CATEGORIES:
                self.texts.add(value)
        else:
            return
        period = instance.get("period")
        self.told.add((instance.get("unitCode"), None if period is None else _text(period), status))

    def summary(self, name: str) -> AttributeSummary | None:
        category = not self.numbers and 1 <= len(self.texts) <= MOST_CATEGORIES
        if not category and (self.words or not self.numbers):
            return None
        info = attribute_info(name)
        units, periods, statuses = zip(*self.told, strict=True)
        return AttributeSummary(
            name=name,
            label=info.label if info else {"ko": name, "en": name},
            kind="category" if category else "number",
            unit=_single(units),
            period=_single(periods),
            status=combine_status(statuses),
            count=self.numbers + self.words,
        )


class _Seen:
    """The columns of a layer as its documents go by."""

    def __init__(self, kind: LayerKind) -> None:
        self.kind = kind
        self.ids: list[str] = []
        self._names: list[str | None] = []
        self._names_en: list[str | None] = []
        self._base: list[float] = []
        self._width: list[float] = []
        self._heights: list[float] = []
        self._figures: dict[str, list[float]] = {figure.attribute: [] for figure in kind.figures}
        self._statuses: Counter[str | None] = Counter()
        self._figure_statuses: dict[str, Counter[str | None]] = {f.attribute: Counter() for f in kind.figures}
        self._sources: dict[str, None] = {}
        self._attributes: dict[str, _Attribute] = {}

    def take(self, document: Document) -> None:
        self.ids.append(document["id"])
        name, english = names_of(document)
        self._names.append(name)
        self._names_en.append(english)
        self._count(document, "location", self._statuses)
        self._read_heights(document)
        status = _status(document, None)
        for attribute, instance in document.items():
            if type(instance) is dict and instance.get("type") == "Property" and attribute not in NEVER_COLOURED:
                seen = self._attributes.get(attribute)
                if seen is None:
                    seen = self._attributes[attribute] = _Attribute()
                seen.take(instance, _status(instance, status))

    def finish(self, wkb: Sequence[bytes]) -> LayerData:
        figure = next((f for f in self.kind.figures if np.isfinite(self._figures[f.attribute]).any()), None)
        heights = np.array(self._figures[figure.attribute] if figure else self._heights, dtype=np.float64)
        statuses = self._statuses + (self._figure_statuses[figure.attribute] if figure else Counter())
        pointed = is_symbolic(np.asarray(shapely.from_wkb(wkb), dtype=object))
        symbolic = pointed | (np.isnan(heights) & (self.kind.symbol_height_m > 0))
        if self.kind.symbol_height_m:
            heights = np.where(np.isnan(heights), self.kind.symbol_height_m, heights)
        width = np.array(self._width, dtype=np.float64)
        width[pointed] = self.kind.symbol_side_m or self.kind.line_width_m
        summaries = (seen.summary(name) for name, seen in self._attributes.items())
        return LayerData(
            kind=self.kind,
            ids=self.ids,
            wkb=wkb,
            names=self._names,
            names_en=self._names_en,
            base_m=np.array(self._base, dtype=np.float64),
            width_m=width,
            heights=heights,
            symbolic=symbolic,
            figure=figure,
            statuses=statuses,
            sources=tuple(self._sources),
            attributes=tuple(summary for summary in summaries if summary),
        )

    def _read_heights(self, document: Document) -> None:
        kind = self.kind
        height, width = np.nan, kind.line_width_m
        if kind.heights == "figure":
            for attribute, values in self._figures.items():
                value = _number(document, attribute)
                values.append(value)
                if value == value:  # not-a-number is unequal to itself
                    self._count(document, attribute, self._figure_statuses[attribute])
        elif kind.heights == "storeys":
            height = _number(document, "height")
            if height == height:
                self._count(document, "height", self._statuses)
            else:
                height = _number(document, "floorsAboveGround") * kind.storey_m
                self._statuses["estimated"] += height == height
        else:
            height = 0.0
            given, lanes = _number(document, "width"), _number(document, "lanes")
            width = given if given > 0 else lanes * kind.lane_m if lanes > 0 else width
        self._base.append(kind.sheet_base_m)
        self._heights.append(height)
        self._width.append(width)

    def _count(self, document: Document, attribute: str, statuses: Counter[str | None]) -> None:
        """Count the status of something drawn, and note its source."""
        found = provenance_of(document, attribute)
        statuses[found.status] += 1
        if found.source is not None:
            self._sources[found.source] = None


def names_of(document: Document) -> tuple[str | None, str | None]:
    """A feature's name in Korean, or the only one it has, and its English name where that differs."""
    found = value_of(document, "name")
    found = value_of(document, "title") if found is None else found
    if isinstance(found, str):
        return found or None, None
    if not isinstance(found, dict) or not found:
        return None, None
    name = found.get("ko") or next(iter(found.values()))
    english = found.get("en")
    return name, english if english != name else None


def _status(said: Mapping[str, Any], otherwise: str | None) -> str | None:
    """The status an instance or an entity states itself: the part of `provenance_of` that every attribute needs."""
    found = said.get("status")
    return otherwise if found is None else found.get("value")


def _number(document: Document, attribute: str) -> float:
    """An attribute's number; not-a-number where there is none."""
    value = value_of(document, attribute) if attribute in document else None
    return float(value) if type(value) is int or type(value) is float else np.nan


def _text(instance: Any) -> str | None:
    value = instance.get("value") if isinstance(instance, dict) else None
    return None if value is None else str(value)


def _single(values: Iterable[str | None]) -> str | None:
    """The one value that all agree on, else None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
