"""Batches (clauses 5.2.16, 5.2.17, 5.5.11, 5.6.7-5.6.10, 5.6.20): each entity by itself, duplicates in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

NewId = Callable[..., str]
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NULL = "urn:ngsi-ld:null"
BATCH = "/entityOperations"


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def car(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "Car", **more}


def failures(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 207, answer.text
    return {one["entityId"]: one["error"]["type"].removeprefix(ERRORS) for one in answer.json()["errors"]}


def shown(api: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/entities/{id}").json()
    return found


@pytest.mark.clause("5.6.7")
@pytest.mark.clause("6.14")
@pytest.mark.clause("5.5.11.1")
@pytest.mark.clause("5.2.16")
@pytest.mark.clause("5.2.17")
def test_of_two_with_one_id_the_first_is_created(api: httpx.Client, new_id: NewId) -> None:
    first, second = new_id(), new_id()
    answer = api.post(f"{BATCH}/create", json=[car(first, a=prop(1)), car(second), car(first, a=prop(2))])
    assert failures(answer) == {first: "AlreadyExists"}
    assert answer.json()["success"] == [first, second]
    assert answer.json()["errors"][0]["error"]["status"] == 409
    assert shown(api, first)["a"] == prop(1)


@pytest.mark.clause("5.6.8")
@pytest.mark.clause("6.15")
@pytest.mark.clause("5.5.11.2")
@pytest.mark.clause("4.6.6")
def test_of_two_with_one_id_the_later_is_upserted_last(api: httpx.Client, new_id: NewId) -> None:
    first, second = new_id(), new_id()
    answer = api.post(f"{BATCH}/upsert", json=[car(first, old=prop(1)), car(second), car(first, new=prop(2))])
    assert (answer.status_code, answer.json()) == (201, [first, second])
    assert shown(api, first) == car(first, new=prop(2))
    answer = api.post(f"{BATCH}/upsert?options=update", json=[car(first, a=prop(1)), car(first, a=prop(2), b=prop(3))])
    assert (answer.status_code, answer.content) == (204, b"")
    assert shown(api, first) == car(first, new=prop(2), a=prop(2), b=prop(3))


@pytest.mark.clause("5.5.11.0")
def test_an_entity_twice_in_a_batch_is_two_changes(api: httpx.Client, server: Any, new_id: NewId) -> None:
    id = new_id()
    store = server.cities["test"].store
    before = store.data_version()
    api.post(f"{BATCH}/upsert", json=[car(id, a=prop(1)), car(id, a=prop(2))])
    assert [change.kind for change in store.changes(before) if change.id == id] == ["created", "updated"]


@pytest.mark.clause("5.6.10")
@pytest.mark.clause("6.17")
@pytest.mark.clause("5.5.11.4")
def test_what_is_deleted_twice_fails_the_second_time(api: httpx.Client, new_id: NewId) -> None:
    id, missing = new_id(), new_id()
    api.post(f"{BATCH}/create", json=[car(id)])
    answer = api.post(f"{BATCH}/delete", json=[id, id, missing, "no uri"])
    assert failures(answer) == {id: "ResourceNotFound", missing: "ResourceNotFound", "no uri": "BadRequestData"}
    assert answer.json()["success"] == [id]
    assert api.get(f"/entities/{id}").status_code == 404


@pytest.mark.clause("5.6.9")
@pytest.mark.clause("6.16")
def test_what_may_not_be_overwritten_is_named_and_the_rest_is_added(api: httpx.Client, new_id: NewId) -> None:
    one, two = new_id(), new_id()
    api.post(f"{BATCH}/create", json=[car(one, a=prop(1)), car(two)])
    items = [car(one, a=prop(2), b=prop(3)), car(two, a=prop(2))]
    answer = api.post(f"{BATCH}/update?options=noOverwrite", json=items)
    assert failures(answer) == {one: "BadRequestData"}
    assert "a" in answer.json()["errors"][0]["error"]["detail"]
    assert answer.json()["success"] == [two]
    assert (shown(api, one), shown(api, two)) == (car(one, a=prop(1), b=prop(3)), car(two, a=prop(2)))
    assert api.post(f"{BATCH}/update", json=items).status_code == 204
    assert shown(api, one)["a"] == prop(2)


@pytest.mark.clause("5.6.9")
@pytest.mark.clause("4.16")
def test_an_update_adds_types_and_removes_nulls(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    api.post(f"{BATCH}/create", json=[car(id, a=prop(1), scope="/a")])
    items = [{"id": id, "type": "Robot", "a": NULL, "scope": NULL}]
    assert api.post(f"{BATCH}/update", json=items).status_code == 204
    assert shown(api, id) == {"id": id, "type": ["Car", "Robot"]}


@pytest.mark.clause("5.6.20")
@pytest.mark.clause("6.31")
@pytest.mark.clause("5.5.12")
def test_a_batch_merges_each_as_deep_as_it_says(api: httpx.Client, new_id: NewId) -> None:
    one, two, missing = new_id(), new_id(), new_id()
    there = {"a": prop({"x": 1, "y": 2}, unitCode="MTR"), "t": {"languageMap": {"ko": "ㄱ"}}}
    api.post(f"{BATCH}/create", json=[car(one, **there), car(two, b=prop(1), o={"object": "urn:x:1"})])
    merges = [
        car(one, a=prop({"x": NULL, "z": 3}), t="a"),
        car(two, b=NULL, o="urn:x:2"),
        car(missing),
    ]
    answer = api.post(f"{BATCH}/merge?lang=en", json=merges)
    assert failures(answer) == {missing: "ResourceNotFound"}
    assert answer.json()["success"] == [one, two]
    assert shown(api, one)["a"] == prop({"y": 2, "z": 3}, unitCode="MTR")
    assert shown(api, one)["t"]["languageMap"] == {"ko": "ㄱ", "en": "a"}
    assert shown(api, two) == car(two, o={"type": "Relationship", "object": "urn:x:2"})
    assert api.post(f"{BATCH}/merge", json=[car(two, o=prop(1))]).status_code == 204
    assert shown(api, two)["o"] == prop(1)
    moment = "observedAt=2026-05-01T00:00:00Z&format=simplified"
    api.post(f"{BATCH}/merge", json=[car(two, s=prop(1, observedAt="2026-01-01T00:00:00Z"))])
    assert api.post(f"{BATCH}/merge?{moment}", json=[car(two, s=2)]).status_code == 204
    assert (shown(api, two)["s"]["value"], shown(api, two)["s"]["observedAt"][:7]) == (2, "2026-05")


@pytest.mark.clause("5.6.7")
@pytest.mark.clause("5.6.8")
@pytest.mark.parametrize("operation", ["create", "upsert", "upsert?options=update"])
def test_a_bad_entity_fails_alone(api: httpx.Client, new_id: NewId, operation: str) -> None:
    good, bad, worse, deep = new_id(), new_id(), new_id(), new_id()
    items: list[Any] = [
        {"id": bad},
        car(worse, a={"type": "Property"}),
        car(good, a=prop(1)),
        car(deep, a=prop({"x": NULL})),
        {"type": "Car"},
        "no entity",
        car("no uri"),
    ]
    answer = api.post(f"{BATCH}/{operation}", json=items)
    assert answer.status_code == 207
    assert answer.json()["success"] == [good]
    failed = [one["entityId"] for one in answer.json()["errors"]]
    assert {bad, worse, deep, "no uri"} <= set(failed)
    assert len(failed) == 6
    assert {one["error"]["status"] for one in answer.json()["errors"]} == {400}


@pytest.mark.clause("5.6.7")
@pytest.mark.clause("5.6.8")
@pytest.mark.clause("5.6.9")
@pytest.mark.clause("5.6.10")
@pytest.mark.clause("5.6.20")
@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
def test_an_empty_batch_or_one_with_a_null_is_refused(api: httpx.Client, new_id: NewId, operation: str) -> None:
    id = new_id()
    for body in ([], [None], [car(id), None], {}, "x"):
        answer = api.post(f"{BATCH}/{operation}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    assert api.get(f"/entities/{id}").status_code == 404
    unknown = api.post(f"{BATCH}/{operation}?options=poem", json=[car(id)])
    assert (unknown.status_code, unknown.json()["type"]) == (400, f"{ERRORS}InvalidRequest")


@pytest.mark.clause("5.5.11.3")
@pytest.mark.clause("5.5.11.5")
def test_updates_and_merges_of_one_entity_follow_each_other(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    api.post(f"{BATCH}/create", json=[car(id, a=prop({"x": 1}), b=prop(1))])
    updates = [car(id, b=prop(2, unitCode="MTR")), car(id, b=prop(3)), car(id, c=prop(4))]
    assert api.post(f"{BATCH}/update", json=updates).status_code == 204
    assert shown(api, id) == car(id, a=prop({"x": 1}), b=prop(3), c=prop(4))
    merges = [car(id, a=prop({"y": 2})), car(id, a=prop({"x": NULL})), car(id, c=NULL)]
    assert api.post(f"{BATCH}/merge", json=merges).status_code == 204
    assert shown(api, id) == car(id, a=prop({"y": 2}), b=prop(3))


@pytest.mark.clause("6.3.5")
def test_a_link_beside_ld_json_is_refused_for_all_and_a_missing_context_for_one(
    api: httpx.Client, new_id: NewId
) -> None:
    id, other = new_id(), new_id()
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
    headers = {"Content-Type": "application/ld+json"}
    link = {"Link": f'<{core}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}
    items = [car(id, **{"@context": core}), car(other)]
    answer = api.post(f"{BATCH}/create", content=orjson.dumps(items), headers=headers | link)
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    answer = api.post(f"{BATCH}/create", content=orjson.dumps(items), headers=headers)
    assert failures(answer) == {other: "BadRequestData"}
    assert answer.json()["success"] == [id]


@pytest.mark.clause("5.6.8")
def test_upsert_takes_one_mode_and_a_form(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    assert api.post(f"{BATCH}/upsert?options=replace,update", json=[car(id)]).status_code == 400
    assert api.post(f"{BATCH}/upsert?options=update,keyValues", json=[car(id, a=1)]).status_code == 201
    assert shown(api, id) == car(id, a=prop(1))
