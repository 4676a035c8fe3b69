"""The city's vocabulary: every type and attribute with its IRI, scope, unit and names in Korean and English.

The *scope* says how a type lives: `city` (what is and what is planned: branched and merged), `record` (one copy a city,
seen from every branch), `observed` (telemetry: series, never versions). *Planned* types change on main by adoption
only.
Types that nobody described are welcome: they count as city, not planned, and are called by their own name.
"""

from __future__ import annotations

from functools import cache

from madang.entities.vocabulary import (
    alliances,
    announced,
    attributes,
    buildings,
    clusters,
    committees,
    economy,
    energy,
    industries,
    investment,
    mobility,
    modelling,
    observed,
    places,
    planning,
    procedure,
    promised,
    records,
    rulebook,
    runs,
    siting,
    statistics,
    studies,
    talent,
    terrain,
    twin,
)
from madang.entities.vocabulary.statistics import item_name as item_name
from madang.entities.vocabulary.terms import SDM as SDM
from madang.entities.vocabulary.terms import VOCAB as VOCAB
from madang.entities.vocabulary.terms import AttributeInfo as AttributeInfo
from madang.entities.vocabulary.terms import Scope, TypeInfo

_ROOMS = (
    places,
    buildings,
    terrain,
    statistics,
    mobility,
    economy,
    clusters,
    industries,
    talent,
    energy,
    modelling,
    planning,
    investment,
    announced,
    promised,
    procedure,
    committees,
    alliances,
    studies,
    siting,
    rulebook,
    records,
    runs,
    observed,
    twin,
)
_DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


@cache
def _types() -> dict[str, TypeInfo]:
    return {info.name: info for room in _ROOMS for info in room.TYPES}


@cache
def _attributes() -> dict[str, AttributeInfo]:
    found = {info.name: info for info in vars(attributes).values() if isinstance(info, AttributeInfo)}
    for info in _types().values():
        found |= info.attributes
    return found


def all_types() -> tuple[TypeInfo, ...]:
    """Every type of the vocabulary, in the order of its rooms."""
    return tuple(_types().values())


def all_attributes() -> tuple[AttributeInfo, ...]:
    """Every attribute of the vocabulary, each name once."""
    return tuple(_attributes().values())


def type_info(name: str) -> TypeInfo:
    """What is known of a type; an unknown one is of scope city, not planned, and called by its name."""
    found = _types().get(name)
    return found or TypeInfo(name, name if ":" in name else _DEFAULT + name, "city", False, {"ko": name, "en": name})


def attribute_info(name: str) -> AttributeInfo | None:
    """What is known of an attribute, or None."""
    return _attributes().get(name)


def scope_of(name: str) -> Scope:
    """The scope of a type."""
    found = _types().get(name)
    return found.scope if found else "city"


def is_planned(name: str) -> bool:
    """Whether entities of a type change on main only by adoption of a proposal."""
    found = _types().get(name)
    return found.planned if found else False


def label_of(name: str, language: str = "ko") -> str:
    """What people call a type or an attribute; a name nobody described is its own label."""
    found = _types().get(name) or _attributes().get(name)
    return found.label.get(language, name) if found else name
