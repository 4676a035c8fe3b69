"""One computation from pinned inputs: the central answer, the draws of the ensemble, and figures rounded for keeping.

Pure: the same model, inputs, parameters and seed give the same `Computed`, to the byte on one platform and version of
the engine. Nothing here knows a store, a branch or the time.
"""

from __future__ import annotations

import math
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from madang.errors import CallerError, ModelError
from madang.indicators.catalogue import catalogue
from madang.indicators.provenance import Status, at_least_estimated, combine_status
from madang.indicators.quantity import Quantity, rounded
from madang.models.assumptions import Card
from madang.models.base import BatchModel, Context, Floats, Inputs, Model, Param, Result, Spec, models_own_code
from madang.models.canonical import in_canonical_order, json_bytes, pack_arrays, sha256
from madang.models.inputs import Pinned, inputs_of

BAND = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one computation: every value, which were given, turned levers, the city's assumption cards."""

    values: Mapping[str, Any]
    given: tuple[str, ...]
    levers: Mapping[str, float]
    cards: Mapping[str, Card] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The parameters as the run's record holds them."""
        said = {"values": dict(self.values), "given": list(self.given), "levers": dict(self.levers)}
        return said | ({"cards": {name: asdict(card) for name, card in self.cards.items()}} if self.cards else {})

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Parameters:
        """The parameters that a run's record holds."""
        cards = {name: Card(**card) for name, card in stored.get("cards", {}).items()}
        return Parameters(stored["values"], tuple(stored["given"]), stored["levers"], cards)


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """What a computation gives: the result as JSON values, its hash, and the draws by indicator as canonical bytes."""

    result: Mapping[str, Any]
    result_hash: str
    draws: Mapping[str, Floats]
    draws_data: bytes


def parameters(spec: Spec, given: Mapping[str, Any] | None, cards: Mapping[str, Card] | None = None) -> Parameters:
    """Given parameters checked against the card and filled up with defaults; "<entity>#<attribute>" is a lever.

    An assumption card of the city stands in place of a parameter's default and range.
    """
    cards = dict(cards or {})
    given = dict(given or {})
    levers = {name: _turned(spec, name, given.pop(name)) for name in sorted(given) if "#" in name}
    known = {p.name: p for p in spec.params}
    values: dict[str, Any] = {p.name: p.default for p in spec.params} | dict.fromkeys(spec.words, "")
    values |= {name: card.central for name, card in cards.items()}
    for name, value in given.items():
        if name in spec.words:
            values[name] = str(value)
            continue
        if name not in known:
            names = ", ".join([*known, *spec.words]) or "-"
            raise CallerError("models.parameter-unknown", model=spec.id, name=name, known=names)
        number, p = _number(spec, name, value), known[name]
        low, high = (cards[name].low, cards[name].high) if name in cards else (p.low, p.high)
        low, high = p.limits or (low, high)
        if not low <= number <= high:
            raise CallerError("models.parameter-range", model=spec.id, name=name, found=value, low=low, high=high)
        values[name] = number
    return Parameters(dict(sorted(values.items())), tuple(sorted(given)), levers, cards)


def _turned(spec: Spec, name: str, value: Any) -> float:
    """An attribute turned to a value that can be true for one of the ports that let people turn it."""
    number, ranges = _number(spec, name, value), spec.lever_ranges(name.rpartition("#")[2])
    if ranges and not any(low <= number <= high for low, high in ranges):
        low, high = ranges[0]
        raise CallerError("models.parameter-range", model=spec.id, name=name, found=value, low=low, high=high)
    return number


