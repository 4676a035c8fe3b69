"""Manners of HTTP that hold for every operation (6.3.2-6.3.6, 6.3.20): media types, methods, limits, errors."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from brokers import CONTEXT_LINK, NGSI, Broker
from madang.web.exchange import LONGEST_QUERY
from madang.web.ngsi.negotiation import LONGEST_HEADER

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
NewId = Callable[..., str]


def thing(entity_id: str) -> dict[str, Any]:
    return {"id": entity_id, "type": "Thing", "n": {"type": "Property", "value": 1}}


@pytest.mark.clause("6.3.4")
@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/geo+json, application/json", "application/json"),
        ("application/geo+json, application/ld+json", "application/ld+json"),
        ("application/json;q=0.1, application/ld+json;q=0.9", "application/ld+json"),
        ("application/json;q=0, */*;q=0.5", "application/ld+json"),
        ("text/html, application/ld+json;q=0.5", "application/ld+json"),
    ],
)
def test_the_first_of_the_list_is_given_unless_weights_say_otherwise(
    api: httpx.Client, new_id: NewId, accept: str | None, given: str
) -> None:
    entity_id = new_id()
    assert api.post("/entities", json=thing(entity_id)).status_code == 201
    headers = {} if accept is None else {"Accept": accept}
    if accept is None:
        del api.headers["accept"]
    assert api.get(f"/entities/{entity_id}", headers=headers).headers["content-type"] == given


@pytest.mark.clause("6.3.4")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "application/json;q=0"])
@pytest.mark.parametrize("path", ["/entities?type=Thing", "/types", "/jsonldContexts/urn:x:y", "/info/sourceIdentity"])
def test_what_can_not_be_written_is_406(api: httpx.Client, path: str, accept: str) -> None:
    answer = api.get(path, headers={"Accept": accept})
    assert answer.status_code == (404 if "urn:x:y" in path else 406)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.clause("6.3.4")
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/merge-patch+json", ""])
def test_a_body_of_another_kind_is_415_without_a_body(api: httpx.Client, media_type: str) -> None:
    answer = api.post("/entities", content=b"{}", headers={"Content-Type": media_type})
    assert (answer.status_code, answer.content) == (415, b"")


@pytest.mark.clause("6.3.4", "5.6.17")
def test_a_merge_patch_is_taken_where_something_is_patched(api: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    api.post("/entities", json=thing(entity_id))
    headers = {"Content-Type": "application/merge-patch+json"}
    body = orjson.dumps({"n": {"type": "Property", "value": 2}})
    assert api.patch(f"/entities/{entity_id}", content=body, headers=headers).status_code == 204
    assert api.get(f"/entities/{entity_id}").json()["n"]["value"] == 2


@pytest.mark.clause("6.3.4")
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/entities"), ("PATCH", "/entities/urn:x:y/attrs"), ("PUT", "/entities/urn:x:y"), ("POST", "/snapshots")],
)
@pytest.mark.parametrize("tenant", ["test", "nowhere"])
def test_a_body_without_a_length_is_411(server: Broker, method: str, path: str, tenant: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.putrequest(method, f"{NGSI}{path}")
    connection.putheader("NGSILD-Tenant", tenant)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"2\r\n{}\r\n0\r\n\r\n")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (411, b"")
    connection.close()


@pytest.mark.clause("6.3.2", "6.3.6")
@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/entities/urn:ngsi-ld:Thing:none", 404, "ResourceNotFound"),
        ("GET", "/entities", 400, "BadRequestData"),
        ("GET", "/entities?type=A&typo=1", 400, "InvalidRequest"),
        ("GET", "/entities?type=A&type=B", 400, "InvalidRequest"),
        ("GET", "/entities?type=A&limit=100000", 403, "TooManyResults"),
        ("GET", "/nothing/here", 404, "ResourceNotFound"),
    ],
)
def test_an_error_says_type_title_detail_and_status(
    api: httpx.Client, method: str, path: str, status: int, kind: str
) -> None:
    answer = api.request(method, path, headers={"Accept": "application/ld+json"})
    said = answer.json()
    assert (answer.status_code, said["status"], said["type"]) == (status, status, f"{ERRORS}{kind}")
    assert answer.headers["content-type"] == "application/json"
    assert said["title"]
    assert said["detail"]
    assert said["title"] != said["detail"]


@pytest.mark.clause("6.2")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/entityOperations/create", {"POST"}),
        ("POST", "/entities/urn:x:y", {"GET", "DELETE", "PATCH", "PUT"}),
        ("DELETE", "/types", {"GET"}),
        ("PUT", "/jsonldContexts", {"GET", "POST"}),
        ("GET", "/snapshots", {"POST", "DELETE"}),
    ],
)
def test_a_method_that_a_path_has_not_is_405_with_those_it_has(
    api: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) >= allowed
    told = api.options(path)
    assert (told.status_code, told.content) == (204, b"")
    assert set(told.headers["allow"].split(", ")) >= {*allowed, "OPTIONS"}
    assert ("HEAD" in told.headers["allow"]) == ("GET" in allowed)


@pytest.mark.clause("6.2")
def test_options_of_no_path_is_404(api: httpx.Client) -> None:
    assert api.options("/nothing").status_code == 404
    patch = api.options("/entities/urn:x:y").headers["accept-patch"]
    assert "application/merge-patch+json" in patch


@pytest.mark.clause("6.2")
def test_head_is_get_without_a_body(api: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    api.post("/entities", json=thing(entity_id))
    read, told = api.get(f"/entities/{entity_id}"), api.head(f"/entities/{entity_id}")
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(read.content))
    assert api.head("/entities/urn:x:none").status_code == 404


@pytest.mark.clause("6.2")
def test_a_slash_at_the_end_changes_nothing(api: httpx.Client, new_id: NewId) -> None:
    assert api.post("/entities/", json=thing(new_id())).status_code == 201
    assert api.get("/entities/?type=Thing").status_code == 200
    assert api.get("/jsonldContexts/").status_code == 200


@pytest.mark.clause("6.3.5")
def test_two_contexts_in_links_are_refused_and_one_said_twice_is_one(api: httpx.Client) -> None:
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
    twice = ", ".join([CONTEXT_LINK.format(url=core)] * 2)
    assert api.get("/entities?type=A", headers={"Link": twice}).status_code == 200
    two = f"{CONTEXT_LINK.format(url=core)}, {CONTEXT_LINK.format(url='https://example.org/x')}"
    answer = api.get("/entities?type=A", headers={"Link": two})
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    other = '<https://example.org/next>; rel="next"'
    assert api.get("/entities?type=A", headers={"Link": other}).status_code == 200


@pytest.mark.clause("6.3.2")
def test_limits_have_numbers(api: httpx.Client) -> None:
    long = api.get("/entities", params={"type": "A", "q": "a==" + "1" * LONGEST_QUERY})
    assert (long.status_code, long.json()["facts"]["most"]) == (414, LONGEST_QUERY)
    for header in ("Link", "Accept"):
        answer = api.get("/entities?type=A", headers={header: "<" * (LONGEST_HEADER + 1)})
        assert (answer.status_code, answer.json()["facts"]["most"]) == (431, LONGEST_HEADER)


@pytest.mark.clause("6.3.2", "5.5.4")
@pytest.mark.parametrize("depth", [100, 900, 2000, 100_000])
def test_a_body_that_is_nested_deeply_is_never_a_fault_of_ours(api: httpx.Client, new_id: NewId, depth: int) -> None:
    value = b"[" * depth + b"]" * depth
    body = b'{"id":"%s","type":"Thing","n":{"type":"Property","value":%s}}' % (new_id().encode(), value)
    answer = api.post("/entities", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 400)
    inner = b'{"a":' * depth + b"1" + b"}" * depth
    made = b'{"id":"%s","type":"Thing","n":%s}' % (new_id().encode(), inner)
    assert api.post("/entities", content=made, headers={"Content-Type": "application/json"}).status_code in (201, 400)


@pytest.mark.clause("6.2")
@pytest.mark.parametrize(
    "path",
    [
        "/entities/%", "/entities/%zz", "/entities/%ff%fe", "/entities/%00", "/entities/urn:x:%2e%2e%2f",
        "/types/%ed%a0%80", "/entities?type=%", "/entities?type=%ff", "/entities?%ff=%00", "/entities?type=A&id=%0a",
        "/entities?type=A&q=%00", "/jsonldContexts/%ff", "/snapshots/%00", "/entities/a/attrs/%ff",
    ],
)  # fmt: skip
def test_percent_signs_that_mean_nothing_harm_nothing(server: Broker, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.request("GET", NGSI + path)
    assert connection.getresponse().status < 500
    connection.close()
