"""The store's answers are those of `matches` on every document, its orders those of `ordered`, on branches as on main.

Whatever the index, the boxes or the inventory say, the documents are the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.clock import to_text
from madang.entities.ages import aged, with_ages
from madang.entities.entity import Document, attributes, types_of
from madang.entities.query import (
    GeoQuery,
    Query,
    Selector,
    matches,
    ordered,
    parse_order,
    parse_q,
    parse_scopes,
    parse_types,
)
from madang.store import Store, View

pytestmark = [pytest.mark.clause("5.7.2", "4.9", "4.10", "4.23")]

KINDS = ("Lamp", "Mast", "Shop")


def _document(number: int) -> Document:
    """Documents that differ in every way a query can ask for."""
    made: dict[str, Any] = {"id": f"urn:ngsi-ld:X:t:{number:03d}", "type": KINDS[number % 3]}
    if number % 7 == 0:
        made["type"] = ["Lamp", "Shop"]
    if number % 4:
        made["level"] = {"type": "Property", "value": [number % 11, number / 4, -number][number % 3]}
    if number % 5:
        made["name"] = {"type": "Property", "value": f"{'가나다라'[number % 4]}{number % 13}"}
    if number % 6 == 0:
        made["name"] = {"type": "LanguageProperty", "languageMap": {"ko": f"이름{number % 3}", "en": "x"}}
    if number % 9 == 0:
        made["tags"] = {"type": "Property", "value": ["a", number % 3, True]}
    if number % 2:
        made["usage"] = {"type": "VocabProperty", "vocab": ["shop", "urn:x:home"][number % 4 // 2]}
    made["next"] = {"type": "Relationship", "object": f"urn:ngsi-ld:X:t:{(number * 7) % 60:03d}"}
    if number % 3:
        place = {"type": "Point", "coordinates": [127 + number / 100, 37 + (number % 10) / 10]}
        made["location"] = {"type": "GeoProperty", "value": place}
    if number % 10 == 1:
        made["scope"] = ["/a/b", "/c"]
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sixty entities on main, and a branch on which some differ, some are gone and some are new."""
    path: Path = tmp_path_factory.mktemp("index") / "c.gpkg"
    with Store.create(path, city_id="c", title={"ko": "c", "en": "c"}, synchronous="OFF") as made:
        with made.transact(actor="t", reason="first") as tx:
            for number in range(60):
                tx.put(_document(number))
        made.fork("other", title={"ko": "다른", "en": "other"}, actor="t", reason="fork")
        with made.transact(actor="t", reason="second", branch="other") as tx:
            for number in range(0, 60, 8):
                tx.put({**_document(number + 1), "id": f"urn:ngsi-ld:X:t:{number:03d}"})
            tx.delete("urn:ngsi-ld:X:t:005")
            tx.put(_document(77))
        with made.transact(actor="t", reason="third") as tx:
            tx.put({**_document(9), "id": "urn:ngsi-ld:X:t:010"})
        yield made


@pytest.fixture(scope="module", params=["main", "other"])
def view(store: Store, request: pytest.FixtureRequest) -> View:
    return store.view(request.param)


