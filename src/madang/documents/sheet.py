"""A paper laid out for every format alike: which words stand where, and an anchor for each figure.

The writers draw a `Sheet` and decide nothing: marks of the official outline style (□ ○ - ※), notes, the annex of
sources, and the warning about made-up data are the same in all of them. An anchor is the name by which a figure is
found again in the file; only what is printed has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from madang.documents.paper import (
    Block,
    Figure,
    Heading,
    Inlines,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
)
from madang.documents.text import clean, clean_piece
from madang.errors import Language, codes, sentence

MARKS = ("□", "○", "-", "※")
FEW = 3  # parts of a sum up to this many are named in the annex; all of them stand in the list in the file


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text within a line; a figure's text has an anchor."""

    text: str
    anchor: str | None = None


Pieces = tuple[Piece, ...]
EMPTY: Pieces = (Piece("-"),)


@dataclass(frozen=True, slots=True)
class SetHeading:
    """A heading, 1 the highest."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of the outline, without its mark; level 0 to 3."""

    pieces: Pieces
    level: int


@dataclass(frozen=True, slots=True)
class SetParagraph:
    """Running text."""

    pieces: Pieces


@dataclass(frozen=True, slots=True)
class SetTable:
    """A table; every row has as many cells as there are heads. `numeric` columns stand at the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Pieces, ...], ...]
    numeric: tuple[bool, ...]
    caption: str | None = None
    unit: str | None = None
    is_annex: bool = False


Set = SetHeading | SetLine | SetParagraph | SetTable | Picture | PageBreak


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed, in order, and every figure on it by its anchor."""

    paper: Paper
    language: Language
    kind: str
    title: str
    subtitle: str | None
    date: str | None
    issuer: str | None
    warning: str | None
    message: Pieces
    body: tuple[Set, ...]
    notes_title: str
    notes: tuple[str, ...]
    figures: Mapping[str, Figure]
    fields: Mapping[str, Pieces] = field(default_factory=dict)  # what only a template asks for

    def head(self) -> str:
        """Date and department as they stand in one line."""
        return " · ".join(one for one in (self.date, self.issuer) if one)

    def flow(self) -> Iterator[Piece]:
        """All that is read from message to notes, in reading order."""
        for pieces in self.fields.values():
            yield from pieces
        yield from self.message
        for one in self.body:
            if isinstance(one, SetLine):
                yield Piece(MARKS[one.level])
                yield from one.pieces
            elif isinstance(one, SetParagraph):
                yield from one.pieces
            elif isinstance(one, SetHeading):
                yield Piece(one.text)
            elif isinstance(one, SetTable):
                yield from (Piece(head) for head in one.heads)
                yield from (piece for row in one.rows for cell in row for piece in cell)


def lay_out(paper: Paper, *, in_template: bool = False) -> Sheet:
    """The paper as it is drawn; only in a template do its fields stand on it."""
    return _Layout(paper.language).sheet(paper, in_template)


