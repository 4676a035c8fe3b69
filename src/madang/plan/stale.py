"""Which sections need to be brought up to date (갱신 필요): figures whose source is no longer what it was.

A paragraph keeps what its figures were worth when it was adopted. A follower of a branch knows from which source each
of them comes, reads what the store says has changed since it last looked, and looks again at those figures only: the
cost follows what changed, not how many figures the plan has. What comes from a run is looked at once a run: it is out
of date when the inputs it was computed from are not what the branch has now; the new number is named when somebody has
run the model again. A figure "as of" a day, or at an address, is a quotation: it can only go, or be corrected.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakKeyDictionary

from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.errors import MadangError, both
from madang.indicators.address import Address
from madang.indicators.live import LiveFigure
from madang.models import registry, runner
from madang.models.inputs import read_inputs
from madang.models.records import RUN_PREFIX
from madang.plan.figures import Figure, Resolver, asked_in, pins_of
from madang.store import Store
from madang.store.names import types_in

Pair = dict[str, str]
Key = tuple[str, str]  # paragraph, expression


@dataclass(frozen=True, slots=True)
class StaleFigure:
    """A figure that is not what it was: where it stands, what it was and is now, why, and which transaction did it."""

    section: str | None
    paragraph: str
    expression: str
    address: str | None
    was: Any
    now: Any
    unit: str | None
    why: Pair
    cause: int | None
    new_address: str | None

    def as_json(self) -> dict[str, Any]:
        """The figure for a page."""
        return asdict(self)


def stale_sections(store: Store, branch: str = "main") -> list[StaleFigure]:
    """Every figure of a branch's paragraphs that is out of date, by section and paragraph."""
    with _TURN:
        follower = _FOLLOWERS.setdefault(store, {}).setdefault(branch, Follower(branch))
    return follower.follow(store)


class Follower:
    """Follows the figures of one branch from transaction to transaction."""

    def __init__(self, branch: str) -> None:
        self._branch = branch
        self._cursor: int | None = None
        self._figures: dict[Key, tuple[LiveFigure, Mapping[str, Any], str | None]] = {}
        self._of_paragraph: dict[str, list[Key]] = {}
        self._by_source: dict[str, set[Key]] = {}
        self._by_type: dict[str, set[str]] = {}  # a type that models read -> runs that read it
        self._waiting = set[Key]()  # figures that had no run when their paragraph was saved
        self._stale: dict[Key, StaleFigure] = {}
        self._turn = threading.Lock()

    def follow(self, store: Store) -> list[StaleFigure]:
        """Look at what has changed since the last look, and give what is out of date now."""
        with self._turn:
            return self._follow(store)

    def _follow(self, store: Store) -> list[StaleFigure]:
        upto = store.data_version()
        if self._cursor is None or upto < self._cursor:
            self._all(store)
        elif upto > self._cursor:
            self._changed(store, self._cursor, upto)
        self._cursor = upto
        return sorted(self._stale.values(), key=lambda one: (one.section or "", one.paragraph, one.expression))

    def _all(self, store: Store) -> None:
        for found in (self._figures, self._of_paragraph, self._by_source, self._by_type, self._waiting, self._stale):
            found.clear()
        view = store.view(self._branch)
        for doc in view.documents(Query(types=parse_types("Paragraph"))):
            self._take(doc)
        self._look(_Look(store, self._branch), self._figures, {})

    def _changed(self, store: Store, since: int, upto: int) -> None:
        keys, causes = set[Key](), dict[str, int]()
        paragraphs, runs = set[str](), set[str]()
        for change in store.changes(since):
            if change.tx > upto:
                break
            causes[change.id] = change.tx
            types = types_in(change.type)
            if "Paragraph" in types:
                paragraphs.add(change.id)
            keys |= self._by_source.get(change.id, set())
            for type in types:
                for run in self._by_type.get(type, ()):
                    causes[run] = change.tx
                    runs.add(run)
            if "ModelRun" in types:  # perhaps the new number of what is out of date
                runs |= {run for run in self._runs() if any(key in self._stale for key in self._by_source[run])}
                keys |= self._waiting
        view = store.view(self._branch)
        for id in paragraphs:
            self._forget(id)
            if (doc := view.document(id)) is not None:
                keys |= set(self._take(doc))
        for run in runs:
            keys |= self._by_source.get(run, set())
        self._look(_Look(store, self._branch), keys & self._figures.keys(), causes)

    def _runs(self) -> set[str]:
        return {run for runs in self._by_type.values() for run in runs}

    def _take(self, doc: Document) -> list[Key]:
        pins = pins_of(doc)
        keys = []
        for asked in asked_in(doc) if pins else ():
            pin = pins.get(asked.expression)
            if pin is None:
                continue
            key = (str(doc["id"]), asked.expression)
            self._figures[key] = (asked, pin, value_of(doc, "refSection"))
            keys.append(key)
            source = _source_of(asked, pin)
            if source is None:
                self._waiting.add(key)
            else:
                self._by_source.setdefault(source, set()).add(key)
                if asked.kind == "indicator" and not asked.is_quotation:
                    for type in _read_by(asked.target.partition(".")[0]):
                        self._by_type.setdefault(type, set()).add(source)
        self._of_paragraph[doc["id"]] = keys
        return keys

    def _forget(self, paragraph: str) -> None:
        for key in self._of_paragraph.pop(paragraph, ()):
            asked, pin, _ = self._figures.pop(key)
            self._stale.pop(key, None)
            self._waiting.discard(key)
            self._by_source.get(_source_of(asked, pin) or "", set()).discard(key)

    def _look(self, look: _Look, keys: Iterable[Key], causes: Mapping[str, int]) -> None:
        for key in keys:
            asked, pin, section = self._figures[key]
            found = look.at(asked, pin)
            if found is None:
                self._stale.pop(key, None)
                continue
            now, why = found
            source = _source_of(asked, pin) or ""
            former = self._stale.get(key)
            cause = causes.get(source) or (former.cause if former else look.cause(source))
            self._stale[key] = StaleFigure(
                section=section,
                paragraph=key[0],
                expression=asked.expression,
                address=pin.get("address"),
                was=pin.get("value"),
                now=now.value if now is not None else None,
                unit=pin.get("unit") or (now.unit if now is not None else None),
                why=why,
                cause=cause,
                new_address=now.address if now is not None else None,
            )


