"""Scopes of entities (NGSI-LD 4.18) and the query for them (4.19): /gyeonggi/seongnam, with + and # as wildcards."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from madang.errors import CallerError

ScopeSelection = tuple[tuple[str, ...], ...]  # alternatives, each a tuple of scopes that must all be there

_GROUP = re.compile(r"\(([^()]+)\)|([^()|,;]+)")
_ONE = re.compile(r"/?(?:[^\W\d_]\w*|\+)(?:/(?:[^\W\d_]\w*|\+))*(?:/#)?|/#")


@lru_cache(maxsize=512)
def parse_scopes(text: str) -> ScopeSelection:
    """A scope query as alternatives: `(/a/b;/c)|/d/#` gives (("/a/b", "/c"), ("/d/#",))."""
    alternatives, at = [], 0
    while True:
        found = _GROUP.match(text, at)
        if found is None:
            raise CallerError("entities.scope-syntax", text=text, position=at + 1)
        together = tuple(one.strip() for one in (found[1] or found[2]).split(";"))
        if not all(_ONE.fullmatch(one) for one in together):
            raise CallerError("entities.scope-syntax", text=text, position=at + 1)
        alternatives.append(together)
        at = found.end()
        if at == len(text):
            return tuple(alternatives)
        if text[at] not in ",|":
            raise CallerError("entities.scope-syntax", text=text, position=at + 1)
        at += 1


def scope_matches(selection: ScopeSelection, scopes: Any) -> bool:
    """Whether an entity's scopes satisfy a scope query; an entity without a scope never does."""
    own = [scopes] if isinstance(scopes, str) else scopes or []
    return any(all(any(_one_matches(one, scope) for scope in own) for one in together) for together in selection)


def _one_matches(pattern: str, scope: str) -> bool:
    wanted, levels = pattern.strip("/").split("/"), scope.strip("/").split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(w in ("+", level) for w, level in zip(wanted, levels, strict=True))
