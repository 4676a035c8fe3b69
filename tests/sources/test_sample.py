"""The made-up quarter: inside the real boundary, the same every time, and synthetic in each attribute."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from madang.entities.entity import attributes, check_entity, geometry_of, provenance_of, value_of
from madang.errors import DataError
from madang.sources import korea
from madang.sources.base import write
from madang.sources.sample import sample_ground, sample_quarter, sample_readings
from madang.store import Store
from madang.twin.frames import frames
from madang.twin.terrain import ground_of

UNTIL = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SIZE_M = (1000.0, 800.0)


@pytest.fixture(scope="module")
def sampyeong():
    return next(
        d for d in korea.city_from_packages("seongnam").entities if d["id"] == "urn:ngsi-ld:Dong:kostat-2020:3102374"
    )


@pytest.fixture(scope="module")
def quarter(sampyeong):
    return sample_quarter(sampyeong)


@pytest.fixture(scope="module")
def small(sampyeong):
    return sample_quarter(sampyeong, size_m=SIZE_M)


@pytest.fixture(scope="module")
def readings(sampyeong, small):
    return sample_readings(sampyeong, small, until=UNTIL)


def drawn(loaded, *types):
    found = [shape(geometry_of(one)) for one in loaded.entities if one["type"] in types]
    return np.array(found, dtype=object)


def test_the_same_words_give_the_same_city(sampyeong, small, readings):
    again = sample_quarter(sampyeong, size_m=SIZE_M)
    assert again.entities == small.entities
    assert sample_quarter(sampyeong, size_m=SIZE_M, seed=1).entities != small.entities
    assert sample_readings(sampyeong, again, until=UNTIL).entities == readings.entities
    assert sample_ground(sampyeong).blobs == sample_ground(sampyeong).blobs


def test_it_is_a_town_of_many_kinds(quarter):
    types = Counter(one["type"] for one in quarter.entities)
    assert 1_500 <= types["Building"] <= 2_500
    assert min(types[one] for one in ("Parcel", "RoadSegment", "SolitaryVegetationObject")) > 100
    assert min(types[one] for one in ("BusStop", "PlantCover", "WaterBody", "Railway", "Station", "LandUse")) > 0
    kinds = {value_of(one, "category") for one in quarter.entities if one["type"] == "Building"}
    assert kinds >= {"아파트(판상형)", "아파트(탑상형)", "연립주택", "상가", "오피스", "학교", "공장"}
    roads = {value_of(one, "category"): one for one in quarter.entities if one["type"] == "RoadSegment"}
    assert [value_of(roads[name], "lanes") for name in ("primary", "tertiary", "residential")] == [6, 4, 2]
    assert quarter.report.read == quarter.report.kept + sum(quarter.report.left_out.values())


def test_everything_stands_inside_and_no_building_on_another_or_on_a_street(sampyeong, quarter):
    boundary = shape(geometry_of(sampyeong))
    assert shapely.covers(boundary.buffer(1e-6), drawn(quarter, *{one["type"] for one in quarter.entities})).all()
    buildings = drawn(quarter, "Building")
    assert shapely.union_all(buildings).area == pytest.approx(shapely.area(buildings).sum(), rel=1e-6)
    streets = shapely.STRtree(buildings)
    assert len(streets.query(drawn(quarter, "RoadSegment", "Railway", "WaterBody"), predicate="intersects")[0]) == 0


def test_every_figure_is_synthetic_and_says_from_where(sampyeong, small, readings):
    everything = [*small.entities, *sample_ground(sampyeong).entities, *readings.entities[:500]]
    for document in everything:
        check_entity(document)
        assert provenance_of(document).status == "synthetic"
        for name, _, said in attributes(document):
            assert provenance_of(document, name).status == "synthetic", (document["type"], name)
            assert "가상" in said.get("languageMap", {"ko": "가상"})["ko"]
    for part in (small, readings, sample_ground(sampyeong)):
        assert value_of(part.datasets[0], "status") == "synthetic"


def test_nothing_is_built_where_ground_is_kept_free(sampyeong):
    site = shape(geometry_of(sampyeong)).centroid.buffer(0.0015)
    kept = sample_quarter(sampyeong, size_m=SIZE_M, clear=[site])
    assert not shapely.intersects(site, drawn(kept, "Building", "Parcel", "SolitaryVegetationObject")).any()
    assert kept.report.left_out["outside-area"] > 5


def test_a_place_without_boundary_or_without_streets_is_refused(sampyeong, small):
    with pytest.raises(DataError, match="no boundary"):
        sample_quarter({"id": "urn:x:1", "type": "Dong"})
    without = type(small)([], [], {}, small.report)
    with pytest.raises(DataError, match="no streets"):
        sample_readings(sampyeong, without, until=UNTIL)


def test_a_city_shows_its_ground_and_its_traffic_by_the_hour(tmp_path, sampyeong, small, readings):
    ground = sample_ground(sampyeong, size_m=SIZE_M)
    with Store.create(tmp_path / "made-up.gpkg", city_id="made-up", title={"ko": "가상", "en": "Made up"}) as store:
        write(store, [ground, small, readings], actor="t", reason="t")
        heights = ground_of(store.view()).heights
        stream = next(g for g in drawn(small, "WaterBody") if g.length > 0.01)
        homes = [g.centroid for g in drawn(small, "Building")]
        levels = heights(np.array([[p.x, p.y] for p in homes]))
        assert np.isfinite(levels).all()
        low = heights(np.array([[p.x, p.y] for p in [stream.representative_point()]]))
        assert low[0] < np.percentile(levels, 20)
        told = frames(store, "main", "road", "averageVehicleSpeed", steps=48).as_json()
    speeds = np.array(told["values"], dtype=float)
    by_hour = dict(zip((t[11:13] for t in told["times"]), np.nanmean(speeds, axis=1), strict=True))
    assert by_hour["18"] > 1.5 * by_hour["09"]  # three in the night runs, six in the evening crawls (UTC)
    assert told["status"] == "synthetic"


def test_readings_have_gaps_and_one_sensor_fell_silent(readings):
    last = {}
    for one in readings.entities:
        at = next(i["observedAt"] for _, _, i in attributes(one) if "observedAt" in i)
        last.setdefault(one["id"], []).append(at)
    silent = [id for id, moments in last.items() if max(moments) < "2026-11-20T09:00"]
    assert len(silent) == 1
    assert max(max(moments) for moments in last.values()).startswith("2026-11-20T09:00")
    assert 0 < readings.report.left_out["no-reading"] < 0.08 * readings.report.read
