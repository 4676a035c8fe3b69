"""@contexts that are named by address: fetched once, kept in the city, usable without their server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from brokers import CONTEXT_LINK, Answering, Broker, Loopback, Received, broker, loopback, serving_context
from madang.web.around import Settings

pytestmark = pytest.mark.clause("5.5.6", "5.5.7", "5.13.1", "6.3.5")

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
LD = {"Content-Type": "application/ld+json"}
HALT = "https://example.org/transit#Halt"
NewId = Callable[..., str]
TERMS = {"Halt": HALT, "routes": "https://example.org/transit#routes"}


def answering(by_path: dict[str, tuple[int, dict[str, str], Any]]) -> Answering:
    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = by_path.get(got.path, (404, {}, b""))
        return status, headers, body if isinstance(body, bytes) else orjson.dumps(body)

    return answer


def halt(entity_id: str, context: Any) -> dict[str, Any]:
    return {"@context": context, "id": entity_id, "type": "Halt", "routes": {"type": "Property", "value": 4}}


def create(api: httpx.Client, entity_id: str, context: Any) -> httpx.Response:
    return api.post("/entities", content=orjson.dumps(halt(entity_id, context)), headers=LD)


@pytest.fixture
def contexts() -> Iterator[Loopback]:
    with loopback(serving_context(TERMS)) as found:
        yield found


def test_a_context_by_address_names_things_in_and_out(api: httpx.Client, contexts: Loopback, new_id: NewId) -> None:
    url = f"{contexts.url}/t.jsonld"
    entity_id = new_id()
    assert create(api, entity_id, [url]).status_code == 201
    plain = api.get(f"/entities/{entity_id}").json()
    assert plain["type"] == HALT
    read = api.get(f"/entities/{entity_id}", headers={"Link": CONTEXT_LINK.format(url=url)})
    assert read.json()["type"] == "Halt"
    assert url in read.headers["link"]
    assert len(contexts.received) == 1


def test_a_context_by_link_reads_the_body_of_application_json(
    api: httpx.Client, contexts: Loopback, new_id: NewId
) -> None:
    entity_id = new_id()
    body = {"id": entity_id, "type": "Halt"}
    link = {"Link": CONTEXT_LINK.format(url=f"{contexts.url}/link.jsonld")}
    assert api.post("/entities", json=body, headers=link).status_code == 201
    assert api.get(f"/entities/{entity_id}").json()["type"] == HALT


def test_requests_that_come_together_fetch_an_unknown_context_once(server: Broker, new_id: NewId) -> None:
    gate = threading.Event()

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        gate.wait(10)
        return serving_context(TERMS)(got)

    with loopback(answer) as slow, ThreadPoolExecutor(8) as many:
        ids = [new_id() for _ in range(8)]
        asked = [many.submit(_create_alone, server, one, f"{slow.url}/slow.jsonld") for one in ids]
        with server.client() as other:  # the event loop is free while the context is on its way
            assert other.get("/types").status_code == 200
        gate.set()
        assert [one.result() for one in asked] == [201] * 8
        assert len(slow.received) == 1


def _create_alone(server: Broker, entity_id: str, url: str) -> int:
    with server.client() as api:
        return create(api, entity_id, url).status_code


def test_a_context_serves_after_a_restart_without_its_server(tmp_path: Path) -> None:
    with loopback(serving_context(TERMS)) as contexts:
        url = f"{contexts.url}/kept.jsonld"
        with broker(tmp_path, synchronous="FULL") as first, first.client() as api:
            assert create(api, "urn:ngsi-ld:Halt:kept:1", url).status_code == 201
    with broker(tmp_path) as again, again.client() as api:
        assert create(api, "urn:ngsi-ld:Halt:kept:2", url).status_code == 201
        read = api.get("/entities", params={"type": "Halt"}, headers={"Link": CONTEXT_LINK.format(url=url)})
        assert [one["type"] for one in read.json()] == ["Halt", "Halt"]


def test_contexts_named_inside_contexts_are_fetched_too(api: httpx.Client, new_id: NewId) -> None:
    pages = {
        "/deep/a.jsonld": (200, {}, {"@context": ["b.jsonld", {"routes": "ex:routes"}]}),
        "/deep/b.jsonld": (200, {}, {"@context": {"ex": "https://example.org/transit#", "Halt": "ex:Halt"}}),
    }
    with loopback(answering(pages)) as contexts:
        entity_id = new_id()
        assert create(api, entity_id, f"{contexts.url}/deep/a.jsonld").status_code == 201
        read = api.get(f"/entities/{entity_id}").json()
    assert (read["type"], "https://example.org/transit#routes" in read) == (HALT, True)
    assert {got.path for got in contexts.received} == set(pages)


def test_a_ring_of_contexts_is_refused(api: httpx.Client, new_id: NewId) -> None:
    pages: dict[str, tuple[int, dict[str, str], Any]] = {
        "/a": (200, {}, {"@context": "/b"}),
        "/b": (200, {}, {"@context": "/a"}),
    }
    with loopback(answering(pages)) as contexts:
        answer = create(api, new_id(), f"{contexts.url}/a")
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")


def test_a_context_behind_a_redirect_is_had(api: httpx.Client, new_id: NewId) -> None:
    pages: dict[str, tuple[int, dict[str, str], Any]] = {
        "/old": (302, {"Location": "/new"}, b""),
        "/new": (200, {}, {"@context": TERMS}),
    }
    with loopback(answering(pages)) as contexts:
        entity_id = new_id()
        assert create(api, entity_id, f"{contexts.url}/old").status_code == 201
    assert api.get(f"/entities/{entity_id}").json()["type"] == HALT


@pytest.mark.parametrize(
    ("page", "status", "kind"),
    [
        ((404, {}, b"gone"), 504, "LdContextNotAvailable"),
        ((500, {}, b"{}"), 504, "LdContextNotAvailable"),
        ((302, {"Location": "/here"}, b""), 504, "LdContextNotAvailable"),
        ((200, {}, b"no { json"), 400, "BadRequestData"),
        ((200, {}, {"note": "nothing"}), 400, "BadRequestData"),
        ((200, {}, {"@context": 7}), 400, "BadRequestData"),
        ((200, {}, {"@context": [["x"]]}), 400, "BadRequestData"),
        ((200, {}, {"@context": {"a": {"@id": "ex:a", "@context": {}}}}), 400, "BadRequestData"),
        ((200, {}, b'{"@context":{"x":"' + b"y" * (1 << 20) + b'"}}'), 504, "LdContextNotAvailable"),
    ],
)
def test_what_can_not_be_had_is_504_and_what_is_none_is_400(
    api: httpx.Client, new_id: NewId, page: tuple[int, dict[str, str], Any], status: int, kind: str
) -> None:
    entity_id = new_id()
    with loopback(answering({"/here": page})) as contexts:
        answer = create(api, entity_id, f"{contexts.url}/here")
    assert (answer.status_code, answer.json()["type"]) == (status, f"{ERRORS}{kind}")
    assert answer.json()["title"]
    assert api.get(f"/entities/{entity_id}").status_code == 404


def test_each_entity_of_a_batch_fails_for_its_own_context(api: httpx.Client, contexts: Loopback, new_id: NewId) -> None:
    good, bad = new_id(), new_id()
    batch = [halt(good, f"{contexts.url}/t.jsonld"), halt(bad, "http://127.0.0.1:9/none.jsonld")]
    answer = api.post("/entityOperations/create", content=orjson.dumps(batch), headers=LD)
    assert answer.status_code == 207
    assert answer.json()["success"] == [good]
    (error,) = answer.json()["errors"]
    assert (error["entityId"], error["error"]["type"]) == (bad, f"{ERRORS}LdContextNotAvailable")


def test_a_context_that_nobody_reads_fails_nothing(api: httpx.Client) -> None:
    link = {"Link": CONTEXT_LINK.format(url="http://127.0.0.1:9/none.jsonld")}
    assert api.get("/jsonldContexts", headers=link).status_code == 200


@pytest.mark.parametrize("version", ["", *(f"-v1.{minor}" for minor in range(3, 10))])
def test_the_core_context_is_built_in(api: httpx.Client, new_id: NewId, version: str) -> None:
    core = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{version}.jsonld"
    assert create(api, new_id(), core).status_code == 201


def test_a_version_of_the_core_context_that_does_not_exist_is_not_had(api: httpx.Client, new_id: NewId) -> None:
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.99.jsonld"
    answer = create(api, new_id(), core)
    assert (answer.status_code, answer.json()["type"]) == (504, f"{ERRORS}LdContextNotAvailable")


@pytest.mark.clause("6.3.16")
@pytest.mark.parametrize(
    ("headers", "fetches"), [({"Cache-Control": "max-age=3600"}, 1), ({"Cache-Control": "no-cache"}, 2), ({}, 1)]
)
def test_a_copy_is_fresh_as_long_as_its_server_says(
    api: httpx.Client, new_id: NewId, headers: dict[str, str], fetches: int
) -> None:
    with loopback(answering({"/c": (200, headers, {"@context": TERMS})})) as contexts:
        for _ in range(2):
            assert create(api, new_id(), f"{contexts.url}/c").status_code == 201
        assert len(contexts.received) == fetches


@pytest.mark.clause("6.3.16")
def test_an_old_copy_serves_while_its_server_does_not_answer(api: httpx.Client, new_id: NewId) -> None:
    with loopback(answering({"/c": (200, {"Cache-Control": "max-age=0"}, {"@context": TERMS})})) as contexts:
        assert create(api, new_id(), f"{contexts.url}/c").status_code == 201
    assert create(api, new_id(), f"{contexts.url}/c").status_code == 201


@pytest.mark.clause("6.3.16")
def test_a_context_that_has_changed_is_read_anew(api: httpx.Client, new_id: NewId) -> None:
    pages: dict[str, tuple[int, dict[str, str], Any]] = {
        "/c": (200, {"Cache-Control": "max-age=0"}, {"@context": {"Halt": "https://example.org/first"}})
    }
    with loopback(answering(pages)) as contexts:
        first, second = new_id(), new_id()
        create(api, first, f"{contexts.url}/c")
        pages["/c"] = (200, {}, {"@context": {"Halt": "https://example.org/second"}})
        create(api, second, f"{contexts.url}/c")
    assert api.get(f"/entities/{first}").json()["type"] == "https://example.org/first"
    assert api.get(f"/entities/{second}").json()["type"] == "https://example.org/second"


def test_a_server_that_may_not_ask_itself_says_so(tmp_path: Path) -> None:
    with broker(tmp_path, settings=Settings(allow_local=False)) as alone, alone.client() as api:
        answer = create(api, "urn:ngsi-ld:Halt:1", "http://127.0.0.1:9/c.jsonld")
        assert (answer.status_code, answer.json()["type"]) == (504, f"{ERRORS}LdContextNotAvailable")


def test_a_server_that_fetches_nothing_says_so(tmp_path: Path) -> None:
    settings = Settings(allow_local=True, fetch_contexts=False)
    with loopback(serving_context(TERMS)) as contexts, broker(tmp_path, settings=settings) as alone:
        with alone.client() as api:
            assert create(api, "urn:ngsi-ld:Halt:1", f"{contexts.url}/c").status_code == 504
        assert not contexts.received


def test_what_is_no_address_is_the_clients_mistake(api: httpx.Client, new_id: NewId) -> None:
    answer = create(api, new_id(), "no address")
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")