numbers = st.integers(-5, 20).map(str) | st.sampled_from(["2.25", "0..7", "1,2,5"])
words = st.sampled_from(['"가1"', '"나5"', '"x"', '"이름0"', '"a"', "true", '"shop"', '"urn:x:home"'])
compared = st.sampled_from(["name", "tags", "usage", "name[ko]"])
terms = st.one_of(
    st.tuples(st.sampled_from(["level", "tags"]), st.sampled_from(["==", "!="]), numbers).map("".join),
    st.tuples(st.just("level"), st.sampled_from([">", "<=", "<", ">="]), st.integers(-5, 20).map(str)).map("".join),
    st.tuples(compared, st.sampled_from(["==", "!="]), words).map("".join),
    st.sampled_from(["level", "nothing", 'name~="^가"', 'name>"나"', "next==urn:ngsi-ld:X:t:014", "next{level}>3",
                     'next{Shop:next{name}}~="이름"', "usage==urn:x:home",
                     'usage=="https://uri.etsi.org/ngsi-ld/default-context/shop"']),
)  # fmt: skip
questions = st.recursive(
    terms,
    lambda inner: st.tuples(inner, st.sampled_from([";", "|"]), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
    max_leaves=3,
)
places = st.builds(
    lambda lon, lat, size: GeoQuery(
        "within",
        {
            "type": "Polygon",
            "coordinates": [[[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]],
        },
    ),
    st.floats(127, 127.5),
    st.floats(37, 37.9),
    st.floats(0.05, 0.5),
) | st.builds(
    lambda lon, metres: GeoQuery("near", {"type": "Point", "coordinates": [lon, 37.3]}, max_distance_m=metres),
    st.floats(127, 127.6),
    st.integers(100, 60_000),
)
kinds = st.sampled_from(["Lamp", "Lamp,Mast", "Lamp;Shop", "Nothing", "*"]).map(parse_types)
selectors = st.builds(
    Selector,
    kinds,
    st.sampled_from([(), ("urn:ngsi-ld:X:t:003",), ("urn:ngsi-ld:X:t:003", "urn:ngsi-ld:X:t:014")]),
    st.sampled_from([None, "[05]$"]),
)
queries = st.builds(
    Query,
    types=st.none() | kinds,
    ids=st.just(()) | st.just(("urn:ngsi-ld:X:t:005", "urn:ngsi-ld:X:t:016", "urn:none:1")),
    id_pattern=st.sampled_from([None, None, "0[13].$"]),
    attrs=st.sampled_from([(), (), ("tags", "nothing")]),
    q=st.none() | questions.map(parse_q),
    geo=st.none() | places,
    scopes=st.sampled_from([None, None, parse_scopes("/a/#")]),
    selectors=st.just(()) | st.lists(selectors, min_size=1, max_size=3).map(tuple),
)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def truth(view: View, query: Query) -> list[Document]:
    by_id = {one["id"]: one for one in view.documents(Query())}
    return [one for one in by_id.values() if matches(query, one, by_id.get)]


@relaxed
@given(query=queries)
def test_the_index_answers_as_matching_does(view: View, query: Query) -> None:
    expected = sorted(one["id"] for one in truth(view, query))
    assert sorted(view.ids(query)) == expected
    assert view.count(query) == len(expected)


@relaxed
@given(
    query=queries,
    by=st.sampled_from(["level", "level;desc", "name", "name;desc,level", "next,level;desc", "id;desc", "usage,id"]),
    collation=st.sampled_from([None, "und"]),
)
def test_the_index_orders_as_ordering_does(view: View, query: Query, by: str, collation: str | None) -> None:
    order = parse_order(by + ("" if "id" in by else ",id"))
    asked = Query(types=query.types, q=query.q, order_by=order, collation=collation)
    expected = ordered(truth(view, asked), order, collation=collation)
    found = view.query(asked)
    assert [one["id"] for one in view.documents(asked)] == [one["id"] for one in expected]
    assert len(found) == len(expected)


@pytest.mark.parametrize("by", ["level", "level;desc"])
def test_pages_of_numbers_hold_each_entity_once(view: View, by: str) -> None:
    def page(offset: int) -> list[Document]:
        return view.documents(
            Query(types=parse_types("Lamp,Mast,Shop"), order_by=parse_order(by), limit=7, offset=offset)
        )

    found = [one for offset in range(0, 70, 7) for one in page(offset)]
    assert len({one["id"] for one in found}) == len(found) == view.count(Query())
    values = [one["level"]["value"] for one in found if "level" in one]
    assert values == sorted(values, reverse=by.endswith("desc"))
    assert all("level" not in one for one in found[len(values) :])


def test_the_inventory_is_what_documents_say(view: View) -> None:
    assert view.inventory() == _counted(view)


def _counted(view: View) -> Counter[tuple[tuple[str, ...], str, str]]:
    return Counter(
        (tuple(sorted(types_of(doc))), name, instance["type"])
        for doc in view.documents(Query())
        for name, _, instance in attributes(doc)
    )


def test_the_inventory_follows_every_change(tmp_path: Path) -> None:
    with Store.create(tmp_path / "c.gpkg", city_id="c", title={"ko": "c", "en": "c"}, synchronous="OFF") as store:
        for step in range(5):
            with store.transact(actor="t", reason="x") as tx:
                tx.put({**_document(step), "id": "urn:a:b"})
                tx.put(_document(step + 10))
                if step == 3:
                    tx.delete(_document(11)["id"])
            assert store.view().inventory() == _counted(store.view())


@relaxed
@given(steps=st.lists(st.integers(0, 30) | st.none(), min_size=1, max_size=6), asked_between=st.booleans())
def test_ages_are_those_of_the_whole_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | None], asked_between: bool
) -> None:
    path = tmp_path_factory.mktemp("ages") / "c.gpkg"
    with Store.create(path, city_id="c", title={"ko": "c", "en": "c"}, synchronous="OFF") as store:
        for former, step in zip([None, *steps], steps, strict=False):
            with store.transact(actor="t", reason="x") as tx:
                if step is not None:
                    tx.put({**_document(step), "id": "urn:a:b"})
                elif former is not None:
                    tx.delete("urn:a:b")
            if asked_between:
                _timed(store.view())
        assert _timed(store.view()) == _slowly_timed(store.view())


