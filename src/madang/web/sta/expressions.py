"""The filter language of SensorThings (OGC 18-088, 9.3.3.5): text to tree, and a tree asked of one thing.

    result gt 20 and phenomenonTime ge 2026-01-01T00:00:00Z
    st_within(location, geography'POLYGON ((127 37, 128 37, 128 38, 127 38, 127 37))')
    startswith(Thing/name, '정류장') or not (length(name) lt 3)

What is unknown (a path that leads nowhere, a comparison of a number with a text) is null, and null is not true: OData's
rule. Geometry is planar in degrees, except that `geo.distance` and `geo.length` are in metres on the ellipsoid, since a
distance in degrees helps nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import shapely
from pyproj import Geod

from madang import clock
from madang.errors import CallerError

LONGEST = 4000
DEEPEST = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<geo>geography\s*'(?:[^']|'')*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))"
    r"|(?P<date>\d{4}-\d{2}-\d{2})(?![\d:T])|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[@A-Za-z_][\w.@]*(?:/[@\w.:-]+)*)|(?P<mark>[(),]))"
)
_WORDS = {"true": True, "false": False, "null": None}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_SUMS: dict[str, Callable[[Any, Any], Any]] = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b}
_PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "mod": lambda a, b: math.fmod(a, b),
}
_GEOD = Geod(ellps="WGS84")

Looking = Callable[[tuple[str, ...]], Any]  # what stands at the end of a path; None when nothing does


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written."""

    value: Any

    def of(self, look: Looking) -> Any:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Path:
    """A property, or one reached over navigation links."""

    steps: tuple[str, ...]

    def of(self, look: Looking) -> Any:
        """What stands there."""
        return look(self.steps)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, an operator or a logical word with its arguments."""

    name: str
    arguments: tuple[Node, ...]

    def of(self, look: Looking) -> Any:
        """The result; null when an argument does not fit."""
        if self.name == "and":
            return all(one.of(look) is True for one in self.arguments)
        if self.name == "or":
            return any(one.of(look) is True for one in self.arguments)
        if self.name == "not":
            found = self.arguments[0].of(look)
            return None if found is None else found is not True
        values = [one.of(look) for one in self.arguments]
        if self.name in ("eq", "ne"):
            same = _same(*values)
            return same if self.name == "eq" else not same
        if any(value is None for value in values):
            return None
        try:
            return _apply(self.name, values)
        except (TypeError, ValueError, ZeroDivisionError, AttributeError, OverflowError, shapely.GEOSException):
            return None


Node = Literal | Path | Call


def _apply(name: str, values: list[Any]) -> Any:
    if name in _ORDERS:
        return _ORDERS[name](*_alike(values))
    if name in _SUMS or name in _PRODUCTS:
        return (_SUMS | _PRODUCTS)[name](*values)
    return FUNCTIONS[name][1](*values)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    try:
        first, second = _alike([a, b])
    except (TypeError, ValueError):
        return False
    return bool(first == second)


def _alike(values: list[Any]) -> list[Any]:
    """Two values that can be compared: moments in time, intervals by their beginning, texts and numbers as they are."""
    if any(isinstance(value, datetime) for value in values):
        return [
            value if isinstance(value, datetime) else clock.from_text(str(value).partition("/")[0]) for value in values
        ]
    if isinstance(values[0], str) != isinstance(values[1], str):
        raise TypeError
    return values


def _geometry(value: Any) -> Any:
    return value if isinstance(value, shapely.Geometry) else shapely.from_geojson(orjson.dumps(value))


def _metres(a: Any, b: Any) -> float:
    near = shapely.shortest_line(_geometry(a), _geometry(b))
    return float(_GEOD.geometry_length(near))


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else clock.from_text(str(value).partition("/")[0])


def _spatial(relation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    return lambda a, b: bool(relation(_geometry(a), _geometry(b)))


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "substringof": (2, lambda part, whole: part in whole),
    "contains": (2, lambda whole, part: part in whole),
    "startswith": (2, lambda whole, part: whole.startswith(part)),
    "endswith": (2, lambda whole, part: whole.endswith(part)),
    "length": (1, len),
    "indexof": (2, lambda whole, part: whole.find(part)),
    "substring": (2, lambda whole, start: whole[int(start) :]),
    "tolower": (1, lambda text: text.lower()),
    "toupper": (1, lambda text: text.upper()),
    "trim": (1, lambda text: text.strip()),
    "concat": (2, lambda a, b: a + b),
    "year": (1, lambda at: _moment(at).year),
    "month": (1, lambda at: _moment(at).month),
    "day": (1, lambda at: _moment(at).day),
    "hour": (1, lambda at: _moment(at).hour),
    "minute": (1, lambda at: _moment(at).minute),
    "second": (1, lambda at: _moment(at).second),
    "fractionalseconds": (1, lambda at: _moment(at).microsecond / 1e6),
    "date": (1, lambda at: _moment(at).date().isoformat()),
    "time": (1, lambda at: _moment(at).time().isoformat()),
    "totaloffsetminutes": (1, lambda at: 0),
    "now": (0, clock.now),
    "mindatetime": (0, lambda: datetime.min.replace(tzinfo=UTC)),
    "maxdatetime": (0, lambda: datetime.max.replace(tzinfo=UTC)),
    "round": (1, lambda number: math.floor(number + 0.5)),
    "floor": (1, math.floor),
    "ceiling": (1, math.ceil),
    "geo.distance": (2, _metres),
    "geo.length": (1, lambda line: float(_GEOD.geometry_length(_geometry(line)))),
    "geo.intersects": (2, _spatial(shapely.intersects)),
    "st_equals": (2, _spatial(shapely.equals)),
    "st_disjoint": (2, _spatial(shapely.disjoint)),
    "st_touches": (2, _spatial(shapely.touches)),
    "st_within": (2, _spatial(shapely.within)),
    "st_overlaps": (2, _spatial(shapely.overlaps)),
    "st_crosses": (2, _spatial(shapely.crosses)),
    "st_intersects": (2, _spatial(shapely.intersects)),
    "st_contains": (2, _spatial(shapely.contains)),
}


# --- text to tree ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """The tree of a filter; CallerError names the place where it stops being one."""
    if len(text) > LONGEST:
        raise CallerError("sta.filter-too-long", limit=LONGEST)
    reader = _Reader(text)
    found = reader.either()
    if reader.kind is not None:
        raise reader.wrong()
    return found


class _Reader:
    """Reads a filter from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._end = 0
        self._depth = 0
        self.kind: str | None = None
        self.token = ""
        self._next()

    def wrong(self) -> CallerError:
        """The error at the present place."""
        rest = self._text[self._at : self._at + 30]
        return CallerError("sta.filter", place=self._at + 1, found=rest or "-")

    def _next(self) -> None:
        self._at = self._end
        if not self._text[self._end :].strip():
            self.kind, self.token = None, ""
            return
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            raise self.wrong()
        self._end = found.end()
        self.kind = found.lastgroup
        self.token = found[found.lastgroup] if found.lastgroup else ""

    def _is(self, *words: str) -> bool:
        return self.kind in ("word", "mark") and self.token in words

    def either(self) -> Node:
        """Alternatives: what `or` stands between."""
        return self._chain("or", lambda: self._chain("and", self._negated))

    def _chain(self, word: str, part: Callable[[], Node]) -> Node:
        found = [part()]
        while self._is(word):
            self._next()
            found.append(part())
        return found[0] if len(found) == 1 else Call(word, tuple(found))

    def _negated(self) -> Node:
        if self._is("not"):
            self._next()
            self._deeper()
            return Call("not", (self._negated(),))
        left = self._sum()
        if self._is("eq", "ne", *_ORDERS):
            name = self.token
            self._next()
            return Call(name, (left, self._sum()))
        return left

    def _sum(self) -> Node:
        return self._left(_SUMS, lambda: self._left(_PRODUCTS, self._one))

    def _left(self, names: dict[str, Any], part: Callable[[], Node]) -> Node:
        found = part()
        while self.kind == "word" and self.token in names:
            name = self.token
            self._next()
            found = Call(name, (found, part()))
        return found

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise CallerError("sta.filter-too-deep", limit=DEEPEST)

    def _one(self) -> Node:
        kind, token = self.kind, self.token
        if kind is None:
            raise self.wrong()
        if self._is("("):
            self._next()
            self._deeper()
            found = self.either()
            self._close()
            return found
        if kind == "mark":
            raise self.wrong()
        if kind == "word" and token in FUNCTIONS and self._text[self._end : self._end + 1] == "(":
            return self._call(token)
        value = self._literal(kind, token) if kind != "word" or token in _WORDS else None
        self._next()
        return Path(tuple(token.split("/"))) if kind == "word" and token not in _WORDS else Literal(value)

    def _literal(self, kind: str, token: str) -> Any:
        try:
            match kind:
                case "text":
                    return token[1:-1].replace("''", "'")
                case "geo":
                    return shapely.from_wkt(token[token.index("'") + 1 : -1])
                case "moment":
                    return clock.from_text(token)
                case "number":
                    return float(token) if set(token) & set(".eE") else int(token)
                case "word":
                    return _WORDS[token]
        except (ValueError, shapely.GEOSException):
            raise self.wrong() from None
        return token

    def _call(self, name: str) -> Node:
        self._next()
        self._next()
        self._deeper()
        arguments: list[Node] = []
        while not self._is(")"):
            arguments.append(self.either())
            if not self._is(","):
                break
            self._next()
        self._close()
        if len(arguments) != FUNCTIONS[name][0]:
            raise CallerError("sta.arguments", function=name, expected=FUNCTIONS[name][0], found=len(arguments))
        return Call(name, tuple(arguments))

    def _close(self) -> None:
        if not self._is(")"):
            raise self.wrong()
        self._next()
        self._depth -= 1
