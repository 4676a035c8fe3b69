"""A rectangle is answered by the spatial index where that is sure, and says what `matches` says."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from madang.entities.entity import Document, geo_property
from madang.entities.query import GeoQuery, Query, matches
from madang.store import Store

edges = st.integers(0, 8).map(lambda n: 127.0 + n / 10)  # few, so that edges meet


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """A point, or a rectangle as a polygon."""
    x, y = draw(edges), draw(edges) - 90
    if draw(st.booleans()):
        return {"type": "Point", "coordinates": [x, y]}
    w, h = draw(st.sampled_from([0.05, 0.1, 0.3])), draw(st.sampled_from([0.05, 0.1, 0.3]))
    return {"type": "Polygon", "coordinates": [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]]}


@settings(max_examples=40, deadline=None)
@given(
    places=st.lists(shapes(), min_size=1, max_size=12),
    asked=shapes().filter(lambda shape: shape["type"] == "Polygon"),
    relation=st.sampled_from(["within", "intersects", "contains", "disjoint", "equals", "overlaps"]),
)
def test_a_place_query_says_what_matches_says(places: list[Any], asked: dict[str, Any], relation: Any) -> None:
    docs: list[Document] = [
        {"id": f"urn:x:{n}", "type": "Thing", "location": geo_property(shape)} for n, shape in enumerate(places)
    ]
    query = Query(geo=GeoQuery(relation, asked))
    expected = sorted(doc["id"] for doc in docs if matches(query, doc))
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.create(Path(folder) / "c.gpkg", city_id="t", title={}, synchronous="OFF") as store,
    ):
        with store.transact(actor="t", reason="half") as tx:
            tx.put_many(docs[::2])
        store.fork("a", actor="t", reason="r")
        with store.transact(branch="a", actor="t", reason="other half") as tx:
            tx.put_many(docs)
        assert sorted(store.view("a").ids(query)) == expected
        assert store.view("a").count(query) == len(expected)
