"""Names: the term table agrees with PyLD, stored names are injective, and every name finds its way back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from madang.entities.context import (
    CORE_CONTEXT_URL,
    DEFAULT_VOCAB,
    Context,
    city_context,
    city_context_document,
    compile_context,
    core_context,
    core_context_document,
)
from madang.entities.entity import attributes, json_property, property_
from madang.entities.patch import diff
from madang.entities.vocabulary import VOCAB, all_attributes, all_types
from madang.errors import CallerError, DataError
from strategies import IRIS, documents, names, texts

FOREIGN: dict[str, Any] = {
    "ex": "http://example.org/",
    "Ort": "ex:Ort",
    "einwohner": VOCAB + "population",
    "lärm": {"@id": "ex:noise", "@type": "http://www.w3.org/2001/XMLSchema#double"},
    "bezug": {"@id": VOCAB + "refCity", "@type": "@id"},
    "population": "http://example.org/ownPopulation",
    "location": "http://example.org/notThisOne",  # core terms can't be taken over
}
CITY, USER, CORE = city_context(), compile_context(FOREIGN), core_context()
iris = st.one_of(
    names.map(lambda name: DEFAULT_VOCAB + name),
    names.map(lambda name: VOCAB + name),
    texts.map(lambda text: DEFAULT_VOCAB + text),
    texts.map(lambda text: "http://example.org/" + text),
    st.sampled_from([info.iri for info in (*all_types(), *all_attributes())] + list(IRIS)),  # type: ignore[attr-defined]
)


def no_network(url: str, options: Any) -> Any:
    raise AssertionError(f"PyLD asked for {url}")


def core_for_pyld() -> dict[str, Any]:
    """The core without the one scoped context that would pull in a W3C document."""
    core = dict(core_context_document()["@context"])
    return {**core, "ngsildproof": core["ngsildproof"]["@id"]}


def pyld_names(given: Any, doc: dict[str, Any]) -> set[str]:
    """The IRIs PyLD gives to the entity's types and attributes."""
    contexts = [part for part in (given if isinstance(given, list) else [given]) if part != CORE_CONTEXT_URL]
    # Values are replaced by a plain node: what is inside them is none of the term table's business (5.5.7).
    flat = {name: {"@id": "urn:x:node"} for name, _, _ in attributes(doc)}
    probe = {"@context": [*contexts, core_for_pyld()], "id": doc["id"], "type": doc["type"], **flat}
    found = jsonld.expand(probe, {"documentLoader": no_network, "base": ""})
    (node,) = found
    return {*node["@type"], *(key for key in node if not key.startswith("@"))}


@pytest.mark.parametrize("given", [city_context_document()["@context"], FOREIGN, []], ids=["city", "foreign", "core"])
@settings(max_examples=40, deadline=None)
@given(doc=documents())
def test_the_term_table_expands_as_pyld_does(given: Any, doc: dict[str, Any]) -> None:
    table = compiled(given)
    types = [doc["type"]] if isinstance(doc["type"], str) else doc["type"]
    ours = {*map(table.expand, types), *(table.expand(name) for name, _, _ in attributes(doc))}
    assert ours == pyld_names(given, doc)


def compiled(given: Any) -> Context:
    return CITY if given == city_context_document()["@context"] else USER if given is FOREIGN else CORE


@settings(max_examples=60, deadline=None)
@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_the_term_table_compacts_as_pyld_does(terms: list[str]) -> None:
    for user, table in ((city_context_document()["@context"][0], CITY), (FOREIGN, USER)):
        iris = [table.expand(term) for term in terms]
        context = {"@context": [user, core_for_pyld()]}
        node = [{"@id": "urn:x:y", iri: [{"@id": "urn:x:z"}]} for iri in iris]
        found = jsonld.compact(node, context, {"documentLoader": no_network, "graph": True, "base": ""})
        theirs = {key for part in found["@graph"] for key in part if key not in ("id", "type", "@context")}
        assert {table.compact(iri) for iri in iris} == theirs


@given(iris, iris)
def test_different_iris_have_different_stored_names(one: str, other: str) -> None:
    assert (CITY.compact(one) == CITY.compact(other)) == (one == other)


@given(iris)
def test_a_stored_name_stands_for_its_iri_again(iri: str) -> None:
    assert CITY.expand(CITY.compact(iri)) == iri


