"""The records of runs in a city: their ids, and finding one by what people have at hand."""

from __future__ import annotations

from madang.entities.entity import Document, types_of
from madang.entities.query import Query, parse_types
from madang.errors import NotFoundError
from madang.store import Store

RUN_PREFIX = "urn:ngsi-ld:ModelRun:madang:"
SHORTEST = 8


def all_runs(store: Store) -> list[Document]:
    """Every recorded run of the file, by id."""
    return sorted(store.view().documents(Query(types=parse_types("ModelRun"))), key=lambda doc: str(doc["id"]))


def find_run(store: Store, run_id: str) -> Document:
    """The record of a run, by its id, by the short id in an address, or by the beginning of that (at least 8)."""
    view = store.view()
    doc = view.document(run_id if run_id.startswith("urn:") else RUN_PREFIX + run_id)
    if doc is None and len(run_id) >= SHORTEST and not run_id.startswith("urn:"):
        near = [id for id in view.ids(Query(types=parse_types("ModelRun"))) if id.startswith(RUN_PREFIX + run_id)]
        doc = view.document(near[0]) if len(near) == 1 else None
    if doc is None or "ModelRun" not in types_of(doc):
        raise NotFoundError("models.run-unknown", id=run_id)
    return doc


def short_id(run_id: str) -> str:
    """The id of a run as it stands in an address."""
    return run_id.removeprefix(RUN_PREFIX)
