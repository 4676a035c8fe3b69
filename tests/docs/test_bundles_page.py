"""The page of bundles does what it says."""

from pathlib import Path

from docs.pages import Run


def test_bundles_page(tmp_path: Path) -> None:
    """Every block of the page is run."""
    Run("bundles.md", tmp_path).all()
