"""The page about subscriptions is true: its examples run against a server, its commands are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brokers import Broker, Loopback
from docs.pages import DOCS, Run
from madang.cli import run

pytestmark = pytest.mark.clause("5.8.6")


def test_the_examples_run(server: Broker, callbacks: Loopback, tmp_path: Path) -> None:
    page = Run("subscriptions.md", tmp_path)

    def heard(count: int) -> list[dict[str, Any]]:
        return [got.json() for got in callbacks.wait(count)]

    page.namespace |= {
        "url": server.url + "/ngsi-ld/v1", "base": server.url, "receiver": callbacks.url + "/x", "heard": heard,
    }  # fmt: skip
    page.all()


def test_the_commands_of_the_page_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "subscriptions.md").read_text("utf-8")
    for word in ("list", "dead", "replay", "discard"):
        assert f"madang subscriptions {word}" in text
        assert run(["subscriptions", word, "--help"]) == 0
