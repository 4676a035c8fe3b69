"""Addresses of this machine are refused at every door, however they are spelled, and nothing is sent there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, Loopback, broker, loopback
from loops import in_a_loop_of_its_own
from madang.errors import MadangError
from madang.hub.mqtt import Mqtt
from madang.hub.outgoing import Outgoing, is_refused
from madang.web.around import Settings
from madang.web.ngsi.contextfetch import fetch

pytestmark = pytest.mark.clause("5.8.1", "5.9.2", "5.5.6")

SPELLINGS = (
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "127.0.0.1.",
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
    "\u24dbocalhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "169.254.169.254", "[fe80::1]", "[::ffff:a9fe:a9fe]",
)  # fmt: skip


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server that was not started to send to this machine."""
    with broker(tmp_path_factory.mktemp("closed"), settings=Settings()) as found, found.client() as client:
        yield client


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


def at(neighbour: Loopback, host: str) -> str:
    return f"http://{host}:{neighbour.url.rpartition(':')[2]}"


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_is_refused_before_anything_is_sent(neighbour: Loopback, host: str) -> None:
    async def asking() -> None:
        outgoing = Outgoing()
        try:
            with pytest.raises(MadangError, match="this machine"):
                await outgoing.request("GET", at(neighbour, host), within_s=2)
        finally:
            await outgoing.close()

    in_a_loop_of_its_own(asking())
    assert not neighbour.received


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "192.168.1.4", "192.0.2.1", "2001:db8::1", "city.example.org", "64.2.1.1"]
)
def test_other_addresses_are_not(host: str) -> None:
    assert not is_refused(host)


def test_a_name_that_leads_here_is_refused_when_it_is_looked_up(
    neighbour: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(self: Any, host: str, port: int = 0, family: Any = 0) -> list[dict[str, Any]]:
        return [{"hostname": host, "host": "::ffff:127.0.0.1", "port": port, "family": 10, "proto": 6, "flags": 0}]

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", found)

    async def asking() -> None:
        outgoing = Outgoing()
        try:
            with pytest.raises(MadangError, match="this machine"):
                await outgoing.request("GET", at(neighbour, "city.example.org"), within_s=2)
        finally:
            await outgoing.close()

    in_a_loop_of_its_own(asking())
    assert not neighbour.received


def test_a_context_server_can_not_send_us_here(neighbour: Loopback) -> None:
    class Elsewhere(Outgoing):
        """An Outgoing whose first answer leads here."""

        async def request(self, method: str, url: str, **rest: Any) -> Any:
            if "example.org" in url:
                from madang.hub.outgoing import Answer

                return Answer(302, {"location": at(neighbour, "2130706433")}, b"")
            return await super().request(method, url, **rest)

    with pytest.raises(MadangError, match="this machine"):
        in_a_loop_of_its_own(fetch(Elsewhere(), "https://city.example.org/c.jsonld"))
    assert not neighbour.received


@pytest.mark.parametrize("host", ["127.1", "localhost", "[::ffff:127.0.0.1]", "\uff11\uff12\uff17.0.0.1"])
def test_every_door_of_the_api_is_closed(closed: httpx.Client, neighbour: Loopback, host: str) -> None:
    here = at(neighbour, host)
    subscription = {"type": "Subscription", "entities": [{"type": "Lamp"}]}
    for path in ("/subscriptions", "/csourceSubscriptions"):
        for uri in (here, here.replace("http", "mqtt") + "/topic"):
            answer = closed.post(path, json={**subscription, "notification": {"endpoint": {"uri": uri}}})
            assert answer.status_code == 400, (path, uri, answer.text)
            assert "machine" in answer.json()["detail"]
    query = {"type": "Query", "entities": [{"type": "Lamp"}]}
    answer = closed.post("/snapshots", json={"type": "Snapshot", "snapshotQueries": [query], "endpoint": here})
    assert answer.status_code == 400
    named = f"{here}/c.jsonld"
    ready = {**subscription, "notification": {"endpoint": {"uri": "https://city.example.org/"}}}
    for answer in (
        closed.post("/subscriptions", json={**ready, "jsonldContext": named}),
        closed.get("/entities", params={"type": "Lamp"}, headers={b"Link": CONTEXT_LINK.format(url=named).encode()}),
        closed.post(
            "/entities",
            json={"@context": [named], "id": "urn:ngsi-ld:Lamp:r1", "type": "Lamp"},
            headers={"Content-Type": "application/ld+json"},
        ),
    ):
        assert answer.status_code in (400, 504), answer.text
    assert not neighbour.received


@pytest.mark.parametrize("host", ["127.1", "localhost", "[::ffff:127.0.0.1]", "\uff11\uff12\uff17.0.0.1"])
def test_a_registered_source_here_is_not_asked(closed: httpx.Client, neighbour: Loopback, host: str) -> None:
    information = [{"entities": [{"type": "Lamp"}]}]
    for told in ({}, {"contextSourceInfo": [{"key": "jsonldContext", "value": at(neighbour, host) + "/c.jsonld"}]}):
        body = {"type": "ContextSourceRegistration", "information": information, "endpoint": at(neighbour, host)}
        made = closed.post("/csourceRegistrations", json={**body, **told})
        assert made.status_code == 201, made.text
        answer = closed.get("/entities", params={"type": "Lamp"})
        assert answer.status_code == 200
        assert "machine" in answer.headers["ngsild-warning"] or "jsonld" in answer.headers["ngsild-warning"]
        closed.delete(made.headers["location"].removeprefix("/ngsi-ld/v1"))
    assert not neighbour.received


@pytest.mark.parametrize("host", ["127.1", "2130706433", "localhost", "[::ffff:7f00:1]", "\uff11\uff12\uff17.0.0.1"])
def test_a_broker_of_messages_here_is_refused(neighbour: Loopback, host: str) -> None:
    uri = at(neighbour, host).replace("http", "mqtt") + "/topic"
    sender = Mqtt()
    try:
        with pytest.raises(MadangError, match="machine"):
            in_a_loop_of_its_own(sender.send(uri, {"headers": {}}, b"{}", within_s=2))
    finally:
        sender.close()
    assert not neighbour.received
