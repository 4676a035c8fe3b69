"""The features of a tileset in the order of their tiles, and what each tile is: its name, its mesh, its glb.

A tile's name is a hash of all that its glb is made of and of nothing else, so the same features under the same square
have the same tile in every tileset, branch and run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from madang.geometry.extrusion import prisms
from madang.geometry.flat import Floats, Ints, offsets_of
from madang.geometry.frame import Frame
from madang.geometry.mesh import Mesh, joined
from madang.geometry.rings import Rings
from madang.geometry.surfaces import surface_mesh
from madang.geometry.terrain import Ground
from madang.twin.glb import encode_tile

if TYPE_CHECKING:
    from madang.twin.tiles import FeatureColumns, Options

FORMAT = "2"  # raise when the same features are to be written otherwise
SKIRT_M = 1.0  # what stands on uneven ground reaches this far into it


@dataclass(frozen=True)
class Tiling:
    """All features of a tileset, a tile after another; tile i holds `starts[i]:starts[i + 1]`.

    `rings` are the footprints of what is drawn by its footprint, `surfaces` those of what has a body; `raised_m` lifts
    the latter. With a ground, what has no height (`sheet`) is laid on it.
    """

    rings: Rings
    surfaces: Rings
    base_m: Floats
    height_m: Floats
    raised_m: Floats
    columns: dict[str, pa.Array]
    starts: Ints
    frame: Frame
    options: Options

    @classmethod
    def of(
        cls,
        features: FeatureColumns,
        rings: Rings,
        surfaces: Rings,
        order: Ints,
        counts: Ints,
        *,
        frame: Frame,
        options: Options,
    ) -> Tiling:
        """The features in an order, so many in each tile."""
        body = np.diff(surfaces.feature_offsets)[order] > 0
        rings, surfaces = rings.take(order).cleared(body), surfaces.take(order)
        base, height = features.base_m[order], features.height_m[order]
        raised = base.copy()
        ground = options.ground
        if ground is None:
            if features.standing_m is not None:
                raised -= np.nan_to_num(features.standing_m[order])
        else:
            base, height = _grounded(rings, base, height, ground)
            raised += ground.geoid_offset_m
        return cls(
            rings=rings,
            surfaces=surfaces,
            base_m=base,
            height_m=height,
            raised_m=raised,
            columns=_columns(features, order),
            starts=offsets_of(counts),
            frame=frame,
            options=options,
        )

    def name(self, tile: int) -> str:
        """The file name of a tile."""
        return f"{self._hash(tile)}.glb"

    def encode(self, tile: int) -> bytes:
        """The glb of a tile."""
        start, stop = self._span(tile)
        rows = {name: column.slice(start, stop - start) for name, column in self.columns.items()}
        options, has_bodies = self.options, bool(len(self.surfaces.part(start, stop).lonlat))
        return encode_tile(
            self.mesh(tile),
            rows,
            attribution=options.attribution,
            # Surfaces of models that are no closed bodies may face either way.
            double_sided=has_bodies,
            compressed=options.compressed,
        )

    def mesh(self, tile: int) -> Mesh:
        """All that a tile shows."""
        start, stop = self._span(tile)
        rings, base, height = self.rings.part(start, stop), self.base_m[start:stop], self.height_m[start:stop]
        parts = []
        ground = self.options.ground
        if ground is not None:
            from madang.geometry.drape import sheets_on

            flat = height == 0
            lying, rings = rings.cleared(~flat), rings.cleared(flat)
            if len(lying.lonlat):
                parts.append(sheets_on(lying, self.frame, ground, lift_m=base))
        if len(rings.lonlat):
            parts.append(prisms(rings, self.frame, base_m=base, height_m=height))
        surfaces = self.surfaces.part(start, stop)
        if len(surfaces.lonlat):
            parts.append(surface_mesh(surfaces, self.frame, raised_m=self.raised_m[start:stop]))
        return joined(parts)

    def _span(self, tile: int) -> tuple[int, int]:
        return int(self.starts[tile]), int(self.starts[tile + 1])

    def _hash(self, tile: int) -> str:
        start, stop = self._span(tile)
        options = self.options
        said = [FORMAT, options.attribution, options.compressed, options.terrain, list(self.columns)]
        digest = hashlib.sha256(orjson.dumps(said))
        digest.update(self.frame.origin.tobytes())
        for rings in (self.rings.part(start, stop), self.surfaces.part(start, stop)):
            for array in (rings.lonlat, rings.ring_offsets, rings.polygon_offsets, rings.feature_offsets):
                digest.update(array.tobytes())
        for metres in (self.base_m, self.height_m, self.raised_m):
            digest.update(metres[start:stop].tobytes())
        for column in self.columns.values():
            digest.update(orjson.dumps(column.slice(start, stop - start).to_pylist()))
        return digest.hexdigest()[:32]


def _grounded(rings: Rings, base: Floats, height: Floats, ground: Ground) -> tuple[Floats, Floats]:
    """Base and height of what stands on a ground; what lies on it keeps its base as the lift above it."""
    from madang.geometry.terrain import bases

    stands = height > 0
    lowest = bases(rings, ground) + ground.geoid_offset_m
    unknown = np.flatnonzero(np.isnan(lowest) & (np.diff(rings.vertices_of_features) > 0))
    if len(unknown):  # beyond the ground its edge goes on
        lowest[unknown] = ground.drawn(rings.lonlat[rings.vertices_of_features[unknown]])
    lowest = np.nan_to_num(lowest)
    return np.where(stands, base + lowest - SKIRT_M, base), np.where(stands, height + SKIRT_M, height)


def _columns(features: FeatureColumns, order: Ints) -> dict[str, pa.Array]:
    rows = pa.array(order)
    columns = {"id": pa.array(features.ids, pa.string()).take(rows)}
    for name, values in features.properties.items():
        columns[name] = _column(values).take(rows)
    return columns


def _column(values: Any) -> pa.Array:
    """Strings or 64-bit floats, unknown ones as nulls."""
    column = pa.array(values, from_pandas=True)
    return column.cast(
        pa.string() if pa.types.is_null(column.type) or pa.types.is_string(column.type) else pa.float64()
    )
