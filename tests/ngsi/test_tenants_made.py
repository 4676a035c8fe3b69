"""Tenants: each sees its own, each is named in the answer, and new ones are made without a restart (4.14, 5.5.10)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from brokers import NGSI, Broker, broker
from madang.city import open_city
from madang.web.around import Settings
from madang.web.newcities import city_files, is_name

pytestmark = pytest.mark.clause("4.14", "5.5.10", "6.3.14")
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
THING = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing"}


@contextmanager
def growing(folder: Path, *, most: int = 100) -> Iterator[Broker]:
    """A broker over one city `test` that makes a file for each new tenant."""
    folder.mkdir(exist_ok=True)
    settings = Settings(allow_local=True, new_cities_in=folder, most_cities=most)
    with broker(folder, settings=settings) as found:
        yield found


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with growing(tmp_path_factory.mktemp("cities")) as found:
        yield found


def post(server: Broker, tenant: str, path: str = "/entities", body: object = THING) -> httpx.Response:
    with server.client(NGSILD_Tenant=tenant) as api:
        return api.post(path, json=body)


def test_a_tenant_is_made_when_something_is_created_in_it(cities: Broker) -> None:
    assert post(cities, "first").status_code == 201
    with cities.client(NGSILD_Tenant="first") as api, cities.client() as default:
        read = api.get(f"/entities/{THING['id']}")
        assert (read.status_code, read.headers["ngsild-tenant"]) == (200, "first")
        missing = default.get(f"/entities/{THING['id']}")
        assert (missing.status_code, "ngsild-tenant" in missing.headers) == (404, False)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/entityOperations/create", [THING]),
        ("/entityOperations/upsert", [THING]),
        ("/jsonldContexts", {"@context": {"a": "https://example.org/a"}}),
    ],
)
def test_other_ways_to_create_make_a_tenant_too(cities: Broker, path: str, body: object) -> None:
    tenant = f"by-{path.rpartition('/')[2].lower()}"
    assert post(cities, tenant, path, body).status_code == 201
    with cities.client(NGSILD_Tenant=tenant) as api:
        assert api.get("/types").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/entities?type=Thing"),
        ("GET", "/entities/urn:ngsi-ld:Thing:1"),
        ("DELETE", "/entities/urn:ngsi-ld:Thing:1"),
        ("PATCH", "/entities/urn:ngsi-ld:Thing:1"),
        ("POST", "/entityOperations/delete"),
        ("POST", "/entityOperations/query"),
        ("GET", "/jsonldContexts/urn:ngsi-ld:Context:none"),
    ],
)
def test_what_does_not_create_makes_nothing(cities: Broker, method: str, path: str) -> None:
    with cities.client(NGSILD_Tenant="nowhere") as api:
        answer = api.request(method, path, json={})
    assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
    assert answer.headers["ngsild-tenant"] == "nowhere"
    assert "nowhere" not in cities.cities


def test_a_mistyped_branch_is_never_made(cities: Broker) -> None:
    cities.cities["test"].fork("river-park", title={"ko": "강", "en": "River"}, reason="a test")
    for tenant, near in (("test~river-prk", "river-park"), ("tset~river-park", "test")):
        answer = post(cities, tenant)
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
        assert near in answer.json()["detail"]
    assert post(cities, "test~river-park").status_code == 201


@pytest.mark.parametrize("tenant", ["Upper", "a b", "a/b", "../etc", "a.b", "-a", "x" * 41, "도시", "a;b"])
def test_a_name_that_no_file_may_bear_is_refused(cities: Broker, tenant: str) -> None:
    with httpx.Client(base_url=cities.url + NGSI, headers={"NGSILD-Tenant": tenant.encode()}) as api:
        answer = api.post("/entities", json=THING)
    assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")
    assert not is_name(tenant)


def test_a_body_of_no_known_kind_makes_no_tenant(cities: Broker) -> None:
    with cities.client(NGSILD_Tenant="by-mistake") as api:
        assert api.post("/entities", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
        assert api.get("/types").status_code == 404


def test_requests_that_come_together_make_one_file(cities: Broker) -> None:
    with ThreadPoolExecutor(8) as many:
        ids = [f"urn:ngsi-ld:Thing:{number}" for number in range(8)]
        asked = [many.submit(post, cities, "crowd", body={"id": one, "type": "Thing"}) for one in ids]
        assert [one.result().status_code for one in asked] == [201] * 8
    with cities.client(NGSILD_Tenant="crowd") as api:
        assert len(api.get("/entities?type=Thing").json()) == 8


def test_the_tenant_may_stand_in_the_path(cities: Broker) -> None:
    with httpx.Client() as plain:
        made = plain.post(f"{cities.url}/in-path{NGSI}/entities", json=THING)
        assert made.status_code == 201
        assert plain.get(f"{cities.url}/in-path{NGSI}/entities/{THING['id']}").status_code == 200


def test_there_is_a_limit_to_new_tenants(tmp_path: Path) -> None:
    with growing(tmp_path, most=2) as small:
        assert post(small, "one").status_code == 201
        answer = post(small, "two")
        assert answer.status_code == 403
        assert post(small, "one", body={"id": "urn:ngsi-ld:Thing:2", "type": "Thing"}).status_code == 201


def test_without_a_folder_none_is_made(tmp_path: Path) -> None:
    with broker(tmp_path) as closed:
        answer = post(closed, "new")
        assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}NonexistentTenant")


def test_what_was_made_is_a_city_file_of_that_name(tmp_path: Path) -> None:
    with growing(tmp_path) as cities:
        assert post(cities, "kept").status_code == 201
    assert [path.name for path in city_files(tmp_path)] == ["kept.gpkg", "test.gpkg"]
    assert not list(tmp_path.glob(".*"))
    with open_city(tmp_path / "kept.gpkg") as kept:
        assert kept.id == "kept"
        assert kept.view().get("urn:ngsi-ld:Thing:1") is not None


def test_a_file_cut_off_in_the_making_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".late.making.gpkg").write_bytes(b"half")
    with growing(tmp_path) as cities:
        assert post(cities, "late").status_code == 201


def test_a_file_that_stands_there_is_never_written_over(tmp_path: Path) -> None:
    with growing(tmp_path) as cities:
        (tmp_path / "there.gpkg").write_bytes(b"somebody's")
        assert post(cities, "there").status_code == 400
    assert (tmp_path / "there.gpkg").read_bytes() == b"somebody's"


def test_the_default_tenant_always_exists(tmp_path: Path) -> None:
    with broker(tmp_path, cities=(), settings=Settings(allow_local=True, new_cities_in=tmp_path)) as empty:
        with empty.client() as api:
            assert api.get("/types").status_code == 200
            assert api.post("/entities", json=THING).status_code == 201
        assert post(empty, "other").status_code == 201
        with empty.client() as api:  # it stays the default when others come
            assert api.get(f"/entities/{THING['id']}").status_code == 200
    again = broker(tmp_path, cities=("default", "other"), settings=Settings(new_cities_in=tmp_path))
    with again as second, second.client() as api:
        assert api.get(f"/entities/{THING['id']}").status_code == 200
