"""Entities and attributes that end of themselves (NGSI-LD 4.22): when, and what is left of one at a moment.

`expiresAt` stands in the document, of the entity or of an attribute instance at any depth. What has expired is never
answered; the sweeper takes it away soon after. Almost no entity has it: the stored bytes are asked for the word first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from madang.clock import from_text
from madang.entities.members import ENTITY_MEMBERS, NOT_SUB_ATTRIBUTES, Document, Instance

MARK = b'"expiresAt"'


def first_end(doc: Document) -> datetime | None:
    """The first moment at which something of a document ends, or None."""
    ends = [from_text(text) for text in _ends(doc)]
    return min(ends) if ends else None


def living(doc: Document, now: datetime) -> Document | None:
    """The document without what has expired; the same object when nothing has, None when it is gone itself."""
    if _is_over(doc, now):
        return None
    made: Document = {}
    changed = False
    for name, found in doc.items():
        if name not in ENTITY_MEMBERS:
            left = _left(found, now)
            changed = changed or left is not found
            if left is None:
                continue
            found = left
        made[name] = found
    return made if changed else doc


def living_bytes(data: bytes, now: datetime) -> bytes | None:
    """What `living` leaves of a stored document."""
    if MARK not in data:
        return data
    doc = orjson.loads(data)
    left = living(doc, now)
    if left is doc:
        return data
    return None if left is None else orjson.dumps(left, option=orjson.OPT_SORT_KEYS)


def _left(found: Any, now: datetime) -> Any:
    """An attribute's instances that live on, as they were written: one, a list, or None."""
    if type(found) is not list:
        return _living_instance(found, now)
    kept = [left for one in found if (left := _living_instance(one, now)) is not None]
    if len(kept) == len(found) and all(map(_is, kept, found)):
        return found
    return None if not kept else kept if len(kept) > 1 else kept[0]


def _living_instance(instance: Instance, now: datetime) -> Instance | None:
    if _is_over(instance, now):
        return None
    gone: dict[str, Any] = {}
    for key, part in instance.items():
        if key not in NOT_SUB_ATTRIBUTES:
            left = _left(part, now)
            if left is not part:
                gone[key] = left
    if not gone:
        return instance
    made = {**instance, **gone}
    return {key: part for key, part in made.items() if part is not None or key not in gone}


def _is(a: Any, b: Any) -> bool:
    return a is b


def _is_over(part: dict[str, Any], now: datetime) -> bool:
    text = part.get("expiresAt")
    return type(text) is str and _moment(text) <= now


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    return from_text(text)


def _ends(doc: Document) -> Iterator[str]:
    if "expiresAt" in doc:
        yield doc["expiresAt"]
    for name, found in doc.items():
        if name not in ENTITY_MEMBERS:
            yield from _ends_of(found)


def _ends_of(found: Any) -> Iterator[str]:
    for instance in found if type(found) is list else (found,):
        if "expiresAt" in instance:
            yield instance["expiresAt"]
        for key, part in instance.items():
            if key not in NOT_SUB_ATTRIBUTES:
                yield from _ends_of(part)
