"""Aggregated values: periods, methods, and what each says of each kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.clause("4.5.19", "5.7.3")


def at(hour: int, minute: int, day: int = 1) -> str:
    return f"2026-08-{day:02}T{hour:02}:{minute:02}:00Z"


def told(value: Any, moment: str, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": moment, **more}


@pytest.fixture
def asking(api: httpx.Client, new_id: Callable[..., str]) -> Callable[..., Any]:
    """Makes an entity of these attributes, and asks for what its values come to."""

    def ask(attributes: dict[str, Any], *, kind: str = "Car", **parameters: str) -> Any:
        id = new_id(kind)
        made = api.post("/temporal/entities", json={"id": id, "type": kind, **attributes})
        assert made.status_code == 201, made.text
        asked = {"options": "aggregatedValues", **parameters}
        found = api.get(f"/temporal/entities/{id}", params=asked)
        assert found.status_code == 200, found.text
        return found.json()

    return ask


CAR = {
    "speed": [told(120, at(12, 3)), told(80, at(12, 5)), told(100, at(12, 7))],
    "fuel": [told(67, at(12, 3)), told(53, at(13, 5)), told(40, at(14, 7))],
}


@pytest.mark.parametrize("kind", ["Car", "AirQualityObserved"])
def test_by_the_hour_from_the_first_instance_on(asking: Callable[..., Any], kind: str) -> None:
    found = asking(CAR, kind=kind, aggrMethods="avg,max", aggrPeriodDuration="PT1H")
    hours = [(at(12, 3), at(13, 3)), (at(13, 3), at(14, 3)), (at(14, 3), at(15, 3))]
    assert found["speed"] == {"type": "Property", "avg": [[100.0, *hours[0]]], "max": [[120.0, *hours[0]]]}
    assert found["fuel"]["avg"] == [[value, *hour] for value, hour in zip((67.0, 53.0, 40.0), hours, strict=True)]


def test_from_the_beginning_of_the_period_on(asking: Callable[..., Any]) -> None:
    after = {"timerel": "after", "timeAt": "2026-01-01T12:03:00Z"}
    found = asking(CAR, aggrMethods="min,max", aggrPeriodDuration="P1D", attrs="fuel", **after)
    assert found.keys() == {"id", "type", "fuel"}
    day = [at(12, 3), at(12, 3, day=2)]
    assert found["fuel"] == {"type": "Property", "min": [[40.0, *day]], "max": [[67.0, *day]]}


@pytest.mark.parametrize(
    ("period", "edges"),
    [
        ({}, (at(12, 3), at(14, 7))),
        ({"timerel": "after", "timeAt": at(12, 0)}, (at(12, 0), at(14, 7))),
        ({"timerel": "before", "timeAt": at(15, 0)}, (at(12, 3), at(15, 0))),
        ({"timerel": "between", "timeAt": at(12, 0), "endTimeAt": at(15, 0)}, (at(12, 0), at(15, 0))),
    ],
)
def test_a_period_of_nothing_is_the_whole_range(
    asking: Callable[..., Any], period: dict[str, str], edges: tuple[str, str]
) -> None:
    for none in ("PT0S", "P0D"):
        found = asking(CAR, aggrMethods="sum", aggrPeriodDuration=none, **period)
        assert found["fuel"]["sum"] == [[160.0, *edges]]
    assert asking(CAR, aggrMethods="sum", **period)["fuel"]["sum"] == [[160.0, *edges]]


def test_months_are_those_of_the_calendar(asking: Callable[..., Any]) -> None:
    moments = ["2026-01-31T00:00:00Z", "2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"]
    given = {"x": [told(1, moment) for moment in moments]}
    found = asking(given, aggrMethods="totalCount", aggrPeriodDuration="P1M")
    assert found["x"]["totalCount"] == [
        [2, "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
        [1, "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"],
        [1, "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"],
    ]


ALL = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            [1, 3, 3, 5],
            {"totalCount": 4, "distinctCount": 3, "sum": 12, "avg": 3, "min": 1, "max": 5, "stddev": 2**0.5,
             "sumsq": 44},
        ),
        (
            [True, False, True, True],
            {"totalCount": 4, "distinctCount": 2, "sum": 3, "avg": 0.75, "min": 0, "max": 1, "stddev": 0.1875**0.5,
             "sumsq": 3},
        ),
        (["b", "가", "a", "b"], {"totalCount": 4, "distinctCount": 3, "min": "a", "max": "가"}),
        ([{"a": 1}, {"a": 2}, {"a": 1}], {"totalCount": 3, "distinctCount": 2}),
        ([[1], [1, 2, 3], [1]], {"totalCount": 3, "distinctCount": 2, "sum": 5, "avg": 5 / 3, "min": 1, "max": 3}),
        (
            [{"@type": "Time", "@value": "08:00:00Z"}, {"@type": "Time", "@value": "09:00:00Z"}],
            {"totalCount": 2, "distinctCount": 2, "avg": "08:30:00Z", "min": "08:00:00Z", "max": "09:00:00Z"},
        ),
        (
            [{"@type": "Date", "@value": "2026-01-02"}, {"@type": "Date", "@value": "2026-01-01"}],
            {"totalCount": 2, "distinctCount": 2, "min": "2026-01-01", "max": "2026-01-02"},
        ),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_its_meaning(
    asking: Callable[..., Any], values: list[Any], expected: dict[str, Any]
) -> None:
    given = {"x": [told(value, at(12, minute)) for minute, value in enumerate(values)]}
    found = asking(given, aggrMethods=ALL)["x"]
    assert found.pop("type") == "Property"
    assert {method: periods[0][0] for method, periods in found.items()} == pytest.approx(expected)


def test_relationships_are_counted(asking: Callable[..., Any]) -> None:
    def to(id: str, minute: int) -> dict[str, Any]:
        return {"type": "Relationship", "object": id, "observedAt": at(12, minute)}

    found = asking({"at": [to("urn:x:1", 1), to("urn:x:2", 2), to("urn:x:1", 3)]}, aggrMethods=ALL)["at"]
    assert found.pop("type") == "Relationship"
    assert {method: periods[0][0] for method, periods in found.items()} == {"totalCount": 3, "distinctCount": 2}


def test_a_method_that_says_nothing_of_what_was_asked_for_is_refused(
    api: httpx.Client, new_id: Callable[..., str]
) -> None:
    id = new_id("Car")
    given = {"id": id, "type": "Car", "name": [told("a", at(1, 1))], "speed": [told(1, at(1, 1))]}
    api.post("/temporal/entities", json=given)
    asked = {"format": "aggregatedValues", "aggrMethods": "avg"}
    assert api.get(f"/temporal/entities/{id}", params=asked).json().keys() == {"id", "type", "speed"}
    refused = api.get(f"/temporal/entities/{id}", params={**asked, "attrs": "name"})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (400, "InvalidRequest")


def test_datasets_are_aggregated_apart(asking: Callable[..., Any]) -> None:
    other = {"datasetId": "urn:sensor:b"}
    given = {"x": [told(1, at(1, 1)), told(3, at(1, 2)), told(9, at(1, 1), **other)]}
    found = asking(given, aggrMethods="avg")["x"]
    assert [(one.get("datasetId"), one["avg"][0][0]) for one in found] == [(None, 2.0), ("urn:sensor:b", 9.0)]


def test_the_last_n_are_aggregated(asking: Callable[..., Any]) -> None:
    assert asking(CAR, aggrMethods="avg", lastN="2")["speed"]["avg"][0][0] == 90.0


@pytest.mark.parametrize("kind", ["AirQualityObserved", "Gauge"])
def test_only_the_period_is_aggregated_by_the_time_asked_for(
    api: httpx.Client, new_id: Callable[..., str], kind: str
) -> None:
    id = new_id(kind)
    given = [{"type": "Property", "value": value, "observedAt": f"2026-03-01T12:0{value}:00Z"} for value in (1, 2, 4)]
    assert api.post("/temporal/entities", json={"id": id, "type": kind, "pm10": given[:2]}).status_code == 201
    assert api.patch(f"/entities/{id}/attrs", json={"pm10": given[2]}).status_code == 204

    def asked(**parameters: str) -> httpx.Response:
        known = {"format": "aggregatedValues", "aggrMethods": "sum", "timeAt": "2026-03-01T12:02:00Z"}
        return api.get(f"/temporal/entities/{id}", params={**known, **parameters})

    assert asked(timerel="before").json()["pm10"]["sum"][0][0] == 1
    assert asked(timerel="after").json()["pm10"]["sum"][0][0] == 6
    assert asked(timerel="before", timeAt="2026-03-01T12:00:00Z").status_code == 404
    assert asked(timerel="before", timeproperty="modifiedAt").status_code == 404
    assert asked(timerel="after", timeproperty="modifiedAt").json()["pm10"]["sum"][0][0] == 7
