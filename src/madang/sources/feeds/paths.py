"""Where in a payload something stands: `$.a.b`, `$['Inputs/Temp']`, `$.list[0]`, `$.list[-1]`, `$.list[?kind=T1H].v`.

A small part of JSONPath, enough to say which number is meant. `[*]` stands in `each` alone, where a path may lead to
many things. What is not there is `MISSING`, which is not the same as null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from madang.errors import DataError

MISSING: Final = object()
ALL: Final = object()
Path = tuple[Any, ...]

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]'"]+)|\['(?P<quoted>[^']*)'\]|\["(?P<double>[^"]*)"\]|\[(?P<index>-?\d+)\]|\[(?P<all>\*)\]"""
    r"""|\[\?(?P<key>[^=\]]+)=(?P<value>[^\]]*)\]"""
)
_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """A path's steps; a text that is none is refused."""
    if not text.startswith("$"):
        raise DataError("feeds.bad-path", path=text)
    steps: list[Any] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise DataError("feeds.bad-path", path=text)
        at = found.end()
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["all"]:
            steps.append(ALL)
        elif found["key"] is not None:
            steps.append((found["key"].strip(), found["value"].strip()))
        else:
            steps.append(next(found[name] for name in ("name", "quoted", "double") if found[name] is not None))
    return tuple(steps)


def find(steps: Path, payload: Any) -> Any:
    """What stands there, or MISSING."""
    for step in steps:
        if type(step) is str:
            if type(payload) is not dict or step not in payload:
                return MISSING
            payload = payload[step]
        elif type(step) is int:
            if type(payload) is not list or not -len(payload) <= step < len(payload):
                return MISSING
            payload = payload[step]
        elif type(step) is tuple:
            payload = _where(step, payload)
            if payload is MISSING:
                return MISSING
        else:
            return MISSING
    return payload


def each(steps: Path, payload: Any) -> list[Any]:
    """Everything a path leads to; a list at its end stands for its members."""
    found = [payload]
    for step in steps:
        if step is ALL:
            found = [one for part in found for one in _members(part)]
        else:
            found = [one for one in (find((step,), part) for part in found) if one is not MISSING]
    return [one for part in found for one in (part if type(part) is list else [part])]


def names_in(template: str) -> list[str]:
    """The names and paths that a template asks for."""
    return _TEMPLATE.findall(template)


def filled(template: str, names: Mapping[str, str], record: Any) -> str | None:
    """A template with its `{name}` and `{$.path}` filled in; None where something is not there."""
    if "{" not in template:
        return template
    lacking = False

    def fill(found: re.Match[str]) -> str:
        nonlocal lacking
        asked = found[1]
        value = find(path(asked), record) if asked.startswith("$") else names.get(asked, MISSING)
        if value is MISSING or value is None or isinstance(value, dict | list) or str(value) == "":
            lacking = True
            return ""
        return str(value)

    made = _TEMPLATE.sub(fill, template)
    return None if lacking else made


def _where(step: tuple[str, str], payload: Any) -> Any:
    key, value = step
    for one in payload if type(payload) is list else ():
        if type(one) is dict and key in one and str(one[key]) == value:
            return one
    return MISSING


def _members(part: Any) -> list[Any]:
    return part if type(part) is list else list(part.values()) if type(part) is dict else []
