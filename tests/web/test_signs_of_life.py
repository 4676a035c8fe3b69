"""Health, readiness, metrics and the log: what whoever runs the server looks at."""

from __future__ import annotations

import io
import logging

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from madang.errors import DataError
from madang.web import logs
from madang.web.metrics import door_of


def test_anybody_may_ask_whether_the_server_lives_and_is_ready(server) -> None:  # type: ignore[no-untyped-def]
    with server.client(role=None) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok", "cities": 2}
        assert stranger.get("/readyz").json() == {"status": "ok", "cities": {"seongnam": "ok", "sejong": "ok"}}


def test_metrics_are_for_who_may_read_and_count_requests_by_door(server, client: httpx.Client) -> None:  # type: ignore[no-untyped-def]
    with server.client(role=None) as stranger:
        assert stranger.get("/metrics").status_code == 401
    client.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Dong:kostat-2020:31023740")
    client.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Dong:kostat-2020:none")
    found = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    counted = {(one.labels["door"], one.labels["status"]): one.value for one in found["madang_requests"].samples}
    assert counted["ngsi-ld", "200"] >= 1
    assert counted["ngsi-ld", "404"] >= 1
    dongs = [one.value for one in found["madang_entities"].samples if one.labels.get("type") == "Dong"]
    assert dongs == [3, 3]
    assert "madang_request_seconds" in found


@pytest.mark.parametrize(
    ("path", "door"), [("/a~b/ngsi-ld/v1/entities/x", "ngsi-ld"), ("/", "pages"), ("/ogc/a/collections", "ogc")]
)
def test_a_path_is_counted_by_its_door(path: str, door: str) -> None:
    assert door_of(path) == door


def test_the_log_is_a_line_of_json_an_event_with_its_facts() -> None:
    out = io.StringIO()
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).propagate) for name in LOGGERS}
    try:
        logs.start("json", to=out)
        logging.getLogger("madang.test").info("hello %s", "there", extra={"seconds": 0.5})
        try:
            raise DataError("entities.bad-id", place="x", found="y")
        except DataError:
            logging.getLogger("madang.test").exception("failed")
    finally:
        for name, (handlers, propagate) in before.items():
            logging.getLogger(name).handlers[:] = handlers
            logging.getLogger(name).propagate = propagate
    first, second = map(orjson.loads, out.getvalue().splitlines())
    assert (first["message"], first["level"], first["seconds"]) == ("hello there", "info", 0.5)
    assert (second["code"], second["facts"]["place"]) == ("entities.bad-id", "x")
    assert "Traceback" in second["trace"]


LOGGERS = ("madang", "uvicorn.error")