@given(documents())
def test_documents_survive_the_way_through_another_context(doc: dict[str, Any]) -> None:
    for context in (USER, CORE, CITY):
        assert diff(context.to_stored(context.from_stored(doc)), doc) == []


def test_every_term_of_the_vocabulary_round_trips() -> None:
    for info in (*all_types(), *all_attributes()):
        assert CITY.expand(info.name) == info.iri  # type: ignore[attr-defined]
        assert CITY.compact(info.iri) == info.name  # type: ignore[attr-defined]


def test_every_core_term_that_names_something_round_trips() -> None:
    for term in core_context_document()["@context"]:
        if not term.startswith("@"):
            assert CORE.compact(CORE.expand(term)) == term


def test_core_terms_keep_their_meaning_whatever_a_request_says() -> None:
    """Clause 5.5.7: the core @context has absolute precedence."""
    assert USER.expand("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert compile_context([CORE_CONTEXT_URL, FOREIGN]).expand("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert compile_context({"@vocab": "http://example.org/"}).expand("foo") == DEFAULT_VOCAB + "foo"


def test_a_request_in_other_words_stores_the_same_facts() -> None:
    given = {"id": "urn:a:b", "type": "Ort", "einwohner": property_(3), "lärm": property_(50), "ex:grün": property_(1)}
    stored = USER.to_stored(given)
    assert stored == {
        "id": "urn:a:b",
        "type": "http://example.org/Ort",
        "population": property_(3),
        "http://example.org/noise": property_(50),
        "http://example.org/grün": property_(1),
    }
    assert USER.from_stored(stored)["einwohner"] == property_(3)
    assert CORE.from_stored(stored)[VOCAB + "population"] == property_(3)


def test_nothing_inside_values_is_renamed() -> None:
    inside = {"einwohner": 3, "type": "Ort"}
    doc = {"id": "urn:a:b", "type": "T", "x": property_(inside), "y": json_property(inside)}
    assert USER.to_stored(doc) == {**doc, "x": doc["x"]}


def test_values_of_vocab_properties_are_names() -> None:
    doc = {"id": "urn:a:b", "type": "T", "x": {"type": "VocabProperty", "vocab": ["einwohner", "Ort"]}}
    assert USER.to_stored(doc)["x"]["vocab"] == ["population", "http://example.org/Ort"]


def test_two_names_for_one_thing_are_refused() -> None:
    with pytest.raises(DataError) as raised:
        USER.to_stored({"id": "urn:a:b", "type": "T", "einwohner": property_(3), VOCAB + "population": property_(4)})
    assert raised.value.code == "entities.name-twice"


CONTEXTS = {
    "http://a/": {"@context": ["http://b/", {"x": "http://x/x"}]},
    "http://b/": {"@context": {"y": "http://x/y"}},
}


def test_contexts_are_followed_through_the_loader() -> None:
    table = compile_context(["http://a/", {"z": "http://x/z"}], loader=CONTEXTS.__getitem__)
    assert [table.expand(term) for term in "xyz"] == ["http://x/x", "http://x/y", "http://x/z"]


@pytest.mark.parametrize(
    ("given", "loader", "code"),
    [
        ({"a": {"@id": "http://x/a", "@context": {"b": "http://x/b"}}}, None, "entities.context-shape"),
        (7, None, "entities.context-shape"),
        ({"a": {"@id": 3}}, None, "entities.context-shape"),
        ("http://a/", {"http://a/": {"@context": "http://a/"}}.__getitem__, "entities.context-shape"),
        ("http://nowhere/", None, "entities.context-unavailable"),
        ("http://nowhere/", CONTEXTS.__getitem__, "entities.context-unavailable"),
        ("http://c/", {"http://c/": {"hello": 1}}.__getitem__, "entities.context-unavailable"),
    ],
)
def test_a_context_that_cannot_be_used_says_why(given: Any, loader: Any, code: str) -> None:
    with pytest.raises(CallerError) as raised:
        compile_context(given, loader=loader)
    assert raised.value.code == code


def test_the_core_context_of_any_version_is_built_in() -> None:
    for url in (
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld",
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld",
    ):
        assert compile_context(url).expand("observedAt") == "https://uri.etsi.org/ngsi-ld/observedAt"
