"""The page of the twin does what it says."""

from pathlib import Path

from docs.pages import Run


def test_twin_page(tmp_path: Path) -> None:
    """Every block of the page is run, in order, in a folder of its own."""
    Run("twin.md", tmp_path).all()
