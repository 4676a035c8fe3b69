"""Names: what a short name stands for, by a term table compiled once from a JSON-LD @context.

A name has three faces: the *term* of a request's @context, the *IRI* it stands for, the *stored name* in documents.
The stored name of an IRI is its term in Madang's city context (the NGSI-LD core context and Madang's vocabulary), else
what follows NGSI-LD's default-context namespace, else the IRI itself. Different IRIs have different stored names, so
a document never needs an @context to be understood, and requests that bring none get stored bytes as they are.

As NGSI-LD 5.5.7 asks: names of types, attributes and sub-attributes and the values of VocabProperty, objectType and
valueType are expanded, nothing inside values; the core context takes precedence wherever it stands; scoped contexts
are refused. `PyLD` compiles the table, once a context; documents are renamed with dictionaries.

Every address of the core context that exists (without a version, and 1.0 to 1.9) is answered by the built-in v1.9,
which has the terms of all before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urljoin

import orjson

from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NOT_SUB_ATTRIBUTES, Document
from madang.entities.vocabulary import all_attributes, all_types
from madang.errors import CallerError, DataError, MadangError

CORE_CONTEXT_URL = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
DEFAULT_VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"
NAMES_KEPT = 20_000
CONTEXT_LIMIT = 32  # documents one @context may pull in, each other's included

_CORE_URL = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/(v1/)?ngsi-ld-core-context(-v1\.[0-9])?\.jsonld")
_LIKE_CORE_URL = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/.*core-context.*")
_PREFIX_END = tuple(":/?#[]@")

Loader = Callable[[str], Any]


class Context:
    """A term table: names to IRIs and back, and documents between a request's names and the stored ones."""

    def __init__(self, terms: Mapping[str, str], prefixes: Mapping[str, str], document: Any) -> None:
        self.document = document
        self._iri_of = dict(terms)
        self._prefixes = dict(prefixes)
        self._term_of: dict[str, str] = {}
        for term, iri in sorted(terms.items(), key=lambda pair: (len(pair[0]), pair[0])):
            self._term_of.setdefault(iri, term)  # JSON-LD prefers the shortest, then the first
        self._stored: dict[str, str] = {}
        self._given: dict[str, str] = {}

    def expand(self, term: str) -> str:
        """The IRI of a term, prefixed name or IRI; a term nobody defined belongs to the default context."""
        iri = self._iri_of.get(term)
        if iri is not None:
            return iri
        prefix, colon, rest = term.partition(":")
        if not colon:
            return DEFAULT_VOCAB + term
        if prefix in self._prefixes and not rest.startswith("//"):
            return self._prefixes[prefix] + rest
        return term

    def compact(self, iri: str) -> str:
        """The term of an IRI in this context; without one, the bare rest in the default context, else the IRI."""
        term = self._term_of.get(iri)
        if term is not None:
            return term
        rest = iri.removeprefix(DEFAULT_VOCAB)
        if rest != iri and rest and ":" not in rest and rest[0] != "@" and rest not in self._iri_of:
            return rest
        return iri

    def stored_name(self, term: str) -> str:
        """The stored name of a term of this context."""
        found = self._stored.get(term)
        if found is None:
            found = _remembered(self._stored, term, city_context().compact(self.expand(term)))
        return found

    def given_name(self, stored: str) -> str:
        """The name that a stored name has in this context."""
        found = self._given.get(stored)
        if found is None:
            found = _remembered(self._given, stored, self.compact(city_context().expand(stored)))
        return found

    def to_stored(self, doc: Document) -> Document:
        """A document (or a patch) of this context with stored names."""
        return _renamed(doc, self.stored_name)

    def from_stored(self, doc: Document) -> Document:
        """A stored document with the names of this context."""
        return _renamed(doc, self.given_name)


def _remembered(names: dict[str, str], name: str, other: str) -> str:
    """Keep a pair of names, but not every name that requests make up."""
    if len(names) >= NAMES_KEPT:
        names.clear()
    names[name] = other
    return other


def _renamed(doc: Document, name_of: Callable[[str], str]) -> Document:
    made: dict[str, Any] = {}
    for name, found in doc.items():
        if name == "type":
            made["type"] = _renamed_words(found, name_of)
        elif name in ENTITY_MEMBERS:
            made[name] = found
        else:
            other = name_of(name)
            if other in made:
                raise DataError(
                    "entities.name-twice", place=doc.get("id", "entity"), first=other, second=name, iri=other
                )
            made[other] = _renamed_attribute(found, name_of)
    return made


