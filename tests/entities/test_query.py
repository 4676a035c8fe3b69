"""Queries: text and tree say the same, matching agrees with a slow and simple evaluator, the index loses nothing."""

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from madang.entities.context import city_context
from madang.entities.entity import Document, attributes, language_property, property_, relationship
from madang.entities.index import FALSE, TEXT_LIMIT, TRUE
from madang.entities.qlanguage import And, Compare, Exists, Linked, Match, Or, Path, Range, Tree, moment_of
from madang.entities.query import (
    GeoQuery,
    Query,
    index_terms,
    leaves_to_check,
    matches,
    ordered,
    parse_order,
    parse_q,
    parse_scopes,
    parse_types,
    print_q,
    search_bounds,
    terms,
    type_names,
    with_stored_names,
)
from madang.errors import CallerError
from strategies import documents, instances

NAMES = ("a", "b", "name", "인구")
words = st.sampled_from(["", "x", "삼평동", "urn:ngsi-ld:City:a:1", 'say "hi"', "a;b|c", "2020-01-01"])
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.0, 2.0, 1e20])
moments = st.sampled_from(["2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01T09:00:00+09:00", "12:30:00"])
values = words | numbers | st.booleans() | moments.map(moment_of)
paths = st.builds(
    Path,
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
    st.just(()) | st.sampled_from([("ko",), ("*",), ("x", "y")]),
)


@st.composite
def comparisons(draw: st.DrawFn) -> Tree:
    path, operator = draw(paths), draw(st.sampled_from(["==", "!=", ">", ">=", "<", "<="]))
    if operator not in ("==", "!="):
        return Compare(path, operator, draw(values.filter(lambda value: type(value) is not bool)))  # type: ignore[arg-type]
    ranges = st.tuples(numbers, numbers).map(lambda pair: Range(*pair)) | st.tuples(words, words).map(
        lambda p: Range(*p)
    )
    return Compare(path, operator, draw(values | ranges | st.lists(values, min_size=2, max_size=3).map(tuple)))  # type: ignore[arg-type]


linked = st.recursive(
    st.one_of(paths.map(Exists), comparisons()),
    lambda inner: st.builds(Linked, paths, st.sampled_from([(), ("T",), ("City", "Dong")]), inner),
    max_leaves=1,
)
leaves = st.one_of(
    st.builds(Exists, paths, st.booleans()),
    comparisons(),
    comparisons(),
    st.builds(Match, paths, st.sampled_from(["^x", "동$", "a;b", "[0-9]+", 'h"i']), st.booleans()),
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=4,
)

plain = words | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, 1e20, "2020-01-01T00:00:00Z"]) | st.booleans()
valued = st.one_of(
    plain.map(property_),
    st.lists(plain, max_size=3).map(property_),
    st.dictionaries(st.sampled_from(["x", "ko"]), plain | st.dictionaries(st.just("y"), plain), max_size=2).map(
        property_
    ),
    st.lists(words, min_size=1, max_size=2).map(lambda found: relationship(["urn:ngsi-ld:City:a:1", *found])),
    st.dictionaries(st.sampled_from(["ko", "en"]), words, min_size=1).map(language_property),
    st.lists(plain, max_size=3).map(lambda found: {"type": "ListProperty", "valueList": found}),
    instances(),
)


@st.composite
def small_documents(draw: st.DrawFn) -> Document:
    """Documents whose names and values meet those of the queries."""
    made: Document = {"id": "urn:a:b", "type": "T"}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
        one = {**draw(valued), **draw(st.dictionaries(st.sampled_from(NAMES), valued, max_size=1))}
        made[name] = [one, {**draw(valued), "datasetId": "urn:d:1"}] if draw(st.booleans()) else one
    return made


@given(trees | linked)
def test_a_printed_query_reads_back_as_the_same_tree(tree: Tree) -> None:
    """Brackets keep even an And inside an And apart."""
    assert parse_q(print_q(tree)) == tree


# --- a slow and simple evaluator, written from clause 4.9 ------------------------------------------------------------


def slow(tree: Tree, doc: Document) -> bool:
    if isinstance(tree, And):
        return all(slow(part, doc) for part in tree.parts)
    if isinstance(tree, Or):
        return any(slow(part, doc) for part in tree.parts)
    found = [slow_term(tree, kind, found) for kind, found in slow_targets(doc, tree.path)]
    return not any(found) if isinstance(tree, Exists) and tree.negated else any(found)


