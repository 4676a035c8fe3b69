"""What a change is aimed at: the entity, the instance of an attribute, and what the target tells about the change.

All of it runs within the transaction that makes the change, so two clients never overwrite each other unseen.
"""

from __future__ import annotations

from typing import Any

from madang import clock
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NULL, Document, Instance, is_uri
from madang.entities.patch import is_null
from madang.entities.query import Query, matches, parse_types, with_stored_names
from madang.entities.representation import DEFAULT_INSTANCE, spelt_out
from madang.entities.transient import living
from madang.errors import DataError, NotFoundError
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.given import attribute_names


def present(tx: Any, entity_id: str) -> Document | None:
    """The entity inside the transaction, if it is there and has not ended (4.22)."""
    found: Document | None = tx.document(entity_id)
    return found if found is None or "expiresAt" not in found else living(found, clock.now())


def existing(asked: Asked, tx: Any, entity_id: str) -> Document:
    """The entity inside the transaction; 404 when it is not there, or not of the types the request named."""
    found = present(tx, entity_id)
    selection = asked.parameters.get("type")
    if found is not None and selection:
        query = with_stored_names(Query(types=parse_types(selection)), asked.stored_name)
        if not matches(query, found):
            found = None
    if found is None:
        if not is_uri(entity_id):
            raise DataError("web.id-not-a-uri", id=entity_id)
        raise NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)
    return found


def dataset_of(text: str | None) -> str | None:
    """The datasetId a parameter names; of the default instance, None."""
    if not text or text == DEFAULT_INSTANCE:
        return None
    if not is_uri(text):
        raise DataError("web.parameter-value", parameter="datasetId", value=text, expected="a URI, or @none")
    return text


def instances_of(document: Document, name: str) -> list[Instance]:
    """All instances of an attribute; 404 when it has none."""
    found = document.get(name) if name not in ENTITY_MEMBERS else None
    if found is None:
        raise NotFoundError("web.attribute-unknown", id=document["id"], attribute=name, dataset="")
    return found if isinstance(found, list) else [found]


def instance_of(document: Document, name: str, dataset_id: str | None) -> Instance:
    """One instance of an attribute; 404 when it is not there."""
    for instance in instances_of(document, name):
        if instance.get("datasetId") == dataset_id:
            return instance
    dataset = f" (datasetId {dataset_id})" if dataset_id else ""
    raise NotFoundError("web.attribute-unknown", id=document["id"], attribute=name, dataset=dataset)


def fitted(
    before: Document, fragment: Document, *, typed: frozenset[str], observed_at: str | None, lang: str | None
) -> Document:
    """The patch with what the target tells about it: kinds that the patch leaves out, a common language and moment."""
    made = dict(fragment)
    for name in attribute_names(fragment):
        if fragment[name] == NULL or name not in before:
            continue
        changes = fragment[name] if isinstance(fragment[name], list) else [fragment[name]]
        there = {one.get("datasetId"): one for one in instances_of(before, name)}
        several = []
        for change in changes:
            target = there.get(change.get("datasetId"))
            if target is not None and not is_null(change):
                change = _timed(change if name in typed else _of_same_kind(change, target, lang), target, observed_at)
            several.append(change)
        made[name] = several if len(several) > 1 else several[0]
    return made


def _of_same_kind(change: Instance, target: Instance, lang: str | None) -> Instance:
    if target["type"] == "LanguageProperty" and lang and change["type"] == "Property" and "value" in change:
        made = {**change, "type": "LanguageProperty"}
        made["languageMap"] = {lang: made.pop("value")}
        return made
    return of_kind(change, target["type"])


def _timed(change: Instance, target: Instance, observed_at: str | None) -> Instance:
    if observed_at is None or "observedAt" not in target or "observedAt" in change:
        return change
    return {**change, "observedAt": observed_at}


def of_kind(change: Instance, kind: str) -> Instance:
    """A value given without its kind takes the target's: a plain string for a Relationship is its object."""
    if change["type"] != "Property" or kind == "Property" or "value" not in change:
        return change
    made = {**change, "type": kind}
    made[MEMBER_OF_KIND[kind]] = made.pop("value")
    return spelt_out(made, kind)


def overwritten(target: Instance, fragment: Instance) -> Instance:
    """The target with each member of the fragment in the place of its own; a null takes one away (5.5.8)."""
    made = dict(target)
    for key, value in fragment.items():
        if value == NULL or (isinstance(value, dict) and is_null(value)):
            made.pop(key, None)
        else:
            made[key] = value
    return made
