"""What of an entity an answer holds (NGSI-LD 4.21): members to pick or to omit, also within linked entities.

id,name                       these members and nothing else
id,locatedAt{name,id}         and of the entity that locatedAt leads to, these
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from madang.errors import DataError

DEPTH_LIMIT = 10
Projection = dict[str, "Projection | None"]  # member -> what of the linked entity; None: all of it

_TERM = re.compile(r"[^\W\d_]\w*|[A-Za-z][A-Za-z0-9+.-]*:[^\s,|{}<>\"]+")


@lru_cache(maxsize=512)
def parse_projection(text: str, parameter: str) -> Projection:
    """The members that a text names, as it names them; commas and | both stand between (4.21)."""
    found, end = _members(text, 0, parameter, 0)
    if end < len(text):
        raise _wrong(text, parameter, end)
    return found


def _members(text: str, at: int, parameter: str, depth: int) -> tuple[Projection, int]:
    if depth > DEPTH_LIMIT:
        raise _wrong(text, parameter, at)
    made: Projection = {}
    while True:
        name = _TERM.match(text, at)
        if name is None:
            raise _wrong(text, parameter, at)
        at = name.end()
        inner: Projection | None = None
        if text[at : at + 1] == "{":
            inner, at = _members(text, at + 1, parameter, depth + 1)
            if text[at : at + 1] != "}":
                raise _wrong(text, parameter, at)
            at += 1
        made[name[0]] = inner
        if text[at : at + 1] not in (",", "|"):
            return made, at
        at += 1


def _wrong(text: str, parameter: str, at: int) -> DataError:
    return DataError("consumption.projection-syntax", parameter=parameter, text=text, position=at + 1)


def with_stored_names(projection: Projection, name: Callable[[str], str]) -> Projection:
    """The same with stored names."""
    return {name(member): None if inner is None else with_stored_names(inner, name)
            for member, inner in projection.items()}  # fmt: skip


def hops_of(projection: Projection | None) -> int:
    """How many relationships it follows one after the other at most."""
    if not projection:
        return 0
    return max(0 if inner is None else 1 + hops_of(inner) for inner in projection.values())
