"""University disclosure tables (대학정보공시): one entity a department and year, from CSV or XLSX.

The table is known by its headings, wherever it begins: a school, a department, and at least one count (quota,
entrants, graduates …). Headings may stand on several rows ("졸업자" above "계", "남", "여"): the total
is read, else men and women are added. A year stands in a column, or in a title above the headings.

Rows of sums are left out and counted. A withheld or empty count is unknown, never zero. Columns of contact persons are
not read; a phone number or mail address in a text is dropped. Each file keeps its own figures: quota and graduates that
come in two files are put together where they are used, so that each says its source.

The layout follows tables as they are published; it was not checked against every edition.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from madang.entities.entity import Document, check_entity, language_property, property_, relationship, urn
from madang.errors import DataError, MadangError, both
from madang.sources.base import Loaded, Problems, Tally
from madang.sources.encoding import decoded
from madang.sources.mapping import read_mapping
from madang.sources.records import PHONE, dataset_of, slug
from madang.sources.xlsx import sheet_rows

AUTHORITY = "academyinfo"
SUFFIXES = frozenset((".csv", ".tsv", ".txt", ".xlsx", ".xlsm"))
SEARCHED = 20  # rows in which the headings begin
HEADING_ROWS = 3
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]")


class UniversitiesSource:
    """Reads university disclosure tables."""

    name = "universities"

    def can_read(self, path: Path) -> bool:
        """A table with the headings of a disclosure."""
        if path.suffix.lower() not in SUFFIXES:
            return False
        try:
            return _layout(_table(path, most=SEARCHED + HEADING_ROWS)) is not None
        except MadangError:
            return False

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """Universities and their departments by year, all or nothing; a mapping says the terms of the data set."""
        rows = _table(path)
        layout = _layout(rows)
        if layout is None:
            raise DataError("talent.file-layout", file=path.name)
        dataset, authority = _dataset(path, mapping, rows[: layout.heading])
        tally = Tally("rows")
        problems = Problems(tally, skip_bad)
        if layout.contacts:
            tally.notes.append(both("talent.note-contacts", columns=layout.contacts))
        made: dict[str, tuple[str, Document]] = {}
        schools: dict[str, Document] = {}
        for line, cells in enumerate(rows[layout.first :], layout.first + 1):
            where = f"{path.name}, line {line}"
            if not any(_text(cell) for cell in cells):
                continue
            tally.read += 1
            try:
                row = _row(layout, cells, where)
                if row is None:
                    tally.leave_out("total", example=where)
                    continue
                school, document = _entities(row, dataset, authority)
                check_entity(document, where=where)
                if document["id"] in made:
                    first = made[document["id"]][0]
                    raise DataError("sources.duplicate-key", place=where, id=document["id"], first=first)
            except MadangError as problem:
                problems.add(problem, example=where)
                continue
            made[document["id"]], schools[school["id"]] = (where, document), school
            tally.kept += 1
            for name, count in (("unknown_counts", row.unknown), ("contacts_dropped", row.dropped)):
                tally.facts[name] = tally.facts.get(name, 0) + count
        problems.raise_any()
        if tally.facts.get("unknown_counts"):
            tally.notes.append(both("talent.note-unknown-counts", count=tally.facts["unknown_counts"]))
        documents = [document for _, document in made.values()]
        return Loaded([*schools.values(), *documents], [dataset], {}, tally.report(path.name))


# --- the table -------------------------------------------------------------------------------------------------------

Cells = Sequence[Any]


def _table(path: Path, most: int | None = None) -> list[Cells]:
    """The rows of a table, or the first of them."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        text, _ = decoded(path, None)
        head = next((line for line in text.splitlines() if any(mark in line for mark in ",\t;")), "")
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count)), most))
    return list(sheet_rows(path, most=most))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where headings begin, where rows begin, and which columns hold what; a count may be made of men and women."""

    heading: int
    first: int
    texts: Mapping[str, int]
    counts: Mapping[str, tuple[int, ...]]
    year: int | None  # said above the headings
    contacts: int


def _layout(rows: Sequence[Cells]) -> _Layout | None:
    """The layout of a table; None where its headings are no disclosure's."""
    for heading, cells in enumerate(rows[:SEARCHED]):
        plain = [_plain(cell) for cell in cells]
        if not ({*plain} & _names("school") and {*plain} & _names("department")):
            continue
        first, headings = _headings(rows, heading)
        texts = {name: n for name in _words()["columns"] if (n := _one(headings, _names(name))) is not None}
        counts = {name: at for name, synonyms in _words()["counts"].items() if (at := _count(headings, synonyms))}
        contacts = sum(_is_contact("".join(parts)) for parts in headings)
        titles = [_text(cell) for row in rows[:heading] for cell in row]
        said = next((int(found[1]) for title in titles if (found := YEAR.search(title))), None)
        return _Layout(heading, first, texts, counts, said, contacts) if counts else None
    return None


