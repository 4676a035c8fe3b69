"""NGSI-LD: many entities at a time (clauses 4.9, 4.10, 4.12, 4.13, 4.17, 5.7.2; 6.3.10, 6.3.13, 6.4.3.2, 6.23)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

NGSI = "/ngsi-ld/v1"
ENTITIES = f"{NGSI}/entities"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def names(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {entity["name"]["value"] for entity in answer.json()}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "Dong"}, {"삼평동", "판교동", "백현동"}),
        ({"type": "Dong", "q": "population>25000"}, {"판교동", "백현동"}),
        ({"type": "Dong", "q": 'name=="삼평동"|population==31000'}, {"삼평동", "판교동"}),
        ({"type": "Dong", "q": "population==24000..29000"}, {"삼평동", "백현동"}),
        ({"type": "Dong", "q": 'name~="^판"'}, {"판교동"}),
        ({"type": "Dong", "q": "population.status==observed"}, {"삼평동", "판교동", "백현동"}),
        ({"q": 'refCity=="urn:ngsi-ld:City:kostat:31020"'}, {"삼평동", "판교동", "백현동"}),
        ({"type": "Dong|City", "q": "grdp"}, {"성남시"}),
        ({"type": "Dong,City"}, {"삼평동", "판교동", "백현동", "성남시"}),
        ({"type": "*", "q": "grdp"}, {"성남시"}),
        ({"attrs": "refCity,name", "type": "Dong"}, {"삼평동", "판교동", "백현동"}),
        ({"type": "Dong", "id": "urn:ngsi-ld:Dong:kostat-2020:31023740,urn:ngsi-ld:Dong:x:1"}, {"삼평동"}),
        ({"type": "Dong", "idPattern": "3102375.$"}, {"판교동"}),
        ({"type": "Dong", "q": "population>99999"}, set()),
    ],
)
def test_filters(client: httpx.Client, parameters: dict[str, str], expected: set[str]) -> None:
    assert names(client.get(ENTITIES, params=parameters)) == expected


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "expected"),
    [
        (
            "within",
            "Polygon",
            "[[[127.07,37.38],[127.09,37.38],[127.09,37.41],[127.07,37.41],[127.07,37.38]]]",
            {"판교동"},
        ),
        ("intersects", "Point", "[127.105,37.405]", {"삼평동"}),
        ("contains", "Point", "[127.115,37.385]", {"백현동"}),
        ("near;maxDistance==1400", "Point", "[127.085,37.395]", {"판교동"}),
        ("near;minDistance==1400", "Point", "[127.085,37.395]", {"삼평동", "백현동"}),
        ("disjoint", "Point", "[127.105,37.405]", {"판교동", "백현동"}),
    ],
)
def test_places(client: httpx.Client, georel: str, geometry: str, coordinates: str, expected: set[str]) -> None:
    parameters = {"type": "Dong", "georel": georel, "geometry": geometry, "coordinates": coordinates}
    assert names(client.get(ENTITIES, params=parameters)) == expected


@pytest.mark.parametrize(
    ("parameters", "error", "code"),
    [
        ({}, "BadRequestData", "web.query-too-wide"),
        ({"attrs": "createdAt"}, "BadRequestData", "web.query-too-wide"),
        ({"limit": "5"}, "BadRequestData", "web.query-too-wide"),
        ({"type": "Dong", "q": "population>"}, "BadRequestData", "entities.query-syntax"),
        ({"type": "Dong", "id": "no-uri"}, "BadRequestData", "web.id-not-a-uri"),
        ({"type": "Dong", "idPattern": "(a+)+"}, "BadRequestData", "entities.pattern-explosive"),
        ({"type": "Dong", "georel": "within", "geometry": "Point"}, "BadRequestData", "web.parameter-missing"),
        (
            {"type": "Dong", "georel": "within", "geometry": "Point", "coordinates": "127,37"},
            "BadRequestData",
            "web.parameter-value",
        ),
        (
            {"type": "Dong", "georel": "beside", "geometry": "Point", "coordinates": "[127,37]"},
            "BadRequestData",
            "entities.geo-relation",
        ),
        ({"type": "Dong", "geometryProperty": "location"}, "BadRequestData", "web.geojson-property-without-geojson"),
        ({"type": "Dong", "limit": "0"}, "BadRequestData", "web.parameter-value"),
        ({"type": "Dong", "offset": "-1"}, "BadRequestData", "web.parameter-value"),
        ({"type": "Dong", "colour": "red"}, "InvalidRequest", "web.parameter-unknown"),
        ({"type": "Dong", "options": "nonsense"}, "InvalidRequest", "web.option-unknown"),
    ],
)
def test_what_can_not_be_answered(client: httpx.Client, parameters: dict[str, str], error: str, code: str) -> None:
    answer = client.get(ENTITIES, params=parameters)
    assert (answer.status_code, answer.json()["type"], answer.json()["code"]) == (400, ERRORS + error, code)


def test_too_many_results_are_refused_before_they_are_read(client: httpx.Client) -> None:
    answer = client.get(ENTITIES, params={"type": "Dong", "limit": 1001})
    assert (answer.status_code, answer.json()["type"]) == (403, f"{ERRORS}TooManyResults")


def test_the_count_stands_in_a_header_whatever_the_page(client: httpx.Client) -> None:
    answer = client.get(ENTITIES, params={"type": "Dong", "count": "true", "limit": 1})
    assert (len(answer.json()), answer.headers["ngsild-results-count"]) == (1, "3")
    alone = client.get(ENTITIES, params={"type": "Dong", "count": "true", "limit": 0})
    assert (alone.json(), alone.headers["ngsild-results-count"]) == ([], "3")


def links(answer: httpx.Response) -> dict[str, tuple[str, str]]:
    """The targets and types of a Link header by relation."""
    found = re.findall(r'<([^>]+)>; rel="([^"]+)"; ?type="([^"]+)"', answer.headers.get("link", ""))
    return {relation: (target, kind) for target, relation, kind in found}


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json", "application/geo+json"])
def test_following_the_links_sees_each_entity_once(client: httpx.Client, accept: str) -> None:
    client.headers["Accept"] = accept
    seen: list[str] = []
    answer = client.get(ENTITIES, params={"type": "Dong", "limit": 2, "q": 'name!="a b"'})
    pages = 1
    while True:
        body: Any = answer.json()
        seen += [one["id"] for one in (body["features"] if accept == "application/geo+json" else body)]
        found = links(answer)
        if "next" not in found:
            break
        target, kind = found["next"]
        assert kind == accept
        answer, pages = client.get(target), pages + 1
    assert (len(seen), len(set(seen)), pages) == (3, 3, 2)
    assert "offset=0" in links(answer)["prev"][0]


def test_order_by_an_attribute(client: httpx.Client) -> None:
    answer = client.get(ENTITIES, params={"type": "Dong", "orderBy": "population;desc", "options": "keyValues"})
    assert [one["name"] for one in answer.json()] == ["판교동", "백현동", "삼평동"]


def test_a_feature_collection(client: httpx.Client) -> None:
    body = client.get(ENTITIES, params={"type": "Dong"}, headers={"Accept": "application/geo+json"}).json()
    assert body["type"] == "FeatureCollection"
    assert len(body["features"]) == 3
    assert body["@context"]
    bare = {"Accept": "application/geo+json", "Prefer": "body=json"}
    answer = client.get(ENTITIES, params={"type": "Dong"}, headers=bare)
    assert "@context" not in answer.json()
    assert "json-ld#context" in answer.headers["link"]


def test_a_query_by_post_is_the_same_query(client: httpx.Client) -> None:
    body = {
        "type": "Query",
        "entities": [{"type": "Dong"}, {"type": "City"}],
        "q": "population>25000",
        "geoQ": {"georel": "near;maxDistance==3000", "geometry": "Point", "coordinates": [127.085, 37.395]},
        "pick": ["id", "name"],
    }
    answer = client.post(f"{NGSI}/entityOperations/query?limit=10&count=true", json=body)
    assert names(answer) == {"판교동", "백현동"}
    assert answer.headers["ngsild-results-count"] == "2"
    assert set(answer.json()[0]) == {"id", "name"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"entities": [{"type": "Dong"}]}, "web.field-missing"),
        ({"type": "Query"}, "web.query-too-wide"),
        ({"type": "Query", "entities": []}, "web.field-missing"),
        ({"type": "Query", "entities": [{"type": "Dong"}], "surprise": 1}, "web.parameter-unknown"),
    ],
)
def test_a_query_document_that_is_none(client: httpx.Client, body: dict[str, Any], code: str) -> None:
    assert client.post(f"{NGSI}/entityOperations/query", json=body).json()["code"] == code


def test_types_and_attributes_are_found(client: httpx.Client) -> None:
    assert {"City", "Dong", "Dataset"} <= set(client.get(f"{NGSI}/types").json()["typeList"])
    detailed = {one["typeName"]: one for one in client.get(f"{NGSI}/types?details=true").json()}
    assert {"name", "population", "location", "refCity"} == set(detailed["Dong"]["attributeNames"])
    assert ":" in detailed["Dong"]["id"]
    info = client.get(f"{NGSI}/types/Dong").json()
    assert (info["type"], info["entityCount"]) == ("EntityTypeInfo", 3)
    kinds = {one["attributeName"]: one["attributeTypes"] for one in info["attributeDetails"]}
    assert kinds["location"] == ["GeoProperty"]
    assert kinds["refCity"] == ["Relationship"]
    assert "refCity" in client.get(f"{NGSI}/attributes").json()["attributeList"]
    attribute = client.get(f"{NGSI}/attributes/refCity").json()
    assert (attribute["attributeCount"], attribute["typeNames"]) == (3, ["Dong"])
    assert client.get(f"{NGSI}/types/Nothing").json()["type"] == f"{ERRORS}ResourceNotFound"
    assert client.get(f"{NGSI}/attributes/nothing").status_code == 404
