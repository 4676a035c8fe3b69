"""Whatever a write says: it is done as the clauses have it, or refused with problem details and nothing is changed."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from brokers import Broker
from madang.entities.checking import check_entity
from madang.entities.patch import append_attributes, merge_patch
from madang.errors import DataError
from strategies import documents

NULL = "urn:ngsi-ld:null"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
MANY = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

WORDS = st.sampled_from(
    ["", NULL, "Property", "Relationship", "GeoProperty", "JsonProperty", "ListRelationship", "LanguageProperty",
     "urn:x:1", "Point", "@none", "2026-01-01T00:00:00Z", "/a", "9", "Polygon"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | WORDS
KEYS = st.sampled_from(
    ["type", "value", "object", "languageMap", "vocab", "valueList", "objectList", "json", "datasetId", "observedAt",
     "unitCode", "expiresAt", "objectType", "valueType", "id", "scope", "@context", "@id", "@type", "createdAt",
     "coordinates", "sub", "location", "ngsildproof", "entityIdSealed", "name", "이름", "a b", "https://x.org/y"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=10
)
INSTANCES = st.builds(
    lambda kind, more: {"type": kind, **more},
    st.sampled_from(["Property", "Relationship", "GeoProperty", "LanguageProperty", "ListProperty"]),
    st.dictionaries(KEYS, VALUES, max_size=3),
)
FRAGMENTS = st.dictionaries(KEYS, VALUES | INSTANCES, max_size=4)
THERE: dict[str, Any] = {
    "type": "Thing",
    "scope": "/a",
    "name": {"type": "Property", "value": {"a": {"b": 1}}, "unitCode": "MTR"},
    "sub": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.0, 37.0]}},
}
_numbers = itertools.count()


@pytest.fixture(scope="module")
def target(server: Broker) -> Iterator[tuple[httpx.Client, str]]:
    """A client and the id of an entity that every example finds as it was."""
    with server.client() as api:
        yield api, "urn:ngsi-ld:Thing:robust"


WAYS = [
    ("POST", "/entities"),
    ("PUT", "/entities/{id}"),
    ("PATCH", "/entities/{id}"),
    ("POST", "/entities/{id}/attrs"),
    ("PATCH", "/entities/{id}/attrs"),
    ("PATCH", "/entities/{id}/attrs/name"),
    ("PUT", "/entities/{id}/attrs/name"),
    ("PATCH", "/entities/{id}?format=simplified"),
]


@pytest.mark.clause("5.5.4")
@pytest.mark.clause("5.5.3")
@pytest.mark.parametrize(("method", "path"), WAYS)
@given(body=FRAGMENTS | VALUES)
@example(body={"name": {"type": "Property", "value": {"a": {"b": NULL}}}})
@example(body={"name": [{"type": "Property", "value": 1}, NULL]})
@example(body={"location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [200, 0]}}})
@MANY
def test_a_write_is_done_or_refused_and_then_changes_nothing(
    target: tuple[httpx.Client, str], method: str, path: str, body: Any
) -> None:
    api, id = target
    there = {"id": id, **THERE}
    assert api.post("/entityOperations/upsert", json=[there]).status_code in (201, 204)
    before = api.get(f"/entities/{id}").json()
    if method == "POST" and path == "/entities" and isinstance(body, dict):
        body = {"id": f"urn:ngsi-ld:Thing:fuzzed:{next(_numbers)}", "type": "Thing"} | body
    answer = api.request(method, path.format(id=id), content=_json(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 204, 207, 400, 404, 409), answer.text
    if answer.status_code >= 400:
        assert answer.json()["type"].startswith(ERRORS)
        assert answer.json()["title"]
        assert api.get(f"/entities/{id}").json() == before
    else:
        after = api.get(f"/entities/{id}")
        assert after.status_code in (200, 404)  # gone if it was given an end that is over
        for forms in ("sysAttrs", "concise", "keyValues"):
            assert api.get(f"/entities/{id}?options={forms}").status_code == after.status_code


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.clause("5.6.7")
@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
@given(items=st.lists(FRAGMENTS | VALUES | st.just({"id": "urn:ngsi-ld:Thing:robust", **THERE}), max_size=4))
@MANY
def test_a_batch_answers_for_each_of_its_items(target: tuple[httpx.Client, str], operation: str, items: Any) -> None:
    api, _ = target
    answer = api.post(
        f"/entityOperations/{operation}", content=_json(items), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (201, 204, 207, 400), answer.text
    if answer.status_code == 207:
        told = answer.json()
        assert all(one["error"]["status"] in (400, 404, 409) for one in told["errors"])
        assert len(told["errors"]) <= len(items)


# -- laws of merging --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.integers(-9, 9) | st.sampled_from(["a", "b"]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
PATCHES = st.recursive(
    st.integers(-9, 9) | st.sampled_from(["a", NULL]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def rfc7396(target: Any, patch: Any) -> Any:
    """The merge of RFC 7396 as its text has it, with the NGSI-LD Null for null."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value == NULL:
            made.pop(key, None)
        else:
            made[key] = rfc7396(made.get(key), value)
    return made


