"""The page of the hub, from the sensor to the alliance, with two real servers, a mosquitto and a receiver."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest

from brokers import Loopback, Received, loopback
from docs.pages import Block, Run
from docs.test_pages import serving
from feeding import mosquitto, needs_mosquitto
from madang.cli import run
from madang.cli.output import Speaker, speaking

WITHIN_S = 30.0
STATIONS = [
    {"stationName": "운중동", "dataTime": "2026-01-02 10:00", "pm10Value": "41", "o3Value": "0.031"},
    {"stationName": "정자동", "dataTime": "2026-01-02 10:00", "pm10Value": "-", "o3Value": "-"},
]

pytestmark = [
    needs_mosquitto,
    pytest.mark.skipif(
        not all(map(shutil.which, ("curl", "mosquitto_pub"))),
        reason="the page speaks with curl and mosquitto_pub (apt install curl mosquitto-clients)",
    ),
]


class Receiver:
    """Who is told: takes what comes to /told, and refuses what comes to /refuses until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.lines: list[bytes] = []
        self.server: Loopback

    def __call__(self, got: Received) -> tuple[int, dict[str, str], bytes]:
        if got.path == "/refuses" and not self.mended:
            return 400, {}, b"no"
        self.lines.append(got.body)
        return 200, {}, b""


def open_data(got: Received) -> tuple[int, dict[str, str], bytes]:
    """An answer as the portal of open data gives it, for whoever brings the key."""
    assert "serviceKey=the-key-from-the-portal" in got.path
    body = {"totalCount": len(STATIONS), "items": STATIONS, "pageNo": 1, "numOfRows": 100}
    told = {"response": {"header": {"resultCode": "00", "resultMsg": "NORMAL_CODE"}, "body": body}}
    return 200, {"Content-Type": "application/json"}, orjson.dumps(told)


def test_hub_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of the page, in its order; where the page waits for somebody, so does the test."""
    receiver = Receiver()
    with ExitStack() as ends:
        mqtt = ends.enter_context(mosquitto(tmp_path / "mqtt"))
        receiver.server = ends.enter_context(loopback(receiver))
        portal = ends.enter_context(loopback(open_data))
        page = Run("hub.md", tmp_path)
        page.environment = {
            "BROKER": mqtt.url, "PORT": str(mqtt.port), "OPENDATA": portal.url, "RECEIVER": receiver.server.url,
        }  # fmt: skip
        heard = iter((1, 3))  # the dust, then its next rise, and what the mended endpoint missed

        def by_test(block: Block) -> str:
            if "start" in block.options:
                words = block.text.split()
                while "=" in words[0]:
                    monkeypatch.setenv(*words.pop(0).split("=", 1))
                return "\n".join(ends.enter_context(serving(words, tmp_path)))
            url, token = re.findall(r"(http://[\d.:]+)/\?token=(\S+)", page.said)[0]
            names = ("URL", "TOKEN") if block.options["set"] == "server" else ("ALLIANCE", "KEY")
            page.environment |= dict(zip(names, (url, token), strict=True))
            assert set(re.findall(r"^(\w+)=", block.text, re.MULTILINE)) <= page.environment.keys()
            return ""

        def instead(line: str) -> str | None:
            if line.startswith("tail"):
                receiver.server.wait(next(heard), where=lambda got: got.body in receiver.lines)
                (tmp_path / "told.log").write_bytes(b"\n".join(receiver.lines) + b"\n")
            elif line.startswith("madang feed status"):
                return said_at_last(tmp_path, line, "readings: 2" if "airkorea" in line else "connected: yes")
            elif line.startswith("madang subscriptions dead"):
                said = said_at_last(tmp_path, line, ":lost")
                receiver.mended = True
                return said
            elif line.startswith("madang "):
                return said_by(tmp_path, re.sub(r"\$(\w+)", lambda name: page.environment[name[1]], line))
            return None

        page.by_test, page.instead = by_test, instead
        page.all()
    assert "MADANG_FEED_DATA_GO_KR" in os.environ
    assert b"the-key-from-the-portal" not in (tmp_path / "seongnam.gpkg").read_bytes()


def said_at_last(folder: Path, line: str, wanted: str) -> str:
    """What a command says as soon as it says this; somebody else is at work."""
    until = time.monotonic() + WITHIN_S
    while wanted not in (said := said_by(folder, line)):
        assert time.monotonic() < until, said
    return said


def said_by(folder: Path, line: str) -> str:
    """What a command says in this process, which sends it to the server that holds the file."""
    with contextlib.chdir(folder), speaking(Speaker(captured=True, language="en")) as heard:
        code = run(shlex.split(line)[1:])
    said = "".join(heard.text())
    assert code == 0, f"{line}\n{said}"
    return said
