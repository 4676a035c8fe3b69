"""What could not be delivered is read and sent again, over HTTP and from the command line; the browser's stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from brokers import Broker, Loopback, broker, loopback
from madang.cli import run
from madang.store import Store

pytestmark = pytest.mark.clause("5.8.6")

NewId = Callable[..., str]


@pytest.fixture
def city(server: Broker) -> Iterator[httpx.Client]:
    """A client of the pages' API of the only city."""
    with httpx.Client(base_url=f"{server.url}/api/cities/test", timeout=30) as found:
        yield found


def subscribe(api: httpx.Client, kind: str, url: str) -> str:
    """Subscribe an address to a type."""
    given = {
        "type": "Subscription",
        "entities": [{"type": kind}],
        "notification": {
            "endpoint": {"uri": url, "receiverInfo": [{"key": "Authorization", "value": "Bearer secret"}]}
        },
    }
    answer = api.post("/subscriptions", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


def put(api: httpx.Client, id: str, kind: str, value: Any) -> None:
    """Make an entity."""
    given = {"id": id, "type": kind, "a": {"type": "Property", "value": value}}
    assert api.post("/entities", json=given).status_code == 201


def until_dead(city: httpx.Client, subscription: str, count: int) -> list[dict[str, Any]]:
    """The dead letters of a subscription, when there are as many."""
    while True:
        found = city.get("/notifications/dead", params={"subscription": subscription}).json()
        if len(found) >= count:
            return list(found)


def test_a_dead_letter_is_read_and_sent_again(
    api: httpx.Client, city: httpx.Client, callbacks: Loopback, new_id: NewId
) -> None:
    callbacks.answering = lambda got: (413, {}, b"")
    subscription = subscribe(api, "Dead", callbacks.url + "/x")
    put(api, id := new_id(), "Dead", 1)
    dead = until_dead(city, subscription, 1)[0]
    assert (dead["tries"], dead["problem"], dead["subscription"]) == (3, "HTTP 413", subscription)
    assert dead["notification"]["data"][0]["id"] == id
    assert "secret" not in str(dead)
    assert city.get("/notifications").json()["dead"] >= 1
    callbacks.answering = None
    assert city.post("/notifications/replay", json={"ids": [dead["number"]]}).json() == {"replayed": 1}
    again = callbacks.wait(4)[3]
    assert again.json() == dead["notification"]
    assert again.headers["authorization"] == "Bearer secret"
    assert city.get("/notifications/dead", params={"subscription": subscription}).json() == []
    assert api.delete(f"/subscriptions/{subscription}").status_code == 204


def test_dead_letters_are_thrown_away_and_what_is_named_wrongly_is_refused(
    api: httpx.Client, city: httpx.Client, callbacks: Loopback, new_id: NewId
) -> None:
    callbacks.answering = lambda got: (400, {}, b"")
    subscription = subscribe(api, "Gone", callbacks.url + "/x")
    put(api, new_id(), "Gone", 1)
    until_dead(city, subscription, 1)
    assert city.post("/notifications/discard", json={}).status_code == 400
    assert city.post("/notifications/discard", json={"ids": ["x"]}).status_code == 400
    assert city.get("/notifications/dead?limit=x").status_code == 400
    assert city.post("/notifications/discard", json={"subscription": subscription}).json() == {"discarded": 1}
    assert api.delete(f"/subscriptions/{subscription}").status_code == 204


def test_the_command_line_lists_and_sends_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with loopback(lambda got: (422, {}, b"")) as receiver:
        with broker(tmp_path) as server, server.client() as api:
            subscription = subscribe(api, "Dead", receiver.url + "/x")
            put(api, "urn:e:1", "Dead", 1)
            with httpx.Client(base_url=f"{server.url}/api/cities/test") as city:
                until_dead(city, subscription, 1)
        file = str(tmp_path / "test.gpkg")
        capsys.readouterr()
        assert run(["subscriptions", "list", file]) == 0
        assert subscription in capsys.readouterr().out
        assert run(["subscriptions", "list", file, "--json"]) == 0
        told = orjson.loads(capsys.readouterr().out)[0]["notification"]
        assert (told["status"], told["timesSent"], told["timesFailed"]) == ("failed", 1, 3)
        assert run(["subscriptions", "dead", file]) == 0
        assert "HTTP 422" in capsys.readouterr().out
        assert run(["subscriptions", "dead", file, "--json"]) == 0
        number = orjson.loads(capsys.readouterr().out)[0]["number"]
        assert run(["subscriptions", "replay", file]) != 0
        assert run(["subscriptions", "replay", file, "--number", str(number)]) == 0
        receiver.answering = None
        with broker(tmp_path):
            receiver.wait(4)
        assert run(["subscriptions", "replay", file, "--all", "--json"]) == 0
        assert run(["subscriptions", "discard", file, "--all"]) == 0


# -- the stream -------------------------------------------------------------------------------------------------------


class Reader:
    """Reads a stream on a thread, event by event."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self) -> dict[str, str]:
        """The next event that is no comment."""
        event: dict[str, str] = {}
        for line in self._lines:
            if not line and event.keys() - {"retry"}:
                return event
            if line and not line.startswith(":"):
                name, _, text = line.partition(": ")
                event[name] = text
        raise AssertionError("the stream ended")


@contextmanager
def streaming(city: httpx.Client, last: str | None = None, **parameters: str) -> Iterator[Reader]:
    """A stream that is open: its first comment has come."""
    headers = {"Last-Event-ID": last} if last else {}
    with city.stream("GET", "/stream", params=parameters, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(lines) == ": madang"
        yield Reader(lines)


def test_a_page_hears_of_what_matches(api: httpx.Client, city: httpx.Client, new_id: NewId) -> None:
    with streaming(city, type="Heard", q="a>1", format="simplified") as reader:
        put(api, new_id(), "Heard", 1)
        put(api, id := new_id(), "Heard", 2)
        event = reader.next()
        assert event["event"] == "change"
        assert orjson.loads(event["data"]) == {"id": id, "type": "Heard", "a": 2}
        assert int(event["id"]) > 0
        assert api.delete(f"/entities/{id}").status_code == 204
        assert "deletedAt" in orjson.loads(reader.next()["data"])


def test_a_page_that_comes_back_hears_what_it_missed(api: httpx.Client, city: httpx.Client, new_id: NewId) -> None:
    with streaming(city, type="Missed") as reader:
        put(api, new_id(), "Missed", 1)
        last = reader.next()["id"]
    put(api, new_id(), "Missed", 2)
    put(api, new_id(), "Missed", 3)
    with streaming(city, last=last, type="Missed") as reader:
        put(api, new_id(), "Missed", 4)
        values = [orjson.loads(reader.next()["data"])["a"]["value"] for _ in range(3)]
    assert values == [2, 3, 4]


def test_who_reads_too_slowly_is_cut_off_with_the_reason(
    api: httpx.Client, city: httpx.Client, new_id: NewId, monkeypatch: pytest.MonkeyPatch
) -> None:
    from madang.hub.outbox import Listener

    with streaming(city, type="Slow") as reader:
        tell = Listener.tell

        def full(self: Listener, due: Any) -> None:
            tell(self, due)
            self.is_cut = True

        monkeypatch.setattr(Listener, "tell", full)
        put(api, new_id(), "Slow", 1)
        first = reader.next()
        cut = reader.next()
        assert cut["event"] == "cut"
        assert orjson.loads(cut["data"]) == {"reason": "too-slow", "last": int(first["id"])}


def test_a_stream_of_what_can_not_be_asked_is_refused(city: httpx.Client) -> None:
    assert city.get("/stream?q=a>").status_code == 400
    assert city.get("/stream?format=short").status_code == 400
    assert city.get("/stream?other=1").status_code == 400


def test_a_city_that_is_only_read_tells_nobody(tmp_path: Path) -> None:
    Store.create(tmp_path / "t.gpkg", city_id="t", title={"ko": "t", "en": "t"}).close()
    assert run(["subscriptions", "list", str(tmp_path / "t.gpkg")]) == 0
