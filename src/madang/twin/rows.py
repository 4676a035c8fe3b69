"""A layer's features in columns, one row a feature, in the order of their ids: what drawing them needs.

Rows can be taken, left out and merged without a look at the features that stay, so a layer of a large city is brought
up to date by what changed in it. `Reader` makes rows of documents and keeps the tally beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.entities.entity import Document, value_of
from madang.entities.storeys import storey_m
from madang.geometry.flat import Bools, Floats, Ints
from madang.geometry.rings import Rings
from madang.geometry.rings import joined as joined_rings
from madang.twin.catalogue import LayerKind
from madang.twin.solids import Bodies, body_of
from madang.twin.tallies import Tally

Objects = NDArray[np.object_]

HIGHEST_M = 10_000.0  # what claims to be higher is a mistake of its data: its height is unknown
POINT_CODES = frozenset({1, 4})
DRAWN, HEIGHT = "drawn", "height"  # what statuses are of: the place, or the height, of a feature


@dataclass(frozen=True)
class Rows:
    """Columns side by side; not-a-number and None where unknown. `figures` are those that prisms may stand for."""

    ids: Objects
    wkb: Objects
    names: Objects
    names_en: Objects
    parents: Objects  # the object that an object is a part of
    lods: Objects  # of bodies
    base_m: Floats
    width_m: Floats
    height_m: Floats
    pointed: Bools
    in_parts: Bools  # stands in its parts, which are features of their own
    dropped: Ints  # surfaces of bodies that cover nothing
    figures: Mapping[str, Floats]
    surfaces: Rings  # of bodies, with heights as the data state them

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def has_parts(self) -> bool:
        """Whether a body among them is a part of something."""
        return bool(len(self.surfaces.lonlat)) and any(parent is not None for parent in self.parents)

    def take(self, order: Ints) -> Rows:
        """These rows, in this order."""
        return Rows(
            **{name: getattr(self, name)[order] for name in _PLAIN},
            figures={name: values[order] for name, values in self.figures.items()},
            surfaces=self.surfaces.take(order),
        )

    def where(self, ids: Sequence[str]) -> Ints:
        """The rows of these ids; -1 where there is none."""
        wanted = np.asarray(ids, dtype=object)
        if not len(self.ids) or not len(wanted):
            return np.full(len(wanted), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[place] == wanted, place, -1).astype(np.int64)


_PLAIN = tuple(f.name for f in fields(Rows) if f.name not in ("figures", "surfaces"))


def joined(first: Rows, second: Rows) -> Rows:
    """The rows of one and then those of the other."""
    return Rows(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in _PLAIN},
        figures={name: np.concatenate([values, second.figures[name]]) for name, values in first.figures.items()},
        surfaces=joined_rings(first.surfaces, second.surfaces),
    )


def in_order_of_ids(ids: Objects) -> Ints:
    """The order that sorts ids; quick where they are sorted already."""
    listed = ids.tolist()
    return np.array(sorted(range(len(listed)), key=listed.__getitem__), dtype=np.int64)


class Reader:
    """Rows and tally of a layer as its documents go by."""

    def __init__(self, kind: LayerKind, tally: Tally | None = None) -> None:
        self.kind = kind
        self.tally = tally or Tally()
        self._texts: dict[str, list[Any]] = {name: [] for name in ("ids", "wkb", "names", "names_en", "parents")}
        self._metres: dict[str, list[float]] = {"base_m": [], "width_m": [], "height_m": []}
        self._in_parts: list[bool] = []
        self._figures: dict[str, list[float]] = {figure.attribute: [] for figure in kind.figures}
        self._bodies = Bodies()

    def take(self, document: Document, wkb: bytes) -> None:
        """One feature more."""
        texts, metres = self._texts, self._metres
        name, english = names_of(document)
        texts["ids"].append(document["id"])
        texts["wkb"].append(wkb)
        texts["names"].append(name)
        texts["names_en"].append(english)
        texts["parents"].append(_parent(document) if "refParent" in document else None)
        height, width = self._measured(document, 1)
        metres["base_m"].append(self.kind.sheet_base_m + self._above_ground(document))
        self._in_parts.append("parts" in document and "geometry3d" not in document)
        metres["width_m"].append(width)
        metres["height_m"].append(height)
        for attribute, figures in self._figures.items():
            figures.append(_number(document, attribute))
        self._bodies.take(body_of(document) if "geometry3d" in document else None)

    def forget(self, document: Document) -> None:
        """Take a feature's part out of the tally."""
        self._measured(document, -1)

    def finish(self) -> Rows:
        """What was taken, in order of ids."""
        surfaces, lods, dropped = self._bodies.finish()
        pointed = np.array([_is_point(wkb) for wkb in self._texts["wkb"]], dtype=bool)
        metres: dict[str, Any] = {name: np.array(values, dtype=np.float64) for name, values in self._metres.items()}
        metres["width_m"][pointed] = self.kind.symbol_side_m or self.kind.line_width_m
        columns: dict[str, Any] = {name: _objects(values) for name, values in self._texts.items()}
        rows = Rows(
            **columns,
            **metres,
            lods=_objects(lods),
            pointed=pointed,
            in_parts=np.array(self._in_parts, dtype=bool),
            dropped=dropped,
            figures={name: np.array(values, dtype=np.float64) for name, values in self._figures.items()},
            surfaces=surfaces,
        )
        order = in_order_of_ids(rows.ids)
        return rows if np.array_equal(order, np.arange(len(order))) else rows.take(order)

    def _above_ground(self, document: Document) -> float:
        """Metres from the ground to the foot of a block that hangs above it, such as a part over a passage."""
        base = _number(document, "baseAboveGround") if "baseAboveGround" in document else 0.0
        return base if self.kind.heights == "storeys" and 0 < base <= HIGHEST_M else 0.0

    def _measured(self, document: Document, sign: int) -> tuple[float, float]:
        """Height and width of a feature; what they and its place come from is counted."""
        kind, tally = self.kind, self.tally
        height, width = np.nan, kind.line_width_m
        tally.count(document, "location", DRAWN, sign)
        tally.take_attributes(document, sign)
        if kind.heights == "sheet":
            given, lanes = _number(document, "width"), _number(document, "lanes")
            return 0.0, given if given > 0 else lanes * kind.lane_m if lanes > 0 else width
        if kind.heights == "figure":
            for attribute in self._figures:
                if _number(document, attribute) == _number(document, attribute):
                    tally.count(document, attribute, attribute, sign)
            return height, width
        height = _number(document, "height")
        if height == height:  # not-a-number is unequal to itself
            tally.count(document, "height", HEIGHT, sign)
        elif kind.by_storeys:
            height = _number(document, "floorsAboveGround") * storey_m(value_of(document, "use"))
            if height == height:
                tally.count_status("estimated", HEIGHT, sign)
        return height if abs(height) <= HIGHEST_M else np.nan, width


def names_of(document: Document) -> tuple[str | None, str | None]:
    """A feature's name in Korean, or the only one it has, and its English name where that differs."""
    found = value_of(document, "name") if "name" in document else None
    found = value_of(document, "title") if found is None and "title" in document else found
    if isinstance(found, str):
        return found or None, None
    if not isinstance(found, dict) or not found:
        return None, None
    name = found.get("ko") or next(iter(found.values()))
    english = found.get("en")
    return name, english if english != name else None


def _parent(document: Document) -> str | None:
    found = value_of(document, "refParent")
    return found if isinstance(found, str) else None


def _number(document: Document, attribute: str) -> float:
    """An attribute's number; not-a-number where there is none."""
    instance = document.get(attribute)
    if instance is None:
        return np.nan
    value = instance.get("value") if type(instance) is dict else value_of(document, attribute)
    return float(value) if type(value) is int or type(value) is float else np.nan


def _is_point(wkb: bytes) -> bool:
    """Whether little-endian ISO well-known binary is a point or several; a height adds 1000 to its code."""
    return int.from_bytes(wkb[1:5], "little") % 1000 in POINT_CODES


def _objects(values: Sequence[Any]) -> Objects:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
