"""What every test of the API stands on: an empty broker that answers, and loopback servers that remember."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from brokers import Loopback


def test_an_empty_broker_keeps_an_entity_and_gives_it_back(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id = new_id()
    given = {"id": id, "type": "Thing", "speed": {"type": "Property", "value": 3}}
    assert api.post("/entities", json=given).status_code == 201
    assert api.get(f"/entities/{id}").json() == given


def test_a_loopback_server_remembers_what_it_got(callbacks: Loopback) -> None:
    assert httpx.post(callbacks.url + "/here", json={"a": 1}).status_code == 200
    assert callbacks.wait(1)[0].json() == {"a": 1}
