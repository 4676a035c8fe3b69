"""Degrees, metres and the Earth's frame agree with pyproj and with each other."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from madang.geometry.footprints import footprints, is_symbolic, metres_per_degree
from madang.geometry.frame import Frame, earth_from_degrees, up_from_ground
from madang.geometry.plan import areas_m2
from madang.geometry.rings import rings_from_geometries

lons, lats, heights = st.floats(-180, 180), st.floats(-89, 89), st.floats(-100, 2000)


@settings(max_examples=50, deadline=None)
@given(lons, lats, heights)
def test_ecef_is_what_proj_says_and_height_runs_along_up(lon: float, lat: float, height: float) -> None:
    place = np.array([[lon, lat]])
    oracle = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(lon, lat, height)
    assert earth_from_degrees(place, height)[0] == pytest.approx(oracle, abs=1e-6)
    ground = earth_from_degrees(place)
    assert (ground + height * up_from_ground(ground))[0] == pytest.approx(oracle, abs=1e-5)


@settings(max_examples=50, deadline=None)
@given(lons, lats)
def test_the_local_frame_is_right_handed_east_north_up_and_its_matrix_leads_back(lon: float, lat: float) -> None:
    frame = Frame.at(lon, lat)
    assert frame.axes @ frame.axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(frame.axes) == pytest.approx(1)
    north_of_here = frame.ground(np.array([[lon, lat + 0.001]]))[0]
    assert north_of_here[1] == pytest.approx(111, rel=0.01)
    assert abs(north_of_here[0]) < 1e-3
    matrix = np.array(frame.to_earth()).reshape(4, 4).T
    up_ten = matrix @ np.array([0, 0, 10, 1])
    assert up_ten[:3] == pytest.approx(earth_from_degrees(np.array([[lon, lat]]), 10.0)[0], abs=1e-5)


def test_metres_per_degree_at_pangyo() -> None:
    """Against geodesics of a hundredth of a degree."""
    east, north = metres_per_degree(np.array(37.4))
    geod = Geod(ellps="WGS84")
    assert east / 100 == pytest.approx(geod.inv(127.1, 37.4, 127.11, 37.4)[2], rel=1e-6)
    assert north / 100 == pytest.approx(geod.inv(127.1, 37.395, 127.1, 37.405)[2], rel=1e-6)


def test_lines_become_ribbons_and_points_squares_of_their_width() -> None:
    """A straight road of 1 km and 8 m is 8,000 m2; a point of 20 m a square of 400 m2; a polygon stays itself."""
    end = Geod(ellps="WGS84").fwd(127.1, 37.4, 90, 1000)[:2]
    road, spot, lot = (
        shapely.LineString([(127.1, 37.4), end]),
        shapely.Point(127.1, 37.4),
        shapely.box(127, 37, 128, 38),
    )
    given_ = np.array([road, spot, lot], dtype=object)
    shapes = footprints(given_, width_m=np.array([8.0, 20.0, np.nan]))
    rings = rings_from_geometries(shapes[:2])
    assert areas_m2(rings, Frame.about(rings.lonlat)) == pytest.approx([8000, 400], rel=1e-4)
    assert shapes[2] is lot
    assert is_symbolic(given_).tolist() == [False, True, False]


def test_a_road_that_closes_on_itself_keeps_its_inside_open() -> None:
    ring = shapely.LineString([(127.1, 37.4), (127.11, 37.4), (127.11, 37.41), (127.1, 37.41), (127.1, 37.4)])
    (shape,) = footprints(np.array([ring], dtype=object), width_m=np.array([10.0]))
    assert len(shape.interiors) == 1
