"""A broker under test, as its clients see it, and the loopback servers it talks with: contexts, callbacks, sources."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn

from madang.city import City, open_city
from madang.store import Store
from madang.web.access import start_access
from madang.web.app import create_app
from madang.web.around import Settings
from madang.web.serve import server_config

NGSI = "/ngsi-ld/v1"
LONGEST_WAIT_S = 20.0  # how long a test waits for what must come; it is not waited for what must not come
CONTEXT_LINK = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass
class Broker:
    """A running server over its cities, asked without a token from loopback."""

    url: str
    cities: dict[str, City]

    def client(self, **headers: str) -> httpx.Client:
        """A client whose base is the NGSI-LD API; `NGSILD_Tenant="a~b"` becomes the header NGSILD-Tenant."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Client(base_url=self.url + NGSI, headers=named, timeout=30)


@contextmanager
def broker(
    folder: Path, *, cities: Sequence[str] = ("test",), synchronous: str = "OFF", settings: Settings | None = None
) -> Iterator[Broker]:
    """A server over fresh, empty cities, which may call back to loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as ends:
        opened = {}
        for name in cities:
            path = folder / f"{name}.gpkg"
            if not path.exists():
                Store.create(path, city_id=name, title={"ko": name, "en": name}, synchronous=synchronous).close()
            opened[name] = ends.enter_context(open_city(path, write=True))
        access = start_access("127.0.0.1", no_auth=True)
        app = create_app(list(opened.values()), access=access, settings=settings or Settings(allow_local=True))
        listener = ends.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(server_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Broker(f"http://127.0.0.1:{listener.getsockname()[1]}", opened)
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True)
class Received:
    """One request that a loopback server got; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


Answering = Callable[[Received], "tuple[int, dict[str, str], bytes]"]


@dataclass
class Loopback:
    """A server that keeps what it gets and answers as a function says (200 with nothing unless told)."""

    answering: Answering | None = None
    url: str = ""
    received: list[Received] = field(default_factory=list)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, got: Received) -> tuple[int, dict[str, str], bytes]:
        """Keep a request and answer it."""
        answer = self.answering(got) if self.answering is not None else (200, {}, b"")
        with self._came:
            self.received.append(got)
            self._came.notify_all()
        return answer

    def wait(self, count: int, *, where: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        """The first `count` requests that fit, as soon as they are there; the test fails when they never come."""
        with self._came:
            came = self._came.wait_for(lambda: sum(map(where, self.received)) >= count, LONGEST_WAIT_S)
            found = [one for one in self.received if where(one)]
        assert came, f"{len(found)} of {count} requests came: {[(one.method, one.path) for one in self.received]}"
        return found[:count]


@contextmanager
def loopback(answering: Answering | None = None) -> Iterator[Loopback]:
    """A loopback HTTP server that records what it gets."""
    kept = Loopback(answering)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            told = {name.lower(): value for name, value in self.headers.items()}
            status, headers, answer = kept.take(Received(self.command, self.path, told, body))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # who was killed says no goodbye
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serving_context(terms: dict[str, Any]) -> Answering:
    """An answer to every GET: a context document of these terms."""
    body = orjson.dumps({"@context": terms})
    return lambda got: (200, {"Content-Type": "application/ld+json"}, body)
