"""Members that are asked for, and entities that are linked (4.21, 4.5.23; 5.7.1, 5.7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

NewId = Callable[..., str]
BAD = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"


@pytest.fixture
def chain(api: httpx.Client, new_id: NewId) -> dict[str, str]:
    """A house in a town in a country; the country knows its capital, which is the town: a circle."""
    ids = {"house": new_id("House"), "town": new_id("Town"), "country": new_id("Country")}
    bodies = [
        {"id": ids["house"], "type": "House", "name": value("집"), "inTown": link(ids["town"])},
        {
            "id": ids["town"],
            "type": "Town",
            "name": value("도시"),
            "note": value("n"),
            "inCountry": link(ids["country"]),
        },
        {"id": ids["country"], "type": "Country", "name": value("나라"), "capital": link(ids["town"])},
    ]
    for body in bodies:
        assert api.post("/entities", json=body).status_code == 201
    return ids


def value(given: Any) -> dict[str, Any]:
    return {"type": "Property", "value": given}


def link(id: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": id}


@pytest.mark.clause("4.21")
@pytest.mark.parametrize(
    ("asking", "members"),
    [
        ({"pick": "name"}, {"name"}),
        ({"pick": "id"}, {"id"}),
        ({"pick": "id|name"}, {"id", "name"}),
        ({"omit": "id,name"}, {"type", "inTown"}),
        ({"pick": "id,name", "omit": "inTown"}, {"id", "name"}),
        ({"attrs": "name"}, {"id", "type", "name"}),
    ],
)
def test_members_are_picked_and_omitted(
    api: httpx.Client, chain: dict[str, str], asking: dict[str, str], members: set[str]
) -> None:
    assert set(api.get(f"/entities/{chain['house']}", params=asking).json()) == members
    listed = api.get("/entities", params={"type": "House", "idPattern": f"^{chain['house']}$", **asking}).json()
    assert [set(one) for one in listed] == [members]


@pytest.mark.clause("4.21", "5.7.1.4", "5.7.2.4")
@pytest.mark.parametrize(
    "asking",
    [
        {"pick": "name", "omit": "name"},
        {"pick": "name", "attrs": "note"},
        {"omit": "name", "attrs": "note"},
        {"pick": "id;name"},
        {"pick": "id,inTown{name"},
        {"pick": "id,inTown{{name}"},
        {"pick": "id,,name"},
        {"pick": "name||id"},
        {"pick": "id,inTown{,name}"},
        {"pick": "id,inTown{}"},
        {"pick": ""},
        {"pick": "inTown{name}"},
        {"pick": "inTown{inCountry{name}}", "join": "inline", "joinLevel": "1"},
        {"omit": "inTown{inCountry{name}}", "join": "inline", "joinLevel": "1"},
        {"pick": "a{a{a{a{a{a{a{a{a{a{a{name}}}}}}}}}}}", "join": "inline", "joinLevel": "10"},
        {"join": "sideways"},
        {"join": "inline", "joinLevel": "0"},
        {"join": "inline", "joinLevel": "x"},
        {"joinLevel": "2"},
    ],
)
def test_what_can_not_be_projected_or_joined(api: httpx.Client, chain: dict[str, str], asking: dict[str, str]) -> None:
    for answer in (
        api.get(f"/entities/{chain['house']}", params=asking),
        api.get("/entities", params={"type": "House", **asking}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (400, BAD), answer.text


@pytest.mark.clause("4.5.23", "4.5.23.2")
def test_linked_entities_stand_inside_their_relationships(api: httpx.Client, chain: dict[str, str]) -> None:
    path = f"/entities/{chain['house']}"
    one = api.get(path, params={"join": "inline"}).json()
    assert one["inTown"]["object"] == chain["town"]
    assert one["inTown"]["entity"]["name"] == value("도시")
    assert "entity" not in one["inTown"]["entity"]["inCountry"]
    two = api.get(path, params={"join": "inline", "joinLevel": 2, "format": "simplified"}).json()
    assert two["inTown"]["inCountry"] == {
        "id": chain["country"],
        "type": "Country",
        "name": "나라",
        "capital": chain["town"],
    }
    concise = api.get(path, params={"join": "inline", "format": "concise"}).json()
    assert concise["inTown"]["entity"]["name"] == "도시"
    assert api.get(path, params={"join": "@none"}).json() == api.get(path).json()


@pytest.mark.clause("4.5.23.1")
def test_a_circle_of_relationships_ends_where_it_began(api: httpx.Client, chain: dict[str, str]) -> None:
    deep = api.get(f"/entities/{chain['town']}", params={"join": "inline", "joinLevel": 9}).json()
    country = deep["inCountry"]["entity"]
    assert country["capital"] == link(chain["town"])
    flat = api.get(f"/entities/{chain['town']}", params={"join": "flat", "joinLevel": 9}).json()
    assert [one["id"] for one in flat] == [chain["town"], chain["country"]]
    asking = {"join": "inline", "joinLevel": 2, "containedBy": chain["country"]}
    assert "entity" not in api.get(f"/entities/{chain['town']}", params=asking).json()["inCountry"]


@pytest.mark.clause("4.5.23.3")
def test_linked_entities_stand_behind_level_by_level(api: httpx.Client, chain: dict[str, str]) -> None:
    path = f"/entities/{chain['house']}"
    assert [one["id"] for one in api.get(path, params={"join": "flat", "joinLevel": 2}).json()] == list(chain.values())
    listed = api.get("/entities", params={"type": "House", "id": chain["house"], "join": "flat"}).json()
    assert [one["id"] for one in listed] == [chain["house"], chain["town"]]
    timed = api.get(path, params={"join": "flat", "options": "sysAttrs"}).json()
    assert all("createdAt" in one for one in timed)
    geo = api.get(path, params={"join": "flat"}, headers={"Accept": "application/geo+json"}).json()
    assert (geo["type"], len(geo["features"])) == ("FeatureCollection", 2)


@pytest.mark.clause("4.5.23.3", "4.5.23.2")
@pytest.mark.parametrize("join", ["inline", "flat"])
def test_a_relationship_that_leads_nowhere_stays(api: httpx.Client, new_id: NewId, join: str) -> None:
    body = {"id": (id := new_id("House")), "type": "House", "inTown": link("urn:ngsi-ld:Town:nowhere")}
    api.post("/entities", json=body)
    assert api.get(f"/entities/{id}", params={"join": join}).json() == body


@pytest.mark.clause("4.21", "4.5.23")
@pytest.mark.parametrize("join", ["inline", "flat"])
def test_members_of_linked_entities(api: httpx.Client, chain: dict[str, str], join: str) -> None:
    path = f"/entities/{chain['house']}"
    asking = {"join": join, "joinLevel": 2, "pick": "id,inTown{id,inCountry{name}}"}
    found = api.get(path, params=asking).json()
    country, town = {"name": value("나라")}, {"id": chain["town"], "inCountry": link(chain["country"])}
    if join == "inline":
        town["inCountry"]["entity"] = country
        assert found == {"id": chain["house"], "inTown": {**link(chain["town"]), "entity": town}}
    else:
        assert found == [{"id": chain["house"], "inTown": link(chain["town"])}, town, country]
    omitted = api.get(path, params={"join": join, "joinLevel": 1, "omit": "name,inTown{name,inCountry}"}).json()
    house = omitted if join == "inline" else omitted[0]
    linked = omitted["inTown"]["entity"] if join == "inline" else omitted[1]
    assert (set(house), set(linked)) == ({"id", "type", "inTown"}, {"id", "type", "note"})


@pytest.mark.clause("4.5.23", "4.5.22")
def test_several_targets_and_lists_of_them(api: httpx.Client, chain: dict[str, str], new_id: NewId) -> None:
    both = [chain["town"], chain["country"]]
    listed = {"type": "ListRelationship", "objectList": [*both, "urn:ngsi-ld:Town:nowhere"]}
    body = {"id": (id := new_id("Tour")), "type": "Tour", "stops": link(both), "route": listed}
    assert api.post("/entities", json=body).status_code == 201
    found = api.get(f"/entities/{id}", params={"join": "inline"}).json()
    assert [one["id"] for one in found["stops"]["entity"]] == both
    assert [one["id"] for one in found["route"]["entityList"]] == both
    simple = api.get(f"/entities/{id}", params={"join": "inline", "format": "simplified"}).json()
    assert [one["id"] for one in simple["route"][:2]] == both
    assert simple["route"][2] == "urn:ngsi-ld:Town:nowhere"


@pytest.mark.clause("4.9", "5.7.2.4")
@pytest.mark.parametrize(
    ("q", "level", "found"),
    [
        ('inTown{name}=="도시"', 1, True),
        ('inTown{Town:name}=="도시"', 1, True),
        ('inTown{Road,Town:name}=="도시"', 1, True),
        ('inTown{Road:name}=="도시"', 1, False),
        ('inTown{inCountry{name}}=="나라"', 2, True),
        ('inTown{inCountry{Country:name}}~="^나"', 2, True),
        ("inTown{nothing}", 1, False),
        ('inTown{name}!="도시"|inTown{note}', 1, True),
    ],
)
def test_queries_through_relationships(
    api: httpx.Client, chain: dict[str, str], q: str, level: int, found: bool
) -> None:
    asking = {"type": "House", "id": chain["house"], "q": q, "join": "flat", "joinLevel": level, "count": "true"}
    answer = api.get("/entities", params=asking)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ngsild-results-count"] == str(int(found))
    shallow = {name: part for name, part in asking.items() if name not in ("join", "joinLevel")}
    assert api.get("/entities", params=shallow).json()["type"] == BAD
    if level == 2:
        assert api.get("/entities", params={**asking, "joinLevel": 1}).json()["type"] == BAD
