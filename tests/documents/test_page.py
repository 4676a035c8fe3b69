"""The page about papers does what it says."""

from __future__ import annotations

from pathlib import Path

from docs.pages import Run


def test_the_page_about_papers(tmp_path: Path) -> None:
    Run("documents.md", tmp_path).all()
