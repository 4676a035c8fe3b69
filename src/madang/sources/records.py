"""Records into entities: one rule for tables and layers alike.

A `Record` is a row or feature with the place it stands at ("stops.csv, line 12"). `build` makes entities by a mapping:
numbers may be padded and written with commas; a text the mapping calls missing is no value; 0 is missing only where the
mapping says so; personal phone numbers are dropped and counted. Whatever does not fit the mapping is a problem with its
line, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from madang.clock import to_text
from madang.entities.entity import (
    Document,
    check_entity,
    geo_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.entities.vocabulary import attribute_info
from madang.errors import DataError, MadangError
from madang.sources.base import Problems, Tally
from madang.sources.mapping import Column, MappingFile, constant
from madang.sources.shapes import transformer

Value = Any
PHONE = re.compile(r"(?<!\d)01[016789][-. ]?\d{3,4}[-. ]?\d{4}(?!\d)")
_TRUE = frozenset({"y", "yes", "true", "t", "1", "o", "예", "유"})
_FALSE = frozenset({"n", "no", "false", "f", "0", "x", "아니오", "무"})


@dataclass(slots=True)
class Record:
    """One row or feature: where it stands in its file, its cells, its checked geometry in lon/lat if it has one."""

    where: str
    cells: dict[str, Value]
    geometry: dict[str, Any] | None = None


def dataset_of(mapping: MappingFile, file: str) -> Document:
    """The Dataset record of a file, as far as its mapping tells; what it does not tell stays unknown."""
    told = mapping.dataset
    made: Document = {
        "id": urn("Dataset", mapping.authority, told.id if told else slug(file)),
        "type": "Dataset",
        "title": language_property(_pair(told.facts["title"] if told else file)),
    }
    for name, value in (told.facts if told else {}).items():
        if name != "title":
            made[name] = language_property(dict(value)) if isinstance(value, dict) else property_(str(value))
    if told and told.status:
        made["status"] = property_(told.status)
    return made


def slug(file: str) -> str:
    """A file's name as part of an id."""
    return re.sub(r"[^\w.-]+", "-", file).strip("-") or "file"


def _pair(title: Any) -> dict[str, str]:
    return dict(title) if isinstance(title, dict) else {"ko": str(title), "en": str(title)}


