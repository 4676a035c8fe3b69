"""Which coordinate system a model states, and which of its two first numbers goes east.

Names come as URNs (urn:ogc:def:crs:EPSG::5186), addresses (http://www.opengis.net/def/crs/EPSG/0/6697), short names
(EPSG:5186), compounds of two, and the names of the German survey.

The order of the numbers, by this rule:
1. the first coordinates of the file are tried both ways against the area where the system is used. If only one way
   lies there, that is it; whatever the name promises, files are written by programs that get it wrong;
2. if both ways lie there, or neither, the name decides: a URN or address means the order of the register (EPSG:5186 and
   degrees: north first), a short name means east first, as GIS programs write it;
3. if neither way lies near the area, within 3 degrees, the file is refused: its system can't be the stated one.
The report says which order was taken, and why.

Degrees are written on in metres, in the UTM zone of the first coordinates on the same datum, because heights, areas and
roof slopes need metres; heights stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError

from madang.errors import DataError, Pair
from madang.sources.plausible import FAR_DEGREES, NOWHERE, horizontal, spot_of, told

Floats = npt.NDArray[np.float64]
Why = Literal["area", "name"]
_SHORT = re.compile(r"epsg:(\d+)|(?:.*/)?epsg\.xml#(\d+)", re.IGNORECASE)
_ADV = re.compile(r"ETRS89_UTM(3[123])")


@dataclass(frozen=True)
class System:
    """How a model's coordinates are read: the stated name, its horizontal system, the order, and where they go."""

    stated: str
    name: str  # as geometry3d says it
    swapped: bool  # north comes first in the file
    why: Why
    register_says_swapped: bool
    to_metres: Transformer | None  # from degrees
    flat: CRS  # the plane that placed points lie in
    off: Pair | None = None  # what to say where they lie a little outside the area of the system
    instead_of: str | None = None  # what the file states, where a mapping overruled it

    def within(self, bounds: Floats) -> npt.NDArray[np.bool_]:
        """Which of these bounds (west, south, east, north) of the plane are places in the world."""
        with np.errstate(all="ignore"):
            degrees = Transformer.from_crs(self.flat, "EPSG:4326", always_xy=True)
            corners = [degrees.transform(bounds[:, x], bounds[:, y]) for x, y in ((0, 1), (2, 3), (0, 3), (2, 1))]
        fits = np.asarray(np.isfinite(bounds).all(axis=1), dtype=np.bool_)
        for lon, lat in corners:
            fits = np.asarray(fits & np.isfinite(lon) & np.isfinite(lat))
        return fits

    def placed(self, points: Floats) -> Floats:
        """Points of the file as x to the east, y to the north, metres up."""
        x, y = (points[:, 1], points[:, 0]) if self.swapped else (points[:, 0], points[:, 1])
        if self.to_metres is not None:
            x, y = self.to_metres.transform(x, y)
        return np.column_stack([x, y, points[:, 2]])


@lru_cache(maxsize=256)
def crs_of(stated: str) -> CRS | None:
    """The system of a name; None for a name that means none."""
    stated = stated.strip()
    if len(stated) > 300:
        return None
    short = _SHORT.fullmatch(stated)
    adv = _ADV.search(stated)
    text = f"EPSG:{short.group(1) or short.group(2)}" if short else f"EPSG:258{adv.group(1)}" if adv else stated
    if not short and not adv and not re.match(r"urn:|https?://www\.opengis\.net/|epsg", stated, re.IGNORECASE):
        return None  # nothing else is looked up: a name may be a file or an address
    try:
        return CRS.from_user_input(text)
    except (CRSError, ValueError):
        return None


def system_of(stated: str, sample: Floats, where: str) -> System:
    """How to read the coordinates of a model that states this system and begins with these points."""
    crs = crs_of(stated)
    if crs is None:
        raise DataError("citygml.unknown-crs", file=where, found=stated[:120])
    flat = horizontal(crs)
    if not (flat.is_geographic or flat.is_projected):
        raise DataError("citygml.unknown-crs", file=where, found=stated[:120])
    north_first = bool(flat.axis_info) and flat.axis_info[0].direction == "north"
    short = _SHORT.fullmatch(stated.strip()) is not None or _ADV.search(stated) is not None
    expected = north_first and not short
    if not len(sample):  # nothing is drawn
        return System(stated, _name(crs), expected, "name", expected, None, flat)
    spots = spot_of(flat, sample), spot_of(flat, sample[:, [1, 0]])
    straight, crossed = (spot.off for spot in spots)
    swapped, why = expected, "name"
    if (straight == 0) != (crossed == 0):
        swapped, why = crossed == 0, "area"
    elif min(straight, crossed) > FAR_DEGREES:
        nearest = min(spots, key=lambda spot: spot.off)
        if nearest is not NOWHERE:
            told(nearest, stated[:120], file=where)
        example = ", ".join(f"{value:.3f}" for value in sample[0, :2])
        raise DataError("citygml.wrong-crs", file=where, crs=stated[:120], example=example)
    elif straight > 0 and (straight > FAR_DEGREES) != (crossed > FAR_DEGREES):
        swapped, why = crossed <= FAR_DEGREES, "area"
    off = told(spots[int(swapped)], stated[:120], file=where)
    name = _name(crs)
    to_metres = None
    if flat.is_geographic:
        east, north = (sample[0, 1], sample[0, 0]) if swapped else (sample[0, 0], sample[0, 1])
        metric = _utm(flat, float(east), float(north))
        to_metres = Transformer.from_crs(flat, metric, always_xy=True)
        name, flat = _name(metric), metric
    return System(stated, name, swapped, "area" if why == "area" else "name", expected, to_metres, flat, off)


@lru_cache(maxsize=64)
def _utm(flat: CRS, lon: float, lat: float) -> CRS:
    place = AreaOfInterest(lon, lat, lon, lat)
    own = flat.geodetic_crs.name if flat.geodetic_crs else "WGS 84"
    for name in (own, "WGS 84"):
        found = query_utm_crs_info(datum_name=name, area_of_interest=place)
        if found:
            return CRS.from_epsg(int(found[0].code))
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1)


def _name(crs: CRS) -> str:
    authority: Any = crs.to_authority(min_confidence=100)
    if authority:
        return ":".join(authority)
    if crs.is_compound:
        parts = [part.to_authority(min_confidence=100) for part in crs.sub_crs_list]
        if all(parts) and len({authority for authority, _ in parts}) == 1:
            return f"{parts[0][0]}:{'+'.join(code for _, code in parts)}"
        return _name(crs.sub_crs_list[0])
    return str(crs.to_string())
