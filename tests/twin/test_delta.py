"""A branch in 3D is main's tiles without what it has otherwise, and a delta: together exactly the branch."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from madang.entities.entity import Document, geo_property, property_, relationship
from madang.errors import FileError
from madang.store import Store
from madang.twin.cache import KEPT_TILESETS, forget
from madang.twin.catalogue import layer_kind, layer_kinds
from madang.twin.layers import content_hash, delta_tileset, layer_file, layer_tileset, layers
from madang.twin.memory import held
from madang.twin.readback import check_tileset, read_tile
from madang.twin.reading import read_layer
from madang.twin.tiles import FeatureColumns, Options, TilesetInfo, write_tileset

Z3 = {"crs": "EPSG:4326", "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]}}


def building(number: int, height: float | None, **attributes: Any) -> Document:
    west, south = 127.1 + 0.0005 * (number % 20), 37.4 + 0.0005 * (number // 20)
    place = json.loads(shapely.to_geojson(shapely.box(west, south, west + 0.0003, south + 0.0003)))
    told = {} if height is None else {"height": property_(height, unit="MTR", status="observed")}
    return {
        "id": f"urn:ngsi-ld:Building:t:{number:03d}",
        "type": "Building",
        "location": geo_property(place, status="observed", source=f"urn:ngsi-ld:Dataset:t:{number % 3}"),
        **told,
        **attributes,
    }


def change_at_random(store: Store, branch: str, dice: random.Random) -> None:
    """Some buildings come, change, lose their height, move, become something else, or go."""
    view = store.view(branch)
    with store.transact(branch=branch, actor="test", reason="life") as tx:
        for number in dice.sample(range(80), 12):
            id = f"urn:ngsi-ld:Building:t:{number:03d}"
            there = view.get(id) is not None
            act = dice.choice(["put", "put", "remove", "change-type"])
            if act == "remove" and there:
                tx.delete(id)
            elif act == "change-type" and there:
                tx.put({**building(number, 5.0), "type": "Bridge"})
            else:
                use = {"use": property_(dice.choice(["주거", "업무", "공공"]))} if dice.random() < 0.5 else {}
                height = dice.choice([None, float(dice.randint(3, 90))])
                tx.put(building(number, height, **use))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A city, a branch and a branch of that, all of which moved on after they parted; read in between."""
    folder = tmp_path_factory.mktemp("city")
    dice = random.Random(5)
    with Store.create(folder / "c.gpkg", city_id="t", title={"ko": "시", "en": "City"}) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many(building(number, 10.0 + number) for number in range(60))
        store.fork("a", actor="test", reason="try")
        for _ in range(3):
            for branch in ("main", "a"):
                change_at_random(store, branch, dice)
                for kind in layer_kinds().values():
                    held(store, branch, kind).data.rings  # noqa: B018 - what is worked out must stay right
        store.fork("b", parent="a", actor="test", reason="try more")
        for branch in ("b", "a", "main", "b"):
            change_at_random(store, branch, dice)
        yield store, folder / "cache"


def said(tileset: Path) -> dict[str, tuple[Any, ...]]:
    """What a tileset shows of each feature: how high it is drawn and what its row says."""
    found: dict[str, tuple[Any, ...]] = {}
    for name in re.findall(r"[0-9a-f]{32}\.glb", tileset.read_text("utf-8")):
        tile = read_tile((tileset.parent.parent / "tiles" / name).read_bytes())
        for row, id in enumerate(tile.table["id"]):
            drawn = round(float(np.ptp(tile.positions[tile.feature_ids == row][:, 2])), 1)
            assert id not in found, "a feature is in one tile"
            found[id] = (drawn, tile.table["height"][row])
    return found


@pytest.mark.parametrize("branch", ["a", "b"])
@pytest.mark.parametrize("layer", ["building", "cityobject"])
def test_main_without_the_hidden_and_with_the_delta_is_the_branch(
    lived: tuple[Store, Path], branch: str, layer: str
) -> None:
    store, cache = lived
    info = next(info for info in layers(store, branch) if info.id == layer)
    assert info.delta is not None
    shown = said(layer_tileset(store, "main", layer, cache))
    for id in info.delta.hidden:
        del shown[id]
    delta = said(delta_tileset(store, branch, layer, cache))
    assert not shown.keys() & delta.keys()
    assert shown | delta == said(layer_tileset(store, branch, layer, cache))
    assert info.features == len(shown | delta) == len(read_layer(store.view(branch), layer_kind(layer)).ids)