def _headings(rows: Sequence[Cells], heading: int) -> tuple[int, list[tuple[str, ...]]]:
    """Where rows begin, and the parts of each column's heading from top to bottom; empty ones take their left's."""
    width = max(len(row) for row in rows[heading : heading + HEADING_ROWS])
    key = next(n for n, cell in enumerate(rows[heading]) if _plain(cell) in _names("school"))
    last = heading
    while last + 1 < len(rows) and last + 1 - heading < HEADING_ROWS and _goes_on(rows[last + 1], rows[heading], key):
        last += 1
    parts: list[list[str]] = [[] for _ in range(width)]
    for n, row in enumerate(rows[heading : last + 1]):
        left = ""
        for at in range(width):
            said = _plain(row[at]) if at < len(row) else ""
            left = said or (left if n + heading < last else "")
            if left and left not in parts[at]:
                parts[at].append(left)
    return last + 1, [tuple(one) for one in parts]


def _goes_on(row: Cells, heading: Cells, key: int) -> bool:
    """Whether a row still belongs to the headings: nothing new in the column of schools, and no number anywhere."""
    said = _plain(row[key]) if key < len(row) else ""
    filled = [_text(cell) for cell in row if _text(cell)]
    has_numbers = any(re.fullmatch(r"[\d,.]+", cell) for cell in filled)
    return bool(filled) and said in ("", _plain(heading[key])) and not has_numbers


def _one(headings: Sequence[tuple[str, ...]], names: frozenset[str]) -> int | None:
    return next((n for n, parts in enumerate(headings) if parts and {parts[0], parts[-1]} & names), None)


def _count(headings: Sequence[tuple[str, ...]], synonyms: Sequence[str]) -> tuple[int, ...]:
    """The column of a count's total, or the two of men and women; () where it has neither."""
    names = frozenset(_plain(one) for one in synonyms)
    by_kind: dict[str, list[int]] = {"total": [], "male": [], "female": []}
    for at, parts in enumerate(headings):
        place = next((n for n, part in enumerate(parts) if part in names or _ending(part, names)), None)
        if place is None or any(word in part for part in parts for word in _words()["words"]["beside"]):
            continue
        kinds = [_ending(parts[place], names)] if parts[place] not in names else []
        kinds += [_kind(part) for part in parts[place + 1 :]]
        if len(set(kinds)) <= 1 and (kind := kinds[0] if kinds else "total") in by_kind:
            by_kind[str(kind)].append(at)
    if by_kind["total"]:
        return (by_kind["total"][0],)
    return (by_kind["male"][0], by_kind["female"][0]) if by_kind["male"] and by_kind["female"] else ()


def _kind(part: str) -> str | None:
    return next((kind for kind in ("total", "male", "female") if part in _words()["words"][kind]), None)


def _ending(heading: str, names: frozenset[str]) -> str | None:
    """Of a heading on one row ("졸업자_계"): which part of a count it is."""
    head, mark, end = heading.rpartition("_")
    return _kind(end) if mark and head in names else None


def _is_contact(heading: str) -> bool:
    return any(word in heading for word in _words()["words"]["contact"])


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files("madang.sources").joinpath("universities.toml").read_text("utf-8"))


@cache
def _names(column: str) -> frozenset[str]:
    return frozenset(_plain(one) for one in _words()["columns"][column])


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _plain(cell: Any) -> str:
    """A heading without blanks, brackets and capitals."""
    return re.sub(r"\s+", "", _BRACKETS.sub("", _text(cell))).lower() or re.sub(r"\s+", "", _text(cell)).lower()


