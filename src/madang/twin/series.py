"""The history of one attribute: its readings where it has any, else what the city said of it, version by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madang import clock
from madang.entities.entity import Document, attributes, instance_of, provenance_of, value_of
from madang.errors import CallerError, NotFoundError
from madang.indicators.stored import address_of
from madang.store import HistoryEntry, Observed, Store, View
from madang.twin.freshness import INTERVALS, Freshness
from madang.twin.naming import label_of_attribute, titles_of

MOST_POINTS = 10_000
OBSERVATIONS, VERSIONS = "observations", "versions"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Point:
    """One value and its moment; of a version also its transaction and the time that the value stands for."""

    at: datetime
    value: Any
    status: str | None
    transaction: int | None = None
    valid: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The point as plain JSON."""
        found: dict[str, Any] = {"at": clock.to_text(self.at), "value": self.value, "status": self.status}
        if self.transaction is not None:
            found |= {"transaction": self.transaction, "valid": self.valid}
        return found


@dataclass(frozen=True)
class Series:
    """An attribute's history, oldest first; `more` older points are left out."""

    id: str
    attribute: str
    kind: str
    unit: str | None
    points: Sequence[Point]
    more: int | None
    freshness: Freshness | None
    is_stale: bool | None
    source: Mapping[str, str] | None
    address: str | None

    def as_json(self) -> dict[str, Any]:
        """The series as plain JSON."""
        fresh = self.freshness
        return {
            "id": self.id,
            "attribute": self.attribute,
            "label": label_of_attribute(self.attribute),
            "unit": self.unit,
            "kind": self.kind,
            "points": [point.as_json() for point in self.points],
            "more": self.more,
            "usualIntervalS": None if fresh is None else fresh.usual_s,
            "stale": self.is_stale,
            "staleAfterS": None if fresh is None else fresh.stale_after_s,
            "staleReason": None if fresh is None else fresh.reason(),
            "source": None if self.source is None else dict(self.source),
            "address": self.address,
        }


def series(
    store: Store,
    branch: str,
    id: str,
    attribute: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
) -> Series:
    """The history of an attribute on a branch: from `since` to `until`, both included, the `last` points of it."""
    check_span(since, until)
    most = MOST_POINTS if last is None else last
    view = store.view(branch)
    document = view.document(id)
    if document is None:
        raise NotFoundError("twinreading.entity-unknown", id=id, branch=branch)
    dataset = dataset_of(document, attribute)
    newest = view.observations(id, attribute, dataset_id=dataset, last=INTERVALS + 1)
    if newest:
        return _observed(store, view, document, attribute, newest, (since, until, most, dataset))
    points = _versions(view, id, attribute, dataset)
    if not points:
        known = ", ".join(dict.fromkeys(name for name, _, _ in attributes(document)))
        raise NotFoundError("twinreading.attribute-unknown", id=id, attribute=attribute, known=known)
    points = [p for p in points if (since is None or p.at >= since) and (until is None or p.at <= until)]
    shown = points[-most:]
    return Series(
        id,
        attribute,
        VERSIONS,
        (instance_of(document, attribute, dataset) or {}).get("unitCode"),
        shown,
        len(points) - len(shown),
        None,
        None,
        titles_of(view, [provenance_of(document, attribute).source]),
        _address(store, view, document, attribute),
    )


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Refuse a span that ends before it begins."""
    if since is not None and until is not None and since > until:
        raise CallerError("twinreading.span", since=clock.to_text(since), until=clock.to_text(until))


def dataset_of(document: Document, attribute: str) -> str | None:
    """The instance of an attribute that is read: the default one, else the first."""
    return next((set for name, set, _ in attributes(document) if name == attribute), None)


def versions_of(view: View, id: str, attribute: str) -> list[HistoryEntry]:
    """What was ever said of an attribute of an entity, oldest first; nothing where it never had it."""
    told = any(entry.document is not None and attribute in entry.document for entry in view.history(id))
    return view.history(id, attribute) if told else []


def _observed(
    store: Store, view: View, document: Document, attribute: str, newest: Sequence[Observed], asked: Any
) -> Series:
    since, until, most, dataset = asked
    end = None if until is None else until + INSTANT
    found = view.observations(document["id"], attribute, since=since, until=end, dataset_id=dataset, last=most + 1)
    more = len(found) > most
    provenance = provenance_of(document, attribute)
    instance = instance_of(document, attribute, dataset) or {}
    fresh = Freshness.of([one.observed_at for one in newest]).stated_by(instance)
    return Series(
        document["id"],
        attribute,
        OBSERVATIONS,
        instance.get("unitCode"),
        [Point(one.observed_at, one.value, provenance.status) for one in found[-most:]],
        None if more else 0,
        fresh,
        fresh.is_stale(newest[-1].observed_at, clock.now()),
        titles_of(view, [provenance.source]),
        _address(store, view, document, attribute),
    )


def _versions(view: View, id: str, attribute: str, dataset: str | None) -> list[Point]:
    """What was said of the attribute, and by None when it was taken away."""
    points = []
    for entry in versions_of(view, id, attribute):
        if entry.document is None:
            points.append(Point(entry.recorded_from, None, None, entry.tx))
        else:
            status = provenance_of(entry.document, attribute).status
            value = value_of(entry.document, attribute, dataset)
            points.append(Point(entry.recorded_from, value, status, entry.tx, entry.valid))
    return points


def _address(store: Store, view: View, document: Document, attribute: str) -> str | None:
    if attribute not in document:
        return None
    instance = instance_of(document, attribute, dataset_of(document, attribute)) or {}
    valid = instance.get("observedAt") or value_of(instance, "period")
    return address_of(store, document["id"], attribute, valid=valid, branch=view.branch)
