"""Subscriptions as resources: made, read, changed, deleted (clauses 5.8.1-5.8.5, 5.2.12-5.2.15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, Broker, Loopback, loopback, serving_context
from madang import clock

pytestmark = [pytest.mark.clause("5.8.1"), pytest.mark.clause("5.2.12"), pytest.mark.clause("6.10")]

NewId = Callable[..., str]
LD = "application/ld+json"


def subscription(id: str | None = None, **members: Any) -> dict[str, Any]:
    """A small subscription; members given take the place of its own."""
    made: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": "Sensor"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/notify"}},
    }
    return made | ({"id": id} if id else {}) | members


def test_a_subscription_is_made_and_given_back_as_it_was_said(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    given = subscription(id, q="speed>3", watchedAttributes=["speed"], description="fast ones")
    answer = api.post("/subscriptions", json=given)
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"/ngsi-ld/v1/subscriptions/{id}")
    shown = api.get(f"/subscriptions/{id}").json()
    assert shown == {
        **given, "status": "active", "notificationTrigger": ["attributeCreated", "attributeUpdated"],
    }  # fmt: skip


def test_without_an_id_one_is_made(api: httpx.Client) -> None:
    answer = api.post("/subscriptions", json=subscription())
    assert api.get(answer.headers["location"].removeprefix("/ngsi-ld/v1")).json()["id"].startswith("urn:")


def test_the_same_id_twice_is_refused(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    assert api.post("/subscriptions", json=subscription(id)).status_code == 201
    answer = api.post("/subscriptions", json=subscription(id))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/AlreadyExists")


@pytest.mark.clause("5.2.14", "5.2.15", "5.2.33", "5.2.13")
@pytest.mark.parametrize(
    "members",
    [
        {"id": "no-uri"},
        {"id": ""},
        {"type": "Thing"},
        {"entities": []},
        {"entities": None, "watchedAttributes": []},
        {"entities": [{"id": "urn:a:b"}]},
        {"entities": [{"type": "A;"}]},
        {"entities": [{"type": "A", "id": "nothing"}]},
        {"entities": [{"type": "A", "idPattern": "("}]},
        {"watchedAttributes": "speed"},
        {"notificationTrigger": ["entityChanged"]},
        {"notificationTrigger": []},
        {"q": "speed>"},
        {"csf": "(("},
        {"scopeQ": "a//b"},
        {"geoQ": {"georel": "near"}},
        {"geoQ": {"georel": "around", "geometry": "Point", "coordinates": [1, 2]}},
        {"geoQ": {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [1, 200]}},
        {"throttling": 0},
        {"throttling": -5},
        {"timeInterval": "5"},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 5, "watchedAttributes": ["speed"]},
        {"expiresAt": "2001-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"isActive": "yes"},
        {"datasetId": ["no-uri"]},
        {"jsonldContext": "unknownContext"},
        {"notification": {}},
        {"notification": {"endpoint": {}}},
        {"notification": {"endpoint": {"uri": "ftp://example.org/x"}}},
        {"notification": {"endpoint": {"uri": "no uri"}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "accept": "text/plain"}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "timeout": 0}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "cooldown": -1}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "receiverInfo": {"a": "b"}}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "receiverInfo": [{"key": "a b", "value": "c"}]}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "receiverInfo": [{"key": "a", "value": "b\nc"}]}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "receiverInfo": [{"key": "a", "value": 1}]}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9", "notifierInfo": [{"key": "a"}]}}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "format": "short"}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "attributes": []}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "attributes": ["id"]}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "pick": ["a"], "attributes": ["b"]}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "omit": ["a"], "attributes": ["b"]}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "pick": ["a", "b"], "omit": ["b"]}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "showChanges": True, "format": "keyValues"}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "join": "outer"}},
        {"notification": {"endpoint": {"uri": "http://127.0.0.1:9"}, "joinLevel": 0}},
        {"notification": {"endpoint": {"uri": "mqtt://127.0.0.1"}}},
        {
            "notification": {
                "endpoint": {"uri": "mqtt://127.0.0.1/a", "notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]}
            }
        },
    ],
    ids=str,
)
def test_what_no_subscription_may_be_is_bad_request_data(api: httpx.Client, members: dict[str, Any]) -> None:
    given = {name: part for name, part in (subscription() | members).items() if part is not None}
    answer = api.post("/subscriptions", json=given)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"].endswith("/BadRequestData")


def test_neither_entities_nor_attributes_needs_local_only(api: httpx.Client) -> None:
    given = subscription()
    del given["entities"]
    assert api.post("/subscriptions", json=given).status_code == 400
    assert api.post("/subscriptions", json={**given, "localOnly": True}).status_code == 201


def test_read_only_and_unknown_members_are_ignored(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    given = subscription(id, status="expired", hidden="x")
    given["notification"] = {**given["notification"], "timesSent": 42, "lastSuccess": "2020-01-01T00:00:00Z"}
    assert api.post("/subscriptions", json=given).status_code == 201
    shown = api.get(f"/subscriptions/{id}").json()
    assert shown["status"] == "active"
    assert "hidden" not in shown
    assert "timesSent" not in shown["notification"]


def test_a_context_that_can_not_be_had_is_504(api: httpx.Client) -> None:
    answer = api.post("/subscriptions", json=subscription(jsonldContext="http://127.0.0.1:9/none.jsonld"))
    assert answer.status_code == 504
    assert answer.json()["type"].endswith("/LdContextNotAvailable")


@pytest.mark.clause("5.8.3", "6.11")
def test_names_are_shown_by_the_context_of_whoever_asks(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    with loopback(serving_context({"Meter": "https://example.org/Meter", "tempo": "https://example.org/tempo"})) as own:
        given = subscription(
            id, entities=[{"type": "Meter|Other"}], watchedAttributes=["tempo"], q="tempo==4;x>1",
            geoQ={"georel": "within", "geometry": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]],
                  "geoproperty": "tempo"},
        )  # fmt: skip
        given["notification"] = {**given["notification"], "pick": ["id", "tempo"]}
        url = own.url + "/c.jsonld"
        answer = api.post("/subscriptions", json={**given, "@context": url}, headers={"Content-Type": LD})
        assert answer.status_code == 201, answer.text
        link = {"Link": CONTEXT_LINK.format(url=url)}
        shown = api.get(f"/subscriptions/{id}", headers=link).json()
        assert {name: shown[name] for name in given} == given
        shown = api.get(f"/subscriptions/{id}", headers={**link, "Accept": LD}).json()
        assert shown["@context"] == url
    plain = api.get(f"/subscriptions/{id}").json()
    assert plain["entities"] == [{"type": "https://example.org/Meter|Other"}]
    assert plain["watchedAttributes"] == ["https://example.org/tempo"]
    assert plain["notification"]["pick"] == ["id", "https://example.org/tempo"]
    assert plain["geoQ"]["geoproperty"] == "https://example.org/tempo"


@pytest.mark.clause("5.8.3")
def test_an_unknown_one_is_404_and_what_is_no_uri_400(api: httpx.Client, new_id: NewId) -> None:
    for method in ("GET", "DELETE"):
        assert api.request(method, f"/subscriptions/{new_id()}").status_code == 404
        assert api.request(method, "/subscriptions/nothing").status_code == 400
    assert api.patch(f"/subscriptions/{new_id()}", json={"isActive": False}).status_code == 404
    assert api.patch("/subscriptions/nothing", json={"isActive": False}).status_code == 400
    assert api.patch("/subscriptions/", json={"isActive": False}).status_code == 405
    assert api.delete("/subscriptions/").status_code == 405


@pytest.mark.clause("5.8.4")
def test_all_are_listed_page_by_page(server: Broker) -> None:
    with server.client() as api:
        before = int(api.get("/subscriptions?limit=0&count=true").headers["NGSILD-Results-Count"])
        ids = [api.post("/subscriptions", json=subscription()).headers["location"].rpartition("/")[2] for _ in range(3)]
        found, target = [], "/subscriptions?limit=2"
        for _ in range(100):
            answer = api.get(target)
            found += [one["id"] for one in answer.json()]
            after = answer.links.get("next")
            if after is None:
                break
            assert after["type"] == "application/json"
            target = after["url"].removeprefix("/ngsi-ld/v1")
        assert len(found) == before + 3
        assert [id for id in found if id in ids] == ids
        assert "prev" in api.get(f"/subscriptions?limit=1&offset={before + 1}").links
        assert api.get("/subscriptions?limit=-1").status_code == 400
        assert api.get("/subscriptions?limit=0").status_code == 400


@pytest.mark.clause("5.8.5", "6.11")
def test_a_deleted_one_is_gone(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))
    assert api.delete(f"/subscriptions/{id}").status_code == 204
    assert api.get(f"/subscriptions/{id}").status_code == 404
    assert api.delete(f"/subscriptions/{id}").status_code == 404


# -- update -----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.8.2", "5.5.8")
def test_members_are_replaced_and_nulls_take_them_away(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id, q="a>1", description="old", watchedAttributes=["a"]))
    fragment = {"type": "Subscription", "q": "a>2", "description": "urn:ngsi-ld:null", "watchedAttributes": None}
    answer = api.patch(f"/subscriptions/{id}", json=fragment)
    assert answer.status_code == 204
    assert not answer.content
    shown = api.get(f"/subscriptions/{id}").json()
    assert shown["q"] == "a>2"
    assert "description" not in shown
    assert "watchedAttributes" not in shown


@pytest.mark.clause("5.8.2")
def test_what_is_mandatory_can_not_be_taken_away(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))
    for fragment in (
        {"notification": None},
        {"notification": {"endpoint": None}},
        {"entities": None},
        {"type": "Other"},
        {"timeInterval": -1},
    ):
        assert api.patch(f"/subscriptions/{id}", json=fragment).status_code == 400, fragment


@pytest.mark.clause("5.8.2")
def test_a_notification_without_endpoint_keeps_the_one_there_is(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))
    assert api.patch(f"/subscriptions/{id}", json={"notification": {"format": "concise"}}).status_code == 204
    told = api.get(f"/subscriptions/{id}").json()["notification"]
    assert told == {"endpoint": {"uri": "http://127.0.0.1:9/notify"}, "format": "concise"}


@pytest.mark.clause("5.8.2")
def test_the_status_follows_is_active_and_expires_at(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))

    def status_after(**fragment: Any) -> str:
        assert api.patch(f"/subscriptions/{id}", json=fragment).status_code == 204
        return str(api.get(f"/subscriptions/{id}").json()["status"])

    now = clock.now()
    later = clock.to_text(now + timedelta(hours=1))
    assert status_after(isActive=False) == "paused"
    assert status_after(isActive=True) == "active"
    assert status_after(expiresAt=later) == "active"
    with clock.standing_at(now + timedelta(hours=2)):
        assert api.get(f"/subscriptions/{id}").json()["status"] == "expired"
        assert status_after(isActive=True) == "expired"
        assert status_after(isActive=False) == "expired"
        assert status_after(isActive=True, expiresAt=clock.to_text(now + timedelta(hours=3))) == "active"
    past = api.patch(f"/subscriptions/{id}", json={"expiresAt": "2001-01-01T00:00:00Z"})
    assert past.status_code == 400
    assert status_after(expiresAt=None) == "active"


@pytest.mark.clause("6.3.14")
def test_subscriptions_belong_to_their_tenant(server: Broker, new_id: NewId) -> None:
    id = new_id("Subscription")
    server.cities["test"].fork("plan-b", title={"ko": "나", "en": "B"}, reason="a test")
    with server.client() as main, server.client(NGSILD_Tenant="test~plan-b") as branch:
        assert branch.post("/subscriptions", json=subscription(id)).status_code == 201
        assert branch.get(f"/subscriptions/{id}").headers["ngsild-tenant"] == "test~plan-b"
        assert main.get(f"/subscriptions/{id}").status_code == 404
        assert main.post("/subscriptions", json=subscription(id)).status_code == 201


@pytest.mark.clause("6.3.6")
def test_the_version_preferred_is_acknowledged(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))
    for prefer in ("ngsi-ld=1.0", "NGSI-LD=1.0", 'ngsi-ld="1.0"', "ngsi-ld=1.0;q=0.1", "respond-async, ngsi-ld=1.0"):
        answer = api.get(f"/subscriptions/{id}", headers={"Prefer": prefer})
        assert answer.status_code == 200
        assert answer.headers["preference-applied"] == "ngsi-ld=1.0"
    assert "preference-applied" not in api.get(f"/subscriptions/{id}", headers={"Prefer": "respond-async"}).headers


def test_a_query_finds_no_subscription(api: httpx.Client, new_id: NewId, callbacks: Loopback) -> None:
    id = new_id("Subscription")
    api.post("/subscriptions", json=subscription(id))
    assert api.get(f"/entities/{id}").status_code == 404
    assert api.get("/entities?type=Subscription").json() == []
