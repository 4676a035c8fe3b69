"""Seven cities asked as one, from the city file of their alliance: on one server and on seven (clauses 4.3.6, 4.14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from brokers import Broker, broker
from source_doubles import lamp, registered

pytestmark = [pytest.mark.clause("4.3.6.2"), pytest.mark.clause("4.14"), pytest.mark.clause("6.3.17")]
NewId = Callable[..., str]
CITIES = ("seongnam", "gwangyang", "hwaseong", "suwon", "yongin", "pyeongtaek", "icheon")


@pytest.fixture
def seven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Broker]]:
    """Seven real servers in one process, each with the city of its name and one lamp."""
    folder = tmp_path_factory.mktemp("seven")
    with ExitStack() as ends:
        yield {name: ends.enter_context(broker(folder / name, cities=(name,))) for name in CITIES}


def a_lamp_of(api: httpx.Client, name: str) -> str:
    id = f"urn:ngsi-ld:Lamp:{name}:1"
    assert api.post("/entities", json=lamp(id, city=name)).status_code == 201
    return id


def test_one_server_with_eight_files_is_asked_as_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Sources that are tenants of the same server are asked in its own process, whether it may call itself or not."""
    from madang.web.around import Settings

    folder = tmp_path_factory.mktemp("one")
    with broker(folder, cities=("alliance", *CITIES), settings=Settings(allow_local=False)) as server:
        ids = set()
        for name in CITIES:
            with server.client(NGSILD_Tenant=name) as city:
                ids.add(a_lamp_of(city, name))
        with server.client(NGSILD_Tenant="alliance") as alliance:
            for name in CITIES:
                registered(alliance, server.url, tenant=name, operations=["federationOps", "updateOps"])
            answer = alliance.get("/entities", params={"type": "Lamp", "count": "true"})
            assert {entity["id"] for entity in answer.json()} == ids
            assert answer.headers["ngsild-results-count"] == "7"
            assert "ngsild-warning" not in answer.headers
            one = "urn:ngsi-ld:Lamp:suwon:1"
            assert alliance.get(f"/entities/{one}", params={"format": "simplified"}).json()["city"] == "suwon"
            change = {"city": {"type": "Property", "value": "수원"}}
            assert alliance.patch(f"/entities/{one}/attrs", json=change).status_code == 204
        with server.client(NGSILD_Tenant="suwon") as suwon:
            assert suwon.get(f"/entities/{one}").json()["city"]["value"] == "수원"


def test_tenants_that_ask_each_other_end(tmp_path_factory: pytest.TempPathFactory) -> None:
    with broker(tmp_path_factory.mktemp("ring"), cities=("a", "b", "c")) as server, ExitStack() as ends:
        clients = {name: ends.enter_context(server.client(NGSILD_Tenant=name)) for name in "abc"}
        ids = {a_lamp_of(client, name) for name, client in clients.items()}
        for name, after in (("a", "b"), ("b", "c"), ("c", "a")):
            registered(clients[name], server.url, tenant=after, operations=["federationOps", "redirectionOps"])
        for client in clients.values():
            answer = client.get("/entities", params={"type": "Lamp"})
            assert {entity["id"] for entity in answer.json()} == ids
        new = lamp("urn:ngsi-ld:Lamp:ring:1")
        assert clients["a"].post("/entities", json=new).status_code == 201
        for client in clients.values():
            assert client.get(f"/entities/{new['id']}", params={"local": "true"}).json() == new
        assert clients["b"].delete(f"/entities/{new['id']}").status_code == 204


def test_one_city_down_leaves_six_and_a_warning(
    seven: dict[str, Broker], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = {}
    for name, server in seven.items():
        with server.client() as city:
            ids[name] = a_lamp_of(city, name)
    with ExitStack() as ends:
        alliance_server = ends.enter_context(broker(tmp_path_factory.mktemp("alliance"), cities=("alliance",)))
        alliance = ends.enter_context(alliance_server.client())
        eighth = ExitStack()
        down = eighth.enter_context(broker(tmp_path_factory.mktemp("down"), cities=("yeoju",)))
        with down.client() as city:
            ids["yeoju"] = a_lamp_of(city, "yeoju")
        servers = {**{name: server.url for name, server in seven.items()}, "yeoju": down.url}
        registrations = {name: registered(alliance, url, tenant=name) for name, url in servers.items()}
        answer = alliance.get("/entities", params={"type": "Lamp"})
        assert {entity["id"] for entity in answer.json()} == set(ids.values())
        eighth.close()  # one city goes down
        answer = alliance.get("/entities", params={"type": "Lamp"})
        assert answer.status_code == 200
        assert {entity["id"] for entity in answer.json()} == set(ids.values()) - {ids["yeoju"]}
        assert answer.headers["ngsild-warning"].startswith(f"199 {registrations['yeoju']} ")
        assert alliance.get("/types").json()["typeList"] == ["Lamp"]
        assert alliance.get(f"/entities/{ids['yeoju']}").status_code == 404
        assert alliance.get(f"/entities/{ids['suwon']}").status_code == 200


def test_who_picks_the_id_alone_gets_it_from_every_source(tmp_path: Path) -> None:
    with broker(tmp_path, cities=("alliance", "suwon")) as server:
        with server.client(NGSILD_Tenant="suwon") as there:
            assert there.post("/entities", json={"id": "urn:ngsi-ld:Lamp:suwon:1", "type": "Lamp"}).status_code == 201
        with server.client(NGSILD_Tenant="alliance") as api:
            registered(api, server.url, tenant="suwon")
            answer = api.get("/entities", params={"type": "Lamp", "pick": "id", "format": "simplified"})
        assert answer.json() == [{"id": "urn:ngsi-ld:Lamp:suwon:1"}]
        assert "ngsild-warning" not in answer.headers
