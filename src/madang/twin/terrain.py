"""The ground of a branch: its `Terrain` entities as one `Ground`, kept in memory by content.

A grid is decoded once and shared by every branch that shows it: what it is kept by is the SHA-256 of its bytes with its
place. `terrain_key` says, without decoding anything, whether the ground of two branches is the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import orjson
from pyproj.exceptions import ProjError

from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.errors import DataError
from madang.geometry.terrain import Grid, Ground, Heights
from madang.sources.heights import decoded
from madang.sources.raster import TYPE
from madang.store import View
from madang.twin.catalogue import Text, layer_kind

MOST_KEPT = 4  # grounds; a city has one, and a branch that changes it another

_kept: OrderedDict[str, Ground] = OrderedDict()
_keeping = threading.Lock()


def ground_of(view: View) -> Ground | None:
    """The ground that a branch's Terrain entities make; None for a city without."""
    terrains = _terrains(view)
    if not terrains:
        return None
    key = _key(terrains)
    with _keeping:
        if key not in _kept:
            _kept[key] = _ground(view, terrains)
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def terrain_key(view: View) -> str:
    """Sixteen hex digits that change when the ground does; '' for a city without terrain."""
    terrains = _terrains(view)
    return _key(terrains) if terrains else ""


def terrain_note(ground: Ground) -> Text:
    """What a page says about the terrain itself: how it is drawn, and for what it is too coarse."""
    kind = layer_kind("terrain")
    finest = ground.grids[0].cell_m
    said = [dict(kind.note)]
    if kind.coarse_note and finest >= kind.coarse_from_m:
        said.append(kind.said(kind.coarse_note, cell=f"{finest:.0f}"))
    return {language: " ".join(part[language] for part in said) for language in ("ko", "en")}


def _terrains(view: View) -> list[Document]:
    found = [document for document in view.documents(Query(types=parse_types(TYPE))) if _grid_of(document)]
    return sorted(found, key=lambda document: str(document["id"]))


def _grid_of(document: Document) -> dict[str, Any] | None:
    found = value_of(document, "grid")
    return found if isinstance(found, dict) and "sha256" in found else None


def _key(terrains: list[Document]) -> str:
    said = [[document["id"], _grid_of(document), _offset(document)] for document in terrains]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _ground(view: View, terrains: list[Document]) -> Ground:
    grids = [_grid(view, document) for document in terrains]
    offsets = {document["id"]: _offset(document) for document in terrains}
    ground = Ground.of(grids)
    given = (offsets[grid.id] for grid in ground.grids if offsets[grid.id] is not None)
    return Ground(ground.grids, next(given, None) or 0.0)


def _grid(view: View, document: Document) -> Grid:
    """The grid of an entity; what a hand may have written there is checked again."""
    said = _grid_of(document) or {}
    try:
        heights: Heights = decoded(said, view.blob(said["sha256"]))
        a, b, c, d, e, f = (float(number) for number in said["transform"])
        grid = Grid(str(said["crs"]), (a, b, c, d, e, f), heights, id=str(document["id"]))
        sound = np.isfinite(grid.cell_m) and grid.cell_m > 0
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError, ProjError) as wrong:
        raise DataError("terrain.grid-broken", entity=document["id"], why=wrong) from None
    if not sound:
        raise DataError("terrain.grid-broken", entity=document["id"], why="transform")
    return grid


def _offset(document: Document) -> float | None:
    found = value_of(document, "geoidOffset")
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
