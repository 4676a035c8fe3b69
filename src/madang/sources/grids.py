"""A raster file as it is read: at hand, in strips, cleaned, with its place; what it says is counted, not trusted.

A raster is refused where it does not say where it lies, where it is no grid of heights, and where it claims to be
larger than can be read. Values that no ground has are unknown. Memory stays bounded whatever the file claims: strips
of cells are cleaned one by one, and more cells than a terrain may keep are averaged over whole blocks. A .zip is
unpacked no further than its own directory says, and not beyond a stated size.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError, ProjError

from madang.errors import CallerError, DataError
from madang.sources.gdal import short_reason
from madang.sources.heights import MOST_CELLS, Heights
from madang.sources.shapes import geojson, outside, to_degrees, transformer
from madang.sources.zips import BROKEN, pieces

DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".img": "HFA", ".asc": "AAIGrid", ".xyz": "XYZ"}
BESIDE = (".prj", ".tfw", ".tifw", ".wld", ".ige", ".rrd", ".aux.xml")  # what such a file may need beside it

MOST_READ = 400_000_000  # cells of a file
MOST_TOGETHER = 64_000_000  # cells that may stand in memory while reading
MOST_UNPACKED = 4_000_000_000  # bytes of a raster in a .zip
LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0  # of any ground on Earth
NO_VALUE = (-9999.0, -32768.0, -32767.0)  # that programs write without declaring it
Values = NDArray[np.float64]
Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Raster:
    """What was read: heights with their place, and what was counted on the way."""

    heights: Heights
    crs: str
    transform: Affine
    datum: str | None
    cell_m: float
    outline: dict[str, Any]
    cells: int
    known: int
    absurd: int
    example: float | None
    declared: bool
    factor: int


# --- the file ---------------------------------------------------------------------------------------------------------


def rasters_in(path: Path) -> list[zipfile.ZipInfo]:
    """The rasters in a .zip; none if it is no archive, or a broken one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [one for one in archive.infolist() if Path(one.filename).suffix.lower() in DRIVERS]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def is_text_grid(path: Path, suffix: str) -> bool:
    with path.open("rb") as file:
        head = file.read(400).decode("ascii", "replace").lstrip("\ufeff").lower()
    if suffix == ".asc":
        return head.lstrip().startswith(("ncols", "nrows"))
    return bool(re.match(r"\s*(x[\s,;]+y[\s,;]+z|-?[\d.]+(e[+-]?\d+)?[\s,;]+-?[\d.]+)", head))


