"""The term table against PyLD, which reads the standard word for word: names expand and compact alike (5.5.7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from madang.entities.context import (
    CORE_CONTEXT_URL,
    DEFAULT_VOCAB,
    compile_context,
    core_context,
    core_context_document,
)
from madang.errors import MadangError

pytestmark = pytest.mark.clause("5.5.7", "4.4", "5.5.5")

PREFIXES = st.sampled_from(["ex", "ns", "geoX", "p"])
BASES = st.sampled_from(["https://example.org/", "https://example.org/a#", "urn:city:", "http://other.example/v1/"])
WORDS = ["Halt", "routes", "speed", "colour", "level", "ex2", "정류장", "a-b", "x_y"]
TERMS = st.sampled_from(WORDS)
PREFIX_MAPS = st.dictionaries(PREFIXES, BASES, max_size=3)


def definitions(iri: str) -> st.SearchStrategy[Any]:
    """A term by its IRI alone, or as an object with coercion and containers."""
    coercions = st.sampled_from([None, "@id", "@vocab", "@json", "http://www.w3.org/2001/XMLSchema#dateTime"])
    containers = st.sampled_from([None, "@list", "@set", "@language"])

    def made(coercion: str | None, container: str | None) -> dict[str, Any]:
        found: dict[str, Any] = {"@id": iri}
        if coercion is not None and container != "@language":
            found["@type"] = coercion
        if container is not None and coercion != "@json":
            found["@container"] = container
        return found

    return st.just(iri) | st.builds(made, coercions, containers)


@st.composite
def contexts(draw: st.DrawFn) -> Any:
    """A random @context: prefixes, full and prefixed names, coercion, several objects in a list."""
    prefixes = draw(PREFIX_MAPS)
    parts: list[dict[str, Any]] = [dict(prefixes)]
    if draw(st.booleans()):  # terms that are defined by a bare word stand in it; the core's own comes after
        parts[0] = {"@vocab": draw(BASES), **parts[0], "bare": "Bare"}
    for term in draw(st.lists(TERMS, unique=True, max_size=6)):
        base = draw(st.sampled_from(sorted(prefixes))) + ":" if prefixes and draw(st.booleans()) else draw(BASES)
        definition = draw(definitions(base + draw(st.sampled_from(["Halt", "r", "x1", "deep/er"]))))
        target = parts[-1] if draw(st.booleans()) or len(parts) > 3 else {}
        target[term] = definition
        if target is not parts[-1]:
            parts.append(target)
    listed: list[Any] = [*parts, CORE_CONTEXT_URL]
    if draw(st.booleans()):
        listed.insert(0, draw(st.sampled_from([{"id": "@id"}, {"type": "@type"}, {}])))
    return listed if len(listed) > 1 or draw(st.booleans()) else listed[0]


NAMES = TERMS | st.sampled_from(
    ["Unknown", "bare", "ex:Some", "ns:Halt", "https://example.org/Halt", "urn:city:r", "location", "Property",
     "observedAt",
     "https://uri.etsi.org/ngsi-ld/default-context/Own", "https://uri.etsi.org/ngsi-ld/location"]
)  # fmt: skip


def full(context: Any) -> list[Any]:
    """The same context as PyLD has to see it: the core context last, from memory."""
    own = [part for part in (context if isinstance(context, list) else [context]) if part != CORE_CONTEXT_URL]
    core = dict(core_context_document()["@context"])
    core["ngsildproof"] = core["ngsildproof"]["@id"]
    return [*own, core]


def loader(url: str, options: Any) -> Any:
    raise AssertionError(f"PyLD was not to load {url}")


def expanded(name: str, context: Any) -> str:
    document = {"@context": full(context), "@id": "urn:x:y", "@type": name}
    (node,) = jsonld.expand(document, {"documentLoader": loader, "base": ""})
    return str(node["@type"][0])


def compacted(iri: str, context: Any) -> str:
    document = [{"@id": "urn:x:y", "@type": [iri]}]
    found = jsonld.compact(document, {"@context": full(context)}, {"documentLoader": loader})
    return str(found.get("type", found.get("@type")))


@settings(max_examples=40, deadline=None)
@given(context=contexts(), name=NAMES)
def test_names_expand_as_pyld_expands_them(context: Any, name: str) -> None:
    assert compile_context(context).expand(name) == expanded(name, context)


@settings(max_examples=40, deadline=None)
@given(context=contexts(), name=NAMES)
def test_a_name_that_was_expanded_compacts_to_one_that_means_the_same(context: Any, name: str) -> None:
    table = compile_context(context)
    iri = table.expand(name)
    assert expanded(table.compact(iri), context) == iri


@settings(max_examples=40, deadline=None)
@given(context=contexts(), name=TERMS)
def test_terms_compact_as_pyld_compacts_them(context: Any, name: str) -> None:
    table = compile_context(context)
    iri = table.expand(name)
    assume(table.compact(iri) != iri)  # PyLD also makes prefixed names, which clients read just as well
    assume(sum(table.expand(one) == iri for one in WORDS) == 1)  # of several, PyLD chooses by the value's form
    theirs = compacted(iri, context)
    assert table.expand(theirs) == iri
    if ":" not in theirs:
        assert table.compact(iri) == theirs


@settings(max_examples=30, deadline=None)
@given(
    context=st.dictionaries(
        st.sampled_from(["location", "Property", "observedAt", "type", "id", "unitCode"]), BASES, min_size=1
    )
)
def test_the_core_context_has_the_last_word(context: dict[str, str]) -> None:
    core = core_context()
    try:
        table = compile_context([CORE_CONTEXT_URL, context])
    except MadangError:
        return  # JSON-LD forbids to give a keyword another meaning
    for term in context:
        assert table.expand(term) == core.expand(term)


@pytest.mark.parametrize("term", ["Anything", "정류장"])
def test_what_nobody_defined_belongs_to_the_default_context(term: str) -> None:
    assert core_context().expand(term) == DEFAULT_VOCAB + term
