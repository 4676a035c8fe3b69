"""The records of runs and ensembles in a city: their ids, and finding one by what people have at hand."""

from __future__ import annotations

from madang.entities.entity import Document, types_of
from madang.entities.query import Query, parse_types
from madang.errors import NotFoundError
from madang.models.canonical import sha256
from madang.store import Store

RUN_PREFIX = "urn:ngsi-ld:ModelRun:madang:"
ENSEMBLE_PREFIX = "urn:ngsi-ld:Ensemble:madang:"
SHORTEST = 8
ID_LENGTH = 32


def all_runs(store: Store) -> list[Document]:
    """Every recorded run of the file, by id."""
    return _all(store, "ModelRun")


def all_ensembles(store: Store) -> list[Document]:
    """Every recorded ensemble of the file, by id."""
    return _all(store, "Ensemble")


def find_run(store: Store, id: str) -> Document:
    """The record of a run, by its id, by the short id in an address, or by the beginning of that (at least 8)."""
    doc = _found(store, id, "ModelRun", RUN_PREFIX)
    if doc is None:
        raise NotFoundError("models.run-unknown", id=id)
    return doc


def find_ensemble(store: Store, id: str) -> Document:
    """The record of an ensemble, by its id, its short id, or the beginning of that (at least 8)."""
    doc = _found(store, id, "Ensemble", ENSEMBLE_PREFIX)
    if doc is None:
        raise NotFoundError("many.ensemble-unknown", id=id)
    return doc


def run_id(key: str, branch: str) -> str:
    """The id of the run with a key on a branch."""
    return RUN_PREFIX + _digest(key, branch)


def ensemble_id(key: str, branch: str) -> str:
    """The id of the ensemble with a key on a branch."""
    return ENSEMBLE_PREFIX + _digest(key, branch)


def short_id(id: str) -> str:
    """The id of a run or an ensemble as it stands in an address."""
    return id.removeprefix(RUN_PREFIX).removeprefix(ENSEMBLE_PREFIX)


def _digest(key: str, branch: str) -> str:
    return sha256(f"{key}\x00{branch}".encode())[:ID_LENGTH]


def _all(store: Store, type: str) -> list[Document]:
    return sorted(store.view().documents(Query(types=parse_types(type))), key=lambda doc: str(doc["id"]))


def _found(store: Store, id: str, type: str, prefix: str) -> Document | None:
    view = store.view()
    doc = view.document(id if id.startswith("urn:") else prefix + id)
    if doc is None and len(id) >= SHORTEST and not id.startswith("urn:"):
        near = [one for one in view.ids(Query(types=parse_types(type))) if one.startswith(prefix + id)]
        doc = view.document(near[0]) if len(near) == 1 else None
    return doc if doc is not None and type in types_of(doc) else None
