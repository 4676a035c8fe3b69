"""One evolution as it is told: periods, the last n, forms, times, what was deleted, parts of a long one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from brokers import Broker, Loopback, broker, serving_context
from madang.web.around import Settings

pytestmark = pytest.mark.clause("5.7.3", "6.19")

NULL = "urn:ngsi-ld:null"
MOST = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker whose answers hold ten instances of an attribute at most."""
    settings = Settings(allow_local=True, most_instances=MOST)
    with broker(tmp_path_factory.mktemp("broker"), settings=settings) as found:
        yield found


def at(minute: int, hour: int = 12, day: int = 1) -> str:
    return f"2026-03-{day:02}T{hour:02}:{minute:02}:00Z"


def told(value: Any, moment: str, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": moment, **more}


def made(api: httpx.Client, id: str, **attributes: Any) -> str:
    found = api.post("/temporal/entities", json={"id": id, "type": "Bus", **attributes})
    assert found.status_code == 201, found.text
    return f"/temporal/entities/{id}"


@pytest.fixture
def bus(api: httpx.Client, new_id: Callable[..., str]) -> str:
    return made(
        api,
        new_id("Bus"),
        speed=[told(120, at(3)), told(80, at(5)), told(100, at(7))],
        fuel=[told(67, at(3)), told(53, at(5, 13)), told(40, at(7, 14))],
    )


def values(found: httpx.Response, attribute: str) -> list[Any]:
    assert found.status_code in (200, 206), found.text
    return [one["value"] for one in found.json()[attribute]]


@pytest.mark.clause("4.5.6", "4.5.7")
def test_each_attribute_is_a_list_of_instances_in_order(api: httpx.Client, bus: str) -> None:
    found = api.get(bus).json()
    assert found["type"] == "Bus"
    first = found["speed"][0]
    assert {key: first[key] for key in ("type", "value", "observedAt")} == told(120, at(3))
    assert first["instanceId"].startswith("urn:ngsi-ld:Instance:")
    assert first.keys() == {"type", "value", "observedAt", "instanceId"}
    assert [one["value"] for one in found["fuel"]] == [67, 53, 40]


@pytest.mark.clause("4.11")
@pytest.mark.parametrize(
    ("asked", "speed"),
    [
        ({"timerel": "after", "timeAt": at(5)}, [80, 100]),
        ({"timerel": "after", "timeAt": "2026-03-01T12:05:00.000Z"}, [80, 100]),
        ({"timerel": "before", "timeAt": at(5)}, [120]),
        ({"timerel": "before", "timeAt": "2026-03-01T12:05:00,000Z"}, [120]),
        ({"timerel": "between", "timeAt": at(3), "endTimeAt": at(7)}, [120, 80]),
        ({"lastN": 2}, [80, 100]),
        ({"lastN": 7}, [120, 80, 100]),
        ({"lastN": 1, "timerel": "before", "timeAt": at(7)}, [80]),
    ],
)
def test_a_period_holds_its_beginning_and_not_its_end(
    api: httpx.Client, bus: str, asked: dict[str, Any], speed: list[int]
) -> None:
    assert values(api.get(bus, params=asked), "speed") == speed


@pytest.mark.clause("4.11", "6.3.20")
@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"timerel": "after"}, "BadRequestData"),
        ({"timerel": "before", "timeAt": ""}, "BadRequestData"),
        ({"timerel": "between", "timeAt": at(3)}, "BadRequestData"),
        ({"timerel": "during", "timeAt": at(3)}, "BadRequestData"),
        ({"timerel": "after", "timeAt": "2026-03-01"}, "BadRequestData"),
        ({"timeAt": at(3)}, "BadRequestData"),
        ({"timeproperty": "observedat"}, "BadRequestData"),
        ({"lastN": 0}, "BadRequestData"),
        ({"lastN": "1.5"}, "BadRequestData"),
        ({"format": "invented"}, "InvalidRequest"),
        ({"options": "temporalValues,invented"}, "InvalidRequest"),
        ({"format": "temporalValues", "options": "aggregatedValues,invented"}, "InvalidRequest"),
        ({"invented": "1"}, "InvalidRequest"),
        ({"pick": "speed", "omit": "speed"}, "BadRequestData"),
        ({"pick": "speed", "attrs": "fuel"}, "BadRequestData"),
        ({"omit": "speed", "attrs": "fuel"}, "BadRequestData"),
        ({"pick": "owner{name}"}, "BadRequestData"),
        ({"options": "aggregatedValues"}, "BadRequestData"),
        ({"options": "aggregatedValues", "aggrMethods": "mode"}, "BadRequestData"),
        ({"options": "aggregatedValues", "aggrMethods": "avg", "aggrPeriodDuration": "1H"}, "BadRequestData"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: httpx.Client, bus: str, asked: dict[str, Any], kind: str) -> None:
    refused = api.get(bus, params=asked)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (400, kind), refused.text


