"""Commands of the command line, run in the process that holds the file; and live changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.web.access import cookie_name

if TYPE_CHECKING:
    from tests.web.conftest import Server

    from madang.city import City


def told(argv: Sequence[str], folder: Path, cities: Mapping[Path, City], shell: Mapping[str, Any]) -> dict[str, Any]:
    """A command that says what it was given."""
    opened = sorted(path.name for path in cities)
    return {"exit_code": len(argv), "stdout": f"{folder} {opened} {dict(shell)}", "stderr": " ".join(argv)}


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> Iterator[Server]:
    """A server that runs commands."""
    with start_server(tmp_path_factory.mktemp("commanded"), run_in_server=told) as found:
        yield found


COMMAND = {"argv": ["put", "seongnam.gpkg", "새.json"], "cwd": "/tmp"}


def test_a_command_answers_with_exit_code_and_words(commanded: Server) -> None:
    with commanded.client("command") as client:
        assert client.post("/api/command", json=COMMAND | {"shell": {"language": "ko"}}).json() == {
            "exit_code": 3,
            "stdout": "/tmp ['sejong.gpkg', 'seongnam.gpkg'] {'language': 'ko'}",
            "stderr": "put seongnam.gpkg 새.json",
        }


@pytest.mark.parametrize("body", [{}, {"argv": "put"}, {"argv": ["put"]}, {"argv": [1], "cwd": "/"}, []])
def test_what_is_no_command_is_refused(commanded: Server, body: Any) -> None:
    with commanded.client("command") as client:
        answer = client.post("/api/command", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "web.command-malformed")


@pytest.mark.parametrize("role", ["read", "propose", "decide"])
def test_a_link_runs_no_commands_whatever_its_role(commanded: Server, role: str) -> None:
    """It may have come by mail, or through a proxy on this machine; a command could read any file of the user's."""
    with commanded.client(role) as client:
        assert client.post("/api/command", json=COMMAND).json()["code"] == "web.command-not-yours"
    with commanded.client(
        None, Cookie=f"{cookie_name(httpx.URL(commanded.url).netloc.decode())}={commanded.token(role)}"
    ) as page:
        assert page.get("/api/whoami").json()["role"] == role
        assert page.post("/api/command", json=COMMAND).status_code == 403


def test_a_server_started_otherwise_runs_none(server: Server) -> None:
    with server.client("command") as client:
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