def _renamed_words(found: Any, name_of: Callable[[str], str]) -> Any:
    """A name or a list of names; what is neither stays for the check at the door to refuse."""
    if type(found) is list:
        return [name_of(one) if type(one) is str else one for one in found]
    return name_of(found) if type(found) is str else found


def _renamed_attribute(found: Any, name_of: Callable[[str], str]) -> Any:
    if type(found) is list:
        return [_renamed_attribute(one, name_of) for one in found]
    if type(found) is not dict:
        return found
    kind = found.get("type")
    if len(found) == 2 and type(kind) is str and kind in MEMBER_OF_KIND and kind != "VocabProperty":
        return found
    made: dict[str, Any] = {}
    for key, value in found.items():
        if key not in NOT_SUB_ATTRIBUTES:
            made[name_of(key)] = _renamed_attribute(value, name_of)
        elif key in ("vocab", "objectType", "valueType", "entityTypeSealed"):
            made[key] = _renamed_words(value, name_of)
        else:
            made[key] = value
    return made


# --- the contexts of this house --------------------------------------------------------------------------------------


VOCABULARY_VERSION = "0.1"  # raised with every change of the published @context; a term keeps its IRI for good


def city_context_document() -> dict[str, Any]:
    """Madang's published @context: each type and attribute with its IRI, then the core context, which comes first."""
    terms = {info.name: info.iri for info in all_types()} | {info.name: info.iri for info in all_attributes()}
    core = core_context()._iri_of
    own = {name: iri for name, iri in sorted(terms.items()) if core.get(name) != iri}
    return {"@context": [own, CORE_CONTEXT_URL]}


published = city_context_document

_NAMING = frozenset({"type", "vocab", "objectType", "valueType"})  # members whose values are names
_NAMELESS = frozenset({"value", "json", "valueList", "languageMap", "coordinates"})  # those whose values hold none


def says_own_terms(shown: Any, *, values: bool = False) -> bool:
    """Whether an entity or a list of them has names that Madang's own context knows and the core context does not.

    With `values` every text counts, as in a list of types.
    """
    own = _own_terms()
    if type(shown) is dict:
        for name, part in shown.items():
            if name in own:
                return True
            if name not in _NAMELESS and says_own_terms(part, values=values or name in _NAMING):
                return True
        return False
    if type(shown) is list:
        return any(says_own_terms(one, values=values) for one in shown)
    return values and type(shown) is str and shown in own


@cache
def _own_terms() -> frozenset[str]:
    return frozenset(city_context_document()["@context"][0])


@cache
def city_context() -> Context:
    """The term table of Madang's published context, whose names are the stored names."""
    return compile_context(city_context_document()["@context"])


@cache
def core_context() -> Context:
    """The term table of the NGSI-LD core context alone."""
    return compile_context([])


@cache
def core_context_document() -> dict[str, Any]:
    """The core @context v1.9 as ETSI publishes it."""
    file = resources.files("madang.entities.data").joinpath("ngsi-ld-core-context-v1.9.jsonld")
    document: dict[str, Any] = orjson.loads(file.read_bytes())
    return document


def is_core_url(url: str) -> bool:
    """Whether an address is one of the core context's, of any version there is."""
    return bool(_CORE_URL.fullmatch(url))


def looks_like_core_url(url: str) -> bool:
    """Whether an address has the form of the core context's, also of a version that does not exist."""
    return bool(_LIKE_CORE_URL.fullmatch(url))


# --- compiling -------------------------------------------------------------------------------------------------------


def compile_context(given: Any, *, loader: Loader | None = None) -> Context:
    """The term table of an @context given as URL, object or list of both; `loader` fetches what is not built in.

    Raises CallerError `entities.context-shape` for what no context may be, `entities.context-unavailable` for what
    can't be had.
    """
    flat: list[dict[str, Any]] = []
    _flatten(given, loader, flat, [])
    definitions: dict[str, Any] = {}
    for part in (*flat, _core_terms()):
        definitions |= part
    terms = _expanded(flat, [term for term in definitions if not term.startswith("@")])
    prefixes = {
        term: iri
        for term, iri in terms.items()
        if (isinstance(definitions[term], str) and iri.endswith(_PREFIX_END))
        or (isinstance(definitions[term], dict) and definitions[term].get("@prefix") is True)
    }
    return Context(terms, prefixes, given)


