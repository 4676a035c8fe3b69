"""What the vocabulary is made of: types, attributes, their names in two languages, and Madang's own namespace.

Madang's own terms live under `urn:madang:vocab:`. A URN needs no web address that someone must own and keep paying
for, and reads well; like `urn:ngsi-ld:` its namespace is not registered with IANA. The namespace carries no version:
a term, once published, keeps its IRI and meaning for good; what is versioned is the @context document that lists them.
Terms that others have defined keep their IRIs: the NGSI-LD core context's, then Smart Data Models'.

One name has one IRI and one label everywhere, so that a column called `floorArea` means the same on every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

VOCAB = "urn:madang:vocab:"
SDM = "https://smartdatamodels.org/"

Scope = Literal["city", "record", "observed"]
Label = dict[str, str]


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """One attribute name: its IRI, kind, customary unit, and what people call it."""

    name: str
    iri: str
    kind: str
    unit: str | None
    label: Label


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """One type: its IRI, its scope, whether it is planned (changes on main by adoption only), names and attributes."""

    name: str
    iri: str
    scope: Scope
    planned: bool
    label: Label
    attributes: dict[str, AttributeInfo] = field(default_factory=dict)


def own(name: str) -> str:
    """The IRI of one of Madang's own terms."""
    return VOCAB + name


def attribute(
    name: str, ko: str, en: str, *, kind: str = "Property", unit: str | None = None, iri: str | None = None
) -> AttributeInfo:
    """An attribute; its IRI is Madang's own unless it is given."""
    return AttributeInfo(name, iri or own(name), kind, unit, {"ko": ko, "en": en})


def reference(name: str, ko: str, en: str, *, iri: str | None = None) -> AttributeInfo:
    """A relationship to another entity."""
    return attribute(name, ko, en, kind="Relationship", iri=iri)


def entity_type(
    name: str,
    ko: str,
    en: str,
    attributes: list[AttributeInfo],
    *,
    scope: Scope = "city",
    planned: bool = False,
    iri: str | None = None,
) -> TypeInfo:
    """A type with its attributes."""
    by_name = {info.name: info for info in attributes}
    return TypeInfo(name, iri or own(name), scope, planned, {"ko": ko, "en": en}, by_name)
