"""The page of city models does what it says."""

from pathlib import Path

from docs.pages import Run


def test_city_models_page(tmp_path: Path) -> None:
    """Every block of the page is run."""
    Run("city-models.md", tmp_path).all()
