"""The page of conformance is what the tables of clauses and the tests say."""

import sys

from docs.pages import DOCS

sys.path.insert(0, str(DOCS.parent / "scripts"))

import conformance_page


def test_every_clause_that_is_done_has_a_test_and_every_test_a_known_clause() -> None:
    """A clause is never said to be done by words alone."""
    assert conformance_page.problems() == []


def test_the_page_is_what_the_script_writes() -> None:
    """Nobody edits the page by hand."""
    assert (DOCS / "conformance.md").read_text("utf-8") == conformance_page.page(), (
        "run: python scripts/conformance_page.py"
    )
