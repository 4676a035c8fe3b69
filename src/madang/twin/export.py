"""All layers of a branch as a folder of files: for any 3D Tiles viewer, behind any web server or none.

    tileset.json           one root that has every layer as an external tileset
    LAYER/tileset.json     the layer, complete, with its tiles beside it

The root's bounding volumes are regions of the Earth, found by walking each layer's own boxes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pyproj import Transformer

from madang.errors import CallerError, FileError, NotFoundError
from madang.geometry.flat import Floats
from madang.store import Store
from madang.twin.catalogue import layer_kind
from madang.twin.layers import layers, write_layer
from madang.twin.tiles import TILESET, move_into_place, write_whole

MARGIN_M = 1.0
GENERATOR = "Madang"


@dataclass(frozen=True)
class LayerFolder:
    """One layer as written: its features, tiles and bytes."""

    id: str
    features: int
    tiles: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """The counts as plain JSON."""
        return {"id": self.id, "features": self.features, "tiles": self.tiles, "bytes": self.bytes}


def write_city(
    store: Store, branch: str, out: Path, *, only: Sequence[str] = (), compressed: bool = False
) -> list[LayerFolder]:
    """Write the layers of a branch, or some of them, replacing what this function wrote there before."""
    wanted = [layer_kind(name).id for name in only]
    there = [info.id for info in layers(store, branch)]
    if not there:
        raise NotFoundError("tiles.no-layers", branch=branch)
    chosen = [name for name in there if name in wanted or not wanted]
    if not chosen:
        raise NotFoundError("twin.layer-unknown", layer=", ".join(wanted), known=", ".join(there))
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        writing = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
        try:
            made = [_layer(store, branch, name, writing, compressed=compressed) for name in chosen]
            write_whole(writing / TILESET, _root(writing, chosen))
            move_into_place(writing, out)
        except BaseException:
            shutil.rmtree(writing, ignore_errors=True)
            raise
    except OSError as error:
        raise FileError("tiles.cannot-write", folder=str(out), reason=error.strerror or "-") from error
    return made


def _layer(store: Store, branch: str, name: str, folder: Path, *, compressed: bool) -> LayerFolder:
    features = write_layer(store, branch, name, folder / name, compressed=compressed)
    tiles = list((folder / name).glob("*.glb"))
    return LayerFolder(name, features, len(tiles), sum(tile.stat().st_size for tile in tiles))


def _refuse_foreign(out: Path) -> None:
    """Never take a folder away that holds something else."""
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not _is_ours(out / TILESET)):
        raise CallerError("tiles.folder-in-use", folder=str(out))


def _is_ours(tileset: Path) -> bool:
    try:
        return bool(orjson.loads(tileset.read_bytes())["asset"]["generator"] == GENERATOR)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _root(folder: Path, names: Sequence[str]) -> bytes:
    children: list[dict[str, Any]] = []
    for name in names:
        document = orjson.loads((folder / name / TILESET).read_bytes())
        region = _region(document["root"])
        if region is not None:
            children.append(
                {
                    "boundingVolume": {"region": region},
                    "geometricError": document["geometricError"],
                    "refine": "ADD",
                    "content": {"uri": f"{name}/{TILESET}"},
                }
            )
    regions = np.array([child["boundingVolume"]["region"] for child in children] or [[0.0] * 6])
    error = max((child["geometricError"] for child in children), default=0.0)
    whole = [*regions[:, :2].min(axis=0), *regions[:, 2:4].max(axis=0), regions[:, 4].min(), regions[:, 5].max()]
    root: dict[str, Any] = {
        "boundingVolume": {"region": [float(edge) for edge in whole]},
        "geometricError": 2 * error,
        "refine": "ADD",
    }
    root |= {"children": children} if children else {}
    asset = {"version": "1.1", "generator": GENERATOR}
    return orjson.dumps({"asset": asset, "geometricError": 4 * error, "root": root})


def _region(root: dict[str, Any]) -> list[float] | None:
    """West, south, east, north in radians and lowest, highest in metres of a tile's box; None of an empty layer."""
    if "transform" not in root:
        return None
    box = np.array(root["boundingVolume"]["box"])
    half = box[[3, 7, 11]] + MARGIN_M
    signs = np.array(np.meshgrid([-1, 0, 1], [-1, 0, 1], [-1, 1])).reshape(3, -1).T
    corners = np.column_stack([box[:3] + signs * half, np.ones(len(signs))])
    earth = corners @ np.array(root["transform"]).reshape(4, 4)
    lon, lat, height = _degrees().transform(*earth[:, :3].T)
    sides: list[Floats] = [np.radians(lon), np.radians(lat), height]
    west, south, lowest = (float(side.min()) for side in sides)
    east, north, highest = (float(side.max()) for side in sides)
    return [west, south, east, north, lowest, highest]


def _degrees() -> Transformer:
    return Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
