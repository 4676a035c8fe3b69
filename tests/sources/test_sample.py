"""The generated sample: inside the real boundary, the same every time, and synthetic in each attribute."""

import pytest
import shapely
from shapely.geometry import shape

from madang.entities.entity import attributes, check_entity, geometry_of, provenance_of, value_of
from madang.errors import DataError
from madang.sources import korea
from madang.sources.sample import sample_buildings


@pytest.fixture(scope="module")
def sampyeong():
    return next(
        d for d in korea.city_from_packages("seongnam").entities if d["id"] == "urn:ngsi-ld:Dong:kostat-2020:3102374"
    )


@pytest.fixture(scope="module")
def loaded(sampyeong):
    return sample_buildings(sampyeong, count=150)


def test_the_same_boundary_and_seed_give_the_same_buildings(sampyeong, loaded):
    assert sample_buildings(sampyeong, count=150).entities == loaded.entities
    assert sample_buildings(sampyeong, count=150, seed=1).entities != loaded.entities


def test_every_building_stands_inside_the_boundary_and_none_on_another(sampyeong, loaded):
    boundary = shape(geometry_of(sampyeong))
    drawn = [shape(geometry_of(d)) for d in loaded.entities]
    assert len(drawn) == 150
    assert all(boundary.contains(building) for building in drawn)
    assert shapely.union_all(drawn).area == pytest.approx(sum(b.area for b in drawn), rel=1e-6)


def test_every_figure_is_synthetic_and_says_from_where(sampyeong, loaded):
    for document in loaded.entities:
        check_entity(document)
        assert value_of(document, "refDong") == sampyeong["id"]
        assert value_of(document, "height") == value_of(document, "floorsAboveGround") * 4.0
        for name, _, _ in attributes(document):
            if name not in ("refDong", "refCity", "source", "status"):
                assert provenance_of(document, name).status == "synthetic"
    assert value_of(loaded.datasets[0], "status") == "synthetic"


def test_lots_are_accounted_for(loaded):
    assert loaded.report.read == loaded.report.kept + sum(loaded.report.left_out.values())


def test_a_place_without_boundary_is_refused():
    with pytest.raises(DataError, match="no boundary"):
        sample_buildings({"id": "urn:x:1", "type": "Dong"})
