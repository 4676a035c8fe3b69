"""Which entities a query finds, in pages (4.9, 4.10, 4.12, 4.13, 4.17, 4.19, 5.7.2, 6.3.10, 6.3.13, 6.4.3.2)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, Broker, loopback, serving_context

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def value(given: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": given, **more}


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


TOWERS: dict[str, dict[str, Any]] = {
    "eiffel": {
        "name": value("Eiffel Tower"),
        "level": value(4, observedAt="2020-01-01T03:00:00Z", quality=value(7, source=value("a"))),
        "tags": value(["iron", "old"]),
        "address": value({"city": "Paris", "geo": {"code": 75}}),
        "color": {"type": "LanguageProperty", "languageMap": {"en": "red", "fr": ["rouge", "chat"]}},
        "open": value(True),
        "built": value("1889-03-31"),
        "since": value({"@type": "Date", "@value": "1889-03-31"}),
        "when": value("2020-06-01T12:00:00+09:00"),
        "closes": value("22:30:00"),
        "inCity": {"type": "Relationship", "object": "urn:ngsi-ld:City:paris"},
        "views": {"type": "ListProperty", "valueList": [1, 5, 9]},
        "paper": {"type": "JsonProperty", "json": {"id": "85a", "value": "Overstay"}},
        "location": point(2.2945, 48.858),
        "entrance": point(8.0, 40.0),
        "scope": ["/France/Paris", "/Iron"],
    },
    "pisa": {
        "name": value("Pisa Tower"),
        "level": [value(6), value(12, datasetId="urn:ngsi-ld:Dataset:b")],
        "color": {"type": "LanguageProperty", "languageMap": {"en": "white"}},
        "open": value(False),
        "built": value("1372-01-01"),
        "closes": value("18:00:00"),
        "inCity": {"type": "Relationship", "object": ["urn:ngsi-ld:City:pisa", "urn:ngsi-ld:City:tuscany"]},
        "location": [point(10.39, 43.72), {**point(2.3, 48.85), "datasetId": "urn:ngsi-ld:Dataset:copy"}],
        "scope": "/Italy/Pisa",
    },
}
BOTH, NONE = {"eiffel", "pisa"}, set[str]()


@pytest.fixture(scope="module", autouse=True)
def towers(server: Broker) -> None:
    with server.client() as api:
        for name, body in TOWERS.items():
            answer = api.post("/entities", json={"id": f"urn:ngsi-ld:Tower:{name}", "type": "Tower", **body})
            assert answer.status_code == 201, answer.text


def found(api: httpx.Client, **asking: str) -> set[str]:
    answer = api.get("/entities", params={"type": "Tower", "count": "true", **asking})
    assert answer.status_code == 200, answer.text
    assert answer.headers["ngsild-results-count"] == str(len(answer.json()))
    return {one["id"].rpartition(":")[2] for one in answer.json()}


@pytest.mark.clause("4.9")
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("level", BOTH),
        ("nothing", NONE),
        ("level==4", {"eiffel"}),
        ("level==4..5", {"eiffel"}),
        ("level!=4..5", {"pisa"}),
        ("level==12", {"pisa"}),
        ("level>5;level<7", {"pisa"}),
        ('name=="Eiffel Tower","Pisa Tower"', BOTH),
        ('name!="Eiffel Tower","Big Ben"', {"pisa"}),
        ('name!~="^Eiffel"', {"pisa"}),
        ('name~="Tower$"', BOTH),
        ('level~="4"', NONE),
        ('tags=="iron"', {"eiffel"}),
        ('tags!="steel"', {"eiffel"}),
        ('address[city]=="Paris"', {"eiffel"}),
        ("address[geo.code]>=75", {"eiffel"}),
        ("address[postcode]", NONE),
        ("address[city]", {"eiffel"}),
        ('color[en]=="red"', {"eiffel"}),
        ('color[en]=="rouge"', NONE),
        ('color[*]=="rouge"', {"eiffel"}),
        ('color[*]!="red"', {"pisa"}),
        ('color[fr]=="chat"', {"eiffel"}),
        ('color[fr]!="red"', {"eiffel"}),
        ('color=="white"', {"pisa"}),
        ("open==true", {"eiffel"}),
        ("open==1", NONE),
        ('open=="true"', NONE),
        ("built<1500-01-01", {"pisa"}),
        ("since>=1889-01-01", {"eiffel"}),
        ("when==2020-06-01T03:00:00Z", {"eiffel"}),
        ("closes>20:00:00", {"eiffel"}),
        ("closes==17:00:00..19:00:00", {"pisa"}),
        ("inCity==urn:ngsi-ld:City:paris", {"eiffel"}),
        ('inCity=="urn:ngsi-ld:City:tuscany"', {"pisa"}),
        ('inCity!="urn:ngsi-ld:City:paris"', {"pisa"}),
        ('inCity>"urn:a"', NONE),
        ("level.observedAt>=2020-01-01T00:00:00Z", {"eiffel"}),
        ("level.quality==7", {"eiffel"}),
        ('level.quality.source=="a"', {"eiffel"}),
        ("views==5", {"eiffel"}),
        ('paper[value]=="Overstay"', {"eiffel"}),
        ("(level==4|level==6);open==false", {"pisa"}),
        ("level==4|level==6;open==false", BOTH),
        ("name;createdAt>=2020-01-01T00:00:00Z", BOTH),
        ("name;modifiedAt<2020-01-01T00:00:00Z", NONE),
        ("name.createdAt>=2020-01-01T00:00:00Z", BOTH),
        ("level.modifiedAt>2100-01-01T00:00:00Z", NONE),
        ('name=="Eiffel%20Tower"', NONE),
    ],
)
def test_the_query_language(api: httpx.Client, q: str, expected: set[str]) -> None:
    assert found(api, q=q) == expected
    assert found(api, q=q, jsonKeys="paper") == expected


@pytest.mark.clause("4.9")
@pytest.mark.parametrize("q", ["level>4..5", "level>", "level=4", "(level", "level>4,5", "open>true", 'name~="(a+)+"'])
def test_queries_that_are_none(api: httpx.Client, q: str) -> None:
    answer = api.get("/entities", params={"type": "Tower", "q": q})
    assert (answer.status_code, answer.json()["type"]) == (400, ERRORS + "BadRequestData")


@pytest.mark.clause("4.9", "4.5.20", "5.5.7")
def test_words_of_a_vocabulary_compare_by_what_they_mean(api: httpx.Client) -> None:
    with loopback(serving_context({"commercial": "urn:test:commercial", "usage": "urn:test:usage"})) as contexts:
        link = {"Link": CONTEXT_LINK.format(url=contexts.url)}
        body = {
            "id": "urn:ngsi-ld:Shop:vocab",
            "type": "Shop",
            "usage": {"type": "VocabProperty", "vocab": "commercial"},
        }
        plain = {**body, "id": "urn:ngsi-ld:Shop:plain", "usage": {"type": "VocabProperty", "vocab": "homely"}}
        assert api.post("/entities", json=body, headers=link).status_code == 201
        assert api.post("/entities", json=plain, headers=link).status_code == 201

        def asked(**asking: str) -> list[str]:
            answer = api.get("/entities", params={"type": "Shop", **asking}, headers=link)
            return [one["id"].rpartition(":")[2] for one in answer.json()]

        assert asked(q="usage==commercial", expandValues="usage") == ["vocab"]
        assert asked(q="usage==commercial") == []
        assert asked(q='usage=="urn:test:commercial"') == ["vocab"]
        assert asked(q='usage=="homely"', expandValues="usage") == ["plain"]
        assert asked(q="usage==homely") == []
        assert asked(q="usage!=commercial", expandValues="usage") == ["plain"]
        assert sorted(asked(q='usage=="homely","commercial"', expandValues="usage")) == ["plain", "vocab"]


@pytest.mark.clause("4.10")
@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ({"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": "[2.29,48.86]"}, BOTH),
        ({"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": "[10.39,43.72]"}, {"pisa"}),
        ({"georel": "near;minDistance==1e5", "geometry": "Point", "coordinates": "[2.29,48.86]"}, {"pisa"}),
        (
            {
                "georel": "near;maxDistance==2000",
                "geometry": "Point",
                "coordinates": "[8,40]",
                "geoproperty": "entrance",
            },
            {"eiffel"},
        ),
        ({"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": "[8,40]"}, NONE),
        (
            {"georel": "within", "geometry": "Polygon", "coordinates": "[[[9,43],[11,43],[11,44],[9,44],[9,43]]]"},
            {"pisa"},
        ),
        (
            {
                "georel": "within",
                "geometry": "Polygon",
                "coordinates": "[[[0,40],[20,40],[20,50],[0,50],[0,40]],[[2,48],[3,48],[3,49],[2,49],[2,48]]]",
            },
            {"pisa"},
        ),
        ({"georel": "equals", "geometry": "Point", "coordinates": "[2.2945,48.858]"}, {"eiffel"}),
        ({"georel": "disjoint", "geometry": "Point", "coordinates": "[2.2945,48.858]"}, {"pisa"}),
        (
            {"georel": "near;maxDistance==2000", "geometry": "LineString", "coordinates": "[[10,43.72],[11,43.72]]"},
            {"pisa"},
        ),
    ],
)
def test_places(api: httpx.Client, asking: dict[str, str], expected: set[str]) -> None:
    assert found(api, **asking) == expected


@pytest.mark.clause("4.10")
@pytest.mark.parametrize(
    "georel",
    [
        "near;maxDistance==0",
        "near;maxDistance==-1",
        "near;maxDistance==5;minDistance==1",
        "near",
        "touches",
        "near;maxDistance==inf",
        "near;maxDistance==1e400",
    ],
)
def test_relations_that_are_none(api: httpx.Client, georel: str) -> None:
    asking = {"type": "Tower", "georel": georel, "geometry": "Point", "coordinates": "[8,40]"}
    assert api.get("/entities", params=asking).json()["type"] == ERRORS + "BadRequestData"


@pytest.mark.clause("4.18", "4.19")
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("/France/Paris", {"eiffel"}),
        ("/France/#", {"eiffel"}),
        ("/+/Pisa", {"pisa"}),
        ("(/France/Paris;/Iron)|/Italy/Pisa", BOTH),
        ("/France/Paris,/Italy/Pisa", BOTH),
        ("(/France/Paris;/Nowhere)", NONE),
        ("/France", NONE),
    ],
)
def test_scopes(api: httpx.Client, scope: str, expected: set[str]) -> None:
    assert found(api, scopeQ=scope) == expected


@pytest.mark.clause("5.7.2", "5.7.2.4", "4.17")
@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ({"type": "Tower;Nothing"}, NONE),
        ({"type": "(Tower|Mast);Tower"}, BOTH),
        ({"idPattern": "^urn:ngsi-ld:Tower:p"}, {"pisa"}),
        ({"id": "urn:ngsi-ld:Tower:pisa,urn:ngsi-ld:Tower:none"}, {"pisa"}),
        ({"attrs": "address,nothing"}, {"eiffel"}),
        ({"type": "", "q": 'name=="Pisa Tower"'}, {"pisa"}),
        ({"type": "", "attrs": "tags"}, {"eiffel"}),
        ({"type": "*", "q": "closes"}, BOTH),
        ({"csf": "name==x"}, BOTH),
        ({"splitEntities": "false"}, BOTH),
    ],
)
def test_selectors(api: httpx.Client, asking: dict[str, str], expected: set[str]) -> None:
    assert found(api, **asking) == expected


@pytest.mark.clause("5.7.2.4", "6.3.2")
@pytest.mark.parametrize(
    ("asking", "status", "kind"),
    [
        ({}, 400, "BadRequestData"),
        ({"attrs": "createdAt"}, 400, "BadRequestData"),
        ({"q": 'modifiedAt>"2020-01-01T00:00:00Z"'}, 400, "BadRequestData"),
        ({"idPattern": ".*"}, 400, "BadRequestData"),
        ({"type": "Tower", "id": "nothing"}, 400, "BadRequestData"),
        ({"type": "Tower", "csf": "))bad(("}, 400, "BadRequestData"),
        ({"type": "*", "local": "false"}, 400, "BadRequestData"),
        ({"type": "Tower", "local": "perhaps"}, 400, "BadRequestData"),
        ({"type": "Tower", "limit": "0"}, 400, "BadRequestData"),
        ({"type": "Tower", "limit": "-1"}, 400, "BadRequestData"),
        ({"type": "Tower", "offset": "x"}, 400, "BadRequestData"),
        ({"type": "Tower", "scopeQ": "//"}, 400, "BadRequestData"),
        ({"type": "Tower", "limit": "1001"}, 403, "TooManyResults"),
    ],
)
def test_questions_that_are_refused(api: httpx.Client, asking: dict[str, str], status: int, kind: str) -> None:
    answer = api.get("/entities", params=asking)
    assert (answer.status_code, answer.json()["type"]) == (status, ERRORS + kind)


@pytest.mark.clause("5.7.2.4", "5.5.13")
def test_everything_that_is_here(api: httpx.Client) -> None:
    assert {one["type"] for one in api.get("/entities", params={"local": "true"}).json()} >= {"Tower"}


@pytest.mark.clause("4.12", "4.13", "6.3.10", "6.3.13")
def test_pages_lead_to_their_neighbours(api: httpx.Client) -> None:
    for letter in "ABC":
        api.post("/entities", json={"id": f"urn:ngsi-ld:Page:{letter}", "type": "Page"})
    pattern = "urn:ngsi-ld:Page:.*"

    def page(limit: int, offset: int) -> tuple[int, dict[str, str]]:
        asking = {"type": "Page", "idPattern": pattern, "count": "true", "limit": limit, "offset": offset}
        answer = api.get("/entities", params=asking)
        assert answer.headers["ngsild-results-count"] == "3"
        links = re.findall(r'<([^>]+)>; rel="(next|prev)";type="application/json"', answer.headers["link"])
        return len(answer.json()), {relation: target for target, relation in links}

    def address(limit: int, offset: int) -> str:
        return f"/ngsi-ld/v1/entities?count=true&idPattern={pattern}&limit={limit}&offset={offset}&type=Page"

    assert page(1, 0) == (1, {"next": address(1, 1)})
    assert page(1, 1) == (1, {"prev": address(1, 0), "next": address(1, 2)})
    assert page(1, 2) == (1, {"prev": address(1, 1)})
    assert page(2, 0) == (2, {"next": address(2, 2)})
    assert page(0, 0) == (0, {})
