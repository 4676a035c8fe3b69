"""GDAL, and with it QGIS, reads the collections of OGC API Features: every feature, its place, its values."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely
from shapely.geometry import shape

from madang.entities.entity import geo_property, property_
from web.conftest import Server, running

SCRIPT = Path(__file__).with_name("by_gdal.py")
STOPS = 250  # more than two pages of a hundred
BRANCH = "seongnam~fabless-valley"
WITHIN_S = 120


def stop(number: int) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [127.0 + number / 1000, 37.0 + number / 100_000]}
    return {
        "id": f"urn:ngsi-ld:BusStop:test:{number}",
        "type": "BusStop",
        "name": property_(f"정류장 {number}"),
        "boardings": property_(number % 50),
        "location": geo_property(place),
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("gdal")) as found:
        store = found.cities["seongnam"].store
        for branch, count in (("main", STOPS), ("fabless-valley", STOPS + 1)):
            with store.transact(actor="test", reason="stops", branch=branch) as tx:
                tx.put_many([stop(number) for number in range(count)])
        yield found


def by_gdal(server: Server, tenant: str) -> dict[str, Any]:
    """What GDAL read; in a child, which asks with the token of somebody who may look."""
    words = [sys.executable, str(SCRIPT), f"{server.url}/ogc/{tenant}", server.token("read")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=WITHIN_S)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def places(client: httpx.Client, type_name: str) -> dict[str, Any]:
    """Where the API says that things are."""
    asked = {"type": type_name, "format": "simplified", "pick": "id,location", "limit": 1000}
    return {one["id"]: shape(one["location"]) for one in client.get("/ngsi-ld/v1/entities", params=asked).json()}


@pytest.mark.parametrize(("tenant", "count"), [("seongnam", STOPS), (BRANCH, STOPS + 1)])
def test_gdal_reads_what_the_api_says(server: Server, tenant: str, count: int) -> None:
    """Over several pages, with a token, of a city and of a branch of it."""
    said = by_gdal(server, tenant)
    assert {"BusStop", "Dong"} <= set(said["layers"])
    assert said["count"] == len(said["stops"]["id"]) == count
    assert said["stops"]["crs"] in ("OGC:CRS84", "EPSG:4326")
    with server.client(NGSILD_Tenant=tenant) as client:
        for layer, type_name in (("stops", "BusStop"), ("dongs", "Dong")):
            known = places(client, type_name)
            shapes = dict(zip(said[layer]["id"], map(shapely.from_wkb, said[layer]["shapes"]), strict=True))
            assert shapes.keys() == known.keys()
            assert all(shapely.equals_exact(shapes[id], known[id], 1e-9, normalize=True) for id in known)
    assert set(said["box"]) == {f"urn:ngsi-ld:BusStop:test:{number}" for number in range(100)}
    assert set(said["where"]) == {f"urn:ngsi-ld:BusStop:test:{number}" for number in range(7, count, 50)}
    boardings = dict(zip(said["stops"]["id"], said["stops"]["boardings"], strict=True))
    assert boardings["urn:ngsi-ld:BusStop:test:149"] == 49


def test_without_a_token_gdal_is_told_so(server: Server) -> None:
    """A refusal is an error, never an empty layer."""
    words = [sys.executable, str(SCRIPT), f"{server.url}/ogc/seongnam"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=WITHIN_S)
    assert done.returncode == 1
    assert "401" in done.stderr
