"""What a layer's features say of themselves, counted so that a feature can be taken away again.

A tally says of how many features which status, source and attribute was seen. Texts of an attribute are counted one by
one only while they are few; beyond `MOST_TEXTS` it is enough to know that they are many, and after so many were taken
away that they might be few again the tally says that it must be counted anew (`is_lost`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from madang.entities.entity import Document, Instance, provenance_of
from madang.entities.vocabulary import attribute_info
from madang.indicators.provenance import combine_status
from madang.twin.catalogue import Text

MOST_CATEGORIES = 24
MOST_TEXTS = 1000
NEVER_COLOURED = frozenset(
    {"name", "code", "status", "source", "address", "validFrom", "validTo", "description", "pnu"}
)


@dataclass(frozen=True)
class AttributeSummary:
    """An attribute that features can be coloured by: numbers or a few categories."""

    name: str
    label: Text
    kind: str  # "number" or "category"
    unit: str | None
    period: str | None
    status: str | None
    count: int

    def as_json(self) -> dict[str, Any]:
        """The summary as plain JSON."""
        return {
            "name": self.name,
            "label": dict(self.label),
            "kind": self.kind,
            "unit": self.unit,
            "period": self.period,
            "status": self.status,
            "count": self.count,
        }


@dataclass
class _Attribute:
    """One attribute: how often it was a number, a text, and what it said about itself."""

    numbers: int = 0
    words: int = 0
    texts: Counter[str] | None = field(default_factory=Counter)  # None: they are many
    at_least: int = 0  # different texts, where they are many
    told: Counter[tuple[str | None, str | None, str | None]] = field(default_factory=Counter)  # unit, period, status

    def take(self, instance: Instance, status: str | None, sign: int) -> None:
        value = instance.get("value")
        if type(value) is int or type(value) is float:
            self.numbers += sign
        elif type(value) is str:
            self.words += sign
            self._take_text(value, sign)
        else:
            return
        period = instance.get("period")
        self.told[instance.get("unitCode"), None if period is None else _text(period), status] += sign

    def _take_text(self, value: str, sign: int) -> None:
        if self.texts is None:
            self.at_least -= sign < 0
            return
        self.texts[value] += sign
        if not self.texts[value]:
            del self.texts[value]
        if len(self.texts) > MOST_TEXTS:
            self.texts, self.at_least = None, MOST_TEXTS

    @property
    def is_lost(self) -> bool:
        return self.texts is None and self.at_least <= MOST_CATEGORIES

    def summary(self, name: str) -> AttributeSummary | None:
        category = not self.numbers and self.texts is not None and 1 <= len(self.texts) <= MOST_CATEGORIES
        if not category and (self.words or not self.numbers):
            return None
        info = attribute_info(name)
        units, periods, statuses = zip(*(told for told, count in self.told.items() if count), strict=True)
        return AttributeSummary(
            name=name,
            label=info.label if info else {"ko": name, "en": name},
            kind="category" if category else "number",
            unit=_single(units),
            period=_single(periods),
            status=combine_status(statuses),
            count=self.numbers + self.words,
        )


@dataclass
class Tally:
    """Statuses and sources of what is drawn (by what of it they are said), and attributes, of a layer's features."""

    drawn: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)  # what, status, source
    _attributes: dict[str, _Attribute] = field(default_factory=dict)

    def copy(self) -> Tally:
        """A tally to go on from, this one left as it is."""
        return deepcopy(self)

    def count(self, document: Document, attribute: str, of: str, sign: int) -> None:
        """Count the status and the source of something drawn."""
        self.drawn[of, *_provenance(document, attribute)] += sign

    def count_status(self, status: str | None, of: str, sign: int) -> None:
        """Count a status that comes from no source of its own."""
        self.drawn[of, status, None] += sign

    def take_attributes(self, document: Document, sign: int) -> None:
        """Count what a feature can be coloured by; -1 takes it away."""
        status = _status(document, None)
        for name, instance in document.items():
            if type(instance) is dict and instance.get("type") == "Property" and name not in NEVER_COLOURED:
                seen = self._attributes.get(name)
                if seen is None:
                    seen = self._attributes[name] = _Attribute()
                seen.take(instance, _status(instance, status), sign)

    @property
    def is_lost(self) -> bool:
        """Whether so much was taken away that only counting anew can tell what is left."""
        return any(seen.is_lost for seen in self._attributes.values())

    def status_of(self, parts: Iterable[str]) -> dict[str | None, int]:
        """How many features have which status, over the parts that are drawn."""
        total: Counter[str | None] = Counter()
        for (of, status, _), count in self.drawn.items():
            if of in parts:
                total[status] += count
        return {status: count for status, count in total.items() if count > 0}

    def sources_named(self) -> tuple[str, ...]:
        """The ids of the sources, in order."""
        return tuple(sorted({source for (_, _, source), count in self.drawn.items() if source and count > 0}))

    def summaries(self) -> tuple[AttributeSummary, ...]:
        """The attributes that features can be coloured by."""
        found = (seen.summary(name) for name, seen in self._attributes.items())
        return tuple(summary for summary in found if summary)


def _provenance(document: Document, attribute: str) -> tuple[str | None, str | None]:
    """What `provenance_of` gives, with a short way for the plain case: a large layer asks it of every feature."""
    instance = document.get(attribute)
    if type(instance) is not dict:
        found = provenance_of(document, attribute)
        return found.status, found.source
    status = instance.get("status") or document.get("status")
    source = instance.get("source") or document.get("source")
    if type(status) is list or type(source) is list:
        found = provenance_of(document, attribute)
        return found.status, found.source
    said = None if status is None else status.get("value")
    named = None if source is None else source.get("object", source.get("value"))
    return said if type(said) is str else None, named if type(named) is str else None


def _status(said: Mapping[str, Any], otherwise: str | None) -> str | None:
    """The status an instance or an entity states itself: the part of `provenance_of` that every attribute needs."""
    found = said.get("status")
    return otherwise if found is None else found.get("value")


def _text(instance: Any) -> str | None:
    value = instance.get("value") if isinstance(instance, dict) else None
    return None if value is None else str(value)


def _single(values: Iterable[str | None]) -> str | None:
    """The one value that all agree on, else None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
