"""The page of terrain does what it says."""

from pathlib import Path

import pytest

from docs.pages import Run


def test_terrain_page(tmp_path: Path) -> None:
    """Every block of the page is run, on a raster that it makes itself."""
    pytest.importorskip("rasterio")
    Run("terrain.md", tmp_path).all()
