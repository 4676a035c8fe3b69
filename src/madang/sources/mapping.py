"""Mapping files: what the columns of a table or layer are, in YAML that an engineer writes.

    type: BusStop                       # the entities' type
    authority: seongnam                 # in their ids: urn:ngsi-ld:BusStop:seongnam:5001
    key: 정류장번호(ID)                  # the column (or columns) that name a record
    encoding: cp949                     # else found out: UTF-8, then cp949
    crs: EPSG:5186                      # of layers and of place columns, where the file does not say it
    missing: ["", "-", "nan"]           # texts that stand for nothing
    leave_out: [no-key, no-place]       # records that may be left out and counted; anything else refuses the file
    dataset: {id: …, title: {ko, en}, publisher, licence, licenceUrl, attribution, version, url, status}
    period: "2026-04-08"                # what the figures stand for
    columns:
      정류장명: name                     # column: attribute
      연면적: {attribute: floorArea, type: number, unit: MTK, zero: missing}
      PNU: {attribute: refParcel, refers: "urn:ngsi-ld:Parcel:mois:{}"}
    place: {lon: 경도, lat: 위도}        # or, by a code: {refers: "urn:ngsi-ld:Dong:kostat-2020:{}", column: ADM_CD}
    time: {column: 시각, format: "%Y-%m-%d %H:%M", zone: Asia/Seoul}   # columns with a unit become readings
    constants: {refCity: {refers: "urn:ngsi-ld:City:kostat:31020"}, category: street}
    derive:
      height: {from: 지상층수, times: 4.0, unit: MTR, status: estimated, method: {ko: …, en: …}}

A place by a code is a relationship (`refDong` for a Dong), whose matches in the city are counted. A source that takes
no `columns`, such as CityJSON, needs no `type` either. Every error names the mapping file and the line. Mappings for
some well-known open files ship as `profiles/`, chosen by file name and columns (`match:`), so that these files load
without one.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pyproj.exceptions import ProjError

from madang.entities.entity import (
    ENTITY_MEMBERS,
    NO_ATTRIBUTE_NAMES,
    Instance,
    check_entity,
    is_name,
    is_uri,
    language_property,
    property_,
    relationship,
)
from madang.entities.units import check_unit
from madang.entities.vocabulary import attribute_info
from madang.errors import DataError
from madang.sources.shapes import transformer

TYPES = ("auto", "text", "number", "integer", "boolean", "date")
STATUSES = ("observed", "estimated", "synthetic")
LEAVABLE = ("no-key", "no-place", "no-geometry")


@dataclass(frozen=True)
class Column:
    """What one column is."""

    column: str
    attribute: str
    type: str = "auto"
    unit: str | None = None
    format: str | None = None  # of dates
    zero_is_missing: bool = False
    factor: float = 1.0  # the file's number times this is in `unit`
    refers: str | None = None  # a pattern for the id of the entity the value names
    must_match: bool = False  # a join that matches nothing at all refuses the file
    language: str = "ko"
    places: bool = False  # it says where the record is: without it, and without geometry, there is no place
    line: int = 0


@dataclass(frozen=True)
class Derived:
    """An attribute computed as column times a stated constant."""

    attribute: str
    source: str
    times: float
    unit: str | None
    status: str
    method: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True)
class Place:
    """Where a record is: two columns of coordinates."""

    lon: str
    lat: str
    line: int = 0


@dataclass(frozen=True)
class Time:
    """When a record was observed."""

    column: str
    format: str | None
    zone: str
    line: int = 0


@dataclass(frozen=True)
class Dataset:
    """What is known of the data: who published it, under which terms."""

    id: str
    facts: Mapping[str, Any]
    status: str | None


@dataclass(frozen=True)
class MappingFile:
    """A mapping as it was read and checked; `name` is its file's name."""

    name: str
    type: str
    authority: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    key_line: int = 0
    place: Place | None = None
    time: Time | None = None
    dataset: Dataset | None = None
    encoding: str | None = None
    crs: str | None = None
    sheet: str | None = None
    layer: str | None = None
    period: str | None = None
    missing: frozenset[str] = frozenset({""})
    leave_out: frozenset[str] = frozenset()
    constants: Mapping[str, Any] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    only_terms: bool = False  # no columns: for sources that know what their files hold

    def check_columns(self, file: str, columns: Sequence[str]) -> None:
        """Refuse a mapping without columns, or with one that the file does not have; says the line and what is near."""
        if self.only_terms:
            _Reader(self.name).wrong(1, "no columns", "columns: {column: attribute}")
        named = [(c.column, c.line) for c in self.columns] + [(k, self.key_line) for k in self.key]
        named += [(d.source, d.line) for d in self.derived]
        if self.place:
            named += [(self.place.lon, self.place.line), (self.place.lat, self.place.line)]
        if self.time:
            named.append((self.time.column, self.time.line))
        for column, line in named:
            if column not in columns:
                near = get_close_matches(column, columns, n=1, cutoff=0.6)
                raise DataError(
                    "sources.missing-column",
                    mapping=self.name, line=line, column=column, file=file,
                    columns=", ".join(columns), near=near[0] if near else columns[0] if columns else "?",
                )  # fmt: skip


