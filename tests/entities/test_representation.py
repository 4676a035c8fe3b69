"""Forms of an entity: what goes in comes out again, and what is lossy loses only what it says."""

from typing import Any

import pytest
from hypothesis import given

from madang.entities.entity import check_entity, property_, relationship
from madang.entities.patch import diff
from madang.entities.representation import (
    from_simplified,
    normalize,
    read_entity,
    to_concise,
    to_geojson,
    to_simplified,
)
from strategies import attributes, documents


@given(documents())
def test_generated_documents_are_good_ones(doc: dict[str, Any]) -> None:
    assert check_entity(doc) is doc


@given(documents())
def test_concise_form_says_the_same_as_normalized(doc: dict[str, Any]) -> None:
    assert normalize(to_concise(doc)) == doc


@given(documents())
def test_normalizing_a_normalized_entity_changes_nothing(doc: dict[str, Any]) -> None:
    assert diff(normalize(doc), doc) == []


@given(documents())
def test_simplified_form_survives_a_round_trip(doc: dict[str, Any]) -> None:
    simplified = to_simplified(doc)
    assert to_simplified(from_simplified(simplified)) == simplified


@given(attributes(kind="Property"))
def test_a_concise_property_stays_a_property(found: Any) -> None:
    doc = {"id": "urn:a:b", "type": "T", "x": found}
    assert normalize(to_concise(doc))["x"] == found


CONCISE = [
    (21, {"type": "Property", "value": 21}),
    (["a", "b"], {"type": "Property", "value": ["a", "b"]}),
    ({"city": "성남"}, {"type": "Property", "value": {"city": "성남"}}),
    ({"value": 21, "unitCode": "CEL"}, {"type": "Property", "value": 21, "unitCode": "CEL"}),
    ({"object": "urn:a:b"}, {"type": "Relationship", "object": "urn:a:b"}),
    ({"languageMap": {"ko": "판교"}}, {"type": "LanguageProperty", "languageMap": {"ko": "판교"}}),
    ({"vocab": "Male"}, {"type": "VocabProperty", "vocab": "Male"}),
    ({"valueList": [1, 2]}, {"type": "ListProperty", "valueList": [1, 2]}),
    ({"objectList": ["urn:a:b"]}, {"type": "ListRelationship", "objectList": [{"object": "urn:a:b"}]}),
    ({"json": {"id": 1}}, {"type": "JsonProperty", "json": {"id": 1}}),
    (
        {"type": "Point", "coordinates": [127.1, 37.4]},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.1, 37.4]}},
    ),
    (
        {"value": {"type": "Point", "coordinates": [127.1, 37.4]}},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.1, 37.4]}},
    ),
]


@pytest.mark.parametrize(("concise", "normalized"), CONCISE)
def test_kinds_are_inferred_from_what_an_instance_carries(concise: Any, normalized: Any) -> None:
    """Clauses 4.5.2.3, 4.5.3.3 and 4.5.18 to 4.5.24."""
    assert normalize({"id": "urn:a:b", "type": "T", "x": concise})["x"] == normalized


def test_sub_attributes_are_inferred_too() -> None:
    found = normalize(
        {"id": "urn:a:b", "type": "T", "x": {"value": 1, "source": {"object": "urn:d:1"}, "period": "2020"}}
    )
    assert found["x"] == property_(1, period="2020", source="urn:d:1")


def test_system_times_of_a_request_are_dropped() -> None:
    given = {"id": "urn:a:b", "type": "T", "createdAt": "2026-01-01T00:00:00Z", "x": {"value": 1, "modifiedAt": "…"}}
    assert normalize(given) == {"id": "urn:a:b", "type": "T", "x": property_(1)}


def test_the_vocabulary_tells_a_relationship_from_a_text() -> None:
    found = from_simplified(
        {"id": "urn:a:b", "type": "Dong", "refCity": "urn:ngsi-ld:City:kostat:31020", "code": "urn:x:y"}
    )
    assert found["refCity"] == relationship("urn:ngsi-ld:City:kostat:31020")
    assert found["code"] == property_("urn:x:y")


def test_a_language_map_beside_a_plain_id_is_simplified_form() -> None:
    titles = {"ko": "버스", "en": "Bus"}
    wanted = {
        "id": "urn:a:b",
        "type": "Task",
        "title": {"type": "LanguageProperty", "languageMap": titles},
        "refCity": relationship("urn:ngsi-ld:City:kostat:31020"),
        "aloneCosts": {"type": "JsonProperty", "json": {"a": 1}},
    }
    assert diff(read_entity(to_simplified(wanted)), wanted) == []
    assert diff(read_entity(to_concise(wanted)), wanted) == []
    mixed = {**to_simplified(wanted), "amount": {"value": 5}}  # concise: there a plain value is a property (4.5.2.3)
    assert read_entity(mixed)["refCity"] == property_("urn:ngsi-ld:City:kostat:31020")


def test_any_form_is_read() -> None:
    point = {"type": "Point", "coordinates": [127.1, 37.4]}
    wanted = {"id": "urn:a:b", "type": "T", "x": property_(1), "location": {"type": "GeoProperty", "value": point}}
    feature = {"type": "Feature", "id": "urn:a:b", "properties": {"type": "T", "x": 1}, "geometry": point}
    rich = {"type": "Feature", "id": "urn:a:b", "properties": {"type": "T", "x": property_(1)}, "geometry": point}
    for form in (wanted, to_concise(wanted), to_simplified(wanted), feature, rich):
        assert diff(read_entity(form), wanted) == []


def test_a_feature_has_the_default_geometry_or_null() -> None:
    point = {"type": "Point", "coordinates": [127.1, 37.4]}
    doc = {"id": "urn:a:b", "type": "T", "location": {"type": "GeoProperty", "value": point}}
    assert to_geojson(doc)["geometry"] == point
    assert to_geojson(doc, simplified=True)["properties"] == {"type": "T", "location": point}
    assert to_geojson({"id": "urn:a:b", "type": "T"})["geometry"] is None


def test_several_instances_simplify_to_a_map_by_dataset() -> None:
    doc = {"id": "urn:a:b", "type": "T", "x": [property_(1), property_(2, dataset_id="urn:d:1")]}
    assert to_simplified(doc)["x"] == {"dataset": {"@none": 1, "urn:d:1": 2}}
