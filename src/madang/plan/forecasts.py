"""Promised numbers as dated forecasts: targets made from a comparison, and promises made by adopting them.

No number has to be typed: a target takes value, band and address from the recorded run of its branch, held against the
run of main, and keeps both. A number that is typed is allowed, and marked by having no run. A target is planned, so it
changes on a branch; when the branch is adopted, `promises_of` gives for each target that it brings, or changes in what
it promises, the record that stays: the promise. A promise whose target is changed or removed is ended, not forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from madang import clock
from madang.dates import period
from madang.entities.entity import (
    Document,
    Instance,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError
from madang.indicators.catalogue import catalogue
from madang.indicators.quantity import rounded
from madang.models import registry, runner
from madang.models.base import Floats
from madang.models.canonical import json_bytes, sha256
from madang.models.ensemble import quantiles
from madang.store import Store
from madang.store.names import types_in

Title = str | Mapping[str, str]
ForecastKind = Literal["value", "difference"]

AUTHORITY = "madang"
CODE_LENGTH = 16
KINDS: tuple[str, ...] = get_args(ForecastKind)

# What a promise is about: a target that differs in one of these is another promise.
_PROMISED = ("indicator", "value", "due", "owner", "refRun", "forecastAddress", "againstAddress", "better")
_KEPT = (*_PROMISED, "title", "band", "forecastKind", "measuredBy", "refPlan", "refTask", "refGoal", "refCity")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model says of an indicator on a branch: the number to promise, its band, and where it comes from."""

    indicator: str
    kind: ForecastKind
    value: float | int
    unit: str
    status: str | None
    band: tuple[float | None, float | None, float | None]
    run: str
    address: str
    against_address: str | None
    baseline: float | int | None
    direction: str | None


def forecast(
    store: Store,
    branch: str,
    indicator: str,
    *,
    kind: ForecastKind = "difference",
    against: str = "main",
    seed: int = 0,
    actor: str,
) -> Forecast:
    """What the model says of an indicator on a branch; runs and records what nobody has run yet."""
    if kind not in KINDS:
        raise CallerError("plan.promise-kind", found=kind)
    model = indicator.partition(".")[0]
    known = registry.model(model).spec.outputs
    if indicator not in known:
        raise CallerError("plan.promise-no-indicator", model=model, indicator=indicator, known=", ".join(known))
    mine = runner.run(store, model, branch=branch, seed=seed, actor=actor)
    other = runner.run(store, model, branch=against, seed=seed, actor=actor)
    figure, before = mine.figure(indicator), other.figure(indicator)
    now, then = figure.quantity, before.quantity
    value, band = now.value, (now.p05, now.p50, now.p95)
    if kind == "difference":
        value = None if now.value is None or then.value is None else rounded(now.value - then.value, now.unit)
        band = quantiles(_between(mine.draws.get(indicator), other.draws.get(indicator)), now.unit)
    if value is None:
        why = now.note or then.note or {"ko": "-", "en": "-"}
        raise CallerError("plan.promise-no-value", indicator=indicator, why=dict(why))
    return Forecast(
        indicator=indicator,
        kind=kind,
        value=value,
        unit=now.unit,
        status=now.status,
        band=band,
        run=mine.id,
        address=figure.address,
        against_address=before.address if kind == "difference" else None,
        baseline=then.value,
        direction=figure.direction,
    )


