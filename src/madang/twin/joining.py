"""Whose readings speak of a layer's features: their own, or those of sensors that refer to them.

A traffic sensor measures a road segment (refRoadSegment), an air station stands at a place (refPlace): such readings
can be shown on the segment and the place themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from madang.entities.entity import ENTITY_MEMBERS, Document, attributes, instance_of, provenance_of, value_of
from madang.entities.query import Query, parse_types
from madang.store import View
from madang.twin.live import observed_types
from madang.twin.naming import name_of
from madang.twin.related import targets_of
from madang.twin.series import dataset_of

VIA = ("refRoadSegment", "refPlace")


@dataclass(frozen=True)
class Speaker:
    """One entity with a series of an attribute, and the instance of it that is read."""

    id: str
    dataset: str | None
    document: Document


@dataclass(frozen=True)
class Speakers:
    """For each feature those whose readings speak of it; `via` is the relationship, None where they are its own."""

    via: str | None
    of: Mapping[str, Sequence[Speaker]]

    @property
    def count(self) -> int:
        """How many series there are."""
        return sum(len(speakers) for speakers in self.of.values())


class Said(NamedTuple):
    """What a feature says of one attribute; `has` is false where it does not have it."""

    name: str | None
    has: bool
    value: Any
    unit: str | None
    status: str | None
    source: str | None


@dataclass(frozen=True)
class Features:
    """The features of a layer by id in order, what they say, those that are read themselves, who has which attribute.

    Documents go by one at a time: a hundred thousand of them held at once cost ten times the reading.
    """

    said: Mapping[str, Said]
    readers: Mapping[str, Document]
    having: Counter[str]


def read_features(view: View, types: Sequence[str], attribute: str = "") -> Features:
    """The entities of a layer that have a place, and what they say of an attribute."""
    said: dict[str, Said] = {}
    readers: dict[str, Document] = {}
    having: Counter[str] = Counter()
    for stored in view.query(Query(types=tuple((name,) for name in types))):
        document = orjson.loads(stored)
        if "location" not in document:
            continue
        said[document["id"]] = _said(document, attribute)
        having.update(document.keys() - ENTITY_MEMBERS)
        if b'"observedAt"' in stored and any(_is_read(i) for _, _, i in attributes(document)):
            readers[document["id"]] = document
    return Features(dict(sorted(said.items())), readers, having)


def _said(document: Document, attribute: str) -> Said:
    named = name_of(document)
    name = None if named is None else named["ko"]
    if attribute not in document:
        return Said(name, False, None, None, None, None)
    dataset, provenance = dataset_of(document, attribute), provenance_of(document, attribute)
    unit = (instance_of(document, attribute, dataset) or {}).get("unitCode")
    return Said(name, True, value_of(document, attribute, dataset), unit, provenance.status, provenance.source)


def speakers_of(view: View, features: Features, attribute: str) -> Speakers | None:
    """Those that read an attribute of features; None where nobody reads it."""
    told = ((id, one) for id, one in features.readers.items() if _is_read(one.get(attribute)))
    own = {id: [_speaker(one, attribute)] for id, one in told}
    first = next(iter(own.values()), None)
    if first and view.observations(first[0].id, attribute, dataset_id=first[0].dataset, last=1):
        return Speakers(None, own)
    referring = [(via, one) for via, one in _referring(view, features) if _is_read(one.get(attribute))]
    found: dict[str, list[Speaker]] = {}
    for via, one in referring:
        if via == referring[0][0]:  # one way for all: a mean over roads and places would say nothing
            for target in _targets(one, via, features):
                found.setdefault(target, []).append(_speaker(one, attribute))
    return Speakers(referring[0][0], found) if found else None


def read_attributes(view: View, features: Features) -> list[str]:
    """Every attribute that is read of features, by themselves or by what refers to them."""
    speaking = [*features.readers.values(), *(one for _, one in _referring(view, features))]
    return list(dict.fromkeys(name for one in speaking for name, _, i in attributes(one) if _is_read(i)))


def _referring(view: View, features: Features) -> list[tuple[str, Document]]:
    """Observed entities that refer to a feature, with the relationship by which they do."""
    found = []
    for name in observed_types(view):
        for document in view.documents(Query(types=parse_types(name))):
            for via in VIA:
                if via in document and _targets(document, via, features):
                    found.append((via, document))
                    break
    return found


def _targets(document: Document, via: str, features: Features) -> list[str]:
    return [target for name, target in targets_of(document) if name == via and target in features.said]


def _is_read(found: Any) -> bool:
    if isinstance(found, list):
        return any(_is_read(one) for one in found)
    return isinstance(found, dict) and "observedAt" in found and isinstance(found.get("value"), int | float | str)


def _speaker(document: Document, attribute: str) -> Speaker:
    return Speaker(document["id"], dataset_of(document, attribute), document)
