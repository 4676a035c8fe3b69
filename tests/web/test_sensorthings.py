"""The SensorThings view over HTTP: paths, options, and that it says the same as the entities."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers import broker
from madang.errors import CallerError
from madang.web.sta import expressions
from madang.web.sta.options import parse_query, split

STATION = "urn:ngsi-ld:AirQualityObserved:test:{}"
HOURS = 30


def station(number: int) -> dict[str, Any]:
    return {
        "id": STATION.format(number),
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": f"측정소 {number}"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.0 + number / 10, 37.4]}},
    }


@pytest.fixture(scope="module")
def sta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The view of a city with three stations; the first two have readings, an hour apart."""
    with broker(tmp_path_factory.mktemp("sta")) as server, server.client() as api:
        for number in range(3):
            assert api.post("/entities", json=station(number)).status_code == 201
        for hour in range(HOURS):
            for number in range(2):
                at = f"2026-01-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z"
                part = {"type": "Property", "value": hour + number * 100.5, "unitCode": "GQ", "observedAt": at}
                assert api.patch(f"/entities/{STATION.format(number)}/attrs", json={"pm10": part}).status_code == 204
        with httpx.Client(base_url=f"{server.url}/sta/test/v1.1", timeout=30) as client:
            yield client


def values(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    return list(reply.json()["value"])


def test_the_root_names_the_eight_sets(sta: httpx.Client) -> None:
    assert values(sta.get("/"))[0]["name"] == "Things"
    assert len(values(sta.get("/"))) == 8


def test_a_thing_is_an_observed_entity_and_a_datastream_each_series_of_it(sta: httpx.Client) -> None:
    things = sta.get("/Things?$count=true&$expand=Datastreams,Locations").json()
    assert things["@iot.count"] == 3
    assert [len(one["Datastreams"]) for one in things["value"]] == [1, 1, 0]
    assert things["value"][0]["Locations"][0]["location"]["type"] == "Point"
    stream = things["value"][0]["Datastreams"][0]
    assert stream["unitOfMeasurement"]["symbol"] == "µg/m³"
    assert httpx.get(stream["@iot.selfLink"]).json()["name"] == stream["name"]


def test_the_newest_reading_is_one_step_away(sta: httpx.Client) -> None:
    newest = "$orderby=phenomenonTime desc&$top=1"
    stream = quote(f"Datastreams('{STATION.format(0)}|pm10')")
    found = sta.get(f"/{stream}/Observations?{newest}").json()
    assert [one["result"] for one in found["value"]] == [HOURS - 1]
    assert httpx.get(found["@iot.nextLink"]).json()["value"][0]["result"] == HOURS - 2
    expanded = values(sta.get(f"/Datastreams?$expand=Observations({newest.replace('&', ';')})"))
    assert [one["Observations"][0]["result"] for one in expanded] == [HOURS - 1, HOURS - 1 + 100.5]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ("phenomenonTime ge 2026-01-02T00:00:00Z", 6),
        ("phenomenonTime gt 2026-01-01T00:00:00Z and phenomenonTime le 2026-01-01T03:00:00+00:00", 3),
        ("result gt 20", HOURS - 21),
        ("result gt 20 and phenomenonTime lt 2026-01-01T22:00:00Z", 1),
        ("hour(phenomenonTime) eq 3 or result eq 0", 3),
        ("not (result lt 5) and result mod 2 eq 0", 12),
        ("Datastream/ObservedProperty/name eq 'PM10'", HOURS),
        ("result gt 'x'", 0),
    ],
)
def test_readings_are_filtered(sta: httpx.Client, wanted: str, count: int) -> None:
    stream = quote(f"Datastreams('{STATION.format(0)}|pm10')")
    found = sta.get(f"/{stream}/Observations?$count=true&$top=1000&$filter={quote(wanted)}").json()
    assert found["@iot.count"] == len(found["value"]) == count


