"""The query language of NGSI-LD (4.9): text to tree and back.

    population>50000;refCity=="urn:ngsi-ld:City:kostat:31020"        and: `;` binds closer than or: `|`
    (status=="observed"|status=="estimated");population==1000..5000  ranges include both ends
    name[ko]~="동$"                                                  patterns are found anywhere; ^ and $ anchor
    temperature.observedAt>=2026-01-01T00:00:00Z                     dots lead to sub-attributes, [a.b] into a value

    sensor{Device:humidity}==40                                      braces follow a relationship; types are optional
    !heading                                                         it has no such attribute (more than 4.9 knows)

Names in a tree are what the text said; `renamed` turns them into stored names. Following a relationship needs a store:
`matches` is given a way to, and without one nothing is found there.

A value is typed by how it is written: "quoted" is text; 12.5 a number; true/false a boolean; unquoted ISO 8601 a
moment, date or time, compared as such; any other unquoted word is text or a URI (Korean words included).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import isfinite
from typing import Literal

from madang.entities.typeselection import Selection as Selection
from madang.entities.typeselection import parse_types as parse_types
from madang.entities.typeselection import renamed_types as renamed_types
from madang.errors import CallerError

Operator = Literal["==", "!=", ">", ">=", "<", "<="]

PATTERN_LIMIT = 256
DEPTH_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Path:
    """Where a term looks: attribute, sub-attributes, then members inside the value (or a language tag, or '*')."""

    names: tuple[str, ...]
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(self.names) + (f"[{'.'.join(self.members)}]" if self.members else "")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, date or time as written; `key` compares with its own kind only."""

    kind: Literal["DateTime", "Date", "Time"]
    key: float
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and (self.kind, self.key) == (other.kind, other.key)

    def __hash__(self) -> int:
        return hash((self.kind, self.key))

    def __str__(self) -> str:
        return self.text


Value = str | float | int | bool | Moment


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both included."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Exists:
    """The path leads to something, or to nothing."""

    path: Path
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; == and != take a value, a range or a tuple of values, the others a value."""

    path: Path
    operator: Operator
    value: Value | Range | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A text fits a regular expression, or does not."""

    path: Path
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """An entity that a relationship names (one of the types, if any are given) satisfies what stands in the braces."""

    path: Path
    types: tuple[str, ...]
    inner: Tree


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Tree, ...]


Tree = Exists | Compare | Match | Linked | And | Or

_PATH_NAME = re.compile(r"[^\W\d_]\w*")
_LINKED_TYPES = re.compile(r"([^\W\d_]\w*(?:,[^\W\d_]\w*)*):")
_MEMBER = re.compile(r"[^.\[\]\s;|()\"]+")
_OPERATOR = re.compile(r"!~=|~=|==|!=|>=|<=|>|<")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_PLAIN = re.compile(r"[^;|(),\"]+?(?=\.\.|[;|(),\"]|$)")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d(:\d\d([.,]\d{1,9})?)?Z?")


@lru_cache(maxsize=1024)
def parse_q(text: str) -> Tree:
    """The tree of a query; raises `entities.query-syntax` with the position and what was expected there."""
    reader = _Reader(text)
    tree = reader.either()
    if reader.at < len(text):
        raise reader.wrong("; or | or the end")
    return tree


def parse_path(text: str) -> tuple[Path, str]:
    """The path that a text begins with, and what stands behind it."""
    reader = _Reader(text)
    path = reader.path()
    return path, reader.text[reader.at :]


