"""What the viewer reads over HTTP and in the shell: the shapes that pages build on, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from madang.cli import run
from madang.entities.entity import geo_property, property_, relationship

if TYPE_CHECKING:
    from tests.web.conftest import Server

CITY = "/api/cities/seongnam"
ROAD = "urn:ngsi-ld:RoadSegment:test:r1"
FLOW = "urn:ngsi-ld:TrafficFlowObserved:test:f1"
DONG = "urn:ngsi-ld:Dong:kostat-2020:31023740"
SPEED = "averageVehicleSpeed"


def read(value: Any, minute: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "unitCode": "KMH", "observedAt": f"2026-08-16T09:{minute:02}:00Z"}


@pytest.fixture(scope="module")
def reader(server: Server) -> Iterator[httpx.Client]:
    """Somebody who may only look, at a city with one road and its sensor."""
    line = {"type": "LineString", "coordinates": [[127.1, 37.4], [127.11, 37.4]]}
    city = server.cities["seongnam"]
    road = {"id": ROAD, "type": "RoadSegment", "name": property_("판교로"), "lanes": property_(2)}
    city.put(road | {"location": geo_property(line)}, by="tests")
    for minute, speed in ((40, 30.0), (50, 20.0)):
        sensor = {"id": FLOW, "type": "TrafficFlowObserved", "refRoadSegment": relationship(ROAD)}
        city.put(sensor | {SPEED: read(speed, minute), "status": property_("synthetic")}, by="tests")
    with server.client("read") as client:
        yield client


def test_search_and_relationships(reader: httpx.Client) -> None:
    (hit, *_) = reader.get(f"{CITY}/search", params={"text": "ㅅㅍㄷ"}).json()
    assert hit["id"] == DONG
    assert hit["label"] == {"ko": "행정동", "en": "Administrative dong"}
    assert set(hit) == {"id", "type", "label", "name", "address", "lon", "lat", "matched"}
    assert 127.1 < hit["lon"] < 127.11
    back = reader.get(f"{CITY}/entity/{quote(ROAD)}/related").json()
    assert [(one["attribute"], one["id"], one["label"]["ko"]) for one in back["in"]] == [
        ("refRoadSegment", FLOW, "도로 구간")
    ]
    assert (back["out"], back["more"]) == ([], 0)


def test_series_and_live_values(reader: httpx.Client) -> None:
    asked = {"attribute": SPEED, "from": "2026-08-16T18:45:00+09:00"}
    found = reader.get(f"{CITY}/entity/{FLOW}/series", params=asked).json()
    assert [(point["at"][:16], point["value"], point["status"]) for point in found["points"]] == [
        ("2026-08-16T09:50", 20.0, "synthetic")
    ]
    assert (found["kind"], found["unit"], found["staleAfterS"]) == ("observations", "KMH", 1800.0)
    assert found["address"].endswith(f"{FLOW}.{SPEED}@2026-08-16T09:50:00.000000Z")
    now = reader.get(f"{CITY}/live", params={"types": "TrafficFlowObserved"}).json()
    (sensor,) = now["sensors"]
    assert (sensor["lon"], sensor["lat"], sensor["place"]["id"]) == (127.105, 37.4, ROAD)
    assert sensor["readings"][0]["stale"] is True
    assert set(sensor["readings"][0]["staleReason"]) == {"ko", "en"}


def test_values_and_frames_of_a_layer(reader: httpx.Client) -> None:
    told = reader.get(f"{CITY}/layers/road/moments").json()
    assert [(one["attribute"], one["via"], one["features"]) for one in told] == [(SPEED, "refRoadSegment", 1)]
    frames = reader.get(f"{CITY}/layers/road/frames", params={"attribute": SPEED, "steps": 2}).json()
    assert (frames["ids"], frames["values"], frames["status"]) == ([ROAD], [[30.0], [20.0]], "synthetic")
    at = {"attribute": SPEED, "at": "2026-08-16T09:45:00Z"}
    values = reader.get(f"{CITY}/layers/road/values", params=at).json()
    assert (values["ids"], values["values"], values["names"]) == ([ROAD], [30.0], ["판교로"])
    assert values["observedAt"][0].startswith("2026-08-16T09:40")
    plain = reader.get(f"{CITY}/layers/road/values", params={"attribute": "lanes"}).json()
    assert plain["values"] == [2]
    assert plain["addresses"]
    lanes = reader.get(f"{CITY}/layers/road/values", params={"attribute": "lanes", "at": "2030-01-01T00:00:00Z"}).json()
    assert (lanes["kind"], lanes["values"]) == ("versions", [2])
    joined = reader.get(f"{CITY}/layers/road/values", params={"attribute": SPEED}).json()
    assert joined["values"] == [None]  # the last reading is stale by now, so the speed is not known


def test_results_of_a_run(reader: httpx.Client, server: Server) -> None:
    site = {"id": "urn:ngsi-ld:ServiceSite:test:c1", "type": "ServiceSite", "kind": property_("clinic")}
    point = geo_property({"type": "Point", "coordinates": [127.1, 37.4]})
    server.cities["sejong"].put(site | {"state": property_("operating"), "location": point}, by="tests")
    server.cities["sejong"].run("siting")
    listed = reader.get("/api/cities/sejong/results").json()
    assert {one["kind"] for one in listed} == {"places", "flows", "grid"}
    assert listed[0]["recordedAt"].endswith("Z")
    for one in listed:
        found = reader.get(f"/api/cities/sejong/results/{quote(one['id'], safe='')}").json()
        assert (found["id"], found["kind"], found["unit"]) == (one["id"], one["kind"], one["unit"])
        assert {"label", "status", "source", "note", "frames", "low", "high"} <= set(found)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search?text=x&limit=0", 400),
        ("/search?text=x&limit=1e9", 400),
        ("/entity/urn:x:y/related", 404),
        (f"/entity/{FLOW}/series", 400),
        (f"/entity/{FLOW}/series?attribute=colour", 404),
        (f"/entity/{FLOW}/series?attribute={SPEED}&from=2026-08-17T00:00:00Z&to=2026-08-16T00:00:00Z", 400),
        (f"/entity/{FLOW}/series?attribute={SPEED}&from=2026-08-17", 400),
        ("/live?types=Building", 400),
        ("/layers/road/frames?attribute=colour", 404),
        (f"/layers/road/frames?attribute={SPEED}&steps=0", 400),
        (f"/layers/road/frames?attribute={SPEED}&steps=10000000", 400),
        (f"/layers/road/frames?attribute={SPEED}&steps=NaN", 400),
        ("/layers/none/frames?attribute=lanes", 404),
        ("/layers/road/values?attribute=colour&at=2026-08-16T09:45:00Z", 404),
        ("/results/none", 404),
        ("/results/live:pm25", 404),
        ("/search?text=x&unknown=1", 400),
    ],
)
def test_what_is_asked_wrongly_is_refused_and_says_what_to_do(reader: httpx.Client, path: str, status: int) -> None:
    answer = reader.get(CITY + path, headers={"accept-language": "ko"})
    assert answer.status_code == status
    assert answer.json()["code"] != "web.unexpected"
    assert answer.json()["detail"]


def test_the_shell_finds_and_shows_the_same(
    reader: httpx.Client, server: Server, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = str(server.cities["seongnam"].path)
    assert run(["search", path, "판교로", "--json"]) == 0
    assert orjson.loads(capsysbinary.readouterr().out)[0]["id"] == ROAD
    assert run(["live", path]) == 0
    assert "stale" in capsysbinary.readouterr().out.decode()
    assert run(["search", path, "없는이름"]) == 0
    assert run(["search", path, "x", "--limit", "0"]) != 0
