"""Runs: a model on a branch, with its inputs pinned, its result recorded, and everything needed to repeat it.

A run's id is the hash of what its result depends on (model, version, engine, platform, inputs, parameters, seed) and of
the branch, so asking the same thing twice gives the same run, and nothing is computed again. No moment of time is part
of a run; when it was recorded is known to the store.

`preview` answers sliders: the same computation with turned levers, nothing recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, json_property, property_, value_of
from madang.entities.query import Query, parse_types
from madang.errors import MadangError
from madang.indicators.address import Address
from madang.indicators.catalogue import Indicator, catalogue
from madang.indicators.quantity import Quantity
from madang.models import registry, verification
from madang.models.assumptions import cards_of
from madang.models.base import Floats, Label, Model
from madang.models.canonical import in_canonical_order, unpack_arrays
from madang.models.ensemble import (
    Computed,
    Parameters,
    cache_key,
    compute,
    in_reading_order,
    members_of,
    parameters,
    platform_class,
)
from madang.models.inputs import Pinned, read_inputs, with_levers
from madang.models.many import checking
from madang.models.records import ENSEMBLE_PREFIX, run_id, short_id
from madang.models.records import find_run as find_run
from madang.models.verification import Stale as Stale
from madang.models.verification import Verdict as Verdict
from madang.models.verification import stale as stale
from madang.store import Store, View


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of a run as people see it: names, quantity, and the address under which it is found again."""

    id: str
    label: Label
    direction: str | None
    quantity: Quantity
    address: str

    def as_json(self) -> dict[str, Any]:
        """The figure as plain JSON values."""
        return {
            "id": self.id,
            "label": dict(self.label),
            "direction": self.direction,
            **self.quantity.as_json(),
            "address": self.address,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A finished run: what it answered, whether it was known already, and the draws behind its bands."""

    id: str
    model: str
    model_version: str
    engine: str
    engine_version: str
    branch: str
    seed: int
    parameters: Parameters
    inputs: Mapping[str, Any]
    indicators: list[Figure]
    tables: Mapping[str, Any]
    warnings: list[Label]
    notes: list[Label]
    diagnostics: Mapping[str, float]
    result_hash: str
    draws: Mapping[str, Floats]
    cached: bool
    recorded: bool

    def figure(self, id: str) -> Figure:
        """One indicator of the run."""
        return next(f for f in self.indicators if f.id == id)

    def as_json(self) -> dict[str, Any]:
        """The run as plain JSON values, without its draws."""
        return {
            "id": self.id,
            "model": self.model,
            "model_version": self.model_version,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "branch": self.branch,
            "seed": self.seed,
            "parameters": self.parameters.as_json(),
            "inputs": dict(self.inputs),
            "indicators": [f.as_json() for f in self.indicators],
            "tables": dict(self.tables),
            "warnings": [dict(w) for w in self.warnings],
            "notes": [dict(n) for n in self.notes],
            "diagnostics": dict(self.diagnostics),
            "result_hash": self.result_hash,
            "cached": self.cached,
        }


def run(
    store: Store,
    model_id: str,
    *,
    branch: str = "main",
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    actor: str = "local",
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limit_s: float | None = None,
    record: bool = True,
) -> Run:
    """Run a model on a branch; gives the known run when nothing it depends on has changed.

    `limit_s` is the time that an engine in a process of its own may take. Raises Cancelled when the answer is no longer
    wanted; nothing is recorded then.
    """
    asked = _asked(store, model_id, branch, params, seed)
    if (doc := asked.view.document(asked.id)) is not None:
        return run_of(store, doc, cached=True)
    done = compute(
        asked.model,
        with_levers(asked.pinned, asked.model.spec, asked.chosen.levers),
        asked.chosen,
        seed=seed,
        members=asked.members,
        progress=progress,
        cancelled=cancelled,
        limit_s=limit_s,
    )
    if record:
        _record(store, asked, done, actor)
    return _as_run(store, asked, done, recorded=record)


def preview(
    store: Store, model_id: str, *, branch: str = "main", levers: Mapping[str, float] | None = None, seed: int = 0
) -> Run:
    """A quick answer for sliders: the recorded run's computation with turned levers, not recorded."""
    return run(store, model_id, branch=branch, params=dict(levers or {}), seed=seed, record=False)


def known_run(store: Store, model_id: str, *, branch: str = "main", seed: int = 0) -> Run | None:
    """The recorded run for the branch as it is now, or None when nobody has run it yet; computes nothing."""
    asked = _asked(store, model_id, branch, None, seed)
    doc = asked.view.document(asked.id)
    return None if doc is None else run_of(store, doc, cached=True)


def run_of(store: Store, doc: Document, *, cached: bool = True) -> Run:
    """A run from its record."""
    results = value_of(doc, "results")
    draws = unpack_arrays(store.blob(results["draws"])) if results.get("draws") else {}
    return Run(
        id=doc["id"],
        model=value_of(doc, "model"),
        model_version=value_of(doc, "modelVersion"),
        engine=value_of(doc, "engine"),
        engine_version=value_of(doc, "engineVersion"),
        branch=value_of(doc, "branch"),
        seed=int(value_of(doc, "seed")),
        parameters=Parameters.from_json(value_of(doc, "parameters")),
        inputs=value_of(doc, "inputs"),
        indicators=_figures(results["indicators"], store.city.uuid, doc["id"], value_of(doc, "aboutCity") or doc["id"]),
        tables=results["tables"],
        warnings=results["warnings"],
        notes=results["notes"],
        diagnostics=results["diagnostics"],
        result_hash=value_of(doc, "resultHash"),
        draws=draws,
        cached=cached,
        recorded=True,
    )


def verify_runs(store: Store) -> list[Verdict]:
    """Every recorded run of the file, computed again, and of every ensemble a sample of its members."""
    return [*verification.verify_runs(store), *checking.verify_ensembles(store)]


def verify_run(store: Store, id: str) -> Verdict:
    """One run or ensemble, computed again from its pinned inputs."""
    if id.startswith(ENSEMBLE_PREFIX):
        return checking.verify_ensemble(store, id)
    return verification.verify_run(store, id)


def key_of(store: Store, model_id: str, *, branch: str = "main", seed: int = 0) -> str:
    """The hash of everything a run on the branch would depend on; equal keys on two branches mean equal results."""
    return _asked(store, model_id, branch, None, seed).key


def ready_models(store: Store, *, branch: str = "main", seed: int = 0) -> list[str]:
    """The models that can answer on a branch at once, and have something there to be about."""
    found = []
    for id in registry.models():
        if not registry.model(id).spec.quick or not has_subject(store, id, branch=branch):
            continue
        try:
            key_of(store, id, branch=branch, seed=seed)
        except MadangError:
            continue  # an input is missing: asked for by name, the model says which
        found.append(id)
    return found


def has_subject(store: Store, model_id: str, *, branch: str = "main") -> bool:
    """Whether a branch holds anything of what the model is about; one that names nothing is about every city."""
    view, ports = store.view(branch), registry.model(model_id).spec.inputs
    wanted = [p.entity for p in ports if p.name in registry.model(model_id).spec.about]
    return not wanted or any(view.count(Query(types=parse_types(entity))) for entity in wanted)


# --- inside ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question before it is answered: the model, what it would be given, and the id its run would have."""

    model: Model
    view: View
    pinned: Mapping[str, Pinned]
    chosen: Parameters
    seed: int
    members: int
    key: str
    id: str
    about: str


def _asked(store: Store, model_id: str, branch: str, params: Mapping[str, Any] | None, seed: int) -> _Asked:
    model = registry.model(model_id)
    view = store.view(branch)
    chosen = parameters(model.spec, params, cards_of(view, model.spec))
    pinned = read_inputs(view, model.spec, store.blob)
    members = members_of(model)
    key = cache_key(model.spec, pinned, chosen, seed=seed, members=members)
    id, cities = run_id(key, branch), sorted(view.ids(Query(types=parse_types("City"))))
    return _Asked(model, view, pinned, chosen, seed, members, key, id, cities[0] if cities else id)


def _record(store: Store, asked: _Asked, done: Computed, actor: str) -> None:
    spec, branch = asked.model.spec, asked.view.branch
    doc: Document = {
        "id": asked.id,
        "type": "ModelRun",
        "model": property_(spec.id),
        "modelVersion": property_(spec.version),
        "engine": property_(spec.engine),
        "engineVersion": property_(spec.engine_version()),
        "platform": property_(platform_class()),
        "branch": property_(branch),
        "aboutCity": property_(asked.about),
        "cacheKey": property_(asked.key),
        "parameters": json_property(asked.chosen.as_json()),
        "seed": property_(asked.seed),
        "ensembleSize": property_(asked.members),
        "inputs": json_property({port: p.as_json() for port, p in asked.pinned.items()}),
        "results": json_property(dict(done.result)),
        "resultHash": property_(done.result_hash),
        "state": property_("finished"),
    }
    with store.transact(actor=actor, reason=f"run {spec.id} on {branch}", source=f"model:{spec.id}") as tx:
        for pinned in asked.pinned.values():
            kind = "application/json" if pinned.kind == "records" else "application/octet-stream"
            tx.put_blob(pinned.data, media_type=kind)
        if done.draws:
            tx.put_blob(done.draws_data, media_type="application/vnd.madang.draws")
        tx.put(doc)


def _as_run(store: Store, asked: _Asked, done: Computed, *, recorded: bool) -> Run:
    spec = asked.model.spec
    return Run(
        id=asked.id,
        model=spec.id,
        model_version=spec.version,
        engine=spec.engine,
        engine_version=spec.engine_version(),
        branch=asked.view.branch,
        seed=asked.seed,
        parameters=Parameters.from_json(in_canonical_order(asked.chosen.as_json())),
        inputs=in_canonical_order({port: p.as_json() for port, p in asked.pinned.items()}),
        indicators=_figures(done.result["indicators"], store.city.uuid, asked.id, asked.about),
        tables=done.result["tables"],
        warnings=list(done.result["warnings"]),
        notes=list(done.result["notes"]),
        diagnostics=done.result["diagnostics"],
        result_hash=done.result_hash,
        draws=done.draws,
        cached=False,
        recorded=recorded,
    )


def _figures(stored: Mapping[str, Any], city: str, run_id: str, about: str) -> list[Figure]:
    figures = []
    for id in in_reading_order(stored):
        entry = _described(id, stored[id]["unit"])
        address = Address(city, f"run:{short_id(run_id)}", about, id)
        figures.append(Figure(id, entry.label, entry.direction, Quantity(**stored[id]), str(address)))
    return figures


def _described(id: str, unit: str) -> Indicator:
    """The catalogue's entry; an indicator that a plugin brings without one is called by its id."""
    return catalogue().get(id) or Indicator(id, {"ko": id, "en": id}, unit, None, {"ko": "", "en": ""})
