"""The page on rules is true: every block of it runs."""

from pathlib import Path

from docs.pages import Run


def test_the_page_on_rules(tmp_path: Path) -> None:
    Run("rules.md", tmp_path).all()
