"""The mapping language that all protocols share: which records of a payload say what of which entity.

A rule takes a decoded payload (a topic's named parts, and JSON or what a protocol's decoder made of its bytes) and
gives readings. What does not fit is refused with its reason, one record or one value at a time: a bad value never
takes its neighbours with it. A value that the payload does not hold, or that it marks as not measured, is no reading
and no error.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from madang.entities.entity import Document, geo_property, is_uri, language_property, property_, relationship
from madang.errors import DataError, MadangError
from madang.sources.feeds.moments import When
from madang.sources.feeds.paths import MISSING, Path, each, filled, find

NOT_MEASURED = ("", "-", "--", "null", "NaN", "N/A")
_TRUE, _FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


@dataclass(frozen=True, slots=True)
class Message:
    """One payload as it came: decoded, the names its address gave, and when it was received."""

    body: Any
    received_at: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one attribute of one entity at one moment."""

    id: str
    attribute: str
    value: Any
    at: datetime
    unit: str | None
    rule: Rule


@dataclass(slots=True)
class Decoded:
    """What came of a payload: readings, entities that they are of and nobody knew yet, and what was refused."""

    readings: list[Reading] = field(default_factory=list)
    things: dict[str, Document] = field(default_factory=dict)
    refused: list[MadangError] = field(default_factory=list)
    records: int = 0

    def add(self, other: Decoded) -> None:
        """Take in what came of another payload."""
        self.readings += other.readings
        self.things |= other.things
        self.refused += other.refused
        self.records += other.records


@dataclass(frozen=True, slots=True)
class Condition:
    """A path that must lead to one of some values; without values, it must lead somewhere."""

    path: Path
    among: tuple[str, ...] | None

    def holds(self, record: Any) -> bool:
        """Whether it does."""
        found = find(self.path, record)
        if found is MISSING:
            return False
        return self.among is None or _word(found) in self.among


