"""Solids over polygons of every shape: closed, right way out, with the volume of their footprint times their height."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from madang.geometry.extrusion import prisms, solids
from madang.geometry.frame import Frame
from madang.geometry.mesh import open_edges, volumes
from madang.geometry.plan import areas_m2, bounds_m, centroids_m
from madang.geometry.rings import Rings, doubled_ring_areas, rings_from_geometries, rings_from_wkb
from madang.geometry.triangulation import triangulate

PANGYO = (127.105, 37.4)


def degrees(xy_m: np.ndarray) -> np.ndarray:
    """Metres (east, north) about Pangyo as (lon, lat) on a sphere: near enough to draw test shapes."""
    return np.asarray(PANGYO) + np.asarray(xy_m) / (111_320 * np.cos(np.radians(PANGYO[1])), 110_990)


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Polygon:
    """A simple polygon of 3 to 24 corners, convex or not, up to 80 m wide, either way about, with up to three holes."""
    count = draw(st.integers(3, 24))
    radii = draw(st.lists(st.floats(5, 40), min_size=count, max_size=count))
    place = np.array([draw(st.floats(-500, 500)), draw(st.floats(-500, 500))])
    turn = 2 * np.pi * (np.arange(count) + draw(st.floats(0, 1))) / count
    shell = np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.array(radii)[:, None]
    inside = shapely.Polygon(shell).buffer(-0.05)
    holes = []
    for n in range(draw(st.integers(0, 3))):
        hole = shapely.Point(1.2 * np.cos(n * 2.1), 1.2 * np.sin(n * 2.1)).buffer(
            0.5, quad_segs=draw(st.integers(1, 3))
        )
        if inside.contains(hole):
            holes.append(np.asarray(hole.exterior.coords))
    shell = shell[::-1] if draw(st.booleans()) else shell
    return shapely.Polygon(degrees(shell + place), [degrees(hole + place) for hole in holes])


def rings_of(shapes: list[shapely.Geometry]) -> Rings:
    return rings_from_geometries(np.array(shapes, dtype=object))


layers = st.lists(st.one_of(polygons(), st.lists(polygons(), min_size=2, max_size=3)), min_size=1, max_size=6).map(
    lambda found: [apart(item) if isinstance(item, list) else item for item in found]
)


def apart(parts: list[shapely.Polygon]) -> shapely.Geometry:
    """Several polygons as one multipolygon, moved so far apart that they can't touch."""
    moved = [shapely.transform(p, lambda c, n=n: np.add(c, (0.02 * n, 0))) for n, p in enumerate(parts)]
    return shapely.MultiPolygon(moved)


@settings(max_examples=60, deadline=None)
@given(layers, st.floats(0.5, 300), st.floats(-20, 80))
def test_a_solid_is_closed_and_its_volume_is_area_times_height(
    shapes: list[shapely.Geometry], height: float, base: float
) -> None:
    rings = rings_of(shapes)
    frame = Frame.about(rings.lonlat)
    mesh = solids(rings, frame, base_m=np.full(len(rings), base), height_m=np.full(len(rings), height))
    assert open_edges(mesh) == 0
    # The Earth is round: 300 m up, areas have grown by 2 * 300 / 6,371,000, a ten-thousandth; bases likewise.
    expected = areas_m2(rings, frame) * height
    assert volumes(mesh, len(rings)) == pytest.approx(expected, rel=3e-4)


@settings(max_examples=60, deadline=None)
@given(layers)
def test_normals_are_unit_vectors_that_face_the_way_their_triangles_do(shapes: list[shapely.Geometry]) -> None:
    rings = rings_of(shapes)
    frame = Frame.about(rings.lonlat)
    mesh = prisms(rings, frame, base_m=np.zeros(len(rings)), height_m=np.full(len(rings), 20.0))
    assert np.linalg.norm(mesh.directions, axis=1) == pytest.approx(1.0)
    a, b, c = np.moveaxis(mesh.corners(), 1, 0)
    across = np.cross(b - a, c - a)
    size = np.linalg.norm(across, axis=1)
    faces = size > 1e-3  # three corners in one line have no side
    named = mesh.directions[mesh.vertex_direction[mesh.triangles[:, 0]]]
    assert np.all(np.einsum("ij,ij->i", across, named)[faces] > 0.99 * size[faces])


