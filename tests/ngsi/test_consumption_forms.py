"""The forms an entity is shown in: representations, members, languages, datasets, times (4.5, 4.8, 4.15, 4.21, 6.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, loopback, serving_context

NewId = Callable[..., str]
BAD = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
INVALID = "https://uri.etsi.org/ngsi-ld/errors/InvalidRequest"
POINT = {"type": "Point", "coordinates": [127.1, 37.4]}


def made(api: httpx.Client, id: str, **attributes: Any) -> str:
    """An entity of type Lamp with these attributes; its path."""
    answer = api.post("/entities", json={"id": id, "type": "Lamp", **attributes})
    assert answer.status_code == 201, answer.text
    return f"/entities/{id}"


@pytest.fixture
def every_kind(api: httpx.Client, new_id: NewId) -> str:
    """An entity with an attribute of every kind, and one with two instances."""
    return made(
        api,
        new_id(),
        level={"type": "Property", "value": 3, "unitCode": "P1"},
        bare={"type": "Property", "value": "x"},
        label={"type": "LanguageProperty", "languageMap": {"ko": "등", "en": "lamp"}},
        raw={"type": "JsonProperty", "json": {"id": 1, "a": None}},
        kind={"type": "VocabProperty", "vocab": "streetLight"},
        row={"type": "ListProperty", "valueList": [1.5, "b"]},
        near={"type": "Relationship", "object": "urn:ngsi-ld:Lamp:n:1"},
        route={"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:2"]},
        location={"type": "GeoProperty", "value": POINT},
        speed=[
            {"type": "Property", "value": 55},
            {"type": "Property", "value": 11, "datasetId": "urn:ngsi-ld:Dataset:gps"},
        ],
    )


@pytest.mark.clause("4.5.4", "4.5.18.3", "4.5.20.3", "4.5.21.3", "4.5.22.3", "4.5.24.3", "4.5.5.1")
@pytest.mark.parametrize("asking", [{"format": "simplified"}, {"format": "keyValues"}, {"options": "keyValues"}])
def test_simplified_form_of_every_kind(api: httpx.Client, every_kind: str, asking: dict[str, str]) -> None:
    found = api.get(every_kind, params=asking).json()
    assert {name: part for name, part in found.items() if name not in ("id", "type")} == {
        "level": 3,
        "bare": "x",
        "label": {"languageMap": {"ko": "등", "en": "lamp"}},
        "raw": {"json": {"id": 1, "a": None}},
        "kind": {"vocab": "streetLight"},
        "row": [1.5, "b"],
        "near": "urn:ngsi-ld:Lamp:n:1",
        "route": ["urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:2"],
        "location": POINT,
        "speed": {"dataset": {"@none": 55, "urn:ngsi-ld:Dataset:gps": 11}},
    }


@pytest.mark.clause("4.5.2.3", "4.5.3.3", "6.3.7")
def test_concise_form_leaves_out_what_is_clear(api: httpx.Client, every_kind: str) -> None:
    found = api.get(every_kind, params={"format": "concise"}).json()
    assert found["level"] == {"value": 3, "unitCode": "P1"}
    assert found["bare"] == "x"
    assert found["near"] == {"object": "urn:ngsi-ld:Lamp:n:1"}
    assert found["location"] == POINT
    assert found["speed"] == [{"value": 55}, {"value": 11, "datasetId": "urn:ngsi-ld:Dataset:gps"}]


@pytest.mark.clause("6.3.7")
def test_format_goes_before_options(api: httpx.Client, every_kind: str) -> None:
    both = api.get(every_kind, params={"format": "keyValues", "options": "normalized"}).json()
    assert both == api.get(every_kind, params={"format": "simplified"}).json()


@pytest.mark.clause("6.3.20")
@pytest.mark.parametrize(
    "asking", [{"format": "tidy"}, {"options": "tidy"}, {"options": "keyValues,tidy"}, {"colour": "red"}]
)
def test_what_an_operation_does_not_have_is_an_invalid_request(
    api: httpx.Client, new_id: NewId, asking: dict[str, str]
) -> None:
    for path in (f"/entities/{new_id()}", "/entities?type=Lamp"):
        url = httpx.URL(path)
        answer = api.get(url.path, params={**dict(url.params), **asking})
        assert (answer.status_code, answer.json()["type"]) == (400, INVALID)


@pytest.mark.clause("4.5.16.1", "4.5.16.2", "4.5.17.1")
@pytest.mark.parametrize("format", ["normalized", "concise", "simplified"])
def test_a_feature_has_the_geometry_of_the_default_instance(api: httpx.Client, new_id: NewId, format: str) -> None:
    other = {"type": "Point", "coordinates": [1.0, 2.0]}
    path = made(
        api,
        id := new_id(),
        location=[
            {"type": "GeoProperty", "value": other, "datasetId": "urn:ngsi-ld:Dataset:gps"},
            {"type": "GeoProperty", "value": POINT},
        ],
        speed={"type": "Property", "value": 5},
    )
    geo = {"Accept": "application/geo+json"}
    feature = api.get(path, params={"format": format}, headers=geo).json()
    assert (feature["type"], feature["id"], feature["geometry"]) == ("Feature", id, POINT)
    assert set(feature["properties"]) == {"type", "location", "speed"}
    if format == "simplified":
        assert set(feature["properties"]["location"]["dataset"]) == {"@none", "urn:ngsi-ld:Dataset:gps"}
        assert feature["properties"]["speed"] == 5
    for wrong in ("speed", "nothing"):
        assert api.get(path, params={"geometryProperty": wrong}, headers=geo).json()["geometry"] is None


@pytest.mark.clause("4.5.16.3", "6.3.6")
def test_features_of_a_query_name_the_context_once(api: httpx.Client, new_id: NewId) -> None:
    made(api, id := new_id(), location={"type": "GeoProperty", "value": POINT})
    found = api.get("/entities", params={"type": "Lamp", "id": id}, headers={"Accept": "application/geo+json"}).json()
    assert found["type"] == "FeatureCollection"
    assert [set(one) for one in found["features"]] == [{"id", "type", "properties", "geometry"}]


@pytest.mark.clause("5.7.1", "5.7.1.4")
def test_geometry_property_goes_with_geojson_only(api: httpx.Client, every_kind: str) -> None:
    answer = api.get(every_kind, params={"geometryProperty": "location"}, headers={"Accept": "application/ld+json"})
    assert (answer.status_code, answer.json()["type"]) == (400, BAD)


@pytest.mark.clause("5.7.1", "4.17")
def test_an_entity_of_another_type_is_not_found(api: httpx.Client, every_kind: str) -> None:
    assert api.get(every_kind, params={"type": "Lamp"}).status_code == 200
    assert api.get(every_kind, params={"type": "Vehicle|Lamp"}).status_code == 200
    assert api.get(every_kind, params={"type": "Vehicle"}).status_code == 404
    assert api.get(every_kind, params={"attrs": "nothing"}).status_code == 404
    assert api.get("/entities/nothing").json()["type"] == BAD


@pytest.mark.clause("4.5.5.1", "5.7.1.4")
def test_instances_of_some_datasets(api: httpx.Client, every_kind: str) -> None:
    found = api.get(every_kind, params={"datasetId": "urn:ngsi-ld:Dataset:gps"}).json()
    assert set(found) == {"id", "type", "speed"}
    assert found["speed"]["value"] == 11
    assert api.get(every_kind, params={"datasetId": "@none"}).json()["speed"]["value"] == 55
    both = api.get(every_kind, params={"datasetId": "@none,urn:ngsi-ld:Dataset:gps", "format": "simplified"}).json()
    assert set(both["speed"]["dataset"]) == {"@none", "urn:ngsi-ld:Dataset:gps"}


STREET = {"type": "LanguageProperty", "languageMap": {"fr": "Grand Place", "nl": "Grote Markt", "en-US": "Main Square"}}


@pytest.mark.clause("4.15", "4.5.18")
@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("fr", "fr"),
        ("fr;q=0.2,nl;q=0.9", "nl"),
        ("FR", "fr"),
        ("nl-BE", "nl"),
        ("en", "en-US"),
        ("ko,en;q=0.1", "en-US"),
        ("pt", None),
        ("*", None),
        ("fr;q=0,en-US;q=0,*", "nl"),
    ],
)
def test_the_language_that_is_wished_for_most(api: httpx.Client, new_id: NewId, wish: str, tag: str | None) -> None:
    found = api.get(made(api, new_id(), street=STREET), params={"lang": wish}).json()["street"]
    assert found["type"] == "Property"
    assert "languageMap" not in found
    assert found["value"] == STREET["languageMap"][found["lang"]]
    assert tag in (None, found["lang"])


@pytest.mark.clause("4.15")
def test_languages_of_simplified_form_and_of_sub_attributes(api: httpx.Client, new_id: NewId) -> None:
    path = made(api, new_id(), street=STREET, size={"type": "Property", "value": 1, "note": STREET})
    assert api.get(path, params={"lang": "nl", "format": "simplified"}).json()["street"] == "Grote Markt"
    assert api.get(path, params={"lang": "nl"}).json()["size"]["note"]["value"] == "Grote Markt"
    assert api.get(path, params={"lang": "n l"}).status_code == 400


@pytest.mark.clause("4.8", "6.3.11")
def test_times_of_the_entity_its_attributes_and_what_is_said_of_them(api: httpx.Client, new_id: NewId) -> None:
    note = {"type": "Property", "value": "a"}
    path = made(api, new_id(), one={"type": "Property", "value": 1, "note": note}, two={"type": "Property", "value": 2})
    first = api.get(path, params={"options": "sysAttrs"}).json()
    born = first["createdAt"]
    assert {first["modifiedAt"], first["one"]["createdAt"], first["one"]["note"]["modifiedAt"]} == {born}
    changed = {"one": {"type": "Property", "value": 5, "note": note, "more": {"type": "Property", "value": 1}}}
    assert api.post(path + "/attrs", json=changed).status_code == 204
    now = api.get(path, params={"options": "sysAttrs"}).json()
    later = now["modifiedAt"]
    assert later > born
    assert (now["createdAt"], now["two"]["modifiedAt"], now["two"]["createdAt"]) == (born, born, born)
    assert (now["one"]["createdAt"], now["one"]["modifiedAt"]) == (born, later)
    assert (now["one"]["note"]["createdAt"], now["one"]["note"]["modifiedAt"]) == (born, born)
    assert (now["one"]["more"]["createdAt"], now["one"]["more"]["modifiedAt"]) == (later, later)
    for asking in ({}, {"format": "simplified"}, {"options": "concise"}):
        assert "createdAt" not in api.get(path, params=asking).text
    concise = api.get(path, params={"options": "sysAttrs,concise"}).json()
    assert (concise["createdAt"], concise["two"]["createdAt"], concise["two"]["value"]) == (born, born, 2)


@pytest.mark.clause("4.8")
def test_what_is_made_again_is_new(api: httpx.Client, new_id: NewId) -> None:
    path = made(api, id := new_id(), one={"type": "Property", "value": 1})
    born = api.get(path, params={"options": "sysAttrs"}).json()["createdAt"]
    assert api.delete(path).status_code == 204
    made(api, id, one={"type": "Property", "value": 1})
    again = api.get(path, params={"options": "sysAttrs"}).json()
    assert again["createdAt"] > born
    assert again["one"]["createdAt"] == again["createdAt"]


@pytest.mark.clause("6.3.11", "4.22")
def test_when_something_ends_is_told_with_the_times_only(api: httpx.Client, new_id: NewId) -> None:
    end = "2100-01-01T00:00:00Z"
    path = made(api, new_id(), expiresAt=end, speed={"type": "Property", "value": 7, "expiresAt": end})
    for asking in ({}, {"format": "concise"}, {"pick": "id,speed"}):
        assert "expiresAt" not in api.get(path, params=asking).text
    told = api.get(path, params={"options": "sysAttrs"}).json()
    assert (told["expiresAt"], told["speed"]["expiresAt"]) == (end, end)


@pytest.mark.clause("6.3.5", "5.5.7")
@pytest.mark.parametrize("asking", [{}, {"format": "simplified"}, {"format": "concise"}, {"options": "sysAttrs"}])
def test_names_are_those_of_the_context_of_the_question(
    api: httpx.Client, new_id: NewId, asking: dict[str, str]
) -> None:
    with loopback(serving_context({"Lamp": "urn:test:Lamp", "level": "urn:test:level"})) as contexts:
        link = {"Link": CONTEXT_LINK.format(url=contexts.url + "/c.jsonld")}
        body = {"id": (id := new_id()), "type": "Lamp", "level": {"type": "Property", "value": 3}}
        assert api.post("/entities", json=body, headers=link).status_code == 201
        named = api.get(f"/entities/{id}", params=asking, headers=link).json()
        assert (named["type"], "level" in named) == ("Lamp", True)
        bare = api.get(f"/entities/{id}", params=asking).json()
        assert (bare["type"], "urn:test:level" in bare) == ("urn:test:Lamp", True)
        again = api.get(f"/entities/{id}", params=asking, headers=link).json()
        assert again == named


@pytest.mark.clause("6.3.4")
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/geo+json,application/json", "application/json"),
        ("application/geo+json;q=0.9,application/json;q=0.1", "application/geo+json"),
        ("application/*", "application/json"),
        ("application/ld+json,*/*;q=0.1", "application/ld+json"),
    ],
)
def test_what_is_accepted_decides_the_form(api: httpx.Client, every_kind: str, accept: str, expected: str) -> None:
    for answer in (api.get(every_kind, headers={"Accept": accept}), api.head(every_kind, headers={"Accept": accept})):
        assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert api.get(every_kind, headers={"Accept": "text/plain"}).status_code == 406


CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
ELSEWHERE = "https://elsewhere.example/names#"


@pytest.mark.clause("5.5.5", "6.3.6")
@pytest.mark.parametrize("asking", [{}, {"options": "keyValues"}, {"options": "sysAttrs"}, {"join": "inline"}])
def test_without_a_context_the_core_context_is_named_where_it_says_everything(
    api: httpx.Client, new_id: NewId, asking: dict[str, str]
) -> None:
    others, ours = new_id(), new_id()
    api.post("/entities", json={"id": others, "type": f"{ELSEWHERE}Kiosk", f"{ELSEWHERE}seats": 3})
    api.post("/entities", json={"id": ours, "type": "Building", "height": 3})
    linked = {"accept": "application/ld+json"}
    body = api.get(f"/entities/{others}", params=asking, headers=linked).json()
    assert (body["@context"], body["type"]) == (CORE, f"{ELSEWHERE}Kiosk")
    assert api.get(f"/entities/{ours}", params=asking, headers=linked).json()["@context"].endswith("/madang-0.1.jsonld")
    found = api.get("/entities", params={"id": f"{others},{ours}", "local": "true", **asking}, headers=linked).json()
    assert {one["id"]: one["@context"] == CORE for one in found} == {others: True, ours: False}


@pytest.mark.clause("6.3.6")
def test_a_context_that_was_asked_for_is_named(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    api.post("/entities", json={"id": id, "type": f"{ELSEWHERE}Kiosk"})
    own = api.get(f"/entities/{id}").links["http://www.w3.org/ns/json-ld#context"]["url"]
    link = f'<{own}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    for headers, expected in (({}, CORE), ({"link": link}, own)):
        answer = api.get(f"/entities/{id}", headers={"accept": "application/ld+json", **headers})
        assert answer.json()["@context"] == expected