@dataclass(frozen=True, slots=True)
class Value:
    """Which number, word or switch becomes a reading of which attribute."""

    attribute: str
    path: Path
    unit: str | None = None
    kind: str = "number"  # number | text | boolean
    scale: float = 1.0
    offset: float = 0.0
    low: float | None = None
    high: float | None = None
    missing: tuple[str, ...] = NOT_MEASURED
    words: Mapping[str, Any] | None = None
    when: tuple[Condition, ...] = ()
    time: When | None = None

    def of(self, record: Any) -> Any:
        """The value in a record, MISSING where there is none; a DataError where it is no such value."""
        for condition in self.when:
            if not condition.holds(record):
                return MISSING
        found = find(self.path, record)
        if found is MISSING or found is None or (type(found) is str and found.strip() in self.missing):
            return MISSING
        if self.words is not None:
            if (word := _word(found)) not in self.words:
                raise DataError("feeds.unknown-word", attribute=self.attribute, found=word[:60])
            return self.words[word]
        if self.kind == "number":
            return self._number(found)
        if self.kind == "boolean":
            word = _word(found).lower()
            if word not in _TRUE and word not in _FALSE:
                raise DataError("feeds.no-switch", attribute=self.attribute, found=word[:60])
            return word in _TRUE
        if isinstance(found, dict | list):
            raise DataError("feeds.no-text", attribute=self.attribute)
        return _word(found)

    def _number(self, found: Any) -> int | float:
        plain = type(found)
        if plain is not float and plain is not int:
            try:
                if plain is not str:
                    raise ValueError
                text = found.strip().replace(",", "")
                found = int(text) if text.lstrip("+-").isdigit() and text.isascii() and len(text) < 18 else float(text)
            except ValueError:
                raise DataError("feeds.no-number", attribute=self.attribute, found=_word(found)[:60]) from None
        if str(found) in self.missing:  # -99, 9999: how some devices say that they did not measure
            return MISSING  # type: ignore[return-value]
        if self.scale != 1.0 or self.offset != 0.0:
            found = round(found * self.scale + self.offset, 9)
        if not math.isfinite(found) or abs(found) >= 2**63:
            raise DataError("feeds.no-number", attribute=self.attribute, found=str(found)[:60])
        if (self.low is not None and found < self.low) or (self.high is not None and found > self.high):
            raise DataError(
                "feeds.out-of-range", attribute=self.attribute, found=found,
                low="-" if self.low is None else self.low, high="-" if self.high is None else self.high,
            )  # fmt: skip
        return found  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity stands: at two paths, or at a point that the mapping knows."""

    lon: Path | float
    lat: Path | float

    def of(self, record: Any) -> dict[str, Any] | None:
        """The point, or None where the record has none."""
        at = [one if isinstance(one, float) else find(one, record) for one in (self.lon, self.lat)]
        try:
            lon, lat = (float(one) for one in at)
        except (TypeError, ValueError):
            return None
        good = -180 <= lon <= 180 and -90 <= lat <= 90 and not (lon == 0 and lat == 0)
        return {"type": "Point", "coordinates": [lon, lat]} if good else None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule of a mapping; `eq=False`: a rule is itself, so that readings of it are told apart quickly."""

    id: str
    type: str
    values: tuple[Value, ...]
    time: When = field(default_factory=When)
    topics: tuple[str, ...] = ()
    each: Path | None = None
    when: tuple[Condition, ...] = ()
    name: str | None = None
    place: Place | None = None
    refs: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    status: str = "observed"
    expected_s: float | None = None
    stale_factor: float = 3.0

    @property
    def stale_after_s(self) -> float | None:
        """The age from which on a reading is stale; None where nobody said how often one is expected."""
        return None if self.expected_s is None else self.expected_s * self.stale_factor

    def read(self, message: Message, known: Container[str]) -> Decoded:
        """The readings in a message; `known` are the ids of entities that need no making."""
        made = Decoded()
        records = [message.body] if self.each is None else each(self.each, message.body)
        for record in records:
            if self.when and not all(condition.holds(record) for condition in self.when):
                continue
            made.records += 1
            try:
                self._read(record, message, known, made)
            except DataError as wrong:
                made.refused.append(wrong)
        return made

    def _read(self, record: Any, message: Message, known: Container[str], made: Decoded) -> None:
        id = filled(self.id, message.names, record)
        if id is None or not is_uri(id):
            raise DataError("feeds.no-id", template=self.id, found=id or "-")
        common: datetime | None = None
        for value in self.values:
            try:
                found = value.of(record)
                if found is MISSING:
                    continue
                if value.time is not None:
                    at = value.time.of(record, message.received_at)
                else:
                    at = common = common or self.time.of(record, message.received_at)
            except DataError as wrong:
                made.refused.append(wrong)
                continue
            made.readings.append(Reading(id, value.attribute, found, at, value.unit, self))
        if id not in known and id not in made.things:
            made.things[id] = self.thing(id, record, message.names)

    def thing(self, id: str, record: Any, names: Mapping[str, str]) -> Document:
        """The entity as it is made when it is first seen."""
        made: Document = {"id": id, "type": self.type}
        name = filled(self.name, names, record) if self.name else None
        if name:
            made["name"] = language_property({"ko": name, "en": name})
        point = self.place.of(record) if self.place else None
        if point is not None:
            made["location"] = geo_property(point)
        for attribute, template in self.refs.items():
            target = filled(template, names, record)
            if target is not None and is_uri(target):
                made[attribute] = relationship(target)
        if self.source is not None:
            made["source"] = relationship(self.source)
        made["status"] = property_(self.status)
        return made


def read_all(rules: Sequence[Rule], message: Message, known: Container[str]) -> Decoded:
    """What all rules make of a message."""
    if len(rules) == 1:
        return rules[0].read(message, known)
    made = Decoded()
    for rule in rules:
        made.add(rule.read(message, known))
    return made


def _word(found: Any) -> str:
    """A value as the word that mappings compare with."""
    return (
        found.strip() if type(found) is str else "true" if found is True else "false" if found is False else str(found)
    )
