"""Tilesets read back: every feature once, nothing outside its box, closed volumes, and Khronos' validator content."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.cli import run
from madang.entities.entity import Document, geo_property
from madang.errors import DataError
from madang.geometry.frame import Frame
from madang.geometry.plan import areas_m2
from madang.geometry.rings import rings_from_wkb
from madang.geometry.terrain import Grid, Ground
from madang.store import Store
from madang.twin.catalogue import layer_kind
from madang.twin.readback import Tile, check_tileset, read_tile
from madang.twin.reading import read_documents
from madang.twin.tiles import FeatureColumns, build_tileset
from madang.twin.tree import grow, in_order

FRONTEND = Path(__file__).parents[2] / "frontend"


def city(count: int, seed: int, *, spread: float = 0.05) -> FeatureColumns:
    """Random footprints about Pangyo: stars of 4 to 14 corners, every third with a court, names in Korean."""
    random = np.random.default_rng(seed)
    shapes = []
    for n in range(count):
        corners = int(random.integers(4, 15))
        turn = 2 * np.pi * (np.arange(corners) + random.uniform(0, 0.8, corners)) / corners
        star = np.stack([np.cos(turn), np.sin(turn)], axis=1) * random.uniform(1e-4, 4e-4, (corners, 1))
        place = np.array([127.1, 37.4]) + random.uniform(-spread, spread, 2)
        holes = [place + star[::-1] * 0.2] if n % 3 == 0 else []
        shape = shapely.Polygon(place + star, holes)
        shapes.append(shape if shape.is_valid else shape.convex_hull)
    return FeatureColumns(
        ids=[f"urn:ngsi-ld:Building:test:{n}" for n in range(count)],
        wkb=list(shapely.to_wkb(np.array(shapes, dtype=object))),
        base_m=random.uniform(0, 50, count),
        height_m=random.uniform(3, 150, count),
        properties={"name": [f"건물 {n}" if n % 2 else None for n in range(count)], "floors": list(range(count))},
    )


def tiles_of(folder: Path) -> list[Tile]:
    return [read_tile(path.read_bytes()) for path in sorted(folder.glob("*.glb"))]


@settings(max_examples=12, deadline=None)
@given(count=st.integers(0, 120), most=st.integers(1, 60), seed=st.integers(0, 10**6), spread=st.floats(0, 0.2))
def test_every_feature_is_in_exactly_one_tile_and_the_tileset_holds_together(
    count: int, most: int, seed: int, spread: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    features = city(count, seed, spread=spread)
    info = build_tileset(features, tmp_path_factory.mktemp("tiles") / "out", max_per_tile=most)
    check = check_tileset(info.path)
    assert check.problems == ()
    assert check.features == dict.fromkeys(features.ids, 1)
    assert (check.tiles, check.triangles) == (info.tiles, info.triangles)
    assert info.features == count


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_a_viewer_reads_has_the_volume_of_area_times_height(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    features = city(40, seed, spread=0.01)
    info = build_tileset(features, tmp_path_factory.mktemp("tiles") / "out", max_per_tile=15)
    rings = rings_from_wkb(features.wkb)
    area = dict(zip(features.ids, areas_m2(rings, Frame.about(rings.lonlat)), strict=True))
    height = dict(zip(features.ids, features.height_m, strict=True))
    for tile in tiles_of(info.path.parent):
        assert 0 < tile.step_m <= 0.05
        for row, name in enumerate(tile.table["id"]):
            mine = tile.feature_ids[tile.triangles[:, 0]] == row
            corners = tile.positions[tile.triangles[mine]]
            # The floor is not drawn: seen from a point on it, it adds nothing to the volume.
            corners = corners - corners.reshape(-1, 3)[np.argmin(corners[..., 2])]
            volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
            assert volume == pytest.approx(area[name] * height[name], rel=0.03, abs=5.0)


def test_a_tile_gives_back_ids_names_and_numbers_with_the_unknown_left_unknown(tmp_path: Path) -> None:
    features = city(30, 1)
    info = build_tileset(features, tmp_path / "out")
    (tile,) = tiles_of(info.path.parent)
    for name, floors, identity in zip(tile.table["name"], tile.table["floors"], tile.table["id"], strict=True):
        number = int(identity.rpartition(":")[2])
        assert (name, floors) == (f"건물 {number}" if number % 2 else None, number)


def test_normals_face_the_way_their_triangles_do(tmp_path: Path) -> None:
    info = build_tileset(city(60, 2), tmp_path / "out")
    (tile,) = tiles_of(info.path.parent)
    a, b, c = np.moveaxis(tile.positions[tile.triangles], 1, 0)
    across = np.cross(b - a, c - a)
    size = np.linalg.norm(across, axis=1)
    named = tile.normals[tile.triangles[:, 0]]
    assert np.linalg.norm(tile.normals, axis=1) == pytest.approx(1, abs=0.02)
    # 8-bit normals and 16-bit positions: 5 degrees for faces larger than a few steps.
    assert np.all(np.einsum("ij,ij->i", across, named)[size > 5] > 0.995 * size[size > 5])


def test_a_tile_wider_than_16_bit_steps_of_5_cm_is_written_in_floats(tmp_path: Path) -> None:
    info = build_tileset(city(20, 3, spread=0.2), tmp_path / "out")
    (tile,) = tiles_of(info.path.parent)
    assert tile.step_m == 0


def test_the_error_falls_from_root_to_leaf_and_is_the_size_of_what_is_missing(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    centres, sizes = random.uniform(0, 1000, (500, 2)), random.uniform(1, 200, 500)
    root = grow(centres, sizes, max_per_tile=20)
    for node in in_order(root):
        below = np.concatenate([n.features for n in in_order(node)[1:]] or [np.empty(0, dtype=np.int64)])
        assert node.missing_m == (sizes[below].max() if len(below) else 0)
        assert len(node.features) <= 20
        assert not len(below) or sizes[node.features].min() >= sizes[below].max()


def test_features_that_all_stand_at_one_place_still_fit() -> None:
    root = grow(np.zeros((1000, 2)), np.ones(1000), max_per_tile=10)
    assert sorted(np.concatenate([n.features for n in in_order(root)])) == list(range(1000))


def test_the_same_features_make_the_same_bytes(tmp_path: Path) -> None:
    for place in ("a", "b"):
        build_tileset(city(50, 5), tmp_path / place, max_per_tile=10)
    first, second = ({f.name: f.read_bytes() for f in (tmp_path / p).iterdir()} for p in ("a", "b"))
    assert first == second


def test_a_failed_build_leaves_the_old_tileset_whole_and_no_rubbish(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_tileset(city(5, 6), out)
    before = {f.name: f.read_bytes() for f in out.iterdir()}
    wrong = city(5, 7)
    with pytest.raises(Exception, match=r"."):
        build_tileset(FeatureColumns(wrong.ids, [b"no geometry"] * 5, wrong.base_m, wrong.height_m), out)
    assert {f.name: f.read_bytes() for f in out.iterdir()} == before
    build_tileset(city(8, 8), out)
    assert sum(check_tileset(out / "tileset.json").features.values()) == 8
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_features_without_a_shape_are_named_not_drawn(tmp_path: Path) -> None:
    shapes = [shapely.box(127, 37, 127.001, 37.001), shapely.Point(), shapely.from_wkt("POLYGON EMPTY")]
    features = FeatureColumns(["a", "b", "c"], list(shapely.to_wkb(shapes)), np.zeros(3), np.ones(3))
    info = build_tileset(features, tmp_path / "out")
    assert info.without_shape == ("b", "c")
    assert info.features == 1


def test_columns_of_different_length_are_refused_with_the_column_named(tmp_path: Path) -> None:
    features = city(3, 9)
    short = FeatureColumns(features.ids, features.wkb, features.base_m, features.height_m, {"name": ["one"]})
    with pytest.raises(DataError, match="'name' has 1 rows and the layer 3"):
        build_tileset(short, tmp_path / "out")
    with pytest.raises(DataError, match="1 to 65535"):
        build_tileset(features, tmp_path / "out", max_per_tile=70000)


def test_attribution_stands_in_every_file(tmp_path: Path) -> None:
    info = build_tileset(city(3, 10), tmp_path / "out", attribution="통계청, KOGL 1")
    assert json.loads(info.path.read_bytes())["asset"]["copyright"] == "통계청, KOGL 1"
    assert "통계청, KOGL 1".encode() in next(info.path.parent.glob("*.glb")).read_bytes()


VALIDATE = """
const validator = require('gltf-validator'), fs = require('fs'), path = require('path');
(async () => {
  const found = [];
  for (const name of fs.readdirSync(process.argv[1]).filter((n) => n.endsWith('.glb'))) {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(path.join(process.argv[1], name))));
    found.push([name, report.issues.numErrors, report.issues.numWarnings]);
  }
  console.log(JSON.stringify(found));
})();
"""


@pytest.fixture(scope="session")
def validator() -> dict[str, Any]:
    """How to call gltf-validator: from the frontend's packages, or from a folder named by MADANG_GLTF_VALIDATOR."""
    modules = Path(os.environ.get("MADANG_GLTF_VALIDATOR", FRONTEND / "node_modules"))
    if not (modules / "gltf-validator").is_dir():
        pytest.skip("gltf-validator is not installed: run `npm install` in frontend/")
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    return {"node": node, "env": {**os.environ, "NODE_PATH": str(modules)}}


