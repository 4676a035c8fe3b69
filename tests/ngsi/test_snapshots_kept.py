"""Snapshots: what queries find, frozen beside the city, read and changed by its own header (5.16, 5.5.15, 6.3.22)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from brokers import Broker, Loopback, broker, loopback
from madang.web.ngsi import snapshotting

pytestmark = pytest.mark.clause("5.16", "5.5.15", "6.36", "6.37", "6.38", "6.3.22", "4.3.7", "5.2.41")
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
CONTEXT = {"Halt": "https://example.org/Halt", "routes": "https://example.org/routes"}
LD = {"Content-Type": "application/ld+json"}
NewId = Callable[..., str]
_kinds = itertools.count()


@pytest.fixture
def told() -> Iterator[Loopback]:
    """Where it is heard that a snapshot is ready."""
    with loopback() as found:
        yield found


@pytest.fixture
def kind(api: httpx.Client) -> str:
    """Five entities of a type no other test has."""
    name = f"Frozen{next(_kinds)}"
    batch = [{"id": f"urn:ngsi-ld:{name}:{n}", "type": name, "n": {"type": "Property", "value": n}} for n in range(5)]
    assert api.post("/entityOperations/create", json=batch).status_code == 201
    return name


def query(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "Query", "entities": [{"type": kind}], **more}


def ready(api: httpx.Client, told: Loopback, body: dict[str, Any], path: str = "/snapshots", **headers: str) -> str:
    """The id of a new snapshot, once its notification came."""
    before = len(told.received)
    sent = {"type": "Snapshot", "endpoint": f"{told.url}/ready", **body}
    answer = api.post(path, json=sent, headers=headers)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    told.wait(before + 1)
    return str(answer.headers["location"]).rpartition("/")[2]


def in_snapshot(server: Broker, id: str) -> httpx.Client:
    return server.client(NGSILD_Snapshot=id)


def test_a_snapshot_keeps_what_its_query_found_whatever_comes_after(
    server: Broker, api: httpx.Client, told: Loopback, kind: str
) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind, q="n<3")]})
    assert api.get(f"/snapshots/{id}").json()["snapshotStatus"] == "success"
    api.delete(f"/entities/urn:ngsi-ld:{kind}:0")
    api.patch(f"/entities/urn:ngsi-ld:{kind}:1", json={"n": {"type": "Property", "value": 90}})
    with in_snapshot(server, id) as snapshot:
        read = snapshot.get("/entities", params={"type": kind, "options": "simplified"})
        assert [one["n"] for one in read.json()] == [0, 1, 2]
        assert read.headers["ngsild-snapshot"] == id
        assert snapshot.get(f"/entities/urn:ngsi-ld:{kind}:4").status_code == 404
        assert list(snapshot.get("/types").json()["typeList"]) == [kind]


def test_all_pages_of_a_query_are_kept_as_of_one_moment(server: Broker, api: httpx.Client, told: Loopback) -> None:
    batch = [{"id": f"urn:ngsi-ld:Many:{n}", "type": "Many"} for n in range(1201)]
    assert api.post("/entityOperations/create", json=batch).status_code == 201
    id = ready(api, told, {"snapshotQueries": [query("Many")]})
    with in_snapshot(server, id) as snapshot:
        counted = snapshot.get("/entities", params={"type": "Many", "count": "true", "limit": 0})
    assert counted.headers["ngsild-results-count"] == "1201"


def test_what_is_changed_in_a_snapshot_stays_in_it(
    server: Broker, api: httpx.Client, told: Loopback, kind: str
) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind)]})
    with in_snapshot(server, id) as snapshot:
        assert snapshot.delete(f"/entities/urn:ngsi-ld:{kind}:0").status_code == 204
        assert snapshot.post("/entities", json={"id": "urn:ngsi-ld:If:1", "type": "If"}).status_code == 201
        assert len(snapshot.get("/entities", params={"type": kind}).json()) == 4
    assert api.get(f"/entities/urn:ngsi-ld:{kind}:0").status_code == 200
    assert api.get("/entities/urn:ngsi-ld:If:1").status_code == 404


def test_names_are_read_by_the_context_of_the_request(server: Broker, api: httpx.Client, told: Loopback) -> None:
    entity = {
        "@context": CONTEXT,
        "id": "urn:ngsi-ld:Halt:s1",
        "type": "Halt",
        "routes": {"type": "Property", "value": 4},
    }
    assert api.post("/entities", content=orjson.dumps(entity), headers=LD).status_code == 201
    body = {
        "@context": CONTEXT,
        "type": "Snapshot",
        "snapshotQueries": [query("Halt", q="routes==4")],
        "endpoint": f"{told.url}/ready",
    }
    made = api.post("/snapshots", content=orjson.dumps(body), headers=LD)
    (got,) = told.wait(1)
    assert got.json()["snapshotStatus"] == "success"
    with in_snapshot(server, made.headers["location"].rpartition("/")[2]) as snapshot:
        assert snapshot.get("/entities/urn:ngsi-ld:Halt:s1").json()["type"] == CONTEXT["Halt"]


def test_the_notification_says_how_it_went(api: httpx.Client, told: Loopback, kind: str) -> None:
    queries = [query(kind), query(kind, q="n>50"), {"type": "Query", "q": "((", "entities": [{"type": kind}]}]
    more = {"snapshotQueries": queries, "receiverInfo": [{"key": "X-Desk", "value": "7"}], "snapshotPriority": 2}
    id = ready(api, told, more)
    (got,) = told.received
    said = got.json()
    assert (said["type"], said["snapshotId"], said["snapshotPriority"]) == ("SnapshotNotification", id, 2)
    assert [one["resultStatus"] for one in said["snapshotQueriesDetails"]] == ["success", "empty", "failure"]
    assert said["snapshotQueriesDetails"][2]["problemDetails"]["status"] == 400
    assert said["snapshotStatus"] == "partial"
    assert (got.headers["x-desk"], got.headers["content-type"]) == ("7", "application/json")
    assert api.get(f"/snapshots/{id}").json()["snapshotQueriesDetails"] == said["snapshotQueriesDetails"]


@pytest.mark.parametrize(
    ("queries", "status"),
    [([query("Nothing")], "empty"), ([{"type": "Query", "entities": [{"type": "X"}], "q": "(("}], "failure")],
)
def test_a_snapshot_of_nothing_says_so(
    api: httpx.Client, told: Loopback, queries: list[dict[str, Any]], status: str
) -> None:
    id = ready(api, told, {"snapshotQueries": queries})
    assert api.get(f"/snapshots/{id}").json()["snapshotStatus"] == status


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Snap", "snapshotQueries": [query("A")]},
        {"type": "Snapshot"},
        {"type": "Snapshot", "snapshotQueries": []},
        {"type": "Snapshot", "snapshotQueries": "A"},
        {"type": "Snapshot", "snapshotQueries": [{"entities": []}]},
        {"type": "Snapshot", "snapshotQueries": [query("A", temporalQ={"timerel": "before"})]},
        {"type": "Snapshot", "snapshotTemporalQueries": [query("A")]},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "snapshotPriority": 11},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "snapshotPriority": "5"},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "snapshotLifetime": "tomorrow"},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "snapshotLifetime": 5},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "endpoint": "nowhere"},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "receiverInfo": [{"key": "a b", "value": "c"}]},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "id": "no uri"},
        {"type": "Snapshot", "snapshotQueries": [query("A")], "colour": "red"},
        {"type": "Snapshot", "snapshotQueries": [query("A")] * 17},
    ],
)
def test_what_is_no_snapshot_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post("/snapshots", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")


def test_an_id_is_given_or_made_and_used_once(api: httpx.Client, told: Loopback, kind: str) -> None:
    mine = {"id": f"urn:ngsi-ld:Snapshot:{kind}", "snapshotQueries": [query(kind)]}
    assert ready(api, told, mine) == mine["id"]
    answer = api.post("/snapshots", json={"type": "Snapshot", **mine})
    assert (answer.status_code, answer.json()["type"]) == (409, f"{ERRORS}AlreadyExists")
    assert ready(api, told, {"snapshotQueries": [query(kind)]}).startswith("urn:")


def test_members_that_only_the_server_says_are_not_taken_from_clients(
    api: httpx.Client, told: Loopback, kind: str
) -> None:
    id = ready(
        api, told, {"snapshotQueries": [query(kind)], "snapshotStatus": "empty", "expiresAt": "1999-01-01T00:00:00Z"}
    )
    said = api.get(f"/snapshots/{id}").json()
    assert (said["snapshotStatus"], said["snapshotPriority"]) == ("success", 5)
    assert said["expiresAt"] > said["createdAt"]
    assert said["lastUsedAt"]


def test_an_update_changes_lifetime_and_priority_and_tells(api: httpx.Client, told: Loopback, kind: str) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind)]})
    before = api.get(f"/snapshots/{id}").json()
    fragment = {"type": "Snapshot", "snapshotLifetime": "PT2H", "snapshotPriority": 9}
    answer = api.patch(f"/snapshots/{id}", json=fragment)
    assert answer.status_code == 200
    assert (answer.json()["snapshotPriority"], answer.json()["snapshotLifetime"]) == (9, "PT2H")
    assert answer.json()["expiresAt"] < before["expiresAt"]
    assert told.wait(2)[1].json()["expiresAt"] == answer.json()["expiresAt"]
    for wrong in ({"snapshotQueries": [query(kind)]}, {"id": "urn:x:y"}, {"snapshotPriority": 0}):
        assert api.patch(f"/snapshots/{id}", json={"type": "Snapshot", **wrong}).status_code == 400
    assert api.patch("/snapshots/urn:ngsi-ld:Snapshot:none", json=fragment).status_code == 404


def test_a_clone_has_all_that_the_original_has_and_goes_its_own_way(
    server: Broker, api: httpx.Client, told: Loopback, kind: str
) -> None:
    original = ready(api, told, {"snapshotQueries": [query(kind)]})
    with in_snapshot(server, original) as snapshot:
        snapshot.delete(f"/entities/urn:ngsi-ld:{kind}:0")
    clone = ready(api, told, {}, f"/snapshots/{original}/clone")
    assert api.get(f"/snapshots/{clone}").json()["snapshotQueries"] == [query(kind)]
    assert api.delete(f"/snapshots/{original}").status_code == 204
    with in_snapshot(server, clone) as snapshot:
        assert len(snapshot.get("/entities", params={"type": kind}).json()) == 4
    body = {"type": "Snapshot", "id": clone}
    assert api.post(f"/snapshots/{clone}/clone", json=body).status_code == 409
    assert api.post("/snapshots/urn:ngsi-ld:Snapshot:none/clone", json={"type": "Snapshot"}).status_code == 404
    more = {"type": "Snapshot", "snapshotQueries": [query(kind)]}
    assert api.post(f"/snapshots/{clone}/clone", json=more).status_code == 400


def test_what_is_deleted_is_gone_with_its_file(server: Broker, api: httpx.Client, told: Loopback, kind: str) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind)]})
    folder = server.cities["test"].path.with_name("test.snapshots")
    files = set(folder.iterdir())
    assert api.delete(f"/snapshots/{id}").status_code == 204
    assert len(set(folder.iterdir())) < len(files)
    for answer in (api.get(f"/snapshots/{id}"), api.delete(f"/snapshots/{id}")):
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")
    with in_snapshot(server, id) as snapshot:
        read = snapshot.get("/entities", params={"type": kind})
    assert (read.status_code, read.headers["ngsild-snapshot"]) == (404, id)


def test_no_uri_is_no_snapshot(api: httpx.Client) -> None:
    for answer in (api.get("/snapshots/abc"), api.delete("/snapshots/abc"), api.patch("/snapshots/abc", json={})):
        assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")


def test_a_purge_takes_those_that_fit(api: httpx.Client, told: Loopback, kind: str) -> None:
    low = ready(api, told, {"snapshotQueries": [query(kind)], "snapshotPriority": 1})
    high = ready(api, told, {"snapshotQueries": [query(kind)], "snapshotPriority": 10})
    assert api.delete("/snapshots", params={"q": "snapshotPriority<2"}).status_code == 204
    assert api.get(f"/snapshots/{low}").status_code == 404
    assert api.get(f"/snapshots/{high}").status_code == 200
    assert api.delete("/snapshots", params={"q": "snapshotPriority<2"}).status_code == 404
    for wrong in ({}, {"q": "(("}, {"q": "name==3"}):
        assert api.delete("/snapshots", params=wrong).status_code == 400


def test_the_time_of_a_snapshot_ends(server: Broker, api: httpx.Client, told: Loopback, kind: str) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind)], "snapshotLifetime": "PT0.001S"})
    with in_snapshot(server, id) as snapshot:
        assert snapshot.get("/entities", params={"type": kind}).status_code == 404
    assert api.get(f"/snapshots/{id}").status_code == 404


def test_when_there_are_too_many_the_least_important_goes(
    tmp_path: Path, told: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshotting, "MOST", 2)
    with broker(tmp_path) as small, small.client() as api:
        first = ready(api, told, {"snapshotQueries": [query("A")], "snapshotPriority": 3})
        second = ready(api, told, {"snapshotQueries": [query("A")], "snapshotPriority": 8})
        third = api.post("/snapshots", json={"type": "Snapshot", "snapshotQueries": [query("A")]})
        assert third.status_code == 201
        assert api.get(f"/snapshots/{first}").status_code == 404
        assert api.get(f"/snapshots/{second}").status_code == 200
        (ended,) = told.wait(1, where=lambda got: got.json()["expiresAt"] < got.json()["notifiedAt"])
        assert ended.json()["snapshotId"] == first


def test_snapshots_outlive_the_server(tmp_path: Path, told: Loopback) -> None:
    with broker(tmp_path, synchronous="FULL") as first, first.client() as api:
        api.post("/entities", json={"id": "urn:ngsi-ld:Kept:1", "type": "Kept"})
        id = ready(api, told, {"snapshotQueries": [query("Kept")]})
    with broker(tmp_path) as again, again.client() as api, in_snapshot(again, id) as snapshot:
        assert api.get(f"/snapshots/{id}").json()["snapshotStatus"] == "success"
        assert len(snapshot.get("/entities", params={"type": "Kept"}).json()) == 1


@pytest.mark.clause("4.14", "5.5.10")
def test_a_snapshot_belongs_to_its_tenant(server: Broker, told: Loopback) -> None:
    server.cities["test"].fork("frozen", title={"ko": "안", "en": "A"}, reason="a test")
    with server.client(NGSILD_Tenant="test~frozen") as branch, server.client() as main:
        branch.post("/entities", json={"id": "urn:ngsi-ld:OnBranch:1", "type": "OnBranch"})
        id = ready(branch, told, {"snapshotQueries": [query("OnBranch")]})
        assert told.received[-1].headers["ngsild-tenant"] == "test~frozen"
        assert main.get(f"/snapshots/{id}").status_code == 404
        with server.client(NGSILD_Tenant="test~frozen", NGSILD_Snapshot=id) as snapshot:
            assert len(snapshot.get("/entities", params={"type": "OnBranch"}).json()) == 1
        with in_snapshot(server, id) as wrong:
            assert wrong.get("/entities", params={"type": "OnBranch"}).status_code == 404


def test_subscriptions_and_registrations_belong_to_the_city(
    server: Broker, api: httpx.Client, told: Loopback, kind: str
) -> None:
    id = ready(api, told, {"snapshotQueries": [query(kind)]})
    with in_snapshot(server, id) as snapshot:
        answer = snapshot.post("/subscriptions", json={})
        assert (answer.status_code, answer.json()["type"]) == (422, f"{ERRORS}OperationNotSupported")


def test_a_city_is_free_while_a_snapshot_is_filled(api: httpx.Client, kind: str) -> None:
    gate = threading.Event()
    with loopback(lambda got: (gate.wait(10), (200, {}, b""))[1]) as slow:
        body = {"type": "Snapshot", "snapshotQueries": [query(kind)], "endpoint": f"{slow.url}/slow"}
        assert api.post("/snapshots", json=body).status_code == 201
        assert api.get(f"/entities/urn:ngsi-ld:{kind}:0").status_code == 200
        gate.set()
        slow.wait(1)
