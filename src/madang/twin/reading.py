"""A layer read from the city: its shapes, names and heights, what else its features say, and where that comes from.

Everything a tileset, a list of layers or a legend needs is gathered in one pass over the layer's entities. Nothing is
guessed in silence: a height worked out from storeys is marked estimated, an unknown one stays unknown (the feature is
then drawn flat), and a feature without extent gets a sign whose size says so (`symbolic`).

    read_layer   the whole of it, from a view
    patched      the same layer after some entities became others, without reading the rest
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
import shapely

from madang.entities.entity import Document
from madang.entities.query import Query
from madang.geometry.flat import Bools, Floats, Ints
from madang.geometry.footprints import POLYGONS, footprints, metres_per_degree
from madang.geometry.rings import Geometries, Rings, rings_from_geometries
from madang.geometry.rings import joined as joined_rings
from madang.geometry.surfaces import lowest_m
from madang.indicators.provenance import combine_status
from madang.store import View
from madang.store.indexing import HEAD_BYTES, geometry_blobs
from madang.twin.catalogue import Figure, LayerKind
from madang.twin.rows import DRAWN, HEIGHT, Objects, Reader, Rows, in_order_of_ids, joined
from madang.twin.rows import names_of as names_of
from madang.twin.solids import MOST_CORNERS
from madang.twin.tallies import AttributeSummary as AttributeSummary
from madang.twin.tallies import Tally
from madang.twin.tiles import FeatureColumns

HIGHEST_SHARE = 0.1  # the highest prism, as a share of the layer's diagonal


@dataclass(frozen=True)
class LayerData:
    """A layer as read: rows, and what was counted on the way."""

    kind: LayerKind
    rows: Rows
    tally: Tally

    @property
    def ids(self) -> Sequence[str]:
        """The features, in order of their ids."""
        found: Sequence[str] = self.rows.ids.tolist()
        return found

    @cached_property
    def figure(self) -> Figure | None:
        """What prisms stand for: the first figure that the data have."""
        known = (f for f in self.kind.figures if np.isfinite(self.rows.figures[f.attribute]).any())
        return next(known, None)

    @cached_property
    def heights(self) -> Floats:
        """Metres, or the figure's values; not-a-number where unknown."""
        if self.figure is not None:
            return self.rows.figures[self.figure.attribute]
        known = self.rows.height_m
        return np.where(np.isnan(known), self.kind.symbol_height_m, known) if self.kind.symbol_height_m else known

    @cached_property
    def has_body(self) -> Bools:
        """Which features are drawn by surfaces of their own."""
        return np.asarray(np.diff(self.rows.surfaces.feature_offsets) > 0)

    @cached_property
    def symbolic(self) -> Bools:
        """Which features are drawn by a sign whose size is not theirs."""
        unknown = np.isnan(self.rows.height_m) & (self.kind.symbol_height_m > 0)
        return np.asarray((self.rows.pointed | unknown) & ~self.has_body)

    @cached_property
    def statuses(self) -> Mapping[str | None, int]:
        """How many places and heights have which status."""
        return self.tally.status_of((DRAWN, self.figure.attribute if self.figure else HEIGHT))

    @property
    def status(self) -> str | None:
        """observed, estimated or synthetic: the strictest of what is drawn; None where it was not stated."""
        return combine_status(self.statuses)

    @cached_property
    def sources(self) -> Sequence[str]:
        """The ids of the datasets that it comes from."""
        return self.tally.sources_named()

    @cached_property
    def attributes(self) -> Sequence[AttributeSummary]:
        """What its features can be coloured by."""
        return self.tally.summaries()

    @cached_property
    def rings(self) -> Rings:
        """The footprints, as polygons."""
        return _rings(self.rows)

    @cached_property
    def standing_m(self) -> Floats:
        """For features with a body: the height in the data of what stands on the ground, they or what they belong to.

        Not-a-number for the others.
        """
        lowest = lowest_m(self.rows.surfaces)
        out = np.full(len(lowest), np.nan)
        mine = np.flatnonzero(np.isfinite(lowest))
        if len(mine):
            whole = [parent or id for id, parent in zip(self.rows.ids[mine], self.rows.parents[mine], strict=True)]
            _, group = np.unique(np.array(whole, dtype=object), return_inverse=True)
            ground = np.full(int(group.max()) + 1, np.inf)
            np.minimum.at(ground, group, lowest[mine])
            out[mine] = ground[group]
        return out

    def diagonal_m(self) -> float:
        """From corner to corner of the layer's bounds."""
        if not len(self.rings.lonlat):
            return 1.0
        lowest, highest = self.rings.lonlat.min(axis=0), self.rings.lonlat.max(axis=0)
        return float(np.hypot(*((highest - lowest) * metres_per_degree(((lowest + highest) / 2)[1:])[0])))

    def metres_per_unit(self) -> float:
        """The scale of prisms: a 1, 2 or 5 with zeros, so that the highest is at most a tenth of the layer."""
        known = self.heights[np.isfinite(self.heights)]
        if self.figure is None or not len(known) or known.max() <= 0:
            return 1.0
        return round_scale(HIGHEST_SHARE * self.diagonal_m() / float(known.max()))

    def only(self, rows: Ints) -> LayerData:
        """These features, standing as they do in the whole."""
        made = LayerData(self.kind, self.rows.take(rows), self.tally)
        made.__dict__.update(figure=self.figure, standing_m=self.standing_m[rows])
        return made

    def as_part_of(self, whole: LayerData) -> LayerData:
        """The same features with heights that stand for what they do in a whole."""
        if whole.figure is not None:
            self.__dict__["figure"] = whole.figure
        return self

    def columns(self, metres_per_unit: float) -> FeatureColumns:
        """What the tiles carry: shapes, metres, and id, name and height (or figure) of each feature."""
        scale = metres_per_unit if self.figure else 1.0
        heights, rows = self.heights, self.rows
        properties: dict[str, Any] = {"name": rows.names}
        if (rows.names_en != None).any():  # noqa: E711 - element by element
            properties["nameEn"] = rows.names_en
        properties[self.figure.attribute if self.figure else "height"] = heights
        if self.symbolic.any():
            properties["symbolic"] = self.symbolic.astype(np.float64)
        if self.has_body.any():
            properties["lod"] = rows.lods
        return FeatureColumns(
            ids=rows.ids,
            wkb=rows.wkb,
            base_m=rows.base_m,
            # What stands in its parts is drawn by them, and by its outline on the ground.
            height_m=np.where(rows.in_parts, 0.0, np.nan_to_num(np.maximum(heights, 0.0))) * scale,
            properties=properties,
            width_m=rows.width_m,
            rings=self.rings,
            surfaces=rows.surfaces,
            standing_m=self.standing_m,
        )


