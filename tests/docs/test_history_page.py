"""The page of long history does what it says."""

from pathlib import Path

from docs.pages import Run


def test_the_page_of_history_does_what_it_says(tmp_path: Path) -> None:
    Run("history.md", tmp_path).all()
