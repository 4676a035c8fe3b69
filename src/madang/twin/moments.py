"""Which attributes of a layer can be shown over time, and from when to when.

Readings of the features or of sensors that refer to them, and attributes that the record says differently at different
times; for these the entities touched most often are looked at, not all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madang import clock
from madang.entities.entity import ENTITY_MEMBERS, Document, instance_of, provenance_of, value_of
from madang.indicators.provenance import combine_status
from madang.store import Store, View
from madang.twin.catalogue import layer_kind
from madang.twin.frames import span_of_readings
from madang.twin.freshness import INTERVALS, Freshness
from madang.twin.joining import Features, read_attributes, read_features, speakers_of
from madang.twin.naming import label_of_attribute
from madang.twin.series import OBSERVATIONS, VERSIONS, dataset_of
from madang.twin.touched import touched_again

MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Moments:
    """One attribute, how many features have it, and its first and last moment."""

    attribute: str
    kind: str
    via: str | None
    features: int
    since: datetime
    until: datetime
    usual_s: float | None
    unit: str | None
    status: str | None

    def as_json(self) -> dict[str, Any]:
        """The attribute as plain JSON."""
        return {
            "attribute": self.attribute,
            "label": label_of_attribute(self.attribute),
            "unit": self.unit,
            "kind": self.kind,
            "features": self.features,
            "from": clock.to_text(self.since),
            "to": clock.to_text(self.until),
            "usualIntervalS": self.usual_s,
            "status": self.status,
            "via": self.via,
        }


def moments(store: Store, branch: str, layer: str) -> list[Moments]:
    """What of a layer can be shown over time, what most features have first."""
    view, kind = store.view(branch), layer_kind(layer)
    features = read_features(view, kind.types)
    read = [_read(view, features, attribute) for attribute in read_attributes(view, features)]
    found = {one.attribute: one for one in read if one is not None}
    for one in _recorded(store, view, kind.types, features):
        found.setdefault(one.attribute, one)
    return sorted(found.values(), key=lambda one: (-one.features, one.attribute))


def _read(view: View, features: Features, attribute: str) -> Moments | None:
    speakers = speakers_of(view, features, attribute)
    if speakers is None:
        return None
    told = [one for among in speakers.of.values() for one in among]
    first = told[0]
    newest = view.observations(first.id, attribute, dataset_id=first.dataset, last=INTERVALS + 1)
    since, until = span_of_readings(view, speakers, attribute)
    return Moments(
        attribute,
        OBSERVATIONS,
        speakers.via,
        len(speakers.of),
        since,
        until,
        Freshness.of([one.observed_at for one in newest]).usual_s,
        (instance_of(first.document, attribute, first.dataset) or {}).get("unitCode"),
        combine_status({provenance_of(one.document, attribute).status for one in told}),
    )


def _recorded(store: Store, view: View, types: Sequence[str], features: Features) -> list[Moments]:
    """Attributes that differ between versions of the features touched most often."""
    found: dict[str, tuple[datetime, datetime, Document]] = {}
    for id in touched_again(store, types, most=MOST_LOOKED_AT):
        document = view.document(id) if id in features.said else None
        if document is None:
            continue
        told = [(entry.recorded_from, entry.document or {}) for entry in view.history(id)]
        names = {name for _, one in told for name in one} - ENTITY_MEMBERS - {"location"}
        for name in names:
            values = [value_of(one, name) if name in one else None for _, one in told]
            scalar = all(value is None or isinstance(value, int | float | str) for value in values)
            if scalar and any(value != values[0] for value in values):
                since, until, _ = found.get(name, (told[0][0], told[-1][0], {}))
                found[name] = (min(since, told[0][0]), max(until, told[-1][0]), document)
    return [
        Moments(
            name,
            VERSIONS,
            None,
            features.having[name],
            since,
            until,
            None,
            (instance_of(one, name, dataset_of(one, name)) or {}).get("unitCode") if name in one else None,
            provenance_of(one, name).status if name in one else None,
        )
        for name, (since, until, one) in found.items()
    ]
