"""The type selection of NGSI-LD (4.17): `A,B` and `A|B` are "one of", `A;B` is "both", brackets group, `*` is all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from madang.errors import CallerError

Selection = tuple[tuple[str, ...], ...]  # alternatives, each a tuple of types that must all be there
DEPTH_LIMIT = 64

_TYPE = re.compile(r"\s*([^\s,;|()]+)\s*")


@lru_cache(maxsize=1024)
def parse_types(text: str) -> Selection:
    """Type selection as alternatives of types that must stand together.

    `A,B` and `A|B` are "one of", `A;B` is "both", brackets group: `(A|B);C` gives (("A", "C"), ("B", "C")).
    `*` is every type.
    """
    if text.strip() == "*":
        return ((),)
    selection, end = _types_either(text, 0, 0)
    if end < len(text):
        raise _wrong_types(text, end)
    return selection


def _wrong_types(text: str, at: int) -> CallerError:
    return CallerError("entities.types-syntax", text=text, position=at + 1, found=text[at : at + 20] or "the end")


def _types_either(text: str, at: int, depth: int) -> tuple[Selection, int]:
    found, at = _types_both(text, at, depth)
    alternatives = list(found)
    while at < len(text) and text[at] in ",|":
        more, at = _types_both(text, at + 1, depth)
        alternatives += more
    return tuple(dict.fromkeys(alternatives)), at


def _types_both(text: str, at: int, depth: int) -> tuple[Selection, int]:
    found, at = _types_one(text, at, depth)
    while at < len(text) and text[at] == ";":
        more, at = _types_one(text, at + 1, depth)
        found = tuple(tuple(dict.fromkeys(a + b)) for a in found for b in more)
        if len(found) > 256:
            raise CallerError("entities.query-too-deep", limit=256)
    return found, at


def _types_one(text: str, at: int, depth: int) -> tuple[Selection, int]:
    while text[at : at + 1] == " ":
        at += 1
    if text[at : at + 1] == "(":
        if depth > DEPTH_LIMIT:
            raise CallerError("entities.query-too-deep", limit=DEPTH_LIMIT)
        found, at = _types_either(text, at + 1, depth + 1)
        if text[at : at + 1] != ")":
            raise _wrong_types(text, at)
        return found, at + 1
    name = _TYPE.match(text, at)
    if name is None:
        raise _wrong_types(text, at)
    return ((name[1],),), name.end()


def renamed_types(selection: Selection, stored_name: Callable[[str], str]) -> Selection:
    """The selection with stored names."""
    return tuple(tuple(map(stored_name, together)) for together in selection)
