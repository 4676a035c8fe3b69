"""Scoring (이행점검): a promise held against what came, and the miss split into what caused it.

The same version of the same model is run again on the inputs that were pinned when the promise was made, with groups of
them replaced by what is known of them now (`actuals`), and the miss is split over those groups (`splitting`). A
promised *difference* (a branch against main) is computed as one: what both had alike is replaced on both sides, the
policy itself on its own side.

Where that cannot be done (the number had no run, the model's version is not here, the run does not give the promised
number again, an input can't be read) the score says so with the reason, and splits nothing.

A score is a function of promise, outcome and changed inputs: the same again is the same record, and another outcome or
other inputs make another score beside it. The changed inputs are kept as a blob, so a score can be computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any

from madang.dates import Period, period
from madang.entities.entity import (
    Document,
    Instance,
    instance_of,
    json_property,
    property_,
    provenance_of,
    relationship,
    urn,
    value_of,
)
from madang.errors import MadangError, ModelError
from madang.indicators.address import Address
from madang.indicators.catalogue import catalogue
from madang.models import registry
from madang.models.base import Model
from madang.models.canonical import json_bytes, sha256
from madang.models.ensemble import Parameters, compute, parameters
from madang.models.inputs import Pinned, pinned_again, read_inputs, with_levers
from madang.models.records import find_run
from madang.models.verification import TOLERANCE
from madang.plan.actuals import GROUPS, InputChange, applied, changed_inputs, registers_of, shared
from madang.plan.realised import realised
from madang.plan.splitting import MODEL_ERROR, Number, miss_of, split
from madang.store import Store

AUTHORITY = "madang"
SHOWN_CHANGES = 50  # on the record; all of them are in its blob
KEY_LENGTH = 24

Parts = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Scored:
    """A score before it is kept: the record, the changed inputs as bytes, and the pinned files they name."""

    document: Document
    changes: bytes
    blobs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Forecast:
    """The recorded run of a forecast, ready to be computed again with other inputs."""

    model: Model
    chosen: Parameters
    seed: int
    pinned: Mapping[str, Pinned]
    indicator: str

    def value(self, changes: Sequence[InputChange], now: Mapping[str, Pinned], told: Mapping[str, Any]) -> Number:
        """What the model gives with these changes made; `told` are parameters that are known by now."""
        chosen = self.chosen
        if told:
            chosen = replace(chosen, values={**chosen.values, **told})
        done = compute(self.model, applied(self.pinned, changes, now), chosen, seed=self.seed, members=0)
        found = done.result["indicators"][self.indicator]["value"]
        if found is None:
            raise ModelError("plan.split-no-value", indicator=self.indicator, model=self.model.spec.id)
        return found  # type: ignore[no-any-return]


def score(store: Store, promise: Document, outcome: Document, *, params: Mapping[str, Any] | None = None) -> Scored:
    """One promise against one outcome; reads, computes, and writes nothing.

    `params` are parameters of the model that are known by now, such as the share of pledges that was carried out.
    """
    promised, actual = promised_number(promise), value_of(outcome, "value")
    assert promised is not None  # who asks has seen to it
    changes: list[InputChange] = []
    blobs: list[bytes] = []
    explained, parts, why = None, None, None
    try:
        one = _Split(store, promise, params or {})
        changes, blobs = one.changes, one.new_files()
        parts = one.split(promised, actual)
        explained = one.worth(frozenset(one.groups))
    except MadangError as error:
        why = {"ko": error.message("ko"), "en": error.message("en"), "code": error.code}
    data = json_bytes({"changes": [change.as_json() for change in changes], "parameters": dict(params or {})})
    made = _document(promise, outcome, promised, actual, parts, explained, why, changes, data)
    return Scored(made, data, tuple(blobs))


class _Split:
    """One promise computed again with groups of its inputs replaced; remembers what it has computed."""

    def __init__(self, store: Store, promise: Document, params: Mapping[str, Any]) -> None:
        self._mine = _forecast(store, promise, value_of(promise, "refRun"))
        against = value_of(promise, "againstAddress")
        self._other = _forecast(store, promise, Address.parse(against).run) if against else None
        view = store.view()
        self._now = read_inputs(view, self._mine.model.spec, store.blob)
        register = registers_of(view, realised(view, due=_last_day(promise)))
        self.changes = changed_inputs(self._mine.model.spec, self._mine.pinned, self._now, register=register)
        self._told = dict(parameters(self._mine.model.spec, params).values) if params else {}
        self._told = {name: self._told[name] for name in params if self._told[name] != self._mine.chosen.values[name]}
        self._known: dict[frozenset[str], Number] = {}

    @property
    def groups(self) -> list[str]:
        """The groups in which something changed, in their order."""
        changed = {change.group for change in self.changes} | ({"assumption"} if self._told else set())
        return [group for group in GROUPS if group in changed]

    def worth(self, members: frozenset[str]) -> Number:
        """What the model gives when these groups have their actual values."""
        if members not in self._known:
            made = [change for change in self.changes if change.group in members]
            told = self._told if "assumption" in members else {}
            mine: Number = self._mine.value(made, self._now, told)
            if self._other is not None:
                alike = shared(made, self._mine.pinned, self._other.pinned)
                mine = miss_of(self._other.value(alike, self._now, told), mine)
            self._known[members] = mine
        return self._known[members]

    def split(self, promised: Number, actual: Number) -> Parts:
        """The parts of the miss; refuses where the run does not give the promised number again."""
        again = self.worth(frozenset())
        if not isclose(again, promised, rel_tol=TOLERANCE, abs_tol=2.0 if isinstance(promised, int) else 0.0):
            raise ModelError("plan.split-other-number", promised=promised, found=again)
        found = split(promised, actual, self.groups, self.worth)
        return {group: found.get(group, 0) for group in (*GROUPS, MODEL_ERROR)}

    def new_files(self) -> list[bytes]:
        """The files that took the place of others: kept with the score, so that it can be computed again."""
        return [self._now[c.port].data for c in self.changes if c.entity == "*" and c.port in self._now]


def _forecast(store: Store, promise: Document, run_id: str | None) -> _Forecast:
    if not run_id:
        raise ModelError("plan.split-no-run")
    doc = find_run(store, run_id)
    model_id, version = str(value_of(doc, "model")), str(value_of(doc, "modelVersion"))
    if model_id not in registry.models():
        raise ModelError("plan.split-no-model", model=model_id, version=version)
    model = registry.model(model_id)
    if model.spec.version != version:
        raise ModelError("plan.split-other-version", model=model_id, then=version, now=model.spec.version)
    chosen = Parameters.from_json(value_of(doc, "parameters"))
    pinned = with_levers(pinned_again(value_of(doc, "inputs"), store.blob), model.spec, chosen.levers)
    return _Forecast(model, chosen, int(value_of(doc, "seed")), pinned, str(value_of(promise, "indicator")))


# --- the record ------------------------------------------------------------------------------------------------------


def _document(
    promise: Document,
    outcome: Document,
    promised: Number,
    actual: Number,
    parts: Parts | None,
    explained: Number | None,
    why: Mapping[str, str] | None,
    changes: Sequence[InputChange],
    data: bytes,
) -> Document:
    unit = unit_of(promise)
    made: Document = {
        "type": "Score",
        "refPromise": relationship(promise["id"]),
        "refOutcome": relationship(outcome["id"]),
        "indicator": promise.get("indicator"),
        "promised": _number(promised, unit, promise),
        "actual": _number(actual, unit, outcome),
        "miss": property_(miss_of(promised, actual), unit=unit),
        "period": outcome.get("period"),
        "verdict": property_(verdict(promise, actual)),
        "refRun": promise.get("refRun"),
        "refCity": promise.get("refCity"),
        "changedInputsHash": property_(sha256(data)),
    }
    if changes:
        made["changedInputs"] = json_property([change.as_json() for change in changes[:SHOWN_CHANGES]])
    if parts is not None:
        made["parts"] = json_property(dict(parts))
        made["explained"] = property_(explained, unit=unit)
    if why is not None:
        made["notSplit"] = json_property(dict(why))
    made = {name: said for name, said in made.items() if said is not None}
    return {"id": urn("Score", AUTHORITY, sha256(json_bytes(made))[:KEY_LENGTH])} | made


def _number(value: Number, unit: str | None, of: Document) -> Instance:
    return property_(value, unit=unit, status=provenance_of(of, "value").status)


def promised_number(promise: Document) -> Number | None:
    """The number of a promise: its value, or the amount that an announcement names; None where it has none."""
    for name in ("value", "amount"):
        found = value_of(promise, name)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return found
    return None


def unit_of(promise: Document) -> str | None:
    """The unit of a promise's number."""
    name = "value" if value_of(promise, "value") is not None else "amount"
    found = (instance_of(promise, name) or {}).get("unitCode")
    return str(found) if found else None


def verdict(promise: Document, actual: Number) -> str:
    """Whether the promised number was reached: "kept", "missed", or "measured" where neither way is better."""
    promised, better = promised_number(promise), direction(promise)
    if better is None or promised is None:
        return "kept" if actual == promised else "measured"
    return "kept" if (actual >= promised if better == "higher" else actual <= promised) else "missed"


def direction(promise: Document) -> str | None:
    """Which way is better: as the promise says, else as the catalogue of indicators has it."""
    said = value_of(promise, "better")
    if said in ("higher", "lower"):
        return str(said)
    if value_of(promise, "kind") == "investment":
        return "higher"
    known = catalogue().get(str(value_of(promise, "indicator")))
    return known.direction if known else None


def _last_day(promise: Document) -> Any:
    due = due_of(promise)
    return due.last if due else None


def due_of(promise: Document) -> Period | None:
    """The period in which a promise is due; None where it says none."""
    try:
        return period(str(value_of(promise, "due")))
    except ValueError:
        return None
