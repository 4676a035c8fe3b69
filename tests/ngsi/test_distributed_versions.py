"""Entities are said as an earlier version of NGSI-LD knew them, to clients and to sources (clause 4.3.6.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brokers import Broker
from madang.entities.earlier_versions import in_version, parse_version
from source_doubles import registered, source, without

pytestmark = [pytest.mark.clause("4.3.6.8"), pytest.mark.clause("4.3.6.6")]
NewId = Callable[..., str]

PARTS: dict[str, Any] = {
    "name": {"type": "LanguageProperty", "languageMap": {"ko": "등", "en": "lamp"}},
    "kind": {"type": "VocabProperty", "vocab": "Lamp"},
    "raw": {"type": "JsonProperty", "json": {"a": 1}},
    "steps": {"type": "ListProperty", "valueList": [1, 2]},
    "poles": {"type": "ListRelationship", "objectList": [{"object": "urn:a:1"}, {"object": "urn:a:2"}]},
    "watt": {"type": "Property", "value": 1, "unitCode": "WTT", "observedAt": "2026-01-01T00:00:00Z"},
    "at": {"type": "Relationship", "object": "urn:a:1", "objectType": "Pole"},
}
OLD: dict[str, Any] = {
    "name": {"type": "LanguageProperty", "languageMap": {"ko": "등", "en": "lamp"}},
    "kind": {"type": "Property", "value": "Lamp"},
    "raw": {"type": "Property", "value": {"a": 1}},
    "steps": {"type": "Property", "value": [1, 2]},
    "poles": {"type": "Relationship", "object": ["urn:a:1", "urn:a:2"]},
    "watt": PARTS["watt"],
    "at": {"type": "Relationship", "object": "urn:a:1"},
}


def test_each_version_gets_what_it_knew() -> None:
    several = [{"type": "Property", "value": 1, "datasetId": "urn:d:1"}, {"type": "Property", "value": 2}]
    entity = {"id": "urn:a:1", "type": ["Lamp", "Pole"], "scope": "/a", "expiresAt": "2100-01-01T00:00:00Z"}
    entity |= {"colour": several, **PARTS}
    assert in_version(entity, (1, 9)) == entity
    assert in_version(entity, (1, 5)) == {
        **{name: part for name, part in entity.items() if name != "expiresAt"},
        **OLD,
    }
    oldest = in_version(entity, (1, 0))
    assert oldest == {
        "id": "urn:a:1",
        "type": "Lamp",
        **OLD,
        "colour": {"type": "Property", "value": 2},
        "name": {"type": "Property", "value": PARTS["name"]["languageMap"]},
        "watt": {"type": "Property", "value": 1},
    }
    assert in_version({"name": {"languageMap": {"en": "a"}}}, (1, 3)) == {"name": {"value": {"en": "a"}}}
    assert (parse_version("1.5"), parse_version("new")) == ((1, 5), None)


def test_a_client_is_answered_in_the_version_it_prefers(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    entity = {"id": id, "type": "Lamp", **PARTS}
    assert api.post("/entities", json=entity).status_code == 201
    prefers = {"Prefer": "ngsi-ld=1.5"}
    one = api.get(f"/entities/{id}", headers=prefers)
    assert (one.status_code, one.headers["preference-applied"]) == (203, "ngsi-ld=1.5")
    assert one.json() == {"id": id, "type": "Lamp", **OLD}
    assert api.get("/entities", params={"type": "Lamp", "id": id}, headers=prefers).json() == [one.json()]
    newest = api.get(f"/entities/{id}", headers={"Prefer": "ngsi-ld=1.9"})
    assert (newest.status_code, newest.json()) == (200, entity)
    assert newest.headers["preference-applied"] == "ngsi-ld=1.9"
    assert "preference-applied" not in api.get(f"/entities/{id}", headers={"Prefer": "body=json"}).headers


def test_a_source_is_sent_what_its_version_knows(server: Broker, api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Beacon")
    told = [{"key": "ngsildConformance", "value": "1.5"}]
    with source(("POST", "/entities", 201, None), ("PATCH", "/entities", 204, None)) as other:
        operations = ["redirectionOps"]
        registration = registered(api, other.url, types=["Beacon"], contextSourceInfo=told, operations=operations)
        assert api.post("/entities", json={"id": id, "type": "Beacon", **PARTS}).status_code == 201
        assert other.wait(1)[0].json() == {"id": id, "type": "Beacon", **OLD}
        assert api.patch(f"/entities/{id}/attrs/kind", json=PARTS["kind"]).status_code == 204
        assert other.wait(2)[1].json() == OLD["kind"]
        api.get(f"/entities/{id}")
        assert other.wait(3)[2].headers["prefer"] == "ngsi-ld=1.5"
        without(api, registration)
