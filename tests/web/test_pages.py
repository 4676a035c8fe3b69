"""The built pages, the page that stands in for them, and 3D Tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

INDEX = "<!doctype html><title>마당</title>" + "<p>한 도시는 한 파일입니다.</p>" * 100


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> Iterator[Server]:
    """A server with built pages."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(INDEX, "utf-8")
    (folder / "assets" / "app-1a2b3c.js").write_text("console.log('마당');" * 200, "utf-8")
    (folder.parent / "secret.txt").write_text("not a page", "utf-8")
    with start_server(tmp_path_factory.mktemp("paged"), pages=folder) as found:
        yield found


@pytest.fixture
def browser(paged: Server) -> Iterator[httpx.Client]:
    """A browser that has opened the start link."""
    with httpx.Client(base_url=paged.url) as found:
        found.get(f"/?token={paged.token()}")
        yield found


@pytest.mark.parametrize("path", ["/", "/city/seongnam", "/city/seongnam/fabless-valley", "/city/x/proposals/urn%3Ax"])
def test_addresses_of_the_pages_all_show_the_front_page(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".js"])
def test_a_name_no_file_can_have_is_no_failure(browser: httpx.Client, name: str) -> None:
    assert browser.get(f"/{name}").status_code == (404 if name.endswith(".js") else 200)


def test_the_way_in_never_leads_to_another_host(paged: Server) -> None:
    with httpx.Client(base_url=paged.url) as stranger:
        for path in ("//evil.example/", "/\\evil.example/"):
            page = stranger.get(httpx.URL(paged.url).copy_with(raw_path=path.encode())).text
            assert 'href="/evil.example/"' in page


def test_nothing_on_a_page_may_come_from_another_host(browser: httpx.Client) -> None:
    headers = browser.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_files_with_a_hash_in_their_name_are_kept_and_compressed(browser: httpx.Client) -> None:
    answer = browser.get("/assets/app-1a2b3c.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("console.log")
    again = browser.get("/assets/app-1a2b3c.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"]
)
def test_what_is_no_file_of_the_pages_is_not_given(browser: httpx.Client, path: str) -> None:
    answer = browser.get(f"/{path}")
    assert "not a page" not in answer.text
    assert answer.status_code == 404


def test_without_built_pages_a_page_says_what_to_do(server: Server) -> None:
    with server.client(Accept_Language="ko") as client:
        answer = client.get("/city/seongnam")
        assert answer.status_code == 200
        assert "make demo" in answer.text
        assert "content-security-policy" in answer.headers


def test_a_layer_is_a_tileset_and_its_parts_are_kept_for_good(server: Server) -> None:
    with server.client("read") as client:
        answer = client.get("/tiles/seongnam/dong/tileset.json")
        assert answer.status_code == 200, answer.text
        assert answer.json()["asset"]["version"] == "1.1"
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get("/tiles/seongnam/dong/tileset.json", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        for name in contents(answer.json()["root"]):
            part = client.get(f"/tiles/seongnam/dong/{name}")
            assert part.content[:4] == b"glTF"
            assert part.headers["content-type"] == "model/gltf-binary"
            assert "immutable" in part.headers["cache-control"]
            plain = client.get(f"/tiles/seongnam/dong/{name}", headers={"Accept-Encoding": "identity"})
            assert plain.content == part.content


def test_an_unknown_layer_part_or_tenant_is_404(server: Server) -> None:
    with server.client("read") as client:
        for path in ("seongnam/clouds/tileset.json", "seongnam/dong/x.glb", "seongnam~x/dong/tileset.json"):
            answer = client.get(f"/tiles/{path}")
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_change_on_a_branch_gives_its_layer_another_version(
    server: Server, on_branch: httpx.Client, client: httpx.Client
) -> None:
    def version(tenant: str) -> str:
        return client.get(f"/tiles/{tenant}/dong/tileset.json").headers["etag"]

    main = version("seongnam")
    assert version("seongnam~fabless-valley") == main
    patch = {"populationDensity": {"type": "Property", "value": 40_000}}
    dong = "/ngsi-ld/v1/entities/urn:ngsi-ld:Dong:kostat-2020:31023740"
    assert on_branch.patch(dong, json=patch).status_code == 204
    assert version("seongnam~fabless-valley") != main
    assert version("seongnam") == main
    delta = client.get("/tiles/seongnam~fabless-valley/dong/delta/tileset.json").json()
    (name,) = contents(delta["root"])
    part = client.get(f"/tiles/seongnam~fabless-valley/dong/delta/{name}")
    assert b"31023740" in part.content, "the delta holds the dong that was changed"
    told = {one["id"]: one for one in client.get("/api/cities/seongnam~fabless-valley/layers").json()}
    assert told["dong"]["tiles"] == "/tiles/seongnam/dong/tileset.json"
    assert told["dong"]["delta"]["hidden"] == ["urn:ngsi-ld:Dong:kostat-2020:31023740"]
    assert "content" not in client.get("/tiles/seongnam/dong/delta/tileset.json").json()["root"]


def contents(tile: dict[str, Any]) -> Iterator[str]:
    """The addresses of all parts of a tileset."""
    if "content" in tile:
        yield tile["content"]["uri"]
    for child in tile.get("children", []):
        yield from contents(child)
