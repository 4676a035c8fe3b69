"""NGSI-LD over HTTP: media types, @context, tenants, limits (clauses 4.14, 6.3.2-6.3.6, 6.3.14)."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.web.ngsi.negotiation import CONTEXT_PATH

if TYPE_CHECKING:
    from tests.web.conftest import Server

NGSI = "/ngsi-ld/v1"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"
DONG = f"{NGSI}/entities/urn:ngsi-ld:Dong:kostat-2020:31023740"
NewId = Callable[[], str]


def linked(url: str) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="{CONTEXT_REL}"; type="application/ld+json"'}


# -- media types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json, application/json", "application/json"),
        ("application/json;q=0.5, application/ld+json", "application/ld+json"),
        ("text/html, application/geo+json;q=0.9", "application/geo+json"),
    ],
)
def test_accept_is_honoured_in_the_standards_order(client: httpx.Client, accept: str | None, expected: str) -> None:
    client.headers.pop("accept")
    answer = client.get(DONG, headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"] == expected


def test_json_has_the_context_in_a_link_and_ld_json_in_the_body(client: httpx.Client, server: Server) -> None:
    url = f"{server.url}{CONTEXT_PATH}"
    plain = client.get(DONG)
    assert plain.headers["link"] == f'<{url}>; rel="{CONTEXT_REL}"; type="application/ld+json"'
    assert "@context" not in plain.json()
    full = client.get(DONG, headers={"Accept": "application/ld+json"})
    assert full.json()["@context"] == url
    assert "link" not in full.headers
    listed = client.get(f"{NGSI}/entities?type=Dong", headers={"Accept": "application/ld+json"}).json()
    assert all(one["@context"] == url for one in listed)


def test_a_form_nobody_offers_is_406_with_the_list(client: httpx.Client) -> None:
    answer = client.get(DONG, headers={"Accept": "application/cbor"})
    assert answer.status_code == 406
    assert answer.json()["facts"]["representations"] == [
        "application/json",
        "application/ld+json",
        "application/geo+json",
    ]


def test_geojson_is_for_entities_only(client: httpx.Client) -> None:
    assert client.get(f"{NGSI}/types", headers={"Accept": "application/geo+json"}).status_code == 406


def test_a_body_of_another_kind_is_415_without_a_body(client: httpx.Client) -> None:
    answer = client.post(f"{NGSI}/entities", content="x", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.content) == (415, b"")


def test_a_body_without_length_is_411(server: Server) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    headers = {
        "Authorization": f"Bearer {server.token()}",
        "Content-Type": "application/json",
        "NGSILD-Tenant": "sejong",
    }
    connection.request("POST", f"/sejong{NGSI}/entities", iter([b"{}"]), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (411, b"")
    connection.close()


def test_another_method_is_405_naming_those_there_are(client: httpx.Client) -> None:
    answer = client.request("PATCH", f"{NGSI}/entities")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, POST")
    assert client.get(f"{NGSI}/nothing").status_code == 404


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    whole, head = client.get(DONG), client.head(DONG)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(whole.content)


def test_a_huge_body_is_413(tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> None:
    folder = tmp_path_factory.mktemp("small")
    with start_server(folder, max_body_bytes=1024 * 1024) as server, server.client(NGSILD_Tenant="sejong") as client:
        big = {"id": "urn:ngsi-ld:BusStop:test:big", "type": "BusStop", "name": "가" * 400_000}
        answer = client.post(f"{NGSI}/entities", json=big)
        assert (answer.status_code, answer.json()["code"]) == (413, "web.body-too-large")
        assert client.post("/api/recompute", json={"address": "x" * 2_000_000}).status_code == 413


# -- @context ---------------------------------------------------------------------------------------------------------


def test_names_go_in_and_out_by_a_context_in_the_body(client: httpx.Client, new_id: NewId) -> None:
    entity_id = new_id()
    context = {"Halt": "https://example.org/Halt", "routes": "https://example.org/routes"}
    body = {"@context": [context, CORE], "id": entity_id, "type": "Halt", "routes": {"type": "Property", "value": 4}}
    headers = {"Content-Type": "application/ld+json"}
    assert client.post(f"{NGSI}/entities", json=body, headers=headers).status_code == 201
    stored = client.get(f"{NGSI}/entities/{entity_id}").json()
    assert stored["type"] == "https://example.org/Halt"
    assert stored["https://example.org/routes"]["value"] == 4
    query = {"@context": [context, CORE], "type": "Query", "entities": [{"type": "Halt"}], "q": "routes==4"}
    found = client.post(f"{NGSI}/entityOperations/query", json=query, headers=headers).json()
    assert found == [{"id": entity_id, "type": "Halt", "routes": {"type": "Property", "value": 4}}]


def test_the_core_context_alone_means_the_same_as_none(client: httpx.Client, new_id: Callable[[], str]) -> None:
    assert client.get(DONG, headers=linked(CORE)).json() == client.get(DONG).json()
    assert len(client.get(f"{NGSI}/entities", params={"type": "Dong"}, headers=linked(CORE)).json()) == 3
    entity_id = new_id()
    body = {"@context": [CORE], "id": entity_id, "type": "BusStop", "name": {"type": "Property", "value": "a"}}
    headers = {"Content-Type": "application/ld+json"}
    assert client.post(f"{NGSI}/entities", json=body, headers=headers).status_code == 201
    assert client.get(f"{NGSI}/entities/{entity_id}").json() == {k: v for k, v in body.items() if k != "@context"}


def test_our_own_context_by_its_address_is_the_default(client: httpx.Client, server: Server) -> None:
    url = f"{server.url}{CONTEXT_PATH}"
    assert client.get(DONG, headers=linked(url)).json() == client.get(DONG).json()


def test_a_context_that_can_not_be_had_is_504(client: httpx.Client) -> None:
    answer = client.get(DONG, headers=linked("https://example.org/context.jsonld"))
    assert (answer.status_code, answer.json()["type"]) == (504, f"{ERRORS}LdContextNotAvailable")
    assert "example.org" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("media_type", "body", "headers", "code"),
    [
        ("application/json", {"@context": CORE}, {}, "web.context-in-json"),
        ("application/ld+json", {"@context": CORE}, linked(CORE), "web.context-link-with-ld-json"),
        ("application/ld+json", {}, {}, "web.context-needed"),
    ],
)
def test_contexts_are_not_mixed(
    client: httpx.Client, new_id: NewId, media_type: str, body: dict[str, Any], headers: dict[str, str], code: str
) -> None:
    entity = {"id": new_id(), "type": "BusStop", **body}
    answer = client.post(f"{NGSI}/entities", json=entity, headers={"Content-Type": media_type, **headers})
    assert (answer.status_code, answer.json()["type"], answer.json()["code"]) == (400, f"{ERRORS}BadRequestData", code)


def test_two_different_contexts_in_links_are_refused(client: httpx.Client) -> None:
    two = f'<{CORE}>; rel="{CONTEXT_REL}", <https://example.org/b>; rel="{CONTEXT_REL}"'
    assert client.get(DONG, headers={"Link": two}).json()["code"] == "web.context-twice"


# -- tenants ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", ["seongnan", "seongnam~fabless-valey", "busan", "seongnam~", "~"])
def test_a_mistyped_tenant_is_not_found_and_not_made(server: Server, tenant: str) -> None:
    entity = {"id": "urn:ngsi-ld:BusStop:test:tenant", "type": "BusStop"}
    with server.client(NGSILD_Tenant=tenant) as client:
        for answer in (client.get(DONG), client.post(f"{NGSI}/entities", json=entity)):
            assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
            assert answer.headers["ngsild-tenant"] == tenant
    assert len(server.cities["seongnam"].branches()) == 2


def test_without_a_tenant_a_server_of_several_cities_asks_which(server: Server) -> None:
    with server.client() as client:
        answer = client.get(DONG)
        assert (answer.status_code, answer.json()["code"]) == (404, "web.tenant-missing")
        assert "seongnam" in answer.json()["detail"]
        assert "ngsild-tenant" not in answer.headers


def test_the_tenant_may_stand_in_the_path(server: Server) -> None:
    with server.client() as client:
        assert client.get(f"/seongnam~fabless-valley{DONG}").json()["name"]["value"] == "삼평동"
        page = client.get("/sejong/ngsi-ld/v1/entities?type=Dong&limit=1")
        following = page.headers["link"].rpartition("<")[2].partition(">")[0]
        assert following.startswith("/sejong/ngsi-ld/v1/entities?")
        assert client.get(following).json()[0]["id"] != page.json()[0]["id"]
        body = {"id": "urn:ngsi-ld:BusStop:test:정류장", "type": "BusStop"}
        made = client.post("/sejong/ngsi-ld/v1/entities", json=body)
        assert client.get(made.headers["location"]).json()["id"] == body["id"]
        assert client.get(f"/busan{DONG}").status_code == 404
        clash = client.get(f"/sejong{DONG}", headers={"NGSILD-Tenant": "seongnam"})
        assert clash.json()["code"] == "web.tenant-twice"


def test_a_branch_sees_its_own_changes_and_main_does_not(
    client: httpx.Client, on_branch: httpx.Client, new_id: NewId
) -> None:
    entity_id = new_id()
    assert (
        on_branch.post(f"{NGSI}/entities", json={"id": entity_id, "type": "BusStop", "name": "새 정류장"}).status_code
        == 201
    )
    assert on_branch.get(f"{NGSI}/entities/{entity_id}").status_code == 200
    assert client.get(f"{NGSI}/entities/{entity_id}").status_code == 404
    count = {"type": "BusStop", "q": 'name=="새 정류장"', "count": "true", "limit": 0}
    assert on_branch.get(f"{NGSI}/entities", params=count).headers["ngsild-results-count"] == "1"
    assert client.get(f"{NGSI}/entities", params=count).headers["ngsild-results-count"] == "0"
