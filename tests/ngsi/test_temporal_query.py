"""Many evolutions: which are found by what was true in a period, in which order, and by GET and POST alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.clause("5.7.4", "6.18")

IN, OUT = "2026-03-01T12:00:00Z", "2026-01-05T00:00:00Z"
WINDOW = {"timerel": "between", "timeAt": "2026-03-01T00:00:00Z", "endTimeAt": "2026-03-02T00:00:00Z"}

Given = dict[str, list[dict[str, Any]]]


def told(value: Any, moment: str = IN, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": moment, **more}


def fleet(api: httpx.Client, new_id: Callable[..., str], given: dict[str, Given]) -> tuple[str, dict[str, str]]:
    """Entities of a type of their own, and their ids by the names they are given here."""
    kind = "Car" + new_id().rpartition(":")[2]
    ids = {name: new_id(kind) for name in given}
    for name, attributes in given.items():
        made = api.post("/temporal/entities", json={"id": ids[name], "type": kind, **attributes})
        assert made.status_code == 201, made.text
    return kind, ids


@pytest.fixture
def cars(api: httpx.Client, new_id: Callable[..., str]) -> Callable[..., list[str]]:
    """Asks for cars, and gives the names of those found."""
    far = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.0, 50.0]}, "observedAt": IN}
    near = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.1, 37.4]}, "observedAt": IN}
    kind, ids = fleet(
        api,
        new_id,
        {
            "fast": {"speed": [told(30), told(90, OUT)], "heading": [told(45)], "route": [told("550")]},
            "slow": {"speed": [told(10), told(80, OUT)], "heading": [told(170)], "location": [far]},
            "shapes": {
                "name": [told("m")],
                "ref": [{"type": "Relationship", "object": "urn:x:1", "observedAt": IN}],
                "tags": [told(["a", "b"])],
                "location": [near, {**far, "observedAt": "2026-03-01T13:00:00Z"}],
            },
            "nowin": {"speed": [told(99, OUT)], "location": [{**near, "observedAt": OUT}]},
            "multi": {"speed": [told(5), told(60, datasetId="urn:x:set")]},
        },
    )

    def asking(**parameters: Any) -> list[str]:
        found = api.get("/temporal/entities", params={"type": kind, **WINDOW, **parameters})
        assert found.status_code == 200, found.text
        return [name for one in found.json() for name, id in ids.items() if id == one["id"]]

    return asking


@pytest.mark.clause("4.9", "4.10")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"fast", "slow", "shapes", "multi"}),
        ({"q": "speed>25"}, {"fast", "multi"}),
        ({"q": "speed>50"}, {"multi"}),
        ({"q": "speed>=5;heading<90"}, {"fast"}),
        ({"q": "speed>25|heading>100"}, {"fast", "slow", "multi"}),
        ({"q": 'speed>25|name~="^m"'}, {"fast", "shapes", "multi"}),
        ({"q": "!heading;speed>25"}, {"multi"}),
        ({"q": "speed==10..40"}, {"fast", "slow"}),
        ({"q": 'route=="550","551"'}, {"fast"}),
        ({"q": 'ref=="urn:x:1"'}, {"shapes"}),
        ({"q": 'tags=="a"'}, {"shapes"}),
        ({"attrs": "speed"}, {"fast", "slow", "multi"}),
        ({"attrs": "heading", "q": "speed>25"}, {"fast"}),
        ({"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": "[127.1,37.4]"}, {"shapes"}),
    ],
)
def test_what_was_true_in_the_period_decides(
    cars: Callable[..., list[str]], asked: dict[str, Any], expected: set[str]
) -> None:
    assert set(cars(**asked)) == expected


def test_only_instances_of_the_period_are_told(api: httpx.Client, new_id: Callable[..., str]) -> None:
    kind, _ = fleet(api, new_id, {"one": {"speed": [told(30), told(20, "2026-03-01T13:00:00Z"), told(90, OUT)]}})
    (found,) = api.get("/temporal/entities", params={"type": kind, "q": "speed>25", **WINDOW}).json()
    assert [one["value"] for one in found["speed"]] == [30, 20], "q chooses entities, not instances"
    (last,) = api.get("/temporal/entities", params={"type": kind, "lastN": 1, **WINDOW}).json()
    assert [one["value"] for one in last["speed"]] == [20]
    (shown,) = api.get("/temporal/entities", params={"type": kind, "attrs": "speed", "q": "speed>25", **WINDOW}).json()
    assert shown.keys() == {"id", "type", "speed"}


@pytest.mark.clause("4.23", "5.5.9", "6.3.13", "6.3.10")
def test_pages_counts_and_order(api: httpx.Client, new_id: Callable[..., str]) -> None:
    kind, ids = fleet(api, new_id, {name: {"speed": [told(1)]} for name in "abcde"})
    base = {"type": kind, **WINDOW, "orderBy": "id"}
    found = api.get("/temporal/entities", params=base).json()
    assert [one["id"] for one in found] == sorted(ids.values())
    down = api.get("/temporal/entities", params={**base, "orderBy": "id;desc"}).json()
    assert [one["id"] for one in down] == sorted(ids.values(), reverse=True)
    page = api.get("/temporal/entities", params={**base, "limit": 2, "offset": 2, "count": "true"})
    assert [one["id"] for one in page.json()] == sorted(ids.values())[2:4]
    assert page.headers["ngsild-results-count"] == "5"
    links = page.headers["link"]
    assert 'rel="next";type="application/json"' in links
    assert 'rel="prev";type="application/json"' in links
    only = api.get("/temporal/entities", params={**base, "limit": 0, "count": "true"})
    assert (only.json(), only.headers["ngsild-results-count"]) == ([], "5")


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "Car"},
        {"type": "Car", "lastN": "3"},
        {**WINDOW},
        {**WINDOW, "attrs": "createdAt"},
        {**WINDOW, "type": "Car", "pick": "owner{name}"},
        {**WINDOW, "type": "Car", "q": 'owner{name}=="x"'},
        {**WINDOW, "type": "Car", "id": "no uri"},
        {**WINDOW, "type": "Car", "csf": "))bad(("},
        {**WINDOW, "type": "Car", "orderBy": "name"},
        {**WINDOW, "type": "Car", "orderBy": "id,name"},
        {**WINDOW, "type": "Car", "orderBy": "createdAt"},
    ],
)
def test_what_cannot_be_asked_is_refused(api: httpx.Client, asked: dict[str, str]) -> None:
    refused = api.get("/temporal/entities", params=asked)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (400, "BadRequestData"), refused.text


@pytest.mark.clause("5.5.13")
def test_the_local_scope_needs_no_filter(api: httpx.Client, new_id: Callable[..., str]) -> None:
    _, ids = fleet(api, new_id, {"one": {"speed": [told(1)]}})
    found = api.get("/temporal/entities", params={**WINDOW, "local": "true", "limit": 1000})
    assert ids["one"] in {one["id"] for one in found.json()}


@pytest.mark.clause("5.2.21", "5.2.44", "6.24")
def test_a_query_may_be_a_document(api: httpx.Client, new_id: Callable[..., str]) -> None:
    kind, ids = fleet(
        api, new_id, {"a": {"speed": [told(1), told(3, "2026-03-01T13:00:00Z")]}, "b": {"speed": [told(2, OUT)]}}
    )

    def asking(**members: Any) -> httpx.Response:
        body = {"type": "Query", "entities": [{"type": kind}], "temporalQ": {**WINDOW}, **members}
        return api.post("/temporal/entityOperations/query", json=body)

    assert [one["id"] for one in asking().json()] == [ids["a"]]
    after = {"timerel": "after", "timeAt": OUT}
    both = asking(entities=[{"type": kind}, {"type": "Bus"}], temporalQ=after)
    assert {one["id"] for one in both.json()} == set(ids.values())
    assert [one["value"] for one in asking(temporalQ={**WINDOW, "lastN": 1}).json()[0]["speed"]] == [3]
    for methods in ("avg", ["avg"]):
        (found,) = asking(temporalQ={**WINDOW, "aggrMethods": methods}).json()
        assert found["speed"]["avg"][0][0] == 2.0
    (found,) = asking(aggrParams={"aggrMethods": ["max"], "aggrPeriodDuration": "PT0S"}).json()
    assert found["speed"]["max"] == [[3.0, WINDOW["timeAt"], WINDOW["endTimeAt"]]]
    for wrong, word in (
        ({"temporalQ": {**WINDOW, "lastN": 0}}, "lastN"),
        ({"temporalQ": {**WINDOW, "lastN": 1.5}}, "lastN"),
        ({"temporalQ": {"timerel": "during", "timeAt": IN}}, "timerel"),
        ({"temporalQ": {"timerel": "between", "timeAt": IN}}, "endTimeAt"),
        ({"temporalQ": {**WINDOW, "timeproperty": "sometime"}}, "timeproperty"),
        ({"temporalQ": {**WINDOW, "aggrMethods": ["avg"], "aggrPeriodDuration": "soon"}}, "aggrPeriodDuration"),
        ({"aggrParams": {"aggrMethods": ["mode"]}}, "aggrMethods"),
        ({"aggrParams": {"aggrMethods": ["avg"], "aggrPeriodDuration": "soon"}}, "aggrPeriodDuration"),
        ({"temporalQ": "yesterday"}, "temporalQ"),
    ):
        refused = asking(**wrong)
        assert refused.status_code == 400
        assert word in refused.json()["detail"]


@pytest.mark.clause("4.18", "4.19")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("/A/B", {"ab": ["ab"], "both": ["both"]}),
        ("/Y", {}),
        ("/A/#", {"ab": ["ab"], "both": ["both"]}),
        ("/X|/M", {"xx": ["xx"], "mid": ["post"]}),
        ("(/A/B;/C)", {"both": ["both"]}),
        ("/R", {"rep": ["old"]}),
        ("/S", {"rep": ["new"]}),
        ("/Z", {}),
        ("/#", {"ab": ["ab"], "both": ["both"], "xx": ["xx"], "mid": ["post"], "rep": ["old", "new"]}),
    ],
)
def test_a_scope_chooses_what_was_told_while_it_was_valid(
    api: httpx.Client, new_id: Callable[..., str], asked: str, expected: dict[str, list[str]]
) -> None:
    def moment(hour: int, minute: int = 0) -> str:
        return f"2026-03-01T{hour:02}:{minute:02}:00Z"

    kind, ids = fleet(
        api,
        new_id,
        {
            "ab": {"scope": [told("/A/B", moment(10))], "speed": [told("ab", moment(12, 5))]},
            "xx": {"scope": [told("/X", moment(10))], "speed": [told("xx", moment(12, 5))]},
            "bare": {"speed": [told("bare", moment(12, 5))]},
            "both": {"scope": [told(["/A/B", "/C"], moment(10))], "speed": [told("both", moment(12, 5))]},
            "mid": {
                "scope": [told("/M", moment(12, 10))],
                "speed": [told("pre", moment(12, 5)), told("post", moment(12, 15))],
            },
            "rep": {
                "scope": [told("/R", moment(10)), told("/S", moment(12, 30))],
                "speed": [told("old", moment(12, 15)), told("new", moment(12, 45))],
            },
            "late": {"scope": [told("/Z", moment(14))], "speed": [told("late", moment(12, 5))]},
        },
    )
    window = {"timerel": "between", "timeAt": moment(12), "endTimeAt": moment(13)}
    found = api.get("/temporal/entities", params={"type": kind, "scopeQ": asked, **window}).json()
    names = {id: name for name, id in ids.items()}
    assert {names[one["id"]]: [told["value"] for told in one["speed"]] for one in found} == expected
    if asked == "/A/B":
        assert all("/A/B" in one["scope"][0]["value"] for one in found), "what was valid when the period began is told"


@pytest.mark.clause("4.11")
def test_the_period_may_be_of_recording(api: httpx.Client, new_id: Callable[..., str]) -> None:
    kind = "Shed" + new_id().rpartition(":")[2]
    ids = [new_id(kind) for _ in range(3)]
    for id in ids:
        api.post("/entities", json={"id": id, "type": kind, "name": {"type": "Property", "value": "x"}})
    since = {"timerel": "after", "timeAt": "1970-01-01T00:00:00Z", "timeproperty": "createdAt"}
    found = api.get("/temporal/entities", params={"type": kind, "orderBy": "id", **since}).json()
    assert [one["id"] for one in found] == sorted(ids)
    assert api.get("/temporal/entities", params={"type": kind, **since, "timeproperty": "observedAt"}).json() == []


@pytest.mark.clause("4.21")
@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ({"pick": "id"}, {"id"}),
        ({"pick": "id,type"}, {"id", "type"}),
        ({"pick": "speed"}, {"speed"}),
        ({"pick": "id,speed"}, {"id", "speed"}),
        ({"omit": "speed"}, {"id", "type", "fuel"}),
        ({"omit": "type"}, {"id", "speed", "fuel"}),
        ({"omit": "type,speed,fuel"}, {"id"}),
    ],
)
def test_members_are_picked_and_omitted(
    api: httpx.Client, new_id: Callable[..., str], asked: dict[str, str], members: set[str]
) -> None:
    kind, ids = fleet(
        api,
        new_id,
        {"a": {"speed": [told(1)], "fuel": [told(2)]}, "b": {"speed": [told(1, OUT)], "fuel": [told(1, OUT)]}},
    )
    (found,) = api.get("/temporal/entities", params={"type": kind, **WINDOW, **asked}).json()
    assert found.keys() == members
    one = api.get(f"/temporal/entities/{ids['a']}", params={**WINDOW, **asked})
    assert one.json().keys() == members


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "a==1"}, {"changed", "plain"}),
        ({"q": "a==1;a==2"}, {"changed"}),
        ({"q": "a==2|b"}, {"changed", "more"}),
        ({"q": "!b"}, {"changed", "plain", "less"}),
        ({"q": "a!=1"}, {"changed", "more", "less"}),
        ({"q": "c==9"}, {"less"}),
        ({"q": "a.observedAt>2026-03-01T00:00:00Z"}, {"less"}),
        ({"attrs": "c"}, {"less"}),
        ({"attrs": "b"}, {"more"}),
        ({"scopeQ": "/x/#"}, {"changed"}),
        ({"scopeQ": "/y"}, {"changed", "more"}),
        ({"georel": "disjoint", "geometry": "Point", "coordinates": "[127.1,37.4]"}, {"more"}),
        ({"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[127.1,37.4]"}, {"more"}),
    ],
)
def test_what_the_entity_api_wrote_is_found_by_any_of_its_states(
    api: httpx.Client, new_id: Callable[..., str], asked: dict[str, str], expected: set[str]
) -> None:
    kind = "Car" + new_id().rpartition(":")[2]
    ids = {name: new_id(kind) for name in ("changed", "plain", "more", "less")}

    def place(x: float) -> dict[str, Any]:
        return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, 37.4]}}

    def put(name: str, **members: Any) -> None:
        assert api.post("/entities", json={"id": ids[name], "type": kind, **members}).status_code == 201

    put("changed", a={"type": "Property", "value": 1}, scope="/x/one")
    put("plain", a={"type": "Property", "value": 1})
    put("more", a={"type": "Property", "value": 3}, location=place(127.1), scope="/y")
    put("less", a=told(4), c={"type": "Property", "value": 9})
    api.patch(f"/entities/{ids['changed']}", json={"a": {"type": "Property", "value": 2}, "scope": "/y"})
    api.post(f"/entities/{ids['more']}/attrs", json={"b": {"type": "Property", "value": 0}, "location": place(128)})
    api.delete(f"/entities/{ids['less']}/attrs/c")
    ever = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z", "timeproperty": "modifiedAt"}
    found = api.get("/temporal/entities", params={"type": kind, **ever, **asked})
    assert found.status_code == 200, found.text
    assert {name for one in found.json() for name, id in ids.items() if id == one["id"]} == expected
