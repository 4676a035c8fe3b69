"""When a server holds the file, the command line writes through it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ENTITY = {"id": "urn:ngsi-ld:Firm:test:1", "type": "Firm", "name": "한빛팹리스"}


def madang(*words: object, exits: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "madang", *map(str, words)],
        capture_output=True, text=True, timeout=120, env={**os.environ, "MADANG_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == exits, done.stdout + done.stderr
    return done.stdout


def test_a_command_writes_through_the_server_that_holds_the_file(icheon_file: Path, tmp_path: Path) -> None:
    entities = tmp_path / "firm.json"
    entities.write_text(json.dumps(ENTITY), "utf-8")
    serving = subprocess.Popen(
        [sys.executable, "-u", "-m", "madang", "serve", str(icheon_file), "--port", "0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        assert any(re.search(r"http://127\.0\.0\.1:\d+", line) for line in serving.stdout), (
            "the server says where it listens"
        )
        said = madang("put", icheon_file, entities, "--reason", "through the server", "--json")
        assert json.loads(said)["reason"] == "through the server"
        assert json.loads(madang("get", icheon_file, ENTITY["id"], "--json"))["name"]["value"] == "한빛팹리스"
    finally:
        serving.terminate()
        serving.wait(30)
        assert serving.stdout is not None
        serving.stdout.close()
    assert madang("verify", icheon_file)
