"""OGC API - Features: landing page, conformance, collections, items, their filters and links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

ITEMS = "/ogc/seongnam/collections/Dong/items"


@pytest.fixture
def gis(server: Server) -> Iterator[httpx.Client]:
    """A GIS that may read."""
    with server.client("read") as client:
        yield client


def names(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {feature["properties"]["name"] for feature in answer.json()["features"]}


def link(body: dict[str, Any], relation: str) -> str | None:
    return next((one["href"] for one in body["links"] if one["rel"] == relation), None)


def test_from_the_landing_page_everything_is_reached_by_links(gis: httpx.Client) -> None:
    landing = gis.get("/ogc/seongnam/").json()
    assert "성남시" in landing["title"]
    for relation in ("self", "service-desc", "conformance", "data"):
        address = link(landing, relation)
        assert address is not None
        assert gis.get(address).status_code == 200
    assert any(one.endswith("conf/geojson") for one in gis.get("/ogc/seongnam/conformance").json()["conformsTo"])


def test_the_service_is_described_as_openapi(gis: httpx.Client) -> None:
    answer = gis.get("/ogc/seongnam/api")
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    described = answer.json()
    assert described["openapi"].startswith("3.0")
    assert "/collections/{collectionId}/items" in described["paths"]


def test_collections_are_the_types_that_have_a_place(gis: httpx.Client) -> None:
    body = gis.get("/ogc/seongnam/collections").json()
    assert [one["id"] for one in body["collections"]] == ["Dong"]
    one = gis.get("/ogc/seongnam/collections/Dong").json()
    assert (one["itemType"], one["numberOfFeatures"]) == ("feature", 3)
    assert gis.get("/ogc/seongnam/collections/Nothing").status_code == 404


def test_items_are_geojson_in_longitude_and_latitude(gis: httpx.Client) -> None:
    answer = gis.get(ITEMS)
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert (body["type"], body["numberMatched"], body["numberReturned"]) == ("FeatureCollection", 3, 3)
    feature = body["features"][0]
    assert feature["geometry"]["type"] == "Polygon"
    assert feature["properties"]["population"] in (24_000, 28_000, 31_000)
    single = gis.get(f"{ITEMS}/{feature['id']}")
    assert single.json()["id"] == feature["id"]
    assert gis.get(f"{ITEMS}/urn:ngsi-ld:Dong:x:1").status_code == 404


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"bbox": "127.0,37.3,127.3,37.5"}, {"삼평동", "판교동", "백현동"}),
        ({"bbox": "127.101,37.401,127.105,37.405"}, {"삼평동"}),
        ({"bbox": "127.101,37.401,0,127.105,37.405,100"}, {"삼평동"}),
        ({"bbox": "170,-10,-170,10"}, set()),
        ({"name": "판교동"}, {"판교동"}),
        ({"population": "31000"}, {"판교동"}),
        ({"population": "31000", "name": "삼평동"}, set()),
        ({"datetime": "2020-06-01"}, {"삼평동", "판교동", "백현동"}),
        ({"datetime": "2021-01-01T00:00:00Z/.."}, set()),
        ({"datetime": "../2020-03-01"}, {"삼평동", "판교동", "백현동"}),
    ],
)
def test_filters(gis: httpx.Client, parameters: dict[str, str], expected: set[str]) -> None:
    assert names(gis.get(ITEMS, params=parameters)) == expected


def test_paging_sees_each_feature_once(gis: httpx.Client) -> None:
    body = gis.get(ITEMS, params={"limit": 2}).json()
    following = link(body, "next")
    assert following is not None
    rest = gis.get(following).json()
    ids = [one["id"] for one in (*body["features"], *rest["features"])]
    assert len(ids) == len(set(ids)) == 3
    assert link(rest, "next") is None
    previous = link(rest, "prev")
    assert previous is not None
    assert gis.get(previous).json()["features"] == body["features"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"limit": "0"},
        {"limit": "many"},
        {"datetime": "yesterday"},
        {"datetime": "../.."},
        {"colour": "red"},
        {"f": "html"},
    ],
)
def test_what_is_not_understood_is_400_and_says_so(gis: httpx.Client, parameters: dict[str, str]) -> None:
    answer = gis.get(ITEMS, params=parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["detail"]


def test_a_branch_has_its_own_features_and_nobody_writes_here(gis: httpx.Client, on_branch: httpx.Client) -> None:
    body = {"id": "urn:ngsi-ld:Dong:test:new", "type": "Dong", "name": "새동"}
    place = {"type": "Point", "coordinates": [127.2, 37.45]}
    made = on_branch.post("/ngsi-ld/v1/entities?options=keyValues", json={**body, "location": place})
    assert made.status_code == 201
    branch_items = ITEMS.replace("seongnam", "seongnam~fabless-valley")
    assert "새동" in names(gis.get(branch_items))
    assert "새동" not in names(gis.get(ITEMS))
    assert gis.post(ITEMS, json={}).status_code == 405
    assert gis.get("/ogc/busan/").status_code == 404
