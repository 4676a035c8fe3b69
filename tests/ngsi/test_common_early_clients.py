"""What clients of early versions of the standard still say, and is understood."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from brokers import Loopback

NewId = Callable[..., str]


@pytest.mark.clause("6.3.13", "5.5.9")
@pytest.mark.parametrize("path", ["/entities", "/temporal/entities"])
@pytest.mark.parametrize("options", ["count", "count,sysAttrs", "sysAttrs,count"])
def test_count_as_an_option_is_count_true(api: httpx.Client, new_id: NewId, path: str, options: str) -> None:
    kind = "Early" + new_id().rpartition(":")[2]
    made = {"id": new_id(), "type": kind, "a": {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}}
    assert api.post("/entities", json=made).status_code == 201
    asked = (
        {"type": kind, "timerel": "after", "timeAt": "2025-01-01T00:00:00Z"} if "temporal" in path else {"type": kind}
    )
    plain = api.get(path, params={**asked, "count": "true", "options": options.replace("count", "").strip(",")})
    early = api.get(path, params={**asked, "options": options})
    assert (early.status_code, early.json()) == (200, plain.json())
    assert early.headers["ngsild-results-count"] == plain.headers["ngsild-results-count"] == "1"


@pytest.mark.clause("6.3.20")
def test_an_option_nobody_knows_is_refused_beside_count(api: httpx.Client) -> None:
    answer = api.get("/entities", params={"type": "T", "options": "count,colour"})
    assert (answer.status_code, answer.json()["code"]) == (400, "web.option-unknown")


@pytest.mark.clause("5.2.12", "5.8.1")
def test_a_query_written_as_if_in_an_address_is_read(api: httpx.Client, callbacks: Loopback, new_id: NewId) -> None:
    kind = "Early" + new_id().rpartition(":")[2]
    notification = {"endpoint": {"uri": callbacks.url}}
    given = {
        "type": "Subscription",
        "entities": [{"type": kind}],
        "q": "a%3E5%3Bb==%22x%22",
        "notification": notification,
    }
    made = api.post("/subscriptions", json=given)
    assert made.status_code == 201, made.text
    assert api.get(made.headers["location"].removeprefix("/ngsi-ld/v1")).json()["q"] == 'a>5;b=="x"'
    for value in (3, 7):
        entity = {"id": new_id(), "type": kind, "a": {"value": value}, "b": {"value": "x"}}
        assert api.post("/entities", json=entity).status_code == 201
    assert callbacks.wait(1)[0].json()["data"][0]["a"]["value"] == 7


@pytest.mark.clause("5.2.12", "5.8.1")
@pytest.mark.parametrize("q", ['a=="100%25"', 'a=="%3E"'])
def test_a_query_that_reads_as_it_stands_is_not_decoded(api: httpx.Client, callbacks: Loopback, q: str) -> None:
    given = {
        "type": "Subscription",
        "entities": [{"type": "T"}],
        "q": q,
        "notification": {"endpoint": {"uri": callbacks.url}},
    }
    made = api.post("/subscriptions", json=given)
    assert api.get(made.headers["location"].removeprefix("/ngsi-ld/v1")).json()["q"] == q


@pytest.mark.clause("5.2.12")
def test_a_subscription_keeps_its_early_name(api: httpx.Client, callbacks: Loopback) -> None:
    notification = {"endpoint": {"uri": callbacks.url}}
    given = {"type": "Subscription", "name": "dust", "entities": [{"type": "T"}], "notification": notification}
    made = api.post("/subscriptions", json=given)
    place = made.headers["location"].removeprefix("/ngsi-ld/v1")
    assert api.get(place).json()["name"] == "dust"
    assert api.patch(place, json={"name": "fine dust"}).status_code == 204
    assert api.get(place).json()["name"] == "fine dust"
