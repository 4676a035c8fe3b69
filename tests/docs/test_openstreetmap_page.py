"""The page of OpenStreetMap does what it says, without a network."""

from pathlib import Path

from docs.pages import Run


def test_openstreetmap_page(tmp_path: Path) -> None:
    """A small map is loaded, its heights say how they came, and a fetch says beforehand what it would ask."""
    Run("openstreetmap.md", tmp_path).all()
