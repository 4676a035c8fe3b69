"""The board: alternatives beside each other, indicator by indicator, 현행 always among them.

Every cell has its value, its band, and the band of its *difference* from 현행: member by member, both drawn with the
same numbers, so a variant that changes nothing differs by exactly zero. What a slow model has not answered yet is
listed as waiting with what to run; what fails is listed with its reason; an unknown stays unknown with its note.
Nothing is left out unsaid. No moment of time stands on a board: the same question gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from madang.errors import CallerError, MadangError, Pair, both
from madang.indicators.catalogue import catalogue
from madang.indicators.quantity import Quantity, rounded
from madang.lab import answers
from madang.lab.alternatives import MAIN, Alternative, read_alternatives, refuse_unknown
from madang.lab.answers import Answer
from madang.lab.catalogue_view import Entry, breakdowns, entry_of
from madang.lab.equity import Equity, equity, places_of
from madang.models import registry, runner
from madang.models.base import Floats
from madang.models.canonical import json_bytes
from madang.models.ensemble import in_reading_order, quantiles
from madang.store import Store

BY_PLACE = ("district", "group")


@dataclass(frozen=True, slots=True)
class Difference:
    """An alternative minus 현행: the central answers' difference and its band over the members of both."""

    value: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    share: float | None
    better_in: float | None

    def as_json(self) -> dict[str, Any]:
        """The difference as plain JSON values."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"betterIn": found.pop("better_in")}


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator of one alternative."""

    alternative: str
    state: str
    quantity: Quantity | None
    difference: Difference | None
    run: str | None
    address: str | None

    def as_json(self) -> dict[str, Any]:
        """The cell as plain JSON values."""
        q = self.quantity
        return {
            "alternative": self.alternative,
            "state": self.state,
            **{name: None if q is None else getattr(q, name) for name in ("value", "p05", "p50", "p95", "n")},
            "difference": None if self.difference is None else self.difference.as_json(),
            "status": None if q is None else q.status,
            "note": None if q is None else q.note,
            "run": self.run,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator over all alternatives, in their order."""

    entry: Entry
    cells: tuple[Cell, ...]

    @property
    def id(self) -> str:
        """The indicator's id."""
        return self.entry.indicator.id

    def cell(self, alternative: str) -> Cell:
        """The cell of an alternative."""
        return next(one for one in self.cells if one.alternative == alternative)

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return self.entry.as_json() | {"cells": [one.as_json() for one in self.cells]}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a slow model has not answered for an alternative, and how it is asked."""

    alternative: str
    model: str
    why: Pair
    how: str

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        title = dict(registry.model(self.model).spec.title)
        return {**{name: getattr(self, name) for name in self.__slots__}, "title": title}


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a model can't answer for an alternative."""

    alternative: str
    model: str
    code: str
    message: Pair

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        title = dict(registry.model(self.model).spec.title)
        return {**{name: getattr(self, name) for name in self.__slots__}, "title": title}


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Alternatives by indicators; `draws` are the members behind the bands, by indicator and alternative."""

    city: str
    against: str
    seed: int
    alternatives: tuple[Alternative, ...]
    rows: tuple[Row, ...]
    tables: tuple[Mapping[str, Any], ...]
    equities: Mapping[str, Mapping[str, Equity]]
    waiting: tuple[Waiting, ...]
    failed: tuple[Failed, ...]
    notes: tuple[Pair, ...]
    warnings: tuple[Pair, ...]
    draws: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)

    def row(self, id: str) -> Row:
        """One indicator; an unknown one is refused with those there are."""
        for one in self.rows:
            if one.id == id:
                return one
        raise CallerError(
            "clusters.indicator-unknown", indicator=id, known=", ".join(one.id for one in self.rows)[:300] or "-"
        )

    def alternative(self, id: str) -> Alternative:
        """One alternative."""
        for one in self.alternatives:
            if one.id == id:
                return one
        raise CallerError("lab.alternative-unknown", id=id, known=", ".join(one.id for one in self.alternatives))

    def as_json(self) -> dict[str, Any]:
        """The board as plain JSON values, in a fixed order."""
        return {
            "city": self.city,
            "against": self.against,
            "seed": self.seed,
            "method": both("lab.method-board"),
            "alternatives": [one.as_json(baseline=self.against) for one in self.alternatives],
            "rows": [one.as_json() for one in self.rows],
            "tables": [dict(one) for one in self.tables],
            "equity": self._equity_json(),
            "waiting": [one.as_json() for one in self.waiting],
            "failed": [one.as_json() for one in self.failed],
            "notes": [dict(one) for one in self.notes],
            "warnings": [dict(one) for one in self.warnings],
        }

    def as_bytes(self) -> bytes:
        """The board in canonical JSON; equal questions give equal bytes."""
        return json_bytes(self.as_json())

    def _equity_json(self) -> list[dict[str, Any]]:
        found = []
        for table in self.tables:
            if (cells := self.equities.get(table["id"])) is None:
                continue
            known = {name: table[name] for name in ("indicator", "by", "label", "unit", "direction")}
            found.append(known | {"cells": {name: one.as_json() for name, one in cells.items()}})
        return found


def make_board(
    store: Store,
    alternatives: Sequence[Any],
    *,
    against: Any = MAIN,
    models: Sequence[str] | None = None,
    seed: int = 0,
    slow: bool = False,
    record_as: str | None = None,
) -> Board:
    """The board of alternatives; `slow` computes what would wait, `record_as` records the runs of plain branches."""
    read = read_alternatives(store, alternatives, against=against)
    _refuse_levers(store, read)
    chosen = list(models) if models is not None else answers.chosen_models(store, read, seed)
    waiting: list[Waiting] = []
    failed: list[Failed] = []
    absent: list[Pair] = []
    found: dict[str, dict[str, Answer]] = {}
    for model in chosen:
        registry.model(model)  # an unknown one is refused by name
        for one in read:
            try:
                said = _answer(store, model, one, seed=seed, slow=slow, record_as=record_as)
            except MadangError as error:
                if not runner.has_subject(store, model, branch=one.branch):
                    absent.append(both("lab.no-subject", model=dict(registry.model(model).spec.title), where=one.title))
                    continue
                pair = {"ko": error.message("ko"), "en": error.message("en")}
                failed.append(Failed(one.id, model, error.code, pair))
                continue
            if said is None:
                waiting.append(_waits(store, model, one, seed))
            else:
                found.setdefault(model, {})[one.id] = said
    baseline, city = read[0].id, str(store.city.uuid)
    late = {(one.model, one.alternative): "waiting" for one in waiting}
    late |= {(one.model, one.alternative): "failed" for one in failed}
    rows = [row for model in chosen for row in _rows(model, found.get(model, {}), read, baseline, city, late)]
    tables = _tables(found)
    said_all = [answer for of in found.values() for answer in of.values()]
    return Board(
        store.city.id,
        baseline,
        seed,
        read,
        tuple(rows),
        tuple(tables),
        _equities(tables, [one.id for one in read], baseline),
        tuple(waiting),
        tuple(failed),
        _once([*absent, *(note for one in said_all for note in one.notes)]),
        _once(warning for one in said_all for warning in one.warnings),
        {
            row.id: {name: one.draws[row.id] for name, one in found[model].items() if row.id in one.draws}
            for model in found
            for row in rows
            if row.entry.model == model
        },
    )


def _answer(
    store: Store, model: str, one: Alternative, *, seed: int, slow: bool, record_as: str | None
) -> Answer | None:
    question = answers.ask(store, model, one, seed=seed)
    said = answers.recorded(store, question)
    if said is not None:
        return said
    if record_as is not None and not one.is_variant and (slow or question.model.spec.quick):
        runner.run(store, model, branch=one.branch, seed=seed, actor=record_as)
        return answers.recorded(store, question)
    return answers.answer(store, question, slow=slow)


def _refuse_levers(store: Store, alternatives: Sequence[Alternative]) -> None:
    for one in alternatives:
        if not one.levers:
            continue
        known: list[str] = []
        for id in registry.models():
            try:
                known += answers.read(store, registry.model(id), one.branch).levers
            except MadangError:
                continue  # it can't read the branch, so nothing of it can be turned; the board says why
        refuse_unknown(one.levers, known)


def _waits(store: Store, model: str, one: Alternative, seed: int) -> Waiting:
    turned = "".join(f" --param '{name}={value:g}'" for name, value in one.levers.items())
    how = f"madang run {store.path.name} {model} --branch {one.branch}{turned}" + (f" --seed {seed}" if seed else "")
    return Waiting(one.id, model, both("lab.waits", model=dict(registry.model(model).spec.title)), how)


def _rows(
    model: str,
    of: Mapping[str, Answer],
    alternatives: Sequence[Alternative],
    baseline: str,
    city: str,
    late: Mapping[tuple[str, str], str],
) -> list[Row]:
    outputs = dict.fromkeys(
        [*registry.model(model).spec.outputs, *(id for said in of.values() for id in said.quantities)]
    )
    kinds: dict[str, set[str]] = {}
    for said in of.values():
        for id, by in breakdowns(said.tables).items():
            kinds.setdefault(id, set()).update(by)
    rows = []
    for id in in_reading_order(outputs):
        unit = next((said.quantities[id].unit for said in of.values() if id in said.quantities), "")
        cells = tuple(
            _cell(id, one.id, of.get(one.id), of.get(baseline), baseline, city, late.get((model, one.id), "unknown"))
            for one in alternatives
        )
        rows.append(Row(entry_of(id, model, unit=unit, by=kinds.get(id, ())), cells))
    return rows


def _cell(
    id: str, name: str, said: Answer | None, main: Answer | None, baseline: str, city: str, otherwise: str
) -> Cell:
    quantity = None if said is None else said.quantities.get(id)
    if said is None or quantity is None:
        return Cell(name, otherwise, None, None, None, None)
    state = "unknown" if quantity.value is None else "known" if said.run else "computed"
    difference = None if name == baseline or main is None else _difference(id, said, main)
    return Cell(name, state, quantity, difference, said.run, said.address(city, id))


def _difference(id: str, said: Answer, main: Answer) -> Difference | None:
    now, then = said.quantities.get(id), main.quantities.get(id)
    if now is None or then is None or now.value is None or then.value is None:
        return None
    by = rounded(now.value - then.value, now.unit)
    share = rounded(by / abs(then.value), "1") if by is not None and then.value else None
    draws = [one.draws.get(id) for one in (said, main)]
    if draws[0] is None or draws[1] is None or draws[0].shape != draws[1].shape:
        return Difference(by, None, None, None, share, None)
    members = draws[0] - draws[1]
    direction = catalogue()[id].direction if id in catalogue() else None
    better = None
    if direction is not None and not np.isnan(members).any():
        better = round(float((members > 0 if direction == "higher" else members < 0).mean()), 6)
    return Difference(by, *quantiles(members, now.unit), share, better)


def _tables(found: Mapping[str, Mapping[str, Answer]]) -> list[dict[str, Any]]:
    """Every breakdown of every indicator, the alternatives' rows beside each other."""
    tables: dict[str, dict[str, Any]] = {}
    for model, of in found.items():
        for name, said in of.items():
            for table, rows in said.tables.items():
                kind, _, id = table.partition(":")
                if table not in tables:
                    entry = entry_of(id, model).indicator if id in said.quantities else None
                    unit = said.quantities[id].unit if id in said.quantities else ""
                    tables[table] = {
                        "id": table,
                        "model": model,
                        "by": kind.removeprefix("by-") if id and kind.startswith("by-") else None,
                        "indicator": id or None,
                        "label": dict(entry.label) if entry else {"ko": table, "en": table},
                        "unit": unit,
                        "direction": entry.direction if entry else None,
                        "rows": {},
                    }
                tables[table]["rows"][name] = rows
    return list(tables.values())


def _equities(tables: Sequence[Mapping[str, Any]], order: Sequence[str], baseline: str) -> dict[str, dict[str, Equity]]:
    found: dict[str, dict[str, Equity]] = {}
    for table in tables:
        if table["by"] not in BY_PLACE:
            continue
        places = {name: places_of(rows) for name, rows in table["rows"].items()}
        before = places.get(baseline)
        found[table["id"]] = {
            name: equity(places[name], direction=table["direction"], before=None if name == baseline else before)
            for name in order
            if name in places
        }
    return found


def _once(labels: Any) -> tuple[Pair, ...]:
    found: list[Pair] = []
    for label in labels:
        if label not in found:
            found.append(dict(label))
    return tuple(found)
