"""NGSI-LD: batches (clauses 5.6.7-5.6.10, 5.6.20; 6.14-6.17, 6.31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

NGSI = "/ngsi-ld/v1"
BATCH = f"{NGSI}/entityOperations"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NewId = Callable[[], str]


def stop(entity_id: str, lines: int = 1) -> dict[str, Any]:
    return {"id": entity_id, "type": "BusStop", "lines": {"type": "Property", "value": lines}}


def lines_of(client: httpx.Client, entity_id: str) -> int:
    return int(client.get(f"{NGSI}/entities/{entity_id}").json()["lines"]["value"])


def test_create_makes_all_or_says_which_not(client: httpx.Client, new_id: NewId) -> None:
    ids = [new_id() for _ in range(3)]
    answer = client.post(f"{BATCH}/create", json=[stop(one) for one in ids])
    assert (answer.status_code, answer.json()) == (201, ids)
    fresh = new_id()
    answer = client.post(f"{BATCH}/create", json=[stop(fresh), stop(ids[0], 9), {"id": "urn:ngsi-ld:X:1"}])
    assert answer.status_code == 207
    assert answer.headers["content-type"] == "application/json"
    result = answer.json()
    assert result["success"] == [fresh]
    failed = {one["entityId"]: one["error"]["type"] for one in result["errors"]}
    assert failed == {ids[0]: f"{ERRORS}AlreadyExists", "urn:ngsi-ld:X:1": f"{ERRORS}BadRequestData"}
    assert lines_of(client, ids[0]) == 1


def test_an_id_twice_in_one_create_is_made_once(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    result = client.post(f"{BATCH}/create", json=[stop(entity_id, 1), stop(entity_id, 2)]).json()
    assert (result["success"], [one["entityId"] for one in result["errors"]]) == ([entity_id], [entity_id])
    assert lines_of(client, entity_id) == 1


def test_upsert_names_the_created_and_is_silent_when_all_were_there(client: httpx.Client, new_id: NewId) -> None:
    old, new = new_id(), new_id()
    assert client.post(f"{BATCH}/upsert", json=[stop(old)]).json() == [old]
    answer = client.post(f"{BATCH}/upsert", json=[stop(old, 2), stop(new)])
    assert (answer.status_code, answer.json()) == (201, [new])
    answer = client.post(f"{BATCH}/upsert", json=[stop(old, 3)])
    assert (answer.status_code, answer.content) == (204, b"")


def test_upsert_replaces_or_updates(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    client.post(f"{BATCH}/upsert", json=[stop(entity_id)])
    more = {"id": entity_id, "type": "BusStop", "shelter": {"type": "Property", "value": True}}
    client.post(f"{BATCH}/upsert?options=update", json=[more])
    assert set(client.get(f"{NGSI}/entities/{entity_id}").json()) == {"id", "type", "lines", "shelter"}
    client.post(f"{BATCH}/upsert?options=replace", json=[more])
    assert set(client.get(f"{NGSI}/entities/{entity_id}").json()) == {"id", "type", "shelter"}


def test_update_and_merge_change_what_is_there_and_name_what_is_not(client: httpx.Client, new_id: NewId) -> None:
    old, missing = new_id(), new_id()
    client.post(f"{BATCH}/create", json=[stop(old)])
    for operation in ("update", "merge"):
        answer = client.post(f"{BATCH}/{operation}", json=[stop(old, 5), stop(missing, 5)])
        assert answer.status_code == 207
        assert answer.json()["success"] == [old]
        assert answer.json()["errors"][0]["error"]["type"] == f"{ERRORS}ResourceNotFound"
        assert client.post(f"{BATCH}/{operation}", json=[stop(old, 6)]).status_code == 204
    client.post(f"{BATCH}/update?options=noOverwrite", json=[stop(old, 7)])
    assert lines_of(client, old) == 6


def test_delete_takes_ids(client: httpx.Client, new_id: NewId) -> None:
    old, missing = new_id(), new_id()
    client.post(f"{BATCH}/create", json=[stop(old)])
    answer = client.post(f"{BATCH}/delete", json=[old, missing])
    assert (answer.status_code, answer.json()["success"]) == (207, [old])
    client.post(f"{BATCH}/create", json=[stop(old)])
    assert client.post(f"{BATCH}/delete", json=[old]).status_code == 204


def test_a_planned_entity_in_a_batch_fails_alone(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    plan = {"id": "urn:ngsi-ld:Plan:test:1", "type": "Plan", "name": "계획"}
    answer = client.post(f"{BATCH}/upsert", json=[plan, stop(entity_id)])
    assert answer.status_code == 207
    assert answer.json()["success"] == [entity_id]
    (failed,) = answer.json()["errors"]
    assert (failed["entityId"], failed["error"]["status"]) == (plan["id"], 403)
    assert failed["error"]["code"] == "store.planned-needs-adoption"


@pytest.mark.parametrize("body", [[], {}, [None], "text"])
@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
def test_a_batch_is_a_list_with_something_in_it(client: httpx.Client, operation: str, body: Any) -> None:
    answer = client.post(f"{BATCH}/{operation}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "web.batch-empty")


def test_a_batch_is_one_transaction(client: httpx.Client, new_id: NewId) -> None:
    before = client.get("/api/cities/seongnam/log?limit=1").json()[0]["number"]
    client.post(f"{BATCH}/create", json=[stop(new_id()) for _ in range(5)])
    newest = client.get("/api/cities/seongnam/log?limit=1").json()[0]
    assert (newest["number"], newest["changes"]) == (before + 1, 5)
