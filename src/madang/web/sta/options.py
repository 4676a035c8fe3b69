"""Query options of SensorThings (OGC 18-088, 9.3.3): $select, $expand, $filter, $orderby, $top, $skip, $count.

    $expand=Datastreams($top=2;$expand=Observations($orderby=phenomenonTime desc;$top=1)),Locations

Options inside $expand stand between semicolons and are options of the same kind, so one parser reads both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from madang.errors import CallerError
from madang.web.sta import expressions

TOP, MOST = 100, 1000
DEEPEST = 5
KNOWN = ("$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count", "$resultFormat")


@dataclass(frozen=True, slots=True)
class Options:
    """What of a collection, or of one thing, is asked for."""

    select: tuple[str, ...] = ()
    expand: dict[str, Options] = field(default_factory=dict)
    filter: expressions.Node | None = None
    order: tuple[tuple[expressions.Node, bool], ...] = ()  # expression, whether it goes down
    top: int = TOP
    skip: int = 0
    count: bool = False
    data_array: bool = False


def parse_query(query_string: str) -> Options:
    """The options of a URL."""
    return _options(parse_qsl(query_string, keep_blank_values=True), 0)


def _options(pairs: Iterable[tuple[str, str]], depth: int) -> Options:
    if depth > DEEPEST:
        raise CallerError("sta.expand-too-deep", limit=DEEPEST)
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in KNOWN:
            raise CallerError("web.parameter-unknown", parameter=name, known=", ".join(KNOWN))
        if name in given:
            raise CallerError("web.parameter-twice", parameter=name)
        given[name] = value
    if (form := given.get("$resultFormat", "dataArray")) != "dataArray":
        raise _wrong("$resultFormat", form, "dataArray")
    return Options(
        select=tuple(one.strip() for one in given.get("$select", "").split(",") if one.strip()),
        expand=_expand(given.get("$expand", ""), depth),
        filter=expressions.parse(given["$filter"]) if "$filter" in given else None,
        order=_order(given.get("$orderby", "")),
        top=min(_whole(given, "$top", TOP), MOST),
        skip=_whole(given, "$skip", 0),
        count=_truth(given, "$count"),
        data_array="$resultFormat" in given,
    )


def _whole(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _wrong(name, text, "a whole number from 0")
    return int(text)


def _truth(given: dict[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise _wrong(name, text, "true, false")
    return text == "true"


def _wrong(name: str, value: str, expected: str) -> CallerError:
    return CallerError("web.parameter-value", parameter=name, value=value, expected=expected)


def _order(text: str) -> tuple[tuple[expressions.Node, bool], ...]:
    found = []
    for part in split(text, ","):
        words = part.split()
        down = len(words) > 1 and words[-1] == "desc"
        bare = part.rsplit(None, 1)[0] if words and words[-1] in ("asc", "desc") and len(words) > 1 else part
        found.append((expressions.parse(bare), down))
    return tuple(found)


def _expand(text: str, depth: int) -> dict[str, Options]:
    found: dict[str, Options] = {}
    for part in split(text, ","):
        path, bracket, rest = part.partition("(")
        if bracket and not rest.endswith(")"):
            raise _wrong("$expand", part, "Datastreams($top=1),Locations")
        pairs = [one.partition("=")[::2] for one in split(rest[:-1], ";")] if bracket else []
        for step in reversed(path.strip().split("/")[1:]):  # Datastreams/Sensor is Datastreams($expand=Sensor)
            inner = ";".join(f"{name}={value}" for name, value in pairs)
            pairs = [("$expand", f"{step}({inner})" if inner else step)]
        name = path.strip().split("/")[0]
        if name in found:
            more = _options(pairs, depth + 1)
            found[name] = Options(expand=found[name].expand | more.expand)
        else:
            found[name] = _options(pairs, depth + 1)
    return found


def split(text: str, mark: str) -> list[str]:
    """The parts of a text between marks that stand outside brackets and quotes."""
    parts, depth, quoted, begin = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == mark and depth == 0:
                parts.append(text[begin:at])
                begin = at + 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]
