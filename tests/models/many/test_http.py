"""Ensembles over HTTP: the list, one, its members, what moves an outcome; nothing is computed or written."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow
import pytest

from loops import in_a_loop_of_its_own
from madang.city import City
from madang.web.api import Api
from madang.web.exchange import Caller, Reply, Request
from madang.web.tenants import Tenants


@pytest.fixture
def ask(city: City) -> Any:
    """Ask for a path below the city as one who may only read."""
    api = Api(Tenants([city]))

    async def nothing() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    def asked(path: str, query: str = "") -> Reply:
        caller = Caller("api:reader", "read")
        request = Request("GET", f"/api/cities/{city.id}~plan/ensembles{path}", query, {}, nothing, caller)
        reply = in_a_loop_of_its_own(api.answer(request))
        assert isinstance(reply, Reply)
        return reply

    return asked


def test_ensembles_are_listed_shown_and_handed_out(city: City, ask: Any) -> None:
    made = city.branch("plan").experiments.run("economy", n=64)
    before = city.store.view().tx
    (listed,) = orjson.loads(ask("").body)["ensembles"]
    assert (listed["id"], listed["n"], listed["failures"]) == (made.id, 64, 0)
    short = made.id[-32:][:12]
    assert orjson.loads(ask(f"/{short}").body)["key"] == made.key
    table = pyarrow.ipc.open_stream(ask(f"/{short}/columns", "format=arrow").body).read_all()
    assert table.num_rows == 64
    assert orjson.loads(ask(f"/{short}/columns").body)["member"] == list(range(64))
    moved = orjson.loads(ask(f"/{short}/sensitivity", "indicator=economy.value-added-city-realised").body)
    assert moved["method"] == "given-data"
    assert {row["name"] for row in moved["rows"]} >= {"flq_delta", "realisation"}
    assert city.store.view().tx == before
