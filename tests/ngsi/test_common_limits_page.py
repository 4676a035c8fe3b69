"""The limits that docs/contexts-and-tenants.md names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from madang.web import exchange, newcities
from madang.web.ngsi import contextbook, contextfetch, contexts, negotiation, parameters, snapshotdocs, snapshotting

pytestmark = pytest.mark.clause("6.3.2")
PAGE = Path(__file__).parents[2] / "docs" / "contexts-and-tenants.md"

LIMITS = {
    "body": exchange.MAX_BODY_BYTES >> 20,
    "body of a hosted context, a remote context": contextfetch.LARGEST >> 20,
    "query string": exchange.LONGEST_QUERY,
    "headers `Link`, `Accept`": negotiation.LONGEST_HEADER,
    "entities on a page": parameters.MOST,
    "addresses one @context leads to": contexts.DOCUMENTS,
    "contexts within contexts": contexts.DEPTH,
    "redirects to a context": contextfetch.REDIRECTS,
    "time for a context": int(contextfetch.ALTOGETHER_S),
    "contexts hosted by a city": contextbook.MOST[contextbook.HOSTED],
    "copies kept by a city": contextbook.MOST[contextbook.CACHED],
    "cities open at once": newcities.MOST,
    "name of a new city": newcities.LONGEST,
    "snapshots of a city": snapshotting.MOST,
    "queries of a snapshot": snapshotdocs.MOST_QUERIES,
    "life of a snapshot": snapshotdocs.LONGEST_LIFE.days,
}


@pytest.mark.parametrize(("what", "most"), LIMITS.items())
def test_a_limit_is_what_the_page_says(what: str, most: int) -> None:
    found = re.search(rf"^\| {re.escape(what)} \| (\d+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    assert int(found[1]) == most