def slow_targets(doc: Document, path: Path) -> list[tuple[str, list[Any]]]:
    nodes = [instance for name, _, instance in attributes(doc) if name == path.names[0]]
    for name in path.names[1:]:
        nodes = [inner for node in nodes for inner_name, _, inner in subs(node) if inner_name == name]
    found = []
    for node in nodes:
        member = next(
            m for m in ("value", "object", "languageMap", "vocab", "valueList", "objectList", "json") if m in node
        )
        value = node[member]
        if member == "languageMap":
            tags = list(value) if path.members in ((), ("*",)) else [".".join(path.members)]
            if any(tag in value for tag in tags):
                spoken = [value[tag] for tag in tags if tag in value]
                found.append((member, [t for s in spoken for t in (s if isinstance(s, list) else [s])]))
            continue
        try:
            for key in path.members:
                value = {**value}[key]
        except (KeyError, TypeError):
            continue
        if member == "vocab" and not path.members:
            value = [city_context().expand(v) for v in (value if isinstance(value, list) else [value])]
        kind = "value" if path.members else member
        found.append((kind, [untyped(v) for v in (value if isinstance(value, list) else [value])]))
    return found


def untyped(value: Any) -> Any:
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def subs(node: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    inner = {key: v for key, v in node.items() if isinstance(v, dict | list) and key in NAMES}
    return list(attributes({"id": "", "type": "", **inner}))


def slow_term(term: Tree, kind: str, found: list[Any]) -> bool:
    if isinstance(term, Exists):
        return True
    reference = kind in ("object", "objectList")
    if isinstance(term, Match):
        texts = [v for v in found if isinstance(v, str)]
        fits = any(re.search(term.pattern, v) for v in texts)
        return bool(texts) and not reference and fits != term.negated
    assert isinstance(term, Compare)
    asked = list(term.value) if isinstance(term.value, tuple) else [term.value]
    equal = any(slow_equal(v, one) for v in found for one in asked)
    if term.operator in ("==", "!="):
        return equal == (term.operator == "==")
    order = {">": lambda x, y: x > y, ">=": lambda x, y: x >= y, "<": lambda x, y: x < y, "<=": lambda x, y: x <= y}
    pairs = [pair for v in found if (pair := alike(v, term.value)) and not isinstance(v, bool)]
    return not reference and any(order[term.operator](*pair) for pair in pairs)


def slow_equal(item: Any, asked: Any) -> bool:
    if isinstance(asked, Range):
        low, high = alike(item, asked.low), alike(item, asked.high)
        return low is not None and high is not None and low[0] >= low[1] and high[0] <= high[1]
    pair = alike(item, asked)
    return pair is not None and pair[0] == pair[1]


def alike(item: Any, asked: Any) -> tuple[Any, Any] | None:
    if hasattr(asked, "key"):
        moment = moment_of(item) if isinstance(item, str) else None
        return (moment.key, asked.key) if moment and moment.kind == asked.kind else None
    for kind in (bool, str, (int, float)):
        if isinstance(asked, kind):  # type: ignore[arg-type]
            same = isinstance(item, kind) and isinstance(item, bool) == isinstance(asked, bool)  # type: ignore[arg-type]
            return (item, asked) if same else None
    return None


@given(trees, small_documents())
def test_matching_agrees_with_the_slow_evaluator(tree: Tree, doc: Document) -> None:
    assert matches(Query(q=tree), doc) == slow(tree, doc)


# --- what the index answers ------------------------------------------------------------------------------------------


def in_index(query_terms: Any, doc: Document) -> bool:
    """What a store would answer from its side index: every term meets one of the document's pairs."""
    return all(any(name == term.attribute and holds(term, v) for name, v in index_terms(doc)) for term in query_terms)


def holds(term: Any, value: Any) -> bool:
    if isinstance(value, str) != isinstance(term.values[0], str) and term.operator != "in":
        return False
    match term.operator:
        case "==" | "in":
            return any(isinstance(value, str) == isinstance(v, str) and value == v for v in term.values)
        case "between":
            return bool(term.values[0] <= value <= term.values[1])
        case ">":
            return bool(value > term.values[0])
        case ">=":
            return bool(value >= term.values[0])
        case "<":
            return bool(value < term.values[0])
    return bool(value <= term.values[0])


@given(trees, small_documents())
def test_the_index_never_loses_an_entity_and_alone_answers_what_it_calls_complete(tree: Tree, doc: Document) -> None:
    plan = terms(tree)
    found = in_index(plan.terms, doc)
    if matches(Query(q=tree), doc):
        assert found
    if plan.complete:
        assert found == matches(Query(q=tree), doc)


@given(documents())
def test_index_values_are_what_a_database_can_keep(doc: Document) -> None:
    for name, value in index_terms(doc):
        assert type(value) in (str, int, float)
        assert name in doc
        assert not isinstance(value, str) or len(value) <= TEXT_LIMIT


def test_index_values_of_each_kind() -> None:
    doc = {
        "id": "urn:a:b",
        "type": "T",
        "n": property_(3),
        "flag": property_(True),
        "off": property_(False),
        "list": property_([1, "x", {"deep": 1}]),
        "ref": relationship(["urn:a:1", "urn:a:2"]),
        "name": language_property({"ko": "판교", "en": "Pangyo"}),
        "deep": property_({"a": 1}),
        "when": property_({"@type": "DateTime", "@value": "2020-01-01T00:00:00Z"}),
        "long": property_("가" * 500),
    }
    assert index_terms(doc) == [
        ("n", 3),
        ("flag", TRUE),
        ("off", FALSE),
        ("list", 1),
        ("list", "x"),
        ("ref", "urn:a:1"),
        ("ref", "urn:a:2"),
        ("name", "판교"),
        ("name", "Pangyo"),
        ("when", "2020-01-01T00:00:00Z"),
        ("long", "가" * TEXT_LIMIT),
    ]


def test_long_texts_are_found_by_their_start_and_then_checked() -> None:
    doc, other = ({"id": "urn:a:b", "type": "T", "a": property_("가" * 500 + end)} for end in "xy")
    query = Query(q=parse_q(f'a=="{doc["a"]["value"]}"'))
    plan = terms(query.q)
    assert not plan.complete
    assert leaves_to_check(query)
    assert in_index(plan.terms, doc)
    assert in_index(plan.terms, other)
    assert matches(query, doc)
    assert not matches(query, other)


@pytest.mark.parametrize(
    ("q", "count", "complete"),
    [
        ("a>1;b==2", 2, True),
        ('a=="x";name[ko]=="판교"', 2, False),
        ("a==1,2,3", 1, True),
        ("a==1..5", 1, True),
        ("a==1|a==2", 1, True),
        ("a==1|b==2", 0, False),
        ("a!=1", 0, False),
        ('a~="x"', 0, False),
        ("a.b>1", 0, False),
        ("a", 0, False),
        ("a>=2020-01-01", 0, False),
        ("a==true", 1, True),
        ('a>"x"', 1, False),
    ],
)
def test_what_the_index_takes_of_a_query(q: str, count: int, complete: bool) -> None:
    plan = terms(parse_q(q))
    assert (len(plan.terms), plan.complete) == (count, complete)


# --- examples --------------------------------------------------------------------------------------------------------

DONG: Document = {
    "id": "urn:ngsi-ld:Dong:kostat-2020:3102374",
    "type": ["Dong", "Place"],
    "scope": ["/gyeonggi/seongnam/bundang", "/smart"],
    "name": language_property({"ko": "삼평동", "en": "Sampyeong-dong"}),
    "population": {**property_(12345, unit="IE", period="2020"), "observedAt": "2020-11-01T00:00:00Z"},
    "tags": property_(["판교", "IT"]),
    "address": property_({"city": "성남", "geo": {"code": 31023}}),
    "refCity": relationship("urn:ngsi-ld:City:kostat:31020"),
    "open": property_(True),
    "founded": property_("2009-07-01"),
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.1117, 37.4006]}},
}


