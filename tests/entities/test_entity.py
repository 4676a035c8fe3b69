"""One entity: good ones pass, bad ones say where, what was found and what to do."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.entity import (
    attributes,
    canonical_bytes,
    check_entity,
    geo_property,
    geometry_of,
    instance_of,
    json_property,
    language_property,
    list_property,
    property_,
    provenance_of,
    relationship,
    types_of,
    urn,
    value_of,
)
from madang.entities.geojson import bounds_of, check_geometry, is_geometry
from madang.errors import DataError
from strategies import documents, json_values

ID = "urn:ngsi-ld:Building:a:1"
POINT = {"type": "Point", "coordinates": [127.1, 37.4]}
GOOD: dict[str, Any] = {
    "id": ID,
    "type": ["Building", "공원"],
    "scope": "/gyeonggi/seongnam",
    "expiresAt": "2030-01-01T00:00:00Z",
    "name": language_property({"ko": "판교", "en": "Pangyo"}),
    "height": property_(12.5, unit="MTR", period="2020", source="urn:ngsi-ld:Dataset:a:b", status="estimated"),
    "noise": [property_(50, unit="2N", observed_at="2026-01-01T00:00:00Z"), property_(51, dataset_id="urn:d:1")],
    "refCity": relationship("urn:ngsi-ld:City:kostat:31020", object_type="City"),
    "route": {"type": "ListRelationship", "objectList": ["urn:a:1", "urn:a:2"]},
    "gender": {"type": "VocabProperty", "vocab": "Male"},
    "periods": list_property(["1", "2"]),
    "raw": json_property({"id": 5, "deep": [None]}),
    "http://example.org/noise": property_({"any": ["json", 1, None]}),
    "location": geo_property(POINT),
}


def test_a_good_entity_passes_unchanged() -> None:
    before = canonical_bytes(GOOD)
    assert check_entity(GOOD) is GOOD
    assert canonical_bytes(GOOD) == before


def test_values_are_read_by_name_and_dataset() -> None:
    assert value_of(GOOD, "height") == 12.5
    assert value_of(GOOD, "name") == {"ko": "판교", "en": "Pangyo"}
    assert value_of(GOOD, "refCity") == "urn:ngsi-ld:City:kostat:31020"
    assert [value_of(GOOD, "noise"), value_of(GOOD, "noise", "urn:d:1"), value_of(GOOD, "noise", "urn:d:2")] == [
        50,
        51,
        None,
    ]
    assert value_of(GOOD, "missing") is None
    assert value_of(GOOD, "id") is None
    assert geometry_of(GOOD) == POINT
    assert geometry_of(GOOD, "height") is None
    assert types_of(GOOD) == ("Building", "공원")
    assert types_of({"type": "Building"}) == ("Building",)


def test_attributes_are_walked_by_instance() -> None:
    found = [(name, dataset) for name, dataset, _ in attributes(GOOD)]
    assert found[:3] == [("name", None), ("height", None), ("noise", None)]
    assert ("noise", "urn:d:1") in found
    assert len(found) == 11


def test_provenance_is_the_attributes_own_else_the_entitys() -> None:
    doc = {**GOOD, "source": relationship("urn:ngsi-ld:Dataset:c:d"), "status": property_("observed")}
    assert provenance_of(doc, "height").source == "urn:ngsi-ld:Dataset:a:b"
    assert provenance_of(doc, "height").status == "estimated"
    assert provenance_of(doc, "noise").source == "urn:ngsi-ld:Dataset:c:d"
    assert provenance_of(doc).status == "observed"
    assert provenance_of({"id": ID, "type": "T"}, "x").status is None


@given(documents())
def test_canonical_bytes_do_not_depend_on_order(doc: dict[str, Any]) -> None:
    assert canonical_bytes(dict(reversed(doc.items()))) == canonical_bytes(doc)


@given(documents())
def test_walking_and_reading_agree(doc: dict[str, Any]) -> None:
    for name, dataset, instance in attributes(doc):
        assert instance_of(doc, name, dataset) == instance


RING = [[127.0, 37.0], [127.1, 37.0], [127.1, 37.1], [127.0, 37.0]]


def with_attribute(found: Any, name: str = "x") -> dict[str, Any]:
    return {"id": ID, "type": "T", name: found}


def located(geometry: Any) -> dict[str, Any]:
    return with_attribute({"type": "GeoProperty", "value": geometry}, "location")


BAD = [
    ("not-an-object", [1]),
    ("without-id", {"type": "T"}),
    ("bad-id", {"id": "seongnam", "type": "T"}),
    ("bad-id", {"id": "urn:ngsi-ld:T:a b", "type": "T"}),
    ("bad-id", {"id": "urn:", "type": "T"}),
    ("bad-id", {"id": 7, "type": "T"}),
    ("without-type", {"id": ID}),
    ("without-type", {"id": ID, "type": ""}),
    ("without-type", {"id": ID, "type": []}),
    ("bad-type", {"id": ID, "type": "공원 1"}),
    ("bad-type", {"id": ID, "type": ["A", "A"]}),
    ("bad-attribute-name", with_attribute(property_(1), "a b")),
    ("bad-attribute-name", with_attribute(property_(1), "1a")),
    ("bad-attribute-name", with_attribute(property_(1), "a-b")),
    ("bad-attribute-name", with_attribute(property_(1), "")),
    ("bad-attribute-name", with_attribute(property_(1), "unitCode")),
    ("system-member", {**with_attribute(property_(1)), "createdAt": "2020-01-01T00:00:00Z"}),
    ("system-member", with_attribute({**property_(1), "modifiedAt": "2020-01-01T00:00:00Z"})),
    ("not-normalized", with_attribute(5)),
    ("not-normalized", with_attribute([])),
    ("not-normalized", with_attribute([5])),
    ("attribute-without-type", with_attribute({"value": 1})),
    ("attribute-kind", with_attribute({"type": "Propperty", "value": 1})),
    ("without-value", with_attribute({"type": "Property"})),
    ("without-value", with_attribute({"type": "Relationship", "value": "urn:a:b"})),
    ("stray-member", with_attribute({"type": "Property", "value": 1, "object": "urn:a:b"})),
    ("stray-member", with_attribute({"type": "Property", "value": 1, "previousValue": 2})),
    ("dataset-twice", with_attribute([property_(1), property_(2)])),
    ("bad-dataset-id", with_attribute(property_(1, dataset_id="kosis"))),
    ("bad-dataset-id", with_attribute(property_(1, dataset_id="urn:ngsi-ld:null"))),
    ("null", with_attribute(property_("urn:ngsi-ld:null"))),
    ("null", with_attribute(property_(None))),
    ("null", with_attribute("urn:ngsi-ld:null")),
    ("null", with_attribute(None)),
    ("null", with_attribute(relationship("urn:ngsi-ld:null"))),
    ("null", with_attribute(language_property({"@none": "urn:ngsi-ld:null"}))),
    ("null", with_attribute(list_property(["urn:ngsi-ld:null"]))),
    ("bad-object", with_attribute(relationship("seongnam"))),
    ("bad-object", with_attribute(relationship([]))),
    ("bad-value", with_attribute({"type": "ListRelationship", "objectList": "urn:a:b"})),
    ("bad-value", with_attribute({"type": "ListProperty", "valueList": 5})),
    ("bad-value", with_attribute({"type": "VocabProperty", "vocab": 5})),
    ("bad-language-map", with_attribute(language_property({"한국어": "판교"}))),
    ("bad-language-map", with_attribute(language_property({"ko": 5}))),  # type: ignore[dict-item]
    ("bad-language-map", with_attribute({"type": "LanguageProperty", "languageMap": "판교"})),
    ("bad-time", with_attribute(property_(1, observed_at="2020-01-01T00:00:00"))),
    ("bad-time", with_attribute(property_(1, observed_at="yesterday"))),
    ("bad-scope", {**with_attribute(property_(1)), "scope": property_("전국")}),
    ("not-finite", with_attribute(property_(math.nan))),
    ("not-finite", with_attribute(property_({"a": [math.inf]}))),
    ("not-json", with_attribute(property_(2**70))),
    ("not-json", with_attribute(property_({1: "x"}))),
    ("context-inside", {**with_attribute(property_(1)), "@context": "http://x/"}),
    ("unknown-unit", with_attribute(property_(1, unit="km2 "))),
    ("geometry-type", located({"type": "Circle", "coordinates": [1, 2]})),
    ("geometry-type", located("POINT(1 2)")),
    ("geometry-coordinates", located({"type": "Point", "coordinates": [127.1]})),
    ("geometry-coordinates", located({"type": "Point", "coordinates": ["127", 37]})),
    ("geometry-coordinates", located({"type": "Point"})),
    ("geometry-coordinates", located({"type": "LineString", "coordinates": [[127, 37]]})),
    ("geometry-coordinates", located({"type": "Polygon", "coordinates": RING})),
    ("coordinates-not-finite", located({"type": "Point", "coordinates": [math.nan, 37.4]})),
    ("coordinates-out-of-range", located({"type": "Point", "coordinates": [37.4, 127.1]})),
    ("coordinates-out-of-range", located({"type": "Point", "coordinates": [957000.0, 1945000.0]})),
    ("ring-not-closed", located({"type": "Polygon", "coordinates": [RING[:3]]})),
    ("ring-not-closed", located({"type": "MultiPolygon", "coordinates": [[RING], [RING[:3]]]})),
    ("ring-too-short", located({"type": "Polygon", "coordinates": [[RING[0], RING[1], RING[0]]]})),
]


@pytest.mark.parametrize(("code", "doc"), BAD, ids=[f"{code}-{number}" for number, (code, _) in enumerate(BAD)])
def test_a_bad_entity_says_what_is_wrong_and_where(code: str, doc: Any) -> None:
    with pytest.raises(DataError) as raised:
        check_entity(doc, where="buildings.geojson, feature 41")
    assert raised.value.code == f"entities.{code}"
    for language in ("ko", "en"):
        message = raised.value.message(language)  # type: ignore[arg-type]
        assert message.startswith("buildings.geojson, feature 41")
        assert len(message) > 40


def test_the_path_leads_to_the_sub_attribute() -> None:
    doc = with_attribute({**property_(1), "source": {**relationship("urn:a:b"), "status": property_(1, unit="nope")}})
    with pytest.raises(DataError) as raised:
        check_entity(doc, where="a.json")
    assert raised.value.message().startswith(f"a.json, {ID}, x.source.status: 'nope'")


def said_by(check: Callable[[Any], Any], given: Any) -> str | None:
    """What a check says in both languages, or None if it has nothing to say; any other exception fails the test."""
    try:
        check(given)
    except DataError as wrong:
        return wrong.message("ko") + wrong.message("en")
    return None


@given(st.dictionaries(st.sampled_from(["id", "type", "scope", "x", "location"]), json_values(nulls=True)))
def test_any_json_object_is_judged_without_failing(given: dict[str, Any]) -> None:
    assert said_by(check_entity, given) != ""


@given(json_values(nulls=True) | st.fixed_dictionaries({"type": st.just("Polygon"), "coordinates": json_values()}))
def test_any_geometry_is_judged_without_failing(found: Any) -> None:
    if said_by(check_geometry, found) is None:
        assert is_geometry(found)
        bounds_of(found)


def test_geometries_with_heights_and_collections_pass() -> None:
    for geometry in (
        {"type": "Point", "coordinates": [127, 37, 12.5]},
        {"type": "MultiPoint", "coordinates": [[127, 37], [128, 37]]},
        {"type": "MultiLineString", "coordinates": [[[127, 37], [128, 37]]]},
        {"type": "GeometryCollection", "geometries": [POINT]},
    ):
        assert check_geometry(geometry) is geometry
    assert bounds_of({"type": "MultiPoint", "coordinates": [[127, 38], [128, 37]]}) == (127, 37, 128, 38)


def test_ids_are_made_in_one_pattern() -> None:
    assert urn("Dong", "kostat-2020", "3102374") == "urn:ngsi-ld:Dong:kostat-2020:3102374"
    with pytest.raises(DataError):
        urn("Dong", "kostat 2020", "1")