def test_khronos_validator_finds_neither_error_nor_warning(tmp_path: Path, validator: dict[str, Any]) -> None:
    build_tileset(city(150, 11), tmp_path / "narrow", max_per_tile=30, attribution="성남시")
    build_tileset(city(40, 12, spread=0.3), tmp_path / "wide", max_per_tile=40)
    for folder, tiles in (("narrow", 5), ("wide", 1)):
        command = [validator["node"], "-e", VALIDATE, str(tmp_path / folder)]
        answer = subprocess.run(command, env=validator["env"], capture_output=True, text=True, check=True, timeout=60)
        found = json.loads(answer.stdout)
        assert len(found) >= tiles
        assert [issue for issue in found if issue[1] or issue[2]] == []


def house(number: int) -> Document:
    """A building whose body is a pitched roof on walls, with a hole in one wall."""
    corners = [
        [0, 0, 0],
        [9, 0, 0],
        [9, 9, 0],
        [0, 9, 0],
        [0, 0, 5],
        [9, 0, 5],
        [9, 9, 5],
        [0, 9, 5],
        [0, 4, 9],
        [9, 4, 9],
    ]
    window = [[3, 0, 2], [3, 0, 3], [4, 0, 3], [4, 0, 2]]
    walls = [[[0, 1, 5, 4], [10, 11, 12, 13]], [[1, 2, 6, 9, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 8, 7]]]
    faces = [[[0, 3, 2, 1]], *walls, [[4, 5, 9, 8]], [[8, 9, 6, 7]]]
    west = 127.1 + 0.001 * number
    told = {
        "crs": "EPSG:4326",
        "transform": {"scale": [1e-5, 1e-5, 1.0], "translate": [west, 37.4, 30.0]},
        "vertices": corners + window,
        "geometry": [{"type": "Solid", "lod": "2", "boundaries": [faces]}],
    }
    return {
        "id": f"urn:ngsi-ld:Building:test:house-{number}",
        "type": "Building",
        "location": geo_property(json.loads(shapely.to_geojson(shapely.box(west, 37.4, west + 9e-5, 37.40009)))),
        "geometry3d": {"type": "JsonProperty", "json": told},
    }


