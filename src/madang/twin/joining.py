"""Whose readings speak of a layer's features: their own, or those of sensors that refer to them.

A traffic sensor measures a road segment (refRoadSegment), an air station stands at a place (refPlace): such readings
can be shown on the segment and the place themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, attributes
from madang.entities.query import Query, parse_types
from madang.store import View
from madang.twin.live import observed_types
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


def read_features(view: View, types: Sequence[str]) -> dict[str, Document]:
    """The entities of a layer that have a place, by id in order."""
    found = view.documents(Query(types=tuple((name,) for name in types)))
    return {one["id"]: one for one in sorted(found, key=lambda one: str(one["id"])) if "location" in one}


def speakers_of(view: View, features: Mapping[str, Document], attribute: str) -> Speakers | None:
    """Those that read an attribute of features; None where nobody reads it."""
    own = {id: [_speaker(one, attribute)] for id, one in features.items() if _is_read(one.get(attribute))}
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


def read_attributes(view: View, features: Mapping[str, Document]) -> list[tuple[str, str | None]]:
    """(attribute, via) of everything that is read of features, each once."""
    own = {(name, None): None for one in features.values() for name, _, i in attributes(one) if _is_read(i)}
    joined: dict[tuple[str, str | None], None] = {
        (name, via): None for via, one in _referring(view, features) for name, _, i in attributes(one) if _is_read(i)
    }
    return [*own, *joined]


def _referring(view: View, features: Mapping[str, Document]) -> list[tuple[str, Document]]:
    """Observed entities that refer to a feature, with the relationship by which they do."""
    found = []
    for name in observed_types(view):
        for document in view.documents(Query(types=parse_types(name))):
            for via in VIA:
                if via in document and _targets(document, via, features):
                    found.append((via, document))
                    break
    return found


def _targets(document: Document, via: str, features: Mapping[str, Document]) -> list[str]:
    return [target for name, target in targets_of(document) if name == via and target in features]


def _is_read(found: Any) -> bool:
    if isinstance(found, list):
        return any(_is_read(one) for one in found)
    return isinstance(found, dict) and "observedAt" in found and isinstance(found.get("value"), int | float | str)


def _speaker(document: Document, attribute: str) -> Speaker:
    return Speaker(document["id"], dataset_of(document, attribute), document)