class _Reader:
    """Reads a query from left to right; knows where it is."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def wrong(self, expected: str) -> CallerError:
        found = self.text[self.at : self.at + 20] or "the end"
        return CallerError("entities.query-syntax", q=self.text, position=self.at + 1, found=found, expected=expected)

    def peek(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def taken(self, mark: str) -> bool:
        self.skip()
        if self.peek(mark):
            self.at += len(mark)
            return True
        return False

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def either(self) -> Tree:
        parts = [self.both()]
        while self.taken("|"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Tree:
        parts = [self.one()]
        while self.taken(";"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def one(self) -> Tree:
        if not self.taken("("):
            return self.term()
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise CallerError("entities.query-too-deep", limit=DEPTH_LIMIT)
        inner = self.either()
        if not self.taken(")"):
            raise self.wrong(")")
        self.depth -= 1
        return inner

    def term(self) -> Tree:
        if self.taken("!"):
            return Exists(self.path(), negated=True)
        hops, path = self.route()
        tree = self.leaf(path)
        for relationship, types in reversed(hops):
            tree = Linked(relationship, types, tree)
        return tree

    def route(self) -> tuple[list[tuple[Path, tuple[str, ...]]], Path]:
        """The relationships to follow, each with the types of what it leads to, and the path at the end."""
        hops: list[tuple[Path, tuple[str, ...]]] = []
        path = self.path()
        while self.taken("{"):
            if len(hops) == DEPTH_LIMIT:
                raise CallerError("entities.query-too-deep", limit=DEPTH_LIMIT)
            types = _LINKED_TYPES.match(self.text, self.at)
            if types is not None:
                self.at = types.end()
            hops.append((path, tuple(types[1].split(",")) if types is not None else ()))
            path = self.path()
        for _ in hops:
            if not self.taken("}"):
                raise self.wrong("}")
        return hops, path

    def leaf(self, path: Path) -> Tree:
        self.skip()
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:
            return Exists(path)
        self.at = operator.end()
        self.skip()
        if operator[0] in ("~=", "!~="):
            return Match(path, self.pattern(), operator[0] == "!~=")
        if operator[0] in ("==", "!="):
            return Compare(path, operator[0], self.choice())  # type: ignore[arg-type]
        value = self.value()
        if isinstance(value, bool):
            raise self.wrong("a number, text or time: true and false know no order")
        return Compare(path, operator[0], value)  # type: ignore[arg-type]

    def path(self) -> Path:
        names = [self.name()]
        while self.taken("."):
            names.append(self.name())
        return Path(tuple(names), self.members() if self.taken("[") else ())

    def name(self) -> str:
        found = _PATH_NAME.match(self.text, self.at)
        if found is None:
            raise self.wrong("the name of an attribute")
        self.at = found.end()
        return found[0]

    def members(self) -> tuple[str, ...]:
        members = []
        while True:
            found = _MEMBER.match(self.text, self.at)
            if found is None:
                raise self.wrong("the name of a member, a language, or *")
            members.append(found[0])
            self.at = found.end()
            if self.taken("]"):
                return tuple(members)
            if not self.taken("."):
                raise self.wrong("]")

    def choice(self) -> Value | Range | tuple[Value, ...]:
        first = self.value()
        if self.taken(".."):
            high = self.value()
            if isinstance(first, bool) or isinstance(high, bool) or _rank(first) != _rank(high):
                raise self.wrong("a range between two numbers, two texts or two times")
            return Range(first, high)
        values = [first]
        while self.taken(","):
            values.append(self.value())
        return first if len(values) == 1 else tuple(values)

    def value(self) -> Value:
        self.skip()
        if self.peek('"'):
            return self.quoted()
        found = _PLAIN.match(self.text, self.at)
        if found is None or not found[0].strip():
            raise self.wrong("a value")
        value = plain_value(found[0].strip())
        if isinstance(value, float) and not isfinite(value):
            raise self.wrong("a number of less than 300 digits")
        self.at = found.end()
        return value

    def quoted(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self.wrong('a text with " at both ends')
        try:
            value = json.loads(found[0])
        except ValueError:
            raise self.wrong("a text escaped as in JSON") from None
        self.at = found.end()
        return str(value)

    def pattern(self) -> str:
        if self.peek('"') and (found := _STRING.match(self.text, self.at)):
            self.at = found.end()
            return checked_pattern(found[0][1:-1].replace('\\"', '"'))
        start, open_groups = self.at, 0
        while self.at < len(self.text):
            mark = self.text[self.at]
            if mark == "\\":
                self.at += 1
            elif mark == "(":
                open_groups += 1
            elif (mark == ")" or mark == "|" or mark == ";") and open_groups == 0:
                break
            elif mark == ")":
                open_groups -= 1
            self.at += 1
        self.at = min(self.at, len(self.text))
        if start == self.at:
            raise self.wrong("a pattern")
        return checked_pattern(self.text[start : self.at])


def plain_value(text: str) -> Value:
    """The value an unquoted word stands for."""
    if text == "true" or text == "false":
        return text == "true"
    if _NUMBER.fullmatch(text):
        number = float(text)
        return int(text) if abs(number) < 2**63 and not any(mark in text for mark in ".eE") else number
    return moment_of(text) or text


@lru_cache(maxsize=8192)
def moment_of(text: str) -> Moment | None:
    """A moment, date or time (NGSI-LD 4.6.3) from its text, or None; a moment without a zone is taken as UTC."""
    if not text or not text[0].isdigit() or len(text) < 5:
        return None
    try:
        if _DATETIME.fullmatch(text):
            moment = datetime.fromisoformat(text.replace(",", "."))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
            return Moment("DateTime", moment.timestamp(), text)
        if _DATE.fullmatch(text):
            return Moment("Date", date.fromisoformat(text).toordinal(), text)
        if _TIME.fullmatch(text):
            clock = time.fromisoformat(text.rstrip("Z").replace(",", "."))
            seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
            return Moment("Time", seconds, text)
    except ValueError:
        return None
    return None


def _rank(value: Value) -> str:
    if isinstance(value, Moment):
        return value.kind
    return "number" if isinstance(value, (int, float)) else "text"


# A repetition of something that itself repeats makes Python's matcher take exponential time: (a+)+, (a|b*)*.
_EXPLOSIVE = re.compile(r"\([^()]*[+*}][^()]*\)\s*[+*{]")


def checked_pattern(pattern: str) -> str:
    """The pattern, if it is a regular expression that can't run away; else an error that says what is wrong."""
    if len(pattern) > PATTERN_LIMIT:
        raise CallerError("entities.pattern-too-long", length=len(pattern), limit=PATTERN_LIMIT)
    if _EXPLOSIVE.search(pattern):
        raise CallerError("entities.pattern-explosive", pattern=pattern)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as wrong:
        raise CallerError("entities.pattern-wrong", pattern=pattern, problem=str(wrong)) from None
    return pattern