def test_khronos_validator_accepts_bodies_and_compressed_tiles(tmp_path: Path, validator: dict[str, Any]) -> None:
    bodies = read_documents(layer_kind("building"), [house(number) for number in range(6)]).columns(1.0)
    build_tileset(bodies, tmp_path / "bodies")
    if importlib.util.find_spec("meshoptimizer"):
        build_tileset(city(150, 11), tmp_path / "compressed", max_per_tile=30, compressed=True)
    for folder in tmp_path.iterdir():
        command = [validator["node"], "-e", VALIDATE, str(folder)]
        answer = subprocess.run(command, env=validator["env"], capture_output=True, text=True, check=True, timeout=60)
        found = json.loads(answer.stdout)
        assert found
        assert [issue for issue in found if issue[1] or issue[2]] == []


def test_compressed_tiles_are_smaller_and_give_the_same_geometry(tmp_path: Path) -> None:
    meshoptimizer = pytest.importorskip("meshoptimizer")
    plain = build_tileset(city(60, 5), tmp_path / "plain")
    packed = build_tileset(city(60, 5), tmp_path / "packed", compressed=True)
    assert (packed.vertices, packed.triangles) == (plain.vertices, plain.triangles)
    assert packed.bytes < 0.6 * plain.bytes
    data = next((tmp_path / "packed").glob("*.glb")).read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    assert document["extensionsRequired"] == ["KHR_mesh_quantization", "EXT_meshopt_compression"]
    (tile,) = tiles_of(plain.path.parent)
    primitive = document["meshes"][0]["primitives"][0]
    view = document["bufferViews"][document["accessors"][primitive["indices"]]["bufferView"]]
    told = view["extensions"]["EXT_meshopt_compression"]
    stored = np.frombuffer(binary[told["byteOffset"] : told["byteOffset"] + told["byteLength"]], dtype=np.uint8)
    corners = np.asarray(meshoptimizer.decode_index_buffer(told["count"], 4, stored.tobytes())).reshape(-1, 3)
    # The codec may begin a triangle at another of its corners.
    turned = [np.roll(corners, turn, axis=1) for turn in range(3)]
    same = np.any([np.all(way == tile.triangles, axis=1) for way in turned], axis=0)
    assert same.all()


