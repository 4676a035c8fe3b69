"""An ensemble as a record of the city: pinned inputs, design and outcomes as blobs, failed members by name, a key.

Everything that its outcomes depend on is in its id, so the same question is the same ensemble. No moment of time is
part of it. A band is that of the members that answered; how many failed stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from madang.entities.entity import Document, json_property, property_, value_of
from madang.errors import DataError, MadangError
from madang.indicators.catalogue import catalogue
from madang.indicators.quantity import rounded
from madang.models.base import Context, Floats, Label, Spec, models_own_code
from madang.models.canonical import in_canonical_order, json_bytes, sha256, unpack_arrays
from madang.models.ensemble import BAND, Parameters, platform_class
from madang.models.inputs import Pinned, inputs_of, with_levers
from madang.models.many.answering import Job
from madang.models.many.design import Design, Method, Role
from madang.models.many.experiments import Experiments, Failed
from madang.models.records import ensemble_id, short_id
from madang.store import Store

DRAWS = "application/vnd.madang.draws"


@dataclass(frozen=True, slots=True)
class Summary:
    """One outcome over all members that answered; None where it is unknown."""

    id: str
    label: Label
    unit: str
    direction: str | None
    mean: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        """The summary as plain JSON values."""
        band = {"mean": self.mean, "p05": self.p05, "p50": self.p50, "p95": self.p95, "n": self.n}
        return {"id": self.id, "label": dict(self.label), "unit": self.unit, "direction": self.direction, **band}


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A recorded ensemble; its design and outcomes are read when they are asked for."""

    id: str
    model: str
    model_version: str
    engine: str
    engine_version: str
    platform: str
    branch: str
    about: str
    method: str
    seed: int
    n: int
    key: str
    parameters: Parameters
    inputs: Mapping[str, Any]
    columns: tuple[Mapping[str, Any], ...]  # name, role, unit, label, low, high
    indicators: tuple[Summary, ...]
    failed: tuple[Failed, ...]
    block: int
    result_hash: str
    cached: bool
    results: Mapping[str, Any]
    blob: Callable[[str], bytes]

    @cached_property
    def experiments(self) -> Experiments:
        """The design and every outcome by member, in EMA Workbench's words."""
        names = tuple(str(one["name"]) for one in self.columns)
        roles = tuple(cast(Role, one["role"]) for one in self.columns)
        points = unpack_arrays(self.blob(self.results["design"]))
        outcomes = unpack_arrays(self.blob(self.results["outcomes"]))
        if set(points) != set(names) or any(len(one) != self.n for one in (*points.values(), *outcomes.values())):
            raise DataError("many.record-misfit", id=self.id)
        matrix = np.stack([points[name] for name in names], axis=1)
        method = cast(Method, self.method)
        design = Design(self.model, names, matrix, method, self.seed, roles, self.block)
        ordered = {one.id: outcomes[one.id] for one in self.indicators}
        return Experiments(design, ordered, self.failed, self.key, self.n)

    def table(self) -> dict[str, list[Any]]:
        """One row a member: its number, its levers and uncertainties, its outcomes, and why it failed if it did."""
        found = self.experiments
        why = {one.member: one.code for one in self.failed}
        return {
            "member": list(range(self.n)),
            **{name: found.design.column(name).tolist() for name in found.design.columns},
            **{id: _or_none(column) for id, column in found.outcomes.items()},
            "failed": [why.get(member) for member in range(self.n)],
        }

    def as_json(self) -> dict[str, Any]:
        """The ensemble as plain JSON values, without its members."""
        return {
            "id": self.id,
            "model": self.model,
            "model_version": self.model_version,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "platform": self.platform,
            "branch": self.branch,
            "method": self.method,
            "seed": self.seed,
            "n": self.n,
            "answered": self.n - len(self.failed),
            "columns": [dict(one) for one in self.columns],
            "indicators": [one.as_json() for one in self.indicators],
            "failed": [one.as_json() for one in self.failed],
            "parameters": self.parameters.as_json(),
            "inputs": dict(self.inputs),
            "key": self.key,
            "result_hash": self.result_hash,
            "cached": self.cached,
        }


