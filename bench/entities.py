"""What one entity costs: checking, indexing, comparing, renaming and writing its forms; CPU microseconds an entity.

The entity is a building as cities have them: 6 attributes, one polygon of 5 positions, 646 bytes. Everything is
compared with `orjson.loads` of the same bytes in the same run, so that a figure means something on another machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from madang.entities.context import city_context, compile_context
from madang.entities.entity import (
    Document,
    canonical_bytes,
    check_entity,
    geo_property,
    language_property,
    property_,
    relationship,
)
from madang.entities.patch import diff, merge_three
from madang.entities.query import GeoQuery, Query, index_terms, matches, parse_q, parse_types
from madang.entities.representation import normalize, to_concise, to_geojson, to_simplified

COUNT, ROUNDS = 20_000, 5


def building(number: int) -> Document:
    """A building near Pangyo station, each a little different."""
    west = 127.1 + number * 1e-6
    ring = [[west, 37.4], [127.101, 37.4], [127.101, 37.401], [127.1, 37.401], [west, 37.4]]
    return {
        "id": f"urn:ngsi-ld:Building:x:{number}",
        "type": "Building",
        "name": language_property({"ko": f"건물 {number}", "en": f"B {number}"}),
        "height": property_(12.5 + number % 7, unit="MTR", status="estimated"),
        "floorsAboveGround": property_(number % 30, unit="{floor}"),
        "use": property_("업무"),
        "refCity": relationship("urn:ngsi-ld:City:kostat:31020", source="urn:ngsi-ld:Dataset:a:b"),
        "location": geo_property({"type": "Polygon", "coordinates": [ring]}),
    }


def microseconds(work: Callable[[Any], Any], given: Sequence[Any]) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for one in given:
            work(one)
        best = min(best, time.process_time() - start)
    return best / len(given) * 1e6


def main() -> None:
    docs = [building(number) for number in range(COUNT)]
    texts = [orjson.dumps(doc) for doc in docs]
    copies = [orjson.loads(text) for text in texts]
    changed = [orjson.loads(text) for text in texts]
    for doc in changed:
        doc["height"]["value"] += 1
    foreign = compile_context({"hoehe": "urn:madang:vocab:height", "ex": "http://example.org/"})
    filter_ = Query(types=parse_types("Building"), q=parse_q('height>14;use=="업무"'))
    near = Query(geo=GeoQuery("near", {"type": "Point", "coordinates": [127.1, 37.4]}, max_distance_m=500))
    concise = [to_concise(doc) for doc in docs]

    base = microseconds(orjson.loads, texts)
    print(f"entity of {len(texts[0])} bytes; orjson.loads {base:.2f} µs")
    rows: list[tuple[str, Callable[[Any], Any], Sequence[Any]]] = [
        ("check_entity", check_entity, docs),
        ("index_terms", index_terms, docs),
        ("canonical_bytes", canonical_bytes, docs),
        ("diff, equal copies", lambda pair: diff(*pair), list(zip(docs, copies, strict=True))),
        ("diff, one value changed", lambda pair: diff(*pair), list(zip(docs, changed, strict=True))),
        (
            "merge_three, both changed",
            lambda t: merge_three(*t),
            list(zip(docs, changed, changed[1:] + changed[:1], strict=True)),
        ),
        ("to_simplified", to_simplified, docs),
        ("to_concise", to_concise, docs),
        ("to_geojson", to_geojson, docs),
        ("normalize concise", normalize, concise),
        ("names from another @context", foreign.to_stored, docs),
        ("names to the city's own", city_context().from_stored, docs),
        ("matches q of two terms", lambda doc: matches(filter_, doc), docs),
        ("matches near", lambda doc: matches(near, doc), docs[:2000]),
    ]
    for name, work, given in rows:
        cost = microseconds(work, given)
        print(f"{name:30} {cost:7.2f} µs  {cost / base:6.2f} x loads")


if __name__ == "__main__":
    main()
