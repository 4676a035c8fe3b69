"""Arbitrary JSON and arbitrary text at the doors of this room: a document, a tree, or an error with a sentence."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from madang.entities.context import city_context, core_context
from madang.entities.entity import KINDS, Document, attributes, check_entity
from madang.entities.ordering import parse_order
from madang.entities.patch import (
    append_attributes,
    delete_attribute,
    diff,
    merge_patch,
    merge_three,
    replace,
    update_attributes,
)
from madang.entities.qlanguage import parse_q, parse_types
from madang.entities.representation import from_simplified, normalize, read_entity
from madang.errors import CallerError, DataError, MadangError
from strategies import documents

KEYS = st.sampled_from(
    ["id", "type", "scope", "expiresAt", "@context", "value", "object", "languageMap", "vocab", "valueList", "json",
     "objectList", "datasetId", "unitCode", "observedAt", "objectType", "createdAt", "dataset", "@none", "name",
     "population", "refCity", "location", "coordinates", "geometries", "geometry", "properties", "entity", "ko", "공원"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "urn:ngsi-ld:null", "urn:ngsi-ld:Dong:a:1", "Dong", "Feature", "Point", "Polygon", "GeometryCollection", "IE",
     "2026-01-01T00:00:00Z", "@none", "/a/b", *sorted(KINDS)]
)  # fmt: skip
ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(st.characters(codec="utf-8"), max_size=4)
)
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS | st.text(max_size=2), JSON, max_size=5)
HALF_GOOD = st.builds(lambda more: {"id": "urn:ngsi-ld:Dong:a:1", "type": "Dong", **more}, OBJECTS)
ANYTHING = JSON | OBJECTS | HALF_GOOD


@given(found=ANYTHING)
@example(found={"id": "urn:x:1", "type": None})
@example(found={"id": "urn:x:1", "type": [["Dong"]]})
@example(found={"id": "urn:x:1", "type": 3})
@example(found={"id": "urn:x:1", "type": "Dong", "name": {"type": ["Property"], "value": 1}})
@example(found={"id": "urn:x:1", "type": "Dong", "name": {"type": "VocabProperty", "vocab": None}})
@example(found={"id": "urn:x:1", "type": "Dong", "name": {"value": 1, "objectType": [[]]}})
@example(found={"id": "urn:x:1", "type": "Dong", "location": {"type": {}, "coordinates": 1}})
def test_whatever_comes_in_is_a_document_or_refused(found: Any) -> None:
    with suppress(MadangError):
        check_entity(found)
    with suppress(MadangError):
        document = check_entity(read_entity(found))
        assert check_entity(core_context().to_stored(city_context().from_stored(document)))


@given(found=OBJECTS | HALF_GOOD)
def test_every_form_is_read_or_refused(found: Any) -> None:
    for read in (normalize, from_simplified):
        with suppress(MadangError):
            check_entity(city_context().to_stored(read(found)))


Change = Callable[[Document, Any], Any]
CHANGES: list[Change] = [
    merge_patch,
    append_attributes,
    lambda doc, fragment: append_attributes(doc, fragment, overwrite=False),
    update_attributes,
    replace,
]


@pytest.mark.parametrize("change", CHANGES)
@given(doc=documents(), fragment=ANYTHING)
@example(doc={"id": "urn:x:1", "type": "Dong"}, fragment={"name": "urn:ngsi-ld:null"})
@example(doc={"id": "urn:x:1", "type": "Dong"}, fragment={"name": ["urn:ngsi-ld:null"]})
@example(doc={"id": "urn:x:1", "type": "Dong"}, fragment={"type": None})
@example(doc={"id": "urn:x:1", "type": "Dong"}, fragment={"type": [["Dong"]]})
def test_whatever_a_change_says_is_applied_or_refused(change: Change, doc: Document, fragment: Any) -> None:
    for said in (fragment, normalize(fragment)) if isinstance(fragment, dict) else (fragment,):
        with suppress(MadangError):
            made = change(doc, said)
            check_entity(made[0] if isinstance(made, tuple) else made)


@given(doc=documents(), fragment=OBJECTS, more=OBJECTS)
@example(
    doc={"id": "urn:x:1", "type": "Dong", "name": {"type": "VocabProperty", "vocab": "x"}},
    fragment={"a": {"b": False}},
    more={"a": {"b": None}},
)
def test_a_change_of_what_is_there_is_applied_or_refused(doc: Document, fragment: Any, more: Any) -> None:
    for name, _, instance in attributes(doc):
        same_kind = {"type": instance["type"], **fragment}
        for said in ({name: fragment}, {name: [fragment, more]}, {name: same_kind}):
            for change in CHANGES:
                with suppress(MadangError):
                    change(doc, said)


def test_a_bare_null_removes_an_attribute() -> None:
    doc = {"id": "urn:x:1", "type": "Dong", "population": {"type": "Property", "value": 1}}
    assert append_attributes(doc, {"population": "urn:ngsi-ld:null"}) == ({"id": "urn:x:1", "type": "Dong"}, [])
    assert append_attributes(doc, {"area": "urn:ngsi-ld:null"}) == (doc, [])
    assert merge_patch(doc, {"population": "urn:ngsi-ld:null"}) == {"id": "urn:x:1", "type": "Dong"}


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ([], "entities.not-an-object"),
        ({"id": "urn:x:1", "type": None}, "entities.without-type"),
        ({"id": "urn:x:1", "type": [["Dong"]]}, "entities.bad-type"),
        ({"id": "urn:x:1", "type": 3}, "entities.bad-type"),
    ],
)
def test_an_odd_shape_is_named(given_: Any, code: str) -> None:
    with pytest.raises(DataError) as caught:
        check_entity(read_entity(given_))
    assert caught.value.code == code


MARKS = st.text(alphabet='ab1.;,|()[]"\\!~=<> *+-:TZ{}#/', max_size=20) | st.text(max_size=8)


@pytest.mark.parametrize("parse", [parse_q, parse_types, parse_order])
@given(text=MARKS)
@example(text="")
@example(text="\\")
@example(text='a~="\\')
@example(text="a==1e999")
@example(text="(" * 100)
@example(text="a==" + "9" * 5000)
def test_any_text_is_read_or_refused(parse: Callable[[str], object], text: str) -> None:
    with suppress(CallerError):
        parse(text)


@pytest.mark.parametrize("text", ["!population", "-population", "population desc", "population;down", "", "name,,"])
def test_a_wrong_order_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(CallerError) as caught:
        parse_order(text)
    assert caught.value.code == "entities.order-syntax"
    assert "population;desc" in caught.value.message("en")
    assert "population;desc" in caught.value.message("ko")


@given(a=documents(), b=documents(), c=documents())
def test_good_documents_never_surprise(a: Document, b: Document, c: Document) -> None:
    diff(a, b)
    merge_three(a, b, c)
    for name in a:
        with suppress(MadangError):
            delete_attribute(a, name)
