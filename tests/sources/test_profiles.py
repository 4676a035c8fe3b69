"""Well-known open files load without a mapping, by the profiles that ship; needs the development data folder."""

import os
from collections import Counter
from pathlib import Path

import pytest

from madang.entities.entity import attributes, check_entity, instance_of, provenance_of, value_of
from madang.sources import base
from madang.sources.mapping import _profiles

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")


def test_every_shipped_profile_is_a_good_mapping():
    names = [name for name, _, _, _ in _profiles()]
    assert "pangyo_buildings.yaml" in names
    assert all(mapping.dataset is not None for _, _, _, mapping in _profiles())


def loaded(path):
    if not (DATA / path).exists():
        pytest.skip(f"{path} is not in the development data folder")
    found = base.read(DATA / path)
    for document in found.documents():
        check_entity(document)
    return found


@pytest.mark.needs_data
def test_pangyo_buildings_have_an_estimated_height_with_its_method():
    found = loaded("buildings/technovalley_pangyo_buildings.geojson")
    assert (found.report.read, found.report.kept) == (85, 85)
    assert len({value_of(d, "refParcel") for d in found.entities}) == 62
    for document in found.entities:
        assert document["type"] == "Building"
        assert value_of(document, "height") == value_of(document, "floorsAboveGround") * 4.0
        assert provenance_of(document, "height").status == "estimated"
        assert "4.0 m" in instance_of(document, "height")["method"]["languageMap"]["en"]
        assert provenance_of(document, "floorArea").status == "observed"
    assert sum("landArea" not in d for d in found.entities) in (25, 26)
    assert sum("name" not in d for d in found.entities) == 6
    assert value_of(found.entities[0], "usePermitDate") == "2009-12-24"


@pytest.mark.needs_data
def test_pangyo_parcels_are_named_by_the_number_that_buildings_refer_to():
    parcels = loaded("buildings/technovalley_pangyo_parcels.geojson")
    buildings = loaded("buildings/technovalley_pangyo_buildings.geojson")
    assert len(parcels.entities) == 152
    ids = {d["id"] for d in parcels.entities}
    assert {value_of(d, "refParcel") for d in buildings.entities} <= ids
    first = next(d for d in parcels.entities if value_of(d, "pnu") == "4113510900106760000")
    assert value_of(first, "area") == pytest.approx(0.0116254)
    assert value_of(first, "landPrice") == 5_567_000


@pytest.mark.needs_data
def test_roads_whose_name_is_the_text_nan_have_no_name():
    found = loaded("mobility/roads_pangyo.geojson")
    assert len(found.entities) == 295
    assert not any("nan" in str(value_of(d, "name")) for d in found.entities)
    assert sum(value_of(d, "length") for d in found.entities) == pytest.approx(70_900, rel=0.01)


@pytest.mark.needs_data
def test_bus_stops_without_id_or_position_are_left_out_and_counted():
    found = loaded("mobility/seongnam_bus_stops_20260408.csv")
    assert found.report.read == 1309
    assert sum(found.report.left_out.values()) == 6
    assert sum(value_of(d, "hasDustSensor") is True for d in found.entities) == 147
    assert sum(value_of(d, "hasWifi") is True for d in found.entities) == 581
    assert any("utf-8-sig" in note["en"] for note in found.report.notes)


@pytest.mark.needs_data
def test_hydrogen_stations_in_cp949_say_how_good_their_position_is():
    found = loaded("economy/hydrogen_stations_202009_cp949.csv")
    assert len(found.entities) == 50
    assert sorted(Counter(value_of(d, "positionQuality") for d in found.entities).values()) == [1, 3, 46]


@pytest.mark.needs_data
def test_zones_and_link_speeds_are_read():
    assert len(loaded("buildings/technovalley_pangyo_zoning.geojson").entities) == 3
    traffic = loaded("mobility/seongnam_traffic_20260816_sync.geojson")
    assert len(traffic.entities) == 482
    assert all(
        i["observedAt"].startswith("2026-08-16T09:4") or i["observedAt"].startswith("2026-08-16T09:5")
        for d in traffic.entities
        for name, _, i in attributes(d)
        if name == "averageVehicleSpeed"
    )
    assert sum("intensity" in d for d in traffic.entities) / 482 < 0.1


@pytest.mark.needs_data
def test_osm_buildings_keep_their_own_height_where_they_have_one():
    found = loaded("derived/osm_seoul_jamsil_20241101_buildings.geojson")
    assert len(found.entities) == 1355
    status = Counter(provenance_of(d, "height").status for d in found.entities if "height" in d)
    assert status["observed"] == 644
    assert sum(status.values()) == 863


@pytest.mark.needs_data
def test_a_layer_without_a_profile_is_read_under_its_own_names():
    found = loaded("buildings/parcels_joined_sampyeong_468.geojson")
    assert found.report.kept == 468
    assert {d["type"] for d in found.entities} == {"Parcel"}
