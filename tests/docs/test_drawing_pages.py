"""The pages about drawing and about sunlight do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import Run


@pytest.mark.parametrize("page", ["drawing.md", "sunlight.md"])
def test_a_page_of_the_viewers_acts(page: str, tmp_path: Path) -> None:
    """Each block is run, in order, in a folder of its own."""
    Run(page, tmp_path).all()
