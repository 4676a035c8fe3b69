"""Tilesets read back: every feature once, nothing outside its box, closed volumes, and Khronos' validator content."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.errors import DataError
from madang.geometry.frame import Frame
from madang.geometry.plan import areas_m2
from madang.geometry.rings import rings_from_wkb
from madang.twin.readback import Tile, check_tileset, read_tile
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


@settings(max_examples=25, deadline=None)
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


@settings(max_examples=20, deadline=None)
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
