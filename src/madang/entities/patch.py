"""Changes of one entity: patches as NGSI-LD defines them, differences, and the three-way merge of branches.

The unit of change is (attribute, datasetId): two people who touch different attributes, or different instances of one,
don't conflict. Members of an entity that are no attributes (type, scope, expiresAt) count as attributes of that name
with datasetId None, so nothing can change unseen. `id` never changes.

Patches follow NGSI-LD 5.5.12 (merge, deep) and 5.5.8 (update, whole attributes); "urn:ngsi-ld:null" removes. All
functions return new documents and leave their arguments alone; unchanged parts are shared: treat documents as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from madang.entities.checking import MOST_DEPTH
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NOT_SUB_ATTRIBUTES, NULL, Document, Instance
from madang.errors import CallerError, DataError

Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute instance before and after; None stands for absent."""

    attribute: str
    dataset_id: str | None
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """One attribute instance that both sides changed from `base`, each in its own way; None stands for absent."""

    attribute: str
    dataset_id: str | None
    base: Any
    ours: Any
    theirs: Any


# --- differences -----------------------------------------------------------------------------------------------------


def diff(a: Document | None, b: Document | None) -> list[AttributeChange]:
    """What turns `a` into `b`, by attribute instance, in order of name; empty if they say the same.

    The order of attributes and of instances says nothing and is no difference; 1, 1.0 and true differ as JSON does.
    """
    if _same(a, b):
        return []
    old, new = a or {}, b or {}
    changes: list[AttributeChange] = []
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if name != "id" and not _same(before, after):
            changes += _instance_changes(name, before, after)
    changes.sort(key=lambda change: (change.attribute, change.dataset_id or ""))
    return changes


def _instance_changes(name: str, before: Any, after: Any) -> Iterator[AttributeChange]:
    if type(before) is not list and type(after) is not list:
        dataset = before.get("datasetId") if type(before) is dict else None
        other = after.get("datasetId") if type(after) is dict else None
        if dataset == other or before is None or after is None:
            yield AttributeChange(name, other if before is None else dataset, before, after)
            return
    old, new = _by_dataset(name, before), _by_dataset(name, after)
    for dataset in old.keys() | new.keys():
        one, other_one = old.get(dataset), new.get(dataset)
        if not _same(one, other_one):
            yield AttributeChange(name, dataset, one, other_one)


def _by_dataset(name: str, found: Any) -> dict[str | None, Any]:
    """Instances by datasetId; a member that is no attribute is one nameless instance, with its list in fixed order."""
    if found is None:
        return {}
    if name in ENTITY_MEMBERS:
        return {None: found}
    return {instance.get("datasetId"): instance for instance in (found if type(found) is list else (found,))}


def _same(a: Any, b: Any) -> bool:
    """Equality as JSON sees it: 1, 1.0 and true are three values; the order of an object's members is none."""
    if a is b:
        return True
    if a is None or b is None or a != b:
        return False
    return type(a) is str or _canonical(a) == _canonical(b)


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def apply_changes(doc: Document | None, changes: Iterable[AttributeChange], *, id: str = "") -> Document | None:
    """The document after the changes: `apply_changes(a, diff(a, b))` says the same as `b`.

    A document that is left without a type is gone (None); one that starts from nothing gets `id`.
    """
    parts = _parts(doc)
    for change in changes:
        if change.after is None:
            parts.pop((change.attribute, change.dataset_id), None)
        else:
            parts[change.attribute, change.dataset_id] = change.after
    return _assembled(doc["id"] if doc else id, parts)


def _parts(doc: Document | None) -> dict[Key, Any]:
    """Every mergeable part of a document by (attribute, datasetId)."""
    parts: dict[Key, Any] = {}
    for name, found in (doc or {}).items():
        if name != "id":
            for dataset, instance in _by_dataset(name, found).items():
                parts[name, dataset] = instance
    return parts


def _assembled(id: str, parts: dict[Key, Any]) -> Document | None:
    if ("type", None) not in parts:
        return None
    made: dict[str, Any] = {"id": id}
    for (name, _), part in parts.items():
        if name not in made:
            made[name] = part
        elif type(made[name]) is list:
            made[name] = [*made[name], part]
        else:
            made[name] = [made[name], part]
    return made


# --- merging branches ------------------------------------------------------------------------------------------------


