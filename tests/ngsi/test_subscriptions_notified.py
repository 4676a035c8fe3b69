"""What subscribers are told, when, and in which form (clause 5.8.6)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, LONGEST_WAIT_S, Broker, Loopback, Received, broker, loopback, serving_context
from madang import clock
from madang.entities.entity import NULL

pytestmark = [pytest.mark.clause("5.8.6"), pytest.mark.clause("5.3.1")]

NewId = Callable[..., str]
Subscribing = Callable[..., str]
LD, GEO = "application/ld+json", "application/geo+json"
POINT = {"type": "Point", "coordinates": [127.1, 37.4]}


@pytest.fixture
def subscribe(api: httpx.Client, callbacks: Loopback, new_id: NewId) -> Iterator[Subscribing]:
    """Subscribe the loopback server to entities of a type; members given take the place of others."""
    made: list[str] = []

    def subscribe(kind: str, *, endpoint: Any = None, told: Any = None, headers: Any = None, **members: Any) -> str:
        id = new_id("Subscription")
        given = {
            "id": id,
            "type": "Subscription",
            "entities": [{"type": kind}],
            "notification": {"endpoint": {"uri": callbacks.url + "/notify", **(endpoint or {})}, **(told or {})},
            **members,
        }
        given = {name: part for name, part in given.items() if part is not None}
        answer = api.post("/subscriptions", json=given, headers=headers)
        assert answer.status_code == 201, answer.text
        made.append(id)
        return id

    yield subscribe
    for id in made:
        api.delete(f"/subscriptions/{id}")


@pytest.fixture
def kind(new_id: NewId) -> str:
    """A type that no other test uses."""
    return "Kind" + new_id().rpartition(":")[2]


def told(got: Received) -> dict[str, Any]:
    """The one entity of a notification."""
    body = got.json()
    assert body["type"] == "Notification"
    assert clock.from_text(body["notifiedAt"])
    assert len(body["data"]) == 1
    return dict(body["data"][0])


def put(api: httpx.Client, id: str, type: str, **values: Any) -> dict[str, Any]:
    """Make an entity of plain properties, or of instances as given."""
    parts = {n: v if isinstance(v, (dict, list)) else {"type": "Property", "value": v} for n, v in values.items()}
    made = {"id": id, "type": type, **parts}
    answer = api.post("/entities", json=made)
    assert answer.status_code == 201, answer.text
    return made


def test_a_new_entity_is_told_as_it_is(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscription, id = subscribe(kind), new_id()
    made = put(api, id, kind, speed=1)
    got = callbacks.wait(1)[0]
    assert told(got) == made
    assert got.json()["subscriptionId"] == subscription
    assert got.json()["id"].startswith("urn:ngsi-ld:Notification:")
    assert got.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in got.headers["link"]
    assert "ngsild-tenant" not in got.headers


def test_only_what_matches_is_told(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, q="speed>10")
    subscribe(kind, entities=[{"type": kind, "id": "urn:never:1"}])
    subscribe(kind, entities=[{"type": kind, "idPattern": "never"}])
    subscribe(kind, watchedAttributes=["colour"])
    subscribe(kind, scopeQ="/never")
    subscribe(kind, isActive=False)
    subscribe(
        kind,
        geoQ={"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [0, 0]},
    )
    put(api, new_id(), kind, speed=3, location={"type": "GeoProperty", "value": POINT})
    put(api, last := new_id(), kind, speed=30)
    assert told(callbacks.wait(1)[0])["id"] == last
    assert len(callbacks.received) == 1


@pytest.mark.clause("4.17", "5.2.33")
def test_types_may_be_an_expression_and_ids_a_list(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    one, other, third = new_id(), new_id(), new_id()
    subscribe(kind, entities=[{"type": f"Other|({kind};Both)", "id": [one, other]}])
    put(api, third, kind, a=1)
    assert api.post("/entities", json={"id": one, "type": [kind], "a": {"type": "Property", "value": 1}}).is_success
    both = {"id": other, "type": [kind, "Both"], "a": {"type": "Property", "value": 1}}
    assert api.post("/entities", json=both).is_success
    assert told(callbacks.wait(1)[0])["id"] == other


def test_a_change_of_a_watched_attribute_is_told_with_the_attributes_asked_for(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    put(api, id := new_id(), kind, speed=1, colour="red", size=3)
    subscribe(kind, watchedAttributes=["speed"], told={"attributes": ["speed", "size"]})
    assert api.patch(f"/entities/{id}/attrs", json={"colour": {"type": "Property", "value": "blue"}}).is_success
    assert api.patch(f"/entities/{id}/attrs", json={"speed": {"type": "Property", "value": 2}}).is_success
    got = told(callbacks.wait(1)[0])
    assert set(got) == {"id", "type", "speed", "size"}
    assert got["speed"]["value"] == 2


@pytest.mark.clause("4.21")
def test_pick_and_omit_choose_members(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, told={"pick": ["id", "speed"]})
    subscribe(kind, told={"omit": ["id", "speed"]})
    put(api, id := new_id(), kind, speed=1, size=2)
    found = sorted((got.json()["data"][0] for got in callbacks.wait(2)), key=len)
    assert {"id": id, "speed": {"type": "Property", "value": 1}} in found
    assert {"type": kind, "size": {"type": "Property", "value": 2}} in found


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("normalized", {"speed": {"type": "Property", "value": 1, "unitCode": "KMH"},
                        "name": {"type": "Property", "value": "a"}}),
        ("concise", {"speed": {"value": 1, "unitCode": "KMH"}, "name": "a"}),
        ("simplified", {"speed": 1, "name": "a"}),
        ("keyValues", {"speed": 1, "name": "a"}),
    ],
)  # fmt: skip
def test_each_format(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId, format: str, expected: Any
) -> None:
    subscribe(kind, told={"format": format})
    put(api, id := new_id(), kind, speed={"type": "Property", "value": 1, "unitCode": "KMH"}, name="a")
    assert told(callbacks.wait(1)[0]) == {"id": id, "type": kind, **expected}


@pytest.mark.clause("5.2.15")
def test_json_ld_has_the_context_inside_and_no_link(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, endpoint={"accept": LD})
    put(api, new_id(), kind, speed=1)
    got = callbacks.wait(1)[0]
    assert "@context" in told(got)
    assert "link" not in got.headers
    assert got.headers["content-type"] == LD


@pytest.mark.clause("4.5.16")
def test_geojson_is_a_collection(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, endpoint={"accept": GEO})
    plain = subscribe(kind, endpoint={"accept": GEO, "receiverInfo": [{"key": "Prefer", "value": "body=json"}]})
    put(api, id := new_id(), kind, location={"type": "GeoProperty", "value": POINT})
    for got in callbacks.wait(2):
        data = got.json()["data"]
        assert got.headers["content-type"] == GEO
        assert data["type"] == "FeatureCollection"
        assert data["features"][0]["id"] == id
        assert data["features"][0]["geometry"] == POINT
        assert data["features"][0]["properties"]["type"] == kind
        is_plain = got.json()["subscriptionId"] == plain
        assert ("@context" in data) is not is_plain
        assert ("link" in got.headers) is is_plain


@pytest.mark.clause("5.2.22", "6.3.14")
def test_receiver_info_and_the_tenant_are_headers(
    server: Broker, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId, api: httpx.Client
) -> None:
    subscribe(
        kind,
        endpoint={"receiverInfo": [{"key": "Authorization", "value": "Bearer x"}, {"key": "X-Own", "value": "1"}]},
        headers={"NGSILD-Tenant": "test"},
    )
    put(api, new_id(), kind, speed=1)
    headers = callbacks.wait(1)[0].headers
    assert headers["authorization"] == "Bearer x"
    assert headers["x-own"] == "1"
    assert headers["ngsild-tenant"] == "test"


@contextmanager
def own_terms(*names: str) -> Iterator[str]:
    """The address of a @context of some terms."""
    with loopback(serving_context({name: f"https://example.org/{name}" for name in names})) as found:
        yield found.url + "/own.jsonld"


@pytest.mark.clause("5.8.1")
def test_names_are_those_of_the_subscription_or_of_its_jsonld_context(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    with own_terms(kind, "tempo") as url:
        link = {"Link": CONTEXT_LINK.format(url=url)}
        by_link = subscribe(kind, headers=link)
        core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
        by_core = subscribe(kind, headers=link, jsonldContext=core, endpoint={"accept": LD})
        given = {"id": new_id(), "type": kind, "tempo": {"type": "Property", "value": 1}}
        assert api.post("/entities", json=given, headers=link).is_success
        found = {got.json()["subscriptionId"]: got for got in callbacks.wait(2)}
    assert told(found[by_link]) == given
    assert url in found[by_link].headers["link"]
    full = told(found[by_core])
    assert full["type"] == f"https://example.org/{kind}"
    assert full["https://example.org/tempo"] == given["tempo"]
    assert full["@context"] == core


# -- changes ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.2.14.1")
def test_former_values_are_told_where_asked_for(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    parts: dict[str, Any] = {
        "p": {"type": "Property", "value": 1},
        "r": {"type": "Relationship", "object": "urn:a:1"},
        "l": {"type": "LanguageProperty", "languageMap": {"ko": "가", "en": "a"}},
        "v": {"type": "VocabProperty", "vocab": "red"},
        "j": {"type": "JsonProperty", "json": {"id": 1, "n": None}},
        "g": {"type": "GeoProperty", "value": POINT},
        "s": {"type": "Property", "value": "same"},
    }
    put(api, id := new_id(), kind, **parts)
    subscribe(kind, told={"showChanges": True})
    new: dict[str, Any] = {
        "p": {"type": "Property", "value": 2},
        "r": {"type": "Relationship", "object": "urn:a:2"},
        "l": {"type": "LanguageProperty", "languageMap": {"ko": "나"}},
        "v": {"type": "VocabProperty", "vocab": "blue"},
        "j": {"type": "JsonProperty", "json": [2]},
        "g": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    }
    assert api.patch(f"/entities/{id}/attrs", json={**new, "n": {"type": "Property", "value": 9}}).is_success
    got = told(callbacks.wait(1)[0])
    assert got["p"] == {**new["p"], "previousValue": 1}
    assert got["r"] == {**new["r"], "previousObject": "urn:a:1"}
    assert got["l"] == {**new["l"], "previousLanguageMap": {"ko": "가", "en": "a"}}
    assert got["v"] == {**new["v"], "previousVocab": "red"}
    assert got["j"] == {**new["j"], "previousJson": {"id": 1, "n": None}}
    assert got["g"] == {**new["g"], "previousValue": POINT}
    assert got["s"] == parts["s"]
    assert got["n"] == {"type": "Property", "value": 9}


@pytest.mark.parametrize(
    ("format", "sys", "changes", "expected"),
    [
        ("normalized", False, False, {"type": "Property", "value": NULL}),
        ("concise", False, False, NULL),
        ("simplified", False, False, NULL),
        ("normalized", False, True, {"type": "Property", "value": NULL, "previousValue": "b"}),
        ("concise", False, True, {"value": NULL, "previousValue": "b"}),
    ],
)
def test_an_attribute_that_was_deleted_is_null(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId,
    format: str, sys: bool, changes: bool, expected: Any,
) -> None:  # fmt: skip
    put(api, id := new_id(), kind, a="a", b="b")
    subscribe(kind, notificationTrigger=["attributeDeleted"], told={"format": format, "showChanges": changes})
    assert api.delete(f"/entities/{id}/attrs/b").status_code == 204
    got = told(callbacks.wait(1)[0])
    assert got["b"] == expected
    assert "a" in got


def test_a_language_property_that_was_deleted_has_a_null_map(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    put(api, id := new_id(), kind, l={"type": "LanguageProperty", "languageMap": {"ko": "가"}}, a=1)
    subscribe(kind, notificationTrigger=["attributeDeleted"], told={"showChanges": True})
    assert api.delete(f"/entities/{id}/attrs/l").status_code == 204
    null_map = {"type": "LanguageProperty", "languageMap": {"@none": NULL}, "previousLanguageMap": {"ko": "가"}}
    assert told(callbacks.wait(1)[0])["l"] == null_map


@pytest.mark.clause("4.5.5")
def test_instances_of_an_attribute(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    french = {"type": "Property", "value": "b", "datasetId": "urn:d:fr"}
    german = {"type": "Property", "value": "c", "datasetId": "urn:d:de"}
    default = {"type": "Property", "value": "a"}
    put(api, id := new_id(), kind, name=[default, french, german])
    one = subscribe(kind, notificationTrigger=["attributeDeleted"], told={"format": "keyValues"})
    assert api.delete(f"/entities/{id}/attrs/name?datasetId=urn:d:fr").status_code == 204
    assert told(callbacks.wait(1)[0])["name"] == {"dataset": {"@none": "a", "urn:d:de": "c", "urn:d:fr": NULL}}
    api.delete(f"/subscriptions/{one}")
    subscribe(kind, notificationTrigger=["attributeDeleted"])
    assert api.delete(f"/entities/{id}/attrs/name?deleteAll=true").status_code == 204
    assert told(callbacks.wait(2)[1])["name"] == {"type": "Property", "value": NULL}


@pytest.mark.clause("4.5.5")
def test_only_the_datasets_asked_for_are_told(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    french = {"type": "Property", "value": "b", "datasetId": "urn:d:fr"}
    named = subscribe(kind, datasetId=["urn:d:fr"])
    default = subscribe(kind, datasetId=["@none"])
    put(api, new_id(), kind, name=[{"type": "Property", "value": "a"}, french], other=1)
    found = {got.json()["subscriptionId"]: told(got) for got in callbacks.wait(2)}
    assert found[named]["name"] == french
    assert "other" not in found[named]
    assert found[default]["name"] == {"type": "Property", "value": "a"}
    assert "other" in found[default]


@pytest.mark.clause("4.8")
def test_a_deleted_entity_says_when(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    put(api, id := new_id(), kind, a=1, b=2)
    bare = subscribe(kind, notificationTrigger=["entityDeleted"])
    timed = subscribe(kind, notificationTrigger=["entityDeleted"], told={"sysAttrs": True})
    changes = subscribe(kind, notificationTrigger=["entityDeleted"], told={"showChanges": True})
    watching = subscribe(kind, notificationTrigger=["attributeDeleted"], watchedAttributes=["a"])
    both = subscribe(kind, notificationTrigger=["attributeDeleted"], watchedAttributes=["a"], told={"sysAttrs": True})
    subscribe(kind)  # neither created nor updated: not told
    assert api.delete(f"/entities/{id}").status_code == 204
    found = {got.json()["subscriptionId"]: told(got) for got in callbacks.wait(5)}
    for one in found.values():
        assert clock.from_text(one.pop("deletedAt"))
    assert found[bare] == {"id": id, "type": kind}
    assert set(found[timed]) == {"id", "type", "createdAt", "modifiedAt"}
    assert found[changes] == {
        "id": id, "type": kind,
        "a": {"type": "Property", "value": NULL, "previousValue": 1},
        "b": {"type": "Property", "value": NULL, "previousValue": 2},
    }  # fmt: skip
    assert found[watching] == {"id": id, "type": kind, "a": {"type": "Property", "value": NULL}}
    assert set(found[both]["a"]) == {"type", "value", "createdAt", "modifiedAt", "deletedAt"}


@pytest.mark.clause("4.8")
def test_system_times_come_with_sys_attrs(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    with_times = subscribe(kind, told={"sysAttrs": True})
    without = subscribe(kind)
    put(api, id := new_id(), kind, a=1)
    found = {got.json()["subscriptionId"]: told(got) for got in callbacks.wait(2)}
    timed, bare = found[with_times], found[without]
    assert {"createdAt", "modifiedAt"} <= set(timed)
    assert {"createdAt", "modifiedAt"} <= set(timed["a"])
    assert bare == {"id": id, "type": kind, "a": {"type": "Property", "value": 1}}


@pytest.mark.clause("5.2.14.1")
def test_when_it_ends_is_told_with_sys_attrs_only(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    with_times = subscribe(kind, told={"sysAttrs": True})
    without = subscribe(kind)
    end = "2090-01-01T00:00:00Z"
    given = {"id": new_id(), "type": kind, "expiresAt": end, "a": {"type": "Property", "value": 1, "expiresAt": end}}
    assert api.post("/entities", json=given).status_code == 201
    found = {got.json()["subscriptionId"]: told(got) for got in callbacks.wait(2)}
    assert clock.from_text(found[with_times]["expiresAt"]) == clock.from_text(end)
    assert "expiresAt" in found[with_times]["a"]
    assert "expiresAt" not in found[without]
    assert "expiresAt" not in found[without]["a"]


@pytest.mark.clause("4.5.18")
def test_a_language_is_chosen(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, lang="en")
    put(api, new_id(), kind, name={"type": "LanguageProperty", "languageMap": {"ko": "가", "en": "a"}})
    assert told(callbacks.wait(1)[0])["name"] == {"type": "Property", "value": "a", "lang": "en"}


@pytest.mark.clause("4.5.23")
def test_linked_entities_come_flat_or_inline(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    city = put(api, new_id("City"), "Ville", name="Paris")
    put(api, id := new_id(), kind, name="A", at={"type": "Relationship", "object": city["id"]})
    flat = subscribe(kind, told={"join": "flat", "joinLevel": 1, "attributes": ["at"]})
    inline = subscribe(kind, told={"join": "inline", "attributes": ["at"]})
    short = subscribe(kind, told={"join": "inline", "format": "simplified"})
    assert api.patch(f"/entities/{id}/attrs", json={"name": {"type": "Property", "value": "B"}}).is_success
    found = {got.json()["subscriptionId"]: got.json()["data"] for got in callbacks.wait(3)}
    at = {"type": "Relationship", "object": city["id"]}
    assert found[flat] == [{"id": id, "type": kind, "at": at}, city]
    assert found[inline] == [{"id": id, "type": kind, "at": {**at, "entity": city}}]
    assert found[short] == [
        {"id": id, "type": kind, "name": "B", "at": {"id": city["id"], "type": "Ville", "name": "Paris"}}
    ]


@pytest.mark.clause("4.9")
def test_a_query_may_follow_a_relationship(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    low, full = (put(api, new_id("Device"), "Device", level=level)["id"] for level in (0.3, 0.9))
    subscribe(kind, q="device{level}<0.5")
    put(api, new_id(), kind, device={"type": "Relationship", "object": full})
    put(api, id := new_id(), kind, device={"type": "Relationship", "object": low})
    assert told(callbacks.wait(1)[0])["id"] == id


# -- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.2.12")
def test_a_paused_subscription_is_silent_until_it_goes_on(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscription = subscribe(kind, isActive=False)
    put(api, id := new_id(), kind, a=1)
    assert api.patch(f"/subscriptions/{subscription}", json={"isActive": True}).status_code == 204
    assert api.patch(f"/entities/{id}/attrs", json={"a": {"type": "Property", "value": 2}}).is_success
    assert told(callbacks.wait(1)[0])["a"]["value"] == 2


@pytest.mark.clause("5.8.2")
def test_an_update_holds_from_then_on(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscription = subscribe(kind, q="a==1")
    put(api, new_id(), kind, a=1)
    assert api.patch(f"/subscriptions/{subscription}", json={"q": "a==2"}).status_code == 204
    put(api, new_id(), kind, a=1)
    put(api, new_id(), kind, a=2)
    assert [told(got)["a"]["value"] for got in callbacks.wait(2)] == [1, 2]


def test_writing_the_same_again_tells_nobody(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    put(api, id := new_id(), kind, a=1)
    subscribe(kind)
    for value in (1, 1, 2):
        assert api.patch(f"/entities/{id}/attrs", json={"a": {"type": "Property", "value": value}}).is_success
    assert told(callbacks.wait(1)[0])["a"]["value"] == 2


def test_changes_come_in_their_order(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind)
    put(api, id := new_id(), kind, a=0)
    for value in range(1, 30):
        assert api.patch(f"/entities/{id}/attrs", json={"a": {"type": "Property", "value": value}}).is_success
    assert [told(got)["a"]["value"] for got in callbacks.wait(30)] == list(range(30))


@pytest.mark.clause("5.6.7")
def test_a_batch_tells_each_entity(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind)
    ids = [new_id() for _ in range(5)]
    batch = [{"id": id, "type": kind, "a": {"type": "Property", "value": 1}} for id in ids]
    assert api.post("/entityOperations/create", json=batch).status_code == 201
    assert sorted(told(got)["id"] for got in callbacks.wait(5)) == sorted(ids)


@pytest.mark.clause("5.2.14.2")
def test_counters_and_times_are_kept(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscription = subscribe(kind)
    put(api, new_id(), kind, a=1)
    callbacks.wait(1)
    state = api.get(f"/subscriptions/{subscription}").json()["notification"]
    assert state["status"] == "ok"
    assert state["timesSent"] == 1
    assert clock.from_text(state["lastNotification"]) <= clock.from_text(state["lastSuccess"])
    assert "lastFailure" not in state
    listed = api.get("/subscriptions?limit=1000").json()
    assert next(one for one in listed if one["id"] == subscription)["notification"]["timesSent"] == 1


@pytest.mark.clause("5.2.14.2")
def test_a_failure_is_told_and_tried_again(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    answers = iter([500, 200])
    callbacks.answering = lambda got: (next(answers), {}, b"")
    subscription = subscribe(kind)
    put(api, new_id(), kind, a=1)
    first, again = callbacks.wait(2)
    assert first.body == again.body
    state = api.get(f"/subscriptions/{subscription}").json()["notification"]
    assert state["status"] == "ok"
    assert (state["timesSent"], state["timesFailed"]) == (1, 1)
    assert clock.from_text(state["lastFailure"]) <= clock.from_text(state["lastSuccess"])


def test_entities_of_a_branch_are_told_to_its_own_subscribers(
    server: Broker, callbacks: Loopback, kind: str, new_id: NewId
) -> None:
    if "plan-n" not in [one.name for one in server.cities["test"].branches()]:
        server.cities["test"].fork("plan-n", title={"ko": "나", "en": "N"}, reason="a test")
    given = {
        "type": "Subscription", "entities": [{"type": kind}],
        "notification": {"endpoint": {"uri": callbacks.url + "/n"}},
    }  # fmt: skip
    with server.client() as main, server.client(NGSILD_Tenant="test~plan-n") as branch:
        assert branch.post("/subscriptions", json=given).status_code == 201
        put(main, new_id(), kind, a=1)
        put(branch, id := new_id(), kind, a=2)
        got = callbacks.wait(1)[0]
        assert told(got)["id"] == id
        assert got.headers["ngsild-tenant"] == "test~plan-n"


def test_the_merge_of_a_branch_tells_the_subscribers_of_main_once(tmp_path: Path) -> None:
    with broker(tmp_path, cities=("town",)) as server, loopback() as calls:
        city = server.cities["town"]
        with server.client() as main, server.client(NGSILD_Tenant="town~plan") as plan:
            for number in range(3):
                put(main, f"urn:ngsi-ld:Car:{number}", "Car", v=0)
            city.store.fork("plan", actor="test", reason="try")
            for api, name in ((main, "main"), (plan, "plan")):
                given = {
                    "id": f"urn:ngsi-ld:Subscription:{name}", "type": "Subscription", "entities": [{"type": "Car"}],
                    "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted"],
                    "notification": {"showChanges": True, "endpoint": {"uri": f"{calls.url}/{name}"}},
                }  # fmt: skip
                assert api.post("/subscriptions", json=given).status_code == 201
            for value in (5, 7):
                plan.patch("/entities/urn:ngsi-ld:Car:0/attrs", json={"v": {"type": "Property", "value": value}})
            plan.delete("/entities/urn:ngsi-ld:Car:1")
            put(plan, "urn:ngsi-ld:Car:new", "Car", v=1)
            calls.wait(4)
            city.store.merge("plan", actor="test", reason="done")
            put(main, "urn:ngsi-ld:Car:last", "Car", v=2)
            calls.wait(8)
        of_main = [got.json()["data"][0] for got in calls.received if got.path == "/main"]
        assert [(one["id"][-4:], one["v"]["value"], one["v"].get("previousValue")) for one in of_main] == [
            ("ar:0", 7, 0), ("ar:1", NULL, 0), (":new", 1, None), ("last", 2, None)
        ]  # fmt: skip
        assert sum(got.path == "/plan" for got in calls.received) == 4


def test_a_dead_endpoint_delays_nobody_else(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    dead = subscribe(kind, endpoint={"uri": "http://127.0.0.1:9/none"})
    subscribe(kind)
    for value in range(20):
        put(api, new_id(), kind, a=value)
    assert [told(got)["a"]["value"] for got in callbacks.wait(20)] == list(range(20))
    assert api.get(f"/subscriptions/{dead}").json()["notification"]["status"] == "failed"


@pytest.mark.clause("5.2.15")
def test_a_slow_endpoint_delays_nobody_else_and_fails_after_its_timeout(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    let_go = threading.Event()

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        if got.path == "/slow":
            let_go.wait(LONGEST_WAIT_S)
        return 200, {}, b""

    callbacks.answering = answer
    slow = subscribe(kind, endpoint={"uri": callbacks.url + "/slow", "timeout": 50})
    patient = subscribe(kind, endpoint={"uri": callbacks.url + "/slow"})
    subscribe(kind, endpoint={"uri": callbacks.url + "/quick"})
    for value in range(10):
        put(api, new_id(), kind, a=value)
    quick = callbacks.wait(10, where=lambda got: got.path == "/quick")
    assert [told(got)["a"]["value"] for got in quick] == list(range(10))
    state: dict[str, Any] = {}
    while "lastFailure" not in state:
        state = api.get(f"/subscriptions/{slow}").json()["notification"]
    assert state["status"] == "failed"
    assert "lastSuccess" not in api.get(f"/subscriptions/{patient}").json()["notification"]
    let_go.set()


def test_one_that_was_deleted_and_made_again_begins_anew(
    api: httpx.Client, callbacks: Loopback, kind: str, new_id: NewId
) -> None:
    given = {
        "id": new_id("Subscription"), "type": "Subscription", "entities": [{"type": kind}],
        "notification": {"endpoint": {"uri": callbacks.url + "/x"}},
    }  # fmt: skip
    for value in range(3):
        assert api.post("/subscriptions", json=given).status_code == 201
        put(api, new_id(), kind, a=value)
        assert told(callbacks.wait(value + 1)[value])["a"]["value"] == value
        assert api.get(f"/subscriptions/{given['id']}").json()["notification"]["timesSent"] == 1
        assert api.delete(f"/subscriptions/{given['id']}").status_code == 204


@pytest.mark.clause("5.6.17")
def test_every_operation_that_changes_an_entity_tells(
    api: httpx.Client, callbacks: Loopback, subscribe: Subscribing, kind: str, new_id: NewId
) -> None:
    subscribe(kind, notificationTrigger=["entityCreated", "entityUpdated", "entityDeleted"])
    id = new_id()
    put(api, id, kind, a=0)

    def value(number: int) -> dict[str, Any]:
        return {"a": {"type": "Property", "value": number}}

    whole = {"id": id, "type": kind}
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", f"/entities/{id}", value(1)),
        ("PATCH", f"/entities/{id}/attrs", value(2)),
        ("POST", f"/entities/{id}/attrs", value(3)),
        ("PATCH", f"/entities/{id}/attrs/a", {"value": 4}),
        ("PUT", f"/entities/{id}/attrs/a", {"type": "Property", "value": 5}),
        ("PUT", f"/entities/{id}", {**whole, **value(6)}),
        ("POST", "/entityOperations/upsert", [{**whole, **value(7)}]),
        ("POST", "/entityOperations/update", [{**whole, **value(8)}]),
        ("POST", "/entityOperations/merge", [{**whole, **value(9)}]),
    ]
    for method, path, body in changes:
        answer = api.request(method, path, json=body)
        assert answer.is_success, (method, path, answer.text)
    assert api.post("/entityOperations/delete", json=[id]).is_success
    found = [told(got) for got in callbacks.wait(11)]
    assert [one["a"]["value"] for one in found] == [*range(10), NULL]
    assert "deletedAt" in found[-1]