# --- a row -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """One department in one year; a count that is withheld is None."""

    texts: Mapping[str, str]
    year: int
    study: int | None
    counts: Mapping[str, int | None]
    dropped: int  # texts that held a phone number or mail address

    @property
    def unknown(self) -> int:
        return sum(value is None for value in self.counts.values())


def _row(layout: _Layout, cells: Cells, where: str) -> _Row | None:
    """The row, or None where it is a sum of others."""
    said = {name: _text(cells[at]) if at < len(cells) else "" for name, at in layout.texts.items()}
    sums = frozenset(_words()["words"]["sums"])
    if {re.sub(r"\s+", "", said[name]).lower() for name in ("school", "department")} & sums:
        return None
    dropped = [name for name, text in said.items() if PHONE.search(text) or MAIL.search(text)]
    said = {name: text for name, text in said.items() if name not in dropped}
    for name in ("school", "department"):
        if not said.get(name):
            raise DataError("talent.file-without", place=where, column=name)
    found = YEAR.search(said.get("year", ""))
    year = int(found[1]) if found else layout.year
    if year is None:
        raise DataError("talent.file-without", place=where, column="year")
    counts = {name: _sum([_number(cells, n, where, name) for n in at]) for name, at in layout.counts.items()}
    for less, more in (("employed", "employable"), ("employable", "graduates"), ("employed", "graduates")):
        a, b = counts.get(less), counts.get(more)
        if a is not None and b is not None and a > b:
            raise DataError("talent.file-more", place=where, less=less, more=more, found=a, most=b)
    study = re.match(r"\d+", said.get("study", ""))
    return _Row(said, year, int(study[0]) if study else None, counts, len(dropped))


def _number(cells: Cells, at: int, where: str, column: str) -> int | None:
    text = _text(cells[at]) if at < len(cells) else ""
    if text in _words()["words"]["unknown"]:
        return None
    digits = text.removesuffix("명").replace(",", "").strip()
    if not digits.isascii() or not digits.isdigit():
        raise DataError("talent.file-number", place=where, column=column, found=text)
    return int(digits)


def _sum(parts: Sequence[int | None]) -> int | None:
    return None if any(part is None for part in parts) else sum(part for part in parts if part is not None)


# --- entities --------------------------------------------------------------------------------------------------------


def _dataset(path: Path, mapping: Path | None, titles: Sequence[Cells]) -> tuple[Document, str]:
    """The data set of a file and the authority of its ids; a file that calls itself made up is synthetic."""
    if mapping is not None:
        told = read_mapping(mapping)
        return dataset_of(told, path.name), told.authority
    said = " ".join([path.name, *(_text(cell) for row in titles for cell in row)]).lower()
    made: Document = {
        "id": urn("Dataset", AUTHORITY, slug(path.name)),
        "type": "Dataset",
        "title": language_property({"ko": path.name, "en": path.name}),
    }
    if any(word in said for word in _words()["words"]["made_up"]):
        made["status"] = property_("synthetic")
    return made, AUTHORITY


def _entities(row: _Row, dataset: Document, authority: str) -> tuple[Document, Document]:
    """The university and the department's year."""
    told: Document = {"source": relationship(dataset["id"])}
    told |= {"status": dataset["status"]} if "status" in dataset else {}
    name = row.texts["school"]
    key = _key(name, row.texts.get("campus", ""))
    school: Document = {
        "id": urn("University", authority, key),
        "type": "University",
        "name": language_property({"ko": name}),
        **told,
    }
    code = _key(key, row.texts["department"], row.texts.get("course", ""))
    document: Document = {
        "id": urn("DepartmentYear", authority, f"{code}-{row.year}-{slug(dataset['id'].rpartition(':')[2])}"),
        "type": "DepartmentYear",
        "code": property_(code),
        "name": language_property({"ko": row.texts["department"]}),
        "refOrganisation": relationship(school["id"]),
        "year": property_(row.year),
        "period": property_(str(row.year)),
        **{name: property_(row.texts[name]) for name in ("college", "field", "course") if row.texts.get(name)},
        **({} if row.study is None else {"studyYears": property_(row.study, unit="ANN")}),
        **{name: property_(value, unit="IE") for name, value in row.counts.items() if value is not None},
        **told,
    }
    return school, document


def _key(*parts: str) -> str:
    words = [re.sub(r"[^0-9A-Za-z가-힣]+", "-", part).strip("-") for part in parts]
    return "-".join(word for word in words if word)