def _number(spec: Spec, name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise CallerError("models.parameter-no-number", model=spec.id, name=name, found=value)
    return number


def cache_key(spec: Spec, pinned: Mapping[str, Pinned], chosen: Parameters, *, seed: int, members: int) -> str:
    """The hash of everything a result depends on; equal keys mean equal results."""
    with models_own_code(spec.id):
        engine_version = spec.engine_version()
    return key_from(
        model=spec.id,
        version=spec.version,
        engine=spec.engine,
        engine_version=engine_version,
        platform=platform_class(),
        inputs={port: p.as_json() for port, p in pinned.items()},
        parameters=chosen.as_json(),
        seed=seed,
        members=members,
    )


def key_from(
    *,
    model: str,
    version: str,
    engine: str,
    engine_version: str,
    platform: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    seed: int,
    members: int,
) -> str:
    """The hash of what a run says of itself: of one to be computed, or of a record."""
    said = {
        "model": model,
        "version": version,
        "engine": engine,
        "engineVersion": engine_version,
        "platform": platform,
        "inputs": inputs,
        "parameters": parameters,
        "seed": seed,
        "members": members,
    }
    return sha256(json_bytes(said))


def platform_class() -> str:
    """The kind of machine, as far as the last digits of a float depend on it: system, processor, byte order."""
    return f"{sys.platform}-{platform.machine().lower()}-{sys.byteorder}"


def members_of(model: Model) -> int:
    """How many members the model's ensemble has; a model without uncertainties has none."""
    has_draws = isinstance(model, BatchModel) and any(p.role == "uncertainty" for p in model.spec.params)
    return model.spec.members if has_draws else 0


def compute(
    model: Model,
    pinned: Mapping[str, Pinned],
    chosen: Parameters,
    *,
    seed: int,
    members: int,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limit_s: float | None = None,
) -> Computed:
    """Run the model on pinned inputs: once for the central answer, once for all members."""
    inputs = inputs_of(model.spec, pinned)
    statuses = [s for p in pinned.values() for s in p.statuses]
    status = at_least_estimated(statuses) if model.spec.estimates else combine_status(statuses)
    # What a model answers is its own doing too: a table that is no JSON fails only where it is written.
    with (
        models_own_code(model.spec.id),
        Context(seed, progress or _silent, cancelled or (lambda: False), limit_s, chosen.values) as ctx,
    ):
        ctx.check_cancelled()
        answer = model.run(inputs, chosen.values, ctx)
        draws = _draws(model, inputs, chosen, ctx, members) if members else {}
        return _kept(model.spec, answer, draws, status, members)


def _kept(spec: Spec, answer: Result, draws: Mapping[str, Floats], status: Status | None, members: int) -> Computed:
    """The answer in the form in which it is kept, with the bands that the draws give it."""
    for id, q in answer.indicators.items():
        if q.value is not None and not math.isfinite(q.value):
            raise ModelError("models.not-a-number", model=spec.id, output=id, found=q.value)
    figures = {id: _finished(id, q, draws.get(id), status, members) for id, q in answer.indicators.items()}
    missing = [id for id in spec.outputs if id not in figures]
    if missing:
        raise ModelError("models.output-missing", model=spec.id, outputs=", ".join(missing))
    draws_data = pack_arrays(draws) if draws else b""
    result = in_canonical_order(_as_json(answer, figures, sha256(draws_data) if draws else None))
    return Computed(result, sha256(json_bytes(result)), draws, draws_data)


def _draws(model: Model, inputs: Inputs, chosen: Parameters, ctx: Context, members: int) -> dict[str, Floats]:
    """Every indicator for every member: uncertainties that nobody fixed are drawn, all else stands."""
    if not isinstance(model, BatchModel):
        return {}
    vectors: dict[str, Any] = {word: chosen.values[word] for word in model.spec.words}
    for p in model.spec.params:
        value = float(chosen.values[p.name])
        if p.role == "uncertainty" and p.name not in chosen.given:
            vectors[p.name] = spread_over(p, chosen.cards.get(p.name), ctx.stratified(f"param:{p.name}", members))
        else:
            vectors[p.name] = np.full(members, value)
    return {id: np.asarray(column) for id, column in model.run_batch(inputs, vectors, ctx).items()}


def spread_over(p: Param, card: Card | None, shares: Floats) -> Floats:
    """Values of an uncertain parameter at shares in (0, 1) of its distribution (inverse of the cumulative one)."""
    low, peak, high = (card.low, card.central, card.high) if card else (p.low, p.default, p.high)
    if high == low:
        return np.full(len(shares), low)
    if p.dist == "uniform":
        return np.asarray(low + (high - low) * shares)
    at_peak = (peak - low) / (high - low)
    rising = low + np.sqrt(shares * (high - low) * (peak - low))
    falling = high - np.sqrt((1 - shares) * (high - low) * (high - peak))
    return np.asarray(np.where(shares < at_peak, rising, falling), dtype=np.float64)


def _silent(share: float, what: str) -> None:
    """Progress that nobody follows."""


def _finished(id: str, q: Quantity, draws: Floats | None, status: Status | None, members: int) -> Quantity:
    band = quantiles(draws, q.unit) if q.value is not None else (None, None, None)
    n = members if band[0] is not None else None
    said = status if q.value is not None else None
    return Quantity(q.value, q.unit, *band, n, q.method, said, q.note).rounded()


def quantiles(draws: Floats | None, unit: str) -> tuple[float | None, float | None, float | None]:
    """p05, p50 and p95 of draws, rounded; None without draws or where a draw is unknown."""
    if draws is None or not len(draws) or np.isnan(draws).any():
        return None, None, None
    low, middle, high = (rounded(float(v), unit) for v in np.quantile(draws, BAND))
    return low, middle, high


def _as_json(answer: Result, figures: Mapping[str, Quantity], draws: str | None) -> dict[str, Any]:
    return {
        "indicators": {id: q.as_json() for id, q in figures.items()},
        "tables": dict(answer.tables),
        "warnings": [dict(w) for w in answer.warnings],
        "notes": [dict(n) for n in answer.notes],
        "diagnostics": {name: rounded(v, "1") for name, v in answer.diagnostics.items()},
        "draws": draws,
    }


def in_reading_order(ids: Mapping[str, Any]) -> list[str]:
    """Indicator ids in the order of the catalogue, unknown ones behind."""
    order = {id: n for n, id in enumerate(catalogue())}
    return sorted(ids, key=lambda id: (order.get(id, len(order)), id))