def test_what_is_not_there_is_not_found(api: httpx.Client, bus: str) -> None:
    assert api.get("/temporal/entities/urn:ngsi-ld:Bus:none").status_code == 404
    assert api.get("/temporal/entities/none").status_code == 400
    for asked in (
        {"attrs": "unknown"},
        {"pick": "unknown"},
        {"omit": "id,type,speed,fuel"},
        {"timerel": "after", "timeAt": at(0, day=9)},
    ):
        assert api.get(bus, params=asked).status_code == 404, asked
    assert api.get(bus, params={"datasetId": "urn:none"}).json().keys() == {"id", "type"}


@pytest.mark.clause("4.21")
def test_members_are_picked_and_omitted(api: httpx.Client, bus: str) -> None:
    assert api.get(bus, params={"attrs": "speed"}).json().keys() == {"id", "type", "speed"}
    assert api.get(bus, params={"pick": "speed"}).json().keys() == {"speed"}
    assert api.get(bus, params={"pick": "id,speed"}).json().keys() == {"id", "speed"}
    assert api.get(bus, params={"omit": "type,speed"}).json().keys() == {"id", "fuel"}


@pytest.mark.clause("4.5.9")
def test_simplified_values_are_pairs(api: httpx.Client, bus: str) -> None:
    for asked in ({"options": "temporalValues"}, {"format": "temporalValues", "options": "aggregatedValues"}):
        found = api.get(bus, params=asked)
        assert found.json()["speed"] == {"type": "Property", "values": [[120.0, at(3)], [80.0, at(5)], [100.0, at(7)]]}
        assert '"values":[[120.0,' in found.text


@pytest.mark.clause("4.5.9", "4.5.8")
def test_each_kind_has_its_own_list(api: httpx.Client, new_id: Callable[..., str]) -> None:
    point = {"type": "Point", "coordinates": [1.0, 2.0]}
    road = "urn:ngsi-ld:Road:1"
    path = made(
        api,
        new_id(),
        location=[{"type": "GeoProperty", "value": point, "observedAt": at(1)}],
        treads={"type": "ListProperty", "valueList": [1.2, 3.4], "observedAt": at(1)},
        route={"type": "ListRelationship", "objectList": [road], "observedAt": at(1)},
        parkedAt={"type": "Relationship", "object": road, "observedAt": at(1)},
        says={"type": "LanguageProperty", "languageMap": {"ko": "네", "en": "yes"}, "observedAt": at(1)},
        ticket={"type": "JsonProperty", "json": {"a": 1}, "observedAt": at(1)},
        state={"type": "VocabProperty", "vocab": "moving", "observedAt": at(1)},
    )
    found = api.get(path, params={"options": "temporalValues"}).json()
    assert found["location"] == {"type": "GeoProperty", "values": [[point, at(1)]]}
    assert found["treads"] == {"type": "ListProperty", "valueLists": [[[1.2, 3.4], at(1)]]}
    assert found["route"] == {"type": "ListRelationship", "objectLists": [[[road], at(1)]]}
    assert found["parkedAt"] == {"type": "Relationship", "objects": [[road, at(1)]]}
    assert found["says"]["languageMaps"] == [[{"languageMap": {"ko": "네", "en": "yes"}}, at(1)]]
    assert found["ticket"] == {"type": "JsonProperty", "jsons": [[{"json": {"a": 1}}, at(1)]]}
    assert found["state"] == {"type": "VocabProperty", "vocabs": [[{"vocab": "moving"}, at(1)]]}
    spoken = api.get(path, params={"lang": "ko"}).json()["says"][0]
    assert (spoken["type"], spoken["value"], spoken["lang"]) == ("Property", "네", "ko")


def test_concise_instances_leave_out_what_is_clear(api: httpx.Client, bus: str) -> None:
    first = api.get(bus, params={"format": "concise"}).json()["speed"][0]
    assert first.keys() == {"value", "observedAt", "instanceId"}


