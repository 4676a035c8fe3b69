"""The layers of a small city: what they say of themselves, their tiles, their values, and what a branch changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from madang.entities.entity import Document, geo_property, language_property, property_, relationship
from madang.errors import NotFoundError
from madang.indicators.address import Address
from madang.store import Store
from madang.twin.catalogue import layer_kinds
from madang.twin.changes import branch_changes
from madang.twin.layers import LayerInfo, layer_file, layer_tileset, layer_values, layers
from madang.twin.readback import check_tileset, read_tile
from madang.twin.reading import round_scale

CENSUS = "urn:ngsi-ld:Dataset:test:census"
REGISTER = "urn:ngsi-ld:Dataset:test:register"


def box(west: float, south: float, side: float) -> dict[str, Any]:
    return dict(json.loads(shapely.to_geojson(shapely.box(west, south, west + side, south + side))))


def dataset(id: str, title: str, licence: str) -> Document:
    return {
        "id": id,
        "type": "Dataset",
        "title": language_property({"ko": title, "en": f"{title} (en)"}),
        "licence": property_(licence),
        "attribution": language_property({"ko": f"{title} 출처", "en": f"Source: {title}"}),
    }


def dong(number: int, name: str, density: float | None) -> Document:
    made: Document = {
        "id": f"urn:ngsi-ld:Dong:test:{number}",
        "type": "Dong",
        "name": language_property({"ko": name}),
        "location": geo_property(box(127.1 + 0.02 * number, 37.4, 0.02), source=CENSUS, status="observed"),
    }
    if density is not None:
        made["populationDensity"] = property_(
            density, unit="{person}/km2", period="2020", source=CENSUS, status="observed"
        )
    return made


def building(number: int, **attributes: Any) -> Document:
    return {
        "id": f"urn:ngsi-ld:Building:test:{number}",
        "type": "Building",
        "location": geo_property(box(127.1 + 0.001 * number, 37.41, 0.0005), source=REGISTER, status="observed"),
        **attributes,
    }


ROAD: Document = {
    "id": "urn:ngsi-ld:RoadSegment:test:1",
    "type": "RoadSegment",
    "name": property_("판교로"),
    "lanes": property_(4),
    "location": geo_property({"type": "LineString", "coordinates": [[127.1, 37.4], [127.12, 37.41]]}),
}


def facility(id: str = "1", **attributes: Any) -> Document:
    place = {"type": "Point", "coordinates": [127.11, 37.401]}
    return {
        "id": f"urn:ngsi-ld:Facility:test:{id}",
        "type": "Facility",
        "name": language_property({"ko": "팹리스 센터", "en": "Fabless centre"}),
        "location": geo_property(place, status="synthetic"),
        **attributes,
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    title = {"ko": "시험시", "en": "Testing"}
    with Store.create(tmp_path / "city.gpkg", city_id="testing", title=title) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many(
                [
                    dataset(CENSUS, "인구총조사", "KOGL-1"),
                    dataset(REGISTER, "건축물대장", "CC-BY-4.0"),
                    dong(0, "판교동", 20_000.0),
                    dong(1, "삼평동", 5_000.0),
                    dong(2, "운중동", None),
                    building(0, height=property_(30.0, unit="MTR", status="observed"), use=property_("업무시설")),
                    building(1, floorsAboveGround=property_(5, unit="{floor}", status="observed")),
                    building(2),
                    ROAD,
                ]
            )
        store.fork("more", title={"ko": "더", "en": "More"}, actor="test", reason="try")
        yield store


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def info(store: Store, layer: str, branch: str = "main") -> LayerInfo:
    return next(found for found in layers(store, branch) if found.id == layer)


def tiles_named(tileset: Path) -> list[Path]:
    """The tiles that a kept tileset names: all versions of a layer share one folder of them."""
    names = re.findall(r"[0-9a-f]{32}\.glb", tileset.read_text("utf-8"))
    return [tileset.parent.parent / "tiles" / name for name in names]


def table(tileset: Path) -> dict[str, dict[str, Any]]:
    """All features of a tileset by id."""
    found: dict[str, dict[str, Any]] = {}
    for path in tiles_named(tileset):
        columns = read_tile(path.read_bytes()).table
        for row in zip(*columns.values(), strict=True):
            values = dict(zip(columns, row, strict=True))
            found[values["id"]] = values
    return found


def feet_drawn(tileset: Path) -> dict[str, float]:
    """How far above the lowest building each building begins, in metres."""
    found = {}
    for path in tiles_named(tileset):
        tile = read_tile(path.read_bytes())
        for row, id in enumerate(tile.table["id"]):
            found[id] = float(tile.positions[tile.feature_ids == row][:, 2].min())
    return {id: foot - min(found.values()) for id, foot in found.items()}


def heights_drawn(tileset: Path) -> dict[str, float]:
    """How high each feature stands in the tiles, in metres."""
    found = {}
    for path in tiles_named(tileset):
        tile = read_tile(path.read_bytes())
        for row, id in enumerate(tile.table["id"]):
            mine = tile.positions[tile.feature_ids == row]
            found[id] = float(np.ptp(mine[:, 2]))
    return found


def test_a_city_lists_the_layers_it_has_in_the_catalogues_order(store: Store) -> None:
    assert [found.id for found in layers(store)] == ["dong", "building", "road"]
    assert [found.features for found in layers(store)] == [3, 3, 1]


def test_a_layer_names_its_sources_licences_and_attributions(store: Store) -> None:
    found = info(store, "dong")
    assert found.source == {"ko": "인구총조사", "en": "인구총조사 (en)"}
    assert (found.licence, found.attribution) == ("KOGL-1", {"ko": "인구총조사 출처", "en": "Source: 인구총조사"})
    assert info(store, "road").licence is None


def test_the_status_of_a_layer_is_the_strictest_of_what_is_drawn(store: Store) -> None:
    assert info(store, "dong").status == "observed"
    assert info(store, "building").status == "estimated", "one height is worked out from storeys"
    assert info(store, "road").status is None, "nobody said"
    with store.transact(branch="more", actor="test", reason="plan") as tx:
        tx.put(facility())
    assert info(store, "facility", "more").status == "synthetic"


def test_dong_stand_as_high_as_their_density_and_the_layer_says_at_what_scale(store: Store, cache: Path) -> None:
    found = info(store, "dong")
    assert found.height_attribute == "populationDensity"
    assert found.metres_per_unit is not None
    assert f"{1 / found.metres_per_unit:,.6g}명/㎢" in found.height["ko"]  # type: ignore[index]
    drawn = heights_drawn(layer_tileset(store, "main", "dong", cache))
    # A dong of 2 km is curved like the Earth: its corners hang 16 cm below its middle.
    assert drawn["urn:ngsi-ld:Dong:test:0"] == pytest.approx(20_000 * found.metres_per_unit, abs=0.5)
    assert drawn["urn:ngsi-ld:Dong:test:1"] == pytest.approx(5_000 * found.metres_per_unit, abs=0.5)
    assert drawn["urn:ngsi-ld:Dong:test:2"] < 1, "an unknown figure is drawn flat"
    assert "1곳" in found.note["ko"]


def test_buildings_take_their_height_else_their_storeys_else_stay_flat(store: Store, cache: Path) -> None:
    tileset = layer_tileset(store, "main", "building", cache)
    drawn = {id.rpartition(":")[2]: height for id, height in heights_drawn(tileset).items()}
    assert drawn["0"] == pytest.approx(30, abs=0.1)
    assert drawn["1"] == pytest.approx(20, abs=0.1)
    assert drawn["2"] == pytest.approx(0, abs=0.1)
    assert table(tileset)["urn:ngsi-ld:Building:test:2"]["height"] is None


def test_a_building_that_stands_in_its_parts_is_drawn_once_and_a_part_over_a_passage_hangs(
    store: Store, cache: Path
) -> None:
    whole, part = "urn:ngsi-ld:Building:test:7", "urn:ngsi-ld:Building:test:8"
    with store.transact(actor="test", reason="parts") as tx:
        tx.put_many(
            [
                building(7, height=property_(50.0, unit="MTR"), parts=relationship([part])),
                building(8, height=property_(44.0, unit="MTR"), baseAboveGround=property_(6.0, unit="MTR")),
            ]
        )
    tileset = layer_tileset(store, "main", "building", cache)
    drawn = heights_drawn(tileset)
    assert drawn[whole] == pytest.approx(0, abs=0.1)
    assert drawn[part] == pytest.approx(44, abs=0.1)
    assert table(tileset)[whole]["height"] == 50.0
    assert feet_drawn(tileset)[part] == pytest.approx(6, abs=0.2)


def test_a_planned_facility_at_a_point_is_a_symbol_and_says_so(store: Store, cache: Path) -> None:
    with store.transact(branch="more", actor="test", reason="plan") as tx:
        tx.put_many([facility(), facility("2", height=property_(80.0, unit="MTR"))])
    tileset = layer_tileset(store, "more", "facility", cache)
    rows = table(tileset)
    assert {row["symbolic"] for row in rows.values()} == {1.0}
    assert {row["nameEn"] for row in rows.values()} == {"Fabless centre"}
    drawn = heights_drawn(tileset)
    assert drawn["urn:ngsi-ld:Facility:test:1"] == pytest.approx(layer_kinds()["facility"].symbol_height_m, abs=0.1)
    assert drawn["urn:ngsi-ld:Facility:test:2"] == pytest.approx(80, abs=0.1)
    assert "상징" in info(store, "facility", "more").note["ko"]


def test_roads_lie_flat(store: Store, cache: Path) -> None:
    drawn = heights_drawn(layer_tileset(store, "main", "road", cache))
    assert drawn["urn:ngsi-ld:RoadSegment:test:1"] == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("layer", ["dong", "building", "road"])
def test_every_tileset_of_the_city_holds_together(store: Store, cache: Path, layer: str) -> None:
    check = check_tileset(layer_tileset(store, "main", layer, cache), tiles_in=cache / layer / "tiles")
    assert check.problems == ()
    assert set(check.features.values()) == {1}


def test_a_tileset_is_kept_until_the_layer_changes_and_shared_by_branches_that_agree(store: Store, cache: Path) -> None:
    first = layer_tileset(store, "main", "building", cache)
    built = first.stat().st_mtime_ns
    assert layer_tileset(store, "more", "building", cache) == first
    with store.transact(actor="test", reason="another matter") as tx:
        tx.put(dong(3, "백현동", 9_000.0))
    assert layer_tileset(store, "main", "building", cache) == first
    assert first.stat().st_mtime_ns == built
    with store.transact(branch="more", actor="test", reason="build") as tx:
        tx.put(building(9, height=property_(100.0, unit="MTR", status="synthetic")))
    changed = layer_tileset(store, "more", "building", cache)
    assert changed != first
    assert "urn:ngsi-ld:Building:test:9" in table(changed)
    assert layer_tileset(store, "main", "building", cache) == first


def test_a_branch_is_drawn_at_mains_scale(store: Store) -> None:
    with store.transact(branch="more", actor="test", reason="densify") as tx:
        tx.put(dong(0, "판교동", 200_000.0))
    assert info(store, "dong", "more").metres_per_unit == info(store, "dong").metres_per_unit


def test_a_server_finds_every_file_that_the_tileset_names(store: Store, cache: Path) -> None:
    tileset = layer_file(store, "main", "building", "tileset.json", cache)
    for path in tiles_named(tileset):
        assert layer_file(store, "main", "building", path.name, cache) == path
    for name in ("../../city.gpkg", "0.glb", f"{'0' * 16}-0.glb", "..%2f"):
        with pytest.raises(NotFoundError):
            layer_file(store, "main", "building", name, cache)


def test_values_come_with_unit_period_status_source_and_an_address_each(store: Store) -> None:
    found = layer_values(store, "main", "dong", "populationDensity")
    assert found.names == ["판교동", "삼평동", "운중동"]
    assert found.values == [20_000.0, 5_000.0, None]
    assert (found.unit, found.period, found.status) == ("{person}/km2", "2020", "observed")
    assert found.source == {"ko": "인구총조사", "en": "인구총조사 (en)"}
    assert found.addresses is not None
    address = Address.parse(str(found.addresses[0]))
    assert (address.entity, address.attribute, address.valid) == (found.ids[0], "populationDensity", "2020")
    assert found.addresses[2] is None


def test_what_can_be_coloured_is_found_in_the_data(store: Store) -> None:
    attributes = {summary.name: summary for summary in info(store, "building").attributes}
    assert attributes["height"].kind == "number"
    assert attributes["use"].kind == "category"
    assert attributes["floorsAboveGround"].unit == "{floor}"
    assert "name" not in attributes


def test_an_unknown_layer_branch_or_attribute_is_answered_with_what_there_is(store: Store, cache: Path) -> None:
    with pytest.raises(NotFoundError, match="dong, building, facility"):
        layer_tileset(store, "main", "sewers", cache)
    with pytest.raises(NotFoundError, match="populationDensity"):
        layer_values(store, "main", "dong", "colour")
    with pytest.raises(NotFoundError):
        layers(store, "no-such-branch")


def test_a_branch_names_what_it_adds_changes_and_removes_by_layer(store: Store) -> None:
    with store.transact(branch="more", actor="test", reason="plan") as tx:
        tx.put(facility())
        tx.put(building(0, height=property_(60.0, unit="MTR", status="synthetic")))
        tx.delete("urn:ngsi-ld:Building:test:1")
    assert branch_changes(store, "more") == {
        "building": {
            "added": [],
            "changed": ["urn:ngsi-ld:Building:test:0"],
            "removed": ["urn:ngsi-ld:Building:test:1"],
        },
        "facility": {"added": ["urn:ngsi-ld:Facility:test:1"], "changed": [], "removed": []},
    }
    assert branch_changes(store, "main") == {}


def test_an_entity_that_names_its_sources_by_itself_is_credited_too(store: Store) -> None:
    with store.transact(actor="test", reason="own source") as tx:
        tx.put({**ROAD, "source": relationship(REGISTER), "status": property_("observed")})
    found = info(store, "road")
    assert (found.status, found.licence) == ("observed", "CC-BY-4.0")


@pytest.mark.parametrize(("given", "rounded"), [(0.0731, 0.05), (0.05, 0.05), (3.7, 2.0), (1.0, 1.0), (999.0, 500.0)])
def test_scales_are_rounded_down_to_1_2_or_5(given: float, rounded: float) -> None:
    assert round_scale(given) == pytest.approx(rounded)


def test_every_layer_is_described_in_both_languages() -> None:
    for kind in layer_kinds().values():
        texts = [kind.title, kind.note, kind.height, kind.flat_note, kind.symbol_note]
        texts += [figure.height for figure in kind.figures]
        for text in filter(None, texts):
            assert set(text) == {"ko", "en"}
            assert kind.said(text, count=1, per_metre=1)
