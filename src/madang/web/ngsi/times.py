"""createdAt and modifiedAt (clauses 4.8, 6.3.11): the store's facts, put beside the members of an entity on request.

An entity's times are its version's. An attribute's are found in the entity's history: the first and the last version
that changed it.
"""

from __future__ import annotations

from madang.clock import to_text
from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.entities.patch import diff
from madang.store import View

Times = dict[tuple[str, str | None], tuple[str, str]]


def with_system_times(view: View, document: Document) -> Document:
    """The document with the times of the entity and of each attribute instance."""
    version = view.version(document["id"])
    if version is None:
        return document
    created, modified = to_text(version.created_at), to_text(version.modified_at)
    times = _attribute_times(view, document["id"])
    made: Document = {}
    for name, part in document.items():
        if name in ENTITY_MEMBERS:
            made[name] = part
            continue
        instances = part if isinstance(part, list) else [part]
        timed = []
        for one in instances:
            first, last = times.get((name, one.get("datasetId")), (created, modified))
            timed.append({**one, "createdAt": first, "modifiedAt": last})
        made[name] = timed if isinstance(part, list) else timed[0]
    return {**made, "createdAt": created, "modifiedAt": modified}


def _attribute_times(view: View, entity_id: str) -> Times:
    times: Times = {}
    before: Document | None = None
    for entry in sorted(view.history(entity_id), key=lambda entry: entry.recorded_from):
        after = None if entry.deleted else entry.document
        moment = to_text(entry.recorded_from)
        for change in diff(before, after):
            key = (change.attribute, change.dataset_id)
            first = moment if change.before is None else times.get(key, (moment, moment))[0]
            times[key] = (first, moment)
        before = after
    return times
