"""Clients that are slow, or say too much before they ask: each has its bounds, and others are answered meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from brokers import Broker, broker
from madang.web import patience

TRICKLING = 100


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that looks at its connections all the time."""
    monkeypatch.setattr(patience, "LOOK_EVERY_S", 0.3)
    monkeypatch.setattr(patience, "UNREAD_LOOKS", 3)
    with broker(tmp_path) as found:
        yield found


def connected(found: Broker) -> socket.socket:
    url = httpx.URL(found.url)
    return socket.create_connection((url.host, url.port or 0), timeout=20)


def all_of(line: socket.socket) -> bytes:
    """What comes until the other side ends the connection; the test fails when it doesn't."""
    found = b""
    try:
        while part := line.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


def test_heads_that_never_end_hold_nobody_up_and_are_ended(hasty: Broker) -> None:
    with ExitStack() as ends, hasty.client() as api:
        lines = [ends.enter_context(connected(hasty)) for _ in range(TRICKLING)]
        for line in lines:
            line.sendall(b"GET /ngsi-ld/v1/types HTTP/1.1\r\nHost: localh")
        assert api.get("/types").status_code == 200
        assert all(all_of(line).startswith(b"HTTP/1.1 408") for line in lines)
        assert api.get("/types").status_code == 200


def test_who_connects_and_says_nothing_is_let_go(hasty: Broker) -> None:
    with connected(hasty) as line:
        assert all_of(line).startswith(b"HTTP/1.1 408")


def test_a_body_that_trickles_in_is_ended_and_changes_nothing(hasty: Broker) -> None:
    with connected(hasty) as line, hasty.client() as api:
        before = hasty.cities["test"].store.data_version()
        line.sendall(
            b"POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 100\r\n\r\n{"id": "urn:x'
        )
        all_of(line)
        assert api.get("/types").status_code == 200
        assert hasty.cities["test"].store.data_version() == before


@pytest.mark.parametrize(
    "start", [b"GET /ngsi-ld/v1/types HTTP/1.1\r\nHost: localhost\r\n", b"GET /ngsi-ld/v1/"], ids=["headers", "address"]
)
def test_a_flood_before_the_question_is_cut_off(hasty: Broker, start: bytes) -> None:
    more = b"x" * 4000 if start.endswith(b"/") else b"x: " + b"y" * 4000 + b"\r\n"
    with connected(hasty) as line, hasty.client() as api:
        sent = 0
        try:
            line.sendall(start)
            while sent < 64 * 1024 * 1024:
                line.sendall(more)
                sent += len(more)
        except ConnectionError:
            pass  # it was not read to its end
        assert sent < 16 * 1024 * 1024  # what the system's own buffers take
        assert api.get("/types").status_code == 200


def test_an_answer_that_nobody_reads_is_not_kept_for_good(hasty: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up, lost = threading.Event(), patience.Patient.connection_lost

    def connection_lost(self: patience.Patient, exc: Exception | None) -> None:
        lost(self, exc)
        if self._unread[1] >= patience.UNREAD_LOOKS:
            given_up.set()

    monkeypatch.setattr(patience.Patient, "connection_lost", connection_lost)
    many = [{"id": f"urn:t:{n}", "type": "Thing", "a": "x" * 20_000} for n in range(900)]
    with hasty.client() as api:
        assert api.post("/entityOperations/upsert", json=many).status_code == 201
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.settimeout(20)
            url = httpx.URL(hasty.url)
            line.connect((url.host, url.port or 0))
            line.sendall(b"GET /ngsi-ld/v1/entities?type=Thing&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert line.recv(1)  # it is on its way, and now nobody takes more of it
            assert api.get("/types").status_code == 200
            with api.stream("GET", "/entities?type=Thing&limit=1000") as reading:
                whole = sum(map(len, reading.iter_bytes()))
            assert whole > 900 * 20_000
            assert given_up.wait(20)
            assert len(all_of(line)) < whole


def test_one_connection_carries_many_requests_one_after_the_other(hasty: Broker) -> None:
    with connected(hasty) as line:
        ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        line.sendall(ask * 50)
        found = b""
        while found.count(b"HTTP/1.1 200") < 50:
            found += line.recv(65536)