def target_of(
    store: Store,
    branch: str,
    *,
    title: Title | None,
    due: str,
    owner: str,
    found: Forecast | None = None,
    indicator: str | None = None,
    value: float | int | None = None,
    unit: str | None = None,
    better: str | None = None,
    measured_by: Mapping[str, Any] | None = None,
    refers: Mapping[str, str | None] | None = None,
    id: str | None = None,
) -> Document:
    """A target from a forecast, or from a number that was typed; checked, not yet written."""
    view = store.view(branch)
    _check_due(store, due)
    if view.document(owner) is None:
        raise NotFoundError("plan.promise-owner", id=owner)
    if better not in (None, "higher", "lower"):
        raise CallerError("plan.promise-better", found=better)
    made: Document = {"type": "Target", "due": property_(due), "owner": relationship(owner)}
    for name, target in (refers or {}).items():
        if target is not None:
            if view.document(target) is None:
                raise NotFoundError("plan.promise-refers-to", id=target)
            made[name] = relationship(target)
    if found is not None:
        made |= _of_forecast(found)
        indicator = found.indicator
    else:
        made["value"] = property_(_typed(value, unit), unit=unit)
        if indicator:
            made["indicator"] = property_(indicator)
    if better is not None:
        made["better"] = property_(better)
    if measured_by is not None:
        made["measuredBy"] = json_property(dict(measured_by))
    entry = catalogue().get(indicator or "")
    named = title or (entry.label if entry else None) or indicator or "-"
    made["title"] = language_property(dict(named) if isinstance(named, Mapping) else {"ko": named, "en": named})
    cities = sorted(view.ids(Query(types=parse_types("City"))))
    if cities:
        made["refCity"] = relationship(cities[0])
    about = [value_of(made, name) for name in ("indicator", "due", "owner", "refTask", "refGoal", "refPlan", "title")]
    return {"id": id or urn("Target", AUTHORITY, sha256(json_bytes(about))[:CODE_LENGTH])} | made


def promises_of(store: Store, branch: str, *, proposal: str | None = None) -> list[Document]:
    """The records that adopting a branch makes of its targets: new promises, and former ones that it ends.

    To be written in the transaction of the adoption. A target that promises what it promised before makes none.
    """
    view, now = store.view(branch), store.view()
    former = _standing(now.documents(Query(types=parse_types("Promise"))))
    made: list[Document] = []
    at = clock.to_text(clock.now())
    for change in store.diff(branch):
        if "Target" not in types_in(change.type):
            continue
        target, last = view.document(change.id), former.get(change.id)
        promise = None if target is None else _promise(target, at, last, proposal)
        if promise is not None and now.document(promise["id"]) is not None:
            continue
        if last is not None:
            made.append({**last, "endedBy": property_(branch)})
        if promise is not None:
            made.append(promise)
    return made


def _promise(target: Document, at: str, former: Document | None, proposal: str | None) -> Document:
    about = [target["id"], *(target.get(name) for name in _PROMISED)]
    made: Document = {
        "id": urn("Promise", AUTHORITY, sha256(json_bytes(about))[:CODE_LENGTH]),
        "type": "Promise",
        "kind": property_("target"),
        "refTarget": relationship(target["id"]),
        "promisedAt": property_(at),
        **{name: target[name] for name in _KEPT if name in target},
    }
    if former is not None:
        made["supersedes"] = relationship(former["id"])
    if proposal is not None:
        made["refProposal"] = relationship(proposal)
    return made


def _standing(promises: list[Document]) -> dict[str, Document]:
    """The promise that stands for each target."""
    return {value_of(one, "refTarget"): one for one in promises if "refTarget" in one and "endedBy" not in one}


def _of_forecast(found: Forecast) -> dict[str, Instance]:
    made = {
        "indicator": property_(found.indicator),
        "value": property_(found.value, unit=found.unit, status=found.status),
        "forecastKind": property_(found.kind),
        "refRun": relationship(found.run),
        "forecastAddress": property_(found.address),
    }
    if found.against_address is not None:
        made["againstAddress"] = property_(found.against_address)
    if found.band[0] is not None:
        made["band"] = json_property(dict(zip(("p05", "p50", "p95"), found.band, strict=True)))
    if found.baseline is not None:
        made["baseline"] = property_(found.baseline, unit=found.unit)
    return made


def _between(mine: Floats | None, other: Floats | None) -> Floats | None:
    return None if mine is None or other is None else np.asarray(mine - other)


def _typed(value: Any, unit: str | None) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CallerError("plan.promise-number", found=repr(value))
    return rounded(value, unit or "1") if unit == "KRW" else value  # type: ignore[return-value]


def _check_due(store: Store, due: str) -> None:
    try:
        meant = period(due)
    except ValueError:
        raise CallerError("plan.promise-due", found=due) from None
    if meant.last < clock.today(store.city.zone):
        raise CallerError("plan.promise-due-past", due=meant.text)
