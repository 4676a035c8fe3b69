"""A paper: what stands on it, free of any file format, with every figure carrying its address.

A paper is composed by the room that knows its content and written by `documents` as HWPX, PDF, DOCX or HTML. One paper
is in one language. Its text is made of plain strings and `Figure`s; a figure is written as its `text`, to the digit,
and its address goes into the manifest of the file, so that the file can be verified later (`documents.verify`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from madang.errors import Language

Level = Literal[0, 1, 2, 3]  # of an outline in official style: □ matter, ○ point, - detail, ※ remark


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is written on paper, and where it comes from.

    `text` is what is printed ("1조 3,742억 원"); `value` and `unit` are what it stands for; `address` is a figure
    address (`indicators.address`) or None for a number that is not the city's (a page, a day count). A difference of
    two figures names both: `address` less `less`; a sum names those that it sums.
    """

    text: str
    value: float | int | None
    unit: str | None = None
    address: str | None = None
    status: str | None = None
    less: str | None = None  # the address of what was taken away: the figure is a difference
    part: str | None = None  # "p05", "p95": an edge of the band at that address; else an entry of what stands there
    sum_of: tuple[str, ...] = ()  # of a figure without an address of its own: the addresses whose values it sums


Inline = str | Figure
Inlines = Sequence[Inline]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is the highest."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an outline in official style (개조식)."""

    content: Inlines
    level: Level = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    content: Inlines


@dataclass(frozen=True, slots=True)
class Table:
    """A table: headings, rows of cells, each cell inline content; `unit` stands above it at the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Inlines]]
    caption: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG, with the words that say what it shows."""

    png: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Line | Paragraph | Table | Picture | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper. `fields` fill a template's named fields; `sources` are its notes, in the order of citation."""

    kind: str
    title: str
    language: Language
    blocks: Sequence[Block]
    date: str | None = None
    issuer: str | None = None
    subtitle: str | None = None
    sources: Sequence[str] = ()
    fields: Mapping[str, Inlines] = field(default_factory=dict)
    city: str | None = None  # the uuid of the city its addresses are of
    synthetic: bool = False  # something on it is made up, and the paper says so at its head
    message: Inlines = ()  # the one thing to be remembered, in a box below the title
    one_page: bool = False  # it has to fit one page: what does not fit is left out by rule, and it says so

    def figures(self) -> Iterator[Figure]:
        """Every figure, in reading order."""
        for inlines in self._contents():
            yield from (one for one in inlines if isinstance(one, Figure))

    def _contents(self) -> Iterator[Inlines]:
        yield from self.fields.values()
        yield self.message
        for block in self.blocks:
            if isinstance(block, Line | Paragraph):
                yield block.content
            elif isinstance(block, Table):
                for row in block.rows:
                    yield from row