@settings(max_examples=60, deadline=None)
@given(layers)
def test_triangles_cover_each_polygon_once(shapes: list[shapely.Geometry]) -> None:
    rings = rings_of(shapes)
    xy = Frame.about(rings.lonlat).ground(rings.lonlat)[:, :2]
    triangles, polygon = triangulate(rings, xy)
    a, b, c = (xy[triangles[:, i]] for i in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert np.all(doubled > -1e-6), "a triangle runs clockwise"
    covered = np.bincount(polygon, weights=doubled)
    of_rings = doubled_ring_areas(xy, rings.ring_offsets)
    expected = np.add.reduceat(of_rings, rings.polygon_offsets[:-1])
    assert covered == pytest.approx(expected, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(layers)
def test_areas_and_centroids_are_those_of_the_shapes_on_the_ellipsoid(shapes: list[shapely.Geometry]) -> None:
    rings = rings_of(shapes)
    frame = Frame.about(rings.lonlat)
    geodesic = [abs(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]) for shape in map(shapely.normalize, shapes)]
    assert areas_m2(rings, frame) == pytest.approx(geodesic, rel=1e-5)
    for shape, centre in zip(shapes, centroids_m(rings, frame), strict=True):
        planar = shapely.centroid(shapely.transform(shape, lambda lonlat: frame.ground(lonlat)[:, :2]))
        assert centre == pytest.approx((planar.x, planar.y), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(layers, st.data())
def test_taking_features_is_the_same_as_reading_only_those(shapes: list[shapely.Geometry], data: st.DataObject) -> None:
    rings = rings_of(shapes)
    order = np.array(data.draw(st.permutations(range(len(shapes)))), dtype=np.int64)
    taken, read = rings.take(order), rings_of([shapes[i] for i in order])
    for name in ("lonlat", "ring_offsets", "polygon_offsets", "feature_offsets"):
        assert np.array_equal(getattr(taken, name), getattr(read, name))
    start = data.draw(st.integers(0, len(shapes) - 1))
    part, read = rings.part(start, len(shapes)), rings_of(shapes[start:])
    assert np.array_equal(part.lonlat, read.lonlat)
    assert np.array_equal(part.vertices_of_features, read.vertices_of_features)


def test_a_square_with_a_courtyard_by_hand() -> None:
    """20 x 20 m with a 10 x 10 m court: 300 m2, eight walls, sixteen wall triangles and eight on the roof."""
    outer, court = np.array([[0, 0], [20, 0], [20, 20], [0, 20.0]]), np.array([[5, 5], [15, 5], [15, 15], [5, 15.0]])
    rings = rings_of([shapely.Polygon(degrees(outer), [degrees(court)])])
    frame = Frame.about(rings.lonlat)
    assert areas_m2(rings, frame)[0] == pytest.approx(300, rel=2e-3)  # the test's own degrees are a sphere's
    mesh = prisms(rings, frame, base_m=np.zeros(1), height_m=np.array([10.0]))
    assert len(mesh.triangles) == 16 + 8
    west, south, east, north = bounds_m(rings, frame)[0]
    assert (east - west, north - south) == pytest.approx((20, 20), rel=2e-3)


def test_a_height_of_zero_is_a_sheet_without_walls() -> None:
    rings = rings_of([shapely.box(127.1, 37.4, 127.101, 37.401)])
    mesh = prisms(rings, Frame.about(rings.lonlat), base_m=np.zeros(1), height_m=np.zeros(1))
    assert len(mesh.triangles) == 2


def test_broken_polygons_are_mended_and_named() -> None:
    """A bow-tie becomes its two triangles; a polygon without area, a point and nothing at all have no shape."""
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    flat = shapely.from_wkt("POLYGON ((0 0, 1 1, 2 2, 0 0))")
    rings = rings_of([bow_tie, flat, shapely.Point(1, 1), None, shapely.Polygon()])
    assert rings.mended.tolist() == [0, 1]
    assert np.diff(rings.feature_offsets).tolist() == [2, 0, 0, 0, 0]


def test_repeated_points_and_nested_collections_are_read() -> None:
    box = shapely.Polygon([(0, 0), (1, 0), (1, 0), (1, 1), (0, 1), (0, 1)])
    nested = shapely.GeometryCollection([shapely.Point(5, 5), shapely.MultiPolygon([shapely.box(3, 3, 4, 4)])])
    rings = rings_from_wkb([shapely.to_wkb(box), shapely.to_wkb(nested)])
    assert np.diff(rings.vertices_of_features).tolist() == [4, 4]


def test_a_layer_without_features_is_a_layer() -> None:
    rings = rings_from_wkb([])
    assert len(rings) == 0
    assert len(rings.take(np.empty(0, dtype=np.int64))) == 0
