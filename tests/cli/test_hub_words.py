"""What the commands of the hub say to somebody who does not know them yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.cli import run
from madang.store import Store

FEED = """\
protocol: mqtt
address: mqtt://broker.example.org
options: {topics: ["air/{device}"]}
rules:
  - id: "urn:ngsi-ld:AirQualityObserved:test:{device}"
    type: AirQualityObserved
    values: {pm10: $.pm10}
"""


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LANG", "en")


@pytest.fixture
def city(tmp_path: Path) -> str:
    path = tmp_path / "city.gpkg"
    Store.create(path, city_id="test", title={"ko": "시험", "en": "test"}, synchronous="OFF").close()
    return str(path)


def test_a_feed_that_is_no_text_is_told_so(city: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "picture.yaml").write_bytes(b"\x89PNG\xff\xfe")
    assert run(["feed", "add", city, "air", str(tmp_path / "picture.yaml")]) == 3
    assert "picture.yaml is not UTF-8 text" in capfd.readouterr().err


def test_lists_have_headings(city: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "air.yaml").write_text(FEED, "utf-8")
    assert run(["feed", "add", city, "air", str(tmp_path / "air.yaml")]) == 0
    capfd.readouterr()
    assert run(["feed", "list", city]) == 0
    heads, row = capfd.readouterr().out.splitlines()
    assert heads.split() == ["feed", "condition", "address", "readings", "last", "reading"]
    assert row.split() == ["air", "waiting", "mqtt://broker.example.org", "0", "-"]
    assert run(["feed", "status", city, "air"]) == 0
    assert "connected: no" in capfd.readouterr().out


@pytest.mark.parametrize("command", ["replay", "discard"])
def test_which_letters_is_asked_in_words_of_the_shell(
    city: str, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["subscriptions", command, city]) != 0
    told = capfd.readouterr().err
    assert "--number N, --subscription ID or --all" in told
    assert run(["subscriptions", command, city, "--all"]) == 0
