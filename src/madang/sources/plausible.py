"""Whether coordinates can be what they say they are: near where their system is used, at heights the Earth has.

A file's system is tried by the middle of its first coordinates. Whatever lies more than `FAR_DEGREES` outside the area
that the register of systems gives is refused, since the stated system can't be theirs; what lies a little outside is
told, for a neighbouring zone is often used on purpose. Single objects far off are no reason: a national layer in the
zone of its capital has islands.

A system without an area of use (one of a .prj file that no register knows), or over the date line, is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from madang.errors import DataError, Pair, both
from madang.sources.shapes import Geometries, transformer

Floats = npt.NDArray[np.float64]

FAR_DEGREES = 3.0
NOTED_DEGREES = 0.1  # areas of use are rough
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
_KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Spot:
    """Where the middle of some coordinates lies, and how many degrees outside the area of their system."""

    lon: float
    lat: float
    off: float
    km: float

    @property
    def words(self) -> dict[str, str]:
        """The facts that sentences tell."""
        return {"lon": f"{self.lon:.2f}", "lat": f"{self.lat:.2f}", "km": f"{self.km:,.0f}"}


NOWHERE = Spot(np.nan, np.nan, np.inf, np.inf)


def horizontal(crs: CRS) -> CRS:
    """The horizontal part of a compound system, and of a bound one."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def spot_of(crs: CRS, xy: Floats) -> Spot:
    """Where the middle of points (east, north) of a system lies; `NOWHERE` if that is no place."""
    try:
        lon, lat = transformer(horizontal(crs)).transform(xy[:, 0], xy[:, 1])
    except ProjError:
        return NOWHERE
    return _spot(crs, lon, lat)


def _spot(crs: CRS, lons: Floats, lats: Floats) -> Spot:
    lon, lat = float(np.median(lons)), float(np.median(lats))
    if not (np.isfinite(lon) and np.isfinite(lat) and abs(lat) <= 90 and abs(lon) <= 180):
        return NOWHERE
    area = horizontal(crs).area_of_use
    if area is None or area.west > area.east:
        return Spot(lon, lat, 0.0, 0.0)
    east, north = max(area.west - lon, lon - area.east, 0.0), max(area.south - lat, lat - area.north, 0.0)
    km = _KM_A_DEGREE * float(np.hypot(east * np.cos(np.radians(lat)), north))
    return Spot(lon, lat, float(np.hypot(east, north)), km)


def check_area(moved: Geometries, crs: str | CRS, *, file: str) -> Pair | None:
    """Refuse geometries, in longitude and latitude, that lie far from where their system is used; a note if a little.

    The longitude and latitude are those that this system gave.
    """
    west, south, east, north = shapely.bounds(moved[~shapely.is_missing(moved)]).T
    there = np.isfinite(west)
    if not there.any():
        return None
    system = CRS.from_user_input(crs)
    return told(_spot(system, (west + east)[there] / 2, (south + north)[there] / 2), name_of(system), file=file)


def told(spot: Spot, crs: str, *, file: str) -> Pair | None:
    """The note that a spot deserves, None where all is well; raises a DataError where it is too far off."""
    if spot.off > FAR_DEGREES:
        raise DataError("sources.far-from-its-area", file=file, crs=crs, **spot.words)
    return both("sources.note-off-its-area", crs=crs, **spot.words) if spot.off > NOTED_DEGREES else None


def name_of(crs: CRS) -> str:
    """A system in few words: its code, else its name."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)[:120]


def check_elevations(low: float | None, high: float | None, *, place: str) -> None:
    """Refuse heights above the sea that no place has; unknown ones pass."""
    for found in (low, high):
        if found is not None and not np.isnan(found) and not LOWEST_M <= found <= HIGHEST_M:
            raise impossible_elevation(found, place=place)


def impossible_elevation(found: float, *, place: str) -> DataError:
    """The problem of an object at a height that no place has."""
    return DataError("sources.impossible-elevation", place=place, found=f"{found:,.6g}")


def impossible_elevations(drawn: Geometries) -> dict[int, float]:
    """Which geometries have an elevation that no place has: their numbers, and one such elevation of each."""
    high = np.flatnonzero(shapely.has_z(drawn))
    if not len(high):
        return {}
    points, owners = shapely.get_coordinates(drawn[high], include_z=True, return_index=True)
    z = points[:, 2]
    wrong = (z < LOWEST_M) | (z > HIGHEST_M)  # NaN, an unknown height, is neither
    return dict(zip(high[owners[wrong]].tolist(), z[wrong].tolist(), strict=True))
