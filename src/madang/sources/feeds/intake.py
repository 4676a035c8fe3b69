"""Readings into the city file: by group commit, each batch one part of a transaction signed `feed:<id>`.

`begin` queues a batch and returns at once; `Batch.wait` returns when the disk has it. A connector that acknowledges
does so after `wait`, so what a sender was told is there stays there. A batch with a reading that the file refuses (a
kilowatt hour into a series of megawatt hours) is halved until that reading stands alone, and only it is left out.

An entity is made when it is first seen. Each attribute gets its place then, with unit, source, status and `staleAfter`,
the age from which on its last reading is stale: one version of the entity, written once, however many readings follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madang import clock
from madang.entities.entity import Document, instance_of, property_
from madang.errors import CallerError, DataError
from madang.sources.feeds.rules import Decoded, Reading
from madang.sources.feeds.tally import Tally
from madang.store import Store
from madang.store.writing import Tx

MOST_REMEMBERED = 500_000
REASON = "feed"


@dataclass(slots=True)
class Batch:
    """Readings on their way; `wait` returns when the disk has them or each that can't be kept was counted."""

    intake: Intake
    readings: list[Reading]
    things: dict[str, Document]
    future: Future[None] | None

    def wait(self, within_s: float | None = None) -> None:
        """Wait for the disk. Errors that no single reading is to blame for (a full disk) are raised."""
        if self.future is None:
            return
        try:
            self.future.result(within_s)
        except (CallerError, DataError) as refused:
            self.intake.forget(self.readings)
            if len(self.readings) == 1:
                self.intake.tally.refuse(refused, _sample(self.readings[0]))
                return
            middle = len(self.readings) // 2
            for half in (self.readings[:middle], self.readings[middle:]):
                self.intake.submit(half, self.things).wait(within_s)
            return
        self.intake.settled(self.readings)


class Intake:
    """Where the readings of one feed go."""

    def __init__(
        self, store: Store, feed_id: str, tally: Tally, *, future_s: float = 300.0, most_entities: int = 200_000
    ) -> None:
        self._store, self._actor, self._future_s = store, f"feed:{feed_id}", timedelta(seconds=future_s)
        self._most = most_entities
        self.tally = tally
        self.known: set[str] = set()  # ids of entities that are there
        self._admitted: set[str] = set()  # ids that this feed may bring
        self._placed: set[tuple[str, str]] = set()
        self._last: dict[tuple[str, str], tuple[datetime, Any]] = {}

    def begin(self, decoded: Decoded, *, sample: Any = b"") -> Batch:
        """Queue what was decoded; refusals are counted now."""
        if decoded.refused:
            for refused in decoded.refused[-5:-1]:
                self.tally.refuse(refused, sample)
            self.tally.refuse(decoded.refused[-1], sample, number=max(1, len(decoded.refused) - 4))
        return self.submit(list(self._fresh(decoded.readings)), decoded.things)

    def take(self, decoded: Decoded, *, sample: Any = b"") -> None:
        """Queue what was decoded, and wait for the disk."""
        self.begin(decoded, sample=sample).wait()

    def submit(self, readings: list[Reading], things: dict[str, Document]) -> Batch:
        """Queue readings that were looked at."""
        if not readings:
            return Batch(self, readings, things, None)
        write = _Writing(readings, things, frozenset(_keys(readings) - self._placed))
        return Batch(self, readings, things, self._store.submit(write, actor=self._actor, reason=REASON))

    def settled(self, readings: Sequence[Reading]) -> None:
        """Note that the disk has readings."""
        self._placed |= _keys(readings)
        self.known |= {reading.id for reading in readings}
        self.tally.stored(len(readings), max((reading.at for reading in readings), default=None))
        if len(self._placed) > MOST_REMEMBERED:
            self._placed.clear()

    def forget(self, readings: Sequence[Reading]) -> None:
        """Look again whether the entities of readings are there: somebody may have taken one away."""
        keys = _keys(readings)
        self._placed -= keys
        for key in keys:
            self._last.pop(key, None)
        self.known -= {reading.id for reading in readings}

    def _fresh(self, readings: Iterable[Reading]) -> Iterable[Reading]:
        """Readings without those that were just taken in, and without those of a time to come."""
        latest = clock.now() + self._future_s
        if len(self._last) > MOST_REMEMBERED:
            self._last.clear()
        for reading in readings:
            if reading.id not in self._admitted:
                if len(self._admitted) >= self._most:
                    problem = DataError("feeds.too-many-entities", id=reading.id, most=self._most)
                    self.tally.refuse(problem, _sample(reading))
                    continue
                self._admitted.add(reading.id)
            key = (reading.id, reading.attribute)
            before = self._last.get(key)
            if before is not None and reading.at <= before[0]:
                if before == (reading.at, reading.value):
                    self.tally.count(duplicates=1)
                    continue
                if reading.at < before[0]:
                    self.tally.count(late=1)
                    yield reading
                    continue
            elif reading.at > latest:
                at = clock.to_text(reading.at)
                self.tally.refuse(DataError("feeds.from-the-future", id=reading.id, at=at), _sample(reading))
                continue
            self._last[key] = (reading.at, reading.value)
            yield reading


@dataclass(slots=True)
class _Writing:
    """What runs within the transaction."""

    readings: list[Reading]
    things: dict[str, Document]
    unplaced: frozenset[tuple[str, str]]

    def __call__(self, tx: Tx) -> None:
        if self.unplaced:
            self._make_places(tx)
        for reading in self.readings:
            tx.observe(reading.id, reading.attribute, reading.value, reading.at, unit=reading.unit)

    def _make_places(self, tx: Tx) -> None:
        first: dict[str, dict[str, Reading]] = {}
        for reading in self.readings:
            if (reading.id, reading.attribute) in self.unplaced:
                first.setdefault(reading.id, {}).setdefault(reading.attribute, reading)
        made: list[Document] = []
        for id, by_attribute in first.items():
            document = tx.document(id) or self.things.get(id)
            if document is None:
                raise DataError("feeds.no-entity", id=id)
            lacking = {name: one for name, one in by_attribute.items() if not _has_place(document, name, one)}
            if lacking:
                made.append(document | {name: _place(document, name, one) for name, one in lacking.items()})
        for document in made:
            tx.put(document)


def _has_place(document: Document, attribute: str, reading: Reading) -> bool:
    there = instance_of(document, attribute)
    return there is not None and there.get("staleAfter") == _stale_after(reading)


def _place(document: Document, attribute: str, reading: Reading) -> Any:
    """The attribute with its first reading, or with the age from which on it is stale said anew."""
    there, stale = instance_of(document, attribute), _stale_after(reading)
    if there is None:
        told = clock.to_text(reading.at)
        made = property_(
            reading.value, unit=reading.unit, source=reading.rule.source, status=reading.rule.status, observed_at=told
        )
        new = made | ({"staleAfter": stale} if stale else {})
    else:
        new = {name: part for name, part in there.items() if name != "staleAfter"}
        new |= {"staleAfter": stale} if stale else {}
    found = document.get(attribute)
    if not isinstance(found, list):
        return new
    others = [one for one in found if one.get("datasetId") is not None]
    return [new, *others]


def _stale_after(reading: Reading) -> Any:
    seconds = reading.rule.stale_after_s
    return None if seconds is None else property_(round(seconds, 3), unit="SEC")


def _keys(readings: Iterable[Reading]) -> set[tuple[str, str]]:
    return {(reading.id, reading.attribute) for reading in readings}


def _sample(reading: Reading) -> str:
    return f"{reading.id} {reading.attribute} {reading.value!r} {clock.to_text(reading.at)}"
