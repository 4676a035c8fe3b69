"""The API answers as its own description says, whatever that description makes somebody send."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from brokers import Broker, broker
from madang.web.around import Settings
from madang.web.openapi import openapi

pytestmark = pytest.mark.clause("6.3.2", "6.3.4", "6.3.20")

LONG = bool(os.environ.get("MADANG_LONG"))
EXAMPLES = 60 if LONG else 2
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
THERE = {  # what stands in the city, so that operations find something
    "entity_id": "urn:ngsi-ld:Building:there",
    "term": "height",
    "subscription_id": "urn:ngsi-ld:Subscription:there",
    "registration_id": "urn:ngsi-ld:ContextSourceRegistration:there",
    "snapshot_id": "urn:ngsi-ld:Snapshot:there",
}


def described() -> dict[str, Any]:
    """The description without the headers that name another tenant, a snapshot, or an @context elsewhere."""
    found = openapi()
    for methods in found["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [one for one in operation["parameters"] if "$ref" not in one]
    return found


SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that asks nobody for a context: the addresses that come up name hosts elsewhere."""
    with broker(tmp_path_factory.mktemp("broker"), settings=Settings(allow_local=True, fetch_contexts=False)) as found:
        yield found


@pytest.fixture(scope="module")
def filled(server: Broker) -> Iterator[httpx.Client]:
    with server.client() as api:
        building = {"id": THERE["entity_id"], "type": "Building", "height": {"type": "Property", "value": 3}}
        subscription = {
            "id": THERE["subscription_id"], "type": "Subscription", "entities": [{"type": "Nothing"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
        }  # fmt: skip
        snapshot = {
            "id": THERE["snapshot_id"], "type": "Snapshot",
            "snapshotQueries": [{"type": "Query", "entities": [{"type": "Building"}]}],
        }  # fmt: skip
        assert api.post("/entities", json=building).status_code == 201
        assert api.post("/subscriptions", json=subscription).status_code == 201
        assert api.post("/csourceSubscriptions", json=subscription).status_code == 201
        assert api.post("/snapshots", json=snapshot).status_code == 201
        yield api


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        pytest.param(label, mode, id=f"{mode.value}: {label}")
        for label in OPERATIONS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or not label.endswith("info/sourceIdentity")  # nothing of it can be wrong
    ],
)
def test_answers_are_those_described(label: str, mode: GenerationMode, server: Broker, filled: httpx.Client) -> None:
    operation = OPERATIONS[label]

    @given(case=operation.as_strategy(generation_mode=mode), is_there=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any, is_there: bool) -> None:
        if is_there:
            case.path_parameters.update(
                {name: quote(THERE[name], safe="") for name in case.path_parameters if name in THERE}
            )
        answer = case.call(base_url=server.url, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code < 500 or answer.json()["type"].endswith("/LdContextNotAvailable"), answer.text

    asked()