class Builder:
    """Turns the records of one file into entities, keeping count.

    A record whose key came before is a problem, or left out where it says the same. To tell, every entity is kept, or
    of a large file (`lean`) a hash of each.
    """

    def __init__(
        self, mapping: MappingFile, dataset_id: str, tally: Tally, problems: Problems, *, lean: bool = False
    ) -> None:
        self.mapping = mapping
        self._source = dataset_id
        self._status = mapping.dataset.status if mapping.dataset else None
        self._tally = tally
        self._problems = problems
        self._lines: dict[tuple[str, str | None], tuple[str, Document]] = {}
        self._hashes: dict[int, int] | None = {} if lean else None
        self._zone = ZoneInfo(mapping.time.zone) if mapping.time else None

    def build(self, records: Iterable[Record]) -> list[Document]:
        """The entities of all records; the first bad one is raised at the end, with the count of the others."""
        made = self.build_some(records)
        self._problems.raise_any()
        self.finish()
        return made

    def build_some(self, records: Iterable[Record]) -> list[Document]:
        """The entities of some of the records; bad ones go to the problems."""
        made = []
        for record in records:
            self._tally.read += 1
            try:
                document = self._one(record)
            except MadangError as problem:
                self._problems.add(problem, example=record.where)
                continue
            if document is not None:
                self._tally.kept += 1
                made.append(document)
        return made

    def finish(self) -> None:
        """Say what was dropped, once all records are built."""
        if self._tally.facts.get("phone_numbers_dropped"):
            self._tally.note("note-phones", count=self._tally.facts["phone_numbers_dropped"])

    def _one(self, record: Record) -> Document | None:
        mapping = self.mapping
        key = self._key(record)
        if key is None:
            self._left(record, "no-key", "sources.no-key", column=", ".join(mapping.key))
            return None
        point = self._point(record) if record.geometry is None else None
        if record.geometry is None and point is None and mapping.place is not None:
            self._left(record, "no-place", "sources.no-place", column=f"{mapping.place.lon}, {mapping.place.lat}")
            return None
        at = self._moment(record)
        document: Document = {"id": urn(mapping.type, mapping.authority, key), "type": mapping.type}
        for column in mapping.columns:
            instance = self._instance(column, record, at)
            if instance is not None:
                document[column.attribute] = instance
            elif column.places and record.geometry is None:
                self._left(record, "no-place", "sources.no-code", column=column.column)
                return None
        for derived in mapping.derived:
            if derived.attribute in document:  # the file says it itself
                continue
            number = self._number(record, derived.source, integer=False)
            if number:
                instance = property_(round(number * derived.times, 3), unit=derived.unit, status=derived.status)
                instance["method"] = language_property(dict(derived.method))
                document[derived.attribute] = instance
        for attribute, value in mapping.constants.items():
            document[attribute] = constant(value)
        if point is not None:
            document["location"] = geo_property(point)
        if mapping.period is not None:
            document["period"] = property_(mapping.period)
        document["source"] = relationship(self._source)
        if self._status is not None:
            document["status"] = property_(self._status)
        check_entity(document, where=record.where)
        if record.geometry is not None:  # the layer has checked it, all geometries at once
            document["location"] = geo_property(record.geometry)
        return self._once(document, record, at)

    def _once(self, document: Document, record: Record, at: str | None) -> Document | None:
        """The document, unless its key has been seen: an equal copy is left out, another one is a problem."""
        if self._hashes is not None:
            return self._once_by_hash(document, record, at) if self.mapping.key else document
        seen = self._lines.get((document["id"], at))
        if seen is None:
            self._lines[document["id"], at] = (record.where, document)
            return document
        if seen[1] == document:
            self._tally.leave_out("duplicate", example=record.where)
            return None
        raise DataError("sources.duplicate-key", place=record.where, id=document["id"], first=seen[0])

    def _once_by_hash(self, document: Document, record: Record, at: str | None) -> Document | None:
        assert self._hashes is not None
        key = hash((document["id"], at))
        content = hash(orjson.dumps(document))
        if key not in self._hashes:
            self._hashes[key] = content
            return document
        if self._hashes[key] == content:
            self._tally.leave_out("duplicate", example=record.where)
            return None
        raise DataError("sources.duplicate-key-somewhere", place=record.where, id=document["id"])

    def _left(self, record: Record, reason: str, code: str, **facts: Any) -> None:
        if reason not in self.mapping.leave_out:
            raise DataError(code, place=record.where, **facts)
        self._tally.leave_out(reason, example=record.where)

    # -- cells -------------------------------------------------------------------------------------------------------

    def _cell(self, record: Record, column: str) -> Value:
        """A cell's value without padding; None for what the mapping calls missing."""
        value = record.cells.get(column)
        if isinstance(value, str):
            value = value.strip()
            if value in self.mapping.missing:
                return None
        return None if isinstance(value, float) and value != value else value

    def _key(self, record: Record) -> str | None:
        if not self.mapping.key:
            return record.where.rpartition(" ")[2]
        parts = [self._cell(record, column) for column in self.mapping.key]
        if any(part is None for part in parts):
            return None
        return "-".join(re.sub(r"[\s<>\"{}|\\^`]+", "_", _as_text(part)) for part in parts)

    def _number(self, record: Record, column: str, *, integer: bool) -> float | int | None:
        value = self._cell(record, column)
        if value is None or isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            number = value
        else:
            text = str(value).replace(",", "").replace(" ", "")
            if text in ("-", "") or text in self.mapping.missing:
                return None
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
        if number != number or number in (float("inf"), float("-inf")):
            raise DataError("sources.not-a-number", place=record.where, column=column, found=value)
        if integer and number != int(number):
            raise DataError("sources.not-an-integer", place=record.where, column=column, found=value)
        return int(number) if integer or (number == int(number) and abs(number) < 2**53) else number

    def _point(self, record: Record) -> dict[str, Any] | None:
        place = self.mapping.place
        if place is None:
            return None
        lon = self._number(record, place.lon, integer=False)
        lat = self._number(record, place.lat, integer=False)
        if lon is None or lat is None:
            return None
        if self.mapping.crs:
            lon, lat = transformer(self.mapping.crs).transform(lon, lat)
        return {"type": "Point", "coordinates": [round(float(lon), 7), round(float(lat), 7)]}

    def _moment(self, record: Record) -> str | None:
        time = self.mapping.time
        if time is None or self._zone is None:
            return None
        found = self._cell(record, time.column)
        if found is None:
            raise DataError("sources.no-time", place=record.where, column=time.column)
        try:
            moment = found if isinstance(found, datetime) else parse_moment(_as_text(found), time.format)
        except ValueError:
            raise DataError(
                "sources.bad-time",
                place=record.where,
                column=time.column,
                found=found,
                format=time.format or "ISO 8601",
            ) from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        return to_text(aware.astimezone(UTC))

    def _instance(self, column: Column, record: Record, at: str | None) -> dict[str, Any] | None:
        value = self._value(column, record)
        if value is None:
            return None
        if column.refers is not None:
            return relationship(column.refers.replace("{}", _as_text(value)))
        if isinstance(value, str) and PHONE.search(value):
            facts = self._tally.facts
            facts["phone_numbers_dropped"] = facts.get("phone_numbers_dropped", 0) + 1
            return None
        info = attribute_info(column.attribute)
        if info is not None and info.kind == "LanguageProperty" and isinstance(value, str):
            return language_property({column.language: value})
        return property_(value, unit=column.unit, observed_at=at if column.unit is not None else None)

    def _value(self, column: Column, record: Record) -> Value:
        kind = column.type
        if kind in ("number", "integer"):
            number = self._number(record, column.column, integer=kind == "integer")
            if number is None or (number == 0 and column.zero_is_missing):
                return None
            return number if column.factor == 1.0 else float(f"{number * column.factor:.12g}")
        value = self._cell(record, column.column)
        if value is None or (value == 0 and column.zero_is_missing and not isinstance(value, bool)):
            return None
        if kind == "text":
            return _as_text(value)
        if kind == "boolean":
            return self._boolean(value, column, record)
        if kind == "date":
            return self._date(value, column, record)
        return value.isoformat() if isinstance(value, datetime) else value

    def _boolean(self, value: Value, column: Column, record: Record) -> bool:
        word = _as_text(value).lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise DataError("sources.not-yes-or-no", place=record.where, column=column.column, found=value)

    def _date(self, value: Value, column: Column, record: Record) -> str:
        if isinstance(value, datetime):
            return value.date().isoformat()
        try:
            return parse_moment(_as_text(value), column.format).date().isoformat()
        except ValueError:
            raise DataError(
                "sources.bad-time",
                place=record.where, column=column.column, found=value, format=column.format or "ISO 8601",
            ) from None  # fmt: skip


def parse_moment(text: str, format: str | None) -> datetime:
    """A moment from text; hour 24 belongs to the next day."""
    if format is None:
        return datetime.fromisoformat(text)
    try:
        return datetime.strptime(text, format)
    except ValueError:
        if "%H" in format and re.search(r"(?<!\d)24(?!\d)|(?<=\d{8})24", text):
            earlier = (
                re.sub(r"(?<!\d)24(?=\D|$)", "00", text)
                if re.search(r"(?<!\d)24(?!\d)", text)
                else text[:8] + "00" + text[10:]
            )
            return datetime.strptime(earlier, format) + timedelta(days=1)
        raise


def _as_text(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def joins_wanted(mapping: MappingFile) -> Iterator[str]:
    """The attributes that must find what they refer to in the city."""
    return (column.attribute for column in mapping.columns if column.refers is not None and column.must_match)