@contextmanager
def at_hand(path: Path) -> Iterator[Path]:
    """The raster as a file of its own; one in a .zip is unpacked for as long as it is read."""
    if path.suffix.lower() != ".zip":
        yield path
        return
    members = rasters_in(path)
    if len(members) != 1:
        names = ", ".join(one.filename for one in members[:5])
        raise CallerError("raster.several", file=path.name, count=len(members), names=names)
    with tempfile.TemporaryDirectory(prefix="madang-raster-") as folder:
        suffix = Path(members[0].filename).suffix.lower()
        stem = members[0].filename[: -len(suffix)]
        with zipfile.ZipFile(path) as archive:
            for one in archive.infolist():
                ending = one.filename[len(stem) :].lower() if one.filename.startswith(stem) else ""
                if ending in (suffix, *BESIDE):
                    _unpack(archive, one, Path(folder) / f"raster{ending}", path.name)
        yield Path(folder) / f"raster{suffix}"


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, file: str) -> None:
    if member.flag_bits & 1:
        raise DataError("raster.locked", file=file, member=member.filename)
    if member.file_size > MOST_UNPACKED:
        raise DataError("raster.unpacks-too-large", file=file, member=member.filename, most=MOST_UNPACKED // 10**9)
    free = shutil.disk_usage(target.parent).free
    if member.file_size > free:
        raise DataError("raster.no-room", file=file, member=member.filename, needed=member.file_size // 10**6 + 1)
    try:
        with target.open("wb") as out:
            for part in pieces(archive, member):
                out.write(part)
    except BROKEN:
        raise DataError("sources.zip-damaged", file=file, entry=member.filename[:80]) from None


# --- what is in it ----------------------------------------------------------------------------------------------------


def read_raster(path: Path, file: str, *, crs: str | None, unknown: Iterable[str]) -> Raster:
    try:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning, RasterioError
    except ImportError:
        raise CallerError("raster.no-rasterio", file=file) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below, as an error
            with rasterio.open(path, driver=DRIVERS[path.suffix.lower()]) as opened:
                return _checked(opened, file, crs, _numbers(unknown))
    except (RasterioError, CRSError, ProjError, OSError, MemoryError, OverflowError) as wrong:
        raise DataError("raster.unreadable", file=file, why=short_reason(wrong, path)) from None


def _checked(opened: Any, file: str, given_crs: str | None, unknown: tuple[float, ...]) -> Raster:
    rows, columns = int(opened.height), int(opened.width)
    if opened.count != 1:
        raise DataError("raster.several-bands", file=file, count=opened.count)
    if rows < 2 or columns < 2:
        raise DataError("raster.too-small", file=file, rows=rows, columns=columns)
    block = math.prod(opened.block_shapes[0])
    if rows * columns > MOST_READ or block > MOST_TOGETHER:
        raise DataError("raster.too-large", file=file, rows=rows, columns=columns, most=MOST_READ // 10**6)
    if np.dtype(opened.dtypes[0]).kind not in "iuf":
        raise DataError("raster.no-numbers", file=file, found=opened.dtypes[0])
    unit = str(opened.units[0] or "").strip().lower()
    if unit not in ("", "m", "metre", "metres", "meter", "meters"):
        raise DataError("raster.unit", file=file, found=unit)
    crs, datum = _system(opened.crs, file, given_crs)
    transform = _transform(opened.transform, file)
    factor = math.ceil(math.sqrt(rows * columns / MOST_CELLS))
    while -(-rows // factor) * -(-columns // factor) > MOST_CELLS:
        factor += 1
    found = _Values(opened, unknown, factor)
    heights = found.read()
    if not found.known:
        raise DataError("raster.nothing-known", file=file, count=f"{rows * columns:,}")
    if min(heights.shape) < 2:
        raise DataError("raster.too-small", file=file, rows=heights.shape[0], columns=heights.shape[1])
    a, b, c, d, e, f = transform
    wider: Affine = (a * factor, b * factor, c, d * factor, e * factor, f)
    outline, cell_m = _outline(crs, transform, rows, columns, file)
    return Raster(
        heights=heights,
        crs=crs,
        transform=wider,
        datum=datum,
        cell_m=cell_m * factor,
        outline=outline,
        cells=rows * columns,
        known=found.known,
        absurd=found.absurd,
        example=found.example,
        declared=opened.nodata is not None or bool(unknown),
        factor=factor,
    )


class _Values:
    """The values of a raster read in strips: cleaned, counted, averaged over blocks where there are too many."""

    def __init__(self, opened: Any, unknown: tuple[float, ...], factor: int) -> None:
        self._opened = opened
        self._factor = factor
        self.unknown = unknown
        self.known = 0
        self.absurd = 0
        self.example: float | None = None

    def read(self) -> Heights:
        """All heights, as 32-bit floats, not-a-number where unknown."""
        from rasterio.windows import Window

        opened, factor = self._opened, self._factor
        rows, columns = opened.height, opened.width
        tall = max(factor, opened.block_shapes[0][0] // factor * factor)
        if tall * columns > MOST_TOGETHER:
            tall = factor
        heights = np.empty((-(-rows // factor), -(-columns // factor)), dtype=np.float32)
        for start in range(0, rows, tall):
            stop = min(start + tall, rows)
            strip = opened.read(1, window=Window(0, start, columns, stop - start)).astype(np.float64)
            heights[start // factor : -(-stop // factor)] = _averaged(self._clean(strip), factor)
        return heights

    def _clean(self, values: Values) -> Values:
        """Elevations in metres; what is no elevation becomes unknown."""
        opened = self._opened
        declared = np.isnan(values)
        for nothing in (*self.unknown, *(() if opened.nodata is None else (float(opened.nodata),))):
            with np.errstate(over="ignore"):
                declared |= (values == nothing) | (values.astype(np.float32) == np.float32(nothing))
        with np.errstate(over="ignore", invalid="ignore"):
            heights = values * float(opened.scales[0]) + float(opened.offsets[0])
            absurd = ~declared & (
                ~((heights >= LOWEST_M) & (heights <= HIGHEST_M)) | np.isin(np.rint(values * 100) / 100, NO_VALUE)
            )
        if absurd.any():
            self.example = self.example if self.example is not None else float(values[absurd][0])
            self.absurd += int(absurd.sum())
        heights[declared | absurd] = np.nan
        self.known += int(np.isfinite(heights).sum())
        return heights


def _averaged(values: Values, factor: int) -> Values:
    """The mean of the known values of each block of cells; blocks at the edge may be smaller."""
    if factor == 1:
        return values
    rows, columns = values.shape
    padded = np.pad(values, ((0, -rows % factor), (0, -columns % factor)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
    known = np.isfinite(blocks)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, blocks, 0.0).sum(axis=(1, 3)) / known.sum(axis=(1, 3)), dtype=np.float64)


def _numbers(texts: Iterable[str]) -> tuple[float, ...]:
    found = []
    for text in sorted(texts):
        try:
            found.append(float(text))
        except ValueError:
            continue
    return tuple(found)


# --- where it lies ----------------------------------------------------------------------------------------------------


def _system(stated: Any, file: str, given: str | None) -> tuple[str, str | None]:
    """The horizontal system, and the vertical datum if the system has one; the given one where the file has none."""
    if not stated and given is None:
        raise DataError("raster.no-crs", file=file)
    crs = CRS.from_user_input(stated.to_wkt() if stated else given)
    datum = None
    if crs.is_compound:
        crs, vertical = crs.sub_crs_list[0], crs.sub_crs_list[1]
        datum = str(vertical.name)
    if not (crs.is_projected or crs.is_geographic):
        raise DataError("raster.no-map-system", file=file, found=crs.name)
    code = crs.to_epsg(min_confidence=70)
    return (f"EPSG:{code}" if code else str(crs.to_2d().to_wkt())), datum


def _transform(stated: Any, file: str) -> Affine:
    a, b, c, d, e, f = (float(number) for number in tuple(stated)[:6])
    if not all(map(math.isfinite, (a, b, c, d, e, f))) or abs(a * e - b * d) < 1e-18:
        raise DataError("raster.no-place", file=file)
    if (a, b, c, d, abs(e), f) == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):  # what GDAL says of a file without a place
        raise DataError("raster.no-place", file=file)
    return a, b, c, d, e, f


def _outline(crs: str, transform: Affine, rows: int, columns: int, file: str) -> tuple[dict[str, Any], float]:
    """The edge of all cells in lon/lat, and the width of a cell in the middle in metres."""
    a, b, c, d, e, f = transform
    along = np.linspace(0, 1, 9)[:-1]
    zero, one = np.zeros(8), np.ones(8)
    column = np.concatenate([along, one, 1 - along, zero]) * columns
    row = np.concatenate([zero, along, one, 1 - along]) * rows
    edge = np.stack([a * column + b * row + c, d * column + e * row + f], axis=1)
    drawn = np.array([shapely.Polygon(edge)], dtype=object)
    with np.errstate(invalid="ignore"):
        try:
            moved = to_degrees(drawn, crs)
        except shapely.errors.GEOSException:
            raise DataError("raster.outside-the-world", file=file, crs=short_name(crs)) from None
    if outside(moved)[0] or shapely.is_empty(moved)[0]:
        raise DataError("raster.outside-the-world", file=file, crs=short_name(crs))
    middle = np.array([columns / 2, rows / 2])
    near = middle + np.array([[0.0, 0], [1, 0], [0, 1]])
    lon, lat = transformer(crs).transform(near @ np.array([a, b]) + c, near @ np.array([d, e]) + f)
    _, _, sides = Geod(ellps="WGS84").inv([lon[0], lon[0]], [lat[0], lat[0]], lon[1:], lat[1:])
    cell_m = math.sqrt(sides[0] * sides[1])
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise DataError("raster.outside-the-world", file=file, crs=short_name(crs))
    return geojson(moved)[0], cell_m


def short_name(crs: str) -> str:
    return crs if len(crs) < 40 else str(CRS.from_user_input(crs).name)
