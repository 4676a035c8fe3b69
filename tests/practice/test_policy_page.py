"""The page of the whole policy is run from top to bottom."""

from pathlib import Path

from docs.pages import Run


def test_policy_page(tmp_path: Path) -> None:
    """Every command of the page says what the page says; refusals leave with the code it names."""
    Run("policy.md", tmp_path).all()
