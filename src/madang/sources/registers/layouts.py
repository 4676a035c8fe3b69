"""Layouts: which columns make which kind of register, and finding them in the heading of a file.

`layouts.toml` holds them with every heading that is understood; it is what the documentation shows. A heading is
compared without spaces, letter case and brackets, but what stands in brackets is kept, for it may state the unit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from madang.errors import DataError, Pair

_BRACKETS = re.compile(r"[(\[（【](.*?)[)\]）】]")


@dataclass(frozen=True)
class Layout:
    """One kind of file: what it is called, what it makes, and its columns with their headings."""

    kind: str
    title: Pair
    type: str
    reads: str  # "module:function" that makes entities of its rows
    publisher: Pair
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[tuple[str, ...], ...]
    distinct: tuple[str, ...]
    never: tuple[str, ...]
    sample: str


@dataclass(frozen=True)
class Heading:
    """The columns of one file: where each stands, its heading as written, and the unit stated in brackets."""

    layout: Layout
    at: Mapping[str, int]
    written: Mapping[str, str]
    all: tuple[str, ...]

    def unit(self, column: str) -> str:
        """What the heading of a column states in brackets: '천 달러' of '수출금액(천 달러)'."""
        found = _BRACKETS.search(self.written.get(column, ""))
        return found.group(1).strip() if found else ""

    def name(self, column: str) -> str:
        """The heading of a column as the file writes it, else its first known heading."""
        return self.written.get(column) or self.layout.columns[column][0]


@cache
def layouts() -> Mapping[str, Layout]:
    """Every layout by its kind."""
    text = resources.files(__package__).joinpath("layouts.toml").read_text("utf-8")
    return {
        kind: Layout(
            kind,
            {"ko": one["ko"], "en": one["en"]},
            one["type"],
            one["reads"],
            one["publisher"],
            {name: tuple(headings) for name, headings in one["columns"].items()},
            tuple(tuple(group) for group in one["needs"]),
            tuple(one["distinct"]),
            tuple(one["never"]),
            one["sample"],
        )
        for kind, one in tomllib.loads(text).items()
    }


def heading_of(layout: Layout, cells: Sequence[str]) -> Heading | None:
    """The columns of a layout in a row of headings; None where a needed one is missing or a strange one there."""
    plain = [_plain(cell) for cell in cells]
    at: dict[str, int] = {}
    for name, headings in layout.columns.items():
        found = next((plain.index(_plain(one)) for one in headings if _plain(one) in plain), None)
        if found is not None and found not in at.values():
            at[name] = found
    if any(name in at for name in layout.never) or not all(any(one in at for one in group) for group in layout.needs):
        return None
    return Heading(layout, at, {name: cells[n].strip() for name, n in at.items()}, tuple(cells))


def detected(cells: Sequence[str]) -> Heading | None:
    """The layout that a row of headings is of, known by a column no other table has; the fullest one of several."""
    found = [heading_of(layout, cells) for layout in layouts().values()]
    known = [one for one in found if one is not None and any(name in one.at for name in one.layout.distinct)]
    return max(known, key=lambda one: len(one.at), default=None)


def missing(layout: Layout, cells: Sequence[str], file: str, line: int) -> DataError:
    """The error for a file that is not of the kind it was named: which columns it lacks, under which headings."""
    plain = [_plain(cell) for cell in cells]
    lacks = next(
        (
            group
            for group in layout.needs
            if not any(_plain(heading) in plain for name in group for heading in layout.columns[name])
        ),
        layout.never,
    )
    headings = ", ".join(heading for name in lacks for heading in layout.columns[name][:3])
    return DataError(
        "registers.columns",
        file=file, line=line, kind=layout.kind, headings=headings,
        found=", ".join(cell for cell in cells if cell)[:200] or "-",
    )  # fmt: skip


def _plain(heading: str) -> str:
    return re.sub(r"[\s_·ㆍ.\ufeff\u00a0]+", "", _BRACKETS.sub("", heading)).lower()
