"""Commands of the command line, run in the process that holds the file; and live changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

    from madang.city import City


def told(argv: Sequence[str], folder: Path, cities: Mapping[Path, City]) -> dict[str, Any]:
    """A command that says what it was given."""
    opened = sorted(path.name for path in cities)
    return {"exit_code": len(argv), "stdout": f"{folder} {opened}", "stderr": " ".join(argv)}


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> Iterator[Server]:
    """A server that runs commands."""
    with start_server(tmp_path_factory.mktemp("commanded"), run_in_server=told) as found:
        yield found


COMMAND = {"argv": ["put", "seongnam.gpkg", "새.json"], "cwd": "/tmp"}


def test_a_command_answers_with_exit_code_and_words(commanded: Server) -> None:
    with commanded.client() as client:
        assert client.post("/api/command", json=COMMAND).json() == {
            "exit_code": 3,
            "stdout": "/tmp ['sejong.gpkg', 'seongnam.gpkg']",
            "stderr": "put seongnam.gpkg 새.json",
        }


@pytest.mark.parametrize("body", [{}, {"argv": "put"}, {"argv": ["put"]}, {"argv": [1], "cwd": "/"}, []])
def test_what_is_no_command_is_refused(commanded: Server, body: Any) -> None:
    with commanded.client() as client:
        answer = client.post("/api/command", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "web.command-malformed")


@pytest.mark.parametrize("role", ["read", "propose"])
def test_only_who_decides_may_command(commanded: Server, role: str) -> None:
    with commanded.client(role) as client:
        assert client.post("/api/command", json=COMMAND).status_code == 403


def test_a_server_started_otherwise_runs_none(server: Server) -> None:
    with server.client() as client:
        assert client.post("/api/command", json=COMMAND).json()["code"] == "web.command-not-offered"
        assert client.get("/api/command").status_code == 405


def test_changes_come_as_events_and_what_was_missed_comes_again(server: Server, client: httpx.Client) -> None:
    before = client.get("/api/cities/seongnam/log?limit=1").json()[0]["number"]
    made = {"id": "urn:ngsi-ld:BusStop:test:event", "type": "BusStop", "name": "정류장"}
    assert client.post("/ngsi-ld/v1/entities", json=made).status_code == 201
    with client.stream("GET", "/api/cities/seongnam/events", headers={"Last-Event-ID": str(before)}) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        for line in stream.iter_lines():
            if line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
                break
    assert told["tenant"] == "seongnam"
    assert [(one["id"], one["kind"]) for one in told["changes"]] == [(made["id"], "created")]
