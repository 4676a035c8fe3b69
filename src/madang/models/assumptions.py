"""Assumption cards of a city: low, central and high of a model's parameter, with the source that the city names.

A model ships a card for every need that has no open data. Where a city knows better, an `Assumption` entity on its
branch takes the card's place: it names the model, the parameter and the three values. Two for one parameter are
refused, so which one counts is never a matter of order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.errors import DataError
from madang.models.base import Param, Spec
from madang.store import View


@dataclass(frozen=True, slots=True)
class Card:
    """One assumption of a city: three values, the source named for them ('' while none is), and the entity it is."""

    low: float
    central: float
    high: float
    source: str
    entity: str


def cards_of(view: View, spec: Spec) -> dict[str, Card]:
    """The cards that a branch holds for a model, by parameter."""
    params, found = {p.name: p for p in spec.params}, dict[str, Card]()
    docs = view.documents(Query(types=parse_types("Assumption")))
    for doc in sorted(docs, key=lambda d: str(d["id"])):
        if value_of(doc, "model") != spec.id:
            continue
        name = str(value_of(doc, "parameter"))
        if name not in params:
            raise DataError("models.card-unknown", entity=doc["id"], model=spec.id, name=name, known=", ".join(params))
        if name in found:
            raise DataError("models.card-twice", first=found[name].entity, second=doc["id"], name=name)
        found[name] = _card(doc, params[name])
    return found


def _card(doc: Document, p: Param) -> Card:
    said = value_of(doc, "assumedValue")
    values = [_number(said, name) for name in ("low", "central", "high")]
    low, central, high = values if None not in values else (None, None, None)
    if low is None or central is None or high is None or not low <= central <= high:
        raise DataError("models.card-values", entity=doc["id"], name=p.name, found=said)
    least, most = p.limits or (low, high)
    if not (least <= low and high <= most):
        raise DataError("models.card-range", entity=doc["id"], name=p.name, low=least, high=most, found=said)
    return Card(low, central, high, str(value_of(doc, "source") or ""), str(doc["id"]))


def _number(said: Any, name: str) -> float | None:
    value = said.get(name) if isinstance(said, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
