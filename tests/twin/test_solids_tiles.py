"""Solids in tiles: the bodies of a real city model keep their volume and area, and hostile ones do no harm."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from madang.entities.entity import Document, geo_property, property_, value_of
from madang.geometry.flat import offsets_of
from madang.geometry.frame import Frame
from madang.geometry.mesh import Mesh, open_edges, volumes
from madang.geometry.rings import Rings
from madang.geometry.surfaces import sound_surfaces, surface_mesh
from madang.sources.base import gathered, read
from madang.store import Store
from madang.twin.catalogue import layer_kind
from madang.twin.layers import layers
from madang.twin.memory import held
from madang.twin.readback import Tile, check_tileset, read_tile
from madang.twin.reading import LayerData, read_documents
from madang.twin.rows import HIGHEST_M
from madang.twin.solids import MOST_CORNERS, body_of
from madang.twin.tiles import TilesetInfo, build_tileset

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
DELFT = DATA / "citymodel-samples" / "delft_3dbag.city.json"
SIDE = 1e-4  # degrees
CUBE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
FACES = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[127.1, 37.4], [127.1001, 37.4], [127.1001, 37.4001], [127.1, 37.4001], [127.1, 37.4]]],
}


def cube(number: int = 0, *, base: float = 0.0, height: float = 10.0, **changed: Any) -> Document:
    """A building with a cube for a body, standing at a base height in the data."""
    told = {
        "crs": "EPSG:4326",
        "transform": {"scale": [SIDE, SIDE, height], "translate": [127.1, 37.4, base]},
        "vertices": CUBE,
        "geometry": [{"type": "Solid", "lod": "2.2", "boundaries": [FACES]}],
        **changed,
    }
    return {
        "id": f"urn:ngsi-ld:Building:t:{number}",
        "type": "Building",
        "location": geo_property(SQUARE),
        "height": property_(height, unit="MTR"),
        "geometry3d": {"type": "JsonProperty", "json": told},
    }


def layer_of(*documents: Document) -> LayerData:
    return read_documents(layer_kind("building"), documents)


def tiles_of(info: TilesetInfo) -> list[Tile]:
    assert check_tileset(info.path).problems == ()
    return [read_tile(path.read_bytes()) for path in sorted(info.path.parent.glob("*.glb"))]


def measured(corners: NDArray[np.float64]) -> tuple[float, float]:
    """Volume over their lowest level and area of triangles (n, 3, 3)."""
    corners = corners - (*corners.reshape(-1, 3)[:, :2].mean(axis=0), corners[..., 2].min())
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return (
        float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6),
        float(np.linalg.norm(across, axis=1).sum() / 2),
    )


# --- a real city ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def delft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path, dict[str, Document]]]:
    if not DELFT.exists():
        pytest.skip(f"{DELFT.name} is not among the data")
    loaded = gathered(read(DELFT))
    folder = tmp_path_factory.mktemp("delft")
    with Store.create(folder / "c.gpkg", city_id="delft", title={"ko": "델프트", "en": "Delft"}) as store:
        with store.transact(actor="test", reason="import") as tx:
            tx.put_many(loaded.entities)
        yield store, folder, {document["id"]: document for document in loaded.entities}


def in_the_plane(document: Document) -> tuple[float, float, bool]:
    """Volume and area of a body by its own coordinates, and whether nothing but a level floor is missing.

    Fans of plane polygons add up whatever their shape. Seen from its level a floor adds nothing: the volume is then the
    same from everywhere on it.
    """
    told = value_of(document, "geometry3d")
    points = np.array(told["vertices"]) * told["transform"]["scale"] + told["transform"]["translate"]
    points = points - (*points[:, :2].mean(axis=0), points[:, 2].min())
    surfaces = [surface for geometry in told["geometry"] for shell in geometry["boundaries"] for surface in shell]
    normals = [sum(np.cross(points[r], np.roll(points[r], -1, axis=0)).sum(axis=0) / 2 for r in s) for s in surfaces]
    firsts = np.array([points[surface[0][0]] for surface in surfaces])
    here, there = (float(((firsts - np.array(origin)) * normals).sum() / 3) for origin in ((0, 0, 0), (90, 40, 0)))
    return here, float(np.linalg.norm(normals, axis=1).sum()), abs(here - there) < 1.0


def test_the_buildings_of_delft_keep_their_area_and_where_they_are_closed_their_volume(
    delft: tuple[Store, Path, dict[str, Document]], tmp_path: Path
) -> None:
    store, _, documents = delft
    data = held(store, "main", layer_kind("building")).data
    info = build_tileset(data.columns(1.0), tmp_path / "out", max_per_tile=60)
    seen = Counter[str]()
    closed = 0
    for tile in tiles_of(info):
        assert set(tile.table["lod"]) == {"1"}
        for row, id in enumerate(tile.table["id"]):
            mine = tile.triangles[tile.feature_ids[tile.triangles[:, 0]] == row]
            volume, area = measured(tile.positions[mine])
            wanted_volume, wanted_area, is_closed = in_the_plane(documents[id])
            # The national grid is up to 0.01 % off true lengths; corners are rounded to steps of a centimetre or so.
            assert area == pytest.approx(wanted_area, rel=0.01, abs=1.0)
            assert not is_closed or volume == pytest.approx(wanted_volume, rel=0.01, abs=1.0)
            assert abs(tile.positions[mine][..., 2].min()) < 0.3, "without terrain a building stands on 0"
            seen[id] += 1
            closed += is_closed
    assert closed > 20
    assert seen == dict.fromkeys((id for id, one in documents.items() if one["type"] == "Building"), 1)


def test_every_object_of_delft_is_in_a_layer_and_in_one_tile(
    delft: tuple[Store, Path, dict[str, Document]], tmp_path: Path
) -> None:
    store, _, documents = delft
    seen = Counter[str]()
    for info in layers(store):
        data = held(store, "main", layer_kind(info.id)).data
        check = check_tileset(build_tileset(data.columns(1.0), tmp_path / info.id).path)
        assert check.problems == ()
        seen.update(check.features)
    assert seen == dict.fromkeys((id for id, one in documents.items() if "location" in one), 1)
    assert len(seen) == 570


# --- bodies made by hand ----------------------------------------------------------------------------------------------


def prism(corners: NDArray[np.float64], hole: NDArray[np.float64] | None, height: float, turn: float) -> Rings:
    """A body over a polygon, turned about the east axis so that no face is level."""
    rings = [corners] if hole is None else [corners, hole[::-1]]

    def lift(ring: NDArray[np.float64], z: float) -> NDArray[np.float64]:
        return np.column_stack([ring, np.full(len(ring), z)])

    surfaces = [[lift(ring, height) for ring in rings], [lift(ring[::-1], 0.0) for ring in rings]]
    for ring in rings:
        for here, after in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            surfaces.append([np.array([[*here, 0], [*after, 0], [*after, height], [*here, height]])])
    sine, cosine = np.sin(turn), np.cos(turn)
    about = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    flat = np.concatenate([ring for surface in surfaces for ring in surface]) @ about.T
    place = flat / (88_500, 111_000, 1) + (127.1, 37.4, 0)
    return Rings(
        place,
        offsets_of(np.array([len(ring) for surface in surfaces for ring in surface])),
        offsets_of(np.array([len(surface) for surface in surfaces])),
        np.array([0, len(surfaces)]),
        np.empty(0, dtype=np.int64),
    )


def merged(mesh: Mesh) -> Mesh:
    """The same mesh with one point where several are within a tenth of a millimetre."""
    _, same = np.unique(np.rint(mesh.points * 1e4), axis=0, return_inverse=True)
    points = np.empty((int(same.max()) + 1, 3))
    points[same] = mesh.points
    return Mesh(points, mesh.directions, same[mesh.vertex_point], *list(vars(mesh).values())[3:])


@settings(max_examples=20, deadline=None)
@given(
    corners=st.integers(3, 14),
    holed=st.booleans(),
    turn=st.floats(-1.4, 1.4),
    seed=st.integers(0, 10**6),
)
def test_a_closed_body_is_closed_after_it_was_cut_and_keeps_its_volume(
    corners: int, holed: bool, turn: float, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(corners) + dice.uniform(0, 0.7, corners)) / corners
    star = np.stack([np.cos(angle), np.sin(angle)], axis=1) * dice.uniform(8, 30, (corners, 1))
    hole = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) if holed and corners > 5 else None
    given_rings = prism(star, hole, 12.0, turn)
    surfaces, dropped = sound_surfaces(given_rings)
    mesh = surface_mesh(surfaces, Frame.at(127.1, 37.4), raised_m=np.zeros(1))
    after = np.roll(star, -1, axis=0)
    base = float((star[:, 0] * after[:, 1] - after[:, 0] * star[:, 1]).sum() / 2) - (4.0 if hole is not None else 0.0)
    assert dropped.tolist() == [0]
    assert open_edges(merged(mesh)) == 0
    assert volumes(mesh, 1)[0] == pytest.approx(base * 12, rel=0.01)
    named = mesh.directions[mesh.vertex_direction[mesh.triangles[:, 0]]]
    a, b, c = np.moveaxis(mesh.corners(), 1, 0)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), named) > -1e-9).all(), "triangles face as their surface does"


def test_a_body_is_drawn_at_its_highest_level_of_detail_and_says_which(tmp_path: Path) -> None:
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    body = {"type": "Solid", "lod": "2.2", "boundaries": [FACES]}
    (tile,) = tiles_of(build_tileset(layer_of(cube(geometry=[flat, body])).columns(1.0), tmp_path / "out"))
    assert (tile.table["lod"], len(tile.triangles)) == (["2.2"], 12)


def test_a_surface_that_is_not_quite_plane_is_cut_all_the_same() -> None:
    bent = [[0, 0, 0], [1, 0, 0.2], [1, 1, 0], [0, 1, 0.2], [0, 0, 1], [1, 0, 1], [1, 1, 1.3], [0, 1, 1]]
    data = layer_of(cube(vertices=[[x * 1.0, y * 1.0, z * 1.0] for x, y, z in bent]))
    mesh = surface_mesh(data.rows.surfaces, Frame.at(127.1, 37.4), raised_m=np.zeros(1))
    assert open_edges(merged(mesh)) == 0


def test_surfaces_that_cover_nothing_are_left_out_and_counted() -> None:
    needle, point = [[0, 1, 0]], [[2, 2, 2, 2]]
    data = layer_of(cube(geometry=[{"type": "Solid", "lod": "2", "boundaries": [[*FACES, needle, point]]}]))
    assert data.rows.dropped.tolist() == [2]
    assert len(data.rows.surfaces.polygon_offsets) - 1 == 6


# --- what may come ----------------------------------------------------------------------------------------------------

BODILESS: dict[str, dict[str, Any]] = {
    "no geometry": {"geometry": []},
    "empty boundaries": {"geometry": [{"type": "Solid", "lod": "2", "boundaries": []}]},
    "only points": {"geometry": [{"type": "MultiPoint", "lod": "2", "boundaries": [0, 1]}]},
    "vertices that are not there": {"geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 99]]]}]},
    "negative vertices": {"geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, -2]]]}]},
    "words for numbers": {"vertices": [["a", "b", "c"]] * 8},
    "too shallow": {"geometry": [{"type": "Solid", "lod": "2", "boundaries": [[0, 1, 2]]}]},
    "not-a-number": {"transform": {"scale": [1, 1, float("nan")], "translate": [0, 0, 0]}},
    "out of the Earth": {"transform": {"scale": [1e9, 1, 1], "translate": [0, 0, 0]}},
    "an unknown coordinate system": {"crs": "EPSG:999999"},
    "millions of corners": {
        "geometry": [
            {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3] * 1000]] * (MOST_CORNERS // 2000)}
        ]
    },
    "another thing": {"geometry": "Solid"},
}


@pytest.mark.parametrize("case", BODILESS)
def test_a_body_that_cannot_be_drawn_leaves_its_footprint_and_height(case: str, tmp_path: Path) -> None:
    document = cube(**BODILESS[case])
    info = build_tileset(layer_of(document, cube(1)).columns(1.0), tmp_path / "out")
    (tile,) = tiles_of(info)
    assert info.features == 2
    assert sorted(tile.table["lod"], key=str) == ["2.2", None]


@settings(max_examples=25, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=3), lambda x: st.lists(x, max_size=4)))
def test_no_boundaries_whatsoever_break_the_reading(found: Any) -> None:
    for kind in ("Solid", "MultiSurface", "MultiSolid"):
        body = body_of(cube(geometry=[{"type": kind, "lod": "2", "boundaries": found}]))
        assert body is None or len(body.corners)


def test_buildings_below_ground_without_height_or_absurdly_high_are_drawn_soundly(tmp_path: Path) -> None:
    below = cube(0, base=-40.0)
    unknown = {**cube(1), "height": property_(None)}
    del unknown["geometry3d"]
    high = {**cube(2), "height": property_(HIGHEST_M * 100, unit="MTR")}
    del high["geometry3d"]
    sunk = {**cube(3), "height": property_(-12.0, unit="MTR")}
    del sunk["geometry3d"]
    (tile,) = tiles_of(build_tileset(layer_of(below, unknown, high, sunk).columns(1.0), tmp_path / "out"))
    tops = {id: float(tile.positions[tile.feature_ids == n][:, 2].max()) for n, id in enumerate(tile.table["id"])}
    assert [round(tops[f"urn:ngsi-ld:Building:t:{n}"]) for n in range(4)] == [10, 0, 0, 0]


def test_a_footprint_of_millions_of_corners_is_named_not_drawn(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, MOST_CORNERS + 10)
    ring = np.stack([127.1 + 1e-3 * np.cos(turn), 37.4 + 1e-3 * np.sin(turn)], axis=1).tolist()
    ring[-1] = ring[0]
    large = {**cube(0), "location": geo_property({"type": "Polygon", "coordinates": [ring]})}
    del large["geometry3d"]
    info = build_tileset(layer_of(large, cube(1)).columns(1.0), tmp_path / "out")
    assert (info.features, info.without_shape) == (1, ("urn:ngsi-ld:Building:t:0",))
    assert json.loads(info.path.read_bytes())["root"]["content"]
