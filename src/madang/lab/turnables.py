"""Everything that can be turned: attributes of a branch that models take as levers, and parameters of the models.

Each says where it stands, how far it goes, and where that comes from. A parameter without a source is an assumption
card "to be named"; a card of the city (an `Assumption` entity) stands in its place, with the city's source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from madang.entities.units import is_unit, unit
from madang.entities.vocabulary import label_of
from madang.errors import CallerError, MadangError, Pair, both
from madang.lab import answers, compare
from madang.lab.alternatives import Alternative
from madang.models import registry
from madang.models.assumptions import Card
from madang.models.base import Param
from madang.store import Store

STEPS = 200
ASSUMED_REACH = 0.2  # of an attribute nobody gave a range for: a fifth less and more


@dataclass(frozen=True, slots=True)
class Turnable:
    """One thing that can be turned, where it stands on a branch, and its range with the source of it."""

    id: str
    kind: str
    model: str
    label: Pair
    unit: str
    role: str
    value: float
    low: float
    central: float
    high: float
    min: float
    max: float
    source: str | None
    assumption: bool
    entity: str | None
    attribute: str | None
    card: Card | None
    is_assumed_range: bool

    @property
    def name(self) -> str:
        """Its name for the model: the parameter's own, or the attribute's id."""
        return self.id.removeprefix(f"{self.model}.") if self.kind == "parameter" else self.id

    def as_json(self) -> dict[str, Any]:
        """The lever as plain JSON values."""
        spec = registry.model(self.model).spec
        return {
            "id": self.id,
            "kind": self.kind,
            "model": self.model,
            "modelTitle": dict(spec.title),
            "quick": spec.quick,
            "label": dict(self.label),
            "unit": self.unit,
            "unitLabel": unit_label(self.unit),
            "role": self.role,
            "value": self.value,
            "low": self.low,
            "central": self.central,
            "high": self.high,
            "min": self.min,
            "max": self.max,
            "step": (self.max - self.min) / STEPS,
            "source": self.source,
            "sourceToBeNamed": self.source is None,
            "isAssumption": self.assumption,
            "entity": self.entity,
            "attribute": self.attribute,
            "card": None if self.card is None else asdict(self.card),
            "indicators": list(spec.outputs),
        }


def unit_label(code: str) -> Pair:
    """What a unit is called in both languages; its code where the table has none."""
    return dict(unit(code).label) if is_unit(code) else {"ko": code, "en": code}


def turnables(store: Store, branch: str) -> list[Turnable]:
    """What can be turned on a branch, attributes first; a model that can't read the branch gives its parameters."""
    found = [_attribute(lever) for lever in compare.levers(store, branch)]
    here = Alternative(branch, branch, {"ko": branch, "en": branch})
    for id in registry.models():
        model = registry.model(id)
        try:
            cards = answers.read(store, model, here.branch).cards
        except MadangError:
            cards = {}  # an input is missing, which the board says; its parameters are still there to be read
        found += [_parameter(id, p, cards.get(p.name)) for p in model.spec.params]
    return found


def turnable(store: Store, branch: str, id: str) -> Turnable:
    """One of them by its id."""
    known = {one.id: one for one in turnables(store, branch)}
    if id not in known:
        raise CallerError("models.lever-unknown", name=id, known=", ".join(known)[:300] or "-")
    return known[id]


def standing(one: Turnable, levers: Mapping[str, float]) -> float:
    """Where it stands in an alternative: turned, or as the branch and the cards have it."""
    return float(levers.get(one.id, one.value))


def _attribute(lever: compare.Lever) -> Turnable:
    reach, is_stated = abs(lever.value) * ASSUMED_REACH, lever.low is not None and lever.high is not None
    low = lever.low if is_stated else max(lever.min, lever.value - reach)
    high = lever.high if is_stated else min(lever.max, lever.value + reach)
    attribute = {language: label_of(lever.attribute, language) for language in ("ko", "en")}
    label = both("lab.lever-of", title=dict(lever.label), attribute=attribute)
    return Turnable(
        lever.id, "attribute", lever.model, label, lever.unit, "lever", lever.value,
        lever.value if low is None else low, lever.value, lever.value if high is None else high, lever.min, lever.max,
        lever.source, lever.assumption, lever.entity, lever.attribute, None, not is_stated,
    )  # fmt: skip


def _parameter(model: str, p: Param, card: Card | None) -> Turnable:
    low, central, high = (card.low, card.central, card.high) if card else (p.low, p.default, p.high)
    least, most = p.limits or (low, high)
    source = (card.source if card else p.source) or None
    return Turnable(
        f"{model}.{p.name}", "parameter", model, dict(p.label) or {"ko": p.name, "en": p.name}, p.unit, p.role, central,
        low, central, high, least, most, source, source is None or source.startswith("assumption"),
        card.entity if card else None, None, card, False,
    )  # fmt: skip
