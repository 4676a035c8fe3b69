"""`serve`: one port, one link, files locked with the way in, and an orderly end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from madang.city import open_city
from madang.errors import CallerError, FileError
from madang.store import Store, inspect_lock
from madang.web.serve import serve

RUN = "import sys; from pathlib import Path; from madang.web.serve import serve; serve([Path(sys.argv[1])], port=0)"


@pytest.fixture
def empty_city(tmp_path: Path) -> Path:
    """A city file with nothing in it."""
    path = tmp_path / "empty.gpkg"
    Store.create(path, city_id="empty", title={"ko": "빈 도시", "en": "Empty"}, synchronous="OFF").close()
    return path


@pytest.fixture
def served(empty_city: Path) -> Iterator[tuple[Path, str, subprocess.Popen[str]]]:
    """A city file, the link its server printed, and the server's process."""
    command = [sys.executable, "-u", "-c", RUN, str(empty_city)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        link = process.stdout.readline().split()[-1]
        yield empty_city, link, process
        process.terminate()


def test_the_printed_link_lets_its_reader_in(served: tuple[Path, str, subprocess.Popen[str]]) -> None:
    _, link, _ = served
    assert "?token=" in link
    with httpx.Client(follow_redirects=True) as browser:
        assert browser.get(link).status_code == 200
        assert browser.get(httpx.URL(link).copy_with(query=None).join("/api/whoami")).json()["role"] == "decide"


def test_the_lock_tells_the_way_in_and_a_second_writer_is_refused(
    served: tuple[Path, str, subprocess.Popen[str]],
) -> None:
    path, link, process = served
    lock = inspect_lock(path)
    assert lock is not None
    assert lock.pid == process.pid
    assert link.startswith(str(lock.url))
    told = httpx.get(f"{lock.url}/api/whoami", headers={"Authorization": f"Bearer {lock.token}"})
    assert told.json()["role"] == "decide"
    with pytest.raises(FileError) as refused:
        open_city(path, write=True)
    assert str(lock.url) in str(refused.value)


def test_asked_to_end_it_closes_its_files(served: tuple[Path, str, subprocess.Popen[str]]) -> None:
    path, _, process = served
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 128 + signal.SIGTERM
    assert inspect_lock(path) is None
    assert not path.with_name(path.name + "-wal").exists()
    with Store.open(path) as store:
        assert store.verify().ok


def test_a_port_that_is_taken_is_said_before_a_file_is_opened(empty_city: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CallerError) as refused:
            serve([empty_city], port=other.getsockname()[1])
    assert refused.value.code == "web.port-taken"
    assert "--port" in str(refused.value)


def test_an_address_nobody_has_is_said(empty_city: Path) -> None:
    with pytest.raises(CallerError) as refused:
        serve([empty_city], host="no such host", port=0)
    assert refused.value.code == "web.host-unknown"
    with pytest.raises(CallerError) as refused:
        serve([empty_city], port=99999)
    assert refused.value.code == "web.port-taken"


def test_without_tokens_only_loopback_is_served(empty_city: Path) -> None:
    with pytest.raises(CallerError) as refused:
        serve([empty_city], host="0.0.0.0", port=0, no_auth=True)
    assert refused.value.code == "web.no-auth-needs-loopback"
