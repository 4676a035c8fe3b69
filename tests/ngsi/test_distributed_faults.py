"""Sources that hang, flood, break off or lead back: the answer is what is left, with a warning, and in time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import orjson
import pytest

from brokers import Broker, Received, broker, loopback
from madang import clock
from source_doubles import lamp, registered

pytestmark = [pytest.mark.clause("6.3.17"), pytest.mark.clause("5.2.34")]
NewId = Callable[..., str]
Speaking = Callable[[socket.socket, threading.Event], None]
MANY = 34


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("one")) as found:
        yield found


@pytest.fixture
def api(one: Broker) -> Iterator[httpx.Client]:
    with one.client() as found:
        yield found


@contextmanager
def speaking(speak: Speaking) -> Iterator[str]:
    """The URL of a server that does with each connection what it likes, until the test is over."""
    over = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        listener.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=_spoken, args=(speak, connection, over), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def _spoken(speak: Speaking, connection: socket.socket, over: threading.Event) -> None:
    with connection:
        try:
            connection.recv(65536)
            speak(connection, over)
        except OSError:
            pass


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def hangs(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def floods(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"Content-Length: 104857600\r\n\r\n[")
    for _ in range(1600):
        connection.sendall(b" " * 65536)


def breaks_off(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b'Content-Length: 1000\r\n\r\n[{"id": "urn:ngsi-ld:Lamp:half')


def crawls(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize(
    ("speak", "code"),
    [(hangs, 199), (floods, 111), (breaks_off, 199), (crawls, 199)],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_source_that_misbehaves_costs_no_more_than_its_time(
    api: httpx.Client, new_id: NewId, speak: Speaking, code: int
) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id))
    with speaking(speak) as url:
        within_ms = 5000 if speak is floods else 300
        registration = registered(api, url, management={"timeout": within_ms})
        began = clock.elapsed_s()
        answer = api.get("/entities", params={"type": "Lamp"})
        took_s = clock.elapsed_s() - began
    assert [entity["id"] for entity in answer.json()] == [id]
    assert answer.headers["ngsild-warning"].startswith(f"{code} {registration} ")
    assert took_s < 10


@pytest.mark.clause("6.3.18")
@pytest.mark.clause("4.3.6.4")
def test_a_loop_of_two_servers_ends(one: Broker, new_id: NewId, tmp_path_factory: pytest.TempPathFactory) -> None:
    id = new_id("Lamp")
    with broker(tmp_path_factory.mktemp("two"), cities=("two",)) as two, one.client() as here, two.client() as there:
        for api, other in ((here, two), (there, one)):
            registered(api, other.url, mode="redirect", operations=["redirectionOps"])
        answer = here.post("/entities", json=lamp(id))
        assert answer.status_code == 508, answer.text
        for api in (here, there):
            assert api.get(f"/entities/{id}", params={"local": "true"}).status_code == 404
        assert here.get("/entities", params={"type": "Lamp"}).json() == []


def test_many_sources_are_asked_at_once(one: Broker, new_id: NewId) -> None:
    """34 sources that take 0.2 s each give an answer in far less than their sum."""

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        threading.Event().wait(0.2)
        name = got.path.split("/")[1]
        return 200, {}, orjson.dumps([lamp(f"urn:ngsi-ld:Lamp:many:{name}")])

    with loopback(answer) as other, one.client() as api:
        for number in range(MANY):
            registered(api, f"{other.url}/{number}")
        began = clock.elapsed_s()
        got = api.get("/entities", params={"type": "Lamp", "limit": 100})
        took_s = clock.elapsed_s() - began
        assert len(got.json()) == MANY
        assert "ngsild-warning" not in got.headers
        assert took_s < MANY * 0.2 / 2