def test_things_are_found_by_place_and_by_what_they_lead_to(sta: httpx.Client) -> None:
    box = "POLYGON ((126.95 37, 127.15 37, 127.15 38, 126.95 38, 126.95 37))"
    inside = f"st_within(Locations/location, geography'{box}')"
    assert len(values(sta.get(f"/Things?$filter={quote(inside)}"))) == 2
    near = "geo.distance(location, geography'POINT (127 37.4)') lt 9000"
    assert len(values(sta.get(f"/Locations?$filter={quote(near)}"))) == 2
    named = "endswith(Thing/name, '1')"
    assert [one["@iot.id"] for one in values(sta.get(f"/Datastreams?$filter={quote(named)}"))] == [
        f"{STATION.format(1)}|pm10"
    ]


def test_every_link_that_is_told_leads_somewhere(sta: httpx.Client) -> None:
    seen: set[str] = set()
    waiting = [str(sta.base_url).rstrip("/") + f"/{name}?$top=1" for name in ("Things", "Datastreams", "Observations")]
    while waiting:
        url = waiting.pop()
        reply = httpx.get(url)
        assert reply.status_code == 200, f"{url}: {reply.text}"
        found = reply.json()
        nodes = found.get("value", [found])
        for node in nodes[:1]:
            kinds = {key: link for key, link in node.items() if key.endswith("Link")}
            for key, link in kinds.items():
                shape = (node["@iot.selfLink"].rpartition("/")[2].partition("(")[0], key)
                if str(shape) not in seen:
                    seen.add(str(shape))
                    waiting.append(link)
    assert len(seen) >= 20


def test_properties_values_references_and_rows(sta: httpx.Client) -> None:
    thing = quote(f"Things('{STATION.format(0)}')")
    assert sta.get(f"/{thing}/name").json() == {"name": "측정소 0"}
    assert sta.get(f"/{thing}/name/$value").text == "측정소 0"
    assert values(sta.get("/Things/$ref"))[0].keys() == {"@iot.selfLink"}
    assert values(sta.get("/Things?$select=name&$top=1")) == [{"name": "측정소 0"}]
    rows = values(sta.get("/Observations?$resultFormat=dataArray&$top=40"))
    assert [block["dataArray@iot.count"] for block in rows] == [HOURS, 10]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/Nothings", 404),
        ("/Things('urn:x:y')", 404),
        ("/Things?$top=-1", 400),
        ("/Things?$filter=name eq", 400),
        ("/Things?$filter=" + "(" * 60 + "1" + ")" * 60, 400),
        ("/Things?$filter=length(name", 400),
        ("/Things?$expand=Nothing", 400),
        ("/Things?$unknown=1", 400),
        ("/Things('a')('b')", 404),
        ("/Things?$filter=st_within(location, geography'POINT (')", 400),
    ],
)
def test_what_is_wrong_is_told(sta: httpx.Client, path: str, status: int) -> None:
    reply = sta.get(path)
    assert reply.status_code == status, reply.text
    assert reply.json()["detail"]


def test_it_is_a_view_to_read(sta: httpx.Client) -> None:
    assert sta.post("/Things", json={}).status_code == 405


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    with contextlib.suppress(CallerError):
        expressions.parse(text).of(lambda path: None)


@given(st.text(alphabet="$=&;(),abc'", max_size=40))
def test_any_query_is_options_or_an_error(text: str) -> None:
    with contextlib.suppress(CallerError):
        parse_query(text)


def test_parts_are_split_outside_brackets_and_quotes() -> None:
    assert split("a(b,c),'x,y',d", ",") == ["a(b,c)", "'x,y'", "d"]


@pytest.mark.parametrize("rest", ["", "/", "/v1.0/Things"])
def test_whoever_forgets_the_version_is_told_where_it_stands(sta: httpx.Client, rest: str) -> None:
    base = str(sta.base_url).rstrip("/").removesuffix("/v1.1")
    answer = httpx.get(base + rest)
    assert (answer.status_code, answer.json()["code"]) == (404, "sta.no-version")
    assert "/sta/test/v1.1/" in answer.json()["detail"]
