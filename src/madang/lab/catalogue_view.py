"""The catalogue of indicators as people look through it: what ships, what plugins bring, and how each is broken down.

An indicator that a plugin brings without an entry is called by its id; its unit is known once a run gave it. Beside the
breakdowns that an entry names stand those that a run in this file has shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from madang.entities.entity import value_of
from madang.errors import Pair
from madang.indicators.catalogue import Indicator, catalogue
from madang.lab.turnables import unit_label
from madang.models import registry
from madang.models.records import all_runs
from madang.store import Store

BREAKDOWNS = ("year", "month", "day", "hour", "district", "group", "region")


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator of the catalogue, with its model's title and where the entry comes from."""

    indicator: Indicator
    model: str
    model_title: Pair
    source: str

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        one = self.indicator
        return {
            "id": one.id,
            "label": dict(one.label),
            "unit": one.unit,
            "unitLabel": unit_label(one.unit),
            "direction": one.direction,
            "method": dict(one.method),
            "scope": one.scope,
            "model": self.model,
            "modelTitle": dict(self.model_title),
            "by": list(one.by),
            "source": self.source,
        }


def entry_of(id: str, model: str, *, unit: str = "", by: Iterable[str] = ()) -> Entry:
    """The catalogue's entry of an indicator that a model gives, with what an answer has shown of it."""
    known = catalogue().get(id)
    one = known or Indicator(id, {"ko": id, "en": id}, unit, None, {"ko": "", "en": ""})
    shown = [name for name in BREAKDOWNS if name in {*one.by, *by}]
    title = dict(registry.model(model).spec.title)
    return Entry(replace(one, by=tuple(shown)), model, title, "catalogue" if known else "plugin")


def entries(store: Store) -> list[Entry]:
    """Every indicator that the models at hand can give, in the order people read them."""
    units, shown = _seen(store)
    found = []
    for model in registry.models():
        for id in registry.model(model).spec.outputs:
            found.append(entry_of(id, model, unit=units.get(id, ""), by=shown.get(id, ())))
    order = {id: n for n, id in enumerate(catalogue())}
    return sorted(found, key=lambda one: order.get(one.indicator.id, len(order)))


def breakdowns(tables: Mapping[str, Any]) -> dict[str, set[str]]:
    """By which breakdowns the tables of an answer give which indicators ("by-district:talent.gap")."""
    found: dict[str, set[str]] = {}
    for name in tables:
        kind, colon, id = name.partition(":")
        if colon and kind.removeprefix("by-") in BREAKDOWNS and kind.startswith("by-"):
            found.setdefault(id, set()).add(kind.removeprefix("by-"))
    return found


def _seen(store: Store) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Units and breakdowns that the recorded runs of the file have shown."""
    units: dict[str, str] = {}
    shown: dict[str, set[str]] = {}
    for doc in all_runs(store):
        results = value_of(doc, "results")
        units |= {id: str(one["unit"]) for id, one in results["indicators"].items()}
        for id, kinds in breakdowns(results["tables"]).items():
            shown.setdefault(id, set()).update(kinds)
    return units, shown
