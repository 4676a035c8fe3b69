"""What the temporal API takes in: evolutions made, added to, corrected, taken out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brokers import Broker

pytestmark = pytest.mark.clause("5.2.20", "6.18", "6.19", "6.20", "6.21", "6.22", "4.5.7")

NULL = "urn:ngsi-ld:null"


def at(minute: int, day: int = 1) -> str:
    return f"2026-03-{day:02}T12:{minute:02}:00Z"


def told(value: Any, minute: int, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": at(minute), **more}


def pairs(api: httpx.Client, id: str, attribute: str, **parameters: Any) -> list[tuple[Any, str]]:
    found = api.get(f"/temporal/entities/{id}", params=parameters)
    assert found.status_code == 200, found.text
    return [(one["value"], one.get("observedAt")) for one in found.json()[attribute]]


@pytest.fixture
def bus(api: httpx.Client, new_id: Callable[..., str]) -> str:
    """A bus whose speed was told three times, and its fuel by two sensors."""
    id = new_id("Bus")
    given = {
        "id": id,
        "type": "Bus",
        "speed": [told(40, 3), told(20, 1), told(30, 2)],
        "fuel": [told(67, 1), told(53, 2), told(40, 3, datasetId="urn:sensor:b")],
    }
    made = api.post("/temporal/entities", json=given)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/ngsi-ld/v1/temporal/entities/{id}"
    return id


@pytest.mark.clause("5.6.11", "4.5.6")
def test_an_evolution_makes_the_entity_with_its_newest_instances(api: httpx.Client, bus: str) -> None:
    now = api.get(f"/entities/{bus}").json()
    assert now["speed"]["value"] == 40
    assert {one["value"] for one in now["fuel"]} == {53, 40}
    assert pairs(api, bus, "speed") == [(20, at(1)), (30, at(2)), (40, at(3))]


@pytest.mark.clause("5.6.11")
def test_more_of_it_is_added_and_its_types_are_joined(api: httpx.Client, bus: str) -> None:
    more = {"id": bus, "type": ["Bus", "Vehicle"], "speed": [told(10, 0), told(50, 4)], "line": [told("7", 0)]}
    assert api.post("/temporal/entities", json=more).status_code == 204
    now = api.get(f"/entities/{bus}").json()
    assert sorted(now["type"]) == ["Bus", "Vehicle"]
    assert now["speed"]["value"] == 50
    assert [value for value, _ in pairs(api, bus, "speed")] == [10, 20, 30, 40, 50]
    assert pairs(api, bus, "line") == [("7", at(0))]


@pytest.mark.clause("5.6.12")
def test_attributes_are_added(api: httpx.Client, bus: str) -> None:
    assert api.post(f"/temporal/entities/{bus}/attrs", json={"speed": [told(35, 2)]}).status_code == 204
    assert pairs(api, bus, "speed") == [(20, at(1)), (35, at(2)), (40, at(3))], "one moment has one instance"
    assert api.post("/temporal/entities/urn:x:gone/attrs", json={"speed": [told(1, 1)]}).status_code == 404
    empty = api.post(f"/temporal/entities/{bus}/attrs", json={})
    assert (empty.status_code, empty.json()["type"].rpartition("/")[2]) == (400, "InvalidRequest")


@pytest.mark.clause("5.6.11", "5.5.4")
def test_an_instance_may_say_that_the_attribute_was_no_more(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id = new_id()
    api.post("/temporal/entities", json={"id": id, "type": "Thing", "x": [told(1, 1)]})
    gone = {"id": id, "type": "Thing", "x": [told(NULL, 2)]}
    assert api.post("/temporal/entities", json=gone).status_code == 204
    assert "x" not in api.get(f"/entities/{id}").json()
    until = {"timerel": "before", "timeAt": at(0, day=2)}
    assert pairs(api, id, "x", **until) == [(1, at(1)), (NULL, at(2))]


@pytest.mark.clause("5.6.11")
@pytest.mark.parametrize(
    "wrong",
    [
        {"x": [{"type": "Property", "value": 1, "observedAt": "2026-03-01T12:00:00+09:00"}]},
        {"x": [{"type": "Property", "value": 1, "observedAt": "2026-03-01"}]},
        {"x": [{"type": "Property"}]},
        {"expiresAt": NULL},
        {"x": ["urn:ngsi-ld:null"], "type": 7},
    ],
)
def test_what_is_no_evolution_is_refused(api: httpx.Client, new_id: Callable[..., str], wrong: dict[str, Any]) -> None:
    id = new_id()
    made = api.post("/temporal/entities", json={"id": id, "type": "Thing", "y": [told(1, 1)], **wrong})
    assert (made.status_code, made.json()["type"].rpartition("/")[2]) == (400, "BadRequestData"), made.text
    assert api.get(f"/temporal/entities/{id}").status_code == 404


@pytest.mark.clause("5.6.13")
def test_an_attribute_is_taken_out_by_dataset_or_wholly(api: httpx.Client, bus: str) -> None:
    path = f"/temporal/entities/{bus}/attrs/fuel"
    assert api.delete(path, params={"datasetId": "urn:sensor:none"}).status_code == 404
    assert api.delete(path).status_code == 204
    assert pairs(api, bus, "fuel") == [(40, at(3))]
    assert api.get(f"/entities/{bus}").json()["fuel"]["datasetId"] == "urn:sensor:b"
    assert api.delete(path, params={"deleteAll": "true"}).status_code == 204
    assert "fuel" not in api.get(f"/temporal/entities/{bus}").json()
    assert "fuel" not in api.get(f"/entities/{bus}").json()
    assert api.delete(path, params={"deleteAll": "true"}).status_code == 404
    assert api.post(f"/temporal/entities/{bus}/attrs", json={"fuel": [told(9, 1)]}).status_code == 204
    assert pairs(api, bus, "fuel") == [(9, at(1))]


@pytest.mark.clause("5.6.13")
@pytest.mark.parametrize("name", ["%2e%2e", "%252e%252e", "in(valid"])
def test_what_is_no_name_of_an_attribute_is_refused(server: Broker, api: httpx.Client, bus: str, name: str) -> None:
    refused = api.delete(f"/temporal/entities/{bus}/attrs/{name}")
    assert refused.status_code == 400
    assert api.get(f"/temporal/entities/{bus}").status_code == 200


def instances(api: httpx.Client, id: str, attribute: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/temporal/entities/{id}", params={"options": "sysAttrs"}).json()[attribute]
    return found


@pytest.mark.clause("5.6.14")
@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("bare", [True, False])
def test_an_instance_is_replaced_and_keeps_its_name(api: httpx.Client, bus: str, place: int, bare: bool) -> None:
    before = instances(api, bus, "speed")
    new = {"type": "Property", "value": 33, "observedAt": before[place]["observedAt"], "unitCode": "KMH"}
    path = f"/temporal/entities/{bus}/attrs/speed/{before[place]['instanceId']}"
    assert api.patch(path, json=new if bare else {"speed": [new]}).status_code == 204
    after = instances(api, bus, "speed")
    assert len(after) == 3
    assert (after[place]["value"], after[place]["unitCode"]) == (33, "KMH")
    assert [one["instanceId"] for one in after] == [one["instanceId"] for one in before]
    assert after[place]["createdAt"] == before[place]["createdAt"]
    assert after[place]["modifiedAt"] > before[place]["modifiedAt"]
    assert api.get(f"/entities/{bus}").json()["speed"]["value"] == (33 if place == 2 else 40)


@pytest.mark.clause("5.6.14")
def test_an_instance_may_be_moved_in_time(api: httpx.Client, bus: str) -> None:
    first = instances(api, bus, "speed")[0]
    path = f"/temporal/entities/{bus}/attrs/speed/{first['instanceId']}"
    assert api.patch(path, json=told(20, 30)).status_code == 204
    assert [value for value, _ in pairs(api, bus, "speed")] == [30, 40, 20]
    assert instances(api, bus, "speed")[-1]["instanceId"] == first["instanceId"]
    assert api.get(f"/entities/{bus}").json()["speed"]["value"] == 20


@pytest.mark.clause("5.6.15")
def test_an_instance_is_taken_out(api: httpx.Client, bus: str) -> None:
    first, second, third = instances(api, bus, "speed")
    path = f"/temporal/entities/{bus}/attrs/speed/"
    assert api.delete(path + third["instanceId"]).status_code == 204
    assert api.get(f"/entities/{bus}").json()["speed"]["value"] == 30
    assert api.delete(path + first["instanceId"]).status_code == 204
    assert pairs(api, bus, "speed") == [(30, at(2))]
    assert api.delete(path + first["instanceId"]).status_code == 404
    assert api.delete(path + "urn:ngsi-ld:0123").status_code == 404
    assert api.delete(path + "no uri").status_code == 400
    assert api.delete(f"/temporal/entities/{bus}/attrs/other/{second['instanceId']}").status_code == 404
    assert api.delete(path + second["instanceId"]).status_code == 204
    assert "speed" not in api.get(f"/entities/{bus}").json()
    assert "speed" not in api.get(f"/temporal/entities/{bus}").json()


@pytest.mark.clause("5.6.16")
def test_an_evolution_goes_with_its_entity(api: httpx.Client, bus: str) -> None:
    assert api.delete(f"/temporal/entities/{bus}").status_code == 204
    assert api.get(f"/temporal/entities/{bus}").status_code == 404
    assert api.get(f"/entities/{bus}").status_code == 404
    assert api.delete(f"/temporal/entities/{bus}").status_code == 404
    again = api.post("/temporal/entities", json={"id": bus, "type": "Bus", "speed": [told(1, 1)]})
    assert again.status_code == 201
    assert pairs(api, bus, "speed") == [(1, at(1))], "what was before is told to audits only"
    audit = api.get(f"/temporal/entities/{bus}", params={"options": "audit"}).json()
    assert [one["value"] for one in audit["speed"]].count(30) == 1


@pytest.mark.clause("5.6.6", "5.6.16")
def test_deleting_the_entity_ends_its_evolution(api: httpx.Client, bus: str) -> None:
    assert api.delete(f"/entities/{bus}").status_code == 204
    assert api.get(f"/temporal/entities/{bus}").status_code == 404


@pytest.mark.clause("5.6.11")
def test_readings_of_observed_types_are_rows_of_series(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id = new_id("AirQualityObserved")
    given = {"id": id, "type": "AirQualityObserved", "pm25": [told(30, 1), told(10, 3), told(20, 2)]}
    assert api.post("/temporal/entities", json=given).status_code == 201
    assert api.get(f"/entities/{id}").json()["pm25"]["value"] == 10
    assert [value for value, _ in pairs(api, id, "pm25")] == [30, 20, 10]
    newest = instances(api, id, "pm25")[-1]["instanceId"]
    assert api.delete(f"/temporal/entities/{id}/attrs/pm25/{newest}").status_code == 204
    assert [value for value, _ in pairs(api, id, "pm25")] == [30, 20]
    assert api.get(f"/entities/{id}").json()["pm25"]["value"] == 20
    first = instances(api, id, "pm25")[0]["instanceId"]
    assert api.patch(f"/temporal/entities/{id}/attrs/pm25/{first}", json=told(31, 1)).status_code == 204
    assert [value for value, _ in pairs(api, id, "pm25")] == [31, 20]
    assert api.delete(f"/temporal/entities/{id}/attrs/pm25").status_code == 204
    assert "pm25" not in api.get(f"/entities/{id}").json()
    assert "pm25" not in api.get(f"/temporal/entities/{id}").json()


def test_what_was_given_is_verified(server: Broker, api: httpx.Client, bus: str) -> None:
    store = server.cities["test"].store
    report = store.verify()
    assert report.ok, report.problems
    assert report.checked["instances"] > 0
