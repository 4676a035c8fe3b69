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
    place: {lon: 경도, lat: 위도}        # or {refers: "urn:ngsi-ld:Dong:kostat-2020:{}", column: ADM_CD}
    time: {column: 시각, format: "%Y-%m-%d %H:%M", zone: Asia/Seoul}   # columns with a unit become readings
    constants: {refCity: {refers: "urn:ngsi-ld:City:kostat:31020"}, category: street}
    derive:
      height: {from: 지상층수, times: 4.0, unit: MTR, status: estimated, method: {ko: …, en: …}}

Every error names the mapping file and the line. Mappings for some well-known open files ship as `profiles/`, chosen by
file name and columns (`match:`), so that these files load without one.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pyproj import CRS
from pyproj.exceptions import CRSError

from madang.entities.entity import is_name
from madang.entities.units import check_unit
from madang.errors import DataError

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

    def check_columns(self, file: str, columns: Sequence[str]) -> None:
        """Refuse a mapping that names a column the file does not have; says which line and which are near."""
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
    except FileNotFoundError:
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


@dataclass(frozen=True)
class _Said:
    """A YAML value and the line it stands in; mappings hold further `_Said`, lists hold plain values."""

    value: Any
    line: int


def _parsed(name: str, text: str) -> dict[str, _Said]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = getattr(wrong, "problem", None) or wrong
        raise DataError("sources.mapping-not-yaml", mapping=name, line=line, why=why) from None
    if not isinstance(root, yaml.MappingNode):
        raise DataError("sources.mapping-not-yaml", mapping=name, line=1, why="not a mapping of keys to values")
    return dict(_with_lines(name, root).value)


def _with_lines(name: str, node: yaml.Node) -> _Said:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return _Said(_value(node), line)
    found: dict[str, _Said] = {}
    for key, inner in node.value:
        at = key.start_mark.line + 1
        if key.value in found:
            raise DataError("sources.mapping-not-yaml", mapping=name, line=at, why=f"{key.value} stands here twice")
        found[str(key.value)] = _Said(_with_lines(name, inner).value, at)
    return _Said(found, line)


def _value(node: yaml.Node) -> Any:
    """A scalar or list; only true and false are yes-or-no, so that a column called No stays one."""
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner) for inner in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(inner) for key, inner in node.value}
    if node.tag.endswith(":bool") and node.value.lower() not in ("true", "false"):
        return node.value
    return yaml.SafeLoader("").construct_object(node)


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


def _checked(name: str, parsed: Mapping[str, _Said]) -> MappingFile:
    def wrong(line: int, what: Any, expected: str) -> NoReturn:
        raise DataError("sources.mapping-wrong", mapping=name, line=line, found=what, expected=expected)

    for key, said in parsed.items():
        if key not in _KEYS:
            wrong(said.line, key, ", ".join(sorted(_KEYS)))
    kind = parsed.get("type")
    if kind is None or not isinstance(kind.value, str) or not is_name(kind.value):
        wrong(kind.line if kind else 1, kind.value if kind else "no type", "type: Building")
    columns = parsed.get("columns", _Said({"": ""}, 1) if kind.value == "Dataset" else None)
    if columns is None or not isinstance(columns.value, dict) or not columns.value:
        wrong(columns.line if columns else 1, "columns", "columns: {column: attribute}")
    crs = parsed.get("crs")
    if crs is not None:
        try:
            CRS.from_user_input(crs.value)
        except CRSError:
            wrong(crs.line, crs.value, "crs: EPSG:5186")
    return MappingFile(
        name=name,
        type=kind.value,
        authority=str(parsed["authority"].value) if "authority" in parsed else "file",
        key=_key(parsed.get("key")),
        key_line=parsed["key"].line if "key" in parsed else 0,
        columns=tuple(_column(name, column, said) for column, said in columns.value.items() if column),
        place=_place(name, parsed.get("place"), wrong),
        time=_time(parsed.get("time"), wrong),
        dataset=_dataset(parsed.get("dataset"), wrong),
        encoding=_text(parsed, "encoding"),
        crs=_text(parsed, "crs"),
        sheet=_text(parsed, "sheet"),
        layer=_text(parsed, "layer"),
        period=_text(parsed, "period"),
        missing=frozenset(str(m) for m in parsed["missing"].value) | {""} if "missing" in parsed else frozenset({""}),
        leave_out=_leave_out(parsed.get("leave_out"), wrong),
        constants=_constants(name, parsed.get("constants")),
        derived=_derived(name, parsed.get("derive"), wrong),
    )


