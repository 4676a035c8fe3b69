"""The order of entities (4.23; 5.2.43)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from brokers import Broker

BAD = "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"


def value(given: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": given, **more}


HOUSES: dict[str, dict[str, Any]] = {  # in the order of their making
    "2": {"name": value("b", floor=value(2)), "rank": value("abc"), "size": value(5), "at": (9, 41)},
    "1": {"name": value("a", floor=value(1)), "rank": value(5), "size": value(5), "at": (8.01, 40.01)},
    "3": {
        "name": value("c", floor=value(3)),
        "size": value(-1.5),
        "address": value({"city": "Zurich"}),
        "at": (10, 45),
    },
    "4": {"rank": value("2020-01-01"), "address": value({"city": "Aachen"})},
}


@pytest.fixture(scope="module", autouse=True)
def houses(server: Broker) -> None:
    with server.client() as api:
        for name, body in HOUSES.items():
            told = {key: part for key, part in body.items() if key != "at"}
            if "at" in body:
                place = {"type": "Point", "coordinates": list(body["at"])}
                told["location"] = {"type": "GeoProperty", "value": place}
            api.post("/entities", json={"id": f"urn:ngsi-ld:House:{name}", "type": "House", **told})


def order(api: httpx.Client, by: str, **asking: str) -> str:
    answer = api.get("/entities", params={"type": "House", "orderBy": by, **asking})
    assert answer.status_code == 200, answer.text
    return "".join(one["id"][-1] for one in answer.json())


@pytest.mark.clause("4.23", "4.23.1", "4.23.2", "4.23.3")
@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("name", "1234"),
        ("name;asc", "1234"),
        ("name;desc", "3214"),
        ("id", "1234"),
        ("id;desc", "4321"),
        ("createdAt", "2134"),
        ("createdAt;desc", "4312"),
        ("name.createdAt", "2134"),
        ("name.floor", "1234"),
        ("type,name", "1234"),
        ("type;asc,name.floor;desc,name;asc", "3214"),
        ("size,name", "3124"),
        ("size;desc,name;desc", "2134"),
        ("rank", "1243"),
        ("address[city];desc", "3421"),
        ("nothing,id", "1234"),
    ],
)
def test_orders(api: httpx.Client, by: str, expected: str) -> None:
    found = order(api, by)
    assert found[: len(expected) - 1] == expected[:-1] if by == "address[city];desc" else found == expected
    pages = "".join(order(api, by, limit="1", offset=str(offset)) for offset in range(4))
    assert pages == found


@pytest.mark.clause("4.23.3")
@pytest.mark.parametrize(
    ("by", "more", "expected"),
    [
        ("location;dist-asc", {"orderFrom": "[8,40]"}, "1234"),
        ("location;dist-desc", {"orderFrom": "[8,40]"}, "3214"),
        ("location;dist-asc", {"orderFrom": "[[10,44],[10,46]]", "orderGeometry": "LineString"}, "3214"),
    ],
)
def test_orders_by_distance(api: httpx.Client, by: str, more: dict[str, str], expected: str) -> None:
    assert order(api, by, **more) == expected


@pytest.mark.clause("4.23.3", "5.7.2.4")
@pytest.mark.parametrize(
    "asking",
    [
        {"orderBy": "location;dist-asc"},
        {"orderBy": "location;dist-asc", "orderFrom": "8,40"},
        {"orderBy": "location;dist-asc", "orderFrom": "[8]"},
        {"orderBy": "name;sideways"},
        {"orderBy": ""},
        {"orderBy": "name", "collation": "!!nope"},
        {"collation": "!!nope"},
        {"orderBy": "name", "collation": "de-u-co-phonebk"},
    ],
)
def test_orders_that_are_none(api: httpx.Client, asking: dict[str, str]) -> None:
    answer = api.get("/entities", params={"type": "House", **asking})
    assert (answer.status_code, answer.json()["type"]) == (400, BAD)


WORDS = ["A", "b", "á", "가", "나", "강", "a10", "a2", "Z", "10", "_x", "에이", "ab"]


@pytest.mark.clause("4.23.1", "4.23.3")
@pytest.mark.parametrize(
    ("collation", "expected"),
    [
        (None, ["10", "A", "Z", "_x", "a10", "a2", "ab", "b", "á", "가", "강", "나", "에이"]),
        ("und", ["_x", "10", "A", "á", "a10", "a2", "ab", "b", "Z", "가", "강", "나", "에이"]),
        ("und-u-kn-true", ["_x", "10", "A", "á", "a2", "a10", "ab", "b", "Z", "가", "강", "나", "에이"]),
        ("ko", ["_x", "10", "가", "강", "나", "에이", "A", "á", "a10", "a2", "ab", "b", "Z"]),
    ],
)
def test_text_in_the_order_of_a_language(api: httpx.Client, collation: str | None, expected: list[str]) -> None:
    for place, word in enumerate(WORDS):
        api.post("/entities", json={"id": f"urn:ngsi-ld:Word:{place}", "type": "Word", "name": value(word)})
    asking = {"type": "Word", "orderBy": "name", "format": "simplified", "limit": "100"}
    if collation is not None:
        asking["collation"] = collation
    assert [one["name"] for one in api.get("/entities", params=asking).json()] == expected


@pytest.mark.clause("4.23.3")
def test_case_and_accents_may_be_left_out_of_an_order(api: httpx.Client) -> None:
    for place, word in enumerate(["b", "A", "a"]):
        api.post("/entities", json={"id": f"urn:ngsi-ld:Case:{place}", "type": "Case", "name": value(word)})
    asking = {"type": "Case", "orderBy": "name", "format": "simplified"}

    def names(collation: str) -> str:
        return "".join(one["name"] for one in api.get("/entities", params={**asking, "collation": collation}).json())

    assert names("und") == "aAb"
    assert names("und-u-kf-upper") == "Aab"
    assert names("und-u-ks-level1")[-1] == "b"
