"""The source that reads registers and statistics of industry: known by its columns, or named as a kind.

    madang load city.gpkg 공장등록.csv                    known by its columns
    madang load city.gpkg 공장등록.csv --as factories     the kind is named: a file that is not that is refused

A mapping file may state the terms only (`authority`, `dataset`, `period`); without one publisher and licence stay
unknown, which blocks an open export. A title above the heading that says 가상 or synthetic marks all of it so.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

from madang.entities.entity import check_entity, property_
from madang.errors import DataError, MadangError, both
from madang.sources.base import Loaded, Problems, Tally
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.records import dataset_of
from madang.sources.registers.layouts import layouts
from madang.sources.registers.making import Making
from madang.sources.registers.sheets import SUFFIXES, Sheet, read_sheet

SYNTHETIC = re.compile(r"가상|synthetic", re.IGNORECASE)


class RegisterSource:
    """Reads the files that `layouts.toml` describes."""

    name = "register"

    def can_read(self, path: Path) -> bool:
        """Whether the columns are those of a layout that is known by itself."""
        if path.suffix.lower() not in SUFFIXES:
            return False
        try:
            return read_sheet(path) is not None
        except MadangError:  # it can't be read as a table: another source says why
            return False

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The rows as entities, all or nothing; `type` may name the kind of file."""
        sheet = read_sheet(path, layouts().get(type or ""))
        assert sheet is not None  # `can_read` said so, or the kind was named and is not there, which is an error
        terms = read_mapping(mapping) if mapping else MappingFile(path.name, "Dataset", "file", (), ())
        tally = Tally("rows")
        making = _making(path, sheet, terms, tally, skip_bad)
        for where in sheet.wide:
            making.problems.add(_too_wide(where, sheet), example=where) if not skip_bad else None
        module, _, name = sheet.heading.layout.reads.partition(":")
        entities = getattr(importlib.import_module(module), name)(making)
        making.problems.raise_any()
        dataset = dataset_of(replace(terms, type="Dataset"), path.name)
        if making.status is not None:
            dataset["status"] = property_(making.status)
        tally.notes.insert(0, both("registers.note-kind", title=sheet.heading.layout.title))
        if sheet.encoding not in (None, "utf-8"):
            tally.note("note-encoding", encoding=sheet.encoding)
        if "licence" not in dataset:
            tally.note("note-terms-unknown")
        for document in entities:
            check_entity(document, where=path.name)
        return Loaded(entities, [dataset], {}, tally.report(path.name))


def kinds() -> tuple[str, ...]:
    """The kinds of file that can be named."""
    return tuple(layouts())


def _making(path: Path, sheet: Sheet, terms: MappingFile, tally: Tally, skip_bad: bool) -> Making:
    said = terms.dataset.status if terms.dataset else None
    status = said or ("synthetic" if SYNTHETIC.search(sheet.titles) else None)
    stated = re.search(r"((?:19|20)\d{2})\s*년?\s*(?:기준|말)", sheet.titles)
    return Making(
        sheet,
        terms.authority,
        str(dataset_of(replace(terms, type="Dataset"), path.name)["id"]),
        status,
        terms.period or (stated.group(1) if stated else None),
        tally,
        Problems(tally, skip_bad),
    )


def _too_wide(where: str, sheet: Sheet) -> MadangError:
    return DataError("registers.row-wide", place=where, expected=len(sheet.heading.all))
