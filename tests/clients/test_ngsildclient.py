"""ngsildclient, an NGSI-LD client by others, works with a server of ours as it works with other brokers.

It wants an httpx of its own, so it lives in an environment of its own, `.venv/clients`, which `make test` sets up
(scripts/clients.py); MADANG_CLIENTS names another one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokers import Loopback, broker, loopback
from madang.web.around import Settings

PYTHON = Path(os.environ.get("MADANG_CLIENTS") or Path(sys.prefix) / "clients") / "bin" / "python"
SCRIPT = Path(__file__).with_name("by_ngsildclient.py")
WITHIN_S = 120
R0 = "urn:ngsi-ld:Room:R0"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"ngsildclient is not installed in {PYTHON.parents[1]}: python scripts/clients.py"
)


@pytest.fixture(scope="module")
def told() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


@pytest.fixture(scope="module")
def said(told: Loopback, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client made of each answer."""
    folder = tmp_path_factory.mktemp("client")
    settings = Settings(allow_local=True, fetch_contexts=False, new_cities_in=folder)
    with broker(folder, cities=("seongnam",), settings=settings) as server:
        words = [str(PYTHON), str(SCRIPT), server.url.rpartition(":")[2], "seongnam", told.url]
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(words, cwd=folder, text=True, **pipes) as client:
            try:
                told.wait(1)
            finally:
                out, wrong = client.communicate("told\n", timeout=WITHIN_S)
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert client.returncode == 0, f"after {lines[-1:]}: {wrong[-3000:]}"
    return {line["step"]: line["said"] for line in lines}


def test_one_entity(said: dict[str, Any]) -> None:
    """Made, refused when it is there, read, replaced, found by its attributes, taken out, not found."""
    assert said["get"] == [31, [127.1, 37.4], "urn:ngsi-ld:City:test:1"]
    assert said["got again"] == 45
    assert said["found"] == ["urn:ngsi-ld:AirQualityObserved:pangyo"]
    for step in ("create", "create again", "exists", "update", "upsert", "delete", "delete again"):
        assert said[step] is True, step


def test_batches_and_queries(said: dict[str, Any]) -> None:
    """Batches succeed in whole and in part; counts, pages and POST queries agree."""
    assert (said["batch"], said["batch in part"]) == ([True, 25], [1, 2])
    assert said["batch upsert"] is said["batch update"] is True
    assert (said["count"], said["query"], said["pages"], said["alt"]) == (15, 15, 26, 3)
    assert said["types"] == ["Room"]


def test_subscription(said: dict[str, Any], told: Loopback) -> None:
    """It is made with a query encoded as in an address, found by its name, told of one change, and gone."""
    assert said["subscribed"] == [True, 1]
    assert said["unsubscribed"] == [True, False]
    notification = told.received[0].json()
    assert [(one["id"], one["heat"]["value"]) for one in notification["data"]] == [(R0, 200)]
    assert len(told.received) == 1


def test_histories(said: dict[str, Any]) -> None:
    """One history and several, asked with the option `count` of early versions, and aggregated."""
    assert said["history of one"] == [[11, "2026-01-01T01:00:00Z"]]
    assert said["histories"] == 5  # R21 to R24 by their values, R0 by what it was updated to
    assert said["aggregated"] == [1]


def test_contexts_and_tenants(said: dict[str, Any]) -> None:
    """A context is hosted, all of a type is deleted, and a tenant comes to be by being written into."""
    assert said["hosted"] == "https://example.org/Halt"
    assert said["dropped"] == 0
    assert said["new tenant"] is True
