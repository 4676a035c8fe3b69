"""Sun and roof: hourly output of a solar panel over a year, per kW of its peak power, from stated formulas. Pure.

Position of the sun: declination, equation of time and distance by Spencer's Fourier series (1971). Radiation on the
ground: the part of the extraterrestrial one that a clearness index lets through, split into beam and diffuse (Erbs,
Klein & Duffie 1982), turned to the panel with an isotropic sky (Liu & Jordan 1963). Output: radiation times a
performance ratio. Clearness is an assumption by season; days of a week differ around it by a stated swing.

The year has 8,760 hours, begins on a Monday, and has no 29 February.
"""

from __future__ import annotations

import math

import numpy as np

from madang.models.base import Floats

HOURS = 8760
SOLAR_CONSTANT_W_M2 = 1367.0  # Spencer's series are made for it
STANDARD_W_M2 = 1000.0  # under which the peak power of a panel is stated
SWING = (1.0, 1.0, -1.0, -1.0, 0.0, 1.0, -1.0)  # of the days of a week around the mean clearness; sums to zero
HIGHEST_CLEARNESS = 0.82  # of a cloudless hour
LOWEST_SINE = 0.02  # of the sun's height: below it (1.1 degrees) beam radiation on a panel is left out


def day_angle(day: Floats) -> Floats:
    """The angle of a day of the year (1 to 365) on the earth's path, in radians."""
    return np.asarray(2 * math.pi * (day - 1) / 365)


def declination_rad(day: Floats) -> Floats:
    """The sun's declination (Spencer 1971), in radians; the error is below 0.0006 rad."""
    b = day_angle(day)
    return np.asarray(
        0.006918 - 0.399912 * np.cos(b) + 0.070257 * np.sin(b) - 0.006758 * np.cos(2 * b) + 0.000907 * np.sin(2 * b)
        - 0.002697 * np.cos(3 * b) + 0.00148 * np.sin(3 * b)
    )  # fmt: skip


def equation_of_time_min(day: Floats) -> Floats:
    """How far solar time runs ahead of mean time (Spencer 1971), in minutes."""
    b = day_angle(day)
    return np.asarray(
        229.18 * (0.000075 + 0.001868 * np.cos(b) - 0.032077 * np.sin(b) - 0.014615 * np.cos(2 * b)
                  - 0.04089 * np.sin(2 * b))
    )  # fmt: skip


def distance_factor(day: Floats) -> Floats:
    """(Mean distance / distance)^2 between earth and sun (Spencer 1971)."""
    b = day_angle(day)
    return np.asarray(
        1.00011 + 0.034221 * np.cos(b) + 0.00128 * np.sin(b) + 0.000719 * np.cos(2 * b) + 0.000077 * np.sin(2 * b)
    )


def day_length_h(day: Floats, latitude: float) -> Floats:
    """Hours between the geometric sunrise and sunset."""
    x = -math.tan(math.radians(latitude)) * np.tan(declination_rad(day))
    return np.asarray(24 / math.pi * np.arccos(np.clip(x, -1, 1)))


def noon_elevation_deg(day: Floats, latitude: float) -> Floats:
    """The sun's height at solar noon."""
    return np.asarray(90 - np.abs(latitude - np.degrees(declination_rad(day))))


def hour_angle_rad(longitude: float, utc_offset_h: float) -> Floats:
    """The sun's hour angle in the middle of each hour of the year, on a clock of that offset from UTC."""
    hour = np.arange(HOURS)
    minutes = equation_of_time_min(_days()) + 4 * (longitude - 15 * utc_offset_h)
    return np.asarray(np.radians(15 * (hour % 24 + 0.5 + minutes / 60 - 12)))


def diffuse_share(clearness: Floats) -> Floats:
    """The diffuse part of radiation on the ground by clearness (Erbs, Klein & Duffie 1982)."""
    k = clearness
    middle = 0.9511 - 0.1604 * k + 4.388 * k**2 - 16.638 * k**3 + 12.336 * k**4
    return np.asarray(np.where(k <= 0.22, 1 - 0.09 * k, np.where(k <= 0.8, middle, 0.165)))


def yield_profile(
    latitude: float,
    longitude: float,
    *,
    tilt: float,
    azimuth: float,
    clearness: Floats,
    swing: float,
    performance_ratio: float,
    albedo: float,
    utc_offset_h: float,
) -> Floats:
    """Output of each hour of the year per unit of peak power, 0 to 1.

    `clearness` is that of each of the 365 days, `azimuth` counts from north over east (180 is south).
    """
    day, phi = _days(), math.radians(latitude)
    delta, omega = declination_rad(day), hour_angle_rad(longitude, utc_offset_h)
    sine = math.sin(phi) * np.sin(delta) + math.cos(phi) * np.cos(delta) * np.cos(omega)
    up = sine > 0
    daily = clearness * (1 + swing * np.array(SWING)[np.arange(365) % 7])
    kt = np.minimum(np.repeat(daily, 24), HIGHEST_CLEARNESS)
    ground = np.where(up, kt * SOLAR_CONSTANT_W_M2 * distance_factor(day) * sine, 0.0)
    diffuse = ground * diffuse_share(kt)
    beam = np.where(sine > LOWEST_SINE, (ground - diffuse) / np.maximum(sine, LOWEST_SINE), 0.0)
    beta = math.radians(tilt)
    facing = _facing(phi, delta, omega, sine, beta, math.radians(azimuth - 180))
    sky, land = (1 + math.cos(beta)) / 2, (1 - math.cos(beta)) / 2
    on_panel = beam * np.maximum(facing, 0.0) + diffuse * sky + ground * albedo * land
    return np.asarray(np.clip(on_panel / STANDARD_W_M2 * performance_ratio, 0.0, 1.0))


def _facing(phi: float, delta: Floats, omega: Floats, sine: Floats, beta: float, gamma: float) -> Floats:
    """The cosine of the angle between sun and panel; `gamma` is the panel's azimuth from south, west positive.

    In coordinates of the place: east, south and up.
    """
    south = np.cos(delta) * np.cos(omega) * math.sin(phi) - np.sin(delta) * math.cos(phi)
    west = np.cos(delta) * np.sin(omega)
    return np.asarray(
        sine * math.cos(beta) + math.sin(beta) * (south * math.cos(gamma) + west * math.sin(gamma)), dtype=np.float64
    )


def _days() -> Floats:
    return np.asarray(np.arange(HOURS) // 24 + 1, dtype=np.float64)
