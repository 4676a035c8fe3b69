"""Runs computed again: reproduced exactly, within tolerance, different (naming the figure), or impossible; stale runs.

A run is computed from its *pinned* inputs, so a source that changed since is no failure: the run is *stale*, a reason
to run again. A difference on the same engine, version and platform is a difference, however small: figures are rounded
when they are kept, which absorbs the last digits of a float.

What a record says of itself (model, version, engine, platform, inputs, parameters, seed) is hashed into its key and its
id. A record whose key does not follow from what it says was altered, and differs even where its figures are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isclose
from typing import Any, Literal

import numpy as np

from madang.entities.entity import Document, value_of
from madang.errors import Language, MadangError, sentence
from madang.models import registry
from madang.models.base import Floats, Model, models_own_code
from madang.models.canonical import json_bytes, sha256, unpack_arrays
from madang.models.ensemble import Parameters, compute, key_from, platform_class
from madang.models.inputs import pinned_again, read_inputs, with_levers
from madang.models.records import all_runs, find_run, run_id
from madang.store import Store

Kind = Literal["reproduced", "within-tolerance", "differs", "cannot"]
TOLERANCE = 1e-9  # relative, between engines or platforms


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it was: where it stands in the result, as stored and as computed."""

    figure: str
    stored: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a run computed again; `differences` names the figures, `reason` says why not, or what differs."""

    run: str
    model: str
    kind: Kind
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    engine: str = ""
    checked: int | None = None  # members computed again, of an ensemble; None: a run, computed again as a whole
    members: int | None = None

    def message(self, language: Language = "en") -> str:
        """The verdict as a sentence; names the first figure that differs."""
        first = self.differences[0] if self.differences else Difference("", "", "")
        return sentence(
            f"models.verdict-{self.kind}" if self.members is None else f"many.verdict-{self.kind}",
            language,
            checked=self.checked,
            members=self.members,
            run=self.run,
            model=self.model,
            reason=self.reason,
            figure=first.figure,
            stored=first.stored,
            computed=first.computed,
        )

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stale:
    """A run whose input has changed since: on which branch, and which port."""

    run: str
    model: str
    branch: str
    port: str
    pinned: str
    current: str | None


def verify_runs(store: Store) -> list[Verdict]:
    """Every recorded run of the file, computed again."""
    return [_verify(store, doc) for doc in all_runs(store)]


def verify_run(store: Store, id: str) -> Verdict:
    """One run, computed again from its pinned inputs."""
    return _verify(store, find_run(store, id))


def recomputed(store: Store, doc: Document) -> Mapping[str, Any]:
    """The result of a run, computed again from its pinned inputs; raises what keeps it from being computed."""
    return _again(store, doc, registry.model(value_of(doc, "model")))[0]


def stale(store: Store) -> list[Stale]:
    """Runs whose pinned inputs are not what their branch holds now; runs on branches that are gone are left out."""
    names = {branch.name for branch in store.branches()}
    found = []
    for doc in all_runs(store):
        branch, model_id = value_of(doc, "branch"), value_of(doc, "model")
        if branch not in names or model_id not in registry.models():
            continue
        try:
            now = read_inputs(store.view(branch), registry.model(model_id).spec, store.blob)
        except MadangError:
            now = {}
        pinned = value_of(doc, "inputs")
        for port in sorted(pinned.keys() | now.keys()):
            then, current = pinned.get(port, {}).get("sha256"), now[port].sha256 if port in now else None
            if then != current:
                found.append(Stale(doc["id"], model_id, branch, port, then or "", current))
    return found


def _verify(store: Store, doc: Document) -> Verdict:
    run, model_id = doc["id"], str(value_of(doc, "model"))
    engine = ""
    stored = value_of(doc, "results")
    try:
        model = registry.model(model_id)
        engine = engine_of(model)
        computed, draws = _again(store, doc, model)
        differences = list(_differences(stored, computed))
        if not _same_draws(store, stored, draws):
            differences.append(Difference("draws", stored.get("draws"), computed.get("draws")))
    except MadangError as error:
        return Verdict(run, model_id, "cannot", reason=error.message("en"), engine=engine)
    other = what_is_other(doc, model)
    if altered := alterations(doc, _id_of(doc), recorded_key(doc), also=differences):
        return Verdict(run, model_id, "differs", (*differences, *altered), other, engine)
    if not differences:
        return Verdict(run, model_id, "reproduced", reason=other, engine=engine)
    as_written = sha256(json_bytes(stored)) == value_of(doc, "resultHash")
    if other and as_written and all(_near(d) for d in differences):
        return Verdict(run, model_id, "within-tolerance", tuple(differences), other, engine)
    return Verdict(run, model_id, "differs", tuple(differences), other, engine)


def alterations(doc: Document, id: str, key: str, *, also: Sequence[Difference] = ()) -> list[Difference]:
    """Where a record is not as it was written: its key and id, which follow from what it says, and its results' hash.

    The hash says nothing more where figures are known to differ.
    """
    pairs = [("cacheKey", value_of(doc, "cacheKey"), key), ("id", doc["id"], id)]
    if not also:
        pairs.append(("resultHash", value_of(doc, "resultHash"), sha256(json_bytes(value_of(doc, "results")))))
    return [Difference(name, then, now) for name, then, now in pairs if then != now]


def recorded_key(doc: Document, *, seed: int | None = None, members: int | None = None) -> str:
    """The key that follows from what a record says of itself, whatever is installed now."""
    return key_from(
        model=value_of(doc, "model"),
        version=value_of(doc, "modelVersion"),
        engine=value_of(doc, "engine"),
        engine_version=value_of(doc, "engineVersion"),
        platform=value_of(doc, "platform"),
        inputs=value_of(doc, "inputs"),
        parameters=value_of(doc, "parameters"),
        seed=value_of(doc, "seed") if seed is None else seed,
        members=value_of(doc, "ensembleSize") if members is None else members,
    )


def _id_of(doc: Document) -> str:
    return run_id(str(value_of(doc, "cacheKey")), str(value_of(doc, "branch")))


def _again(store: Store, doc: Document, model: Model) -> tuple[Mapping[str, Any], Mapping[str, Floats]]:
    chosen = Parameters.from_json(value_of(doc, "parameters"))
    pinned = pinned_again(value_of(doc, "inputs"), store.blob)
    done = compute(
        model,
        with_levers(pinned, model.spec, chosen.levers),
        chosen,
        seed=int(value_of(doc, "seed")),
        members=int(value_of(doc, "ensembleSize")),
    )
    return done.result, done.draws


def _same_draws(store: Store, stored: Mapping[str, Any], draws: Mapping[str, Floats]) -> bool:
    """Whether the kept draws are those computed now; the last digits of a float may differ between machines."""
    if not stored.get("draws"):
        return not draws
    kept = unpack_arrays(store.blob(stored["draws"]))
    return kept.keys() == draws.keys() and all(
        kept[id].shape == draws[id].shape and np.allclose(kept[id], draws[id], rtol=TOLERANCE, atol=0.0, equal_nan=True)
        for id in kept
    )


def what_is_other(doc: Document, model: Model) -> str:
    """What is not as it was when the run was made: model version, engine, platform; '' when all is the same."""
    pairs = (
        (f"{_text(doc, 'model')} {_text(doc, 'modelVersion')}", f"{model.spec.id} {model.spec.version}"),
        (f"{_text(doc, 'engine')} {_text(doc, 'engineVersion')}", engine_of(model)),
        (_text(doc, "platform"), platform_class()),
    )
    return "; ".join(f"{then} then, {now} now" for then, now in pairs if then != now)


def _text(doc: Document, name: str) -> str:
    return str(value_of(doc, name) or "")


def engine_of(model: Model) -> str:
    with models_own_code(model.spec.id):
        return f"{model.spec.engine} {model.spec.engine_version()}"


def _differences(stored: Any, computed: Any, at: str = "") -> Iterator[Difference]:
    """Every leaf that is not equal, by its path; the hash of the draws is judged by the draws themselves."""
    if isinstance(stored, Mapping) and isinstance(computed, Mapping):
        for key in [*stored, *(k for k in computed if k not in stored)]:
            if at == "" and key == "draws":
                continue
            yield from _differences(stored.get(key), computed.get(key), f"{at}.{key}".removeprefix("."))
    elif isinstance(stored, list | tuple) and isinstance(computed, list | tuple) and len(stored) == len(computed):
        for n, (a, b) in enumerate(zip(stored, computed, strict=True)):
            yield from _differences(a, b, f"{at}[{n}]")
    elif stored != computed:
        yield Difference(at, stored, computed)


def _near(difference: Difference) -> bool:
    a, b = difference.stored, difference.computed
    if isinstance(a, int | float) and isinstance(b, int | float):
        return isclose(a, b, rel_tol=TOLERANCE, abs_tol=1.0 if isinstance(a, int) else 0.0)
    return False
