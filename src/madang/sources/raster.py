"""Elevation rasters as terrain: GeoTIFF, ERDAS .img, Esri .asc, .xyz grids, and a .zip that holds one of them.

One raster becomes one `Terrain` entity with its heights as bytes beside it (see `heights`). Nothing is made up: a
raster that does not say where it lies is refused, a cell without a value stays unknown, and a value that no ground has
(an undeclared -9999, 1e38) is taken for unknown and counted. A raster of more cells than a city file should hold is
averaged over whole blocks of cells, which the report says.

It is read in strips, so that memory stays bounded whatever the file claims to be. Needs rasterio (extra `raster`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from madang.entities.entity import (
    Document,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.errors import CallerError, both
from madang.sources.base import Loaded, Tally
from madang.sources.grids import DRIVERS, Raster, at_hand, is_text_grid, rasters_in, read_raster, short_name
from madang.sources.heights import MOST_CELLS, encoded
from madang.sources.mapping import MappingFile, constant, read_mapping
from madang.sources.records import dataset_of, slug

TYPE = "Terrain"
COARSE_M = 30.0  # from here on streets are lost


class RasterSource:
    """Reads rasters of elevations."""

    name = "raster"

    def can_read(self, path: Path) -> bool:
        """By its suffix; a .zip by what is in it, an .asc or .xyz by its first line."""
        suffix = path.suffix.lower()
        if suffix == ".zip":
            return bool(rasters_in(path))
        if suffix in (".asc", ".xyz"):
            return is_text_grid(path, suffix)
        return suffix in DRIVERS

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The raster as one Terrain entity, its Dataset, and the heights as bytes."""
        if type not in (None, TYPE):
            raise CallerError("raster.not-a-type", file=path.name, type=type)
        given = read_mapping(mapping) if mapping else MappingFile(path.name, TYPE, "file", (), (), only_terms=True)
        with at_hand(path) as plain:
            raster = read_raster(plain, path.name, crs=given.crs, unknown=given.missing)
        tally = Tally("cells", read=raster.cells, kept=raster.known)
        tally.leave_out("not-stated", raster.cells - raster.known)
        _tell(tally, raster, datum="verticalDatum" in given.constants)
        data, said = encoded(raster.heights)
        dataset = dataset_of(given, path.name)
        blob_id = hashlib.sha256(data).hexdigest()
        entity = _entity(path, raster, given, dataset["id"], {"sha256": blob_id, **said})
        return Loaded([entity], [dataset], {blob_id: data}, tally.report(path.name))


def _entity(path: Path, raster: Raster, mapping: MappingFile, source: str, grid: dict[str, Any]) -> Document:
    status = (mapping.dataset.status if mapping.dataset else None) or "observed"
    stem = path.stem
    known = raster.heights[np.isfinite(raster.heights)]
    rows, columns = raster.heights.shape
    made: Document = {
        "id": urn(TYPE, mapping.authority, slug(stem)),
        "type": TYPE,
        "name": language_property({"ko": stem, "en": stem}),
        "resolution": property_(round(raster.cell_m, 3), unit="MTR"),
        "rows": property_(rows, unit="C62"),
        "columns": property_(columns, unit="C62"),
        "lowestElevation": property_(round(float(known.min()), 2), unit="MTR"),
        "highestElevation": property_(round(float(known.max()), 2), unit="MTR"),
        "unknownShare": property_(round(1 - len(known) / (rows * columns), 6), unit="C62"),
        "crs": property_(short_name(raster.crs)),
        "grid": json_property({**grid, "crs": raster.crs, "transform": list(raster.transform)}),
        "location": geo_property(raster.outline, source=source, status=status),
        "source": relationship(source),
        "status": property_(status),
    }
    if raster.datum:
        made["verticalDatum"] = property_(raster.datum)
    if mapping.period:
        made["period"] = property_(mapping.period)
    for attribute, value in mapping.constants.items():
        made[attribute] = constant(value)
    if "geoidOffset" in mapping.constants:
        made["geoidOffset"] = property_(mapping.constants["geoidOffset"], unit="MTR")
    return made


def _tell(tally: Tally, raster: Raster, *, datum: bool) -> None:
    """What whoever loads it should know."""
    notes = tally.notes
    if raster.factor > 1:
        most = f"{MOST_CELLS:,}"
        notes.append(both("raster.note-resampled", factor=raster.factor, cell=f"{raster.cell_m:.1f}", most=most))
    if raster.absurd:
        notes.append(both("raster.note-absurd", count=f"{raster.absurd:,}", example=f"{raster.example:g}"))
    if not raster.declared:
        notes.append(both("raster.note-no-nodata"))
    if raster.cell_m >= COARSE_M:
        notes.append(both("raster.note-coarse", cell=f"{raster.cell_m:.0f}"))
    if raster.datum is None and not datum:
        notes.append(both("raster.note-datum"))
