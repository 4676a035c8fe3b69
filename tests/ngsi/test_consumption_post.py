"""A query as a document (5.2.13, 5.2.23, 5.2.33, 5.2.43; 6.23)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from brokers import Broker

QUERY = "/entityOperations/query"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
A, B, SHIP = "urn:ngsi-ld:Car:A", "urn:ngsi-ld:Car:B", "urn:ngsi-ld:Ship:A"


@pytest.fixture(scope="module", autouse=True)
def vehicles(server: Broker) -> None:
    with server.client() as api:
        for id, speed, lon in ((A, 80, 8.01), (B, 120, 10.0), (SHIP, 30, 9.0)):
            place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, 40.0]}}
            body = {
                "id": id,
                "type": id.split(":")[2],
                "speed": {"type": "Property", "value": speed},
                "location": place,
            }
            assert api.post("/entities", json={**body, "brand": {"type": "Property", "value": "m"}}).status_code == 201


def asked(api: httpx.Client, url: str = QUERY, **body: Any) -> list[str]:
    answer = api.post(url, json={"type": "Query", **body})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


@pytest.mark.clause("5.2.33", "5.2.23", "5.7.2")
@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([{"type": "Car"}], {A, B}),
        ([{"type": "Car"}, {"type": "Ship"}], {A, B, SHIP}),
        ([{"type": "Car|Ship"}, {"type": "Train"}], {A, B, SHIP}),
        ([{"type": "Car", "id": [A, B]}], {A, B}),
        ([{"type": "Car", "id": A, "idPattern": "B$"}], {A}),
        ([{"type": "Car", "idPattern": "B$"}], {B}),
        ([{"type": "Car", "id": A}, {"type": "Ship", "id": SHIP}], {A, SHIP}),
        ([{"type": "Car", "id": A}, {"type": "Ship"}], {A, SHIP}),
        ([{"type": "Car", "idPattern": "B$"}, {"type": "Ship", "idPattern": "^urn:ngsi-ld:Ship"}], {B, SHIP}),
        ([{"type": "Ship", "id": A}, {"type": "Car", "idPattern": "nothing"}], set()),
        ([{"type": "*", "id": [A, SHIP]}, {"type": "Ship", "id": SHIP}], {A, SHIP}),
    ],
)
def test_selectors_of_any_shape(api: httpx.Client, entities: list[dict[str, Any]], expected: set[str]) -> None:
    answer = api.post(QUERY + "?count=true", json={"type": "Query", "entities": entities})
    assert {one["id"] for one in answer.json()} == expected
    assert answer.headers["ngsild-results-count"] == str(len(expected))


@pytest.mark.clause("5.2.13", "5.2.23", "6.23")
def test_members_of_a_query_are_the_parameters_of_a_url(api: httpx.Client) -> None:
    cars = [{"type": "Car"}]
    assert asked(api, entities=cars, q="speed>100") == [B]
    near = {"georel": "near;maxDistance==5000", "geometry": "Point", "coordinates": [8, 40]}
    assert asked(api, entities=cars, geoQ=near) == [A]
    assert asked(api, geoQ={**near, "coordinates": "[8,40]", "geoproperty": "location"}) == [A]
    assert asked(api, QUERY + "?limit=1&offset=1", entities=cars) == [B]
    body = {"type": "Query", "entities": cars, "pick": ["id", "speed"]}
    assert {frozenset(one) for one in api.post(QUERY, json=body).json()} == {frozenset({"id", "speed"})}
    body = {"type": "Query", "entities": cars, "omit": ["speed", "location"]}
    assert set(api.post(QUERY + "?format=simplified", json=body).json()[0]) == {"id", "type", "brand"}
    body = {"type": "Query", "entities": cars, "attrs": ["speed"], "lang": "ko", "datasetId": ["@none"]}
    assert set(api.post(QUERY, json=body).json()[0]) == {"id", "type", "speed"}
    geo = api.post(QUERY, json={"type": "Query", "entities": cars}, headers={"Accept": "application/geo+json"}).json()
    assert geo["type"] == "FeatureCollection"


@pytest.mark.clause("5.2.43", "4.23.3")
def test_an_order_in_a_document(api: httpx.Client) -> None:
    everything = [{"type": "Car"}, {"type": "Ship"}]
    assert asked(api, entities=everything, ordering={"orderBy": ["speed;desc"]}) == [B, A, SHIP]
    by_distance = {"orderBy": ["location;dist-asc"], "coordinates": [8, 40], "geometry": "Point"}
    assert asked(api, entities=everything, ordering=by_distance) == [A, SHIP, B]


@pytest.mark.clause("5.2.23", "5.2.33", "5.2.43")
@pytest.mark.parametrize(
    "body",
    [
        {"type": "NotQuery", "entities": [{"type": "Car"}]},
        {"type": "Query", "entities": []},
        {"type": "Query", "entities": [{"id": A}]},
        {"type": "Query", "entities": [{"type": "Car", "id": "not a uri"}]},
        {"type": "Query", "entities": [{"type": "Car", "id": [A, 5]}]},
        {"type": "Query", "entities": [{"type": "Car", "id": []}]},
        {"type": "Query", "entities": [{"type": "Car", "idPattern": "(a+)+"}]},
        {"type": "Query", "entities": [{"type": "Car"}], "attrs": []},
        {"type": "Query", "entities": [{"type": "Car"}], "pick": []},
        {"type": "Query", "entities": [{"type": "Car"}], "q": 42},
        {"type": "Query", "entities": [{"type": "Car"}], "join": "inline", "joinLevel": 0},
        {"type": "Query", "entities": [{"type": "Car"}], "joinLevel": "1", "join": "inline"},
        {"type": "Query", "entities": [{"type": "Car"}], "temporalQ": {"timerel": "after"}},
        {"type": "Query", "entities": [{"type": "Car"}], "entityMap": "yes"},
        {"type": "Query", "entities": [{"type": "Car"}], "ordering": {"orderBy": ["location;dist-asc"]}},
        {"type": "Query", "entities": [{"type": "Car"}], "ordering": {"orderBy": ["id"], "coordinates": "8,40"}},
        {"type": "Query", "entities": [{"type": "Car"}], "ordering": {"orderBy": ["id"], "geometry": 5}},
        {
            "type": "Query",
            "entities": [{"type": "Car"}],
            "ordering": {"orderBy": ["id"], "collation": "de-u-co-phonebk"},
        },
        {"type": "Query"},
        {"type": "Query", "entities": [{"type": "Car"}], "geoQ": {"georel": "within"}},
    ],
)
def test_documents_that_are_no_query(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post(QUERY, json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] in (ERRORS + "BadRequestData", ERRORS + "InvalidRequest")
