"""Terrain as tiles: where the data say it is, as near as the error says, without cracks; and the ground of a branch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from madang.entities.entity import json_property
from madang.errors import DataError
from madang.geometry.terrain import Grid, Ground
from madang.sources.heights import encoded
from madang.store import Store
from madang.twin.catalogue import layer_kind, layer_kinds
from madang.twin.readback import Tile, check_tileset, read_tile
from madang.twin.terrain import ground_of, terrain_key, terrain_note
from madang.twin.terrain_tiles import CELLS, build_terrain
from madang.twin.tiles import TILESET

FRONTEND = Path(__file__).parents[2] / "frontend"
AT = (30.0, 0.0, 955_530.0, 0.0, -30.0, 1_944_540.0)
TO_LONLAT = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)


def hills(rows: int, columns: int, *, rough: float = 4.0) -> Any:
    """Rolling ground with something rough on it."""
    y, x = np.mgrid[0:rows, 0:columns]
    rolling = 120 + 80 * np.sin(x / 23) + 60 * np.cos(y / 17)
    return (rolling + np.random.default_rng(5).uniform(0, rough, (rows, columns))).astype(np.float32)


def grid(heights: Any, at: Any = AT, crs: str = "EPSG:5179", *, id: str = "urn:ngsi-ld:Terrain:test:1") -> Grid:
    return Grid(crs, at, heights, id=id)


def nodes_of(one: Grid) -> Any:
    rows, columns = one.heights.shape
    down, across = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.stack([across.reshape(-1), down.reshape(-1)], axis=1).astype(np.float64)


def tiles_in(path: Path) -> Iterator[tuple[dict[str, Any], Tile, Any]]:
    """Every tile as tileset.json has it, its mesh, and its vertices as lon, lat and height."""
    root = json.loads(path.read_bytes())["root"]
    to_earth = np.array(root["transform"]).reshape(4, 4).T
    todo = [root]
    while todo:
        node = todo.pop()
        todo += node.get("children", [])
        if "content" in node:
            tile = read_tile((path.parent / node["content"]["uri"]).read_bytes())
            earth = tile.positions @ to_earth[:3, :3].T + to_earth[:3, 3]
            yield node, tile, np.stack(TO_LONLAT.transform(*earth.T), axis=1)


def surface_of(tile: Tile) -> Any:
    """The triangles that are ground: not the walls of skirts."""
    a, b, c = np.moveaxis(tile.positions[tile.triangles], 1, 0)
    across = np.cross(b - a, c - a)
    return tile.triangles[across[:, 2] > 0.05 * np.linalg.norm(across, axis=1)]


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground.of([grid(hills(150, 200))], geoid_offset_m=24.0)


@pytest.fixture(scope="module")
def built(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_terrain(
        ground, tmp_path_factory.mktemp("terrain") / "out", prefix="ab-", attribution="국토지리정보원"
    ).path


def test_the_tileset_holds_together_and_names_the_entity(built: Path) -> None:
    check = check_tileset(built)
    assert check.problems == ()
    assert set(check.features) == {"urn:ngsi-ld:Terrain:test:1"}
    document = json.loads(built.read_bytes())
    assert document["root"]["refine"] == "REPLACE"
    assert document["geometricError"] >= document["root"]["geometricError"] > 3
    assert all(node["content"]["uri"].startswith("ab-") for node, _, _ in tiles_in(built))


def test_every_tile_is_off_the_ground_by_no_more_than_its_error(built: Path, ground: Ground) -> None:
    leaves = 0
    for node, tile, place in tiles_in(built):
        assert len(tile.triangles) <= 20_000
        middle = place[surface_of(tile)].mean(axis=1)
        expected = ground.heights(middle[:, :2]) + 24.0
        # 16-bit steps of at most 5 cm, or floats; the Earth bends by 1 cm over 700 m
        assert np.nanmax(np.abs(middle[:, 2] - expected)) <= node["geometricError"] + 0.1
        leaves += "children" not in node
    assert leaves == 12


def test_leaves_together_give_every_node_at_its_height_on_the_ellipsoid(built: Path, ground: Ground) -> None:
    found = np.concatenate(
        [place[np.unique(surface_of(tile))] for node, tile, place in tiles_in(built) if "children" not in node]
    )
    one = ground.grids[0]
    places = one.places(found[:, :2])
    assert np.abs(places - np.rint(places)).max() < 0.01
    row, column = np.rint(places[:, ::-1]).astype(int).T
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == one.heights.size
    assert found[:, 2] == pytest.approx(one.heights[row, column] + 24.0, abs=0.06)


def test_skirts_hang_below_every_edge_and_face_outwards(built: Path) -> None:
    for _, tile, _ in tiles_in(built):
        a, b, c = np.moveaxis(tile.positions[tile.triangles], 1, 0)
        across = np.cross(b - a, c - a)
        wall = np.abs(across[:, 2]) < 0.02 * np.linalg.norm(across, axis=1)
        named = surface_of(tile)
        sides = len(np.unique(named)) - len(named) // 2 + 1  # rows and columns of vertices, from their products
        assert wall.sum() == 2 * (2 * sides - 4)
        outwards = (a + b + c)[wall] / 3 - tile.positions.mean(axis=0)
        assert np.all(np.einsum("ij,ij->i", across[wall][:, :2], outwards[:, :2]) > 0)


def test_normals_are_smooth_and_lean_as_the_ground_does(tmp_path: Path) -> None:
    slope = (np.mgrid[0:40, 0:50][1] * 15.0).astype(np.float32)  # 15 m up every 30 m towards the east
    info = build_terrain(Ground.of([grid(slope)]), tmp_path / "out")
    ((node, tile, _),) = tiles_in(info.path)
    assert node["geometricError"] == 0
    expected = np.array([-0.5, 0, 1]) / np.sqrt(1.25)
    assert np.abs(tile.normals - expected).max() < 0.02


@pytest.mark.parametrize(
    ("at", "crs"),
    [
        ((30.0, 0.0, 955_530.0, 0.0, 30.0, 1_940_000.0), "EPSG:5179"),
        ((27.0, 9.0, 960_000.0, 9.0, -27.0, 1_940_000.0), "EPSG:5179"),
        ((0.0003, 0.0, 127.05, 0.0, -0.0003, 37.46), "EPSG:4326"),
    ],
)
def test_ground_that_is_turned_or_mirrored_still_faces_the_sky(at: Any, crs: str, tmp_path: Path) -> None:
    one = grid(hills(90, 70), at, crs)
    info = build_terrain(Ground.of([one]), tmp_path / "out")
    assert check_tileset(info.path).problems == ()
    assert info.tiles == 1 + 4
    for node, tile, place in tiles_in(info.path):
        named = surface_of(tile)
        assert len(named) >= (2 if "children" in node else 1) * 100
        middle = place[named].mean(axis=1)
        off = np.abs(middle[:, 2] - Ground.of([one]).heights(middle[:, :2]))
        assert np.nanmax(off) <= node["geometricError"] + 0.1


def test_unknown_ground_is_a_hole_and_ground_nowhere_known_an_empty_tileset(tmp_path: Path) -> None:
    holed = hills(130, 130)
    holed[30:60, 40:90] = np.nan
    holed[0, 0] = np.nan
    one = grid(holed)
    info = build_terrain(Ground.of([one]), tmp_path / "holed")
    assert check_tileset(info.path).problems == ()
    leaves = [(tile, place) for node, tile, place in tiles_in(info.path) if "children" not in node]
    places = np.concatenate([one.places(place[surface_of(tile)].mean(axis=1)[:, :2]) for tile, place in leaves])
    column, row = places.T
    assert not np.any((row > 29.5) & (row < 59.5) & (column > 39.5) & (column < 89.5))
    nowhere = build_terrain(Ground.of([grid(np.full((5, 5), np.nan, np.float32), id="a")]), tmp_path / "nowhere")
    assert (nowhere.tiles, nowhere.without_shape) == (0, ("a",))


def test_a_finer_grid_takes_the_place_of_the_coarser_one_where_it_knows(tmp_path: Path) -> None:
    coarse = grid(hills(60, 60), id="coarse")
    fine = grid(hills(100, 100), (6.0, 0.0, 956_000.0, 0.0, -6.0, 1_944_000.0), id="fine")
    info = build_terrain(Ground.of([coarse, fine]), tmp_path / "out")
    root = json.loads(info.path.read_bytes())["root"]
    assert (root["refine"], len(root["children"])) == ("ADD", 2)
    inside = 0
    for _, tile, place in tiles_in(info.path):
        at = fine.places(place[surface_of(tile)].mean(axis=1)[:, :2])
        deep = ((at > 12) & (at < 87)).all(axis=1)
        if tile.table["id"] == ["coarse"]:
            assert not deep.any()
        else:
            inside += int(deep.sum())
    assert inside > 5000


def test_flat_ground_is_one_tile_however_large(tmp_path: Path) -> None:
    info = build_terrain(Ground.of([grid(np.full((5 * CELLS, 5 * CELLS), 7.0, np.float32))]), tmp_path / "out")
    ((node, _, _),) = tiles_in(info.path)
    assert info.tiles == 1
    assert node["geometricError"] == 0


def test_a_failed_build_leaves_the_old_tileset_whole(built: Path, ground: Ground, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(built.parent, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    broken = grid(hills(80, 80), crs="EPSG:99999")
    with pytest.raises(Exception, match=r"."):
        build_terrain(Ground((broken,)), out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    build_terrain(ground, out, prefix="cd-")
    assert {path.name[:3] for path in out.iterdir()} == {"cd-", TILESET[:3]}


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


def test_khronos_validator_finds_neither_error_nor_warning(built: Path) -> None:
    modules = Path(os.environ.get("MADANG_GLTF_VALIDATOR", FRONTEND / "node_modules"))
    node = shutil.which("node")
    if node is None or not (modules / "gltf-validator").is_dir():
        pytest.skip("gltf-validator is not installed: run `npm install` in frontend/")
    answer = subprocess.run(
        [node, "-e", VALIDATE, str(built.parent)],
        env={**os.environ, "NODE_PATH": str(modules)}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(answer.stdout)
    assert len(found) == 17
    assert [issue for issue in found if issue[1] or issue[2]] == []


# --- the ground of a branch -------------------------------------------------------------------------------------------


def put(store: Store, heights: Any, *, id: str = "1", branch: str = "main", **more: Any) -> None:
    """A terrain as the raster source writes it."""
    data, said = encoded(heights)
    with store.transact(branch=branch, actor="test", reason="terrain") as tx:
        sha256 = tx.put_blob(data, media_type="application/octet-stream")
        grid_said = {"sha256": sha256, **said, "crs": "EPSG:5179", "transform": list(AT), **more.pop("grid", {})}
        told = {name: {"type": "Property", "value": value} for name, value in more.items()}
        tx.put({"id": f"urn:ngsi-ld:Terrain:test:{id}", "type": "Terrain", "grid": json_property(grid_said), **told})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "a.gpkg", city_id="test", title={"ko": "시", "en": "City"}) as made:
        yield made


def test_the_ground_of_a_branch_is_its_own_and_kept_by_content(store: Store) -> None:
    assert ground_of(store.view()) is None
    assert terrain_key(store.view()) == ""
    put(store, hills(20, 20), geoidOffset=24.5)
    store.fork("plan", actor="test", reason="try")
    main = ground_of(store.view())
    assert main is not None
    assert np.array_equal(main.grids[0].heights, hills(20, 20))
    assert main.geoid_offset_m == 24.5
    assert ground_of(store.view("plan")) is main
    assert terrain_key(store.view("plan")) == terrain_key(store.view()) != ""
    put(store, hills(20, 20, rough=1), branch="plan")
    changed = ground_of(store.view("plan"))
    assert changed is not None
    assert changed is not main
    assert changed.geoid_offset_m == 0
    assert terrain_key(store.view("plan")) != terrain_key(store.view())
    assert ground_of(store.view()) is main


@pytest.mark.parametrize(
    "said",
    [{"rows": 21}, {"dtype": "text"}, {"transform": [0, 0, 0, 0, 0, 0]}, {"transform": "far"}, {"crs": "nowhere"}],
)
def test_a_grid_that_does_not_fit_its_heights_is_named(store: Store, said: dict[str, Any]) -> None:
    put(store, hills(20, 20), grid=said)
    with pytest.raises(DataError, match="urn:ngsi-ld:Terrain:test:1"):
        ground_of(store.view())


def test_a_page_says_for_what_the_terrain_is_too_coarse() -> None:
    coarse = (90.0, 0.0, 955_530.0, 0.0, -90.0, 1_944_540.0)
    fine = (5.0, 0.0, 955_530.0, 0.0, -5.0, 1_944_540.0)
    assert "90 m wide: too coarse" in terrain_note(Ground.of([grid(hills(9, 9), coarse)]))["en"]
    assert "coarse for" not in terrain_note(Ground.of([grid(hills(9, 9), fine)]))["en"]


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_sheets_lie_above_each_other_and_every_layer_speaks_of_its_ground() -> None:
    kinds = layer_kinds()
    order = ["landuse", "parcel", "green", "water", "road", "railway", "zone", "transit"]
    lifts = [kinds[name].sheet_base_m for name in order]
    assert lifts == sorted(set(lifts))
    assert set(order) == {kind.id for kind in kinds.values() if kind.drawn == "sheet"}
    for kind in kinds.values():
        assert kind.type == kind.types[0]
        for note in (kind.note_with(terrain=True), kind.note_with(terrain=False), kind.coarse_note or {}):
            assert set(note) in ({"ko", "en"}, set())
        assert "flat ground" not in kind.note_with(terrain=True)["en"]
        assert kind.drawn != "symbol" or (kind.symbol_height_m > 0 and kind.symbol_side_m > 0 and kind.symbol_note)
    types = [name for kind in kinds.values() for name in kind.types]
    assert len(types) == len(set(types))


def test_figures_step_back_where_there_are_buildings() -> None:
    dong = layer_kind("dong")
    assert dong.shown_beside({"dong", "road"})
    assert not dong.shown_beside({"dong", "building"})
    assert not layer_kind("parcel").shown_beside(set())
