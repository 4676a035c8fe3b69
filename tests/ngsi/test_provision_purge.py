"""Purge: DELETE entities/ by query, whole entities or some of their attributes (clauses 5.6.21, 6.4.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from brokers import broker

BAD_REQUEST = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
pytestmark = [pytest.mark.clause("5.6.21"), pytest.mark.clause("6.4.3.3")]

Left = Callable[[], list[str]]


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def house(number: int, **more: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [127 + number / 100, 37.0]}
    given = {
        "name": prop(f"house {number}"),
        "floors": prop(number),
        "location": {"type": "GeoProperty", "value": point},
    }
    return {"id": f"urn:ngsi-ld:House:{number}", "type": "House", "scope": f"/s{number % 2}", **given, **more}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    """A broker with four houses and a shed."""
    with broker(tmp_path) as found, found.client() as client:
        shed = {"id": "urn:ngsi-ld:Shed:1", "type": "Shed", "name": prop("shed")}
        client.post("/entityOperations/create", json=[*(house(number) for number in range(1, 5)), shed])
        yield client


@pytest.fixture
def left(api: httpx.Client) -> Left:
    """What is left: the last parts of the ids."""
    return lambda: sorted(one["id"][len("urn:ngsi-ld:") :] for one in api.get("/entities?type=House,Shed").json())


ALL = ["House:1", "House:2", "House:3", "House:4", "Shed:1"]


@pytest.mark.parametrize(
    ("parameters", "gone"),
    [
        ({"type": "House"}, ALL[:4]),
        ({"type": "House", "id": "urn:ngsi-ld:House:2,urn:ngsi-ld:Shed:1"}, ["House:2"]),
        ({"type": "House", "idPattern": ".*:[34]"}, ["House:3", "House:4"]),
        ({"q": 'name=="house 1"'}, ["House:1"]),
        ({"q": "floors>2"}, ["House:3", "House:4"]),
        ({"type": "House", "q": 'floors>1;name~="house"'}, ALL[1:4]),
        ({"attrs": "floors"}, ALL[:4]),
        ({"type": "House", "scopeQ": "/s1"}, ["House:1", "House:3"]),
        (
            {"georel": "near;maxDistance==1200", "geometry": "Point", "coordinates": "[127.02,37.0]"},
            ["House:1", "House:2", "House:3"],
        ),
        ({"type": "*"}, ALL),
        ({"local": "true"}, ALL),
        ({"type": "Castle"}, []),
    ],
)
def test_what_a_query_finds_goes(api: httpx.Client, left: Left, parameters: dict[str, str], gone: list[str]) -> None:
    answer = api.delete("/entities/", params=parameters)
    assert (answer.status_code, answer.content) == (204, b"")
    assert left() == [one for one in ALL if one not in gone]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"id": "urn:ngsi-ld:House:1"},
        {"idPattern": ".*"},
        {"attrs": "createdAt"},
        {"q": 'modifiedAt>"2020-01-01T00:00:00Z"'},
        {"id": "no uri", "type": "House"},
        {"type": "House", "q": 'floors=="x'},
        {"type": "House", "csf": 'floors=="x'},
        {"type": "House", "q": 'owner{name}=="x"'},
        {"type": "House", "attrs": "owner{name}"},
        {"type": "House", "drop": "owner{name}"},
        {"type": "House", "drop": "9lives"},
        {"type": "House", "keep": "name", "drop": "floors"},
        {"type": "*", "local": "false"},
        {"type": "House", "georel": "near", "geometry": "Point", "coordinates": "[1]"},
    ],
)
def test_a_purge_that_is_too_wide_or_says_nothing_is_refused(
    api: httpx.Client, left: Left, parameters: dict[str, str]
) -> None:
    answer = api.delete("/entities/", params=parameters)
    assert (answer.status_code, answer.json()["type"]) == (400, BAD_REQUEST)
    assert left() == ALL


def test_only_some_attributes_go(api: httpx.Client, left: Left) -> None:
    assert (
        api.delete("/entities/", params={"type": "House", "q": "floors==1", "drop": "name,location"}).status_code == 204
    )
    assert set(api.get("/entities/urn:ngsi-ld:House:1").json()) == {"id", "type", "scope", "floors"}
    assert api.delete("/entities/", params={"id": "urn:ngsi-ld:House:2", "keep": "name"}).status_code == 204
    assert set(api.get("/entities/urn:ngsi-ld:House:2").json()) == {"id", "type", "scope", "name"}
    assert set(api.get("/entities/urn:ngsi-ld:House:3").json()) == set(house(3))
    assert left() == ALL


def test_what_only_an_adoption_may_change_stays_and_is_named(tmp_path: Path) -> None:
    with broker(tmp_path / "planned") as found, found.client(NGSILD_Tenant="test~plan") as branch:
        found.cities["test"].fork("plan", title={"ko": "안", "en": "plan"}, reason="a test")
        plan = {"id": "urn:ngsi-ld:Plan:test:1", "type": "Plan", "name": prop("계획")}
        assert branch.post("/entities", json=plan).status_code == 201
        assert branch.post("/entities", json=house(1)).status_code == 201
        assert branch.delete("/entities?type=House").status_code == 204
        assert branch.get("/entities?type=House,Plan").json() == [plan]
        with found.client() as main:
            assert main.get("/entities?local=true").json() == []
