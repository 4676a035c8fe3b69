"""The pieces of an HWPX body as XML text: paragraphs, figures between the ends of a bookmark, tables.

Shapes of paragraphs and characters are named by ids into the header of the document that the pieces go into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from xml.sax.saxutils import escape, quoteattr

from madang.documents.sheet import Piece, Pieces, SetTable

SPACES = {
    "hp": "http://www.hancom.co.kr/hwpml/2011/paragraph",
    "hs": "http://www.hancom.co.kr/hwpml/2011/section",
    "hc": "http://www.hancom.co.kr/hwpml/2011/core",
}
UNITS_PER_MM = 7200 / 25.4
BOOKMARK = "madang_"
BOOKMARK_FIELD = str(int.from_bytes(b"%bmk", "big"))  # the control id that Hancom writes for a bookmark field
NARROW = " .,:;()[]'|!"
LETTER_UNITS, PADDING_UNITS = 850, 860  # a Korean letter of 8.5 points, and the margins of a cell
SHORT_LETTERS, LEAST_UNITS = 4, 6000
FIRST_ID = 1_700_000_001  # of what we add, far from the ids of a template


@dataclass(frozen=True, slots=True)
class Shape:
    """Ids of a paragraph's shape and its characters' shape."""

    paragraph: str
    characters: str
    style: str = "0"


@dataclass(frozen=True, slots=True)
class TableShapes:
    """What a table's cells look like, and how wide the table is in HWP units."""

    head: Shape
    words: Shape
    number: Shape
    head_border: str
    border: str
    width: int


