"""Subscriptions go on to registered sources, and what these tell comes back to the subscriber (5.8.1.4, 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from brokers import Broker, Loopback, Received, broker, loopback
from source_doubles import lamp, registered, source, without

pytestmark = pytest.mark.clause("5.8.1", "5.8.2", "5.8.5", "5.8.6")

SUBSCRIPTIONS = "/ngsi-ld/v1/subscriptions"
TAKES = (("POST", "/subscriptions", 201, None), ("PATCH", "/subscriptions", 204, None))
GIVES_BACK = ("DELETE", "/subscriptions", 204, None)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path / "here") as found:
        yield found


def subscribed(api: httpx.Client, uri: str, **members: Any) -> str:
    body = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": {"endpoint": {"uri": uri}}}
    answer = api.post("/subscriptions", json={**body, **members})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].removeprefix("/ngsi-ld/v1")


def of(method: str) -> Any:
    return lambda got: got.method == method and got.path.startswith(SUBSCRIPTIONS)


def test_a_source_gets_a_copy_of_what_it_has_and_loses_it(here: Broker, callbacks: Loopback) -> None:
    with source(*TAKES, GIVES_BACK) as other, here.client() as api:
        told = [{"key": "X-Key", "value": "k"}]
        information = [{"entities": [{"type": "Lamp", "idPattern": "^urn:x:"}], "propertyNames": ["watt", "colour"]}]
        registered(api, other.url, information=information, contextSourceInfo=told, tenant="their")
        secret = [{"key": "Authorization", "value": "Bearer of the subscriber"}]
        path = subscribed(
            api,
            callbacks.url,
            entities=[{"type": "Lamp"}, {"type": "Bench"}],
            watchedAttributes=["watt", "height"],
            q="watt>3",
            notification={"attributes": ["watt"], "endpoint": {"uri": callbacks.url, "receiverInfo": secret}},
        )
        got = other.wait(1, where=of("POST"))[0]
        assert (got.headers["ngsild-tenant"], got.headers["x-key"]) == ("their", "k")
        copy = got.json()
        assert copy["entities"] == [{"type": "Lamp", "idPattern": "^urn:x:"}]
        assert (copy["watchedAttributes"], copy["q"], copy["localOnly"]) == (["watt"], "watt>3", True)
        assert set(copy["notification"]["endpoint"]) == {"uri", "accept"}
        assert copy["notification"]["endpoint"]["uri"].startswith(f"{here.url}/told/test/")
        assert b"Bearer" not in got.body
        assert path.endswith(copy["id"]) is False
        assert api.patch(path, json={"q": "watt>5"}).status_code == 204
        changed = other.wait(1, where=of("PATCH"))[0]
        assert (changed.path, changed.json()["q"]) == (f"{SUBSCRIPTIONS}/{copy['id']}", "watt>5")
        assert api.delete(path).status_code == 204
        assert other.wait(1, where=of("DELETE"))[0].path == f"{SUBSCRIPTIONS}/{copy['id']}"


def test_what_happens_there_is_told_by_here(here: Broker, callbacks: Loopback, tmp_path: Path) -> None:
    with broker(tmp_path / "there") as there, here.client() as api, there.client() as far:
        path = subscribed(api, callbacks.url)
        registration = registered(api, there.url)
        _until(lambda: len(far.get("/subscriptions").json()) == 1)
        far.post("/entities", json=lamp("urn:ngsi-ld:Lamp:far", watt=7))
        body = callbacks.wait(1)[0].json()
        assert path.endswith(body["subscriptionId"])
        assert [(one["id"], one["watt"]["value"]) for one in body["data"]] == [("urn:ngsi-ld:Lamp:far", 7)]
        without(api, registration)
        _until(lambda: far.get("/subscriptions").json() == [])
        far.post("/entities", json=lamp("urn:ngsi-ld:Lamp:later", watt=7))
        api.post("/entities", json=lamp("urn:ngsi-ld:Lamp:near", watt=8))
        assert callbacks.wait(2)[1].json()["data"][0]["id"] == "urn:ngsi-ld:Lamp:near"


def test_two_that_know_each_other_send_nothing_in_circles(here: Broker, callbacks: Loopback, tmp_path: Path) -> None:
    with broker(tmp_path / "there") as there, here.client() as api, there.client() as far:
        registered(api, there.url)
        registered(far, here.url)
        subscribed(api, callbacks.url)
        _until(lambda: len(far.get("/subscriptions").json()) == 1)
        far.post("/entities", json=lamp("urn:ngsi-ld:Lamp:once", watt=7))
        assert callbacks.wait(1)[0].json()["data"][0]["id"] == "urn:ngsi-ld:Lamp:once"
        assert len(api.get("/subscriptions").json()) == 1


def test_a_source_that_takes_none_gets_none(here: Broker, callbacks: Loopback) -> None:
    with source(*TAKES) as silent, source(*TAKES) as other, here.client() as api:
        registered(api, silent.url, operations=["retrieveOps"])
        registered(api, silent.url, mode="auxiliary", operations=["retrieveOps"])
        registered(api, silent.url, types=["Bench"])
        for members in ({"localOnly": True}, {"splitEntities": True}):
            subscribed(api, callbacks.url, **members)
        registered(api, other.url)
        subscribed(api, callbacks.url)
        other.wait(1, where=of("POST"))
        assert len(other.received) == 1
        assert not silent.received


def test_copies_are_known_after_a_new_start(tmp_path: Path, callbacks: Loopback) -> None:
    with source(*TAKES, GIVES_BACK) as other:
        with broker(tmp_path) as one, one.client() as api:
            registered(api, other.url)
            path = subscribed(api, callbacks.url)
            copy = other.wait(1, where=of("POST"))[0].json()
            _until(lambda: any(entry.doc.get("made") for entry in _kept(one)))
        key = copy["notification"]["endpoint"]["uri"].partition("/told/")[2]
        with broker(tmp_path) as one, one.client() as api:
            notification = {"id": "urn:x:n:1", "type": "Notification", "subscriptionId": copy["id"]}
            body = {**notification, "data": [lamp("urn:ngsi-ld:Lamp:old", watt=1)]}
            _until(lambda: httpx.post(f"{one.url}/told/{key}", json=body).status_code == 204)
            assert callbacks.wait(1)[0].json()["data"] == body["data"]
            for wrong in ("test/nobody", "nowhere/key", "test"):
                refused = httpx.post(f"{one.url}/told/{wrong}", json=body)
                assert (refused.status_code, refused.json()["code"]) == (404, "subscriptions.copy-unknown")
            assert httpx.post(f"{one.url}/told/{key}", content=b"{").status_code == 400
            api.delete(path)
            other.wait(1, where=of("DELETE"))
            _until(lambda: _kept(one) == [])
        assert len([got for got in other.received if of("POST")(got)]) == 1
        assert len(callbacks.received) == 1


def test_a_source_that_fails_is_asked_again(here: Broker, callbacks: Loopback) -> None:
    tries: list[Received] = []

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        tries.append(got)
        return (500 if len(tries) == 1 else 201), {}, b""

    with loopback(answer) as other, here.client() as api:
        registered(api, other.url)
        subscribed(api, callbacks.url)
        first, second = other.wait(2)
        assert first.json()["id"] == second.json()["id"]


def _kept(one: Broker) -> list[Any]:
    return one.cities["test"].store.entries("forwarded-subscription")


def _until(holds: Any) -> None:
    """Ask until it holds: what services do is seen in answers only."""
    from madang import clock

    end = clock.elapsed_s() + 20
    while not holds():
        assert clock.elapsed_s() < end