def merge_three(
    base: Document | None, ours: Document | None, theirs: Document | None
) -> tuple[Document | None, list[Conflict]]:
    """Both sides' changes since `base` in one document, and where they clash.

    Where they clash the document keeps ours. Removing an entity clashes with changing it, and is told once, as
    attribute "type". Adding the same entity on both sides merges attribute by attribute.
    """
    if _same(ours, theirs) or _same(base, theirs):
        return ours, []
    if _same(base, ours):
        return theirs, []
    if base is not None and (ours is None or theirs is None):
        return ours, [Conflict("type", None, base.get("type"), (ours or {}).get("type"), (theirs or {}).get("type"))]
    was, our, their = _parts(base), _parts(ours), _parts(theirs)
    merged, conflicts = dict(our), []
    for key in was.keys() | their.keys():
        before, left, right = was.get(key), our.get(key), their.get(key)
        if _same(left, right) or _same(before, right):
            continue
        if not _same(before, left):
            conflicts.append(Conflict(key[0], key[1], before, left, right))
        elif right is None:
            merged.pop(key, None)
        else:
            merged[key] = right
    conflicts.sort(key=lambda conflict: (conflict.attribute, conflict.dataset_id or ""))
    whole = ours or theirs
    return _assembled(whole["id"] if whole else "", merged), conflicts


# --- patches of the standard -----------------------------------------------------------------------------------------


def merge_patch(doc: Document, patch: Document) -> Document:
    """The document after a merge patch (NGSI-LD 5.5.12): deep, nulls remove, types are added, other kinds replace."""
    try:
        return _merged(doc, patch)
    except RecursionError:
        raise DataError("provision.too-deep", place=doc["id"], most=MOST_DEPTH) from None


def _merged(doc: Document, patch: Document) -> Document:
    _refuse_other_id(doc, patch)
    made = dict(doc)
    for name, found in patch.items():
        if name == "id" or name == "@context":
            continue
        if name == "type":
            made["type"] = _types_joined(doc, found)
        elif found == NULL:
            made.pop(name, None)
        elif name in ENTITY_MEMBERS:
            made[name] = found
        else:
            _set_or_drop(made, name, _instances_merged(made.get(name), found, f"{doc['id']}, {name}"))
    return made


def _set_or_drop(made: Document, name: str, instances: list[Instance]) -> None:
    if instances:
        made[name] = instances[0] if len(instances) == 1 else instances
    else:
        made.pop(name, None)


def _said(found: Any, place: str) -> list[Instance]:
    """The instances of an attribute of a patch, each an object with a datasetId that is none or a text."""
    instances = found if type(found) is list else [found]
    for one in instances:
        if type(one) is not dict:
            raise DataError("entities.not-normalized", place=place, found=type(one).__name__)
        if type(one.get("datasetId", "")) is not str:
            raise DataError("entities.bad-dataset-id", place=place, found=one["datasetId"])
    return instances


def _instances_merged(found: Any, patch: Any, place: str) -> list[Instance]:
    """The instances that are there, merged with those of a patch; new ones come without nulls inside."""
    if found is None:
        return [_without_nulls(one) for one in _said(patch, place) if not is_null(one)]
    instances = {one.get("datasetId"): one for one in _said(found, place)}  # may come from this patch: not trusted
    for change in _said(patch, place):
        dataset = change.get("datasetId")
        if is_null(change):
            instances.pop(dataset, None)
        elif dataset in instances:
            instances[dataset] = _instance_merged(instances[dataset], change, place)
        else:
            instances[dataset] = _without_nulls(change)
    return list(instances.values())


def _instance_merged(instance: Instance, change: Instance, place: str) -> Instance:
    """One instance merged; a change of kind drops the old kind's value, units and all."""
    kind = instance.get("type")
    if change.get("type", kind) != kind:
        return _without_nulls(change)
    made = dict(instance)
    for key, value in change.items():
        if value == NULL:
            made.pop(key, None)
        elif key == "value" and kind == "GeoProperty":
            made[key] = value  # half of one geometry and half of another is none
        elif key not in NOT_SUB_ATTRIBUTES:
            _set_or_drop(made, key, _instances_merged(made.get(key), value, f"{place}.{key}"))
        elif type(made.get(key)) is dict and type(value) is dict:
            made[key] = _json_merged(made[key], value)
        else:
            made[key] = _without_nulls(value) if type(value) is dict else value
    return made


_VALUES = frozenset(MEMBER_OF_KIND.values())


