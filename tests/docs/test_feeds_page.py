"""The page of feeds does what it says, without a network."""

from pathlib import Path

import pytest

from docs.pages import Run


def test_feeds_page(tmp_path: Path) -> None:
    """Every block of the page is run: payloads are tried, feeds are added, each example is understood."""
    for package in ("quickjs", "pymodbus", "asyncua"):
        pytest.importorskip(package)
    Run("feeds.md", tmp_path).all()
