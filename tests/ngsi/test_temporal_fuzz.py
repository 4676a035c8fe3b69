"""Nothing that is sent to the temporal API makes the server fail, or spoils the file."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers import Broker

pytestmark = pytest.mark.clause("5.6.11", "5.6.12", "5.6.14", "5.7.3", "5.7.4")

NULL = "urn:ngsi-ld:null"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | (
        st.sampled_from(
            ["", "x", NULL, "urn:a:b", "2026-03-01T12:00:00Z", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00Z"]
        )
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    ["type", "value", "object", "languageMap", "observedAt", "datasetId", "unitCode", "valueList", "json", "vocab",
     "instanceId", "createdAt", "deletedAt", "sub", "@type"]
)  # fmt: skip
KINDS = st.sampled_from(["Property", "Relationship", "LanguageProperty", "GeoProperty", "ListProperty", "Nothing"])
INSTANCES = st.dictionaries(MEMBERS, JSON, max_size=4) | st.builds(
    lambda kind, more: {"type": kind, "value": 1, "observedAt": "2026-03-01T12:00:00Z", **more},
    KINDS,
    st.dictionaries(MEMBERS, JSON, max_size=2),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["x", "y", "scope", "type", "id", "expiresAt", "@context", "a b", ""]),
    INSTANCES | st.lists(INSTANCES, max_size=3) | JSON,
    max_size=4,
)
WORDS = st.sampled_from(
    ["", "1", "-1", "x", "true", "observedAt", "before", "between", "2026-03-01T12:00:00Z", "0000-00-00T00:00:00Z",
     "9999-12-31T23:59:59Z", "avg", "avg,min", "PT0S", "P1M", "P99999Y", "PT0.000001S", "temporalValues", "audit",
     "aggregatedValues", "sysAttrs,concise", "@none", "id", "/#", "x>1", "x{y}", "*", "Fuzz", "ko", "9" * 30]
)  # fmt: skip
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "format",
         "options", "attrs", "pick", "omit", "datasetId", "lang", "q", "scopeQ", "type", "limit", "offset", "count",
         "orderBy", "id", "idPattern", "local"]
    ),
    WORDS,
    max_size=7,
)  # fmt: skip
FINE = st.fixed_dictionaries(
    {
        "timerel": st.just("after"),
        "timeAt": st.sampled_from(["0001-01-01T00:00:00Z", "2026-03-01T12:00:00Z"]),
        "local": st.just("true"),
    }
)


def sound(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text


def filled(api: httpx.Client) -> str:
    id = "urn:ngsi-ld:Fuzz:t:1"
    instances = [
        {"type": "Property", "value": v, "observedAt": f"2026-03-0{d}T12:00:00Z"}
        for d, v in ((1, 1), (2, "a"), (3, [1]))
    ]
    api.post("/temporal/entities", json={"id": id, "type": "Fuzz", "x": instances, "y": instances[:1], "scope": "/a"})
    return id


@given(body=ATTRIBUTES, named=st.booleans())
def test_bodies(server: Broker, body: dict[str, Any], named: bool) -> None:
    with server.client() as api:
        id = filled(api)
        if named:
            body = {"type": "Fuzz", **body, "id": "urn:ngsi-ld:Fuzz:t:2"}
        sound(api.post("/temporal/entities", json=body))
        sound(api.post(f"/temporal/entities/{id}/attrs", json={k: v for k, v in body.items() if k != "id"}))
        first = api.get(f"/temporal/entities/{id}").json().get("x")
        if first:
            sound(api.patch(f"/temporal/entities/{id}/attrs/x/{first[0]['instanceId']}", json=body))
        for form in ("normalized", "concise", "temporalValues"):
            for one in (id, "urn:ngsi-ld:Fuzz:t:2"):
                sound(api.get(f"/temporal/entities/{one}", params={"format": form}))
                sound(api.get(f"/entities/{one}"))


@given(parameters=PARAMETERS | st.builds(lambda fine, more: {**fine, **more}, FINE, PARAMETERS))
def test_questions(server: Broker, parameters: dict[str, str]) -> None:
    with server.client() as api:
        id = filled(api)
        sound(api.get("/temporal/entities", params=parameters))
        sound(api.get(f"/temporal/entities/{id}", params={k: v for k, v in parameters.items() if k in ONE}))


ONE = {"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "format",
       "options", "attrs", "pick", "omit", "datasetId", "lang"}  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(["type", "entities", "temporalQ", "aggrParams", "q", "attrs"]), JSON, max_size=4),
    PARAMETERS,
)
def test_queries_as_documents(server: Broker, body: dict[str, Any], temporal: dict[str, str]) -> None:
    with server.client() as api:
        filled(api)
        sound(api.post("/temporal/entityOperations/query", json=body))
        whole = {"type": "Query", "entities": [{"type": "Fuzz"}], "temporalQ": temporal, **body}
        sound(api.post("/temporal/entityOperations/query", json=whole))


def test_the_file_is_sound_after_it(server: Broker) -> None:
    assert server.cities["test"].store.verify().ok


@pytest.mark.parametrize("duration", ["P9999Y", "P99999M", "PT9999999999S", "P999999W", "PT0.000001S"])
def test_periods_beyond_the_calendar(server: Broker, duration: str) -> None:
    with server.client() as api:
        id = filled(api)
        asked = {"format": "aggregatedValues", "aggrMethods": "totalCount", "aggrPeriodDuration": duration}
        for period in ({}, {"timerel": "after", "timeAt": "0001-01-01T00:00:00Z"}):
            found = api.get(f"/temporal/entities/{id}", params={**asked, **period})
            assert found.status_code == 200, found.text
            assert sum(one[0] for one in found.json()["y"]["totalCount"]) >= 1
