"""YAML read strictly: every value knows its line, and a wrong file is refused with file, line and next step.

`parse` gives a tree of `Located` values. A *reader* is a function that takes one `Located` and gives a checked Python
value, or raises a DataError; readers are put together with `record`, `list_of` and the like, so that the description of
a file format reads as the format itself. Nothing is guessed: an unknown field, a field that stands twice, text where a
number belongs are all refused.

Anchors and aliases are refused: a few lines of them can stand for billions of values. This module knows nothing of
cities.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from madang.dates import Period, period
from madang.errors import DataError


@dataclass(frozen=True)
class Located:
    """A value of a YAML file with the place where it stands; mappings hold Located by key, lists hold Located."""

    value: Any
    file: str
    line: int
    path: str

    def wrong(self, code: str, **facts: Any) -> DataError:
        """The error of this place; `code` is one of the `yaml.…` sentences."""
        return DataError(code, file=self.file, line=self.line, path=self.path or "the file", **facts)


Reader = Callable[[Located], Any]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules in C, where libyaml is


def read(path: Path) -> Located:
    """A file of UTF-8 text as a tree of Located values."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise DataError("yaml.not-utf8", file=path.name) from None
    except FileNotFoundError:
        raise DataError("yaml.missing", file=str(path)) from None
    return parse(text, file=path.name)


def parse(text: str, *, file: str) -> Located:
    """The whole text as a tree of Located values."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):  # a few lines of aliases can stand for billions of values
                raise DataError("yaml.alias", file=file, line=event.start_mark.line + 1 if event.start_mark else 1)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or str(error)
        raise DataError("yaml.syntax", file=file, line=line, problem=problem) from None
    if node is None:
        raise DataError("yaml.empty", file=file)
    return _located(node, file, "")


def _located(node: yaml.Node, file: str, path: str) -> Located:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Located] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            below = _located(value_node, file, f"{path}.{key}" if path else key)
            if key in found:
                raise Located(None, file, key_node.start_mark.line + 1, path).wrong("yaml.field-twice", field=key)
            found[key] = below
        return Located(found, file, line, path)
    if isinstance(node, yaml.SequenceNode):
        items = [_located(item, file, f"{path}[{number}]") for number, item in enumerate(node.value, 1)]
        return Located(items, file, line, path)
    # SafeLoader's own rules tell 7 from "7" and yes from "yes".
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as error:
        raise Located(None, file, line, path).wrong("yaml.value", found=node.value, expected=str(error)) from None
    finally:
        loader.dispose()
    return Located(value, file, line, path)


# --- readers ---------------------------------------------------------------------------------------------------------


def text(node: Located) -> str:
    """Reads text that says something."""
    if not isinstance(node.value, str) or not node.value.strip():
        raise node.wrong("yaml.not-text", found=_short(node))
    return " ".join(node.value.split())


def number(node: Located) -> float | int:
    """Reads a number."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise node.wrong("yaml.not-a-number", found=_short(node))
    return node.value


def whole(node: Located) -> int:
    """Reads a whole number."""
    found = number(node)
    if not isinstance(found, int):
        raise node.wrong("yaml.not-a-number", found=_short(node))
    return found


def flag(node: Located) -> bool:
    """Reads yes or no."""
    if not isinstance(node.value, bool):
        raise node.wrong("yaml.not-yes-or-no", found=_short(node))
    return node.value


_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def slug(node: Located) -> str:
    """Reads a short name: small letters, digits and single hyphens."""
    found = text(node)
    if not _SLUG.fullmatch(found):
        raise node.wrong("yaml.not-a-slug", found=found)
    return found


def one_of(*words: str) -> Reader:
    """Reads one of the given words."""

    def read(node: Located) -> str:
        found = node.value
        if not isinstance(found, str) or found not in words:
            near = difflib.get_close_matches(str(found), words, n=1)
            raise node.wrong("yaml.not-one-of", found=_short(node), words=", ".join(near or words))
        return found

    return read


def pair(node: Located) -> dict[str, str]:
    """Reads a label in both languages: {ko: …, en: …}."""
    if not isinstance(node.value, dict) or set(node.value) != {"ko", "en"}:
        raise node.wrong("yaml.not-a-pair", found=_short(node))
    return {language: text(node.value[language]) for language in ("ko", "en")}


def when(node: Located) -> Period:
    """Reads a date known to a year, a month or a day, written as text."""
    try:
        return period(text(node))
    except ValueError:
        raise node.wrong("yaml.not-a-date", found=_short(node)) from None


def day(node: Located) -> date:
    """Reads a date known to the day, in quotes or bare."""
    if isinstance(node.value, date):
        return node.value
    found = when(node)
    if found.precision != "day":
        raise node.wrong("yaml.not-a-day", found=_short(node))
    return found.first


def list_of(read: Reader) -> Reader:
    """Reads a list whose items are all read by `read`."""

    def read_list(node: Located) -> tuple[Any, ...]:
        if not isinstance(node.value, list):
            raise node.wrong("yaml.not-a-list", found=_short(node))
        return tuple(read(item) for item in node.value)

    return read_list


def mapping_of(read: Reader) -> Reader:
    """Reads a mapping with any keys, whose values are all read by `read`."""

    def read_mapping(node: Located) -> dict[str, Any]:
        if not isinstance(node.value, dict):
            raise node.wrong("yaml.not-a-mapping", found=_short(node))
        return {key: read(item) for key, item in node.value.items()}

    return read_mapping


def record(make: Callable[..., Any], required: Mapping[str, Reader], optional: Mapping[str, Reader]) -> Reader:
    """Reads a mapping with named fields and gives `make(line=…, **fields)`; absent optional fields are not passed."""
    readers = {**required, **optional}

    def read_record(node: Located) -> Any:
        if not isinstance(node.value, dict):
            raise node.wrong("yaml.not-a-mapping", found=_short(node))
        for field, inner in node.value.items():
            if field not in readers:
                near = difflib.get_close_matches(field, readers, n=1)
                raise inner.wrong("yaml.field-unknown", field=field, known=", ".join(near or sorted(readers)))
        for field in required:
            if field not in node.value:
                raise node.wrong("yaml.field-missing", field=field)
        return make(line=node.line, **{field: readers[field](inner) for field, inner in node.value.items()})

    return read_record


def walk(node: Located) -> Iterator[Located]:
    """The node and everything below it."""
    yield node
    below = node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
    for inner in below:
        yield from walk(inner)


def _short(node: Located) -> str:
    if isinstance(node.value, dict):
        return "{" + ", ".join(node.value) + "}"
    if isinstance(node.value, list):
        return "[…]"
    found = repr(node.value)
    return found if len(found) <= 60 else found[:57] + "…"