@pytest.mark.clause("4.5.5")
def test_datasets_are_told_apart(api: httpx.Client, new_id: Callable[..., str]) -> None:
    b = {"datasetId": "urn:sensor:b"}
    path = made(api, new_id(), speed=[told(1, at(1)), told(2, at(1), **b), told(3, at(2), **b)])
    assert values(api.get(path, params={"datasetId": "urn:sensor:b"}), "speed") == [2, 3]
    assert values(api.get(path, params={"datasetId": "@none"}), "speed") == [1]
    simplified = api.get(path, params={"format": "temporalValues", "datasetId": "urn:sensor:b"}).json()["speed"]
    assert simplified == {"type": "Property", **b, "values": [[2.0, at(1)], [3.0, at(2)]]}
    assert len(api.get(path, params={"format": "temporalValues"}).json()["speed"]) == 2


@pytest.mark.clause("6.3.11")
def test_system_times_on_request(api: httpx.Client, bus: str) -> None:
    found = api.get(bus, params={"options": "sysAttrs"}).json()
    assert {"createdAt", "modifiedAt"} <= found.keys()
    assert all({"createdAt", "modifiedAt"} <= one.keys() for one in found["speed"])


def test_names_are_those_of_the_context(api: httpx.Client, callbacks: Loopback, new_id: Callable[..., str]) -> None:
    callbacks.answering = serving_context({"Tram": "https://example.org/Tram", "pace": "https://example.org/pace"})
    link = f'<{callbacks.url}/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    id = new_id("Tram")
    given = {"id": id, "type": "Tram", "pace": [told(1, at(1)), told(2, at(2))]}
    assert api.post("/temporal/entities", json=given, headers={"Link": link}).status_code == 201
    path = f"/temporal/entities/{id}"
    assert values(api.get(path, headers={"Link": link}, params={"attrs": "pace"}), "pace") == [1, 2]
    plain = api.get(path).json()
    assert plain["type"] == "https://example.org/Tram"
    assert len(plain["https://example.org/pace"]) == 2
    linked = api.get(path, headers={"Link": link, "Accept": "application/ld+json"}).json()
    assert linked["@context"] == f"{callbacks.url}/c.jsonld"
    pairs = api.get(path, headers={"Link": link}, params={"format": "temporalValues"}).json()
    assert pairs["pace"]["values"] == [[1.0, at(1)], [2.0, at(2)]]


# -- what the core API did --------------------------------------------------------------------------------------------


