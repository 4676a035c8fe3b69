"""Who may come in: Host, Origin, token, role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.errors import CallerError
from madang.web.access import ROLES, start_access

if TYPE_CHECKING:
    from tests.web.conftest import Server

NGSI = "/ngsi-ld/v1"
CITIES = "/api/cities"


def test_without_a_token_an_api_says_401_in_the_asked_language(server: Server) -> None:
    for language, word in (("ko", "토큰"), ("en", "token")):
        answer = httpx.get(f"{server.url}{CITIES}", headers={"Accept-Language": language})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert word in answer.json()["detail"]
        assert answer.json()["code"] == "web.token-needed"


@pytest.mark.parametrize("path", [CITIES, f"{NGSI}/types", "/tiles/seongnam/dong/tileset.json", "/ogc/seongnam/"])
def test_every_room_asks_for_the_token(server: Server, path: str) -> None:
    assert httpx.get(server.url + path).status_code == 401
    wrong = {"Authorization": "Bearer not-the-token"}
    assert httpx.get(server.url + path, headers=wrong).status_code == 401


def test_the_vocabulary_and_the_sign_of_life_are_open(server: Server) -> None:
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok", "cities": 2}
    context = httpx.get(f"{server.url}/contexts/madang.jsonld")
    assert context.headers["content-type"] == "application/ld+json"
    assert "@context" in context.json()


def test_the_token_in_the_link_becomes_a_cookie_and_leaves_the_url(server: Server) -> None:
    with httpx.Client(base_url=server.url) as browser:
        answer = browser.get(f"/city/seongnam?token={server.token()}&tab=3d")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/city/seongnam?tab=3d"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert browser.get("/api/whoami").json() == {"actor": "local", "role": "decide"}


def test_a_token_in_the_url_of_an_api_is_no_way_in(server: Server) -> None:
    answer = httpx.post(f"{server.url}/api/recompute?token={server.token()}", json={"address": "x"})
    assert answer.status_code == 401


def test_a_wrong_token_in_the_link_shows_the_page_that_says_how(server: Server) -> None:
    answer = httpx.get(f"{server.url}/?token=wrong", headers={"Accept-Language": "ko"})
    assert answer.status_code == 401
    assert "madang serve" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_redirect_never_leads_to_another_host(server: Server) -> None:
    answer = httpx.get(f"{server.url}//evil.example/?token={server.token()}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/evil.example")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "",
        "10.0.0.7",
        "127.0.0.1, evil.example",
        "127.0.0.1:x",
    ],
)
def test_a_foreign_host_name_is_turned_away(server: Server, host: str) -> None:
    """DNS rebinding: the attacker's name points here, and the browser says so in Host."""
    with server.client() as client:
        answer = client.get(CITIES, headers={"Host": host})
        assert answer.status_code in (400, 403)  # an empty Host is refused by the HTTP parser or by us
        if host:
            assert answer.json()["code"] == "web.host-not-ours"


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "localhost:9999"])
def test_loopback_names_are_ours_through_any_forwarded_port(server: Server, host: str) -> None:
    port = server.url.rpartition(":")[2]
    with server.client() as client:
        assert client.get(CITIES, headers={"Host": host.format(port=port)}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_from_another_sites_page_is_turned_away(server: Server, origin: str, method: str) -> None:
    """CSRF: even with the cookie, even from another port of this machine."""
    with httpx.Client(base_url=server.url) as browser:
        browser.get(f"/?token={server.token()}")
        path = CITIES if method == "GET" else "/api/recompute"
        answer = browser.request(method, path, headers={"Origin": origin})
        assert answer.status_code == 403
        assert answer.json()["code"] == "web.origin-not-ours"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_or_picture_of_another_site_is_turned_away_without_an_origin_too(server: Server, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    with server.client() as browser:
        for answer in (browser.post("/api/recompute", headers=headers), browser.get(CITIES, headers=headers)):
            assert answer.json()["code"] == "web.origin-not-ours"


def test_a_link_from_another_site_leads_to_the_page_and_nowhere_else(server: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    with server.client() as browser:
        assert browser.get("/", headers=headers).status_code == 200


def test_our_own_page_may_ask(server: Server) -> None:
    with server.client() as client:
        assert client.get(CITIES, headers={"Origin": server.url}).status_code == 200


def test_the_api_takes_json_only_which_no_form_can_send(server: Server) -> None:
    with server.client() as client:
        answer = client.post(
            "/api/cities/seongnam/branches", content='{"name": "x"}', headers={"Content-Type": "text/plain"}
        )
        assert answer.status_code == 415


@pytest.mark.parametrize(
    ("role", "tenant", "status"),
    [
        ("read", "seongnam", 403),
        ("read", "seongnam~fabless-valley", 403),
        ("propose", "seongnam", 403),
        ("propose", "seongnam~fabless-valley", 201),
        ("decide", "seongnam", 201),
    ],
)
def test_roles_decide_who_writes_where(server: Server, role: str, tenant: str, status: int) -> None:
    entity = {"id": f"urn:ngsi-ld:BusStop:test:{role}-{status}", "type": "BusStop", "name": "정류장"}
    with server.client(role) as client:
        answer = client.post(f"{NGSI}/entities", json=entity, headers={"NGSILD-Tenant": tenant})
        assert answer.status_code == status, answer.text


def test_a_read_token_can_not_fork_propose_decide_or_command(server: Server) -> None:
    with server.client("read") as client:
        for path in (
            "/api/cities/seongnam/branches",
            "/api/cities/seongnam~fabless-valley/proposals",
            "/api/cities/seongnam/proposals/urn:ngsi-ld:Proposal:x:1/decision",
            "/api/command",
        ):
            answer = client.post(path, json={})
            assert answer.status_code == 403, path
            assert answer.json()["code"] in ("web.role-needed", "web.command-not-yours")


def test_the_actor_of_a_change_is_the_tokens_whatever_the_request_says(server: Server) -> None:
    with server.client() as client:
        entity = {"id": "urn:ngsi-ld:BusStop:test:actor", "type": "BusStop", "name": "정류장", "actor": "mayor"}
        headers = {"NGSILD-Tenant": "seongnam", "X-Actor": "mayor", "From": "mayor@example.kr"}
        assert client.post(f"{NGSI}/entities", json=entity, headers=headers).status_code == 201
        newest = client.get("/api/cities/seongnam/log?limit=1").json()[0]
        assert newest["actor"] == "api:local"


def test_no_auth_needs_loopback() -> None:
    with pytest.raises(CallerError, match="this machine only"):
        start_access("0.0.0.0", no_auth=True)
    assert start_access("127.0.0.1", no_auth=True).is_open


def test_each_start_has_new_tokens_one_a_role() -> None:
    first, second = start_access("127.0.0.1"), start_access("127.0.0.1")
    assert sorted(caller.role for caller in first.tokens.values()) == sorted(ROLES)
    assert not set(first.tokens) & set(second.tokens)
    assert all(len(token) >= 32 for token in first.tokens)


def test_listening_on_a_network_answers_to_addresses_and_given_names() -> None:
    access = start_access("0.0.0.0", names=["Madang.City.kr"])
    assert access.is_ours("192.168.0.7:8080")
    assert access.is_ours("madang.city.kr:8080")
    assert not access.is_ours("evil.example:8080")


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> Iterator[Server]:
    """A server that asks nobody for a token."""
    with start_server(tmp_path_factory.mktemp("open"), no_auth=True) as found:
        yield found


def test_without_tokens_host_and_origin_are_checked_all_the_same(open_server: Server) -> None:
    with httpx.Client(base_url=open_server.url) as client:
        assert client.get(CITIES).status_code == 200
        assert client.get(CITIES, headers={"Host": "evil.example"}).status_code == 403
        assert client.get(CITIES, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_command_needs_a_token_even_where_nothing_else_does(open_server: Server) -> None:
    """Whoever is logged in on this machine can reach loopback; a command acts as the user of the server."""
    with httpx.Client(base_url=open_server.url) as client:
        answer = client.post("/api/command", json={"argv": ["put"], "cwd": "/"})
        assert (answer.status_code, answer.json()["code"]) == (401, "web.token-needed")
