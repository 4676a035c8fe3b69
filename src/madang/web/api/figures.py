"""A figure as the pages show it: value, unit, the period it stands for, its status, its source, and its address."""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.entities.entity import Document, value_of
from madang.entities.vocabulary import attribute_info, type_info
from madang.indicators import stored

Figure = stored.Figure


def figure(city: City, document: Document, attribute: str) -> Figure | None:
    """One attribute of an entity as a figure; None when the entity does not have it."""
    return stored.figure(city.store, document, attribute, branch=city.branch_name)


def label_of_attribute(type_name: str, attribute: str) -> dict[str, str]:
    """What an attribute is called, in both languages; its own name when the vocabulary has none."""
    known = type_info(type_name).attributes.get(attribute) or attribute_info(attribute)
    return dict(known.label) if known is not None else {"ko": attribute, "en": attribute}


def label_of_type(type_name: str) -> dict[str, str]:
    """What a type is called, in both languages."""
    return dict(type_info(type_name).label)


def name_of(document: Document) -> Any:
    """What people call an entity: its name or title, as a text or a text in each language."""
    for attribute in ("name", "title", "text"):
        said = value_of(document, attribute)
        if said is not None:
            return said
    return None


def flat(document: Document) -> dict[str, Any]:
    """An entity as its id and the bare values of its attributes, for lists that show no provenance."""
    made = {"id": document["id"]}
    for attribute in document:
        if attribute not in ("id", "type", "@context"):
            made[attribute] = value_of(document, attribute)
    return made
