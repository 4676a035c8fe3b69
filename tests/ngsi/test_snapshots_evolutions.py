"""Snapshots of how entities changed: temporal queries, kept with all their instances (5.16.1, 5.2.41)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from brokers import Broker, loopback

pytestmark = pytest.mark.clause("5.16", "5.5.15")


def test_the_evolution_that_was_found_is_kept(server: Broker, api: httpx.Client) -> None:
    times = [f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3)]
    instances = [{"type": "Property", "value": n, "observedAt": at} for n, at in enumerate(times)]
    entity: dict[str, Any] = {"id": "urn:ngsi-ld:River:1", "type": "River", "level": instances}
    assert api.post("/temporal/entities", json=entity).status_code in (201, 204)
    temporal = {"timerel": "after", "timeAt": "2026-01-01T12:00:00Z"}
    query = {"type": "Query", "entities": [{"type": "River"}], "temporalQ": temporal}
    with loopback() as told:
        body = {"type": "Snapshot", "snapshotTemporalQueries": [query], "endpoint": f"{told.url}/ready"}
        made = api.post("/snapshots", json=body)
        assert made.status_code == 201, made.text
        (got,) = told.wait(1)
    assert got.json()["snapshotStatus"] == "success", got.json()
    assert [one["resultStatus"] for one in got.json()["temporalSnapshotQueriesDetails"]] == ["success"]
    api.delete("/temporal/entities/urn:ngsi-ld:River:1")
    with server.client(NGSILD_Snapshot=made.headers["location"].rpartition("/")[2]) as snapshot:
        read = snapshot.get("/temporal/entities/urn:ngsi-ld:River:1", params={"timeproperty": "observedAt"})
        assert read.status_code == 200, read.text
        found = read.json()["level"]
        assert sorted(one["observedAt"] for one in found) == times[1:]
