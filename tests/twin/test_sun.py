"""Where the sun stands, against published values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from madang.twin.sun import rise_and_set, sun_at, winter_solstice

SEOUL = {"lon": 126.98, "lat": 37.57}


def test_the_worked_example_of_nrel() -> None:
    """Reda & Andreas, NREL/TP-560-34302 (2008), A.5: zenith 50.11162 degrees, azimuth 194.34024 degrees.

    Their air is thinner (820 hPa) than ours, which is worth 0.004 degree here.
    """
    moment = datetime(2003, 10, 17, 12, 30, 30, tzinfo=timezone(timedelta(hours=-7)))
    sun = sun_at([moment], lon=-105.1786, lat=39.742476)
    assert 90 - sun.elevation[0] == pytest.approx(50.11162, abs=0.01)
    assert sun.azimuth[0] == pytest.approx(194.34024, abs=0.01)


def test_the_worked_example_of_meeus() -> None:
    """Astronomical Algorithms, example 25.a: on 1992 October 13.0 TD the declination is -7.78507 degrees.

    At the pole the sun's elevation is its declination (parallax: 0.0024 degree).
    """
    moment = datetime(1992, 10, 13, tzinfo=UTC) - timedelta(seconds=69)
    assert sun_at([moment], lon=0.0, lat=90.0).geometric[0] == pytest.approx(-7.78507, abs=0.004)


@pytest.mark.parametrize(
    ("moment", "declination"),
    [  # the turning points of the year, from their very definition
        (datetime(2026, 3, 20, 14, 46, tzinfo=UTC), 0.0),
        (datetime(2026, 6, 21, 8, 25, tzinfo=UTC), 23.436),
        (datetime(2026, 9, 23, 0, 5, tzinfo=UTC), 0.0),
        (datetime(2026, 12, 21, 20, 50, tzinfo=UTC), -23.436),
    ],
)
def test_equinoxes_and_solstices_of_2026(moment: datetime, declination: float) -> None:
    """Moments of the seasons of 2026 as almanacs give them (U.S. Naval Observatory)."""
    assert sun_at([moment], lon=0.0, lat=90.0).geometric[0] == pytest.approx(declination, abs=0.01)


@pytest.mark.parametrize(
    ("place", "rises", "sets"),
    [
        ({"lon": 126.978, "lat": 37.566}, "07:47", "17:23"),  # Seoul
        ({"lon": 129.075, "lat": 35.18}, "07:32", "17:21"),  # Busan
        ({"lon": 127.385, "lat": 36.35}, "07:42", "17:25"),  # Daejeon
        ({"lon": 131.867, "lat": 37.24}, "07:26", "17:05"),  # Dokdo
    ],
)
def test_sunrise_and_sunset_are_the_almanacs_to_the_minute(place: dict[str, float], rises: str, sets: str) -> None:
    """Sunrise on 1 January 2024 and sunset on 31 December 2023, as the Korea Astronomy and Space Science Institute
    published them (newspapers of 18 and 31 December 2023)."""
    rising, _ = rise_and_set(date(2024, 1, 1), **place, zone="Asia/Seoul")
    _, setting = rise_and_set(date(2023, 12, 31), **place, zone="Asia/Seoul")
    for told, found in ((rises, rising), (sets, setting)):
        assert found is not None
        published = found.replace(hour=int(told[:2]), minute=int(told[3:]), second=0, microsecond=0)
        assert abs((found - published).total_seconds()) <= 60


def test_the_solstice_falls_on_the_civil_day_of_the_zone() -> None:
    assert winter_solstice(2026, zone="Asia/Seoul") == date(2026, 12, 22)
    assert winter_solstice(2026, zone="UTC") == date(2026, 12, 21)


def test_the_sun_moves_clockwise_stands_south_at_noon_and_air_lifts_it() -> None:
    moments = [datetime(2026, 6, 21, tzinfo=UTC) - timedelta(hours=4, minutes=-4 * n) for n in range(240)]
    sun = sun_at(moments, **SEOUL)
    assert (np.diff(sun.azimuth) > 0).all()
    highest = int(np.argmax(sun.elevation))
    assert sun.azimuth[highest] == pytest.approx(180, abs=2)
    assert sun.elevation[highest] == pytest.approx(90 - 37.57 + 23.436, abs=0.02)
    assert ((sun.elevation >= sun.geometric) & (sun.elevation - sun.geometric < 0.65)).all()


def test_there_is_no_sunrise_in_the_polar_night() -> None:
    assert rise_and_set(date(2026, 12, 22), lon=20.0, lat=78.0, zone="UTC") == (None, None)
