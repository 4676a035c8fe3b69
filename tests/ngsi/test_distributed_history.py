"""Temporal evolutions of several sources are one, and changes reach their source (clauses 5.7.3, 5.7.4, 5.6.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from brokers import Broker, broker
from source_doubles import registered, source, without

pytestmark = [pytest.mark.clause("5.7.3"), pytest.mark.clause("5.7.4"), pytest.mark.clause("4.3.6.1")]
NewId = Callable[..., str]
INTERVAL = {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}}


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with broker(tmp_path_factory.mktemp("one")) as one, one.client() as found:
        yield found


def at(day: int, value: float) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-01-{day:02}T00:00:00Z"}


def lamp(id: str, **attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": id, "type": "Lamp", **attributes}


def values(entity: dict[str, Any], name: str) -> list[float]:
    return sorted(one["value"] for one in entity[name])


def test_instances_of_all_sources_stand_together(api: httpx.Client, new_id: NewId) -> None:
    id, other_id = new_id("Lamp"), new_id("Lamp")
    made = api.post("/temporal/entities", json=lamp(id, watt=[at(1, 1), at(2, 2)]))
    assert made.status_code == 201, made.text
    there = [lamp(id, watt=[at(2, 2), at(3, 3)], height=[at(1, 7)]), lamp(other_id, watt=[at(1, 9)])]
    rules = (("GET", f"/temporal/entities/{id}", 200, there[0]), ("GET", "/temporal/entities", 200, there))
    with source(*rules) as other:
        registered(api, other.url, operations=["queryTemporal", "retrieveTemporal"], **INTERVAL)
        one = api.get(f"/temporal/entities/{id}")
        assert one.status_code == 200, one.text
        assert values(one.json(), "watt") == [1, 2, 3]
        assert values(one.json(), "height") == [7]
        span = {"type": "Lamp", "timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}
        both = {entity["id"]: entity for entity in api.get("/temporal/entities", params=span).json()}
        assert (values(both[id], "watt"), values(both[other_id], "watt")) == ([1, 2, 3], [9])
        asked = httpx.URL(other.wait(2)[1].path).params
        assert (asked["timerel"], asked["type"]) == ("after", "Lamp")
        assert values(api.get(f"/temporal/entities/{id}", params={"local": "true"}).json(), "watt") == [1, 2]


def test_a_source_of_histories_is_not_asked_for_what_is_now(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("GET", "/entities", 200, {"id": id, "type": "Lamp"})) as other:
        registered(api, other.url, operations=["federationOps", "retrieveTemporal"], **INTERVAL)
        assert api.get(f"/entities/{id}").status_code == 404
        assert other.received == []


@pytest.mark.clause("5.2.11")
def test_a_source_is_asked_for_the_time_it_knows(api: httpx.Client, new_id: NewId) -> None:
    with source(("GET", "/temporal/entities", 200, [lamp(new_id("Lamp"), watt=[at(1, 1)])])) as other:
        interval = {"observationInterval": {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-12-31T00:00:00Z"}}
        registered(api, other.url, operations=["queryTemporal"], **interval)
        after = {"type": "Lamp", "timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}
        assert api.get("/temporal/entities", params=after).json() == []
        changed = {**after, "timeAt": "2020-06-01T00:00:00Z", "timeproperty": "modifiedAt"}
        assert api.get("/temporal/entities", params=changed).json() == []
        assert other.received == []
        assert len(api.get("/temporal/entities", params={**after, "timeAt": "2020-06-01T00:00:00Z"}).json()) == 1


def test_a_source_that_fails_leaves_what_is_here_and_a_warning(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/temporal/entities", json=lamp(id, watt=[at(1, 1)]))
    with source(("GET", "/temporal/entities", 500, None)) as other:
        registration = registered(api, other.url, operations=["retrieveTemporal"], **INTERVAL)
        answer = api.get(f"/temporal/entities/{id}")
        assert values(answer.json(), "watt") == [1]
        assert answer.headers["ngsild-warning"].startswith(f"299 {registration} ")
        without(api, registration)


@pytest.mark.clause("5.6.11")
@pytest.mark.clause("5.6.12")
@pytest.mark.clause("5.6.13")
@pytest.mark.clause("5.6.16")
def test_changes_of_a_history_go_to_its_source(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    path = f"/temporal/entities/{id}"
    operations = ["upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal", "deleteTemporal"]
    rules = [("POST", path, 204, None), ("POST", "/temporal/entities", 201, None), ("DELETE", path, 204, None)]
    with source(*rules) as other:
        registered(api, other.url, mode="redirect", operations=operations, **INTERVAL)
        done = [
            api.post("/temporal/entities", json=lamp(id, watt=[at(1, 1)])),
            api.post(f"{path}/attrs", json={"watt": [at(2, 2)]}),
            api.delete(f"{path}/attrs/watt"),
            api.delete(path),
        ]
        assert [answer.status_code for answer in done] == [201, 204, 204, 204], [one.text for one in done]
        assert [one.method for one in other.wait(4)] == ["POST", "POST", "DELETE", "DELETE"]
        assert other.received[0].json() == lamp(id, watt=[at(1, 1)])


@pytest.mark.clause("5.14.5")
@pytest.mark.clause("6.33")
def test_a_temporal_query_pages_through_a_map(api: httpx.Client, new_id: NewId, new_broker: Broker) -> None:
    mine, theirs = new_id("Lamp"), new_id("Lamp")
    api.post("/temporal/entities", json=lamp(mine, watt=[at(1, 1)]))
    with new_broker.client() as there:
        there.post("/temporal/entities", json=lamp(theirs, watt=[at(1, 2)]))
        registration = registered(api, new_broker.url, operations=["queryTemporal"], **INTERVAL)
        span = {"type": "Lamp", "timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}
        made = api.get("/temporal/entityMaps", params=span)
        assert made.status_code == 201, made.text
        assert made.json()["entityMap"] == {mine: ["@none"], theirs: [registration]}
        location = made.headers["NGSILD-EntityMap"]
        seen = []
        for offset in range(2):
            page = api.get(
                "/temporal/entities",
                params={**span, "limit": 1, "offset": offset},
                headers={"NGSILD-EntityMap": location},
            )
            assert page.status_code == 200, page.text
            seen += [entity["id"] for entity in page.json()]
        assert seen == [mine, theirs]


@pytest.fixture
def new_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("other"), cities=("other",)) as found:
        yield found
