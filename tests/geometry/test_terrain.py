"""The ground: a plane stays a plane, nodes give nodes, sheets lie on it, buildings stand on its lowest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from madang.geometry.drape import sheets_on
from madang.geometry.flat import Floats
from madang.geometry.frame import Frame
from madang.geometry.plan import areas_m2
from madang.geometry.rings import Rings, rings_from_geometries
from madang.geometry.terrain import Grid, Ground, bases

TURNED = (27.0, 9.0, 960_000.0, 9.0, -27.0, 1_940_000.0)  # by 18 degrees
UPRIGHT = (30.0, 0.0, 960_000.0, 0.0, -30.0, 1_940_000.0)
SOUTH_FIRST = (30.0, 0.0, 960_000.0, 0.0, 30.0, 1_938_000.0)
DEGREES = (0.0003, 0.0, 127.05, 0.0, -0.0003, 37.46)
PLACES = {"EPSG:5179": (UPRIGHT, TURNED, SOUTH_FIRST), "EPSG:4326": (DEGREES,)}
grids = st.sampled_from([(crs, transform) for crs, found in PLACES.items() for transform in found])


def grid(kind: tuple[str, Any] = ("EPSG:5179", UPRIGHT), *, heights: Any = None, seed: int = 0, size: int = 40) -> Grid:
    """A rough grid, or one of given heights."""
    crs, transform = kind
    made = np.random.default_rng(seed).uniform(0, 80, (size, size + 7)) if heights is None else heights
    return Grid(crs, transform, np.asarray(made, dtype=np.float32), id="urn:ngsi-ld:Terrain:test:1")


def nodes_of(one: Grid) -> Floats:
    rows, columns = one.heights.shape
    down, across = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.stack([across.reshape(-1), down.reshape(-1)], axis=1).astype(np.float64)


def courts(one: Grid, count: int, seed: int, *, widest: float = 8.0) -> Rings:
    """Stars with a court in them, some cells wide, strewn over a grid."""
    random = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        corners = int(random.integers(5, 16))
        turn = 2 * np.pi * (np.arange(corners) + random.uniform(0, 0.6, corners)) / corners
        star = np.stack([np.cos(turn), np.sin(turn)], axis=1) * random.uniform(0.2, widest, (corners, 1))
        place = random.uniform(9, 30, 2)
        shell, hole = one.lonlat(place + star), one.lonlat(place + star * 0.15)
        shape = shapely.Polygon(shell, [hole])
        shapes.append(shape if shape.is_valid else shape.convex_hull)
    return rings_from_geometries(np.array(shapes, dtype=object))


@given(grids, st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_sampling_at_nodes_gives_nodes_and_between_them_nothing_beyond_them(kind: Any, seed: int) -> None:
    one = grid(kind, seed=seed)
    ground = Ground.of([one])
    assert ground.heights(one.lonlat(nodes_of(one))) == pytest.approx(one.heights.reshape(-1).astype(float), abs=1e-3)
    places = np.random.default_rng(seed).uniform(0, 39, (500, 2))
    found = ground.heights(one.lonlat(places))
    corner = places.astype(int)
    around = np.stack([one.heights[corner[:, 1] + r, corner[:, 0] + c] for r in (0, 1) for c in (0, 1)])
    assert np.all((found >= around.min(axis=0) - 1e-3) & (found <= around.max(axis=0) + 1e-3))


@given(grids, st.floats(-3, 3), st.floats(-3, 3), st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_a_plane_stays_a_plane_and_its_slope_is_its_rise(kind: Any, east: float, south: float, seed: int) -> None:
    flat = grid(kind)
    nodes = nodes_of(flat)
    plane = grid(kind, heights=(100 + nodes @ (east, south)).reshape(flat.heights.shape))
    places = np.random.default_rng(seed).uniform(1, 38, (200, 2))
    lonlat = plane.lonlat(places)
    assert Ground.of([plane]).heights(lonlat) == pytest.approx(100 + places @ (east, south), abs=1e-3)
    rises = Ground.of([plane]).slopes(lonlat) @ plane.metres  # along a column, along a row
    assert rises[:, 0] == pytest.approx(east, abs=1e-3)
    assert rises[:, 1] == pytest.approx(south, abs=1e-3)


def test_outside_and_unknown_are_unknown_and_drawing_goes_on_at_the_edge() -> None:
    heights = np.full((5, 6), 10.0)
    heights[:, 5] = 40
    heights[2, 2] = np.nan
    one = grid(heights=heights)
    ground = Ground.of([one], geoid_offset_m=25)
    away = one.lonlat(np.array([[2.0, 2.0], [2.3, 1.6], [1.0, 2.0], [-0.3, 1], [9, 2], [-500, 1]]))
    assert np.isnan(ground.heights(away)).tolist() == [True, True, False, True, True, True]
    assert ground.drawn(away) == pytest.approx([35, 35, 35, 35, 65, 35])
    assert np.isfinite(ground.slopes(away)).all()
    assert np.isnan(ground.heights(np.array([[-60.0, -37.0], [np.nan, 37.0]]))).all()


def test_the_finest_grid_that_knows_a_place_answers_for_it() -> None:
    coarse = grid(heights=np.full((20, 20), 5.0))
    holed = np.full((40, 40), 50.0)
    holed[20:, :] = np.nan
    fine = grid(("EPSG:5179", (5.0, 0, 960_100.0, 0, -5.0, 1_939_900.0)), heights=holed)
    ground = Ground.of([coarse, fine])
    assert [one.cell_m for one in ground.grids] == pytest.approx([5, 30], rel=1e-3)
    asked = fine.lonlat(np.array([[5.0, 5.0], [5.0, 30.0]]))
    assert ground.heights(asked) == pytest.approx([50, 5])
    whole = shapely.Polygon(coarse.lonlat(np.array([[1.5, 1.5], [1.5, 17], [17, 17], [17, 1.5]])))
    under = shapely.Polygon(fine.lonlat(np.array([[3.5, 3.5], [3.5, 17], [17, 17], [17, 3.5]])))
    assert bases(rings_from_geometries(np.array([whole, under], dtype=object)), ground) == pytest.approx([5, 50])


@given(st.integers(0, 10**6), grids)
@settings(max_examples=8, deadline=None)
def test_a_building_stands_on_the_lowest_of_its_vertices_and_of_the_nodes_within(seed: int, kind: Any) -> None:
    one = grid(kind, seed=seed)
    ground = Ground.of([one])
    rings = courts(one, 12, seed)
    found = bases(rings, ground)
    nodes = nodes_of(one)
    for feature in range(len(rings)):
        alone = rings.part(feature, feature + 1)
        places = one.places(alone.lonlat)
        loops = np.split(places, alone.ring_offsets[1:-1])
        shape = shapely.Polygon(loops[0], loops[1:])
        inside = shapely.contains_xy(shape, nodes)
        lowest = np.nanmin([*ground.heights(alone.lonlat), *one.heights.reshape(-1)[inside]])
        assert found[feature] == pytest.approx(lowest, abs=1e-3)


def test_a_building_beyond_the_terrain_has_no_base_and_one_half_on_it_has() -> None:
    one = grid(heights=np.full((10, 10), 7.0))
    half = shapely.Polygon(one.lonlat(np.array([[-3.0, 2], [-3, 4], [2, 4], [2, 2]])))
    away = shapely.Polygon(one.lonlat(np.array([[30.0, 2], [30, 4], [32, 4], [32, 2]])))
    found = bases(rings_from_geometries(np.array([half, away], dtype=object)), Ground.of([one]))
    assert found[0] == pytest.approx(7)
    assert np.isnan(found[1])


@given(st.integers(0, 10**6), grids)
@settings(max_examples=8, deadline=None)
def test_sheets_lie_on_the_ground_and_keep_their_area_and_holes(seed: int, kind: Any) -> None:
    one = grid(kind, seed=seed)
    ground = Ground.of([one])
    rings = courts(one, 8, seed)
    frame = Frame.about(rings.lonlat)
    mesh = sheets_on(rings, frame, ground, lift_m=0.3)
    corners = mesh.corners()
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.all(across[:, 2] > 0), "triangles face upwards"
    area = np.bincount(mesh.vertex_feature[mesh.triangles[:, 0]], across[:, 2] / 2, len(rings))
    assert area == pytest.approx(areas_m2(rings, frame), rel=1e-4)  # 80 m up, plan areas grow by 25 in a million
    weights = np.random.default_rng(seed).dirichlet([1, 1, 1], len(corners))
    points = np.einsum("ij,ijk->ik", weights, corners) @ frame.axes + frame.origin
    lon, lat, height = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*points.T)
    assert height - 0.3 == pytest.approx(ground.heights(np.stack([lon, lat], axis=1)), abs=0.01)
    assert np.linalg.norm(mesh.directions, axis=1) == pytest.approx(1)


def test_a_sheet_of_many_cells_is_cut_coarser_and_one_beyond_the_ground_lies_at_its_edge() -> None:
    one = grid(heights=np.full((400, 400), 12.0))
    ground = Ground.of([one])
    wide = shapely.Polygon(one.lonlat(np.array([[-5.0, -5], [-5, 405], [405, 405], [405, -5]])))
    away = shapely.Polygon(one.lonlat(np.array([[500.0, 2], [500, 4], [502, 4], [502, 2]])))
    rings = rings_from_geometries(np.array([wide, away], dtype=object))
    frame = Frame.about(rings.lonlat)
    mesh = sheets_on(rings, frame, ground, lift_m=np.array([0.1, 0.2]))
    assert len(mesh.triangles) < 45_000
    corners = mesh.corners()
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    area = np.bincount(mesh.vertex_feature[mesh.triangles[:, 0]], across / 2, 2)
    assert area == pytest.approx(areas_m2(rings, frame), rel=1e-4)


def test_no_features_make_an_empty_sheet() -> None:
    rings = rings_from_geometries(np.array([shapely.Point(127.1, 37.4)], dtype=object))
    mesh = sheets_on(rings, Frame.at(127.1, 37.4), Ground.of([grid()]), lift_m=0.1)
    assert len(mesh.triangles) == len(mesh.points) == 0
    assert np.isnan(bases(rings, Ground.of([grid()]))).all()