def round_scale(scale: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above a scale."""
    power = 10.0 ** np.floor(np.log10(scale))
    step = max(n for n in (1, 2, 5) if n * power <= scale * (1 + 1e-9))
    return float(f"{step * power:.6g}")


def read_layer(view: View, kind: LayerKind) -> LayerData:
    """The layer of a kind as a view sees it; features without a geometry are not in it."""
    place: dict[str, bytes] = {}
    for name in kind.types:
        place.update(zip(*view.geometries(name), strict=True))
    reader = Reader(kind)
    if not place:
        return LayerData(kind, reader.finish(), reader.tally)
    # Shapes are worked on outside Python's lock, so a second core can do that while this one reads documents.
    with ThreadPoolExecutor(1) as beside:
        drawing = beside.submit(_polygons, list(place.values()))
        for stored in view.query(Query(types=tuple((name,) for name in kind.types))):
            document = orjson.loads(stored)  # one at a time: a large layer's need not stand in memory together
            shape = place.get(document["id"])
            if shape is not None:
                reader.take(document, shape)
        made = LayerData(kind, reader.finish(), reader.tally)
        rings = drawing.result()
    if rings is not None:
        number = dict(zip(place, range(len(place)), strict=True))
        made.__dict__["rings"] = rings.take(np.array([number[id] for id in made.ids], dtype=np.int64))
    return made


def read_documents(kind: LayerKind, documents: Iterable[Document]) -> LayerData:
    """A layer of these entities alone; what has no geometry is not in it."""
    reader = Reader(kind)
    _take(reader, documents)
    return LayerData(kind, reader.finish(), reader.tally)


def patched(data: LayerData, before: Iterable[Document], after: Iterable[Document]) -> LayerData | None:
    """The layer after its entities `before` became those in `after`; None where only reading it anew can tell.

    What is of no type of the layer, or has no geometry, is passed over; so is what was not in it.
    """
    reader = Reader(data.kind, data.tally.copy())
    gone = [document for document in before if _belongs(document, data.kind)]
    rows = data.rows.where([document["id"] for document in gone])
    for document, row in zip(gone, rows.tolist(), strict=True):
        if row >= 0:
            reader.forget(document)
    _take(reader, after)
    if reader.tally.is_lost:
        return None
    new = reader.finish()
    stay = np.ones(len(data.rows), dtype=bool)
    stay[rows[rows >= 0]] = False
    kept = np.flatnonzero(stay)
    together = joined(data.rows.take(kept), new)
    order = in_order_of_ids(together.ids)
    made = LayerData(data.kind, together.take(order), reader.tally)
    if "rings" in data.__dict__:  # worked out already: only what came has to be
        made.__dict__["rings"] = joined_rings(data.rings.take(kept), _rings(new)).take(order)
    return made


def _take(reader: Reader, documents: Iterable[Document]) -> None:
    come = [document for document in documents if _belongs(document, reader.kind)]
    for document, found in zip(come, geometry_blobs(come), strict=True):
        if found is not None:
            reader.take(document, found[1][HEAD_BYTES:])


def _belongs(document: Document, kind: LayerKind) -> bool:
    found = document["type"]
    return found in kind.types if isinstance(found, str) else bool(set(found) & set(kind.types))


def _rings(rows: Rows) -> Rings:
    """The polygons of the footprints."""
    return rings_from_geometries(footprints(_shapes(rows.wkb), width_m=rows.width_m))


def _polygons(wkb: Sequence[bytes]) -> Rings | None:
    """The polygons of footprints none of which needs a width; None where one does."""
    shapes = _shapes(np.array([*wkb, None], dtype=object)[:-1])
    return None if np.any(shapely.get_dimensions(shapes) < POLYGONS) else rings_from_geometries(shapes)


def _shapes(wkb: Objects) -> Geometries:
    """Geometries; what lies outside the Earth, or has more corners than fit a tile, is none."""
    shapes = np.asarray(shapely.from_wkb(wkb), dtype=object)
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        fine = np.all(np.abs(bounds) <= (180, 90, 180, 90), axis=1)
    fine &= shapely.get_num_coordinates(shapes) <= MOST_CORNERS
    if not fine.all():
        shapes[~fine] = None
    return shapes
