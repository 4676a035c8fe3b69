"""WCAG 2.2, levels A and AA, as far as axe-core can tell on a page as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
ASK = """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}))
  .violations.flatMap(rule => rule.nodes.map(node => [rule.id, node.target.join(" "), node.failureSummary]))"""


def violations(page: Page) -> list[Any]:
    """Every violation as rule, element and what is wrong with it."""
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run `npm ci` in frontend/")
    page.evaluate(AXE.read_text("utf-8"))
    # A colour in the middle of a fade is nobody's colour.
    page.evaluate("() => Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)))")
    found: list[Any] = page.evaluate(ASK, list(TAGS))
    return found