@pytest.mark.parametrize(
    "q",
    [
        "population",
        "population==12345",
        "population>=12345;population<1.3e4",
        "population==10000..20000",
        "population==1,2,12345",
        "population!=5;(open==true|open==false)",
        'name=="삼평동"',
        'name[ko]=="삼평동"',
        'name[*]=="Sampyeong-dong"',
        "name[ko]==삼평동",
        'name[en]~="^Sam.*dong$"',
        "name~=평",
        'name!~="없음"',
        'tags=="판교"',
        'tags!="서울"',
        'address[city]=="성남"',
        "address[geo.code]>31000",
        'refCity=="urn:ngsi-ld:City:kostat:31020"',
        "refCity==urn:ngsi-ld:City:kostat:31020",
        "population.observedAt>=2020-01-01T00:00:00Z",
        "population.observedAt==2020-11-01T09:00:00+09:00",
        'population.period=="2020"',
        "founded<2010-01-01",
        "founded==2009-01-01..2009-12-31",
        "missing|population",
        "missing==1|(population;open==true)",
    ],
)
def test_queries_that_find_a_dong(q: str) -> None:
    assert matches(Query(q=parse_q(q)), DONG)


@pytest.mark.parametrize(
    "q",
    [
        "missing",
        "missing!=1",
        'population=="12345"',
        "open==1",
        "population==true",
        'name[ko]=="Sampyeong-dong"',
        'name[fr]=="x"',
        'tags!="판교"',
        'refCity>"a"',
        'refCity~="urn"',
        'population!~="x"',
        "address[street]",
        "population>20000|population<0",
        "founded>=2010-01-01T00:00:00Z",
        "name>1",
    ],
)
def test_queries_that_do_not_find_it(q: str) -> None:
    assert not matches(Query(q=parse_q(q)), DONG)


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("", "query-syntax"),
        ("a==", "query-syntax"),
        ("a==1;", "query-syntax"),
        ("(a==1", "query-syntax"),
        ("a==1)", "query-syntax"),
        ('a=="x', "query-syntax"),
        ("a=1", "query-syntax"),
        ("a>true", "query-syntax"),
        ("a==1..x", "query-syntax"),
        ("1a==1", "query-syntax"),
        ("a[b", "query-syntax"),
        ("a~=(x", "pattern-wrong"),
        ("a~=(x+)+", "pattern-explosive"),
        ("a~=" + "x" * 300, "pattern-too-long"),
        ("sensor{Device:humidity==40", "query-syntax"),
        ("sensor{}==40", "query-syntax"),
        ("sensor{Device:}==40", "query-syntax"),
        ("(" * 100 + "a" + ")" * 100, "query-too-deep"),
    ],
)
def test_a_query_that_cannot_be_read_says_where(q: str, code: str) -> None:
    with pytest.raises(CallerError) as raised:
        parse_q(q)
    assert raised.value.code == f"entities.{code}"
    assert raised.value.message("ko") != raised.value.message("en")


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("A", (("A",),)),
        ("A,B", (("A",), ("B",))),
        ("A|B", (("A",), ("B",))),
        ("A;B", (("A", "B"),)),
        ("(A|B);C", (("A", "C"), ("B", "C"))),
        ("(A;B),C", (("A", "B"), ("C",))),
        ("*", ((),)),
        ("행정동", (("행정동",),)),
    ],
)
def test_type_selections(text: str, selection: Any) -> None:
    assert parse_types(text) == selection