class Body:
    """Makes pieces of one document, with ids that do not repeat."""

    def __init__(self) -> None:
        self._ids = count(FIRST_ID)
        self.anchors: set[str] = set()  # each figure is anchored where it first stands

    def paragraph(self, pieces: Sequence[Piece], shape: Shape, *, before: str = "", page_break: bool = False) -> str:
        """One paragraph; `before` is XML that stands at its beginning."""
        runs = "".join(self.run(piece, shape.characters) for piece in pieces) or self._text("", shape.characters)
        return (
            f'<hp:p id="{next(self._ids)}" paraPrIDRef="{shape.paragraph}" styleIDRef="{shape.style}" '
            f'pageBreak="{int(page_break)}" columnBreak="0" merged="0">{before}{runs}</hp:p>'
        )

    def run(self, piece: Piece, characters: str) -> str:
        """A piece of text; a figure stands between the ends of a bookmark of its anchor's name."""
        if piece.anchor is None or piece.anchor in self.anchors:
            return self._text(piece.text, characters)
        self.anchors.add(piece.anchor)
        id = next(self._ids)
        begin = (
            f'<hp:fieldBegin id="{id}" type="BOOKMARK" name={quoteattr(BOOKMARK + piece.anchor)} editable="0" '
            f'dirty="0" zorder="-1" fieldid="{BOOKMARK_FIELD}" metaTag=""/>'
        )
        end = f'<hp:fieldEnd beginIDRef="{id}" fieldid="{BOOKMARK_FIELD}"/>'
        return (
            f'<hp:run charPrIDRef="{characters}"><hp:ctrl>{begin}</hp:ctrl></hp:run>'
            f"{self._text(piece.text, characters)}"
            f'<hp:run charPrIDRef="{characters}"><hp:ctrl>{end}</hp:ctrl><hp:t/></hp:run>'
        )

    def _text(self, text: str, characters: str) -> str:
        return f'<hp:run charPrIDRef="{characters}"><hp:t>{escape(text)}</hp:t></hp:run>'

    def box(self, lines: Sequence[tuple[Pieces, Shape]], border: str, width: int, anchor: Shape) -> str:
        """A table of one cell: a title, a message."""
        cell = self._cell("".join(self.paragraph(pieces, shape) for pieces, shape in lines), 0, 0, width, border)
        return self._framed(f"<hp:tr>{cell}</hp:tr>", 1, 1, width, border, anchor)

    def table(self, table: SetTable, shapes: TableShapes, anchor: Shape) -> str:
        """A table with its head, as one paragraph."""
        widths = column_widths(table, shapes.width)
        rows = [self.row([((Piece(head),), shapes.head) for head in table.heads], 0, widths, shapes.head_border)]
        for at, row in enumerate(table.rows, 1):
            cells = [
                (cell, shapes.number if numeric else shapes.words)
                for cell, numeric in zip(row, table.numeric, strict=True)
            ]
            rows.append(self.row(cells, at, widths, shapes.border))
        return self._framed("".join(rows), len(rows), len(widths), shapes.width, shapes.border, anchor)

    def row(self, cells: Sequence[tuple[Pieces, Shape]], at: int, widths: Sequence[int], border: str) -> str:
        """One row of a table."""
        made = (
            self._cell(self.paragraph(pieces, shape), at, across, width, border)
            for across, ((pieces, shape), width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"<hp:tr>{''.join(made)}</hp:tr>"

    def _cell(self, content: str, row: int, column: int, width: int, border: str) -> str:
        return (
            f'<hp:tc name="" header="{int(row == 0)}" hasMargin="0" protect="0" editable="0" dirty="0" '
            f'borderFillIDRef="{border}"><hp:subList id="" textDirection="HORIZONTAL" lineWrap="BREAK" '
            'vertAlign="CENTER" linkListIDRef="0" linkListNextIDRef="0" textWidth="0" textHeight="0" hasTextRef="0" '
            f'hasNumRef="0">{content}</hp:subList><hp:cellAddr colAddr="{column}" rowAddr="{row}"/>'
            f'<hp:cellSpan colSpan="1" rowSpan="1"/><hp:cellSz width="{width}" height="282"/>'
            '<hp:cellMargin left="340" right="340" top="141" bottom="141"/></hp:tc>'
        )

    def _framed(self, rows: str, down: int, across: int, width: int, border: str, anchor: Shape) -> str:
        table = (
            f'<hp:tbl id="{next(self._ids)}" zOrder="0" numberingType="TABLE" textWrap="TOP_AND_BOTTOM" '
            'textFlow="BOTH_SIDES" lock="0" dropcapstyle="None" pageBreak="CELL" repeatHeader="1" '
            f'rowCnt="{down}" colCnt="{across}" cellSpacing="0" borderFillIDRef="{border}" noAdjust="0">'
            f'<hp:sz width="{width}" widthRelTo="ABSOLUTE" height="{282 * down}" heightRelTo="ABSOLUTE" protect="0"/>'
            '<hp:pos treatAsChar="0" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0" '
            'vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
            '<hp:outMargin left="0" right="0" top="141" bottom="283"/>'
            f'<hp:inMargin left="340" right="340" top="141" bottom="141"/>{rows}</hp:tbl>'
        )
        return (
            f'<hp:p id="{next(self._ids)}" paraPrIDRef="{anchor.paragraph}" styleIDRef="{anchor.style}" pageBreak="0" '
            f'columnBreak="0" merged="0"><hp:run charPrIDRef="{anchor.characters}">{table}<hp:t/></hp:run></hp:p>'
        )


def column_widths(table: SetTable, width: int) -> list[int]:
    """Columns of figures and short words as wide as what stands in them; the others share the rest."""
    letters = []
    for at, head in enumerate(table.heads):
        texts = [head, *("".join(piece.text for piece in row[at]) for row in table.rows)]
        letters.append(max(2.0, *(_breadth(text) for text in texts)))
    asked = [int(one * LETTER_UNITS) + PADDING_UNITS for one in letters]
    fixed = {at for at, one in enumerate(letters) if table.numeric[at] or one <= SHORT_LETTERS}
    left = width - sum(asked[at] for at in fixed)
    free = [at for at in range(len(asked)) if at not in fixed]
    if not free or left < LEAST_UNITS * len(free):  # too much for one line each: all give way alike
        capped = [min(one, width // 2) for one in asked]
        widths = [width * one // sum(capped) for one in capped]
    else:
        total = sum(letters[at] for at in free)
        widths = [one if at in fixed else int(left * letters[at] / total) for at, one in enumerate(asked)]
    widths[-1] += width - sum(widths)
    return widths


def _breadth(text: str) -> float:
    """How broad a text is set, in sizes of its letters: Korean ones, narrow marks and spaces, the others."""
    return sum(0.95 if letter > "\u2000" else 0.32 if letter in NARROW else 0.52 for letter in text)


def in_spaces(xml: str) -> bytes:
    """Pieces under one root that names the spaces they use."""
    names = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
    return f"<pieces {names}>{xml}</pieces>".encode()