def holding(value: Any) -> dict[str, Any]:
    return {"id": "urn:x:1", "type": "T", "v": {"type": "Property", "value": value, "unitCode": "MTR"}}


@pytest.mark.clause("5.5.12")
@given(value=JSON, patch=PATCHES)
@MANY
def test_a_value_is_merged_as_rfc_7396_says(value: Any, patch: Any) -> None:
    merged = merge_patch(holding(value), {"v": {"type": "Property", "value": patch}})
    if patch == NULL:
        assert "v" not in merged
    else:
        assert merged["v"] == {"type": "Property", "value": rfc7396(value, patch), "unitCode": "MTR"}
        check_entity(merged)


@pytest.mark.clause("5.5.12")
@given(doc=documents(), patch=documents(entity_id="urn:x:1"))
@MANY
def test_merging_twice_says_no_more_than_once(doc: dict[str, Any], patch: dict[str, Any]) -> None:
    patch = {name: part for name, part in patch.items() if name != "id"}
    kept, said = copy.deepcopy(doc), copy.deepcopy(patch)
    once = merge_patch(doc, patch)
    assert _canonical(merge_patch(once, patch)) == _canonical(once)
    assert (doc, patch) == (kept, said)
    assert merge_patch(doc, {}) == doc
    assert set(once) == set(doc) | set(patch)


@pytest.mark.clause("5.5.12")
@given(doc=documents(), patch=FRAGMENTS)
@MANY
def test_what_a_merge_leaves_is_good_or_refused(doc: dict[str, Any], patch: dict[str, Any]) -> None:
    with suppress(DataError):
        merged = check_entity(merge_patch(doc, {name: part for name, part in patch.items() if name != "id"}))
        assert NULL not in [part for part in merged.values() if isinstance(part, str)]


@pytest.mark.clause("5.6.3")
@given(doc=documents(), more=documents(entity_id="urn:x:1"))
@MANY
def test_what_may_not_be_overwritten_stays(doc: dict[str, Any], more: dict[str, Any]) -> None:
    fragment = {name: part for name, part in more.items() if name not in ("id", "type", "scope")}
    after, left = append_attributes(doc, fragment, overwrite=False)
    for name, part in doc.items():
        there = part if isinstance(part, list) else [part]
        now = after[name] if isinstance(after[name], list) else [after[name]]
        assert all(one in now for one in there)
    assert set(left) <= set(doc) & set(fragment)
    assert set(after) == set(doc) | set(fragment)


def _canonical(doc: dict[str, Any]) -> bytes:
    return orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)


@pytest.mark.clause("5.6.4", "5.6.19", "5.6.14")
@pytest.mark.parametrize("term", ["createdAt", "modifiedAt", "deletedAt", "instanceId"])
def test_what_the_server_says_itself_is_no_attribute_to_be_written(
    term: str, api: httpx.Client, new_id: Callable[..., str]
) -> None:
    id = new_id()
    assert api.post("/entities", json={"id": id, "type": "Thing", "a": 1}).status_code == 201
    body = {"type": "Property", "value": "2026-01-01T00:00:00Z"}
    assert api.patch(f"/entities/{id}/attrs/{term}", json=body).status_code == 400
    assert api.put(f"/entities/{id}/attrs/{term}", json=body).status_code == 400
    assert api.patch(f"/temporal/entities/{id}/attrs/{term}/urn:x:1", json=body).status_code == 400


@pytest.mark.clause("5.6.14", "6.3.5")
def test_the_name_of_an_attribute_in_a_path_is_read_by_the_context_of_the_body(
    api: httpx.Client, new_id: Callable[..., str]
) -> None:
    id, own = new_id(), {"content-type": "application/ld+json"}
    given = {"@context": {"lift": "https://example.org/lift"}, "id": id, "type": "Thing"}
    given["lift"] = [{"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}]
    assert api.post("/temporal/entities", json=given, headers=own).status_code == 201
    name = "https://example.org/lift"
    made = api.get(f"/temporal/entities/{id}").json()[name]
    instance = (made if isinstance(made, dict) else made[0])["instanceId"]
    other = {"@context": {"lift": name}, "type": "Property", "value": 2, "observedAt": "2026-01-01T00:00:00Z"}
    answer = api.patch(f"/temporal/entities/{id}/attrs/lift/{instance}", json=other, headers=own)
    assert answer.status_code == 204, answer.text
    changed = api.get(f"/temporal/entities/{id}").json()[name]
    assert (changed if isinstance(changed, dict) else changed[0])["value"] == 2
