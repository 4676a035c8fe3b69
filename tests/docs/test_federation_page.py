"""The page of federation does what it says."""

from pathlib import Path

from docs.pages import Run
from madang.store import Store


def test_federation_page(tmp_path: Path) -> None:
    """Every command of the page is run, on the file of an alliance."""
    Store.create(tmp_path / "alliance.gpkg", city_id="alliance", title={"ko": "연합", "en": "Alliance"}).close()
    Run("federation.md", tmp_path).all()