def _timed(view: View) -> Document | None:
    doc = view.document("urn:a:b")
    return None if doc is None else view.with_times(doc)


def _slowly_timed(view: View) -> Document | None:
    before: Document | None = None
    known: dict[Any, Any] = {}
    created = modified = 0
    for entry in view.history("urn:a:b"):
        at = round(entry.recorded_from.timestamp() * 1_000_000)
        if entry.document is None:
            before, known = None, {}
            continue
        created, modified = (at if before is None else created), at
        known = aged(known, before, entry.document, at)
        before = entry.document
    return None if before is None else with_ages(before, known, created, modified)


@pytest.mark.clause("4.8")
def test_ages_on_a_branch_are_those_of_its_own_history(store: Store) -> None:
    main, other = store.view(), store.view("other")
    for number in (0, 1, 8, 10, 77):
        id = f"urn:ngsi-ld:X:t:{number:03d}"
        for view in (main, other):
            doc = view.document(id)
            if doc is not None:
                version = view.version(id)
                assert version is not None
                timed = view.with_times(doc)
                assert timed["modifiedAt"] == to_text(version.modified_at)
                assert timed["createdAt"] == to_text(version.created_at)
    changed = [view.with_times(view.document("urn:ngsi-ld:X:t:008") or {}) for view in (main, other)]
    assert changed[0]["createdAt"] == changed[1]["createdAt"]
    assert changed[0]["next"]["modifiedAt"] < changed[1]["next"]["modifiedAt"]


@pytest.mark.clause("4.9", "5.7.2")
def test_pages_of_several_conditions_fit_together_whichever_leads(tmp_path: Path) -> None:
    """A rare condition leads, two common ones are looked at one after the other, or the sets are cut: one order."""
    with Store.create(tmp_path / "a.gpkg", city_id="a", title={"ko": "a", "en": "a"}, synchronous="OFF") as store:
        with store.transact(actor="t", reason="r") as tx:
            for n in range(6000):
                number = {"a": n % 100, "b": n * 7 % 6000, "c": int(n == 5999)}
                parts = {name: {"type": "Property", "value": value} for name, value in number.items()}
                tx.put({"id": f"urn:ngsi-ld:Room:t:{n}", "type": "Room", **parts})
        view = store.view()
        for text in ("a<50;b<3000", "a==7;b>=0", "a>=0;b<40", "a>=0;b>=0;c==1", "a>=0;b>=0", "a==1;b==1"):
            query = Query(types=parse_types("Room"), q=parse_q(text))
            whole = view.ids(query)
            expected = [doc["id"] for doc in view.documents(Query(types=parse_types("Room"))) if matches(query, doc)]
            assert sorted(whole) == sorted(expected)
            pages = [
                view.ids(replace(query, limit=30, offset=start)) for start in range(0, min(len(expected), 300), 30)
            ]
            assert [id for page in pages for id in page] == expected[: len(pages) * 30]