class _Layout:
    def __init__(self, language: Language) -> None:
        self.language = language
        self.figures: dict[str, Figure] = {}

    def sheet(self, paper: Paper, in_template: bool) -> Sheet:
        fields = {name: self._pieces(content) for name, content in paper.fields.items()} if in_template else {}
        message = self._pieces(paper.message)
        body = [self._set(block) for block in paper.blocks]
        if not paper.one_page and any(figure.address or figure.sum_of for figure in self.figures.values()):
            body += self._annex(paper.city)
        kind = f"documents.kind-{paper.kind}"
        return Sheet(
            paper=paper,
            language=self.language,
            kind=sentence(kind, self.language) if kind in codes() else "",
            title=clean(paper.title),
            subtitle=clean(paper.subtitle) if paper.subtitle else None,
            date=written_date(clean(paper.date), self.language) if paper.date else None,
            issuer=clean(paper.issuer) if paper.issuer else None,
            warning=self._word("synthetic") if paper.synthetic else None,
            message=message,
            body=tuple(body),
            notes_title=self._word("notes"),
            notes=tuple(clean(source) for source in paper.sources),
            figures=self.figures,
            fields=fields,
        )

    def _word(self, name: str) -> str:
        return sentence(f"documents.{name}", self.language)

    def _set(self, block: Block) -> Set:
        if isinstance(block, Heading):
            return SetHeading(clean(block.text), block.level)
        if isinstance(block, Line):
            return SetLine(self._pieces(block.content), block.level)
        if isinstance(block, Paragraph):
            return SetParagraph(self._pieces(block.content))
        return self._table(block) if isinstance(block, Table) else block

    def _pieces(self, content: Inlines) -> Pieces:
        return tuple(self._piece(one) for one in content)

    def _piece(self, one: str | Figure) -> Piece:
        if isinstance(one, str):
            return Piece(clean_piece(one))
        anchor = f"f{len(self.figures) + 1}"
        self.figures[anchor] = one
        return Piece(clean(one.text), anchor)

    def _table(self, table: Table) -> SetTable:
        width = max([len(table.heads), *(len(row) for row in table.rows)])
        heads = (*(clean(head) for head in table.heads), *[""] * (width - len(table.heads)))
        rows = [(*(self._cell(cell) for cell in row), *[EMPTY] * (width - len(row))) for row in table.rows]
        numeric = tuple(
            any(any(piece.anchor for piece in row[at]) for row in rows)
            and all(any(piece.anchor for piece in row[at]) or len(_text(row[at])) < 12 for row in rows)
            for at in range(width)
        )
        caption, unit = (clean(text) if text else None for text in (table.caption, table.unit))
        return SetTable(heads, tuple(rows), numeric, caption, unit)

    def _cell(self, content: Inlines) -> Pieces:
        """What stands in a cell; one in which nothing stands is marked as such."""
        pieces = self._pieces(content)
        return pieces if _text(pieces).strip() else EMPTY

    def _annex(self, city: str | None) -> list[Set]:
        """Where every figure comes from, as a table at the end; the same figure printed again has no row of its own."""
        heads = tuple(self._word(f"annex-{name}") for name in ("number", "figure", "address", "status"))
        numbers: dict[Figure, list[str]] = {}
        for anchor, figure in self.figures.items():
            if figure.address or figure.sum_of:
                numbers.setdefault(figure, []).append(anchor.removeprefix("f"))
        first = {one.address: said[0] for one, said in numbers.items() if one.address and not one.less and not one.part}
        rows = tuple(
            (
                (Piece(", ".join(said)),),
                (Piece(clean(figure.text)),),
                (Piece(self._basis(figure, first).replace(f"{city}/", "")),),  # the heading says the city once
                (Piece(status_word(figure.status, self.language)),),
            )
            for figure, said in numbers.items()
        )
        title = sentence("documents.annex", self.language, city=city or "-")
        return [SetHeading(title, 1), SetTable(heads, rows, (False,) * 4, is_annex=True)]

    def _basis(self, figure: Figure, first: Mapping[str, str]) -> str:
        """Where a figure comes from: its address, or by which numbers of the annex it was reckoned."""
        if figure.sum_of and all(one in first for one in figure.sum_of):
            return " + ".join(self._number(first[one]) for one in figure.sum_of)
        if figure.sum_of:
            shown = " + ".join(figure.sum_of) if len(figure.sum_of) <= FEW else ""
            return shown or sentence("documents.annex-sum", self.language, count=len(figure.sum_of))
        if figure.address and figure.less and not figure.part and {figure.address, figure.less} <= first.keys():
            return f"{self._number(first[figure.address])} − {self._number(first[figure.less])}"
        basis = " − ".join(one for one in (figure.address, figure.less) if one)
        return f"{basis} ({figure.part})" if figure.part else basis

    def _number(self, number: str) -> str:
        return sentence("documents.annex-of", self.language, number=number)


def written_date(day: str, language: Language) -> str:
    """A day as it stands on paper, 2026. 11. 22.; what is not written as 2026-11-22 stands as it is."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{found.year}. {found.month}. {found.day}." if language == "ko" else f"{found.day} {found:%B} {found.year}"


def status_word(status: str | None, language: Language) -> str:
    """실측, 추정 or 가상; what is not one of them as it is."""
    code = f"documents.status-{status}"
    return sentence(code, language) if code in codes() else status or ""


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
