"""Entities created, replaced, merged, deleted (clauses 4.5-4.8, 4.18, 5.2.1, 5.5.4, 5.6.1, 5.6.6, 5.6.17, 5.6.18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

NewId = Callable[..., str]
BAD_REQUEST = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
INVALID = "https://uri.etsi.org/ngsi-ld/errors/InvalidRequest"
NOT_FOUND = "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"
NULL = "urn:ngsi-ld:null"
POINT = {"type": "Point", "coordinates": [127.1, 37.4]}


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def refused(answer: httpx.Response, kind: str = BAD_REQUEST) -> bool:
    """Whether a request was refused as the client's fault, with problem details."""
    return answer.status_code == 400 and answer.json()["type"] == kind and bool(answer.json()["title"])


# -- what is accepted -------------------------------------------------------------------------------------------------

ACCEPTED: list[tuple[str, Any, Any]] = [
    ("4.5.2", 55, prop(55)),
    ("4.5.2", {"value": "x", "observedAt": "2026-01-01T00:00:00Z"}, prop("x", observedAt="2026-01-01T00:00:00Z")),
    ("4.5.2", prop(1, unitCode="HPA"), prop(1, unitCode="HPA")),
    ("4.5.2", prop("2026-01-01", valueType="Date"), prop("2026-01-01", valueType="Date")),
    ("4.5.3", {"object": "urn:x:1"}, {"type": "Relationship", "object": "urn:x:1"}),
    ("4.5.3", {"type": "Relationship", "object": "urn:x:파리"}, {"type": "Relationship", "object": "urn:x:파리"}),
    (
        "4.5.23",
        {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"], "objectType": "Car"},
        {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"], "objectType": "Car"},
    ),
    ("4.7.1", POINT, {"type": "GeoProperty", "value": POINT}),
    ("4.7.1", {"value": POINT}, {"type": "GeoProperty", "value": POINT}),
    (
        "4.7.2",
        {"type": "GeoProperty", "value": '{"type": "Point", "coordinates": [127.1, 37.4]}'},
        {"type": "GeoProperty", "value": POINT},
    ),
    (
        "4.6.5",
        {"languageMap": {"ko": "학교", "en": ["school", "academy"], "@none": "s"}, "valueType": "langString"},
        {
            "type": "LanguageProperty",
            "languageMap": {"ko": "학교", "en": ["school", "academy"], "@none": "s"},
            "valueType": "langString",
        },
    ),
    ("4.5.20", {"vocab": ["Male", "Female"]}, {"type": "VocabProperty", "vocab": ["Male", "Female"]}),
    ("4.5.21", {"valueList": [3, "a", 3]}, {"type": "ListProperty", "valueList": [3, "a", 3]}),
    (
        "4.5.22",
        {"type": "ListRelationship", "objectList": ["urn:x:1", {"object": "urn:x:2"}]},
        {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}, {"object": "urn:x:2"}]},
    ),
    (
        "4.5.24",
        {"json": {"speed": 3, "type": "raw", "@id": "kept"}},
        {"type": "JsonProperty", "json": {"speed": 3, "type": "raw", "@id": "kept"}},
    ),
    ("4.5.24", {"json": [{"a": 1}, {"b": None}]}, {"type": "JsonProperty", "json": [{"a": 1}, {"b": None}]}),
    (
        "4.5.5",
        [prop(1, datasetId="@none"), prop(2, datasetId="urn:d:1")],
        [prop(1), prop(2, datasetId="urn:d:1")],
    ),
    ("4.5.5", [prop(2, datasetId="urn:d:1")], prop(2, datasetId="urn:d:1")),
    ("4.5.2", prop(1, sub={"value": 2, "subsub": {"object": "urn:x:1"}}), None),
    ("4.6.4", "<script>alert('x')</script> \"q\" = ; ( )", prop("<script>alert('x')</script> \"q\" = ; ( )")),
    ("4.6.1", "žltý kôň — 100 €", prop("žltý kôň — 100 €")),
    ("4.6.3", {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-01-01T12:00:00Z"}}, None),
    ("4.8", prop(1, createdAt="2020-01-01T00:00:00Z", modifiedAt="nonsense"), prop(1)),
]


@pytest.mark.clause("4.5.2")
@pytest.mark.clause("4.5.3")
@pytest.mark.clause("4.5.5")
@pytest.mark.clause("4.5.20")
@pytest.mark.clause("4.5.21")
@pytest.mark.clause("4.5.22")
@pytest.mark.clause("4.5.24")
@pytest.mark.clause("4.6.1")
@pytest.mark.clause("4.6.4")
@pytest.mark.clause("4.6.5")
@pytest.mark.clause("4.7")
@pytest.mark.clause("4.7.2")
@pytest.mark.clause("5.6.1")
@pytest.mark.parametrize(("clause", "given", "kept"), ACCEPTED)
def test_an_attribute_of_each_kind_and_form_is_kept_as_normalized(
    api: httpx.Client, new_id: NewId, clause: str, given: Any, kept: Any
) -> None:
    id = new_id()
    answer = api.post("/entities", json={"id": id, "type": "Thing", "probe": given})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/ngsi-ld/v1/entities/{id}"
    found = api.get(f"/entities/{id}").json()["probe"]
    assert kept is None or found == kept


@pytest.mark.clause("4.4")
@pytest.mark.clause("4.6.2")
def test_keywords_of_json_ld_and_letters_of_any_script_name_things(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    given = {"@id": id, "@type": "Škola", "výška_1": {"@type": "Property", "value": 7}}
    assert api.post("/entities", json=given).status_code == 201
    assert api.get(f"/entities/{id}").json() == {"id": id, "type": "Škola", "výška_1": prop(7)}


@pytest.mark.clause("4.16")
def test_an_entity_of_several_types(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    assert api.post("/entities", json={"id": id, "type": ["Car", "Robot"]}).status_code == 201
    assert set(api.get(f"/entities/{id}").json()["type"]) == {"Car", "Robot"}
    assert refused(api.post("/entities", json={"id": new_id(), "type": ["Car", "Car"]}))
    assert refused(api.post("/entities", json={"id": new_id(), "type": []}))


@pytest.mark.clause("4.5.2.2")
def test_a_proof_keeps_its_seal_and_nothing_else_has_one(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    proof = prop({"type": "DataIntegrityProof", "proofValue": "z"}, entityIdSealed=id, entityTypeSealed="Thing")
    assert api.post("/entities", json={"id": id, "type": "Thing", "ngsildproof": proof}).status_code == 201
    assert api.get(f"/entities/{id}").json()["ngsildproof"] == proof
    for wrong in (
        {"ngsildproof": prop("text")},
        {"ngsildproof": prop({"type": "P"}, entityTypeSealed=42)},
        {"speed": prop(1, entityIdSealed=id)},
    ):
        assert refused(api.post("/entities", json={"id": new_id(), "type": "Thing", **wrong}))


@pytest.mark.clause("4.5.4")
def test_simplified_form_is_read_when_the_url_says_so(api: httpx.Client, new_id: NewId) -> None:
    for way in ("format=simplified", "options=keyValues", "options=simplified"):
        id = new_id()
        given = {
            "id": id,
            "type": "Thing",
            "speed": {"value": 3},
            "place": POINT,
            "name": {"languageMap": {"ko": "ㄱ"}},
        }
        assert api.post(f"/entities?{way}", json=given).status_code == 201
        found = api.get(f"/entities/{id}").json()
        assert found["speed"] == prop({"value": 3})
        assert (found["place"]["type"], found["name"]["type"]) == ("GeoProperty", "LanguageProperty")
    assert refused(api.post("/entities?format=poem", json={"id": new_id(), "type": "Thing"}), INVALID)
    assert refused(api.post("/entities?options=poem", json={"id": new_id(), "type": "Thing"}), INVALID)


# -- what is refused --------------------------------------------------------------------------------------------------

DEEP: Any = 1
for _ in range(120):
    DEEP = {"a": DEEP}
NESTED: Any = {"value": 1}
for _ in range(30):
    NESTED = {"value": 1, "sub": NESTED}

REFUSED: list[Any] = [
    {"type": "Property"},
    {"type": "Relationship"},
    {"type": "LanguageProperty"},
    prop(None),
    None,
    prop(NULL),
    NULL,
    {"type": "Relationship", "object": NULL},
    {"type": "Relationship", "object": ["urn:x:1", NULL]},
    {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
    {"type": "LanguageProperty", "languageMap": {"ko": NULL}},
    {"type": "LanguageProperty", "languageMap": {"ko": 5}},
    {"type": "LanguageProperty", "languageMap": {"ko": ["a", 5]}},
    {"type": "LanguageProperty", "languageMap": {"": "x"}},
    {"type": "LanguageProperty", "languageMap": {"ko": "x"}, "valueType": "xsd:string"},
    prop(1, sub=prop(NULL)),
    prop({"country": NULL}),
    prop({"deeper": [{"country": NULL}]}),
    prop(1, observedAt="yesterday"),
    prop(1, observedAt="2026-08-10T12:00:00+02:00"),
    prop(1, observedAt=prop("2026-08-10T12:00:00Z")),
    prop(1, observedAt="2026-13-45T00:00:00Z"),
    prop(1, **{"@context": {"speed": "https://example.org/speed"}}),
    prop(1, **{"my sub": prop(1)}),
    prop(1, previousValue=0),
    prop(1, datasetId="no uri"),
    prop(1, datasetId=NULL),
    prop(1, unitCode=7),
    [prop(1), prop(2)],
    [prop(1), prop(2, datasetId="@none")],
    [prop(1, datasetId="urn:d:1"), prop(2, datasetId="urn:d:1")],
    {"type": "Relationship", "object": "no uri"},
    {"type": "Relationship", "object": "urn:x:1", "unitCode": "MTR"},
    {"type": "Relationship", "object": "urn:x:1", "value": 42},
    {"type": "Relationship", "object": "urn:x:1", "languageMap": {"en": "x"}},
    {"type": "Relationship", "object": "urn:x:1", "previousObject": "urn:x:0"},
    {"type": "ListRelationship", "objectList": ["no uri"]},
    {"type": "ListRelationship", "objectList": [{"object": "urn:x:1", "more": 1}]},
    {"type": "ListProperty", "valueList": [1.2], "value": 3},
    {"type": "ListProperty", "valueList": "no list"},
    {"type": "JsonProperty", "json": 5},
    {"type": "JsonProperty", "json": {"a": 1}, "unitCode": "MTR"},
    {"type": "JsonProperty", "json": {"a": 1}, "value": 1},
    {"type": "VocabProperty", "vocab": 5},
    {"type": "GeoProperty", "value": "no geometry"},
    {"type": "GeoProperty", "value": {"type": "Point", "coordinates": ["a", 2]}},
    {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
    {"type": "GeoProperty", "value": {"type": "GeometryCollection", "geometries": [POINT]}},
    {"type": "Unheard", "value": 1, "object": "urn:x:1", "subs": prop(1)} | {"type": ["Property"]},
    prop(DEEP),
    NESTED,
]


@pytest.mark.clause("4.2.2")
@pytest.mark.clause("4.5.1")
@pytest.mark.clause("4.5.3")
@pytest.mark.clause("4.5.5")
@pytest.mark.clause("4.5.18")
@pytest.mark.clause("4.5.21")
@pytest.mark.clause("4.5.22")
@pytest.mark.clause("4.5.24")
@pytest.mark.clause("4.6.3")
@pytest.mark.clause("4.6.5")
@pytest.mark.clause("4.7")
@pytest.mark.clause("4.8")
@pytest.mark.clause("5.2.1")
@pytest.mark.clause("5.2.32")
@pytest.mark.clause("5.5.4")
@pytest.mark.parametrize("given", REFUSED)
def test_an_attribute_that_is_none_is_refused_and_nothing_is_kept(api: httpx.Client, new_id: NewId, given: Any) -> None:
    id = new_id()
    answer = api.post("/entities", json={"id": id, "type": "Thing", "probe": given})
    assert refused(answer), answer.text
    assert api.get(f"/entities/{id}").status_code == 404


MEMBERS: list[dict[str, Any]] = [
    {"datasetId": prop(1)},
    {"instanceId": prop(1)},
    {"observedAt": prop("2026-01-01T00:00:00Z")},
    {"unitCode": prop(1)},
    {"my attr": prop(1)},
    {"9lives": prop(1)},
    {"type": "9Vehicle"},
    {"type": 5},
    {"type": NULL},
    {"type": None},
    {"location": prop(7)},
    {"scope": "9bad"},
    {"scope": "/a//b"},
    {"scope": "a-b"},
    {"scope": NULL},
    {"scope": ["/ok", "9bad"]},
    {"scope": []},
    {"scope": 5},
    {"expiresAt": "not-a-date"},
    {"expiresAt": "2026-13-45T00:00:00Z"},
    {"expiresAt": NULL},
]


@pytest.mark.clause("4.5.1")
@pytest.mark.clause("4.6.2")
@pytest.mark.clause("4.7.1")
@pytest.mark.clause("4.18")
@pytest.mark.clause("4.22")
@pytest.mark.parametrize("members", MEMBERS)
def test_a_member_that_no_entity_has_is_refused(api: httpx.Client, new_id: NewId, members: dict[str, Any]) -> None:
    id = new_id()
    answer = api.post("/entities", json={"id": id, "type": "Thing", **members})
    assert refused(answer), answer.text
    assert api.get(f"/entities/{id}").status_code == 404


UNSEEN = (0x202E, 0x200B, 0xFEFF, 0x2028, 0xA0, 0x3C, 0xFE0F, 0xE0100, 0xFDD0, 0xFFFE, 0x115F, 0x3164, 0xFFA0, 0x2800)


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("character", [*UNSEEN, 0x1FFFE])
def test_an_id_with_a_character_nobody_sees_is_no_id(api: httpx.Client, character: int) -> None:
    assert refused(api.post("/entities", json={"id": f"urn:ngsi-ld:Thing:A{chr(character)}B", "type": "Thing"}))


@pytest.mark.clause("5.6.1")
@pytest.mark.parametrize("id", [None, "", "thing", 5, NULL, "urn:ngsi-ld:", "urn:ngsi-ld:Thing:a b"])
def test_an_entity_has_a_uri(api: httpx.Client, id: Any) -> None:
    assert refused(api.post("/entities", json={"type": "Thing"} | ({} if id is None else {"id": id})))


@pytest.mark.clause("5.5.4")
@pytest.mark.parametrize("body", [b"", b"{", b'{"id": "urn:x:1", "type":', b"\xff\xfe{}", b"[" * 2000])
def test_a_body_that_is_no_json_is_an_invalid_request(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/entities", content=body, headers={"Content-Type": "application/json"})
    assert refused(answer, INVALID)


@pytest.mark.clause("5.6.1")
@pytest.mark.clause("6.4.3.1")
def test_an_entity_is_created_once(api: httpx.Client, new_id: NewId) -> None:
    given = {"id": new_id(), "type": "Thing", "speed": prop(1)}
    assert api.post("/entities", json=given).status_code == 201
    answer = api.post("/entities", json={**given, "speed": prop(2)})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "AlreadyExists")
    assert api.get(f"/entities/{given['id']}").json() == given


def test_an_entity_has_no_more_attributes_than_anybody_needs(api: httpx.Client, new_id: NewId) -> None:
    many = {f"a{number}": number for number in range(10_001)}
    assert refused(api.post("/entities", json={"id": new_id(), "type": "Thing", **many}))


# -- replace ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def car(api: httpx.Client, new_id: NewId) -> dict[str, Any]:
    """A car that is there, as it is kept."""
    made = {
        "id": new_id("Car"),
        "type": "Car",
        "scope": "/a",
        "speed": prop(25, unitCode="KMH", observedAt="2026-03-14T01:59:26.535Z"),
        "address": prop({"street": "Straße des 17. Juni", "city": "Berlin", "country": "Germany"}),
        "owner": {"type": "Relationship", "object": "urn:x:1"},
        "title": {"type": "LanguageProperty", "languageMap": {"ko": "차", "en": "car"}},
        "place": {"type": "GeoProperty", "value": POINT},
        "sound": [prop("loud"), prop("shrill", datasetId="urn:d:1")],
    }
    assert api.post("/entities", json=made).status_code == 201
    return made


@pytest.mark.clause("5.6.18")
@pytest.mark.clause("6.5.3.3")
def test_replacing_puts_other_attributes_and_keeps_when_it_was_created(api: httpx.Client, car: dict[str, Any]) -> None:
    before = api.get(f"/entities/{car['id']}?options=sysAttrs").json()
    new = {"type": "Car", "colour": prop("red"), "speed": prop(1)}
    assert api.put(f"/entities/{car['id']}", json=new).status_code == 204
    assert api.get(f"/entities/{car['id']}").json() == {"id": car["id"], **new}
    after = api.get(f"/entities/{car['id']}?options=sysAttrs").json()
    assert after["createdAt"] == before["createdAt"] < after["modifiedAt"]
    assert after["speed"]["createdAt"] == before["speed"]["createdAt"]
    assert after["colour"]["createdAt"] > before["createdAt"]
    assert refused(api.put(f"/entities/{car['id']}", json={**new, "id": "urn:x:other"}))
    assert refused(api.put(f"/entities/{car['id']}", json={**new, "colour": NULL}))
    assert api.put(f"/entities/{car['id']}?type=Boat", json=new).status_code == 404


@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.6.3")
@pytest.mark.clause("5.6.4")
@pytest.mark.clause("5.6.5")
@pytest.mark.clause("5.6.6")
@pytest.mark.clause("5.6.17")
@pytest.mark.clause("5.6.18")
@pytest.mark.clause("5.6.19")
@pytest.mark.parametrize(
    ("method", "suffix"),
    [("PUT", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/attrs/"), ("PATCH", "/attrs/"), ("PATCH", "/attrs/speed"),
     ("PUT", "/attrs/speed"), ("DELETE", "/attrs/speed")],
)  # fmt: skip
def test_the_path_names_an_entity_that_is_there(api: httpx.Client, method: str, suffix: str) -> None:
    body = {} if method == "DELETE" else {"json": {"value": 1} if "speed" in suffix else {"speed": prop(1)}}
    assert refused(api.request(method, f"/entities/invalidUri{suffix}", **body))
    assert refused(api.request(method, f"/entities/{suffix}", **body))
    missing = api.request(method, f"/entities/urn:ngsi-ld:Thing:nobody{suffix}", **body)
    assert (missing.status_code, missing.json()["type"]) == (404, NOT_FOUND)


# -- merge ------------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.5.12")
@pytest.mark.clause("5.6.17")
@pytest.mark.parametrize(
    ("patch", "name", "after"),
    [
        (
            {"speed": prop(100, observedAt="2026-03-14T13:00:00.000Z")},
            "speed",
            prop(100, unitCode="KMH", observedAt="2026-03-14T13:00:00.000Z"),
        ),
        (
            {"address": prop({"street": "Pariser Platz", "country": NULL})},
            "address",
            prop({"street": "Pariser Platz", "city": "Berlin"}),
        ),
        ({"speed": NULL}, "speed", None),
        ({"speed": prop(NULL)}, "speed", None),
        ({"speed": {"type": "Property", "unitCode": NULL, "value": 25}}, "speed", None),
        ({"owner": {"type": "Relationship", "object": NULL}}, "owner", None),
        ({"place": {"type": "GeoProperty", "value": NULL}}, "place", None),
        ({"title": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}}, "title", None),
        (
            {"title": {"type": "LanguageProperty", "languageMap": {"en": NULL, "fr": "voiture"}}},
            "title",
            {"type": "LanguageProperty", "languageMap": {"ko": "차", "fr": "voiture"}},
        ),
        ({"sound": prop(NULL, datasetId="urn:d:1")}, "sound", prop("loud")),
        ({"sound": prop(NULL)}, "sound", prop("shrill", datasetId="urn:d:1")),
        (
            {"sound": prop("low", datasetId="urn:d:2")},
            "sound",
            [prop("loud"), prop("shrill", datasetId="urn:d:1"), prop("low", datasetId="urn:d:2")],
        ),
        ({"colour": prop("red", mood=prop("bright"))}, "colour", prop("red", mood=prop("bright"))),
        ({"owner": prop(3)}, "owner", prop(3)),
        ({"owner": "urn:x:3"}, "owner", {"type": "Relationship", "object": "urn:x:3"}),
        ({"scope": ["/b", "/c"]}, "scope", ["/b", "/c"]),
        ({"scope": NULL}, "scope", None),
        ({"type": "Robot"}, "type", ["Car", "Robot"]),
        ({"type": "Car"}, "type", "Car"),
        ({"owner": "urn:x:9"}, "owner", {"type": "Relationship", "object": "urn:x:9"}),
    ],
)
def test_a_merge_goes_as_deep_as_the_patch(
    api: httpx.Client, car: dict[str, Any], patch: dict[str, Any], name: str, after: Any
) -> None:
    assert api.patch(f"/entities/{car['id']}", json=patch).status_code == 204
    found = api.get(f"/entities/{car['id']}").json()
    if name == "speed" and patch["speed"] != NULL and patch["speed"].get("unitCode") == NULL:
        after = prop(25, observedAt="2026-03-14T01:59:26.535Z")
    assert found.get(name) == after
    assert {key: part for key, part in found.items() if key != name} == {
        key: part for key, part in car.items() if key != name
    }


@pytest.mark.clause("5.6.17")
@pytest.mark.clause("6.5.3.4")
def test_a_common_moment_and_a_common_language_fill_what_a_merge_leaves_open(
    api: httpx.Client, car: dict[str, Any]
) -> None:
    url = f"/entities/{car['id']}?format=simplified&observedAt=2026-05-01T00:00:00Z&lang=en"
    patch = {"speed": 30, "title": "motorcar", "owner": "urn:x:2", "colour": "red"}
    assert api.patch(url, json=patch).status_code == 204
    found = api.get(f"/entities/{car['id']}").json()
    assert (found["speed"]["value"], found["speed"]["observedAt"][:10]) == (30, "2026-05-01")
    assert found["speed"]["unitCode"] == "KMH"
    assert found["title"]["languageMap"] == {"ko": "차", "en": "motorcar"}
    assert found["owner"] == {"type": "Relationship", "object": "urn:x:2"}
    assert found["colour"] == prop("red")  # it was not there, so it had no moment to keep up
    explicit = {"speed": prop(31, observedAt="2026-06-01T00:00:00Z")}
    assert api.patch(f"/entities/{car['id']}?observedAt=2026-05-02T00:00:00Z", json=explicit).status_code == 204
    assert api.get(f"/entities/{car['id']}").json()["speed"]["observedAt"] == "2026-06-01T00:00:00Z"
    assert refused(api.patch(f"/entities/{car['id']}?observedAt=yesterday", json=explicit))


@pytest.mark.clause("5.6.17")
def test_a_merge_that_leaves_no_entity_is_refused_and_changes_nothing(api: httpx.Client, car: dict[str, Any]) -> None:
    for patch in (
        {"type": NULL},
        {"id": "urn:x:other"},
        {"speed": {"type": "Property", "observedAt": "soon"}},
        {"speed": prop(1, datasetId=NULL)},
        {"title": {"type": "LanguageProperty", "languageMap": {"ko": 5}}},
        {"speed": prop(None)},
        {"@context": {"a": "urn:a:"}},
    ):
        assert refused(api.patch(f"/entities/{car['id']}", json=patch)), patch
    assert api.get(f"/entities/{car['id']}").json() == car
    assert api.patch(f"/entities/{car['id']}", json={}).status_code == 204
    assert api.get(f"/entities/{car['id']}").json() == car


@pytest.mark.clause("5.6.17")
@pytest.mark.clause("4.17")
def test_a_merge_takes_merge_patch_json_and_a_type(api: httpx.Client, car: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    body = b'{"speed": {"type": "Property", "value": 7}}'
    assert api.patch(f"/entities/{car['id']}?type=Boat|Plane", content=body, headers=headers).status_code == 404
    assert api.patch(f"/entities/{car['id']}?type=Boat|Car", content=body, headers=headers).status_code == 204
    assert api.get(f"/entities/{car['id']}").json()["speed"]["value"] == 7


# -- delete -----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.6")
@pytest.mark.clause("6.5.3.2")
def test_what_is_deleted_is_gone(api: httpx.Client, car: dict[str, Any]) -> None:
    assert api.delete(f"/entities/{car['id']}?type=Boat").status_code == 404
    assert api.delete(f"/entities/{car['id']}").status_code == 204
    assert api.get(f"/entities/{car['id']}").status_code == 404
    assert api.delete(f"/entities/{car['id']}").status_code == 404
    assert refused(api.delete("/entities/invalidUri"))
    assert refused(api.delete("/entities/"))


@pytest.mark.clause("4.8")
def test_saying_the_same_again_is_no_modification(api: httpx.Client, car: dict[str, Any]) -> None:
    before = api.get(f"/entities/{car['id']}?options=sysAttrs").json()
    assert api.patch(f"/entities/{car['id']}/attrs/speed", json={"value": 25}).status_code == 204
    assert api.patch(f"/entities/{car['id']}", json={"speed": car["speed"]}).status_code == 204
    assert api.get(f"/entities/{car['id']}?options=sysAttrs").json() == before
