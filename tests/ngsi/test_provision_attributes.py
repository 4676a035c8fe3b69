"""Attributes appended, updated, replaced and deleted (clauses 5.5.8, 5.6.2-5.6.5, 5.6.19, 6.6, 6.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

NewId = Callable[..., str]
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NULL = "urn:ngsi-ld:null"
POINT = {"type": "Point", "coordinates": [127.1, 37.4]}


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and answer.json()["type"] == f"{ERRORS}BadRequestData"


@pytest.fixture
def car(api: httpx.Client, new_id: NewId) -> dict[str, Any]:
    """A car that is there, as it is kept."""
    made = {
        "id": new_id("Car"),
        "type": "Car",
        "scope": "/a",
        "speed": prop(25, unitCode="KMH", observedAt="2026-03-14T01:59:26.535Z", by=prop("radar")),
        "address": prop({"street": "a", "country": "b"}),
        "owner": {"type": "Relationship", "object": "urn:x:1"},
        "title": {"type": "LanguageProperty", "languageMap": {"ko": "차", "en": "car"}},
        "word": {"type": "VocabProperty", "vocab": "moving"},
        "raw": {"type": "JsonProperty", "json": {"a": 1}},
        "list": {"type": "ListProperty", "valueList": [1, 2]},
        "route": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
        "place": {"type": "GeoProperty", "value": POINT},
        "sound": [prop("loud"), prop("shrill", datasetId="urn:d:1")],
    }
    assert api.post("/entities", json=made).status_code == 201
    return made


def attrs(car: dict[str, Any], name: str = "") -> str:
    return f"/entities/{car['id']}/attrs/{name}"


def shown(api: httpx.Client, car: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/entities/{car['id']}").json()
    return found


# -- append (5.6.3) ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.3")
@pytest.mark.clause("5.2.18")
@pytest.mark.clause("5.2.19")
@pytest.mark.clause("6.6.3.1")
def test_appending_replaces_what_is_there_unless_told_not_to(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.post(attrs(car), json={"speed": prop(1), "colour": prop("red")}).status_code == 204
    assert (shown(api, car)["speed"], shown(api, car)["colour"]) == (prop(1), prop("red"))
    answer = api.post(attrs(car) + "?options=noOverwrite", json={"speed": prop(2), "w2": prop(9)})
    assert answer.status_code == 207
    result = answer.json()
    assert result["updated"] == ["https://uri.etsi.org/ngsi-ld/default-context/w2"]
    assert [one["attributeName"].endswith("speed") for one in result["notUpdated"]] == [True]
    assert all(one["reason"] for one in result["notUpdated"])
    assert (shown(api, car)["speed"], shown(api, car)["w2"]) == (prop(1), prop(9))


@pytest.mark.clause("5.6.3")
@pytest.mark.clause("4.5.5")
def test_an_instance_is_appended_by_its_dataset(api: httpx.Client, car: dict[str, Any]) -> None:
    fragment = {"sound": [prop("new", datasetId="urn:d:1"), prop("more", datasetId="urn:d:2")]}
    assert api.post(attrs(car) + "?options=noOverwrite", json=fragment).status_code == 207
    assert [one["value"] for one in shown(api, car)["sound"]] == ["loud", "shrill", "more"]
    assert api.post(attrs(car), json=fragment).status_code == 204
    assert [one["value"] for one in shown(api, car)["sound"]] == ["loud", "new", "more"]


@pytest.mark.clause("5.6.3")
@pytest.mark.clause("4.18")
def test_scopes_are_replaced_or_added_to(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.post(attrs(car) + "?options=noOverwrite", json={"scope": ["/b", "/a"]}).status_code == 204
    assert shown(api, car)["scope"] == ["/a", "/b"]
    assert api.post(attrs(car), json={"scope": "/c"}).status_code == 204
    assert shown(api, car)["scope"] == "/c"
    assert api.post(attrs(car), json={"type": ["Car", "Robot"]}).status_code == 204
    assert shown(api, car)["type"] == ["Car", "Robot"]


@pytest.mark.clause("5.6.3")
@pytest.mark.clause("5.2.1")
def test_nothing_is_removed_by_appending(api: httpx.Client, car: dict[str, Any]) -> None:
    for fragment in ({"speed": NULL}, {"speed": prop(NULL)}, {"owner": {"type": "Relationship", "object": NULL}}):
        assert refused(api.post(attrs(car), json=fragment))
    assert refused(api.post(attrs(car), json={"location": prop(1)}))
    assert shown(api, car) == car


# -- update (5.6.2) ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.5.8")
@pytest.mark.clause("6.6.3.2")
def test_updating_replaces_whole_attributes_and_adds_missing_ones(api: httpx.Client, car: dict[str, Any]) -> None:
    fragment = {"speed": prop(100), "colour": prop("red"), "sound": prop("soft", datasetId="urn:d:2")}
    assert api.patch(attrs(car), json=fragment).status_code == 204
    found = shown(api, car)
    assert (found["speed"], found["colour"]) == (prop(100), prop("red"))
    assert [one["value"] for one in found["sound"]] == ["loud", "shrill", "soft"]
    assert api.patch(attrs(car), json={"speed": {"type": "Relationship", "object": "urn:x:1"}}).status_code == 204
    assert shown(api, car)["speed"] == {"type": "Relationship", "object": "urn:x:1"}


@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.5.8")
@pytest.mark.parametrize(
    ("fragment", "name", "after"),
    [
        ({"speed": prop(NULL)}, "speed", None),
        ({"speed": NULL}, "speed", None),
        ({"nothere": NULL}, "nothere", None),
        ({"owner": {"type": "Relationship", "object": NULL}}, "owner", None),
        ({"title": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}}, "title", None),
        ({"place": {"type": "GeoProperty", "value": NULL}}, "place", None),
        ({"word": {"type": "VocabProperty", "vocab": NULL}}, "word", None),
        ({"list": {"type": "ListProperty", "valueList": [NULL]}}, "list", None),
        ({"route": {"type": "ListRelationship", "objectList": [NULL]}}, "route", None),
        ({"raw": {"type": "JsonProperty", "json": NULL}}, "raw", None),
        ({"sound": prop(NULL, datasetId="urn:d:1")}, "sound", prop("loud")),
        ({"sound": prop(NULL)}, "sound", prop("shrill", datasetId="urn:d:1")),
        ({"scope": "/b"}, "scope", "/b"),
        ({"scope": NULL}, "scope", None),
    ],
)
def test_an_update_removes_what_is_null(
    api: httpx.Client, car: dict[str, Any], fragment: dict[str, Any], name: str, after: Any
) -> None:
    assert api.patch(attrs(car), json=fragment).status_code == 204
    found = shown(api, car)
    assert found.get(name) == after
    assert NULL not in str(found)


@pytest.mark.clause("5.6.2")
def test_a_scope_that_is_not_there_is_not_updated(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    api.post("/entities", json={"id": id, "type": "Car"})
    assert api.patch(f"/entities/{id}/attrs/", json={"scope": "/b"}).status_code == 204
    assert "scope" not in api.get(f"/entities/{id}").json()


@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.5.4")
def test_an_update_with_something_wrong_in_it_changes_nothing(api: httpx.Client, car: dict[str, Any]) -> None:
    for fragment in (
        {"speed": prop({"deep": NULL})},
        {"speed": prop(1), "colour": {"type": "Property"}},
        {"speed": prop(1, datasetId=NULL)},
        {"my attr": prop(1)},
        {"id": "urn:x:other"},
        {"speed": [prop(1), prop(2)]},
        {"type": "9"},
    ):
        assert refused(api.patch(attrs(car), json=fragment)), fragment
    assert shown(api, car) == car
    assert api.patch(attrs(car) + "?options=noOverwrite", json={}).status_code == 400


@pytest.mark.clause("4.17")
@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.6.3")
@pytest.mark.clause("5.6.4")
@pytest.mark.clause("5.6.5")
@pytest.mark.clause("5.6.19")
@pytest.mark.parametrize(
    ("method", "name"), [("POST", ""), ("PATCH", ""), ("PATCH", "speed"), ("PUT", "speed"), ("DELETE", "speed")]
)
def test_a_type_gates_each_change(api: httpx.Client, car: dict[str, Any], method: str, name: str) -> None:
    body: dict[str, Any] = {} if method == "DELETE" else {"json": prop(1) if name else {"speed": prop(1)}}
    answer = api.request(method, attrs(car, name) + "?type=Boat", **body)
    assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    assert shown(api, car) == car
    assert api.request(method, attrs(car, name) + "?type=Car", **body).status_code == 204
    assert shown(api, car) != car


# -- partial update (5.6.4) -------------------------------------------------------------------------------------------

PARTIAL: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    (
        "speed",
        prop(100, observedAt="2026-03-14T13:00:00.000Z"),
        prop(100, unitCode="KMH", observedAt="2026-03-14T13:00:00.000Z", by=prop("radar")),
    ),
    ("speed", {"value": 7, "unitCode": NULL, "by": NULL}, prop(7, observedAt="2026-03-14T01:59:26.535Z")),
    (
        "speed",
        {"by": prop("laser")},
        prop(25, unitCode="KMH", observedAt="2026-03-14T01:59:26.535Z", by=prop("laser")),
    ),
    ("speed", {"type": "Property", "value": NULL}, None),
    ("address", {"value": {"street": "c"}}, prop({"street": "c"})),
    ("owner", {"object": "urn:x:2", "since": 2020}, {"type": "Relationship", "object": "urn:x:2", "since": prop(2020)}),
    ("owner", {"value": "urn:x:2"}, {"type": "Relationship", "object": "urn:x:2"}),
    ("title", {"languageMap": {"fr": "voiture"}}, {"type": "LanguageProperty", "languageMap": {"fr": "voiture"}}),
    ("word", {"vocab": ["standing"]}, {"type": "VocabProperty", "vocab": ["standing"]}),
    ("raw", {"type": "JsonProperty", "json": {"b": [1]}}, {"type": "JsonProperty", "json": {"b": [1]}}),
    ("list", {"valueList": []}, {"type": "ListProperty", "valueList": []}),
    (
        "route",
        {"objectList": ["urn:x:9"]},
        {"type": "ListRelationship", "objectList": [{"object": "urn:x:9"}]},
    ),
    (
        "place",
        {"value": {"type": "Point", "coordinates": [1, 2]}},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    ),
]


@pytest.mark.clause("5.6.4")
@pytest.mark.clause("5.5.8")
@pytest.mark.parametrize(("name", "fragment", "after"), PARTIAL)
def test_a_partial_update_overwrites_members_of_each_kind(
    api: httpx.Client, car: dict[str, Any], name: str, fragment: dict[str, Any], after: Any
) -> None:
    answer = api.patch(attrs(car, name), json=fragment)
    assert answer.status_code == 204, answer.text
    assert shown(api, car).get(name) == after


@pytest.mark.clause("5.6.4")
@pytest.mark.clause("4.5.5")
@pytest.mark.clause("6.7.3.1")
def test_a_partial_update_finds_its_instance(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.patch(attrs(car, "sound"), json={"value": "x", "datasetId": "urn:d:1"}).status_code == 204
    assert [one["value"] for one in shown(api, car)["sound"]] == ["loud", "x"]
    assert api.patch(attrs(car, "sound"), json={"value": "y", "datasetId": "@none"}).status_code == 204
    assert [one["value"] for one in shown(api, car)["sound"]] == ["y", "x"]
    assert api.patch(attrs(car, "sound"), json=prop(NULL, datasetId="urn:d:1")).status_code == 204
    assert shown(api, car)["sound"] == prop("y")
    for name, fragment in (("sound", {"value": 1, "datasetId": "urn:d:7"}), ("colour", {"value": 1})):
        assert api.patch(attrs(car, name), json=fragment).status_code == 404


@pytest.mark.clause("5.6.4")
def test_a_partial_update_that_fits_nothing_is_refused(api: httpx.Client, car: dict[str, Any]) -> None:
    for name, fragment in (
        ("speed", {}),
        ("speed", {"type": "Relationship", "object": "urn:x:1"}),
        ("owner", {"type": "Property", "value": "urn:x:1"}),
        ("speed", {"datasetId": NULL}),
        ("speed", {"datasetId": "no uri", "value": 1}),
        ("speed", {"value": None}),
        ("speed", {"observedAt": "soon"}),
        ("address", {"value": {"country": NULL}}),
        ("scope", {"value": "/b"}),
        ("type", {"value": "Robot"}),
        ("id", {"value": "urn:x:1"}),
        ("9lives", {"value": 1}),
        ("my%20attr", {"value": 1}),
    ):
        assert refused(api.patch(attrs(car, name), json=fragment)), (name, fragment)
    assert shown(api, car) == car


# -- replace (5.6.19) -------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.19")
@pytest.mark.clause("6.7.3.3")
def test_replacing_one_instance_keeps_the_others_and_its_age(api: httpx.Client, car: dict[str, Any]) -> None:
    url = f"/entities/{car['id']}?options=sysAttrs"
    before = api.get(url).json()
    assert api.put(attrs(car, "sound"), json=prop("soft", datasetId="urn:d:1")).status_code == 204
    assert api.put(attrs(car, "speed"), json={"type": "Relationship", "object": "urn:x:1"}).status_code == 204
    after = api.get(url).json()
    assert [one["value"] for one in after["sound"]] == ["loud", "soft"]
    assert [one["createdAt"] for one in after["sound"]] == [one["createdAt"] for one in before["sound"]]
    assert after["sound"][0]["modifiedAt"] == before["sound"][0]["modifiedAt"]
    assert after["sound"][1]["modifiedAt"] > before["sound"][1]["modifiedAt"]
    assert (after["speed"]["type"], after["speed"]["createdAt"]) == ("Relationship", before["speed"]["createdAt"])
    assert "unitCode" not in after["speed"]


@pytest.mark.clause("5.6.19")
def test_only_what_is_there_is_replaced(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.put(attrs(car, "colour"), json=prop(1)).status_code == 404
    assert api.put(attrs(car, "sound"), json=prop(1, datasetId="urn:d:9")).status_code == 404
    for name, body in (("speed", {}), ("speed", prop(NULL)), ("scope", {"value": 1})):
        assert refused(api.put(attrs(car, name), json=body)), (name, body)
    assert shown(api, car) == car


# -- delete (5.6.5) ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.5")
@pytest.mark.clause("6.7.3.2")
def test_deleting_takes_the_default_one_a_named_one_or_all(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.delete(attrs(car, "sound") + "?datasetId=urn:d:1").status_code == 204
    assert shown(api, car)["sound"] == prop("loud")
    assert api.delete(attrs(car, "sound") + "?datasetId=urn:d:1").status_code == 404
    assert api.delete(attrs(car, "sound")).status_code == 204
    assert "sound" not in shown(api, car)
    api.post(attrs(car), json={"colour": prop(1), "sound": [prop(1), prop(2, datasetId="urn:d:1")]})
    assert api.delete(attrs(car, "colour") + "?datasetId=&deleteAll=false").status_code == 204
    assert api.delete(attrs(car, "sound") + "?datasetId=@none").status_code == 204
    assert shown(api, car)["sound"] == prop(2, datasetId="urn:d:1")
    assert api.delete(attrs(car, "sound")).status_code == 404
    assert api.delete(attrs(car, "sound") + "?deleteAll=true").status_code == 204
    assert "sound" not in shown(api, car)
    assert api.delete(attrs(car, "sound") + "?deleteAll=true").status_code == 404


@pytest.mark.clause("5.6.5")
def test_the_scope_can_be_deleted_and_no_other_member(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.delete(attrs(car, "scope")).status_code == 204
    assert "scope" not in shown(api, car)
    assert api.delete(attrs(car, "scope")).status_code == 404
    assert api.delete(attrs(car)).status_code == api.put(attrs(car), json=prop(1)).status_code == 405
    for wrong in ("type", "id", "9lives", "speed?deleteAll=maybe", "speed?datasetId=no%20uri"):
        assert refused(api.delete(attrs(car, wrong))), wrong
