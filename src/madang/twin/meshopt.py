"""The binary chunk of a glb with its geometry compressed: EXT_meshopt_compression.

Vertices and triangles lie compressed in the buffer; a second buffer that is nowhere says how large they become. Tables
of features stay as they are: a web server's gzip does better on text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import CallerError
from madang.twin.glb import ARRAY_BUFFER, ELEMENT_BUFFER, Binary

EXTENSION = "EXT_meshopt_compression"


class CompressedBinary(Binary):
    """A binary chunk whose vertices and triangles are compressed as they come."""

    extensions = (EXTENSION,)

    def __init__(self) -> None:
        super().__init__()
        try:
            import meshoptimizer
        except ImportError as error:
            raise CallerError("tiles.no-meshopt") from error
        self._encoder = meshoptimizer
        self._unpacked = 0

    @property
    def buffers(self) -> list[dict[str, Any]]:
        """The buffer there is, and the one that a viewer makes of it."""
        unpacked = {"byteLength": self._unpacked, "extensions": {EXTENSION: {"fallback": True}}}
        return [*super().buffers, unpacked]

    def vertex_view(self, rows: NDArray[Any]) -> int:
        """A compressed view of vertex attributes."""
        plain = np.ascontiguousarray(rows).view("u1").reshape(len(rows), -1)
        packed = self._encoder.encode_vertex_buffer(plain, len(plain), plain.shape[1])
        return self._packed(packed, plain.shape[1], len(plain), "ATTRIBUTES", ARRAY_BUFFER)

    def index_view(self, flat: NDArray[Any]) -> int:
        """A compressed view of the corners of triangles."""
        packed = self._encoder.encode_index_buffer(flat.astype(np.uint32), len(flat), int(flat.max()) + 1)
        return self._packed(packed, flat.itemsize, len(flat), "TRIANGLES", ELEMENT_BUFFER)

    def _packed(self, data: bytes, stride: int, count: int, mode: str, target: int) -> int:
        number = self.view(data, target=target)
        place = self.views[number]
        size = stride * count
        packed = {
            "buffer": 0,
            "byteOffset": place["byteOffset"],
            "byteLength": place["byteLength"],
            "byteStride": stride,
            "count": count,
            "mode": mode,
        }
        place.update(buffer=1, byteOffset=self._unpacked, byteLength=size, extensions={EXTENSION: packed})
        if mode == "ATTRIBUTES":
            place["byteStride"] = stride
        self._unpacked += size + -size % 8
        return number