@pytest.mark.clause("4.5.6", "4.18")
def test_changes_of_the_current_state_are_the_evolution(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id = new_id()
    api.post("/entities", json={"id": id, "type": "Bus", "scope": "/Old", "speed": told(1, at(1)), "line": "7"})
    api.patch(f"/entities/{id}", json={"scope": "/New", "speed": {"value": 2, "observedAt": at(2)}})
    api.patch(f"/entities/{id}/attrs/line", json={"value": "8"})
    found = api.get(f"/temporal/entities/{id}", params={"options": "sysAttrs"}).json()
    assert [one["value"] for one in found["speed"]] == [1, 2]
    assert [one["value"] for one in found["line"]] == ["7", "8"]
    assert [one["value"] for one in found["scope"]] == ["/Old", "/New"]
    scope = found["scope"][1]
    assert scope["observedAt"] == scope["modifiedAt"]
    assert scope.keys() <= {"type", "value", "createdAt", "modifiedAt", "observedAt"}
    changed = {"timerel": "after", "timeAt": found["line"][1]["modifiedAt"], "timeproperty": "modifiedAt"}
    assert values(api.get(f"/temporal/entities/{id}", params=changed), "line") == ["8"]


@pytest.mark.clause("4.5.7", "4.5.8", "4.8")
@pytest.mark.parametrize(
    ("instance", "member", "null", "listed"),
    [
        ({"type": "Property", "value": 3}, "value", NULL, "values"),
        ({"type": "Relationship", "object": "urn:x:y"}, "object", NULL, "objects"),
        ({"type": "LanguageProperty", "languageMap": {"en": "a"}}, "languageMap", {"@none": NULL}, "languageMaps"),
    ],
)
def test_a_deleted_attribute_says_so(
    api: httpx.Client, new_id: Callable[..., str], instance: dict[str, Any], member: str, null: Any, listed: str
) -> None:
    id = new_id()
    path = made(api, id, x=[{**instance, "observedAt": at(1)}], y=[told(1, at(1))])
    assert api.delete(f"/entities/{id}/attrs/x").status_code == 204
    found = api.get(path, params={"timeproperty": "deletedAt"}).json()
    assert found.keys() == {"id", "type", "x"}
    (one,) = found["x"]
    assert (one["type"], one[member]) == (instance["type"], null)
    assert one["deletedAt"].endswith("Z")
    assert "observedAt" not in one
    pair = api.get(path, params={"timeproperty": "deletedAt", "options": "temporalValues"}).json()["x"][listed][0]
    assert pair == [{member: null} if member == "languageMap" else null, one["deletedAt"]]
    since = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z", "timeproperty": "deletedAt"}
    assert api.get(path, params=since).json()["x"][0]["deletedAt"] == one["deletedAt"]


@pytest.mark.clause("4.18", "4.5.6")
def test_a_deleted_scope_says_so(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id = new_id()
    path = made(api, id, scope=["/A/B", "/C"], x=[told(1, at(1))])
    assert api.delete(f"/entities/{id}/attrs/scope").status_code == 204
    found = api.get(path, params={"timeproperty": "deletedAt"}).json()
    assert [{key: one[key] for key in one if key != "deletedAt"} for one in found["scope"]] == [
        {"type": "Property", "value": []}
    ]
    listed = api.get(path, params={"timeproperty": "deletedAt", "options": "temporalValues"}).json()
    assert listed["scope"] == {"type": "Property", "values": [[[], found["scope"][0]["deletedAt"]]]}


def test_an_audit_tells_what_was_taken_out(api: httpx.Client, bus: str) -> None:
    first = api.get(bus).json()["speed"][0]
    api.delete(f"{bus}/attrs/speed/{first['instanceId']}")
    api.patch(f"{bus}/attrs/speed/{api.get(bus).json()['speed'][0]['instanceId']}", json=told(81, at(5)))
    assert values(api.get(bus), "speed") == [81, 100]
    audit = api.get(bus, params={"options": "audit"}).json()["speed"]
    assert {one["value"] for one in audit} == {120, 80, 81, 100}
    assert next(one for one in audit if one["value"] == 120)["deletedAt"]
    assert all(one["transaction"]["value"] > 0 for one in audit)


# -- in parts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def long(api: httpx.Client, new_id: Callable[..., str]) -> str:
    minutes = range(20)
    return made(api, new_id(), speed=[told(m, at(m)) for m in minutes], fuel=[told(m, at(m + 20)) for m in minutes])


BEFORE, AFTER = "2025-01-01T01:01:00Z", "2027-01-01T01:01:00Z"


@pytest.mark.clause("6.3.10", "5.5.9")
@pytest.mark.parametrize(
    ("asked", "start", "end", "size"),
    [
        ({}, at(0), at(9), "*"),
        ({"timerel": "before", "timeAt": AFTER}, at(0), at(9), "*"),
        ({"timerel": "after", "timeAt": BEFORE}, BEFORE, at(9), "*"),
        ({"timerel": "between", "timeAt": BEFORE, "endTimeAt": AFTER}, BEFORE, at(9), "*"),
        ({"lastN": 20}, at(39), at(30), "20"),
        ({"lastN": 20, "timerel": "before", "timeAt": AFTER}, AFTER, at(30), "20"),
        ({"lastN": 20, "timerel": "between", "timeAt": BEFORE, "endTimeAt": AFTER}, AFTER, at(30), "20"),
        ({"lastN": 20, "timerel": "after", "timeAt": BEFORE}, at(39), at(30), "20"),
    ],
)
@pytest.mark.parametrize("form", ["normalized", "temporalValues"])
def test_a_long_evolution_comes_in_parts(
    api: httpx.Client, long: str, asked: dict[str, Any], start: str, end: str, size: str, form: str
) -> None:
    found = api.get(long, params={**asked, "format": form})
    assert found.status_code == 206
    assert found.headers["content-range"] == f"date-time {start}-{end}/{size}"
    body = found.json()
    listed = [body[name] if form == "normalized" else body[name]["values"] for name in ("speed", "fuel")]
    assert sorted(map(len, listed)) == [0, MOST], "one cut for all attributes; what lies beyond it is empty"


@pytest.mark.clause("6.3.10")
def test_the_parts_together_are_the_whole(api: httpx.Client, long: str) -> None:
    seen: list[Any] = []
    asked = {"timerel": "after", "timeAt": BEFORE}
    while True:
        found = api.get(long, params=asked)
        body = found.json()
        seen += [(name, one["value"]) for name in ("speed", "fuel") for one in body.get(name, [])]
        if found.status_code == 200:
            break
        end = found.headers["content-range"].removeprefix(f"date-time {asked['timeAt']}-").removesuffix("/*")
        asked["timeAt"] = end.replace("00Z", "00.000001Z")
    assert sorted(seen) == sorted((name, minute) for name in ("speed", "fuel") for minute in range(20))


@pytest.mark.clause("6.3.10")
def test_what_fits_is_whole(api: httpx.Client, long: str) -> None:
    assert api.get(long, params={"lastN": 7}).status_code == 200
    assert api.get(long, params={"timerel": "before", "timeAt": at(10)}).status_code == 200