@pytest.mark.parametrize("text", ["", "A,", "(A", "A)", ";A"])
def test_type_selections_that_cannot_be_read(text: str) -> None:
    with pytest.raises(CallerError):
        parse_types(text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(types=parse_types("Dong")), True),
        (Query(types=parse_types("Dong;Place")), True),
        (Query(types=parse_types("Dong;Zone")), False),
        (Query(types=parse_types("*")), True),
        (Query(ids=("urn:x:y",)), False),
        (Query(ids=(DONG["id"],)), True),
        (Query(id_pattern="^urn:ngsi-ld:Dong:.*"), True),
        (Query(attrs=("missing", "tags")), True),
        (Query(attrs=("missing",)), False),
        (Query(scopes=parse_scopes("/gyeonggi/#")), True),
        (Query(scopes=parse_scopes("/gyeonggi/+/bundang")), True),
        (Query(scopes=parse_scopes("(/smart;/gyeonggi/seongnam/bundang)")), True),
        (Query(scopes=parse_scopes("/gyeonggi")), False),
        (Query(scopes=parse_scopes("/#")), True),
    ],
)
def test_the_other_parts_of_a_query(query: Query, found: bool) -> None:
    assert matches(query, DONG) == found


def test_names_of_a_query_become_stored_names() -> None:
    query = Query(types=parse_types("x"), q=parse_q("a.b[c]==1;a|b"), attrs=("a",), order_by=parse_order("a;desc"))
    assert with_stored_names(query, str.upper) == Query(
        types=(("X",),), q=parse_q("A.B[c]==1;A|B"), attrs=("A",), order_by=parse_order("A;desc")
    )
    assert type_names(query) == ("x",)
    assert type_names(Query(types=parse_types("*"))) is None


