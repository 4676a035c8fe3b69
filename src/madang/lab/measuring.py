"""What is measured while something is turned: an indicator, or a weighted sum of several, of one alternative or of two.

Parameters that nature chooses are turned for both alternatives at once; what is chosen (attributes, levers) for the one
that is asked about. Only central answers are computed: a model is asked once a turn, and remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from madang.errors import CallerError, Pair
from madang.indicators.catalogue import catalogue
from madang.lab import answers
from madang.lab.alternatives import Alternative
from madang.lab.turnables import Turnable, turnables
from madang.models import registry
from madang.store import Store

NATURE = "uncertainty"


@dataclass(frozen=True, slots=True)
class Term:
    """One indicator of a measure, and by how much it counts (its sign: more or less is better)."""

    indicator: str
    factor: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A weighted sum of indicators with a name; one indicator by itself has its own unit."""

    label: Pair
    unit: str | None
    terms: tuple[Term, ...]

    @property
    def models(self) -> list[str]:
        """The models that must be asked for it."""
        return list(dict.fromkeys(model_of(one.indicator) for one in self.terms))


def model_of(indicator: str) -> str:
    """The model that gives an indicator; an unknown one is refused."""
    for id in registry.models():
        if indicator in registry.model(id).spec.outputs:
            return id
    model = indicator.partition(".")[0]
    if model in registry.models():
        return model
    raise CallerError("indicators.indicator-unknown", id=indicator, known=", ".join(catalogue())[:300])


def plain(indicator: str) -> Measure:
    """An indicator as it stands."""
    return _of_one(indicator, 1.0)


def improving(indicator: str) -> Measure:
    """An indicator so that more is better; where neither is, more counts as better."""
    known = catalogue().get(indicator)
    return _of_one(indicator, -1.0 if known is not None and known.direction == "lower" else 1.0)


def _of_one(indicator: str, factor: float) -> Measure:
    model_of(indicator)
    known = catalogue().get(indicator)
    label = dict(known.label) if known else {"ko": indicator, "en": indicator}
    return Measure(label, known.unit if known else None, (Term(indicator, factor),))


def value_of_measure(
    store: Store,
    measure: Measure,
    alternative: Alternative,
    *,
    turned: Mapping[str, float] | None = None,
    seed: int = 0,
    slow: bool = False,
) -> float:
    """The measure of an alternative with things turned; refused where it is unknown, or would have to wait."""
    total = 0.0
    for term in measure.terms:
        model = model_of(term.indicator)
        if not registry.model(model).spec.quick and not slow:
            raise CallerError("lab.slow-model", model=model)
        question = answers.ask(store, model, alternative, seed=seed, members=0, also=turned)
        quantity = answers.computed(question).quantities.get(term.indicator)
        if quantity is None or quantity.value is None:
            raise CallerError("lab.value-unknown", alternative=alternative.id, indicator=term.indicator)
        total += term.factor * quantity.value
    return total


def gap(
    store: Store,
    measure: Measure,
    over: Alternative,
    under: Alternative | None,
    *,
    one: Turnable | None = None,
    at: float = 0.0,
    seed: int = 0,
    slow: bool = False,
) -> float:
    """The measure of one alternative, less that of another, with one thing turned to a value."""
    turned = {} if one is None else {one.id: at}
    value = value_of_measure(store, measure, over, turned=turned, seed=seed, slow=slow)
    if under is None:
        return value
    both_turned = turned if one is not None and one.role == NATURE else {}
    return value - value_of_measure(store, measure, under, turned=both_turned, seed=seed, slow=slow)


def turned_for(
    store: Store,
    measure: Measure,
    alternatives: Sequence[Alternative],
    *,
    over: Sequence[str] | None = None,
    fixed: Mapping[str, float] | None = None,
) -> list[Turnable]:
    """What moves a measure of the first alternative: uncertainties and levers of its models, or those asked for.

    What nature chooses is turned for all of them, so over the part of its range that their cards have in common.
    """
    known = {one.id: one for one in turnables(store, alternatives[0].branch)}
    for branch in dict.fromkeys(one.branch for one in alternatives[1:] if one.branch != alternatives[0].branch):
        others = {one.id: one for one in turnables(store, branch)}
        known = {id: _common(one, others.get(id)) for id, one in known.items()}
    if over is not None:
        for id in over:
            if id not in known:
                raise CallerError("models.lever-unknown", name=id, known=", ".join(known)[:300] or "-")
        return [known[id] for id in over]
    held = set(fixed or {})
    return [
        one
        for one in known.values()
        if one.model in measure.models and one.role != "constant" and one.id not in held and one.low < one.high
    ]


def _common(one: Turnable, other: Turnable | None) -> Turnable:
    """The range that two branches' cards of one thing share; none where they do not meet."""
    if other is None or one.role != NATURE:
        return one
    low, high = max(one.low, other.low), min(one.high, other.high)
    least, most = max(one.min, other.min), min(one.max, other.max)
    return replace(one, low=low, high=max(low, high), min=least, max=max(least, most))