# --- back to text ----------------------------------------------------------------------------------------------------


def print_q(tree: Tree) -> str:
    """The tree as text that `parse_q` reads back to an equal tree."""
    match tree:
        case Or(parts):
            return "|".join(_in_brackets(part, (Or,)) for part in parts)
        case And(parts):
            return ";".join(_in_brackets(part, (Or, And)) for part in parts)
        case _:
            return "".join(_route_printed(tree))


def _route_printed(tree: Tree) -> tuple[str, str]:
    """The path of one term, with what it follows, and the comparison behind it."""
    match tree:
        case Linked(path, types, inner):
            route, compared = _route_printed(inner)
            return f"{path}{{{','.join(types)}{':' if types else ''}{route}}}", compared
        case Match(path, pattern, negated):
            quoted = '"' + re.sub(r'(?<!\\)"', r"\"", pattern) + '"'
            return str(path), f"{'!~=' if negated else '~='}{quoted}"
        case Compare(path, operator, value):
            return str(path), f"{operator}{_printed(value)}"
        case Exists(path, negated):
            return f"{'!' if negated else ''}{path}", ""
    raise TypeError(tree)


def _in_brackets(tree: Tree, kinds: tuple[type, ...]) -> str:
    return f"({print_q(tree)})" if isinstance(tree, kinds) else print_q(tree)


def _printed(value: Value | Range | tuple[Value, ...]) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_printed, value))
    if isinstance(value, Range):
        return f"{_printed(value.low)}..{_printed(value.high)}"
    if isinstance(value, Moment):
        return value.text
    return json.dumps(value, ensure_ascii=False)


def renamed(tree: Tree, stored_name: Callable[[str], str]) -> Tree:
    """The tree with every attribute name replaced by its stored name; members inside values keep theirs (5.5.7)."""
    if isinstance(tree, (And, Or)):
        return replace(tree, parts=tuple(renamed(part, stored_name) for part in tree.parts))
    path = replace(tree.path, names=tuple(map(stored_name, tree.path.names)))
    if isinstance(tree, Linked):
        return Linked(path, tuple(map(stored_name, tree.types)), renamed(tree.inner, stored_name))
    return replace(tree, path=path)


def with_values_expanded(tree: Tree, names: frozenset[str], expand: Callable[[str], str]) -> Tree:
    """The tree with the text compared with some attributes expanded, as `expandValues` asks (4.9); names as given."""
    match tree:
        case And(parts) | Or(parts):
            return replace(tree, parts=tuple(with_values_expanded(part, names, expand) for part in parts))
        case Linked():
            return replace(tree, inner=with_values_expanded(tree.inner, names, expand))
        case Compare(path, _, value) if names.intersection(path.names):
            if isinstance(value, tuple):
                return replace(tree, value=tuple(expand(one) if isinstance(one, str) else one for one in value))
            return replace(tree, value=expand(value)) if isinstance(value, str) else tree
    return tree


def paths_of(tree: Tree) -> Iterator[Path]:
    """Every path that a tree names, those behind relationships included."""
    if isinstance(tree, (And, Or)):
        for part in tree.parts:
            yield from paths_of(part)
    else:
        yield tree.path
        if isinstance(tree, Linked):
            yield from paths_of(tree.inner)


def hops_of(tree: Tree) -> int:
    """How many relationships are followed one after the other at most."""
    if isinstance(tree, (And, Or)):
        return max(map(hops_of, tree.parts))
    return 1 + hops_of(tree.inner) if isinstance(tree, Linked) else 0
