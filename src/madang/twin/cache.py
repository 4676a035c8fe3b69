"""The folder that keeps the tilesets of a city's layers, and forgets what nobody needs.

    LAYER/VERSION/tileset.json   a tileset, by a hash of the layer's content
    LAYER/tiles/HASH.glb         the tiles of all tilesets of a layer, each by its own content; beside it the same in
                                 gzip where a browser asked for it

Branches and versions share the tiles that they have alike. A tile is written whole before a tileset names it, and a
tileset is written last: whatever breaks off half-way leaves tiles that the next build uses. Forgetting keeps the newest
tilesets, and every tile that one of them names or that was used of late (a build beside this one may be about to).
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import orjson

from madang.errors import FileError, NotFoundError
from madang.twin.tiles import TILESET

KEPT_TILESETS = 32
LEFT_IN_PEACE_S = 3600
TILES = "tiles"
TILE_NAME = re.compile(r"[0-9a-f]{32}\.glb")
OWN_TILE_NAME = re.compile(r"([0-9a-f]{16})-[0-9a-z-]+\.glb")  # of a tileset that shares its tiles with none

_locks: dict[Path, threading.Lock] = {}
_locking = threading.Lock()


def kept_tileset(folder: Path, layer: str, version: str, build: Callable[[Path, Path], object]) -> Path:
    """The tileset.json of a version of a layer; if it isn't there, `build(place, tiles)` writes it first."""
    place = folder / layer / version / TILESET
    if not place.exists():
        with _locking:
            lock = _locks.setdefault(folder / layer, threading.Lock())
        with lock:
            if not place.exists():
                try:
                    build(place, folder / layer / TILES)
                    forget(folder / layer, place)
                except OSError as error:
                    raise FileError("tiles.cannot-write", folder=str(folder), reason=error.strerror or "-") from error
    return place


def kept_file(folder: Path, layer: str, name: str) -> Path:
    """A tile of a layer by its name."""
    own = OWN_TILE_NAME.fullmatch(name)
    if TILE_NAME.fullmatch(name):
        path: Path | None = folder / layer / TILES / name
    else:
        path = folder / layer / own[1] / name if own else None
    if path is None or not path.is_file():
        raise NotFoundError("twin.file-unknown", layer=layer, file=name)
    return path


def forget(layer: Path, newest: Path) -> None:
    """Delete the oldest tilesets of a layer, and tiles that no tileset left names."""
    places = sorted(layer.glob(f"*/{TILESET}"), key=lambda place: place.stat().st_mtime_ns, reverse=True)
    for place in places[KEPT_TILESETS:]:
        if place != newest:
            shutil.rmtree(place.parent, ignore_errors=True)
    named = {name for place in places[:KEPT_TILESETS] for name in _named(place)}
    before = newest.stat().st_mtime - LEFT_IN_PEACE_S
    for file in (layer / TILES).glob("*") if (layer / TILES).is_dir() else ():
        try:
            if file.name.removesuffix(".gz") not in named and file.stat().st_mtime < before:
                file.unlink()
        except FileNotFoundError:
            continue  # somebody beside us forgot it first


def _named(place: Path) -> list[str]:
    """The files that a tileset names."""
    try:
        todo = [orjson.loads(place.read_bytes())["root"]]
    except FileNotFoundError:
        return []
    found = []
    while todo:
        tile = todo.pop()
        if "content" in tile:
            found.append(str(tile["content"]["uri"]))
        todo += tile.get("children", ())
    return found