@pytest.mark.parametrize("branch", ["main", "a", "b"])
def test_a_layer_kept_up_to_date_is_the_layer_read_anew(lived: tuple[Store, Path], branch: str) -> None:
    store, _ = lived
    for layer in ("building", "cityobject"):
        kept, anew = held(store, branch, layer_kind(layer)).data, read_layer(store.view(branch), layer_kind(layer))
        assert kept.ids == anew.ids
        assert content_hash(kept.columns(1.0), []) == content_hash(anew.columns(1.0), [])
        np.testing.assert_array_equal(kept.rings.lonlat, anew.rings.lonlat)
        assert (kept.statuses, kept.sources) == (anew.statuses, anew.sources)
        by_name = ({one.name: one for one in data.attributes} for data in (kept, anew))
        assert next(by_name) == next(by_name)


def test_a_layer_says_where_mains_tiles_are_and_what_the_branch_itself_did(lived: tuple[Store, Path]) -> None:
    store, _ = lived
    (on_main,) = (info.as_json() for info in layers(store) if info.id == "building")
    (on_branch,) = (info.as_json() for info in layers(store, "a") if info.id == "building")
    assert (on_main["tiles"], on_main["delta"]) == ("/tiles/t/building/tileset.json", None)
    assert on_branch["tiles"] == on_main["tiles"]
    assert on_branch["delta"]["tiles"] == "/tiles/t~a/building/delta/tileset.json"
    own = [change.kind for change in store.diff("a") if "Building" in change.types]
    assert on_branch["delta"]["added"] <= own.count("added")
    assert sorted(on_branch["delta"]) == ["added", "changed", "hidden", "removed", "tiles"]


def test_a_branch_that_changes_nothing_is_drawn_as_main_alone(tmp_path: Path) -> None:
    with Store.create(tmp_path / "c.gpkg", city_id="t", title={"ko": "시"}) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many(building(number, 10.0) for number in range(5))
        store.fork("a", actor="test", reason="try")
        assert layers(store, "a")[0].delta is None
        assert held(store, "a", layer_kind("building")).data is held(store, "main", layer_kind("building")).data
        assert said(delta_tileset(store, "a", "building", tmp_path / "cache")) == {}


def test_a_part_that_a_branch_changes_stays_on_what_it_is_a_part_of(tmp_path: Path) -> None:
    """A tower's upper part starts at 30 m of the data, its foot at 10 m: on flat ground the part begins at 20 m."""

    def part(number: int, low: float, high: float) -> Document:
        made = building(number, high - low, refParent=relationship("urn:ngsi-ld:Building:t:tower"))
        corners = [[127.1, 37.4, low], [127.1001, 37.4, low], [127.1001, 37.4, high], [127.1, 37.4, high]]
        geometry = [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]]}]
        made["geometry3d"] = {"type": "JsonProperty", "json": {**Z3, "vertices": corners, "geometry": geometry}}
        return made

    with Store.create(tmp_path / "c.gpkg", city_id="t", title={"ko": "시"}) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many([part(1, 10.0, 30.0), part(2, 30.0, 50.0)])
        store.fork("a", actor="test", reason="raise")
        with store.transact(branch="a", actor="test", reason="raise") as tx:
            tx.put(part(2, 30.0, 70.0))
        tileset = delta_tileset(store, "a", "building", tmp_path / "cache")
        (name,) = re.findall(r"[0-9a-f]{32}\.glb", tileset.read_text("utf-8"))
        tile = read_tile((tmp_path / "cache" / "building" / "tiles" / name).read_bytes())
        assert (tile.table["id"], tile.table["lod"]) == (["urn:ngsi-ld:Building:t:002"], ["2"])
        assert np.allclose([tile.positions[:, 2].min(), tile.positions[:, 2].max()], [20, 60], atol=0.05)


# --- what is built again ----------------------------------------------------------------------------------------------


def strewn(count: int) -> FeatureColumns:
    dice = np.random.default_rng(1)
    west, south = dice.uniform(127.0, 127.1, count), dice.uniform(37.4, 37.5, count)
    side = dice.uniform(1e-4, 4e-4, count)
    return FeatureColumns(
        ids=[f"b{number:04d}" for number in range(count)],
        wkb=list(shapely.to_wkb(shapely.box(west, south, west + side, south + side))),
        base_m=np.zeros(count),
        height_m=dice.uniform(3, 50, count),
    )


def written(features: FeatureColumns, folder: Path, name: str) -> TilesetInfo:
    return write_tileset(features, folder / name, tiles=folder / "tiles", options=Options(max_per_tile=20))