def read_mapping(path: Path) -> MappingFile:
    """A mapping file; raises a DataError naming file and line if something in it is wrong."""
    try:
        text = path.read_text("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise DataError("sources.no-mapping-file", mapping=path) from None
    except UnicodeDecodeError:
        raise DataError("sources.mapping-not-utf8", mapping=path.name) from None
    return _checked(path.name, _parsed(path.name, text))


def profile_for(file: str, columns: Sequence[str]) -> MappingFile | None:
    """The shipped mapping for a well-known file, by its name and columns; None if there is none."""
    have = set(columns)
    for name, patterns, needed, mapping in _profiles():
        if any(fnmatch.fnmatch(file, pattern) for pattern in patterns) and needed <= have:
            assert mapping.name == name
            return mapping
    return None


@cache
def _profiles() -> tuple[tuple[str, tuple[str, ...], frozenset[str], MappingFile], ...]:
    found = []
    for file in sorted(resources.files("madang.sources.profiles").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            parsed = _parsed(file.name, file.read_text("utf-8"))
            match = parsed.pop("match")
            needed = frozenset(match.value["columns"].value)
            found.append((file.name, tuple(match.value["files"].value), needed, _checked(file.name, parsed)))
    return tuple(found)


# --- reading YAML with line numbers ----------------------------------------------------------------------------------


MOST_VALUES = 100_000


@dataclass(frozen=True)
class _Said:
    """A YAML value and the line it stands in; mappings hold further `_Said`, lists hold plain values."""

    value: Any
    line: int


def _parsed(name: str, text: str) -> dict[str, _Said]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise _not_yaml(name, 1, "not a mapping of keys to values")
        if _written_out(root, {}) > MOST_VALUES:
            raise _not_yaml(name, 1, "its aliases stand for too many values")
        return dict(_with_lines(name, root).value)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise _not_yaml(name, line, getattr(wrong, "problem", None) or wrong) from None
    except RecursionError:
        raise _not_yaml(name, 1, "it goes too deep") from None


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node has with its aliases written out: a few lines of them can stand for billions."""
    if id(node) not in known:
        below = node.value if isinstance(node, yaml.SequenceNode) else ()
        if isinstance(node, yaml.MappingNode):
            below = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_written_out(one, known) for one in below)
    return known[id(node)]


def _not_yaml(name: str, line: int, why: object) -> DataError:
    return DataError("sources.mapping-not-yaml", mapping=name, line=line, why=why)


def _with_lines(name: str, node: yaml.Node) -> _Said:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return _Said(_value(name, node), line)
    found: dict[str, _Said] = {}
    for key, inner in node.value:
        at = key.start_mark.line + 1
        word = _key_text(name, key)
        if word in found:
            raise _not_yaml(name, at, f"{word} stands here twice")
        found[word] = _Said(_with_lines(name, inner).value, at)
    return _Said(found, line)


def _key_text(name: str, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _not_yaml(name, node.start_mark.line + 1, "a key is a word, no list and no mapping")
    return str(node.value)


def _value(name: str, node: yaml.Node) -> Any:
    """A scalar or list; only true and false are yes-or-no, so that a column called No stays one."""
    if isinstance(node, yaml.SequenceNode):
        return [_value(name, inner) for inner in node.value]
    if isinstance(node, yaml.MappingNode):
        return {_key_text(name, key): _value(name, inner) for key, inner in node.value}
    if node.tag.endswith(":bool") and node.value.lower() not in ("true", "false"):
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, AttributeError):  # what looks like a date or number and is none: 2026-02-30
        return node.value


def _plain(said: Any) -> Any:
    """A value without its lines."""
    if isinstance(said, _Said):
        return _plain(said.value)
    if isinstance(said, dict):
        return {key: _plain(value) for key, value in said.items()}
    return said


_KEYS = frozenset(
    ("type", "authority", "key", "encoding", "crs", "sheet", "layer", "missing", "leave_out", "dataset", "period",
     "columns", "place", "time", "constants", "derive", "match")
)  # fmt: skip
_COLUMN_KEYS = frozenset(("attribute", "type", "unit", "format", "zero", "factor", "refers", "must_match", "language"))


_DERIVED_KEYS = frozenset(("from", "times", "unit", "status", "method"))


@dataclass(frozen=True)
class _Reader:
    """Reads values of one mapping file; a wrong one is named with its line and with what was expected."""

    name: str

    def wrong(self, line: int, found: Any, expected: str) -> NoReturn:
        raise DataError("sources.mapping-wrong", mapping=self.name, line=line, found=_plain(found), expected=expected)

    def text(self, said: _Said, expected: str) -> str:
        """A word or number as text."""
        return self.word(said.value, said.line, expected)

    def word(self, value: Any, line: int, expected: str) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int | float | date):
            self.wrong(line, value, expected)
        return str(value)

    def words(self, said: _Said, expected: str) -> tuple[str, ...]:
        """A list of words."""
        if not isinstance(said.value, list):
            self.wrong(said.line, said.value, expected)
        return tuple(self.word(value, said.line, expected) for value in said.value)

    def number(self, said: _Said, expected: str) -> float:
        try:
            number = math.nan if isinstance(said.value, bool) else float(said.value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.wrong(said.line, said.value, expected)
        return number

    def table(self, said: _Said, expected: str, keys: frozenset[str] | None = None) -> Mapping[str, _Said]:
        """Keys and values, with no other keys than these."""
        if not isinstance(said.value, dict):
            self.wrong(said.line, said.value, expected)
        for key, inner in said.value.items():
            if keys is not None and key not in keys:
                self.wrong(inner.line, key, ", ".join(sorted(keys)))
        return said.value

    def texts(self, said: _Said, expected: str) -> dict[str, str]:
        """A text by language."""
        found = {tag: self.text(inner, expected) for tag, inner in self.table(said, expected).items()}
        self.checked("title", language_property(dict(found)), said.line)
        return found

    def attribute(self, name: str, line: int) -> str:
        if not is_name(name) or name in ENTITY_MEMBERS or name in NO_ATTRIBUTE_NAMES:
            self.wrong(line, name, "an attribute name such as floorArea")
        return name

    def refers(self, said: _Said) -> str:
        """A pattern for ids."""
        expected = 'refers: "urn:ngsi-ld:Parcel:mois:{}"'
        pattern = self.text(said, expected)
        if "{}" not in pattern or not is_uri(pattern.replace("{}", "1")):
            self.wrong(said.line, pattern, expected)
        return pattern

    def unit(self, said: _Said) -> str:
        return check_unit(self.text(said, "unit: MTR"), place=f"{self.name}, line {said.line}")

    def one_of(self, said: _Said, words: Sequence[str]) -> str:
        word = self.text(said, ", ".join(words))
        if word not in words:
            self.wrong(said.line, word, ", ".join(words))
        return word

    def format(self, said: _Said) -> str:
        """A format of dates that strptime takes; that it fits no date is found where the dates are read."""
        expected = 'format: "%Y-%m-%d %H:%M"'
        format = self.text(said, expected)
        try:
            datetime.strptime("", format)
        except re.error:  # a part that stands there twice
            self.wrong(said.line, format, expected)
        except ValueError:
            pass
        return format

    def checked(self, name: str, instance: Instance, line: int) -> Instance:
        """An attribute instance that passes the check at the door."""
        check_entity({"id": "urn:x:1", "type": "Dataset", name: instance}, where=f"{self.name}, line {line}")
        return instance


def _checked(name: str, parsed: Mapping[str, _Said]) -> MappingFile:
    read = _Reader(name)
    for key, said in parsed.items():
        if key not in _KEYS:
            read.wrong(said.line, key, ", ".join(sorted(_KEYS)))
    type = _type(read, parsed)
    place = parsed.get("place")
    return MappingFile(
        name=name,
        type=type,
        authority=_authority(read, parsed.get("authority"), type),
        key=_key(read, parsed.get("key")),
        key_line=parsed["key"].line if "key" in parsed else 0,
        columns=(*_columns(read, parsed.get("columns")), *_place_by_code(read, place)),
        place=_place(read, place),
        time=_time(read, parsed.get("time")),
        dataset=_dataset(read, parsed.get("dataset")),
        encoding=_text(read, parsed, "encoding"),
        crs=_crs(read, parsed.get("crs")),
        sheet=_text(read, parsed, "sheet"),
        layer=_text(read, parsed, "layer"),
        period=_text(read, parsed, "period"),
        missing=_missing(read, parsed.get("missing")),
        leave_out=_leave_out(read, parsed.get("leave_out")),
        constants=_constants(read, parsed.get("constants")),
        derived=_derived(read, parsed.get("derive")),
        only_terms="columns" not in parsed,
    )


def _type(read: _Reader, parsed: Mapping[str, _Said]) -> str:
    """The entities' type; only a mapping without columns does without."""
    if "type" not in parsed:
        if "columns" in parsed:
            read.wrong(1, "no type", "type: Building")
        return ""
    type = read.text(parsed["type"], "type: Building")
    if not is_name(type):
        read.wrong(parsed["type"].line, type, "type: Building")
    return type


def _authority(read: _Reader, said: _Said | None, type: str) -> str:
    if said is None:
        return "file"
    authority = read.text(said, "authority: seongnam")
    if not authority or not is_uri(f"urn:ngsi-ld:{type}:{authority}:1"):
        read.wrong(said.line, authority, "authority: seongnam")
    return authority


def _text(read: _Reader, parsed: Mapping[str, _Said], key: str) -> str | None:
    return read.text(parsed[key], f"{key}: a text") if key in parsed else None


def _key(read: _Reader, said: _Said | None) -> tuple[str, ...]:
    if said is None:
        return ()
    expected = "key: a column, or a list of columns"
    columns = read.words(said, expected) if isinstance(said.value, list) else (read.text(said, expected),)
    if not columns:
        read.wrong(said.line, "no column", expected)
    return columns


def _crs(read: _Reader, said: _Said | None) -> str | None:
    if said is None:
        return None
    text = read.text(said, "crs: EPSG:5186")
    crs = f"EPSG:{text}" if text.isdecimal() else text
    try:
        transformer(crs)
    except (ProjError, ValueError):
        read.wrong(said.line, text, "crs: EPSG:5186")
    return crs


def _missing(read: _Reader, said: _Said | None) -> frozenset[str]:
    return frozenset({""} | set(read.words(said, 'missing: ["-", "nan"]') if said else ()))


def _columns(read: _Reader, said: _Said | None) -> list[Column]:
    if said is None:
        return []
    expected = "columns: {column: attribute}"
    columns = read.table(said, expected)
    if not columns:
        read.wrong(said.line, "columns", expected)
    return [_column(read, column, inner) for column, inner in columns.items() if column]


def _column(read: _Reader, column: str, said: _Said) -> Column:
    if isinstance(said.value, str):
        return Column(column, read.attribute(said.value, said.line), line=said.line)
    given = read.table(said, "column: attribute", _COLUMN_KEYS)
    if "attribute" not in given:
        read.wrong(said.line, column, "attribute: name")

    def of(key: str, how: Callable[..., Any], default: Any, *more: Any) -> Any:
        return how(given[key], *more) if key in given else default

    return Column(
        column,
        read.attribute(read.text(given["attribute"], "attribute: name"), given["attribute"].line),
        type=of("type", read.one_of, "number" if "unit" in given else "auto", TYPES),
        unit=of("unit", read.unit, None),
        format=of("format", read.format, None),
        zero_is_missing=of("zero", read.one_of, "value", ("value", "missing")) == "missing",
        factor=of("factor", read.number, 1.0, "factor: 0.01"),
        refers=of("refers", read.refers, None),
        must_match=of("must_match", read.one_of, "false", ("true", "false")) == "true",
        language=of("language", read.text, "ko", "language: ko"),
        line=said.line,
    )


_PLACE = 'place: {lon: column, lat: column} or place: {column, refers: "urn:ngsi-ld:Dong:kostat-2020:{}"}'


def _place(read: _Reader, said: _Said | None) -> Place | None:
    """A place by coordinates; None if there is none or if it is by a code."""
    if said is None or (given := read.table(said, _PLACE)).keys() == {"column", "refers"}:
        return None
    if given.keys() != {"lon", "lat"}:
        read.wrong(said.line, said, _PLACE)
    return Place(read.text(given["lon"], _PLACE), read.text(given["lat"], _PLACE), said.line)


def _place_by_code(read: _Reader, said: _Said | None) -> list[Column]:
    """The relationship that a place by a code is: refDong for a Dong, refPlace where there is no better word."""
    if said is None or (given := read.table(said, _PLACE)).keys() != {"column", "refers"}:
        return []
    refers = read.refers(given["refers"])
    attribute = f"ref{refers.removeprefix('urn:ngsi-ld:').partition(':')[0]}"
    attribute = attribute if attribute_info(attribute) else "refPlace"
    column = read.text(given["column"], _PLACE)
    return [Column(column, attribute, refers=refers, must_match=True, places=True, line=said.line)]


def _time(read: _Reader, said: _Said | None) -> Time | None:
    if said is None:
        return None
    expected = "time: {column, format, zone}"
    keys = frozenset(("column", "format", "zone"))
    given = {"column": said} if isinstance(said.value, str) else read.table(said, expected, keys)
    if "column" not in given:
        read.wrong(said.line, said, expected)
    zone = read.text(given["zone"], "zone: Asia/Seoul") if "zone" in given else "Asia/Seoul"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        read.wrong(said.line, zone, "zone: Asia/Seoul")
    format = read.format(given["format"]) if "format" in given else None
    return Time(read.text(given["column"], expected), format, zone, said.line)


def _dataset(read: _Reader, said: _Said | None) -> Dataset | None:
    """What is known of the data; a key without a value stays unknown."""
    if said is None:
        return None
    expected = "dataset: {id, title: {ko, en}, publisher, licence}"
    given = {key: inner for key, inner in read.table(said, expected).items() if inner.value is not None}
    if "id" not in given or "title" not in given:
        read.wrong(said.line, said, expected)
    id = read.text(given.pop("id"), expected)
    if not is_uri(f"urn:ngsi-ld:Dataset:x:{id}"):
        read.wrong(said.line, id, expected)
    status = read.one_of(given.pop("status"), STATUSES) if "status" in given else None
    return Dataset(
        id,
        {
            read.attribute(key, inner.line): read.texts(inner, "{ko: …, en: …}")
            if isinstance(inner.value, dict)
            else read.text(inner, f"{key}: a text, or {{ko: …, en: …}}")
            for key, inner in given.items()
        },
        status,
    )


def _leave_out(read: _Reader, said: _Said | None) -> frozenset[str]:
    reasons = read.words(said, f"leave_out: [{', '.join(LEAVABLE)}]") if said else ()
    for reason in reasons:
        if said and reason not in LEAVABLE:
            read.wrong(said.line, reason, ", ".join(LEAVABLE))
    return frozenset(reasons)


def _constants(read: _Reader, said: _Said | None) -> dict[str, Any]:
    found = {}
    for attribute, inner in (read.table(said, "constants: {attribute: value}") if said else {}).items():
        value = _plain(inner)
        value = value.isoformat() if isinstance(value, date) else value
        read.checked(read.attribute(attribute, inner.line), constant(value), inner.line)
        found[attribute] = value
    return found


def constant(value: Any) -> Instance:
    """The attribute instance that a constant stands for."""
    if isinstance(value, dict) and set(value) == {"refers"}:
        return relationship(value["refers"])
    if isinstance(value, dict) and set(value) <= {"ko", "en"}:
        return language_property(dict(value))
    return property_(value)


def _derived(read: _Reader, said: _Said | None) -> tuple[Derived, ...]:
    expected = "{from, times, unit, status: estimated, method: {ko, en}}"
    made = []
    for attribute, inner in (read.table(said, f"derive: {{attribute: {expected}}}") if said else {}).items():
        given = read.table(inner, expected, _DERIVED_KEYS)
        if _DERIVED_KEYS - {"unit"} - given.keys():
            read.wrong(inner.line, attribute, expected)
        made.append(
            Derived(
                read.attribute(attribute, inner.line),
                read.text(given["from"], "from: a column"),
                read.number(given["times"], "times: 4.0"),
                read.unit(given["unit"]) if "unit" in given else None,
                read.one_of(given["status"], STATUSES),
                read.texts(given["method"], "method: {ko: …, en: …}"),
                inner.line,
            )
        )
    return tuple(made)
