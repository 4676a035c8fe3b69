"""NGSI-LD: one entity at a time (clauses 5.6.1-5.6.6, 5.6.17-5.6.19, 5.7.1; 6.4-6.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

NGSI = "/ngsi-ld/v1"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NewId = Callable[[], str]


def stop(entity_id: str, **attributes: Any) -> dict[str, Any]:
    """A bus stop with a name, in normalized form."""
    return {"id": entity_id, "type": "BusStop", "name": {"type": "Property", "value": "판교역"}, **attributes}


def made(client: httpx.Client, entity_id: str, **attributes: Any) -> str:
    """The path of a stop that was created for a test."""
    answer = client.post(f"{NGSI}/entities", json=stop(entity_id, **attributes))
    assert answer.status_code == 201, answer.text
    return f"{NGSI}/entities/{entity_id}"


def value(text: Any) -> dict[str, Any]:
    return {"type": "Property", "value": text}


# -- create and retrieve ----------------------------------------------------------------------------------------------


def test_create_answers_201_with_the_entitys_address(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    answer = client.post(f"{NGSI}/entities", json=stop(entity_id))
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"] == f"{NGSI}/entities/{entity_id}"
    assert answer.headers["ngsild-tenant"] == "seongnam"
    assert client.get(answer.headers["location"]).json() == stop(entity_id)


def test_create_takes_concise_and_simplified_forms_too(client: httpx.Client, new_id: NewId) -> None:
    concise, simplified = new_id(), new_id()
    client.post(f"{NGSI}/entities", json={"id": concise, "type": "BusStop", "name": {"value": "판교역"}})
    body = {"id": simplified, "type": "BusStop", "name": "판교역"}
    assert client.post(f"{NGSI}/entities?options=keyValues", json=body).status_code == 201
    for entity_id in (concise, simplified):
        assert client.get(f"{NGSI}/entities/{entity_id}").json()["name"] == value("판교역")


def test_an_entity_that_is_there_is_not_made_again(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    made(client, entity_id)
    answer = client.post(f"{NGSI}/entities", json=stop(entity_id))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["type"] == f"{ERRORS}AlreadyExists"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "BusStop"}, "entities.without-id"),
        ({"id": "urn:ngsi-ld:X:1"}, "entities.without-type"),
        ({"id": "no uri", "type": "BusStop"}, "entities.bad-id"),
        (
            {"id": "urn:ngsi-ld:X:1", "type": "X", "a": {"type": "Property", "value": "urn:ngsi-ld:null"}},
            "entities.null",
        ),
    ],
)
def test_what_is_no_entity_is_bad_request_data(client: httpx.Client, body: dict[str, Any], code: str) -> None:
    answer = client.post(f"{NGSI}/entities", json=body)
    assert (answer.status_code, answer.json()["type"], answer.json()["code"]) == (400, f"{ERRORS}BadRequestData", code)


def test_malformed_json_names_the_place(client: httpx.Client) -> None:
    answer = client.post(f"{NGSI}/entities", content=b'{"id": ', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}InvalidRequest")
    assert "line 1" in answer.json()["detail"]


def test_problems_speak_korean_and_english_with_one_code(client: httpx.Client) -> None:
    path = f"{NGSI}/entities/urn:ngsi-ld:BusStop:test:none"
    korean = client.get(path, headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"})
    english = client.get(path, headers={"Accept-Language": "en"})
    assert korean.status_code == english.status_code == 404
    assert korean.json()["code"] == english.json()["code"] == "web.entity-unknown"
    assert korean.json()["type"] == english.json()["type"] == f"{ERRORS}ResourceNotFound"
    assert "개체가 없습니다" in korean.json()["detail"]
    assert "no entity" in english.json()["detail"]
    assert korean.headers["content-language"] == "ko"


def test_an_id_may_hold_what_paths_hold(client: httpx.Client) -> None:
    entity_id = "https://city.example/stops/1?line=9"
    assert client.post(f"{NGSI}/entities", json=stop(entity_id)).status_code == 201
    answer = client.get(f"{NGSI}/entities/https%3A%2F%2Fcity.example%2Fstops%2F1%3Fline%3D9")
    assert answer.json()["id"] == entity_id


def test_the_address_of_a_new_entity_leads_to_it(client: httpx.Client) -> None:
    entity_id = "https://city.example/정류장/2?line=9"
    made = client.post(f"{NGSI}/entities", json=stop(entity_id))
    assert client.get(made.headers["location"]).json()["id"] == entity_id


# -- representations --------------------------------------------------------------------------------------------------


def test_forms_of_one_entity(client: httpx.Client, new_id: NewId) -> None:
    path = made(
        client,
        new_id(),
        lines=value(3),
        location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.11, 37.39]}},
    )
    assert client.get(path, params={"format": "simplified"}).json()["name"] == "판교역"
    assert client.get(path, params={"options": "keyValues"}).json()["lines"] == 3
    assert client.get(path, params={"format": "concise"}).json()["lines"] in (3, {"value": 3})
    feature = client.get(path, headers={"Accept": "application/geo+json"}).json()
    assert feature["type"] == "Feature"
    assert feature["geometry"]["coordinates"] == [127.11, 37.39]
    assert feature["properties"]["name"] == value("판교역")
    assert feature["@context"]
    flat = client.get(path, headers={"Accept": "application/geo+json"}, params={"format": "simplified"}).json()
    assert flat["properties"]["name"] == "판교역"


def test_members_are_picked_and_omitted(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines=value(3), shelter=value(True))
    assert set(client.get(path, params={"attrs": "lines"}).json()) == {"id", "type", "lines"}
    assert set(client.get(path, params={"pick": "id,lines"}).json()) == {"id", "lines"}
    assert set(client.get(path, params={"omit": "name|shelter"}).json()) == {"id", "type", "lines"}
    assert client.get(path, params={"pick": "id", "attrs": "lines"}).json()["code"] == "web.projection-mixed"


def test_system_times_come_on_request_for_the_entity_and_each_attribute(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines=value(3))
    assert "createdAt" not in client.get(path).json()
    client.patch(path, json={"lines": value(4)})
    timed = client.get(path, params={"options": "sysAttrs"}).json()
    assert timed["createdAt"] < timed["modifiedAt"]
    assert timed["lines"]["createdAt"] == timed["name"]["createdAt"] == timed["createdAt"]
    assert timed["lines"]["modifiedAt"] == timed["modifiedAt"] > timed["name"]["modifiedAt"]


def test_one_language_of_a_language_property(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), title={"type": "LanguageProperty", "languageMap": {"ko": "판교역", "en": "Pangyo"}})
    told = client.get(path, params={"lang": "fr,en;q=0.5"}).json()["title"]
    assert told == {"type": "Property", "value": "Pangyo", "lang": "en"}


def test_instances_are_kept_by_dataset(client: httpx.Client, new_id: NewId) -> None:
    counted = [value(10), {**value(12), "datasetId": "urn:ngsi-ld:Dataset:test:b"}]
    path = made(client, new_id(), riders=counted)
    assert client.get(path, params={"datasetId": "@none"}).json()["riders"] == value(10)
    assert client.get(path, params={"datasetId": "urn:ngsi-ld:Dataset:test:b"}).json()["riders"]["value"] == 12
    assert "riders" not in client.get(path, params={"datasetId": "urn:ngsi-ld:Dataset:test:c"}).json()


@pytest.mark.parametrize("query", ["options=nonsense", "format=yaml", "colour=red", "pick=a&pick=b"])
def test_what_is_not_known_is_an_invalid_request(client: httpx.Client, new_id: NewId, query: str) -> None:
    path = made(client, new_id())
    answer = client.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}InvalidRequest")


# -- replace, merge, delete -------------------------------------------------------------------------------------------


def test_put_replaces_all_attributes(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    path = made(client, entity_id, lines=value(3))
    answer = client.put(path, json={"type": "BusStop", "shelter": value(True)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers
    assert client.get(path).json() == {"id": entity_id, "type": "BusStop", "shelter": value(True)}
    assert client.put(path, json=stop("urn:ngsi-ld:BusStop:test:another")).json()["code"] == "web.id-differs"


def test_patch_merges_deeply_and_null_removes(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), plan=value({"north": 1, "south": 2}), lines={**value(3), "unitCode": "C62"})
    patch = {"plan": value({"north": 5}), "lines": value(4), "name": "urn:ngsi-ld:null"}
    assert client.patch(path, json=patch).status_code == 204
    merged = client.get(path).json()
    assert merged["plan"]["value"] == {"north": 5, "south": 2}
    assert merged["lines"] == {**value(4), "unitCode": "C62"}
    assert "name" not in merged


def test_patch_takes_the_merge_patch_media_type(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id())
    headers = {"Content-Type": "application/merge-patch+json"}
    assert client.patch(path, content='{"lines": {"value": 7}}', headers=headers).status_code == 204
    assert client.get(path).json()["lines"] == value(7)


def test_a_simplified_patch_keeps_the_kinds_of_its_target(client: httpx.Client, new_id: NewId) -> None:
    ref = {"type": "Relationship", "object": "urn:ngsi-ld:City:kostat:1"}
    path = made(client, new_id(), refCity=ref)
    answer = client.patch(f"{path}?format=simplified", json={"refCity": "urn:ngsi-ld:City:kostat:2", "name": "정자역"})
    assert answer.status_code == 204, answer.text
    assert client.get(path).json()["refCity"] == {"type": "Relationship", "object": "urn:ngsi-ld:City:kostat:2"}
    assert client.get(path).json()["name"] == value("정자역")


def test_a_patch_in_one_language_leaves_the_others(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), title={"type": "LanguageProperty", "languageMap": {"ko": "판교역", "en": "Pangyo"}})
    assert client.patch(f"{path}?lang=en", json={"title": "Pangyo Station"}).status_code == 204
    assert client.get(path).json()["title"]["languageMap"] == {"ko": "판교역", "en": "Pangyo Station"}


def test_a_common_moment_goes_to_what_had_one(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines={**value(3), "observedAt": "2026-01-01T00:00:00Z"})
    client.patch(f"{path}?observedAt=2026-02-02T09:00:00%2B09:00", json={"lines": value(4), "name": value("정자역")})
    merged = client.get(path).json()
    assert merged["lines"]["observedAt"].startswith("2026-02-02T00:00:00")
    assert "observedAt" not in merged["name"]


def test_delete_removes_and_a_second_time_does_not_find(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id())
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).json()["type"] == f"{ERRORS}ResourceNotFound"


def test_a_type_that_does_not_fit_hides_the_entity(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id())
    assert client.patch(f"{path}?type=Firm", json={"lines": value(1)}).status_code == 404
    assert client.patch(f"{path}?type=Firm,BusStop", json={"lines": value(1)}).status_code == 204


# -- attributes -------------------------------------------------------------------------------------------------------


def test_append_adds_and_replaces(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id())
    assert client.post(f"{path}/attrs", json={"lines": value(3), "name": value("정자역")}).status_code == 204
    assert client.get(path).json()["name"] == value("정자역")


def test_append_without_overwriting_names_what_it_left(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id())
    body = {"lines": value(3), "name": value("정자역")}
    answer = client.post(f"{path}/attrs?options=noOverwrite", json=body)
    assert answer.status_code == 207
    result = answer.json()
    assert len(result["updated"]) == len(result["notUpdated"]) == 1
    assert result["updated"][0].endswith("lines")
    assert result["notUpdated"][0]["attributeName"].endswith("name")
    assert ":" in result["updated"][0]  # full names only, there is no context in such an answer (6.3.6)
    assert client.get(path).json()["name"] == value("판교역")


def test_update_replaces_one_by_one_adds_what_is_missing_and_null_removes(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines={**value(3), "unitCode": "C62"})
    patch = {"lines": value(4), "shelter": value(True), "name": "urn:ngsi-ld:null"}
    assert client.patch(f"{path}/attrs", json=patch).status_code == 204
    changed = client.get(path).json()
    assert changed["lines"] == value(4)
    assert changed["shelter"] == value(True)
    assert "name" not in changed


def test_a_part_of_an_attribute_is_overwritten_and_the_rest_stays(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines={**value(3), "unitCode": "C62", "source": value("survey")})
    assert client.patch(f"{path}/attrs/lines", json={"value": 4}).status_code == 204
    assert client.patch(f"{path}/attrs/lines", json={"unitCode": "KMT"}).status_code == 204
    assert client.get(path).json()["lines"] == {**value(4), "unitCode": "KMT", "source": value("survey")}
    wrong = client.patch(f"{path}/attrs/lines", json={"type": "Relationship", "object": "urn:ngsi-ld:City:kostat:1"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "web.attribute-kind-changes")
    assert client.patch(f"{path}/attrs/missing", json={"value": 4}).status_code == 404
    assert client.patch(f"{path}/attrs/scope", json={"value": 4}).json()["code"] == "web.no-attribute"


def test_an_attribute_is_replaced_as_a_whole(client: httpx.Client, new_id: NewId) -> None:
    path = made(client, new_id(), lines={**value(3), "unitCode": "C62"})
    assert client.put(f"{path}/attrs/lines", json=value(5)).status_code == 204
    assert client.get(path).json()["lines"] == value(5)
    assert client.put(f"{path}/attrs/missing", json=value(5)).status_code == 404


def test_an_attribute_is_deleted_by_instance_or_whole(client: httpx.Client, new_id: NewId) -> None:
    dataset = "urn:ngsi-ld:Dataset:test:b"
    counted = [value(10), {**value(12), "datasetId": dataset}]
    path = made(client, new_id(), riders=counted)
    assert client.delete(f"{path}/attrs/riders", params={"datasetId": dataset}).status_code == 204
    assert client.get(path).json()["riders"] == value(10)
    assert client.delete(f"{path}/attrs/riders").status_code == 204
    assert client.delete(f"{path}/attrs/riders").status_code == 404
    path = made(client, new_id(), riders=counted)
    assert client.delete(f"{path}/attrs/riders?deleteAll=true").status_code == 204
    assert "riders" not in client.get(path).json()


# -- observed types and planned types ---------------------------------------------------------------------------------


def test_the_latest_observation_stands_in_the_entity(client: httpx.Client) -> None:
    entity_id = "urn:ngsi-ld:AirQualityObserved:test:1"
    body = {
        "id": entity_id,
        "type": "AirQualityObserved",
        "pm25": {**value(30), "observedAt": "2026-03-01T00:00:00Z"},
    }
    assert client.post(f"{NGSI}/entities", json=body).status_code == 201
    path = f"{NGSI}/entities/{entity_id}"
    for moment, number in (("2026-03-01T02:00:00Z", 50), ("2026-03-01T01:00:00Z", 40)):
        assert client.patch(path, json={"pm25": {**value(number), "observedAt": moment}}).status_code == 204
    told = client.get(path).json()["pm25"]
    assert told["value"] == 50
    assert told["observedAt"].startswith("2026-03-01T02:00:00")
    assert "createdAt" in client.get(path, params={"options": "sysAttrs"}).json()


def test_a_planned_type_is_refused_on_main_and_taken_on_a_branch(server: Server) -> None:
    body = {"id": "urn:ngsi-ld:Facility:test:1", "type": "Facility", "name": "설계지원센터"}
    with server.client(NGSILD_Tenant="seongnam", Accept_Language="ko") as client:
        answer = client.post(f"{NGSI}/entities", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "store.planned-needs-adoption")
        assert "안" in answer.json()["detail"]
        assert client.get(f"{NGSI}/entities/{body['id']}").status_code == 404
        on_branch = {"NGSILD-Tenant": "seongnam~fabless-valley"}
        assert client.post(f"{NGSI}/entities", json=body, headers=on_branch).status_code == 201
        assert client.get(f"{NGSI}/entities/{body['id']}", headers=on_branch).status_code == 200
        assert client.get(f"{NGSI}/entities/{body['id']}").status_code == 404
