"""Recorded ensembles computed again: a stated sample of the members, and the hashes of all that is kept.

A run is computed again as a whole; of ten thousand members a sample is, chosen by the ensemble's own key, so that
nobody can choose what is looked at. A batch model's sample is whole chunks, as it was asked. What is not computed again
is held to its hash, and the bands are worked out again from the outcomes kept.
"""

from __future__ import annotations

import hashlib

import numpy as np

from madang.entities.entity import Document, value_of
from madang.errors import DataError, MadangError
from madang.models import registry
from madang.models.base import Context, Floats
from madang.models.canonical import in_canonical_order, sha256
from madang.models.inputs import pinned_again
from madang.models.many.answering import Answerer, Job, job_key
from madang.models.many.experiments import LIMIT_S, experiments_key
from madang.models.many.recorded import Ensemble, ensemble_of, summary
from madang.models.records import all_ensembles, ensemble_id, find_ensemble
from madang.models.verification import (
    TOLERANCE,
    Difference,
    Kind,
    Verdict,
    alterations,
    engine_of,
    recorded_key,
    what_is_other,
)
from madang.store import Store

MEMBERS, CHUNKS = 32, 2  # looked at: of a model asked member by member, and of a batch model
OF_THE_MACHINE = ("many.worker-lost", "many.member-overdue")  # failures that another machine need not have


def verify_ensembles(store: Store) -> list[Verdict]:
    """Every recorded ensemble of the file."""
    return [_verify(store, doc) for doc in all_ensembles(store)]


def verify_ensemble(store: Store, id: str) -> Verdict:
    """One ensemble."""
    return _verify(store, find_ensemble(store, id))


def _verify(store: Store, doc: Document) -> Verdict:
    id, model_id, members = doc["id"], str(value_of(doc, "model")), int(value_of(doc, "ensembleSize"))
    engine, checked = "", 0
    try:
        found = ensemble_of(store, doc)
        altered = alterations(doc, ensemble_id(found.key, found.branch), _key(doc, found))
        model = registry.model(model_id)
        engine = engine_of(model)
        kept = found.experiments
        for address in (found.results["design"], found.results["outcomes"]):
            if sha256(store.blob(address)) != address:
                raise DataError("models.pinned-input-unreadable")
        pinned = pinned_again(found.inputs, store.blob)
        job = Job(model, pinned, found.parameters, kept.design, found.seed, LIMIT_S)
        differences = [*altered, *_bands(found)]
        if job.outputs == tuple(kept.outcomes) and job.batch == found.results["batch"]:
            checked, differing = _members(job, found)
            differences += differing
        else:
            differences.append(Difference("outcomes", list(kept.outcomes), list(job.outputs)))
        other = what_is_other(doc, model)
    except MadangError as error:
        reason = error.message("en")
        return Verdict(id, model_id, "cannot", reason=reason, engine=engine, checked=0, members=members)
    kind: Kind = "differs" if differences else "reproduced"
    return Verdict(id, model_id, kind, tuple(differences), other, engine, checked, members)


def _key(doc: Document, found: Ensemble) -> str:
    """The key that follows from what the record says of itself."""
    results = found.results
    columns = [str(one["name"]) for one in results["columns"]]
    outputs = [one["id"] for one in results["indicators"]]
    job = job_key(recorded_key(doc, seed=0, members=0), columns, outputs, batch=bool(results["batch"]))
    return experiments_key(job, results["design"], columns, found.method, found.block, found.seed)


def _bands(found: Ensemble) -> list[Difference]:
    kept = found.experiments
    differences = []
    for stored in found.results["indicators"]:
        now = in_canonical_order(summary(stored["id"], kept.outcomes[stored["id"]], kept.answered, stored["unit"]))
        if now != stored:
            differences.append(Difference(stored["id"], stored, now))
    return differences


def _members(job: Job, found: Ensemble) -> tuple[int, list[Difference]]:
    """How many members were computed again, and where they are not what they were."""
    kept = found.experiments
    machine = {one.member for one in found.failed if one.code in OF_THE_MACHINE}
    failed = {one.member: one.code for one in found.failed}
    answerer, checked, differences = Answerer(job), 0, list[Difference]()
    for number in _sample(job, found):
        task = job.tasks[number]
        if machine & {int(member) for member in task.members}:
            continue
        answer = answerer.answer(number)
        again = {member: error.code for member, error in answer.failed}
        for row, member in enumerate(map(int, task.members)):
            checked += 1
            stored = np.array([column[member] for column in kept.outcomes.values()])
            if member in failed or member in again:
                now = again.get(member) or ("models.not-a-number" if _is_partly_unknown(answer.values[row]) else None)
                if failed.get(member) != now:
                    differences.append(Difference(f"member {member}", failed.get(member), now))
            elif not np.allclose(stored, answer.values[row], rtol=TOLERANCE, atol=0.0, equal_nan=True):
                differences.append(_named(member, list(kept.outcomes), stored, answer.values[row]))
    return checked, differences


def _sample(job: Job, found: Ensemble) -> list[int]:
    wanted = CHUNKS if job.batch else MEMBERS
    if len(job.tasks) <= wanted:
        return list(range(len(job.tasks)))
    seed = int.from_bytes(hashlib.sha256(found.key.encode()).digest()[:8], "little")
    order = np.argsort(Context(seed).rng("verify").random(len(job.tasks)), kind="stable")
    return sorted(int(number) for number in order[:wanted])


def _is_partly_unknown(values: Floats) -> bool:
    return bool((~np.isfinite(values)).any())


def _named(member: int, ids: list[str], stored: Floats, now: Floats) -> Difference:
    same = np.isclose(stored, now, rtol=TOLERANCE, atol=0.0, equal_nan=True)
    at = int(np.flatnonzero(~same)[0])
    return Difference(f"member {member} {ids[at]}", float(stored[at]), float(now[at]))