def test_order_puts_kinds_in_turn_and_what_is_absent_last() -> None:
    found = [True, "b", 3, None, "a", 1.5, "2020-01-01"]
    docs = [
        {"id": f"urn:a:{i}", "type": "T", **({} if v is None else {"x": property_(v)})} for i, v in enumerate(found)
    ]

    def values_by(text: str) -> list[Any]:
        return [doc["x"]["value"] if "x" in doc else None for doc in ordered(docs, parse_order(text))]

    assert values_by("x") == [1.5, 3, "a", "b", True, "2020-01-01", None]
    assert values_by("x;desc") == ["2020-01-01", True, "b", "a", 3, 1.5, None]


# --- places ----------------------------------------------------------------------------------------------------------

PANGYO = {"type": "Point", "coordinates": [127.1111, 37.3948]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[127.1, 37.39], [127.12, 37.39], [127.12, 37.41], [127.1, 37.41], [127.1, 37.39]]],
}


@pytest.mark.parametrize(
    ("geo", "found"),
    [
        (GeoQuery("near", PANGYO, max_distance_m=700), True),
        (GeoQuery("near", PANGYO, max_distance_m=600), False),
        (GeoQuery("near", PANGYO, min_distance_m=600), True),
        (GeoQuery("near", SQUARE, max_distance_m=1), True),
        (GeoQuery("within", SQUARE), True),
        (GeoQuery("contains", SQUARE), False),
        (GeoQuery("intersects", SQUARE), True),
        (GeoQuery("disjoint", SQUARE), False),
        (GeoQuery("disjoint", PANGYO), True),
        (GeoQuery("equals", DONG["location"]["value"]), True),
        (GeoQuery("overlaps", SQUARE), False),
        (GeoQuery("within", SQUARE, property="elsewhere"), False),
    ],
)
def test_places(geo: GeoQuery, found: bool) -> None:
    """The dong's point lies 646 m north of Pangyo station by the geodesic."""
    assert matches(Query(geo=geo), DONG) == found


@given(st.floats(126, 129), st.floats(34, 38), st.floats(1, 50_000), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_search_bounds_hold_everything_that_is_near(
    lon: float, lat: float, metres: float, east: float, north: float
) -> None:
    geo = GeoQuery("near", {"type": "Point", "coordinates": [lon, lat]}, max_distance_m=metres)
    point = {"type": "Point", "coordinates": [lon + east, lat + north]}
    doc = {"id": "urn:a:b", "type": "T", "location": {"type": "GeoProperty", "value": point}}
    from pyproj import Geod

    distance = Geod(ellps="WGS84").inv(lon, lat, lon + east, lat + north)[2]
    assume(abs(distance - metres) > 1e-6)
    assert matches(Query(geo=geo), doc) == (distance <= metres)
    west, south, east_end, north_end = search_bounds(geo) or (0, 0, 0, 0)
    if distance <= metres:
        assert west <= lon + east <= east_end
        assert south <= lat + north <= north_end


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: GeoQuery("beside", PANGYO), "geo-relation"),  # type: ignore[arg-type]
        (lambda: GeoQuery("near", PANGYO), "geo-distance"),
        (lambda: GeoQuery("near", PANGYO, max_distance_m=0), "geo-distance"),
        (
            lambda: GeoQuery("within", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}),
            "geo-geometry",
        ),
        (lambda: Query(id_pattern="("), "pattern-wrong"),
        (lambda: parse_scopes("/a;"), "scope-syntax"),
        (lambda: parse_order("a;up"), "order-syntax"),
    ],
)
def test_wrong_questions_say_what_is_wrong(made: Any, code: str) -> None:
    with pytest.raises(CallerError) as raised:
        made()
    assert raised.value.code == f"entities.{code}"
    assert raised.value.message("ko")
