"""What a body gives: a fragment of an entity, in whatever form, made a document whose shape patches can trust.

What only the API refuses is refused here (names before they are expanded, geometries NGSI-LD leaves out); all else is
refused by the check that every entity passes before it is kept.
"""

from __future__ import annotations

from typing import Any

from madang.entities.context import Context
from madang.entities.entity import ENTITY_MEMBERS, KINDS, NULL, Document, is_name, is_uri
from madang.entities.patch import is_null
from madang.entities.representation import from_simplified, normalize
from madang.errors import DataError

_KINDS = tuple(KINDS)  # a kind may be of a type that has no hash


def fragment(value: dict[str, Any], context: Context, *, simplified: bool) -> Document:
    """An entity or part of one, normalized and with stored names; the store checks it when it is put."""
    try:
        document = from_simplified(value) if simplified else normalize(value)
        _check_names(document)
        document = context.to_stored(document)
    except (TypeError, AttributeError, RecursionError) as wrong:
        # The readers trust shapes; what is no text, list or object where they take one for granted is no entity.
        raise DataError("web.entity-malformed", id=_id_of(value)) from wrong
    for name in attribute_names(document):
        _check_instances(document, name)
    return document


def typed_names(value: dict[str, Any], context: Context) -> frozenset[str]:
    """The stored names of attributes whose kind the body says; where it does not, a merge keeps the kind there is."""
    return frozenset(context.stored_name(name) for name, part in value.items() if _says_kind(part))


def _says_kind(part: Any) -> bool:
    if isinstance(part, list):
        return any(map(_says_kind, part))
    return isinstance(part, dict) and part.get("type", part.get("@type")) in _KINDS


def _check_names(document: Document) -> None:
    """Refuse names that are none before a context makes IRIs of them (4.6.2)."""
    for name in document:
        if not is_name(name):
            _refuse_name(document, name)
    types = document.get("type")
    for one in types if isinstance(types, list) else (types,):
        if isinstance(one, str) and one and not is_name(one):
            _refuse_name(document, one)


def _refuse_name(document: Document, name: str) -> None:
    if name not in ENTITY_MEMBERS:
        raise DataError("provision.bad-name", place=_id_of(document), found=name[:80])


def _check_instances(document: Document, name: str) -> None:
    """See that an attribute is an instance, a list of them, or "remove me": what patches take for granted."""
    part = document[name]
    if part == NULL:
        return
    instances = part if isinstance(part, list) else [part]
    sound = all(isinstance(one, dict) and isinstance(one.get("datasetId", ""), str) for one in instances)
    if not (sound and instances):
        raise DataError("web.attribute-malformed", id=_id_of(document), attribute=name)
    datasets = {instance.get("datasetId") for instance in instances}
    if len(datasets) != len(instances):
        raise DataError("entities.dataset-twice", place=f"{_id_of(document)}, {name}")
    for dataset in datasets:  # the NGSI-LD Null is none: no instance can be made the default one (5.5.8)
        if dataset is not None and not is_uri(dataset):
            raise DataError("entities.bad-dataset-id", place=f"{_id_of(document)}, {name}", found=dataset)
    for instance in instances:
        if instance.get("type") == "GeoProperty" and _is_collection(instance.get("value")):
            raise DataError("provision.geometry-collection", place=f"{_id_of(document)}, {name}")
        if instance.get("type") == "JsonProperty" and _is_scalar(instance.get("json")):  # 4.5.24: an object or an array
            found = repr(instance["json"])[:60]
            raise DataError("entities.bad-value", place=f"{_id_of(document)}, {name}", kind="JsonProperty", found=found)


def _is_scalar(json: Any) -> bool:
    return json is not None and json != NULL and not isinstance(json, (dict, list))


def _is_collection(geometry: Any) -> bool:
    return isinstance(geometry, dict) and geometry.get("type") == "GeometryCollection"


def _id_of(value: dict[str, Any]) -> str:
    return str(value.get("id", "-"))[:80]


def refuse_nulls(document: Document) -> Document:
    """The document if nothing in it says "remove me"; only updates and merges may (5.2.1)."""
    for name, part in document.items():
        instances = part if isinstance(part, list) else [part]
        if part == NULL or (name not in ENTITY_MEMBERS and any(map(is_null, instances))):
            raise DataError("entities.null", place=f"{_id_of(document)}, {name}")
    return document


def with_null_instances(fragment: Document) -> Document:
    """The fragment with each bare "remove me" as an instance that says so, as operations on instances want it."""
    removal = {"type": "Property", "value": NULL}
    return {name: removal if part == NULL and name not in ENTITY_MEMBERS else part for name, part in fragment.items()}


def attribute_names(document: Document) -> list[str]:
    """The names of a document's attributes."""
    return [name for name in document if name not in ENTITY_MEMBERS]