def _json_merged(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396 with the NGSI-LD Null in the place of null."""
    made = dict(target)
    for key, value in patch.items():
        if value == NULL:
            made.pop(key, None)
        elif type(value) is dict:
            inner = made.get(key)
            made[key] = _json_merged(inner if type(inner) is dict else {}, value)
        else:
            made[key] = value
    return made


def _without_nulls(found: dict[str, Any]) -> dict[str, Any]:
    return _json_merged({}, found)


def is_null(instance: Any) -> bool:
    """Whether an attribute instance of a patch says "remove me" (NGSI-LD 4.5.0)."""
    if instance == NULL:
        return True
    if type(instance) is not dict:
        return False
    if instance.get("type") == "JsonProperty" and "json" in instance and instance["json"] is None:
        return True
    return any(instance.get(member) in (NULL, [NULL], {"@none": NULL}) for member in _VALUES)


def _types_joined(doc: Document, more: Any) -> Any:
    new = [more] if type(more) is str else more
    if type(new) is not list or not all(type(one) is str for one in new):
        raise DataError("entities.bad-type", place=doc["id"], found=more)
    old = [doc["type"]] if type(doc["type"]) is str else list(doc["type"])
    joined = list(dict.fromkeys(old + new))
    return joined[0] if len(joined) == 1 else joined


def _refuse_other_id(doc: Document, patch: Document) -> None:
    if type(patch) is not dict:
        raise DataError("entities.not-an-object", place=doc["id"], found=type(patch).__name__)
    if patch.get("id", doc["id"]) != doc["id"]:
        raise CallerError("entities.other-id", id=doc["id"], found=patch["id"])


def append_attributes(doc: Document, fragment: Document, *, overwrite: bool = True) -> tuple[Document, list[str]]:
    """Attributes added (NGSI-LD 5.6.3); gives the document and the names left alone because they were there.

    With `overwrite` an instance that is there is replaced as a whole; without it, it stays and its name is reported.
    """
    _refuse_other_id(doc, fragment)
    made, left = dict(doc), []
    for name, found in fragment.items():
        if name == "type":
            made["type"] = _types_joined(doc, found)
        elif name == "id" or name == "@context":
            continue
        elif name in ENTITY_MEMBERS:
            _set_member(made, name, found, overwrite=overwrite)
        elif found == NULL:
            if overwrite:
                made.pop(name, None)
            elif name in made:
                left.append(name)
        else:
            instances = _by_dataset(name, made.get(name))
            for instance in _said(found, f"{doc['id']}, {name}"):
                dataset = instance.get("datasetId")
                if dataset in instances and not overwrite:
                    left.append(name)
                elif is_null(instance):
                    instances.pop(dataset, None)
                else:
                    instances[dataset] = instance
            _set_or_drop(made, name, list(instances.values()))
    return made, list(dict.fromkeys(left))


def _set_member(made: Document, name: str, found: Any, *, overwrite: bool) -> None:
    """Set scope or expiresAt; without `overwrite` scopes are added to those there (5.6.3.4), and a moment stays."""
    if found == NULL and overwrite:
        made.pop(name, None)
    elif overwrite or name not in made:
        made[name] = found
    elif name == "scope":
        scopes = [*_as_list(made["scope"]), *_as_list(found)]
        several = [one for at, one in enumerate(scopes) if one not in scopes[:at]]
        made["scope"] = several if len(several) > 1 else several[0]


def _as_list(found: Any) -> list[Any]:
    return found if type(found) is list else [found]


def update_attributes(doc: Document, fragment: Document) -> tuple[Document, list[str]]:
    """Attributes that are there are replaced (NGSI-LD 5.6.2, 5.5.8); gives the names that were not there."""
    _refuse_other_id(doc, fragment)
    there = {name: found for name, found in fragment.items() if name in doc or name in ENTITY_MEMBERS}
    made, _ = append_attributes(doc, there)
    return made, [name for name in fragment if name not in there]


def replace(doc: Document, new: Document) -> Document:
    """The entity with all attributes replaced (NGSI-LD 5.6.18); types are joined, the id stays."""
    _refuse_other_id(doc, new)
    return {**new, "id": doc["id"], "type": _types_joined(doc, new.get("type", doc["type"]))}


def delete_attribute(doc: Document, name: str, dataset_id: str | None = None, *, every: bool = False) -> Document:
    """The document without one instance of an attribute, or without all of them (NGSI-LD 5.6.5)."""
    instances = _by_dataset(name, doc.get(name)) if name not in ENTITY_MEMBERS else {}
    if not instances or (not every and dataset_id not in instances):
        raise CallerError("entities.attribute-unknown", id=doc["id"], attribute=name, dataset_id=dataset_id)
    left = [] if every else [one for dataset, one in instances.items() if dataset != dataset_id]
    made = dict(doc)
    _set_or_drop(made, name, left)
    return made