class _Look:
    """One look at some figures: what each source is now, asked for once."""

    def __init__(self, store: Store, branch: str) -> None:
        self._store, self._branch = store, branch
        self._resolver = Resolver(store, branch)
        self._verdicts: dict[str, tuple[str, runner.Run | None] | None] = {}

    def at(self, asked: LiveFigure, pin: Mapping[str, Any]) -> tuple[Figure | None, Pair] | None:
        """What a figure is now and why that is news, or None when it is as it was."""
        if "address" not in pin:
            now = self._resolver.figure(asked)
            return (now, both("plan.figure-source-changed")) if now.value is not None else None
        if asked.kind == "entity":
            return self._news(pin, self._resolver.figure(asked))
        there = self._resolver.at_address(asked.expression, pin["address"])
        if there.state == "gone":
            return there, there.why or both("plan.figure-source-changed")
        if asked.kind == "address":
            where = Address.parse(pin["address"])
            if where.run:
                return None
            entity = LiveFigure("entity", where.entity, where.attribute, where.dataset_id)
            return self._news(pin, self._resolver.figure(entity))
        return None if asked.is_quotation else self._of_run(asked, pin, str(there.run))

    def cause(self, source: str) -> int | None:
        """The transaction that last touched an entity."""
        version = self._store.view(self._branch).version(source)
        return version.tx if version is not None else None

    def _news(self, pin: Mapping[str, Any], now: Figure) -> tuple[Figure, Pair] | None:
        if now.state == "gone" or now.value is None:
            return now, now.why or both("plan.figure-source-changed")
        same = now.value == pin.get("value") and now.unit == pin.get("unit")
        return None if same else (now, both("plan.figure-source-changed"))

    def _of_run(self, asked: LiveFigure, pin: Mapping[str, Any], run: str) -> tuple[Figure | None, Pair] | None:
        if (key := f"{run} {asked.branch}") not in self._verdicts:
            self._verdicts[key] = self._verdict(run, asked.branch)
        verdict = self._verdicts[key]
        if verdict is None:
            return None
        what, again = verdict
        if again is None:
            return None, both("plan.figure-inputs-changed", what=what)
        figure = next((one for one in again.indicators if one.id == asked.target), None)
        if figure is None or figure.quantity.value == pin.get("value"):
            return None
        quantity = figure.quantity
        now = Figure(asked.expression, "live", quantity.value, quantity.unit, figure.address, quantity.status)
        return now, both("plan.figure-inputs-changed-known", what=what)

    def _verdict(self, run: str, branch: str | None) -> tuple[str, runner.Run | None] | None:
        """Which inputs of a run are not what they were, and the run that was made since; None when all are."""
        doc = self._resolver.run(run)
        if doc is None or value_of(doc, "model") not in registry.models():
            return None
        model, on = registry.model(value_of(doc, "model")), branch or self._branch
        try:
            if on != "main" and self._store.branch(on).state != "open":
                return None  # what a closed branch says does not move any more
            now = read_inputs(self._store.view(on), model.spec, self._store.blob)
            again = runner.known_run(self._store, model.spec.id, branch=on)
        except MadangError:
            return None
        pinned = value_of(doc, "inputs")
        ports = sorted(
            port
            for port in pinned.keys() | now.keys()
            if (pinned[port]["sha256"] if port in pinned else None) != (now[port].sha256 if port in now else None)
        )
        return (", ".join(ports), again) if ports else None


def _source_of(asked: LiveFigure, pin: Mapping[str, Any]) -> str | None:
    """The entity a figure hangs on: its run, or the entity itself."""
    if "address" not in pin:
        return asked.target if asked.kind == "entity" else None
    if asked.kind == "entity":
        return asked.target
    where = Address.parse(pin["address"])
    return RUN_PREFIX + where.run if where.run else where.entity


def _read_by(model: str) -> list[str]:
    """The types that a model reads."""
    if model not in registry.models():
        return []
    return [port.entity for port in registry.model(model).spec.inputs]


_TURN = threading.Lock()
_FOLLOWERS: WeakKeyDictionary[Store, dict[str, Follower]] = WeakKeyDictionary()