def _text(parsed: Mapping[str, _Said], key: str) -> str | None:
    return str(parsed[key].value) if key in parsed else None


def _key(said: _Said | None) -> tuple[str, ...]:
    if said is None:
        return ()
    return tuple(map(str, said.value)) if isinstance(said.value, list) else (str(said.value),)


def _column(name: str, column: str, said: _Said) -> Column:
    def wrong(what: Any, expected: str, line: int = said.line) -> NoReturn:
        raise DataError("sources.mapping-wrong", mapping=name, line=line, found=what, expected=expected)

    if isinstance(said.value, str):
        attribute, given = said.value, {}
    elif isinstance(said.value, dict):
        given = said.value
        for key, inner in given.items():
            if key not in _COLUMN_KEYS:
                wrong(key, ", ".join(sorted(_COLUMN_KEYS)), inner.line)
        if "attribute" not in given:
            wrong(column, "attribute: name")
        attribute = str(given["attribute"].value)
    else:
        wrong(said.value, "column: attribute")
    if not is_name(attribute):
        wrong(attribute, "an attribute name such as floorArea")

    def of(key: str, default: Any = None) -> Any:
        return given[key].value if key in given else default

    kind = of("type", "number" if "unit" in given else "auto")
    if kind not in TYPES:
        wrong(kind, ", ".join(TYPES), given["type"].line)
    unit = of("unit")
    if unit is not None:
        check_unit(unit, place=f"{name}, line {given['unit'].line}")
    if of("zero", "value") not in ("value", "missing"):
        wrong(of("zero"), "zero: missing", given["zero"].line)
    refers = of("refers")
    if refers is not None and "{}" not in str(refers):
        wrong(refers, 'refers: "urn:ngsi-ld:Parcel:mois:{}"', given["refers"].line)
    return Column(
        column, attribute, kind, unit, of("format"), of("zero") == "missing", float(of("factor", 1.0)), refers,
        bool(of("must_match", False)), str(of("language", "ko")), said.line,
    )  # fmt: skip


def _place(name: str, said: _Said | None, wrong: Any) -> Place | None:
    if said is None:
        return None
    given = said.value if isinstance(said.value, dict) else {}
    if set(given) != {"lon", "lat"}:
        wrong(said.line, _plain(said), "place: {lon: column, lat: column}")
    return Place(str(given["lon"].value), str(given["lat"].value), said.line)


def _time(said: _Said | None, wrong: Any) -> Time | None:
    if said is None:
        return None
    given = _plain(said) if isinstance(said.value, dict) else {"column": said.value}
    if "column" not in given or set(given) - {"column", "format", "zone"}:
        wrong(said.line, given, "time: {column, format, zone}")
    zone = given.get("zone", "Asia/Seoul")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        wrong(said.line, zone, "zone: Asia/Seoul")
    return Time(str(given["column"]), given.get("format"), zone, said.line)


def _dataset(said: _Said | None, wrong: Any) -> Dataset | None:
    if said is None:
        return None
    given = _plain(said)
    if not isinstance(given, dict) or "id" not in given or "title" not in given:
        wrong(said.line, given, "dataset: {id, title: {ko, en}, publisher, licence}")
    status = given.get("status")
    if status is not None and status not in STATUSES:
        wrong(said.line, status, ", ".join(STATUSES))
    return Dataset(str(given["id"]), {k: v for k, v in given.items() if k not in ("id", "status")}, status)


def _leave_out(said: _Said | None, wrong: Any) -> frozenset[str]:
    if said is None:
        return frozenset()
    for reason in said.value:
        if reason not in LEAVABLE:
            wrong(said.line, reason, ", ".join(LEAVABLE))
    return frozenset(said.value)


def _constants(name: str, said: _Said | None) -> dict[str, Any]:
    if said is None:
        return {}
    for attribute, inner in said.value.items():
        if not is_name(attribute):
            raise DataError("sources.mapping-wrong", mapping=name, line=inner.line, found=attribute, expected="a name")
    return dict(_plain(said))


def _derived(name: str, said: _Said | None, wrong: Any) -> tuple[Derived, ...]:
    made = []
    for attribute, inner in (said.value if said else {}).items():
        given = _plain(inner)
        if not {"from", "times", "status", "method"} <= set(given) or given["status"] not in STATUSES:
            wrong(inner.line, attribute, "{from, times, unit, status: estimated, method: {ko, en}}")
        unit = given.get("unit")
        if unit is not None:
            check_unit(unit, place=f"{name}, line {inner.line}")
        made.append(
            Derived(attribute, given["from"], float(given["times"]), unit, given["status"], given["method"], inner.line)
        )
    return tuple(made)
