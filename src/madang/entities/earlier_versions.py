"""Entities as earlier versions of NGSI-LD knew them (clause 4.3.6.8): what came later is left out or said the old way.

Works on the normalized or concise form of an answer or a request, in whatever names. What an earlier version could not
say at all is gone; what it could say otherwise (a language map as the value of a property) is said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Number = tuple[int, int]
NEWEST: Number = (1, 9)
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")

_ENTITY = {"expiresAt": (1, 9), "scope": (1, 4)}  # member: the version that brought it
_MEMBERS = {"datasetId": (1, 3), "observedAt": (1, 3), "unitCode": (1, 3), "objectType": (1, 8)} | {
    "valueType": (1, 9),
    "expiresAt": (1, 9),
}
_KINDS = {  # kind: the version that brought it, its member, and the kind and member it is said by before
    "LanguageProperty": ((1, 4), "languageMap", "Property", "value"),
    "VocabProperty": ((1, 8), "vocab", "Property", "value"),
    "JsonProperty": ((1, 8), "json", "Property", "value"),
    "ListProperty": ((1, 8), "valueList", "Property", "value"),
    "ListRelationship": ((1, 8), "objectList", "Relationship", "object"),
}
_KIND_OF_MEMBER = {member: kind for kind, (_, member, _, _) in _KINDS.items()}
_OPAQUE = frozenset(("value", "languageMap", "vocab", "json", "valueList", "object", "objectList", "previousValue"))


def parse_version(text: str) -> Number | None:
    """1.5 as (1, 5); None for what is no version."""
    found = _VERSION.fullmatch(text.strip().strip('"'))
    return (int(found[1]), int(found[2])) if found else None


def in_version(entity: Mapping[str, Any], version: Number) -> dict[str, Any]:
    """The entity, or part of one, as a version of the standard knew it."""
    made: dict[str, Any] = {}
    for name, part in entity.items():
        if name in _ENTITY:
            if version >= _ENTITY[name]:
                made[name] = part
        elif name == "type":
            made[name] = part[0] if isinstance(part, list) and part and version < (1, 3) else part
        elif name in ("id", "@context", "createdAt", "modifiedAt", "deletedAt"):
            made[name] = part
        else:
            made[name] = _attribute(part, version)
    return made


def _attribute(part: Any, version: Number) -> Any:
    if isinstance(part, list) and part and all(isinstance(one, dict) for one in part):
        if version < (1, 3):
            part = next((one for one in part if "datasetId" not in one), part[0])
            return _instance(part, version)
        return [_instance(one, version) for one in part]
    return _instance(part, version) if isinstance(part, dict) else part


def _instance(instance: Mapping[str, Any], version: Number) -> dict[str, Any]:
    kind = instance.get("type") or next((_KIND_OF_MEMBER[key] for key in instance if key in _KIND_OF_MEMBER), None)
    old = _KINDS.get(kind) if isinstance(kind, str) else None
    before = old is not None and version < old[0]
    made: dict[str, Any] = {}
    for key, value in instance.items():
        if key in _MEMBERS:
            if version >= _MEMBERS[key]:
                made[key] = value
        elif old is not None and before and key == old[1]:
            made[old[3]] = _objects(value) if old[3] == "object" else value
        elif old is not None and before and key == "type":
            made[key] = old[2]
        elif key in _OPAQUE or not isinstance(value, (dict, list)):
            made[key] = value
        else:
            made[key] = _attribute(value, version)
    return made


def _objects(found: Any) -> Any:
    if not isinstance(found, list):
        return found
    return [one.get("object", one) if isinstance(one, dict) else one for one in found]
