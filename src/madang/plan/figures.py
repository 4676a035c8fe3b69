"""Live figures of a city: what a figure in a text stands for now, and what a paragraph was adopted with.

An indicator figure is pinned to a *run*: the run of its branch as it stands now where somebody has made it, else the
last recorded; "as of" a day means the last one recorded until that day. An entity figure is pinned to the transaction
that wrote the entity. Either has an address, so it can be explained and computed again.

A text is never edited silently. When a paragraph is saved, `pin_figures` writes beside it what each of its figures was
worth (`figures`); it is shown and printed with those values until somebody accepts the new ones by a change of their
own (`refreshed`). What became different since, `stale` finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from madang.documents import paper
from madang.entities.entity import Document, json_property, value_of
from madang.entities.query import Query, parse_types
from madang.errors import Language, MadangError, NotFoundError, both
from madang.indicators.address import Address
from madang.indicators.live import LiveFigure, figures_of, segments
from madang.indicators.quantity import NO_DATA, Quantity, format_quantity, format_value
from madang.indicators.stored import address_of, figure
from madang.models import runner
from madang.models.records import RUN_PREFIX, find_run, short_id
from madang.store import Store

Pair = dict[str, str]
State = Literal["live", "no-data", "no-run", "gone"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A live figure's worth: value, unit, band, status, period, address; `why` says what is the matter with one."""

    expression: str
    state: State
    value: Any = None
    unit: str | None = None
    address: str | None = None
    status: str | None = None
    period: Any = None
    band: Mapping[str, Any] | None = None
    run: str | None = None
    entity: str | None = None
    why: Pair | None = None

    def text(self, language: Language, hint: str | None = None) -> str:
        """The figure as people read it; one that is gone says so."""
        if self.state in ("gone", "no-run"):
            return (self.why or NO_DATA)[language]
        return written(self.value, self.unit, language, band=self.band if hint == "band" else None, exact=hint)

    def as_pin(self) -> dict[str, Any]:
        """The figure as a paragraph keeps it."""
        kept = {
            "expression": self.expression,
            "address": self.address,
            "value": self.value,
            "unit": self.unit,
            "status": self.status,
            "period": self.period,
            "band": dict(self.band) if self.band else None,
        }
        return {name: value for name, value in kept.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        """The figure for a page."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "text": {"ko": self.text("ko"), "en": self.text("en")},
        }


def written(
    value: Any, unit: str | None, language: Language, *, band: Mapping[str, Any] | None = None, exact: str | None = None
) -> str:
    """A value as people read it: numbers by their unit, words as they are, unknown as words."""
    if isinstance(value, Mapping):
        return str(value.get(language) or next(iter(value.values()), NO_DATA[language]))
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return NO_DATA[language] if value is None else str(value)
    if exact == "exact":
        won = unit == "KRW"
        return f"{value:,}원" if won and language == "ko" else f"{'KRW ' if won else ''}{value:,}"
    if band:
        quantity = Quantity(value, unit or "1", band.get("p05"), band.get("p50"), band.get("p95"))
        return format_quantity(quantity, language, band=True)
    return format_value(value, unit or "1", language)


@dataclass(eq=False)
class Resolver:
    """Finds what figures stand for, seen from one branch as it is now; asks the store for each source once."""

    store: Store
    branch: str = "main"
    _runs: dict[str, Document | None] = field(default_factory=dict)
    _last: dict[tuple[str, str], list[tuple[int, Any, str]]] = field(default_factory=dict)
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _entities: dict[str, Document | None] = field(default_factory=dict)

    def figure(self, asked: LiveFigure) -> Figure:
        """What one figure stands for."""
        if asked.kind == "indicator":
            return self._indicator(asked)
        if asked.kind == "entity":
            return self._entity(asked)
        return self._address(asked)

    def at_address(self, expression: str, address: str) -> Figure:
        """The number at an address."""
        where = Address.parse(address)
        if where.city != self._city:
            return _gone(expression, "figure-elsewhere", address=address)
        if where.run:
            return self._of_run(expression, where.run, where.attribute, address)
        try:
            done = self.store.transaction(int(where.transaction or 0))
            doc = self.store.view(done.branch, at=done.number).document(where.entity)
        except MadangError:
            doc = None
        if doc is None or value_of(doc, where.attribute, where.dataset_id) is None:
            return _gone(expression, "figure-gone", address=address)
        return self._stored(expression, doc, where.attribute, where.dataset_id, address=address)

    @cached_property
    def _city(self) -> str:
        return str(self.store.city.uuid)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.store.city.zone)

    def document(self, id: str) -> Document | None:
        """An entity as the branch has it."""
        if id not in self._entities:
            self._entities[id] = self.store.view(self.branch).document(id)
        return self._entities[id]

    # --- indicators --------------------------------------------------------------------------------------------------

    def _indicator(self, asked: LiveFigure) -> Figure:
        model, branch = asked.target.partition(".")[0], asked.branch or self.branch
        recorded = self._recorded(model, branch)
        if asked.as_of is not None:
            recorded = [one for one in recorded if one[1] <= asked.as_of]
        run = None if asked.as_of is not None else self._of_now(model, branch)
        run = run or (recorded[-1][2] if recorded else None)
        if run is None:
            facts = {"indicator": asked.target, "model": model, "branch": branch}
            if asked.as_of is not None:
                return _missing(asked, "figure-no-run-until", **facts, date=asked.stated)
            return _missing(asked, "figure-no-run", **facts)
        return self._of_run(asked.expression, run, asked.target, None)

    def _recorded(self, model: str, branch: str) -> list[tuple[int, Any, str]]:
        """(transaction, civil day, id) of the runs of a model on a branch, in the order they were recorded."""
        if (model, branch) not in self._last:
            view = self.store.view()
            found = []
            for doc in view.documents(Query(types=parse_types("ModelRun"))):
                if value_of(doc, "model") == model and value_of(doc, "branch") == branch:
                    self._runs[doc["id"]] = doc
                    version = view.version(doc["id"])
                    if version is not None:
                        day = version.created_at.astimezone(self._zone).date()
                        found.append((version.tx, day, str(doc["id"])))
            self._last[model, branch] = sorted(found)
        return self._last[model, branch]

    def _of_now(self, model: str, branch: str) -> str | None:
        if (model, branch) not in self._known:
            try:
                known = runner.known_run(self.store, model, branch=branch)
            except MadangError:  # an input is missing, the branch is gone: what was recorded still counts
                known = None
            self._known[model, branch] = known.id if known else None
        return self._known[model, branch]

    def run(self, run_id: str) -> Document | None:
        """The record of a run, or None when it is gone."""
        id = run_id if run_id.startswith("urn:") else RUN_PREFIX + run_id
        if id not in self._runs:
            try:
                self._runs[id] = find_run(self.store, run_id)
            except NotFoundError:
                self._runs[id] = None
        return self._runs[id]

    def _of_run(self, expression: str, run_id: str, indicator: str, address: str | None) -> Figure:
        doc = self.run(run_id)
        if doc is None:
            return _gone(expression, "figure-run-gone", run=run_id, address=address or "-")
        found = value_of(doc, "results")["indicators"].get(indicator)
        if found is None:
            known = ", ".join(value_of(doc, "results")["indicators"])
            return _gone(expression, "figure-not-in-run", run=short_id(doc["id"]), indicator=indicator, known=known)
        about = value_of(doc, "aboutCity") or doc["id"]
        band = {name: found.get(name) for name in ("p05", "p50", "p95", "n")}
        return Figure(
            expression,
            "live" if found["value"] is not None else "no-data",
            value=found["value"],
            unit=found["unit"],
            address=address or str(Address(self._city, f"run:{short_id(doc['id'])}", about, indicator)),
            status=found.get("status"),
            band=band if band["p05"] is not None else None,
            run=doc["id"],
            why=found.get("note"),
        )

    # --- entities ----------------------------------------------------------------------------------------------------

    def _entity(self, asked: LiveFigure) -> Figure:
        doc = self.document(asked.target)
        if doc is None:
            return _gone(asked.expression, "figure-entity-gone", entity=asked.target, branch=self.branch)
        assert asked.attribute is not None
        if value_of(doc, asked.attribute, asked.dataset_id) is None:
            why = both("plan.figure-no-attribute", entity=asked.target, attribute=asked.attribute)
            return Figure(asked.expression, "no-data", entity=asked.target, why=why)
        return self._stored(asked.expression, doc, asked.attribute, asked.dataset_id)

    def _address(self, asked: LiveFigure) -> Figure:
        return self.at_address(asked.expression, asked.target)

    def _stored(
        self, expression: str, doc: Document, attribute: str, dataset_id: str | None, *, address: str | None = None
    ) -> Figure:
        found = figure(self.store, doc, attribute, dataset_id=dataset_id, branch=self.branch) or {}
        value = found["value"]
        if isinstance(value, list) or (isinstance(value, dict) and not set(value) <= {"ko", "en"}):
            return _gone(expression, "figure-no-value", entity=doc["id"], attribute=attribute)
        return Figure(
            expression,
            "live",
            value=value,
            unit=found["unit"],
            address=address or found["address"],
            status=found["status"],
            period=found["period"],
            entity=doc["id"],
        )


def resolve(
    store: Store, text: str, *, branch: str = "main", language: Language = "ko", strict: bool = False
) -> list[str | Figure]:
    """A text with each live figure replaced by what it stands for now; `strict` refuses one that is gone."""
    resolver, found = Resolver(store, branch), list[str | Figure]()
    for one in segments(text):
        if isinstance(one, str):
            found.append(one)
            continue
        resolved = resolver.figure(one)
        if strict and resolved.state in ("gone", "no-run"):
            why = (resolved.why or NO_DATA)[language]
            raise NotFoundError("plan.figure-not-found", expression=one.expression, why=why)
        found.append(resolved)
    return found


# --- paragraphs ------------------------------------------------------------------------------------------------------


def pins_of(doc: Document) -> dict[str, dict[str, Any]]:
    """What a paragraph was adopted with, by expression."""
    found = value_of(doc, "figures")
    return {pin["expression"]: pin for pin in found} if isinstance(found, list) else {}


def asked_in(doc: Document) -> list[LiveFigure]:
    """The live figures of a paragraph's text, in all its languages, each once."""
    return figures_of(value_of(doc, "text"))


def pin_figures(doc: Document, *, store: Store, branch: str = "main", resolver: Resolver | None = None) -> Document:
    """The paragraph with what its figures stand for beside it; what was pinned before stays as it was.

    Raises CallerError where a figure is malformed. A figure that has no run yet is kept without a value.
    """
    asked = asked_in(doc)
    former = pins_of(store.view(branch).document(doc["id"]) or {"id": doc["id"], "type": "Paragraph"}) | pins_of(doc)
    resolver = resolver or Resolver(store, branch)
    pins = [
        pin if (pin := former.get(one.expression)) is not None and "address" in pin else resolver.figure(one).as_pin()
        for one in asked
    ]
    return _with_pins(doc, pins)


def refreshed(doc: Document, *, store: Store, branch: str) -> Document:
    """The paragraph with its figures as they are now; an address in its text becomes that of the present value."""
    resolver, text = Resolver(store, branch), value_of(doc, "text")
    moved = {
        one.written: new
        for one in asked_in(doc)
        if one.kind == "address" and (new := _address_now(resolver, one)) is not None
    }
    if moved and isinstance(text, Mapping):
        doc = {
            **doc,
            "text": {**doc["text"], "languageMap": {lang: _moved(said, moved) for lang, said in text.items()}},
        }
    elif moved and isinstance(text, str):
        doc = {**doc, "text": {**doc["text"], "value": _moved(text, moved)}}
    return _with_pins(doc, [resolver.figure(one).as_pin() for one in asked_in(doc)])


def inlines(doc: Document, language: Language, *, resolver: Resolver | None = None) -> list[paper.Inline]:
    """A paragraph for paper: words, and figures as it was adopted with them; one without a pin is resolved now."""
    text = value_of(doc, "text")
    said = text.get(language) or next(iter(text.values()), "") if isinstance(text, Mapping) else str(text or "")
    pins = pins_of(doc)
    return list(_inlines(said, pins, language, resolver))


def _inlines(
    text: str, pins: Mapping[str, Mapping[str, Any]], language: Language, resolver: Resolver | None
) -> Iterator[paper.Inline]:
    for one in segments(text):
        if isinstance(one, str):
            yield one
            continue
        pin: Mapping[str, Any] | None = pins.get(one.expression)
        if pin is None and resolver is not None:
            pin = resolver.figure(one).as_pin()
        pin = pin or {}
        value, unit = pin.get("value"), pin.get("unit")
        band = pin.get("band") if one.hint == "band" else None
        shown = written(value, unit, language, band=band, exact=one.hint)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        yield paper.Figure(shown, number, unit, pin.get("address"), pin.get("status"))


def _with_pins(doc: Document, pins: Sequence[Mapping[str, Any]]) -> Document:
    made = {name: said for name, said in doc.items() if name != "figures"}
    return made | ({"figures": json_property([dict(pin) for pin in pins])} if pins else {})


def _address_now(resolver: Resolver, asked: LiveFigure) -> LiveFigure | None:
    """A figure at a transaction's address, moved to where the same value stands now."""
    where = Address.parse(asked.target)
    doc = resolver.document(where.entity) if where.transaction is not None else None
    if doc is None or value_of(doc, where.attribute, where.dataset_id) is None:
        return None
    now = address_of(
        resolver.store,
        where.entity,
        where.attribute,
        dataset_id=where.dataset_id,
        valid=where.valid,
        branch=resolver.branch,
    )
    return LiveFigure("address", now, hint=asked.hint) if now and now != asked.target else None


def _moved(text: str, moved: Mapping[str, LiveFigure]) -> str:
    return "".join(one if isinstance(one, str) else moved.get(one.written, one).written for one in segments(text))


def _gone(expression: str, what: str, **facts: Any) -> Figure:
    return Figure(expression, "gone", why=both(f"plan.{what}", **facts))


def _missing(asked: LiveFigure, what: str, **facts: Any) -> Figure:
    return Figure(asked.expression, "no-run", why=both(f"plan.{what}", **facts))
