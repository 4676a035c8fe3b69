"""Since when each part of an entity is there, and since when it is as it is (NGSI-LD 4.8): createdAt and modifiedAt.

The ages of a document follow from those of the version before it: what is new was created now, what differs was
modified now, everything else is as old as it was. They are kept beside documents, never in them, and put in on request.
Moments are microseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from madang.clock import to_text
from madang.entities.entity import ENTITY_MEMBERS, NOT_SUB_ATTRIBUTES, Document

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Age:
    """Since when an attribute instance is there and is as it is, and the ages of what is said about it."""

    created: int
    modified: int
    parts: Ages = field(default_factory=dict)


Ages = dict[tuple[str, str | None], Age]  # by name and datasetId


def aged(ages: Ages, before: Document | None, after: Document, moment: int) -> Ages:
    """The ages of a document that took the place of another at a moment."""
    return _aged(ages, _instances(before or {}, ENTITY_MEMBERS), _instances(after, ENTITY_MEMBERS), moment)


def _aged(ages: Ages, before: dict[tuple[str, str | None], Any], after: dict[Any, Any], moment: int) -> Ages:
    made: Ages = {}
    for key, instance in after.items():
        former, age = before.get(key), ages.get(key)
        if former is None or age is None:
            made[key] = _newborn(instance, moment)
        elif former == instance:
            made[key] = age
        else:
            subs = _aged(
                age.parts, _instances(former, NOT_SUB_ATTRIBUTES), _instances(instance, NOT_SUB_ATTRIBUTES), moment
            )
            made[key] = Age(age.created, moment, subs)
    return made


def _newborn(instance: dict[str, Any], moment: int) -> Age:
    parts = {key: _newborn(one, moment) for key, one in _instances(instance, NOT_SUB_ATTRIBUTES).items()}
    return Age(moment, moment, parts)


def _instances(holder: dict[str, Any], members: frozenset[str]) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = {}
    for name, part in holder.items():
        if name not in members:
            for one in part if type(part) is list else (part,):
                if type(one) is dict:
                    found[name, one.get("datasetId")] = one
    return found


def with_ages(doc: Document, ages: Ages, created: int, modified: int) -> Document:
    """The document with createdAt and modifiedAt of the entity, its attributes and what is said about them."""
    made = _timed(doc, ENTITY_MEMBERS, ages, (created, modified))
    made["createdAt"], made["modifiedAt"] = _text(created), _text(modified)
    return made


@lru_cache(maxsize=65536)
def _text(micros: int) -> str:
    return to_text(EPOCH + timedelta(microseconds=micros))


def _timed(holder: dict[str, Any], members: frozenset[str], ages: Ages, default: tuple[int, int]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, part in holder.items():
        if name in members:
            made[name] = part
        elif type(part) is list:
            made[name] = [_timed_instance(name, one, ages, default) for one in part]
        else:
            made[name] = _timed_instance(name, part, ages, default)
    return made


def _timed_instance(name: str, instance: Any, ages: Ages, default: tuple[int, int]) -> Any:
    if type(instance) is not dict:
        return instance
    age = ages.get((name, instance.get("datasetId")))
    times = default if age is None else (age.created, age.modified)
    if age is not None and not age.parts:
        return {**instance, "createdAt": _text(times[0]), "modifiedAt": _text(times[1])}
    made = _timed(instance, NOT_SUB_ATTRIBUTES, {} if age is None else age.parts, times)
    made["createdAt"], made["modifiedAt"] = _text(times[0]), _text(times[1])
    return made
