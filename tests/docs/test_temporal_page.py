"""The page of the temporal API does what it says."""

from pathlib import Path

from brokers import broker
from docs.pages import Run


def test_temporal_page(tmp_path: Path) -> None:
    """Every block of the page is run against a broker."""
    with broker(tmp_path) as server:
        page = Run("temporal.md", tmp_path, namespace={"url": server.url + "/ngsi-ld/v1"})
        page.all()
        page.namespace["api"].close()