@cache
def _core_terms() -> dict[str, Any]:
    """The core's definitions; ngsildproof without its own scoped context, which would pull in a document of the W3C."""
    terms = dict(core_context_document()["@context"])
    terms["ngsildproof"] = terms["ngsildproof"]["@id"]
    return terms


def _flatten(given: Any, loader: Loader | None, into: list[dict[str, Any]], chain: list[str]) -> None:
    """Collect the term objects of a context in order, core contexts left out; an address may not lead to itself."""
    if isinstance(given, list):
        for part in given:
            _flatten(part, loader, into, chain)
    elif isinstance(given, str):
        given = _absolute(given, chain[-1] if chain else None)
        if not is_core_url(given):
            if given in chain or len(into) >= CONTEXT_LIMIT:
                raise CallerError(
                    "entities.context-shape", problem=f"{given} comes back to itself or is too long a list"
                )
            _flatten(_loaded(given, loader), loader, into, [*chain, given])
    elif isinstance(given, dict):
        if "@context" in given and len(given) == 1:
            _flatten(given["@context"], loader, into, chain)
            return
        for term, definition in given.items():
            if isinstance(definition, dict) and "@context" in definition:
                raise CallerError("entities.context-shape", problem=f"the term {term} has a scoped @context")
            if term in ("@import", "@propagate"):
                raise CallerError("entities.context-shape", problem=f"{term} is not supported")
        into.append(given)
    elif given is not None:
        raise CallerError("entities.context-shape", problem=f"found {type(given).__name__}")


def addresses_in(given: Any, *, base: str | None = None) -> list[str]:
    """The addresses that a context names, relative ones made whole by the address it stands at."""
    if isinstance(given, str):
        return [_absolute(given, base)]
    if isinstance(given, list):
        return [address for part in given for address in addresses_in(part, base=base)]
    if isinstance(given, dict) and len(given) == 1 and "@context" in given:
        return addresses_in(given["@context"], base=base)
    return []


def _absolute(address: str, base: str | None) -> str:
    try:
        return address if base is None else urljoin(base, address)
    except ValueError:
        return address


def _loaded(url: str, loader: Loader | None) -> Any:
    if loader is None:
        raise CallerError("entities.context-unavailable", url=url, problem="nothing is fetched from the network")
    try:
        document = loader(url)
    except MadangError:
        raise
    except Exception as problem:
        raise CallerError("entities.context-unavailable", url=url, problem=str(problem)) from problem
    if not isinstance(document, dict) or "@context" not in document:
        raise CallerError("entities.context-unavailable", url=url, problem="the document holds no @context")
    return document["@context"]


def _expanded(flat: list[dict[str, Any]], terms: list[str]) -> dict[str, str]:
    """The IRI of each term, as PyLD expands it where it names a type; terms that stand for nothing are left out."""
    usable = [{**part, "@version": 1.1} if "@version" in part else part for part in flat]
    probe = {
        "@context": [*usable, _core_terms()],
        "@graph": [{"@id": f"urn:term:{number}", "@type": term} for number, term in enumerate(terms)],
    }
    from pyld import jsonld  # with what it imports a sixth of a second, that only an unknown @context asks for

    try:
        found = jsonld.expand(probe, {"documentLoader": _no_loader, "base": ""})
    except jsonld.JsonLdError as wrong:
        raise CallerError("entities.context-shape", problem=_first_cause(wrong)) from wrong
    iris = {node["@id"]: node["@type"][0] for node in found if node.get("@type")}
    wanted = {term: iris.get(f"urn:term:{number}") for number, term in enumerate(terms)}
    return {term: iri for term, iri in wanted.items() if iri}


def _no_loader(url: str, options: Any) -> Any:
    raise CallerError("entities.context-unavailable", url=url, problem="it is named inside another context")


def _first_cause(wrong: BaseException) -> str:
    while getattr(wrong, "cause", None) is not None:
        wrong = wrong.cause  # type: ignore[attr-defined]
    if wrong.args:
        return str(wrong.args[0])
    return type(wrong).__name__
