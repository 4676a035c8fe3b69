"""How good each model is, in one form: scored against a naive guess where data allow, else why it is not.

A model says it itself, by a function `goodness` of the module `goodness` beside it (a plugin's model may have a method
of that name). Of `clusters` the backtest over all districts says it. Kept once computed: no city changes it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from madang.errors import CallerError, Language, MadangError, Pair, both
from madang.indicators.quantity import format_number, format_value
from madang.lab.backtest import NAIVE_OF, backtest
from madang.models import registry
from madang.models.base import models_own_code

EXACT = 1e-9  # what is nearer than this is equal: the last digits of a float differ between machines


@dataclass(frozen=True, slots=True)
class Held:
    """One figure of a model held against something: a naive guess, or what theory or a published case gives."""

    label: Pair
    value: float | None
    naive: float | None
    theory: float | None
    unit: str

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def shown(self, name: str, language: Language = "en") -> str:
        """One of its numbers as people read it; a dash where there is none."""
        number = getattr(self, name)
        if number is None:
            return "-"
        if abs(number) < EXACT:
            return "0"
        return format_number(number) if self.unit == "1" else format_value(number, self.unit, language)


@dataclass(frozen=True, slots=True)
class Goodness:
    """What is known of a model's goodness: whether it is scored out of sample, in words, and row by row."""

    model: str
    title: Pair
    scored: bool
    sentence: Pair
    rows: tuple[Held, ...]

    def as_json(self) -> dict[str, Any]:
        """The goodness as a card shows it."""
        return {
            "model": self.model,
            "scored": self.scored,
            "sentence": dict(self.sentence),
            "rows": [one.as_json() for one in self.rows],
        }


def all_goodness() -> list[Goodness]:
    """The goodness of every model at hand, in their order."""
    return [goodness_of(id) for id in registry.models()]


@cache
def goodness_of(model: str) -> Goodness:
    """How good a model is; one whose author says nothing is said to be unchecked."""
    found = registry.model(model)
    title = dict(found.spec.title)
    say = _teller(found)
    if say is None:
        return Goodness(model, title, False, both("bundles.goodness-untold"), ())
    try:
        with models_own_code(model):
            told = say()
            rows = tuple(_held(one) for one in told["rows"])
            return Goodness(model, title, bool(told["scored"]), dict(told["sentence"]), rows)
    except MadangError as error:
        why: Pair = {"ko": error.message("ko"), "en": error.message("en")}
        return Goodness(model, title, False, why, ())


def _teller(model: Any) -> Callable[[], Mapping[str, Any]] | None:
    """What says how good a model is: its own method, the module beside it, or the backtest."""
    own = getattr(model, "goodness", None)
    if callable(own):
        return lambda: dict(own())
    beside = f"{type(model).__module__.rpartition('.')[0]}.goodness"
    if beside.startswith("madang.models.") and find_spec(beside) is not None:
        return lambda: dict(importlib.import_module(beside).goodness())
    return _from_backtest if model.spec.id == "clusters" else None


def _held(row: Mapping[str, Any]) -> Held:
    return Held(dict(row["label"]), row["value"], row.get("naive"), row.get("theory"), str(row["unit"]))


def _from_backtest() -> dict[str, Any]:
    """The median error of structure against the same without it, over all districts."""
    from madang.sources.korea import national_tables

    try:
        report = backtest("clusters", national_tables())
    except ImportError:
        raise CallerError("bundles.goodness-without-data") from None
    median = {score.guess: score.median for score in report.scores}
    facts = {"districts": report.districts, "basis": report.basis, "target": report.target}
    pairs = [(guess, naive) for guess, naive in NAIVE_OF.items() if guess in median]
    rows = [
        {
            "label": both(f"bundles.goodness-{guess}", **facts),
            "value": 100 * median[guess],
            "naive": 100 * median[naive],
            "unit": "P1",
        }
        for guess, naive in pairs
    ]
    better = [median[guess] < median[naive] for guess, naive in pairs]
    said = "all" if all(better) else "some" if any(better) else "none"
    return {"scored": True, "sentence": both(f"bundles.goodness-clusters-{said}", **facts), "rows": rows}
