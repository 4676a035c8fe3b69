"""The page of ensembles does what it says."""

from pathlib import Path

import pytest

from docs.pages import Run


def test_ensembles_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of the page is run, with a journal of its own."""
    monkeypatch.setenv("MADANG_CACHE", str(tmp_path / "cache"))
    Run("ensembles.md", tmp_path).all()
