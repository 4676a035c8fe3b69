"""A real server on a loopback port over real city files: two cities, one with a branch."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from madang.city import City, open_city
from madang.entities.entity import geo_property, property_, relationship
from madang.store import Store
from madang.web.access import Access, start_access
from madang.web.app import create_app
from madang.web.around import Settings
from madang.web.serve import LOCAL_COMMAND, server_config

COMMAND_TOKEN = "as-it-stands-in-the-lock-of-a-file"
DATASET = "urn:ngsi-ld:Dataset:test:made-up"
NGSI = "/ngsi-ld/v1"


@dataclass(frozen=True)
class Server:
    """A running server: where it is, how to come in, and the cities behind it."""

    url: str
    access: Access
    cities: dict[str, City]

    def token(self, role: str = "decide") -> str:
        return next(token for token, caller in self.access.tokens.items() if caller.role == role)

    def client(self, role: str | None = "decide", **headers: str) -> httpx.Client:
        token = COMMAND_TOKEN if role == "command" else self.token(role) if role and self.access.tokens else None
        told = {"Authorization": f"Bearer {token}"} if token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Client(base_url=self.url, headers=told | named, timeout=30)


def dong(code: str, name: str, lon: float, lat: float, population: int) -> dict[str, Any]:
    """A small square 행정동."""
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01], [lon, lat]]
    return {
        "id": f"urn:ngsi-ld:Dong:kostat-2020:{code}",
        "type": "Dong",
        "name": property_(name),
        "population": property_(population, period="2020", source=DATASET, status="observed"),
        "location": geo_property({"type": "Polygon", "coordinates": [ring]}),
        "refCity": relationship("urn:ngsi-ld:City:kostat:31020"),
    }


DONGS = [
    dong("31023740", "삼평동", 127.10, 37.40, 24_000),
    dong("31023750", "판교동", 127.08, 37.39, 31_000),
    dong("31023760", "백현동", 127.11, 37.38, 28_000),
]


def make_city(path: Path, city_id: str, ko: str, en: str) -> None:
    """A city file with a place, a dataset and three 행정동."""
    place = {
        "id": f"urn:ngsi-ld:City:test:{city_id}",
        "type": "City",
        "name": property_(ko),
        "population": property_(83_000, period="2020", source=DATASET, status="observed"),
        "grdp": property_(1_000_000_000, unit="KRW", period="2020", source=DATASET, status="observed"),
    }
    dataset = {"id": DATASET, "type": "Dataset", "title": property_("지어낸 자료"), "licence": property_("CC0-1.0")}
    with (
        Store.create(path, city_id=city_id, title={"ko": ko, "en": en}, synchronous="OFF") as store,
        store.transact(actor="test", reason="made for a test") as tx,
    ):
        tx.put_many([dataset, place, *DONGS])


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The URL of an application that answers on a free loopback port while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)  # early requests wait in the backlog; nobody has to poll
        server = uvicorn.Server(server_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def running(folder: Path, *, no_auth: bool = False, **options: Any) -> Iterator[Server]:
    """A server over two fresh cities, seongnam with a branch fabless-valley, and sejong."""
    folder.mkdir(exist_ok=True)
    for city_id, ko, en in (("seongnam", "성남시", "Seongnam"), ("sejong", "세종시", "Sejong")):
        make_city(folder / f"{city_id}.gpkg", city_id, ko, en)
    with (
        open_city(folder / "seongnam.gpkg", write=True) as seongnam,
        open_city(folder / "sejong.gpkg", write=True) as sejong,
    ):
        seongnam.fork("fabless-valley", title={"ko": "팹리스 밸리안", "en": "Fabless Valley"}, reason="a test")
        access = start_access("127.0.0.1", no_auth=no_auth)
        if not no_auth:
            access = access.also({COMMAND_TOKEN: LOCAL_COMMAND})
        options.setdefault("settings", Settings(fetch_contexts=False))  # no test asks the network
        app = create_app([seongnam, sejong], access=access, tile_cache=folder / "tiles", **options)
        with serving(app) as url:
            yield Server(url, access, {"seongnam": seongnam, "sejong": sejong})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server a module; tests write under ids of their own."""
    with running(tmp_path_factory.mktemp("cities")) as found:
        yield found


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """Somebody who may decide, looking at seongnam's main."""
    with server.client(NGSILD_Tenant="seongnam") as found:
        yield found


@pytest.fixture
def on_branch(server: Server) -> Iterator[httpx.Client]:
    """Somebody who may propose, looking at seongnam~fabless-valley."""
    with server.client("propose", NGSILD_Tenant="seongnam~fabless-valley") as found:
        yield found


@pytest.fixture(scope="session")
def serve_app() -> Callable[..., Any]:
    """`with serve_app(app, access, cities, ends) as server`: an application of a test's own making."""

    @contextmanager
    def serve(app: Any, access: Access, cities: dict[str, City], ends: ExitStack) -> Iterator[Server]:
        with ends, serving(app) as url:
            yield Server(url, access, cities)

    return serve


@pytest.fixture(scope="module")
def start_server() -> Callable[..., Any]:
    """`with start_server(folder, no_auth=True) as server`: a server with other settings."""
    return running


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Ids no other test uses."""
    return lambda: f"urn:ngsi-ld:BusStop:test:{next(_numbers)}"


_numbers = itertools.count()
