"""Subscriptions to registrations: kept like others, told of sources that match, change, or match no more (5.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from brokers import Broker, Loopback, Received, broker, loopback

pytestmark = pytest.mark.clause("5.11.2", "5.11.7", "6.12", "6.13", "5.3.2", "5.3.3")
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
SUBSCRIPTIONS, REGISTRATIONS = "/csourceSubscriptions", "/csourceRegistrations"
LD = {"Content-Type": "application/ld+json"}
CONTEXT = {"Halt": "https://example.org/Halt", "speed": "https://example.org/speed"}
NewId = Callable[..., str]


@pytest.fixture
def told() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


def registration(id: str, kind: str, *more: dict[str, Any], **members: Any) -> dict[str, Any]:
    information = [{"entities": [{"type": kind}]}, *more]
    return {
        "id": id, "type": "ContextSourceRegistration", "information": information,
        "endpoint": "http://127.0.0.1:9/source", **members,
    }  # fmt: skip


def subscription(id: str, told: Loopback, kind: str, **members: Any) -> dict[str, Any]:
    endpoint = {"uri": f"{told.url}/told", "accept": "application/json"}
    return {
        "id": id, "type": "Subscription", "entities": [{"type": kind}], "notification": {"endpoint": endpoint},
        **members,
    }  # fmt: skip


def register(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post(REGISTRATIONS, json=body)
    assert answer.status_code == 201, answer.text


def subscribe(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post(SUBSCRIPTIONS, json=body)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    assert answer.headers["location"] == f"/ngsi-ld/v1{SUBSCRIPTIONS}/{body['id']}"


def reasons(got: list[Received]) -> list[tuple[str, list[str]]]:
    return [(one.json()["triggerReason"], [each["id"] for each in one.json()["data"]]) for one in got]


def test_what_matches_is_told_at_once_and_every_change_after(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    first, second, id = new_id("Reg"), new_id("Reg"), new_id("Sub")
    register(api, registration(first, "Tram"))
    register(api, registration(new_id("Reg"), "Other"))
    subscribe(api, subscription(id, told, "Tram"))
    told.wait(1)
    register(api, registration(second, "Tram"))
    told.wait(2)
    assert api.patch(f"{REGISTRATIONS}/{second}", json={"description": "another"}).status_code == 204
    told.wait(3)
    moved = {"information": [{"entities": [{"type": "Other"}]}]}
    assert api.patch(f"{REGISTRATIONS}/{first}", json=moved).status_code == 204
    told.wait(4)
    assert api.delete(f"{REGISTRATIONS}/{second}").status_code == 204
    assert reasons(told.wait(5)) == [
        ("newlyMatching", [first]),
        ("newlyMatching", [second]),
        ("updated", [second]),
        ("noLongerMatching", [first]),
        ("noLongerMatching", [second]),
    ]
    message = told.received[0].json()
    assert (message["type"], message["subscriptionId"]) == ("ContextSourceNotification", id)
    assert message["notifiedAt"]
    assert told.received[0].headers["content-type"] == "application/json"
    assert api.delete(f"{SUBSCRIPTIONS}/{id}").status_code == 204


def test_only_the_information_that_matches_is_told(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    other = {"entities": [{"type": "Elsewhere"}], "propertyNames": ["x"]}
    register(api, registration(new_id("Reg"), "Bus", other, contextSourceInfo=[{"key": "Authorization", "value": "s"}]))
    subscribe(api, subscription(new_id("Sub"), told, "Bus"))
    (got,) = told.wait(1)
    (source,) = got.json()["data"]
    assert source["information"] == [{"entities": [{"type": "Bus"}]}]
    assert "contextSourceInfo" not in source


def test_names_are_those_of_the_subscriptions_context(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    body = {"@context": CONTEXT, **registration(new_id("Reg"), "Halt", propertyNames=["speed"])}
    body["information"] = [{"entities": [{"type": "Halt"}], "propertyNames": ["speed"]}]
    del body["propertyNames"]
    assert api.post(REGISTRATIONS, content=orjson.dumps(body), headers=LD).status_code == 201
    asked = {"@context": CONTEXT, **subscription(new_id("Sub"), told, "Halt", watchedAttributes=["speed"])}
    assert api.post(SUBSCRIPTIONS, content=orjson.dumps(asked), headers=LD).status_code == 201
    (got,) = told.wait(1)
    (source,) = got.json()["data"]
    assert source["information"] == [{"entities": [{"type": "Halt"}], "propertyNames": ["speed"]}]
    assert "json-ld#context" in got.headers["link"]


def test_other_attributes_do_not_match(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    wrong, right = new_id("Reg"), new_id("Reg")
    body = registration(wrong, "Car")
    body["information"] = [{"entities": [{"type": "Car"}], "propertyNames": ["colour"]}]
    register(api, body)
    subscribe(api, subscription(new_id("Sub"), told, "Car", watchedAttributes=["speed"]))
    register(api, registration(right, "Car"))
    assert reasons(told.wait(1)) == [("newlyMatching", [right])]


def test_a_filter_asks_for_members_of_the_registration(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    wrong, right = new_id("Reg"), new_id("Reg")
    register(api, registration(wrong, "Ferry", registrationName="river"))
    register(api, registration(right, "Ferry", registrationName="sea"))
    subscribe(api, subscription(new_id("Sub"), told, "Ferry", csf='registrationName=="sea"'))
    assert reasons(told.wait(1)) == [("newlyMatching", [right])]


def test_a_periodic_one_hears_of_all_that_match_again_and_again(
    api: httpx.Client, told: Loopback, new_id: NewId
) -> None:
    source = new_id("Reg")
    register(api, registration(source, "Bike"))
    subscribe(api, subscription(new_id("Sub"), told, "Bike", timeInterval=1))
    assert [ids for _, ids in reasons(told.wait(2))] == [[source], [source]]


def test_a_paused_one_hears_nothing_until_it_goes_on(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    id, source = new_id("Sub"), new_id("Reg")
    subscribe(api, subscription(id, told, "Metro", isActive=False))
    register(api, registration(source, "Metro"))
    assert api.get(f"{SUBSCRIPTIONS}/{id}").json()["status"] == "paused"
    assert not told.received
    assert api.patch(f"{SUBSCRIPTIONS}/{id}", json={"isActive": True}).status_code == 204
    assert reasons(told.wait(1)) == [("newlyMatching", [source])]


def test_sources_of_histories_are_told_to_those_who_ask_for_a_time(
    api: httpx.Client, told: Loopback, new_id: NewId
) -> None:
    latest, archive = new_id("Reg"), new_id("Reg")
    register(api, registration(latest, "Archive"))
    interval = {"startAt": "2020-01-01T00:00:00Z", "endAt": "2021-01-01T00:00:00Z"}
    register(api, registration(archive, "Archive", observationInterval=interval))
    subscribe(api, subscription(new_id("Sub"), told, "Archive"))
    assert reasons(told.wait(1)) == [("newlyMatching", [latest])]
    span = {"timerel": "between", "timeAt": "2020-06-01T00:00:00Z", "endTimeAt": "2022-01-01T00:00:00Z"}
    subscribe(api, subscription(new_id("Sub"), told, "Archive", temporalQ=span))
    assert reasons(told.wait(2))[1] == ("newlyMatching", [archive])


@pytest.mark.clause("5.11.3", "5.11.4", "5.11.5", "5.11.6")
def test_subscriptions_are_read_changed_and_deleted(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    id = new_id("Sub")
    body = subscription(id, told, "Quiet", description="first")
    subscribe(api, body)
    read = api.get(f"{SUBSCRIPTIONS}/{id}").json()
    assert read == {**body, "status": "active"}
    assert api.patch(f"{SUBSCRIPTIONS}/{id}", json={"description": "second"}).status_code == 204
    assert api.get(f"{SUBSCRIPTIONS}/{id}").json()["description"] == "second"
    listed = api.get(SUBSCRIPTIONS, params={"count": "true", "limit": 1})
    assert (len(listed.json()), int(listed.headers["ngsild-results-count"]) >= 1) == (1, True)
    assert id in [one["id"] for one in api.get(SUBSCRIPTIONS, params={"limit": 1000}).json()]
    assert id not in [one["id"] for one in api.get("/subscriptions", params={"limit": 1000}).json()]
    again = api.post(SUBSCRIPTIONS, json=body)
    assert (again.status_code, again.json()["type"]) == (409, f"{ERRORS}AlreadyExists")
    assert api.delete(f"{SUBSCRIPTIONS}/{id}").status_code == 204
    for answer in (
        api.get(f"{SUBSCRIPTIONS}/{id}"),
        api.delete(f"{SUBSCRIPTIONS}/{id}"),
        api.patch(f"{SUBSCRIPTIONS}/{id}", json={"description": "x"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Sub"},
        {"id": "no uri"},
        {"notification": {}},
        {"entities": []},
        {"entities": [{"id": "urn:x:y"}]},
        {"csf": "(("},
        {"q": "=="},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"timeInterval": -1},
        {"temporalQ": {"timerel": "before"}},
        {"temporalQ": {"timerel": "between", "timeAt": "2020-01-01T00:00:00Z"}},
        {"temporalQ": "yesterday"},
        {"notification": {"endpoint": {"uri": "nowhere"}}},
    ],
)
def test_what_is_no_subscription_is_refused(
    api: httpx.Client, told: Loopback, new_id: NewId, wrong: dict[str, Any]
) -> None:
    answer = api.post(SUBSCRIPTIONS, json={**subscription(new_id("Sub"), told, "A"), **wrong})
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")


def test_no_uri_is_no_subscription(api: httpx.Client) -> None:
    for answer in (api.get(f"{SUBSCRIPTIONS}/x"), api.delete(f"{SUBSCRIPTIONS}/x")):
        assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")


def test_what_came_of_it_is_told(api: httpx.Client, told: Loopback, new_id: NewId) -> None:
    id = new_id("Sub")
    register(api, registration(new_id("Reg"), "Lift"))
    subscribe(api, subscription(id, told, "Lift"))
    told.wait(1)
    notification = api.get(f"{SUBSCRIPTIONS}/{id}").json()["notification"]
    assert (notification["timesSent"], notification["status"]) == (1, "ok")
    assert notification["lastSuccess"] >= notification["lastNotification"]


def test_who_was_told_is_known_after_a_restart(tmp_path: Path, told: Loopback) -> None:
    first, second = "urn:ngsi-ld:Reg:1", "urn:ngsi-ld:Reg:2"
    with broker(tmp_path, synchronous="FULL") as one, one.client() as api:
        register(api, registration(first, "Tram"))
        subscribe(api, subscription("urn:ngsi-ld:Sub:1", told, "Tram"))
        told.wait(1)
    with broker(tmp_path) as two, two.client() as api:
        register(api, registration(second, "Tram"))
        assert reasons(told.wait(2)) == [("newlyMatching", [first]), ("newlyMatching", [second])]


@pytest.mark.clause("4.14", "5.5.10")
def test_each_branch_has_its_own(server: Broker, told: Loopback, new_id: NewId) -> None:
    server.cities["test"].fork("sources", title={"ko": "안", "en": "A"}, reason="a test")
    with server.client(NGSILD_Tenant="test~sources") as branch, server.client() as main:
        register(main, registration(new_id("Reg"), "Cable"))
        source = new_id("Reg")
        subscribe(branch, subscription(new_id("Sub"), told, "Cable"))
        register(branch, registration(source, "Cable"))
        (got,) = told.wait(1)
        assert reasons([got]) == [("newlyMatching", [source])]
        assert got.headers["ngsild-tenant"] == "test~sources"