def record(
    store: Store,
    found: Experiments,
    *,
    spec: Spec,
    pinned: Mapping[str, Pinned],
    chosen: Parameters,
    branch: str,
    about: str,
    units: Mapping[str, str],
    batch: bool,
    actor: str,
) -> Document:
    """Write an ensemble in one transaction, and give its record."""
    design = found.design
    points, outcomes = design.packed(), found.packed()
    results = in_canonical_order(
        {
            "columns": [_column(spec, design, name) for name in design.columns],
            "block": design.block,
            "batch": batch,
            "design": sha256(points),
            "outcomes": sha256(outcomes),
            "failed": [one.as_json() for one in found.failed],
            "indicators": [
                summary(id, column, found.answered, units.get(id, "1")) for id, column in found.outcomes.items()
            ],
        }
    )
    doc: Document = {
        "id": ensemble_id(found.key, branch),
        "type": "Ensemble",
        "model": property_(spec.id),
        "modelVersion": property_(spec.version),
        "engine": property_(spec.engine),
        "engineVersion": property_(spec.engine_version()),
        "platform": property_(platform_class()),
        "branch": property_(branch),
        "aboutCity": property_(about),
        "cacheKey": property_(found.key),
        "method": property_(design.method),
        "parameters": json_property(chosen.as_json()),
        "seed": property_(design.seed),
        "ensembleSize": property_(design.n),
        "inputs": json_property({port: p.as_json() for port, p in pinned.items()}),
        "results": json_property(results),
        "resultHash": property_(sha256(json_bytes(results))),
        "state": property_("finished"),
    }
    reason = f"ensemble of {design.n} {spec.id} on {branch}"
    with store.transact(actor=actor, reason=reason, source=f"model:{spec.id}") as tx:
        for one in pinned.values():
            kind = "application/json" if one.kind == "records" else "application/octet-stream"
            tx.put_blob(one.data, media_type=kind)
        tx.put_blob(points, media_type=DRAWS)
        tx.put_blob(outcomes, media_type=DRAWS)
        tx.put(doc)
    return doc


def ensemble_of(store: Store, doc: Document, *, cached: bool = True) -> Ensemble:
    """An ensemble from its record."""
    results = value_of(doc, "results")
    return Ensemble(
        id=doc["id"],
        model=value_of(doc, "model"),
        model_version=value_of(doc, "modelVersion"),
        engine=value_of(doc, "engine"),
        engine_version=value_of(doc, "engineVersion"),
        platform=value_of(doc, "platform"),
        branch=value_of(doc, "branch"),
        about=value_of(doc, "aboutCity"),
        method=value_of(doc, "method"),
        seed=int(value_of(doc, "seed")),
        n=int(value_of(doc, "ensembleSize")),
        key=value_of(doc, "cacheKey"),
        parameters=Parameters.from_json(value_of(doc, "parameters")),
        inputs=value_of(doc, "inputs"),
        columns=tuple(results["columns"]),
        indicators=tuple(_described(one) for one in results["indicators"]),
        failed=tuple(Failed(f["member"], f["code"], f["message"], f["point"]) for f in results["failed"]),
        block=int(results["block"]),
        result_hash=value_of(doc, "resultHash"),
        cached=cached,
        results=results,
        blob=store.blob,
    )


def units_of(job: Job) -> dict[str, str]:
    """The unit of every outcome: as the catalogue has it, else as the model tells it in its central answer."""
    known = {id: entry.unit for id in job.outputs if (entry := catalogue().get(id))}
    if len(known) < len(job.outputs):
        spec = job.model.spec
        with suppress(MadangError), models_own_code(spec.id), Context(job.seed, limit_s=job.limit_s) as ctx:
            inputs = inputs_of(spec, with_levers(job.pinned, spec, job.chosen.levers))
            found = job.model.run(inputs, job.chosen.values, ctx).indicators
            known = {id: quantity.unit for id, quantity in found.items()} | known
    return known


def short(ensemble: Ensemble) -> str:
    """The short id of an ensemble, as commands take it."""
    return short_id(ensemble.id)[:12]


def _column(spec: Spec, design: Design, name: str) -> dict[str, Any]:
    at = design.columns.index(name)
    column = design.points[:, at]
    p = next((p for p in spec.params if p.name == name), None)
    lever = name.rpartition("#")[2]
    unit = p.unit if p else next((port.units.get(lever, "") for port in spec.inputs if port.lever == lever), "")
    return {
        "name": name,
        "role": design.roles[at],
        "unit": unit,
        "label": dict(p.label) if p and p.label else {"ko": name, "en": name},
        "low": float(column.min()),
        "high": float(column.max()),
    }


def summary(id: str, column: Floats, answered: Any, unit: str) -> dict[str, Any]:
    """The mean and band of an outcome over the members that answered, as the record keeps them."""
    kept = column[answered]
    known = bool(len(kept)) and not np.isnan(kept).any()
    low, middle, high = (rounded(float(v), unit) for v in np.quantile(kept, BAND)) if known else (None, None, None)
    mean = rounded(float(kept.mean()), unit) if known else None
    return {"id": id, "unit": unit, "mean": mean, "p05": low, "p50": middle, "p95": high, "n": int(known) * len(kept)}


def _described(one: Mapping[str, Any]) -> Summary:
    entry = catalogue().get(one["id"])
    label = entry.label if entry else {"ko": one["id"], "en": one["id"]}
    band = (one["mean"], one["p05"], one["p50"], one["p95"])
    return Summary(one["id"], label, one["unit"], entry.direction if entry else None, *band, one["n"])


def _or_none(column: Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in column]
