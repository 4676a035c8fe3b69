"""`madang serve --dir`: every city file of a folder, and files for tenants that come."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from madang.store import Store, inspect_lock

pytestmark = pytest.mark.clause("4.14", "5.5.10")
SERVE = ["-u", "-m", "madang", "serve", "--port", "0", "--no-auth"]


def make(folder: Path, name: str) -> Path:
    path = folder / f"{name}.gpkg"
    Store.create(path, city_id=name, title={"ko": name, "en": name}, synchronous="OFF").close()
    return path


def test_a_folder_is_served_whole_and_grows(tmp_path: Path) -> None:
    named, folder = make(tmp_path, "named"), tmp_path / "cities"
    folder.mkdir()
    make(folder, "other")
    (folder / "no-city.gpkg").write_bytes(b"something else")
    (folder / "other.before-hub.gpkg").write_bytes(b"kept from before")
    command = [sys.executable, *SERVE, str(named), "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[-1].rstrip("/") + "/ngsi-ld/v1"
        entity = {"id": "urn:ngsi-ld:A:1", "type": "A"}
        assert httpx.post(f"{url}/entities", json=entity).status_code == 201
        for tenant in ("other", "new"):
            made = httpx.post(f"{url}/entities", json=entity, headers={"NGSILD-Tenant": tenant})
            assert made.status_code == 201, made.text
        lock = inspect_lock(folder / "new.gpkg")
        assert lock is not None
        assert url.startswith(str(lock.url))  # the command line finds its way to a city made meanwhile
        whoami = f"{lock.url}/api/whoami"
        assert httpx.get(whoami, headers={"Authorization": f"Bearer {lock.token}"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert "no-city.gpkg" in process.stderr.read()
    for path in (named, folder / "other.gpkg", folder / "new.gpkg"):
        assert inspect_lock(path) is None
        with Store.open(path) as store:
            assert store.view().get("urn:ngsi-ld:A:1") is not None


@pytest.mark.parametrize("words", [[], ["--dir", "no-such-folder"]])
def test_nothing_to_serve_is_said(tmp_path: Path, words: list[str]) -> None:
    said = subprocess.run([sys.executable, *SERVE, *words], cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode != 0
    assert "--dir" in said.stderr or "no-such-folder" in said.stderr