def test_an_edit_makes_only_the_tiles_on_its_way_down_again(tmp_path: Path) -> None:
    features = strewn(1000)
    first = written(features, tmp_path, "first.json")
    assert first.made == first.tiles > 50
    assert written(features, tmp_path, "again.json").made == 0
    higher = features.height_m.copy()
    higher[500] += 0.5
    assert 1 <= written(replace(features, height_m=higher), tmp_path, "higher.json").made <= 2
    keep = np.arange(1000) != 500
    fewer = replace(
        features,
        ids=[id for id, kept in zip(features.ids, keep, strict=True) if kept],
        wkb=[wkb for wkb, kept in zip(features.wkb, keep, strict=True) if kept],
        base_m=features.base_m[keep],
        height_m=features.height_m[keep],
    )
    assert written(fewer, tmp_path, "fewer.json").made <= 8, "one tile a level of the tree"
    check = check_tileset(tmp_path / "fewer.json", tiles_in=tmp_path / "tiles")
    assert check.problems == ()
    assert check.features == dict.fromkeys(fewer.ids, 1)


def test_a_tile_cut_off_half_way_is_written_anew(tmp_path: Path) -> None:
    features = strewn(60)
    first = written(features, tmp_path, "first.json")
    half = sorted((tmp_path / "tiles").glob("*.glb"))[0]
    half.write_bytes(half.read_bytes()[:-100])
    (tmp_path / "tiles" / ".writing-abc").write_bytes(b"left by a process that was killed")
    assert written(features, tmp_path, "again.json").made == 1
    assert check_tileset(tmp_path / "again.json", tiles_in=tmp_path / "tiles").tiles == first.tiles


def test_the_cache_forgets_what_no_kept_tileset_names(tmp_path: Path) -> None:
    layer = tmp_path / "building"
    features = strewn(60)
    for number in range(KEPT_TILESETS + 3):
        place = layer / f"{number:016x}" / "tileset.json"
        part = replace(features, height_m=features.height_m + number)
        write_tileset(part, place, tiles=layer / "tiles", options=Options(max_per_tile=60))
        os.utime(place, (10_000 + number, 10_000 + number))
    (oldest,) = (p for p in (layer / "tiles").iterdir() if p.name in (layer / f"{0:016x}/tileset.json").read_text())
    (gone, spared) = (layer / "tiles" / "unnamed.glb", layer / "tiles" / "just-written.glb")
    for path in (gone, spared, oldest.with_name(f"{oldest.name}.gz")):
        path.write_bytes(b"-")
    for path in (gone, oldest, oldest.with_name(f"{oldest.name}.gz")):
        os.utime(path, (1, 1))
    forget(layer, place)
    assert len(list(layer.glob("*/tileset.json"))) == KEPT_TILESETS
    assert [path.exists() for path in (gone, oldest, oldest.with_name(f"{oldest.name}.gz"))] == [False] * 3
    assert spared.exists(), "a build beside this one may be about to name it"
    for kept in layer.glob("*/tileset.json"):
        assert check_tileset(kept, tiles_in=layer / "tiles").problems == ()


def test_a_full_disk_is_told_of_and_leaves_nothing_half_written(lived: tuple[Store, Path], tmp_path: Path) -> None:
    store, _ = lived
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(FileError, match="could not be written"):
            layer_tileset(store, "main", "building", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert (
        check_tileset(
            layer_tileset(store, "main", "building", tmp_path), tiles_in=tmp_path / "building" / "tiles"
        ).problems
        == ()
    )


def test_requests_beside_each_other_and_a_writer_see_whole_states(tmp_path: Path) -> None:
    problems: list[object] = []
    with Store.create(tmp_path / "c.gpkg", city_id="t", title={"ko": "시"}) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many(building(number, 10.0) for number in range(40))
        store.fork("a", actor="test", reason="try")

        def ask(branch: str) -> None:
            try:
                for _ in range(6):
                    path = layer_file(store, branch, "building", "tileset.json", tmp_path / "cache")
                    heights = {height for _, height in said(path).values()}
                    assert len(heights) == 1, "all buildings are raised in one transaction"
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=ask, args=(branch,)) for branch in ("main", "a", "main", "a")]
        for thread in threads:
            thread.start()
        for number in range(6):
            for branch in ("main", "a"):
                with store.transact(branch=branch, actor="test", reason="raise") as tx:
                    tx.put_many(building(n, 20.0 + number) for n in range(40))
        for thread in threads:
            thread.join()
    assert problems == []