# --- on a ground ------------------------------------------------------------------------------------------------------


def test_what_stands_on_a_slope_reaches_into_it_what_lies_there_follows_it_and_bodies_keep_their_height(
    tmp_path: Path,
) -> None:
    """Ground that rises 100 m eastward over a tenth of a degree; 20 m of geoid offset lift everything alike."""
    slope = np.tile(np.linspace(0, 100, 101, dtype=np.float32), (101, 1))
    ground = Ground.of(
        [Grid("EPSG:4326", (1e-3, 0, 127.05 - 5e-4, 0, -1e-3, 37.45 + 5e-4), slope)], geoid_offset_m=20.0
    )
    west = 127.1
    standing, lying = shapely.box(west, 37.4, west + 1e-3, 37.401), shapely.box(west, 37.41, west + 0.01, 37.411)
    flat = FeatureColumns(
        ["standing", "lying"], list(shapely.to_wkb([standing, lying])), np.array([0.0, 0.3]), np.array([10.0, 0.0])
    )
    info = build_tileset(flat, tmp_path / "flat", ground=ground, terrain="1")
    assert check_tileset(info.path).problems == ()
    (tile,) = tiles_of(info.path.parent)
    span = {
        id: (tile.positions[tile.feature_ids == row][:, 2].min(), tile.positions[tile.feature_ids == row][:, 2].max())
        for row, id in enumerate(tile.table["id"])
    }
    # The frame's plane leaves the Earth by a decimetre over these two kilometres.
    assert span["standing"] == pytest.approx((50 + 20 - 1, 50 + 20 + 10), abs=0.3)
    assert span["lying"] == pytest.approx((50 + 20.3, 60 + 20.3), abs=0.3)
    body = read_documents(layer_kind("building"), [house(0)]).columns(1.0)
    info = build_tileset(body, tmp_path / "body", ground=ground, terrain="1")
    (tile,) = tiles_of(info.path.parent)
    assert (tile.positions[:, 2].min(), tile.positions[:, 2].max()) == pytest.approx((50, 59), abs=0.1)


def test_a_tile_on_another_ground_has_another_name(tmp_path: Path) -> None:
    for key in ("1", "2"):
        build_tileset(city(5, 1), tmp_path / key, terrain=key)
    first, second = ({path.name for path in (tmp_path / key).glob("*.glb")} for key in ("1", "2"))
    assert first.isdisjoint(second)


# --- as files for anybody ---------------------------------------------------------------------------------------------


def test_a_city_is_written_as_files_that_one_tileset_holds_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bridge = {**house(9), "id": "urn:ngsi-ld:Bridge:test:1", "type": "Bridge"}
    with (
        Store.create(tmp_path / "c.gpkg", city_id="t", title={"ko": "시"}) as store,
        store.transact(actor="test", reason="fill") as tx,
    ):
        tx.put_many([*(house(number) for number in range(4)), bridge])
    assert run(["tiles", str(tmp_path / "c.gpkg"), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["features"]) for one in told["layers"]] == [("building", 4), ("cityobject", 1)]
    root = json.loads((tmp_path / "out" / "tileset.json").read_bytes())["root"]
    for child in root["children"]:
        inner = tmp_path / "out" / child["content"]["uri"]
        assert check_tileset(inner).problems == ()
        document = json.loads(inner.read_bytes())
        assert document["geometricError"] <= child["geometricError"] <= root["geometricError"]
        west, south, east, north, low, high = child["boundingVolume"]["region"]
        assert np.degrees([west, south]) == pytest.approx([127.1, 37.4], abs=0.02)
        assert (west < east, south < north, low < 0 < high) == (True, True, True)
    assert run(["tiles", str(tmp_path / "c.gpkg"), "--out", str(tmp_path / "out"), "--layer", "building"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["building", "tileset.json"]
    assert run(["tiles", str(tmp_path / "c.gpkg"), "--out", str(tmp_path)]) != 0, "a folder with other files is kept"
    assert (tmp_path / "c.gpkg").exists()
