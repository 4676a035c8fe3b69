"""Where the sun stands: azimuth and elevation for aware moments, sunrise and sunset, the day of the winter solstice.

After J. Meeus, Astronomical Algorithms (2nd ed. 1998), chapters 12, 13, 22 and 25 ("low accuracy": 0.01 degree in the
sun's longitude), the same algorithm that NOAA's solar calculator uses. Added here: the difference of terrestrial and
universal time (69 s, right to a second or two in 2015-2035; the sun moves 0.0008 degree in that time) and the parallax
of the place on the ground. Good to about 0.01 degree from 1950 to 2050.

Azimuth is measured clockwise from true north. `elevation` is where the sun is seen: the air lifts it (T. Saemundsson's
formula, Meeus 16.4, at 1010 hPa and 10 degrees Celsius: 0.48 degree at the horizon); `geometric` is without air.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from madang.geometry.flat import Floats

TERRESTRIAL_AHEAD_S = 69.0
RISES_AT = -0.833  # degrees: 34' of refraction and 16' of the sun's own radius, as almanacs count
_DAY_S = 86_400.0
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_LOWEST = -1.0  # below this elevation the formula of refraction means nothing, and nobody sees the sun


@dataclass(frozen=True)
class Sun:
    """Degrees, one of each a moment."""

    azimuth: Floats
    elevation: Floats
    geometric: Floats


def sun_at(moments: Sequence[datetime], *, lon: float, lat: float) -> Sun:
    """The sun over a place at aware moments."""
    days = _days(moments)
    longitude, obliquity = _longitude(days), _obliquity(days)
    right_ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    hour = _sidereal(days) + np.radians(lon) - right_ascension
    here = np.radians(lat)
    sine = np.sin(here) * np.sin(declination) + np.cos(here) * np.cos(declination) * np.cos(hour)
    above = np.arcsin(np.clip(sine, -1, 1))
    above = above - np.radians(8.794 / 3600) * np.cos(above)  # parallax: the place is not the middle of the Earth
    south = np.cos(hour) * np.sin(here) - np.tan(declination) * np.cos(here)
    azimuth = np.degrees(np.arctan2(np.sin(hour), south)) + 180
    geometric = np.degrees(above)
    return Sun(np.mod(azimuth, 360), geometric + refraction_deg(geometric), geometric)


def refraction_deg(geometric: Floats) -> Floats:
    """How far the air lifts the sun, in degrees, from its elevation without air; 0 well below the horizon."""
    seen = np.maximum(geometric, _LOWEST)
    lifted = 1.02 / np.tan(np.radians(seen + 10.3 / (seen + 5.11))) / 60
    return np.where(geometric < _LOWEST, 0.0, np.maximum(lifted, 0.0))


def rise_and_set(day: date, *, lon: float, lat: float, zone: str) -> tuple[datetime | None, datetime | None]:
    """Sunrise and sunset of a civil day, to the second, in its zone; None where there is none."""
    begin = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = [begin + timedelta(minutes=minute) for minute in range(24 * 60 + 1)]
    above = sun_at(moments, lon=lon, lat=lat).geometric - RISES_AT
    found: list[datetime | None] = []
    for crossing in ((above[:-1] < 0) & (above[1:] >= 0), (above[:-1] >= 0) & (above[1:] < 0)):
        at = np.flatnonzero(crossing)
        if not len(at):
            found.append(None)
            continue
        part = above[at[0]] / (above[at[0]] - above[at[0] + 1])
        found.append((begin + timedelta(minutes=float(at[0] + part))).astimezone(ZoneInfo(zone)))
    return found[0], found[1]


def winter_solstice(year: int, *, zone: str) -> date:
    """The civil day on which the sun's longitude reaches 270 degrees (동지)."""
    begin = datetime(year, 12, 17, tzinfo=UTC)
    moments = [begin + timedelta(minutes=10 * step) for step in range(9 * 144)]
    past = np.flatnonzero(np.degrees(_longitude(_days(moments))) % 360 >= 270)
    return moments[int(past[0])].astimezone(ZoneInfo(zone)).date()


# --- the sun seen from the middle of the Earth (angles in radians) ----------------------------------------------------


def _days(moments: Sequence[datetime]) -> Floats:
    """Days of universal time since noon of 1 January 2000."""
    return np.array([(moment - _J2000).total_seconds() for moment in moments], dtype=np.float64) / _DAY_S


def _centuries(days: Floats) -> Floats:
    return (days + TERRESTRIAL_AHEAD_S / _DAY_S) / 36525


def _node(days: Floats) -> Floats:
    return np.radians(125.04 - 1934.136 * _centuries(days))


def _longitude(days: Floats) -> Floats:
    """The sun's apparent longitude: Meeus 25.2 to 25.8, aberration and the largest term of nutation included."""
    t = _centuries(days)
    mean = 280.46646 + t * (36000.76983 + t * 0.0003032)
    anomaly = np.radians(357.52911 + t * (35999.05029 - t * 0.0001537))
    centre = (
        (1.914602 - t * (0.004817 + t * 0.000014)) * np.sin(anomaly)
        + (0.019993 - t * 0.000101) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    return np.asarray(np.radians(mean + centre - 0.00569 - 0.00478 * np.sin(_node(days))), dtype=np.float64)


def _obliquity(days: Floats) -> Floats:
    """The tilt of the ecliptic, corrected for the apparent place: Meeus 22.2 and 25.8."""
    t = _centuries(days)
    mean = 23 + (26 + (21.448 - t * (46.8150 + t * (0.00059 - t * 0.001813))) / 60) / 60
    return np.asarray(np.radians(mean + 0.00256 * np.cos(_node(days))), dtype=np.float64)


def _sidereal(days: Floats) -> Floats:
    """Apparent sidereal time at Greenwich: Meeus 12.4, with nutation in right ascension."""
    t = days / 36525
    mean = 280.46061837 + 360.98564736629 * days + t * t * (0.000387933 - t / 38_710_000)
    nutation = -0.00478 * np.sin(_node(days)) * np.cos(_obliquity(days))
    return np.asarray(np.radians(np.mod(mean + nutation, 360)), dtype=np.float64)
