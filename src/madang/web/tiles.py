"""3D Tiles of each layer and branch: `/tiles/{tenant}/{layer}/tileset.json` and the parts it refers to.

Of a branch that is the whole layer as it has it; `/tiles/{tenant}/{layer}/delta/tileset.json` is what it has otherwise
than main, for a viewer that shows main's beside it.

A tileset is made when it is first asked for, and kept in a folder beside the city file; the twin decides by the layer's
content whether it must be made again, and names each part by its own. So a part is kept by the browser for good, and
only `tileset.json` is asked for again.

Parts are compressed by gzip when they are first asked for, and kept so: 15 ms for a part of the usual size, while
compressing all of a city when it is built would take longer than building it. With MADANG_MESHOPT=1 in the environment
their geometry is compressed as well (EXT_meshopt_compression), for viewers that know it.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path

from madang.city import City
from madang.twin.layers import layer_file
from madang.twin.tiles import TILESET
from madang.web.exchange import Reply, Request, Stream, parse_parameters
from madang.web.inthreads import in_thread
from madang.web.routes import Routes
from madang.web.static import ASK_AGAIN, FOR_GOOD
from madang.web.tenants import Tenants

MEDIA_TYPES = {".json": b"application/json", ".glb": b"model/gltf-binary"}


class Tiles:
    """The tilesets of all cities."""

    def __init__(self, tenants: Tenants, cache: Path | None) -> None:
        self._tenants, self._cache = tenants, cache
        self._compressed = os.environ.get("MADANG_MESHOPT") == "1"
        self._routes = Routes(
            [
                ("GET", "/tiles/{tenant}/{layer}/delta/{name}", self._delta_file),
                ("GET", "/tiles/{tenant}/{layer}/{name}", self._file),
            ]
        )

    async def answer(self, request: Request) -> Reply | Stream:
        """The answer to any path below /tiles/."""
        return await self._routes.answer(request)

    async def _file(self, request: Request, tenant: str, layer: str, name: str) -> Reply:
        return await self._part(request, tenant, layer, name, delta=False)

    async def _delta_file(self, request: Request, tenant: str, layer: str, name: str) -> Reply:
        return await self._part(request, tenant, layer, name, delta=True)

    async def _part(self, request: Request, tenant: str, layer: str, name: str, *, delta: bool) -> Reply:
        parse_parameters(request.query_string, known=("v",))
        city = self._tenants.city(tenant)
        path = await in_thread(
            layer_file,
            city.store,
            city.branch_name,
            layer,
            name,
            self._folder(city),
            delta=delta,
            compressed=self._compressed,
        )
        etag = f'"{path.parent.name if name == TILESET else path.stem}"'  # the hash of all that is in it
        lasting = ASK_AGAIN if name == TILESET else FOR_GOOD
        headers = [(b"etag", etag.encode()), (b"cache-control", lasting), (b"vary", b"accept-encoding")]
        media_type = MEDIA_TYPES.get(path.suffix, b"application/octet-stream")
        if request.headers.get("if-none-match") == etag:
            return Reply(304, b"", media_type, headers)
        packs = "gzip" in request.headers.get("accept-encoding", "")
        body = await in_thread(_packed_file if packs else Path.read_bytes, path)
        if packs:
            headers.append((b"content-encoding", b"gzip"))
        return Reply(200, body, media_type, headers)

    def _folder(self, city: City) -> Path:
        """Where a city's tilesets are kept: beside its file, or among temporary files where nothing can be written."""
        if self._cache is not None:
            return self._cache / city.id
        if os.access(city.path.parent, os.W_OK):
            return city.path.with_name(f"{city.path.stem}.tiles")
        return Path(tempfile.gettempdir()) / f"madang-tiles-{city.store.city.uuid}"


def _packed_file(path: Path) -> bytes:
    """The file compressed; kept beside it, since a tile is asked for by every browser and never changes."""
    packed = path.with_name(f"{path.name}.gz")
    try:
        return packed.read_bytes()
    except FileNotFoundError:
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as writing:
            writing.write(body)
        os.replace(writing.name, packed)
    except OSError:
        pass  # a folder that can't be written costs time, nothing else
    return body
